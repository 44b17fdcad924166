//! Tests of the frames, as text.

use super::*;
use crate::diag::{Code, Source};
use crate::model::Path;

fn sources(text: &str) -> Sources {
    Sources(vec![Source { name: "t.yaml".to_owned(), text: text.to_owned() }])
}

fn bytes(text: &str, part: &str) -> Place {
    let start = text.find(part).unwrap();
    Place::Bytes(Span { file: 0, start, end: start + part.len() })
}

fn only_bytes(place: &Place) -> Option<Span> {
    match place {
        Place::Bytes(span) => Some(span.clone()),
        _ => None,
    }
}

fn shown(text: &str, finding: Finding) -> String {
    human(&[finding], &sources(text), &only_bytes, false)
}

const CODE: Code = Code("IT203");

#[test]
fn looks_like_the_compiler() {
    let text = "name: shop\nlink:\n  rtt: 9ms\n  paths: one\n";
    let finding =
        Finding::error(CODE, bytes(text, "one"), "expected a number").related(bytes(text, "rtt"), "see here").help("write 1");
    let expected = "\
error[IT203]: expected a number
 --> t.yaml:4:10
  |
3 |   rtt: 9ms
  |   --- see here
4 |   paths: one
  |          ^^^
  |
  = help: write 1

1 error
";
    assert_eq!(shown(text, finding), expected);
}

#[test]
fn a_distant_place_has_a_frame_of_its_own() {
    let text = format!("first: 1\n{}last: 2\n", "x:\n".repeat(100));
    let finding = Finding::warning(CODE, bytes(&text, "last"), "twice").related(bytes(&text, "first"), "first here");
    let out = shown(&text, finding);
    assert!(out.contains("--> t.yaml:102:1") && out.contains("note: first here\n   --> t.yaml:1:1"), "{out}");
    assert!(out.lines().count() < 20, "{out}");
}

#[test]
fn a_finding_without_a_line_has_no_frame() {
    let mut finding = Finding::error(CODE, Path::of(["link", "rtt"]), "too long");
    finding.waived = Some("known".to_owned());
    assert_eq!(
        shown("a: 1", finding),
        "waived[IT203]: too long\n |\n = note: at `link.rtt`\n = note: waived: known\n\n1 waived\n"
    );
    let artifact = Place::Artifact { path: "hosts/a.conf".to_owned(), inside: "line 3".to_owned() };
    assert_eq!(shown("", Finding::info(CODE, artifact, "m")), "info[IT203]: m\n--> hosts/a.conf:3\n\n1 remark\n");
}

#[test]
fn only_the_first_line_of_a_place_is_underlined() {
    let text = "a: [1,\n  2]\n";
    assert!(shown(text, Finding::error(CODE, bytes(text, "[1,\n  2]"), "m")).contains("1 | a: [1,\n  |    ^^^\n"));
}

#[test]
fn places_at_the_ends_of_a_file_are_shown() {
    for (text, start, line) in [("", 0, 1), ("a: 1", 4, 1), ("a: 1\r\n", 6, 2), ("д", 2, 1)] {
        let place = Place::Bytes(Span { file: 0, start, end: start });
        let out = shown(text, Finding::error(CODE, place, "m"));
        assert!(out.contains(&format!("--> t.yaml:{line}:")), "{text:?} {out}");
    }
    let outside = Place::Bytes(Span { file: 3, start: 9, end: 10 });
    assert_eq!(shown("a", Finding::error(CODE, outside, "m")), "error[IT203]: m\n\n1 error\n");
}

#[test]
fn a_very_long_line_is_cut() {
    let text = format!("a: [{}д{}]", "д, ".repeat(50_000), "д, ".repeat(50_000));
    let start = "a: [".len() + 50_000 * 4;
    let place = Place::Bytes(Span { file: 0, start, end: start + 2 });
    let out = shown(&text, Finding::error(CODE, place, "m"));
    assert!(out.contains("--> t.yaml:1:150005") && out.contains('^') && out.len() < 2_000, "{out}");
}

#[test]
fn no_control_sequence_gets_through() {
    let text = "a: \u{1b}[31m \u{9b}31m \u{7f} \u{202e} b\r\n";
    let evil = "\u{1b}]0;x\u{7}\u{9b}2J\r\n\u{202e}";
    let mut finding = Finding::error(CODE, bytes(text, "b"), evil).related(bytes(text, "a"), evil).help(evil);
    finding = finding.related(Path::of([evil]), evil);
    finding.waived = Some(evil.to_owned());
    let sources = Sources(vec![Source { name: evil.to_owned(), text: text.to_owned() }]);
    let out = human(&[finding], &sources, &only_bytes, false);
    assert!(out.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{out:?}");
    assert!(out.contains("\\u{1b}]0;x") && out.contains("a: ␛[31m ·31m"), "{out}");
}

#[test]
fn colours_are_for_terminals() {
    let text = "a: 1\n";
    let finding = [Finding::error(CODE, bytes(text, "1"), "m")];
    assert!(human(&finding, &sources(text), &only_bytes, true).contains("\u{1b}["));
    assert!(!human(&finding, &sources(text), &only_bytes, false).contains('\u{1b}'));
}
