//! Advice through the binary: what is listed, what is written to the file, and what is refused.

use crate::common::{Place, root};

/// The minimal topology with commits that may be in one data centre only.
fn worse(place: &Place) -> String {
    let text = std::fs::read_to_string(root().join("topologies/minimal.yaml")).unwrap();
    let text = text.replace("nodes: 2}", "nodes: 1}  # one");
    place.write("inuretech.yaml", &text);
    text
}

#[test]
fn advice_is_listed_with_its_edit() {
    let place = Place::new();
    worse(&place);
    let ran = place.run(&["plan", "--advice"]);
    assert!(ran.out.contains("\nAdvice\n  1. let commits of `postgres.shop` wait for 2 standbys"), "{}", ran.out);
    assert!(ran.out.contains("\n     -    synchronous: {mode: quorum, nodes: 1}  # one\n"), "{}", ran.out);
    assert!(ran.out.contains("\n     +    synchronous: {mode: quorum, nodes: 2}  # one\n"), "{}", ran.out);
    assert!(ran.out.lines().last().unwrap().starts_with("Plan: "), "{}", ran.out);
    let json: serde_json::Value = serde_json::from_str(&place.run(&["plan", "--advice", "-o", "json"]).out).unwrap();
    let first = &json["advice"][0];
    assert_eq!(
        (first["number"].as_u64(), first["applicable"].as_bool(), first["trade"].as_bool()),
        (Some(1), Some(true), Some(false))
    );
    assert!(first["edits"][0]["diff"].as_str().unwrap().starts_with("--- inuretech.yaml\n+++ inuretech.yaml\n@@"), "{first:#}");
    assert!(!first["buys"].as_array().unwrap().is_empty() && !first["costs"].as_array().unwrap().is_empty());
    let plain: serde_json::Value = serde_json::from_str(&place.run(&["plan", "-o", "json"]).out).unwrap();
    assert!(plain.get("advice").is_none());
}

#[test]
fn an_edit_is_written_to_the_file_that_declares_the_key() {
    let place = Place::new();
    let before = worse(&place);
    place.write("prod.yaml", "domain: prod.example\n");
    let ran = place.run(&["-f", "inuretech.yaml", "-f", "prod.yaml", "plan", "--apply-advice", "1"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(ran.out.starts_with("--- inuretech.yaml\n"), "{}", ran.out);
    assert!(ran.err.contains("run `inuretech plan` again"), "{}", ran.err);
    let read = |name: &str| std::fs::read_to_string(place.path(name)).unwrap();
    assert_eq!(read("inuretech.yaml"), before.replace("nodes: 1}", "nodes: 2}"));
    assert_eq!(read("prod.yaml"), "domain: prod.example\n");
    assert!(!place.path("out").exists());
    let again = place.run(&["plan", "--apply-advice", "1"]);
    assert_eq!(again.code, 2);
    assert!(again.err.contains("there is no advice 1"), "{}", again.err);
}

#[test]
fn what_cannot_be_written_is_refused_and_nothing_changes() {
    let place = Place::new();
    let before = worse(&place);
    for (arguments, message) in [
        (&["plan", "--apply-advice", "0"][..], "there is no advice 0"),
        (&["plan", "--apply-advice", "99"], "there is no advice 99: `inuretech plan --advice` lists 1"),
        (&["plan", "--apply-advice", "1", "--base", "HEAD"], "cannot be used with"),
    ] {
        let ran = place.run(arguments);
        assert_eq!(ran.code, 2, "{ran:?}");
        assert!(ran.err.contains(message), "{}", ran.err);
    }
    let ran = place.run_with(&["-f", "-", "plan", "--apply-advice", "1"], &before);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("standard input"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(place.path("inuretech.yaml")).unwrap(), before);
}

#[test]
fn an_edit_that_lacks_a_value_is_shown_and_not_written() {
    let place = Place::new();
    let text = std::fs::read_to_string(root().join("topologies/inuretech.yaml")).unwrap();
    let (before, rest) = text.split_once("geodns:\n").unwrap();
    let text = format!("{before}cdn:\n{}", rest.split_once("cdn:\n").unwrap().1);
    place.write("inuretech.yaml", &text);
    place.write("config/core-app.yaml", "a: 1\n");
    let json: serde_json::Value = serde_json::from_str(&place.run(&["plan", "--advice", "-o", "json"]).out).unwrap();
    let edge = json["advice"].as_array().unwrap().iter().find(|it| it["applicable"] == false).unwrap();
    let ran = place.run(&["plan", "--apply-advice", &edge["number"].to_string()]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.err.contains("the second public address of msk"), "{}", ran.err);
    assert_eq!(std::fs::read_to_string(place.path("inuretech.yaml")).unwrap(), text);
}
