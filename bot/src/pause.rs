//! Waiting before something is tried again.

use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// Between two tries to reach a platform at first, and at most.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// The bot is being stopped.
pub(crate) struct Stopping;

/// Pauses that grow, with something of chance in them, so that not everybody comes back at once.
pub(crate) struct Pause(Duration);

impl Default for Pause {
    fn default() -> Self {
        Self(RETRY_FIRST)
    }
}

impl Pause {
    /// How long the next one is: half to whole of what it may be.
    fn next(&mut self) -> Duration {
        let most = self.0;
        self.0 = (most * 2).min(RETRY_MAX);
        let chance = uuid::Uuid::new_v4().as_u128() % 1_000;
        most / 2 + most.mul_f64(f64::from(u32::try_from(chance).unwrap_or_default()) / 2_000.0)
    }

    /// Waits, unless the bot is being stopped.
    pub(crate) async fn take(&mut self, stopping: &CancellationToken) -> Result<(), Stopping> {
        rest_for(self.next(), stopping).await
    }
}

/// Waits, unless the bot is being stopped.
pub(crate) async fn rest_for(time: Duration, stopping: &CancellationToken) -> Result<(), Stopping> {
    tokio::select! {
        () = stopping.cancelled() => Err(Stopping),
        () = tokio::time::sleep(time) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_to_a_bound() {
        let mut pause = Pause::default();
        for most in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            let (next, most) = (pause.next(), Duration::from_secs(most));
            assert!(next >= most / 2 && next <= most, "{next:?}");
        }
    }
}
