//! Resolution: what a section inherits or abbreviates is written out in the document itself, before it becomes
//! typed. So the resolved topology is the same language as the file, and `show` prints every default.

use serde_json::{Map, Value, json};

use crate::model::topology::Rules;

/// Fills in what services inherit from `rules`, and writes out references that are unique.
///
/// Works on any document: what does not have the expected shape is left for the schema to report.
pub fn resolve(document: &mut Value) {
    let rules = rules(document);
    let names = Names::of(document);
    let Some(services) = document.get_mut("services").and_then(Value::as_object_mut) else { return };
    for service in services.values_mut().filter_map(Value::as_object_mut) {
        inherit(service, &rules);
        names.write_out(service);
    }
}

/// The rules with every default written out.
fn rules(document: &mut Value) -> Value {
    let mut rules = serde_json::to_value(Rules::default()).unwrap_or_default();
    if let Some(given) = document.get("rules") {
        merge(&mut rules, given);
    }
    if let Some(root) = document.as_object_mut() {
        root.insert("rules".to_owned(), rules.clone());
    }
    rules
}

fn merge(base: &mut Value, over: &Value) {
    match (base, over) {
        (Value::Object(base), Value::Object(over)) => {
            for (key, value) in over {
                merge(base.entry(key.clone()).or_insert(Value::Null), value);
            }
        }
        (base, over) => *base = over.clone(),
    }
}

fn inherit(service: &mut Map<String, Value>, rules: &Value) {
    for key in ["spread", "traffic", "disruption"] {
        let mut inherited = rules.get(key).cloned().unwrap_or_default();
        if let Some(own) = service.get(key) {
            merge(&mut inherited, own);
        }
        service.insert(key.to_owned(), inherited);
    }
    let least = rules.pointer("/replicas/min").cloned().unwrap_or_else(|| json!(1));
    let replicas = service.entry("replicas").or_insert_with(|| json!({}));
    if let Some(replicas) = replicas.as_object_mut() {
        let least = replicas.entry("min").or_insert(least).clone();
        replicas.entry("max").or_insert(least);
    }
}

/// Which instance has a topic, bucket or database of a name, where only one has it.
struct Names {
    topics: Vec<(String, String)>,
    buckets: Vec<(String, String)>,
}

impl Names {
    fn of(document: &Value) -> Self {
        let keys = |value: &Value| value.as_object().into_iter().flat_map(Map::keys).cloned().collect::<Vec<_>>();
        let texts = |value: &Value| {
            value.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        let items = |section: &str, member: &str, of: &dyn Fn(&Value) -> Vec<String>| {
            let instances = document.get(section).and_then(Value::as_object).into_iter().flatten();
            instances
                .flat_map(|(instance, value)| {
                    let found = value.get(member).map(of).unwrap_or_default();
                    found.into_iter().map(|item| (instance.clone(), item)).collect::<Vec<_>>()
                })
                .collect()
        };
        Self { topics: items("kafka", "topics", &keys), buckets: items("s3", "buckets", &texts) }
    }

    fn write_out(&self, service: &mut Map<String, Value>) {
        for list in ["produce", "consume"] {
            let topics = service.get_mut("uses").and_then(|uses| uses.get_mut("kafka")).and_then(|kafka| kafka.get_mut(list));
            topics.and_then(Value::as_array_mut).into_iter().flatten().for_each(|topic| lengthen(topic, &self.topics));
        }
        if let Some(bucket) = service.get_mut("uses").and_then(|uses| uses.get_mut("s3")) {
            lengthen(bucket, &self.buckets);
        }
        if let Some(topic) = service.get_mut("cqrs").and_then(|model| model.get_mut("from")) {
            lengthen(topic, &self.topics);
        }
    }
}

/// Writes `instance/item` for an `item` that one instance has.
fn lengthen(reference: &mut Value, known: &[(String, String)]) {
    let Some(short) = reference.as_str().filter(|text| !text.contains('/')) else { return };
    let mut owners = known.iter().filter(|(_, item)| item == short);
    if let (Some((instance, item)), None) = (owners.next(), owners.next()) {
        *reference = Value::String(format!("{instance}/{item}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_inherits_what_it_does_not_say() {
        let mut document = json!({
            "rules": {"replicas": {"min": 4}, "spread": {"rack": "hard"}},
            "services": {"a": {"spread": {"node": "soft"}}, "b": {"replicas": {"min": 6}}},
        });
        resolve(&mut document);
        assert_eq!(document["services"]["a"]["replicas"], json!({"min": 4, "max": 4}));
        assert_eq!(document["services"]["b"]["replicas"], json!({"min": 6, "max": 6}));
        assert_eq!(document["services"]["a"]["spread"], json!({"datacenter": "hard", "rack": "hard", "node": "soft"}));
        assert_eq!(document["services"]["a"]["traffic"], "datacenter");
    }

    #[test]
    fn a_short_reference_is_written_out_only_where_it_is_unique() {
        let mut document = json!({
            "kafka": {"one": {"topics": {"x": {}, "y": {}}}, "two": {"topics": {"y": {}}}},
            "services": {"a": {"uses": {"kafka": {"produce": ["x", "y"]}}}},
        });
        resolve(&mut document);
        assert_eq!(document["services"]["a"]["uses"]["kafka"]["produce"], json!(["one/x", "y"]));
    }
}
