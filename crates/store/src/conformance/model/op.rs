//! Operations, drawn at random. They name things by small numbers that the world makes sense of.

use proptest::prelude::*;
use proptest::sample::Index;

/// How many jobs there are at once.
pub(super) const JOBS: usize = 3;
/// How many nodes there are.
pub(super) const NODES: usize = 2;

/// One call.
#[derive(Clone, Debug)]
pub(super) enum Op {
    Insert {
        job: usize,
        shape: Shape,
        request: Option<usize>,
    },
    Change {
        job: usize,
        change: Change,
        next: Next,
        drops: bool,
        stale: bool,
    },
    Delete {
        job: usize,
        stale: bool,
        request: Option<usize>,
    },
    Admit {
        job: usize,
        stale: bool,
        request: Option<usize>,
    },
    /// Cancels one of the runs of a job, as it is or as it was not.
    Cancel {
        job: usize,
        run: Index,
        stale: bool,
        request: Option<usize>,
    },
    /// Sees to all cancelling whose time has come, ending the attempts or not.
    EndCancelled {
        node: usize,
        ends: bool,
    },
    Acquire {
        node: usize,
    },
    Renew {
        node: usize,
    },
    Release {
        node: usize,
    },
    Register {
        node: usize,
        above: u64,
    },
    Turn {
        node: usize,
        turn: TurnOp,
    },
    /// The latest turn again, under the same number or an older one.
    Resend {
        node: usize,
        back: u64,
    },
    Sweep {
        node: usize,
        stale: bool,
    },
    Reap {
        node: usize,
        dead: usize,
        finishes: Vec<FinishOp>,
    },
}

/// How a job differs from another.
#[derive(Clone, Debug)]
pub(super) struct Shape {
    pub(super) max_instances: u32,
    pub(super) queue: u32,
    pub(super) succeeded: u32,
    pub(super) others: u32,
    pub(super) priority: usize,
    pub(super) for_workers: bool,
    pub(super) far: bool,
    pub(super) replaces: bool,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Change {
    Define,
    Pause,
    Resume,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Next {
    Keep,
    /// A due point so far behind the latest claimed fire time.
    Due {
        behind: u32,
        at_once: bool,
    },
    Far,
    Unset,
    Exhausted,
}

/// What a turn carries.
#[derive(Clone, Debug)]
pub(super) struct TurnOp {
    pub(super) finishes: Vec<FinishOp>,
    pub(super) promotes: bool,
    pub(super) claims: Vec<ClaimOp>,
    pub(super) takes: Vec<TakeOp>,
    pub(super) free: u32,
    /// It rests on the token before the latest one.
    pub(super) old_token: bool,
}

/// The end of one of the attempts that were ever leased.
#[derive(Clone, Debug)]
pub(super) struct FinishOp {
    pub(super) attempt: Index,
    pub(super) step: Step,
    pub(super) of_another: bool,
    /// Failed runs in a row that pause the job.
    pub(super) limit: Option<u32>,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Step {
    Succeed,
    Fail,
    Lose,
    Again { delayed: bool, lost: bool },
    GiveBack,
    PutOff,
}

#[derive(Clone, Debug)]
pub(super) struct ClaimOp {
    pub(super) job: usize,
    /// For each fire, whether it is missed.
    pub(super) missed: Vec<bool>,
    pub(super) grounds: Grounds,
    pub(super) continues: bool,
    pub(super) catching_up: bool,
    pub(super) last: bool,
    pub(super) max_fires: Option<u32>,
    pub(super) raised: bool,
}

/// What the claim rests on.
#[derive(Clone, Copy, Debug)]
pub(super) enum Grounds {
    Good,
    AnotherPoint,
    AnotherVersion,
    AnotherIncarnation,
}

#[derive(Clone, Debug)]
pub(super) struct TakeOp {
    pub(super) job: usize,
    pub(super) most: u32,
}

/// A history.
pub(super) fn ops() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..60)
}

fn op() -> impl Strategy<Value = Op> {
    let job = || 0..JOBS;
    let node = || 0..NODES;
    let request = || prop::option::weighted(0.2, 0..3_usize);
    prop_oneof![
        4 => (job(), shape(), request())
            .prop_map(|(job, shape, request)| Op::Insert { job, shape, request }),
        3 => (job(), change(), next(), any::<bool>(), seldom()).prop_map(
            |(job, change, next, drops, stale)| Op::Change { job, change, next, drops, stale }
        ),
        1 => (job(), seldom(), request())
            .prop_map(|(job, stale, request)| Op::Delete { job, stale, request }),
        2 => (job(), seldom(), request())
            .prop_map(|(job, stale, request)| Op::Admit { job, stale, request }),
        2 => (job(), any::<Index>(), seldom(), request())
            .prop_map(|(job, run, stale, request)| Op::Cancel { job, run, stale, request }),
        2 => (node(), prop::bool::weighted(0.8))
            .prop_map(|(node, ends)| Op::EndCancelled { node, ends }),
        2 => node().prop_map(|node| Op::Acquire { node }),
        1 => node().prop_map(|node| Op::Renew { node }),
        1 => node().prop_map(|node| Op::Release { node }),
        1 => (node(), 0..3_u64).prop_map(|(node, above)| Op::Register { node, above }),
        16 => (node(), turn()).prop_map(|(node, turn)| Op::Turn { node, turn }),
        1 => (node(), 0..2_u64).prop_map(|(node, back)| Op::Resend { node, back }),
        1 => (node(), seldom()).prop_map(|(node, stale)| Op::Sweep { node, stale }),
        2 => (node(), node(), prop::collection::vec(finish(), 0..3))
            .prop_map(|(node, dead, finishes)| Op::Reap { node, dead, finishes }),
    ]
}

fn seldom() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.1)
}

