//! Namespaces, each at the Pod Security level `restricted` but for that of log agents, and the policies that deny whatever nothing else allows.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::Namespace;

use super::{gateway, network_policy};
use crate::model::plan::monitoring::LOGGING;
use crate::model::topology::kafka::Run;
use crate::model::topology::operations::Logs;
use crate::model::topology::storage::S3Engine;
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// Every namespace that something is rendered in.
pub fn names(input: &Input<'_>) -> BTreeSet<String> {
    let topology = input.topology;
    let mut names: BTreeSet<String> = topology.services.values().map(|service| service.namespace().to_owned()).collect();
    let stores = topology.kafka.values().any(|kafka| kafka.run == Run::Kubernetes)
        || topology.redis.values().any(|redis| redis.run == Run::Kubernetes)
        || topology.s3.values().any(|store| store.run == Run::Kubernetes && store.engine != S3Engine::External);
    if stores {
        names.insert(meta::DATA.to_owned());
    }
    if gateway::is_rendered(input) {
        names.insert(meta::EDGE.to_owned());
    }
    if topology.autoscaling.as_ref().is_some_and(|scaling| scaling.nodes.is_some()) {
        names.insert(meta::AUTOSCALING.to_owned());
    }
    if let Some(observability) = &topology.observability {
        names.insert(meta::MONITORING.to_owned());
        match observability.logs {
            Logs::Victorialogs => names.extend([LOGGING.to_owned()]),
            Logs::Off => {}
        }
    }
    names
}

/// The Pod Security level of a namespace: agents of logs read the files of their node, and nothing else runs beside them.
fn level(name: &str) -> &'static str {
    if name == LOGGING { "privileged" } else { "restricted" }
}

/// Every namespace with its policies.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for name in names(input) {
        let sources = vec![source(input, &name)];
        artifacts.push(Artifact::object("cluster", &namespace(input, &name), sources.clone())?);
        for policy in network_policy::base(input.topology, &name) {
            artifacts.push(Artifact::object(&name, &policy, sources.clone())?);
        }
    }
    Ok(artifacts)
}

fn source(input: &Input<'_>, name: &str) -> Path {
    let own = input.topology.services.iter().find(|(_, service)| service.namespace.as_ref().is_some_and(|own| own == name));
    match own {
        Some((service, _)) => Path::of(["services", service.as_str(), "namespace"]),
        None => Path::of(["kubernetes"]),
    }
}

fn namespace(input: &Input<'_>, name: &str) -> Namespace {
    let mut metadata = meta::cluster_metadata(input.topology, name, name);
    let version = format!("v{}", input.topology.kubernetes.version.as_str());
    let mut labels = BTreeMap::new();
    for mode in ["enforce", "warn", "audit"] {
        let label = format!("pod-security.kubernetes.io/{mode}");
        labels.insert(format!("{label}-version"), version.clone());
        labels.insert(label, level(name).to_owned());
    }
    metadata.labels.get_or_insert_default().extend(labels);
    Namespace { metadata, ..Namespace::default() }
}
