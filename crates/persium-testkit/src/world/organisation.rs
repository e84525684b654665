//! Organisations and their stations.

use std::time::Duration;

use time::OffsetDateTime;
use uuid::Uuid;

use super::series::Sample;
use crate::seed;

const PLACES: [&str; 12] = [
    "Riverside",
    "Market Square",
    "North Gate",
    "Old Mill",
    "Station Road",
    "Harbour",
    "Castle Hill",
    "Ring Road",
    "St Mary's School",
    "Botanic Garden",
    "Viaduct",
    "Tannery Lane",
];

/// An organisation: what one client may see.
#[derive(Clone, Debug)]
pub struct Organisation {
    uuid: Uuid,
    label: String,
    stations: Vec<Station>,
}

impl Organisation {
    /// An organisation without stations.
    #[must_use]
    pub fn new(uuid: Uuid, label: impl Into<String>) -> Self {
        Self { uuid, label: label.into(), stations: Vec::new() }
    }

    /// Adds a station.
    #[must_use]
    pub fn station(mut self, station: Station) -> Self {
        self.stations.push(station);
        self
    }

    pub(crate) fn add(&mut self, station: Station) {
        self.stations.push(station);
    }

    /// Its uuid.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// What `/me` calls it.
    #[must_use]
    pub fn label(&self) -> &str {
        &self.label
    }

    /// Its stations, in the order of the list.
    #[must_use]
    pub fn stations(&self) -> &[Station] {
        &self.stations
    }

    pub(super) fn from_seed(seed: u64, number: u64, label: &str, stations: u64) -> Self {
        let mut organisation = Self::new(seed::uuid(seed, &[number]), label);
        for place in 0..stations {
            organisation.stations.push(Station::from_seed(seed, &[number, place], place));
        }
        organisation
    }
}

/// A station, and how it behaves.
///
/// ```
/// use persium_testkit::{Behaviour, Kit, Organisation, Station, World};
/// use uuid::Uuid;
///
/// let roof = Station::new(Uuid::from_u128(7), "Roof").at(52.2053, 0.1218).behaviour(Behaviour::Silent);
/// let organisation = Organisation::new(Uuid::from_u128(1), "Ours").station(roof);
/// let kit = Kit::builder().world(World::empty(1).organisation(organisation)).start();
/// assert_eq!(kit.world().organisations()[0].stations()[0].name(), "Roof");
/// ```
#[derive(Clone, Debug)]
pub struct Station {
    uuid: Uuid,
    name: String,
    latitude: f64,
    longitude: f64,
    behaviour: Behaviour,
    pub(super) late: Duration,
    pub(super) extra: Vec<(String, String)>,
    pub(super) samples: Option<Vec<Sample>>,
}

/// What a station's measurements look like.
///
/// ```
/// use persium_blocking::{Client, Config};
/// use persium_testkit::{Behaviour, Kit, Organisation, Station, VirtualClock, World};
/// use std::time::Duration;
/// use uuid::Uuid;
///
/// let hour = Duration::from_secs(3600);
/// let roof = Station::new(Uuid::from_u128(7), "Roof").behaviour(Behaviour::FallsSilent(hour));
/// let world = World::empty(1).organisation(Organisation::new(Uuid::from_u128(1), "Ours").station(roof));
/// let clock = VirtualClock::new();
/// let kit = Kit::builder().clock(&clock).world(world).token_lifetime(hour * 24).start();
/// let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
///
/// clock.advance(hour);
/// let last = client.latest(Uuid::from_u128(7))?;
/// clock.advance(hour * 5); // a monitor that goes by the status alone still calls it online
/// assert_eq!(client.latest(Uuid::from_u128(7))?, last);
/// # Ok::<(), persium_blocking::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Behaviour {
    /// A row every 15 minutes, now and then a value or a row missing.
    #[default]
    Steady,
    /// Hours are missing every day.
    Gappy,
    /// It stopped measuring this long before the kit started.
    Offline(Duration),
    /// It stops measuring this long after the kit has started, and goes on being listed as online.
    FallsSilent(Duration),
    /// It has never measured anything.
    Silent,
}

