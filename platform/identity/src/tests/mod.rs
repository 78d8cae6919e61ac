//! Tests of the whole handle, on every database at hand, with a clock that stands until it is moved.
#![expect(clippy::unwrap_used, reason = "tests")]

mod authorize;
mod grpc;
mod link;
mod session;
mod sign_in;
mod team;
mod token;

use crate::{Actor, Identity, Options};
use micro_database::{
    audit::{Verdict, verify},
    testing::{self, TestDatabase},
};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

const START_MS: i64 = 1_700_000_000_000;

struct Fixture {
    identity: Identity,
    clock: Arc<AtomicI64>,
    test: TestDatabase,
}

impl Fixture {
    async fn new(test: TestDatabase) -> Self {
        let clock = Arc::new(AtomicI64::new(START_MS));
        let identity = start(&test, &clock).await;
        Self { identity, clock, test }
    }

    /// One per database.
    async fn each() -> Vec<Self> {
        let mut fixtures = Vec::new();
        for test in testing::fresh().await {
            fixtures.push(Self::new(test).await);
        }
        fixtures
    }

    async fn sqlite() -> Self {
        Self::new(testing::sqlite().await).await
    }

    /// A second server on the same database. A file has one server, which is then the second, too.
    async fn another(&self) -> Identity {
        if !self.test.database.is_shared() {
            return self.identity.clone();
        }
        start(&self.test, &self.clock).await
    }

    fn advance(&self, ms: i64) {
        self.clock.fetch_add(ms, Ordering::Relaxed);
    }

    fn owner(&self) -> &str {
        &self.identity.owner().id
    }

    /// The value of an `authorization` header with a fresh token of this name.
    async fn bearer(&self, name: &str) -> String {
        let made = self.identity.create_token(Actor::server(), self.owner(), name, None).await.unwrap();
        format!("Bearer {}", made.secret.reveal())
    }

    /// The same for a bot's token.
    async fn bot(&self, name: &str) -> String {
        let made = self.identity.create_bot_token(Actor::server(), self.owner(), name, None).await.unwrap();
        format!("Bearer {}", made.secret.reveal())
    }

    async fn audit_rows(&self) -> u64 {
        match verify(self.test.database.read()).await.unwrap() {
            Verdict::Sound { rows } => rows,
            Verdict::Broken { sequence } => panic!("audit row {sequence} is broken"),
        }
    }
}

async fn start(test: &TestDatabase, clock: &Arc<AtomicI64>) -> Identity {
    let clock = Arc::clone(clock);
    let mut options = Options::new(test.database.clone(), "ann");
    options.clock = Arc::new(move || clock.load(Ordering::Relaxed));
    Identity::start(options).await.unwrap()
}
