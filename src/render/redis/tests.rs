//! What the files of this renderer must say, on the shipped topologies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::Artifact;
use crate::testing::{Planned, seed, seed_with};

fn rendered(planned: &Planned) -> BTreeMap<String, Artifact> {
    super::render(&planned.input()).unwrap().into_iter().map(|artifact| (artifact.path.clone(), artifact)).collect()
}

fn object(artifacts: &BTreeMap<String, Artifact>, file: &str) -> Value {
    artifacts[&format!("kubernetes/data/{file}.yaml")].as_object().unwrap().clone()
}

fn text(artifacts: &BTreeMap<String, Artifact>, name: &str) -> String {
    object(artifacts, "configmap-cache-redis")["data"][name].as_str().unwrap().to_owned()
}

/// Lines of a table, each as words.
fn table(text: &str) -> Vec<Vec<&str>> {
    text.lines().map(|line| line.split(' ').collect()).collect()
}

fn directive(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' ').map(str::to_owned))
}

#[test]
fn every_replica_is_in_the_other_data_centre_and_every_slot_has_an_owner() {
    let artifacts = rendered(&seed());
    let members = text(&artifacts, "members");
    let members = table(&members);
    let mut slots = 0;
    for line in &members {
        let [name, _, _, site, master, first, last] = line[..] else { panic!("{line:?}") };
        match members.iter().find(|other| other[0] == master) {
            Some(master) => assert_ne!(master[3], site, "{name} beside its master"),
            None => slots += last.parse::<u32>().unwrap() + 1 - first.parse::<u32>().unwrap(),
        }
    }
    assert_eq!((members.len(), slots), (6, 16384));
}

#[test]
fn a_cluster_is_told_to_keep_its_placement_and_to_serve_what_is_left() {
    let artifacts = rendered(&seed());
    let conf = text(&artifacts, "redis-msk.conf");
    for (name, value) in [
        ("port", "0"),
        ("tls-cluster", "yes"),
        ("tls-replication", "yes"),
        ("cluster-node-timeout", "5000"),
        ("cluster-require-full-coverage", "no"),
        ("cluster-allow-replica-migration", "no"),
        ("cluster-replica-validity-factor", "0"),
        ("cluster-preferred-endpoint-type", "hostname"),
        ("maxmemory", "8589934592"),
        ("maxmemory-policy", "allkeys-lru"),
        ("availability-zone", "msk"),
    ] {
        assert_eq!(directive(&conf, name).as_deref(), Some(value), "{name}");
    }
    let old = seed_with(|document| document["redis"]["cache"]["version"] = "8.0".into());
    assert_eq!(directive(&text(&rendered(&old), "redis-msk.conf"), "availability-zone"), None);
}

#[test]
fn no_two_members_share_a_node_where_there_are_enough() {
    let artifacts = rendered(&seed());
    let set = object(&artifacts, "statefulset-cache-msk");
    let apart = "/spec/template/spec/affinity/podAntiAffinity/requiredDuringSchedulingIgnoredDuringExecution";
    assert_eq!(set.pointer(apart).unwrap().as_array().unwrap().len(), 2);
    let crowded = seed_with(|document| {
        document["redis"]["cache"]["masters"] = json!({"msk": 4, "spb": 4});
    });
    let artifacts = rendered(&crowded);
    let labels = |file: &str| {
        let set = object(&artifacts, file);
        let terms = set.pointer(apart).unwrap().as_array().unwrap().clone();
        assert_eq!(terms.len(), 1, "eight members on four nodes cannot all stand apart");
        assert_eq!(terms[0]["matchLabelKeys"], json!(["apps.kubernetes.io/pod-index"]));
        let shards = terms[0]["labelSelector"]["matchLabels"]["inuretech.io/shards"].clone();
        assert_eq!(set["spec"]["template"]["metadata"]["labels"]["inuretech.io/shards"], shards);
        shards
    };
    assert_eq!(labels("statefulset-cache-msk"), labels("statefulset-cache-msk-r1"), "a master and its replica are not one shard");
}

#[test]
fn a_pod_takes_no_more_than_the_capacity_proof_counts() {
    let set = object(&rendered(&seed()), "statefulset-cache-msk");
    let containers = set["spec"]["template"]["spec"]["containers"].as_array().unwrap().clone();
    let limit = |container: &Value| container["resources"]["limits"]["memory"].as_str().unwrap().to_owned();
    assert_eq!(containers.iter().map(limit).collect::<Vec<_>>(), ["10208Mi", "32Mi"]);
}

