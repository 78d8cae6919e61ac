//! How the bots are, for `/readyz`, the dashboard and the log.

use crate::options::{Discord, Slack};
use micro_domain::{
    chat::{BotState as State, BotStatus, Platform},
    clock,
};
use std::{
    collections::VecDeque,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Acknowledgements that the figure is made of.
const ACKNOWLEDGEMENTS_MAX: usize = 256;

/// Counts of one platform.
pub(crate) struct Status {
    platform: Platform,
    mode: &'static str,
    state: Mutex<State>,
    last_event_ms: AtomicI64,
    acknowledgements: Mutex<VecDeque<u64>>,
    pub(crate) queued: AtomicUsize,
    pub(crate) bad_signatures: AtomicU64,
    pub(crate) malformed: AtomicU64,
    pub(crate) repeated: AtomicU64,
    pub(crate) busy: AtomicU64,
    pub(crate) lost: AtomicU64,
}

/// The configured platforms' counts.
pub(crate) struct Statuses(Vec<Status>);

impl Statuses {
    pub(crate) fn new(slack: Option<&Slack>, discord: Option<&Discord>) -> Self {
        let slack = slack.map(|slack| Status::new(Platform::Slack, slack.mode()));
        let discord = discord.map(|discord| Status::new(Platform::Discord, discord.mode()));
        Self(slack.into_iter().chain(discord).collect())
    }

    /// The counts of a platform; none where it is not configured.
    pub(crate) fn of(&self, platform: Platform) -> Option<&Status> {
        self.0.iter().find(|status| status.platform == platform)
    }

    /// Changes a count, if the platform is configured.
    pub(crate) fn count(&self, platform: Platform, counter: impl Fn(&Status) -> &AtomicU64) {
        if let Some(status) = self.of(platform) {
            counter(status).fetch_add(1, Ordering::Relaxed);
        }
    }

    pub(crate) fn all(&self) -> Vec<BotStatus> {
        self.0.iter().map(Status::read).collect()
    }
}

impl Status {
    fn new(platform: Platform, mode: &'static str) -> Self {
        Self {
            platform,
            mode,
            state: Mutex::new(State::Connecting),
            last_event_ms: AtomicI64::new(0),
            acknowledgements: Mutex::default(),
            queued: AtomicUsize::new(0),
            bad_signatures: AtomicU64::new(0),
            malformed: AtomicU64::new(0),
            repeated: AtomicU64::new(0),
            busy: AtomicU64::new(0),
            lost: AtomicU64::new(0),
        }
    }

    /// The platform is reached, or is not; told in the log when that changes.
    pub(crate) fn set(&self, state: State) {
        let mut known = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        if *known == state {
            return;
        }
        let (platform, mode) = (self.platform.name(), self.mode);
        match &state {
            State::Connected => tracing::info!(platform, mode, "the bot is connected"),
            State::Degraded(why) => tracing::warn!(platform, mode, why, "the bot is not reachable"),
            State::Connecting => tracing::info!(platform, mode, "the bot is connecting"),
        }
        *known = state;
    }

    /// An event came and was acknowledged after `took`.
    pub(crate) fn acknowledged(&self, took: Duration) {
        self.last_event_ms.store(clock::now_ms(), Ordering::Relaxed);
        let mut times = self.acknowledgements.lock().unwrap_or_else(PoisonError::into_inner);
        if times.len() == ACKNOWLEDGEMENTS_MAX {
            times.pop_front();
        }
        times.push_back(u64::try_from(took.as_micros()).unwrap_or(u64::MAX));
    }

    fn read(&self) -> BotStatus {
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let last_event_ms = self.last_event_ms.load(Ordering::Relaxed);
        BotStatus {
            platform: self.platform,
            mode: self.mode.to_owned(),
            state: self.state.lock().unwrap_or_else(PoisonError::into_inner).clone(),
            last_event_ms: (last_event_ms > 0).then_some(last_event_ms),
            acknowledged_us: self.percentile(),
            queued: self.queued.load(Ordering::Relaxed),
            bad_signatures: count(&self.bad_signatures),
            malformed: count(&self.malformed),
            repeated: count(&self.repeated),
            busy: count(&self.busy),
            lost: count(&self.lost),
        }
    }

    fn percentile(&self) -> Option<u64> {
        let times = self.acknowledgements.lock().unwrap_or_else(PoisonError::into_inner);
        let mut times: Vec<u64> = times.iter().copied().collect();
        times.sort_unstable();
        times.get(times.len().saturating_sub(1) * 99 / 100).copied()
    }
}
