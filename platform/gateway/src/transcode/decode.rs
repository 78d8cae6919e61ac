//! ProtoJSON in, wire bytes out.

use super::error::Place;
use super::{known, scalar, wire};
use bytes::Bytes;
use micro_domain::suggest;
use prost::encoding::{WireType, key_len};
use prost_reflect::{ExtensionDescriptor, FieldDescriptor, Kind, MessageDescriptor};
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use std::borrow::Cow;
use std::fmt;

pub(super) fn message(message: &MessageDescriptor, json: &[u8]) -> Result<Bytes, micro_domain::Error> {
    let json = if json.trim_ascii().is_empty() { b"{}" } else { json };
    let place = Place::default();
    let mut reader = serde_json::Deserializer::from_slice(json);
    let mut out = Vec::with_capacity(json.len());
    let read = Message { descriptor: message, place: &place, out: &mut out }.deserialize(&mut reader);
    read.and_then(|()| reader.end()).map_err(|error| place.tell(message, json, &error))?;
    Ok(out.into())
}

/// Reads a message and appends its fields.
pub(super) struct Message<'a> {
    pub(super) descriptor: &'a MessageDescriptor,
    pub(super) place: &'a Place,
    pub(super) out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Message<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let place = self.place;
        place.deeper(|| match known::Known::of(self.descriptor.full_name()) {
            Some(known) => known::read(known, self, json),
            None => json.deserialize_any(self),
        })
    }
}

/// Reads the fields of an ordinary message.
impl<'de> Visitor<'de> for Message<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "a JSON object for `{}`", self.descriptor.full_name())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let mut seen = Seen::default();
        while let Some(key) = object.next_key_seed(Name)? {
            let slot = Slot::named(self.descriptor, &key)
                .ok_or_else(|| self.place.inside_key(&key, unknown_field(self.descriptor, &key)))?;
            let value = Optional { slot: &slot, place: self.place, out: self.out };
            let given = object.next_value_seed(value).map_err(|error| self.place.inside_key(&key, error))?;
            if given && let Err(why) = seen.take(&slot, &key) {
                return Err(self.place.inside_key(&key, A::Error::custom(why)));
            }
        }
        Ok(())
    }
}

fn unknown_field<E: Error>(message: &MessageDescriptor, name: &str) -> E {
    let names: Vec<String> = message.fields().map(|field| field.json_name().to_owned()).collect();
    let near = suggest::nearest(name, names.iter().map(String::as_str));
    let near = near.map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
    E::custom(format!("`{}` has no field `{name}`{near}", message.full_name()))
}

/// Which fields and oneofs were given already.
#[derive(Default)]
struct Seen {
    /// Numbers below 64, which is nearly all.
    low: u64,
    high: Vec<u32>,
    oneofs: Vec<(usize, String)>,
}

impl Seen {
    fn take(&mut self, slot: &Slot, key: &str) -> Result<(), String> {
        let again = if slot.number < 64 {
            let bit = 1 << slot.number;
            let again = self.low & bit != 0;
            self.low |= bit;
            again
        } else {
            let again = self.high.contains(&slot.number);
            self.high.push(slot.number);
            again
        };
        if again {
            return Err("the field is given twice".to_owned());
        }
        let Some((index, oneof)) = &slot.oneof else { return Ok(()) };
        if let Some((_, other)) = self.oneofs.iter().find(|(known, _)| known == index) {
            return Err(format!("only one field of the oneof `{oneof}` may be given, and `{other}` is"));
        }
        self.oneofs.push((*index, key.to_owned()));
        Ok(())
    }
}

/// How a field's values are arranged.
enum Shape {
    One,
    List { packed: bool },
    Map,
}

/// A field or an extension.
struct Slot {
    number: u32,
    kind: Kind,
    shape: Shape,
    group: bool,
    /// Unset differs from the default value.
    presence: bool,
    /// Its oneof's index and name, unless that is only the mark of `optional`.
    oneof: Option<(usize, String)>,
}

impl Slot {
    /// The field of this name in either spelling, or the extension in brackets.
    fn named(message: &MessageDescriptor, name: &str) -> Option<Self> {
        if let Some(field) = message.get_field_by_json_name(name).or_else(|| message.get_field_by_name(name))
        {
            return Some(Self::of_field(&field));
        }
        if !name.starts_with('[') {
            return None;
        }
        message.get_extension_by_json_name(name).map(|extension| Self::of_extension(&extension))
    }

    fn of_field(field: &FieldDescriptor) -> Self {
        let oneof = field.containing_oneof().filter(|oneof| !oneof.is_synthetic());
        let oneof = oneof.and_then(|oneof| {
            let index = *oneof.path().last()?;
            Some((usize::try_from(index).ok()?, oneof.name().to_owned()))
        });
        let shape = shape(field.is_list(), field.is_map(), field.is_packed());
        let (group, presence) = (field.is_group(), field.supports_presence() || field.is_required());
        Self { number: field.number(), kind: field.kind(), shape, group, presence, oneof }
    }

    fn of_extension(extension: &ExtensionDescriptor) -> Self {
        let shape = shape(extension.is_list(), extension.is_map(), extension.is_packed());
        let group = extension.is_group();
        Self { number: extension.number(), kind: extension.kind(), shape, group, presence: true, oneof: None }
    }

