//! What differs between two definitions, field by field.

use std::collections::BTreeSet;

use bellwether_client::v1::Job;
use bellwether_proto::json::to_json;
use serde_json::{Map, Value, json};

/// A field that differs.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Change {
    /// Its path, as in `policy.timeout`.
    pub(super) field: String,
    /// What it is; `None` where it is not set.
    pub(super) before: Option<Value>,
    /// What it would be; `None` where it would not be set.
    pub(super) after: Option<Value>,
}

impl Change {
    /// As people read it.
    pub(super) fn text(&self) -> String {
        let shown = |value: &Option<Value>| value.as_ref().map_or("-".to_owned(), Value::to_string);
        format!("{}: {} -> {}", self.field, shown(&self.before), shown(&self.after))
    }

    /// As programs read it; what is not set is null.
    pub(super) fn json(&self) -> Value {
        json!({ "field": self.field, "before": self.before, "after": self.after })
    }
}

/// What a definition that the server takes for another one differs in.
pub(super) fn between(before: &Job, after: &Job) -> Vec<Change> {
    let mut changes = Vec::new();
    compare("", Some(&definition(before)), Some(&definition(after)), &mut changes);
    if changes.is_empty() {
        // All else is shown, so this is what differs.
        let hidden = Some(Value::from("(not shown)"));
        let field = "target.http.signing_secret".to_owned();
        changes.push(Change { field, before: hidden.clone(), after: hidden });
    }
    changes
}

/// What a client defines of a job.
fn definition(job: &Job) -> Value {
    let Job { description, labels, trigger, target, policy, .. } = job.clone();
    to_json(&Job { description, labels, trigger, target, policy, ..Job::default() })
}

fn compare(path: &str, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<Change>) {
    match (before, after) {
        (Some(Value::Object(before)), Some(Value::Object(after))) => {
            compare_fields(path, before, after, changes);
        }
        (Some(Value::Array(before)), Some(Value::Array(after))) if before.len() == after.len() => {
            for (place, (before, after)) in before.iter().zip(after).enumerate() {
                compare(&format!("{path}[{place}]"), Some(before), Some(after), changes);
            }
        }
        (before, after) if before != after => {
            let (before, after) = (before.cloned(), after.cloned());
            changes.push(Change { field: path.to_owned(), before, after });
        }
        _ => {}
    }
}

fn compare_fields(
    path: &str,
    before: &Map<String, Value>,
    after: &Map<String, Value>,
    changes: &mut Vec<Change>,
) {
    let names: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for name in names {
        let path = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
        compare(&path, before.get(name), after.get(name), changes);
    }
}

#[cfg(test)]
mod tests {
    use bellwether_proto::json::from_json;

    use super::*;

    fn job(definition: Value) -> Job {
        from_json(definition).expect("a job")
    }

    fn texts(before: Value, after: Value) -> Vec<String> {
        between(&job(before), &job(after)).iter().map(Change::text).collect()
    }

    #[test]
    fn each_field_that_differs_is_named_with_both_values() {
        let before = json!({
            "id": "a", "uid": "1", "state": "JOB_STATE_PAUSED",
            "labels": {"app": "web", "old": "x"},
            "trigger": {"cron": {"expression": "* * * * *"}},
            "target": {"http": {"url": "http://a/"}},
            "policy": {"timeout": "5s"}
        });
        let after = json!({
            "id": "a", "uid": "2",
            "labels": {"app": "db"},
            "trigger": {"cron": {"expression": "0 * * * *", "timezone": "Europe/Berlin"}},
            "target": {"http": {"url": "http://a/"}},
            "policy": {"timeout": "5s", "max_instances": 2}
        });
        let expected = [
            "labels.app: \"web\" -> \"db\"",
            "labels.old: \"x\" -> -",
            "policy.max_instances: - -> 2",
            "trigger.cron.expression: \"* * * * *\" -> \"0 * * * *\"",
        ];
        let found = texts(before, after);
        assert_eq!(found[..4], expected);
        assert!(found[4].starts_with("trigger.cron.timezone: "), "{found:?}");
        assert_eq!(found.len(), 5);
    }

    #[test]
    fn another_kind_is_a_field_that_goes_and_one_that_comes() {
        let before = json!({"trigger": {"interval": {"every": "60s"}}});
        let after = json!({"trigger": {"date": {"at": "2030-01-01T00:00:00Z"}}});
        let fields: Vec<_> =
            between(&job(before), &job(after)).into_iter().map(|change| change.field).collect();
        assert_eq!(fields, ["trigger.date", "trigger.interval"]);
    }

    #[test]
    fn lists_are_compared_place_by_place_where_they_are_as_long() {
        let of = |every: &[&str]| {
            let triggers: Vec<_> =
                every.iter().map(|e| json!({"interval": {"every": e}})).collect();
            json!({"trigger": {"any": {"triggers": triggers}}})
        };
        let found = texts(of(&["60s", "5s"]), of(&["60s", "7s"]));
        assert_eq!(found, ["trigger.any.triggers[1].interval.every: \"5s\" -> \"7s\""]);
        assert!(texts(of(&["60s"]), of(&["60s", "7s"]))[0].starts_with("trigger.any.triggers: ["));
    }

    #[test]
    fn a_secret_that_differs_is_named_and_not_shown() {
        let same = json!({"target": {"http": {"url": "http://a/"}}});
        let expected = "target.http.signing_secret: \"(not shown)\" -> \"(not shown)\"";
        assert_eq!(texts(same.clone(), same), [expected]);
    }
}
