//! Every scenario, for every driver, over every way to its servers.

/// The suite over one way, in a module of its own.
macro_rules! over {
    ($name:ident, $driver:ident, $way:ident $(<$inner:ident>)? $(, without $($lacks:ident)*)?) => {
        mod $name {
            persium_testkit::suite!(
                persium_testkit::conformance::Over<
                    persium_tests::drivers::$driver,
                    persium_testkit::conformance::$way $(<persium_testkit::conformance::$inner>)?
                >
                $(, without $($lacks)*)?
            );
        }
    };
}

mod hyper {
    persium_testkit::suite!(persium_tests::drivers::Hyper);
    over!(over_tls, Hyper, Tls);
    over!(through_a_proxy, Hyper, Proxied, without direct);
    over!(over_tls_through_a_proxy, Hyper, Proxied<Tls>, without direct);
    // Here a fault resets one stream, and its connection goes on: what is HTTP/1.1's own has no counterpart.
    over!(over_http_2, Hyper, Http2, without keep_alive faults);
    over!(over_http_2_through_a_proxy, Hyper, Proxied<Http2>, without direct keep_alive faults);
}

/// It speaks HTTP/1.1 alone.
mod blocking {
    persium_testkit::suite!(persium_tests::drivers::Blocking);
    over!(over_tls, Blocking, Tls);
    over!(through_a_proxy, Blocking, Proxied, without direct);
    over!(over_tls_through_a_proxy, Blocking, Proxied<Tls>, without direct);
}