    /// Takes back what was written at `start`, where it only says what its absence says.
    fn drop_default(&self, out: &mut Vec<u8>, start: usize) {
        let value = start + key_len(self.number);
        // The default of every scalar is written as zeros alone: a zero length, a zero number.
        if !self.presence && out.get(value..).is_some_and(|bytes| bytes.iter().all(|byte| *byte == 0)) {
            out.truncate(start);
        }
    }

    /// Null is a value of its own here, not an absence.
    fn takes_null(&self) -> bool {
        match (&self.kind, &self.shape) {
            (Kind::Message(message), Shape::One) => message.full_name() == "google.protobuf.Value",
            (Kind::Enum(one), Shape::One) => one.full_name() == "google.protobuf.NullValue",
            _ => false,
        }
    }
}

fn shape(list: bool, map: bool, packed: bool) -> Shape {
    match (list, map) {
        (_, true) => Shape::Map,
        (true, _) => Shape::List { packed },
        _ => Shape::One,
    }
}

/// A field's value, or null for none; tells whether there was one.
struct Optional<'a> {
    slot: &'a Slot,
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Optional<'_> {
    type Value = bool;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        json.deserialize_option(self)
    }
}

impl<'de> Visitor<'de> for Optional<'_> {
    type Value = bool;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value or null")
    }

    fn visit_unit<E: Error>(self) -> Result<bool, E> {
        self.visit_none()
    }

    fn visit_none<E: Error>(self) -> Result<bool, E> {
        if !self.slot.takes_null() {
            return Ok(false);
        }
        match self.slot.kind {
            Kind::Enum(_) => wire::varint(self.out, self.slot.number, 0),
            // A `Value` whose field 1, `null_value`, is set.
            _ => wire::bytes(self.out, self.slot.number, &[1 << 3, 0]),
        }
        Ok(true)
    }

    fn visit_some<D: Deserializer<'de>>(self, json: D) -> Result<bool, D::Error> {
        let Self { slot, place, out } = self;
        match slot.shape {
            Shape::One => {
                let start = out.len();
                Element { slot, place, out }.deserialize(json)?;
                slot.drop_default(out, start);
            }
            Shape::List { packed } => {
                place.deeper(|| json.deserialize_any(List { slot, packed, place, out }))?
            }
            Shape::Map => place.deeper(|| json.deserialize_any(Map { slot, place, out }))?,
        }
        Ok(true)
    }
}

/// One value with its key.
struct Element<'a> {
    slot: &'a Slot,
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Element<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        let Self { slot, place, out } = self;
        match &slot.kind {
            Kind::Message(descriptor) if slot.group => {
                wire::key(out, slot.number, WireType::StartGroup);
                Message { descriptor, place, out }.deserialize(json)?;
                wire::key(out, slot.number, WireType::EndGroup);
                Ok(())
            }
            Kind::Message(descriptor) => {
                wire::nested(out, slot.number, |out| Message { descriptor, place, out }.deserialize(json))
            }
            kind => {
                wire::key(out, slot.number, scalar::wire_type(kind));
                scalar::scalar(kind, json, out)
            }
        }
    }
}

/// A packed list's value, without a key.
struct Bare<'a> {
    kind: &'a Kind,
    out: &'a mut Vec<u8>,
}

impl<'de> DeserializeSeed<'de> for Bare<'_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        scalar::scalar(self.kind, json, self.out)
    }
}

struct List<'a> {
    slot: &'a Slot,
    packed: bool,
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for List<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        let Self { slot, packed, place, out } = self;
        let mut index = 0;
        if !packed {
            loop {
                let next = list.next_element_seed(Element { slot, place, out });
                if next.map_err(|error| place.inside_index(index, error))?.is_none() {
                    return Ok(());
                }
                index += 1;
            }
        }
        let start = out.len();
        wire::nested(out, slot.number, |out| {
            loop {
                let next = list.next_element_seed(Bare { kind: &slot.kind, out });
                if next.map_err(|error| place.inside_index(index, error))?.is_none() {
                    return Ok(());
                }
                index += 1;
            }
        })?;
        if index == 0 {
            out.truncate(start);
        }
        Ok(())
    }
}

struct Map<'a> {
    slot: &'a Slot,
    place: &'a Place,
    out: &'a mut Vec<u8>,
}

impl<'de> Visitor<'de> for Map<'_> {
    type Value = ();

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON object, for a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<(), A::Error> {
        let Self { slot, place, out } = self;
        let Kind::Message(entry) = &slot.kind else { return Ok(()) };
        let keys = entry.map_entry_key_field().kind();
        let values = Slot::of_field(&entry.map_entry_value_field());
        while let Some(key) = object.next_key_seed(Name)? {
            let read = wire::nested(out, slot.number, |out| {
                scalar::map_key::<A::Error>(&keys, &key, out)?;
                let value = Element { slot: &values, place, out };
                object.next_value_seed(value)
            });
            read.map_err(|error| place.inside_key(&key, error))?;
        }
        Ok(())
    }
}

/// An object's key, borrowed where it can be.
pub(super) struct Name;

impl<'de> DeserializeSeed<'de> for Name {
    type Value = Cow<'de, str>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_str(scalar::Text)
    }
}
