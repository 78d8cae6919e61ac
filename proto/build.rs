//! Compiles the platform's .proto files without protoc, keeps their descriptors, and refuses a method that declares no
//! permission.

use anyhow::{Context as _, Result, bail};
use prost_reflect::{DescriptorPool, Value};
use std::{env, fs, path::PathBuf};

const FILES: [&str; 5] = [
    "micro/v1/registry.proto",
    "micro/v1/gateway.proto",
    "micro/v1/identity.proto",
    "micro/v1/chat.proto",
    "micro/v1/team.proto",
];

#[expect(clippy::disallowed_methods, reason = "cargo tells build scripts where to write by environment")]
fn main() -> Result<()> {
    println!("cargo:rerun-if-changed=micro");
    let mut compiler = protox::Compiler::new(["."])?;
    compiler.include_imports(true).include_source_info(true).open_files(FILES)?;
    // Encoded by the compiler itself: prost's own types would drop the permission options.
    let encoded = compiler.encode_file_descriptor_set();
    let permissions = permissions(&encoded)?;

    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptors.binpb"), &encoded)?;
    fs::write(out.join("permissions.rs"), permissions)?;
    tonic_prost_build::configure().compile_fds(compiler.file_descriptor_set())?;
    Ok(())
}

/// The table of every method's path and permission, as Rust source.
fn permissions(encoded: &[u8]) -> Result<String> {
    let pool = DescriptorPool::decode(encoded)?;
    let option =
        pool.get_extension_by_name("micro.v1.permission").context("options.proto lacks `permission`")?;
    let mut rows = String::from("&[\n");
    for service in pool.services().filter(|service| service.package_name() == "micro.v1") {
        for method in service.methods() {
            let number = match method.options().get_extension(&option).as_ref() {
                Value::EnumNumber(number) => *number,
                other => bail!("{}: permission is {other:?}", method.full_name()),
            };
            if number == 0 {
                bail!("{} declares no permission: add `option (permission) = ...;`", method.full_name());
            }
            rows += &format!("(\"/{}/{}\", {number}),\n", service.full_name(), method.name());
        }
    }
    rows.push(']');
    Ok(rows)
}
