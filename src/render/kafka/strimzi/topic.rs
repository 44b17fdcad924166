//! A `KafkaTopic` for every topic of the plan, dead letters included. Where the instance is mirrored, topics are
//! declared in the source only: the mirror makes them in the target and keeps their settings the same.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{config, member};
use crate::model::{Artifact, Path};
use crate::render::kafka::{Instance, policy};
use crate::render::{RenderError, meta};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Spec {
    topic_name: String,
    partitions: u32,
    replicas: u32,
    config: BTreeMap<&'static str, String>,
}

/// The topics of an instance.
pub(super) fn render(instance: &Instance<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some(cluster) = instance.plan.primary() else { return Ok(Vec::new()) };
    let mut artifacts = Vec::new();
    for (name, topic) in &instance.plan.topics {
        let spec = Spec {
            topic_name: name.to_string(),
            partitions: topic.partitions,
            replicas: topic.replication_factor,
            config: config(policy::topic_settings(topic)),
        };
        // Topics of all clusters share a namespace, so the cluster is part of the resource's name.
        let object = member(instance, "KafkaTopic", &format!("{}.{name}", cluster.name), (cluster, spec));
        let declared = topic.dead_letters_of.as_ref().unwrap_or(name);
        let source = Path::of(["kafka", instance.name.as_str(), "topics", declared.as_str()]);
        artifacts.push(Artifact::object(meta::DATA, &object, vec![source, instance.path()])?);
    }
    Ok(artifacts)
}
