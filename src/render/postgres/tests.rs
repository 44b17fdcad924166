//! The facts that must hold in the files of the database hosts, whatever they look like.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::render;
use crate::model::Artifact;
use crate::model::artifact::Content;
use crate::model::plan::{Holder, SecretKind};
use crate::testing::{Planned, seed, seed_with};

fn standby() -> Planned {
    seed_with(|document| {
        document["datacenters"]["spb"]["nodes"]["dcs"]["count"] = json!(3);
        let core = &mut document["postgres"]["core"];
        core["mode"] = json!("standby-cluster");
        core["dcs"]["members"] = json!({"msk": 3, "spb": 3});
        core["synchronous"] = json!({"mode": "on", "nodes": 2});
    })
}

fn files(planned: &Planned) -> Vec<Artifact> {
    render(&planned.input()).unwrap()
}

fn yaml<'a>(files: &'a [Artifact], path: &str) -> &'a Value {
    let file = files.iter().find(|file| file.path.ends_with(path)).unwrap_or_else(|| panic!("no {path}"));
    match &file.content {
        Content::Yaml(value) => value,
        Content::Object(_) | Content::YamlDocuments(_) | Content::Json(_) | Content::Text(_) => panic!("{path} is no YAML"),
    }
}

fn text<'a>(files: &'a [Artifact], path: &str) -> &'a str {
    files.iter().find(|file| file.path.ends_with(path)).and_then(Artifact::as_text).unwrap_or_else(|| panic!("no {path}"))
}

#[test]
fn one_etcd_over_both_data_centres_elects_one_leader() {
    let files = files(&seed());
    let etcd = yaml(&files, "spb-dcs-2/etc/etcd/etcd.yaml");
    assert_eq!(etcd["initial-cluster"].as_str().unwrap().split(',').count(), 5);
    assert_eq!(etcd["initial-cluster-token"], "inuretech-core");
    assert_eq!(etcd["enable-grpc-gateway"], true);
    let patroni = yaml(&files, "spb-postgres-1/etc/patroni/patroni.yml");
    assert_eq!(patroni["etcd3"]["hosts"].as_array().unwrap().len(), 5);
    assert_eq!(patroni["bootstrap"]["dcs"]["synchronous_mode"], "quorum");
    assert_eq!(patroni["bootstrap"]["dcs"]["synchronous_node_count"], 2);
    assert_eq!(patroni["bootstrap"]["dcs"].get("standby_cluster"), None);
    assert_eq!(patroni["tags"].get("failover_priority"), None, "quorum mode does not know it");
}

#[test]
fn the_preferred_data_centre_takes_over_first_without_a_quorum() {
    let files = files(&seed_with(|document| document["postgres"]["core"]["synchronous"] = json!({"mode": "on", "nodes": 2})));
    assert_eq!(yaml(&files, "msk-postgres-1/etc/patroni/patroni.yml")["tags"]["failover_priority"], 2);
    assert_eq!(yaml(&files, "spb-postgres-1/etc/patroni/patroni.yml")["tags"]["failover_priority"], 1);
}

#[test]
fn etcd_waits_longer_for_a_distant_witness() {
    let files = files(&seed_with(|document| {
        let pool = json!({"count": 1, "cpu": 2, "memory": "4Gi", "disk": "20Gi"});
        document["witness"] = json!({"network": "10.30.0.0/24", "nodes": {"dcs": pool}, "rtt": "120ms"});
        document["postgres"]["core"]["dcs"]["members"] = json!({"msk": 2, "spb": 2, "witness": 1});
    }));
    let etcd = yaml(&files, "witness-dcs-1/etc/etcd/etcd.yaml");
    assert_eq!((etcd["heartbeat-interval"].as_u64(), etcd["election-timeout"].as_u64()), (Some(180), Some(1800)));
    assert!(etcd["initial-cluster"].as_str().unwrap().contains("witness-dcs-1="));
}

#[test]
fn a_standby_cluster_follows_the_writers_of_the_other_data_centre() {
    let planned = standby();
    let files = files(&planned);
    let leads = &yaml(&files, "msk-postgres-1/etc/patroni/patroni.yml")["bootstrap"]["dcs"];
    let follower = yaml(&files, "spb-postgres-1/etc/patroni/patroni.yml");
    let follows = &follower["bootstrap"]["dcs"]["standby_cluster"];
    assert_eq!(leads.get("standby_cluster"), None);
    let addresses = planned.plan.postgres["core"].proxies.iter().filter(|proxy| proxy.site.as_str() == "msk");
    let expected: Vec<String> = addresses.map(|proxy| proxy.address.to_string()).collect();
    assert_eq!(follows["host"], expected.join(","));
    assert_eq!(follows["port"], 5000);
    assert!(leads["slots"].get(follows["primary_slot_name"].as_str().unwrap()).is_some());
    assert_eq!(follower["bootstrap"].get("post_bootstrap"), None, "a copy makes no databases");
    assert_eq!(follower["bootstrap"]["dcs"]["synchronous_node_count"], 1, "one other member is all that there is");
    let etcd = yaml(&files, "spb-dcs-1/etc/etcd/etcd.yaml");
    assert!(!etcd["initial-cluster"].as_str().unwrap().contains("msk-dcs"));
    assert_eq!(etcd["heartbeat-interval"], 100);
}

