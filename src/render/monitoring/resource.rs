//! Custom resources of the Prometheus operator: the shape that they share, and the parts that several kinds take.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

use crate::model::Artifact;
use crate::model::Path;
use crate::model::plan::monitoring::CA_KEY;
use crate::render::{Input, RenderError, meta};

/// A custom resource.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Resource<S> {
    /// The group and version.
    pub api_version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Name, namespace and labels.
    pub metadata: ObjectMeta,
    /// What is wanted.
    pub spec: S,
}

/// The kinds that are stable.
pub const V1: &str = "monitoring.coreos.com/v1";
/// The kinds that may still change.
pub const V1ALPHA1: &str = "monitoring.coreos.com/v1alpha1";

/// A resource in the namespace of monitoring.
pub fn resource<S: Serialize>(
    input: &Input<'_>,
    kind: (&'static str, &'static str),
    name: &str,
    spec: S,
    sources: Vec<Path>,
) -> Result<Artifact, RenderError> {
    let (api_version, kind) = kind;
    let metadata = meta::metadata(input.topology, meta::MONITORING, name, "monitoring");
    Ok(Artifact::object(meta::MONITORING, &Resource { api_version, kind, metadata, spec }, sources)?)
}

/// A label of a target, made from others.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Relabeling {
    /// What is read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub source_labels: Vec<String>,
    /// What it must look like.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub regex: Option<String>,
    /// The label that is written.
    pub target_label: &'static str,
    /// What is written; the value that was read where nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub replacement: Option<String>,
}

impl Relabeling {
    /// Copies a label.
    pub fn copy(from: &str, to: &'static str) -> Self {
        Self { source_labels: vec![from.to_owned()], regex: None, target_label: to, replacement: None }
    }

    /// Writes a fixed value.
    pub fn set(to: &'static str, value: &str) -> Self {
        Self { source_labels: Vec::new(), regex: None, target_label: to, replacement: Some(value.to_owned()) }
    }
}

/// The data centre and rack of a pod's node.
pub fn place() -> Vec<Relabeling> {
    let node = |label: &str| format!("__meta_kubernetes_node_label_{}", label.replace(['.', '/', '-'], "_"));
    vec![
        Relabeling::copy(&node(meta::ZONE_LABEL), "dc"),
        Relabeling::copy(&node(meta::RACK_LABEL), "rack"),
        Relabeling::copy("__meta_kubernetes_pod_node_name", "host"),
    ]
}

/// Whom a TLS target must prove to be.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TlsConfig {
    ca: Ca,
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<String>,
}

#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
enum Ca {
    Secret(KeyRef),
    ConfigMap(KeyRef),
}

/// A key of a Secret or `ConfigMap`.
#[derive(Debug, Clone, Serialize)]
pub struct KeyRef {
    /// The object.
    pub name: String,
    /// The key in it.
    pub key: String,
}

impl TlsConfig {
    /// Trusts the authority in a Secret.
    pub fn secret(name: String, server_name: Option<String>) -> Self {
        Self { ca: Ca::Secret(KeyRef { name, key: CA_KEY.to_owned() }), server_name }
    }

    /// Trusts the authority of the cluster, which every namespace has.
    pub fn cluster(server_name: &str) -> Self {
        let ca = Ca::ConfigMap(KeyRef { name: "kube-root-ca.crt".to_owned(), key: CA_KEY.to_owned() });
        Self { ca, server_name: Some(server_name.to_owned()) }
    }
}

/// Whether labels of the pod's node are known to relabelling.
#[derive(Debug, Serialize)]
pub struct AttachMetadata {
    /// Whether they are.
    pub node: bool,
}

/// The namespaces of a monitor's pods.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NamespaceSelector {
    /// Their names.
    pub match_names: Vec<String>,
}

impl NamespaceSelector {
    /// One namespace.
    pub fn one(name: &str) -> Self {
        Self { match_names: vec![name.to_owned()] }
    }
}

/// Objects by all of these labels.
pub fn matching(labels: BTreeMap<String, String>) -> LabelSelector {
    LabelSelector { match_labels: Some(labels), ..LabelSelector::default() }
}
