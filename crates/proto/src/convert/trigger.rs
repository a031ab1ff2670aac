//! Triggers. Their rules are the domain's: what stands here moves fields across, refuses what the
//! domain's types cannot hold, and has the rest compiled.

use bellwether_domain::trigger::{
    CalendarSpec, CronFields, CronForm, CronSpec, DateSpec, IntervalSpec, JobContext, MAX_TRIGGERS,
    TriggerKind, TriggerSpec,
};
use bellwether_domain::{JobUid, Timestamp};

use super::Problems;
use super::enums::{self, WireEnum};
use super::time::{
    duration_from_proto, duration_to_proto, timestamp_from_proto, timestamp_to_proto,
};
use crate::v1;

/// Reads a trigger, whole: one that passes compiles. `None` where something is noted.
pub fn trigger_from_proto(
    value: v1::Trigger,
    field: &str,
    problems: &mut Problems,
) -> Option<TriggerSpec> {
    // A message of some megabytes may hold a million of them: then one word, not one for each.
    if !holds_at_most(MAX_TRIGGERS, &value) {
        problems.invalid(
            field,
            format!("more than {MAX_TRIGGERS} triggers; allowed are {MAX_TRIGGERS}"),
        );
        return None;
    }
    let mut own = Problems::default();
    let spec = spec(value, field, &mut own);
    let fine = own.is_empty();
    problems.extend(own);
    let spec = spec.filter(|_| fine)?;
    // Which job it is decides when the trigger fires, never whether it is well-formed.
    let context = JobContext { uid: JobUid(<_>::default()), created: Timestamp::UNIX_EPOCH };
    match spec.compile(&context) {
        Ok(_) => Some(spec),
        Err(error) => {
            let place = match error.field.as_str() {
                "" => field.to_owned(),
                below => format!("{field}.{below}"),
            };
            let message = match error.value.as_str() {
                "" => error.message,
                value => format!("{value:?}: {}", error.message),
            };
            problems.invalid(place, message);
            None
        }
    }
}

/// Whether `trigger` consists of at most `most` triggers, itself counted.
fn holds_at_most(most: usize, trigger: &v1::Trigger) -> bool {
    fn left_after(left: usize, trigger: &v1::Trigger) -> Option<usize> {
        use v1::trigger::Kind;
        let children = match &trigger.kind {
            Some(Kind::All(all)) => &all.triggers[..],
            Some(Kind::Any(any)) => &any.triggers[..],
            _ => &[],
        };
        children.iter().try_fold(left.checked_sub(1)?, left_after)
    }
    left_after(most, trigger).is_some()
}

fn spec(value: v1::Trigger, field: &str, problems: &mut Problems) -> Option<TriggerSpec> {
    let path = |name: &str| format!("{field}.{name}");
    let start_time = timestamp_from_proto(value.start_time, &path("start_time"), problems);
    let end_time = timestamp_from_proto(value.end_time, &path("end_time"), problems);
    Some(TriggerSpec { kind: kind(value.kind, field, problems)?, start_time, end_time })
}

fn kind(
    value: Option<v1::trigger::Kind>,
    field: &str,
    problems: &mut Problems,
) -> Option<TriggerKind> {
    use v1::trigger::Kind;
    let path = |name: &str| format!("{field}.{name}");
    let Some(value) = value else {
        problems.invalid(
            field,
            "has no kind; one of date, interval, cron, calendar, all and any must be set",
        );
        return None;
    };
    match value {
        Kind::Date(value) => date(value, &path("date"), problems).map(TriggerKind::Date),
        Kind::Interval(value) => {
            interval(value, &path("interval"), problems).map(TriggerKind::Interval)
        }
        Kind::Cron(value) => cron(value, &path("cron"), problems).map(TriggerKind::Cron),
        Kind::Calendar(value) => {
            Some(TriggerKind::Calendar(calendar(value, &path("calendar"), problems)))
        }
        Kind::All(v1::AllTrigger { triggers }) => {
            children(triggers, &path("all"), problems).map(TriggerKind::All)
        }
        Kind::Any(v1::AnyTrigger { triggers }) => {
            children(triggers, &path("any"), problems).map(TriggerKind::Any)
        }
    }
}

fn date(value: v1::DateTrigger, field: &str, problems: &mut Problems) -> Option<DateSpec> {
    let place = format!("{field}.at");
    if value.at.is_none() {
        problems.invalid(&place, "is not set; an instant is required");
    }
    timestamp_from_proto(value.at, &place, problems).map(|at| DateSpec { at })
}

fn interval(
    value: v1::IntervalTrigger,
    field: &str,
    problems: &mut Problems,
) -> Option<IntervalSpec> {
    let place = format!("{field}.every");
    if value.every.is_none() {
        problems.invalid(&place, "is not set; a whole number of milliseconds is required");
    }
    let every = duration_from_proto(value.every, &place, problems);
    if value.anchor.is_some() && value.fire_immediately {
        let message = "may not stand beside an anchor, which is itself the first fire time";
        problems.invalid(format!("{field}.fire_immediately"), message);
    }
    let anchor = timestamp_from_proto(value.anchor, &format!("{field}.anchor"), problems);
    Some(IntervalSpec { every: every?, anchor, fire_immediately: value.fire_immediately })
}

