//! Labels, annotations and selectors wherever an object has them: in its own metadata, in templates, in affinities and policies.

use serde_json::{Map, Value};

use super::codes::{BAD_LABEL, WRONG_FORM};
use super::names;
use super::object::{Object, list, mapping, text};
use super::report::{Pointer, Report};

/// The API server's limit for all annotations of one object, keys and values (`TotalAnnotationSizeLimitB`).
const ANNOTATIONS_LIMIT_BYTES: usize = 256 * 1024;

/// Reports keys and values that are no labels, and selector expressions without or with needless values.
pub fn check(object: &Object<'_>, report: &mut Report<'_>) {
    visit(object.value, Pointer::ROOT, report);
    if (object.group(), object.kind) == ("", "Service")
        && let Some(spec) = object.value.get("spec")
    {
        check_labels(spec, "selector", Pointer::ROOT.key("spec"), report);
    }
    if matches!((object.group(), object.kind), ("", "ConfigMap" | "Secret")) {
        check_data(object.value, report);
    }
}

fn visit(value: &Value, at: Pointer<'_>, report: &mut Report<'_>) {
    match value {
        Value::Object(fields) => {
            visit_fields(value, fields, at, report);
            for (name, inside) in fields.iter().filter(|(_, inside)| inside.is_object() || inside.is_array()) {
                visit(inside, at.key(name), report);
            }
        }
        Value::Array(items) => {
            for (position, item) in items.iter().enumerate().filter(|(_, item)| item.is_object()) {
                visit(item, at.index(position), report);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn visit_fields(value: &Value, fields: &Map<String, Value>, at: Pointer<'_>, report: &mut Report<'_>) {
    if let Some(metadata) = fields.get("metadata").filter(|metadata| metadata.is_object()) {
        check_labels(metadata, "labels", at.key("metadata"), report);
        check_annotations(metadata, at.key("metadata"), report);
    }
    if fields.contains_key("matchLabels") {
        check_labels(value, "matchLabels", at, report);
    }
    if fields.contains_key("nodeSelector") {
        check_labels(value, "nodeSelector", at, report);
    }
    for (position, expression) in list(value, "matchExpressions").iter().enumerate() {
        let values = list(expression, "values").len();
        let fault = match text(expression, "operator") {
            "In" | "NotIn" if values == 0 => "needs values",
            "Exists" | "DoesNotExist" if values > 0 => "takes no values",
            "Gt" | "Lt" if values != 1 => "takes one value",
            _ => continue,
        };
        let message = format!("the operator `{}` {fault}", text(expression, "operator"));
        report.error(WRONG_FORM, at.key("matchExpressions").index(position), message);
    }
}

fn check_labels(value: &Value, field: &str, at: Pointer<'_>, report: &mut Report<'_>) {
    let below = at.key(field);
    for (key, label) in mapping(value, field) {
        if let Some(fault) = names::label_key(key) {
            report.error(BAD_LABEL, below.key(key), format!("the key `{key}` {fault}"));
        }
        if let Some((label, fault)) = label.as_str().and_then(|label| Some((label, names::label_value(label)?))) {
            report.error(BAD_LABEL, below.key(key), format!("the value `{label}` {fault}"));
        }
    }
}

fn check_annotations(metadata: &Value, at: Pointer<'_>, report: &mut Report<'_>) {
    let below = at.key("annotations");
    let mut size = 0;
    for (key, annotation) in mapping(metadata, "annotations") {
        size += key.len() + annotation.as_str().map_or(0, str::len);
        if let Some(fault) = names::label_key(&key.to_lowercase()) {
            report.error(BAD_LABEL, below.key(key), format!("the key `{key}` {fault}"));
        }
    }
    if size > ANNOTATIONS_LIMIT_BYTES {
        report.error(BAD_LABEL, below, format!("{size} bytes of annotations, and at most {ANNOTATIONS_LIMIT_BYTES} fit"));
    }
}

/// The keys of a `ConfigMap` or `Secret`, and the size that the API server takes (`MaxSecretSize`, 1 MiB).
fn check_data(object: &Value, report: &mut Report<'_>) {
    let mut size = 0;
    for field in ["data", "binaryData", "stringData"] {
        for (key, content) in mapping(object, field) {
            size += content.as_str().map_or(0, str::len);
            if let Some(fault) = names::config_key(key) {
                report.error(WRONG_FORM, Pointer::ROOT.key(field).key(key), format!("`{key}` {fault}"));
            }
        }
    }
    if size > 1024 * 1024 {
        report.error(WRONG_FORM, "/data", format!("{size} bytes of data, and at most 1 MiB fits in one object"));
    }
}
