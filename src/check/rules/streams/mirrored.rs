//! IT511 and IT512: what a mirrored cluster cannot promise.

use crate::check::rules::shared::nothing_may_be_lost;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Name;
use crate::model::Path;
use crate::model::topology::Kafka;
use crate::model::topology::kafka::{Durability, KafkaMode};

/// No loss at all.
pub const LOSES: Rule = Rule {
    explanation: Explanation {
        code: Code("IT511"),
        severity: Severity::Error,
        title: "a mirrored cluster loses records although nothing may be lost",
        why: "MirrorMaker copies after the acknowledgement (Kafka, geo-replication), so the loss of a data centre loses what was not copied yet.",
        example: "objectives: {rpo: 0s}\nkafka:\n  audit:\n    mode: mirrored\n",
        fix: "Use `mode: stretched` with `durability: every-datacenter`, or allow a loss in `objectives` of the cluster.",
    },
    check: loses,
};

/// Every record in both data centres.
pub const CANNOT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT512"),
        severity: Severity::Error,
        title: "a mirrored topic cannot be in every data centre",
        why: "An acknowledgement of a mirrored cluster comes from the brokers of one data centre; the copy in the other follows later, so `every-datacenter` is a promise that nothing keeps.",
        example: "kafka:\n  audit:\n    mode: mirrored\n    topics:\n      entries: {partitions: 6, durability: every-datacenter}\n",
        fix: "Use `mode: stretched`, or `durability: available`.",
    },
    check: cannot,
};

fn loses(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, kafka) in mirrored(facts) {
        if nothing_may_be_lost(facts.topology, kafka.objectives.as_ref()) {
            let at = Path::of(["kafka", name.as_str(), "mode"]);
            let finding = LOSES.finding(at, "a mirror follows asynchronously, but `rpo` is 0");
            findings.push(finding.help("use `stretched`, or allow a loss in `objectives` of the cluster"));
        }
    }
    findings
}

fn cannot(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, kafka) in mirrored(facts) {
        let topics = Path::of(["kafka", name.as_str(), "topics"]);
        for (topic, _) in kafka.topics.iter().filter(|(_, topic)| topic.durability == Durability::EveryDatacenter) {
            let at = topics.key(topic.as_str()).key("durability");
            let message = format!("records of `{topic}` are acknowledged before they are mirrored");
            findings.push(CANNOT.finding(at, message).help("use `available`, or `mode: stretched`"));
        }
    }
    findings
}

fn mirrored<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (&'a Name, &'a Kafka)> {
    facts.topology.kafka.iter().filter(|(_, kafka)| kafka.mode == KafkaMode::Mirrored)
}
