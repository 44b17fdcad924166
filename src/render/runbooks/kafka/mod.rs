//! Kafka over both data centres or mirrored, on hosts or under Strimzi. Apache Kafka has no command that forces a majority;
//! what a survivor can be told depends on where its voters are written down.

mod hosts;
mod mirrored;
mod strimzi;

use super::System;
use super::book::{Part, Step};
use super::ground::{Ground, Loss, Quorum};
use crate::model::plan::{KafkaCluster, KafkaNode, KafkaPlan};
use crate::model::topology::Kafka as Declared;
use crate::model::topology::kafka::Run;
use crate::model::{Name, Path};

/// Kafka that runs in this way: on hosts it needs nothing of Kubernetes and comes before it.
pub struct Kafka(pub Run);

impl System for Kafka {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let part = |instance: Instance<'_>| match (instance.shape(), instance.declared.run) {
            (Shape::Mirrored(source, target), _) => mirrored::lost(instance, (source, target), loss),
            (Shape::Stretched(cluster), Run::Hosts) => hosts::lost(instance, cluster, loss),
            (Shape::Stretched(cluster), Run::Kubernetes) => strimzi::lost(instance, cluster, loss),
            (Shape::Nothing, _) => Part::new("", Vec::new()),
        };
        instances(loss.ground, self.0).into_iter().map(part).filter(|part| !part.is_empty()).collect()
    }

    fn wipe(&self, loss: Loss<'_>) -> Vec<Step> {
        self.on_hosts(loss.ground).into_iter().flat_map(|(instance, cluster)| hosts::wipe(instance, cluster, loss)).collect()
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        let back = |instance: Instance<'_>| match (instance.shape(), instance.declared.run) {
            (Shape::Mirrored(source, target), _) => mirrored::rejoin(instance, (source, target), loss),
            (Shape::Stretched(cluster), Run::Hosts) => hosts::rejoin(instance, cluster, loss),
            (Shape::Stretched(cluster), Run::Kubernetes) => strimzi::rejoin(instance, cluster, loss),
            (Shape::Nothing, _) => Vec::new(),
        };
        instances(loss.ground, self.0).into_iter().flat_map(back).collect()
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        self.on_hosts(loss.ground).into_iter().filter_map(|(instance, cluster)| hosts::home(instance, cluster, loss)).collect()
    }

    fn cut(&self, ground: Ground<'_>) -> Vec<Step> {
        self.on_hosts(ground).into_iter().flat_map(|(instance, cluster)| hosts::ask(instance, cluster)).collect()
    }

    fn healed(&self, ground: Ground<'_>) -> Vec<Step> {
        self.on_hosts(ground).into_iter().filter_map(|(instance, cluster)| hosts::in_step(instance, cluster)).collect()
    }

    fn may_be_gone(&self, loss: Loss<'_>) -> Vec<String> {
        let one = |instance: Instance<'_>| match instance.shape() {
            Shape::Mirrored(source, _) if source.site.as_ref() == Some(loss.lost) => {
                vec![format!(
                    "Kafka {}: records that had not been mirrored yet; consumers read some records twice.",
                    instance.name
                )]
            }
            Shape::Mirrored(..) => vec![format!("Kafka {}: nothing; producers write to {}.", instance.name, loss.left)],
            Shape::Stretched(cluster) => instance.topics_gone(cluster, loss),
            Shape::Nothing => Vec::new(),
        };
        instances(loss.ground, self.0).into_iter().flat_map(one).collect()
    }
}

impl Kafka {
    /// Clusters over both data centres on hosts; none where this is about Kubernetes.
    fn on_hosts<'a>(&self, ground: Ground<'a>) -> Vec<(Instance<'a>, &'a KafkaCluster)> {
        match self.0 {
            Run::Hosts => stretched(ground, Run::Hosts),
            Run::Kubernetes => Vec::new(),
        }
    }
}

/// An instance as it is declared and as it stands.
#[derive(Clone, Copy)]
struct Instance<'a> {
    name: &'a Name,
    declared: &'a Declared,
    plan: &'a KafkaPlan,
}

/// How an instance spans the data centres.
enum Shape<'a> {
    /// One cluster over both.
    Stretched(&'a KafkaCluster),
    /// One in each, the first mirrored to the second.
    Mirrored(&'a KafkaCluster, &'a KafkaCluster),
    /// None at all.
    Nothing,
}

fn instances(ground: Ground<'_>, run: Run) -> Vec<Instance<'_>> {
    let mut all = Vec::new();
    for (name, plan) in &ground.plan.kafka {
        let declared = ground.topology.kafka.get(name).filter(|declared| declared.run == run);
        all.extend(declared.map(|declared| Instance { name, declared, plan }));
    }
    all
}

/// Clusters over both data centres that run in this way.
fn stretched(ground: Ground<'_>, run: Run) -> Vec<(Instance<'_>, &KafkaCluster)> {
    let mut all = Vec::new();
    for instance in instances(ground, run) {
        match instance.shape() {
            Shape::Stretched(cluster) => all.push((instance, cluster)),
            Shape::Mirrored(..) | Shape::Nothing => {}
        }
    }
    all
}

impl<'a> Instance<'a> {
    fn path(self) -> Path {
        Path::of(["kafka", self.name.as_str()])
    }

    fn shape(self) -> Shape<'a> {
        match (self.plan.mirror(), self.plan.primary()) {
            (Some((source, target)), _) => Shape::Mirrored(source, target),
            (None, Some(cluster)) => Shape::Stretched(cluster),
            (None, None) => Shape::Nothing,
        }
    }

    /// Topics that ask for more copies than one data centre has: they take no write until the number is lowered.
    fn blocked(self) -> Vec<(String, u32)> {
        let copies = |topic: &crate::model::plan::TopicPlan| topic.replication_factor / 2;
        let topics = self.plan.topics.iter().filter(|(_, topic)| topic.min_insync_replicas > copies(topic));
        topics.map(|(name, topic)| (name.to_string(), copies(topic).max(1))).collect()
    }

    fn topics_gone(self, cluster: &KafkaCluster, loss: Loss<'_>) -> Vec<String> {
        let blocked = self.blocked();
        let everywhere: Vec<&str> = blocked.iter().map(|(name, _)| name.as_str()).collect();
        let available: Vec<&str> =
            self.plan.topics.keys().map(crate::model::TopicName::as_str).filter(|name| !everywhere.contains(name)).collect();
        let mut all = Vec::new();
        if !everywhere.is_empty() {
            all.push(format!(
                "Kafka {}: no acknowledged record of {}: each was in both data centres.",
                cluster.name,
                everywhere.join(", ")
            ));
        }
        if !available.is_empty() {
            all.push(format!(
                "Kafka {}: of {} no acknowledged record while replicas in {} were in step, which they are unless a link or a broker \
                 was slow; records that only {} had by then are gone.",
                cluster.name,
                available.join(", "),
                loss.left,
                loss.lost
            ));
        }
        all
    }
}

/// The controllers without a data centre.
fn quorum(cluster: &KafkaCluster, loss: Loss<'_>) -> Quorum {
    Quorum { left: cluster.controllers.iter().filter(|node| node.site != *loss.lost).count(), all: cluster.controllers.len() }
}

/// The nodes of these that stand in a data centre.
fn at<'a>(nodes: &'a [KafkaNode], site: &Name) -> Vec<&'a KafkaNode> {
    nodes.iter().filter(|node| node.site == *site).collect()
}
