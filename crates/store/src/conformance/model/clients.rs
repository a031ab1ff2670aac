//! What clients do.

use bellwether_domain::{JobUid, Priority};
use proptest::sample::Index;

use super::op::{Change, Next, Shape};
use super::view;
use super::world::{Checked, DELAY, World, both, request};
use crate::conformance::bed::PARTITION;
use crate::conformance::job::TestJob;
use crate::{Admitted, CancelOutcome, ChangeJob, NextPoint, Reply, RunRequest, Write};

impl World {
    pub(super) async fn insert(
        &mut self,
        job: usize,
        shape: &Shape,
        request: Option<usize>,
    ) -> Checked {
        let new = self.incarnation(job, shape);
        let mut insert = new.insert();
        if shape.far {
            insert.next = new.far_point();
        }
        insert.reply = self.reply(request);
        let write = both!(self, view::same, |side| side.store.insert_job(&insert));
        if write == Write::Done {
            self.jobs[job] = new.clone();
            self.incarnations.push(new);
        }
        Ok(())
    }

    fn incarnation(&mut self, job: usize, shape: &Shape) -> TestJob {
        let mut new = TestJob::new(&format!("j{job}"), self.start)
            .max_instances(shape.max_instances)
            .queueing(shape.queue)
            .keeping(shape.succeeded, shape.others)
            .with_priority(Priority::ALL[shape.priority]);
        if shape.replaces {
            new = new.queueing(0).replacing(DELAY);
        }
        if shape.for_workers {
            new = new.for_workers("q");
        }
        new.definition.uid = JobUid(self.new_uuid());
        new.etag = self.new_etag();
        new
    }

    /// The reply is another each time; which one comes back tells whether a request was repeated.
    fn reply(&mut self, number: Option<usize>) -> Option<Reply> {
        let body = self.new_uuid().as_bytes().to_vec();
        number.map(|number| Reply { request: request(1, number), body })
    }

    pub(super) async fn change(
        &mut self,
        job: usize,
        change: Change,
        next: Next,
        drops: bool,
        stale: bool,
    ) -> Checked {
        let etag = self.new_etag();
        let another = self.new_etag();
        let status = self.status(job).await;
        let known = &self.jobs[job];
        let last = status.as_ref().and_then(|status| status.last_fire);
        let upcoming = last.map_or(0, |last| known.fire_of(last) + 1);
        let mut write = ChangeJob {
            etag,
            expected_last: last,
            expected_next: status.as_ref().and_then(|status| status.next_fire),
            next: match next {
                Next::Keep => NextPoint::Keep,
                Next::Due { behind, at_once } => NextPoint::At {
                    point: known.point((upcoming + behind).saturating_sub(1)),
                    due_at_once: at_once,
                },
                Next::Far => NextPoint::At { point: known.far_point(), due_at_once: false },
                Next::Unset => NextPoint::Unset,
                Next::Exhausted => NextPoint::Exhausted,
            },
            dropped: drops.then(|| known.dropped(upcoming + 1, "dropped")),
            ..known.change(match change {
                Change::Define => crate::Change::Define(Box::new(known.definition.clone())),
                Change::Pause => {
                    crate::Change::Pause { reason: "paused".into(), since: self.start }
                }
                Change::Resume => crate::Change::Resume,
            })
        };
        if stale {
            write.expected = another;
        }
        let answer = both!(self, view::same, |side| side.store.change_job(&write));
        if answer == Write::Done {
            self.jobs[job].etag = etag;
        }
        Ok(())
    }

    pub(super) async fn delete(
        &mut self,
        job: usize,
        stale: bool,
        request: Option<usize>,
    ) -> Checked {
        let mut delete = self.jobs[job].delete();
        delete.reply = self.reply(request);
        if stale {
            delete.expected = self.new_etag();
        }
        both!(self, view::same, |side| side.store.delete_job(&delete));
        Ok(())
    }

    pub(super) async fn admit(
        &mut self,
        job: usize,
        stale: bool,
        number: Option<usize>,
    ) -> Checked {
        let mut admit = self.jobs[job].admit(None);
        admit.draft.id.uuid = self.new_uuid();
        admit.request =
            number.map(|number| RunRequest { id: request(2, number), fingerprint: [7; 8] });
        if stale {
            admit.expected = self.new_etag();
        }
        let admitted = |admitted| match admitted {
            Admitted::Run(run) => Some(view::run(*run)),
            Admitted::Changed | Admitted::Reused => None,
        };
        both!(self, admitted, |side| side.store.admit_run(&admit));
        Ok(())
    }

    pub(super) async fn cancel(
        &mut self,
        job: usize,
        run: Index,
        stale: bool,
        number: Option<usize>,
    ) -> Checked {
        let known = &self.jobs[job];
        let runs = self.sides[1].store.list_runs(PARTITION, known.uid()).await;
        let runs = runs.expect("the model answers");
        if runs.is_empty() {
            return Ok(());
        }
        let mut cancel = known.cancel(run.get(&runs));
        cancel.grace = DELAY;
        cancel.attempt += u32::from(stale);
        cancel.request =
            number.map(|number| RunRequest { id: request(3, number), fingerprint: [7; 8] });
        let cancelled = |outcome| match outcome {
            CancelOutcome::Run(run) => Ok(view::run(*run)),
            other => Err(other),
        };
        let _ = both!(self, cancelled, |side| side.store.cancel_run(&cancel));
        Ok(())
    }
}
