//! Every secret, key and certificate that the rendered files read, one file per system.

mod bootstrap;
mod edge;
mod kafka;
mod monitoring;
mod postgres;
mod redis;
mod s3;
mod services;

use crate::model::Topology;
use crate::model::plan::{Plan, SecretNeed};

/// A system's secrets.
type Needs = fn(&Topology, &Plan) -> Vec<SecretNeed>;

/// The systems, in the order of their files here.
const SYSTEMS: &[Needs] =
    &[bootstrap::needs, edge::needs, kafka::needs, monitoring::needs, postgres::needs, redis::needs, s3::needs, services::needs];

/// Every secret of the platform, sorted, each once.
pub fn needs(topology: &Topology, plan: &Plan) -> Vec<SecretNeed> {
    let mut all: Vec<SecretNeed> = SYSTEMS.iter().flat_map(|needs| needs(topology, plan)).collect();
    all.sort();
    all.dedup();
    all
}
