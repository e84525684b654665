//! What every adapter must do, for whoever embeds the core in a runtime of their own.
//!
//! Implement [`Driver`] for your client, and [`suite!`](crate::suite) makes a test of every scenario, over real sockets,
//! against a [`Kit`](crate::Kit), in virtual time. `examples/embedded.rs` of this crate is a client of its own with its
//! driver.
//!
//! What a client need not have is a capability with a name: it is run unless the suite says that the client is
//! `without` it. A capability that has calls of its own is a trait ([`Deadlines`], [`Headers`], [`Closes`], [`Counts`], [`Rotates`]), so
//! that a suite neither proves nor renounces it by accident: it does not compile.
//!
//! The same scenarios go over TLS, HTTP/2 and a proxy where the driver is [`Over`] one: `suite!(Over<Mine, Tls>)`.
//!
//! | capability | what it asks of a driver |
//! |---|---|
//! | `direct` | to reach its servers itself: behind a proxy it is that which does not |
//! | `tls` | to speak TLS, and to trust [`Setup::ca_pem`] |
//! | `client_certificates` | to show [`Setup::identity_pem`] to a server that asks for it; needs `tls` |
//! | `keep_alive` | to use a connection again |
//! | `faults` | to tell each fault of HTTP/1.1's bytes, of TLS and of a proxy as our adapters do; needs `tls`, `gzip`, `proxies` |
//! | `gzip` | to take compressed bodies, and to stop at a bound |
//! | `proxies` | to tunnel through [`Setup::proxy`]; needs `tls` |
//! | `secret_files` | to read [`Setup::secret_file`] again before each token request; needs [`Rotates`] |
//! | `limits` | to have no more requests out than [`Limits::max_in_flight`](persium_core::Limits::max_in_flight) |
//! | `deadlines` | [`Deadlines`] |
//! | `headers` | [`Headers`] |
//! | `closing` | [`Closes`] |
//! | `stats` | [`Counts`] |
//! | `rotation` | [`Rotates`] |

pub mod clients;
pub mod clocks;
mod driver;
pub mod failures;
pub mod faults;
pub mod headers;
pub mod herds;
pub mod main_job;
pub mod network;
mod over;
pub mod peers;
mod proxy;
pub mod refusals;
pub mod tls;
pub mod tokens;
pub mod walks;

pub use driver::{
    Closes, Counts, Deadlines, Driver, Headers, Rotates, Setup, at_once, client, client_in_virtual_time,
    config, config_by, config_with, until, until_done,
};
pub use over::{Http2, Over, Plain, Proxied, Tls, Way};

