#![expect(clippy::unwrap_used, reason = "tests")]

use super::*;
use prost_types::field_descriptor_proto::{Label, Type};
use prost_types::{DescriptorProto, FieldDescriptorProto, MethodDescriptorProto, ServiceDescriptorProto};

fn field(name: &str, number: i32, kind: Option<&str>) -> FieldDescriptorProto {
    FieldDescriptorProto {
        name: Some(name.to_owned()),
        number: Some(number),
        label: Some(Label::Optional.into()),
        r#type: Some(if kind.is_some() { Type::Message } else { Type::String }.into()),
        type_name: kind.map(str::to_owned),
        ..Default::default()
    }
}

fn message(name: &str, fields: Vec<FieldDescriptorProto>) -> DescriptorProto {
    DescriptorProto { name: Some(name.to_owned()), field: fields, ..Default::default() }
}

fn method(name: &str, input: &str, output: &str) -> MethodDescriptorProto {
    MethodDescriptorProto {
        name: Some(name.to_owned()),
        input_type: Some(input.to_owned()),
        output_type: Some(output.to_owned()),
        ..Default::default()
    }
}

fn file(name: &str, imports: &[&str]) -> FileDescriptorProto {
    FileDescriptorProto {
        name: Some(name.to_owned()),
        package: Some("p".to_owned()),
        syntax: Some("proto3".to_owned()),
        dependency: imports.iter().map(|import| (*import).to_owned()).collect(),
        ..Default::default()
    }
}

fn built(files: &[FileDescriptorProto]) -> Built {
    build(files.iter().map(|file| file.encode_to_vec().into()))
}

fn told(built: &Built, what: &str) {
    assert!(built.omitted.iter().any(|sentence| sentence.contains(what)), "{what}: {:?}", built.omitted);
}

#[test]
fn files_come_in_any_order_and_lose_nothing() {
    let user = FileDescriptorProto {
        message_type: vec![message("B", vec![field("a", 1, Some(".p.A"))])],
        ..file("b.proto", &["a.proto"])
    };
    let used = FileDescriptorProto { message_type: vec![message("A", vec![])], ..file("a.proto", &[]) };
    let built = built(&[user, used]);
    assert_eq!(built.omitted, Vec::<String>::new());
    assert_eq!(built.files, ["a.proto", "b.proto"]);
    assert!(built.pool.get_message_by_name("google.rpc.BadRequest").is_some());
    assert!(built.pool.get_message_by_name("google.protobuf.Timestamp").is_some());
}

#[test]
fn import_cycles_are_cut() {
    let one = FileDescriptorProto {
        message_type: vec![message("A", vec![field("b", 1, Some(".p.B"))])],
        ..file("a.proto", &["b.proto", "a.proto"])
    };
    let other = FileDescriptorProto {
        message_type: vec![message("B", vec![field("a", 1, Some(".p.A")), field("x", 2, None)])],
        ..file("b.proto", &["a.proto"])
    };
    let built = built(&[one, other]);
    told(&built, "import each other");
    let b = built.pool.get_message_by_name("p.B").unwrap();
    assert_eq!(b.fields().len(), 1);
    assert_eq!(built.pool.get_message_by_name("p.A").unwrap().fields().len(), 1);
}

#[test]
fn a_chain_of_imports_does_not_exhaust_the_stack() {
    let files: Vec<_> = (0..FILES_MAX)
        .map(|index| file(&format!("{index}.proto"), &[format!("{}.proto", index + 1).as_str()]))
        .collect();
    let built = built(&files);
    assert_eq!(built.files.len(), FILES_MAX);
    told(&built, "which the service does not have");
}

#[test]
fn what_refers_to_nothing_is_left_out_and_the_rest_stays() {
    let mut only = file("a.proto", &["missing.proto"]);
    only.message_type =
        vec![message("A", vec![field("gone", 1, Some(".q.Missing")), field("kept", 2, None)])];
    only.service = vec![ServiceDescriptorProto {
        name: Some("S".to_owned()),
        method: vec![
            method("Kept", ".p.A", ".p.A"),
            method("Gone", ".p.A", ".q.Missing"),
            method("Kept", ".p.A", ".p.A"),
        ],
        ..Default::default()
    }];
    let built = built(&[only]);
    told(&built, "imports `missing.proto`");
    told(&built, "`p.A.gone`");
    told(&built, "`p.S.Gone`");
    told(&built, "`p.S.Kept` was left out: it is defined twice");
    assert_eq!(built.pool.get_message_by_name("p.A").unwrap().fields().len(), 1);
    assert_eq!(built.pool.get_service_by_name("p.S").unwrap().methods().len(), 1);
}

