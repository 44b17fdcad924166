//! The commands through the binary: exit codes, streams, and what is left on the disk.

use std::collections::BTreeMap;

use crate::common::{Place, root};

fn minimal(place: &Place) {
    place.write("inuretech.yaml", std::fs::read(root().join("topologies/minimal.yaml")).unwrap());
}

#[test]
fn without_a_topology_it_says_what_to_do() {
    let ran = Place::new().run(&["check"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("inuretech init"), "{ran:?}");
    assert_eq!(ran.out, "");
}

#[test]
fn wrong_usage_is_exit_2() {
    let ran = Place::new().run(&["rendr"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("render"), "{ran:?}");
}

#[test]
fn init_writes_what_check_accepts() {
    for from in ["minimal", "witness"] {
        let place = Place::new();
        let made = place.run(&["init", "--from", from, "--name", "acme", "--domain", "acme.example"]);
        assert_eq!(made.code, 0, "{made:?}");
        assert!(made.out.contains("\nname: acme\n") && made.out.contains("\ndomain: acme.example\n"));
        place.write("inuretech.yaml", made.out);
        place.write("config/core-app.yaml", "a: 1\n");
        let checked = place.run(&["check"]);
        assert_eq!(checked.code, 0, "{}", checked.err);
    }
}

#[test]
fn render_then_check_then_edit() {
    let place = Place::new();
    minimal(&place);
    let first = place.run(&["render"]);
    assert_eq!(first.code, 0, "{}", first.err);
    assert_eq!(place.run(&["render", "--check"]).code, 0);
    let lock: serde_json::Value = serde_json::from_slice(&std::fs::read(place.path("out/inuretech.lock.json")).unwrap()).unwrap();
    let file = lock["files"].as_object().unwrap().keys().next().unwrap().clone();
    std::fs::write(place.path(&format!("out/{file}")), "edited").unwrap();
    let edited = place.run(&["render", "--check"]);
    assert_eq!(edited.code, 1, "{edited:?}");
    assert!(edited.out.contains(&format!("{file}: edited by hand")), "{edited:?}");
    assert_eq!(place.run(&["render"]).code, 0);
    assert_eq!(place.run(&["render", "--check"]).code, 0);
}

#[test]
fn a_folder_of_somebody_else_is_not_touched() {
    let place = Place::new();
    minimal(&place);
    place.write("out/letter.txt", "dear diary");
    let ran = place.run(&["render"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("letter.txt"), "{ran:?}");
    assert_eq!(std::fs::read_to_string(place.path("out/letter.txt")).unwrap(), "dear diary");
    assert_eq!(place.run(&["render", "--force"]).code, 0);
    assert!(!place.path("out/letter.txt").exists());
}

#[test]
fn findings_stop_a_render_and_nothing_is_written() {
    let place = Place::new();
    minimal(&place);
    place.write("more.yaml", "postgres: {shop: {members: {north: 9}}}\n");
    let ran = place.run(&["render", "-f", "inuretech.yaml", "-f", "more.yaml"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.err.contains("--> more.yaml:1:"), "{}", ran.err);
    assert!(!place.path("out").exists());
}

#[test]
fn every_fault_of_a_file_is_reported_in_one_run_with_its_line() {
    let place = Place::new();
    let text = std::fs::read_to_string(root().join("topologies/minimal.yaml")).unwrap();
    let text = text.replace("replicas: {min: 4, max: 8}", "replica: {min: 4}").replace("rtt: 5ms", "rtt: 5");
    place.write("inuretech.yaml", text);
    let ran = place.run(&["check"]);
    assert_eq!(ran.code, 1);
    assert!(ran.err.contains("did you mean `replicas`"), "{}", ran.err);
    assert!(ran.err.contains("a duration such as"), "{}", ran.err);
    assert!(ran.err.contains("2 errors"), "{}", ran.err);
}

#[test]
fn the_same_topology_in_another_order_gives_the_same_bytes() {
    let place = Place::new();
    let text = std::fs::read_to_string(root().join("topologies/inuretech.yaml")).unwrap();
    let value: serde_json::Value = serde_yaml::from_str(&text).unwrap();
    place.write("one.yaml", serde_json::to_string(&value).unwrap());
    place.write("two.yaml", reversed(&value));
    place.write("config/core-app.yaml", "a: 1\n");
    let mut trees = Vec::new();
    for name in ["one", "two", "one"] {
        let ran = place.run(&["render", "-f", &format!("{name}.yaml"), "--out", name]);
        assert_eq!(ran.code, 0, "{}", ran.err);
        trees.push(std::fs::read(place.path(&format!("{name}/inuretech.lock.json"))).unwrap());
        std::fs::rename(place.path(name), place.path(&format!("{name}-{}", trees.len()))).unwrap();
    }
    assert!(trees.windows(2).all(|pair| pair[0] == pair[1]));
}

/// The document as JSON with the keys of every mapping in reverse order.
fn reversed(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Object(map) => {
            let sorted: BTreeMap<_, _> = map.iter().collect();
            let parts: Vec<_> = sorted
                .into_iter()
                .rev()
                .map(|(k, v)| format!("{}: {}", serde_json::to_string(k).unwrap(), reversed(v)))
                .collect();
            format!("{{{}}}", parts.join(", "))
        }
        serde_json::Value::Array(items) => format!("[{}]", items.iter().map(reversed).collect::<Vec<_>>().join(", ")),
        other => other.to_string(),
    }
}

#[test]
fn plan_counts_changes_and_fails_only_when_asked() {
    let place = Place::new();
    minimal(&place);
    let fresh = place.run(&["plan"]);
    assert_eq!(fresh.code, 0, "{}", fresh.err);
    let last = fresh.out.lines().last().unwrap();
    assert!(last.starts_with("Plan: ") && last.ends_with(" to add, 0 to change, 0 to remove"), "{last}");
    assert_eq!(place.run(&["plan", "--exit-code"]).code, 1);
    assert_eq!(place.run(&["render"]).code, 0);
    let again = place.run(&["plan", "--exit-code"]);
    assert_eq!(again.code, 0, "{}", again.out);
    assert!(again.out.ends_with("Plan: 0 to add, 0 to change, 0 to remove\n"));
    assert!(again.out.lines().all(|line| line.chars().count() <= 102), "wider than a terminal");
}

#[test]
fn results_go_to_stdout_or_to_files() {
    let place = Place::new();
    minimal(&place);
    let ran = place.run(&["plan", "-o", "human", "-o", "json=plan.json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let plan: serde_json::Value = serde_json::from_slice(&std::fs::read(place.path("plan.json")).unwrap()).unwrap();
    assert_eq!(plan["formatVersion"], 1);
    assert!(plan["plan"]["hosts"]["north-dcs-1"]["address"].is_string());
    assert!(ran.out.contains("Plan: "));
    let json = place.run(&["check", "-o", "json"]);
    let parsed: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    assert!(parsed["findings"].is_array());
}

#[test]
fn show_prints_a_topology_that_means_the_same() {
    let place = Place::new();
    minimal(&place);
    let shown = place.run(&["show"]);
    assert_eq!(shown.code, 0, "{}", shown.err);
    place.write("again.yaml", &shown.out);
    let again = place.run(&["show", "-f", "again.yaml"]);
    assert_eq!(again.out, shown.out, "{}", again.err);
    assert_eq!(place.run(&["render"]).code, 0);
    assert_eq!(place.run(&["render", "--check", "-f", "again.yaml"]).code, 0);
}

#[test]
fn plan_against_a_revision() {
    let place = Place::new();
    minimal(&place);
    place.commit("inuretech.yaml");
    assert!(place.run(&["plan", "--base", "HEAD"]).out.ends_with("Plan: 0 to add, 0 to change, 0 to remove\n"));
    let text = std::fs::read_to_string(place.path("inuretech.yaml")).unwrap();
    place.write("inuretech.yaml", text.replace("shop:1.0.0", "shop:1.0.1"));
    let changed = place.run(&["plan", "--base", "HEAD"]);
    assert!(changed.out.contains("~ kubernetes/apps/deployment-shop.yaml"), "{}", changed.out);
    assert_eq!(place.run(&["plan", "--base", "--help"]).code, 2);
    assert_eq!(place.run(&["plan", "--base", "no-such-revision"]).code, 2);
}
