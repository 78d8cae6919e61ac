//! Finds what in a file descriptor cannot be understood: broken names, types nobody defines, symbols defined twice, map
//! entries that are none, more methods than anyone can use.

use super::edit::Removals;
use prost_reflect::DescriptorPool;
use prost_types::field_descriptor_proto::Type;
use prost_types::{
    DescriptorProto, EnumDescriptorProto, FieldDescriptorProto, FileDescriptorProto, ServiceDescriptorProto,
};
use std::collections::{BTreeSet, HashMap};

/// Field numbers of descriptors, as paths name them.
pub(super) mod tag {
    pub(in super::super) const FILE_MESSAGE: i32 = 4;
    pub(in super::super) const FILE_ENUM: i32 = 5;
    pub(in super::super) const FILE_SERVICE: i32 = 6;
    pub(in super::super) const FILE_EXTENSION: i32 = 7;
    pub(in super::super) const MESSAGE_FIELD: i32 = 2;
    pub(in super::super) const MESSAGE_MESSAGE: i32 = 3;
    pub(in super::super) const MESSAGE_ENUM: i32 = 4;
    pub(in super::super) const MESSAGE_EXTENSION: i32 = 6;
    pub(in super::super) const ENUM_VALUE: i32 = 2;
    pub(in super::super) const SERVICE_METHOD: i32 = 2;
}

/// What checking one file found.
#[derive(Default)]
pub(super) struct Findings {
    /// What has to go.
    pub(super) removals: Removals,
    /// One sentence for each.
    pub(super) sentences: Vec<String>,
    /// Files that define what this one uses without importing it.
    pub(super) imports: BTreeSet<String>,
}

/// Checks one file against what the pool knows already. Fields that refer to something the file itself loses are found
/// by checking the edited file again.
pub(super) fn check(file: &FileDescriptorProto, pool: &DescriptorPool, methods_left: usize) -> Findings {
    let mut check = Check { file, pool, own: HashMap::new(), findings: Findings::default(), methods_left };
    let package = file.package().to_owned();
    let scope = if package.is_empty() { String::new() } else { format!("{package}.") };
    check.definitions(&scope);
    for (index, message) in indexed(&file.message_type) {
        check.message(&[tag::FILE_MESSAGE, index], &scope, message);
    }
    for (index, service) in indexed(&file.service) {
        check.service(&[tag::FILE_SERVICE, index], &scope, service);
    }
    for (index, extension) in indexed(&file.extension) {
        check.extension(&[tag::FILE_EXTENSION, index], &scope, extension);
    }
    check.findings
}

fn indexed<T>(items: &[T]) -> impl Iterator<Item = (i32, &T)> {
    (0..).zip(items)
}

/// A letter or underscore, then letters, digits, underscores.
fn is_identifier(name: &str) -> bool {
    name.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Definition {
    Message,
    Enum,
}

struct Check<'a> {
    file: &'a FileDescriptorProto,
    pool: &'a DescriptorPool,
    /// What this file defines and keeps, by full name.
    own: HashMap<String, Definition>,
    findings: Findings,
    methods_left: usize,
}

impl<'a> Check<'a> {
    fn remove(&mut self, path: &[i32], sentence: String) {
        self.findings.removals.add(path);
        self.findings.sentences.push(sentence);
    }

    /// Collects every message and enum of the file and takes out those that cannot be.
    fn definitions(&mut self, scope: &str) {
        let file = self.file;
        for (index, one) in indexed(&file.enum_type) {
            self.define_enum(&[tag::FILE_ENUM, index], scope, one);
        }
        for (index, one) in indexed(&file.message_type) {
            self.define_message(&[tag::FILE_MESSAGE, index], scope, one);
        }
    }

    fn define_message(&mut self, path: &[i32], scope: &str, message: &'a DescriptorProto) {
        let full_name = format!("{scope}{}", message.name());
        if !self.define(path, &full_name, message.name(), Definition::Message) {
            return;
        }
        let inner = format!("{full_name}.");
        for (index, one) in indexed(&message.enum_type) {
            self.define_enum(&[path, &[tag::MESSAGE_ENUM, index]].concat(), &inner, one);
        }
        for (index, one) in indexed(&message.nested_type) {
            self.define_message(&[path, &[tag::MESSAGE_MESSAGE, index]].concat(), &inner, one);
        }
    }

