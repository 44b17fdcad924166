//! Services with too few replicas or an odd number of them: two in each data centre are the fewest of which one may be
//! replaced while the other data centre is away.

use crate::advise::Facts;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::Service;
use crate::model::unit::{Bytes, Cpu};
use crate::model::{Name, Path};

/// The fewest replicas: two in each data centre.
const FEWEST: u32 = 4;

/// One edit for all services that always run.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let wanted = |service: &Service| FEWEST.max(service.least().next_multiple_of(2));
    let all = facts.topology.services.iter().filter(|(_, service)| service.job.is_none());
    let few: Vec<(&Name, &Service)> = all.filter(|(_, service)| wanted(service) > service.least()).collect();
    let mut edit = Edit::new();
    let (mut pods, mut cpu, mut memory) = (0, 0, 0);
    for (name, service) in &few {
        let at = Path::of(["services", name.as_str(), "replicas"]);
        edit.set(at.key("min"), wanted(service));
        if service.most() < wanted(service) {
            edit.set(at.key("max"), wanted(service));
        }
        let more = wanted(service) - service.least();
        pods += more;
        cpu += u64::from(more) * service.resources.cpu.0;
        memory += u64::from(more) * service.resources.memory.0;
    }
    let names = few.iter().map(|(name, _)| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let title = format!("run at least two replicas of {names} in each data centre, and as many in one as in the other");
    let notes = vec![format!("{pods} pods more: {} cores and {} of memory", Cpu(cpu), Bytes(memory))];
    let cost = Cost { machines: 0, notes };
    (!few.is_empty())
        .then(|| Candidate { kind: "replicas", title, edit, cost, gives_up: Vec::new(), unknown: Vec::new() })
        .into_iter()
        .collect()
}
