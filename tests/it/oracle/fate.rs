//! What a simulation saw: how reads and writes came through for the clients of each data centre.

use std::collections::BTreeMap;

use super::world::Site;

/// How reads or writes came through, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fate {
    /// Nothing was interrupted.
    Steady,
    /// Interrupted, and back without help.
    Back,
    /// Served in part, or from a copy that is left behind.
    Less,
    /// Not served; there is a copy within reach that a person can bring back.
    Person,
    /// Not served, and nothing is within reach.
    Gone,
}

impl Fate {
    /// Whether anything is served.
    pub fn served(self) -> bool {
        self < Self::Person
    }

    /// Served, with or without an interruption.
    pub const fn after(interrupted: bool) -> Self {
        if interrupted { Self::Back } else { Self::Steady }
    }

    /// Not served; whether a copy is within reach.
    pub const fn without(copy: bool) -> Self {
        if copy { Self::Person } else { Self::Gone }
    }
}

/// What the clients of one data centre saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Their reads.
    pub reads: Fate,
    /// Their writes.
    pub writes: Fate,
}

/// One way in which it can go.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Play {
    /// What the clients of each data centre that is left saw.
    pub seen: BTreeMap<Site, Seen>,
    /// Whether something acknowledged is gone, or will be once a person has brought it back.
    pub lost: bool,
}

impl Play {
    /// Reads for the platform as a whole.
    pub fn reads(&self) -> Fate {
        partly(self.seen.values().map(|seen| seen.reads))
    }

    /// Writes for the platform as a whole.
    pub fn writes(&self) -> Fate {
        partly(self.seen.values().map(|seen| seen.writes))
    }
}

/// The worst where all are served; less where some are; the best where none is, because one is enough for a person.
pub fn partly(fates: impl Iterator<Item = Fate>) -> Fate {
    let fates: Vec<Fate> = fates.collect();
    let served = fates.iter().filter(|fate| fate.served()).count();
    let worst = fates.iter().copied().max();
    let best = fates.iter().copied().min();
    let sum = if served == fates.len() {
        worst
    } else if served == 0 {
        best
    } else {
        Some(Fate::Less)
    };
    sum.unwrap_or(Fate::Gone)
}

/// What a whole comes to whose parts fare like this, each as the clients of all data centres saw it: worse than any part
/// that nobody can be served, else in part where clients here are served some of them.
pub fn whole(parts: &[BTreeMap<Site, Fate>], client: Site) -> Fate {
    let here = || parts.iter().map(|part| part[&client]);
    let nowhere = parts.iter().any(|part| !part.values().any(|fate| fate.served()));
    let sum = if nowhere { here().max() } else { Some(partly(here())) };
    sum.unwrap_or(Fate::Gone)
}

/// Every different play.
pub fn distinct(mut plays: Vec<Play>) -> Vec<Play> {
    plays.sort();
    plays.dedup();
    plays
}
