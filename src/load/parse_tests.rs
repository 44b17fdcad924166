//! Tests of the YAML reader: what it refuses, where it points, and that nothing makes it panic, overflow or swell.

use proptest::prelude::{ProptestConfig, any, prop, proptest};
use serde_json::json;

use super::*;
use crate::load::tree::Tree;

fn value(text: &str) -> serde_json::Value {
    Tree { root: parse(0, text).unwrap() }.to_value()
}

/// The codes of the findings with the text that each points at.
fn faults(text: &str) -> Vec<(&str, &str)> {
    let findings = parse(0, text).unwrap_err();
    findings.iter().map(|finding| (finding.code.0, pointed(text, &finding.at))).collect()
}

fn pointed<'t>(text: &'t str, place: &Place) -> &'t str {
    let Place::Bytes(span) = place else { panic!("a place in bytes") };
    &text[span.range()]
}

fn code(text: &str) -> &'static str {
    parse(0, text).unwrap_err().last().unwrap().code.0
}

#[test]
fn reads_every_kind_of_value() {
    let text = "a: [1, -2.5, yes, \"7\", ~]\nb:\n  - {c: true}\n  - |\n    line\n1: x\n";
    assert_eq!(value(text), json!({"a": [1, -2.5, "yes", "7", null], "b": [{"c": true}, "line\n"], "1": "x"}));
}

#[test]
fn expands_aliases() {
    assert_eq!(
        value("a: &x {k: [1]}\nb: *x\nc: [*x, *x]"),
        json!({"a": {"k": [1]}, "b": {"k": [1]}, "c": [{"k": [1]}, {"k": [1]}]})
    );
}

#[test]
fn collects_several_faults() {
    let text = "a: 1\nb: !env X\na: 0644\n<<: {}\nc: *gone\nd: .inf\n";
    let expected = [("IT111", "!env"), ("IT113", "0644"), ("IT112", "<<"), ("IT108", "*gone"), ("IT114", ".inf"), ("IT105", "a")];
    assert_eq!(faults(text), expected);
    let duplicate = parse(0, text).unwrap_err().pop().unwrap();
    assert_eq!(duplicate.at, Place::Bytes(Span { file: 0, start: 15, end: 16 }));
    assert_eq!(duplicate.related[0].at, Place::Bytes(Span { file: 0, start: 0, end: 1 }));
}

#[test]
fn refuses_what_is_no_single_document() {
    assert_eq!(code("a: 1\n---\nb: 2\n"), codes::SEVERAL_DOCUMENTS.0);
    for text in ["", "# only a comment\n", "---\n", "null"] {
        assert_eq!(code(text), codes::EMPTY.0, "{text:?}");
    }
}

#[test]
fn refuses_bad_text() {
    assert_eq!(code("a:\n\tb: 1\n"), codes::TAB.0);
    assert_eq!(code("a: [1\nb: 2"), codes::SYNTAX.0);
    assert_eq!(code("a: \0"), codes::CONTROL_CHARACTER.0);
    assert_eq!(code("a: \"x\\0\""), codes::CONTROL_CHARACTER.0);
    for text in ["? [a]\n: 1", "{a: 1}: 2", "a: &x 1\n*x : 2", ": 1", "~: 1"] {
        assert_eq!(code(text), codes::KEY.0, "{text:?}");
    }
}

#[test]
fn stops_at_the_depth_limit() {
    let nested = |depth: usize| format!("{}{}", "[".repeat(depth), "]".repeat(depth));
    assert!(parse(0, &nested(MAX_DEPTH)).is_ok());
    assert_eq!(code(&nested(MAX_DEPTH + 1)), codes::TOO_DEEP.0);
    assert_eq!(code(&"[".repeat(200_000)), codes::TOO_DEEP.0);
    assert_eq!(code(&"- ".repeat(50_000)), codes::TOO_DEEP.0);
    assert_eq!(code(&format!("{}{}", "- ".repeat(100), nested(100))), codes::TOO_DEEP.0);
    let chain: Vec<_> = (1..200).map(|n| format!("- &a{n} [*a{}]", n - 1)).collect();
    assert_eq!(code(&format!("- &a0 []\n{}", chain.join("\n"))), codes::TOO_DEEP.0);
}

#[test]
fn stops_at_the_alias_budget() {
    let level = |n: usize| format!("a{n}: &a{n} [{}]", vec![format!("*a{}", n - 1); 9].join(", "));
    let laughs: Vec<_> = (1..30).map(level).collect();
    assert_eq!(code(&format!("a0: &a0 lol\n{}", laughs.join("\n"))), codes::ALIAS.0);
    let large = format!("a: &a {}\nb: [{}]", "x".repeat(50_000), vec!["*a"; 50_000].join(", "));
    assert_eq!(code(&large), codes::ALIAS.0);
    assert_eq!(code("a: &a [*a]"), codes::ALIAS.0);
}

#[test]
fn stops_at_the_size_limit() {
    let list = |length: usize| format!("[{}]", "1,".repeat(length));
    assert!(parse(0, &list(10_000)).is_ok());
    assert_eq!(code(&list(MAX_NODES)), codes::TOO_LARGE.0);
}

/// What an edit puts in: the characters that mean something to YAML.
const INSERT: &str = "[-\\[\\]{}:,&*!|>'\"%@`#? \ta\n\\\\]{0,3}";
const SEED: &str =
    "name: x\nservices:\n  a: &a {ports: {http: 80}, env: [\"q\\n\", 'r']}\n  b: *a\nlist:\n- 1\n- k: |\n    text\n";

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn never_panics_on_bytes(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let (source, _) = crate::load::text::decode(0, "x", &bytes);
        let _ = parse(0, &source.text);
    }

    #[test]
    fn never_panics_on_mutated_yaml(edits in prop::collection::vec((0..SEED.len(), INSERT, 0..4_usize), 1..6)) {
        let mut text = SEED.to_owned();
        for (at, insert, delete) in edits {
            let at = at.min(text.len());
            let end = (at + delete).min(text.len());
            text.replace_range(at..end, &insert);
        }
        if let Err(findings) = parse(0, &text) {
            for finding in findings {
                let _ = pointed(&text, &finding.at);
            }
        }
    }
}
