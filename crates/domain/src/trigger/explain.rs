//! A trigger in plain words.

use std::fmt::Write as _;

use super::spec::{CalendarSpec, CronForm, CronSpec, Dialect, TriggerKind};
use super::{JobContext, TriggerError, TriggerSpec};
use crate::Timestamp;

/// What a trigger means, for a person to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// The trigger in plain words.
    pub text: String,
    /// What may not be what was meant: fewer fire times than asked for, `H` without a job.
    pub warnings: Vec<String>,
}

/// Explains `spec`, and warns where it has fewer than `count` fire times after `after`.
///
/// # Errors
/// Those of [`TriggerSpec::compile`].
pub fn explain(
    spec: &TriggerSpec,
    context: &JobContext,
    after: Timestamp,
    count: usize,
) -> Result<Explanation, TriggerError> {
    let trigger = spec.compile(context)?;
    let fires = std::iter::successors(trigger.next_after(after), |last| trigger.next_after(*last));
    let mut warnings = Vec::new();
    match fires.take(count).count() {
        found if found == count => {}
        0 => warnings.push(format!("there is no fire time after {after}")),
        found => warnings.push(format!("there are only {found} fire times after {after}")),
    }
    if context.uid.0.is_nil() && spec.hashes() {
        warnings.push("H stands for other values in each job; these are of no job".to_owned());
    }
    Ok(Explanation { text: words(spec, context), warnings })
}

impl TriggerSpec {
    /// Whether a cron field of it holds an `H`.
    fn hashes(&self) -> bool {
        match &self.kind {
            TriggerKind::Cron(CronSpec { form: CronForm::Expression(text), .. }) => {
                let items = text.split([' ', '\t', ',']);
                items
                    .into_iter()
                    .any(|item| item.to_ascii_uppercase().trim() == "H" || is_hash(item))
            }
            TriggerKind::All(children) | TriggerKind::Any(children) => {
                children.iter().any(Self::hashes)
            }
            TriggerKind::Cron(_)
            | TriggerKind::Date(_)
            | TriggerKind::Interval(_)
            | TriggerKind::Calendar(_) => false,
        }
    }
}

fn is_hash(item: &str) -> bool {
    let item = item.to_ascii_uppercase();
    item.starts_with("H/") || item.starts_with("H(")
}

fn words(spec: &TriggerSpec, context: &JobContext) -> String {
    let mut text = match &spec.kind {
        TriggerKind::Date(date) => format!("once, at {}", date.at),
        TriggerKind::Interval(interval) => {
            let anchor = interval.anchor.unwrap_or(context.created);
            format!("every {:?}, counted from {anchor}", interval.every)
        }
        TriggerKind::Cron(cron) => cron_words(cron),
        TriggerKind::Calendar(calendar) => calendar_words(calendar),
        TriggerKind::All(children) => {
            format!("at the instants that all of these yield: {}", each(children, context))
        }
        TriggerKind::Any(children) => {
            format!("at the instants that any of these yields: {}", each(children, context))
        }
    };
    if let Some(start) = spec.start_time {
        let _ = write!(text, ", not before {start}");
    }
    if let Some(end) = spec.end_time {
        let _ = write!(text, ", not after {end}");
    }
    text
}

fn each(children: &[TriggerSpec], context: &JobContext) -> String {
    let children = children.iter().map(|child| format!("({})", words(child, context)));
    children.collect::<Vec<_>>().join(", ")
}

