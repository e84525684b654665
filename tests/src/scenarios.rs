//! What every adapter must do, scenario by scenario.

pub mod clients;
pub mod failures;
pub mod main_job;
pub mod network;
pub mod tokens;
pub mod walks;

/// Makes a test of every scenario for a driver: `suite!(Hyper)` in a module of its own.
#[macro_export]
macro_rules! suite {
    ($driver:ty) => {
        $crate::suite!($driver; main_job:
            one_token_serves_the_whole_job,
            the_whole_job_runs_over_tls_with_a_ca_of_ones_own,
            basic_authentication_does_the_same,
            a_secret_of_special_characters_arrives_as_it_is,
        );
        $crate::suite!($driver; tokens:
            callers_at_once_share_one_token,
            callers_refused_together_share_one_fresh_token,
            a_server_that_refuses_everything_is_not_asked_for_ever,
            a_token_is_renewed_before_it_ends_and_nobody_waits,
            an_expired_token_is_not_sent,
            a_token_of_no_lifetime_does_not_cost_one_fetch_a_call,
            a_refused_bearer_is_replaced_once,
            changed_credentials_end_the_pause_after_a_refusal,
        );
        $crate::suite!($driver; failures:
            a_wrong_secret_is_told_once_and_not_asked_again,
            a_busy_server_is_asked_again_after_its_pause,
            retry_after_is_kept_to,
            each_status_is_told_apart_and_only_5xx_and_429_are_asked_again,
            nobody_listening_is_told_by_its_phase,
            a_name_that_does_not_resolve_is_told_by_its_phase,
            a_certificate_of_an_unknown_ca_is_told_by_its_phase_and_not_tried_again,
            plain_http_on_a_tls_port_is_told_by_its_phase,
            nothing_an_error_prints_holds_the_token_or_the_secret,
        );
        $crate::suite!($driver; clients:
            a_secret_file_is_read_again_when_the_secret_was_rotated,
            a_rotation_under_load_fails_no_call,
            a_call_ends_by_the_deadline_it_was_given,
            no_more_requests_are_out_than_are_allowed,
            a_closed_client_turns_calls_away,
            what_was_done_is_counted,
        );
        $crate::suite!($driver; network:
            a_proxy_with_credentials_tunnels_both_plain_and_tls,
            a_proxy_that_asks_for_credentials_is_told_by_its_phase_and_not_tried_again,
            a_bomb_is_stopped_at_the_bound,
            a_body_cut_short_is_asked_for_again,
            a_stalled_answer_is_told_by_its_phase,
            a_connection_closed_as_the_request_comes_is_made_anew,
            an_outage_is_lived_through,
        );
        $crate::suite!($driver; walks:
            every_station_comes_once_page_by_page,
            a_window_of_days_comes_sorted_and_once,
            a_walk_ends_after_an_error_and_goes_on_where_it_was,
            a_silent_station_has_no_latest_reading_and_a_foreign_one_is_not_found,
            a_window_that_ends_before_it_begins_is_an_error,
        );
    };
    ($driver:ty; $module:ident: $($scenario:ident),* $(,)?) => {
        mod $module {
            $(
                #[test]
                fn $scenario() {
                    $crate::scenarios::$module::$scenario::<$driver>();
                }
            )*
        }
    };
}
