//! Ends streams whose credential was revoked.

use micro_domain::Error;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::broadcast;
use tokio_util::sync::CancellationToken;

/// Open streams by the credential they were opened with.
#[derive(Clone, Default)]
pub(crate) struct Revocations {
    open: Arc<Mutex<HashMap<String, Streams>>>,
}

#[derive(Default)]
struct Streams {
    revoked: CancellationToken,
    count: usize,
}

impl Revocations {
    /// Listens for revoked credentials for as long as they are announced.
    pub(crate) fn start(announced: &broadcast::Sender<String>) -> Self {
        let revocations = Self::default();
        let (own, mut announced) = (revocations.clone(), announced.subscribe());
        tokio::spawn(async move {
            loop {
                match announced.recv().await {
                    Ok(credential_id) => own.revoke(&credential_id),
                    // Which ones were missed is unknown, so every stream has to prove itself anew.
                    Err(broadcast::error::RecvError::Lagged(_)) => own.revoke_all(),
                    Err(broadcast::error::RecvError::Closed) => return,
                }
            }
        });
        revocations
    }

    /// Watches over one stream until the guard is dropped.
    pub(crate) fn watch(&self, credential_id: &str) -> (CancellationToken, Watched) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let streams = open.entry(credential_id.to_owned()).or_default();
        streams.count += 1;
        let revoked = streams.revoked.clone();
        (revoked, Watched { revocations: self.clone(), credential_id: credential_id.to_owned() })
    }

    fn revoke(&self, credential_id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = open.remove(credential_id) {
            streams.revoked.cancel();
        }
    }

    fn revoke_all(&self) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        open.drain().for_each(|(_, streams)| streams.revoked.cancel());
    }

    fn release(&self, credential_id: &str) {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(streams) = open.get_mut(credential_id) {
            streams.count = streams.count.saturating_sub(1);
            if streams.count == 0 {
                open.remove(credential_id);
            }
        }
    }
}

/// Keeps a stream on the list; dropping it takes the stream off.
pub(crate) struct Watched {
    revocations: Revocations,
    credential_id: String,
}

impl Drop for Watched {
    fn drop(&mut self) {
        self.revocations.release(&self.credential_id);
    }
}

/// What the caller of a stream is told.
pub(crate) fn revoked() -> Error {
    Error::unauthenticated(
        "the credential this call was opened with was revoked; sign in or create a new token",
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_streams_of_the_revoked_credential_end() {
        let (announce, _keep) = broadcast::channel(4);
        let revocations = Revocations::start(&announce);
        let (mine, _mine) = revocations.watch("mine");
        let (other, _other) = revocations.watch("other");
        assert!(announce.send("mine".to_owned()).is_ok());
        mine.cancelled().await;
        assert!(!other.is_cancelled());
    }

    #[tokio::test]
    async fn finished_streams_leave_nothing_behind() {
        let (announce, _keep) = broadcast::channel(4);
        let revocations = Revocations::start(&announce);
        let (_, one) = revocations.watch("mine");
        let (_, two) = revocations.watch("mine");
        drop(one);
        drop(two);
        assert!(revocations.open.lock().is_ok_and(|open| open.is_empty()));
    }
}