/// Makes a test of every scenario for a [driver](crate::conformance::Driver), in modules by what they are about.
///
/// A client that lacks one of the [capabilities](crate::conformance) says so: `suite!(Mine, without tls proxies)`. One
/// that lacks it and does not say so fails, or does not compile.
///
/// ```
/// # mod mine {
/// #     use persium_core::{Bearer, Config, Error, Operation, model};
/// #     #[derive(Clone)]
/// #     pub struct Mine;
/// #     impl persium_testkit::conformance::Driver for Mine {
/// #         fn connect(_: Config, _: persium_testkit::conformance::Setup) -> Result<Self, Error> { Ok(Self) }
/// #         fn call<O: Operation>(&self, _: O) -> Result<O::Output, Error> { unreachable!() }
/// #         fn bearer(&self) -> Result<std::sync::Arc<Bearer>, Error> { unreachable!() }
/// #         fn bearer_instead_of(&self, _: &Bearer) -> Result<std::sync::Arc<Bearer>, Error> { unreachable!() }
/// #         fn latest(&self, _: uuid::Uuid) -> Result<Option<model::Reading>, Error> { unreachable!() }
/// #     }
/// # }
/// # use mine::Mine;
/// mod suite {
///     persium_testkit::suite!(crate::Mine, without deadlines headers closing stats rotation);
/// }
/// # fn main() {}
/// ```
#[macro_export]
macro_rules! suite {
    ($driver:ty) => {
        $crate::suite!($driver, without);
    };
    ($driver:ty, without $($lacks:ident)*) => {
        $crate::suite!(@tests $driver, main_job, main_job:
            one_token_serves_the_whole_job
            basic_authentication_does_the_same
            a_secret_of_special_characters_arrives_as_it_is
            an_answer_may_come_with_its_head
        );
        $crate::suite!(@tests $driver, tokens, tokens:
            callers_at_once_share_one_token
            callers_refused_together_share_one_fresh_token
            a_server_that_refuses_everything_is_not_asked_for_ever
            a_token_is_renewed_before_it_ends_and_nobody_waits
            an_expired_token_is_not_sent
            a_token_of_no_lifetime_does_not_cost_one_fetch_a_call
            a_refused_bearer_is_replaced_once
        );
        $crate::suite!(@tests $driver, herds, herds:
            a_cold_herd_shares_one_token
            a_herd_at_expiry_shares_one_token
            a_herd_inside_the_renewal_window_waits_for_nothing
            a_herd_before_a_failing_endpoint_shares_one_error
            a_herd_before_a_stalled_endpoint_ends_with_the_flight
            a_thousand_callers_refused_at_once_share_one_token
        );
        $crate::suite!(@tests $driver, failures, failures:
            a_wrong_secret_is_told_once_and_not_asked_again
            a_busy_server_is_asked_again_after_its_pause
            retry_after_is_kept_to
            each_status_is_told_apart_and_only_5xx_and_429_are_asked_again
            nothing_an_error_prints_holds_the_token_or_the_secret
        );
        $crate::suite!(@tests $driver, network, network:
            a_body_cut_short_is_asked_for_again
            a_stalled_answer_is_told_by_its_phase
            an_outage_is_lived_through
        );
        $crate::suite!(@tests $driver, peers, peers:
            a_failing_endpoint_is_asked_once_for_all
            a_token_that_lives_for_less_than_the_margin_is_kept
            a_refused_token_is_not_taken_from_another_cache
            a_late_refusal_does_not_drop_a_newer_token
            a_machine_that_slept_sends_nothing_expired
            a_wall_clock_set_back_keeps_no_token_alive
            a_token_that_lives_is_used_after_its_renewal_has_failed
            one_refusal_poisons_no_client
            nothing_is_asked_for_while_nobody_asks
            every_form_of_expires_in_is_taken_or_refused_by_name
            what_is_printed_holds_no_secret
            a_renewal_that_takes_its_time_holds_up_nobody
            a_redirect_takes_no_credentials_along
            a_token_answer_beyond_its_bound_is_not_read
            an_operation_cannot_choose_where_the_token_goes
            a_secret_survives_basic_authentication
            what_the_token_endpoint_says_of_a_refusal_is_told
        );
        $crate::suite!(@tests $driver, refusals, refusals:
            a_refusal_of_any_flavour_gets_a_fresh_token
            a_thousand_calls_live_through_revocation_and_new_keys
        );
        $crate::suite!(@tests $driver, clocks, clocks:
            a_server_whose_clock_is_off_costs_nothing
            a_wall_clock_that_jumps_costs_a_token_at_most
            a_machine_that_sleeps_often_asks_no_more_than_it_must
        );
        $crate::suite!(@tests $driver, walks, walks:
            every_station_comes_once_page_by_page
            a_window_of_days_comes_sorted_and_once
            a_walk_ends_after_an_error_and_goes_on_where_it_was
            a_walk_through_time_goes_on_in_its_middle_after_an_error
            a_silent_station_has_no_latest_reading_and_a_foreign_one_is_not_found
            a_window_that_ends_before_it_begins_is_an_error
        );
        $crate::suite!(@unless direct [$($lacks)*] $driver, direct, failures:
            nobody_listening_is_told_by_its_phase
            a_name_that_does_not_resolve_is_told_by_its_phase
        );
        $crate::suite!(@unless tls [$($lacks)*] $driver, tls, tls:
            a_certificate_of_an_unknown_ca_is_told_by_its_phase_and_not_tried_again
            plain_http_on_a_tls_port_is_told_by_its_phase
            the_whole_job_runs_over_tls_with_a_ca_of_ones_own
        );
        $crate::suite!(@unless client_certificates [$($lacks)*] $driver, client_certificates, tls:
            a_client_certificate_is_shown_to_a_server_that_demands_one
            a_client_certificate_that_is_missing_or_strange_is_told_by_its_phase_and_not_tried_again
        );
        $crate::suite!(@unless keep_alive [$($lacks)*] $driver, keep_alive, network:
            a_connection_closed_as_the_request_comes_is_made_anew
        );
        $crate::suite!(@unless gzip [$($lacks)*] $driver, gzip, network:
            a_compressed_answer_is_read_by_whatever_name
            an_empty_body_that_is_said_to_be_compressed_is_an_empty_body
            a_bomb_is_stopped_at_the_bound
        );
        $crate::suite!(@unless faults [$($lacks)*] $driver, faults, faults:
            each_fault_of_an_answer_is_told_the_same
            a_request_that_is_not_taken_whole_is_told_by_its_phase
            an_answer_that_makes_no_sense_is_told_as_one
            each_fault_of_a_handshake_is_told_the_same
            each_fault_of_a_proxy_is_told_the_same
            a_proxy_that_is_not_there_is_named
        );
        $crate::suite!(@unless proxies [$($lacks)*] $driver, proxies, network:
            a_proxy_with_credentials_tunnels_both_plain_and_tls
            a_proxy_that_asks_for_credentials_is_told_by_its_phase_and_not_tried_again
        );
        $crate::suite!(@unless secret_files [$($lacks)*] $driver, secret_files, clients:
            a_secret_file_is_read_again_when_the_secret_was_rotated
            a_secret_file_is_read_again_when_the_endpoint_refuses_what_it_said
            a_rotation_under_load_fails_no_call
            of_a_secret_file_and_credentials_that_were_set_the_later_counts
        );
        $crate::suite!(@unless limits [$($lacks)*] $driver, limits, clients:
            no_more_requests_are_out_than_are_allowed
        );
        $crate::suite!(@unless limits [$($lacks)*] $driver, storms, herds:
            a_storm_of_a_thousand_refused_calls_costs_one_token
        );
        $crate::suite!(@unless deadlines [$($lacks)*] $driver, deadlines, clients:
            a_call_ends_by_the_deadline_it_was_given
            a_client_may_have_all_the_time_there_is
        );
        $crate::suite!(@unless deadlines [$($lacks)*] $driver, peers_deadlines, peers:
            a_token_request_outlives_the_caller_that_set_it_off
        );
        $crate::suite!(@unless headers [$($lacks)*] $driver, headers, headers:
            headers_of_a_client_are_on_each_of_its_calls_requests_and_on_no_other
            headers_of_a_client_replace_neither_its_token_nor_what_an_operation_says
        );
        $crate::suite!(@unless closing [$($lacks)*] $driver, closing, clients:
            a_closed_client_turns_calls_away
            a_closed_client_hands_out_no_token
            closing_takes_no_longer_than_it_may
        );
        $crate::suite!(@unless stats [$($lacks)*] $driver, stats, clients:
            what_was_done_is_counted
            what_is_out_is_counted
        );
        $crate::suite!(@unless rotation [$($lacks)*] $driver, rotation, tokens:
            changed_credentials_end_the_pause_after_a_refusal
        );
    };

    // A macro cannot compare two names, but a rule can begin with one: these are the capabilities there are.
    (@unless direct [direct $($_:ident)*] $($tests:tt)*) => {};
    (@unless tls [tls $($_:ident)*] $($tests:tt)*) => {};
    (@unless client_certificates [client_certificates $($_:ident)*] $($tests:tt)*) => {};
    (@unless keep_alive [keep_alive $($_:ident)*] $($tests:tt)*) => {};
    (@unless faults [faults $($_:ident)*] $($tests:tt)*) => {};
    (@unless gzip [gzip $($_:ident)*] $($tests:tt)*) => {};
    (@unless proxies [proxies $($_:ident)*] $($tests:tt)*) => {};
    (@unless secret_files [secret_files $($_:ident)*] $($tests:tt)*) => {};
    (@unless limits [limits $($_:ident)*] $($tests:tt)*) => {};
    (@unless deadlines [deadlines $($_:ident)*] $($tests:tt)*) => {};
    (@unless headers [headers $($_:ident)*] $($tests:tt)*) => {};
    (@unless closing [closing $($_:ident)*] $($tests:tt)*) => {};
    (@unless stats [stats $($_:ident)*] $($tests:tt)*) => {};
    (@unless rotation [rotation $($_:ident)*] $($tests:tt)*) => {};
    (@unless $capability:ident [$_:ident $($lacks:ident)*] $($tests:tt)*) => {
        $crate::suite!(@unless $capability [$($lacks)*] $($tests)*);
    };
    (@unless $capability:ident [] $($tests:tt)*) => {
        $crate::suite!(@tests $($tests)*);
    };

    (@tests $driver:ty, $name:ident, $module:ident: $($scenario:ident)+) => {
        mod $name {
            $(
                #[test]
                fn $scenario() {
                    $crate::conformance::$module::$scenario::<$driver>();
                }
            )+
        }
    };
}
