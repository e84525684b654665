//! Lists that repeat, shrink, grow and never end.

use std::cell::Cell;

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::plan::{Next, Stride, Walk};
use crate::wire::Response;

/// A list of numbers. Its operations are not sent anywhere: [`walked`] answers by their number.
struct Numbers {
    page: u32,
}

impl Operation for Numbers {
    type Output = Page<u32>;

    fn request(&self) -> http::Request<Bytes> {
        http::Request::new(Bytes::new())
    }

    fn decode(&self, _: &Response) -> Result<Page<u32>, Error> {
        Err(Error::canceled())
    }
}

impl Paged for Numbers {
    type Item = u32;
    type Key = u32;

    fn page(&self, number: u32) -> Self {
        Self { page: number }
    }

    fn key(item: &u32) -> u32 {
        *item
    }
}

fn numbers(max_pages: u32) -> Walk<Pages<Numbers>> {
    let limits = Limits { max_pages, ..Limits::default() };
    Walk::new(Pages::new(Numbers { page: 7 }, &limits))
}

fn page(items: &[u32]) -> Page<u32> {
    Page::new(items.iter().copied().map(Ok).collect())
}

/// What a walk yields of a server, and how many pages that took.
fn walked(max_pages: u32, server: impl Fn(u32) -> Page<u32>) -> (Vec<Result<u32, String>>, u32) {
    let mut walk = numbers(max_pages);
    let mut items = Vec::new();
    let mut asked = 0;
    loop {
        match walk.poll() {
            Stride::Run(Numbers { page }) => {
                asked += 1;
                assert_eq!(page, asked, "pages are asked for in order, from the first");
                walk.handle_outcome(Ok(server(page)));
            }
            Stride::Item(item) => items.push(item.map_err(|error| error.to_string())),
            Stride::End => break,
        }
    }
    assert!(matches!(walk.poll(), Stride::End), "the end is the end");
    (items, asked)
}

fn ok(items: &[u32]) -> Vec<Result<u32, String>> {
    items.iter().copied().map(Ok).collect()
}

#[test]
fn a_walk_ends_at_a_page_without_anything_new() {
    let assert_walked = |pages: &[&[u32]], items: &[u32], asked: u32| {
        let server = |number: u32| page(pages.get(number as usize - 1).copied().unwrap_or_default());
        assert_eq!(walked(100, server), (ok(items), asked), "{pages:?}");
    };
    assert_walked(&[], &[], 1);
    assert_walked(&[&[1, 2], &[3, 4]], &[1, 2, 3, 4], 3);
    assert_walked(&[&[1, 2], &[3]], &[1, 2, 3], 3);
    // A server that ignores the page's number, or clamps it to the last.
    assert_walked(&[&[1, 2], &[1, 2], &[9]], &[1, 2], 2);
    // A short page in the middle is not the end.
    assert_walked(&[&[1, 2], &[3], &[4, 5]], &[1, 2, 3, 4, 5], 4);
    // A list that grew at its head while it was walked: everything moves on by one.
    assert_walked(&[&[1, 2], &[2, 3], &[3, 4]], &[1, 2, 3, 4], 4);
    // One that shrank: its last page is empty early.
    assert_walked(&[&[1, 2], &[3, 3]], &[1, 2, 3], 3);
}

#[test]
fn a_list_that_never_ends_ends_with_an_error_that_says_so() {
    let (items, asked) = walked(3, |number| page(&[number]));
    let cut = "the API's answer is not what was expected: expected a list that ends within 3 pages (max_pages), got one that goes on";
    assert_eq!(items, [ok(&[1, 2, 3]), vec![Err(cut.to_owned())]].concat());
    assert_eq!(asked, 3);
}

#[test]
fn a_list_that_says_there_is_more_and_does_not_give_it_is_an_error() {
    for next in [Next::More, Next::Page(2), Next::Cursor("x".to_owned()), Next::Unknown("x: 1".to_owned())] {
        let (items, asked) = walked(100, |_| Page { next: next.clone(), ..page(&[1]) });
        let [Ok(1), Err(error)] = &items[..] else { panic!("{items:?}") };
        assert!(error.contains("page 2 says there are"), "{error}");
        assert_eq!(asked, 2);
    }
}

