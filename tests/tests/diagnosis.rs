//! The matrix: every mistake of the testkit's, made for real, and what is said of it first, by both adapters.

mod diagnosis {
    pub(crate) mod matrix;
    pub(crate) mod pages;
    pub(crate) mod planted;
    pub(crate) mod walk;
}

use persium_core::Error;
use persium_core::diagnosis::{Checkup, Examination, Habits};
use persium_testkit::conformance::Driver;
use persium_tests::drivers::{Blocking, Hyper};

/// A driver whose client has a doctor.
pub(crate) trait Examines: Driver {
    /// The walk, whole.
    fn examine(&self, examination: Examination) -> Result<Checkup, Error>;

    /// What the process was counted doing.
    fn habits(&self) -> Habits;
}

impl Examines for Hyper {
    fn examine(&self, examination: Examination) -> Result<Checkup, Error> {
        self.runtime().block_on(self.client().doctor(examination).finish())
    }

    fn habits(&self) -> Habits {
        self.client().habits()
    }
}

impl Examines for Blocking {
    fn examine(&self, examination: Examination) -> Result<Checkup, Error> {
        self.client().doctor(examination).finish()
    }

    fn habits(&self) -> Habits {
        self.client().habits()
    }
}

#[test]
fn hyper_says_the_right_cause_first_and_is_certain_of_nothing_wrong() {
    diagnosis::matrix::holds::<Hyper>();
}

#[test]
fn blocking_says_the_right_cause_first_and_is_certain_of_nothing_wrong() {
    diagnosis::matrix::holds::<Blocking>();
}

#[test]
fn an_authoritys_certificate_in_a_servers_place_is_not_said_to_be_self_signed() {
    diagnosis::matrix::is_no_self_signature::<Hyper>();
    diagnosis::matrix::is_no_self_signature::<Blocking>();
}

#[test]
fn that_a_server_asks_for_a_certificate_is_told_over_http2_as_well() {
    diagnosis::matrix::is_asked_for_a_certificate::<Hyper>();
}

#[test]
fn a_healthy_set_up_yields_no_finding_at_all() {
    diagnosis::matrix::is_healthy::<Hyper>();
    diagnosis::matrix::is_healthy::<Blocking>();
}

#[test]
fn what_a_server_echoes_of_a_secret_is_in_no_error_and_no_report() {
    diagnosis::planted::is_found_nowhere::<Hyper>();
    diagnosis::planted::is_found_nowhere::<Blocking>();
}

#[test]
fn each_stage_of_the_way_has_its_own_time_or_says_why_it_has_none() {
    diagnosis::walk::is_timed_stage_by_stage::<Hyper>();
    diagnosis::walk::is_timed_stage_by_stage::<Blocking>();
}

#[test]
fn a_name_is_resolved_on_the_way() {
    diagnosis::walk::resolves_a_name::<Hyper>();
    diagnosis::walk::resolves_a_name::<Blocking>();
}

#[test]
fn on_a_way_through_a_proxy_it_is_the_proxy_that_is_found() {
    diagnosis::walk::goes_through_a_proxy::<Hyper>();
    diagnosis::walk::goes_through_a_proxy::<Blocking>();
}

#[test]
fn what_comes_before_a_failure_keeps_its_time() {
    diagnosis::walk::tells_what_came_before_a_failure::<Hyper>();
    diagnosis::walk::tells_what_came_before_a_failure::<Blocking>();
}

#[test]
fn the_doctor_leaves_a_rotated_secret_for_the_client_to_find() {
    diagnosis::walk::leaves_a_rotated_secret_for_the_client::<Hyper>();
    diagnosis::walk::leaves_a_rotated_secret_for_the_client::<Blocking>();
}
