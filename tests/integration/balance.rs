//! What happens to calls when an instance dies under them.

use crate::world::{SOON, all_up, any_zoo, service, world};
use micro_support::{Micro, until};
use serde_json::json;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

/// Callers at once.
const CALLERS: usize = 8;

#[tokio::test]
async fn calls_go_to_the_others_when_an_instance_is_killed() {
    let world = world();
    let micro = &world.micro;
    let mut zoos: Vec<_> = ["one", "two", "three"].into_iter().map(any_zoo).collect();
    for zoo in &zoos {
        crate::world::open(micro, "crowd", zoo, &[]).await;
    }
    all_up(micro, &["crowd".to_owned()]).await;
    until("three instances are up", SOON, async || up(micro, "crowd", 3)).await;
    let ending = Arc::new(AtomicBool::new(false));
    let done = Arc::new(AtomicU32::new(0));
    let callers: Vec<_> = (0..CALLERS)
        .map(|_| {
            let (http, ending, done) = (micro.http(), Arc::clone(&ending), Arc::clone(&done));
            tokio::spawn(async move {
                let mut h2 = http.h2().await;
                let (mut answers, mut failures) = (BTreeMap::<String, u32>::new(), Vec::new());
                while !ending.load(Ordering::Relaxed) {
                    let json = [("content-type", "application/json")];
                    let answer = h2.post("/v1/crowd/Tally", &json, "{}").await;
                    match answer.status {
                        200 => {
                            let label = answer.json()["versionLabel"].as_str().unwrap().to_owned();
                            *answers.entry(label).or_default() += 1;
                        }
                        _ => failures.push((Instant::now(), answer.text())),
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                (answers, failures)
            })
        })
        .collect();
    let after = async |count: u32| {
        let target = done.load(Ordering::Relaxed) + count;
        until("calls are answered", SOON, async || (done.load(Ordering::Relaxed) >= target).then_some(()))
            .await;
    };
    after(300).await;
    zoos[0].process.kill();
    let killed = Instant::now();
    after(300).await;
    until("the catalog shows it", SOON, async || up(micro, "crowd", 2)).await;
    after(300).await;
    ending.store(true, Ordering::Relaxed);
    let mut answers = BTreeMap::<String, u32>::new();
    let mut failures = Vec::new();
    for caller in callers {
        let (own, failed) = caller.await.unwrap();
        own.into_iter().for_each(|(label, count)| *answers.entry(label).or_default() += count);
        failures.extend(failed);
    }
    for label in ["one", "two", "three"] {
        assert!(answers.get(label).is_some_and(|count| *count > 20), "{answers:?}");
    }
    // Calls in flight at the moment of death may fail: each caller has one.
    assert!(failures.len() <= 2 * CALLERS, "{} failures: {failures:?}", failures.len());
    let late = failures.iter().filter(|(at, _)| at.duration_since(killed) > Duration::from_secs(2)).count();
    assert_eq!(late, 0, "{failures:?}");
    assert!(failures.iter().all(|(_, text)| text.contains("unavailable")), "{failures:?}");
    micro.cli(&["deregister", "crowd"]).ok();
}

/// Both instances fail every time: the tally of attempts tells what was tried again.
#[tokio::test]
async fn only_methods_marked_idempotent_are_tried_again() {
    let world = world();
    let micro = &world.micro;
    let zoos = ["one", "two"].map(any_zoo);
    for zoo in &zoos {
        crate::world::open(micro, "unsteady", zoo, &[]).await;
    }
    until("both instances are up", SOON, async || up(micro, "unsteady", 2)).await;
    let attempts = |method: &str| {
        let of =
            zoos.iter().map(|zoo| world.toolbox.client(&zoo.language, &zoo.address, &["tally"]).ok().json());
        let counts =
            of.map(|tally| tally["calls"][method].as_str().map_or(0, |count| count.parse::<u32>().unwrap()));
        counts.sum::<u32>()
    };
    let flaky = json!({"key": "k", "failures": 100});
    micro.http().json("/v1/unsteady/Flaky", &flaky).await.expect(503);
    assert_eq!(attempts("Flaky"), 2);
    let failing = json!({"code": 14, "message": "not now"});
    micro.http().json("/v1/unsteady/Fail", &failing).await.expect(503);
    assert_eq!(attempts("Fail"), 1);
    micro.cli(&["deregister", "unsteady"]).ok();
}

/// Something once `count` instances of the service are up.
fn up(micro: &Micro, name: &str, count: usize) -> Option<()> {
    let found = service(micro, name).unwrap();
    let up = found["instances"].as_array().unwrap().iter().filter(|one| one["status"] == "up").count();
    (up == count).then_some(())
}