    fn define_enum(&mut self, path: &[i32], scope: &str, one: &EnumDescriptorProto) {
        let full_name = format!("{scope}{}", one.name());
        if one.value.is_empty() {
            self.remove(path, format!("the enum `{full_name}` was left out: it has no values"));
            return;
        }
        if !self.define(path, &full_name, one.name(), Definition::Enum) {
            return;
        }
        for (index, value) in indexed(&one.value) {
            if !is_identifier(value.name()) {
                let path = [path, &[tag::ENUM_VALUE, index]].concat();
                self.remove(&path, format!("a value of `{full_name}` was left out: its name is not valid"));
            }
        }
    }

    fn define(&mut self, path: &[i32], full_name: &str, name: &str, definition: Definition) -> bool {
        if !is_identifier(name) {
            self.remove(
                path,
                format!("a type of `{}` was left out: its name is not valid", self.file.name()),
            );
            return false;
        }
        let elsewhere = self.defined_elsewhere(full_name).map(|(_, file)| file);
        let twice = self.own.contains_key(full_name).then(|| self.file.name().to_owned());
        if let Some(first) = elsewhere.or(twice) {
            // A copy of a well-known type is no loss.
            self.findings.removals.add(path);
            if !full_name.starts_with("google.") {
                let file = self.file.name();
                let sentence = format!(
                    "`{full_name}` is defined twice; the definition in `{first}` counts, not the one in `{file}`"
                );
                self.findings.sentences.push(sentence);
            }
            return false;
        }
        self.own.insert(full_name.to_owned(), definition);
        true
    }

    fn defined_elsewhere(&self, full_name: &str) -> Option<(Definition, String)> {
        if let Some(message) = self.pool.get_message_by_name(full_name) {
            return Some((Definition::Message, message.parent_file().name().to_owned()));
        }
        let one = self.pool.get_enum_by_name(full_name)?;
        Some((Definition::Enum, one.parent_file().name().to_owned()))
    }

    /// What a full name with a leading dot stands for, importing its file where that was forgotten.
    fn resolve(&mut self, name: &str) -> Option<Definition> {
        if let Some(own) = self.own.get(name) {
            return Some(*own);
        }
        let (definition, file) = self.defined_elsewhere(name)?;
        if !self.file.dependency.contains(&file) {
            self.findings.imports.insert(file);
        }
        Some(definition)
    }

    /// Whether a type name leads to what is wanted. Relative names are left to the pool.
    fn resolves(&mut self, name: &str, wanted: &[Definition]) -> bool {
        match name.strip_prefix('.') {
            Some(full) => self.resolve(full).is_some_and(|found| wanted.contains(&found)),
            None => !name.is_empty(),
        }
    }

    fn message(&mut self, path: &[i32], scope: &str, message: &'a DescriptorProto) {
        if self.findings.removals.contains(path) {
            return;
        }
        let full_name = format!("{scope}{}", message.name());
        let is_map_entry = message.options.as_ref().is_some_and(|options| options.map_entry());
        if is_map_entry && !self.is_sound_map_entry(message) {
            self.remove(
                path,
                format!("the map `{full_name}` was left out: its entries are not a key and a value"),
            );
            return;
        }
        let oneofs = i32::try_from(message.oneof_decl.len()).unwrap_or(i32::MAX);
        let broken_oneof = message.oneof_decl.iter().any(|oneof| !is_identifier(oneof.name()));
        for (index, field) in indexed(&message.field) {
            let path = [path, &[tag::MESSAGE_FIELD, index]].concat();
            let in_oneof = field.oneof_index.is_none_or(|at| (0..oneofs).contains(&at) && !broken_oneof);
            if let Some(why) =
                self.field_problem(field).or((!in_oneof).then(|| "its oneof does not exist".to_owned()))
            {
                self.remove(
                    &path,
                    format!("the field `{full_name}.{}` was left out: {why}", shown(field.name())),
                );
            }
        }
        let inner = format!("{full_name}.");
        for (index, nested) in indexed(&message.nested_type) {
            self.message(&[path, &[tag::MESSAGE_MESSAGE, index]].concat(), &inner, nested);
        }
        for (index, extension) in indexed(&message.extension) {
            self.extension(&[path, &[tag::MESSAGE_EXTENSION, index]].concat(), &inner, extension);
        }
    }

