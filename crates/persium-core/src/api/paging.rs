//! What an answer says about the rest of a list.
//!
//! No page of Persium's says how. These are the forms that are common elsewhere, all of them assumed; what looks like
//! one and cannot be understood is [`Next::Unknown`], never silence.

use http::header::LINK;
use http::uri::PathAndQuery;
use http::{HeaderMap, Uri};
use serde_json::{Map, Value};

use crate::model::excerpt;
use crate::plan::Next;

/// Fields that may hold an object about paging.
const CONTAINERS: [&str; 7] = ["meta", "metadata", "pagination", "paging", "pageinfo", "links", "page"];

/// How many rows there are in all.
pub(super) fn total(siblings: &Map<String, Value>) -> Option<u64> {
    let is_total = |name: &str| matches!(name, "total" | "totalcount" | "totalitems" | "totalrows");
    fields(siblings).find_map(|(name, value)| number(value).filter(|_| is_total(&name)))
}

/// What is said of more: a place first, then a plain yes, then a comparison of page numbers, then a plain no.
pub(super) fn next(siblings: &Map<String, Value>, headers: &HeaderMap) -> Next {
    let said: Vec<Next> = fields(siblings).filter_map(|(name, value)| said(&name, value)).collect();
    let counted = by_numbers(siblings);
    let all = || link(headers).into_iter().chain(said.iter().cloned()).chain(counted.clone());
    let place = all().find(|next| next.says_more() && *next != Next::More);
    place.or_else(|| all().find(Next::says_more)).or_else(|| all().next()).unwrap_or_default()
}

/// All fields that may be about paging, by names without case, underscores and hyphens.
fn fields(siblings: &Map<String, Value>) -> impl Iterator<Item = (String, &Value)> {
    let is_container = |name: &String| CONTAINERS.contains(&plain(name).as_str());
    let within = siblings.iter().filter(move |(name, _)| is_container(name));
    let within = within.filter_map(|(_, value)| value.as_object()).flatten();
    siblings.iter().chain(within).map(|(name, value)| (plain(name), value))
}

fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect()
}

fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// What one field says of more. `None`: it is about something else.
fn said(name: &str, value: &Value) -> Option<Next> {
    match name {
        "hasmore" | "hasnext" | "hasnextpage" | "more" | "truncated" => match value {
            Value::Bool(true) => Some(Next::More),
            Value::Bool(false) | Value::Null => Some(Next::Last),
            other => Some(unknown(name, other)),
        },
        "next" | "nextpage" | "nextlink" | "nexturl" | "nextpageurl" | "nexthref" => Some(place(name, value)),
        "nextcursor" => Some(match value {
            Value::String(cursor) if !cursor.is_empty() => Next::Cursor(cursor.clone()),
            Value::String(_) | Value::Null => Next::Last,
            other => unknown(name, other),
        }),
        "nexttoken" | "nextpagetoken" | "continuation" | "continuationtoken" | "nextoffset" => match value {
            Value::Null => Some(Next::Last),
            Value::String(token) if token.is_empty() => Some(Next::Last),
            other => Some(unknown(name, other)),
        },
        _ => None,
    }
}

/// Where a field says that more is: a page's number, or a link, bare or as `{"href": link}`.
fn place(name: &str, value: &Value) -> Next {
    match value {
        Value::Null | Value::Bool(false) => Next::Last,
        Value::Bool(true) => Next::More,
        Value::String(text) if text.is_empty() => Next::Last,
        Value::Object(link) => {
            link.get("href").map_or_else(|| unknown(name, value), |href| place(name, href))
        }
        Value::Number(_) | Value::String(_) => match number(value).map(u32::try_from) {
            Some(Ok(page)) => Next::Page(page),
            Some(Err(_)) => unknown(name, value),
            None => value.as_str().and_then(query_of).unwrap_or_else(|| unknown(name, value)),
        },
        Value::Array(_) => unknown(name, value),
    }
}

/// `{"page": 2, "total_pages": 5}`, by any of its names.
fn by_numbers(siblings: &Map<String, Value>) -> Option<Next> {
    let find = |names: &[&str]| {
        fields(siblings).find_map(|(name, value)| number(value).filter(|_| names.contains(&name.as_str())))
    };
    let page = find(&["page", "currentpage", "pagenumber"])?;
    let pages = find(&["totalpages", "pages", "lastpage", "pagecount"])?;
    if pages <= page {
        return Some(Next::Last);
    }
    Some(u32::try_from(page + 1).map_or(Next::More, Next::Page))
}

