//! What the playbook must never do, and the order in which it does the rest.

use serde_json::{Value, json};

use super::render;
use crate::model::Content;
use crate::testing::{Planned, seed};

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
    for system in ["base", "kubernetes", "etcd", "patroni", "haproxy", "pgbouncer", "nginx", "gdnsd"] {
        assert!(at(&format!("{system} in spb")) < at(&format!("{system} in msk")), "{system}");
    }
}

#[test]
fn every_rendered_file_of_a_host_belongs_to_one_system_there() {
    let seed = seed();
    let input = seed.input();
    let patterns: Vec<(super::systems::System, regex::Regex)> = super::systems::System::ALL
        .into_iter()
        .map(|system| (system, regex::Regex::new(&format!("^etc/{}", system.files())).unwrap()))
        .collect();
    let others = crate::render::RENDERERS.iter().filter(|renderer| renderer.name != "ansible");
    for artifact in others.flat_map(|renderer| (renderer.render)(&input).unwrap()) {
        let Some(rest) = artifact.path.strip_prefix("hosts/") else { continue };
        let mut parts = rest.splitn(3, '/').skip(1);
        let (host, file) = (parts.next().unwrap(), parts.next().unwrap());
        let owners: Vec<_> = patterns
            .iter()
            .filter(|(system, pattern)| {
                pattern.is_match(file) && system.hosts(input.plan).iter().any(|name| name.as_str() == host)
            })
            .map(|(system, _)| system.name())
            .collect();
        assert_eq!(owners.len(), 1, "{host} {file}: {owners:?}");
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