    fn is_sound_map_entry(&mut self, message: &DescriptorProto) -> bool {
        let [key, value] = message.field.as_slice() else { return false };
        let key_type = !matches!(
            key.r#type(),
            Type::Double | Type::Float | Type::Group | Type::Message | Type::Bytes | Type::Enum
        );
        let numbers = (key.name(), key.number(), value.name(), value.number()) == ("key", 1, "value", 2);
        numbers && key_type && self.field_problem(value).is_none() && value.r#type() != Type::Group
    }

    fn field_problem(&mut self, field: &FieldDescriptorProto) -> Option<String> {
        if !is_identifier(field.name()) {
            return Some("its name is not valid".to_owned());
        }
        let known = match Type::try_from(field.r#type.unwrap_or_default()) {
            Ok(Type::Message | Type::Group) => self.resolves(field.type_name(), &[Definition::Message]),
            Ok(Type::Enum) => self.resolves(field.type_name(), &[Definition::Enum]),
            Ok(_) => true,
            // A type name alone is enough; the pool tells a message from an enum.
            Err(_) if field.r#type.is_none() => {
                self.resolves(field.type_name(), &[Definition::Message, Definition::Enum])
            }
            Err(_) => return Some("its type is not known".to_owned()),
        };
        (!known).then(|| {
            format!("nothing defines its type `{}`", shown(field.type_name().trim_start_matches('.')))
        })
    }

    fn extension(&mut self, path: &[i32], scope: &str, extension: &FieldDescriptorProto) {
        let extendee = self.resolves(extension.extendee(), &[Definition::Message]);
        let why = if extendee {
            self.field_problem(extension)
        } else {
            Some("nothing defines what it extends".to_owned())
        };
        if let Some(why) = why {
            self.remove(
                path,
                format!("the extension `{scope}{}` was left out: {why}", shown(extension.name())),
            );
        }
    }

    fn service(&mut self, path: &[i32], scope: &str, service: &ServiceDescriptorProto) {
        let full_name = format!("{scope}{}", shown(service.name()));
        if !is_identifier(service.name()) {
            self.remove(
                path,
                format!("a service of `{}` was left out: its name is not valid", self.file.name()),
            );
            return;
        }
        if let Some(first) = self.pool.get_service_by_name(&full_name) {
            let first = first.parent_file().name().to_owned();
            self.remove(
                path,
                format!("the service `{full_name}` is defined twice; the one in `{first}` counts"),
            );
            return;
        }
        let mut names = BTreeSet::new();
        let mut over = 0_usize;
        for (index, method) in indexed(&service.method) {
            let path = [path, &[tag::SERVICE_METHOD, index]].concat();
            let why = if !is_identifier(method.name()) {
                "its name is not valid".to_owned()
            } else if !names.insert(method.name()) {
                "it is defined twice".to_owned()
            } else if let Some(missing) = [method.input_type(), method.output_type()]
                .into_iter()
                .find(|name| !self.resolves(name, &[Definition::Message]))
            {
                format!("nothing defines its type `{}`", shown(missing.trim_start_matches('.')))
            } else if self.methods_left == 0 {
                over += 1;
                self.findings.removals.add(&path);
                continue;
            } else {
                self.methods_left -= 1;
                continue;
            };
            self.remove(
                &path,
                format!("the method `{full_name}.{}` was left out: {why}", shown(method.name())),
            );
        }
        if over > 0 {
            let kept = super::METHODS_MAX;
            let sentence =
                format!("{over} methods of `{full_name}` were left out: a service may have {kept} in all");
            self.findings.sentences.push(sentence);
        }
    }
}

/// A name from a stranger, short enough to print.
pub(crate) fn shown(name: &str) -> String {
    const SHOWN_MAX: usize = 100;
    if name.is_empty() {
        return "(no name)".to_owned();
    }
    name.chars().filter(|c| !c.is_control()).take(SHOWN_MAX).collect()
}
