//! A second nginx in a data centre that has one, so that its loss is not the loss of the data centre for clients. Each needs
//! a public address, which only the user has: where one is missing, something stands in for it and the edit is shown only.

use crate::advise::Facts;
use crate::model::Path;
use crate::model::advice::{Candidate, Cost, Unknown};
use crate::model::edit::Edit;
use crate::model::topology::{Pool, Topology};

/// One edit for all data centres with a single nginx.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    proposal(facts.topology).into_iter().collect()
}

fn proposal(topology: &Topology) -> Option<Candidate> {
    let pool = topology.edge.as_ref()?.nginx.on.as_str();
    let mut free = unused(topology)?.into_iter();
    let (mut edit, mut unknown, mut sites) = (Edit::new(), Vec::new(), Vec::new());
    for (site, datacenter) in &topology.datacenters {
        if topology.pool(site.as_str(), pool).and_then(|pool: &Pool| pool.count) != Some(1) {
            continue;
        }
        edit.set(topology.pool_path(site.as_str(), pool).key("count"), 2);
        if datacenter.public.len() < 2 {
            let stand_in = free.next()?;
            edit.append(Path::of(["datacenters", site.as_str(), "public"]), stand_in.clone());
            unknown.push(Unknown { stand_in, what: format!("second public address of {site}") });
        }
        sites.push(format!("`{site}`"));
    }
    let machines = u32::try_from(sites.len()).ok()?;
    let title = format!("run a second nginx in {}", sites.join(" and "));
    let notes = vec![format!("{machines} machines with a public address each")];
    Some(Candidate { kind: "edge", title, edit, cost: Cost { machines, notes }, gives_up: Vec::new(), unknown })
}

/// Addresses for documentation (RFC 5737) that the topology does not mention.
fn unused(topology: &Topology) -> Option<Vec<String>> {
    let text = serde_json::to_string(topology).ok()?;
    Some((1..255).rev().map(|last| format!("203.0.113.{last}")).filter(|address| !text.contains(address.as_str())).collect())
}
