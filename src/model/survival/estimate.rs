//! Times with their terms, so that every number shows what it is made of.

use serde::Serialize;

use crate::model::unit::Duration;

/// How long a rehearsed recovery of lost majorities takes once a person acts: members are removed or forced by hand,
/// system by system. An estimate on the side of care; the commands themselves take minutes.
pub const REBUILD: Duration = Duration::from_seconds(30 * 60);

/// How long one rehearsed command takes once a person acts: a promotion, a takeover, a switch of clients.
pub const PROMOTION: Duration = Duration::from_seconds(5 * 60);

/// One term of an estimate: a wait that cannot overlap with the others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Term {
    /// What is waited for, as a phrase; a setting is named as its component names it.
    pub what: &'static str,
    /// At most how long.
    pub time: Duration,
    /// Where the figure or the rule comes from.
    pub source: &'static str,
}

/// An upper bound of a time: the sum of its terms, one after the other.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(transparent)]
pub struct Estimate {
    /// The terms, in the order in which they pass.
    pub terms: Vec<Term>,
}

impl Estimate {
    /// No time at all.
    pub const NONE: Self = Self { terms: Vec::new() };

    /// The sum of these terms; those that are zero are left out.
    pub fn of(terms: impl IntoIterator<Item = Term>) -> Self {
        Self { terms: terms.into_iter().filter(|term| term.time > Duration(0)).collect() }
    }

    /// The sum.
    pub fn total(&self) -> Duration {
        Duration(self.terms.iter().map(|term| term.time.0).fold(0, u64::saturating_add))
    }

    /// This, and then the other: serial steps add up.
    #[must_use]
    pub fn then(mut self, other: &Self) -> Self {
        self.terms.extend_from_slice(&other.terms);
        self
    }

    /// The longer of both: parallel steps take as long as the longest; the first where both are equal.
    #[must_use]
    pub fn or_longer(self, other: Self) -> Self {
        if other.total() > self.total() { other } else { self }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn term(seconds: u64) -> Term {
        Term { what: "a wait", time: Duration::from_seconds(seconds), source: "test" }
    }

    #[test]
    fn serial_steps_add_up_and_parallel_ones_do_not() {
        let (short, long) = (Estimate::of([term(1), term(0)]), Estimate::of([term(2), term(3)]));
        assert_eq!(short.terms.len(), 1);
        assert_eq!(short.clone().then(&long).total(), Duration::from_seconds(6));
        assert_eq!(short.or_longer(long.clone()), long);
    }
}
