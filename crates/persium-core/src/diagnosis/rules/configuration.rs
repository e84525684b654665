//! Values that cannot be right.

use crate::diagnosis::codes::{self, Code};
use crate::diagnosis::finding::Finding;
use crate::error::{Error, Flaw};

pub(super) fn of(flaw: Flaw, error: &Error) -> Vec<Finding> {
    vec![Finding::certain(code(flaw), [error.to_string()])]
}

fn code(flaw: Flaw) -> Code {
    match flaw {
        Flaw::Missing => codes::VALUE_MISSING,
        Flaw::WhiteSpace => codes::WHITE_SPACE,
        Flaw::Quotes => codes::QUOTES,
        Flaw::Placeholder => codes::PLACEHOLDER,
        Flaw::Scheme => codes::SCHEME_PREFIX,
        Flaw::PlainHttp => codes::HTTP_URL,
        Flaw::NoUrl => codes::NOT_A_URL,
        Flaw::Swapped => codes::URLS_SWAPPED,
        Flaw::UnreadableFile => codes::SECRET_FILE_UNREADABLE,
        Flaw::EmptyFile => codes::SECRET_FILE_EMPTY,
        Flaw::Other => codes::SETTING_REFUSED,
    }
}
