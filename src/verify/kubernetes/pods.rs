//! What must hold between the fields of one pod: mounts and volumes, probes and ports, requests and limits.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::codes::{BAD_PORT, BAD_QUANTITY, DANGLING, EXCLUSIVE, REPEATED_ENTRY};
use super::object::{Object, PodTemplate, below, list, mapping, text};
use super::quantity::Quantity;
use super::report::Report;

/// The lists of containers of a pod.
pub const CONTAINER_LISTS: [&str; 3] = ["initContainers", "containers", "ephemeralContainers"];
const PROBES: [&str; 3] = ["startupProbe", "livenessProbe", "readinessProbe"];

/// Every container of a pod and where it stands.
pub fn containers<'a>(spec: &'a Value, at: &'a str) -> impl Iterator<Item = (&'a Value, String)> {
    let below = move |field: &'static str| {
        list(spec, field).iter().enumerate().map(move |(position, container)| (container, format!("{at}/{field}/{position}")))
    };
    CONTAINER_LISTS.into_iter().flat_map(below)
}

/// Reports what contradicts itself or leads nowhere inside a pod.
pub fn check(object: &Object<'_>, template: &PodTemplate<'_>, report: &mut Report<'_>) {
    let (spec, at) = (template.spec, template.spec_at());
    let claims = object.value.get("spec").map_or(&[][..], |spec| list(spec, "volumeClaimTemplates"));
    let claimed = claims.iter().map(|claim| text(below(claim, &["metadata"]), "name"));
    let volumes: BTreeSet<&str> = list(spec, "volumes").iter().map(|volume| text(volume, "name")).chain(claimed).collect();
    let mut names = BTreeMap::new();
    for (container, at) in containers(spec, &at) {
        let list_of = at.rsplit_once('/').map(|(list, _)| list.to_owned());
        let earlier = names.insert(text(container, "name"), list_of.clone());
        if earlier.is_some_and(|earlier| earlier != list_of) {
            let message = format!("the name `{}` is taken by a container of another list", text(container, "name"));
            report.error(REPEATED_ENTRY, format!("{at}/name"), message);
        }
        check_mounts(container, &at, &volumes, report);
        check_ports(container, &at, report);
        check_resources(container, &at, report);
        check_environment(container, &at, report);
    }
    for (position, toleration) in list(spec, "tolerations").iter().enumerate() {
        check_toleration(toleration, &format!("{at}/tolerations/{position}"), report);
    }
}

fn check_mounts(container: &Value, at: &str, volumes: &BTreeSet<&str>, report: &mut Report<'_>) {
    for field in ["volumeMounts", "volumeDevices"] {
        for (position, mount) in list(container, field).iter().enumerate() {
            let name = text(mount, "name");
            if !volumes.contains(name) {
                let message = format!("there is no volume `{name}` in this pod");
                report.error(DANGLING, format!("{at}/{field}/{position}/name"), message);
            }
        }
    }
}

fn check_ports(container: &Value, at: &str, report: &mut Report<'_>) {
    let mut names = BTreeSet::new();
    for (position, port) in list(container, "ports").iter().enumerate() {
        let name = text(port, "name");
        if !name.is_empty() && !names.insert(name) {
            report.error(
                BAD_PORT,
                format!("{at}/ports/{position}/name"),
                format!("two ports of the container are called `{name}`"),
            );
        }
    }
    for probe in PROBES {
        for handler in ["httpGet", "tcpSocket"] {
            let port = below(container, &[probe, handler, "port"]).as_str();
            if let Some(port) = port.filter(|port| !names.contains(port)) {
                let message = format!("the container has no port called `{port}`");
                report.error(DANGLING, format!("{at}/{probe}/{handler}/port"), message);
            }
        }
    }
    for probe in ["startupProbe", "livenessProbe"] {
        let threshold = below(container, &[probe, "successThreshold"]).as_i64();
        if threshold.is_some_and(|threshold| threshold != 1) {
            report.error(
                EXCLUSIVE,
                format!("{at}/{probe}/successThreshold"),
                "a startup or liveness probe succeeds at the first success",
            );
        }
    }
}

fn check_resources(container: &Value, at: &str, report: &mut Report<'_>) {
    let Some(resources) = container.get("resources") else { return };
    for field in ["requests", "limits"] {
        for (name, amount) in mapping(resources, field) {
            if !is_resource(name) {
                let message = format!("`{name}` is neither a standard resource nor one with a domain");
                report.error(BAD_QUANTITY, format!("{at}/resources/{field}/{name}"), message);
            }
            if Quantity::of(amount).is_some_and(Quantity::is_negative) {
                report.error(BAD_QUANTITY, format!("{at}/resources/{field}/{name}"), format!("{amount} is below zero"));
            }
        }
    }
    for (name, request) in mapping(resources, "requests") {
        let limit = resources.get("limits").and_then(|limits| limits.get(name));
        let above = limit.and_then(|limit| Some(Quantity::of(request)? > Quantity::of(limit)?));
        if let (Some(true), Some(limit)) = (above, limit) {
            let message = format!("the request of {request} is above the limit of {limit}");
            report.error(BAD_QUANTITY, format!("{at}/resources/requests/{name}"), message);
        }
    }
}

/// A resource of the core, or one with a domain before a `/`.
fn is_resource(name: &str) -> bool {
    matches!(name, "cpu" | "memory" | "ephemeral-storage") || name.starts_with("hugepages-") || name.contains('/')
}

fn check_environment(container: &Value, at: &str, report: &mut Report<'_>) {
    for (position, variable) in list(container, "env").iter().enumerate() {
        if variable.get("valueFrom").is_some() && !text(variable, "value").is_empty() {
            let message = format!("`{}` has both a value and a source of its value", text(variable, "name"));
            report.error(EXCLUSIVE, format!("{at}/env/{position}"), message);
        }
    }
}

fn check_toleration(toleration: &Value, at: &str, report: &mut Report<'_>) {
    let exists = text(toleration, "operator") == "Exists";
    if exists && !text(toleration, "value").is_empty() {
        report.error(EXCLUSIVE, format!("{at}/value"), "a toleration of whatever value exists has a value");
    }
    if !exists && text(toleration, "key").is_empty() {
        report.error(EXCLUSIVE, at, "a toleration without a key tolerates every taint, and says so with the operator `Exists`");
    }
    if toleration.get("tolerationSeconds").is_some() && text(toleration, "effect") != "NoExecute" {
        report.error(EXCLUSIVE, format!("{at}/tolerationSeconds"), "seconds are for the effect `NoExecute` only");
    }
}
