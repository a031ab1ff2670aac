//! From spec to trigger: the checks, and the form in which a trigger answers.
//!
//! A trigger, however nested, is brought into one form: a union of branches, each of which is a
//! handful of rules that must hold at once, within bounds. `any` puts branches side by side, `all`
//! joins each branch of one child with each of the next, and bounds cut. So a question to a trigger
//! is one question to each branch, without recursion, and that two rules can never meet is seen
//! where they stand side by side, not across a tree.
//!
//! The form can be much larger than what it came from, so it is bounded, and so is the search that
//! its branches may cause: what goes over is refused here with a message, and what is accepted
//! answers in time.

use std::sync::Arc;

use super::branch::{Branch, Draft};
use super::cron::{self, Seed};
use super::spec::{IntervalSpec, TriggerKind, TriggerSpec};
use super::walk::cost::BUDGET;
use super::walk::meet::MAX_LEAVES;
use super::walk::zoned::Zoned;
use super::{JobContext, Trigger, TriggerError, calendar, interval};
use crate::Timestamp;

/// How deep triggers may be nested.
const MAX_DEPTH: usize = 8;
/// How many triggers one may consist of, itself counted.
pub const MAX_TRIGGERS: usize = 256;
/// How many branches a trigger may have.
const MAX_BRANCHES: usize = 256;

impl TriggerSpec {
    /// Checks the spec whole and makes it ready to answer.
    ///
    /// # Errors
    /// The first field that is wrong, with what it held and what is allowed.
    pub fn compile(&self, context: &JobContext) -> Result<Trigger, TriggerError> {
        let mut compiler = Compiler { context: *context, triggers: 0, zones: Vec::new() };
        let drafts = compiler.trigger(self, 1)?;
        let timezone = match &compiler.zones[..] {
            [only] => only,
            _ => "UTC",
        };
        let (branches, dates) = finish(drafts)?;
        Ok(Trigger::new(branches, dates, self.due(context), timezone))
    }

    /// The fire time for which a job is due at once where it has come: that of a date also when it
    /// passed only after the creation, while the job was paused or had another trigger.
    fn due(&self, context: &JobContext) -> Option<Timestamp> {
        let due = match &self.kind {
            TriggerKind::Date(date) => date.at,
            TriggerKind::Interval(IntervalSpec { anchor, fire_immediately: true, .. }) => {
                anchor.unwrap_or(context.created)
            }
            _ => return None,
        };
        let after_start = self.start_time.is_none_or(|start| due >= start);
        let before_end = self.end_time.is_none_or(|end| due <= end);
        (after_start && before_end).then_some(due)
    }
}

struct Compiler {
    context: JobContext,
    /// How many triggers were seen.
    triggers: usize,
    /// The different zones that were seen.
    zones: Vec<String>,
}

impl Compiler {
    fn trigger(&mut self, spec: &TriggerSpec, depth: usize) -> Result<Vec<Draft>, TriggerError> {
        self.triggers += 1;
        if self.triggers > MAX_TRIGGERS {
            let message = format!("more than {MAX_TRIGGERS} triggers; allowed are {MAX_TRIGGERS}");
            return Err(TriggerError::new("", "", message));
        }
        if depth > MAX_DEPTH {
            let message = format!("nested too deeply; allowed are {MAX_DEPTH} levels");
            return Err(TriggerError::new("", "", message));
        }
        let mut drafts = match &spec.kind {
            TriggerKind::Date(date) => vec![Draft::Dates(vec![date.at.as_millis()])],
            TriggerKind::Interval(spec) => {
                vec![Draft::beat(interval::compile(spec, self.context.created)?)]
            }
            TriggerKind::Cron(spec) => self.zoned(cron::compile(spec, Seed(self.context.uid))?),
            TriggerKind::Calendar(spec) => self.zoned(calendar::compile(spec)?),
            TriggerKind::All(children) => self.all(children, depth)?,
            TriggerKind::Any(children) => self.any(children, depth)?,
        };
        for draft in &mut drafts {
            draft.cut(spec.start_time, spec.end_time);
        }
        drafts.retain(|draft| !draft.is_empty());
        Ok(drafts)
    }

