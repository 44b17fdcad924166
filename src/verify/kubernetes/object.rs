//! A rendered object with the parts that every rule asks for, and short ways into its JSON.

use serde_json::{Map, Value};

use crate::model::Artifact;

/// One rendered Kubernetes object.
#[derive(Debug, Clone, Copy)]
pub struct Object<'a> {
    /// The path of its file.
    pub file: &'a str,
    /// All of it.
    pub value: &'a Value,
    /// `apiVersion`; empty where it is missing.
    pub api_version: &'a str,
    /// `kind`; empty where it is missing.
    pub kind: &'a str,
    /// `metadata.name`; empty where it is missing.
    pub name: &'a str,
    /// `metadata.namespace`; empty where it is missing.
    pub namespace: &'a str,
}

impl<'a> Object<'a> {
    /// The object in a file, where the file holds one.
    pub fn of(artifact: &'a Artifact) -> Option<Self> {
        let value = artifact.as_object()?;
        let metadata = below(value, &["metadata"]);
        Some(Self {
            file: &artifact.path,
            value,
            api_version: text(value, "apiVersion"),
            kind: text(value, "kind"),
            name: text(metadata, "name"),
            namespace: text(metadata, "namespace"),
        })
    }

    /// The group of its `apiVersion`; empty for the core.
    pub fn group(&self) -> &'a str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The template of its pods, where it has one; a Pod is its own.
    pub fn pod_template(&self) -> Option<PodTemplate<'a>> {
        let at = match (self.group(), self.kind) {
            ("", "Pod") => "",
            ("", "PodTemplate") => "/template",
            ("apps", "Deployment" | "StatefulSet" | "DaemonSet" | "ReplicaSet") | ("batch", "Job") => "/spec/template",
            ("batch", "CronJob") => "/spec/jobTemplate/spec/template",
            ("keda.sh", "ScaledJob") => "/spec/jobTargetRef/template",
            _ => return None,
        };
        let value = self.value.pointer(at)?;
        Some(PodTemplate { at, value, spec: value.get("spec")? })
    }
}

/// What pods look like.
#[derive(Debug, Clone, Copy)]
pub struct PodTemplate<'a> {
    /// Where it stands in the object.
    pub at: &'static str,
    /// All of it.
    pub value: &'a Value,
    /// Its `spec`.
    pub spec: &'a Value,
}

impl PodTemplate<'_> {
    /// Where its `spec` stands.
    pub fn spec_at(&self) -> String {
        format!("{}/spec", self.at)
    }
}

/// The text in a field; empty where there is none.
pub fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// The value below these fields, one in the other; null where there is none.
pub fn below<'a>(value: &'a Value, fields: &[&str]) -> &'a Value {
    fields.iter().try_fold(value, |value, field| value.get(field)).unwrap_or(&Value::Null)
}

/// The items of the list in a field; none where it is no list.
pub fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value.get(field).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// The fields of the mapping in a field; none where it is no mapping.
pub fn mapping<'a>(value: &'a Value, field: &str) -> impl Iterator<Item = (&'a String, &'a Value)> + use<'a> {
    value.get(field).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

/// Whether a selector of labels chooses something with these labels; expressions it does not read count as choosing.
pub fn selects(selector: &Value, labels: &Value) -> bool {
    let label = |key: &str| labels.get(key).and_then(Value::as_str);
    let equal = mapping(selector, "matchLabels").all(|(key, wanted)| label(key) == wanted.as_str());
    equal
        && list(selector, "matchExpressions").iter().all(|expression| {
            let found = label(text(expression, "key"));
            let among = found.is_some_and(|found| list(expression, "values").iter().any(|value| value.as_str() == Some(found)));
            match text(expression, "operator") {
                "In" => among,
                "NotIn" => !among,
                "Exists" => found.is_some(),
                "DoesNotExist" => found.is_none(),
                _ => true,
            }
        })
}
