//! `persium get`: any path of the API, as it is.

use bytes::Bytes;
use clap::Args;
use http::{Request, Uri};
use persium_core::{Error, Operation, Response};

use crate::failure::Failure;
use crate::output;
use crate::settings::ClientArgs;

const EXAMPLES: &str = "\
Examples:
  persium get /me
  persium get '/stations?page=2&per_page=50'
  persium get /stations/UUID/measurements/latest | jq .";

/// Get any path of the API, and write the body as it came
///
/// The token is got, put on the request and renewed as for every command; so are the retries.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct GetArgs {
    /// Path and query below API_BASE_URL, percent-encoded as in a URL
    #[arg(value_name = "PATH", value_parser = parse_path)]
    path: Uri,
    #[command(flatten)]
    client: ClientArgs,
}

impl GetArgs {
    pub(crate) async fn run(self) -> Result<(), Failure> {
        let body = self.client.client()?.call(Get(self.path)).await?;
        Ok(output::pass_on(&body)?)
    }
}

/// The body of a path.
struct Get(Uri);

impl Operation for Get {
    type Output = Bytes;

    fn request(&self) -> Request<Bytes> {
        let mut request = Request::new(Bytes::new());
        *request.uri_mut() = self.0.clone();
        request
    }

    fn decode(&self, response: &Response) -> Result<Bytes, Error> {
        Ok(response.body().clone())
    }
}

fn parse_path(text: &str) -> Result<Uri, String> {
    if text.contains("://") || text.starts_with("//") {
        return Err(
            "expected what follows API_BASE_URL, as in /stations: the token goes nowhere else".to_owned()
        );
    }
    let path = if text.starts_with('/') { text.to_owned() } else { format!("/{text}") };
    // The type takes letters outside ASCII; on the wire they would be anybody's guess.
    let path: Option<Uri> = path.parse().ok().filter(|_| path.is_ascii());
    let path =
        path.ok_or("expected a path as in a URL, what is not ASCII or has a meaning there percent-encoded")?;
    if path.path().split('/').any(|segment| segment == ".." || segment == ".") {
        return Err("expected a path without `.` and `..`".to_owned());
    }
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_what_follows_the_base() {
        assert_eq!(parse_path("/stations?page=2").unwrap(), "/stations?page=2");
        assert_eq!(parse_path("me").unwrap(), "/me");
    }

    #[test]
    fn nothing_leads_elsewhere() {
        for text in ["https://evil.test/me", "//evil.test/me", "/../admin", "/a/./b", "/a b", "/ü"] {
            assert!(parse_path(text).is_err(), "{text}");
        }
    }
}
