//! Which clients a process has, by their credentials.

use super::habits::Habits;
use crate::config::Config;

/// Which clients a process has, by their credentials: what [`Habits`] are counted by. An adapter keeps one for the whole
/// process. `T` is how it finds a client that lives.
///
/// ```
/// use persium_core::diagnosis::{Census, Habits};
/// # let config = persium_core::Config::builder()
/// #     .token_url("https://sso.example.com/token").api_base_url("https://api.example.com")
/// #     .client_id("acme").client_secret("s3cret").build().unwrap();
///
/// let mut census = Census::new();
/// census.join(&config, "first");
/// census.join(&config, "second");
/// census.leave(&config, Habits::default(), |client| *client == "first");
/// let (gone, living) = census.of(&config);
/// assert_eq!((gone.clients, living), (1, vec!["second"]));
/// ```
#[derive(Debug)]
pub struct Census<T> {
    rows: Vec<Row<T>>,
}

/// The clients of one set of credentials.
#[derive(Debug)]
struct Row<T> {
    token_url: String,
    client_id: String,
    gone: Habits,
    living: Vec<T>,
}

impl<T: Clone> Census<T> {
    /// Of no client.
    #[must_use]
    pub const fn new() -> Self {
        Self { rows: Vec::new() }
    }

    /// A client was built.
    pub fn join(&mut self, config: &Config, client: T) {
        self.row(config).living.push(client);
    }

    /// The clients that `is_gone` finds have ended, one of them by now, having done that.
    pub fn leave(&mut self, config: &Config, did: Habits, is_gone: impl Fn(&T) -> bool) {
        let row = self.row(config);
        row.living.retain(|client| !is_gone(client));
        row.gone = row.gone.and(Habits { clients: 1, ..did });
    }

    /// What clients did that have ended, and those that live.
    #[must_use]
    pub fn of(&mut self, config: &Config) -> (Habits, Vec<T>) {
        let row = self.row(config);
        (row.gone, row.living.clone())
    }

    fn row(&mut self, config: &Config) -> &mut Row<T> {
        let (token_url, client_id) = (config.token_url().to_string(), config.client_id());
        let is_it = |row: &Row<T>| row.token_url == token_url && row.client_id == client_id;
        let at = self.rows.iter().position(is_it).unwrap_or_else(|| {
            let (gone, living) = (Habits::default(), Vec::new());
            self.rows.push(Row {
                token_url: token_url.clone(),
                client_id: client_id.to_owned(),
                gone,
                living,
            });
            self.rows.len() - 1
        });
        &mut self.rows[at]
    }
}

impl<T: Clone> Default for Census<T> {
    fn default() -> Self {
        Self::new()
    }
}
