//! The schema of `tests/services/proto/zoo.proto`'s largest message, written short.

use crate::schema::{Cardinality, Enum, EnumValue, Field, GrpcService, Kind, Message, Method, Schema};

pub(super) const EVERYTHING: &str = "zoo.v1.Everything";

/// `NAME TYPE`, `NAME ?TYPE` with presence, `NAME []TYPE`, `NAME {KEY}TYPE`, `NAME |N TYPE` in oneof N; `=JSON` after the
/// name for a JSON name of its own, `!` before the type for one that is redacted.
const EVERYTHING_FIELDS: &str = "double_value double; float_value float; int32_value int32; int64_value int64; uint32_value uint32;
    uint64_value uint64; sint32_value int32; sint64_value int64; fixed32_value uint32; fixed64_value uint64; sfixed32_value int32;
    sfixed64_value int64; bool_value bool; string_value string; bytes_value bytes; color Color; diet Diet; cage .Cage;
    renamed=alias string; retired string; optional_double ?double; optional_float ?float; optional_int32 ?int32;
    optional_int64 ?int64; optional_uint64 ?uint64; optional_bool ?bool; optional_string ?string; optional_bytes ?bytes;
    optional_color ?Color; optional_animal .Animal; doubles []double; floats []float; int32s []int32; int64s []int64;
    uint64s []uint64; sint64s []int64; unpacked_fixed32s []uint32; bools []bool; strings []string; byte_strings []bytes;
    colors []Color; animals [].Animal; labels {string}string; animals_by_cage {int32}.Animal; color_by_day {bool}Color;
    weights {int64}double; blobs {uint64}bytes; offsets {int32}int64; diets {uint64}Diet; births {string}@Timestamp;
    notes {string}@Value; text |0 string; number |0 int64; blob |0 bytes; tint |0 Color; animal |0 .Animal; nothing |0 @Empty;
    null |0 @@NullValue; wait |0 @Duration; kilograms |1 float; unknown |1 bool; any @Any; struct @Struct; value @Value;
    list @ListValue; null_value @@NullValue; timestamp @Timestamp; duration @Duration; field_mask @FieldMask; empty @Empty;
    double_wrapper @DoubleValue; float_wrapper @FloatValue; int64_wrapper @Int64Value; uint64_wrapper @UInt64Value;
    int32_wrapper @Int32Value; uint32_wrapper @UInt32Value; bool_wrapper @BoolValue; string_wrapper @StringValue;
    bytes_wrapper @BytesValue; anys []@Any; timestamps []@Timestamp; int64_wrappers []@Int64Value; tree .Tree;
    everything .Everything";

pub(super) fn schema() -> Schema {
    let messages = [
        message("Everything", EVERYTHING_FIELDS, &["choice", "size"]),
        message("Cage", "number int32; locks [].Lock", &[]),
        message("Lock", "closed bool; key !bytes", &[]),
        message("Animal", "name string; legs int32; color Color; born_at @Timestamp", &[]),
        message("Tree", "label string; left .Tree; branches [].Tree; named {string}.Tree; nest .Nest", &[]),
        message("Nest", "eggs int32; tree .Tree", &[]),
    ];
    let color = [
        "COLOR_UNSPECIFIED 0",
        "COLOR_RED 1",
        "COLOR_GREEN 2",
        "COLOR_BLUE 2147483647",
        "COLOR_ULTRAVIOLET -2147483648",
    ];
    let diet = ["DIET_UNSPECIFIED 0", "DIET_HERBIVORE 1", "DIET_VEGETARIAN 1", "DIET_CARNIVORE 2"];
    Schema {
        services: vec![GrpcService {
            name: "zoo.v1.Zoo".to_owned(),
            comment: String::new(),
            methods: vec![echo()],
        }],
        messages: messages.into_iter().map(|message| (message.name.clone(), message)).collect(),
        enums: [enumeration("Color", &color), enumeration("Diet", &diet)]
            .into_iter()
            .map(|known| (known.name.clone(), known))
            .collect(),
        omitted: Vec::new(),
    }
}

