//! Kafka, run by Strimzi or on hosts: copies and minimum, unclean elections, roles.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::{KAFKA_COPIES, KAFKA_ROLES};
use super::{Findings, Rendered};
use crate::verify::formats::lines::numbered;
use crate::verify::kubernetes::object::{below, list, mapping};

/// Copies and the minimum of them that must have a record: data, offsets and transactions, shared groups.
const COPIES: [(&str, &str); 4] = [
    ("default.replication.factor", "min.insync.replicas"),
    ("offsets.topic.replication.factor", "min.insync.replicas"),
    ("transaction.state.log.replication.factor", "transaction.state.log.min.isr"),
    ("share.coordinator.state.topic.replication.factor", "share.coordinator.state.topic.min.isr"),
];

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    for kafka in rendered.cluster.kind("Kafka") {
        let config = mapping(below(kafka.value, &["spec", "kafka"]), "config");
        let settings = config.filter_map(|(key, value)| Some((key.as_str(), value.as_str()?.to_owned()))).collect();
        broker(kafka.file, "/spec/kafka/config", &settings, findings);
    }
    for pool in rendered.cluster.kind("KafkaNodePool") {
        if list(below(pool.value, &["spec"]), "roles").len() != 1 {
            findings.error(KAFKA_ROLES, pool.file, "/spec/roles", "a process has both roles, or none");
        }
    }
    for topic in rendered.cluster.kind("KafkaTopic") {
        let spec = below(topic.value, &["spec"]);
        let copies = spec.get("replicas").and_then(Value::as_u64);
        let minimum = below(spec, &["config", "min.insync.replicas"]);
        let minimum = minimum.as_u64().or_else(|| minimum.as_str().and_then(|minimum| minimum.parse().ok()));
        if !safe(copies, minimum) {
            findings.error(KAFKA_COPIES, topic.file, "/spec", copies_and_minimum(copies, minimum));
        }
    }
    for (file, text) in rendered.texts(".properties") {
        let settings: BTreeMap<&str, String> =
            numbered(text).filter_map(|(_, line)| line.split_once('=')).map(|(key, value)| (key, value.to_owned())).collect();
        match settings.get("process.roles").map(String::as_str) {
            None => {}
            Some("broker" | "controller") => broker(file.path, "", &settings, findings),
            Some(_) => findings.error(KAFKA_ROLES, file.path, "", "a process has both roles"),
        }
    }
    for (file, text) in rendered.texts("/topics.sh") {
        topics(file.path, text, findings);
    }
}

fn safe(copies: Option<u64>, minimum: Option<u64>) -> bool {
    matches!((copies, minimum), (Some(copies), Some(minimum)) if (1..copies).contains(&minimum))
}

fn copies_and_minimum(copies: Option<u64>, minimum: Option<u64>) -> String {
    let shown = |number: Option<u64>| number.map_or_else(|| "an unknown number of".to_owned(), |number| number.to_string());
    format!("{} copies of which {} must have a record", shown(copies), shown(minimum))
}

fn broker(file: &str, at: &str, settings: &BTreeMap<&str, String>, findings: &mut Findings) {
    let number = |key: &str| settings.get(key).and_then(|value| value.parse().ok());
    for (copies, minimum) in COPIES {
        if !safe(number(copies), number(minimum)) {
            let message = format!("`{copies}`: {}", copies_and_minimum(number(copies), number(minimum)));
            findings.error(KAFKA_COPIES, file, at, message);
        }
    }
    if settings.get("unclean.leader.election.enable").map(String::as_str) != Some("false") {
        findings.error(KAFKA_COPIES, file, at, "`unclean.leader.election.enable` is not `false`");
    }
}

/// The script creates each topic with its copies and then sets its minimum.
fn topics(file: &str, text: &str, findings: &mut Findings) {
    let mut copies = None;
    for (line, text) in numbered(text) {
        let after = |key: &str| {
            let (_, rest) = text.split_once(key)?;
            rest.split(|next: char| !next.is_ascii_digit()).next()?.parse().ok()
        };
        copies = after("--replication-factor ").or(copies);
        if text.contains("--entity-type topics") {
            let minimum = after("min.insync.replicas=");
            if !safe(copies, minimum) {
                findings.error(KAFKA_COPIES, file, line, copies_and_minimum(copies, minimum));
            }
        }
    }
}
