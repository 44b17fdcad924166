//! References between Kubernetes objects: configuration and Secrets with their keys, accounts, classes, targets, backends, and the
//! pods and ports of Services.

use std::collections::BTreeSet;

use rayon::prelude::*;
use serde_json::Value;

use super::codes::{BACKEND, CONFIG_MAP, REFERENCE, SECRET, SERVICE};
use super::{Findings, Rendered};
use crate::model::plan::Holder;
use crate::verify::kubernetes::object::{Object, below, list, text};
use crate::verify::kubernetes::report::Pointer;

/// The API server's authority, which a controller puts into every namespace.
const PUBLISHED: &str = "kube-root-ca.crt";
/// Classes that every API server brings.
const BUILT_IN_CLASSES: [&str; 2] = ["system-cluster-critical", "system-node-critical"];

type Keys<'a> = BTreeSet<(&'a str, &'a str, &'a str)>;

struct Known<'a, 'r> {
    rendered: &'r Rendered<'a>,
    secrets: Keys<'r>,
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let mut secrets: Keys<'_> = BTreeSet::new();
    for need in &rendered.plan.secrets {
        if let Holder::Kubernetes { namespace, name, key } = &need.holder {
            secrets.insert((namespace, name, key));
        }
    }
    secrets.extend(rendered.cluster.made_secrets.iter().map(|(namespace, name, key)| (*namespace, name.as_str(), *key)));
    let known = Known { rendered, secrets };
    let check = |object: &Object<'_>| {
        let mut found = Findings::default();
        known.walk(object, object.value, &Pointer::ROOT, &mut found);
        known.pod(object, &mut found);
        known.targets(object, &mut found);
        known.service(object, &mut found);
        found.0
    };
    findings.0.par_extend(rendered.cluster.objects.par_iter().flat_map_iter(check));
}

