//! Every value that is refused, and the words it is refused in.

use std::io::ErrorKind;

use super::*;

const TOKEN_URL: &str = "https://sso.test/realms/acme/protocol/openid-connect/token";
const API_BASE_URL: &str = "https://api.test/api/m2m/v1";

/// The configuration with `name` set to `value`.
fn with(name: &str, value: Option<&str>) -> Result<Config, Error> {
    Config::from_lookup(|asked| match asked {
        asked if asked == name => value.map(ToOwned::to_owned),
        "TOKEN_URL" => Some(TOKEN_URL.to_owned()),
        "API_BASE_URL" => Some(API_BASE_URL.to_owned()),
        "CLIENT_ID" => Some("acme".to_owned()),
        "CLIENT_SECRET" => Some("s3cret".to_owned()),
        _ => None,
    })
}

fn assert_refused(name: &str, value: &str, problem: &str) {
    let error = with(name, Some(value)).expect_err(value);
    assert_eq!(error.to_string(), format!("{name} {problem}"), "{value:?}");
    assert_eq!(error.variable(), Some(name));
    assert!(error.is_config());
}

#[test]
fn what_is_not_set_is_asked_for_by_name() {
    for name in ["TOKEN_URL", "API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET"] {
        assert_eq!(with(name, None).unwrap_err().to_string(), format!("{name} is not set"));
        assert_refused(name, "", "is empty");
        assert_refused(name, " \t", "is nothing but white space");
    }
}

#[test]
fn what_stands_around_a_value_is_refused_by_its_position() {
    for name in ["TOKEN_URL", "API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "SCOPE"] {
        for (value, problem) in [
            ("s3cret\n", "ends with a newline (character 7): remove it"),
            ("s3cret\r", "ends with a carriage return (character 7): remove it"),
            ("s3cret ", "ends with a space (character 7): remove it"),
            ("s3cret\t", "ends with a tab (character 7): remove it"),
            ("s3cret\0", "ends with a control character (U+0000) (character 7): remove it"),
            ("s3cret\u{200b}", "ends with white space (U+200B) (character 7): remove it"),
            (" s3cret", "begins with a space (character 1): remove it"),
            ("\u{a0}s3cret", "begins with a no-break space (character 1): remove it"),
            ("\u{feff}s3cret", "begins with a byte order mark (character 1): remove it"),
            ("\"s3cret\"", "is in quotes (characters 1 and 8): remove them"),
            ("'s3cret'", "is in quotes (characters 1 and 8): remove them"),
            ("“s3cret”", "is in quotes (characters 1 and 8): remove them"),
            ("„s3cret“", "is in quotes (characters 1 and 8): remove them"),
            ("«s3cret»", "is in quotes (characters 1 and 8): remove them"),
        ] {
            assert_refused(name, value, problem);
        }
    }
    assert_refused("CLIENT_ID", "\"acme", "begins with a quote (character 1): remove it");
    assert_refused("CLIENT_ID", "acme’", "ends with a quote (character 5): remove it");
}

#[test]
fn a_placeholder_is_no_value() {
    for name in ["TOKEN_URL", "API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "SCOPE"] {
        for (value, what) in [
            ("<client-secret>", "in angle brackets"),
            ("{CLIENT_SECRET}", "in braces"),
            ("{{ secret }}", "in braces"),
            ("${CLIENT_SECRET}", "in braces"),
            ("[your secret]", "in square brackets"),
            ("$CLIENT_SECRET", "the name of a shell variable"),
            ("••••••••", "a row of dots, stars or crosses"),
            ("****", "a row of dots, stars or crosses"),
            ("xxxXXX", "a row of dots, stars or crosses"),
            ("...", "a row of dots, stars or crosses"),
            ("…", "a row of dots, stars or crosses"),
        ] {
            assert_refused(name, value, &format!("is a placeholder ({what}): put the value itself there"));
        }
    }
}

