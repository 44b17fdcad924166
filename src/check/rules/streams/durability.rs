//! IT508 and IT509: which half of the two-site theorem a topic takes.

use crate::check::rules::shared::nothing_may_be_lost;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::Kafka;
use crate::model::topology::kafka::{Durability, KafkaMode};
use crate::model::{Name, Path, TopicName};

/// Writes that stop.
pub const STOPS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT508"),
        severity: Severity::Info,
        title: "writes to a topic stop when a data centre is lost",
        why: "With two data centres an acknowledged record is either in both, or writes go on when one is lost: never both. `min.insync.replicas` above the copies of one data centre keeps every record in both, so writes stop as soon as either is away; a witness holds no copies and changes nothing.",
        example: "kafka:\n  events:\n    topics:\n      placed: {partitions: 12, durability: every-datacenter}\n",
        fix: "Nothing, if that is the choice; `durability: available` takes the other half.",
    },
    check: stops,
};

/// Records that may be lost.
pub const MAY_LOSE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT509"),
        severity: Severity::Info,
        title: "acknowledged records may be lost with a data centre although nothing may be",
        why: "With two data centres an acknowledged record is either in both, or writes go on when one is lost: never both. `min.insync.replicas` of 2 with two copies in each lets both acknowledged copies stand in one data centre while the others lag.",
        example: "objectives: {rpo: 0s}\nkafka:\n  events:\n    topics:\n      orders: {partitions: 24, durability: available}\n",
        fix: "Use `durability: every-datacenter` where no record may be lost, or write to the database first and publish from there (transactional outbox).",
    },
    check: may_lose,
};

fn stops(facts: &Facts<'_>) -> Vec<Finding> {
    stretched(facts, Durability::EveryDatacenter)
        .into_iter()
        .map(|(at, topic, _)| {
            let message = format!("writes to `{topic}` stop when either data centre is lost");
            STOPS.finding(at, message).help("`available` lets them go on, and may lose the last records")
        })
        .collect()
}

fn may_lose(facts: &Facts<'_>) -> Vec<Finding> {
    stretched(facts, Durability::Available)
        .into_iter()
        .filter(|(_, _, kafka)| nothing_may_be_lost(facts.topology, kafka.objectives.as_ref()))
        .map(|(at, topic, _)| {
            let message = format!("records of `{topic}` may be lost with a data centre, but `rpo` is 0");
            MAY_LOSE.finding(at, message).help("use `every-datacenter`, or a transactional outbox")
        })
        .collect()
}

/// The topics of stretched clusters with that durability.
fn stretched<'a>(facts: &Facts<'a>, durability: Durability) -> Vec<(Path, &'a TopicName, &'a Kafka)> {
    let mut found = Vec::new();
    let clusters = facts.topology.kafka.iter().filter(|(_, kafka)| kafka.mode == KafkaMode::Stretched);
    for (name, kafka) in clusters {
        let topics = Path::of(["kafka", Name::as_str(name), "topics"]);
        let chosen = kafka.topics.iter().filter(|(_, topic)| topic.durability == durability);
        found.extend(chosen.map(|(topic, _)| (topics.key(topic.as_str()).key("durability"), topic, kafka)));
    }
    found
}
