//! What a comparison says, and that it says nothing else.

use serde_json::{Value, json};

use super::compare::compare;
use super::fields::{Fields, entries};
use crate::model::change::{FieldKind, Shown};

/// Differences as `kind path before after`, with the fields that a manager set.
fn differences(before: &Value, after: &Value, fields: Value) -> Vec<String> {
    let object = json!({"metadata": {"managedFields": [{"manager": "m", "operation": "Apply", "fieldsV1": fields}]}});
    let entries = entries(&object);
    let shown = |value: Option<Shown>| match value {
        Some(Shown::Plain(value)) => value.to_string(),
        Some(Shown::Masked) => "masked".to_owned(),
        None => "-".to_owned(),
    };
    let line = |kind: FieldKind| match kind {
        FieldKind::Added => "added",
        FieldKind::Removed => "removed",
        FieldKind::Changed => "changed",
        FieldKind::Reordered => "reordered",
        FieldKind::LiveOnly => "live only",
    };
    let changes = compare(before, after, &Fields::of(&entries));
    changes.into_iter().map(|it| format!("{} {} {} {}", line(it.kind), it.path, shown(it.before), shown(it.after))).collect()
}

#[test]
fn nothing_differs_from_itself() {
    let object = json!({"a": [1, {"b": null}], "c": {"d": "e"}});
    assert!(differences(&object, &object, json!({})).is_empty());
}

#[test]
fn fields_are_added_removed_and_changed() {
    let before = json!({"spec": {"replicas": 2, "old": {"a": 1}}});
    let after = json!({"spec": {"replicas": 3, "new": [1]}});
    let expected = ["added spec.new - [1]", "removed spec.old {\"a\":1} -", "changed spec.replicas 2 3"];
    assert_eq!(differences(&before, &after, json!({})), expected);
}

#[test]
fn ports_that_share_a_number_are_told_apart_by_protocol() {
    let before = json!({"ports": [{"port": 53, "protocol": "TCP", "name": "a"}, {"port": 53, "protocol": "UDP", "name": "b"}]});
    let after = json!({"ports": [{"port": 53, "protocol": "TCP", "name": "a"}, {"port": 53, "protocol": "UDP", "name": "c"}]});
    let fields = json!({"f:ports": {"k:{\"port\":53,\"protocol\":\"TCP\"}": {}}});
    assert_eq!(differences(&before, &after, fields), ["changed ports[port=53,protocol=UDP].name \"b\" \"c\""]);
}

#[test]
fn an_item_in_the_middle_is_one_difference() {
    let item = |name: &str| json!({"name": name});
    let before = json!({"env": [item("a"), item("b"), item("c")]});
    let after = json!({"env": [item("a"), item("c")]});
    let expected = ["removed env[name=b] {\"name\":\"b\"} -"];
    assert_eq!(differences(&before, &after, json!({"f:env": {"k:{\"name\":\"a\"}": {}}})), expected);
    assert_eq!(differences(&before, &after, json!({})), ["removed env[1] {\"name\":\"b\"} -"]);
}

#[test]
fn another_order_is_a_class_of_its_own() {
    let item = |name: &str| json!({"name": name});
    let (before, after) = (json!({"env": [item("a"), item("b")]}), json!({"env": [item("b"), item("a")]}));
    let expected = ["reordered env [\"a\",\"b\"] [\"b\",\"a\"]"];
    assert_eq!(differences(&before, &after, json!({"f:env": {"k:{\"name\":\"a\"}": {}}})), expected);
    let (before, after) = (json!({"args": ["a", "b"]}), json!({"args": ["b", "a"]}));
    assert_eq!(differences(&before, &after, json!({})), ["reordered args [\"a\",\"b\"] [\"b\",\"a\"]"]);
}

#[test]
fn a_duplicate_key_falls_back_to_positions() {
    let before = json!({"env": [{"name": "a", "value": "1"}, {"name": "a", "value": "2"}]});
    let after = json!({"env": [{"name": "a", "value": "1"}, {"name": "a", "value": "3"}]});
    let fields = json!({"f:env": {"k:{\"name\":\"a\"}": {}}});
    assert_eq!(differences(&before, &after, fields), ["changed env[1].value \"2\" \"3\""]);
}

#[test]
fn lists_of_other_lengths_keep_what_is_equal_at_both_ends() {
    let rule = |path: &str| json!({"path": path});
    let before = json!({"rules": [rule("/a"), rule("/z")]});
    let after = json!({"rules": [rule("/a"), rule("/m"), rule("/z")]});
    assert_eq!(differences(&before, &after, json!({})), ["added rules[1] - {\"path\":\"/m\"}"]);
    assert_eq!(differences(&after, &before, json!({})), ["removed rules[1] {\"path\":\"/m\"} -"]);
}
