//! Object stores that run on the cluster.

use super::alert::{Alert, steady};
use crate::model::Name;
use crate::render::Input;

/// Their alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let ours = input.plan.s3.iter().filter(|(_, store)| !store.masters.is_empty());
    ours.flat_map(|(name, _)| of_store(name)).collect()
}

fn of_store(name: &Name) -> [Alert; 2] {
    let leader =
        |value: u8| steady(format!("SeaweedFS_master_is_leader{{job=\"s3\",store=\"{name}\",dc=\"d\",pod=\"p\"}}"), value);
    let up = |value: u8| steady(format!("up{{job=\"s3\",store=\"{name}\",dc=\"d\",pod=\"p\"}}"), value);
    [
        Alert::new("ObjectStoreNoLeader", format!("sum by (store) (SeaweedFS_master_is_leader{{store=\"{name}\"}}) != 1"))
            .after(2)
            .label("store", name)
            .says(
                "the masters of {{ $labels.store }} do not have exactly one leader",
                "No new object finds a place.",
                "Look whether a majority of its masters reach each other.",
            )
            .fires([leader(0)], [("store", name.as_str())])
            .quiet([leader(1)]),
        Alert::new("ObjectStoreDatacenterDown", format!("max by (store, dc) (up{{job=\"s3\",store=\"{name}\"}}) == 0"))
            .after(5)
            .label("store", name)
            .says(
                "nothing of {{ $labels.store }} answers in {{ $labels.dc }}",
                "Its objects have one copy left, and new ones cannot be written to both data centres.",
                "Look at its pods and disks there.",
            )
            .fires([up(0)], [("store", name.as_str()), ("dc", "d")])
            .quiet([up(1)]),
    ]
}