fn cron_words(cron: &CronSpec) -> String {
    let place = zone_words(&cron.timezone);
    match &cron.form {
        CronForm::Expression(text) => {
            let dialect = match cron.dialect {
                Dialect::Unix => "crontab(5)",
                Dialect::Quartz => "Quartz",
            };
            format!("whenever a clock in {place} matches \"{text}\", read as {dialect} does")
        }
        CronForm::Fields(fields) => {
            let named = [
                ("year", &fields.year),
                ("month", &fields.month),
                ("day", &fields.day),
                ("week", &fields.week),
                ("day_of_week", &fields.day_of_week),
                ("hour", &fields.hour),
                ("minute", &fields.minute),
                ("second", &fields.second),
            ];
            let given = named.iter().filter_map(|(name, item)| Some((name, item.as_ref()?)));
            let given: Vec<_> = given.map(|(name, item)| format!("{name} {item}")).collect();
            format!("whenever a clock in {place} matches all of {}", given.join(", "))
        }
    }
}

fn calendar_words(calendar: &CalendarSpec) -> String {
    let spans = [
        (calendar.years, "years"),
        (calendar.months, "months"),
        (calendar.weeks, "weeks"),
        (calendar.days, "days"),
    ];
    let spans = spans.iter().filter(|(count, _)| *count > 0);
    let spans: Vec<_> = spans.map(|(count, unit)| format!("{count} {unit}")).collect();
    let at = if calendar.at.is_empty() { "00:00:00" } else { &calendar.at };
    let place = zone_words(&calendar.timezone);
    let mut text = format!(
        "every {} from {} on, at {at} in {place}",
        spans.join(" and "),
        calendar.start_date
    );
    if !calendar.end_date.is_empty() {
        let _ = write!(text, ", until {}", calendar.end_date);
    }
    text
}

fn zone_words(timezone: &str) -> &str {
    if timezone.is_empty() { "UTC" } else { timezone }
}

#[cfg(test)]
mod tests {
    use super::super::spec::{DateSpec, IntervalSpec};
    use super::*;
    use crate::JobUid;
    use std::time::Duration;
    use uuid::Uuid;

    fn explained(kind: TriggerKind) -> Explanation {
        let created = Timestamp::from_millis(1_800_000_000_000);
        let context = JobContext { uid: JobUid(Uuid::nil()), created };
        let spec = TriggerSpec { kind, start_time: None, end_time: None };
        explain(&spec, &context, created, 2).expect("a valid trigger")
    }

    fn cron(text: &str) -> TriggerKind {
        TriggerKind::Cron(CronSpec {
            form: CronForm::Expression(text.to_owned()),
            timezone: "Europe/Berlin".to_owned(),
            dialect: Dialect::default(),
            gap: Default::default(),
            fold: Default::default(),
        })
    }

    #[test]
    fn each_kind_has_its_words() {
        let every = Duration::from_secs(300);
        let interval = IntervalSpec { every, anchor: None, fire_immediately: false };
        let cases = [
            (
                TriggerKind::Interval(interval.clone()),
                "every 300s, counted from 2027-01-15T08:00:00.000Z",
            ),
            (
                cron("30 2 * * *"),
                "whenever a clock in Europe/Berlin matches \"30 2 * * *\", read as crontab(5) does",
            ),
            (
                TriggerKind::Any(vec![TriggerSpec {
                    kind: TriggerKind::Interval(interval),
                    start_time: None,
                    end_time: Some(Timestamp::MAX),
                }]),
                "at the instants that any of these yields: (every 300s, counted from \
                 2027-01-15T08:00:00.000Z, not after 9999-12-31T23:59:59.999Z)",
            ),
        ];
        for (kind, expected) in cases {
            assert_eq!(explained(kind).text, expected);
        }
    }

    #[test]
    fn what_may_not_be_meant_is_warned_of() {
        let past = TriggerKind::Date(DateSpec { at: Timestamp::UNIX_EPOCH });
        let cases =
            [(cron("0 9 * * *"), 0), (cron("H 9 * * *"), 1), (cron("0 0 30 2 *"), 1), (past, 1)];
        for (kind, expected) in cases {
            let warnings = explained(kind.clone()).warnings;
            assert_eq!(warnings.len(), expected, "{kind:?}: {warnings:?}");
        }
    }
}
