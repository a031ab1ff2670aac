//! Elapsed time: evenly spaced instants.

/// The instants anchor + k·every, k ≥ 0. The unit is the caller's: milliseconds where an interval
/// stands alone, seconds where it meets a clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::trigger) struct Beat {
    /// The first instant.
    pub(in crate::trigger) anchor: i64,
    /// The distance, at least 1.
    pub(in crate::trigger) every: i64,
}

impl Beat {
    /// The first instant at or after `from`.
    pub(in crate::trigger) fn next(&self, from: i64) -> Option<i64> {
        if from <= self.anchor {
            return Some(self.anchor);
        }
        let past = (from - self.anchor).rem_euclid(self.every);
        if past == 0 { Some(from) } else { from.checked_add(self.every - past) }
    }

    /// The last instant at or before `until`.
    pub(in crate::trigger) fn previous(&self, until: i64) -> Option<i64> {
        (until >= self.anchor).then(|| until - (until - self.anchor) % self.every)
    }

    /// Whether `at` is one of the instants.
    pub(in crate::trigger) fn contains(&self, at: i64) -> bool {
        at >= self.anchor && (at - self.anchor) % self.every == 0
    }

    /// How many of the instants lie in `from..=until`.
    pub(in crate::trigger) fn count(&self, from: i64, until: i64) -> u64 {
        match (self.next(from), self.previous(until)) {
            (Some(first), Some(last)) if first <= last => ((last - first) / self.every + 1) as u64,
            _ => 0,
        }
    }

    /// The instants that two beats have in common, which is a beat again: the Chinese remainder
    /// theorem, for periods that need not be coprime. `None` where they never meet; a period that
    /// would leave the range of time is cut to one that has no second instant within it.
    pub(in crate::trigger) fn meet(&self, other: &Self) -> Option<Self> {
        let (every, by) = (i128::from(self.every), i128::from(other.every));
        let apart = i128::from(other.anchor) - i128::from(self.anchor);
        let (common, inverse) = gcd_with_inverse(every, by);
        if apart % common != 0 {
            return None;
        }
        let steps = (apart / common * inverse).rem_euclid(by / common);
        let period = every / common * by;
        let first = i128::from(self.anchor) + steps * every;
        let late = i128::from(self.anchor.max(other.anchor));
        let behind = (late - first).max(0);
        let first = first + (behind + period - 1) / period * period;
        let anchor = i64::try_from(first).ok()?;
        Some(Self { anchor, every: i64::try_from(period).unwrap_or(i64::MAX) })
    }
}

/// The greatest common divisor of two numbers above 0.
pub(super) fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

/// The greatest common divisor of `a` and `b`, and a number that times `a` leaves it modulo `b`.
fn gcd_with_inverse(a: i128, b: i128) -> (i128, i128) {
    let (mut old, mut new) = ((a, 1), (b, 0));
    while new.0 != 0 {
        let quotient = old.0 / new.0;
        (old, new) = (new, (old.0 - quotient * new.0, old.1 - quotient * new.1));
    }
    old
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_beats_meet_where_a_search_says_so() {
        for every in 1..13 {
            for by in 1..13 {
                for anchor in -7..7 {
                    let (one, other) = (Beat { anchor: 2, every }, Beat { anchor, every: by });
                    let both: Vec<i64> =
                        (-20..400).filter(|at| one.contains(*at) && other.contains(*at)).collect();
                    let met: Vec<i64> = one.meet(&other).map_or(vec![], |beat| {
                        (-20..400).filter(|at| beat.contains(*at)).collect()
                    });
                    assert_eq!(met, both, "{one:?} {other:?}");
                }
            }
        }
    }

    #[test]
    fn periods_at_the_end_of_the_range_do_not_overflow() {
        let one = Beat { anchor: i64::MAX / 8, every: i64::MAX / 4 };
        let other = Beat { anchor: -5, every: i64::MAX / 4 - 1 };
        let _ = one.meet(&other);
        let _ = other.meet(&one);
        assert_eq!(one.meet(&one), Some(one));
        assert_eq!(one.next(i64::MAX / 2), one.next(i64::MAX / 2));
    }
}
