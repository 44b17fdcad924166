//! Verification: rendered files become findings, by strict schemas, rules of each format, and proofs across files.
//! It is pure; the real components' own checkers are run by `io`.

pub mod kubernetes;

use crate::diag::{Explanation, Finding};
use crate::model::{Artifact, Plan, Topology};

/// The tables of codes of this room.
pub const CODES: &[&[Explanation]] = &[kubernetes::codes::CODES];

/// Everything that is wrong with what was rendered, in the order of the files.
pub fn verify(topology: &Topology, _plan: &Plan, artifacts: &[Artifact]) -> Vec<Finding> {
    kubernetes::check(artifacts, topology.kubernetes.version)
}
