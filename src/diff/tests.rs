//! Whole objects, as a server gives them.

use serde_json::{Value, json};

use super::differences;
use crate::model::change::{Difference, Verb};
use crate::model::live::{Failure, Fidelity, Outcome, Reason, Snapshot, Target};
use crate::model::{Artifact, ChangeSet, Path};

fn rendered() -> Value {
    json!({"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "a", "namespace": "apps", "labels": {"l": "1"}},
        "spec": {"replicas": 3}})
}

fn managed(manager: &str, operation: &str, fields: Value) -> Value {
    json!({"manager": manager, "operation": operation, "time": "2026-01-02T03:04:05Z", "fieldsV1": fields})
}

fn against(outcome: Outcome) -> ChangeSet {
    let target = Target { url: "https://k8s.example".to_owned(), context: None };
    let snapshot = Snapshot { target, objects: vec![outcome], leftovers: Vec::new(), unlisted: Vec::new(), requests: 0 };
    let artifact = Artifact::object("apps", &rendered(), vec![Path::of(["services", "a"])]).unwrap();
    differences(&[artifact], snapshot)
}

fn live(change: impl FnOnce(&mut Value)) -> Outcome {
    let mut predicted = rendered();
    predicted["metadata"]["managedFields"] =
        json!([managed("inuretech", "Apply", json!({"f:metadata": {"f:labels": {"f:l": {}}}, "f:spec": {"f:replicas": {}}}))]);
    let mut live = predicted.clone();
    change(&mut live);
    Outcome::Live { live, predicted, manager: "inuretech".to_owned() }
}

#[test]
fn the_same_is_no_difference() {
    let changes = against(live(|live| live["status"] = json!({"replicas": 2})));
    assert!(changes.objects.is_empty() && changes.same == 1, "{changes:?}");
}

#[test]
fn who_changed_a_field_is_named() {
    let changes = against(live(|live| {
        live["spec"]["replicas"] = json!(5);
        live["metadata"]["managedFields"] = json!([managed("kubectl-scale", "Update", json!({"f:spec": {"f:replicas": {}}}))]);
    }));
    let [object] = changes.objects.as_slice() else { panic!("{changes:?}") };
    let Difference::Change { fields, .. } = &object.difference else { panic!("{object:?}") };
    assert_eq!(fields.iter().map(|it| it.path.to_string()).collect::<Vec<_>>(), ["spec.replicas"]);
    assert_eq!(fields[0].owners[0].manager, "kubectl-scale");
    assert_eq!(object.sources, [Path::of(["services", "a"])]);
}

#[test]
fn a_failure_is_unknown_and_scrubbed() {
    let changes = against(Outcome::Error(Failure::new(Reason::Other, "GET https://u:c4n4ry@host failed")));
    assert!(changes.failed() && changes.same == 0);
    assert!(!format!("{changes:?}").contains("c4n4ry"));
}

#[test]
fn what_is_missing_is_added() {
    assert_eq!(against(Outcome::Missing { fidelity: Fidelity::Offline }).count(Verb::Add), 1);
}

#[test]
fn a_kind_that_cannot_be_listed_is_unknown() {
    let target = Target { url: String::new(), context: None };
    let unlisted = vec![("apps/Deployment".to_owned(), Failure::new(Reason::Forbidden, "no"))];
    let snapshot = Snapshot { target, objects: Vec::new(), leftovers: vec![rendered()], unlisted, requests: 0 };
    let changes = differences(&[], snapshot);
    assert_eq!((changes.count(Verb::Unknown), changes.count(Verb::Remove)), (1, 1));
    assert_eq!(changes.objects[1].id.to_string(), "apps/Deployment *");
}
