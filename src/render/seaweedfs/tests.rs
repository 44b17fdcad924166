//! What the files of this renderer must say, on the shipped topologies.

use serde_json::{Value, json};

use crate::model::Artifact;
use crate::testing::{Planned, seed, seed_with};

fn rendered(planned: &Planned) -> Vec<Artifact> {
    super::render(&planned.input()).unwrap()
}

fn object(artifacts: &[Artifact], file: &str) -> Value {
    let path = format!("kubernetes/data/{file}.yaml");
    artifacts.iter().find(|artifact| artifact.path == path).unwrap().as_object().unwrap().clone()
}

fn arguments(artifacts: &[Artifact], set: &str) -> Vec<String> {
    let arguments = object(artifacts, &format!("statefulset-{set}"))["spec"]["template"]["spec"]["containers"][0]["args"].clone();
    serde_json::from_value(arguments).unwrap()
}

fn replication(copies: &Value) -> String {
    let planned = seed_with(|document| document["s3"]["documents"]["copies"] = copies.clone());
    let all = arguments(&rendered(&planned), "documents-master-msk");
    all.iter().find_map(|word| word.strip_prefix("-defaultReplication=")).unwrap().to_owned()
}

#[test]
fn copies_become_digits_for_other_data_centres_and_other_servers() {
    assert_eq!(replication(&json!({"msk": 1, "spb": 1})), "100");
    assert_eq!(replication(&json!({"msk": 2, "spb": 1})), "110");
    assert_eq!(replication(&json!({"msk": 2})), "010");
    assert_eq!(replication(&json!({"spb": 1})), "000");
}

#[test]
fn the_masters_are_three_and_every_part_knows_them() {
    let artifacts = rendered(&seed());
    for set in ["documents-master-spb", "documents-volume-msk", "documents-filer-spb"] {
        let all = arguments(&artifacts, set);
        let masters = all.iter().find_map(|word| word.strip_prefix("-peers=").or_else(|| word.strip_prefix("-master=")));
        let masters: Vec<_> = masters.unwrap().split(',').collect();
        assert_eq!(masters.len(), 3, "{set}");
        assert_eq!(masters[0], "documents-master-msk-0.documents-master-msk.data.svc.cluster.local:9333");
    }
    let volume = arguments(&artifacts, "documents-volume-spb");
    assert!(volume.contains(&"-dataCenter=spb".to_owned()), "{volume:?}");
}

#[test]
fn databases_write_their_backups_through_a_node_port_and_nobody_else_does() {
    let planned = seed();
    let artifacts = rendered(&planned);
    let service = object(&artifacts, "service-documents-hosts");
    assert_eq!(service["spec"]["externalTrafficPolicy"], "Local");
    assert_eq!(service["spec"]["ports"][0]["nodePort"], 30833);
    let policy = object(&artifacts, "networkpolicy-documents-s3").to_string();
    let database = planned.plan.hosts["msk-postgres-1"].address;
    assert!(policy.contains(&format!("{database}/32")) && policy.contains("core-app"), "{policy}");
    assert!(!policy.contains("payment-worker"), "{policy}");
    let without = seed_with(|document| {
        document["postgres"]["core"].as_object_mut().unwrap().remove("backup");
    });
    let artifacts = rendered(&without);
    assert!(artifacts.iter().all(|artifact| !artifact.path.ends_with("service-documents-hosts.yaml")));
}

#[test]
fn every_user_has_a_key_and_one_bucket() {
    let planned = seed();
    let script = object(&rendered(&planned), "configmap-documents-seaweedfs")["data"]["identities.sh"].clone();
    let script = script.as_str().unwrap();
    for (user, bucket) in [("core-app", "policies"), ("nightly-report", "reports"), ("backup.core", "backups")] {
        assert!(script.contains(&format!("identity {user} {bucket}\n")), "{user}");
        let group = format!("s3/documents/{user}");
        assert!(planned.plan.secrets.iter().any(|need| need.group == group), "{group}");
    }
}

#[test]
fn a_store_elsewhere_has_nothing_here() {
    let elsewhere = seed_with(|document| {
        document["s3"]["documents"] = json!({"engine": "external", "endpoint": "storage.example.net", "buckets": ["backups"]});
    });
    assert_eq!(rendered(&elsewhere), Vec::new());
    assert!(!elsewhere.plan.secrets.iter().any(|need| need.group.starts_with("s3/")));
}
