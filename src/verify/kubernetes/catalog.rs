//! The committed schemas: which kinds there are, inflated and read when an object of a kind is first checked.
//!
//! Built-in kinds have one file per minor, kinds of operators one file each, made by `tests/lab/schemas.sh`.
//! A file that could not be read would leave its kinds unknown, so nothing passes for lack of a schema.

use std::io::Read;
use std::sync::OnceLock;

use flate2::read::ZlibDecoder;

use super::schema::{Document, Resource};
use crate::model::topology::kubernetes::Minor;

/// One file of schemas.
struct File {
    /// The kind in it, where it holds the only version of one kind: `(apiVersion, kind)`.
    holds: Option<(&'static str, &'static str)>,
    bytes: &'static [u8],
    document: OnceLock<Document>,
}

/// The file of one version of one kind.
macro_rules! custom {
    ($group:literal, $version:literal, $kind:literal) => {
        File {
            holds: Some((concat!($group, "/", $version), $kind)),
            bytes: include_bytes!(concat!("../schemas/", $group, "_", $version, "_", $kind, ".json.zz")),
            document: OnceLock::new(),
        }
    };
}

static V1_34: File = built_in(include_bytes!("../schemas/kubernetes-1.34.json.zz"));
static V1_35: File = built_in(include_bytes!("../schemas/kubernetes-1.35.json.zz"));
static V1_36: File = built_in(include_bytes!("../schemas/kubernetes-1.36.json.zz"));
static V1_37: File = built_in(include_bytes!("../schemas/kubernetes-1.37.json.zz"));

static CUSTOM: [File; 43] = [
    custom!("bootstrap.cluster.x-k8s.io", "v1beta2", "KubeadmConfigTemplate"),
    custom!("cert-manager.io", "v1", "Certificate"),
    custom!("cert-manager.io", "v1", "ClusterIssuer"),
    custom!("cert-manager.io", "v1", "Issuer"),
    custom!("cluster.x-k8s.io", "v1beta2", "Cluster"),
    custom!("cluster.x-k8s.io", "v1beta2", "MachineDeployment"),
    custom!("cluster.x-k8s.io", "v1beta2", "MachineHealthCheck"),
    custom!("gateway.envoyproxy.io", "v1alpha1", "BackendTrafficPolicy"),
    custom!("gateway.envoyproxy.io", "v1alpha1", "ClientTrafficPolicy"),
    custom!("gateway.envoyproxy.io", "v1alpha1", "EnvoyProxy"),
    custom!("gateway.envoyproxy.io", "v1alpha1", "SecurityPolicy"),
    custom!("gateway.networking.k8s.io", "v1", "BackendTLSPolicy"),
    custom!("gateway.networking.k8s.io", "v1", "GRPCRoute"),
    custom!("gateway.networking.k8s.io", "v1", "Gateway"),
    custom!("gateway.networking.k8s.io", "v1", "GatewayClass"),
    custom!("gateway.networking.k8s.io", "v1", "HTTPRoute"),
    custom!("gateway.networking.k8s.io", "v1", "ReferenceGrant"),
    custom!("gateway.networking.k8s.io", "v1", "TLSRoute"),
    custom!("gateway.networking.k8s.io", "v1beta1", "Gateway"),
    custom!("gateway.networking.k8s.io", "v1beta1", "GatewayClass"),
    custom!("gateway.networking.k8s.io", "v1beta1", "HTTPRoute"),
    custom!("gateway.networking.k8s.io", "v1beta1", "ReferenceGrant"),
    custom!("kafka.strimzi.io", "v1", "Kafka"),
    custom!("kafka.strimzi.io", "v1", "KafkaConnect"),
    custom!("kafka.strimzi.io", "v1", "KafkaConnector"),
    custom!("kafka.strimzi.io", "v1", "KafkaMirrorMaker2"),
    custom!("kafka.strimzi.io", "v1", "KafkaNodePool"),
    custom!("kafka.strimzi.io", "v1", "KafkaRebalance"),
    custom!("kafka.strimzi.io", "v1", "KafkaTopic"),
    custom!("kafka.strimzi.io", "v1", "KafkaUser"),
    custom!("keda.sh", "v1alpha1", "ClusterTriggerAuthentication"),
    custom!("keda.sh", "v1alpha1", "ScaledJob"),
    custom!("keda.sh", "v1alpha1", "ScaledObject"),
    custom!("keda.sh", "v1alpha1", "TriggerAuthentication"),
    custom!("monitoring.coreos.com", "v1", "Alertmanager"),
    custom!("monitoring.coreos.com", "v1", "PodMonitor"),
    custom!("monitoring.coreos.com", "v1", "Probe"),
    custom!("monitoring.coreos.com", "v1", "Prometheus"),
    custom!("monitoring.coreos.com", "v1", "PrometheusRule"),
    custom!("monitoring.coreos.com", "v1", "ServiceMonitor"),
    custom!("monitoring.coreos.com", "v1alpha1", "AlertmanagerConfig"),
    custom!("monitoring.coreos.com", "v1alpha1", "PrometheusAgent"),
    custom!("monitoring.coreos.com", "v1alpha1", "ScrapeConfig"),
];

