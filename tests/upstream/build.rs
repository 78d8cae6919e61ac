//! Generates the service and keeps its descriptor set, for reflection and for peers that read one.

use prost::Message as _;

#[expect(clippy::disallowed_methods, reason = "cargo names the folder this way")]
fn main() -> anyhow::Result<()> {
    println!("cargo:rerun-if-changed=proto");
    let descriptors = protox::compile(["greeter.proto"], ["proto"])?;
    let out = std::env::var_os("OUT_DIR").map(std::path::PathBuf::from).unwrap_or_default();
    std::fs::write(out.join("greeter.binpb"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure().build_client(false).compile_fds(descriptors)?;
    Ok(())
}
