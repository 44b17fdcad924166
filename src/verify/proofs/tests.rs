//! What is shipped proves clean, and each proof finds its damage: one rendered file is changed, and exactly its code appears.

use std::collections::BTreeSet;
use std::sync::OnceLock;

use rayon::prelude::*;
use serde_json::Value;

use super::check;
use crate::diag::Place;
use crate::model::{Artifact, Content};
use crate::testing::{Planned, planned, seed_with};

struct Shipped {
    planned: Planned,
    artifacts: Vec<Artifact>,
}

fn shipped(planned: Planned) -> Shipped {
    let artifacts = planned.artifacts();
    Shipped { planned, artifacts }
}

fn seed() -> &'static Shipped {
    static READ: OnceLock<Shipped> = OnceLock::new();
    READ.get_or_init(|| shipped(seed_with(|_| ())))
}

fn hosts() -> &'static Shipped {
    static READ: OnceLock<Shipped> = OnceLock::new();
    READ.get_or_init(|| shipped(planned(include_str!("../../../topologies/hosts.yaml"))))
}

fn found(shipped: &Shipped, artifacts: &[Artifact]) -> Vec<String> {
    let place = |at: &Place| match at {
        Place::Artifact { path, inside } => format!("{path}#{inside}"),
        other => format!("{other:?}"),
    };
    let findings = check(&shipped.planned.topology, &shipped.planned.plan, artifacts);
    findings.iter().map(|it| format!("{} {} {}", it.code, place(&it.at), it.message)).collect()
}

#[test]
fn everything_shipped_is_proved() {
    let documents = [
        ("inuretech", include_str!("../../../topologies/inuretech.yaml")),
        ("inuretech-witness", include_str!("../../../topologies/inuretech-witness.yaml")),
        ("independent", include_str!("../../../topologies/independent.yaml")),
        ("minimal", include_str!("../../../topologies/minimal.yaml")),
        ("hosts", include_str!("../../../topologies/hosts.yaml")),
    ];
    let mut all = Vec::new();
    for (name, document) in documents {
        let shipped = shipped(planned(document));
        all.extend(found(&shipped, &shipped.artifacts).into_iter().map(|finding| format!("{name}: {finding}")));
    }
    assert!(all.is_empty(), "{}", all.join("\n"));
}

/// What is done to a rendered file.
enum Damage {
    /// A text is replaced everywhere, in the JSON of a structured file.
    Replace(&'static str, &'static str),
    /// A value is taken away.
    Remove(&'static str),
    /// The file is not there.
    Drop,
}
use Damage::{Drop, Remove, Replace};

impl Damage {
    fn apply(&self, artifact: &mut Artifact) {
        match (self, &mut artifact.content) {
            (Replace(old, new), Content::Text(text)) => {
                assert!(text.contains(old), "{}: no {old}", artifact.path);
                *text = text.replace(old, new);
            }
            (Replace(old, new), Content::Object(value) | Content::Yaml(value) | Content::Json(value)) => {
                let text = value.to_string();
                assert!(text.contains(old), "{}: no {old} in {text}", artifact.path);
                *value = serde_json::from_str(&text.replace(old, new)).unwrap();
            }
            (Remove(pointer), Content::Object(value) | Content::Yaml(value)) => {
                let (parent, last) = pointer.rsplit_once('/').unwrap();
                value.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(last).unwrap();
            }
            _ => panic!("{} cannot be damaged so", artifact.path),
        }
    }
}

fn damaged(shipped: &Shipped, paths: &[&str], damage: &Damage) -> Vec<String> {
    let mut artifacts = shipped.artifacts.clone();
    for path in paths {
        let at = artifacts.iter().position(|artifact| artifact.path == *path).unwrap_or_else(|| panic!("no {path}"));
        match damage {
            Drop => drop(artifacts.remove(at)),
            Replace(..) | Remove(_) => damage.apply(&mut artifacts[at]),
        }
    }
    found(shipped, &artifacts)
}

type Case = (&'static [&'static str], Damage, &'static [&'static str]);

const HAPROXY: &[&str] = &["hosts/msk/msk-proxy-1/etc/haproxy/haproxy.cfg"];
const UPSTREAMS: &[&str] = &["hosts/msk/msk-edge-1/etc/nginx/conf.d/upstreams.conf"];
const INGRESS: &[&str] = &["hosts/msk/msk-edge-1/etc/nginx/snippets/ingress.conf"];
const CORE: &[&str] = &["kubernetes/apps/deployment-core-app.yaml"];
const CORE_POLICY: &[&str] = &["kubernetes/apps/networkpolicy-core-app.yaml"];
const CORE_SERVICE: &[&str] = &["kubernetes/apps/service-core-app.yaml"];
const GDNSD: &[&str] = &["hosts/msk/msk-dns-1/etc/gdnsd/config"];
const ETCD: &[&str] = &["hosts/spb/spb-dcs-1/etc/etcd/etcd.yaml"];
const BROKERS: &[&str] = &["kubernetes/data/kafkanodepool-events-broker-msk.yaml"];

