//! The fake as each release that there are recordings of, with the realms that the real one is given.

use std::fs;

use persium_testkit::{Kit, Profile, RealmFile};

use super::realms;

/// The releases, and the fake's profile of each.
pub const RELEASES: [(&str, Profile); 4] = [
    ("24.0.5", Profile::V24_0),
    ("26.0.8", Profile::V26_0),
    ("26.4.0", Profile::V26_4),
    ("26.7.3", Profile::V26_7),
];

/// The fake of that profile.
///
/// # Panics
///
/// Where it does not take the realm files.
#[must_use]
pub fn fake(profile: Profile) -> Kit {
    let mut builder = Kit::builder().profile(profile).unchecked();
    for file in realms::files() {
        let text = fs::read_to_string(file).expect("a realm can be read");
        builder = builder.import(RealmFile::parse(&text).expect("a realm file"));
    }
    builder.start()
}