impl Station {
    /// A steady station at 0° N 0° E.
    #[must_use]
    pub fn new(uuid: Uuid, name: impl Into<String>) -> Self {
        Self {
            uuid,
            name: name.into(),
            latitude: 0.0,
            longitude: 0.0,
            behaviour: Behaviour::Steady,
            late: Duration::ZERO,
            extra: Vec::new(),
            samples: None,
        }
    }

    /// Puts it somewhere, in degrees north and east.
    #[must_use]
    pub fn at(mut self, latitude: f64, longitude: f64) -> Self {
        (self.latitude, self.longitude) = (latitude, longitude);
        self
    }

    /// How it behaves.
    #[must_use]
    pub fn behaviour(mut self, behaviour: Behaviour) -> Self {
        self.behaviour = behaviour;
        self
    }

    /// Its rows turn up so much later than they were measured.
    #[must_use]
    pub fn late_by(mut self, late: Duration) -> Self {
        self.late = late;
        self
    }

    /// It measures something that nobody documents as well, in some unit.
    #[must_use]
    pub fn also_measures(mut self, code: impl Into<String>, unit: impl Into<String>) -> Self {
        self.extra.push((code.into(), unit.into()));
        self
    }

    /// One row of its own, in place of generated ones: when, and code, value and unit of what was measured. Rows are
    /// given out in the order they were told in.
    ///
    /// ```
    /// use persium_testkit::Station;
    /// use time::OffsetDateTime;
    /// use uuid::Uuid;
    ///
    /// let at = OffsetDateTime::from_unix_timestamp(1_767_614_400)?;
    /// let station = Station::new(Uuid::from_u128(1), "Roof").measured(at, [("PM25", 8.1, "µg/m³")]);
    /// # Ok::<(), time::error::ComponentRange>(())
    /// ```
    #[must_use]
    pub fn measured<'a>(
        mut self,
        at: OffsetDateTime,
        values: impl IntoIterator<Item = (&'a str, f64, &'a str)>,
    ) -> Self {
        let values = values
            .into_iter()
            .map(|(code, value, unit)| (code.to_owned().into(), value, unit.to_owned().into()));
        let sample = Sample { at: at.unix_timestamp(), values: values.collect() };
        self.samples.get_or_insert_default().push(sample);
        self
    }

    pub(super) fn with_samples(mut self, samples: Vec<Sample>) -> Self {
        self.samples = Some(samples);
        self
    }

    /// Its uuid.
    #[must_use]
    pub fn uuid(&self) -> Uuid {
        self.uuid
    }

    /// Its name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Degrees north and east.
    #[must_use]
    pub fn position(&self) -> (f64, f64) {
        (self.latitude, self.longitude)
    }

    /// How it behaves, as told.
    #[must_use]
    pub fn behaves(&self) -> Behaviour {
        self.behaviour
    }

    fn from_seed(seed: u64, key: &[u64; 2], place: u64) -> Self {
        let name = PLACES[place as usize % PLACES.len()];
        let round = place as usize / PLACES.len();
        let name = if round == 0 { name.to_owned() } else { format!("{name} {}", round + 1) };
        let degrees = |axis| (seed::fraction(seed, &[key[0], key[1], axis]) * 1e5).round() / 1e6;
        let behaviour = match place {
            3 => Behaviour::Offline(Duration::from_secs(3 * 86_400)),
            7 => Behaviour::Silent,
            11 => Behaviour::Gappy,
            _ => Behaviour::Steady,
        };
        let station = Self::new(seed::uuid(seed, &[key[0], key[1], 0]), name);
        // To the sixth place, as a device tells where it is.
        let told = |degrees: f64| (degrees * 1e6).round() / 1e6;
        station.at(told(52.2 + degrees(1)), told(0.1 + degrees(2))).behaviour(behaviour)
    }
}
