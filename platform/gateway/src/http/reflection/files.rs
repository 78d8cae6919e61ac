//! Descriptor files of many services under one roof: where two services have different files of the same name, the later
//! one gets a name of its own, and the files that import it say so.

use bytes::{Buf as _, Bytes};
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_reflect::{DescriptorPool, FileDescriptor};
use std::collections::{BTreeSet, HashMap};

/// Files that are the same everywhere, whatever version of them a service was built with: the first one counts.
const WELL_KNOWN: &str = "google/protobuf/";

/// Fields of `google.protobuf.FileDescriptorProto`.
const NAME: u32 = 1;
const DEPENDENCY: u32 = 3;

/// All files, each once.
pub(super) struct Files {
    pools: Vec<DescriptorPool>,
    files: Vec<File>,
    by_name: HashMap<String, usize>,
    /// By pool and the file's own name there.
    placed: HashMap<(usize, String), usize>,
}

struct File {
    name: String,
    encoded: Bytes,
    /// What it imports directly.
    imports: Vec<usize>,
}

impl Files {
    /// Takes in every pool, each with what its files are put under where their names are taken.
    pub(super) fn new(sources: Vec<(String, DescriptorPool)>) -> Self {
        let (prefixes, pools): (Vec<_>, Vec<_>) = sources.into_iter().unzip();
        let mut files =
            Self { pools: Vec::new(), files: Vec::new(), by_name: HashMap::new(), placed: HashMap::new() };
        for (index, (prefix, pool)) in prefixes.iter().zip(&pools).enumerate() {
            for file in imports_first(pool) {
                files.place(index, prefix, &file);
            }
        }
        files.pools = pools;
        files
    }

    fn place(&mut self, pool: usize, prefix: &str, file: &FileDescriptor) {
        let known = |name: &str| self.placed.get(&(pool, name.to_owned())).copied();
        let imports: Vec<(String, usize)> = file
            .dependencies()
            .filter_map(|import| Some((import.name().to_owned(), known(import.name())?)))
            .collect();
        let renamed: HashMap<&str, String> = imports
            .iter()
            .filter_map(|(name, index)| {
                let now = &self.files.get(*index)?.name;
                (now != name).then(|| (name.as_str(), now.clone()))
            })
            .collect();
        let original = file.encode_to_vec();
        let mut name = file.name().to_owned();
        let mut encoded =
            if renamed.is_empty() { original.clone() } else { rewritten(&original, &name, &renamed) };
        let mut attempt = 1_u32;
        while let Some(taken) = self.by_name.get(&name).copied() {
            let same = self.files.get(taken).is_some_and(|other| other.encoded == encoded);
            if same || name.starts_with(WELL_KNOWN) {
                self.placed.insert((pool, file.name().to_owned()), taken);
                return;
            }
            name = match attempt {
                1 => format!("{prefix}/{}", file.name()),
                more => format!("{prefix}/{more}/{}", file.name()),
            };
            attempt += 1;
            encoded = rewritten(&original, &name, &renamed);
        }
        let index = self.files.len();
        let imports = imports.into_iter().map(|(_, index)| index).collect();
        self.files.push(File { name: name.clone(), encoded: encoded.into(), imports });
        self.placed.insert((pool, file.name().to_owned()), index);
        self.by_name.insert(name, index);
    }

    /// The file of this name.
    pub(super) fn by_name(&self, name: &str) -> Option<usize> {
        self.by_name.get(name).copied()
    }

    /// The file that defines a symbol, in the first pool that has it.
    pub(super) fn with_symbol(&self, symbol: &str) -> Option<usize> {
        self.first(|pool| defining(pool, symbol))
    }

    /// The file that defines the extension of this number.
    pub(super) fn with_extension(&self, extended: &str, number: u32) -> Option<usize> {
        self.first(|pool| Some(pool.get_message_by_name(extended)?.get_extension(number)?.parent_file()))
    }

    /// The numbers of all extensions of a message; none where no pool has the message.
    pub(super) fn extension_numbers(&self, message: &str) -> Option<BTreeSet<u32>> {
        let mut having = self.pools.iter().filter_map(|pool| pool.get_message_by_name(message)).peekable();
        having.peek()?;
        Some(
            having
                .flat_map(|message| message.extensions().map(|one| one.number()).collect::<Vec<_>>())
                .collect(),
        )
    }

