//! The doctor: finds out what is wrong, step by step.

use std::sync::Arc;

use persium_core::Error;
use persium_core::diagnosis::{self, Check, Checkup, Examination, Habits};

use crate::client::Client;
use crate::shared::Shared;

/// A walk through everything that may be wrong between this machine and the API, from the configuration to an empty
/// window: made by [`Client::doctor`].
///
/// An iterator of the steps, each once it is done; what a step finds wrong is no error, and an error is that the client
/// was closed. The doctor gets a token of its own and leaves the client's alone.
///
/// ```no_run
/// # fn run(client: persium_blocking::Client) -> Result<(), persium_blocking::Error> {
/// use persium_blocking::diagnosis::Examination;
///
/// let mut doctor = client.doctor(Examination::default());
/// for check in doctor.by_ref() {
///     let check = check?;
///     println!("{} {}: {}", check.outcome, check.stage, check.detail);
/// }
/// println!("{}", doctor.finish()?.diagnosis());
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Doctor {
    client: Client,
    doctor: diagnosis::Doctor,
}

impl Doctor {
    pub(crate) fn new(client: Client, shared: &Shared, examination: Examination) -> Self {
        let (credentials, has_worked) =
            shared.with_session(|session, _| (session.credentials().clone(), session.has_worked()));
        let mut examination = examination.habits(shared.habits());
        if has_worked {
            examination = examination.having_worked();
        }
        if let Some(file) = &shared.secret
            && let Some(mode) = file.mode()
        {
            examination = examination.secret_file(file.path(), mode);
        }
        let newer = shared.secret.as_ref().and_then(|file| file.glance(&credentials));
        let config = persium_core::Config::clone(&shared.config);
        let config = config.with_credentials(newer.unwrap_or(credentials));
        Self { client, doctor: diagnosis::Doctor::new(Arc::new(config), examination) }
    }

    /// What came of it, the steps that are left included.
    ///
    /// # Errors
    ///
    /// Where the client was closed.
    pub fn finish(mut self) -> Result<Checkup, Error> {
        self.by_ref().try_for_each(|check| check.map(drop))?;
        Ok(self.doctor.finish())
    }
}

impl Iterator for Doctor {
    type Item = Result<Check, Error>;

    fn next(&mut self) -> Option<Result<Check, Error>> {
        let (client, now) = (&self.client, self.client.shared().clock.now());
        let step = self.doctor.next_step(now)?;
        Some(client.shared().call(client.cancel(), |_| step))
    }
}

impl Client {
    /// Finds out what is wrong: see [`Doctor`]. `examination` asks about a station and a window, where that is the
    /// question.
    pub fn doctor(&self, examination: Examination) -> Doctor {
        Doctor::new(self.clone(), self.shared(), examination)
    }

    /// What this process was counted doing with this client's credentials, by all its clients together: what
    /// [`Habits::diagnose`] goes by.
    #[must_use]
    pub fn habits(&self) -> Habits {
        self.shared().habits()
    }
}
