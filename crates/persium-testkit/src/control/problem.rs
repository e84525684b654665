//! Why a request to the control plane came to nothing.

use std::borrow::Cow;

use serde_json::{Value, json};

/// A status and a sentence.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Problem {
    pub(crate) status: u16,
    text: Cow<'static, str>,
}

impl Problem {
    pub(crate) fn new(status: u16, text: impl Into<Cow<'static, str>>) -> Self {
        Self { status, text: text.into() }
    }

    /// The body is not what the route takes.
    pub(crate) fn bad(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(400, text)
    }

    pub(crate) fn body(&self) -> Value {
        json!({ "error": self.text })
    }
}
