//! What KEDA may read: the lag of consumers at the brokers, and measures at Prometheus. The policies stand in the
//! namespaces of what is read, beside those of the stores; policies add up.

use k8s_openapi::api::networking::v1::NetworkPolicy;

use super::super::unit::{Scaler, Subject};
use super::{any_pod, from, policy};
use crate::model::plan::Peer;
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// The namespace of KEDA.
const KEDA: &str = "keda";
/// The port of Prometheus.
const PROMETHEUS_PORT: u16 = 9090;

/// The policies, where KEDA reads anything.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let subjects: Vec<_> = Subject::all(input).into_iter().filter(|subject| subject.scaler() == Scaler::Keda).collect();
    let measures = |subject: &Subject<'_>| subject.service.scale.clone().unwrap_or_default();
    let sources = vec![Path::of(["autoscaling", "pods"])];
    let mut artifacts = Vec::new();
    let reads_prometheus = subjects.iter().map(measures).any(|scale| scale.rps.is_some() || !scale.custom.is_empty());
    if reads_prometheus && input.topology.observability.is_some() {
        let metadata = meta::metadata(input.topology, meta::MONITORING, "keda-reads-prometheus", KEDA);
        let rules = vec![from(vec![any_pod(KEDA)], &[PROMETHEUS_PORT])];
        let allow = policy(metadata, meta::selector("prometheus"), rules, Vec::new());
        artifacts.push(Artifact::object(meta::MONITORING, &allow, sources.clone())?);
    }
    let lagging = subjects.iter().filter(|subject| measures(subject).lag.is_some());
    let mut instances: Vec<_> =
        lagging.flat_map(|subject| subject.service.consumed(input.topology)).map(|(instance, _)| instance).collect();
    instances.sort();
    instances.dedup();
    for instance in instances {
        for (namespace, allow) in brokers(input, instance) {
            artifacts.push(Artifact::object(&namespace, &allow, sources.clone())?);
        }
    }
    Ok(artifacts)
}

fn brokers(input: &Input<'_>, instance: &crate::model::Name) -> Vec<(String, NetworkPolicy)> {
    let Some(access) = input.plan.kafka.get(instance).map(|kafka| &kafka.access) else { return Vec::new() };
    let one = |(index, peer): (usize, &Peer)| match peer {
        Peer::Pods { namespace, labels } => {
            let suffix = if access.peers.len() > 1 { format!("-{}", index + 1) } else { String::new() };
            let name = format!("keda-reads-{instance}{suffix}");
            let metadata = meta::metadata(input.topology, namespace, &name, KEDA);
            let rules = vec![from(vec![any_pod(KEDA)], &access.ports)];
            Some((namespace.clone(), policy(metadata, labels.clone(), rules, Vec::new())))
        }
        Peer::Hosts(_) | Peer::External(_) => None,
    };
    access.peers.iter().enumerate().filter_map(one).collect()
}
