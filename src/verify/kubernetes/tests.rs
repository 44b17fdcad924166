//! Every rule finds its mutation of a valid object, and finds nothing in the valid ones.

use serde::Deserialize;
use serde_json::{Value, json};

use super::codes::CODES;
use super::*;
use crate::diag::Place;
use crate::model::Content;

const BUILT_IN: &str = include_str!("samples/built-in.yaml");
const CUSTOM: &str = include_str!("samples/custom.yaml");
const REMOVED: &str = "removed";

fn objects(text: &str) -> Vec<Artifact> {
    let documents = serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap());
    documents.map(|value| Artifact::object("test", &value, Vec::new()).unwrap()).collect()
}

fn samples() -> Vec<Artifact> {
    objects(BUILT_IN).into_iter().chain(objects(CUSTOM)).collect()
}

fn file(artifacts: &[Artifact], kind: &str, name: &str) -> usize {
    let wanted = format!("kubernetes/test/{}-{name}.yaml", kind.to_lowercase());
    artifacts.iter().position(|artifact| artifact.path == wanted).unwrap_or_else(|| panic!("no {kind} {name}"))
}

fn shown(findings: &[Finding]) -> Vec<String> {
    let place = |finding: &Finding| match &finding.at {
        Place::Artifact { path, inside } => format!("{path}#{inside}"),
        other => format!("{other:?}"),
    };
    findings.iter().map(|it| format!("{} {} {} ({:?})", it.code, place(it), it.message, it.help)).collect()
}

/// Sets the value at a pointer, whose parent exists; the word `removed` takes it away.
fn mutate(object: &mut Value, pointer: &str, new: Value) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/");
    match object.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}")) {
        Value::Object(fields) if new == json!(REMOVED) => drop(fields.remove(&last).unwrap()),
        Value::Object(fields) => drop(fields.insert(last, new)),
        Value::Array(items) if last == "-" => items.push(new),
        Value::Array(items) => items[last.parse::<usize>().unwrap()] = new,
        other => panic!("{other} at {parent}"),
    }
}

fn mutated(kind: &str, name: &str, pointer: &str, new: Value) -> Vec<Finding> {
    let mut artifacts = samples();
    let position = file(&artifacts, kind, name);
    let Content::Object(object) = &mut artifacts[position].content else { panic!("not an object") };
    mutate(object, pointer, new);
    check(&artifacts, Minor::V1_37)
}

#[test]
fn valid_objects_pass_in_every_minor() {
    for minor in Minor::ALL {
        assert_eq!(shown(&check(&samples(), minor)), Vec::<String>::new(), "{minor:?}");
    }
}

#[test]
fn minors_are_read_from_versions() {
    assert_eq!(["1.34", "v1.35.4", "1.36.3", "1.37.2"].map(Minor::of), Minor::ALL.map(Some));
    assert_eq!(["1.33", "1.340", "2.34", "x"].map(Minor::of), [None; 4]);
}

#[test]
fn typos_are_found_with_the_field_that_was_meant() {
    let typos = [
        ("Deployment", "web", "/spec/replicaz", json!(3), "replicas"),
        ("Deployment", "web", "/spec/template/spec/containers/0/imagePullpolicy", json!("Always"), "imagePullPolicy"),
        ("Deployment", "web", "/metadata/label", json!({}), "labels"),
        ("StatefulSet", "db", "/spec/podManagmentPolicy", json!("Parallel"), "podManagementPolicy"),
        ("Service", "web", "/spec/sesionAffinity", json!("None"), "sessionAffinity"),
        ("PodDisruptionBudget", "web", "/spec/maxUnavaliable", json!(1), "maxUnavailable"),
        ("HTTPRoute", "api", "/spec/hostname", json!([]), "hostnames"),
        ("Prometheus", "main", "/spec/retentionSzie", json!("1GB"), "retentionSize"),
        ("ScaledObject", "worker", "/spec/minReplicasCount", json!(1), "minReplicaCount"),
        ("Kafka", "main", "/spec/kafka/listener", json!([]), "listeners"),
        ("KafkaTopic", "orders", "/spec/partition", json!(1), "partitions"),
        ("Certificate", "public", "/spec/dnsName", json!([]), "dnsNames"),
    ];
    for (kind, name, pointer, new, meant) in typos {
        let findings = mutated(kind, name, pointer, new);
        let [finding] = &findings[..] else { panic!("{kind} {pointer}: {:?}", shown(&findings)) };
        assert_eq!(finding.code, codes::UNKNOWN_FIELD);
        assert!(matches!(&finding.at, Place::Artifact { inside, .. } if inside == pointer), "{:?}", finding.at);
        assert_eq!(finding.help.as_deref(), Some(format!("did you mean `{meant}`?").as_str()));
    }
}