#[test]
fn independent_caches_are_reached_by_data_centre() {
    let planned = seed_with(|document| {
        document["redis"]["cache"]["mode"] = "per-datacenter".into();
        document["redis"]["cache"]["masters"] = json!({"msk": 2, "spb": 2});
    });
    let artifacts = rendered(&planned);
    let members = text(&artifacts, "members");
    for line in table(&members) {
        assert!(line[4] == "-" || line[4] == format!("cache-{}-0", line[3]), "{line:?}");
    }
    assert_eq!(table(&members).len(), 4);
    assert_eq!(planned.plan.redis["cache"].access.env["CACHE_REDIS_HOST"], "cache-$(ZONE).data.svc.cluster.local");
    let read = object(&artifacts, "service-cache-msk-read");
    assert_eq!(read["spec"]["selector"]["inuretech.io/site"], "msk");
    assert!(object(&artifacts, "statefulset-cache-msk")["spec"]["volumeClaimTemplates"].is_null());
}

fn sentinels(run: &str) -> Planned {
    seed_with(|document| {
        let cache = &mut document["redis"]["cache"];
        cache["mode"] = "sentinel".into();
        cache["masters"] = json!({"msk": 1});
        cache["replicas"] = 2.into();
        cache["sentinels"] = json!({"msk": 2, "spb": 1});
        cache["run"] = run.into();
        if run == "hosts" {
            cache["on"] = "redis".into();
            for site in ["msk", "spb"] {
                document["datacenters"][site]["nodes"]["redis"] = json!({"count": 2, "cpu": 4, "memory": "32Gi"});
            }
        }
    })
}

#[test]
fn sentinels_know_the_first_master_and_what_a_majority_is() {
    let artifacts = rendered(&sentinels("kubernetes"));
    let conf = text(&artifacts, "sentinel.conf");
    let monitor = directive(&conf, "sentinel monitor").unwrap();
    assert_eq!(monitor, "cache cache-msk-0.cache-msk.data.svc.cluster.local 6379 2");
    assert_eq!(directive(&conf, "sentinel resolve-hostnames").as_deref(), Some("yes"));
    assert_eq!(directive(&text(&artifacts, "redis-msk.conf"), "replica-priority").as_deref(), Some("10"));
    assert_eq!(directive(&text(&artifacts, "redis-spb.conf"), "replica-priority").as_deref(), Some("100"));
    let claims = object(&artifacts, "statefulset-cache-sentinel-msk")["spec"]["volumeClaimTemplates"].clone();
    assert_eq!(claims.as_array().unwrap().len(), 1, "a sentinel that forgets its identity is counted twice");
}

#[test]
fn on_hosts_no_host_has_two_copies_of_one_master() {
    let planned = sentinels("hosts");
    assert_eq!(planned.plan.unplaced, Vec::new());
    let mut hosts: Vec<_> = planned.plan.redis["cache"].members.iter().map(|member| member.host.clone().unwrap()).collect();
    let all = hosts.len();
    hosts.sort();
    hosts.dedup();
    assert_eq!((all, hosts.len()), (3, 3));
    let artifacts = rendered(&planned);
    let conf = artifacts["hosts/msk/msk-redis-1/etc/redis/redis-6379.conf"].as_text().unwrap();
    let address = planned.plan.hosts["msk-redis-1"].address;
    assert_eq!(directive(conf, "bind"), Some(format!("{address} 127.0.0.1")));
}

#[test]
fn every_user_has_a_password_and_so_has_its_service() {
    let planned = seed();
    let artifacts = rendered(&planned);
    let users = text(&artifacts, "users");
    let users: Vec<_> = table(&users).into_iter().map(|line| line[0]).collect();
    assert!(users.contains(&"order-reader") && users.contains(&"system.operator"), "{users:?}");
    let needs: Vec<_> = planned.plan.secrets.iter().map(|need| need.group.as_str()).collect();
    for user in users {
        let group = format!("redis/cache/{user}");
        let holders = needs.iter().filter(|need| **need == group).count();
        assert_eq!(holders, if user.contains('.') { 1 } else { 2 }, "{user}");
    }
}

#[test]
fn only_those_who_use_it_reach_it() {
    let policy = object(&rendered(&seed()), "networkpolicy-cache-redis").to_string();
    assert!(policy.contains("order-card") && !policy.contains("payment-worker"), "{policy}");
}