#[test]
fn a_url_that_cannot_be_right_is_refused_in_words_to_act_on() {
    const CLEAR: &str = "is http, which would send credentials in the clear: write https://";
    const UNASKED: &str = "is http, which is refused even on this machine unless it is asked for: for tests, set PERSIUM_ALLOW_LOOPBACK_HTTP=1";
    const RELATIVE: &str = "is not an absolute URL: it must begin with https://";
    const HOSTLESS: &str = "has no host: https:// is followed by a name";
    const NO_NAME: &str = "has a host that is no name: letters, digits and hyphens between single dots";
    const NO_PORT: &str = "has a port that is none: 1 to 65535";
    let table = [
        ("http://api.test/v1", CLEAR),
        ("HTTP://api.test/v1", CLEAR),
        ("http://localhost.example.com/", CLEAR),
        ("http://128.0.0.1/", CLEAR),
        ("http://[::2]/", CLEAR),
        ("http://127.0.0.1:8080/", UNASKED),
        ("http://localhost:8080", UNASKED),
        ("http://[::1]/", UNASKED),
        ("api.test/v1", RELATIVE),
        ("/v1", RELATIVE),
        ("ftp://api.test/v1", RELATIVE),
        ("https:/api.test/v1", RELATIVE),
        ("https//api.test/v1", RELATIVE),
        ("https://", HOSTLESS),
        ("https:///v1", HOSTLESS),
        ("https://:443/v1", HOSTLESS),
        ("https://user:pass@api.test/", "has a user name or password before its host: remove it and the @"),
        ("https://api.test@evil.test/", "has a user name or password before its host: remove it and the @"),
        ("https://api..test/", NO_NAME),
        ("https://./", NO_NAME),
        ("https://api%2etest/", NO_NAME),
        ("https://api,test/", NO_NAME),
        ("https://10.0.0.256/", "has a host that is no IPv4 address"),
        ("http://127.1/", "has a host that is no IPv4 address"),
        ("https://[::g]/", "has brackets around what is no IPv6 address"),
        ("https://api.test:/", NO_PORT),
        ("https://api.test:0/", NO_PORT),
        ("https://api.test:65536/", NO_PORT),
        ("https://api.test:99999999999999999999/", NO_PORT),
        ("https://api.test:https/", "has something other than a port after its host"),
        ("https://api.test/v1?page=1", "has a query (character 20): remove it from the ? on"),
        ("https://api.test?", "has a query (character 17): remove it from the ? on"),
        ("https://api.test/v1#top", "has a fragment (character 20): remove it from the # on"),
        ("https://api.test/v1?a#b", "has a fragment (character 22): remove it from the # on"),
        (
            "https://sso.test/realms/{REALM}/token",
            "still has the placeholder {REALM} (character 25): put the real value there",
        ),
        (
            "https://sso.test/realms/<realm>/token",
            "still has the placeholder <realm> (character 25): put the real value there",
        ),
        ("https://[host]/v1", "still has the placeholder [host] (character 9): put the real value there"),
        ("https://{host}/v1", "still has the placeholder {host} (character 9): put the real value there"),
        ("https://api.test/v1}", "has a bracket that no URL may have (character 20): remove it"),
        ("https://api.test/a%2", "has a % that starts no percent-encoding (character 19)"),
        ("https://api.test/a b", "has a space in it (character 19): remove it, or write it percent-encoded"),
        (
            "https://api.test/a\nb",
            "has a newline in it (character 19): remove it, or write it percent-encoded",
        ),
        (
            "https://münchen.test/",
            "has a character outside ASCII in it (character 10): remove it, or write it percent-encoded",
        ),
        (
            "https://api.test\\v1",
            "has a character that is not allowed in it (character 17): remove it, or write it percent-encoded",
        ),
    ];
    for name in ["TOKEN_URL", "API_BASE_URL"] {
        for (value, problem) in table {
            assert_refused(name, value, problem);
        }
    }
}