fn shape() -> impl Strategy<Value = Shape> {
    let limits = (1..4_u32, 0..3_u32, 0..4_u32, 0..4_u32);
    let flags = (seldom(), seldom(), prop::bool::weighted(0.4));
    (limits, 0..3_usize, flags).prop_map(|(limits, priority, (for_workers, far, replaces))| {
        let (max_instances, queue, succeeded, others) = limits;
        Shape { max_instances, queue, succeeded, others, priority, for_workers, far, replaces }
    })
}

fn change() -> impl Strategy<Value = Change> {
    prop_oneof![Just(Change::Define), Just(Change::Pause), Just(Change::Resume)]
}

fn next() -> impl Strategy<Value = Next> {
    prop_oneof![
        Just(Next::Keep),
        (0..4_u32, any::<bool>()).prop_map(|(behind, at_once)| Next::Due { behind, at_once }),
        Just(Next::Far),
        Just(Next::Unset),
        Just(Next::Exhausted),
    ]
}

fn turn() -> impl Strategy<Value = TurnOp> {
    let finishes = prop::collection::vec(finish(), 0..4);
    let claims = prop::collection::vec(claim(), 0..4);
    let take = (0..JOBS, 0..4_u32).prop_map(|(job, most)| TakeOp { job, most });
    let takes = prop::collection::vec(take, 0..3);
    (finishes, any::<bool>(), claims, takes, 0..4_u32, seldom()).prop_map(
        |(finishes, promotes, claims, takes, free, old_token)| TurnOp {
            finishes,
            promotes,
            claims,
            takes,
            free,
            old_token,
        },
    )
}

fn finish() -> impl Strategy<Value = FinishOp> {
    let step = prop_oneof![
        4 => Just(Step::Succeed),
        1 => Just(Step::Fail),
        1 => Just(Step::Lose),
        2 => (any::<bool>(), any::<bool>())
            .prop_map(|(delayed, lost)| Step::Again { delayed, lost }),
        1 => Just(Step::GiveBack),
        1 => Just(Step::PutOff),
    ];
    let limit = prop::option::weighted(0.3, 1..4_u32);
    (any::<Index>(), step, seldom(), limit).prop_map(|(attempt, step, of_another, limit)| {
        FinishOp { attempt, step, of_another, limit }
    })
}

fn claim() -> impl Strategy<Value = ClaimOp> {
    let missed = prop::collection::vec(prop::bool::weighted(0.2), 1..4);
    let grounds = prop_oneof![
        12 => Just(Grounds::Good),
        1 => Just(Grounds::AnotherPoint),
        1 => Just(Grounds::AnotherVersion),
        1 => Just(Grounds::AnotherIncarnation),
    ];
    let flags = (any::<bool>(), any::<bool>(), seldom(), seldom());
    let max_fires = prop::option::weighted(0.1, 1..6_u32);
    (0..JOBS, missed, grounds, flags, max_fires).prop_map(
        |(job, missed, grounds, (continues, catching_up, last, raised), max_fires)| ClaimOp {
            job,
            missed,
            grounds,
            continues,
            catching_up,
            last,
            max_fires,
            raised,
        },
    )
}
