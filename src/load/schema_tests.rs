//! Tests of the findings against a schema in the form that schemars generates.

use serde_json::json;

use super::*;
use crate::diag::{Place, Source, Sources};
use crate::load::{Rejected, read};

fn schema() -> Schema {
    Schema::compile(json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "required": ["name"],
        "additionalProperties": false,
        "properties": {
            "name": {"type": "string", "examples": ["shop"]},
            "enforce": {"type": ["boolean", "null"]},
            "version": {"type": "string", "examples": ["1.37"]},
            "limits": {"type": "array", "minItems": 2, "uniqueItems": true,
                "items": {"type": "integer", "minimum": 1, "maximum": 9}},
            "services": {"type": "object", "additionalProperties": {"$ref": "#/$defs/Service"}},
            "pools": {"type": "object", "additionalProperties": false,
                "patternProperties": {"^[a-z]+$": {"type": "integer"}}},
            "config": {"anyOf": [{"$ref": "#/$defs/Config"}, {"type": "null"}]},
            "reference": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Service"}]}
        },
        "$defs": {
            "Service": {
                "type": "object", "additionalProperties": false, "required": ["image"],
                "properties": {
                    "image": {"type": "string"},
                    "replicas": {"anyOf": [{"$ref": "#/$defs/Count"}, {"type": "null"}]},
                    "memory": {"$ref": "#/$defs/Size"},
                    "run": {"$ref": "#/$defs/Run"}
                }
            },
            "Name": {"type": "string", "pattern": "^[a-z]+$", "x-help": "a name in lower case"},
            "Count": {"type": "integer", "minimum": 1},
            "Size": {"type": "string", "pattern": "^[0-9]+Gi$", "x-help": "a size such as `16Gi`", "examples": ["16Gi"]},
            "Run": {"oneOf": [{"const": "kubernetes", "type": "string"}, {"const": "hosts", "type": "string"}]},
            "Config": {"oneOf": [
                {"type": "string", "enum": ["none"]},
                {"type": "object", "additionalProperties": false, "required": ["file"], "properties": {
                    "file": {"type": "string"}}},
                {"type": "object", "additionalProperties": false, "required": ["text"], "properties": {
                    "text": {"type": "string"}}}
            ]}
        }
    }))
    .unwrap()
}

fn rejected(text: &str) -> Rejected {
    let sources = Sources(vec![Source { name: "x.yaml".to_owned(), text: text.to_owned() }]);
    read(&sources, &schema()).unwrap_err()
}

/// Each finding as `code text-pointed-at: message; help`.
fn report(text: &str) -> Vec<String> {
    let rejected = rejected(text);
    let line = |finding: &Finding| {
        let span = rejected.locate(&finding.at).unwrap();
        let help = finding.help.as_ref().map(|help| format!("; {help}")).unwrap_or_default();
        format!("{} {}: {}{help}", finding.code, &text[span.range()], finding.message)
    };
    rejected.findings.iter().map(line).collect()
}

#[test]
fn an_unknown_key_has_a_suggestion_and_hides_the_missing_one() {
    assert_eq!(report("nmae: x"), ["IT116 nmae: unknown key `nmae`; did you mean `name`?"]);
    assert_eq!(report("name: x\nservices:\n  a: {image: i, rnu: hosts}"), ["IT116 rnu: unknown key `rnu`; did you mean `run`?"]);
    assert_eq!(
        report("name: x\nservices:\n  a: {image: i, zzz: 1}"),
        ["IT116 zzz: unknown key `zzz`; the keys here are `image`, `memory`, `replicas`, `run`"]
    );
    assert_eq!(
        report("name: x\npools: {Big: 1}"),
        ["IT120 Big: `Big` is not a name that can stand here; write a name in lower case"]
    );
}