impl Known<'_, '_> {
    /// Every field that refers to a Secret or ConfigMap, wherever it stands.
    fn walk(&self, object: &Object<'_>, value: &Value, at: &Pointer<'_>, found: &mut Findings) {
        match value {
            Value::Object(fields) => {
                for (name, field) in fields {
                    let here = at.key(name);
                    match name.as_str() {
                        "secretKeyRef" | "secret" | "secretRef" | "keySecret" => self.secret(object, field, &here, found),
                        "configMapKeyRef" | "configMap" | "configMapRef" => self.config_map(object, field, &here, found),
                        "secretTargetRef" | "imagePullSecrets" | "certificateRefs" => {
                            let each = list(value, name).iter().enumerate();
                            each.for_each(|(at, item)| self.secret(object, item, &here.index(at), found));
                        }
                        _ => {}
                    }
                    self.walk(object, field, &here, found);
                }
            }
            Value::Array(items) => {
                items.iter().enumerate().for_each(|(position, item)| self.walk(object, item, &at.index(position), found));
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn secret(&self, object: &Object<'_>, reference: &Value, at: &Pointer<'_>, found: &mut Findings) {
        let Some((name, keys)) = reference_of(reference) else { return };
        let namespace = Some(text(reference, "namespace")).filter(|it| !it.is_empty()).unwrap_or(object.namespace);
        let rendered = self.rendered.cluster.find("Secret", namespace, name);
        let has = |key: &str| {
            self.secrets.contains(&(namespace, name, key))
                || rendered
                    .is_some_and(|secret| ["data", "stringData"].iter().any(|part| below(secret.value, &[part, key]).is_string()))
        };
        let exists = rendered.is_some()
            || self.secrets.range((namespace, name, "")..).next().is_some_and(|it| (it.0, it.1) == (namespace, name));
        if let Some(key) = keys.iter().find(|key| !has(key)) {
            let message = format!("nobody is told to make `{key}` of the Secret `{name}` in `{namespace}`");
            found.error(SECRET, object.file, at, message);
        } else if !exists {
            found.error(SECRET, object.file, at, format!("nobody is told to make the Secret `{name}` in `{namespace}`"));
        }
    }

    fn config_map(&self, object: &Object<'_>, reference: &Value, at: &Pointer<'_>, found: &mut Findings) {
        let Some((name, keys)) = reference_of(reference).filter(|(name, _)| *name != PUBLISHED) else { return };
        let Some(map) = self.rendered.cluster.find("ConfigMap", object.namespace, name) else {
            let message = format!("the ConfigMap `{name}` in `{}` is not rendered", object.namespace);
            return found.error(CONFIG_MAP, object.file, at, message);
        };
        let has = |key: &str| ["data", "binaryData"].iter().any(|part| below(map.value, &[part, key]).is_string());
        for key in keys.iter().filter(|key| !has(key)) {
            found.error(CONFIG_MAP, object.file, at, format!("the ConfigMap `{name}` has no key `{key}`"));
        }
    }

    fn exists(&self, object: &Object<'_>, (kind, namespace, name): (&str, &str, &str), at: &str, found: &mut Findings) {
        if self.rendered.cluster.find(kind, namespace, name).is_none() {
            found.error(REFERENCE, object.file, at, format!("the {kind} `{name}` is not rendered"));
        }
    }

    fn pod(&self, object: &Object<'_>, found: &mut Findings) {
        let Some(template) = object.pod_template() else { return };
        let account = text(template.spec, "serviceAccountName");
        if !account.is_empty() && account != "default" {
            let at = format!("{}/serviceAccountName", template.spec_at());
            self.exists(object, ("ServiceAccount", object.namespace, account), &at, found);
        }
        let class = text(template.spec, "priorityClassName");
        if !class.is_empty() && !BUILT_IN_CLASSES.contains(&class) {
            let at = format!("{}/priorityClassName", template.spec_at());
            self.exists(object, ("PriorityClass", "", class), &at, found);
        }
    }

    fn targets(&self, object: &Object<'_>, found: &mut Findings) {
        let spec = below(object.value, &["spec"]);
        match object.kind {
            "ScaledObject" | "HorizontalPodAutoscaler" => {
                let target = below(spec, &["scaleTargetRef"]);
                let kind = Some(text(target, "kind")).filter(|kind| !kind.is_empty()).unwrap_or("Deployment");
                self.exists(object, (kind, object.namespace, text(target, "name")), "/spec/scaleTargetRef", found);
                for (at, trigger) in list(spec, "triggers").iter().enumerate() {
                    let name = text(below(trigger, &["authenticationRef"]), "name");
                    if !name.is_empty() {
                        let at = format!("/spec/triggers/{at}/authenticationRef");
                        self.exists(object, ("TriggerAuthentication", object.namespace, name), &at, found);
                    }
                }
            }
            "Gateway" => {
                self.exists(object, ("GatewayClass", "", text(spec, "gatewayClassName")), "/spec/gatewayClassName", found);
                let parameters = below(spec, &["infrastructure", "parametersRef"]);
                if parameters.is_object() {
                    let target = (text(parameters, "kind"), object.namespace, text(parameters, "name"));
                    self.exists(object, target, "/spec/infrastructure/parametersRef", found);
                }
            }
            "HTTPRoute" | "TCPRoute" | "GRPCRoute" => self.route(object, spec, found),
            "KafkaNodePool" | "KafkaUser" | "KafkaTopic" => {
                let cluster = text(below(object.value, &["metadata", "labels"]), "strimzi.io/cluster");
                self.exists(object, ("Kafka", object.namespace, cluster), "/metadata/labels/strimzi.io~1cluster", found);
            }
            "PodDisruptionBudget" if self.rendered.cluster.select(object.namespace, below(spec, &["selector"])).is_empty() => {
                found.error(REFERENCE, object.file, "/spec/selector", "the selector chooses no pods");
            }
            _ => {}
        }
    }

    fn route(&self, object: &Object<'_>, spec: &Value, found: &mut Findings) {
        for (at, parent) in list(spec, "parentRefs").iter().enumerate() {
            let namespace = Some(text(parent, "namespace")).filter(|it| !it.is_empty()).unwrap_or(object.namespace);
            let at = format!("/spec/parentRefs/{at}");
            self.exists(object, ("Gateway", namespace, text(parent, "name")), &at, found);
            let gateway = self.rendered.cluster.find("Gateway", namespace, text(parent, "name"));
            let section = text(parent, "sectionName");
            let listens = |gateway: &&Object<'_>| {
                list(below(gateway.value, &["spec"]), "listeners").iter().any(|it| text(it, "name") == section)
            };
            if gateway.is_some() && !section.is_empty() && !gateway.as_ref().is_some_and(listens) {
                found.error(REFERENCE, object.file, &at, format!("the Gateway has no listener `{section}`"));
            }
        }
        for (rule_at, rule) in list(spec, "rules").iter().enumerate() {
            for (at, backend) in list(rule, "backendRefs").iter().enumerate() {
                self.backend(object, backend, &format!("/spec/rules/{rule_at}/backendRefs/{at}"), found);
            }
        }
    }

    fn backend(&self, object: &Object<'_>, backend: &Value, at: &str, found: &mut Findings) {
        let name = text(backend, "name");
        let namespace = Some(text(backend, "namespace")).filter(|it| !it.is_empty()).unwrap_or(object.namespace);
        let port = backend.get("port").and_then(Value::as_u64).and_then(|port| u16::try_from(port).ok()).unwrap_or_default();
        match self.rendered.cluster.services.get(&(namespace, name.to_owned())) {
            None => found.error(BACKEND, object.file, at, format!("the Service `{name}` in `{namespace}` is not rendered")),
            Some(service) if !service.ports.contains_key(&port) => {
                found.error(BACKEND, object.file, at, format!("the Service `{name}` has no port {port}"));
            }
            Some(_) => {}
        }
        let granted = |grant: &Object<'_>| {
            grant.namespace == namespace
                && list(below(grant.value, &["spec"]), "from")
                    .iter()
                    .any(|from| text(from, "namespace") == object.namespace && text(from, "kind") == object.kind)
        };
        if namespace != object.namespace && !self.rendered.cluster.kind("ReferenceGrant").any(granted) {
            let message = format!("no ReferenceGrant in `{namespace}` lets routes of `{}` in", object.namespace);
            found.error(BACKEND, object.file, at, message);
        }
    }

    fn service(&self, object: &Object<'_>, found: &mut Findings) {
        if (object.group(), object.kind) != ("", "Service") || !below(object.value, &["spec", "selector"]).is_object() {
            return;
        }
        let cluster = &self.rendered.cluster;
        let Some(service) = cluster.services.get(&(object.namespace, object.name.to_owned())) else { return };
        if service.pods.is_empty() && cluster.lives(object.namespace) {
            return found.error(SERVICE, object.file, "/spec/selector", "the selector chooses no pods");
        }
        let pods = || service.pods.iter().filter_map(|at| cluster.pods.get(*at));
        for (port, target) in &service.ports {
            if !service.pods.is_empty() && !pods().any(|pods| pods.opens(*target)) {
                let message = format!("port {port} leads to a port that its pods do not open");
                found.error(SERVICE, object.file, "/spec/ports", message);
            }
        }
    }
}

/// The name and the keys of a reference; nothing where it is none or may be missing.
fn reference_of(reference: &Value) -> Option<(&str, Vec<&str>)> {
    let name = ["name", "secretName"].into_iter().map(|key| text(reference, key)).find(|name| !name.is_empty())?;
    if reference.get("optional").and_then(Value::as_bool).unwrap_or_default()
        || reference.get("kind").is_some_and(|it| it != "Secret")
    {
        return None;
    }
    let items = list(reference, "items").iter().map(|item| text(item, "key"));
    let own = Some(text(reference, "key"));
    Some((name, items.chain(own).filter(|key| !key.is_empty()).collect()))
}
