//! Which services exist, which instances answer for them and how those are.

use crate::arguments::same_name;
use serde::{Deserialize, Serialize};
use std::cmp::Ordering;

/// How an instance, or the service as a whole, answers its health checks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Answers.
    Up,
    /// Checked and did not answer, or said it is not serving.
    Failing,
    /// Not checked yet.
    Unknown,
}

impl Status {
    /// The word shown and printed: `up`, `failing`, `unknown`.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Up => "up",
            Self::Failing => "failing",
            Self::Unknown => "unknown",
        }
    }
}

/// Where an instance is reached.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Address {
    /// `host:port`, plain-text HTTP/2.
    Network(String),
    /// Inside the Micro process: a base service.
    InProcess,
}

/// The text an in-process address is shown as.
pub const IN_PROCESS: &str = "in-process";

impl std::fmt::Display for Address {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Network(address) => out.write_str(address),
            Self::InProcess => out.write_str(IN_PROCESS),
        }
    }
}

/// One running copy of a service.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// Unique among all instances; survives restarts for static registrations.
    pub id: String,
    /// Where it is reached.
    pub address: Address,
    /// The version it runs; empty when none was given.
    pub version: String,
    /// How it answers its checks.
    pub status: Status,
    /// Since when it has that status, milliseconds since the Unix epoch.
    pub since_ms: i64,
    /// Why it has that status, one sentence; empty when there is nothing to say.
    pub reason: String,
    /// When its lease runs out, milliseconds since the Unix epoch; none for static and in-process instances.
    pub lease_expires_ms: Option<i64>,
    /// A digest of the uploaded descriptors; none when the instance describes itself by reflection.
    pub descriptors: Option<String>,
}

/// A named thing that answers calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Service {
    /// Its name in the catalog, unique.
    pub name: String,
    /// Its instances, oldest registration first.
    pub instances: Vec<Instance>,
}

impl Service {
    /// Up while one instance is up; failing when one fails and none is up; otherwise unknown.
    #[must_use]
    pub fn status(&self) -> Status {
        let any = |status| self.instances.iter().any(|instance| instance.status == status);
        if any(Status::Up) {
            Status::Up
        } else if any(Status::Failing) {
            Status::Failing
        } else {
            Status::Unknown
        }
    }

    /// The distinct versions its instances run, oldest first; instances without a version add none.
    #[must_use]
    pub fn versions(&self) -> Vec<String> {
        let mut versions: Vec<String> = self
            .instances
            .iter()
            .map(|instance| instance.version.clone())
            .filter(|v| !v.is_empty())
            .collect();
        versions.sort_by(|one, other| compare_versions(one, other));
        versions.dedup();
        versions
    }
}

/// Every service at one moment, sorted by name.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catalog {
    /// Grows with every change; a watch resumes from it.
    pub revision: u64,
    /// Sorted by name.
    pub services: Vec<Service>,
}

impl Catalog {
    /// The service with this exact name.
    #[must_use]
    pub fn service(&self, name: &str) -> Option<&Service> {
        let index = self.services.binary_search_by(|service| service.name.as_str().cmp(name)).ok()?;
        self.services.get(index)
    }

    /// The service that a word names; case, `-` and `_` in it do not matter.
    #[must_use]
    pub fn spelled(&self, word: &str) -> Option<&Service> {
        let same = |service: &&Service| same_name(&service.name, word);
        self.service(word).or_else(|| self.services.iter().find(same))
    }
}

/// One step of a watch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// Everything there is; always first, and again after a gap.
    Snapshot(Catalog),
    /// A service is new or changed.
    Upserted(Service),
    /// A service has no instances left.
    Removed(String),
}

/// A [`Change`] and the catalog's revision after it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Resume a watch by naming the last revision seen.
    pub revision: u64,
    /// What changed.
    pub change: Change,
}

/// What a registration asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The service's name: see [`valid_name`].
    pub service: String,
    /// The version the instance runs; may be empty.
    pub version: String,
    /// `host:port`.
    pub address: String,
    /// Lease time in milliseconds; none registers statically, until deregistered.
    pub ttl_ms: Option<u64>,
    /// A serialized `google.protobuf.FileDescriptorSet`, where the instance offers no reflection.
    pub descriptors: Option<Vec<u8>>,
}

/// What a registration got.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Registered {
    /// The instance's id, which renewals name.
    pub instance_id: String,
    /// The lease granted, in milliseconds; none for static registrations.
    pub ttl_ms: Option<u64>,
}

/// Longest service name, in bytes: a DNS label.
pub const NAME_MAX_BYTES: usize = 63;

/// Whether `name` may name a service: a letter, then letters, digits, `-`, `_` or `.`, at most [`NAME_MAX_BYTES`] bytes.
#[must_use]
pub fn valid_name(name: &str) -> bool {
    name.len() <= NAME_MAX_BYTES
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// Orders versions as people mean them: `1.9` before `1.10`, `2.0-rc1` before `2.0`, a leading `v` ignored.
#[must_use]
pub fn compare_versions(one: &str, other: &str) -> Ordering {
    let split = |version: &str| {
        let version = version.strip_prefix(['v', 'V']).unwrap_or(version);
        let (core, pre) = version.split_once('-').map_or((version, None), |(core, pre)| (core, Some(pre)));
        let numbers = |text: &str| {
            let parts = text.split(['.', '_', '+', '-']);
            parts.map(|part| (part.parse::<u64>().ok(), part.to_owned())).collect::<Vec<_>>()
        };
        (numbers(core), pre.is_none(), pre.map(numbers))
    };
    split(one).cmp(&split(other)).then_with(|| one.cmp(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_as_people_mean_them() {
        let mut versions = vec!["v2.0.0", "1.10.0", "", "2.0.0-rc1", "1.9.0", "2.0.1"];
        versions.sort_by(|one, other| compare_versions(one, other));
        assert_eq!(versions, ["", "1.9.0", "1.10.0", "2.0.0-rc1", "v2.0.0", "2.0.1"]);
    }
}
