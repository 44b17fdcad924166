//! The topology language: the one JSON Schema that editors see and that this program enforces, out of the Rust types.

use serde_json::{Value, json};

use crate::model::Topology;

/// The JSON Schema (draft 2020-12) of a topology file.
pub fn schema() -> Value {
    let mut schema = schemars::generate::SchemaSettings::draft2020_12().into_generator().into_root_schema_for::<Topology>();
    schema.insert("title".to_owned(), json!("inuretech topology"));
    schema.to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn walk(schema: &Value, at: &str, seen: &mut dyn FnMut(&str, &Value)) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            for (key, property) in properties {
                seen(&format!("{at}.{key}"), property);
            }
        }
    }

    fn has_example(root: &Value, property: &Value) -> bool {
        let own = property.get("examples").is_some() || property.get("properties").is_some();
        let through = |reference: &Value| {
            let pointer = reference.as_str().unwrap_or_default().trim_start_matches('#').to_owned();
            root.pointer(&pointer).is_some_and(|target| has_example(root, target) || target.get("oneOf").is_some())
        };
        let nested = ["anyOf", "oneOf", "allOf"].iter().filter_map(|key| property.get(*key)?.as_array()).flatten();
        let named = property.get("patternProperties").and_then(Value::as_object).into_iter().flat_map(|map| map.values());
        let inner = ["items", "additionalProperties"].iter().filter_map(|key| property.get(*key)).chain(named);
        own || property.get("$ref").is_some_and(through) || nested.chain(inner).any(|schema| has_example(root, schema))
    }

    #[test]
    fn every_key_has_a_description_and_an_example() {
        let root = schema();
        let mut bare = Vec::new();
        let mut look = |path: &str, property: &Value| {
            if property.get("description").is_none() && property.get("$ref").is_none() {
                bare.push(format!("{path}: no description"));
            }
            if !has_example(&root, property) {
                bare.push(format!("{path}: no example"));
            }
        };
        walk(&root, "topology", &mut look);
        for (name, definition) in root["$defs"].as_object().unwrap() {
            walk(definition, name, &mut look);
        }
        assert!(bare.is_empty(), "{bare:#?}");
    }

    #[test]
    fn the_published_schema_is_this_one() {
        let published: Value = serde_json::from_str(include_str!("../../topologies/topology.schema.json")).unwrap();
        assert_eq!(published, schema(), "run `inuretech schema > topologies/topology.schema.json`");
    }
}
