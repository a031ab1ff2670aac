//! What holds of every message of the package, whatever is in it.

use proptest::prelude::*;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage};

use super::super::{POOL, from_json, read, to_json};
use super::*;

/// Any JSON at all, with names and words of ours among it, so that it gets somewhere.
fn anything() -> impl Strategy<Value = Value> {
    let word = prop_oneof![
        Just("quartz".to_owned()),
        Just("1h30m".to_owned()),
        Just("2026-01-31T09:00:00Z".to_owned()),
        ".{0,12}",
    ];
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word.prop_map(Value::from),
    ];
    let fields: Vec<_> = POOL.get_message_by_name("bellwether.v1.Job").unwrap().fields().collect();
    let name = prop_oneof![
        proptest::sample::select(fields).prop_map(|field| field.name().to_owned()),
        proptest::sample::select(vec!["cron", "any", "triggers", "every", "at", "http", "body"])
            .prop_map(str::to_owned),
        ".{0,6}",
    ];
    leaf.prop_recursive(6, 48, 6, move |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            proptest::collection::btree_map(name.clone(), inner, 0..6).prop_map(Value::from_iter),
        ]
    })
}

/// JSON that describes a message of the type, in the various ways in which it may be written.
fn valid(descriptor: &MessageDescriptor, depth: u32) -> BoxedStrategy<Value> {
    let alone = descriptor
        .fields()
        .filter(|field| field.containing_oneof().is_none_or(|oneof| oneof.is_synthetic()));
    let mut parts: Vec<_> = alone.map(|field| member(&field, depth)).collect();
    for oneof in descriptor.oneofs().filter(|oneof| !oneof.is_synthetic()) {
        let choices: Vec<_> = oneof.fields().map(|field| member(&field, depth)).collect();
        parts.push(proptest::strategy::Union::new(choices).boxed());
    }
    parts.prop_map(|members| Value::from_iter(members.into_iter().flatten())).boxed()
}

/// A field with its name, or nothing.
fn member(field: &FieldDescriptor, depth: u32) -> BoxedStrategy<Option<(String, Value)>> {
    let value = match field.kind() {
        Kind::Message(_) if depth == 0 => return Just(None).boxed(),
        Kind::Message(entry) if entry.is_map_entry() => {
            let values = single(&entry.map_entry_value_field(), depth);
            proptest::collection::btree_map(".{0,4}", values, 0..3)
                .prop_map(Value::from_iter)
                .boxed()
        }
        _ if field.is_list() => {
            proptest::collection::vec(single(field, depth), 0..3).prop_map(Value::from).boxed()
        }
        _ => single(field, depth),
    };
    let names = vec![field.name().to_owned(), field.json_name().to_owned()];
    let value = (proptest::sample::select(names), value);
    proptest::option::of(value).boxed()
}

fn single(field: &FieldDescriptor, depth: u32) -> BoxedStrategy<Value> {
    match field.kind() {
        Kind::Bool => any::<bool>().prop_map(Value::from).boxed(),
        Kind::Int32 => any::<i32>().prop_map(Value::from).boxed(),
        Kind::Int64 => prop_oneof![
            any::<i64>().prop_map(Value::from),
            any::<i64>().prop_map(|number| Value::from(number.to_string())),
        ]
        .boxed(),
        Kind::Double => any::<f64>()
            .prop_filter("JSON has no such number", |n| n.is_finite())
            .prop_map(Value::from)
            .boxed(),
        Kind::String => ".{0,8}".prop_map(Value::from).boxed(),
        Kind::Bytes => {
            prop_oneof![Just("AP8+"), Just("AP8-"), Just("")].prop_map(Value::from).boxed()
        }
        Kind::Enum(kind) => {
            let names = kind.values().flat_map(|value| {
                let full = value.name().to_owned();
                let prefix = kind.default_value().name().replace("UNSPECIFIED", "");
                let short = full.strip_prefix(&prefix).unwrap().to_owned();
                [
                    Value::from(short.to_lowercase()),
                    short.into(),
                    full.into(),
                    value.number().into(),
                ]
            });
            proptest::sample::select(names.collect::<Vec<_>>()).boxed()
        }
        Kind::Message(kind) => match kind.full_name() {
            "google.protobuf.Timestamp" => {
                (-62_135_596_800..=253_402_300_799_i64, 0..1_000_000_000)
                    .prop_map(|(seconds, nanos)| {
                        Value::from(prost_types::Timestamp { seconds, nanos }.to_string())
                    })
                    .boxed()
            }
            "google.protobuf.Duration" => prop_oneof![
                "-?[0-9]{1,6}(\\.[0-9]{1,9})?s",
                "([0-9]{1,3}h)?[0-9]{1,4}m ?([0-9]{1,3}ms)?",
            ]
            .prop_map(Value::from)
            .boxed(),
            "google.protobuf.FieldMask" => Just(Value::from("labels,policy.maxLost")).boxed(),
            _ => valid(&kind, depth - 1),
        },
        other => panic!("{}: no rule for {other:?}", field.full_name()),
    }
}