#[test]
fn a_promise_of_more_holds_until_it_is_kept_or_taken_back() {
    let more = |items: &[u32]| Page { next: Next::More, ..page(items) };
    let (items, asked) = walked(100, |number| if number == 1 { more(&[1]) } else { page(&[]) });
    let [Ok(1), Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(error.contains("page 1 says there are"), "{error}");
    assert_eq!(asked, 2);

    let kept = |number: u32| match number {
        1 => more(&[1]),
        2 => page(&[2]),
        _ => page(&[]),
    };
    assert_eq!(walked(100, kept), (ok(&[1, 2]), 3));
    // A server that knows no better than that a page was full.
    let taken_back = |number: u32| match number {
        1 => more(&[1]),
        _ => Page { next: Next::Last, ..page(&[]) },
    };
    assert_eq!(walked(100, taken_back), (ok(&[1]), 2));
}

fn unreadable(rows: &[&str]) -> Page<u32> {
    Page::new(rows.iter().map(|row| Err(Error::decode(format!("a number, got {row}")))).collect())
}

#[test]
fn a_page_of_rows_that_cannot_be_read_is_not_the_end() {
    for next in [Next::Unsaid, Next::Last, Next::More] {
        let (items, asked) = walked(100, |number| match number {
            1 => Page { next: next.clone(), ..unreadable(&["a", "b"]) },
            2 => Page { next: next.clone(), ..unreadable(&["c"]) },
            3 => page(&[1]),
            _ => page(&[]),
        });
        assert!(matches!(&items[..], [Err(_), Err(_), Err(_), Ok(1)]), "{items:?}");
        assert_eq!(asked, 4);
    }
}

#[test]
fn pages_of_the_same_rows_that_cannot_be_read_end_with_an_error_that_says_so() {
    let (items, asked) = walked(100, |_| unreadable(&["a", "b"]));
    let [Err(_), Err(_), Err(_), Err(_), Err(error)] = &items[..] else { panic!("{items:?}") };
    assert!(error.contains("page 2"), "{error}");
    assert_eq!(asked, 2);
    // A server that ignores the page's number, or clamps it to the last, repeats the rows that can be read as well.
    let repeats = |_| Page { items: vec![Ok(1), Err(Error::decode("a number"))], ..page(&[]) };
    let (items, asked) = walked(100, repeats);
    assert!(matches!(&items[..], [Ok(1), Err(_), Err(_)]), "{items:?}");
    assert_eq!(asked, 2);
    let (items, asked) = walked(3, |number| unreadable(&[&number.to_string()]));
    assert!(matches!(&items[..], [.., Err(error)] if error.contains("max_pages")), "{items:?}");
    assert_eq!((items.len(), asked), (4, 3));
}

#[test]
fn a_plain_no_and_a_total_that_was_reached_are_not_taken_at_their_word() {
    let server = |number: u32| match number {
        1 => Page { next: Next::Last, total: Some(1), ..page(&[1]) },
        2 => page(&[2]),
        _ => page(&[]),
    };
    assert_eq!(walked(100, server), (ok(&[1, 2]), 3));
}

#[test]
fn a_row_that_cannot_be_read_is_an_item_and_the_walk_goes_on() {
    let server = |number: u32| match number {
        1 => Page::new(vec![Ok(1), Err(Error::decode("a number")), Ok(2)]),
        2 => page(&[3]),
        _ => page(&[]),
    };
    let (items, _) = walked(100, server);
    assert!(matches!(&items[..], [Ok(1), Err(_), Ok(2), Ok(3)]), "{items:?}");
}

#[test]
fn a_walk_halts_at_an_error_and_resumes_where_it_was() {
    let mut walk = numbers(100);
    let Stride::Run(Numbers { page: 1 }) = walk.poll() else { panic!("the first page") };
    walk.handle_outcome(Ok(page(&[1])));
    assert!(matches!(walk.poll(), Stride::Item(Ok(1))));
    for _ in 0..2 {
        let Stride::Run(Numbers { page: 2 }) = walk.poll() else { panic!("the second page") };
        walk.handle_outcome(Err(Error::canceled()));
        assert!(matches!(walk.poll(), Stride::Item(Err(error)) if error.is_canceled()));
        assert!(matches!(walk.poll(), Stride::End), "halted");
        assert!(matches!(walk.poll(), Stride::End), "until told to go on");
        walk.resume();
    }
    assert!(matches!(walk.poll(), Stride::Run(Numbers { page: 2 })));
    assert!(matches!(walk.poll(), Stride::Run(Numbers { page: 2 })), "asking twice changes nothing");
}

#[test]
fn progress_counts_what_was_yielded_and_knows_the_total_once_told() {
    let mut walk = numbers(100);
    assert_eq!(walk.progress(), Progress::new(0, None));
    walk.handle_outcome(Ok(Page { total: Some(5), ..page(&[1, 2, 2]) }));
    assert_eq!(walk.progress(), Progress::new(2, Some(5)));
    walk.handle_outcome(Ok(page(&[3])));
    assert_eq!(walk.progress(), Progress::new(3, Some(5)));
}

proptest! {
    #[test]
    fn each_key_is_yielded_once_in_the_order_it_first_came(
        pages in prop::collection::vec(prop::collection::vec(0_u32..30, 0..6), 0..8)
    ) {
        let asked = Cell::new(0);
        let (items, _) = walked(100, |number| {
            asked.set(number);
            page(pages.get(number as usize - 1).map_or(&[][..], Vec::as_slice))
        });
        let mut seen = BTreeSet::new();
        let mut expected = Vec::new();
        for (number, page) in pages.iter().enumerate() {
            let new: Vec<_> = page.iter().copied().filter(|key| seen.insert(*key)).collect();
            if new.is_empty() {
                prop_assert_eq!(asked.get() as usize, number + 1, "nothing is asked beyond it");
                break;
            }
            expected.extend(new.into_iter().map(Ok));
        }
        prop_assert_eq!(items, expected);
    }
}
