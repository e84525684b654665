//! The suite: every scenario written once, run for every driver.
