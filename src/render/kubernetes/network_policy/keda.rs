//! What KEDA may read: measures at Prometheus. The policy stands in the namespace of what is read, beside those of the
//! monitoring; policies add up. Kafka's listeners name KEDA among their clients themselves.

use std::collections::BTreeMap;

use k8s_openapi::api::networking::v1::NetworkPolicyPeer;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;

use super::super::unit::{Scaler, Subject};
use super::{from, policy};
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// The port of Prometheus.
const PROMETHEUS_PORT: u16 = 9090;

/// The policy, where KEDA reads anything there.
pub fn render(input: &Input<'_>) -> Result<Option<Artifact>, RenderError> {
    let measured = |subject: &Subject<'_>| {
        let outside = subject.service.scale.as_ref().is_some_and(|scale| scale.rps.is_some() || !scale.custom.is_empty());
        outside && subject.scaler() == Scaler::Keda
    };
    if input.topology.observability.is_none() || !Subject::all(input).iter().any(measured) {
        return Ok(None);
    }
    let metadata = meta::metadata(input.topology, meta::MONITORING, "keda-reads-prometheus", "keda");
    let rules = vec![from(vec![operator()], &[PROMETHEUS_PORT])];
    let allow = policy(metadata, meta::selector("prometheus"), rules, Vec::new());
    Ok(Some(Artifact::object(meta::MONITORING, &allow, vec![Path::of(["autoscaling", "pods"])])?))
}

/// KEDA's operator; in which namespace it runs is not ours to say.
fn operator() -> NetworkPolicyPeer {
    let labels = BTreeMap::from([("app".to_owned(), "keda-operator".to_owned())]);
    NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector::default()),
        pod_selector: Some(LabelSelector { match_labels: Some(labels), ..LabelSelector::default() }),
        ip_block: None,
    }
}
