//! The Python of the tests, and the programs that were installed beside it.

use std::env;
use std::path::PathBuf;

/// Names the interpreter that has the packages of `tests/python/requirements.txt`.
const VARIABLE: &str = "BELLWETHER_PYTHON";

/// The interpreter.
///
/// # Panics
/// When nobody named it.
#[must_use]
pub fn interpreter() -> PathBuf {
    env::var_os(VARIABLE).map(PathBuf::from).unwrap_or_else(|| {
        panic!(
            "{VARIABLE} is not set. `cargo xtask test --install` makes the environment that this \
             test needs and sets it; after that, `{VARIABLE}=$PWD/target/python/bin/python cargo \
             test -p bellwether-tests` does too"
        )
    })
}

/// A program that one of those packages brought, as `kubectl`.
///
/// # Panics
/// When nobody named the interpreter.
#[must_use]
pub fn program(name: &str) -> PathBuf {
    interpreter().with_file_name(name)
}

/// A script of `tests/python`.
#[must_use]
pub fn script(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "python", name].iter().collect()
}