#[test]
fn a_missing_key_points_at_its_owner() {
    assert_eq!(
        report("enforce: true"),
        ["IT117 enforce: the topology has no `name`; add `name`: a string, for example `name: shop`"]
    );
    assert_eq!(report("name: x\nservices:\n  a: {run: hosts}"), ["IT117 a: `a` has no `image`; add `image`: a string"]);
}

#[test]
fn a_wrong_type_says_what_was_found() {
    assert_eq!(report("name: [a]"), ["IT118 [a]: expected a string, found a list; for example `name: shop`"]);
    assert_eq!(
        report("name: x\nversion: 1.10"),
        ["IT118 1.10: expected a string, found the number 1.1; put it in quotes, for example `version: \"1.37\"`"]
    );
    assert_eq!(
        report("name: x\nenforce: yes"),
        ["IT118 yes: expected `true` or `false`, found the string `yes`; YAML 1.2 knows only `true` and `false`: write `true`"]
    );
    assert_eq!(
        report("name:"),
        ["IT118 name: expected a string, found nothing; give it a value, or delete the key, for example `name: shop`"]
    );
    assert_eq!(report("- a"), ["IT118 -: expected a mapping with `name`, found a list"]);
}

#[test]
fn values_are_compared_with_what_is_allowed() {
    assert_eq!(
        report("name: x\nservices:\n  a: {image: i, run: host, memory: 16G, replicas: 0}"),
        [
            "IT119 host: `host` is not `kubernetes` or `hosts`; did you mean `hosts`?",
            "IT120 16G: expected a size such as `16Gi`, found `16G`; for example `memory: 16Gi`",
            "IT121 0: expected at least 1, found `0`",
        ]
    );
    assert_eq!(report("name: x\nlimits: [7]"), ["IT122 [7]: expected at least 2 in the list, found 1"]);
    assert_eq!(
        report("name: x\nlimits: [7, 10, 7]"),
        ["IT121 10: expected at most 9, found `10`", "IT123 7: `7` is in the list twice; delete one of them"]
    );
}

#[test]
fn a_union_shows_the_errors_of_the_alternative_that_was_meant() {
    assert_eq!(report("name: x\nreference: {image: 5}"), ["IT118 5: expected a string, found the number 5; put it in quotes"]);
    assert_eq!(report("name: x\nconfig: {file: 5}"), ["IT118 5: expected a string, found the number 5; put it in quotes"]);
    assert_eq!(report("name: x\nconfig: nome"), ["IT119 nome: `nome` is not `none`; did you mean `none`?"]);
    assert_eq!(
        report("name: x\nconfig: {fil: a}"),
        ["IT124 {fil: a}: expected a mapping with one of the keys `file`, `text`; did you mean `file`?"]
    );
    assert_eq!(
        report("name: x\nconfig: 5"),
        ["IT118 5: expected `none`, a mapping with `file` or a mapping with `text`, found the number 5"]
    );
    assert_eq!(report("name: x\nreference: 5"), ["IT118 5: expected a string or a mapping with `image`, found the number 5"]);
}

#[test]
fn a_key_of_digits_is_a_key() {
    let rejected = rejected("name: x\nservices: {\"5\": {image: 1}}");
    assert_eq!(rejected.findings[0].at, Place::Value(crate::model::Path::of(["services", "5", "image"])));
}

#[test]
fn findings_come_in_the_order_of_the_file() {
    let text = "version: 1\nservices:\n  b: {image: 1}\n  a: {image: 2}\nname: 3\n";
    let rejected = rejected(text);
    let starts: Vec<_> =
        rejected.findings.iter().filter_map(|finding| rejected.locate(&finding.at)).map(|span| span.start).collect();
    assert_eq!((starts.len(), starts.is_sorted()), (4, true));
}

#[test]
fn a_broken_schema_is_an_error_of_ours() {
    assert!(Schema::compile(json!({"type": "nothing"})).is_err());
    assert!(Schema::compile(json!({"$ref": "https://example.com/schema.json"})).is_err());
}
