//! IT501 and IT502: references to topics.

use crate::check::rules::shared::{Wrong, look_up, service};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::{Path, Reference};

/// A reference to no topic.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT501"),
        severity: Severity::Error,
        title: "a topic is not declared",
        why: "Topics are created from the topology, with copies in both data centres; brokers create none by themselves. The reference also decides who may read and write.",
        example: "services:\n  core-app:\n    uses:\n      kafka: {produce: [events/order]}   # the topic is `orders`\n",
        fix: "Correct the reference, or declare the topic under `kafka`.",
    },
    check: unknown,
};

/// A short reference to several topics.
pub const AMBIGUOUS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT502"),
        severity: Severity::Error,
        title: "a short reference means several topics",
        why: "A topic may be named without its cluster only where one cluster has a topic of that name.",
        example: "kafka:\n  events: {topics: {orders: {partitions: 6, durability: available}}}\n  audit: {topics: {orders: {partitions: 6, durability: available}}}\nservices:\n  core-app:\n    uses:\n      kafka: {produce: [orders]}\n",
        fix: "Write `<cluster>/<topic>`.",
    },
    check: ambiguous,
};

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, reference, wrong) in wrong(facts) {
        match wrong {
            Wrong::Unknown(help) => {
                findings.push(UNKNOWN.finding(at, format!("no topic `{reference}`")).help(help));
            }
            Wrong::Ambiguous(_) => {}
        }
    }
    findings
}

fn ambiguous(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (at, reference, wrong) in wrong(facts) {
        match wrong {
            Wrong::Ambiguous(help) => {
                findings.push(AMBIGUOUS.finding(at, format!("several clusters have a topic `{reference}`")).help(help));
            }
            Wrong::Unknown(_) => {}
        }
    }
    findings
}

fn wrong<'a>(facts: &Facts<'a>) -> Vec<(Path, &'a Reference, Wrong)> {
    let plans = facts.plan.kafka.iter();
    let known: Vec<(&str, &str)> =
        plans.flat_map(|(name, it)| it.topics.keys().map(|topic| (name.as_str(), topic.as_str()))).collect();
    let found = references(facts).into_iter();
    found.filter_map(|(at, reference)| look_up(reference, &known).map(|wrong| (at, reference, wrong))).collect()
}

/// Every place where a service names a topic.
fn references<'a>(facts: &Facts<'a>) -> Vec<(Path, &'a Reference)> {
    let mut found = Vec::new();
    for (name, it) in &facts.topology.services {
        if let Some(kafka) = &it.uses.kafka {
            let at = service(name).key("uses").key("kafka");
            for (list, references) in [("produce", &kafka.produce), ("consume", &kafka.consume)] {
                let at = at.key(list);
                found.extend(references.iter().enumerate().map(|(position, reference)| (at.index(position), reference)));
            }
        }
        found.extend(it.cqrs.iter().map(|model| (service(name).key("cqrs").key("from"), &model.from)));
    }
    found
}
