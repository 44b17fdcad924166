//! Advice: which small edits of the topology might make a failure less bad, and which of them are worth it. Generators
//! propose and [`rank`](rank::rank) compares two analyses; carrying an edit out and analysing what comes of it is the
//! pipeline's matter, so nothing here decides by rule of thumb that an edit helps.

mod draft;
pub mod gain;
mod generators;
mod phrase;
pub mod rank;
#[cfg(test)]
mod tests;
mod voters;

use crate::model::advice::Candidate;
use crate::model::{Plan, Survival, Topology};

/// What generators read.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The topology.
    pub topology: &'a Topology,
    /// Its plan.
    pub plan: &'a Plan,
    /// What every single failure does to it.
    pub survival: &'a Survival,
}

/// Every edit that may help, in the order of the generators; none is known to help yet.
pub fn candidates(facts: &Facts<'_>) -> Vec<Candidate> {
    let all = generators::ALL.iter().flat_map(|propose| propose(facts));
    all.filter(|candidate| !candidate.edit.is_empty()).collect()
}
