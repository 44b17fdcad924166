//! The generators, one file each. A new one is a file and a line in [`ALL`]; it proposes whatever the topology allows and
//! says what it costs, because whether it helps is measured afterwards.

mod capacity;
mod durability;
mod edge;
mod geodns;
mod redis;
mod replicas;
mod split;
mod spread;
mod synchronous;
mod timers;
mod witness;

use super::Facts;
use crate::model::advice::Candidate;

/// Proposes edits.
pub type Generator = fn(&Facts<'_>) -> Vec<Candidate>;

/// Every generator.
pub const ALL: &[Generator] = &[
    witness::propose,
    split::propose,
    synchronous::propose,
    durability::propose,
    redis::propose,
    replicas::propose,
    spread::propose,
    geodns::propose,
    edge::propose,
    capacity::propose,
    timers::propose,
];
