//! A new user's commonest mistakes: each ends in words that can be acted on without opening the documentation.

use std::fs;

use persium_testkit::Kit;

use crate::run::{Run, persium_with};

/// A mistake: the value that is wrong, the exit code, what is said of it, and what to do.
struct Mistake {
    variable: &'static str,
    value: String,
    code: i32,
    says: &'static str,
    remedy: &'static str,
}

/// The value of the kit's, changed.
fn mistake(
    variable: &'static str,
    value: impl Into<String>,
    code: i32,
    says: &'static str,
    remedy: &'static str,
) -> Mistake {
    Mistake { variable, value: value.into(), code, says, remedy }
}

fn mistakes(kit: &Kit) -> Vec<Mistake> {
    let (token_url, api) = (kit.token_url(), kit.api_base_url());
    let realm = token_url.replace("/protocol/openid-connect/token", "");
    let host = api.replace("/api/m2m/v1", "");
    vec![
        mistake("TOKEN_URL", "", 3, "TOKEN_URL is not set", "what Persium gave you"),
        // The readme's own line, pasted as it stands.
        mistake("CLIENT_ID", "…", 3, "CLIENT_ID is a placeholder", "put the value that Persium gave you"),
        mistake(
            "CLIENT_SECRET",
            format!("{}\n", kit.client_secret()),
            3,
            "CLIENT_SECRET ends with a newline",
            "remove the character at the position that is named",
        ),
        mistake(
            "CLIENT_SECRET",
            format!("\"{}\"", kit.client_secret()),
            3,
            "CLIENT_SECRET is in quotes",
            "remove the quotes",
        ),
        mistake(
            "CLIENT_SECRET",
            "another-one",
            4,
            "the secret is wrong",
            "compare CLIENT_SECRET with what Persium gave you",
        ),
        mistake(
            "CLIENT_ID",
            "acme-corp-backent",
            4,
            "the realm knows no enabled client of that id",
            "compare CLIENT_ID and the realm in TOKEN_URL",
        ),
        mistake(
            "TOKEN_URL",
            token_url.replace("/realms/persium/", "/realms/staging/"),
            1,
            "Realm does not exist",
            "compare the realm in TOKEN_URL with what Persium gave you",
        ),
        mistake(
            "TOKEN_URL",
            realm,
            1,
            "TOKEN_URL is the realm's page",
            "append /protocol/openid-connect/token to TOKEN_URL",
        ),
        mistake(
            "API_BASE_URL",
            host,
            6,
            "API_BASE_URL lacks the path /api/m2m/v1",
            "followed by /api/m2m/v1",
        ),
        mistake(
            "TOKEN_URL",
            token_url.replace(kit.authority(), "sso.persium.example"),
            3,
            "TOKEN_URL is http, which would send credentials in the clear",
            "write https:// in the URL that is named",
        ),
    ]
}

/// What was wrong is said, and what to do about it, in so many words.
#[track_caller]
fn assert_helps(run: &Run, command: &str, mistake: &Mistake) {
    let said = format!("{}{}", run.stdout, run.stderr);
    let about = format!("{command} with {}: {said}", mistake.variable);
    assert_eq!(run.code, Some(mistake.code), "{about}");
    assert!(said.contains(mistake.says), "{about}");
    assert!(said.contains(mistake.remedy), "{about}");
}

#[test]
fn each_of_the_ten_commonest_ends_in_words_to_act_on() {
    let kit = Kit::builder().unchecked().start();
    let mistakes = mistakes(&kit);
    assert_eq!(mistakes.len(), 10);
    for mistake in &mistakes {
        for command in ["me", "doctor"] {
            let run = persium_with(&kit, &[(mistake.variable, &mistake.value)], &[command]);
            assert_helps(&run, command, mistake);
        }
    }
}

#[test]
fn a_file_with_the_secret_that_is_not_there_is_named_by_its_variable() {
    let kit = Kit::start();
    let changes = [("CLIENT_SECRET", ""), ("CLIENT_SECRET_FILE", "/nonexistent/persium-secret")];
    for command in ["me", "doctor"] {
        let run = persium_with(&kit, &changes, &[command]);
        let said = format!("{}{}", run.stdout, run.stderr);
        assert_eq!(run.code, Some(3), "{said}");
        assert!(said.contains("CLIENT_SECRET_FILE names a file that cannot be read"), "{said}");
        assert!(said.contains("name a file by CLIENT_SECRET_FILE that exists"), "{said}");
        assert!(!said.contains("nonexistent"), "the path may be the secret: {said}");
    }
}

#[cfg(unix)]
#[test]
fn a_file_with_the_secret_that_everybody_can_read_is_said_to_be() {
    use std::os::unix::fs::PermissionsExt as _;
    let kit = Kit::start();
    let path = std::env::temp_dir().join(format!("persium-open-{}", std::process::id()));
    fs::write(&path, kit.client_secret()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).unwrap();
    let changes = [("CLIENT_SECRET", ""), ("CLIENT_SECRET_FILE", path.to_str().unwrap())];
    let run = persium_with(&kit, &changes, &["doctor"]);
    fs::remove_file(&path).unwrap();
    assert_eq!(run.code, Some(11), "everything works: {}", run.stdout);
    assert!(
        run.stdout.contains("(secret-file-open)") && run.stdout.contains("`chmod o-r`"),
        "{}",
        run.stdout
    );
    assert!(run.stdout.contains(&format!("the mode of {} is 644", path.display())), "{}", run.stdout);
}
