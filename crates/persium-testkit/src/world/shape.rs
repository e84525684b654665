//! What Persium's documentation leaves open, as choices: how rows and pages are written.

/// How a measurement row is written. Persium does not say, so a client has to read them all.
///
/// ```
/// use persium_blocking::{Client, Config};
/// use persium_testkit::{Kit, Pagination, Rows, World};
///
/// let told = |world: World| {
///     let kit = Kit::builder().world(world).start();
///     let client = Client::new(Config::from_lookup(|name| kit.lookup(name))?)?;
///     let stations: Vec<_> = client.stations().collect_all()?.into_iter().map(|station| station.uuid).collect();
///     let latest = client.latest(stations[0])?.expect("it measures");
///     Ok::<_, persium_blocking::Error>((stations, latest.measurements.len()))
/// };
/// let plain = told(World::from_seed(1))?;
/// let odd = World::from_seed(1).rows(Rows::Long).pagination(Pagination::Totals).with_unknown_fields().unordered();
/// assert_eq!(told(odd)?, plain, "the same, however it is written");
/// # Ok::<(), persium_blocking::Error>(())
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Rows {
    /// One row a time, one key a parameter: `{"timestamp":…,"PM25":{"value":8.1,"unit":"µg/m³"},…}`.
    #[default]
    Wide,
    /// The same with bare numbers: `{"timestamp":…,"PM25":8.1,…}`.
    WideBare,
    /// One row a value: `{"timestamp":…,"parameter":"PM25","value":8.1,"unit":"µg/m³"}`.
    Long,
}

/// What stands beside `data` in a page of stations. Persium does not say.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum Pagination {
    /// Nothing.
    #[default]
    Bare,
    /// `"meta":{"page":1,"per_page":20,"total":24,"total_pages":2}`.
    Totals,
}
