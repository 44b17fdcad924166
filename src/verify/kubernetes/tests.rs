//! Every rule finds its mutation of a valid object, and finds nothing in the valid ones.

use std::sync::OnceLock;

use serde::Deserialize;
use serde_json::{Value, json};

use super::check;
use super::codes::{self, CODES};
use crate::diag::{Finding, Place};
use crate::model::Artifact;
use crate::model::Content;
use crate::model::topology::kubernetes::Minor;

const BUILT_IN: &str = include_str!("samples/built-in.yaml");
const CUSTOM: &str = include_str!("samples/custom.yaml");
const FAULTS: &str = include_str!("samples/faults.yaml");

fn objects(text: &str) -> Vec<Artifact> {
    let documents = serde_yaml::Deserializer::from_str(text).map(|document| Value::deserialize(document).unwrap());
    documents.map(|value| Artifact::object("test", &value, Vec::new()).unwrap()).collect()
}

fn samples() -> Vec<Artifact> {
    static READ: OnceLock<Vec<Artifact>> = OnceLock::new();
    READ.get_or_init(|| objects(BUILT_IN).into_iter().chain(objects(CUSTOM)).collect()).clone()
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

/// Sets the value at a pointer, whose parent exists, or takes it away.
fn mutate(object: &mut Value, pointer: &str, new: Option<&Value>) {
    let (parent, last) = pointer.rsplit_once('/').unwrap();
    let last = last.replace("~1", "/");
    match (object.pointer_mut(parent).unwrap_or_else(|| panic!("nothing at {parent}")), new) {
        (Value::Object(fields), None) => drop(fields.remove(&last).unwrap()),
        (Value::Object(fields), Some(new)) => drop(fields.insert(last, new.clone())),
        (Value::Array(items), Some(new)) if last == "-" => items.push(new.clone()),
        (Value::Array(items), Some(new)) => items[last.parse::<usize>().unwrap()] = new.clone(),
        (other, _) => panic!("{other} at {parent}"),
    }
}

fn mutated(kind: &str, name: &str, pointer: &str, new: Option<&Value>) -> Vec<Finding> {
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
        let findings = mutated(kind, name, pointer, Some(&new));
        let [finding] = &findings[..] else { panic!("{kind} {pointer}: {:?}", shown(&findings)) };
        assert_eq!(finding.code, codes::UNKNOWN_FIELD);
        assert!(matches!(&finding.at, Place::Artifact { inside, .. } if inside == pointer), "{:?}", finding.at);
        assert_eq!(finding.help.as_deref(), Some(format!("did you mean `{meant}`?").as_str()));
    }
}

/// One entry of `samples/faults.yaml`.
#[derive(Deserialize)]
struct Fault {
    code: String,
    object: String,
    at: String,
    #[serde(default, deserialize_with = "given")]
    value: Option<Value>,
    found: Option<String>,
}

/// A null that is written is a value; one that is not written is none.
fn given<'de, D: serde::Deserializer<'de>>(input: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(input).map(Some)
}

fn faults() -> Vec<Fault> {
    serde_yaml::from_str(FAULTS).unwrap()
}

#[test]
fn every_mutation_is_found() {
    for fault in faults() {
        let (kind, name) = fault.object.split_once(' ').unwrap();
        let findings = mutated(kind, name, &fault.at, fault.value.as_ref());
        let place = fault.found.as_ref().unwrap_or(&fault.at);
        let hit = |finding: &Finding| {
            finding.code.0 == fault.code
                && matches!(&finding.at, Place::Artifact { inside, .. } if inside.replace("~1", "/") == *place)
        };
        assert!(findings.iter().any(hit), "{} {} {}: {:#?}", fault.code, fault.object, fault.at, shown(&findings));
    }
}

#[test]
fn every_code_has_a_mutation() {
    let faults = faults();
    for code in CODES.iter().map(|explanation| explanation.code.0).filter(|code| *code != "IT812") {
        assert!(faults.iter().any(|fault| fault.code == code), "{code}");
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