fn on_the_network() -> Vec<Case> {
    vec![
        (HAPROXY, Replace("10.20.4.12", "10.20.4.99"), &["IT830"]),
        (HAPROXY, Replace("port 8008", "port 8009"), &["IT831"]),
        (UPSTREAMS, Replace(":30443", ":30444"), &["IT831"]),
        (ETCD, Replace("10.10.3.11:2380", "10.10.3.11:2390"), &["IT831", "IT846"]),
        (HAPROXY, Replace("bind 10.10.5.11:5001", "bind 10.10.5.11:5000"), &["IT832"]),
        (&["kubernetes/edge/service-ingress-health.yaml"], Replace("30021", "30833"), &["IT831", "IT832"]),
        (GDNSD, Replace("203.0.113.10", "203.0.113.99"), &["IT833"]),
        (GDNSD, Replace("port => 80", "port => 81"), &["IT833"]),
        (&["cdn/main.tf.json"], Replace("spb.origin", "omsk.origin"), &["IT833"]),
        (GDNSD, Replace("    up_thresh => 6\n", ""), &["IT860"]),
        (UPSTREAMS, Replace("upstream ingress_www", "upstream ingress_wwx"), &["IT834"]),
        (&["hosts/msk/msk-proxy-1/etc/pgbouncer/pgbouncer.ini"], Replace("tls/tls.key", "tls/other.key"), &["IT844"]),
        (HAPROXY, Replace("/primary", "/health"), &["IT855"]),
        (HAPROXY, Replace("on-marked-down shutdown-sessions ", ""), &["IT855"]),
        (INGRESS, Replace("proxy_connect_timeout 1000ms", "proxy_connect_timeout 10s"), &["IT856"]),
        (INGRESS, Replace("http_504;", "http_504 non_idempotent;"), &["IT857"]),
        (&["hosts/msk/msk-edge-1/etc/nginx/nginx.conf"], Replace("192.0.2.128/25", "0.0.0.0/0"), &["IT858"]),
        (
            &["hosts/msk/msk-edge-1/etc/nginx/conf.d/host-api.conf"],
            Replace("proxy_no_cache $http_authorization", "proxy_no_cache"),
            &["IT859"],
        ),
    ]
}

fn in_the_cluster() -> Vec<Case> {
    vec![
        (&["kubernetes/apps/configmap-core-app.yaml"], Drop, &["IT835"]),
        (CORE, Replace("\"name\":\"core-db\"", "\"name\":\"core-dx\""), &["IT836"]),
        (&["kubernetes/edge/gateway-public.yaml"], Replace("ingress-tls", "other-tls"), &["IT836"]),
        (&["kubernetes/apps/serviceaccount-core-app.yaml"], Drop, &["IT837"]),
        (&["kubernetes/cluster/priorityclass-batch.yaml"], Drop, &["IT837"]),
        (&["kubernetes/apps/httproute-api.graphql.yaml"], Replace(":4000", ":4001"), &["IT838"]),
        (CORE_SERVICE, Replace("\"targetPort\":8080", "\"targetPort\":8089"), &["IT839"]),
        (CORE, Replace("client-info.apps.svc", "client-infx.apps.svc"), &["IT840"]),
        (CORE, Replace("kafka-bootstrap.data.svc.cluster.local:9093", "kafka-bootstrap.data.svc.cluster.local:9099"), &["IT840"]),
        (CORE_POLICY, Replace("client-info", "client-infx"), &["IT841", "IT843"]),
        (CORE_POLICY, Replace("\"port\":9090", "\"port\":9099"), &["IT842"]),
        (CORE_POLICY, Replace("\"port\":6432", "\"port\":6439"), &["IT842", "IT843"]),
        (&["kubernetes/apps/networkpolicy-graph.yaml"], Remove("/spec/egress"), &["IT843"]),
        (&["kubernetes/apps/networkpolicy-graph.yaml"], Remove("/spec/ingress"), &["IT843"]),
        (&["kubernetes/data/kafka-events.yaml"], Replace("\"core-app\"", "\"graph\""), &["IT843"]),
        (BROKERS, Replace("\"values\":[\"msk\"]", "\"values\":[\"mks\"]"), &["IT848"]),
        (CORE, Remove("/spec/template/spec/topologySpreadConstraints"), &["IT849"]),
        (CORE, Replace("\"nodeTaintsPolicy\":\"Honor\"", "\"nodeTaintsPolicy\":\"Ignore\""), &["IT849"]),
        (CORE, Replace("\"maxSkew\":1", "\"maxSkew\":1,\"minDomains\":2"), &["IT849"]),
        (&["kubernetes/apps/poddisruptionbudget-core-app.yaml"], Drop, &["IT850"]),
        (&["kubernetes/apps/poddisruptionbudget-core-app.yaml"], Remove("/spec/unhealthyPodEvictionPolicy"), &["IT850"]),
        (CORE_SERVICE, Remove("/spec/trafficDistribution"), &["IT851"]),
        (CORE_SERVICE, Replace("\"type\":\"ClusterIP\"", "\"internalTrafficPolicy\":\"Local\""), &["IT851"]),
        (&["kubernetes/data/kafkatopic-events.orders.yaml"], Replace("\"2\"", "\"4\""), &["IT852"]),
        (&["kubernetes/data/kafka-events.yaml"], Remove("/spec/kafka/config/min.insync.replicas"), &["IT852"]),
        (BROKERS, Replace("[\"broker\"]", "[\"broker\",\"controller\"]"), &["IT853"]),
        (CORE, Replace("\"name\":\"core-app\",\"ports\"", "\"name\":\"cluster-autoscaler\",\"ports\""), &["IT861"]),
        (
            &["kubernetes/apps/scaledobject-core-app.yaml"],
            Replace("\"Deployment\",\"name\":\"core-app\"", "\"Deployment\",\"name\":\"graph\""),
            &["IT862"],
        ),
    ]
}

