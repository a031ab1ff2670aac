//! From JSON to a message.
//!
//! The walk is ours, so that an error can say where it is; a single value that is neither object nor
//! list is given to prost-reflect, which knows base64, RFC 3339 and the ranges of numbers.

use std::collections::{HashMap, HashSet};

use prost_reflect::{
    DynamicMessage, EnumDescriptor, FieldDescriptor, Kind, MapKey, MessageDescriptor,
    OneofDescriptor, Value as Dynamic,
};
use serde_json::Value;

use super::duration;
use super::error::{JsonError, Path};

/// The most messages within each other: below what prost decodes (100), and far above what a job
/// needs.
const MAX_DEPTH: usize = 64;

/// The message of the type `descriptor` that `json` describes.
pub(super) fn message(
    json: &Value,
    descriptor: &MessageDescriptor,
) -> Result<DynamicMessage, JsonError> {
    object(json, descriptor, &Path::default())
}

fn object(
    json: &Value,
    descriptor: &MessageDescriptor,
    path: &Path,
) -> Result<DynamicMessage, JsonError> {
    let Value::Object(members) = json else {
        return Err(JsonError::value(path, json, "an object"));
    };
    if path.depth > MAX_DEPTH {
        return Err(JsonError::TooDeep { path: path.to_string(), allowed: MAX_DEPTH });
    }
    let mut message = DynamicMessage::new(descriptor.clone());
    let mut seen = HashSet::new();
    for (name, member) in members {
        let path = path.field(name);
        let Some(field) = field(descriptor, name) else {
            let allowed = names(descriptor.fields());
            return Err(JsonError::UnknownField { path: path.to_string(), allowed });
        };
        if !seen.insert(field.number()) {
            return Err(JsonError::Twice { path: path.to_string() });
        }
        if member.is_null() {
            continue;
        }
        if let Some((other, oneof)) = excluding(&message, &field) {
            let allowed = names(oneof.fields());
            return Err(JsonError::Excluded { path: path.to_string(), other, allowed });
        }
        let value = any(member, &field, &path)?;
        let set = message.try_set_field(&field, value);
        set.map_err(|_| JsonError::value(&path, member, allowed(&field.kind())))?;
    }
    Ok(message)
}

/// The field of that name, in snake_case or in lowerCamelCase.
fn field(descriptor: &MessageDescriptor, name: &str) -> Option<FieldDescriptor> {
    descriptor.get_field_by_name(name).or_else(|| descriptor.get_field_by_json_name(name))
}

fn names(fields: impl Iterator<Item = FieldDescriptor>) -> Vec<String> {
    fields.map(|field| field.name().to_owned()).collect()
}

/// The field, already set, of which `field` is an alternative.
fn excluding(
    message: &DynamicMessage,
    field: &FieldDescriptor,
) -> Option<(String, OneofDescriptor)> {
    let oneof = field.containing_oneof()?;
    let other = oneof.fields().find(|other| message.has_field(other))?;
    Some((other.name().to_owned(), oneof))
}

fn any(json: &Value, field: &FieldDescriptor, path: &Path) -> Result<Dynamic, JsonError> {
    if field.is_list() {
        let Value::Array(items) = json else {
            return Err(JsonError::value(path, json, "a list"));
        };
        let items = items.iter().enumerate();
        let items = items.map(|(index, item)| single(item, field, &path.item(index)));
        return Ok(Dynamic::List(items.collect::<Result<_, _>>()?));
    }
    match field.kind() {
        Kind::Message(entry) if entry.is_map_entry() => map(json, &entry, path),
        _ => single(json, field, path),
    }
}

/// The maps of the package are keyed by text, which `tests/schema.rs` holds.
fn map(json: &Value, entry: &MessageDescriptor, path: &Path) -> Result<Dynamic, JsonError> {
    let Value::Object(members) = json else {
        return Err(JsonError::value(path, json, "an object of names and values"));
    };
    let field = entry.map_entry_value_field();
    let mut entries = HashMap::new();
    for (key, member) in members {
        let value = single(member, &field, &path.entry(key))?;
        entries.insert(MapKey::String(key.clone()), value);
    }
    Ok(Dynamic::Map(entries))
}

/// One value of `field`, be it the field's own, an item of its list or an entry of its map.
fn single(json: &Value, field: &FieldDescriptor, path: &Path) -> Result<Dynamic, JsonError> {
    match field.kind() {
        Kind::Enum(kind) => enum_value(json, &kind, path),
        Kind::Message(kind) if !is_text(&kind) => Ok(Dynamic::Message(object(json, &kind, path)?)),
        kind => {
            let parsed = canonical(json, &kind).and_then(|json| parse(json, field));
            parsed.ok_or_else(|| JsonError::value(path, json, allowed(&kind)))
        }
    }
}

