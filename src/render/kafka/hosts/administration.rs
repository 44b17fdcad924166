//! Topics and rights of a cluster on hosts, as a script for Kafka's own tools that can be run again and again.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{on_hosts, principal, script, text};
use crate::model::plan::kafka::{KAFKA_CA, KAFKA_CERTIFICATE};
use crate::model::plan::{KafkaCluster, TopicPlan};
use crate::model::{Artifact, Name, TopicName};
use crate::render::RenderError;
use crate::render::kafka::grants::{self, Grant, Pattern, Resource};
use crate::render::kafka::{Instance, policy};
use crate::render::template::{render as print, template};

#[derive(Debug, Serialize)]
struct Client {
    certificate: &'static str,
    ca: &'static str,
}

#[derive(Debug, Serialize)]
struct Script {
    cluster: String,
    servers: String,
    topics: Vec<Topic>,
    rights: Vec<Right>,
}

#[derive(Debug, Serialize)]
struct Topic {
    name: String,
    partitions: u32,
    copies: u32,
    settings: String,
}

/// Rights of one client that are given in one call: the same operations on several things.
#[derive(Debug, Serialize)]
struct Right {
    principal: String,
    operations: Vec<&'static str>,
    pattern: &'static str,
    resources: Vec<Thing>,
}

#[derive(Debug, Serialize)]
struct Thing {
    flag: &'static str,
    name: Option<String>,
}

/// How tools are let in, on every broker's host, so that whichever data centre is left can be administered; and on the first
/// one topics and rights, brought about with the broker's own certificate.
pub(super) fn render(instance: &Instance<'_>, cluster: &KafkaCluster) -> Result<Vec<Artifact>, RenderError> {
    let Some((_, first_host)) = on_hosts(&cluster.brokers).next() else { return Ok(Vec::new()) };
    let client = print(template!("kafka/admin.properties.j2"), &Client { certificate: KAFKA_CERTIFICATE, ca: KAFKA_CA })?;
    let first = instance.plan.primary().is_some_and(|primary| primary.name == cluster.name);
    let context = Script {
        cluster: cluster.name.clone(),
        servers: cluster.bootstrap(),
        // The mirror makes the topics of its target.
        topics: if first { topics(instance) } else { Vec::new() },
        rights: rights(instance, cluster),
    };
    let admin = |(_, host)| text(instance, host, "etc/kafka/admin.properties", client.clone());
    let mut artifacts: Vec<Artifact> = on_hosts(&cluster.brokers).map(admin).collect();
    artifacts.push(script(instance, first_host, "etc/kafka/topics.sh", print(template!("kafka/topics.sh.j2"), &context)?));
    Ok(artifacts)
}

fn topics(instance: &Instance<'_>) -> Vec<Topic> {
    let topic = |(name, topic): (&TopicName, &TopicPlan)| Topic {
        name: name.to_string(),
        partitions: topic.partitions,
        copies: topic.replication_factor,
        settings: policy::topic_settings(topic).iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(","),
    };
    instance.plan.topics.iter().map(topic).collect()
}

fn rights(instance: &Instance<'_>, cluster: &KafkaCluster) -> Vec<Right> {
    let services = grants::of_services(instance).into_iter();
    let of_service = |(service, grants): (Name, Vec<Grant>)| of_principal(&principal(&cluster.client(service.as_str())), grants);
    let mut all: Vec<Right> = services.flat_map(of_service).collect();
    // The mirror reads with the certificate of the host that it runs on, a superuser of the target only.
    if let Some((source, target)) = instance.plan.mirror()
        && source.name == cluster.name
        && let Some((_, host)) = on_hosts(&target.brokers).next()
    {
        all.extend(of_principal(&principal(host.as_str()), grants::of_mirror_source()));
    }
    all
}

/// Every call starts a virtual machine, so what goes together is given together.
fn of_principal(principal: &str, grants: Vec<Grant>) -> Vec<Right> {
    let mut together: BTreeMap<(&'static str, Vec<&'static str>), Vec<Thing>> = BTreeMap::new();
    for grant in grants {
        let pattern = match grant.pattern {
            Pattern::Literal => "literal",
            Pattern::Prefix => "prefixed",
        };
        let operations = grant.operations.iter().map(|operation| operation.name()).collect();
        together.entry((pattern, operations)).or_default().push(thing(grant.resource, grant.name));
    }
    let right = |((pattern, operations), resources)| Right { principal: principal.to_owned(), operations, pattern, resources };
    together.into_iter().map(right).collect()
}

fn thing(resource: Resource, name: String) -> Thing {
    match resource {
        Resource::Topic => Thing { flag: "--topic", name: Some(name) },
        Resource::Group => Thing { flag: "--group", name: Some(name) },
        Resource::TransactionalId => Thing { flag: "--transactional-id", name: Some(name) },
        // There is only one.
        Resource::Cluster => Thing { flag: "--cluster", name: None },
    }
}