    fn first(&self, find: impl Fn(&DescriptorPool) -> Option<FileDescriptor>) -> Option<usize> {
        self.pools.iter().enumerate().find_map(|(index, pool)| {
            let file = find(pool)?;
            self.placed.get(&(index, file.name().to_owned())).copied()
        })
    }

    /// Everything a file imports, directly or not.
    pub(super) fn imports(&self, file: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::from([file]);
        let mut open = vec![file];
        while let Some(next) = open.pop() {
            for import in self.files.get(next).map(|file| file.imports.as_slice()).unwrap_or_default() {
                if seen.insert(*import) {
                    open.push(*import);
                }
            }
        }
        seen
    }

    /// A file as a serialized `google.protobuf.FileDescriptorProto`.
    pub(super) fn encoded(&self, file: usize) -> Bytes {
        self.files.get(file).map(|file| file.encoded.clone()).unwrap_or_default()
    }
}

/// The files of a pool, each after what it imports.
fn imports_first(pool: &DescriptorPool) -> Vec<FileDescriptor> {
    let mut ordered = Vec::with_capacity(pool.files().len());
    let mut seen: Vec<bool> = vec![false; pool.files().len()];
    for root in pool.files() {
        let mut open = vec![(root, false)];
        while let Some((file, imports_done)) = open.pop() {
            let Some(mark) = seen.get_mut(file.index()) else { continue };
            if imports_done {
                ordered.push(file);
            } else if !std::mem::replace(mark, true) {
                let imports: Vec<FileDescriptor> = file.dependencies().collect();
                open.push((file, true));
                open.extend(imports.into_iter().map(|import| (import, false)));
            }
        }
    }
    ordered
}

/// The file that defines a message, enum, service, extension, or a part of one.
fn defining(pool: &DescriptorPool, symbol: &str) -> Option<FileDescriptor> {
    let whole = |name: &str| {
        let message = pool.get_message_by_name(name).map(|found| found.parent_file());
        let service = || pool.get_service_by_name(name).map(|found| found.parent_file());
        let enumeration = || pool.get_enum_by_name(name).map(|found| found.parent_file());
        let extension = || pool.get_extension_by_name(name).map(|found| found.parent_file());
        message.or_else(service).or_else(enumeration).or_else(extension)
    };
    if let Some(file) = whole(symbol) {
        return Some(file);
    }
    let (parent, part) = symbol.rsplit_once('.')?;
    if let Some(service) = pool.get_service_by_name(parent) {
        return service.methods().any(|method| method.name() == part).then(|| service.parent_file());
    }
    if let Some(message) = pool.get_message_by_name(parent)
        && (message.get_field_by_name(part).is_some() || message.oneofs().any(|oneof| oneof.name() == part))
    {
        return Some(message.parent_file());
    }
    // Enum values are named beside their enum, not inside it.
    let mut enums = pool.all_enums();
    enums.find(|one| one.values().any(|value| value.full_name() == symbol)).map(|one| one.parent_file())
}

/// A serialized `FileDescriptorProto` under another name and with imports renamed; every other field, known or not, stays
/// as it is.
fn rewritten(encoded: &[u8], name: &str, renamed: &HashMap<&str, String>) -> Vec<u8> {
    let mut left = encoded;
    let mut out = Vec::with_capacity(encoded.len() + name.len());
    put(&mut out, NAME, name.as_bytes());
    while !left.is_empty() {
        let start = left;
        let Some((tag, value)) = field(&mut left) else { break };
        let whole = start.get(..start.len() - left.len()).unwrap_or_default();
        match (tag, value) {
            (NAME, Some(_)) => {}
            (DEPENDENCY, Some(import)) => {
                let now = std::str::from_utf8(import).ok().and_then(|import| renamed.get(import));
                put(&mut out, DEPENDENCY, now.map_or(import, String::as_bytes));
            }
            _ => out.extend_from_slice(whole),
        }
    }
    out
}

