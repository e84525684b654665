//! What ends the sending of a request is told as that.

use persium_core::{Failure, Phase};
use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};

use crate::failure;

/// The last link of the chain that opens a connection: from here on it is requests that are sent.
#[derive(Debug)]
pub(crate) struct Sends;

impl<In: Transport> Connector<In> for Sends {
    type Out = Sending<In>;

    fn connect(&self, _: &ConnectionDetails<'_>, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        Ok(chained.map(Sending))
    }
}

/// A connection that is open.
#[derive(Debug)]
pub(crate) struct Sending<In>(In);

impl<In: Transport> Transport for Sending<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.0.transmit_output(amount, timeout).map_err(|error| match error {
            // The time of the request as a whole, most of which it waits; and what is told as something else already.
            Error::Timeout(_) | Error::Other(_) => error,
            error => Error::Other(Box::new(Failure::new(Phase::Send, failure::kind(&error), error))),
        })
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.0.await_input(timeout)
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}
