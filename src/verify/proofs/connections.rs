//! Every connection that a pod is told of is allowed, out of the pod and into what it connects to.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use rayon::prelude::*;
use serde_json::Value;

use super::codes::CUT_OFF;
use super::names::{Named, named, zones};
use super::pods::Pods;
use super::policies::Side;
use super::{Findings, Rendered};
use crate::verify::formats::addresses;
use crate::verify::kubernetes::object::{Object, below, list, text};

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let told = |(at, pods): (usize, &Pods<'_>)| {
        let mut found = Findings::default();
        for (place, container) in pods.containers() {
            variables(rendered, (at, pods), (&place, container), &mut found);
        }
        found.0
    };
    findings.0.par_extend(rendered.cluster.pods.par_iter().enumerate().flat_map_iter(told));
    for route in rendered.cluster.kind("HTTPRoute") {
        routed(rendered, route, findings);
    }
}

/// What a container's environment and arguments lead to; `X_HOST` and `X_HOSTS` go with `X_PORT`.
fn variables(rendered: &Rendered<'_>, from: (usize, &Pods<'_>), (at, container): (&str, &Value), found: &mut Findings) {
    let variables: BTreeMap<&str, &str> =
        list(container, "env").iter().map(|item| (text(item, "name"), text(item, "value"))).collect();
    for (name, value) in &variables {
        let stem = name.strip_suffix("_HOSTS").or_else(|| name.strip_suffix("_HOST"));
        let port = stem.and_then(|stem| variables.get(format!("{stem}_PORT").as_str())).and_then(|port| port.parse().ok());
        leads(rendered, from, &format!("{at}/env ({name})"), (value, port), found);
    }
    for field in ["command", "args"] {
        for (position, argument) in list(container, field).iter().enumerate() {
            leads(rendered, from, &format!("{at}/{field}/{position}"), (argument.as_str().unwrap_or_default(), None), found);
        }
    }
}

fn leads(
    rendered: &Rendered<'_>,
    (from, pods): (usize, &Pods<'_>),
    at: &str,
    (text, port): (&str, Option<u16>),
    found: &mut Findings,
) {
    let mut cut = |target: &dyn std::fmt::Display, port: u16, why: &str| {
        let message = format!("`{target}:{port}` cannot be reached: {why}");
        found.error(CUT_OFF, pods.owner.file, at, message);
    };
    let zoned = if text.contains(".svc") { zones(rendered, text) } else { Vec::new() };
    for named in zoned.iter().flat_map(|text| named(text)) {
        let Some(port) = named.port.or(port) else { continue };
        if let Some(why) = cut_off(rendered, from, named, port) {
            cut(&named.service, port, why);
        }
    }
    let ours = |address: &Ipv4Addr| rendered.table.host(*address).is_some();
    for (address, own) in addresses::sockets(text).filter(|(address, _)| ours(address)) {
        let Some(port) = own.or(port) else { continue };
        if !rendered.policies.allow_address(from, address, port) {
            cut(&address, port, "no policy lets it out");
        }
    }
}

/// Why pods cannot reach a Service.
fn cut_off(rendered: &Rendered<'_>, from: usize, named: Named<'_>, port: u16) -> Option<&'static str> {
    let service = rendered.cluster.services.get(&(named.namespace, named.service.to_owned()))?;
    let target = service.ports.get(&port).copied().unwrap_or(port);
    service.pods.iter().find_map(|to| between(rendered, from, *to, target))
}

fn between(rendered: &Rendered<'_>, from: usize, to: usize, port: u16) -> Option<&'static str> {
    if !rendered.cluster.pods.get(to).is_some_and(|pods| pods.opens(port)) {
        return None;
    }
    if !rendered.policies.allow(Side::Egress, from, to, port) {
        Some("no policy lets it out")
    } else if !rendered.policies.allow(Side::Ingress, to, from, port) {
        Some("no policy lets it in")
    } else {
        None
    }
}

/// A route's gateway reaches its backends. The pods of a gateway carry the name of its class.
fn routed(rendered: &Rendered<'_>, route: &Object<'_>, findings: &mut Findings) {
    let spec = below(route.value, &["spec"]);
    let cluster = &rendered.cluster;
    for parent in list(spec, "parentRefs") {
        let namespace = Some(text(parent, "namespace")).filter(|it| !it.is_empty()).unwrap_or(route.namespace);
        let Some(gateway) = cluster.find("Gateway", namespace, text(parent, "name")) else { continue };
        let class = text(below(gateway.value, &["spec"]), "gatewayClassName");
        let selector = serde_json::json!({"matchLabels": {"app.kubernetes.io/name": class}});
        let proxies = cluster.select(namespace, &selector);
        for backend in list(spec, "rules").iter().flat_map(|rule| list(rule, "backendRefs")) {
            let port = backend.get("port").and_then(Value::as_u64).and_then(|port| port.try_into().ok()).unwrap_or_default();
            let service = text(backend, "name");
            let namespace = Some(text(backend, "namespace")).filter(|it| !it.is_empty()).unwrap_or(route.namespace);
            let named = Named { service, namespace, port: Some(port) };
            if let Some(why) = proxies.iter().find_map(|proxy| cut_off(rendered, *proxy, named, port)) {
                let message = format!("the gateway cannot reach `{service}:{port}`: {why}");
                findings.error(CUT_OFF, route.file, "/spec/rules", message);
            }
        }
    }
}
