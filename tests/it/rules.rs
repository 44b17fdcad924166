//! Every rule has a topology that breaks it: `tests/bad/<CODE>.yaml` is an overlay on a shipped topology, with the finding
//! that it must cause. The rule, its explanation and its fixture keep step.

use std::collections::BTreeSet;
use std::fmt::Write;
use std::time::{Duration, Instant};

use inuretech::{check, pipeline};
use serde_json::Value;

use crate::common::{Place, root, run_in};

/// Codes of rules that no topology can break, with the reason.
const WITHOUT_FIXTURE: &[(&str, &str)] = &[];

/// A fixture: the overlay, what it lies on, and what it must cause.
struct Fixture {
    code: String,
    file: String,
    base: String,
    severity: String,
    path: String,
}

fn fixtures() -> Vec<Fixture> {
    let entries = std::fs::read_dir(root().join("tests/bad")).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<_> =
        entries.filter(|path| path.extension().is_some_and(|ending| ending == "yaml")).map(|path| fixture(&path)).collect();
    found.sort_by(|a, b| a.code.cmp(&b.code));
    found
}

fn fixture(path: &std::path::Path) -> Fixture {
    let text = std::fs::read_to_string(path).unwrap();
    let header = |key: &str| {
        let line = text.lines().find_map(|line| line.strip_prefix(&format!("# {key}: ")));
        line.unwrap_or_else(|| panic!("{}: no `# {key}:`", path.display())).to_owned()
    };
    let expect = header("expect");
    let [code, severity, at] = expect.splitn(3, ' ').collect::<Vec<_>>()[..] else { panic!("{}: {expect}", path.display()) };
    assert_eq!(path.file_stem().unwrap().to_str(), Some(code), "{}", path.display());
    Fixture {
        code: code.to_owned(),
        file: format!("tests/bad/{code}.yaml"),
        base: header("base"),
        severity: severity.to_owned(),
        path: at.to_owned(),
    }
}

fn findings(files: &[&str]) -> Vec<Value> {
    let mut arguments = vec!["check", "-o", "json", "--color", "never"];
    for file in files {
        arguments.extend(["-f", file]);
    }
    let ran = run_in(&root(), &arguments);
    let result: Value = serde_json::from_str(&ran.out).unwrap_or_else(|error| panic!("{files:?}: {error}: {ran:?}"));
    result["findings"].as_array().unwrap().clone()
}

/// What is shown of findings that were not expected.
fn brief(findings: &[Value]) -> Vec<String> {
    findings
        .iter()
        .map(|it| format!("{} {} {}:{} {}", it["code"], it["severity"], it["path"], it["line"], it["message"]))
        .collect()
}

#[test]
fn every_fixture_breaks_its_rule_and_its_base_does_not() {
    let mut wrong = Vec::new();
    for it in fixtures() {
        let found = findings(&[&it.base, &it.file]);
        let of_code: Vec<_> = found.iter().filter(|finding| finding["code"] == it.code.as_str()).collect();
        let expected = of_code.iter().any(|finding| {
            finding["severity"] == it.severity.as_str()
                && finding["path"] == it.path.as_str()
                && finding["line"].as_u64().is_some_and(|line| line > 0)
        });
        if !expected {
            wrong.push(format!("{}: expected {} {}, found {:?}", it.code, it.severity, it.path, brief(&found)));
        }
        if findings(&[&it.base]).iter().any(|finding| finding["code"] == it.code.as_str()) {
            wrong.push(format!("{}: {} breaks it by itself", it.code, it.base));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_rule_has_a_fixture_and_every_fixture_a_rule() {
    let rules: Vec<&str> = check::RULES.iter().copied().flatten().map(|rule| rule.explanation.code.0).collect();
    let distinct: BTreeSet<&str> = rules.iter().copied().collect();
    assert_eq!(rules.len(), distinct.len(), "a code has two rules");
    let fixtures = fixtures();
    let mut covered: BTreeSet<&str> = fixtures.iter().map(|it| it.code.as_str()).collect();
    for (code, reason) in WITHOUT_FIXTURE {
        assert!(!reason.is_empty() && covered.insert(code), "{code} has a fixture after all");
    }
    let missing: Vec<_> = distinct.difference(&covered).collect();
    let stray: Vec<_> = covered.difference(&distinct).collect();
    assert!(missing.is_empty() && stray.is_empty(), "without a fixture: {missing:?}; without a rule: {stray:?}");
}

#[test]
fn every_explanation_says_something_and_its_example_is_yaml() {
    let everything = pipeline::explanations();
    for rule in check::RULES.iter().copied().flatten() {
        let it = rule.explanation;
        assert!(everything.iter().any(|known| known.code == it.code), "{} is not explained", it.code);
        for text in [it.title, it.why, it.fix, it.example] {
            assert!(!text.trim().is_empty(), "{} leaves something out", it.code);
        }
        assert!(it.title.chars().next().is_some_and(|first| !first.is_uppercase()), "{}: {}", it.code, it.title);
        let example: Result<Value, _> = serde_yaml::from_str(it.example);
        assert!(example.is_ok_and(|example| example.is_object()), "{}: the example is not YAML", it.code);
    }
}

/// Runs `check` on bytes that nobody should send, and returns what it says.
fn refused(what: &str, bytes: impl AsRef<[u8]>) -> String {
    let place = Place::new();
    place.write("inuretech.yaml", bytes);
    let start = Instant::now();
    let ran = place.run(&["check", "--color", "never"]);
    assert!(start.elapsed() < Duration::from_secs(5), "{what} takes {:?}", start.elapsed());
    assert_eq!(ran.code, 1, "{what}: {ran:?}");
    assert!(ran.err.contains("error[IT1") && ran.err.contains("inuretech.yaml"), "{what}: {}", ran.err);
    ran.err
}

#[test]
fn hostile_files_are_refused_quickly_and_with_a_place() {
    let mut bomb = "a0: &a0 [x, x]\n".to_owned();
    for level in 1..40 {
        writeln!(bomb, "a{level}: &a{level} [*a{0}, *a{0}, *a{0}, *a{0}]", level - 1).unwrap();
    }
    refused("an alias bomb", bomb);
    refused("deep nesting", format!("version: {}", "[".repeat(100_000)));
    refused("deep block nesting", "- ".repeat(100_000));
    refused("a NUL", "version: 1\nname: a\0b\n");
    refused("what is not UTF-8", b"version: 1\nname: \xff\xfe\n");
    refused("17 MB", "# filler\n".repeat(17 * 1024 * 1024 / 9 + 1));
    refused("a tab", "version: 1\nlink:\n\trtt: 5ms\n");
    let twice = refused("a key twice", "version: 1\nname: one\nname: two\n");
    assert!(twice.contains("inuretech.yaml:3:"), "{twice}");
}
