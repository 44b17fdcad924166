//! What the files of this renderer must say, on the shipped topologies.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::model::plan::Holder;
use crate::testing::{Planned, seed, seed_with};

/// The rendered files of all edge hosts, by path.
fn files(planned: &Planned) -> BTreeMap<String, String> {
    let artifacts = super::render(&planned.input()).unwrap();
    artifacts.into_iter().map(|it| (it.path.clone(), it.as_text().unwrap().to_owned())).collect()
}

fn of<'a>(files: &'a BTreeMap<String, String>, host: &str, file: &str) -> &'a str {
    let path = format!("hosts/{}/{host}/etc/nginx/{file}", &host[..3]);
    files.get(&path).unwrap_or_else(|| panic!("no {path} among {:#?}", files.keys()))
}

fn count(text: &str, what: &str) -> usize {
    text.matches(what).count()
}

#[test]
fn the_other_data_centre_is_the_backup() {
    let files = files(&seed());
    for (host, own, other) in [("msk-edge-1", "10.10.", "10.20."), ("spb-edge-1", "20.2.", "10.10.")] {
        let upstreams = of(&files, host, "conf.d/upstreams.conf");
        let servers: Vec<_> = upstreams.lines().filter(|line| line.contains(":30443")).collect();
        assert_eq!(servers.len(), 16, "eight workers for each of two hosts");
        for server in servers {
            assert_eq!(server.contains(other), server.ends_with("backup;"), "{server}");
            assert!(server.contains(own) || server.contains(other), "{server}");
        }
    }
}

#[test]
fn one_request_reaches_the_other_data_centre() {
    let ingress = |change: fn(&mut Value)| of(&files(&seed_with(change)), "msk-edge-1", "snippets/ingress.conf").to_owned();
    let first = ingress(|_| ());
    assert!(first.contains("proxy_next_upstream_tries 5;"), "{first}");
    assert!(first.contains("proxy_next_upstream_timeout 5000ms;"), "{first}");
    let slow = ingress(|it| it["edge"]["nginx"]["connectTimeout"] = json!("3s"));
    assert!(slow.contains("proxy_next_upstream_timeout 15000ms;"), "{slow}");
    let local = ingress(|it| it["edge"]["nginx"]["upstreams"] = json!("local-only"));
    assert!(local.contains("proxy_next_upstream_tries 4;"), "{local}");
}

#[test]
fn local_only_knows_no_other_data_centre() {
    let files = files(&seed_with(|it| it["edge"]["nginx"]["upstreams"] = json!("local-only")));
    assert!(!of(&files, "msk-edge-1", "conf.d/upstreams.conf").contains("10.20."));
}

#[test]
fn an_order_is_never_sent_twice() {
    assert!(files(&seed()).values().all(|text| !text.contains("non_idempotent")));
}

#[test]
fn each_contract_is_counted_for_itself_and_all_bots_together() {
    let files = files(&seed());
    let limits = of(&files, "msk-edge-1", "conf.d/limits.conf");
    assert!(
        limits.contains("map $http_x_api_key $client {\n    default \"\";\n    include /etc/nginx/secrets/acme-keys-map.map;")
    );
    assert!(limits.contains("limit_req_zone $limit_acme zone=client_acme:64k rate=50r/s;"));
    assert!(limits.contains("map $client $limit_acme {\n    default \"\";\n    acme acme;\n}"));
    assert!(limits.contains("limit_req_zone $limit_bots zone=bots:64k rate=20r/s;"));
    assert!(limits.contains("limit_req_status 429;"));
    let www = of(&files, "msk-edge-1", "conf.d/host-www.conf");
    assert!(
        www.contains("limit_req zone=client_acme burst=100 nodelay;") && www.contains("limit_req zone=bots burst=40 nodelay;")
    );
    assert!(www.contains("add_header Retry-After 1 always;"));
}

#[test]
fn a_limit_may_have_no_burst_and_a_slow_rate() {
    let slow = json!({"rate": "6/m"});
    let files = files(&seed_with(|it| it["edge"]["limits"]["clients"]["acme"] = slow));
    assert!(of(&files, "msk-edge-1", "conf.d/limits.conf").contains("zone=client_acme:64k rate=6r/m;"));
    let www = of(&files, "msk-edge-1", "conf.d/host-www.conf");
    assert!(www.contains("limit_req zone=client_acme;") && www.contains("Retry-After 10 always;"));
}

