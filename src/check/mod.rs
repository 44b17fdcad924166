//! Checks: the topology and its plan become findings, judged by the rules of two data centres.
//!
//! To add a rule: a `Rule` constant in a file of its family in `rules/`, one line in the `RULES` of that family, and one fixture
//! `tests/bad/<code>.yaml` that breaks it and carries its expected finding. Tests compare the three.

pub mod regressions;
pub mod rules;
pub mod waive;

use rayon::prelude::*;

use crate::diag::{Explanation, Finding};
use crate::model::{Plan, Survival, Topology};
pub use rules::RULES;

/// What a rule looks at.
#[derive(Debug, Clone, Copy)]
pub struct Facts<'a> {
    /// The resolved topology.
    pub topology: &'a Topology,
    /// Where everything goes.
    pub plan: &'a Plan,
    /// What every single failure does.
    pub survival: &'a Survival,
}

/// A rule.
pub struct Rule {
    /// Its code, severity and what `explain` prints.
    pub explanation: Explanation,
    /// Finds every place that breaks it.
    pub check: fn(&Facts<'_>) -> Vec<Finding>,
}

impl Rule {
    /// A finding of this rule, with the severity that it usually has.
    pub fn finding(&self, at: impl Into<crate::diag::Place>, message: impl Into<String>) -> Finding {
        Finding::new(self.explanation.code, self.explanation.severity, at, message)
    }
}

/// Every finding of every rule, in the order of the places.
pub fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let rules: Vec<&Rule> = RULES.iter().copied().flatten().collect();
    let mut findings: Vec<Finding> = rules.par_iter().flat_map(|rule| (rule.check)(facts)).collect();
    findings.sort_by(|a, b| (&a.at, a.code, &a.message).cmp(&(&b.at, b.code, &b.message)));
    findings
}