/// Any message type of the package and JSON for it.
fn message() -> impl Strategy<Value = (MessageDescriptor, Value)> {
    let ours = POOL.all_messages().filter(|message| message.package_name() == "bellwether.v1");
    let types: Vec<_> = ours.filter(|message| !message.is_map_entry()).collect();
    proptest::sample::select(types).prop_flat_map(|descriptor| {
        let json = valid(&descriptor, 5);
        (Just(descriptor), json)
    })
}

/// The message as a receiver has it: without the defaults that are not sent.
fn on_the_wire(message: &DynamicMessage) -> DynamicMessage {
    DynamicMessage::decode(message.descriptor(), message.encode_to_vec().as_slice()).unwrap()
}

/// Every place in the document that holds something, as a path of ours and as a JSON pointer.
fn places(json: &Value, path: &str, pointer: &str, found: &mut Vec<(String, String)>) {
    found.push((path.to_owned(), pointer.to_owned()));
    match json {
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                let path = format!("{path}[{index}]");
                places(item, &path, &format!("{pointer}/{index}"), found);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                let token = name.replace('~', "~0").replace('/', "~1");
                let dot = if path.is_empty() { "" } else { "." };
                // Entries of maps have paths of another form: what is above them will do.
                let in_map = path.ends_with("labels") || path.ends_with("headers");
                let in_map =
                    in_map || path.ends_with("env") || path.ends_with("redis_stream.fields");
                let in_map = in_map || path.ends_with("redisStream.fields") || path == "fields";
                let path = if in_map { path.to_owned() } else { format!("{path}{dot}{name}") };
                places(member, &path, &format!("{pointer}/{token}"), found);
            }
        }
        _ => {}
    }
}

proptest! {
    #[test]
    fn nothing_panics(json in anything()) {
        if let Ok(job) = from_json::<v1::Job>(json) {
            let canonical = to_json(&job);
            prop_assert_eq!(from_json::<v1::Job>(canonical), Ok(job));
        }
    }

    #[test]
    fn what_the_wire_brings_can_be_written(
        json in valid(&POOL.get_message_by_name("bellwether.v1.GetJobResponse").unwrap(), 5),
        flips in proptest::collection::vec((any::<proptest::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let reply: v1::GetJobResponse = from_json(json).unwrap();
        let mut bytes = reply.encode_to_vec();
        // A field that the message does not know, so that there is always a byte to change.
        bytes.extend([0x78, 0]);
        for (at, byte) in flips {
            *at.get_mut(&mut bytes) = byte;
        }
        if let Ok(reply) = v1::GetJobResponse::decode(bytes.as_slice()) {
            prop_assert!(to_json(&reply).is_object());
        }
    }

    #[test]
    fn what_is_valid_is_read_and_what_is_written_reads_back((descriptor, json) in message()) {
        let first = read::message(&json, &descriptor);
        prop_assert!(first.is_ok(), "{}: {first:?}", descriptor.full_name());
        let first = first.unwrap();
        let written = super::super::write::value(&first, descriptor.clone());
        let second = read::message(&written, &descriptor).unwrap();
        prop_assert!(on_the_wire(&second) == on_the_wire(&first), "{json} became {written}");
    }

    #[test]
    fn one_wrong_value_is_found_where_it_is(
        (descriptor, mut json) in message(),
        at in any::<proptest::sample::Index>(),
    ) {
        let mut found = Vec::new();
        places(&json, "", "", &mut found);
        let (path, pointer) = &found[at.index(found.len())];
        // No field takes it: a list of lists is neither a list's item nor a map nor a value.
        *json.pointer_mut(pointer).unwrap() = serde_json::json!([[]]);
        let error = read::message(&json, &descriptor).unwrap_err();
        let JsonError::Value { path: named, .. } = error else {
            panic!("{error}");
        };
        prop_assert!(path.is_empty() || named.starts_with(path.as_str()), "{named}, not {path}");
    }
}
