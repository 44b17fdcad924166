//! What the foundation of the seed's hosts must be.

use serde_json::{Value, json};

use super::render;
use crate::model::{Artifact, Content};
use crate::testing::{Planned, seed, seed_with};

fn documents(planned: &Planned, path: &str) -> Vec<Value> {
    let artifacts = render(&planned.input()).unwrap();
    let found = artifacts.into_iter().find(|artifact| artifact.path == path).unwrap_or_else(|| panic!("no {path}"));
    match found.content {
        Content::YamlDocuments(documents) => documents,
        other => panic!("{path} is {other:?}"),
    }
}

fn text(artifacts: &[Artifact], path: &str) -> String {
    let found = artifacts.iter().find(|artifact| artifact.path == path).unwrap_or_else(|| panic!("no {path}"));
    found.as_text().unwrap().to_owned()
}

#[test]
fn the_first_node_initialises_and_all_others_join() {
    let seed = seed();
    let init = documents(&seed, "hosts/msk/msk-control-plane-1/etc/kubernetes/kubeadm.yaml");
    let kinds: Vec<_> = init.iter().map(|document| document["kind"].as_str().unwrap()).collect();
    assert_eq!(kinds, ["InitConfiguration", "ClusterConfiguration", "KubeletConfiguration", "KubeProxyConfiguration"]);
    assert_eq!(init[1]["controlPlaneEndpoint"], "k8s.inuretech.internal:7443");
    let arguments = init[1]["etcd"]["local"]["extraArgs"].as_array().unwrap();
    assert!(arguments.contains(&json!({"name": "election-timeout", "value": "1000"})));
    let names = init[1]["apiServer"]["certSANs"].as_array().unwrap();
    assert!(names.contains(&json!("spb-control-plane-2")) && names.contains(&json!("127.0.0.1")));
    let join = documents(&seed, "hosts/spb/spb-control-plane-1/etc/kubernetes/kubeadm.yaml");
    assert_eq!(join.len(), 1);
    assert_eq!(join[0]["controlPlane"]["localAPIEndpoint"]["advertiseAddress"], "10.20.1.11");
    let worker = documents(&seed, "hosts/spb/spb-worker-1/etc/kubernetes/kubeadm.yaml");
    assert_eq!(worker[0].get("controlPlane"), None);
    let labels = "topology.kubernetes.io/region=inuretech,topology.kubernetes.io/zone=spb,topology.inuretech.io/rack=spb-a";
    assert_eq!(worker[0]["nodeRegistration"]["kubeletExtraArgs"][1]["value"], labels);
}

#[test]
fn the_witness_carries_its_own_taint_only() {
    let planned = seed_with(|document| {
        let nodes = json!({"control-plane": {"count": 1, "cpu": 2, "memory": "4Gi"}});
        document["witness"] = json!({"network": "10.30.0.0/24", "nodes": nodes});
    });
    let join = documents(&planned, "hosts/witness/witness-control-plane-1/etc/kubernetes/kubeadm.yaml");
    assert_eq!(join[0]["nodeRegistration"]["taints"], json!([{"key": "inuretech.io/witness", "effect": "NoSchedule"}]));
}

#[test]
fn the_balancer_asks_its_own_site_first() {
    let artifacts = render(&seed().input()).unwrap();
    let config = text(&artifacts, "hosts/spb/spb-worker-1/etc/inuretech/api-balancer/haproxy.cfg");
    let servers: Vec<_> = config.lines().filter(|line| line.trim().starts_with("server ")).collect();
    assert_eq!(servers.len(), 5);
    for (server, own) in servers.iter().zip([true, true, false, false, false]) {
        assert_eq!(server.contains(" spb-"), own, "{server}");
        assert_ne!(server.ends_with(" backup"), own, "{server}");
    }
}

#[test]
fn only_nodes_find_the_api_on_themselves() {
    let artifacts = render(&seed().input()).unwrap();
    assert!(text(&artifacts, "hosts/msk/msk-worker-1/etc/hosts").contains("\n127.0.0.1 k8s.inuretech.internal\n"));
    let database = text(&artifacts, "hosts/msk/msk-postgres-1/etc/hosts");
    assert!(!database.contains("k8s.inuretech.internal") && database.contains("\n10.20.4.11 spb-postgres-1\n"));
}

#[test]
fn snapshots_leave_the_site() {
    let artifacts = render(&seed().input()).unwrap();
    let script = text(&artifacts, "hosts/msk/msk-control-plane-1/etc/inuretech/etcd-snapshots/snapshot.sh");
    assert!(script.contains("for receiver in spb-control-plane-1 spb-control-plane-2; do"), "{script}");
}
