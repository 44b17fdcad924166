//! IT503, IT504 and IT513: how many brokers each data centre has.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::kafka::KafkaMode;
use crate::model::{Name, Path};

/// Unequal numbers.
pub const UNEQUAL: Rule = Rule {
    explanation: Explanation {
        code: Code("IT503"),
        severity: Severity::Error,
        title: "the data centres have different numbers of brokers",
        why: "Replicas are spread over racks, here the data centres, only as evenly as the brokers are (Kafka operations, rack awareness). With unequal numbers some partitions have most of their copies in one data centre, and its loss takes more of them than `min.insync.replicas` allows for.",
        example: "kafka:\n  events:\n    mode: stretched\n    brokers: {msk: 3, spb: 2}\n",
        fix: "Give both data centres the same number of brokers.",
    },
    check: unequal,
};

/// Fewer than two.
pub const TOO_FEW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT504"),
        severity: Severity::Warning,
        title: "a data centre has fewer than two brokers",
        why: "Writes that go on after the loss of a data centre need two copies in the other one, so two brokers in each and four copies in all. With one in each there are two copies, and three over two data centres put two in one of them, whose loss is then fatal.",
        example: "kafka:\n  events:\n    mode: stretched\n    brokers: {msk: 1, spb: 1}\n",
        fix: "Give each data centre two brokers.",
    },
    check: too_few,
};

/// None.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT513"),
        severity: Severity::Error,
        title: "a data centre has no broker",
        why: "The topics are in one data centre only, so its loss is an outage; a mirrored cluster has nothing to mirror to.",
        example: "kafka:\n  audit:\n    mode: mirrored\n    brokers: {left: 3}\n",
        fix: "Give each data centre brokers.",
    },
    check: missing,
};

/// The brokers of a cluster in each data centre.
struct Brokers<'a> {
    name: &'a Name,
    mode: KafkaMode,
    counts: Vec<(&'a Name, u32)>,
}

impl Brokers<'_> {
    fn at(&self) -> Path {
        Path::of(["kafka", self.name.as_str(), "brokers"])
    }

    fn stretched(&self) -> bool {
        match self.mode {
            KafkaMode::Stretched => true,
            KafkaMode::Mirrored => false,
        }
    }
}

fn all<'a>(facts: &Facts<'a>) -> impl Iterator<Item = Brokers<'a>> {
    let topology = facts.topology;
    topology.kafka.iter().map(|(name, kafka)| Brokers {
        name,
        mode: kafka.mode,
        counts: per_datacenter(topology, &kafka.brokers),
    })
}

fn unequal(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for brokers in all(facts).filter(Brokers::stretched) {
        if let [(first, here), (second, there)] = brokers.counts.as_slice()
            && here != there
            && *here.min(there) > 0
        {
            let message = format!("{here} brokers in `{first}` and {there} in `{second}` cannot share the copies evenly");
            findings.push(UNEQUAL.finding(brokers.at(), message).help(format!("{} in each", here.max(there))));
        }
    }
    findings
}

fn too_few(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for brokers in all(facts).filter(Brokers::stretched) {
        for (site, _) in brokers.counts.iter().filter(|(_, count)| *count == 1) {
            let message = format!("`{site}` has a single broker, so it holds a single copy of each record");
            findings.push(TOO_FEW.finding(brokers.at().key(site.as_str()), message).help("set it to 2"));
        }
    }
    findings
}

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for brokers in all(facts) {
        for (site, _) in brokers.counts.iter().filter(|(_, count)| *count == 0) {
            let at = brokers.at().key(site.as_str());
            findings.push(MISSING.finding(at, format!("`{site}` has no broker")).help("set it to 2 or more"));
        }
    }
    findings
}
