//! Plays that start what holds data for the first time, only by tag: `bootstrap` for all of them, or the tag of one. What
//! waits for its other members is started everywhere at once; of the rest the preferred data centre comes first, because its
//! members are the first leaders of the plan.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::json;

use super::inventory::group;
use super::playbook::{NEVER, Play, play, sites};
use super::steps::{Task, command, once, task};
use super::systems::System;
use crate::model::plan::kafka::KAFKA_USER;
use crate::model::plan::redis::REDIS_CONFIG;
use crate::model::plan::{KafkaNode, Member, RedisMember, RedisPlan};
use crate::model::topology::kafka::Run;
use crate::model::topology::redis::{RedisEngine, RedisMode};
use crate::model::{HostName, Name};
use crate::render::Input;

/// The tag of all of them.
const ALL: &str = "bootstrap";

const PATRONI_LIST: [&str; 6] = ["patronictl", "--config-file", "/etc/patroni/patroni.yml", "list", "--format", "json"];

/// The instances of the units of Redis on one host.
#[derive(Debug, Clone, Default, Serialize)]
pub(super) struct RedisUnits {
    members: Vec<String>,
    sentinels: Vec<String>,
}

impl RedisUnits {
    /// Those of every host that has any.
    pub(super) fn of(input: &Input<'_>) -> BTreeMap<HostName, Self> {
        let mut all: BTreeMap<HostName, Self> = BTreeMap::new();
        for planned in input.plan.redis.values() {
            for (host, member) in planned.members.iter().filter_map(|it| Some((it.host.clone()?, it))) {
                all.entry(host).or_default().members.push(format!("redis-member@{}.service", member.port));
            }
            for (host, sentinel) in planned.sentinels.iter().filter_map(|it| Some((it.host.clone()?, it))) {
                all.entry(host).or_default().sentinels.push(format!("redis-sentinel@{}.service", sentinel.port));
            }
        }
        all
    }
}

/// All of them, in their order.
pub(super) fn plays(input: &Input<'_>) -> Vec<Play> {
    let mut plays: Vec<Play> = etcd(input).into_iter().collect();
    plays.extend(patroni(input));
    plays.extend(kafka(input));
    plays.extend(redis(input));
    plays
}

/// Members of etcd wait for each other.
fn etcd(input: &Input<'_>) -> Option<Play> {
    let first = || play("Start etcd for the first time", System::Etcd.group(), &tags("etcd"), start("etcd.service"));
    (!System::Etcd.hosts(input).is_empty()).then(first)
}

/// One by one, so that the first of the preferred data centre makes the database and the others copy it.
fn patroni(input: &Input<'_>) -> Option<Play> {
    let clusters = input.plan.postgres.values().flat_map(|instance| &instance.clusters);
    let mut members: Vec<&Member> = clusters.flat_map(|cluster| &cluster.members).collect();
    members.sort_by_key(|member| (input.plan.sites.get(&member.site).map(|site| site.kind), member.host.clone()));
    let hosts = pattern(members.into_iter().map(|member| &member.host))?;
    let led = Task {
        register: Some("inuretech_members"),
        until: Some(
            "ansible_check_mode or (inuretech_members.stdout | default('[]', true) | from_json \
             | selectattr('Role', 'in', ['Leader', 'Standby Leader']) | selectattr('State', 'in', ['running', 'streaming']) \
             | list | length) > 0",
        ),
        retries: Some(60),
        delay: Some(2),
        changed_when: Some(false),
        ..command("Wait for a leader", &PATRONI_LIST)
    };
    let tasks = start("patroni.service").into_iter().chain([led]).collect();
    let patroni = play("Start Patroni for the first time", hosts, &tags("patroni"), tasks);
    Some(patroni.one_by_one())
}

/// Controllers form their quorum before the first broker, and topics come after the last one; then what mirrors them.
fn kafka(input: &Input<'_>) -> Vec<Play> {
    let clusters = || input.plan.kafka.values().flat_map(|kafka| &kafka.clusters);
    let hosts = |nodes: &mut dyn Iterator<Item = &KafkaNode>| {
        let hosts: BTreeSet<HostName> = nodes.filter_map(|node| node.host.clone()).collect();
        pattern(hosts.iter())
    };
    let controllers = hosts(&mut clusters().flat_map(|cluster| &cluster.controllers));
    let brokers = hosts(&mut clusters().flat_map(|cluster| &cluster.brokers));
    let first = hosts(&mut clusters().filter_map(|cluster| cluster.brokers.first()));
    let targets = input.plan.kafka.values().filter_map(|kafka| kafka.mirror());
    let mirrors = hosts(&mut targets.filter_map(|(_, target)| target.brokers.first()));
    let first_time = |what: &str, hosts: String, unit: &str| {
        let tasks = format(unit).into_iter().chain(start(unit)).collect();
        play(format!("Start {what} of Kafka for the first time"), hosts, &tags("kafka"), tasks)
    };
    let mut plays = Vec::new();
    plays.extend(controllers.map(|hosts| first_time("the controllers", hosts, "kafka-controller.service")));
    plays.extend(brokers.map(|hosts| first_time("the brokers", hosts, "kafka.service")));
    let declared = [NEVER, ALL, "kafka-bootstrap", "kafka-topics"];
    plays.extend(first.map(|hosts| play("Bring topics and rights of Kafka to what is declared", hosts, &declared, topics())));
    let mirror =
        |hosts| play("Start the mirror of Kafka for the first time", hosts, &tags("kafka"), start("kafka-mirror.service"));
    plays.extend(mirrors.map(mirror));
    plays
}

