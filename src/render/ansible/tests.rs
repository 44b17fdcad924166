//! What the playbook must never do, and the order in which it does the rest.

use serde_json::{Value, json};

use super::checkers::checkers;
use super::packages::{Packages, packages};
use super::render;
use super::systems::System;
use crate::model::Content;
use crate::testing::{Planned, planned, seed};

const HOSTS: &str = include_str!("../../../topologies/hosts.yaml");

fn document(planned: &Planned, path: &str) -> Value {
    let artifacts = render(&planned.input()).unwrap();
    let found = artifacts.into_iter().find(|artifact| artifact.path == path).unwrap_or_else(|| panic!("no {path}"));
    match found.content {
        Content::Yaml(document) => document,
        other => panic!("{path} is {other:?}"),
    }
}

#[test]
fn what_happens_once_happens_only_by_tag() {
    let plays = document(&seed(), "ansible/site.yaml");
    for play in plays.as_array().unwrap() {
        let text = play.to_string();
        let once = ["\"init\"", "\"join\"", "ansible.builtin.systemd"].iter().any(|word| text.contains(word));
        let never = play["tags"].as_array().unwrap().contains(&json!("never"));
        assert!(!once || never, "{text}");
    }
}

#[test]
fn nothing_is_put_in_place_before_everything_is_checked() {
    let plays = document(&seed(), "ansible/site.yaml");
    let names: Vec<&str> = plays.as_array().unwrap().iter().map(|play| play["name"].as_str().unwrap()).collect();
    let at = |name: &str| names.iter().position(|other| *other == name).unwrap_or_else(|| panic!("no {name}: {names:?}"));
    let checked = at("Every new file is accepted by the program that reads it");
    assert!(at("Every secret lies where it is read") < checked);
    assert!(checked < at("base in spb"));
    for system in ["base", "containerd", "kubernetes", "etcd", "patroni", "haproxy", "pgbouncer", "nginx", "gdnsd"] {
        assert!(at(&format!("{system} in spb")) < at(&format!("{system} in msk")), "{system}");
    }
}

#[test]
fn every_rendered_file_of_a_host_belongs_to_one_system_there() {
    let patterns: Vec<(System, regex::Regex)> =
        System::ALL.into_iter().map(|system| (system, regex::Regex::new(&format!("^etc/{}", system.files())).unwrap())).collect();
    for platform in [seed(), planned(HOSTS)] {
        let input = platform.input();
        let on = |system: System, host: &str| system.hosts(&input).iter().any(|name| name.as_str() == host);
        for (host, file) in host_files(&platform) {
            let owners: Vec<_> = patterns
                .iter()
                .filter(|(system, pattern)| pattern.is_match(&file) && on(*system, &host))
                .map(|(system, _)| system.name())
                .collect();
            assert_eq!(owners.len(), 1, "{host} {file}: {owners:?}");
        }
    }
}

/// Host and path of everything that is rendered for hosts.
fn host_files(platform: &Planned) -> Vec<(String, String)> {
    let others = crate::render::RENDERERS.iter().filter(|renderer| renderer.name != "ansible");
    let artifacts = others.flat_map(|renderer| (renderer.render)(&platform.input()).unwrap());
    let paths = artifacts.filter_map(|artifact| artifact.path.strip_prefix("hosts/").map(str::to_owned));
    paths
        .map(|path| {
            let mut parts = path.splitn(3, '/').skip(1);
            (parts.next().unwrap().to_owned(), parts.next().unwrap().to_owned())
        })
        .collect()
}

/// A file, and the package of a program that reads it.
const READERS: [(&str, &str); 16] = [
    ("etc/containerd/config.toml", "containerd.io"),
    ("etc/kubernetes/kubeadm.yaml", "kubeadm"),
    ("etc/kubernetes/kubeadm.yaml", "kubelet"),
    ("etc/inuretech/api-balancer/haproxy.cfg", "haproxy"),
    ("etc/inuretech/etcd-snapshots/snapshot.sh", "rsync"),
    ("etc/etcd/etcd.yaml", "etcd-server"),
    ("etc/etcd/snapshot.sh", "rclone"),
    ("etc/patroni/patroni.yml", "patroni"),
    ("etc/pgbackrest/pgbackrest.conf", "pgbackrest"),
    ("etc/haproxy/haproxy.cfg", "haproxy"),
    ("etc/haproxy/backup-gateway.cfg", "haproxy"),
    ("etc/pgbouncer/pgbouncer.ini", "pgbouncer"),
    ("etc/nginx/nginx.conf", "nginx"),
    ("etc/gdnsd/config", "gdnsd"),
    ("etc/vector/vector.yaml", "vector"),
    ("etc/default/prometheus-nginx-exporter", "prometheus-nginx-exporter"),
];

