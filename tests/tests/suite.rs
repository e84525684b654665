//! Every scenario, for every driver.

mod hyper {
    persium_tests::suite!(persium_tests::drivers::Hyper);
}

mod blocking {
    persium_tests::suite!(persium_tests::drivers::Blocking);
}
