//! Rules for the manifests of the workspace.

use super::{hold, in_each_crate, root};

/// A crate without the two lines is checked by nobody's lints but the compiler's own.
fn lints_that_are_not_inherited(manifest: &str) -> Vec<String> {
    let lines = manifest.lines().map(str::trim);
    let section = lines.skip_while(|&line| line != "[lints]").skip(1);
    let inherits = section
        .take_while(|line| !line.starts_with('['))
        .any(|line| line.replace(' ', "") == "workspace=true");
    if inherits { Vec::new() } else { vec!["wants `[lints]` with `workspace = true`".to_owned()] }
}

#[test]
fn every_crate_inherits_the_lints() {
    let mut manifests = in_each_crate("Cargo.toml");
    manifests.extend(["tests", "xtask"].map(|member| root().join(member).join("Cargo.toml")));
    hold(&manifests, lints_that_are_not_inherited);
}

#[test]
fn lints_of_its_own_are_seen() {
    let cases = [
        ("[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n\n[dependencies]\n", true),
        ("[lints]\nworkspace=true\n", true),
        ("[package]\nname = \"a\"\n", false),
        ("[lints]\nworkspace = false\n", false),
        ("[lints.clippy]\ntodo = \"deny\"\n", false),
        ("[lints]\n[dependencies.a]\nworkspace = true\n", false),
    ];
    for (manifest, fine) in cases {
        assert_eq!(lints_that_are_not_inherited(manifest).is_empty(), fine, "{manifest}");
    }
}
