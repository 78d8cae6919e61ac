//! Builds a descriptor pool out of whatever a service says about itself.
//!
//! Descriptors come from strangers. What cannot be understood is left out, one element at a time, and one sentence says
//! so; the rest stays usable. Well-known types are always Micro's own copies, and `google.rpc`'s error details are in
//! every pool, so that `Any` and status details decode.

mod check;
mod edit;
mod editions;
mod order;

pub(crate) use self::check::shown;
use self::edit::Removals;
use bytes::Bytes;
use prost::Message as _;
use prost_reflect::DescriptorPool;
use prost_types::FileDescriptorProto;
use std::collections::{BTreeMap, BTreeSet};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::LazyLock;

/// Methods a service may have in all; more are left out.
pub(crate) const METHODS_MAX: usize = 2_000;
/// Files a description may have.
pub(crate) const FILES_MAX: usize = 10_000;
/// Sentences about what was left out; more are counted.
const OMITTED_MAX: usize = 100;
/// Elements taken out of one file because the pool refused them, before the file is given up.
const REPAIRS_MAX: usize = 64;
/// Files given up because they made the reflection library panic, before all others are.
const PANICS_MAX: usize = 3;

/// The well-known types.
static WELL_KNOWN: LazyLock<DescriptorPool> = LazyLock::new(DescriptorPool::global);

/// `google/rpc/*.proto`, one file each.
static ERROR_DETAILS: LazyLock<Vec<Bytes>> = LazyLock::new(|| split(tonic_types::pb::FILE_DESCRIPTOR_SET));

/// What could be understood, and what could not.
pub(crate) struct Built {
    pub(crate) pool: DescriptorPool,
    /// Files of the service itself and everything they import, without the types every pool has besides.
    pub(crate) files: Vec<String>,
    /// One sentence for each thing left out.
    pub(crate) omitted: Vec<String>,
}

/// The files of a serialized `FileDescriptorSet`, each as it was serialized; what cannot be read is left out.
pub(crate) fn split(set: &[u8]) -> Vec<Bytes> {
    use prost::encoding::{DecodeContext, WireType, decode_key, decode_varint, skip_field};
    let mut files = Vec::new();
    let mut rest = Bytes::copy_from_slice(set);
    while !rest.is_empty() {
        let Ok((tag, wire_type)) = decode_key(&mut rest) else { break };
        if (tag, wire_type) != (1, WireType::LengthDelimited) {
            if skip_field(wire_type, tag, &mut rest, DecodeContext::default()).is_err() {
                break;
            }
            continue;
        }
        let Some(length) = decode_varint(&mut rest).ok().and_then(|length| usize::try_from(length).ok())
        else {
            break;
        };
        if length > rest.len() {
            break;
        }
        files.push(rest.split_to(length));
    }
    files
}

/// Whether every pool has this file already.
pub(crate) fn is_built_in(name: &str) -> bool {
    WELL_KNOWN.get_file_by_name(name).is_some()
}

/// Builds a pool from serialized `FileDescriptorProto`s in any order.
pub(crate) fn build(files: impl IntoIterator<Item = Bytes>) -> Built {
    let mut builder = Builder {
        pool: WELL_KNOWN.clone(),
        accepted: Vec::new(),
        omitted: Omitted::default(),
        methods_left: METHODS_MAX,
        panics: 0,
    };
    let known = builder.decode(files);
    let (sorted, broken_edges) = order::sort(&known);
    for (file, import) in &broken_edges {
        let sentence = if known.contains_key(import) {
            format!("`{file}` and `{import}` import each other; that import was left out")
        } else {
            format!("`{file}` imports `{import}`, which the service does not have")
        };
        builder.omitted.add(sentence);
    }
    for name in sorted {
        if let Some((bytes, file)) = known.get(&name) {
            builder.add(bytes, file, &broken_edges);
        }
    }
    builder.finish()
}

