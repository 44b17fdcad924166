//! `managedFields`, read as what it is: for each field manager the fields that it set, and by the way the keys of every
//! associative list, as the server itself has them in its schema.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use crate::model::change::{FieldPath, Owner, Segment};

/// One entry of `managedFields`.
#[derive(Debug, Clone)]
pub(super) struct Entry<'a> {
    /// Who, how and when.
    pub(super) owner: Owner,
    /// Whether it came through a subresource such as `scale` or `status`.
    pub(super) subresource: bool,
    /// The fields.
    pub(super) fields: &'a Map<String, Value>,
}

/// The entries of an object.
pub(super) fn entries(object: &Value) -> Vec<Entry<'_>> {
    let listed = object.pointer("/metadata/managedFields").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(entry).collect()
}

fn entry(entry: &Value) -> Option<Entry<'_>> {
    let text = |key: &str| entry.get(key).and_then(Value::as_str).map(str::to_owned);
    let owner = Owner { manager: text("manager")?, operation: text("operation").unwrap_or_default(), time: text("time") };
    let subresource = text("subresource").is_some_and(|name| !name.is_empty());
    Some(Entry { owner, subresource, fields: entry.get("fieldsV1")?.as_object()? })
}

/// The fields below one place of an object, for several managers.
#[derive(Debug, Clone)]
pub(super) struct Fields<'a>(Vec<(&'a Owner, &'a Map<String, Value>)>);

impl<'a> Fields<'a> {
    /// The whole object.
    pub(super) fn of(entries: impl IntoIterator<Item = &'a Entry<'a>>) -> Self {
        Self(entries.into_iter().map(|entry| (&entry.owner, entry.fields)).collect())
    }

    /// What is below a step. A manager that owns a place as a whole owns everything below it.
    pub(super) fn child(&self, segment: &Segment) -> Self {
        let below = |(owner, map): &(&'a Owner, &'a Map<String, Value>)| {
            if map.is_empty() { Some((*owner, *map)) } else { Some((*owner, step(map, segment)?)) }
        };
        Self(self.0.iter().filter_map(below).collect())
    }

    /// The keys of the associative list that is here; `None` where it is no such list, or nobody set an item.
    pub(super) fn list_keys(&self) -> Option<Vec<String>> {
        let mut names = self.0.iter().flat_map(|(_, map)| map.keys());
        let item = names.find_map(|name| name.strip_prefix("k:"))?;
        let keys: Map<String, Value> = serde_json::from_str(item).ok()?;
        Some(keys.into_iter().map(|(key, _)| key).collect())
    }

    /// Who set anything at a place.
    pub(super) fn owners(&self, path: &FieldPath) -> BTreeSet<&'a Owner> {
        let here = path.0.iter().fold(self.clone(), |fields, segment| fields.child(segment));
        here.0.into_iter().map(|(owner, _)| owner).collect()
    }
}

fn step<'a>(map: &'a Map<String, Value>, segment: &Segment) -> Option<&'a Map<String, Value>> {
    match segment {
        Segment::Key(key) => map.get(&format!("f:{key}"))?.as_object(),
        Segment::Index(index) => map.get(&format!("i:{index}"))?.as_object(),
        Segment::Item(keys) => {
            let item = map.iter().find(|(name, _)| name.strip_prefix("k:").is_some_and(|text| same_item(text, keys)))?;
            item.1.as_object()
        }
    }
}

fn same_item(text: &str, keys: &[(String, String)]) -> bool {
    let Ok(theirs) = serde_json::from_str::<Map<String, Value>>(text) else { return false };
    keys.iter().all(|(key, value)| theirs.get(key).is_some_and(|theirs| key_text(theirs) == *value))
}

/// The value of a list key as it is shown.
pub(super) fn key_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The keys of an item with their values; `None` where one is missing.
pub(super) fn item_key(item: &Value, keys: &[String]) -> Option<Segment> {
    let pair = |key: &String| Some((key.clone(), key_text(item.get(key)?)));
    keys.iter().map(pair).collect::<Option<Vec<_>>>().map(Segment::Item)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_server_tells_the_keys_and_the_owner_of_an_item() {
        let object = json!({"metadata": {"managedFields": [
            {"manager": "a", "operation": "Apply", "fieldsV1": {"f:spec": {"f:ports": {
                "k:{\"containerPort\":80,\"protocol\":\"TCP\"}": {".": {}, "f:name": {}}}}}},
            {"manager": "b", "operation": "Update", "fieldsV1": {"f:spec": {}}}]}});
        let entries = entries(&object);
        let fields = Fields::of(&entries);
        let ports = fields.child(&Segment::Key("spec".to_owned())).child(&Segment::Key("ports".to_owned()));
        let keys = ports.list_keys().unwrap();
        assert_eq!(keys, ["containerPort", "protocol"]);
        let item = item_key(&json!({"containerPort": 80, "protocol": "TCP", "name": "x"}), &keys).unwrap();
        let key = |key: &str| Segment::Key(key.to_owned());
        let owners = |last: &str| {
            let path = FieldPath(vec![key("spec"), key("ports"), item.clone(), key(last)]);
            fields.owners(&path).into_iter().map(|owner| owner.manager.clone()).collect::<Vec<_>>()
        };
        assert_eq!(owners("name"), ["a", "b"]);
        assert_eq!(owners("hostPort"), ["b"]);
    }
}
