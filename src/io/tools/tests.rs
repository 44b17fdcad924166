//! Every checker with a file that its component accepts and one that it refuses. A component that is not on this
//! machine is passed over, and said; with `INURETECH_TEST_TOOLS=required` it is a failure.

use std::env;
use std::ffi::OsString;

use super::*;

fn search() -> OsString {
    env::var_os("PATH").unwrap_or_default()
}

fn tree(files: &[(&str, &str)]) -> Tree {
    let file = |text: &str| File { bytes: text.as_bytes().to_vec(), executable: false, sources: Vec::new() };
    Tree(files.iter().map(|(path, text)| ((*path).to_owned(), file(text))).collect())
}

/// What one tool says about the first file, and `None` where it is not on this machine.
fn asked(tool: &str, files: &[(&str, &str)]) -> Option<(bool, String)> {
    let results = verify(&tree(files), &search()).unwrap();
    let result = results.into_iter().find(|result| result.tool == tool && result.file == files[0].0);
    match result.unwrap_or_else(|| panic!("{tool} was not asked about {}", files[0].0)).outcome {
        Outcome::Ran { ok, output } => Some((ok, output)),
        Outcome::NotFound { program } => {
            assert_ne!(env::var("INURETECH_TEST_TOOLS").as_deref(), Ok("required"), "`{program}` is not on this machine");
            println!("not run: `{program}` is not on this machine");
            None
        }
        other @ (Outcome::TimedOut { .. } | Outcome::NotChecked { .. }) => panic!("{tool}: {other:?}"),
    }
}

/// Asserts that a tool accepts a file, and that it refuses it with one text replaced, naming the reason.
fn tells_apart(tool: &str, path: &str, good: &str, change: (&str, &str), reason: &str) {
    let bad = good.replace(change.0, change.1);
    assert_ne!(good, bad);
    if let Some(answer) = asked(tool, &[(path, good)]) {
        assert_eq!((answer.0, &*answer.1), (true, ""), "{tool}");
    }
    if let Some((ok, output)) = asked(tool, &[(path, &bad)]) {
        assert!(!ok && output.contains(reason), "{tool}: {ok} {output}");
    }
}

/// The same for a tool that talks when all is well, too.
fn tells_apart_aloud(tool: &str, path: &str, good: &str, change: (&str, &str), reason: &str) {
    let bad = good.replace(change.0, change.1);
    assert_ne!(good, bad);
    if let Some((ok, output)) = asked(tool, &[(path, good)]) {
        assert!(ok, "{tool}: {output}");
    }
    if let Some((ok, output)) = asked(tool, &[(path, &bad)]) {
        assert!(!ok && output.contains(reason), "{tool}: {ok} {output}");
    }
}