#[test]
fn whoever_reads_a_file_is_installed_there_and_nowhere_else() {
    let bare = |packages: &Packages| -> Vec<String> {
        packages.values().flatten().map(|name| name.split('=').next().unwrap().to_owned()).collect()
    };
    for platform in [seed(), planned(HOSTS)] {
        let files = host_files(&platform);
        let installed = packages(&platform.input());
        for host in platform.plan.hosts.keys() {
            let names = installed.get(host).map(bare).unwrap_or_default();
            let reads = |file: &str| files.iter().any(|(at, path)| at == host.as_str() && path == file);
            for package in READERS.map(|(_, package)| package) {
                let wanted = READERS.iter().any(|(file, of)| *of == package && reads(file));
                assert_eq!(names.iter().any(|name| name == package), wanted, "{package} on {host}: {names:?}");
            }
        }
    }
}

#[test]
fn versions_of_the_topology_are_the_versions_that_are_installed() {
    let hosts = document(&planned(HOSTS), "ansible/inventory.yaml");
    let of = |host: &str| hosts["all"]["hosts"][host].clone();
    assert_eq!(of("east-redis-1")["inuretech_packages"]["redis"], json!(["redis-server=*:7.0.*", "redis-tools=*:7.0.*"]));
    assert_eq!(of("east-redis-1")["inuretech_masked"], json!(["redis-sentinel.service", "redis-server.service"]));
    assert_eq!(of("east-db7")["inuretech_packages"]["postgresql"], json!(["patroni=4.*", "postgresql-17"]));
    let tools = json!(["kubeadm=1.36.*", "kubectl=1.36.*", "kubelet=1.36.*"]);
    assert_eq!(of("west-worker-1")["inuretech_packages"]["kubernetes"], tools);
    // Its balancer is a unit of ours; the package's own would have nothing to do.
    assert_eq!(of("west-worker-1")["inuretech_masked"], json!(["haproxy.service"]));
    assert_eq!(of("west-proxy-1").get("inuretech_masked"), None);
    assert_eq!(of("witness-kafka-controller-1")["inuretech_kafka"], "4.3.1");
}

#[test]
fn every_unit_of_a_store_is_started_and_controllers_before_brokers() {
    let platform = planned(HOSTS);
    let plays = document(&platform, "ansible/site.yaml");
    let started = |play: &Value, unit: &str| {
        play["tags"].as_array().unwrap().contains(&json!("bootstrap")) && play.to_string().contains(&format!("\"{unit}\""))
    };
    let at = |unit: &str| plays.as_array().unwrap().iter().position(|play| started(play, unit));
    let order = ["etcd.service", "patroni.service", "kafka-controller.service", "kafka.service"].map(at);
    assert!(order.iter().all(Option::is_some) && order.is_sorted(), "{order:?}");
    let hosts = document(&platform, "ansible/inventory.yaml");
    let redis = |host: &str| hosts["all"]["hosts"][host]["inuretech_redis"].clone();
    let sentinel = json!(["redis-sentinel@26379.service"]);
    assert_eq!(redis("west-redis-2"), json!({"members": ["redis-member@6382.service"], "sentinels": sentinel}));
    assert_eq!(redis("witness-redis-1"), json!({"members": [], "sentinels": sentinel}));
}

#[test]
fn every_checked_file_is_one_that_its_system_brings() {
    for system in System::ALL {
        let files = regex::Regex::new(&format!("^/etc/{}", system.files())).unwrap();
        for checker in checkers(system) {
            assert!(files.is_match(checker.of), "{}: {}", system.name(), checker.of);
        }
    }
}

#[test]
fn a_host_is_in_the_groups_of_its_site_pool_and_systems() {
    let inventory = document(&seed(), "ansible/inventory.yaml");
    let groups = &inventory["all"]["children"];
    for group in ["site_spb", "pool_control_plane", "system_base", "system_kubernetes"] {
        assert_eq!(groups[group]["hosts"].get("spb-control-plane-1"), Some(&json!({})), "{group}");
    }
    assert_eq!(inventory["all"]["hosts"]["spb-control-plane-1"]["ansible_host"], "10.20.1.11");
    let variables = document(&seed(), "ansible/host_vars/spb-control-plane-1.yaml");
    assert!(!variables.to_string().contains("discovery"));
}