/// Takes one field off: its number and, where it has a length, its bytes.
fn field<'a>(left: &mut &'a [u8]) -> Option<(u32, Option<&'a [u8]>)> {
    let (tag, wire_type) = decode_key(left).ok()?;
    let length = match wire_type {
        WireType::Varint => {
            decode_varint(left).ok()?;
            return Some((tag, None));
        }
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::LengthDelimited => usize::try_from(decode_varint(left).ok()?).ok()?,
        // Descriptors have no groups.
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    let value = left.get(..length)?;
    left.advance(length);
    Some((tag, (wire_type == WireType::LengthDelimited).then_some(value)))
}

fn put(out: &mut Vec<u8>, tag: u32, bytes: &[u8]) {
    encode_key(tag, WireType::LengthDelimited, out);
    encode_varint(u64::try_from(bytes.len()).unwrap_or_default(), out);
    out.extend_from_slice(bytes);
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use prost::Message as _;
    use prost_types::{
        DescriptorProto, EnumDescriptorProto, EnumValueDescriptorProto, FileDescriptorProto,
        FileDescriptorSet,
    };

    fn file(name: &str, message: &str, imports: &[&str]) -> FileDescriptorProto {
        FileDescriptorProto {
            name: Some(name.into()),
            syntax: Some("proto3".into()),
            dependency: imports.iter().map(|&import| import.into()).collect(),
            message_type: vec![DescriptorProto { name: Some(message.into()), ..DescriptorProto::default() }],
            ..FileDescriptorProto::default()
        }
    }

    fn pool(file: Vec<FileDescriptorProto>) -> DescriptorPool {
        DescriptorPool::from_file_descriptor_set(FileDescriptorSet { file }).unwrap()
    }

    fn decoded(files: &Files, index: usize) -> FileDescriptorProto {
        FileDescriptorProto::decode(files.encoded(index)).unwrap()
    }

    #[test]
    fn files_of_the_same_name_do_not_collide() {
        let one = pool(vec![file("main.proto", "One", &["types.proto"]), file("types.proto", "Shared", &[])]);
        let same =
            pool(vec![file("types.proto", "Shared", &[]), file("other.proto", "Same", &["types.proto"])]);
        let other =
            pool(vec![file("types.proto", "Other", &[]), file("main.proto", "Two", &["types.proto"])]);
        let files = Files::new(vec![("one".into(), one), ("same".into(), same), ("other/v2".into(), other)]);

        let shared = files.with_symbol("Shared").unwrap();
        assert_eq!(decoded(&files, shared).name(), "types.proto");
        assert!(files.imports(files.with_symbol("Same").unwrap()).contains(&shared));

        let two = decoded(&files, files.with_symbol("Two").unwrap());
        assert_eq!(
            (two.name(), two.dependency.as_slice()),
            ("other/v2/main.proto", ["other/v2/types.proto".to_owned()].as_slice())
        );
        let types = files.by_name("other/v2/types.proto").unwrap();
        assert_eq!(decoded(&files, types).message_type.first().unwrap().name(), "Other");
        assert_eq!(files.files.len(), 5);
    }

    #[test]
    fn every_file_links_with_what_it_imports() {
        let own = pool(vec![
            file("a.proto", "A", &["b.proto"]),
            file("b.proto", "B", &["c.proto"]),
            file("c.proto", "C", &[]),
        ]);
        let other = pool(vec![
            file("a.proto", "X", &["b.proto"]),
            file("b.proto", "B", &["c.proto"]),
            file("c.proto", "Z", &[]),
        ]);
        let files = Files::new(vec![("own".into(), own), ("other".into(), other)]);
        for symbol in ["A", "X"] {
            let linked = files.imports(files.with_symbol(symbol).unwrap());
            let set = linked.into_iter().map(|index| decoded(&files, index)).collect();
            assert!(pool(set).get_message_by_name(symbol).is_some(), "{symbol}");
        }
    }

    #[test]
    fn parts_of_symbols_are_found() {
        let mut with_enum = file("e.proto", "M", &[]);
        with_enum.package = Some("p".into());
        with_enum.enum_type.push(EnumDescriptorProto {
            name: Some("Colour".into()),
            value: vec![EnumValueDescriptorProto {
                name: Some("RED".into()),
                number: Some(0),
                options: None,
            }],
            ..EnumDescriptorProto::default()
        });
        let files = Files::new(vec![
            ("own".into(), super::super::own::pool().clone()),
            ("e".into(), pool(vec![with_enum])),
        ]);
        for symbol in [
            "p.M",
            "p.Colour",
            "p.RED",
            "grpc.health.v1.Health.Watch",
            "grpc.health.v1.HealthCheckRequest.service",
        ] {
            assert!(files.with_symbol(symbol).is_some(), "{symbol}");
        }
        for symbol in ["p", "p.X", "p.M.x", "grpc.health.v1.Health.Nothing", ""] {
            assert!(files.with_symbol(symbol).is_none(), "{symbol}");
        }
        assert_eq!(files.extension_numbers("p.M").unwrap().len(), 0);
        assert!(files.extension_numbers("p.X").is_none());
    }
}
