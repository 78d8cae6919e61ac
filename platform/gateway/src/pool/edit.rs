//! Takes elements out of a serialized `FileDescriptorProto` without decoding the rest, so that options nobody here knows
//! survive, and moves the comments of what stays to its new place.

use bytes::Buf;
use prost::Message as _;
use prost::encoding::{WireType, decode_key, decode_varint, encode_key, encode_varint};
use prost_types::SourceCodeInfo;
use std::collections::{BTreeMap, BTreeSet};

/// `FileDescriptorProto.dependency`.
pub(super) const DEPENDENCY: i32 = 3;
/// `FileDescriptorProto.source_code_info`.
const SOURCE_CODE_INFO: i32 = 9;
/// `FileDescriptorProto.public_dependency` and `weak_dependency`: indexes of dependencies.
const DEPENDENCY_INDEXES: [i32; 2] = [10, 11];

/// Which elements to take out: for a container (a path that ends in a repeated field's number) the indexes in it.
#[derive(Debug, Default)]
pub(super) struct Removals(BTreeMap<Vec<i32>, BTreeSet<i32>>);

impl Removals {
    /// Takes out the element at `path`, as `SourceCodeInfo` writes paths.
    pub(super) fn add(&mut self, path: &[i32]) {
        if let Some((index, container)) = path.split_last() {
            self.0.entry(container.to_vec()).or_default().insert(*index);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(super) fn contains(&self, path: &[i32]) -> bool {
        let found =
            path.split_last().and_then(|(index, container)| Some(self.0.get(container)?.contains(index)));
        found.unwrap_or(false)
    }

    /// Whether something below `path` goes.
    fn reach_into(&self, path: &[i32]) -> bool {
        let next =
            self.0.range::<[i32], _>((std::ops::Bound::Excluded(path), std::ops::Bound::Unbounded)).next();
        next.is_some_and(|(container, _)| container.starts_with(path))
    }

    /// The index an element has afterwards; none when it goes.
    fn moved(&self, container: &[i32], index: i32) -> Option<i32> {
        let Some(gone) = self.0.get(container) else { return Some(index) };
        if gone.contains(&index) {
            return None;
        }
        let before = gone.range(..index).count();
        i32::try_from(before).ok().map(|before| index - before)
    }

    /// Where the element at `path` is afterwards; none when it or something around it goes.
    fn moved_path(&self, path: &[i32]) -> Option<Vec<i32>> {
        let mut moved = path.to_vec();
        for at in (1..path.len()).step_by(2) {
            moved[at] = self.moved(&path[..at], path[at])?;
        }
        Some(moved)
    }
}

/// The file without `removals` and with `imports` added; none when the bytes are no message.
pub(super) fn edit(file: &[u8], removals: &Removals, imports: &[String]) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(file.len());
    prune(file, removals, &mut Vec::new(), &mut out)?;
    for import in imports {
        encode_key(DEPENDENCY.unsigned_abs(), WireType::LengthDelimited, &mut out);
        encode_varint(import.len() as u64, &mut out);
        out.extend_from_slice(import.as_bytes());
    }
    Some(out)
}

fn prune(mut bytes: &[u8], removals: &Removals, path: &mut Vec<i32>, out: &mut Vec<u8>) -> Option<()> {
    let mut counts: BTreeMap<i32, i32> = BTreeMap::new();
    while bytes.has_remaining() {
        let start = bytes;
        let (tag, wire_type) = decode_key(&mut bytes).ok()?;
        let tag = i32::try_from(tag).ok()?;
        let content = content(&mut bytes, wire_type)?;
        let whole = &start[..start.len() - bytes.len()];
        if path.is_empty() && DEPENDENCY_INDEXES.contains(&tag) {
            dependency_indexes(tag, wire_type, content, removals, out)?;
            continue;
        }
        if wire_type != WireType::LengthDelimited {
            out.extend_from_slice(whole);
            continue;
        }
        let index = counts.entry(tag).or_insert(0);
        path.extend([tag, *index]);
        *index += 1;
        if path[..] == [SOURCE_CODE_INFO, 0] {
            let moved = source_code_info(content, removals).unwrap_or_default();
            nested(tag, &moved, out);
        } else if removals.contains(path) {
            // Left out.
        } else if removals.reach_into(path) {
            let mut inner = Vec::with_capacity(content.len());
            prune(content, removals, path, &mut inner)?;
            nested(tag, &inner, out);
        } else {
            out.extend_from_slice(whole);
        }
        path.truncate(path.len() - 2);
    }
    Some(())
}

fn nested(tag: i32, content: &[u8], out: &mut Vec<u8>) {
    encode_key(tag.unsigned_abs(), WireType::LengthDelimited, out);
    encode_varint(content.len() as u64, out);
    out.extend_from_slice(content);
}

/// Skips one field's value and returns it, without its length where it has one.
fn content<'a>(bytes: &mut &'a [u8], wire_type: WireType) -> Option<&'a [u8]> {
    let start: &'a [u8] = bytes;
    let length = match wire_type {
        WireType::Varint => {
            decode_varint(bytes).ok()?;
            return Some(&start[..start.len() - bytes.len()]);
        }
        WireType::SixtyFourBit => 8,
        WireType::ThirtyTwoBit => 4,
        WireType::LengthDelimited => usize::try_from(decode_varint(bytes).ok()?).ok()?,
        // Descriptors have no groups.
        WireType::StartGroup | WireType::EndGroup => return None,
    };
    let current: &'a [u8] = bytes;
    let (content, rest) = current.split_at_checked(length)?;
    *bytes = rest;
    Some(content)
}