const NGINX_CONF: &str = "user www-data;
worker_processes auto;
error_log /var/log/nginx/error.log warn;
events { worker_connections 1024; }
http {
    include /etc/nginx/conf.d/*.conf;
    proxy_cache_path /var/cache/nginx/app keys_zone=app:10m;
    upstream app {
        server msk-edge-1:8080 max_fails=2;
        server 10.81.0.12:8080 backup;
    }
    server {
        listen 10.81.0.10:443 ssl;
        listen [::]:443 ssl;
        ssl_certificate /etc/inuretech/tls/edge.crt;
        ssl_certificate_key /etc/inuretech/tls/edge.key;
        location / {
            proxy_cache app;
            proxy_pass http://app;
        }
        location /other/ {
            proxy_pass http://other.example.test:80/x/;
        }
    }
}
";

#[test]
fn nginx() {
    let path = "hosts/msk/msk-edge-1/etc/nginx/nginx.conf";
    tells_apart(
        "nginx -t",
        path,
        NGINX_CONF,
        ("max_fails=2", "max_fail=2"),
        "invalid parameter \"max_fail=2\" in /etc/nginx/nginx.conf:9",
    );
    let included = ("hosts/msk/msk-edge-1/etc/nginx/conf.d/x.conf", "gzip maybe;\n");
    if let Some((ok, output)) = asked("nginx -t", &[(path, NGINX_CONF), included]) {
        assert!(!ok && output.contains("/etc/nginx/conf.d/x.conf:1"), "{output}");
    }
}

#[test]
fn haproxy() {
    let good = "global
    log logs.example.test:514 local0
    user haproxy
    group haproxy
defaults
    mode tcp
    timeout connect 5s
    timeout client 30s
    timeout server 30s
listen postgres
    bind 127.0.0.1:5000
    option httpchk
    default-server inter 1s fall 2 rise 2 ssl ca-file /etc/inuretech/tls/ca.crt crt /etc/inuretech/tls/haproxy.pem
    server msk-data-1 msk-data-1:5432 check port 8008
    server spb-data-1 10.82.0.11:5432 check port 8008 backup
";
    let path = "hosts/msk/msk-edge-1/etc/haproxy/haproxy.cfg";
    tells_apart_aloud("haproxy -c", path, good, ("check port 8008 backup", "check prot 8008"), "unknown keyword 'prot'");
    tells_apart_aloud("haproxy -c", path, good, ("    timeout server 30s\n", ""), "missing timeouts");
}

const PATRONI_YML: &str = "scope: orders
name: msk-data-1
restapi:
  listen: 10.81.0.11:8008
  connect_address: 10.81.0.11:8008
etcd3:
  hosts: [msk-data-1:2379, spb-data-1:2379]
bootstrap:
  dcs:
    ttl: 30
    loop_wait: 10
    retry_timeout: 10
    postgresql:
      parameters:
        max_connections: 200
        wal_level: replica
postgresql:
  listen: 10.81.0.11:5432
  connect_address: 10.81.0.11:5432
  data_dir: /var/lib/postgresql/orders
  authentication:
    replication: {username: replicator}
    superuser: {username: postgres}
  parameters:
    shared_buffers: 1GB
watchdog:
  mode: automatic
";

#[test]
fn patroni() {
    let path = "hosts/msk/msk-data-1/etc/patroni/patroni.yml";
    tells_apart_aloud("patroni --validate-config", path, PATRONI_YML, ("ttl: 30", "ttl: 3"), "bootstrap.dcs.ttl");
    tells_apart_aloud("postgres -C", path, PATRONI_YML, ("wal_level: replica", "wal_level: replicas"), "wal_level");
}

#[test]
fn postgres_of_another_version_is_not_asked() {
    let text = PATRONI_YML.replace("  data_dir:", "  bin_dir: /usr/lib/postgresql/9999/bin\n  data_dir:");
    let results = verify(&tree(&[("hosts/msk/msk-data-1/etc/patroni/patroni.yml", &text)]), &search()).unwrap();
    let outcome = &results.iter().find(|result| result.tool == "postgres -C").unwrap().outcome;
    assert!(matches!(outcome, Outcome::NotChecked { .. } | Outcome::NotFound { .. }), "{outcome:?}");
}

#[test]
fn redis() {
    let data = "bind 10.81.0.21\nport 6379\nmaxmemory-policy allkeys-lru\nreplicaof msk-cache-1 6379\n\
                aclfile /etc/redis/users.acl\ntls-port 6380\ntls-cert-file /etc/x.crt\ntls-key-file /etc/x.key\n\
                tls-ca-cert-file /etc/ca.crt\ntls-replication yes\n";
    let path = "hosts/msk/msk-cache-1/etc/redis/redis.conf";
    tells_apart("redis-server", path, data, ("allkeys-lru", "allkeys-luck"), "maxmemory-policy");
    let cluster = "port 6379\ncluster-enabled yes\ncluster-node-timeout 5000\nrequirepass stand-in\n";
    tells_apart(
        "redis-server",
        path,
        cluster,
        ("cluster-node-timeout 5000", "cluster-node-timeout soon"),
        "cluster-node-timeout",
    );
    let sentinel = "port 26379\nsentinel resolve-hostnames yes\nsentinel monitor cache msk-cache-1 6379 2\n\
                    sentinel down-after-milliseconds cache 5000\n";
    let path = "hosts/msk/msk-cache-1/etc/redis/sentinel.conf";
    tells_apart("redis-server", path, sentinel, ("6379 2", "6379 two"), "monitor");
}

#[test]
fn gdnsd_and_its_zones() {
    let config = "options => {
  listen => [ 10.81.0.31 ]
  run_dir = /run/gdnsd
  state_dir = /var/lib/gdnsd
}
service_types => { serving => { plugin => http_status, port => 80, url_path => /healthz } }
plugins => { geoip => {
  maps => { dcs => { datacenters => [ msk, spb ], nets => { 10.83.0.0/25 => [ msk, spb ] } } }
  resources => { www => { map => dcs, service_types => serving, dcmap => { msk => [ 10.81.0.10 ], spb => [ 10.82.0.10 ] } } }
} }
";
    let zone = "$TTL 60\n@ SOA ns1 hostmaster ( 1 7200 1800 259200 60 )\n@ NS ns1\nns1 A 10.81.0.31\nwww 30/10 DYNA geoip!www\n";
    let base = "hosts/msk/msk-dns-1/etc/gdnsd";
    let (config_path, zone_path) = (format!("{base}/config"), format!("{base}/zones/example.test"));
    let missing = zone.replace("ns1 A 10.81.0.31\n", "");
    let unknown = zone.replace("geoip!www", "geoip!web");
    let both = |tool: &str, zone: &str| {
        let first = if tool == "named-checkzone" { (&*zone_path, zone) } else { (&*config_path, config) };
        let second = if tool == "named-checkzone" { (&*config_path, config) } else { (&*zone_path, zone) };
        asked(tool, &[first, second])
    };
    for (tool, zone, good) in [
        ("gdnsd checkconf", zone, true),
        ("named-checkzone", zone, true),
        ("gdnsd checkconf", &unknown, false),
        ("named-checkzone", &missing, false),
    ] {
        if let Some((ok, output)) = both(tool, zone) {
            assert_eq!(ok, good, "{tool}: {output}");
        }
    }
}

#[test]
fn prometheus() {
    let rule = "apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: x
spec:
  groups:
  - name: x
    rules:
    - alert: Down
      expr: up == 0
      for: 1m
";
    tells_apart_aloud(
        "promtool check rules",
        "kubernetes/monitoring/prometheusrule-x.yaml",
        rule,
        ("up == 0", "up === 0"),
        "unexpected",
    );
    let config = "route:\n  receiver: team\nreceivers:\n- name: team\n";
    tells_apart_aloud("amtool check-config", "monitoring/alertmanager.yml", config, ("- name: team", "- name: other"), "team");
}

#[test]
fn ansible() {
    let inventory = ("ansible/inventory.yaml", "all:\n  hosts:\n    msk-data-1: {}\n");
    let good = "- hosts: all\n  tasks:\n  - name: x\n    ansible.builtin.command: \"true\"\n";
    for (playbook, inventory, expected) in [
        (good, inventory, true),
        ("- hosts: all\n  task: []\n", inventory, false),
        (good, ("ansible/inventory.yaml", "all:\n  hosts: [\n"), false),
    ] {
        if let Some((ok, output)) = asked("ansible-playbook --syntax-check", &[("ansible/site.yaml", playbook), inventory]) {
            assert_eq!(ok, expected, "{output}");
        }
    }
}

#[test]
fn terraform_reads_what_it_can_without_its_provider() {
    let needs = r#"{"terraform": {"required_providers": {"cdn": {"source": "example.test/example/cdn"}}},
        "resource": {"cdn_x": {"a": {}}}}"#;
    let outcome = |text: &str| verify(&tree(&[("cdn/main.tf.json", text)]), &search()).unwrap().remove(0).outcome;
    let not_here = |outcome: &Outcome| matches!(outcome, Outcome::NotFound { .. });
    let found = outcome(needs);
    assert!(not_here(&found) || matches!(found, Outcome::NotChecked { .. }), "{found:?}");
    let found = outcome(&needs.replace("\"resource\"", "\"resourse\""));
    assert!(not_here(&found) || matches!(found, Outcome::Ran { ok: false, .. }), "{found:?}");
    let found = outcome(r#"{"resource": {"terraform_data": {"a": {}}}}"#);
    assert!(not_here(&found) || matches!(found, Outcome::Ran { ok: true, .. } | Outcome::NotChecked { .. }), "{found:?}");
}

#[test]
fn kubeadm() {
    let good = "apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
discovery:
  file:
    kubeConfigPath: /etc/kubernetes/discovery.conf
";
    let path = "hosts/msk/msk-control-1/etc/kubernetes/kubeadm.yaml";
    tells_apart_aloud("kubeadm config validate", path, good, ("discovery:", "discoveries:"), "discoveries");
}

#[test]
fn a_kubeadm_of_a_later_minor_is_no_judge() {
    let path = "hosts/msk/msk-control-1/etc/kubernetes/kubeadm.yaml";
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.2.0\n";
    let outcome = verify(&tree(&[(path, text)]), &search()).unwrap().remove(0).outcome;
    assert!(matches!(outcome, Outcome::NotChecked { .. } | Outcome::NotFound { .. }), "{outcome:?}");
}

#[test]
fn what_is_not_on_this_machine_is_said_aloud() {
    let files = [
        ("hosts/msk/a/etc/gdnsd/config", ""),
        ("hosts/msk/b/etc/gdnsd/config", ""),
        ("hosts/msk/b/etc/kubernetes/kubeadm.yaml", ""),
    ];
    let outcome = Outcome::NotFound { program: "gdnsd".to_owned() };
    let mut results: Vec<ToolResult> = files[..2]
        .iter()
        .map(|(path, _)| ToolResult { tool: "gdnsd checkconf", file: (*path).to_owned(), outcome: outcome.clone() })
        .collect();
    let limit = Duration::from_secs(10);
    results.push(ToolResult { tool: "x", file: "f".to_owned(), outcome: Outcome::TimedOut { limit } });
    results.push(ToolResult {
        tool: "y",
        file: "g".to_owned(),
        outcome: Outcome::Ran { ok: false, output: "a\n\n b\n".to_owned() },
    });
    results.push(ToolResult { tool: "z", file: "h".to_owned(), outcome: Outcome::NotChecked { why: "w".to_owned() } });
    let messages: Vec<String> =
        findings(&results).into_iter().map(|finding| format!("{}: {}", finding.code, finding.message)).collect();
    assert_eq!(
        messages,
        [
            "IT891: x was stopped after 10 s without an answer",
            "IT890: y refuses the file: a; b",
            "IT892: `gdnsd` is not on this machine: `hosts/msk/a/etc/gdnsd/config` and 1 more not checked by the real component",
            "IT893: 1 file not checked by the real component: w",
        ]
    );
}