struct Builder {
    pool: DescriptorPool,
    /// The files in the pool besides the well-known ones, as they were added.
    accepted: Vec<(String, Bytes)>,
    omitted: Omitted,
    methods_left: usize,
    panics: usize,
}

type Known = BTreeMap<String, (Bytes, FileDescriptorProto)>;

impl Builder {
    fn decode(&mut self, files: impl IntoIterator<Item = Bytes>) -> Known {
        let mut known = Known::new();
        for bytes in files {
            let Ok(file) = FileDescriptorProto::decode(bytes.clone()) else {
                self.omitted.add("a descriptor file was left out: it cannot be decoded".to_owned());
                continue;
            };
            let name = check::shown(file.name());
            if file.name().is_empty() || is_built_in(file.name()) {
                continue;
            }
            if !matches!(file.syntax.as_deref(), None | Some("" | "proto2" | "proto3" | editions::SYNTAX)) {
                let syntax = check::shown(file.syntax());
                self.omitted.add(format!(
                    "`{name}` was left out: it is written in `{syntax}`, which is not known here"
                ));
                continue;
            }
            if known.len() == FILES_MAX {
                self.omitted.add(format!("files beyond the first {FILES_MAX} were left out"));
                break;
            }
            let read = if file.syntax() == editions::SYNTAX {
                editions::to_proto2(file, &bytes)
            } else {
                (bytes, file)
            };
            known.entry(read.1.name().to_owned()).or_insert(read);
        }
        known
    }

    /// Adds one file, whose imports were added before, as far as it can be understood.
    fn add(&mut self, bytes: &Bytes, file: &FileDescriptorProto, broken_edges: &BTreeSet<(String, String)>) {
        let mut removals = Removals::default();
        for (index, import) in (0..).zip(&file.dependency) {
            let broken = broken_edges.contains(&(file.name().to_owned(), import.clone()));
            if broken || self.pool.get_file_by_name(import).is_none() {
                removals.add(&[edit::DEPENDENCY, index]);
            }
        }
        let name = file.name();
        let mut current = bytes.clone();
        let mut imports = Vec::new();
        for _ in 0..REPAIRS_MAX {
            if !removals.is_empty() || !imports.is_empty() {
                let Some(edited) = edit::edit(&current, &removals, &imports) else { break };
                current = Bytes::from(edited);
            }
            let Ok(decoded) = FileDescriptorProto::decode(current.clone()) else { break };
            let findings = check::check(&decoded, &self.pool, self.methods_left);
            findings.sentences.into_iter().for_each(|sentence| self.omitted.add(sentence));
            if !findings.removals.is_empty() || !findings.imports.is_empty() {
                (removals, imports) = (findings.removals, findings.imports.into_iter().collect());
                continue;
            }
            match self.offer(name, &current) {
                Ok(()) => {
                    let methods: usize = decoded.service.iter().map(|service| service.method.len()).sum();
                    self.methods_left = self.methods_left.saturating_sub(methods);
                    return;
                }
                Err(Some((path, why))) => {
                    let what = described(&decoded, &path);
                    self.omitted.add(format!("{what} was left out: {why}"));
                    (removals, imports) = (Removals::default(), Vec::new());
                    removals.add(&path);
                }
                Err(None) => break,
            }
        }
        self.omitted.add(format!("`{}` was left out: it cannot be understood", check::shown(name)));
    }

    /// Tries to add a file to the pool; fails with the element at fault, where the pool can tell.
    fn offer(&mut self, name: &str, bytes: &Bytes) -> Result<(), Option<(Vec<i32>, String)>> {
        if self.panics == PANICS_MAX {
            return Err(None);
        }
        let pool = &mut self.pool;
        // The last defence: a pool that panicked half-way is thrown away and built again without the culprit.
        let added = catch_unwind(AssertUnwindSafe(|| pool.decode_file_descriptor_proto(bytes.clone())));
        match added {
            Ok(Ok(())) => {
                self.accepted.push((name.to_owned(), bytes.clone()));
                Ok(())
            }
            Ok(Err(error)) => {
                let own = error.file() == Some(name);
                let path = error.path().filter(|_| own).and_then(element).map(<[i32]>::to_vec);
                Err(path.map(|path| (path, error.to_string())))
            }
            Err(_) => {
                self.panics += 1;
                self.rebuild();
                Err(None)
            }
        }
    }

