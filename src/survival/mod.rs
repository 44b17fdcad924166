//! Survival: what every failure does. The topology and its plan become a [`Survival`]: for each scenario the verdict of
//! each component, judged by that component's own protocol on each side of what is left, then composed along the
//! dependencies of services and routes. It proposes nothing and prints nothing.

pub mod scenarios;
pub mod trace;

use crate::model::survival::{Scenario, Survival};
use crate::model::{Plan, Topology};

/// Judges every component in each of these scenarios; scenarios that differ only in which of several like machines
/// fails are judged once.
pub fn analyse(topology: &Topology, plan: &Plan, scenarios: &[Scenario]) -> Survival {
    let _ = (topology, plan, scenarios);
    Survival::default()
}
