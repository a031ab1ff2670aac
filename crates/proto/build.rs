//! Compiles `proto/` in pure Rust, so that nobody needs a `protoc`, into the messages, the clients
//! and servers, and the descriptor set that reflection and JSON go by.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use prost::Message;

const ROOT: &str = "../../proto";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={ROOT}");

    let mut compiler = protox::Compiler::new([ROOT])?;
    compiler.include_imports(true).include_source_info(true);
    compiler.open_files(sources()?)?;
    let mut set = compiler.file_descriptor_set();

    // The comments of the .proto files become the documentation of the generated code.
    let mut config = tonic_prost_build::Config::new();
    config.enable_type_names();
    // Ordered maps: equal messages have equal bytes.
    config.btree_map(["."]);
    tonic_prost_build::configure().compile_fds_with_config(set.clone(), config)?;

    // Reflection and JSON have no use for them: without, the set is a fraction of the size.
    for file in &mut set.file {
        file.source_code_info = None;
    }
    let out = PathBuf::from(env::var("OUT_DIR")?);
    fs::write(out.join("descriptor_set.bin"), set.encode_to_vec())?;
    Ok(())
}

/// Every .proto file of the package, in a fixed order.
fn sources() -> Result<Vec<PathBuf>, Box<dyn Error>> {
    let package = PathBuf::from(ROOT).join("bellwether/v1");
    let mut files = Vec::new();
    for entry in fs::read_dir(&package)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "proto") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
