//! The two halves of the two-site theorem for topics: an acknowledged record is in both data centres, or writes go on when
//! one is lost. Each instance is offered the half that it has not.

use crate::advise::Facts;
use crate::model::advice::{Candidate, Cost};
use crate::model::edit::Edit;
use crate::model::topology::Kafka;
use crate::model::topology::kafka::{Durability, KafkaMode};
use crate::model::unit::Duration;
use crate::model::{Name, Path};

/// Two edits for each stretched instance: all topics to either half.
pub fn propose(facts: &Facts<'_>) -> Vec<Candidate> {
    let stretched = facts.topology.kafka.iter().filter(|(_, kafka)| kafka.mode == KafkaMode::Stretched);
    stretched
        .flat_map(|(name, kafka)| {
            let rtt = facts.topology.link.rtt;
            [Durability::EveryDatacenter, Durability::Available].map(|wanted| proposal(name, kafka, wanted, rtt))
        })
        .flatten()
        .collect()
}

fn proposal(name: &Name, kafka: &Kafka, wanted: Durability, rtt: Duration) -> Option<Candidate> {
    let topics: Vec<_> = kafka.topics.iter().filter(|(_, topic)| topic.durability != wanted).map(|(topic, _)| topic).collect();
    let (word, notes) = match wanted {
        Durability::Available => {
            ("available", vec!["what was acknowledged just before a data centre is lost may be lost with it".to_owned()])
        }
        Durability::EveryDatacenter => {
            let waits = format!("every record waits one round trip of {rtt} between the sites");
            ("every-datacenter", vec![waits, "writes stop while a data centre is lost".to_owned()])
        }
    };
    let mut edit = Edit::new();
    for topic in &topics {
        edit.set(Path::of(["kafka", name.as_str(), "topics", topic.as_str(), "durability"]), word);
    }
    let listed = topics.iter().map(|topic| format!("`{topic}`")).collect::<Vec<_>>().join(", ");
    let title = format!("make {listed} of `kafka.{name}` {word}");
    (!topics.is_empty()).then(|| Candidate {
        kind: "durability",
        title,
        edit,
        cost: Cost { machines: 0, notes },
        unknown: Vec::new(),
    })
}
