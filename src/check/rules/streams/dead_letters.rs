//! IT510: a topic that has the name of a dead-letter topic.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;

/// The rule.
pub const RULE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT510"),
        severity: Severity::Error,
        title: "a topic has the name of a dead-letter topic",
        why: "`deadLetter: true` creates `<topic>.dlt`. A topic of the same name would be two declarations of one topic, with different partitions and rights.",
        example: "kafka:\n  events:\n    topics:\n      orders: {partitions: 24, durability: available, deadLetter: true}\n      orders.dlt: {partitions: 1, durability: available}\n",
        fix: "Remove the topic, or `deadLetter` of the other one.",
    },
    check,
};

fn check(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, kafka) in &facts.topology.kafka {
        let topics = Path::of(["kafka", name.as_str(), "topics"]);
        for (topic, _) in kafka.topics.iter().filter(|(_, topic)| topic.dead_letter) {
            let taken = format!("{topic}.dlt");
            if kafka.topics.contains_key(taken.as_str()) {
                let message = format!("`{taken}` is the dead-letter topic of `{topic}` already");
                let finding = RULE.finding(topics.key(taken), message);
                let finding = finding.related(topics.key(topic.as_str()).key("deadLetter"), "creates it");
                findings.push(finding.help("remove one of the two"));
            }
        }
    }
    findings
}