#[test]
fn a_secret_may_hold_anything_but_control_characters() {
    for secret in [
        "a b c",
        "+ % & = @ /",
        "pä\u{df}wörd",
        "密码",
        "\"",
        "it's",
        "a\"",
        "<a",
        "a]",
        "$ecret",
        "$ECRET",
        "x",
        "..",
        "p@ss:w/ord?#",
        "{a}b",
        "Bearer x",
    ] {
        let config = with("CLIENT_SECRET", Some(secret)).expect(secret);
        assert_eq!(config.credentials.client_secret().expose(), secret);
    }
    assert_refused("CLIENT_SECRET", "s3\ncret", "has a newline in it (character 3): remove it");
    assert_refused(
        "CLIENT_SECRET",
        "ü3\u{7f}cret",
        "has a control character (U+007F) in it (character 3): remove it",
    );
}

#[test]
fn an_id_has_no_white_space_and_a_scope_is_words() {
    assert_refused("CLIENT_ID", "ac me", "has a space in it (character 3): remove it");
    assert_refused("CLIENT_ID", "ac\u{200b}me", "has white space (U+200B) in it (character 3): remove it");
    assert_refused(
        "SCOPE",
        "email\tprofile",
        "has a tab in it (character 6): a scope is words of visible ASCII with a space between them",
    );
    assert_eq!(with("SCOPE", Some("email profile")).unwrap().scope(), Some("email profile"));
    assert_eq!(with("SCOPE", Some("")).unwrap().scope(), None);
    assert_eq!(with("SCOPE", None).unwrap().scope(), None);
}

#[test]
fn no_error_and_no_debug_shows_what_may_be_a_secret() {
    for name in
        ["CLIENT_ID", "CLIENT_SECRET", "SCOPE", "PERSIUM_AUTHENTICATION", "PERSIUM_ALLOW_LOOPBACK_HTTP"]
    {
        for value in ["hunter2\n", "\"hunter2\"", "<hunter2>", "hunter2\u{1}x", "ü hunter2 ü"] {
            if let Err(error) = with(name, Some(value)) {
                assert!(!format!("{error} {error:?}").contains("hunter2"), "{error:?}");
            }
        }
    }
    let config = with("CLIENT_SECRET", Some("hunter2")).unwrap();
    assert!(!format!("{config:?}").contains("hunter2"));
    let builder = Config::builder().token_url("https://me:hunter2@sso.test").client_secret("hunter2");
    assert!(!format!("{builder:?}").contains("hunter2"));
    assert!(!format!("{:?}", builder.build()).contains("hunter2"));
}

#[test]
fn plain_http_is_for_this_machine_and_for_who_asks() {
    for url in ["http://127.0.0.1:8080", "http://127.8.9.1", "http://[::1]:80/x", "http://LOCALHOST./"] {
        let asked = Config::builder().allow_loopback_http().token_url(url).api_base_url(url);
        assert!(asked.client_id("acme").client_secret("s3cret").build().is_ok(), "{url}");
    }
    let anywhere = Config::builder().allow_loopback_http().token_url("http://api.test/");
    assert!(anywhere.build().unwrap_err().to_string().contains("in the clear"));
    for (value, ok) in [("1", true), ("true", true), ("0", false), ("false", false), ("", false)] {
        let config = Config::from_lookup(|name| match name {
            "PERSIUM_ALLOW_LOOPBACK_HTTP" => Some(value.to_owned()),
            "TOKEN_URL" | "API_BASE_URL" => Some("http://localhost:8080/x".to_owned()),
            _ => Some("basic".to_owned()),
        });
        assert_eq!(config.is_ok(), ok, "{value}");
    }
    assert_refused("PERSIUM_ALLOW_LOOPBACK_HTTP", "yes", "is neither 1 nor 0: set it to 1, or unset it");
}

#[test]
fn urls_are_kept_as_given_but_for_the_slashes_after_the_base() {
    let config = with("TOKEN_URL", Some("HTTPS://SSO.test:8443/o/token/")).unwrap();
    assert_eq!(config.token_url().path(), "/o/token/");
    assert_eq!(config.token_url().port_u16(), Some(8443));
    for (given, kept) in [
        ("https://api.test/api/m2m/v1//", "https://api.test/api/m2m/v1"),
        ("https://api.test", "https://api.test/"),
        ("https://api.test//", "https://api.test/"),
        ("https://api.test./a%20b", "https://api.test./a%20b"),
        ("https://[2001:db8::1]:8443/a/", "https://[2001:db8::1]:8443/a"),
    ] {
        assert_eq!(with("API_BASE_URL", Some(given)).unwrap().api_base_url().to_string(), kept);
    }
}

