//! IT505 and IT506: where the `KRaft` controllers stand.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::kafka::KafkaMode;
use crate::model::topology::{Kafka, Members};
use crate::model::{Name, Path};

/// Controllers of a stretched cluster that form no useful majority, or none of a mirrored one.
pub const UNFIT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT505"),
        severity: Severity::Error,
        title: "the controllers form no useful majority",
        why: "Controllers elect by majority (KRaft). Without one nobody is elected, and with all of them in one place the loss of that place stops the metadata of the cluster: no leader of a partition is chosen in the other data centre.",
        example: "kafka:\n  events:\n    mode: stretched\n    controllers: {msk: 3}\n",
        fix: "Use three or five, over both data centres and, where there is one, the witness.",
    },
    check: unfit,
};

/// Controllers of a mirrored cluster that survive no loss inside a data centre.
pub const MIRRORED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT506"),
        severity: Severity::Warning,
        title: "a mirrored cluster has too few or an even number of controllers",
        why: "Each mirrored cluster elects its controller alone (KRaft). With fewer than three the loss of one machine stops its metadata, and an even number survives no more than one controller less.",
        example: "kafka:\n  audit:\n    mode: mirrored\n    controllers: {left: 3, right: 2}\n",
        fix: "Give each data centre three controllers.",
    },
    check: mirrored,
};

fn unfit(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, kafka) in &facts.topology.kafka {
        let fault = match kafka.mode {
            KafkaMode::Stretched => stretched_fault(&kafka.controllers),
            KafkaMode::Mirrored => {
                let without = counts(facts, kafka).into_iter().find(|(_, count)| *count == 0);
                without.map(|(site, _)| format!("`{site}` has no controller of its own"))
            }
        };
        let help = "use three or five, over both data centres and the witness where there is one";
        findings.extend(fault.map(|message| UNFIT.finding(at(name), message).help(help)));
    }
    findings
}

/// What is wrong with the places of the voters; their number is the matter of IT201 and IT206.
fn stretched_fault(controllers: &Members) -> Option<String> {
    let counts: Vec<(&Name, u32)> =
        controllers.iter().map(|(site, count)| (site, *count)).filter(|(_, count)| *count > 0).collect();
    match counts.as_slice() {
        [] => Some("there is no controller".to_owned()),
        [(site, count)] => Some(format!("all controllers ({count}) stand in `{site}`")),
        [_, _, ..] => None,
    }
}

fn mirrored(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, kafka) in facts.topology.kafka.iter().filter(|(_, kafka)| kafka.mode == KafkaMode::Mirrored) {
        for (site, count) in counts(facts, kafka) {
            if count > 0 && (count < 3 || count.is_multiple_of(2)) {
                let message = format!("the cluster of `{site}` has {count} controllers");
                findings.push(MIRRORED.finding(at(name).key(site.as_str()), message).help("set it to 3"));
            }
        }
    }
    findings
}

fn counts<'a>(facts: &Facts<'a>, kafka: &Kafka) -> Vec<(&'a Name, u32)> {
    per_datacenter(facts.topology, &kafka.controllers)
}

fn at(name: &Name) -> Path {
    Path::of(["kafka", name.as_str(), "controllers"])
}
