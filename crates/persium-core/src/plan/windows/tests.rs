//! Servers that keep to windows, and those that do not.

use bytes::Bytes;
use proptest::prelude::*;
use time::Duration;
use uuid::Uuid;

use super::*;
use crate::model::Parameter;
use crate::plan::{Stride, Walk};
use crate::wire::Response;

/// A question about a window. It is not sent anywhere: a [`Server`] answers it.
#[derive(Clone, Debug)]
struct Question {
    from: OffsetDateTime,
    to: OffsetDateTime,
    page: u32,
}

impl Operation for Question {
    type Output = Page<Measurement>;

    fn request(&self) -> http::Request<Bytes> {
        http::Request::new(Bytes::new())
    }

    fn decode(&self, _: &Response) -> Result<Page<Measurement>, Error> {
        Err(Error::canceled())
    }
}

impl Windowed for Question {
    fn within(&self, from: OffsetDateTime, to: OffsetDateTime) -> Self {
        Self { from, to, page: 1 }
    }

    fn following(&self, number: u32, next: &Next) -> Option<Self> {
        matches!(next, Next::More).then(|| Self { page: number + 1, ..self.clone() })
    }
}

fn at(second: i64) -> OffsetDateTime {
    OffsetDateTime::from_unix_timestamp(1_795_428_000 + second).unwrap()
}

