//! `SeaweedFS`: masters that vote, volume servers with the copies, and filers with the S3 gateway in both data centres.
//! A store that runs elsewhere has nothing here; nor has an engine that is not rendered yet, which a finding says.

mod command;
mod objects;
mod pod;
mod policy;

use crate::model::plan::seaweedfs::{S3Client, s3_clients};
use crate::model::plan::{PodGroup, S3Plan};
use crate::model::topology::ObjectStore;
use crate::model::topology::storage::S3Engine;
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError};

/// Renders every store of this engine.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for (name, store) in &input.topology.s3 {
        let Some(plan) = input.plan.s3.get(name) else { continue };
        if store.engine == S3Engine::Seaweedfs {
            artifacts.extend(objects::render(&Store { input: *input, name, declared: store, plan })?);
        }
    }
    Ok(artifacts)
}

/// One object store with its plan.
#[derive(Clone, Copy)]
struct Store<'a> {
    input: Input<'a>,
    name: &'a Name,
    declared: &'a ObjectStore,
    plan: &'a S3Plan,
}

/// A part of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Votes on where volumes are.
    Master,
    /// Holds objects.
    Volume,
    /// Holds names and speaks S3.
    Filer,
}

impl Part {
    const ALL: [Self; 3] = [Self::Master, Self::Volume, Self::Filer];

    const fn as_str(self) -> &'static str {
        match self {
            Self::Master => "master",
            Self::Volume => "volume",
            Self::Filer => "filer",
        }
    }

    /// The HTTPS port; gRPC listens 10000 above it.
    const fn port(self) -> u16 {
        match self {
            Self::Master => 9333,
            Self::Volume => 8080,
            Self::Filer => 8888,
        }
    }
}

impl<'a> Store<'a> {
    fn path(&self) -> Path {
        Path::of(["s3", self.name.as_str()])
    }

    fn groups(&self, part: Part) -> &'a [PodGroup] {
        match part {
            Part::Master => &self.plan.masters,
            Part::Volume => &self.plan.volumes,
            Part::Filer => &self.plan.filers,
        }
    }

    /// The users, each with its bucket.
    fn clients(&self) -> Vec<(S3Client<'a>, &'a str)> {
        s3_clients(self.input.topology, self.name).into_iter().collect()
    }
}

#[cfg(test)]
mod tests;
