//! Verification: rendered files become findings, by strict schemas, rules of each format, and proofs across files.
//! It is pure; the real components' own checkers are run by `io`.

use crate::diag::{Explanation, Finding};
use crate::model::{Artifact, Plan, Topology};

/// The codes of this room.
pub const CODES: &[Explanation] = &[];

/// Everything that is wrong with what was rendered, in the order of the files.
pub fn verify(_topology: &Topology, _plan: &Plan, _artifacts: &[Artifact]) -> Vec<Finding> {
    Vec::new()
}
