//! From a message to JSON.

use prost::Message;
use prost_reflect::{DynamicMessage, MessageDescriptor, SerializeOptions, Value as Dynamic};
use serde_json::Value;

/// `message`, which `descriptor` describes, as JSON.
pub(super) fn value(message: &impl Message, descriptor: MessageDescriptor) -> Value {
    let mut dynamic = DynamicMessage::new(descriptor);
    // Refused only beyond the nesting that the wire carries; what was read until then is shown.
    let _ = dynamic.transcode_from(message);
    json(&dynamic).unwrap_or_else(|_| {
        drop_unsayable(&mut dynamic);
        json(&dynamic).unwrap_or(Value::Null)
    })
}

fn json(message: &DynamicMessage) -> Result<Value, serde_json::Error> {
    const OPTIONS: SerializeOptions =
        SerializeOptions::new().use_proto_field_name(true).skip_default_fields(false);
    message.serialize_with_options(serde_json::value::Serializer, &OPTIONS)
}

/// Clears the instants and spans that JSON has no text for, deepest first.
fn drop_unsayable(message: &mut DynamicMessage) {
    let fields: Vec<_> = message.fields().map(|(field, _)| field).collect();
    for field in fields {
        let keep = match message.get_field_mut(&field) {
            Dynamic::Message(inner) => is_sayable(inner),
            Dynamic::List(items) => {
                items.retain_mut(|item| item.as_message_mut().is_none_or(is_sayable));
                true
            }
            Dynamic::Map(entries) => {
                entries.retain(|_, entry| entry.as_message_mut().is_none_or(is_sayable));
                true
            }
            _ => true,
        };
        if !keep {
            message.clear_field(&field);
        }
    }
}

/// Whether `message` can be said once what is below it is cleared of what cannot.
fn is_sayable(message: &mut DynamicMessage) -> bool {
    drop_unsayable(message);
    json(message).is_ok()
}