/// Disks are formatted before the unit is enabled and never after: a controller that comes back on an empty disk has
/// forgotten its votes, and a person should know.
fn format(unit: &str) -> [Task; 1] {
    let format = as_user(KAFKA_USER, "/etc/kafka/format.sh");
    [once("Format the disks", &format, &format!("/etc/systemd/system/multi-user.target.wants/{unit}"))]
}

fn topics() -> Vec<Task> {
    let topics = as_user(KAFKA_USER, "/etc/kafka/topics.sh");
    vec![Task {
        register: Some("inuretech_topics"),
        until: Some("inuretech_topics.rc | default(0) == 0"),
        retries: Some(10),
        delay: Some(5),
        changed_when: Some(true),
        ..command("Create and alter, once the brokers answer", &topics)
    }]
}

/// Members first, the preferred data centre's before the others, because the plan's first master stands there; then whoever
/// watches them, or the script that makes one cluster of them.
fn redis(input: &Input<'_>) -> Vec<Play> {
    let mut plays = redis_units(input, "members", |planned| &planned.members);
    let forming = input.topology.redis.iter().filter(|(_, it)| it.run == Run::Hosts && it.mode == RedisMode::Cluster);
    for (name, cache) in forming {
        let first = input.plan.redis.get(name).and_then(|planned| planned.members.first());
        let play_on =
            |host: &HostName| play(format!("Form the cluster {name}"), host.as_str(), &tags("redis"), form(cache.engine));
        plays.extend(first.and_then(|member| member.host.as_ref()).map(play_on));
    }
    plays.extend(redis_units(input, "sentinels", |planned| &planned.sentinels));
    plays
}

fn redis_units(input: &Input<'_>, which: &str, of: fn(&RedisPlan) -> &[RedisMember]) -> Vec<Play> {
    let at_site = |site: &Name| {
        let here = |member: &RedisMember| member.host.is_some() && member.site == *site;
        if !input.plan.redis.values().flat_map(of).any(here) {
            return None;
        }
        let hosts = format!("{}:&{}", System::Redis.group(), group("site", site.as_str()));
        let units = Some(json!(format!("{{{{ inuretech_redis.{which} }}}}")));
        let tasks = start("{{ item }}").into_iter().map(|task| Task { over: units.clone(), ..task }).collect();
        Some(play(format!("Start the {which} of Redis in {site} for the first time"), hosts, &tags("redis"), tasks))
    };
    sites(input).into_iter().rev().filter_map(at_site).collect()
}

fn form(engine: RedisEngine) -> Vec<Task> {
    let form = as_user(engine.as_str(), &format!("{REDIS_CONFIG}/form-cluster.sh"));
    vec![Task { changed_when: Some(true), ..command("Join the members, or see that they are", &form) }]
}

/// A unit is started without waiting, because some wait for members that are started beside them, and then watched.
fn start(unit: &str) -> Vec<Task> {
    let arguments = json!({"name": unit, "enabled": true, "state": "started", "daemon_reload": true, "no_block": true});
    let up = Task {
        register: Some("inuretech_active"),
        until: Some("inuretech_active.rc | default(0) == 0"),
        retries: Some(60),
        delay: Some(2),
        changed_when: Some(false),
        ..command(format!("Wait for {unit}"), &["systemctl", "is-active", "--quiet", unit])
    };
    vec![task(format!("Start {unit}"), "ansible.builtin.systemd", arguments), up]
}

/// A script, run as the user of a store.
fn as_user(user: &str, script: &str) -> [String; 6] {
    let own = |what: &str| format!("--{what}={user}");
    ["setpriv".to_owned(), own("reuid"), own("regid"), "--init-groups".to_owned(), "/bin/sh".to_owned(), script.to_owned()]
}

fn tags(system: &str) -> [String; 3] {
    [NEVER.to_owned(), ALL.to_owned(), format!("{system}-bootstrap")]
}

fn pattern<'a>(hosts: impl Iterator<Item = &'a HostName>) -> Option<String> {
    let names: Vec<String> = hosts.map(ToString::to_string).collect();
    (!names.is_empty()).then(|| names.join(":"))
}
