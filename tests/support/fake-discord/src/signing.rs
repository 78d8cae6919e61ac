//! The application's key pair, and how requests to it are signed.

use crate::clock;
use ed25519_dalek::{Signer as _, SigningKey};
use serde::Deserialize;
use std::fmt::Write as _;

/// How old a stale request claims to be, in seconds: twice what Micro lets pass.
const STALE_S: i64 = 600;

/// What a delivery's signature is like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Signature {
    /// As it should be.
    #[default]
    Good,
    /// Of another body.
    Bad,
    /// Not there, nor its time.
    Missing,
    /// Right, of ten minutes ago.
    Stale,
}

/// The application's keys.
#[derive(Debug, Clone)]
pub(crate) struct Keys {
    signing: SigningKey,
}

impl Keys {
    /// A new pair.
    pub(crate) fn random() -> Self {
        Self::from_seed(&random())
    }

    /// The pair of a seed.
    pub(crate) fn from_seed(seed: &[u8; 32]) -> Self {
        Self { signing: SigningKey::from_bytes(seed) }
    }

    /// The public half, in hexadecimal.
    pub(crate) fn public_hex(&self) -> String {
        hex(self.signing.verifying_key().as_bytes())
    }

    /// Signs `timestamp` and `body`.
    pub(crate) fn sign(&self, timestamp: &str, body: &[u8]) -> String {
        hex(&self.signing.sign(&[timestamp.as_bytes(), body].concat()).to_bytes())
    }

    /// `X-Signature-Timestamp` and `X-Signature-Ed25519` of a request with this body, if it has them.
    pub(crate) fn signed(&self, signature: Signature, body: &[u8]) -> Option<(String, String)> {
        let now_s = clock::real_ms() / 1_000;
        let now = now_s.to_string();
        match signature {
            Signature::Good => Some((now.clone(), self.sign(&now, body))),
            Signature::Bad => Some((now.clone(), self.sign(&now, &[body, b" "].concat()))),
            Signature::Missing => None,
            Signature::Stale => {
                let then = (now_s - STALE_S).to_string();
                Some((then.clone(), self.sign(&then, body)))
            }
        }
    }
}

/// Random bytes of the operating system.
pub(crate) fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).unwrap();
    bytes
}

/// Bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