#[test]
fn a_certificate_names_the_client_only_where_no_network_stands_between() {
    let mtls = |it: &mut Value| it["edge"]["limits"]["identify"] = json!({"mtlsSubject": true});
    let behind = files(&seed_with(mtls));
    assert!(!of(&behind, "msk-edge-1", "conf.d/host-www.conf").contains("ssl_verify_client"));
    let direct = files(&seed_with(|it| {
        mtls(it);
        it.as_object_mut().unwrap().remove("cdn");
    }));
    assert!(of(&direct, "msk-edge-1", "conf.d/host-www.conf").contains("ssl_verify_client optional;"));
    let limits = of(&direct, "msk-edge-1", "conf.d/limits.conf");
    assert!(limits.contains(r#""~^SUCCESS:(?:.*[^\\\\],)?CN=acme(?:,|$)" acme;"#), "{limits}");
}

#[test]
fn what_is_kept_is_never_what_depends_on_who_asks() {
    let files = files(&seed());
    let api = of(&files, "spb-edge-1", "conf.d/host-api.conf");
    let kept = count(api, "proxy_pass http://kept;");
    assert_eq!(kept, 4, "the catalogue and registered GraphQL documents, each with what is below");
    assert_eq!(count(api, "proxy_cache_bypass $http_authorization $http_cookie"), kept);
    assert_eq!(count(api, "proxy_no_cache $http_authorization $http_cookie"), kept);
    assert_eq!(
        count(api, "proxy_no_cache $http_authorization $http_cookie $http_x_api_key;"),
        2,
        "GraphQL knows who asks by key too"
    );
    assert!(of(&files, "spb-edge-1", "snippets/kept.conf").contains("proxy_cache_key $host$request_uri;"));
    let cache = of(&files, "spb-edge-1", "conf.d/cache.conf");
    assert!(cache.contains("default \"max-age=30, stale-while-revalidate=600, stale-if-error=600\";"));
    assert!(cache.contains("inactive=630s"));
    assert!(cache.contains("default \"public, max-age=31536000, immutable\";"));
}

#[test]
fn documents_that_are_not_registered_are_not_kept() {
    let open = json!({"persistedQueries": "off", "maxDepth": 8, "subgraphs": []});
    let files = files(&seed_with(|it| it["services"]["graph"]["graphql"] = open));
    assert!(!of(&files, "msk-edge-1", "conf.d/host-api.conf").contains("/graphql"));
}

#[test]
fn only_the_network_says_who_the_client_is() {
    let main = |planned: &Planned| of(&files(planned), "msk-edge-1", "nginx.conf").to_owned();
    let with = main(&seed());
    assert_eq!(count(&with, "set_real_ip_from"), 1);
    assert!(with.contains("set_real_ip_from 192.0.2.128/25;") && with.contains("real_ip_recursive on;"));
    let without = main(&seed_with(|it| drop(it.as_object_mut().unwrap().remove("cdn"))));
    assert!(!without.contains("real_ip"));
}

#[test]
fn health_is_as_deep_as_asked_and_of_the_own_data_centre() {
    let plain = |depth: &str| {
        let planned = seed_with(|it| it["geodns"]["check"]["depth"] = json!(depth));
        let files = files(&planned);
        let upstreams = of(&files, "spb-edge-1", "conf.d/upstreams.conf").to_owned();
        (of(&files, "spb-edge-1", "snippets/plain.conf").to_owned(), upstreams)
    };
    let (shallow, _) = plain("shallow");
    assert!(shallow.contains("return 200") && !shallow.contains("proxy_pass"));
    let (ingress, upstreams) = plain("ingress");
    assert!(ingress.contains("location = /healthz/dc {") && ingress.contains("proxy_pass http://ingress_health/ready;"));
    assert!(ingress.contains("proxy_cache_valid 200 1s;") && ingress.contains("proxy_read_timeout 1500ms;"));
    assert!(upstreams.lines().filter(|line| line.contains(":30021")).all(|line| line.contains("10.20.")));
    let (write, upstreams) = plain("write-path");
    assert!(write.contains("location = /healthz/dc/write/core {") && write.contains("proxy_pass https://writer_core/write;"));
    assert!(write.contains("proxy_ssl_name writer-core;") && write.contains("proxy_ssl_verify on;"));
    let proxies: Vec<_> = upstreams.lines().filter(|line| line.contains(":8404")).collect();
    assert_eq!(proxies.len(), 2);
    assert!(proxies.iter().all(|line| line.contains("10.20.")), "{proxies:?}");
}

#[test]
fn every_secret_file_that_is_read_is_asked_for() {
    let planned = seed();
    let asked = |host: &str, file: &str| {
        planned.plan.secrets.iter().any(|need| match &need.holder {
            Holder::Host { host: on, path, .. } => on.as_str() == host && path == file,
            Holder::Kubernetes { .. } | Holder::Deployer { .. } => false,
        })
    };
    let mut read = 0;
    for (path, text) in files(&planned) {
        let host = path.split('/').nth(2).unwrap();
        let words = text.split(|c: char| c.is_whitespace() || c == ';');
        for word in words.filter(|word| word.starts_with("/etc/nginx/tls/") || word.starts_with("/etc/nginx/secrets/")) {
            assert!(asked(host, word), "{path} reads {word}");
            read += 1;
        }
    }
    assert!(read > 10);
}
