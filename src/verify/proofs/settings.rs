//! Single settings that no topology may change: of `HAProxy`, caches, Services and Prometheus.

use super::codes::{ALERTMANAGERS, REDIS_PLACEMENT, TRAFFIC, WRITER_CHECK};
use super::{Findings, Rendered};
use crate::model::topology::rules::Traffic;
use crate::verify::formats::haproxy::{self, Section};
use crate::verify::formats::lines::{numbered, words};
use crate::verify::kubernetes::object::{Object, below, list, text};

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    for (file, text) in rendered.texts(".cfg") {
        writers(file.path, text, findings);
    }
    for (file, text) in rendered.texts(".conf").filter(|(file, _)| file.inside.starts_with("etc/redis/")) {
        placement(file.path, text, findings);
    }
    for object in &rendered.cluster.objects {
        match object.kind {
            "Service" => traffic(rendered, object, findings),
            "ConfigMap" => {
                let data = below(object.value, &["data"]).as_object().into_iter().flatten();
                for text in data.filter_map(|(_, text)| text.as_str()).filter(|text| text.contains("cluster-enabled yes")) {
                    placement(object.file, text, findings);
                }
            }
            "Prometheus" => alertmanagers(rendered, object, findings),
            _ => {}
        }
    }
}

fn has(section: &Section<'_>, wanted: &[&str]) -> bool {
    section.lines.iter().any(|(_, words)| wanted.iter().all(|word| words.contains(word)))
}

/// Sections that lead to PostgreSQL find the leader, or replicas, by Patroni, and drop who is neither any more.
fn writers(file: &str, text: &str, findings: &mut Findings) {
    let sections = haproxy::sections(text);
    let shut = &["on-marked-down", "shutdown-sessions"];
    let usual = sections.iter().any(|section| section.title == ["defaults"] && has(section, shut));
    let to_postgres = |section: &&Section<'_>| {
        section
            .lines
            .iter()
            .any(|(_, words)| words.first() == Some(&"server") && words.get(2).is_some_and(|it| it.ends_with(":5432")))
    };
    for section in sections.iter().filter(to_postgres) {
        let name = section.title.get(1).copied().unwrap_or_default();
        let role = if name.starts_with("writer") { "/primary" } else { "/replica" };
        let asks = section.lines.iter().any(|(_, words)| {
            words.starts_with(&["http-check", "send"]) && words.iter().any(|word| word.split('?').next() == Some(role))
        });
        if !asks || !has(section, &["option", "httpchk"]) {
            findings.error(WRITER_CHECK, file, "", format!("`{name}` does not ask Patroni for `{role}`"));
        }
        if !usual && !has(section, shut) {
            findings.error(WRITER_CHECK, file, "", format!("`{name}` keeps the sessions of a server that is down"));
        }
    }
}

fn placement(file: &str, text: &str, findings: &mut Findings) {
    let lines: Vec<Vec<&str>> = numbered(text).map(|(_, line)| words(line)).collect();
    if !lines.iter().any(|words| words == &["cluster-enabled", "yes"]) {
        return;
    }
    for key in ["cluster-allow-replica-migration", "cluster-require-full-coverage"] {
        if !lines.iter().any(|words| words == &[key, "no"]) {
            findings.error(REDIS_PLACEMENT, file, "", format!("`{key}` is not `no`"));
        }
    }
}

/// A Service of the user's that does not say `any` prefers its own data centre.
fn traffic(rendered: &Rendered<'_>, object: &Object<'_>, findings: &mut Findings) {
    let spec = below(object.value, &["spec"]);
    if text(spec, "internalTrafficPolicy") == "Local" {
        let message = "`Local` drops what has no pod on its own node";
        findings.error(TRAFFIC, object.file, "/spec/internalTrafficPolicy", message);
    }
    let service = rendered.topology.services.get(object.name);
    let prefers = service.is_some_and(|service| service.namespace() == object.namespace && service.traffic() != Traffic::Any);
    if prefers && text(spec, "trafficDistribution").is_empty() {
        findings.error(TRAFFIC, object.file, "/spec/trafficDistribution", "clients are not led to their own data centre");
    }
}

/// Each Alertmanager is told of every alert: by a headless Service, or by the operator's own, which is one.
fn alertmanagers(rendered: &Rendered<'_>, object: &Object<'_>, findings: &mut Findings) {
    for (at, target) in list(below(object.value, &["spec", "alerting"]), "alertmanagers").iter().enumerate() {
        let namespace = Some(text(target, "namespace")).filter(|it| !it.is_empty()).unwrap_or(object.namespace);
        let service = rendered.cluster.services.get(&(namespace, text(target, "name").to_owned()));
        let each = service.is_some_and(|service| {
            service.object.is_none_or(|service| text(below(service.value, &["spec"]), "clusterIP") == "None")
        });
        if !each {
            let at = format!("/spec/alerting/alertmanagers/{at}");
            findings.error(ALERTMANAGERS, object.file, at, format!("`{}` is one address for all", text(target, "name")));
        }
    }
}