    fn rebuild(&mut self) {
        self.pool = WELL_KNOWN.clone();
        for (_, bytes) in &self.accepted {
            // Each of them was accepted in this order before.
            let _ = self.pool.decode_file_descriptor_proto(bytes.clone());
        }
    }

    fn finish(mut self) -> Built {
        let files: Vec<String> = self.accepted.iter().map(|(name, _)| name.clone()).collect();
        // Their duplicates are expected and no loss.
        let omitted = std::mem::take(&mut self.omitted);
        for bytes in ERROR_DETAILS.iter() {
            if let Ok(file) = FileDescriptorProto::decode(bytes.clone())
                && self.pool.get_file_by_name(file.name()).is_none()
            {
                self.add(bytes, &file, &BTreeSet::new());
            }
        }
        Built { pool: self.pool, files, omitted: omitted.told() }
    }
}

/// The innermost element a path names: a message, field, enum, value, service, method or extension.
fn element(path: &[i32]) -> Option<&[i32]> {
    use check::tag;
    #[derive(Clone, Copy)]
    enum Inside {
        File,
        Message,
        Leaf,
        Enum,
        Service,
    }
    let mut inside = Inside::File;
    let mut length = 0;
    for pair in path.chunks_exact(2) {
        inside = match (inside, pair[0]) {
            (Inside::File, tag::FILE_MESSAGE) | (Inside::Message, tag::MESSAGE_MESSAGE) => Inside::Message,
            (Inside::File, tag::FILE_ENUM) | (Inside::Message, tag::MESSAGE_ENUM) => Inside::Enum,
            (Inside::File, tag::FILE_SERVICE) => Inside::Service,
            (Inside::File, tag::FILE_EXTENSION)
            | (Inside::Message, tag::MESSAGE_FIELD | tag::MESSAGE_EXTENSION)
            | (Inside::Enum, tag::ENUM_VALUE)
            | (Inside::Service, tag::SERVICE_METHOD) => Inside::Leaf,
            _ => break,
        };
        length += 2;
    }
    (length > 0).then(|| &path[..length])
}

/// How people name the top-level thing a path leads into.
fn described(file: &FileDescriptorProto, path: &[i32]) -> String {
    use check::tag;
    let at = path.get(1).and_then(|index| usize::try_from(*index).ok()).unwrap_or(usize::MAX);
    let name = match path.first().copied() {
        Some(tag::FILE_MESSAGE) => file.message_type.get(at).map(|one| one.name()),
        Some(tag::FILE_ENUM) => file.enum_type.get(at).map(|one| one.name()),
        Some(tag::FILE_SERVICE) => file.service.get(at).map(|one| one.name()),
        _ => None,
    };
    let package = if file.package().is_empty() { String::new() } else { format!("{}.", file.package()) };
    match (name, path.len()) {
        (Some(name), 2) => format!("`{package}{}`", check::shown(name)),
        (Some(name), _) => format!("a part of `{package}{}`", check::shown(name)),
        (None, _) => format!("a part of `{}`", check::shown(file.name())),
    }
}

/// A bounded list of sentences.
#[derive(Default)]
struct Omitted {
    sentences: Vec<String>,
    more: usize,
}

impl Omitted {
    fn add(&mut self, sentence: String) {
        if self.sentences.len() < OMITTED_MAX {
            self.sentences.push(sentence);
        } else {
            self.more += 1;
        }
    }

    fn told(mut self) -> Vec<String> {
        if self.more > 0 {
            self.sentences.push(format!("and {} more were left out", self.more));
        }
        self.sentences
    }
}

#[cfg(test)]
mod tests;
