//! Manifests: a published crate says what it is, and versions stand in one place.

use toml::{Table, Value};

use super::{Finding, Tree};

const ROOT: &str = "Cargo.toml";
/// What a registry's page and its search are made of.
const TOLD: [&str; 5] = ["description", "license", "readme", "keywords", "categories"];
const DEPENDENCIES: [&str; 3] = ["dependencies", "dev-dependencies", "build-dependencies"];

pub(super) fn check(tree: &Tree) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (path, text) in tree.texts().filter(|(path, _)| *path == ROOT || path.ends_with("/Cargo.toml")) {
        match text.parse::<Table>() {
            // A package outside the workspace, such as one of fuzz targets, is a workspace of its own.
            Ok(manifest) if path != ROOT && manifest.contains_key("workspace") => {}
            Ok(manifest) => {
                let said = [untold(&manifest), versions(&manifest)].concat();
                findings.extend(said.into_iter().map(|message| Finding::new(path, 1, message)));
            }
            Err(error) => findings.push(Finding::new(path, 1, error.message())),
        }
    }
    findings
}

fn untold(manifest: &Table) -> Vec<String> {
    let Some(package) = manifest.get("package").and_then(Value::as_table) else { return Vec::new() };
    if package.get("publish").and_then(Value::as_bool) == Some(false) {
        return Vec::new();
    }
    let missing = TOLD.iter().filter(|key| !package.contains_key(**key));
    missing.map(|key| format!("a published crate has a `{key}`")).collect()
}

fn versions(manifest: &Table) -> Vec<String> {
    let targets = manifest.get("target").and_then(Value::as_table).into_iter().flat_map(Table::values);
    let tables = targets.filter_map(Value::as_table).chain([manifest]);
    let dependencies = tables
        .flat_map(|table| DEPENDENCIES.iter().filter_map(|name| table.get(*name)?.as_table()))
        .flat_map(Table::iter);
    let own =
        dependencies.filter(|(_, wanted)| wanted.get("workspace").and_then(Value::as_bool) != Some(true));
    own.map(|(name, _)| {
        format!("`{name}`: write `{name}.workspace = true`, and the version in the workspace")
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const PACKAGE: &str = "[package]\nname = 'x'\ndescription = 'x'\nlicense.workspace = true\nreadme = 'README.md'\n\
                           keywords = ['x']\ncategories = ['x']\n";

    fn found(path: &str, text: &str) -> Vec<String> {
        check(&Tree::of(&[(path, text)])).into_iter().map(|finding| finding.to_string()).collect()
    }

    #[test]
    fn a_crate_that_tells_all_passes() {
        let text = format!(
            "{PACKAGE}[dependencies]\nhttp.workspace = true\ntime = {{ workspace = true, features = ['std'] }}\n"
        );
        assert!(found("crates/x/Cargo.toml", &text).is_empty());
    }

    #[test]
    fn a_published_crate_that_tells_less_is_found() {
        for key in TOLD {
            let lines: Vec<_> = PACKAGE.lines().filter(|line| !line.starts_with(key)).collect();
            let found = found("crates/x/Cargo.toml", &lines.join("\n"));
            assert!(found.len() == 1 && found[0].contains(key), "{found:?}");
        }
        assert!(found("xtask/Cargo.toml", "[package]\nname = 'x'\npublish = false\n").is_empty());
    }

    #[test]
    fn a_version_outside_the_workspace_is_found() {
        for dependency in [
            "[dependencies]\nhttp = '1'",
            "[dev-dependencies]\nhttp = { version = '1' }",
            "[dependencies]\nhttp = { path = '../http' }",
            "[target.'cfg(unix)'.dependencies]\nhttp = '1'",
        ] {
            let found = found("crates/x/Cargo.toml", &format!("{PACKAGE}{dependency}\n"));
            assert!(found.len() == 1 && found[0].contains("`http`"), "{dependency}: {found:?}");
        }
        assert!(found("Cargo.toml", "[workspace.dependencies]\nhttp = '1'\n").is_empty());
        assert!(found("crates/x/fuzz/Cargo.toml", "[workspace]\n[dependencies]\nhttp = '1'\n").is_empty());
    }

    #[test]
    fn a_manifest_that_is_no_toml_is_found() {
        assert_eq!(found("crates/x/Cargo.toml", "[package\n").len(), 1);
    }
}
