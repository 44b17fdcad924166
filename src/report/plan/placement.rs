//! The sites, and the members of every system by site.

use std::collections::BTreeMap;

use super::Facts;
use crate::model::Name;
use crate::model::plan::{Plan, SiteKind};
use crate::report::table::table;

pub(super) fn sites(plan: &Plan) -> String {
    let mut sites: Vec<_> = plan.sites.iter().collect();
    sites.sort_by_key(|(name, site)| (site.kind, *name));
    let rows: Vec<Vec<String>> = sites
        .into_iter()
        .map(|(name, site)| {
            let kind = match site.kind {
                SiteKind::Preferred => "preferred",
                SiteKind::Standby => "standby",
                SiteKind::Witness => "witness",
            };
            let hosts = plan.hosts.values().filter(|host| host.site == *name).count();
            vec![name.to_string(), site.title.clone(), kind.to_owned(), site.network.to_string(), hosts.to_string()]
        })
        .collect();
    table(&["site", "title", "role", "network", "hosts"], &rows, &[4])
}

/// Members of every system by site, as host names in short.
pub(super) fn placement(facts: &Facts<'_>) -> String {
    let mut order: Vec<_> = facts.plan.sites.iter().collect();
    order.sort_by_key(|(name, site)| (site.kind, *name));
    let names: Vec<&Name> = order.into_iter().map(|(name, _)| name).collect();
    let rows: Vec<Vec<String>> = members(facts.plan)
        .into_iter()
        .map(|(system, by_site)| {
            let cells = names.iter().map(|site| by_site.get(*site).map_or_else(|| "-".to_owned(), |names| names.join("\n")));
            std::iter::once(system).chain(cells).collect()
        })
        .collect();
    let header: Vec<&str> = std::iter::once("system").chain(names.iter().map(|name| name.as_str())).collect();
    table(&header, &rows, &[])
}

type BySite = BTreeMap<Name, Vec<String>>;

fn members(plan: &Plan) -> Vec<(String, BySite)> {
    let on_hosts = |members: &[crate::model::plan::Member]| {
        let mut by_site = BySite::new();
        for member in members {
            by_site.entry(member.site.clone()).or_default().push(member.host.to_string());
        }
        by_site
    };
    let mut systems = vec![
        ("control plane".to_owned(), on_hosts(&plan.kubernetes.control_plane)),
        ("workers".to_owned(), on_hosts(&plan.kubernetes.workers)),
    ];
    for postgres in plan.postgres.values() {
        for cluster in &postgres.clusters {
            systems.push((format!("PostgreSQL {}", cluster.scope), on_hosts(&cluster.members)));
            systems.push((format!("its etcd {}", cluster.scope), on_hosts(&cluster.dcs)));
        }
        systems.push(("its proxies".to_owned(), on_hosts(&postgres.proxies)));
    }
    for kafka in plan.kafka.values() {
        for cluster in &kafka.clusters {
            let nodes = |nodes: &[crate::model::plan::KafkaNode]| {
                let mut by_site = BySite::new();
                for node in nodes {
                    let shown = node.host.as_ref().map_or_else(|| format!("node {}", node.id), ToString::to_string);
                    by_site.entry(node.site.clone()).or_default().push(shown);
                }
                by_site
            };
            systems.push((format!("Kafka brokers {}", cluster.name), nodes(&cluster.brokers)));
            systems.push((format!("Kafka controllers {}", cluster.name), nodes(&cluster.controllers)));
        }
    }
    for (name, redis) in &plan.redis {
        let mut by_site = BySite::new();
        for member in &redis.members {
            let shown = match &member.replica_of {
                None => format!("{} master", member.name),
                Some(master) => format!("{} of {master}", member.name),
            };
            by_site.entry(member.site.clone()).or_default().push(shown);
        }
        systems.push((format!("Redis {name}"), by_site));
    }
    for (name, store) in &plan.s3 {
        let mut by_site = BySite::new();
        for group in store.masters.iter().chain(&store.volumes).chain(&store.filers) {
            by_site.entry(group.site.clone()).or_default().push(format!("{} x{}", group.name, group.replicas));
        }
        systems.push((format!("S3 {name}"), by_site));
    }
    let pools = [("nginx", &plan.edge), ("name servers", &plan.nameservers)];
    for (what, by_site) in pools {
        let all: Vec<_> = by_site.values().flatten().cloned().collect();
        systems.push((what.to_owned(), on_hosts(&all)));
    }
    systems.retain(|(_, by_site)| !by_site.is_empty());
    systems
}
