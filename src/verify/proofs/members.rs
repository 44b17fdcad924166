//! Members of one cluster carry equal values of everything that they must agree on, and etcd's timers are sound.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{ETCD_TIMERS, MEMBERS_DIFFER};
use super::{Findings, Rendered};
use crate::model::{Content, HostName};
use crate::verify::formats::lines::numbered;
use crate::verify::kubernetes::object::{below, list, text};

/// The host, the file and the settings of a member.
type Member<'a> = (&'a str, BTreeMap<String, String>);

const ETCD: [&str; 5] =
    ["/initial-cluster", "/initial-cluster-token", "/heartbeat-interval", "/election-timeout", "/quota-backend-bytes"];
const PATRONI: [&str; 4] = ["/scope", "/namespace", "/bootstrap/dcs", "/etcd3/hosts"];
const KAFKA: [&str; 6] = [
    "controller.quorum.voters",
    "default.replication.factor",
    "min.insync.replicas",
    "super.users",
    "unclean.leader.election.enable",
    "broker.session.timeout.ms",
];
const REDIS: [&str; 4] = ["maxmemory-policy", "cluster-node-timeout", "cluster-enabled", "min-replicas-to-write"];

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let plan = rendered.plan;
    for cluster in plan.postgres.values().flat_map(|postgres| &postgres.clusters) {
        let voters: Vec<&str> = cluster.dcs.iter().map(|member| member.host.as_str()).collect();
        agree(documents(rendered, &voters, "etc/etcd/etcd.yaml", &ETCD), findings);
        let members: Vec<&str> = cluster.members.iter().map(|member| member.host.as_str()).collect();
        agree(documents(rendered, &members, "etc/patroni/patroni.yml", &PATRONI), findings);
    }
    for cluster in plan.kafka.values().flat_map(|kafka| &kafka.clusters) {
        let nodes = cluster.brokers.iter().chain(&cluster.controllers);
        let hosts: Vec<&str> = nodes.filter_map(|node| node.host.as_ref()).map(HostName::as_str).collect();
        let mut members = lines(rendered, &hosts, ("etc/kafka/", ".properties"), '=', &KAFKA);
        members.retain(|(_, settings)| settings.contains_key("controller.quorum.voters"));
        agree(members, findings);
    }
    for redis in plan.redis.values() {
        let hosts: Vec<&str> = redis.members.iter().filter_map(|member| member.host.as_ref()).map(HostName::as_str).collect();
        let mut members = lines(rendered, &hosts, ("etc/redis/redis", ".conf"), ' ', &REDIS);
        members.retain(|(_, settings)| settings.contains_key("maxmemory-policy"));
        agree(members, findings);
        let of = redis.members.iter().chain(&redis.sentinels).filter_map(|member| member.host.as_ref());
        let hosts: Vec<&str> = of.map(HostName::as_str).collect();
        for name in ["etc/redis/members", "etc/redis/sentinels"] {
            agree(whole(rendered, &hosts, name), findings);
        }
    }
    timers(rendered, findings);
}

fn documents<'a>(rendered: &Rendered<'a>, hosts: &[&str], inside: &'static str, keys: &[&str]) -> Vec<Member<'a>> {
    let of = rendered.documents(inside).filter(|(file, _)| hosts.contains(&file.host));
    let read = |value: &Value| {
        let setting = |key: &&str| ((*key).to_owned(), value.pointer(key).map(ToString::to_string).unwrap_or_default());
        keys.iter().map(setting).collect()
    };
    of.map(|(file, value)| (file.path, read(value))).collect()
}

fn lines<'a>(
    rendered: &Rendered<'a>,
    hosts: &[&str],
    (start, ending): (&str, &'static str),
    separator: char,
    keys: &[&str],
) -> Vec<Member<'a>> {
    let of = rendered.texts(ending).filter(|(file, _)| hosts.contains(&file.host) && file.inside.starts_with(start));
    let read = |text: &str| {
        let settings = numbered(text).filter_map(|(_, line)| line.split_once(separator));
        settings.filter(|(key, _)| keys.contains(key)).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
    };
    of.map(|(file, text)| (file.path, read(text))).collect()
}

fn whole<'a>(rendered: &Rendered<'a>, hosts: &[&str], inside: &'static str) -> Vec<Member<'a>> {
    let of = rendered.texts(inside).filter(|(file, _)| file.inside == inside && hosts.contains(&file.host));
    of.map(|(file, text)| (file.path, BTreeMap::from([("the list".to_owned(), text.to_owned())]))).collect()
}

/// Every member says what most of them say.
fn agree(members: Vec<Member<'_>>, findings: &mut Findings) {
    let mut said: BTreeMap<&str, BTreeMap<&str, usize>> = BTreeMap::new();
    for (key, value) in members.iter().flat_map(|(_, settings)| settings) {
        *said.entry(key).or_default().entry(value).or_default() += 1;
    }
    for (file, settings) in &members {
        for (key, values) in &said {
            let Some((usual, _)) = values.iter().max_by_key(|(_, times)| **times) else { continue };
            if settings.get(*key).map(String::as_str) != Some(*usual) {
                let at = if key.starts_with('/') { *key } else { "" };
                findings.error(MEMBERS_DIFFER, file, at, format!("`{key}` is not what most members of the cluster say"));
            }
        }
    }
}

fn timers(rendered: &Rendered<'_>, findings: &mut Findings) {
    for (file, value) in rendered.documents("etc/etcd/etcd.yaml") {
        let number = |key: &str| value.get(key).and_then(Value::as_u64);
        judge(file.path, number("heartbeat-interval"), number("election-timeout"), findings);
    }
    for file in &rendered.files {
        let Content::YamlDocuments(documents) = file.content else { continue };
        for document in documents.iter().filter(|document| text(document, "kind") == "ClusterConfiguration") {
            let arguments = list(below(document, &["etcd", "local"]), "extraArgs");
            let argument =
                |name: &str| arguments.iter().find(|it| text(it, "name") == name)?.get("value")?.as_str()?.parse().ok();
            judge(file.path, argument("heartbeat-interval"), argument("election-timeout"), findings);
        }
    }
}

fn judge(file: &str, heartbeat: Option<u64>, election: Option<u64>, findings: &mut Findings) {
    let stable = |(heartbeat, election): (u64, u64)| election >= heartbeat.saturating_mul(10) && election <= 50_000;
    if !heartbeat.zip(election).is_some_and(stable) {
        findings.error(ETCD_TIMERS, file, "/election-timeout", "the election timeout is not ten heartbeats, or above 50 s");
    }
}
