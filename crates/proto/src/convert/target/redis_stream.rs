//! Redis streams.

use std::collections::BTreeMap;

use bellwether_domain::RedisStreamTarget;

use super::super::Problems;
use super::super::text::quoted;
use crate::v1;

const MAX_KEY: usize = 512;
const MAX_FIELDS: usize = 64;
const MAX_FIELD_BYTES: usize = 256 * 1024;

/// Reads a stream target. Whether the operator allows the key is not known here.
pub(super) fn from_proto(
    value: v1::RedisStreamTarget,
    field: &str,
    problems: &mut Problems,
) -> RedisStreamTarget {
    if let Err(message) = check_key(&value.key) {
        problems.invalid(format!("{field}.key"), message);
    }
    check_fields(&value.fields, &format!("{field}.fields"), problems);
    RedisStreamTarget { key: value.key, fields: value.fields }
}

/// The message of a stream target.
pub(super) fn to_proto(target: &RedisStreamTarget) -> v1::RedisStreamTarget {
    v1::RedisStreamTarget { key: target.key.clone(), fields: target.fields.clone() }
}

/// Braces are allowed as a hash tag alone: beside the stream lies a key that says which runs are in
/// it, and in a Redis Cluster there must be a name for it that belongs to the same slot.
fn check_key(key: &str) -> Result<(), String> {
    if key.is_empty() {
        return Err(format!("is not set; 1 to {MAX_KEY} bytes are required"));
    }
    if key.len() > MAX_KEY {
        return Err(format!("has {} bytes; 1 to {MAX_KEY} are allowed", key.len()));
    }
    let braces: String = key.chars().filter(|c| "{}".contains(*c)).collect();
    if !braces.is_empty() && (braces != "{}" || key.contains("{}")) {
        return Err(format!(
            "{} has braces other than one hash tag, as in {{orders}}:due; leave them out",
            quoted(key)
        ));
    }
    Ok(())
}

fn check_fields(fields: &BTreeMap<String, String>, field: &str, problems: &mut Problems) {
    if fields.len() > MAX_FIELDS {
        let message = format!("has {} fields; at most {MAX_FIELDS} are allowed", fields.len());
        problems.invalid(field, message);
        return;
    }
    let bytes: usize = fields.iter().map(|(name, value)| name.len() + value.len()).sum();
    if bytes > MAX_FIELD_BYTES {
        let message =
            format!("has {bytes} bytes; at most {MAX_FIELD_BYTES} (256 KiB) are allowed in all");
        problems.invalid(field, message);
    }
    for name in fields.keys() {
        let place = format!("{field}[{}]", quoted(name));
        if name.is_empty() {
            problems.invalid(place, "has no name; a field of an entry needs one");
        } else if name.starts_with("bellwether-") || name == "traceparent" {
            let message = "is set by Bellwether in every entry and cannot be set here";
            problems.invalid(place, message);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(key: &str, fields: &[(&str, &str)]) -> Result<RedisStreamTarget, String> {
        let fields = fields.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let mut problems = Problems::default();
        let value = v1::RedisStreamTarget { key: key.to_owned(), fields };
        let target = from_proto(value, "job.target.redis_stream", &mut problems);
        problems.finish().map(|()| target).map_err(|rejection| rejection.to_string())
    }

    #[test]
    fn a_key_has_a_slot_that_another_can_share() {
        for good in ["orders", "orders:due", "{orders}:due", "a{b}c", &"x".repeat(512)] {
            assert_eq!(read(good, &[]).expect(good).key, good);
        }
        let long = "x".repeat(513);
        let cases = [
            ("", "is not set"),
            (&long, "has 513 bytes; 1 to 512"),
            ("a}b", "has braces other than one hash tag"),
            ("{}a", "has braces"),
            ("}a{", "has braces"),
            ("{a}{b}", "has braces"),
            ("{{a}}", "has braces"),
        ];
        for (bad, why) in cases {
            let error = read(bad, &[]).expect_err(bad);
            assert!(error.starts_with("job.target.redis_stream.key: "), "{error}");
            assert!(error.contains(why), "{error}");
        }
    }

    #[test]
    fn fields_are_bounded_and_not_ours() {
        read("s", &[("kind", "invoice"), ("note", "")]).expect("any value is one");
        let big = "x".repeat(MAX_FIELD_BYTES);
        let cases = [
            (("", "x"), "[\"\"]: has no name"),
            (("bellwether-run", "x"), "[\"bellwether-run\"]: is set by Bellwether"),
            (("traceparent", "x"), "[\"traceparent\"]: is set by Bellwether"),
            (("a", big.as_str()), ": has 262145 bytes; at most 262144"),
        ];
        for (field, why) in cases {
            let error = read("s", &[field]).expect_err(why);
            assert!(error.starts_with(&format!("job.target.redis_stream.fields{why}")), "{error}");
        }
        let many: Vec<String> = (0..65).map(|n| n.to_string()).collect();
        let many: Vec<(&str, &str)> = many.iter().map(|name| (name.as_str(), "")).collect();
        let error = read("s", &many).expect_err("too many");
        assert!(error.contains("has 65 fields; at most 64"), "{error}");
    }
}
