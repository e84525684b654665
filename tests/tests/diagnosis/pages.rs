//! The page of the documentation says of each code what the code says.

use persium_core::diagnosis::codes;

const PAGE: &str = include_str!("../../../docs/troubleshooting.md");

/// The text below a heading, on one line.
fn section(code: &str) -> Option<String> {
    let (_, rest) = PAGE.split_once(&format!("\n### {code}\n"))?;
    let end = rest.find("\n#").unwrap_or(rest.len());
    Some(rest[..end].split_whitespace().collect::<Vec<_>>().join(" "))
}

#[test]
fn every_code_has_its_section_and_every_section_its_code() {
    let group = PAGE.split_once("\n## Configuration\n").expect("the groups follow the symptoms").1;
    let headings: Vec<_> = group.lines().filter_map(|line| line.strip_prefix("### ")).collect();
    let known: Vec<_> = codes::all().map(codes::Code::as_str).collect();
    assert_eq!(headings, known, "in the order of the catalogue");
    for code in codes::all() {
        let section = section(code.as_str()).expect("it was found above");
        for text in [code.rule(), code.remedy()] {
            assert!(section.contains(text), "{code}: the page does not say `{text}`: {section}");
        }
        assert!(section.contains(&format!("At most {}.", code.at_most())), "{code}: {section}");
    }
}

#[test]
fn every_link_of_a_finding_leads_to_its_section() {
    for code in codes::all() {
        let anchor = code.docs().rsplit_once('#').map(|(_, anchor)| anchor.to_owned());
        assert_eq!(anchor.as_deref(), Some(code.as_str()));
    }
}
