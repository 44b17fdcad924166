//! What somebody added by hand: an apply leaves it, so no prediction shows it, and the next reader wonders where it came
//! from. Only the tools of people are looked at; what controllers add is their own business.

use serde_json::{Map, Value};

use super::compare::change;
use super::fields::{Entry, key_text};
use crate::model::change::{FieldChange, FieldKind, FieldPath, Segment};

/// Field managers that people work with, and that own only what they touched.
const TOOLS: [&str; 11] = [
    "kubectl-annotate",
    "kubectl-edit",
    "kubectl-label",
    "kubectl-patch",
    "kubectl-set",
    "kubectl-taint",
    "k9s",
    "Headlamp",
    "Mozilla",
    "OpenLens",
    "node-fetch",
];

/// The fields that such a tool added and that are not rendered.
pub(super) fn by_hand(entry: &Entry<'_>, after: &Value, rendered: &Value) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    if TOOLS.contains(&entry.owner.manager.as_str()) && !entry.subresource {
        walk(&FieldPath::default(), entry.fields, (after, Some(rendered)), &mut changes);
        for change in &mut changes {
            change.owners = vec![entry.owner.clone()];
        }
    }
    changes
}

fn walk(path: &FieldPath, fields: &Map<String, Value>, values: (&Value, Option<&Value>), changes: &mut Vec<FieldChange>) {
    let (after, rendered) = values;
    let Some(rendered) = rendered else {
        changes.push(change(path.clone(), FieldKind::LiveOnly, Some(after), None));
        return;
    };
    for (name, below) in fields {
        let Some(below) = below.as_object() else { continue };
        let Some((segment, after)) = step(name, after) else { continue };
        let rendered = step(name, rendered).map(|(_, value)| value);
        walk(&path.with(segment), below, (after, rendered), changes);
    }
}

/// The value that a name of `fieldsV1` means.
fn step<'v>(name: &str, value: &'v Value) -> Option<(Segment, &'v Value)> {
    if let Some(key) = name.strip_prefix("f:") {
        return Some((Segment::Key(key.to_owned()), value.get(key)?));
    }
    let keys: Map<String, Value> = serde_json::from_str(name.strip_prefix("k:")?).ok()?;
    let same = |item: &&Value| keys.iter().all(|(key, value)| item.get(key).is_none_or(|theirs| theirs == value));
    let item = value.as_array()?.iter().find(same)?;
    let keys = keys.iter().map(|(key, value)| (key.clone(), key_text(value))).collect();
    Some((Segment::Item(keys), item))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::entries;
    use super::*;

    fn found(manager: &str, fields: Value, after: &Value, rendered: &Value) -> Vec<String> {
        let entry = json!({"manager": manager, "operation": "Update", "time": "2026-01-02T03:04:05Z", "fieldsV1": fields});
        let object = json!({"metadata": {"managedFields": [entry]}});
        let entries = entries(&object);
        entries.iter().flat_map(|entry| by_hand(entry, after, rendered)).map(|it| it.path.to_string()).collect()
    }

    #[test]
    fn an_added_variable_is_found_as_a_whole() {
        let after = json!({"env": [{"name": "A"}, {"name": "B", "value": "1"}], "labels": {"x": "1"}});
        let rendered = json!({"env": [{"name": "A"}], "labels": {"x": "1"}});
        let fields = json!({"f:env": {"k:{\"name\":\"B\"}": {".": {}, "f:name": {}, "f:value": {}}}, "f:labels": {"f:x": {}}});
        assert_eq!(found("kubectl-edit", fields.clone(), &after, &rendered), ["env[name=B]"]);
        assert!(found("kube-controller-manager", fields, &after, &rendered).is_empty());
    }
}
