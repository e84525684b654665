//! Every driver against a real Keycloak, which `cargo xtask keycloak` starts and names in the environment.
//!
//! Keycloak gives the tokens. The API is the fake's, told to trust the keys that Keycloak publishes, so what passes
//! here has been signed, sent, checked and accepted for real.

mod grants;
mod refusals;

/// Makes a test of every scenario for a driver.
macro_rules! suite {
    ($driver:ident; $($module:ident: $($scenario:ident),* $(,)?;)*) => {
        $($(
            #[test]
            fn $scenario() {
                crate::$module::$scenario::<persium_tests::drivers::$driver>();
            }
        )*)*
    };
    ($driver:ident) => {
        suite!($driver;
            grants:
                every_client_has_its_outcome_by_form_and_by_basic,
                every_client_has_its_outcome_over_tls_with_a_ca_of_ones_own,
                the_main_job_runs_on_one_real_token,
                the_main_job_runs_on_a_token_that_came_over_tls,
                whatever_a_secret_is_made_of_the_api_takes_its_token,
                a_token_of_four_seconds_is_renewed_before_it_ends,
            ;
            refusals:
                a_wrong_secret_is_a_refusal_that_does_not_repeat_it,
                an_unknown_realm_is_told_from_an_unknown_station,
                an_unknown_scope_is_named_and_a_known_one_is_granted,
                a_ca_that_nobody_was_told_of_is_a_failure_of_tls,
            ;
        );
    };
}

mod hyper {
    suite!(Hyper);
}

mod blocking {
    suite!(Blocking);
}
