//! Two states of one object, field by field. Items of associative lists are found by their keys, items of other lists by
//! their position; the same items in another order are a difference of a class of their own.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::fields::{Fields, item_key};
use crate::model::change::{FieldChange, FieldKind, FieldPath, Segment, Shown};

/// What differs, in the order of the paths of the later state.
pub(super) fn compare(before: &Value, after: &Value, fields: &Fields<'_>) -> Vec<FieldChange> {
    let mut changes = Vec::new();
    walk(&At { path: FieldPath::default(), fields }, before, after, &mut changes);
    changes
}

/// A change whose values are the object's own; who set it is found later.
pub(super) fn change(path: FieldPath, kind: FieldKind, before: Option<&Value>, after: Option<&Value>) -> FieldChange {
    let shown = |value: Option<&Value>| value.cloned().map(Shown::Plain);
    FieldChange { path, kind, before: shown(before), after: shown(after), owners: Vec::new() }
}

struct At<'a, 'f> {
    path: FieldPath,
    fields: &'a Fields<'f>,
}

fn walk(at: &At<'_, '_>, before: &Value, after: &Value, changes: &mut Vec<FieldChange>) {
    match (before, after) {
        (Value::Object(before), Value::Object(after)) => maps(at, before, after, changes),
        (Value::Array(old), Value::Array(new)) if before != after => {
            let keys = at.fields.list_keys();
            match keys.and_then(|keys| Some((keyed(old, &keys)?, keyed(new, &keys)?))) {
                Some((old, new)) => associative(at, &old, &new, changes),
                None => positional(at, (before, old), (after, new), changes),
            }
        }
        _ if before == after => {}
        _ => changes.push(change(at.path.clone(), FieldKind::Changed, Some(before), Some(after))),
    }
}

fn below(at: &At<'_, '_>, segment: &Segment, before: Option<&Value>, after: Option<&Value>, changes: &mut Vec<FieldChange>) {
    let path = at.path.with(segment.clone());
    match (before, after) {
        (Some(before), Some(after)) => {
            let fields = at.fields.child(segment);
            walk(&At { path, fields: &fields }, before, after, changes);
        }
        (Some(_), None) => changes.push(change(path, FieldKind::Removed, before, None)),
        (None, Some(_)) => changes.push(change(path, FieldKind::Added, None, after)),
        (None, None) => {}
    }
}

fn maps(at: &At<'_, '_>, before: &Map<String, Value>, after: &Map<String, Value>, changes: &mut Vec<FieldChange>) {
    let keys: BTreeSet<&String> = before.keys().chain(after.keys()).collect();
    for key in keys {
        below(at, &Segment::Key(key.clone()), before.get(key), after.get(key), changes);
    }
}

/// The items of a list with their keys, in their order.
type Keyed<'a> = Vec<(Segment, &'a Value)>;

/// `None` where an item has no key, or two have the same.
fn keyed<'a>(items: &'a [Value], keys: &[String]) -> Option<Keyed<'a>> {
    let keyed: Keyed<'a> = items.iter().map(|item| Some((item_key(item, keys)?, item))).collect::<Option<_>>()?;
    let distinct: BTreeSet<&Segment> = keyed.iter().map(|(key, _)| key).collect();
    (distinct.len() == keyed.len()).then_some(keyed)
}

fn associative(at: &At<'_, '_>, before: &Keyed<'_>, after: &Keyed<'_>, changes: &mut Vec<FieldChange>) {
    let old: BTreeMap<&Segment, &Value> = before.iter().map(|(key, item)| (key, *item)).collect();
    let new: BTreeMap<&Segment, &Value> = after.iter().map(|(key, item)| (key, *item)).collect();
    let gone = before.iter().filter(|(key, _)| !new.contains_key(key));
    for (key, item) in gone.chain(after.iter()) {
        match old.get(key) {
            Some(before) => below(at, key, Some(before), new.get(key).copied(), changes),
            None => below(at, key, None, Some(item), changes),
        }
    }
    let common = |items: &Keyed<'_>, other: &BTreeMap<&Segment, &Value>| -> Vec<Value> {
        items.iter().filter(|(key, _)| other.contains_key(key)).map(|(key, _)| name(key)).collect()
    };
    let (before, after) = (common(before, &new), common(after, &old));
    if before != after {
        let (before, after) = (Value::Array(before), Value::Array(after));
        changes.push(change(at.path.clone(), FieldKind::Reordered, Some(&before), Some(&after)));
    }
}

/// The key of an item, to show an order.
fn name(key: &Segment) -> Value {
    match key {
        Segment::Item(keys) => keys.iter().map(|(_, value)| value.as_str()).collect::<Vec<_>>().join("/").into(),
        Segment::Key(_) | Segment::Index(_) => Value::Null,
    }
}

fn positional(at: &At<'_, '_>, before: (&Value, &[Value]), after: (&Value, &[Value]), changes: &mut Vec<FieldChange>) {
    let (old, new) = (before.1, after.1);
    let scalars = old.iter().chain(new).all(|item| !item.is_object() && !item.is_array());
    if same_items(old, new) || scalars {
        let kind = if same_items(old, new) { FieldKind::Reordered } else { FieldKind::Changed };
        changes.push(change(at.path.clone(), kind, Some(before.0), Some(after.0)));
        return;
    }
    // What is equal at both ends keeps its place, so that one item more in the middle is one difference.
    let first = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let shorter = old.len().min(new.len()) - first;
    let last = old.iter().rev().zip(new.iter().rev()).take(shorter).take_while(|(old, new)| old == new).count();
    let longer = old.len().max(new.len()) - last;
    for index in first..longer {
        let old = old.get(index).filter(|_| index < old.len() - last);
        let new = new.get(index).filter(|_| index < new.len() - last);
        below(at, &Segment::Index(index), old, new, changes);
    }
}

fn same_items(before: &[Value], after: &[Value]) -> bool {
    let sorted = |items: &[Value]| {
        let mut texts: Vec<String> = items.iter().map(Value::to_string).collect();
        texts.sort();
        texts
    };
    before.len() == after.len() && sorted(before) == sorted(after)
}
