//! What the next `kubectl apply` without `--server-side` would take away: fields of the last applied configuration that are
//! not rendered any more. The server's dry run cannot know, because such an apply compares on the client.

use serde_json::Value;

use super::fields::{Fields, item_key};
use super::normalise::LAST_APPLIED;
use crate::model::change::Segment;

/// The configuration that the annotation of an object holds.
pub(super) fn last_applied(live: &Value) -> Option<Value> {
    let annotations = live.pointer("/metadata/annotations")?;
    serde_json::from_str(annotations.get(LAST_APPLIED)?.as_str()?).ok()
}

/// Takes away from the prediction what was applied and is not rendered.
pub(super) fn prune(predicted: &mut Value, applied: &Value, rendered: &Value, fields: &Fields<'_>) {
    match (predicted, applied, rendered) {
        (Value::Object(predicted), Value::Object(applied), Value::Object(rendered)) => {
            for (key, applied) in applied {
                match (rendered.get(key), predicted.get_mut(key)) {
                    (Some(rendered), Some(predicted)) => {
                        prune(predicted, applied, rendered, &fields.child(&Segment::Key(key.clone())));
                    }
                    (None, Some(_)) => drop(predicted.remove(key)),
                    (_, None) => {}
                }
            }
        }
        (Value::Array(predicted), Value::Array(applied), Value::Array(rendered)) => {
            let Some(keys) = fields.list_keys() else { return };
            let find = |items: &[Value], key: &Segment| items.iter().position(|it| item_key(it, &keys).as_ref() == Some(key));
            for item in applied {
                let Some(key) = item_key(item, &keys) else { continue };
                let Some(position) = find(predicted, &key) else { continue };
                match find(rendered, &key).and_then(|at| rendered.get(at)) {
                    None => drop(predicted.remove(position)),
                    Some(rendered) => {
                        if let Some(predicted) = predicted.get_mut(position) {
                            prune(predicted, item, rendered, &fields.child(&key));
                        }
                    }
                }
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::fields::entries;
    use super::*;

    #[test]
    fn what_was_applied_and_is_not_rendered_goes() {
        let mut predicted = json!({"data": {"a": "1", "b": "2", "other": "3"}, "env": [{"name": "x"}, {"name": "y"}]});
        let applied = json!({"data": {"a": "1", "b": "2"}, "env": [{"name": "x"}, {"name": "y"}], "gone": 1});
        let rendered = json!({"data": {"a": "1"}, "env": [{"name": "y"}]});
        let object = json!({"metadata": {"managedFields": [
            {"manager": "m", "fieldsV1": {"f:env": {"k:{\"name\":\"x\"}": {}}}}]}});
        let entries = entries(&object);
        prune(&mut predicted, &applied, &rendered, &Fields::of(&entries));
        assert_eq!(predicted, json!({"data": {"a": "1", "other": "3"}, "env": [{"name": "y"}]}));
    }

    #[test]
    fn a_broken_annotation_is_none() {
        assert!(last_applied(&json!({"metadata": {"annotations": {LAST_APPLIED: "{"}}})).is_none());
    }
}
