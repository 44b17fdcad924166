//! Voters that split evenly get one more in the preferred data centre; majorities that stand in the standby one change
//! places with its minorities.

use super::witness::counted;
use crate::advise::Facts;
use crate::advise::draft::Draft;
use crate::advise::voters::{Voters, sets};
use crate::model::Name;
use crate::model::advice::{Candidate, Cost};
use crate::model::topology::Topology;

/// One edit for each even split, and one for all majorities on the wrong side.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let names = facts.topology.datacenter_names();
    let [preferred, standby] = names.as_slice() else { return Vec::new() };
    let sets = sets(facts.topology);
    let even = sets.iter().filter(|set| set.at_witness() == 0 && set.at(preferred) == set.at(standby));
    let mut found: Vec<Candidate> = even.filter_map(|set| one_more(facts.topology, set, preferred)).collect();
    found.extend(together(facts.topology, &sets, preferred, standby));
    found
}

fn one_more(topology: &Topology, set: &Voters, preferred: &Name) -> Option<Candidate> {
    let mut draft = Draft::new(topology);
    draft.put(set, preferred, set.at(preferred) + 1)?;
    let (edit, draft) = draft.finish()?;
    let machines: u32 = draft.added.values().sum();
    let title = format!("give `{preferred}` one voter more in {}", set.system());
    let place = if machines == 0 { "room for one more pod".to_owned() } else { counted(machines) };
    let cost = Cost { machines, notes: vec![format!("{place} in `{preferred}`")] };
    Some(Candidate { kind: "split", title, edit, cost, gives_up: Vec::new(), unknown: Vec::new() })
}

fn together(topology: &Topology, sets: &[Voters], preferred: &Name, standby: &Name) -> Option<Candidate> {
    let wrong: Vec<&Voters> = sets.iter().filter(|set| set.majority_at(standby)).collect();
    let mut draft = Draft::new(topology);
    for set in &wrong {
        draft.put(set, preferred, set.at(standby))?;
        draft.put(set, standby, set.at(preferred))?;
    }
    let (edit, draft) = draft.finish()?;
    let machines: u32 = draft.added.values().sum();
    let systems = wrong.iter().map(|set| set.system()).collect::<Vec<_>>().join(", ");
    let title = format!("move the majority of {systems} to `{preferred}`");
    let moves = if machines == 0 {
        "pods alone move".to_owned()
    } else {
        format!("{} more in `{preferred}` and as many fewer in `{standby}`", counted(machines))
    };
    let notes = vec![moves];
    Some(Candidate { kind: "split", title, edit, cost: Cost { machines, notes }, gives_up: Vec::new(), unknown: Vec::new() })
}