/// What was measured, as second and parameter.
type Row = (i64, &'static str);

fn measurement((second, parameter): Row) -> Measurement {
    let time = at(second).format(&time::format_description::well_known::Rfc3339).unwrap();
    let row = format!(r#"{{"time":"{time}","parameter":"{parameter}","value":{second}}}"#);
    Measurement::from_row(Uuid::nil(), &row.into()).unwrap().remove(0)
}

fn row(measurement: &Measurement) -> Row {
    let known = ["no2", "o3", "pm25", "PM2.5"];
    let parameter = known.into_iter().find(|known| *known == measurement.parameter.as_str()).unwrap();
    ((measurement.time - at(0)).whole_seconds(), parameter)
}

fn page(rows: &[Row]) -> Page<Measurement> {
    Page::new(rows.iter().copied().map(measurement).map(Ok).collect())
}

fn limits(chunk: u64) -> Limits {
    Limits { window_chunk: std::time::Duration::from_secs(chunk), ..Limits::default() }
}

fn windows(from: i64, to: i64, limits: &Limits) -> Walk<Windows<Question>> {
    let question = Question { from: at(0), to: at(0), page: 0 };
    Walk::new(Windows::new(&question, at(from), at(to), limits))
}

/// All that a walk yields of a server.
fn walked(
    mut walk: Walk<Windows<Question>>,
    mut server: impl FnMut(&Question) -> Result<Page<Measurement>, Error>,
) -> Vec<Result<Row, String>> {
    let mut items = Vec::new();
    loop {
        match walk.poll() {
            Stride::Run(question) => walk.handle_outcome(server(&question)),
            Stride::Item(Ok(measurement)) => items.push(Ok(row(&measurement))),
            Stride::Item(Err(error)) if error.is_canceled() => {
                assert!(matches!(walk.poll(), Stride::End), "a failed operation halts the walk");
                walk.resume();
            }
            Stride::Item(Err(error)) => items.push(Err(error.to_string())),
            Stride::End => return items,
        }
    }
}

/// The rows of a window, as a server that keeps to it gives them.
fn within(rows: &[Row], question: &Question) -> Vec<Row> {
    rows.iter()
        .copied()
        .filter(|(second, _)| question.from <= at(*second) && at(*second) <= question.to)
        .collect()
}

#[test]
fn a_span_is_cut_into_windows_that_share_their_ends() {
    let assert_cut = |from, to, chunk, expected: &[(i64, i64)]| {
        let mut asked = Vec::new();
        let items = walked(windows(from, to, &limits(chunk)), |question| {
            asked.push((question.from, question.to));
            Ok(page(&[]))
        });
        assert_eq!(items, []);
        assert_eq!(asked, expected.iter().map(|(from, to)| (at(*from), at(*to))).collect::<Vec<_>>());
    };
    assert_cut(0, 25, 10, &[(0, 10), (10, 20), (20, 25)]);
    assert_cut(0, 20, 10, &[(0, 10), (10, 20)]);
    assert_cut(0, 1, 10, &[(0, 1)]);
    assert_cut(5, 5, 10, &[(5, 5)]);
    assert_cut(0, 3, 1, &[(0, 1), (1, 2), (2, 3)]);
}

#[test]
fn fractions_of_a_second_are_never_cut_off() {
    let half = Duration::milliseconds(500);
    let question = Question { from: at(0), to: at(0), page: 0 };
    let plan = Windows::new(&question, at(0) + half, at(1) + half, &limits(10));
    let first = plan.next_operation().unwrap();
    assert_eq!((first.from, first.to), (at(0), at(2)));
}

#[test]
fn what_lies_on_a_seam_comes_once_and_the_first_to_come_counts() {
    let rows = [(0, "no2"), (10, "no2"), (10, "pm25"), (10, "PM2.5"), (20, "o3")];
    let items = walked(windows(0, 20, &limits(10)), |question| Ok(page(&within(&rows, question))));
    assert_eq!(items, [Ok((0, "no2")), Ok((10, "no2")), Ok((10, "pm25")), Ok((20, "o3"))]);
}

#[test]
fn a_window_is_yielded_sorted_by_time_and_those_of_one_time_as_they_came() {
    let rows = [(3, "o3"), (1, "pm25"), (3, "no2"), (2, "no2"), (3, "o3")];
    let items = walked(windows(0, 9, &limits(10)), |_| Ok(page(&rows)));
    assert_eq!(items, [Ok((1, "pm25")), Ok((2, "no2")), Ok((3, "o3")), Ok((3, "no2"))]);
}

#[test]
fn any_number_of_parameters_may_be_measured_at_once() {
    for count in [31, 32, 33, 1000] {
        let columns: String = (0..count).map(|n| format!(r#","p{n}":1,"P_{n}":2"#)).collect();
        let row = format!(r#"{{"time":"2026-11-23T10:00:00Z"{columns}}}"#);
        let mut gathered = Gathered::default();
        let all =
            || Measurement::from_row(Uuid::nil(), &row.clone().into()).unwrap().into_iter().map(Ok).collect();
        assert!(gathered.add(all()) && !gathered.add(all()), "the second time brings nothing new");
        let window = Window { from: at(0), to: at(9), is_last: true };
        let parameters: Vec<_> = gathered.yielded(window).into_iter().map(|m| m.unwrap().parameter).collect();
        assert_eq!(parameters, (0..count).map(|n| Parameter::from(format!("p{n}"))).collect::<Vec<_>>());
    }
}

#[test]
fn a_row_outside_its_window_comes_once_all_the_same() {
    let strays = [(-5, "no2"), (3, "no2"), (15, "no2"), (25, "no2"), (99, "o3")];
    let items = walked(windows(0, 40, &limits(10)), |question| {
        let mut rows = within(&strays, question);
        if question.from == at(0) {
            rows = strays.to_vec();
        }
        if question.from == at(30) {
            rows.extend([(-5, "no2"), (99, "o3")]);
        }
        Ok(page(&rows))
    });
    assert_eq!(items, strays.map(Ok));
}

#[test]
fn a_start_after_the_end_is_one_clear_error_and_nothing_is_asked() {
    let items = walked(windows(60, 0, &limits(10)), |_| panic!("nothing is asked"));
    let [Err(error)] = &items[..] else { panic!("{items:?}") };
    assert_eq!(error, "start_time 2026-11-23T10:01:00Z is after end_time 2026-11-23T10:00:00Z");
}

#[test]
fn a_span_of_too_many_windows_is_one_clear_error() {
    let limits = Limits { max_pages: 3, ..limits(10) };
    assert_eq!(walked(windows(0, 30, &limits), |_| Ok(page(&[]))), []);
    let items = walked(windows(0, 31, &limits), |_| panic!("nothing is asked"));
    let [Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(
        error.starts_with("max_pages is 3, and from 2026") && error.contains("takes 4 requests"),
        "{error}"
    );
}

#[test]
fn a_row_that_cannot_be_read_comes_first_and_the_walk_goes_on() {
    let items = walked(windows(0, 20, &limits(10)), |question| {
        let mut page = page(&within(&[(1, "no2"), (11, "no2")], question));
        page.items.push(Err(Error::decode("a row")));
        Ok(page)
    });
    assert!(matches!(&items[..], [Err(_), Ok((1, _)), Err(_), Ok((11, _))]), "{items:?}");
}

#[test]
fn what_an_answer_says_there_is_more_of_is_asked_for_by_page() {
    let rows: Vec<Row> = (0..30).map(|second| (second, "no2")).collect();
    let says_so = |last: bool| if last { Next::Last } else { Next::More };
    let counts: [fn(usize, usize) -> Option<u64>; 2] = [|_, _| None, |all, _| Some(all as u64)];
    for (with_hint, count) in [(true, counts[0]), (false, counts[1]), (true, counts[1])] {
        let items = walked(windows(0, 29, &limits(10)), |question| {
            let all = within(&rows, question);
            let pages: Vec<_> = all.chunks(4).collect();
            let number = question.page as usize;
            let mut page = page(pages[number - 1]);
            page.total = count(all.len(), page.items.len());
            page.next = if with_hint { says_so(number == pages.len()) } else { Next::Unsaid };
            Ok(page)
        });
        assert_eq!(items, rows.iter().copied().map(Ok).collect::<Vec<_>>());
    }
}

#[test]
fn a_total_is_that_of_its_window_alone() {
    let rows = [(1, "no2"), (2, "no2"), (11, "no2")];
    let items = walked(windows(0, 19, &limits(10)), |question| {
        let total = (question.from == at(0)).then_some(2);
        Ok(Page { total, ..page(&within(&rows, question)) })
    });
    assert_eq!(items, rows.map(Ok));
}

#[test]
fn more_that_does_not_come_or_cannot_be_asked_for_is_an_error_and_the_next_window_is_walked() {
    let rows = [(1, "no2"), (11, "no2")];
    let cases: [(Next, Option<u64>, &str); 4] = [
        (Next::More, None, "got 1, and the word that there is more, which page by page does not come"),
        (
            Next::Unsaid,
            Some(2),
            "got 1 of 2, and the word that there is more, which page by page does not come",
        ),
        (Next::Unknown("token: 1".to_owned()), None, "in a form this version does not know: token: 1"),
        (
            Next::Cursor("x".to_owned()),
            None,
            "got 1, and the word that there is more without a way to ask for it",
        ),
    ];
    for (next, total, words) in cases {
        let items = walked(windows(0, 19, &limits(10)), |question| {
            Ok(Page { next: next.clone(), total, ..page(&within(&rows, question)) })
        });
        let [Err(one), Ok((1, _)), Err(other), Ok((11, _))] = &items[..] else { panic!("{items:?}") };
        assert!(one.ends_with(words) && other.ends_with(words), "{one}");
    }
}

#[test]
fn a_page_after_a_promise_of_more_that_brings_nothing_is_an_error_unless_it_takes_it_back() {
    let server = |last: Next| {
        move |question: &Question| {
            Ok(match question.page {
                1 => Page { next: Next::More, ..page(&[(0, "no2")]) },
                _ => Page { next: last.clone(), ..page(&[]) },
            })
        }
    };
    let items = walked(windows(0, 10, &limits(10)), server(Next::Unsaid));
    let [Err(error), Ok((0, "no2"))] = &items[..] else { panic!("{items:?}") };
    assert!(error.contains("which page by page does not come"), "{error}");
    assert_eq!(walked(windows(0, 10, &limits(10)), server(Next::Last)), [Ok((0, "no2"))]);
}

#[test]
fn a_last_page_of_rows_without_measurements_is_a_page() {
    for (next, total) in [(Next::More, None), (Next::Unsaid, Some(3))] {
        let items = walked(windows(0, 10, &limits(10)), |question| {
            Ok(match question.page {
                1 => Page { next: next.clone(), total, ..page(&[(0, "no2")]) },
                _ => Page { rows: 2, total, ..page(&[]) },
            })
        });
        assert_eq!(items, [Ok((0, "no2"))], "{next:?}");
    }
}

#[test]
fn a_page_of_rows_that_cannot_be_read_does_not_end_a_window() {
    let broken = |row: &str| Page::new(vec![Err(Error::decode(format!("a row, got {row}")))]);
    let items = walked(windows(0, 10, &limits(10)), |question| {
        Ok(match question.page {
            1 => Page { next: Next::More, ..broken("a") },
            2 => Page { next: Next::More, ..broken("b") },
            _ => page(&[(0, "no2")]),
        })
    });
    assert!(matches!(&items[..], [Err(_), Err(_), Ok((0, "no2"))]), "{items:?}");
    let mut asked = 0;
    let items = walked(windows(0, 10, &limits(10)), |_| {
        asked += 1;
        Ok(Page { next: Next::More, ..broken("a") })
    });
    let [Err(_), Err(_), Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(error.contains("which page by page does not come"), "{error}");
    assert_eq!(asked, 2);
}

#[test]
fn a_window_that_never_ends_is_cut_and_what_came_is_yielded() {
    let limits = Limits { max_pages: 3, ..limits(100) };
    let items = walked(windows(0, 99, &limits), |question| {
        Ok(Page { next: Next::More, ..page(&[(i64::from(question.page), "no2")]) })
    });
    let [Ok((1, _)), Ok((2, _)), Ok((3, _)), Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(
        error.ends_with("expected a span that ends within 3 requests (max_pages), got one that goes on"),
        "{error}"
    );
}

#[test]
fn a_window_whose_pages_go_on_and_on_ends_where_they_are_too_long_to_be_held() {
    let limits = limits(100);
    let mut asked = Vec::new();
    let items = walked(windows(0, 200, &limits), |question| {
        let start = (question.from - at(0)).whole_seconds();
        asked.push((start, question.page));
        let page = page(&[(start + i64::from(question.page), "no2")]);
        Ok(Page { next: Next::More, bytes: limits.max_body / 2, ..page })
    });
    assert_eq!(asked.len(), 16, "eight pages of half an answer each, of either window: {asked:?}");
    let errors: Vec<_> = items.iter().filter_map(|item| item.as_ref().err()).collect();
    assert!(errors.len() == 2 && errors[0].contains("after 64 MiB"), "{errors:?}");
    assert_eq!(items.iter().flatten().count(), 16, "what came is yielded");
}

#[test]
fn progress_counts_windows() {
    let mut walk = windows(0, 25, &limits(10));
    assert_eq!(walk.progress(), Progress::new(0, Some(3)));
    walk.handle_outcome(Ok(page(&[])));
    assert_eq!(walk.progress(), Progress::new(1, Some(3)));
    walk.handle_outcome(Err(Error::canceled()));
    assert_eq!(walk.progress(), Progress::new(1, Some(3)));
}

#[test]
fn the_ends_of_time_are_survived() {
    let ends = [
        OffsetDateTime::UNIX_EPOCH.replace_date(time::Date::MIN),
        OffsetDateTime::UNIX_EPOCH.replace_date(time::Date::MAX),
    ];
    let question = Question { from: at(0), to: at(0), page: 0 };
    let everything = Limits { window_chunk: std::time::Duration::MAX, ..Limits::default() };
    let plan = Windows::new(&question, ends[0], ends[1], &everything);
    assert_eq!(plan.next_operation().map(|first| (first.from, first.to)), Some((ends[0], ends[1])));
    assert!(
        Windows::new(&question, ends[0], ends[1], &limits(1)).next_operation().is_none(),
        "too many windows"
    );
}

/// How a server may treat windows.
#[derive(Clone, Copy, Debug)]
enum Server {
    /// Gives what lies in the window, both ends included.
    Keeps,
    /// Gives what lies up to so many seconds around it.
    Widens(i64),
    /// Gives all it has whatever is asked.
    Ignores,
}

fn any_server() -> impl Strategy<Value = Server> {
    prop_oneof![Just(Server::Keeps), (1_i64..10).prop_map(Server::Widens), Just(Server::Ignores)]
}

fn any_rows() -> impl Strategy<Value = Vec<Row>> {
    let parameter = prop::sample::select(vec!["no2", "o3", "pm25"]);
    prop::collection::vec((-10_i64..70, parameter), 0..60)
}

proptest! {
    #[test]
    fn every_measurement_of_the_span_is_yielded_once_whatever_the_server_and_whatever_fails(
        rows in any_rows(),
        server in any_server(),
        chunk in 10_u64..40,
        page_size in 1_usize..20,
        failures in prop::collection::vec(any::<bool>(), 0..20),
        (from, length) in (0_i64..30, 0_i64..40),
    ) {
        let to = from + length;
        let mut failures = failures.into_iter();
        let items = walked(windows(from, to, &limits(chunk)), |question| {
            if failures.next() == Some(true) {
                return Err(Error::canceled());
            }
            let slack = match server {
                Server::Keeps => 0,
                Server::Widens(seconds) => seconds,
                Server::Ignores => 1000,
            };
            let wide = Question {
                from: question.from - Duration::seconds(slack),
                to: question.to + Duration::seconds(slack),
                ..question.clone()
            };
            let all = within(&rows, &wide);
            let pages: Vec<_> = all.chunks(page_size).collect();
            let number = question.page as usize;
            let mut page = page(pages.get(number - 1).copied().unwrap_or_default());
            page.next = if number < pages.len() { Next::More } else { Next::Unsaid };
            Ok(page)
        });
        let mut yielded: Vec<_> = items.iter().filter_map(|item| item.clone().ok()).collect();
        yielded.sort_unstable();
        // A page of repetitions alone ends its window with an error: then there may be less, and it was said.
        let told = items.iter().any(Result::is_err);
        let mut expected = rows.clone();
        expected.sort_unstable();
        expected.dedup();
        let mut once = yielded.clone();
        once.dedup();
        prop_assert_eq!(&yielded, &once, "nothing twice");
        prop_assert!(yielded.iter().all(|row| expected.contains(row)), "nothing made up");
        let asked: Vec<_> = expected.iter().filter(|(second, _)| from <= *second && *second <= to).collect();
        prop_assert!(told || asked.iter().all(|row| yielded.contains(row)), "nothing lost silently");
        if matches!(server, Server::Keeps) && !told {
            prop_assert_eq!(items.len(), asked.len());
            let times: Vec<_> = items.iter().flatten().map(|(second, _)| *second).collect();
            prop_assert!(times.is_sorted(), "windows follow one another");
        }
    }
}
