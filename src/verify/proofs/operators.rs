//! What operators make of rendered objects: pods with their labels and ports, Services, Secrets. Each line follows the operator's
//! own documentation or source; where nothing is certain, nothing is claimed and nothing is judged.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::pods::Pods;
use crate::verify::kubernetes::object::{Object, below, list, text};

/// Strimzi: replication and the control plane between brokers, and figures.
const STRIMZI_PORTS: [u16; 4] = [9090, 9091, 8443, 9404];

fn listeners(kafka: &Value) -> impl Iterator<Item = u16> {
    let listeners = list(below(kafka, &["spec", "kafka"]), "listeners").iter();
    listeners.filter_map(|listener| listener.get("port").and_then(Value::as_u64).and_then(|port| port.try_into().ok()))
}

fn ports(object: &Object<'_>, field: &str) -> Vec<u16> {
    let port = |item: &Value| item.get(field).and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    list(below(object.value, &["spec"]), "listeners").iter().filter_map(port).collect()
}

/// Adds the pods that an operator makes of an object.
pub(super) fn pods<'a>(object: &Object<'a>, found: &mut Vec<Pods<'a>>) {
    let name = object.name;
    // The Prometheus operator names the port of its pods.
    let web = match object.kind {
        "Prometheus" => Some(("web", 9090)),
        "Alertmanager" => Some(("web", 9093)),
        _ => None,
    };
    let mut add = |labels: &[(&str, &str)], open: Option<Vec<u16>>| {
        found.push(Pods {
            owner: *object,
            namespace: object.namespace,
            labels: labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect(),
            ports: web.into_iter().collect(),
            open: open.map(|ports| ports.into_iter().collect()),
            spec: None,
        });
    };
    match (object.group(), object.kind) {
        ("kafka.strimzi.io", "Kafka") => {
            let open: Vec<u16> = listeners(object.value).chain(STRIMZI_PORTS).collect();
            let kafka = format!("{name}-kafka");
            for role in ["broker", "controller"] {
                let role = format!("strimzi.io/{role}-role");
                add(&[("strimzi.io/cluster", name), ("strimzi.io/name", &kafka), (&role, "true")], Some(open.clone()));
            }
            for part in ["entity-operator", "kafka-exporter"] {
                add(&[("strimzi.io/cluster", name), ("strimzi.io/name", &format!("{name}-{part}"))], None);
            }
        }
        ("kafka.strimzi.io", "KafkaMirrorMaker2") => {
            let labels = [("strimzi.io/cluster", name), ("strimzi.io/name", &*format!("{name}-mirrormaker2"))];
            add(&labels, None);
        }
        ("gateway.networking.k8s.io", "Gateway") if text(below(object.value, &["spec"]), "gatewayClassName") == "envoy" => {
            // Envoy Gateway opens privileged ports 10000 higher; 19001 is figures, 19003 readiness.
            let open = ports(object, "port").into_iter().map(|port| if port < 1024 { port + 10_000 } else { port });
            let labels = [
                ("app.kubernetes.io/name", "envoy"),
                ("gateway.envoyproxy.io/owning-gateway-name", name),
                ("gateway.envoyproxy.io/owning-gateway-namespace", object.namespace),
            ];
            add(&labels, Some(open.chain([19001, 19003]).collect()));
        }
        ("monitoring.coreos.com", "Prometheus") => {
            add(&[("app.kubernetes.io/name", "prometheus"), ("prometheus", name)], Some(vec![9090, 8080]));
        }
        ("monitoring.coreos.com", "Alertmanager") => {
            add(&[("app.kubernetes.io/name", "alertmanager"), ("alertmanager", name)], Some(vec![9093, 9094, 8080]));
        }
        _ => {}
    }
}

/// The Services that an operator makes of an object: name, labels of the pods, ports.
pub(super) fn services(object: &Object<'_>) -> Vec<(String, Value, Vec<u16>)> {
    let name = object.name;
    match (object.group(), object.kind) {
        ("kafka.strimzi.io", "Kafka") => {
            let brokers = json!({"strimzi.io/cluster": name, "strimzi.io/broker-role": "true"});
            let open: Vec<u16> = listeners(object.value).chain([9091]).collect();
            vec![
                (format!("{name}-kafka-bootstrap"), brokers.clone(), open.clone()),
                (format!("{name}-kafka-brokers"), brokers, open),
            ]
        }
        ("monitoring.coreos.com", "Prometheus") => {
            vec![("prometheus-operated".to_owned(), json!({"app.kubernetes.io/name": "prometheus"}), vec![9090])]
        }
        ("monitoring.coreos.com", "Alertmanager") => {
            vec![("alertmanager-operated".to_owned(), json!({"app.kubernetes.io/name": "alertmanager"}), vec![9093, 9094])]
        }
        _ => Vec::new(),
    }
}

/// Adds the Secrets that an operator makes of an object: certificates of Kafka's users and authorities.
pub(super) fn secrets<'a>(object: &Object<'a>, found: &mut BTreeSet<(&'a str, String, &'static str)>) {
    let namespace = object.namespace;
    match (object.group(), object.kind) {
        ("kafka.strimzi.io", "Kafka") => {
            for authority in ["cluster-ca-cert", "clients-ca-cert"] {
                found.insert((namespace, format!("{}-{authority}", object.name), "ca.crt"));
            }
        }
        ("kafka.strimzi.io", "KafkaUser") => {
            let keys = ["ca.crt", "user.crt", "user.key", "user.p12", "user.password", "password", "sasl.jaas.config"];
            found.extend(keys.map(|key| (namespace, object.name.to_owned(), key)));
        }
        _ => {}
    }
}
