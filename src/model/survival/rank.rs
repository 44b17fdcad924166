//! How bad a cell or a case is, so that every report and rule puts the same thing first.

use super::outcome::{Case, Cell, Outcome};
use super::scenario::{Class, Scenario};
use super::{Loss, Verdict};

/// An order of badness: the verdict, then the time in milliseconds.
pub type Rank = (Verdict, u64);

impl Outcome {
    /// Whether nobody notices anything: reads and writes go on, and nothing is lost.
    pub fn goes_on(&self) -> bool {
        self.worst().verdict == Verdict::GoesOn && self.loss == Loss::Nothing
    }
}

impl Cell {
    /// The rank of the worse of reads and writes.
    pub fn rank(&self) -> Rank {
        self.overall.worst().rank()
    }

    /// Whether nobody notices anything, in either data centre.
    pub fn goes_on(&self) -> bool {
        self.overall.goes_on() && self.by_datacenter.values().all(Outcome::goes_on)
    }

    /// Whether acknowledged data may be gone.
    pub fn loses(&self) -> bool {
        self.overall.loss != Loss::Nothing
    }
}

impl Case {
    /// The rank of the worst cell; the best rank where there is none.
    pub fn rank(&self) -> Rank {
        self.cells.values().map(|cell| cell.rank()).max().unwrap_or((Verdict::GoesOn, 0))
    }

    /// Whether nobody notices anything.
    pub fn goes_on(&self) -> bool {
        self.cells.values().all(|cell| cell.goes_on())
    }

    /// What kind its scenarios are: they differ only in the machine.
    pub fn class(&self) -> Class {
        self.scenarios.first().map_or(Class::Single, Scenario::class)
    }
}
