//! The documents keep step with the program.

use std::collections::BTreeSet;

use crate::common::{Place, root};

fn codes() -> Vec<(String, String, String)> {
    let ran = Place::new().run(&["explain", "-o", "json"]);
    let all: Vec<serde_json::Value> = serde_json::from_str(&ran.out).unwrap();
    let text = |it: &serde_json::Value, key: &str| it[key].as_str().unwrap().to_owned();
    all.iter().map(|it| (text(it, "code"), text(it, "severity"), text(it, "title"))).collect()
}

#[test]
fn the_table_of_codes_is_complete() {
    let rows: Vec<String> = codes().iter().map(|(code, severity, title)| format!("| {code} | {severity} | {title} |")).collect();
    let document = std::fs::read_to_string(root().join("docs/codes.md")).unwrap();
    let (_, table) = document.split_once("|---|---|---|\n").unwrap();
    assert_eq!(table.trim_end(), rows.join("\n"), "docs/codes.md does not list what `inuretech explain` lists");
}

#[test]
fn every_code_is_explained() {
    let place = Place::new();
    let mut seen = BTreeSet::new();
    for (code, _, _) in codes() {
        let ran = place.run(&["explain", &code]);
        assert_eq!(ran.code, 0);
        assert!(ran.out.contains("\nWhy\n\n") && ran.out.contains("\nFix\n\n"), "{}", ran.out);
        assert!(seen.insert(code));
    }
    assert_eq!(place.run(&["explain", "IT999999"]).code, 2);
}
