//! Verification: rendered files become findings, by strict schemas, rules of each format, and proofs across files.
//! It is pure; the real components' own checkers are run by `io`.

pub mod formats;
pub mod kubernetes;
pub mod proofs;

use crate::diag::{Explanation, Finding};
use crate::model::{Artifact, Plan, Topology};

/// The tables of codes of this room.
pub const CODES: &[&[Explanation]] = &[kubernetes::codes::CODES, proofs::codes::CODES];

/// Everything that is wrong with what was rendered: first each object by itself, then what the files say about each other.
pub fn verify(topology: &Topology, plan: &Plan, artifacts: &[Artifact]) -> Vec<Finding> {
    let mut findings = kubernetes::check(artifacts, topology.kubernetes.version);
    findings.extend(proofs::check(topology, plan, artifacts));
    findings
}
