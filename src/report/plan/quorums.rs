//! Every set of voters: where they stand, how many must agree, and what the loss of a site leaves.

use std::collections::BTreeMap;

use super::Facts;
use crate::model::Name;
use crate::report::table::table;

/// Every set of voters with its members by site.
pub(super) fn voters(facts: &Facts<'_>) -> Vec<(String, BTreeMap<Name, u32>)> {
    let plan = facts.plan;
    let count = |sites: &mut dyn Iterator<Item = &Name>| {
        let mut members: BTreeMap<Name, u32> = BTreeMap::new();
        sites.for_each(|site| *members.entry(site.clone()).or_default() += 1);
        members
    };
    let mut sets = vec![(
        "Kubernetes control plane".to_owned(),
        count(&mut plan.kubernetes.control_plane.iter().map(|member| &member.site)),
    )];
    for postgres in plan.postgres.values() {
        let clusters = postgres.clusters.iter().filter(|cluster| cluster.site.is_none());
        sets.extend(clusters.map(|cluster| {
            (format!("etcd of Patroni {}", cluster.scope), count(&mut cluster.dcs.iter().map(|member| &member.site)))
        }));
    }
    for kafka in plan.kafka.values() {
        let clusters = kafka.clusters.iter().filter(|cluster| cluster.site.is_none());
        sets.extend(clusters.map(|cluster| {
            (format!("controllers of Kafka {}", cluster.name), count(&mut cluster.controllers.iter().map(|node| &node.site)))
        }));
    }
    for (name, redis) in &plan.redis {
        let masters = redis.members.iter().filter(|member| member.slots.is_some());
        sets.push((format!("masters of Redis {name}"), count(&mut masters.map(|member| &member.site))));
        sets.push((format!("sentinels of Redis {name}"), count(&mut redis.sentinels.iter().map(|member| &member.site))));
    }
    sets.retain(|(_, members)| !members.is_empty());
    sets
}

pub(super) fn quorums(facts: &Facts<'_>) -> String {
    let rows: Vec<Vec<String>> = voters(facts)
        .into_iter()
        .map(|(system, members)| {
            let total: u32 = members.values().sum();
            let quorum = total / 2 + 1;
            let split: Vec<String> = members.iter().map(|(site, count)| format!("{site} {count}")).collect();
            let after: Vec<String> = members
                .iter()
                .map(|(site, count)| {
                    let left = total - count;
                    let word = if left >= quorum { format!("goes on ({left} of {total})") } else { "stops".to_owned() };
                    format!("without {site}: {word}")
                })
                .collect();
            vec![system, format!("{quorum} of {total}"), split.join(", "), after.join("\n")]
        })
        .collect();
    table(&["voters", "quorum", "where", "when a site is lost"], &rows, &[])
}