fn dependency_indexes(
    tag: i32,
    wire_type: WireType,
    mut content: &[u8],
    removals: &Removals,
    out: &mut Vec<u8>,
) -> Option<()> {
    if !matches!(wire_type, WireType::Varint | WireType::LengthDelimited) {
        return None;
    }
    while content.has_remaining() {
        let index = i32::try_from(decode_varint(&mut content).ok()?).ok();
        if let Some(moved) = index.and_then(|index| removals.moved(&[DEPENDENCY], index)) {
            encode_key(tag.unsigned_abs(), WireType::Varint, out);
            encode_varint(u64::from(moved.unsigned_abs()), out);
        }
    }
    Some(())
}

fn source_code_info(bytes: &[u8], removals: &Removals) -> Option<Vec<u8>> {
    let mut info = SourceCodeInfo::decode(bytes).ok()?;
    info.location.retain_mut(|location| {
        let moved = removals.moved_path(&location.path);
        if let Some(moved) = &moved {
            location.path.clone_from(moved);
        }
        moved.is_some()
    });
    Some(info.encode_to_vec())
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "tests")]
mod tests {
    use super::*;
    use prost_types::source_code_info::Location;
    use prost_types::{DescriptorProto, FieldDescriptorProto, FileDescriptorProto};

    fn message(name: &str, fields: &[&str]) -> DescriptorProto {
        let field =
            |name: &&str| FieldDescriptorProto { name: Some((*name).to_owned()), ..Default::default() };
        DescriptorProto {
            name: Some(name.to_owned()),
            field: fields.iter().map(field).collect(),
            ..Default::default()
        }
    }

    fn location(path: &[i32], comment: &str) -> Location {
        Location { path: path.to_vec(), leading_comments: Some(comment.to_owned()), ..Default::default() }
    }

    #[test]
    fn what_goes_takes_its_comments_along_and_the_rest_keeps_its_own() {
        let file = FileDescriptorProto {
            dependency: ["a", "b", "c"].map(str::to_owned).to_vec(),
            public_dependency: vec![0, 1, 2],
            message_type: vec![message("A", &["x"]), message("B", &["x", "y", "z"])],
            source_code_info: Some(SourceCodeInfo {
                location: vec![
                    location(&[4, 0], "A"),
                    location(&[4, 1], "B"),
                    location(&[4, 1, 2, 1], "y"),
                    location(&[4, 1, 2, 2, 1], "z"),
                ],
            }),
            ..Default::default()
        };
        let mut bytes = file.encode_to_vec();
        let unknown = [0xfa, 0x7f, 0x01, b'x'];
        bytes.extend(unknown);

        let mut removals = Removals::default();
        removals.add(&[DEPENDENCY, 1]);
        removals.add(&[4, 0]);
        removals.add(&[4, 1, 2, 1]);
        let edited = edit(&bytes, &removals, &["d".to_owned()]).unwrap();

        assert!(edited.windows(unknown.len()).any(|window| window == unknown));
        let edited = FileDescriptorProto::decode(edited.as_slice()).unwrap();
        assert_eq!(edited.dependency, ["a", "c", "d"]);
        assert_eq!(edited.public_dependency, [0, 1]);
        assert_eq!(edited.message_type, [message("B", &["x", "z"])]);
        let locations = edited.source_code_info.unwrap().location;
        assert_eq!(locations, [location(&[4, 0], "B"), location(&[4, 0, 2, 1, 1], "z")]);
    }
}