const fn built_in(bytes: &'static [u8]) -> File {
    File { holds: None, bytes, document: OnceLock::new() }
}

impl File {
    fn document(&self) -> &Document {
        self.document.get_or_init(|| {
            let mut text = Vec::new();
            let read = ZlibDecoder::new(self.bytes).read_to_end(&mut text);
            read.ok().and_then(|_| serde_json::from_slice(&text).ok()).unwrap_or_default()
        })
    }
}

fn built_in_of(minor: Minor) -> &'static File {
    match minor {
        Minor::V1_34 => &V1_34,
        Minor::V1_35 => &V1_35,
        Minor::V1_36 => &V1_36,
        Minor::V1_37 => &V1_37,
    }
}

/// The schema of a kind and the document that its references count into.
pub fn find(api_version: &str, kind: &str, minor: Minor) -> Option<(&'static Document, &'static Resource)> {
    let custom = CUSTOM.iter().find(|file| file.holds == Some((api_version, kind)));
    let document = custom.unwrap_or_else(|| built_in_of(minor)).document();
    document.kinds.get(&format!("{api_version} {kind}")).map(|resource| (document, resource))
}

/// Every kind of a minor as `(apiVersion, kind)`, those of operators last.
pub fn kinds(minor: Minor) -> impl Iterator<Item = (&'static str, &'static str)> {
    let built_in = built_in_of(minor).document().kinds.keys().filter_map(|name| name.split_once(' '));
    built_in.chain(CUSTOM.iter().filter_map(|file| file.holds))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::verify::kubernetes::schema::Schema;

    fn each(document: &Document, visit: &mut dyn FnMut(&Schema)) {
        fn inside(schema: &Schema, visit: &mut dyn FnMut(&Schema)) {
            visit(schema);
            let boxed = [&schema.items, &schema.additional_properties, &schema.not].into_iter().filter_map(Option::as_deref);
            let listed = [&schema.all_of, &schema.any_of, &schema.one_of].into_iter().flatten();
            boxed.chain(listed).chain(schema.properties.values()).for_each(|schema| inside(schema, visit));
        }
        document
            .definitions
            .iter()
            .chain(document.kinds.values().map(|kind| &kind.schema))
            .for_each(|schema| inside(schema, visit));
    }

    #[test]
    fn every_file_is_whole() {
        for file in Minor::ALL.map(built_in_of).into_iter().chain(&CUSTOM) {
            let document = file.document();
            if let Some((api_version, kind)) = file.holds {
                assert!(document.kinds.contains_key(&format!("{api_version} {kind}")), "{kind}");
            }
            assert!(!document.kinds.is_empty());
            each(document, &mut |schema| {
                assert!(schema.reference.is_none_or(|position| position < document.definitions.len()));
                if let Some(pattern) = &schema.pattern {
                    assert!(regex::Regex::new(&pattern.text).is_ok(), "{}", pattern.text);
                }
            });
        }
    }

    #[test]
    fn every_committed_file_is_in_the_table() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/verify/schemas");
        let files: BTreeSet<String> =
            std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
        let custom = CUSTOM.iter().filter_map(|file| file.holds);
        let mut named: BTreeSet<String> =
            custom.map(|(version, kind)| format!("{}_{kind}.json.zz", version.replace('/', "_"))).collect();
        named.extend(["1.34", "1.35", "1.36", "1.37"].map(|minor| format!("kubernetes-{minor}.json.zz")));
        assert_eq!(files, named);
    }
}
