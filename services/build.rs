//! Compiles the protos of the base services without protoc, and keeps each one's descriptors.
//!
//! A service's descriptor set holds its own file, whatever that imports, and the comments of both: it is all a
//! caller needs to understand the service. Message types and server code go to `OUT_DIR/<package>.rs`, the
//! descriptors to `OUT_DIR/<name>.binpb`.

use std::error::Error;
use std::path::PathBuf;

/// Each base service by its catalog name; its proto is `proto/<name>/v1/<name>.proto`.
const SERVICES: [&str; 8] = ["cache", "helloworld", "id", "otp", "password", "qr", "time", "url"];

/// Messages that carry a password or a shared secret: their `Debug` is written by hand and leaves it out.
const SECRETIVE: [&str; 5] = [
    "otp.v1.GenerateRequest",
    "otp.v1.GenerateResponse",
    "otp.v1.ValidateRequest",
    "password.v1.GenerateResponse",
    "password.v1.StrengthRequest",
];

#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how cargo tells a build script where to write"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let out = PathBuf::from(std::env::var_os("OUT_DIR").ok_or("cargo did not set OUT_DIR")?);
    for name in SERVICES {
        let mut compiler = protox::Compiler::new(["proto"])?;
        compiler.include_imports(true).include_source_info(true);
        compiler.open_file(format!("{name}/v1/{name}.proto"))?;
        // Encoded by the compiler itself: going through prost's own types would lose options they do not know.
        std::fs::write(out.join(format!("{name}.binpb")), compiler.encode_file_descriptor_set())?;
        tonic_prost_build::configure()
            .client_mod_attribute(".", "#[cfg(test)]")
            .bytes(".")
            .skip_debug(SECRETIVE)
            .compile_fds(compiler.file_descriptor_set())?;
    }
    Ok(())
}
