//! Everything that is shipped is a test: topologies check as they say, examples render again to the same bytes.

use crate::common::{root, run_in, topologies};

#[test]
fn every_topology_checks_without_errors() {
    for topology in topologies() {
        let ran = run_in(&root(), &["-f", topology.to_str().unwrap(), "check"]);
        assert_eq!(ran.code, 0, "{}\n{}", topology.display(), ran.err);
    }
}

#[test]
fn every_topology_but_the_seed_is_free_of_warnings() {
    for topology in topologies().iter().filter(|path| path.file_stem().is_none_or(|name| name != "inuretech")) {
        let ran = run_in(&root(), &["-f", topology.to_str().unwrap(), "check", "-o", "json"]);
        let result: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
        let loud: Vec<_> = result["findings"].as_array().unwrap().iter().filter(|it| it["severity"] != "info").collect();
        assert!(loud.is_empty(), "{}: {loud:#?}", topology.display());
    }
}

#[test]
fn every_example_renders_again_to_the_same_bytes() {
    for topology in topologies() {
        let name = topology.file_stem().unwrap().to_str().unwrap();
        let out = format!("examples/{name}");
        let ran = run_in(&root(), &["-f", &format!("topologies/{name}.yaml"), "render", "--check", "--out", &out]);
        assert_eq!(
            ran.code, 0,
            "{}{}\nread the difference, then: inuretech -f topologies/{name}.yaml render --out {out}",
            ran.out, ran.err
        );
        let plan = run_in(&root(), &["-f", &format!("topologies/{name}.yaml"), "plan", "--out", &out, "--color", "never"]);
        let golden = std::fs::read_to_string(root().join(format!("examples/{name}.plan.txt"))).unwrap_or_default();
        assert_eq!(plan.out, golden, "examples/{name}.plan.txt");
    }
}
