//! Commits that wait for a standby in the other data centre: as many standbys as there are members in the larger one, so
//! that at least one of those that acknowledged stands elsewhere (Patroni, quorum commit).

use crate::advise::Facts;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::postgres::{PostgresMode, SynchronousMode};
use crate::model::topology::{Postgres, Topology};
use crate::model::{Name, Path};

/// One edit for each instance whose commits may be in one data centre only.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    facts.topology.postgres.iter().filter_map(|(name, postgres)| proposal(facts.topology, name, postgres)).collect()
}

fn proposal(topology: &Topology, name: &Name, postgres: &Postgres) -> Option<Candidate> {
    let members = |site: &Name| postgres.members.get(site).copied().unwrap_or(0);
    let largest = topology.datacenters.keys().map(members).max()?;
    let spans = postgres.mode == PostgresMode::Stretched && topology.datacenters.keys().all(|site| members(site) > 0);
    let off = match postgres.synchronous.mode {
        SynchronousMode::Off => true,
        SynchronousMode::On | SynchronousMode::Quorum => false,
    };
    if !spans || (!off && postgres.synchronous.nodes >= largest) {
        return None;
    }
    let at = Path::of(["postgres", name.as_str(), "synchronous"]);
    let mut edit = Edit::new();
    if off {
        edit.set(at.key("mode"), "quorum");
    }
    if postgres.synchronous.nodes != largest {
        edit.set(at.key("nodes"), largest);
    }
    let standbys = if largest == 1 { "1 standby".to_owned() } else { format!("{largest} standbys") };
    let title = format!("let commits of `postgres.{name}` wait for {standbys}, so that one is in the other data centre");
    let note = format!("every commit waits one round trip of {} between the sites", topology.link.rtt);
    Some(Candidate {
        kind: "synchronous",
        title,
        edit,
        cost: Cost { machines: 0, notes: vec![note] },
        gives_up: Vec::new(),
        unknown: Vec::new(),
    })
}
