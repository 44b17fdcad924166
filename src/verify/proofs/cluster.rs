//! The rendered Kubernetes objects, indexed once: by identity, and pods by label.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::operators;
use super::pods::Pods;
use crate::model::Artifact;
use crate::verify::kubernetes::object::{Object, below, list, mapping, selects, text};

/// Every rendered object and what runs because of it.
pub(super) struct Cluster<'a> {
    /// The objects.
    pub objects: Vec<Object<'a>>,
    /// Groups of like pods.
    pub pods: Vec<Pods<'a>>,
    /// Services, of ours and of operators, by namespace and name.
    pub services: BTreeMap<(&'a str, String), Service<'a>>,
    /// Secrets that operators make, by namespace, name and key.
    pub made_secrets: BTreeSet<(&'a str, String, &'static str)>,
    by_name: BTreeMap<(&'a str, &'a str, &'a str), usize>,
    /// By namespace and `key=value`.
    by_label: BTreeMap<(&'a str, String), Vec<usize>>,
    by_namespace: BTreeMap<&'a str, Vec<usize>>,
}

/// A Service.
#[derive(Debug)]
pub(super) struct Service<'a> {
    /// The object, where it is rendered.
    pub object: Option<Object<'a>>,
    /// The pods behind it.
    pub pods: Vec<usize>,
    /// Its ports, each with the number that its pods have.
    pub ports: BTreeMap<u16, u16>,
}

impl<'a> Cluster<'a> {
    pub(super) fn of(artifacts: &'a [Artifact]) -> Self {
        let objects: Vec<Object<'a>> = artifacts.iter().filter_map(Object::of).collect();
        let mut pods: Vec<Pods<'a>> = objects.iter().filter_map(Pods::of).collect();
        for object in &objects {
            operators::pods(object, &mut pods);
        }
        let by_name = objects.iter().enumerate().map(|(at, object)| ((object.kind, object.namespace, object.name), at)).collect();
        let mut cluster = Self {
            objects,
            pods,
            by_name,
            services: BTreeMap::new(),
            made_secrets: BTreeSet::new(),
            by_label: BTreeMap::new(),
            by_namespace: BTreeMap::new(),
        };
        cluster.index_pods();
        cluster.index_services();
        cluster
    }

    fn index_pods(&mut self) {
        for (at, pods) in self.pods.iter().enumerate() {
            self.by_namespace.entry(pods.namespace).or_default().push(at);
            for (key, value) in &pods.labels {
                self.by_label.entry((pods.namespace, format!("{key}={value}"))).or_default().push(at);
            }
        }
    }

    fn index_services(&mut self) {
        let mut made = BTreeMap::new();
        for object in &self.objects {
            if (object.group(), object.kind) == ("", "Service") {
                let selector = below(object.value, &["spec", "selector"]);
                let chosen = if selector.is_object() { self.with_labels(object.namespace, selector) } else { Vec::new() };
                let ports = service_ports(object.value, chosen.first().and_then(|at| self.pods.get(*at)));
                made.insert((object.namespace, object.name.to_owned()), Service { object: Some(*object), pods: chosen, ports });
            }
            for (name, labels, ports) in operators::services(object) {
                let pods = self.with_labels(object.namespace, &labels);
                let ports = ports.into_iter().map(|port| (port, port)).collect();
                made.insert((object.namespace, name), Service { object: None, pods, ports });
            }
            operators::secrets(object, &mut self.made_secrets);
        }
        self.services = made;
    }

    /// The object of this kind, namespace (empty for the whole cluster) and name.
    pub(super) fn find(&self, kind: &str, namespace: &str, name: &str) -> Option<&Object<'a>> {
        self.objects.get(*self.by_name.get(&(kind, namespace, name))?)
    }

    /// The objects of a kind.
    pub(super) fn kind<'s>(&'s self, kind: &'s str) -> impl Iterator<Item = &'s Object<'a>> + use<'s, 'a> {
        self.objects.iter().filter(move |object| object.kind == kind)
    }

    /// Whether anything of ours runs in a namespace; what others run there is not ours to judge.
    pub(super) fn lives(&self, namespace: &str) -> bool {
        self.by_namespace.contains_key(namespace)
    }

    /// The pods of a namespace with all these labels.
    fn with_labels(&self, namespace: &str, labels: &Value) -> Vec<usize> {
        let wrapped = Value::Object(Map::from_iter([("matchLabels".to_owned(), labels.clone())]));
        self.select(namespace, &wrapped)
    }

    /// The pods of a namespace that a selector chooses.
    pub(super) fn select(&self, namespace: &str, selector: &Value) -> Vec<usize> {
        let labels = mapping(selector, "matchLabels").filter_map(|(key, value)| Some(format!("{key}={}", value.as_str()?)));
        let found = labels.map(|label| self.by_label.get(&(namespace, label)).map(Vec::as_slice).unwrap_or_default());
        let fewest = found.min_by_key(|pods| pods.len()).or_else(|| self.by_namespace.get(namespace).map(Vec::as_slice));
        let chosen = |at: &&usize| self.pods.get(**at).is_some_and(|pods| pods.chosen_by(selector));
        fewest.unwrap_or_default().iter().filter(chosen).copied().collect()
    }

    /// The namespaces that a selector chooses; a namespace is known by its name alone where it is not rendered.
    pub(super) fn namespaces(&self, selector: &Value) -> Vec<&'a str> {
        let chosen = |namespace: &&&'a str| {
            let rendered = self.find("Namespace", "", namespace).map(|object| below(object.value, &["metadata", "labels"]));
            let mut labels = rendered.and_then(Value::as_object).cloned().unwrap_or_default();
            labels.insert("kubernetes.io/metadata.name".to_owned(), Value::from(**namespace));
            selects(selector, &Value::Object(labels))
        };
        if let Some(name) = selector.pointer("/matchLabels/kubernetes.io~1metadata.name").and_then(Value::as_str) {
            return self.by_namespace.get_key_value(name).iter().map(|(namespace, _)| **namespace).collect();
        }
        self.by_namespace.keys().filter(chosen).copied().collect()
    }
}

/// The ports of a Service and what they are at its pods.
fn service_ports(service: &Value, pods: Option<&Pods<'_>>) -> BTreeMap<u16, u16> {
    let number = |value: Option<&Value>| value.and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok());
    let mut found = BTreeMap::new();
    for item in list(below(service, &["spec"]), "ports") {
        let Some(port) = number(item.get("port")) else { continue };
        let name = text(item, "targetPort");
        let named = || pods.and_then(|pods| pods.ports.get(name)).copied().unwrap_or_default();
        let target = if name.is_empty() { number(item.get("targetPort")).unwrap_or(port) } else { named() };
        found.insert(port, target);
    }
    found
}
