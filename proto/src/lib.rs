//! Micro's own gRPC API: the generated types of `micro.v1`, its descriptors, the permission each method demands, and the
//! conversions to and from the domain's types.
//!
//! Generated types stop here: the client and the platform's service files convert, everything else speaks `micro_domain`.

pub mod error;
mod from_domain;
pub mod schema;
mod team;
mod to_domain;

use micro_domain::identity::Permission;

/// Generated from `micro/v1/*.proto`.
pub mod v1 {
    #![expect(clippy::allow_attributes, reason = "generated")]
    tonic::include_proto!("micro.v1");
}

/// A serialized `google.protobuf.FileDescriptorSet` of `micro.v1` with its imports, options and comments.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.binpb"));

/// Every method's path and the number of the permission it demands.
const PERMISSIONS: &[(&str, i32)] = include!(concat!(env!("OUT_DIR"), "/permissions.rs"));

/// The permission the method at `path` (`/micro.v1.Service/Method`) demands; none where there is no such method.
#[must_use]
pub fn permission_of(path: &str) -> Option<Permission> {
    let number = PERMISSIONS.iter().find(|row| row.0 == path)?.1;
    match v1::Permission::try_from(number).ok()? {
        v1::Permission::Unspecified => None,
        v1::Permission::Public => Some(Permission::Public),
        v1::Permission::Account => Some(Permission::Account),
        v1::Permission::ServicesRead => Some(Permission::ServicesRead),
        v1::Permission::ServicesCall => Some(Permission::ServicesCall),
        v1::Permission::ServicesRegister => Some(Permission::ServicesRegister),
        v1::Permission::Credentials => Some(Permission::Credentials),
        v1::Permission::Bot => Some(Permission::Bot),
    }
}

/// The paths of all methods of `micro.v1`, for tests that try each.
pub fn method_paths() -> impl Iterator<Item = &'static str> {
    PERMISSIONS.iter().map(|row| row.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_method_has_a_permission_and_strangers_have_none() {
        assert!(method_paths().count() > 10);
        assert!(method_paths().all(|path| permission_of(path).is_some()));
        assert_eq!(permission_of("/micro.v1.IdentityService/RedeemSignInLink"), Some(Permission::Public));
        assert_eq!(permission_of("/micro.v1.IdentityService/Nothing"), None);
    }
}
