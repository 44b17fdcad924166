//! Shorter leases: a leader that is lost is missed sooner. Patroni asks for `loopWait + 2 * retryTimeout <= ttl`, and for a
//! `ttl` of at least 20 seconds.

use crate::advise::Facts;
use crate::model::Path;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::postgres::Timers;
use crate::model::unit::Duration;

/// The shortest that Patroni takes.
const SHORTEST: Timers =
    Timers { ttl: Duration::from_seconds(20), loop_wait: Duration::from_seconds(5), retry_timeout: Duration::from_seconds(5) };

/// One edit for each instance with a longer lease.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let longer = facts.topology.postgres.iter().filter(|(_, postgres)| postgres.timers.ttl > SHORTEST.ttl);
    longer
        .map(|(name, postgres)| {
            let at = Path::of(["postgres", name.as_str(), "timers"]);
            let mut edit = Edit::new();
            edit.set(at.key("ttl"), SHORTEST.ttl.to_string());
            edit.set(at.key("loopWait"), SHORTEST.loop_wait.to_string());
            edit.set(at.key("retryTimeout"), SHORTEST.retry_timeout.to_string());
            let title =
                format!("let a leader of `postgres.{name}` be missed after {} instead of {}", SHORTEST.ttl, postgres.timers.ttl);
            let note = format!("a leader that stalls for {} loses its role, and etcd is asked twice as often", SHORTEST.ttl);
            Candidate {
                kind: "timers",
                title,
                edit,
                cost: Cost { machines: 0, notes: vec![note] },
                gives_up: Vec::new(),
                unknown: Vec::new(),
            }
        })
        .collect()
}