#[test]
fn ten_thousand_methods_are_bounded() {
    let mut only = file("a.proto", &[]);
    only.message_type = vec![message("A", vec![])];
    let methods = (0..10_000).map(|index| method(&format!("M{index}"), ".p.A", ".p.A")).collect();
    only.service =
        vec![ServiceDescriptorProto { name: Some("S".to_owned()), method: methods, ..Default::default() }];
    let built = built(&[only]);
    assert_eq!(built.pool.get_service_by_name("p.S").unwrap().methods().len(), METHODS_MAX);
    told(&built, "8000 methods of `p.S` were left out");
}

#[test]
fn symbols_defined_twice_count_once() {
    let one = FileDescriptorProto {
        message_type: vec![message("A", vec![field("x", 1, None)])],
        ..file("a.proto", &[])
    };
    // A second `p.A`, used by its own file, and a private copy of a well-known type.
    let mut other = file("b.proto", &[]);
    other.message_type = vec![message("A", vec![]), message("B", vec![field("a", 1, Some(".p.A"))])];
    let mut copy = file("vendored/timestamp.proto", &[]);
    copy.package = Some("google.protobuf".to_owned());
    copy.message_type = vec![message("Timestamp", vec![])];
    let built = built(&[one, other, copy]);
    told(&built, "`p.A` is defined twice");
    assert_eq!(built.omitted.len(), 1);
    assert_eq!(built.pool.get_message_by_name("p.A").unwrap().fields().len(), 1);
    let field = built.pool.get_message_by_name("p.B").unwrap().get_field(1).unwrap();
    assert_eq!(field.kind().as_message().unwrap().parent_file().name(), "a.proto");
}

#[test]
fn what_cannot_be_read_is_told() {
    let mut newer = file("new.proto", &[]);
    newer.syntax = Some("proto4".to_owned());
    let mut broken = file("a.proto", &[]);
    let mut entry = message("MEntry", vec![field("key", 1, None)]);
    entry.options = Some(prost_types::MessageOptions { map_entry: Some(true), ..Default::default() });
    let mut map = field("m", 1, Some(".p.A.MEntry"));
    map.label = Some(Label::Repeated.into());
    let mut holder =
        message("A", vec![map, field("ok", 2, None), field("bad name", 3, None), field("again", 2, None)]);
    holder.nested_type = vec![entry];
    broken.message_type = vec![holder];
    broken.enum_type =
        vec![prost_types::EnumDescriptorProto { name: Some("E".to_owned()), ..Default::default() }];
    let files = [newer, broken].map(|file| Bytes::from(file.encode_to_vec()));
    let built = build(files.into_iter().chain([Bytes::from_static(b"\xff\xff")]));
    for what in
        ["`new.proto`", "cannot be decoded", "`p.A.MEntry`", "`p.A.bad name`", "`p.E`", "a part of `p.A`"]
    {
        told(&built, what);
    }
    let names: Vec<String> = built
        .pool
        .get_message_by_name("p.A")
        .unwrap()
        .fields()
        .map(|field| field.name().to_owned())
        .collect();
    assert_eq!(names, ["ok"]);
}

#[test]
fn sentences_are_bounded() {
    let fields = (1..1000).map(|number| field(&format!("f{number}"), number, Some(".q.Missing"))).collect();
    let only = FileDescriptorProto { message_type: vec![message("A", fields)], ..file("a.proto", &[]) };
    let built = built(&[only]);
    assert_eq!(built.omitted.len(), OMITTED_MAX + 1);
    told(&built, "and 899 more");
}

#[test]
fn editions_are_read() {
    let mut numbers = field("numbers", 2, None);
    (numbers.label, numbers.r#type) = (Some(Label::Repeated.into()), Some(Type::Int32.into()));
    let mut by_name = field("by_name", 4, Some(".p.A.ByNameEntry"));
    by_name.label = Some(Label::Repeated.into());
    let mut entry = message("ByNameEntry", vec![field("key", 1, None), field("value", 2, Some(".p.A"))]);
    entry.options = Some(prost_types::MessageOptions { map_entry: Some(true), ..Default::default() });
    let fields = vec![field("name", 1, None), numbers, field("child", 3, Some(".p.A")), by_name];
    let mut holder = message("A", fields);
    holder.nested_type = vec![entry];
    let mut written = file("e.proto", &[]);
    (written.syntax, written.message_type) = (Some("editions".to_owned()), vec![holder]);
    let mut bytes = written.encode_to_vec();
    // edition = 2023; options.features.message_encoding = DELIMITED.
    bytes.extend(b"\x70\xe8\x07\x42\x05\x92\x03\x02\x28\x02");
    let built = build([Bytes::from(bytes)]);
    assert!(built.omitted.is_empty(), "{:?}", built.omitted);
    let message = built.pool.get_message_by_name("p.A").unwrap();
    let of = |name: &str| message.get_field_by_name(name).unwrap();
    assert!(of("name").supports_presence() && of("numbers").is_packed() && of("by_name").is_map());
    assert!(of("child").is_group() && !of("by_name").is_group());
}