pub(super) fn echo() -> Method {
    Method {
        name: "Echo".to_owned(),
        service: "zoo.v1.Zoo".to_owned(),
        comment: String::new(),
        input: EVERYTHING.to_owned(),
        output: EVERYTHING.to_owned(),
        client_streaming: false,
        server_streaming: false,
        idempotent: false,
        read_only: false,
        deprecated: false,
    }
}

fn enumeration(name: &str, values: &[&str]) -> Enum {
    let value = |text: &&str| {
        let (name, number) = text.split_once(' ').unwrap();
        EnumValue {
            name: name.to_owned(),
            number: number.parse().unwrap(),
            comment: String::new(),
            deprecated: false,
        }
    };
    Enum {
        name: format!("zoo.v1.{name}"),
        comment: String::new(),
        values: values.iter().map(value).collect(),
    }
}

fn message(name: &str, fields: &str, oneofs: &[&str]) -> Message {
    let fields = fields
        .split(';')
        .enumerate()
        .map(|(index, text)| field(u32::try_from(index).unwrap() + 1, text.trim()));
    Message {
        name: format!("zoo.v1.{name}"),
        comment: String::new(),
        fields: fields.collect(),
        oneofs: oneofs.iter().map(|name| (*name).to_owned()).collect(),
    }
}

fn field(number: u32, text: &str) -> Field {
    let (names, of) = text.split_once(' ').unwrap();
    let (name, json_name) =
        names.split_once('=').map_or_else(|| (names, camel(names)), |(name, json)| (name, json.to_owned()));
    let mut rest = of.trim();
    let (mut cardinality, mut presence, mut oneof, mut redact) = (Cardinality::Singular, false, None, false);
    if let Some(of) = rest.strip_prefix('?') {
        (presence, rest) = (true, of);
    } else if let Some(of) = rest.strip_prefix('!') {
        (redact, rest) = (true, of);
    } else if let Some(of) = rest.strip_prefix("[]") {
        (cardinality, rest) = (Cardinality::Repeated, of);
    } else if let Some(of) = rest.strip_prefix('|') {
        let (index, of) = of.split_once(' ').unwrap();
        (oneof, presence, rest) = (Some(index.parse().unwrap()), true, of);
    } else if let Some((key, of)) = rest.strip_prefix('{').and_then(|of| of.split_once('}')) {
        (cardinality, rest) = (Cardinality::Map(kind(key)), of);
    }
    let kind = kind(rest);
    let presence = presence || (cardinality == Cardinality::Singular && matches!(kind, Kind::Message(_)));
    Field {
        name: name.to_owned(),
        json_name,
        number,
        kind,
        cardinality,
        presence,
        required: false,
        oneof,
        comment: String::new(),
        deprecated: false,
        redact,
    }
}

fn kind(text: &str) -> Kind {
    match text {
        "double" => Kind::Double,
        "float" => Kind::Float,
        "int32" => Kind::Int32,
        "int64" => Kind::Int64,
        "uint32" => Kind::Uint32,
        "uint64" => Kind::Uint64,
        "bool" => Kind::Bool,
        "string" => Kind::String,
        "bytes" => Kind::Bytes,
        other => match (other.strip_prefix("@@"), other.strip_prefix('@'), other.strip_prefix('.')) {
            (Some(name), ..) => Kind::Enum(format!("google.protobuf.{name}")),
            (_, Some(name), _) => Kind::Message(format!("google.protobuf.{name}")),
            (.., Some(name)) => Kind::Message(format!("zoo.v1.{name}")),
            _ => Kind::Enum(format!("zoo.v1.{other}")),
        },
    }
}

fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let first = parts.next().unwrap().to_owned();
    parts.fold(first, |mut name, part| {
        let (head, tail) = part.split_at(1);
        name.push_str(&head.to_uppercase());
        name.push_str(tail);
        name
    })
}
