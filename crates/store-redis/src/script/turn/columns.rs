//! A turn as the columns that `sections/columns.lua` finds.

use bellwether_domain::plan::{Claim, Verdict};
use bellwether_store::{ClaimItem, Turn};

use crate::codec::bytes::Append as _;
use crate::codec::{bytes, ready, run};
use crate::keys::{Outcome, PartitionKeys};
use crate::script::admit_run::REPLACED_REPORT;
use crate::script::finish;
use crate::script::lists::Lists;
use crate::script::{Call, Place, write};

/// A turn, with what several columns are made from.
pub(super) struct Columns<'a> {
    turn: &'a Turn,
    lists: Lists,
    histories: Vec<String>,
    /// The names of the jobs of the finishes, then of the claims.
    jobs: Vec<String>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(place: &Place, turn: &'a Turn) -> Self {
        let finishes = turn.finishes.iter();
        let claims = turn.claims.iter();
        let named = finishes.clone().map(|finish| &finish.ready);
        let named = named.chain(turn.promotes.iter().map(|promote| &promote.ready));
        let named = named.chain(claims.clone().map(|item| &item.ready));
        let named = named.chain(turn.takes.iter().map(|take| &take.ready));
        let lists = Lists::of(named);
        let histories = finishes.clone().map(|finish| finish::history(&place.keys, finish));
        let others = |item: &ClaimItem| place.keys.history(item.claim.uid, Outcome::Other);
        let histories = histories.chain(claims.clone().map(others)).collect();
        let jobs = finishes.map(|finish| finish.job.to_string());
        let jobs = jobs.chain(claims.map(|item| item.claim.key.to_string())).collect();
        Self { turn, lists, histories, jobs }
    }

    /// The keys behind those that every writing script declares.
    pub(super) fn keys(&self, keys: &PartitionKeys) -> Vec<String> {
        let mut names = self.lists.keys(keys);
        names.extend_from_slice(&self.histories);
        names.push(keys.cancels());
        names
    }

    /// Adds the numbers and all columns.
    pub(super) fn add_to(&self, call: &mut Call<'_>) {
        call.arg(self.numbers());
        self.add_shared(call);
        finish::add_columns(call, &self.turn.finishes, &self.lists);
        self.add_claims(call);
        self.add_promotes_and_takes(call);
    }

    fn numbers(&self) -> Vec<u8> {
        let turn = self.turn;
        let fires: usize = turn.claims.iter().map(|item| item.claim.fires.len()).sum();
        let counts =
            [turn.finishes.len(), fires, turn.promotes.len(), turn.claims.len(), turn.takes.len()];
        let mut numbers = Vec::with_capacity(16);
        for count in counts {
            numbers.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_be_bytes());
        }
        numbers.extend_from_slice(&turn.free.to_be_bytes());
        numbers.extend_from_slice(&self.lists.end().to_be_bytes());
        numbers
    }

    /// The columns that finishes and claims share.
    fn add_shared(&self, call: &mut Call<'_>) {
        let turn = self.turn;
        for finish in &turn.finishes {
            call.arg(finish.run.uuid.as_bytes());
        }
        for job in &self.jobs {
            call.arg(job);
        }
        for finish in &turn.finishes {
            call.arg(finish.uid.0.as_bytes());
        }
        for item in &turn.claims {
            call.arg(item.claim.uid.0.as_bytes());
        }
    }

    fn add_claims(&self, call: &mut Call<'_>) {
        let claims = || self.turn.claims.iter().map(|item| &item.claim);
        for claim in claims() {
            call.arg(&expected(claim));
        }
        for claim in claims() {
            match claim.next {
                Some(next) => call.arg(next.start_after.as_millis()),
                None => call.arg(""),
            };
        }
        for claim in claims() {
            call.arg(&advance(claim));
        }
        for item in &self.turn.claims {
            call.arg(terms(item, &self.lists));
        }
        for fire in claims().flat_map(|claim| &claim.fires) {
            call.arg(fire.draft.id.uuid.as_bytes());
        }
        let jobs = &self.jobs[self.turn.finishes.len()..];
        for (item, job) in self.turn.claims.iter().zip(jobs) {
            for fire in &item.claim.fires {
                call.arg(run::tail(&fire.draft, job));
            }
        }
    }

    fn add_promotes_and_takes(&self, call: &mut Call<'_>) {
        for promote in &self.turn.promotes {
            call.arg(ready::member(promote));
        }
        for promote in &self.turn.promotes {
            call.arg(promote.run.uuid.as_bytes());
        }
        for promote in &self.turn.promotes {
            call.arg(self.lists.place(&promote.ready));
        }
        for take in &self.turn.takes {
            call.arg(self.lists.place(&take.ready)).arg(take.most).arg(take.owner.0.as_bytes());
        }
    }
}

/// The front of a job as the claim expects it: etag, uid, next point.
fn expected(claim: &Claim) -> [u8; 40] {
    let mut expected = [0; 40];
    expected[..24].copy_from_slice(&write::version(claim.etag, claim.uid));
    expected[24..].copy_from_slice(&bytes::point(Some(claim.expected)));
    expected
}

/// What the claim moves the job to: the next point and the latest claimed fire time.
fn advance(claim: &Claim) -> [u8; 24] {
    let mut advance = [0; 24];
    advance[..16].copy_from_slice(&bytes::point(claim.next));
    advance[16..].copy_from_slice(&bytes::instant(Some(claim.last_fire)));
    advance
}

const CONTINUES: u8 = 1;
const GOES_ON: u8 = 2;
const REPLACES: u8 = 4;
const NEVER_VALID: u8 = 8;

/// What `sections/claim.lua` calls the terms.
fn terms(item: &ClaimItem, lists: &Lists) -> Vec<u8> {
    let claim = &item.claim;
    let admission = claim.admission;
    // A next fire time that is not after what is taken would be claimed twice. Both are in the
    // claim, so this needs no look at the store; the answer is the same as for a stale claim.
    let never_valid = claim.next.is_some_and(|next| next.fire_time <= claim.last_fire);
    let mut flags = 0;
    for (flag, set) in [
        (CONTINUES, admission.continues),
        (GOES_ON, claim.catching_up),
        (REPLACES, admission.replaces.is_some()),
        (NEVER_VALID, never_valid),
    ] {
        flags |= if set { flag } else { 0 };
    }
    let keep = u16::try_from(item.keep.others).unwrap_or(u16::MAX);
    let mut terms = Vec::with_capacity(20);
    terms.extend_from_slice(&admission.max_instances.to_be_bytes());
    terms.extend_from_slice(&admission.places.to_be_bytes());
    terms.push(flags);
    terms.extend_from_slice(&lists.place(&item.ready).to_be_bytes());
    terms.extend_from_slice(&claim.max_fires.unwrap_or(0).to_be_bytes());
    terms.extend_from_slice(&keep.to_be_bytes());
    if let Some(grace) = admission.replaces {
        let grace = u64::try_from(grace.as_millis()).unwrap_or(u64::MAX);
        terms.extend_from_slice(&grace.to_be_bytes());
        terms.short(&REPLACED_REPORT);
    }
    terms.extend(claim.fires.iter().map(|fire| match fire.verdict {
        Verdict::Run if fire.draft.covers.others > 0 => b'C',
        Verdict::Run => b'R',
        Verdict::Missed => b'M',
    }));
    terms
}
