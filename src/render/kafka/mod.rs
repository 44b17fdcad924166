//! Kafka: as Strimzi resources, or as files of brokers and controllers on hosts. Both speak mutual TLS only, share
//! one policy ([`policy`]) and one list of rights ([`grants`]). Nothing is decided twice: copies, identifiers and
//! addresses come from the plan.

pub mod grants;
pub mod hosts;
pub mod policy;
pub mod strimzi;

use super::{Input, RenderError};
use crate::model::plan::KafkaPlan;
use crate::model::topology::Kafka;
use crate::model::topology::kafka::Run;
use crate::model::{Artifact, Name, Path};

/// An instance as it is declared and as it is planned.
#[derive(Debug, Clone, Copy)]
pub struct Instance<'a> {
    /// What every renderer reads.
    pub input: &'a Input<'a>,
    /// Its name.
    pub name: &'a Name,
    /// What the topology says.
    pub kafka: &'a Kafka,
    /// Where it goes.
    pub plan: &'a KafkaPlan,
}

impl Instance<'_> {
    /// Its place in the topology.
    pub fn path(&self) -> Path {
        Path::of(["kafka", self.name.as_str()])
    }
}

/// The files of every instance.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (name, kafka) in &input.topology.kafka {
        let Some(plan) = input.plan.kafka.get(name) else { continue };
        let instance = Instance { input, name, kafka, plan };
        artifacts.extend(match kafka.run {
            Run::Kubernetes => strimzi::render(&instance)?,
            Run::Hosts => hosts::render(&instance)?,
        });
    }
    Ok(artifacts)
}
