//! Uploaded descriptors, kept once per digest for as long as an instance uses them.

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Arc, PoisonError, RwLock};

use micro_domain::{Code, Error};
use prost::Message as _;
use sha2::{Digest as _, Sha256};

/// Largest uploaded FileDescriptorSet, in bytes.
pub const DESCRIPTORS_MAX_BYTES: usize = 4 * 1_024 * 1_024;
/// Most memory all uploaded descriptors take together, in bytes.
const TOTAL_MAX_BYTES: usize = 256 * 1_024 * 1_024;

/// A checked, serialized FileDescriptorSet.
#[derive(Debug, Clone)]
pub(crate) struct Descriptors {
    /// SHA-256 in hexadecimal.
    pub(crate) digest: String,
    pub(crate) bytes: Arc<[u8]>,
}

impl Descriptors {
    /// Checks that `bytes` are a FileDescriptorSet with at least one file.
    pub(crate) fn read(bytes: impl Into<Arc<[u8]>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        let wrong = |what: &str| Err(Error::invalid(what).with_violation("descriptors", what));
        if bytes.len() > DESCRIPTORS_MAX_BYTES {
            return wrong("the descriptors are larger than 4 MiB");
        }
        match prost_types::FileDescriptorSet::decode(&*bytes) {
            Ok(set) if !set.file.is_empty() => {}
            Ok(_) => {
                return wrong("the descriptors hold no file; write them with `protoc --include_imports`");
            }
            Err(_) => return wrong("the descriptors are no serialized google.protobuf.FileDescriptorSet"),
        }
        Ok(Self { digest: digest(&bytes), bytes })
    }
}

fn digest(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(64);
    for byte in Sha256::digest(bytes) {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The descriptors in use.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    kept: RwLock<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    by_digest: HashMap<String, (Arc<[u8]>, usize)>,
    total_bytes: usize,
}

impl Shelf {
    /// The descriptors with this digest, while an instance uses them.
    pub(crate) fn get(&self, digest: &str) -> Option<Arc<[u8]>> {
        let kept = self.kept.read().unwrap_or_else(PoisonError::into_inner);
        kept.by_digest.get(digest).map(|(bytes, _)| Arc::clone(bytes))
    }

    /// Keeps `descriptors` until the returned hold is dropped.
    pub(crate) fn keep(self: &Arc<Self>, descriptors: &Descriptors) -> Result<Hold, Error> {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        if let Some((_, uses)) = kept.by_digest.get_mut(&descriptors.digest) {
            *uses += 1;
        } else {
            let total = kept.total_bytes + descriptors.bytes.len();
            if total > TOTAL_MAX_BYTES {
                let full = "the uploaded descriptors of all services together reached 256 MiB; deregister some first";
                return Err(Error::new(Code::ResourceExhausted, full));
            }
            kept.total_bytes = total;
            kept.by_digest.insert(descriptors.digest.clone(), (Arc::clone(&descriptors.bytes), 1));
        }
        Ok(Hold { shelf: Arc::clone(self), digest: descriptors.digest.clone() })
    }

    fn release(&self, digest: &str) {
        let mut kept = self.kept.write().unwrap_or_else(PoisonError::into_inner);
        let Some((bytes, uses)) = kept.by_digest.get_mut(digest) else { return };
        *uses -= 1;
        if *uses == 0 {
            let freed = bytes.len();
            kept.by_digest.remove(digest);
            kept.total_bytes -= freed;
        }
    }
}

/// One instance's use of its descriptors.
#[derive(Debug)]
pub(crate) struct Hold {
    shelf: Arc<Shelf>,
    digest: String,
}

impl Hold {
    pub(crate) fn digest(&self) -> &str {
        &self.digest
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        self.shelf.release(&self.digest);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;

    fn set(name: &str) -> Vec<u8> {
        let file = prost_types::FileDescriptorProto { name: Some(name.to_owned()), ..Default::default() };
        prost_types::FileDescriptorSet { file: vec![file] }.encode_to_vec()
    }

    #[test]
    fn only_descriptor_sets_are_taken() {
        let digest = Descriptors::read(set("a.proto")).unwrap().digest;
        assert_eq!(digest.len(), 64);
        assert_ne!(digest, Descriptors::read(set("b.proto")).unwrap().digest);
        for wrong in [b"not protobuf at all".to_vec(), Vec::new(), vec![0; DESCRIPTORS_MAX_BYTES + 1]] {
            let error = Descriptors::read(wrong).unwrap_err();
            assert_eq!(
                (error.code, error.violations[0].field.as_str()),
                (Code::InvalidArgument, "descriptors")
            );
        }
    }

    #[test]
    fn descriptors_stay_while_one_instance_uses_them() {
        let shelf = Arc::new(Shelf::default());
        let descriptors = Descriptors::read(set("a.proto")).unwrap();
        let one = shelf.keep(&descriptors).unwrap();
        let other = shelf.keep(&descriptors).unwrap();
        drop(one);
        assert_eq!(shelf.get(&descriptors.digest).as_deref(), Some(&*descriptors.bytes));
        drop(other);
        assert_eq!(shelf.get(&descriptors.digest), None);
        assert_eq!(shelf.kept.read().unwrap().total_bytes, 0);
    }
}
