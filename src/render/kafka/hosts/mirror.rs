//! `MirrorMaker` 2 on a host, where an instance is one cluster in each data centre.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{CONTROLLER_UNIT, Setting, Unit, on_hosts, settings, text, unit};
use crate::model::Artifact;
use crate::model::plan::kafka::{KAFKA_CA, KAFKA_CERTIFICATE};
use crate::render::RenderError;
use crate::render::kafka::{Instance, policy};
use crate::render::template::{render as print, template};

#[derive(Debug, Serialize)]
struct Mirror {
    source: String,
    target: String,
    source_servers: String,
    target_servers: String,
    topics: String,
    copies: u32,
    certificate: &'static str,
    ca: &'static str,
    settings: Vec<Setting>,
}

/// The mirror, on the first broker's host of the target: one process, restarted where it fails. A second one would need
/// a listener of its own to agree with the first; while the host is away records wait in the source.
pub(super) fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some((source, target)) = instance.plan.mirror() else { return Ok(Vec::new()) };
    let Some((_, host)) = on_hosts(&target.brokers).next() else { return Ok(Vec::new()) };
    let own: BTreeMap<&str, String> =
        policy::mirror_source(target).into_iter().chain(policy::mirror_checkpoints(target)).collect();
    let context = Mirror {
        source: source.name.clone(),
        target: target.name.clone(),
        source_servers: source.bootstrap(),
        target_servers: target.bootstrap(),
        topics: policy::topics_pattern(instance.plan),
        copies: target.replication_factor,
        certificate: KAFKA_CERTIFICATE,
        ca: KAFKA_CA,
        settings: settings(own.into_iter().collect()),
    };
    let file = "connect-mirror-maker.properties";
    let (title, after) = ("Kafka mirror", Some("kafka.service"));
    let process = Unit { name: "kafka-mirror", title, after, program: "connect-mirror-maker.sh", file, ..CONTROLLER_UNIT };
    let body = print(template!("kafka/connect-mirror-maker.properties.j2"), &context)?;
    Ok(vec![text(instance, host, &format!("etc/kafka/{file}"), body), unit(instance, host, &process)?])
}
