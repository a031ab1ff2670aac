//! The manifests of an overlay.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::python;

/// Manifests, rendered: what the cluster would get.
#[derive(Clone, Debug)]
pub struct Manifests {
    text: String,
    objects: Vec<Value>,
}

impl Manifests {
    /// Those of a directory with a kustomization, rendered without any cluster.
    ///
    /// # Panics
    /// When they cannot be rendered.
    #[must_use]
    pub fn render(directory: &Path) -> Self {
        let mut kubectl = Command::new(python::program("kubectl"));
        let output = kubectl.arg("kustomize").arg(directory).output();
        let output = output.expect("kubectl came with the packages of the tests");
        let complaints = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{}: {complaints}", directory.display());
        // What kustomize warns of, deprecated fields above all, fails later.
        assert!(complaints.is_empty(), "{}: {complaints}", directory.display());
        Self::read(String::from_utf8(output.stdout).expect("YAML is UTF-8"))
    }

    /// Those of a text.
    ///
    /// # Panics
    /// When it is no YAML.
    #[must_use]
    pub fn read(text: String) -> Self {
        let objects = serde_saphyr::from_multiple(&text).expect("manifests are YAML");
        Self { text, objects }
    }

    /// The text.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// All objects.
    #[must_use]
    pub fn objects(&self) -> &[Value] {
        &self.objects
    }

    /// All objects of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = &Value> {
        self.objects.iter().filter(move |object| object["kind"] == *kind)
    }

    /// The object of a kind and a name, which of generated ones is followed by a hash.
    ///
    /// # Panics
    /// When it is not there, or not alone.
    #[must_use]
    pub fn get(&self, kind: &str, name: &str) -> &Value {
        let is_meant = |object: &&Value| {
            let found = text(object, "/metadata/name");
            let hash = found.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
            found == name || kind == "ConfigMap" && hash.is_some_and(|hash| hash.len() == 10)
        };
        let found: Vec<_> = self.of_kind(kind).filter(is_meant).collect();
        let [object] = found[..] else { panic!("{} of {kind}/{name}", found.len()) };
        object
    }

    /// The templates of all pods, each with the object that makes them.
    pub fn pods(&self) -> impl Iterator<Item = (&Value, &Value)> {
        self.objects.iter().filter_map(|object| Some((object, object.pointer("/spec/template")?)))
    }
}

/// The text at a place of an object.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn text<'a>(object: &'a Value, pointer: &str) -> &'a str {
    let found = object.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {object}"))
}

/// The whole number at a place of an object.
///
/// # Panics
/// When there is none.
#[must_use]
pub fn number(object: &Value, pointer: &str) -> u64 {
    let found = object.pointer(pointer).and_then(Value::as_u64);
    found.unwrap_or_else(|| panic!("no number at {pointer} of {object}"))
}

/// The items at a place of an object; none where nothing is.
#[must_use]
pub fn items<'a>(object: &'a Value, pointer: &str) -> &'a [Value] {
    object.pointer(pointer).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}