/// A fault in one object: code, kind, name, where, the new value, and where the finding points when that is elsewhere.
#[derive(Clone)]
struct Fault(&'static str, &'static str, &'static str, &'static str, Value, &'static str);

/// Where the pods of the samples' Deployment `web` stand.
macro_rules! pod {
    ($rest:literal) => {
        concat!("/spec/template/spec", $rest)
    };
}

fn schema_faults() -> Vec<Fault> {
    vec![
        Fault("IT801", "Deployment", "web", "/apiVersion", json!("apps/v2"), ""),
        Fault("IT801", "Namespace", "apps", "/kind", json!("Namespaces"), ""),
        Fault("IT801", "Kafka", "main", "/apiVersion", json!("kafka.strimzi.io/v1beta2"), ""),
        Fault("IT802", "ConfigMap", "web", "/spec", json!({}), "/spec"),
        Fault("IT803", "Deployment", "web", "/spec/selector", json!(REMOVED), "/spec"),
        Fault("IT803", "Deployment", "web", pod!("/containers/0/image"), json!(REMOVED), pod!("/containers/0")),
        Fault("IT803", "HTTPRoute", "api", "/spec/rules/0/backendRefs/0/name", json!(REMOVED), "/spec/rules/0/backendRefs/0"),
        Fault("IT804", "Deployment", "web", "/spec/replicas", json!("4"), "/spec/replicas"),
        Fault(
            "IT804",
            "Deployment",
            "web",
            "/spec/strategy/rollingUpdate/maxSurge",
            json!(true),
            "/spec/strategy/rollingUpdate/maxSurge",
        ),
        Fault("IT804", "ConfigMap", "web", "/data/n", json!(1), "/data/n"),
        Fault("IT804", "Deployment", "web", "/spec/paused", Value::Null, "/spec/paused"),
        Fault("IT805", "Deployment", "web", pod!("/containers/0/imagePullPolicy"), json!("Allways"), ""),
        Fault("IT805", "Deployment", "web", pod!("/topologySpreadConstraints/0/nodeTaintsPolicy"), json!("honor"), ""),
        Fault("IT805", "Deployment", "web", pod!("/topologySpreadConstraints/1/whenUnsatisfiable"), json!("Never"), ""),
        Fault("IT805", "Deployment", "web", pod!("/containers/0/ports/0/protocol"), json!("tcp"), ""),
        Fault("IT805", "StatefulSet", "db", "/spec/podManagementPolicy", json!("parallel"), ""),
        Fault("IT805", "Service", "web", "/spec/trafficDistribution", json!("Local"), ""),
        Fault("IT805", "CronJob", "backup", "/spec/concurrencyPolicy", json!("Deny"), ""),
        Fault("IT805", "NetworkPolicy", "web", "/spec/policyTypes/0", json!("ingress"), ""),
        Fault("IT805", "KafkaNodePool", "brokers", "/spec/roles/0", json!("brokers"), ""),
        Fault("IT805", "Gateway", "public", "/spec/listeners/1/allowedRoutes/namespaces/from", json!("Any"), ""),
        Fault("IT806", "Deployment", "web", "/spec/strategy/rollingUpdate/maxSurge", json!("25"), ""),
        Fault("IT806", "Deployment", "web", "/spec/replicas", json!(-1), ""),
        Fault("IT806", "Deployment", "web", "/spec/replicas", json!(3_000_000_000_i64), ""),
        Fault("IT806", "Deployment", "web", pod!("/volumes/1/secret"), json!({"secretName": "web"}), pod!("/volumes/1")),
        Fault(
            "IT806",
            "Deployment",
            "web",
            pod!("/containers/0/livenessProbe/exec"),
            json!({}),
            pod!("/containers/0/livenessProbe"),
        ),
        Fault(
            "IT806",
            "Deployment",
            "web",
            "/spec/selector/matchExpressions/0/values",
            json!([]),
            "/spec/selector/matchExpressions/0",
        ),
        Fault("IT806", "HTTPRoute", "api", "/spec/rules/0/timeouts/request", json!("15 s"), ""),
        Fault("IT806", "Gateway", "public", "/spec/listeners/0/port", json!(70000), ""),
        Fault("IT806", "KafkaTopic", "orders", "/spec/partitions", json!(0), ""),
        Fault("IT807", "Deployment", "web", pod!("/containers/0/resources/requests/cpu"), json!("5 cores"), ""),
        Fault("IT807", "Deployment", "web", pod!("/containers/0/resources/requests/memory"), json!("1Gi"), ""),
        Fault("IT807", "Deployment", "web", pod!("/containers/0/resources/requests/cpu"), json!("-1"), ""),
        Fault("IT807", "PersistentVolumeClaim", "shared", "/spec/resources/requests/storage", json!("lots"), ""),
    ]
}

fn naming_faults() -> Vec<Fault> {
    vec![
        Fault("IT808", "Deployment", "web", "/metadata/name", json!("Api_1"), ""),
        Fault("IT808", "Service", "web", "/metadata/name", json!("1web"), ""),
        Fault("IT808", "Service", "web", "/metadata/name", json!("a".repeat(64)), ""),
        Fault("IT808", "StatefulSet", "db", "/metadata/name", json!("d".repeat(53)), ""),
        Fault("IT808", "CronJob", "backup", "/metadata/name", json!("b".repeat(53)), ""),
        Fault("IT808", "Role", "web:reader", "/metadata/name", json!("a/b"), ""),
        Fault("IT808", "KafkaTopic", "orders", "/metadata/name", json!("Orders"), ""),
        Fault("IT808", "ConfigMap", "web", "/metadata/name", json!(REMOVED), "/metadata"),
        Fault("IT808", "Deployment", "web", pod!("/containers/0/name"), json!("web.1"), ""),
        Fault("IT808", "Deployment", "web", pod!("/containers/0/env/0/name"), json!("A=B"), ""),
        Fault("IT809", "Deployment", "web", "/metadata/labels/a b", json!("x"), ""),
        Fault("IT809", "Deployment", "web", "/spec/template/metadata/labels/tier2", json!("front end"), ""),
        Fault("IT809", "Deployment", "web", "/spec/template/metadata/annotations/a b", json!("x"), ""),
        Fault("IT809", "Service", "db", "/spec/selector/app", json!("-db"), ""),
        Fault("IT809", "NetworkPolicy", "web", "/spec/podSelector/matchLabels/app", json!("x".repeat(64)), ""),
        Fault("IT809", "Deployment", "web", pod!("/topologySpreadConstraints/1/topologyKey"), json!("a/b/c"), ""),
        Fault("IT810", "Deployment", "web", "/metadata/namespace", json!(REMOVED), "/metadata"),
        Fault("IT810", "KafkaTopic", "orders", "/metadata/namespace", json!(REMOVED), "/metadata"),
        Fault("IT810", "ClusterRole", "node-reader", "/metadata/namespace", json!("apps"), ""),
        Fault("IT810", "ConfigMap", "web", "/metadata/namespace", json!("Apps"), ""),
    ]
}

fn pod_faults() -> Vec<Fault> {
    let port = json!({"name": "web", "containerPort": 8080});
    let restricted = pod!("/containers/0/securityContext");
    vec![
        Fault("IT811", "Deployment", "web", pod!("/containers/0/ports/-"), port, pod!("/containers/0/ports/2")),
        Fault("IT811", "Deployment", "web", pod!("/containers/0/env/-"), json!({"name": "MODE"}), pod!("/containers/0/env/4")),
        Fault("IT811", "Deployment", "web", pod!("/initContainers/0/name"), json!("web"), pod!("/containers/0/name")),
        Fault(
            "IT813",
            "Deployment",
            "web",
            "/spec/template/metadata/labels/tier",
            json!("back"),
            "/spec/template/metadata/labels",
        ),
        Fault("IT813", "StatefulSet", "db", "/spec/selector", json!({}), ""),
        Fault("IT814", "Deployment", "web", pod!("/containers/0/volumeMounts/0/name"), json!("conf"), ""),
        Fault("IT814", "StatefulSet", "db", pod!("/containers/0/volumeMounts/0/name"), json!("date"), ""),
        Fault("IT814", "Deployment", "web", pod!("/containers/0/readinessProbe/httpGet/port"), json!("htpp"), ""),
        Fault("IT815", "Deployment", "web", pod!("/containers/0/ports/1/name"), json!("http"), ""),
        Fault("IT815", "StatefulSet", "db", pod!("/containers/0/ports/0/name"), json!("sixteen-letters-"), ""),
        Fault("IT815", "Service", "web", "/spec/ports/0/targetPort", json!("HTTP"), ""),
        Fault("IT815", "Service", "web", "/spec/ports/1/name", json!("http"), ""),
        Fault("IT815", "Service", "web", "/spec/ports/1/name", json!(REMOVED), "/spec/ports/1"),
        Fault("IT815", "Service", "web", "/spec/ports", json!([]), "/spec"),
        Fault("IT815", "NetworkPolicy", "web", "/spec/egress/0/ports/0/endPort", json!(100), ""),
        Fault("IT818", "Deployment", "web", pod!("/topologySpreadConstraints/1/minDomains"), json!(2), ""),
        Fault(
            "IT818",
            "Deployment",
            "web",
            pod!("/topologySpreadConstraints/0/matchLabelKeys/0"),
            json!("app.kubernetes.io/name"),
            pod!("/topologySpreadConstraints/0/matchLabelKeys"),
        ),
        Fault(
            "IT818",
            "Deployment",
            "web",
            pod!("/topologySpreadConstraints/0/labelSelector/matchLabels/app"),
            json!("x"),
            pod!("/topologySpreadConstraints/0/labelSelector"),
        ),
        Fault(
            "IT818",
            "Deployment",
            "web",
            pod!("/topologySpreadConstraints/1/labelSelector"),
            json!(REMOVED),
            pod!("/topologySpreadConstraints/1"),
        ),
        Fault("IT820", "Deployment", "web", pod!("/hostNetwork"), json!(true), ""),
        Fault("IT820", "Deployment", "web", pod!("/securityContext/runAsNonRoot"), json!(false), restricted),
        Fault("IT820", "Deployment", "web", pod!("/securityContext/runAsUser"), json!(0), ""),
        Fault("IT820", "Deployment", "web", pod!("/securityContext/seccompProfile"), json!(REMOVED), restricted),
        Fault("IT820", "Deployment", "web", pod!("/containers/0/securityContext/capabilities/drop"), json!([]), restricted),
        Fault(
            "IT820",
            "Deployment",
            "web",
            pod!("/containers/0/securityContext/capabilities/add/0"),
            json!("CHOWN"),
            pod!("/containers/0/securityContext/capabilities/add"),
        ),
        Fault(
            "IT820",
            "Deployment",
            "web",
            pod!("/containers/0/securityContext/allowPrivilegeEscalation"),
            json!(REMOVED),
            restricted,
        ),
        Fault(
            "IT820",
            "Deployment",
            "web",
            pod!("/volumes/1"),
            json!({"name": "tmp", "hostPath": {"path": "/tmp"}}),
            pod!("/volumes/1/hostPath"),
        ),
        Fault(
            "IT820",
            "Deployment",
            "web",
            pod!("/volumes/1"),
            json!({"name": "tmp", "nfs": {"server": "n", "path": "/"}}),
            pod!("/volumes/1/nfs"),
        ),
        Fault("IT820", "Deployment", "web", pod!("/containers/0/ports/0/hostPort"), json!(8080), ""),
        Fault("IT820", "Pod", "soft", "/spec/hostPID", json!(true), ""),
        Fault(
            "IT820",
            "Pod",
            "soft",
            "/spec/containers/0/securityContext",
            json!({"capabilities": {"add": ["SYS_ADMIN"]}}),
            "/spec/containers/0/securityContext/capabilities/add",
        ),
        Fault("IT820", "Namespace", "nodes", "/metadata/labels", json!({}), "/spec/template/spec/hostNetwork"),
    ]
}

fn contradictions() -> Vec<Fault> {
    vec![
        Fault("IT816", "PodDisruptionBudget", "web", "/spec/maxUnavailable", json!(1), "/spec"),
        Fault("IT816", "PodDisruptionBudget", "web", "/spec/minAvailable", json!(REMOVED), "/spec"),
        Fault("IT816", "PodDisruptionBudget", "web", "/spec/selector", json!(REMOVED), "/spec"),
        Fault("IT817", "HorizontalPodAutoscaler", "web", "/spec/maxReplicas", json!(3), ""),
        Fault("IT817", "HorizontalPodAutoscaler", "web", "/spec/metrics/0/type", json!("Pods"), "/spec/metrics/0"),
        Fault(
            "IT817",
            "HorizontalPodAutoscaler",
            "web",
            "/spec/metrics/0/resource/target/type",
            json!("Value"),
            "/spec/metrics/0/resource/target",
        ),
        Fault("IT817", "ScaledObject", "worker", "/spec/maxReplicaCount", json!(1), ""),
        Fault("IT817", "ScaledObject", "worker", "/spec/idleReplicaCount", json!(2), ""),
        Fault("IT819", "CronJob", "backup", "/spec/schedule", json!("15 3 * *"), ""),
        Fault("IT819", "CronJob", "backup", "/spec/schedule", json!("61 3 * * *"), ""),
        Fault("IT821", "Deployment", "web", "/spec/strategy/type", json!("Recreate"), "/spec/strategy/rollingUpdate"),
        Fault("IT821", "Deployment", "web", "/spec/strategy/rollingUpdate/maxSurge", json!(0), "/spec/strategy/rollingUpdate"),
        Fault("IT821", "Deployment", "web", pod!("/restartPolicy"), json!("Never"), ""),
        Fault("IT821", "Job", "migrate", pod!("/restartPolicy"), json!("Always"), ""),
        Fault("IT821", "Deployment", "web", pod!("/containers/0/env/2/value"), json!("1"), pod!("/containers/0/env/2")),
        Fault("IT821", "Deployment", "web", pod!("/containers/0/livenessProbe/successThreshold"), json!(2), ""),
        Fault("IT821", "Deployment", "web", pod!("/tolerations/0/value"), json!("x"), ""),
        Fault(
            "IT821",
            "Deployment",
            "web",
            pod!("/tolerations/0/effect"),
            json!("NoSchedule"),
            pod!("/tolerations/0/tolerationSeconds"),
        ),
        Fault("IT821", "Service", "db", "/spec/type", json!("NodePort"), "/spec/clusterIP"),
        Fault("IT821", "Service", "web", "/spec/type", json!("ExternalName"), "/spec/externalName"),
        Fault("IT821", "Service", "web", "/spec/externalTrafficPolicy", json!("Local"), ""),
        Fault("IT821", "NetworkPolicy", "web", "/spec/egress/0/to/0/podSelector", json!({}), "/spec/egress/0/to/0"),
        Fault(
            "IT821",
            "NetworkPolicy",
            "web",
            "/spec/egress/0/to/0/ipBlock/except/0",
            json!("11.0.0.0/16"),
            "/spec/egress/0/to/0/ipBlock/except",
        ),
    ]
}

#[test]
fn every_mutation_is_found() {
    let faults = [schema_faults(), naming_faults(), pod_faults(), contradictions()].concat();
    for Fault(code, kind, name, pointer, new, elsewhere) in faults {
        let findings = mutated(kind, name, pointer, new.clone());
        let place = if elsewhere.is_empty() && code != "IT801" { pointer } else { elsewhere };
        let hit = |finding: &Finding| {
            finding.code.0 == code && matches!(&finding.at, Place::Artifact { inside, .. } if inside.replace("~1", "/") == place)
        };
        assert!(findings.iter().any(hit), "{code} {kind} {pointer} = {new}: {:#?}", shown(&findings));
    }
}

#[test]
fn every_code_has_a_mutation() {
    let faults = [schema_faults(), naming_faults(), pod_faults(), contradictions()].concat();
    for code in CODES.iter().map(|explanation| explanation.code.0).filter(|code| *code != "IT812") {
        assert!(faults.iter().any(|fault| fault.0 == code), "{code}");
    }
    assert!(CODES.is_sorted_by(|a, b| a.code < b.code));
}

#[test]
fn an_object_in_two_files_is_found() {
    let mut artifacts = samples();
    let mut again = artifacts[0].clone();
    again.path = "kubernetes/other.yaml".to_owned();
    artifacts.push(again);
    let findings = check(&artifacts, Minor::V1_37);
    let [finding] = &findings[..] else { panic!("{:?}", shown(&findings)) };
    assert_eq!(finding.code.0, "IT812");
    assert_eq!(finding.related.len(), 1);
}