    fn zoned(&mut self, zoned: Zoned) -> Vec<Draft> {
        if !self.zones.iter().any(|zone| zone == zoned.zone.name()) {
            self.zones.push(zoned.zone.name().to_owned());
        }
        vec![Draft::zoned(Arc::new(zoned))]
    }

    fn any(&mut self, children: &[TriggerSpec], depth: usize) -> Result<Vec<Draft>, TriggerError> {
        let (mut drafts, mut dates) = (Vec::new(), Vec::new());
        for (at, child) in children.iter().enumerate() {
            for draft in self.child("any", at, child, depth)? {
                match draft {
                    Draft::Dates(more) => dates.extend(more),
                    Draft::Rules(_) => drafts.push(draft),
                }
            }
        }
        if children.is_empty() {
            return Err(empty("any"));
        }
        bounded("any", drafts.len())?;
        if !dates.is_empty() {
            dates.sort_unstable();
            dates.dedup();
            drafts.push(Draft::Dates(dates));
        }
        Ok(drafts)
    }

    fn all(&mut self, children: &[TriggerSpec], depth: usize) -> Result<Vec<Draft>, TriggerError> {
        let mut drafts = vec![Draft::always()];
        for (at, child) in children.iter().enumerate() {
            let others = self.child("all", at, child, depth)?;
            bounded("all", drafts.len() * others.len())?;
            let pairs = drafts.iter().flat_map(|one| others.iter().map(move |other| (one, other)));
            drafts = pairs.filter_map(|(one, other)| one.meet(other)).collect();
            if drafts.iter().any(|draft| draft.leaves() > MAX_LEAVES) {
                let message = format!(
                    "more than {MAX_LEAVES} different cron and calendar triggers must hold at \
                     once; allowed are {MAX_LEAVES}"
                );
                return Err(TriggerError::new("all", "", message));
            }
        }
        if children.is_empty() {
            return Err(empty("all"));
        }
        Ok(drafts)
    }

    fn child(
        &mut self,
        parent: &str,
        at: usize,
        child: &TriggerSpec,
        depth: usize,
    ) -> Result<Vec<Draft>, TriggerError> {
        self.trigger(child, depth + 1)
            .map_err(|error| error.within(&format!("{parent}.triggers[{at}]")))
    }
}

/// The branches and dates of `drafts`, without those that never fire.
fn finish(drafts: Vec<Draft>) -> Result<(Vec<Branch>, Vec<i64>), TriggerError> {
    let (mut branches, mut dates, mut cost) = (Vec::new(), Vec::new(), 0);
    for draft in drafts {
        match draft {
            Draft::Dates(more) => dates.extend(more),
            Draft::Rules(rules) => branches.extend(Branch::new(rules)),
        }
    }
    for branch in &branches {
        cost += branch.cost(Timestamp::MIN.as_millis(), Timestamp::MAX.as_millis());
    }
    if cost > BUDGET {
        let message = format!(
            "to find that nothing is left to fire could take longer than a scheduler can wait: \
             {} times what is allowed; nest fewer triggers in each other, or bound them by \
             end_time or end_date",
            cost.div_ceil(BUDGET)
        );
        return Err(TriggerError::new("", "", message));
    }
    Ok((branches.into_iter().filter_map(Branch::begun).collect(), dates))
}

fn empty(kind: &str) -> TriggerError {
    TriggerError::new(&format!("{kind}.triggers"), "", "is empty; at least one trigger is needed")
}

fn bounded(kind: &str, branches: usize) -> Result<(), TriggerError> {
    if branches <= MAX_BRANCHES {
        return Ok(());
    }
    let message =
        format!("has {branches} ways to combine what is nested in it; allowed are {MAX_BRANCHES}");
    Err(TriggerError::new(kind, "", message))
}
