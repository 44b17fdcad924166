//! One topology file describes two data centres and what runs in them.
//!
//! Data flows one way, and no stage imports another:
//!
//! ```text
//! text -> load -> Topology -> check -> plan -> Plan -> render -> [Artifact] -> verify -> io | diff | report
//! ```

pub mod advise;
pub mod check;
pub mod diag;
pub mod diff;
pub mod io;
pub mod live;
pub mod load;
pub mod model;
pub mod pipeline;
pub mod plan;
pub mod render;
pub mod report;
pub mod survival;
pub mod verify;

#[cfg(test)]
pub(crate) mod testing;
