//! Differences from what runs, for programs. Values come masked.

use serde_json::{Value, json};

use super::lines::Lines;
use crate::diag::{Place, Sources, Span};
use crate::model::change::{ChangeSet, Difference, FieldChange, ObjectChange, Verb};

/// The report with its version; `findings` is what could not be compared, and why.
pub fn json(changes: &ChangeSet, sources: &Sources, locate: &dyn Fn(&Place) -> Option<Span>, findings: Value) -> Value {
    let lines = Lines::new(sources);
    let objects: Vec<Value> = changes.objects.iter().map(|it| object(it, &lines, locate)).collect();
    json!({
        "formatVersion": 1,
        "target": changes.target,
        "summary": {
            "add": changes.count(Verb::Add), "change": changes.count(Verb::Change), "remove": changes.count(Verb::Remove),
            "unknown": changes.count(Verb::Unknown), "same": changes.same,
        },
        "objects": objects,
        "findings": findings,
    })
}

fn object(object: &ObjectChange, lines: &Lines<'_>, locate: &dyn Fn(&Place) -> Option<Span>) -> Value {
    let id = &object.id;
    let mut value = json!({
        "apiVersion": id.api_version, "kind": id.kind, "namespace": id.namespace, "name": id.name, "verb": object.verb(),
        "source": source(object, lines, locate),
    });
    let more = match &object.difference {
        Difference::Add { fidelity } => json!({"fidelity": fidelity}),
        Difference::Change { manager, fields } => {
            let changes: Vec<Value> = fields.iter().map(field).collect();
            json!({"fidelity": "server", "fieldManager": manager, "changes": changes})
        }
        Difference::Remove => json!({}),
        Difference::Unknown(failure) => json!({"reason": failure.reason, "message": failure.message}),
    };
    if let (Value::Object(value), Value::Object(more)) = (&mut value, more) {
        value.extend(more);
    }
    value
}

fn source(object: &ObjectChange, lines: &Lines<'_>, locate: &dyn Fn(&Place) -> Option<Span>) -> Value {
    let Some(path) = object.sources.first() else { return Value::Null };
    let span = locate(&Place::Value(path.clone()));
    match span.and_then(|span| lines.spot(&span)) {
        Some(spot) => json!({"path": path, "file": spot.file, "line": spot.line, "column": spot.column}),
        None => json!({"path": path}),
    }
}

fn field(field: &FieldChange) -> Value {
    json!({"path": field.path, "kind": field.kind, "before": field.before, "after": field.after, "owners": field.owners})
}
