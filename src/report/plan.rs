//! The plan for people: what stands where, which quorum survives what, whether it fits, and what changes.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::changes::Changes;
use super::table::table;
use crate::diag::{Finding, Severity};
use crate::model::plan::{Capacity, Load, Plan, SiteKind};
use crate::model::{Name, Topology};

/// How many changed files of each kind are named.
const NAMED_FILES: usize = 20;

/// What the report tells about.
pub struct Facts<'a> {
    /// The topology.
    pub topology: &'a Topology,
    /// Its plan.
    pub plan: &'a Plan,
    /// What was found.
    pub findings: &'a [Finding],
    /// The section of advice, where it was asked for.
    pub advice: Option<&'a str>,
}

/// The whole report; the last line is the summary of changes.
pub fn human(facts: &Facts<'_>, changes: Option<&Changes>) -> String {
    let mut out = String::new();
    let headline = headline(facts);
    if !headline.is_empty() {
        section(&mut out, "In short", &headline);
    }
    section(&mut out, "Sites", &sites(facts.plan));
    section(&mut out, "Placement", &placement(facts));
    section(&mut out, "Quorums", &quorums(facts));
    section(&mut out, "Services", &services(facts));
    section(&mut out, "Capacity", &capacity(facts.plan));
    if let Some(advice) = facts.advice {
        section(&mut out, "Advice", advice);
    }
    if let Some(changes) = changes {
        section(&mut out, &format!("Changes against {}", changes.against), &files(changes));
        let _ = writeln!(out, "{}", changes.summary());
    } else {
        let errors = facts.findings.iter().filter(|finding| finding.blocks()).count();
        let _ = writeln!(out, "Plan: nothing can be rendered, {errors} errors");
    }
    out
}

fn section(out: &mut String, title: &str, body: &str) {
    let _ = write!(out, "{title}\n{body}\n");
}

/// What a reader must know first: the sets of voters that no automatic recovery can save.
fn headline(facts: &Facts<'_>) -> String {
    let worst: Vec<String> = voters(facts)
        .into_iter()
        .flat_map(|(system, members)| {
            let total: u32 = members.values().sum();
            let fatal = members.iter().filter(move |(_, count)| total - **count < total / 2 + 1);
            fatal.map(move |(site, count)| format!("{system}: {count} of {total} voters stand at {site}")).collect::<Vec<_>>()
        })
        .collect();
    if worst.is_empty() {
        return String::new();
    }
    let mut text = String::from("  The loss of one site stops what cannot elect a leader without it:\n");
    for line in worst {
        let _ = writeln!(text, "  - {line}");
    }
    if facts.topology.witness.is_none() {
        text.push_str("  A witness with one voter of each makes the loss of either data centre automatic.\n");
    }
    text
}

/// Every set of voters with its members by site.
fn voters(facts: &Facts<'_>) -> Vec<(String, BTreeMap<Name, u32>)> {
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

fn sites(plan: &Plan) -> String {
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
fn placement(facts: &Facts<'_>) -> String {
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

fn quorums(facts: &Facts<'_>) -> String {
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

fn services(facts: &Facts<'_>) -> String {
    let rows: Vec<Vec<String>> = facts
        .topology
        .services
        .iter()
        .filter_map(|(name, service)| {
            let workload = facts.plan.workloads.get(name)?;
            let replicas = if workload.least == workload.most {
                workload.least.to_string()
            } else {
                format!("{} to {}", workload.least, workload.most)
            };
            let routes: Vec<String> =
                service.expose.iter().map(|it| format!("{}.{}{}", it.host, facts.topology.domain, it.path)).collect();
            let asks = format!("{} / {}", service.resources.cpu, service.resources.memory);
            Some(vec![name.to_string(), workload.namespace.clone(), replicas, asks, routes.join("\n")])
        })
        .collect();
    table(&["service", "namespace", "replicas", "cpu / memory", "routes"], &rows, &[])
}

fn capacity(plan: &Plan) -> String {
    let row = |case: &Capacity| {
        let lost = if case.lost.is_empty() { "nothing".to_owned() } else { case.lost.clone() };
        let load = match case.at {
            Load::Fewest => "min",
            Load::Most => "max",
        };
        let short: Vec<String> = case.short.iter().map(|(name, missing)| format!("{name} lacks {missing}")).collect();
        let verdict = if case.fits() { "fits".to_owned() } else { format!("does not fit: {}", short.join(", ")) };
        let cpu = format!("{} of {}", case.cpu_needed, case.cpu_left);
        let memory = format!("{}Gi of {}Gi", case.memory_needed.0 >> 30, case.memory_left.0 >> 30);
        vec![lost, load.to_owned(), cpu, memory, verdict]
    };
    let rows: Vec<Vec<String>> = plan.capacity.iter().map(row).collect();
    table(&["lost", "replicas", "cpu", "memory", "verdict"], &rows, &[])
}

fn files(changes: &Changes) -> String {
    let mut out = String::new();
    for (sign, files) in [("+", &changes.added), ("~", &changes.changed), ("-", &changes.removed)] {
        for file in files.iter().take(NAMED_FILES) {
            let _ = writeln!(out, "  {sign} {file}");
        }
        if let Some(more) = files.len().checked_sub(NAMED_FILES).filter(|more| *more > 0) {
            let _ = writeln!(out, "  {sign} and {more} more");
        }
    }
    if changes.is_empty() {
        out.push_str("  none\n");
    }
    out
}

/// How many findings of each severity there are, waived ones apart.
pub fn counts(findings: &[Finding]) -> (usize, usize, usize, usize) {
    let of = |severity: Severity| findings.iter().filter(|it| it.severity == severity && it.waived.is_none()).count();
    let waived = findings.iter().filter(|finding| finding.waived.is_some()).count();
    (of(Severity::Error), of(Severity::Warning), of(Severity::Info), waived)
}
