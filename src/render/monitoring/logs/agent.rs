//! The log agent on every node of the cluster. It reads the files of its node, which Pod Security `restricted` does not
//! allow, so it has a namespace of its own at the level `privileged`, and nothing else runs there.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec};
use k8s_openapi::api::core::v1::{
    ConfigMap, Container, EnvVar, EnvVarSource, HostPathVolumeSource, ObjectFieldSelector, PodSecurityContext, PodSpec,
    PodTemplateSpec, SeccompProfile, Toleration, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::vector::{self, Config, PLACED, Source, Transform};
use crate::model::plan::monitoring::{LOGGING, LOGS_CA, LOGS_PORT, logs_server};
use crate::model::{Artifact, Path};
use crate::render::monitoring::resource::matching;
use crate::render::monitoring::{access, pods};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label.
pub const NAME: &str = "vector";
const VERSION: &str = "0.50.0-debian";
const FILE: &str = "vector.yaml";
const TLS: &str = "/etc/vector-tls";
const CA: &str = "/etc/vector-tls/ca.crt";
const DATA: &str = "/var/lib/vector";

/// The agent and its rights.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let sources = || vec![Path::of(["observability", "logs"])];
    let rules = vec![access::rule(&[""], &["namespaces", "nodes", "pods"], &["get", "list", "watch"])];
    let mut artifacts = access::account(input, NAME, LOGGING, rules)?;
    // YAML reads JSON.
    let text = serde_json::to_string_pretty(&config(input))?;
    let settings = ConfigMap {
        metadata: meta::metadata(input.topology, LOGGING, NAME, NAME),
        data: Some(BTreeMap::from([(FILE.to_owned(), text)])),
        ..ConfigMap::default()
    };
    artifacts.push(Artifact::object(LOGGING, &settings, sources())?);
    artifacts.push(Artifact::object(LOGGING, &daemon_set(input), sources())?);
    Ok(artifacts)
}

fn config(input: &Input<'_>) -> Config {
    let streams = "kubernetes.pod_namespace,kubernetes.pod_name,kubernetes.container_name";
    let address = |site| format!("{}.{}.svc.cluster.local:{LOGS_PORT}", logs_server(site), meta::MONITORING);
    let placed = Transform::Remap { inputs: vec!["pods".to_owned()], source: ".host = get_env_var!(\"NODE\")".to_owned() };
    Config {
        data_dir: DATA,
        sources: BTreeMap::from([("pods".to_owned(), Source::KubernetesLogs { use_apiserver_cache: true })]),
        transforms: BTreeMap::from([(PLACED.to_owned(), placed)]),
        sinks: input.topology.datacenters.keys().map(|site| vector::server(site, vec![address(site)], CA, streams)).collect(),
    }
}

fn daemon_set(input: &Input<'_>) -> DaemonSet {
    let labels = meta::selector(NAME);
    let spec = PodSpec {
        service_account_name: Some(NAME.to_owned()),
        // Logs belong to root; it reads as their owner, without any capability.
        security_context: Some(PodSecurityContext {
            run_as_user: Some(0),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
            ..PodSecurityContext::default()
        }),
        tolerations: Some(vec![Toleration { operator: Some("Exists".to_owned()), ..Toleration::default() }]),
        containers: vec![container(input)],
        volumes: Some(vec![
            pods::config_volume("config", NAME),
            pods::secret_volume("tls", LOGS_CA),
            on_node("logs", "/var/log", "Directory"),
            on_node("data", DATA, "DirectoryOrCreate"),
        ]),
        ..PodSpec::default()
    };
    let metadata = ObjectMeta { labels: Some(labels.clone()), ..ObjectMeta::default() };
    let set = DaemonSetSpec {
        selector: matching(labels),
        template: PodTemplateSpec { metadata: Some(metadata), spec: Some(spec) },
        ..DaemonSetSpec::default()
    };
    DaemonSet { metadata: meta::metadata(input.topology, LOGGING, NAME, NAME), spec: Some(set), status: None }
}

fn container(input: &Input<'_>) -> Container {
    let node = |name: &str| EnvVar {
        name: name.to_owned(),
        value_from: Some(EnvVarSource {
            field_ref: Some(ObjectFieldSelector { field_path: "spec.nodeName".to_owned(), api_version: None }),
            ..EnvVarSource::default()
        }),
        ..EnvVar::default()
    };
    Container {
        name: NAME.to_owned(),
        image: Some(meta::image(input.topology, "timberio/vector", VERSION)),
        args: Some(vec!["--config".to_owned(), format!("/etc/vector/{FILE}")]),
        // The second is the name under which its source for pods looks for its own node.
        env: Some(vec![node("NODE"), node("VECTOR_SELF_NODE_NAME")]),
        resources: Some(pods::resources("50m", "256Mi")),
        security_context: Some(pods::container_security()),
        volume_mounts: Some(vec![
            pods::mount("config", "/etc/vector", true),
            pods::mount("tls", TLS, true),
            pods::mount("logs", "/var/log", true),
            pods::mount("data", DATA, false),
        ]),
        ..Container::default()
    }
}

fn on_node(name: &str, path: &str, kind: &str) -> Volume {
    let source = HostPathVolumeSource { path: path.to_owned(), type_: Some(kind.to_owned()) };
    Volume { name: name.to_owned(), host_path: Some(source), ..Volume::default() }
}
