//! Rendering: the topology and its plan become artifacts, in memory; nothing here touches a disk.
//!
//! To add a renderer: a file or folder here with one public function, its templates under `templates/<name>/`,
//! and a line in [`RENDERERS`]. A test compares the templates on disk with those that are used.

pub mod ansible;
pub mod autoscaler;
pub mod bootstrap;
pub mod cdn;
pub mod geodns;
pub mod kafka;
pub mod kubernetes;
pub mod kustomize;
pub mod meta;
pub mod monitoring;
pub mod nginx;
pub mod postgres;
pub mod prerequisites;
pub mod redis;
pub mod runbooks;
pub mod seaweedfs;
pub mod stores;
pub mod template;
pub mod write;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::model::{Artifact, Plan, Survival, Topology};
pub use template::Escape;

/// What every renderer reads.
#[derive(Debug, Clone, Copy)]
pub struct Input<'a> {
    /// The resolved topology.
    pub topology: &'a Topology,
    /// Where everything goes.
    pub plan: &'a Plan,
    /// What every single failure does.
    pub survival: &'a Survival,
    /// The texts of the files that the topology names, by their path as written there.
    pub files: &'a BTreeMap<String, String>,
}

/// A system's renderer.
pub struct Renderer {
    /// The name of the system, as in `--only`.
    pub name: &'static str,
    /// Builds its files; none where the topology does not have the system.
    pub render: fn(&Input<'_>) -> Result<Vec<Artifact>, RenderError>,
}

/// Why something could not be rendered.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// A template asks for what its context does not have, or a value cannot be written in its format.
    #[error("template `{id}`: {reason}")]
    Template {
        /// The template, as a path below `templates/`.
        id: &'static str,
        /// What went wrong, without any value in it.
        reason: String,
    },
    /// A typed value cannot become JSON.
    #[error("a document cannot be written")]
    Document(#[from] serde_json::Error),
    /// A file that the topology names was not read.
    #[error("the file `{path}` that `{at}` names was not read")]
    File {
        /// Where it is named.
        at: crate::model::Path,
        /// Its path.
        path: String,
    },
    /// A user's patch does not apply.
    #[error("the patch at `{at}` does not apply: {reason}")]
    Patch {
        /// Where it is declared.
        at: crate::model::Path,
        /// Why.
        reason: String,
    },
}

/// Every renderer.
pub const RENDERERS: &[Renderer] = &[
    Renderer { name: "monitoring", render: monitoring::render },
    Renderer { name: "nginx", render: nginx::render },
    Renderer { name: "geodns", render: geodns::render },
    Renderer { name: "cdn", render: cdn::render },
    Renderer { name: "kafka", render: kafka::render },
    Renderer { name: "postgres", render: postgres::render },
    Renderer { name: "kubernetes", render: kubernetes::render },
    Renderer { name: "prerequisites", render: prerequisites::render },
    Renderer { name: "autoscaler", render: autoscaler::render },
    Renderer { name: "bootstrap", render: bootstrap::render },
    Renderer { name: "ansible", render: ansible::render },
    Renderer { name: "redis", render: redis::render },
    Renderer { name: "seaweedfs", render: seaweedfs::render },
    Renderer { name: "runbooks", render: runbooks::render },
];

/// Renders everything, in the order of the paths.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let parts: Vec<Vec<Artifact>> =
        RENDERERS.par_iter().map(|renderer| (renderer.render)(input)).collect::<Result<_, RenderError>>()?;
    let mut artifacts: Vec<Artifact> = parts.into_iter().flatten().collect();
    artifacts.extend(kustomize::kustomizations(&artifacts)?);
    artifacts.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(artifacts)
}
