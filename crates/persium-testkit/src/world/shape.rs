//! What Persium's documentation leaves open, as choices: how rows and pages are written.

/// How a measurement row is written. Persium does not say, so a client has to read them all.
///
/// ```
/// use persium_testkit::{Kit, Pagination, Rows, World};
///
/// let world = World::from_seed(1).rows(Rows::Long).pagination(Pagination::Totals).with_unknown_fields().unordered();
/// let kit = Kit::builder().world(world).start();
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
