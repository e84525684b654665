//! Which release of Keycloak the fake is.

/// The release of Keycloak whose behaviour the token endpoint shows.
///
/// ```
/// use persium_testkit::Profile;
///
/// assert_eq!(Profile::default(), Profile::V26_7);
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Profile {
    /// 26.7: the rules were checked against recordings of 26.7.3.
    #[default]
    V26_7,
}

impl Profile {
    /// Whether a path with `//`, dot segments or needless escapes is refused, rather than put in order.
    pub(crate) fn insists_on_normal_paths(self) -> bool {
        match self {
            Self::V26_7 => true,
        }
    }
}
