//! kube-state-metrics: what the API server says about nodes, workloads and their budgets, as figures. One in each data
//! centre; every rule that reads them counts an object once, however many say it.

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{PodSpec, PodTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::resource::matching;
use super::{access, pods};
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label.
pub const NAME: &str = "kube-state-metrics";
/// The port of its figures.
pub const PORT: u16 = 8080;
const VERSION: &str = "v2.17.0";
/// What is read, and nothing else: no Secrets, no `ConfigMap`s.
const RESOURCES: [&str; 8] =
    ["cronjobs", "deployments", "horizontalpodautoscalers", "jobs", "nodes", "poddisruptionbudgets", "pods", "statefulsets"];

/// Everything of kube-state-metrics.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let verbs = ["list", "watch"];
    let rules = vec![
        access::rule(&[""], &["nodes", "pods"], &verbs),
        access::rule(&["apps"], &["deployments", "statefulsets"], &verbs),
        access::rule(&["batch"], &["cronjobs", "jobs"], &verbs),
        access::rule(&["autoscaling"], &["horizontalpodautoscalers"], &verbs),
        access::rule(&["policy"], &["poddisruptionbudgets"], &verbs),
    ];
    let mut artifacts = access::account(input, NAME, meta::MONITORING, rules)?;
    for site in input.topology.datacenters.keys() {
        artifacts.push(Artifact::object(
            meta::MONITORING,
            &deployment(input, site),
            vec![Path::of(["observability", "metrics"])],
        )?);
    }
    Ok(artifacts)
}

fn deployment(input: &Input<'_>, site: &Name) -> Deployment {
    let mut labels = meta::selector(NAME);
    labels.insert("app.kubernetes.io/instance".to_owned(), site.to_string());
    let mut container =
        pods::container(NAME, meta::image(input.topology, "kube-state-metrics/kube-state-metrics", VERSION), ("metrics", PORT));
    container.args = Some(vec![
        format!("--resources={}", RESOURCES.join(",")),
        format!("--metric-labels-allowlist=nodes=[{}],pods=[{}]", meta::ZONE_LABEL, meta::NAME_LABEL),
    ]);
    container.resources = Some(pods::resources("50m", "256Mi"));
    container.readiness_probe = Some(pods::ready("/metrics", "metrics", "HTTP"));
    let spec = PodSpec {
        service_account_name: Some(NAME.to_owned()),
        security_context: Some(pods::pod_security()),
        affinity: Some(pods::at_site(site)),
        containers: vec![container],
        ..PodSpec::default()
    };
    deployed(input, &format!("{NAME}-{site}"), labels, spec)
}

/// A deployment of one pod.
pub fn deployed(input: &Input<'_>, name: &str, labels: std::collections::BTreeMap<String, String>, spec: PodSpec) -> Deployment {
    let app = labels.get(meta::NAME_LABEL).cloned().unwrap_or_default();
    let metadata = ObjectMeta { labels: Some(labels.clone()), ..ObjectMeta::default() };
    let spec = DeploymentSpec {
        replicas: Some(1),
        selector: matching(labels),
        template: PodTemplateSpec { metadata: Some(metadata), spec: Some(spec) },
        ..DeploymentSpec::default()
    };
    Deployment { metadata: meta::metadata(input.topology, meta::MONITORING, name, &app), spec: Some(spec), status: None }
}