fn of_members() -> Vec<Case> {
    vec![
        (
            &[
                "hosts/spb/spb-postgres-1/etc/systemd/system/pgbackrest-full.timer",
                "hosts/spb/spb-postgres-2/etc/systemd/system/pgbackrest-full.timer",
            ],
            Drop,
            &["IT845"],
        ),
        (&["kubernetes/apps/scaledobject-order-reader-spb.yaml"], Drop, &["IT845"]),
        (ETCD, Replace("\"initial-cluster-token\":\"inuretech-core\"", "\"initial-cluster-token\":\"other\""), &["IT846"]),
        (ETCD, Replace("\"election-timeout\":1000", "\"election-timeout\":900"), &["IT846", "IT847"]),
        (&["hosts/spb/spb-postgres-1/etc/patroni/patroni.yml"], Replace("\"ttl\":30", "\"ttl\":60"), &["IT846"]),
    ]
}

fn prove(shipped: &Shipped, cases: &[Case]) {
    let miss = |(paths, damage, wanted): &Case| {
        let found = damaged(shipped, paths, damage);
        let codes: BTreeSet<&str> = found.iter().filter_map(|finding| finding.split(' ').next()).collect();
        let right = codes.iter().eq(wanted.iter());
        (!right).then(|| format!("{paths:?}: wanted {wanted:?}\n  {}", found.join("\n  ")))
    };
    let wrong: Vec<String> = cases.par_iter().filter_map(miss).collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn damage_on_hosts_is_found_and_named() {
    prove(seed(), &on_the_network());
    prove(seed(), &of_members());
    let kafka: &[&str] = &["hosts/east/east-kafka-1/etc/kafka/server.properties"];
    let cases: [Case; 5] = [
        (kafka, Replace("500@10.40.9.11:9090,", ""), &["IT846"]),
        (kafka, Replace("unclean.leader.election.enable=false", "unclean.leader.election.enable=true"), &["IT846", "IT852"]),
        (kafka, Replace("process.roles=broker", "process.roles=broker,controller"), &["IT853"]),
        (kafka, Replace("CLIENT://10.40.8.11:9093", "CLIENT://10.40.8.11:9094"), &["IT831", "IT842"]),
        (&["hosts/east/east-kafka-1/etc/kafka/topics.sh"], Replace("min.insync.replicas=3", "min.insync.replicas=4"), &["IT852"]),
    ];
    prove(hosts(), &cases);
}

#[test]
fn damage_in_the_cluster_is_found_and_named() {
    prove(seed(), &in_the_cluster());
}

#[test]
fn a_cache_that_moves_its_replicas_is_found() {
    let mut artifacts = seed().artifacts.clone();
    let settings = "cluster-allow-replica-migration no";
    let holds = |artifact: &&mut Artifact| artifact.as_object().is_some_and(|object| object.to_string().contains(settings));
    for artifact in artifacts.iter_mut().filter(holds) {
        Replace(settings, "cluster-allow-replica-migration yes").apply(artifact);
    }
    let found = found(seed(), &artifacts);
    assert!(!found.is_empty() && found.iter().all(|finding| finding.starts_with("IT854")), "{found:#?}");
}

#[test]
fn alerts_through_one_address_are_found() {
    let mut artifacts = seed().artifacts.clone();
    let prometheus: Value = serde_json::json!({
        "apiVersion": "monitoring.coreos.com/v1", "kind": "Prometheus", "metadata": {"name": "main", "namespace": "data"},
        "spec": {"alerting": {"alertmanagers": [{"namespace": "apps", "name": "graph", "port": "http"}]}},
    });
    artifacts.push(Artifact::object("data", &prometheus, Vec::new()).unwrap());
    let found = found(seed(), &artifacts);
    assert!(found.len() == 1 && found.iter().all(|finding| finding.starts_with("IT863")), "{found:#?}");
}
