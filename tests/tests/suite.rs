//! Every scenario, for every driver.

mod hyper {
    persium_testkit::suite!(persium_tests::drivers::Hyper);
}

mod blocking {
    persium_testkit::suite!(persium_tests::drivers::Blocking);
}
