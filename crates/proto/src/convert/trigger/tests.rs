use super::*;
use v1::trigger::Kind;

fn read(value: v1::Trigger) -> Result<TriggerSpec, String> {
    let mut problems = Problems::default();
    let spec = trigger_from_proto(value, "job.trigger", &mut problems);
    problems.finish().map_err(|rejection| rejection.to_string())?;
    Ok(spec.expect("no problem, so a trigger"))
}

fn trigger(kind: Kind) -> v1::Trigger {
    v1::Trigger { kind: Some(kind), ..<_>::default() }
}

fn cron(expression: &str, timezone: &str) -> v1::CronTrigger {
    let form = Some(v1::cron_trigger::Form::Expression(expression.to_owned()));
    v1::CronTrigger { form, timezone: timezone.to_owned(), ..<_>::default() }
}

fn every(seconds: i64, nanos: i32) -> v1::IntervalTrigger {
    let every = Some(prost_types::Duration { seconds, nanos });
    v1::IntervalTrigger { every, ..<_>::default() }
}

fn at(seconds: i64) -> Option<prost_types::Timestamp> {
    Some(prost_types::Timestamp { seconds, nanos: 0 })
}

/// What is refused, and how the message begins after the path of the trigger.
fn refused() -> Vec<(Kind, &'static str)> {
    let fields = Some(v1::cron_trigger::Form::Fields(v1::CronFields {
        hour: Some("3".to_owned()),
        ..<_>::default()
    }));
    vec![
        (Kind::Date(v1::DateTrigger { at: None }), ".date.at: is not set"),
        (Kind::Date(v1::DateTrigger { at: at(i64::MAX) }), ".date.at: 9223372036854775807 s"),
        (Kind::Interval(v1::IntervalTrigger::default()), ".interval.every: is not set"),
        (Kind::Interval(every(0, 0)), ".interval.every: "),
        (Kind::Interval(every(0, 1)), ".interval.every: "),
        (Kind::Interval(every(-1, 0)), ".interval.every: -1 s and 0 ns are negative"),
        (
            Kind::Interval(v1::IntervalTrigger {
                anchor: at(0),
                fire_immediately: true,
                ..every(1, 0)
            }),
            ".interval.fire_immediately: may not stand beside an anchor",
        ),
        (Kind::Cron(v1::CronTrigger::default()), ".cron: has no form"),
        (Kind::Cron(cron("", "")), ".cron.expression: "),
        (Kind::Cron(cron("* * * *", "")), ".cron.expression: "),
        (Kind::Cron(cron("61 * * * *", "")), ".cron.expression: "),
        (Kind::Cron(cron("* * * * *", "Mars/Phobos")), ".cron.timezone: "),
        (
            Kind::Cron(v1::CronTrigger { dialect: 7, ..cron("* * * * *", "") }),
            ".cron.dialect: 7 is no Dialect; allowed are DIALECT_UNIX, DIALECT_QUARTZ",
        ),
        (
            Kind::Cron(v1::CronTrigger { gap: -1, ..cron("* * * * *", "") }),
            ".cron.gap: -1 is no Gap",
        ),
        (
            Kind::Cron(v1::CronTrigger { form: fields, dialect: 1, ..<_>::default() }),
            ".cron.dialect: may not stand beside fields",
        ),
    ]
}

#[test]
fn what_is_refused_is_named_by_its_field() {
    for (kind, expected) in refused() {
        let error = read(trigger(kind)).expect_err(expected);
        assert!(error.starts_with(&format!("job.trigger{expected}")), "{expected}: {error}");
    }
    let error = read(v1::Trigger::default()).expect_err("no kind");
    assert!(error.starts_with("job.trigger: has no kind; one of date,"), "{error}");
}

#[test]
fn a_child_is_named_by_its_place() {
    let children = |kinds: Vec<Kind>| kinds.into_iter().map(trigger).collect();
    let all = Kind::All(v1::AllTrigger {
        triggers: children(vec![
            Kind::Interval(every(60, 0)),
            Kind::Any(v1::AnyTrigger {
                triggers: children(vec![Kind::Date(v1::DateTrigger { at: None })]),
            }),
            Kind::Interval(every(-5, 0)),
        ]),
    });
    let error = read(trigger(all)).expect_err("two of them");
    let (one, other) = error.split_once("; job").expect("both are named");
    let place = "job.trigger.all.triggers[1].any.triggers[0].date.at: is not set";
    assert!(one.starts_with(place), "{one}");
    assert!(other.starts_with(".trigger.all.triggers[2].interval.every: -5 s"), "{other}");
}

#[test]
fn what_only_compiling_shows_is_named_by_its_place_too() {
    let children = ["* * * * *", "* * * * 9"].map(|text| trigger(Kind::Cron(cron(text, ""))));
    let any = Kind::Any(v1::AnyTrigger { triggers: children.into() });
    let error = read(trigger(any)).expect_err("no such weekday");
    let place = r#"job.trigger.any.triggers[1].cron.expression: "* * * * 9": "#;
    assert!(error.starts_with(place), "{error}");
}

#[test]
fn fields_keep_what_is_left_out_apart_from_what_is_empty() {
    let fields = |hour: Option<&str>| {
        let hour = hour.map(str::to_owned);
        let form = v1::cron_trigger::Form::Fields(v1::CronFields { hour, ..<_>::default() });
        trigger(Kind::Cron(v1::CronTrigger { form: Some(form), ..<_>::default() }))
    };
    let spec = read(fields(Some("3"))).expect("03:00 every day");
    assert_eq!(trigger_from_proto(trigger_to_proto(&spec), "t", &mut <_>::default()), Some(spec));
    assert!(read(fields(None)).is_err(), "no field at all");
    assert!(read(fields(Some(""))).is_err(), "an empty field");
}

#[test]
fn too_many_triggers_are_refused_in_one_word_before_they_are_read() {
    let any = |triggers| trigger(Kind::Any(v1::AnyTrigger { triggers }));
    let hourly = || trigger(Kind::Cron(cron("@hourly", "")));
    let nested = any(vec![any(vec![v1::Trigger::default(); 16]); 16]);
    for many in [any(vec![v1::Trigger::default(); 100_000]), any(vec![hourly(); 256]), nested] {
        let said = read(many).expect_err("refused");
        assert_eq!(said, "job.trigger: more than 256 triggers; allowed are 256");
    }
    assert!(read(any(vec![hourly(); 255])).is_ok());
}
