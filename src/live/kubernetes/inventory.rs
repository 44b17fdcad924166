//! What of this platform is in the cluster: one LIST per kind of the objects that carry its labels, in pages.
//! Objects that lost their labels are not in it; they are asked for one by one.

use std::collections::BTreeMap;

use futures_util::stream::{self, StreamExt};
use http::Method;
use serde_json::Value;

use super::discovery::{Catalog, Resource};
use super::refusal::refusal;
use super::transport::{Ask, Transport};
use crate::model::live::{Failure, ObjectId, Reason};

/// How many objects a page has.
const PAGE: usize = 500;
/// How many pages one kind may have.
const PAGES: usize = 100;
/// How many bytes a page may have.
const LIMIT: usize = 64 << 20;

/// Kinds that are looked through even where none of them is rendered any more, as group and kind.
const KINDS: &[(&str, &str)] = &[
    ("", "ConfigMap"),
    ("", "Namespace"),
    ("", "Service"),
    ("", "ServiceAccount"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("autoscaling", "HorizontalPodAutoscaler"),
    ("batch", "CronJob"),
    ("batch", "Job"),
    ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate"),
    ("cluster.x-k8s.io", "MachineDeployment"),
    ("gateway.envoyproxy.io", "BackendTrafficPolicy"),
    ("gateway.envoyproxy.io", "ClientTrafficPolicy"),
    ("gateway.envoyproxy.io", "EnvoyProxy"),
    ("gateway.envoyproxy.io", "SecurityPolicy"),
    ("gateway.networking.k8s.io", "Gateway"),
    ("gateway.networking.k8s.io", "GatewayClass"),
    ("gateway.networking.k8s.io", "HTTPRoute"),
    ("gateway.networking.k8s.io", "ReferenceGrant"),
    ("kafka.strimzi.io", "Kafka"),
    ("kafka.strimzi.io", "KafkaMirrorMaker2"),
    ("kafka.strimzi.io", "KafkaNodePool"),
    ("kafka.strimzi.io", "KafkaTopic"),
    ("kafka.strimzi.io", "KafkaUser"),
    ("keda.sh", "ScaledObject"),
    ("keda.sh", "TriggerAuthentication"),
    ("monitoring.coreos.com", "Alertmanager"),
    ("monitoring.coreos.com", "AlertmanagerConfig"),
    ("monitoring.coreos.com", "PodMonitor"),
    ("monitoring.coreos.com", "Prometheus"),
    ("monitoring.coreos.com", "PrometheusRule"),
    ("monitoring.coreos.com", "ScrapeConfig"),
    ("monitoring.coreos.com", "ServiceMonitor"),
    ("networking.k8s.io", "NetworkPolicy"),
    ("policy", "PodDisruptionBudget"),
    ("rbac.authorization.k8s.io", "ClusterRole"),
    ("rbac.authorization.k8s.io", "ClusterRoleBinding"),
    ("rbac.authorization.k8s.io", "Role"),
    ("rbac.authorization.k8s.io", "RoleBinding"),
    ("scheduling.k8s.io", "PriorityClass"),
];

/// What was listed.
#[derive(Debug, Default)]
pub(super) struct Inventory {
    /// The objects by identity.
    pub(super) objects: BTreeMap<ObjectId, Value>,
    /// Kinds that could not be listed.
    pub(super) failures: Vec<(String, Failure)>,
}

/// Lists the kinds of these objects and those above.
pub(super) async fn list(
    transport: &Transport,
    catalog: &Catalog,
    wanted: &[ObjectId],
    selector: &str,
    width: usize,
) -> Inventory {
    let mut kinds: BTreeMap<(&str, &str), &Resource> = BTreeMap::new();
    for (group, kind) in KINDS.iter().copied() {
        kinds.extend(catalog.preferred(group, kind).map(|resource| ((group, kind), resource)));
    }
    for id in wanted {
        kinds.extend(catalog.find(&id.api_version, &id.kind).map(|resource| ((id.group(), id.kind.as_str()), resource)));
    }
    let pages = kinds.into_values().map(|resource| async move { (resource, all(transport, resource, selector).await) });
    let mut inventory = Inventory::default();
    let mut answers = stream::iter(pages).buffered(width);
    while let Some((resource, answer)) = answers.next().await {
        match answer {
            Ok(objects) => inventory.objects.extend(objects.into_iter().map(|object| (ObjectId::of(&object), object))),
            Err(failure) => inventory.failures.push((shown(resource), failure)),
        }
    }
    inventory
}

fn shown(resource: &Resource) -> String {
    if resource.group.is_empty() { resource.kind.clone() } else { format!("{}/{}", resource.group, resource.kind) }
}

async fn all(transport: &Transport, resource: &Resource, selector: &str) -> Result<Vec<Value>, Failure> {
    let mut objects = Vec::new();
    let mut next = String::new();
    for _ in 0..PAGES {
        let path = format!("{}?limit={PAGE}&labelSelector={}{next}", resource.path(), query(selector));
        let ask = Ask { method: &Method::GET, path: &path, accept: "application/json", apply: None, limit: LIMIT };
        let mut answer = transport.ask(ask).await?;
        if !answer.status.is_success() {
            return Err(refusal(&answer, &resource.kind));
        }
        let items = answer.body.get_mut("items").map(Value::take);
        let Some(Value::Array(items)) = items else {
            return Err(Failure::new(Reason::Other, "the answer to a LIST has no items"));
        };
        objects.extend(items.into_iter().filter_map(|item| complete(item, resource)));
        match answer.body.pointer("/metadata/continue").and_then(Value::as_str) {
            Some(token) if !token.is_empty() => next = format!("&continue={}", query(token)),
            Some(_) | None => return Ok(objects),
        }
    }
    Err(Failure::new(Reason::Other, format!("more than {} objects of one kind", PAGE * PAGES)))
}

/// An item of a list with the kind that lists leave out.
fn complete(item: Value, resource: &Resource) -> Option<Value> {
    let Value::Object(mut item) = item else { return None };
    item.insert("apiVersion".to_owned(), resource.api_version().into());
    item.insert("kind".to_owned(), resource.kind.clone().into());
    Some(Value::Object(item))
}

/// A value of a query.
fn query(text: &str) -> String {
    let piece = |byte: u8| {
        let plain = byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        if plain { char::from(byte).to_string() } else { format!("%{byte:02X}") }
    };
    text.bytes().map(piece).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_selector_is_escaped() {
        assert_eq!(query("a/b=c,d"), "a%2Fb%3Dc%2Cd");
    }
}
