//! Commands made from the services there are: `micro helloworld hello --name Ann` in a terminal, `/micro run helloworld
//! hello name:Ann` in chat. Words match names without regard to case, `-` and `_`.

use crate::{
    Error,
    arguments::{kebab, same_name},
    schema::{Description, GrpcService, Method, Schema, Unresolved},
    suggest,
};

/// The method the words name; none where they only name the service, or one of its gRPC services.
///
/// # Errors
/// NOT_FOUND with the nearest name, INVALID_ARGUMENT where several gRPC services have the method, or for a word too many.
pub fn find_method<'d>(description: &'d Description, words: &[String]) -> Result<Option<&'d Method>, Error> {
    match words {
        [] => Ok(None),
        [word] => by_word(description, word),
        [service, word] => {
            let Some(grpc) = grpc_service(&description.schema, service) else {
                return Err(match by_word(description, service)? {
                    Some(_) => one_too_many(word),
                    None => unknown_method(description, service),
                });
            };
            let method = grpc.methods.iter().find(|method| same_name(&method.name, word));
            method.map(Some).ok_or_else(|| unknown_method(description, word))
        }
        [.., extra] => Err(one_too_many(extra)),
    }
}

fn by_word<'d>(description: &'d Description, word: &str) -> Result<Option<&'d Method>, Error> {
    let schema = &description.schema;
    if let Ok(method) = schema.method(word) {
        return Ok(Some(method));
    }
    let same: Vec<&Method> = schema.methods().filter(|method| same_name(&method.name, word)).collect();
    match same.as_slice() {
        [only] => Ok(Some(only)),
        [] if grpc_service(schema, word).is_some() => Ok(None),
        [] => Err(unknown_method(description, word)),
        several => {
            let way = |method: &&Method| {
                let (service, name) = (kebab(short(&method.service)), kebab(&method.name));
                format!("micro {} {service} {name}", description.service)
            };
            let ways: Vec<String> = several.iter().map(way).collect();
            let ways = ways.join("; ");
            Err(Error::invalid(format!("several gRPC services have `{word}`; write one of: {ways}")))
        }
    }
}

/// The method with this name, in one of the spellings of `micro call`.
///
/// # Errors
/// NOT_FOUND with the nearest name; INVALID_ARGUMENT where several gRPC services have it.
pub fn method<'d>(description: &'d Description, name: &str) -> Result<&'d Method, Error> {
    description.schema.method(name).map_err(|unresolved| match unresolved {
        Unresolved::Unknown(near) => {
            let near = near.map(|near| format!(" Did you mean {near}?")).unwrap_or_default();
            Error::not_found(format!("Service `{}` has no method `{name}`.{near}", description.service))
        }
        Unresolved::Ambiguous(names) => {
            Error::invalid(format!("`{name}` is in several gRPC services: {}.", names.join(", ")))
        }
    })
}

/// The gRPC service a word names, by its last part or its full name.
#[must_use]
pub fn grpc_service<'s>(schema: &'s Schema, word: &str) -> Option<&'s GrpcService> {
    schema.services.iter().find(|service| same_name(short(&service.name), word) || service.name == word)
}

/// The last part of a full name.
#[must_use]
pub fn short(name: &str) -> &str {
    name.rsplit('.').next().unwrap_or(name)
}

fn one_too_many(word: &str) -> Error {
    Error::invalid(format!("`{word}` is one word too many; fields are given by name"))
}

fn unknown_method(description: &Description, word: &str) -> Error {
    let names: Vec<String> = description.schema.methods().map(|method| kebab(&method.name)).collect();
    let near = suggest::nearest(word, names.iter().map(String::as_str));
    let hint = match near {
        Some(near) => format!(" Did you mean {near}?"),
        None => {
            format!(" It has: {}.", names.iter().take(LISTED_MAX).cloned().collect::<Vec<_>>().join(", "))
        }
    };
    Error::not_found(format!("Service `{}` has no method `{word}`.{hint}", description.service))
}

/// Methods named in an error at most.
const LISTED_MAX: usize = 10;