#[test]
fn every_proxy_knows_every_member_and_prefers_its_own_replicas() {
    for planned in [seed(), standby()] {
        let files = files(&planned);
        let config = text(&files, "spb-proxy-2/etc/haproxy/haproxy.cfg");
        let (writer, readers) = config.split_once("listen readers").unwrap();
        for member in ["msk-postgres-1", "msk-postgres-2", "spb-postgres-1", "spb-postgres-2"] {
            let server = |part: &str| part.lines().find(|line| line.contains(&format!("server {member} "))).unwrap().to_owned();
            assert!(!server(writer).ends_with("backup"), "{member}");
            assert_eq!(server(readers).ends_with("backup"), member.starts_with("msk"), "{member}");
        }
        assert!(config.contains("on-marked-down shutdown-sessions") && config.contains("uri /primary"));
    }
}

#[test]
fn backups_reach_the_store_by_its_nearer_gateways() {
    let files = files(&seed());
    let gateway = text(&files, "spb-dcs-1/etc/haproxy/backup-gateway.cfg");
    assert!(gateway.lines().any(|line| line.contains("server spb-worker-1 ") && line.ends_with(":30833")));
    assert!(gateway.lines().any(|line| line.contains("server msk-worker-1 ") && line.ends_with(" backup")));
    let backup = text(&files, "msk-postgres-1/etc/pgbackrest/pgbackrest.conf");
    assert!(backup.contains("repo1-retention-full=30\n") && backup.contains("pg1-path=/var/lib/postgresql/17/inuretech-core\n"));
}

#[test]
fn without_backups_nothing_is_archived() {
    let files = files(&seed_with(|document| {
        document["postgres"]["core"].as_object_mut().unwrap().remove("backup");
    }));
    let patroni = yaml(&files, "msk-postgres-1/etc/patroni/patroni.yml");
    assert_eq!(patroni["postgresql"]["parameters"]["archive_mode"], "off");
    assert!(!files.iter().any(|file| file.path.contains("pgbackrest") || file.path.contains("snapshot")));
}

#[test]
fn an_external_store_needs_no_gateway() {
    let files = files(&seed_with(|document| {
        let buckets = json!(["policies", "backups", "reports"]);
        document["s3"]["documents"] = json!({"engine": "external", "endpoint": "storage.example.net", "buckets": buckets});
    }));
    assert!(!files.iter().any(|file| file.path.contains("backup-gateway")));
    let backup = text(&files, "msk-postgres-1/etc/pgbackrest/pgbackrest.conf");
    assert!(backup.contains("repo1-s3-endpoint=storage.example.net\n") && !backup.contains("repo1-storage-ca-file"));
}

#[test]
fn every_secret_that_a_file_names_is_listed_and_none_besides() {
    for planned in [seed(), standby()] {
        let mut listed = BTreeSet::new();
        for need in &planned.plan.secrets {
            match &need.holder {
                Holder::Host { host, path, .. } if path.starts_with("/etc/") => listed.insert((host.to_string(), path.clone())),
                Holder::Host { .. } | Holder::Kubernetes { .. } | Holder::Deployer { .. } => false,
            };
        }
        let ours = |path: &str| {
            let places =
                ["/tls/", "/etc/patroni/etcd/", "/store/", "userlist.txt", "secrets.env", "snapshot.env", "pooler-password"];
            places.iter().any(|place| path.contains(place))
        };
        let mut named = BTreeSet::new();
        for file in files(&planned) {
            let (host, _) = file.on_host().unwrap();
            let content = match &file.content {
                Content::Yaml(value) => value.to_string(),
                Content::Text(text) => text.clone(),
                Content::Object(_) | Content::YamlDocuments(_) | Content::Json(_) => panic!("{} is of another kind", file.path),
            };
            let words = content.split(|c: char| c.is_whitespace() || "\"'`=,".contains(c));
            let paths =
                words.map(|word| word.trim_end_matches(['.', ';'])).filter(|word| word.starts_with("/etc/") && ours(word));
            named.extend(paths.map(|path| (host.to_owned(), path.to_owned())));
        }
        // pgBackRest reads the folder of its secrets by itself, so no file names it.
        let database = |(host, _): &(String, String)| ["-postgres-", "-dcs-", "-proxy-"].iter().any(|pool| host.contains(pool));
        // The agents of logs are everywhere and not of this renderer.
        let of_others = |path: &str| path.ends_with("secrets.conf") || path.starts_with("/etc/vector/");
        let listed: BTreeSet<_> = listed.into_iter().filter(|it| database(it) && !of_others(&it.1)).collect();
        assert_eq!(named, listed);
    }
}

#[test]
fn members_are_known_by_the_names_of_the_proxies_before_them() {
    let planned = seed();
    let certificate = |need: &&crate::model::plan::SecretNeed| {
        need.kind == SecretKind::Certificate && need.group == "ca/postgres-core/spb-postgres-1/patroni"
    };
    let need = planned.plan.secrets.iter().find(certificate).unwrap();
    for name in ["spb-postgres-1", "msk-proxy-1", "127.0.0.1"] {
        assert!(need.names.iter().any(|other| other == name), "{name}");
    }
}
