//! What the fake API knows: organisations, their stations, and who may ask for them.

mod csv;
mod organisation;
mod series;
mod shape;

pub use csv::CsvError;
pub use organisation::{Behaviour, Organisation, Station};
pub use shape::{Pagination, Rows};

pub(crate) use series::{PARAMETERS, Sample, Window};

use crate::keycloak::{Realm, RealmError, RealmFile};

/// The realm that a kit's own client belongs to.
pub(crate) const REALM: &str = "persium";

/// Everything that is true in the fake: a value, made before the kit starts.
///
/// ```
/// use persium_testkit::World;
///
/// let world = World::from_seed(7);
/// let [acme, borough] = world.organisations() else { panic!("two organisations") };
/// assert!(acme.stations().len() > 20, "more than one page");
/// assert_eq!(world.organisations()[0].stations()[0].uuid(), World::from_seed(7).organisations()[0].stations()[0].uuid());
/// assert_ne!(acme.uuid(), borough.uuid());
/// ```
#[derive(Clone, Debug)]
pub struct World {
    pub(crate) seed: u64,
    pub(crate) organisations: Vec<Organisation>,
    pub(crate) realms: Vec<Realm>,
    pub(crate) registrations: Vec<Registration>,
    pub(crate) rows: Rows,
    pub(crate) pagination: Pagination,
    pub(crate) has_unknown_fields: bool,
    pub(crate) is_unordered: bool,
}

/// A client as the API knows it, whatever token server it gets its tokens from.
#[derive(Clone, Debug)]
pub(crate) struct Registration {
    pub(crate) client_id: String,
    /// Its place in the world's list of organisations.
    pub(crate) organisation: usize,
    pub(crate) is_enabled: bool,
    /// Whether it sees every organisation: `all_organisations` of `/me`.
    pub(crate) is_elevated: bool,
}

impl World {
    /// Two organisations: one of 24 stations, among them one that went offline three days before the start, one
    /// that never measured anything and one with many gaps; and one of 5. No clients yet: the kit brings its own.
    #[must_use]
    pub fn from_seed(seed: u64) -> Self {
        let acme = Organisation::from_seed(seed, 0, "Acme Corp production backend", 24);
        let borough = Organisation::from_seed(seed, 1, "Borough of Eastmarsh", 5);
        Self { organisations: vec![acme, borough], ..Self::empty(seed) }
    }

    /// A world without organisations. The seed is for the uuids and values of what is put into it.
    #[must_use]
    pub fn empty(seed: u64) -> Self {
        Self {
            seed,
            organisations: Vec::new(),
            realms: vec![Realm::new(REALM)],
            registrations: Vec::new(),
            rows: Rows::default(),
            pagination: Pagination::default(),
            has_unknown_fields: false,
            is_unordered: false,
        }
    }

    /// Adds an organisation.
    #[must_use]
    pub fn organisation(mut self, organisation: Organisation) -> Self {
        self.organisations.push(organisation);
        self
    }

    /// Adds a realm; one of the same name is replaced.
    #[must_use]
    pub fn realm(mut self, realm: Realm) -> Self {
        self.realms.retain(|known| known.name() != realm.name());
        self.realms.push(realm);
        self
    }

    /// Adds the realms of one of Keycloak's own realm files: see [`RealmFile::parse`].
    ///
    /// # Errors
    /// Text that is none of a realm's, with the place.
    ///
    /// ```
    /// use persium_testkit::World;
    ///
    /// let world = World::from_seed(1).realm_from_json(r#"{"realm": "acme", "enabled": true}"#)?;
    /// assert_eq!(world.realms().last().map(|realm| realm.name()), Some("acme"));
    /// assert!(World::from_seed(1).realm_from_json("{").is_err());
    /// # Ok::<(), persium_testkit::RealmError>(())
    /// ```
    pub fn realm_from_json(mut self, json: &str) -> Result<Self, RealmError> {
        for realm in RealmFile::parse(json)?.realms() {
            self = self.realm(realm.clone());
        }
        Ok(self)
    }

    /// Registers a client with the API, for the organisation at that place in the list. What its token server knows
    /// of it is another matter: see [`RealmClient`](crate::RealmClient).
    ///
    /// # Panics
    /// Where there is no such organisation.
    #[must_use]
    pub fn register(mut self, client_id: impl Into<String>, organisation: usize) -> Self {
        assert!(organisation < self.organisations.len(), "there is no organisation number {organisation}");
        let client_id = client_id.into();
        self.registrations.retain(|known| known.client_id != client_id);
        self.registrations.push(Registration {
            client_id,
            organisation,
            is_enabled: true,
            is_elevated: false,
        });
        self
    }

    /// How measurements are written. [`Rows::Wide`] unless told otherwise.
    #[must_use]
    pub fn rows(mut self, rows: Rows) -> Self {
        self.rows = rows;
        self
    }

    /// What stands beside the data of a page. [`Pagination::Bare`] unless told otherwise.
    #[must_use]
    pub fn pagination(mut self, pagination: Pagination) -> Self {
        self.pagination = pagination;
        self
    }

    /// Adds fields that nobody documents to stations and rows: a client has to keep them, or at least not mind.
    #[must_use]
    pub fn with_unknown_fields(mut self) -> Self {
        self.has_unknown_fields = true;
        self
    }

    /// Gives the rows of a window in no order.
    #[must_use]
    pub fn unordered(mut self) -> Self {
        self.is_unordered = true;
        self
    }

    /// Its organisations.
    #[must_use]
    pub fn organisations(&self) -> &[Organisation] {
        &self.organisations
    }

    /// The realms of its Keycloak.
    #[must_use]
    pub fn realms(&self) -> &[Realm] {
        &self.realms
    }

    pub(crate) fn registration(&self, client_id: &str) -> Option<&Registration> {
        self.registrations.iter().find(|known| known.client_id == client_id)
    }

    pub(crate) fn realm_mut(&mut self, name: &str) -> Option<&mut Realm> {
        self.realms.iter_mut().find(|realm| realm.name() == name)
    }
}