#[test]
fn how_the_client_proves_itself_is_one_of_two_words() {
    for (word, authentication) in
        [("form", Authentication::Form), ("Basic", Authentication::Basic), ("", Authentication::Form)]
    {
        assert_eq!(with("PERSIUM_AUTHENTICATION", Some(word)).unwrap().authentication(), authentication);
    }
    assert_refused("PERSIUM_AUTHENTICATION", "post", "is neither form nor basic");
}

#[test]
fn one_final_newline_of_a_secret_file_is_no_part_of_the_secret() {
    for (content, secret) in
        [("s\n", "s"), ("s\r\n", "s"), ("s", "s"), ("s\n\n", "s\n"), ("s\r", "s\r"), ("\n", ""), ("", "")]
    {
        assert_eq!(Config::without_final_newline(content), secret, "{content:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_not_utf_8_is_told_by_its_name_alone() {
    use std::os::unix::ffi::OsStringExt as _;

    let with = |wrong: &'static str| {
        move |name: &str| match name {
            _ if name == wrong => Some(OsString::from_vec(b"hush\xff".to_vec())),
            "TOKEN_URL" => Some(TOKEN_URL.into()),
            "API_BASE_URL" => Some(API_BASE_URL.into()),
            "CLIENT_ID" => Some("acme".into()),
            "CLIENT_SECRET" if wrong != "CLIENT_SECRET_FILE" => Some("s3cret".into()),
            _ => None,
        }
    };
    for name in ["TOKEN_URL", "API_BASE_URL", "CLIENT_ID", "CLIENT_SECRET", "SCOPE", "CLIENT_SECRET_FILE"] {
        let error = Config::from_lookup_and_files(with(name), |_| unreachable!()).map(drop).unwrap_err();
        assert_eq!((error.to_string(), error.variable()), (format!("{name} is not UTF-8"), Some(name)));
    }
}

/// The four values, the secret in a file with that content.
fn from_a_file(beside: &str, content: Result<&str, ErrorKind>) -> Result<(Config, Option<String>), Error> {
    let look_up = |name: &str| match name {
        "TOKEN_URL" => Some(TOKEN_URL.to_owned()),
        "API_BASE_URL" => Some(API_BASE_URL.to_owned()),
        "CLIENT_ID" => Some("id".to_owned()),
        "CLIENT_SECRET" => Some(beside.to_owned()),
        "CLIENT_SECRET_FILE" => Some("s3cret-pasted-here".to_owned()),
        _ => None,
    };
    Config::from_lookup_and_files(look_up, |_| content.map(str::to_owned).map_err(Into::into))
}

#[test]
fn a_secret_in_a_file_is_read_less_one_line_ending() {
    for content in ["s3cret", "s3cret\n", "s3cret\r\n"] {
        let (config, path) = from_a_file("", Ok(content)).unwrap();
        assert_eq!(config.credentials.client_secret.expose(), "s3cret", "{content:?}");
        assert_eq!(path.as_deref(), Some("s3cret-pasted-here"));
    }
}

#[test]
fn what_is_wrong_with_a_secret_in_a_file_names_the_file_and_neither_secret_nor_path() {
    let table = [
        ("", Ok("s3cret\n\n"), "names a file whose content ends with a newline (character 7): remove it"),
        ("", Ok("\n"), "names a file whose content is empty"),
        ("", Err(ErrorKind::NotFound), "names a file that cannot be read: entity not found"),
        ("s3cret", Ok("s3cret"), "is set beside CLIENT_SECRET: unset one of the two"),
    ];
    for (beside, content, problem) in table {
        let error = from_a_file(beside, content).unwrap_err();
        assert_eq!(error.variable(), Some("CLIENT_SECRET_FILE"));
        assert_eq!(error.to_string(), format!("CLIENT_SECRET_FILE {problem}"));
    }
}
