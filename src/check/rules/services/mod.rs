//! Kubernetes and services (IT301 to IT329).

mod cluster;
mod health;
mod kinds;
mod routes;
mod scale;

use crate::check::Rule;

/// The rules of this family, in the order of their codes.
pub const RULES: &[Rule] = &[
    cluster::RETIRED,
    cluster::ENDPOINT,
    health::MISSING,
    health::NO_PORT,
    scale::FLAT,
    scale::UNMEASURED,
    scale::NO_TOPIC,
    scale::NO_KEDA,
    routes::WEIGHTS,
    routes::TWICE,
    routes::NO_PORT,
    kinds::JOB,
    kinds::PROJECTOR,
    health::MOVING,
];
