#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use micro_domain::catalog::{Address, Instance};

fn instance(status: Status, since_ms: i64, reason: &str) -> Instance {
    Instance {
        id: format!("{status:?}-{since_ms}"),
        address: Address::Network("127.0.0.1:1".to_owned()),
        version: "1.0".to_owned(),
        status,
        since_ms,
        reason: reason.to_owned(),
        lease_expires_ms: None,
        descriptors: None,
    }
}

fn service(name: &str, status: Status) -> Service {
    Service { name: name.to_owned(), instances: vec![instance(status, 5, "")] }
}

/// `s000` to `s119`: every third failing, the rest up.
fn catalog() -> Catalog {
    let status = |index| if index % 3 == 0 { Status::Failing } else { Status::Up };
    let services = (0..120).map(|index| service(&format!("s{index:03}"), status(index))).collect();
    Catalog { revision: 7, services }
}

fn query(pairs: &[(&str, &str)]) -> Query {
    Query::from_url(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_owned()))
}

fn names(page: &Page) -> (String, String, usize) {
    (page.rows.first().unwrap().name.clone(), page.rows.last().unwrap().name.clone(), page.rows.len())
}

#[test]
fn pages_follow_each_other_and_lead_back() {
    let catalog = catalog();
    let first = page(&catalog, &query(&[]));
    assert_eq!(names(&first), ("s000".to_owned(), "s049".to_owned(), 50));
    assert_eq!((first.first, first.previous.as_deref(), first.next.as_deref()), (1, None, Some("a0.s049")));
    let second = page(&catalog, &query(&[("cursor", "a0.s049")]));
    assert_eq!(names(&second), ("s050".to_owned(), "s099".to_owned(), 50));
    assert_eq!(second.previous.as_deref(), Some("b0.s050"));
    let third = page(&catalog, &query(&[("cursor", &second.next.unwrap())]));
    assert_eq!(names(&third), ("s100".to_owned(), "s119".to_owned(), 20));
    assert_eq!((third.first, third.next), (101, None));
    assert_eq!(page(&catalog, &query(&[("cursor", "b0.s050")])).rows, first.rows);
    assert_eq!(page(&catalog, &query(&[("cursor", "b0.s010")])).rows, first.rows);
}

#[test]
fn a_page_stays_put_when_rows_before_it_go() {
    let mut catalog = catalog();
    catalog.services.drain(0..10);
    let second = page(&catalog, &query(&[("cursor", "a0.s049")]));
    assert_eq!(names(&second), ("s050".to_owned(), "s099".to_owned(), 50));
}

#[test]
fn sorting_by_status_puts_failures_first_across_pages() {
    let catalog = catalog();
    let first = page(&catalog, &query(&[("sort", "status"), ("size", "30")]));
    assert!(first.rows.iter().all(|row| row.status == Status::Failing));
    let second =
        page(&catalog, &query(&[("sort", "status"), ("size", "30"), ("cursor", &first.next.unwrap())]));
    assert_eq!(second.rows.first().unwrap().name, "s090");
    assert_eq!(second.rows.get(10).unwrap().name, "s001");
}

#[test]
fn search_and_health_narrow_and_are_counted() {
    let page = page(&catalog(), &query(&[("q", " S01 "), ("health", "failing")]));
    let names: Vec<&str> = page.rows.iter().map(|row| row.name.as_str()).collect();
    assert_eq!(names, ["s012", "s015", "s018"]);
    assert_eq!((page.counts.of(None), page.counts.failing, page.registered), (10, 3, 120));
}

#[test]
fn nonsense_in_the_url_is_ignored() {
    let query = query(&[("health", "dead"), ("sort", "x"), ("cursor", "zz"), ("size", "many")]);
    assert_eq!(query, Query::default());
    assert_eq!(page(&Catalog::default(), &query).rows, []);
}

#[test]
fn the_page_size_is_capped() {
    assert_eq!(page(&catalog(), &query(&[("size", "9999")])).rows.len(), usize::from(PAGE_ROWS_MAX));
}

#[test]
fn a_url_round_trips() {
    let query = query(&[("q", "a b"), ("health", "up"), ("sort", "status"), ("size", "20")]);
    assert_eq!(query.url(""), "/services?q=a%20b&health=up&sort=status&size=20");
}

#[test]
fn a_row_says_since_when_and_why() {
    let instances = vec![
        instance(Status::Failing, 30, "refused"),
        instance(Status::Up, 20, ""),
        instance(Status::Up, 10, ""),
    ];
    let row = Row::of(&Service { name: "x".to_owned(), instances });
    assert_eq!((row.status, row.up, row.total, row.since_ms), (Status::Up, 2, 3, 10));
    assert_eq!(row.reason, "1 instance fails: refused");
}

#[test]
fn a_change_of_a_shown_row_is_applied_in_place() {
    let catalog = catalog();
    let (query, mut page) = (Query::default(), page(&catalog, &Query::default()));
    let event = Event { revision: 8, change: Change::Upserted(service("s000", Status::Up)) };
    assert_eq!(apply(&mut page, &query, &event), Applied::Current);
    assert_eq!(page.rows.first().unwrap().status, Status::Up);
    assert_eq!((page.counts.failing, page.counts.up, page.revision), (39, 81, 8));
}

#[test]
fn what_moves_rows_asks_for_a_fresh_page() {
    let catalog = catalog();
    let mut page = page(&catalog, &Query::default());
    let upserted = |name, status| Event { revision: 8, change: Change::Upserted(service(name, status)) };
    let stale =
        |page: &mut Page, pairs: &[(&str, &str)], event| apply(page, &query(pairs), &event) == Applied::Stale;
    assert!(stale(&mut page, &[], upserted("new", Status::Up)));
    assert!(stale(&mut page, &[], Event { revision: 8, change: Change::Removed("s000".to_owned()) }));
    assert!(stale(&mut page, &[("health", "failing")], upserted("s000", Status::Up)));
    assert!(stale(&mut page, &[("sort", "status")], upserted("s000", Status::Up)));
}