/// `Link: <…>; rel="next"` (RFC 8288).
fn link(headers: &HeaderMap) -> Option<Next> {
    let values = headers.get_all(LINK).iter().filter_map(|value| value.to_str().ok());
    let mut links = values.flat_map(|value| value.split(", <").map(|link| link.trim_start_matches('<')));
    let (target, _) = links.find_map(|link| {
        let (target, parameters) = link.split_once('>')?;
        let is_next = |parameter: &str| {
            let (name, value) = parameter.split_once('=').unwrap_or_default();
            let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
            name.trim().eq_ignore_ascii_case("rel") && relations.any(|word| word.eq_ignore_ascii_case("next"))
        };
        parameters.split(';').any(is_next).then_some((target, parameters))
    })?;
    Some(query_of(target).unwrap_or_else(|| unknown("Link", &Value::from(target))))
}

/// The query of a link. Only that is ever followed: origin and path are the operation's own.
fn query_of(link: &str) -> Option<Next> {
    let query = match link.parse::<Uri>() {
        Ok(uri) => uri.query()?.to_owned(),
        // `?page=2` alone is no URI, and a link all the same.
        Err(_) => link.parse::<PathAndQuery>().ok()?.query()?.to_owned(),
    };
    (!query.is_empty()).then_some(Next::Query(query))
}

fn unknown(name: &str, value: &Value) -> Next {
    Next::Unknown(excerpt(&format!("{name}: {value}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn said_by(siblings: Value) -> Next {
        next(siblings.as_object().unwrap(), &HeaderMap::new())
    }

    #[test]
    fn every_common_form_is_understood() {
        let query = |query: &str| Next::Query(query.to_owned());
        let table = [
            (json!({}), Next::Unsaid),
            (json!({"total": 7, "generated_at": "now", "cursor": "abc"}), Next::Unsaid),
            (json!({"has_more": true}), Next::More),
            (json!({"hasMore": false}), Next::Last),
            (json!({"meta": {"has_next_page": true}}), Next::More),
            (json!({"next": null}), Next::Last),
            (json!({"next": ""}), Next::Last),
            (json!({"next": 3}), Next::Page(3)),
            (json!({"next_page": "3"}), Next::Page(3)),
            (json!({"next": "https://api.test/v1/x?page=2&a=%2B#top"}), query("page=2&a=%2B")),
            (json!({"links": {"self": "/x?page=1", "next": "/x?page=2"}}), query("page=2")),
            (json!({"_links": {"next": {"href": "?offset=100"}}}), query("offset=100")),
            (json!({"pagination": {"nextCursor": "abc"}}), Next::Cursor("abc".to_owned())),
            (json!({"meta": {"next_cursor": null}}), Next::Last),
            (json!({"meta": {"page": 1, "total_pages": 3}}), Next::Page(2)),
            (json!({"meta": {"current_page": 3, "last_page": 3}}), Next::Last),
            (json!({"page": {"number": 0}}), Next::Unsaid),
            (json!({"has_more": true, "next": 4}), Next::Page(4)),
            (json!({"has_more": true, "next": null}), Next::More),
        ];
        for (siblings, expected) in table {
            assert_eq!(said_by(siblings.clone()), expected, "{siblings}");
        }
    }

    #[test]
    fn what_says_more_in_an_unknown_form_is_told_apart_from_silence() {
        for siblings in [
            json!({"next": "opaque"}),
            json!({"next": "/x"}),
            json!({"next": [1]}),
            json!({"next": {"token": 1}}),
            json!({"next": 1e10}),
            json!({"next_token": "abc"}),
            json!({"meta": {"continuation": {}}}),
            json!({"has_more": "yes"}),
        ] {
            assert!(matches!(said_by(siblings.clone()), Next::Unknown(_)), "{siblings}");
        }
    }

    #[test]
    fn a_link_header_counts_as_well() {
        let table = [
            (r#"</x?page=2>; rel="next""#, Next::Query("page=2".to_owned())),
            (
                r#"</x?page=1>; rel="prev", <https://api.test/x?page=3>; rel=next"#,
                Next::Query("page=3".to_owned()),
            ),
            (r#"</x?page=1>; rel="first last""#, Next::Unsaid),
            ("rubbish", Next::Unsaid),
        ];
        for (value, expected) in table {
            let headers = HeaderMap::from_iter([(LINK, value.parse().unwrap())]);
            assert_eq!(next(&Map::new(), &headers), expected, "{value}");
        }
    }

    #[test]
    fn totals_are_found_by_any_of_their_names() {
        for siblings in
            [json!({"total": 7}), json!({"meta": {"totalCount": "7"}}), json!({"page": {"total_items": 7}})]
        {
            assert_eq!(total(siblings.as_object().unwrap()), Some(7), "{siblings}");
        }
        assert_eq!(total(json!({"total": -7, "count": 7}).as_object().unwrap()), None);
    }
}