/// The value as proto3 JSON writes it, where we take more than that. `None` when it is not
/// understood.
fn canonical(json: &Value, kind: &Kind) -> Option<Value> {
    let (Value::String(text), Kind::Message(kind)) = (json, kind) else {
        return Some(json.clone());
    };
    match kind.full_name() {
        DURATION => duration::canonical(text).map(Value::from),
        FIELD_MASK => Some(camel_case(text).into()),
        _ => Some(json.clone()),
    }
}

/// The paths of a field mask, in snake_case or not, in lowerCamelCase.
fn camel_case(paths: &str) -> String {
    let mut words = paths.split('_');
    let mut camel = words.next().unwrap_or_default().to_owned();
    for word in words {
        let mut letters = word.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// A value without parts, as proto3 JSON defines it: read as the only one of its message.
fn parse(json: Value, field: &FieldDescriptor) -> Option<Dynamic> {
    if json.is_null() {
        return None;
    }
    let json = if field.is_list() { Value::from(vec![json]) } else { json };
    let document = Value::from_iter([(field.name(), json)]);
    let message = DynamicMessage::deserialize(field.parent_message().clone(), document).ok()?;
    match message.get_field(field).into_owned() {
        Dynamic::List(items) => items.into_iter().next(),
        value => Some(value),
    }
}

/// A value by its full or its short name in any case, or by its number.
fn enum_value(json: &Value, kind: &EnumDescriptor, path: &Path) -> Result<Dynamic, JsonError> {
    let number = match json {
        Value::String(text) => {
            let wanted = text.to_ascii_uppercase();
            let mut values = kind.values();
            values.find(|value| value.name() == wanted || short(kind, value.name()) == wanted)
        }
        Value::Number(number) => {
            let number = number.as_i64().and_then(|number| i32::try_from(number).ok());
            number.and_then(|number| kind.get_value(number))
        }
        _ => None,
    };
    let number = number.map(|value| Dynamic::EnumNumber(value.number()));
    number.ok_or_else(|| {
        let default = kind.default_value();
        let values = kind.values().filter(|value| *value != default);
        let names: Vec<_> = values.map(|value| short(kind, value.name()).to_owned()).collect();
        JsonError::value(path, json, format!("one of {}", names.join(", ")))
    })
}

/// The name of a value without the prefix that all values of its enum share.
fn short<'a>(kind: &EnumDescriptor, name: &'a str) -> &'a str {
    let default = kind.default_value();
    let prefix = default.name().strip_suffix("UNSPECIFIED");
    prefix.and_then(|prefix| name.strip_prefix(prefix)).unwrap_or(name)
}

const DURATION: &str = "google.protobuf.Duration";
const TIMESTAMP: &str = "google.protobuf.Timestamp";
const FIELD_MASK: &str = "google.protobuf.FieldMask";

/// Whether JSON has a text for the message rather than an object.
fn is_text(kind: &MessageDescriptor) -> bool {
    [DURATION, TIMESTAMP, FIELD_MASK].contains(&kind.full_name())
}

fn allowed(kind: &Kind) -> String {
    match kind {
        Kind::Double | Kind::Float => "a number".to_owned(),
        Kind::Int32 | Kind::Sint32 | Kind::Sfixed32 => whole(i32::MIN, i32::MAX),
        Kind::Int64 | Kind::Sint64 | Kind::Sfixed64 => whole(i64::MIN, i64::MAX),
        Kind::Uint32 | Kind::Fixed32 => whole(u32::MIN, u32::MAX),
        Kind::Uint64 | Kind::Fixed64 => whole(u64::MIN, u64::MAX),
        Kind::Bool => "true or false".to_owned(),
        Kind::String => "a string".to_owned(),
        Kind::Bytes => "a string of base64".to_owned(),
        Kind::Enum(kind) => format!("a value of {}", kind.name()),
        Kind::Message(kind) => match kind.full_name() {
            DURATION => r#"a duration such as "90s", "1.5s", "5m" or "1h30m""#,
            TIMESTAMP => r#"an RFC 3339 time with its offset, such as "2026-01-31T09:00:00Z""#,
            FIELD_MASK => r#"names of fields by commas, such as "description,policy.timeout""#,
            _ => "an object",
        }
        .to_owned(),
    }
}

fn whole(least: impl std::fmt::Display, most: impl std::fmt::Display) -> String {
    format!("a whole number from {least} to {most}")
}
