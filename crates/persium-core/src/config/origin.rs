//! Where the bearer may go.

use http::Uri;
use http::uri::Authority;

use super::Config;
use crate::error::{Error, Kind};
use crate::wire::Origin;

impl Config {
    /// Whether a request that is sent by other means than ours may carry the bearer: it goes to the API's origin (RFC
    /// 6454 section 5: scheme, host and port), and names no user.
    ///
    /// ```
    /// # let config = persium_core::Config::builder()
    /// #     .token_url("https://sso.example.com/realms/acme/protocol/openid-connect/token")
    /// #     .api_base_url("https://api.persium.co.uk/api/m2m/v1")
    /// #     .client_id("acme-corp-backend")
    /// #     .client_secret("s3cret")
    /// #     .build()?;
    /// use http::Uri;
    ///
    /// config.check_origin(&Uri::from_static("https://api.persium.co.uk/api/m2m/v1/me"))?;
    /// let error = config.check_origin(&Uri::from_static("https://evil.example/me")).unwrap_err();
    /// assert!(error.is_bad_request());
    /// # Ok::<(), persium_core::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`Error::is_bad_request`], naming the API's origin.
    pub fn check_origin(&self, uri: &Uri) -> Result<(), Error> {
        let is_ours = Origin::of(uri).is_some_and(|target| Origin::of(&self.api_base_url) == Some(target));
        if is_ours {
            return Ok(());
        }
        let api = &self.api_base_url;
        let api = format!(
            "{}://{}",
            api.scheme_str().unwrap_or_default(),
            api.authority().map_or("", Authority::as_str)
        );
        Err(Error::new(Kind::Elsewhere { api }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allows(api: &str, uri: &str) -> bool {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url(api)
            .client_id("id")
            .client_secret("s3cret")
            .allow_loopback_http()
            .build();
        config.unwrap().check_origin(&uri.parse().unwrap()).is_ok()
    }

    #[test]
    fn an_origin_is_scheme_host_and_port_however_they_are_written() {
        let api = "https://api.test/api/m2m/v1";
        for same in ["https://api.test/", "HTTPS://API.test:443/other?x=1", "https://api.test"] {
            assert!(allows(api, same), "{same}");
        }
        assert!(allows("https://api.test:8443/v1", "https://api.test:8443/v1/me"));
        assert!(allows("http://[::1]:80/v1", "http://[::1]/v1/me"));
        for other in [
            "http://api.test/",
            "https://api.test:8443/",
            "https://api.test./",
            "https://api.test.evil.example/",
            "https://evil.example/api.test",
            "https://user@api.test/",
            "https://api.test:443@evil.example/",
            "https://api.test:/",
            "/api/m2m/v1/me",
            "api.test",
            "ftp://api.test:443/",
        ] {
            assert!(!allows(api, other), "{other}");
        }
    }

    #[test]
    fn the_error_names_the_api_and_nothing_of_the_request() {
        let config = Config::builder()
            .token_url("https://id.test/token")
            .api_base_url("https://api.test/v1")
            .client_id("id")
            .client_secret("s3cret")
            .build()
            .unwrap();
        let error =
            config.check_origin(&Uri::from_static("https://me:pass@evil.example/?key=k")).unwrap_err();
        assert_eq!(
            error.to_string(),
            "the request is not for https://api.test, where alone the token may go: nothing was sent"
        );
        assert!(!format!("{error:?}").contains("pass"));
    }
}