fn cron(value: v1::CronTrigger, field: &str, problems: &mut Problems) -> Option<CronSpec> {
    use v1::cron_trigger::Form;
    let path = |name: &str| format!("{field}.{name}");
    let dialect = enums::read(value.dialect, &path("dialect"), problems);
    let gap = enums::read(value.gap, &path("gap"), problems).unwrap_or_default();
    let fold = enums::read(value.fold, &path("fold"), problems).unwrap_or_default();
    let form = match value.form {
        Some(Form::Expression(expression)) => CronForm::Expression(expression),
        Some(Form::Fields(fields)) => {
            if dialect.is_some() {
                let message = "may not stand beside fields; it says how an expression is read";
                problems.invalid(path("dialect"), message);
            }
            CronForm::Fields(fields_from_proto(fields))
        }
        None => {
            problems.invalid(field, "has no form; one of expression and fields must be set");
            return None;
        }
    };
    let dialect = dialect.unwrap_or_default();
    Some(CronSpec { form, timezone: value.timezone, dialect, gap, fold })
}

fn calendar(value: v1::CalendarTrigger, field: &str, problems: &mut Problems) -> CalendarSpec {
    CalendarSpec {
        years: value.years,
        months: value.months,
        weeks: value.weeks,
        days: value.days,
        at: value.at,
        start_date: value.start_date,
        end_date: value.end_date,
        timezone: value.timezone,
        gap: enums::read(value.gap, &format!("{field}.gap"), problems).unwrap_or_default(),
    }
}

fn children(
    triggers: Vec<v1::Trigger>,
    field: &str,
    problems: &mut Problems,
) -> Option<Vec<TriggerSpec>> {
    let read = triggers
        .into_iter()
        .enumerate()
        .map(|(index, child)| spec(child, &format!("{field}.triggers[{index}]"), problems))
        // Each is read, so that each is heard of.
        .collect::<Vec<_>>();
    read.into_iter().collect()
}

/// The message of a trigger.
#[must_use]
pub fn trigger_to_proto(spec: &TriggerSpec) -> v1::Trigger {
    use v1::trigger::Kind;
    let kind = match &spec.kind {
        TriggerKind::Date(DateSpec { at }) => {
            Kind::Date(v1::DateTrigger { at: Some(timestamp_to_proto(*at)) })
        }
        TriggerKind::Interval(interval) => Kind::Interval(v1::IntervalTrigger {
            every: Some(duration_to_proto(interval.every)),
            anchor: interval.anchor.map(timestamp_to_proto),
            fire_immediately: interval.fire_immediately,
        }),
        TriggerKind::Cron(cron) => Kind::Cron(cron_to_proto(cron)),
        TriggerKind::Calendar(calendar) => Kind::Calendar(calendar_to_proto(calendar)),
        TriggerKind::All(children) => {
            Kind::All(v1::AllTrigger { triggers: children.iter().map(trigger_to_proto).collect() })
        }
        TriggerKind::Any(children) => {
            Kind::Any(v1::AnyTrigger { triggers: children.iter().map(trigger_to_proto).collect() })
        }
    };
    v1::Trigger {
        kind: Some(kind),
        start_time: spec.start_time.map(timestamp_to_proto),
        end_time: spec.end_time.map(timestamp_to_proto),
    }
}

fn cron_to_proto(cron: &CronSpec) -> v1::CronTrigger {
    use v1::cron_trigger::Form;
    let (form, dialect) = match &cron.form {
        CronForm::Expression(text) => (Form::Expression(text.clone()), cron.dialect.to_wire()),
        CronForm::Fields(fields) => {
            (Form::Fields(fields_to_proto(fields)), v1::Dialect::Unspecified as i32)
        }
    };
    v1::CronTrigger {
        form: Some(form),
        timezone: cron.timezone.clone(),
        dialect,
        gap: cron.gap.to_wire(),
        fold: cron.fold.to_wire(),
    }
}

fn calendar_to_proto(calendar: &CalendarSpec) -> v1::CalendarTrigger {
    v1::CalendarTrigger {
        years: calendar.years,
        months: calendar.months,
        weeks: calendar.weeks,
        days: calendar.days,
        at: calendar.at.clone(),
        start_date: calendar.start_date.clone(),
        end_date: calendar.end_date.clone(),
        timezone: calendar.timezone.clone(),
        gap: calendar.gap.to_wire(),
    }
}

fn fields_from_proto(fields: v1::CronFields) -> CronFields {
    let v1::CronFields { year, month, day, week, day_of_week, hour, minute, second } = fields;
    CronFields { year, month, day, week, day_of_week, hour, minute, second }
}

fn fields_to_proto(fields: &CronFields) -> v1::CronFields {
    let CronFields { year, month, day, week, day_of_week, hour, minute, second } = fields.clone();
    v1::CronFields { year, month, day, week, day_of_week, hour, minute, second }
}

#[cfg(test)]
mod tests;
