//! The first stage: what was given, as text, and where.

use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};

use figment::providers::{Format, Toml};
use figment::value::{Dict, Map, Value};
use figment::{Error, Figment, Metadata, Profile, Provider};

use super::{Flags, keys};
use crate::failure::Failure;

/// What was given, the stronger source before the weaker.
pub(crate) struct Raw {
    figment: Figment,
    /// What may be a mistake and is none for certain.
    pub(crate) warnings: Vec<String>,
}

/// Where a setting comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    /// A flag.
    Flag(String),
    /// An environment variable.
    Env(String),
    /// A key in a file.
    File(String, PathBuf),
    /// Nothing was said.
    Default,
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => f.write_str(flag),
            Self::Env(variable) => f.write_str(variable),
            Self::File(key, path) => write!(f, "{key} in {}", path.display()),
            Self::Default => f.write_str("default"),
        }
    }
}

/// One source, as figment wants it.
struct Layer {
    name: &'static str,
    file: Option<PathBuf>,
    dict: Dict,
}

const FLAG: &str = "flag";
const ENV: &str = "environment";
const FILE: &str = "file";

impl Provider for Layer {
    fn metadata(&self) -> Metadata {
        match &self.file {
            Some(path) => Metadata::from(self.name, path.as_path()),
            None => Metadata::named(self.name),
        }
    }

    fn data(&self) -> Result<Map<Profile, Dict>, Error> {
        Ok(Profile::Default.collect(self.dict.clone()))
    }
}

impl Raw {
    /// Reads the flags, the file that they or the environment name, and `env`.
    ///
    /// # Errors
    /// The file cannot be read, is no TOML or has an unknown key: exit 2.
    pub(crate) fn read(
        flags: &Flags,
        env: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, Failure> {
        let env: Vec<_> = env.filter(|(_, value)| !value.is_empty()).collect();
        let named = env.iter().find(|(name, _)| *name == keys::env_of("config"));
        let file = flags.config.clone().or_else(|| named.map(|(_, path)| PathBuf::from(path)));
        let mut figment = Figment::new();
        if let Some(path) = file {
            figment = figment.merge(file_layer(&path)?);
        }
        let figment = figment.merge(env_layer(&env)).merge(flag_layer(flags)?);
        Ok(Self { figment, warnings: strangers(&env) })
    }

    /// The text of a setting; `Err` when it is no single value.
    pub(crate) fn text(&self, key: &str) -> Option<Result<String, String>> {
        let value = self.figment.find_value(key).ok()?;
        Some(text_of(&value).ok_or_else(|| "takes a single value".to_owned()))
    }

    /// The texts of a setting that is a list: an array, or a text with commas.
    pub(crate) fn list(&self, key: &str) -> Result<Vec<String>, String> {
        match self.figment.find_value(key) {
            Err(_) => Ok(Vec::new()),
            Ok(Value::Array(_, items)) => items
                .iter()
                .map(|item| text_of(item).ok_or_else(|| "takes a list of texts".to_owned()))
                .collect(),
            Ok(value) => {
                let text = text_of(&value).ok_or("takes a list of texts")?;
                Ok(text.split(',').map(|item| item.trim().to_owned()).collect())
            }
        }
    }

    /// The value of a setting that is a table.
    pub(crate) fn table(&self, key: &str) -> Option<serde_json::Value> {
        let value = self.figment.find_value(key).ok()?;
        serde_json::to_value(&value).ok()
    }

    /// Where a setting comes from.
    pub(crate) fn origin(&self, key: &str) -> Origin {
        let Some(metadata) = self.figment.find_metadata(key) else { return Origin::Default };
        match (metadata.name.as_ref(), metadata.source.as_ref().and_then(|s| s.file_path())) {
            (FLAG, _) => Origin::Flag(keys::flag_of(key)),
            (ENV, _) => Origin::Env(keys::env_of(key)),
            (_, path) => Origin::File(key.to_owned(), path.map(Path::to_owned).unwrap_or_default()),
        }
    }
}

fn text_of(value: &Value) -> Option<String> {
    match value {
        Value::String(_, text) => Some(text.clone()),
        Value::Bool(_, truth) => Some(truth.to_string()),
        Value::Num(_, number) => number
            .to_i128()
            .map(|whole| whole.to_string())
            .or_else(|| number.to_f64().map(|real| real.to_string())),
        Value::Char(_, character) => Some(character.to_string()),
        Value::Empty(..) | Value::Dict(..) | Value::Array(..) => None,
    }
}

fn flag_layer(flags: &Flags) -> Result<Layer, Failure> {
    let value = Value::serialize(flags)
        .map_err(|error| Failure::failed(format!("cannot read the flags: {error}")))?;
    let given = |value: &Value| match value {
        Value::Empty(..) => false,
        Value::Array(_, items) => !items.is_empty(),
        _ => true,
    };
    let mut dict = value.into_dict().unwrap_or_default();
    dict.retain(|_, value| given(value));
    Ok(Layer { name: FLAG, file: None, dict })
}

/// Texts stay texts here: a node may well be called `007`.
fn env_layer(env: &[(String, String)]) -> Layer {
    let found = |key: &str| {
        let name = keys::env_of(key);
        env.iter().find(|(variable, _)| *variable == name).map(|(_, value)| value.clone())
    };
    let dict = keys::in_env()
        .filter_map(|key| found(key).map(|value| (key.to_owned(), Value::from(value))))
        .collect();
    Layer { name: ENV, file: None, dict }
}

fn file_layer(path: &Path) -> Result<Layer, Failure> {
    let shown = path.display();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {shown}: {error}")))?;
    let dict: Dict = Toml::from_str(&text)
        .map_err(|error| Failure::usage(format!("{shown}: not TOML: {error}")))?;
    for key in dict.keys() {
        if !keys::in_file().any(|known| known == key) {
            let hint = keys::hint(key, keys::in_file());
            return Err(Failure::usage(format!("{shown}: unknown key {key:?}; {hint}")));
        }
    }
    Ok(Layer { name: FILE, file: Some(path.to_owned()), dict })
}

/// Variables that look like ours and are not. They may be another program's, so they are no error.
fn strangers(env: &[(String, String)]) -> Vec<String> {
    let known: Vec<_> = keys::in_env().map(keys::env_of).collect();
    env.iter()
        .map(|(name, _)| name)
        .filter(|name| name.starts_with(keys::ENV_PREFIX) && !keys::is_foreign_env(name))
        .filter(|name| !known.contains(name))
        .map(|name| {
            let key = name.strip_prefix(keys::ENV_PREFIX).unwrap_or(name);
            match keys::nearest(key, keys::in_env()) {
                Some(near) => format!(
                    "the environment variable {name} sets nothing; did you mean {}?",
                    keys::env_of(near)
                ),
                None => format!("the environment variable {name} sets nothing"),
            }
        })
        .collect()
}
