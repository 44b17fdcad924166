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
    let (word, cost, gives_up) = match wanted {
        Durability::Available => (
            "available",
            "consumers must bear that the newest records go with a data centre".to_owned(),
            "an acknowledged record may be in one data centre only",
        ),
        Durability::EveryDatacenter => (
            "every-datacenter",
            format!("every record waits one round trip of {rtt} between the sites"),
            "writes stop while a data centre is lost",
        ),
    };
    let mut edit = Edit::new();
    for topic in &topics {
        edit.set(Path::of(["kafka", name.as_str(), "topics", topic.as_str(), "durability"]), word);
    }
    let listed = topics.iter().map(|topic| format!("`{topic}`")).collect::<Vec<_>>().join(", ");
    let title = format!("make {listed} of `kafka.{name}` {word}");
    let cost = Cost { machines: 0, notes: vec![cost] };
    let gives_up = vec![gives_up.to_owned()];
    (!topics.is_empty()).then(|| Candidate { kind: "durability", title, edit, cost, gives_up, unknown: Vec::new() })
}
