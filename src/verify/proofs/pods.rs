//! A group of like pods: whose they are, their labels and the ports that they open.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::verify::kubernetes::object::{Object, below, list, mapping, text};

/// Like pods.
#[derive(Debug)]
pub(super) struct Pods<'a> {
    /// The object that they come from.
    pub owner: Object<'a>,
    /// Where they run.
    pub namespace: &'a str,
    /// Their labels.
    pub labels: BTreeMap<String, String>,
    /// Named ports.
    pub ports: BTreeMap<&'a str, u16>,
    /// Every port; `None` where an operator decides, and nothing is known.
    pub open: Option<BTreeSet<u16>>,
    /// Where their `spec` stands in the object, and it; `None` where an operator makes it.
    pub spec: Option<(String, &'a Value)>,
}

impl<'a> Pods<'a> {
    /// The pods of a workload.
    pub(super) fn of(object: &Object<'a>) -> Option<Self> {
        let template = object.pod_template()?;
        let labels = mapping(below(template.value, &["metadata"]), "labels");
        let labels = labels.filter_map(|(key, value)| Some((key.clone(), value.as_str()?.to_owned()))).collect();
        let containers = ["containers", "initContainers"].into_iter().flat_map(|kind| list(template.spec, kind));
        let mut ports = BTreeMap::new();
        let mut open = BTreeSet::new();
        for item in containers.flat_map(|container| list(container, "ports")) {
            let Some(port) = item.get("containerPort").and_then(Value::as_u64).and_then(|it| it.try_into().ok()) else {
                continue;
            };
            ports.insert(text(item, "name"), port);
            open.insert(port);
        }
        let spec = Some((template.spec_at(), template.spec));
        Some(Self { owner: *object, namespace: object.namespace, labels, ports, open: Some(open), spec })
    }

    /// Whether they open a port.
    pub(super) fn opens(&self, port: u16) -> bool {
        self.open.as_ref().is_none_or(|open| open.contains(&port))
    }

    /// Whether a selector of labels chooses them.
    pub(super) fn chosen_by(&self, selector: &Value) -> bool {
        let equal =
            mapping(selector, "matchLabels").all(|(key, value)| self.labels.get(key).map(String::as_str) == value.as_str());
        equal
            && list(selector, "matchExpressions").iter().all(|expression| {
                let found = self.labels.get(text(expression, "key"));
                let is = |value: &Value| value.as_str() == found.map(String::as_str);
                let among = found.is_some() && list(expression, "values").iter().any(is);
                match text(expression, "operator") {
                    "In" => among,
                    "NotIn" => !among,
                    "Exists" => found.is_some(),
                    "DoesNotExist" => found.is_none(),
                    _ => true,
                }
            })
    }

    /// The containers with their places in the object.
    pub(super) fn containers(&self) -> impl Iterator<Item = (String, &'a Value)> + '_ {
        self.spec.iter().flat_map(|(at, spec)| {
            ["initContainers", "containers"].into_iter().flat_map(move |kind| {
                let place = move |(position, container)| (format!("{at}/{kind}/{position}"), container);
                list(spec, kind).iter().enumerate().map(place)
            })
        })
    }
}
