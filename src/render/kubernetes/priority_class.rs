//! Two classes of importance around the default, which services and stores have: when a data centre is lost the
//! ingress comes first, and scheduled jobs give way to everything.

use k8s_openapi::api::scheduling::v1::PriorityClass;

use super::gateway;
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// The class of the ingress.
pub const INGRESS: &str = "ingress";
/// The class of scheduled jobs.
pub const BATCH: &str = "batch";

/// Each class that something has.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let services = &input.topology.services;
    let class = |name: &str, value: i32, description: &str, policy: &str| PriorityClass {
        metadata: meta::cluster_metadata(input.topology, name, name),
        value,
        description: Some(description.to_owned()),
        preemption_policy: Some(policy.to_owned()),
        global_default: Some(false),
    };
    let mut classes = Vec::new();
    if gateway::is_rendered(input) {
        let description = "The way in: without it nothing else is reached.";
        classes.push(class(INGRESS, 1_000_000, description, "PreemptLowerPriority"));
    }
    if services.values().any(|service| service.job.is_some()) {
        classes.push(class(BATCH, -1000, "Scheduled jobs, which can wait.", "Never"));
    }
    let sources = vec![Path::of(["services"])];
    classes.iter().map(|class| Ok(Artifact::object("cluster", class, sources.clone())?)).collect()
}
