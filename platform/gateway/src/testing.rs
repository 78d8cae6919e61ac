//! What the tests of this crate share: descriptors of every type, and real services that speak them.

#![expect(clippy::unwrap_used, reason = "tests")]

use crate::options::OwnTokens;
use crate::table::Description;
use bytes::Bytes;
use micro_domain::Error;
use micro_domain::access::{Access, Policy};
use micro_domain::identity::{CredentialKind, CredentialRef, Principal};
use prost_reflect::MessageDescriptor;
use std::sync::{Arc, LazyLock};

/// `testdata/everything.proto` with its imports and comments, as a serialized `FileDescriptorSet`.
pub(crate) static EVERYTHING: LazyLock<Bytes> = LazyLock::new(|| {
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/testdata");
    let mut compiler = protox::Compiler::new([root]).unwrap();
    compiler.include_imports(true).include_source_info(true);
    compiler.open_file("everything.proto").unwrap();
    compiler.encode_file_descriptor_set().into()
});

/// The description of a service that offers everything.
pub(crate) fn description() -> Description {
    let built = crate::pool::build(crate::pool::split(&EVERYTHING));
    Description::new("everything", "", built, None)
}

/// The owner, with an account of this id.
pub(crate) fn principal(account_id: &str) -> Principal {
    let credential =
        CredentialRef { kind: CredentialKind::Token, id: "credential".to_owned(), name: "test".to_owned() };
    Principal {
        account_id: account_id.to_owned(),
        account: account_id.to_owned(),
        access: Access::new(Policy::alone(account_id)),
        credential,
    }
}

/// Everyone holds the token `mine` and no other.
pub(crate) fn own_tokens() -> OwnTokens {
    Arc::new(|principal, id| {
        let found = (id == "mine").then_some(principal);
        Box::pin(std::future::ready(found.ok_or_else(|| Error::not_found("no such token"))))
    })
}

/// A message of `everything.v1`.
pub(crate) fn message(name: &str) -> MessageDescriptor {
    let built = crate::pool::build(crate::pool::split(&EVERYTHING));
    assert_eq!(built.omitted, Vec::<String>::new());
    built.pool.get_message_by_name(&format!("everything.v1.{name}")).unwrap()
}
