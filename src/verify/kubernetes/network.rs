//! Services and network policies: ports, types and peers that do not go together.

use std::collections::BTreeSet;

use serde_json::Value;

use super::codes::{BAD_PORT, EXCLUSIVE};
use super::object::{Object, below, list, text};
use super::report::Report;

/// Reports ports, types and peers that the API server refuses together.
pub fn check(object: &Object<'_>, report: &mut Report<'_>) {
    let Some(spec) = object.value.get("spec") else { return };
    match (object.group(), object.kind) {
        ("", "Service") => check_service(spec, report),
        ("networking.k8s.io", "NetworkPolicy") => check_policy(spec, report),
        _ => {}
    }
}

fn check_service(spec: &Value, report: &mut Report<'_>) {
    let (kind, headless) = (text(spec, "type"), text(spec, "clusterIP") == "None");
    let ports = list(spec, "ports");
    if ports.is_empty() && !headless && kind != "ExternalName" {
        report.error(
            BAD_PORT,
            "/spec",
            "a service without ports is refused, unless it is headless or a name for something external",
        );
    }
    if headless && matches!(kind, "NodePort" | "LoadBalancer") {
        report.error(EXCLUSIVE, "/spec/clusterIP", format!("a service of the type `{kind}` needs an address in the cluster"));
    }
    if (kind == "ExternalName") == text(spec, "externalName").is_empty() {
        report.error(EXCLUSIVE, "/spec/externalName", "`externalName` goes with the type `ExternalName`, and only with it");
    }
    let outside = matches!(kind, "NodePort" | "LoadBalancer");
    if spec.get("externalTrafficPolicy").is_some() && !outside {
        report.error(EXCLUSIVE, "/spec/externalTrafficPolicy", "the policy is for services that are reached from outside");
    }
    let mut names = BTreeSet::new();
    for (position, port) in ports.iter().enumerate() {
        let at = format!("/spec/ports/{position}");
        let name = text(port, "name");
        if name.is_empty() && ports.len() > 1 {
            report.error(BAD_PORT, at.clone(), "each of several ports needs a name");
        }
        if !name.is_empty() && !names.insert(name) {
            report.error(BAD_PORT, format!("{at}/name"), format!("two ports of the service are called `{name}`"));
        }
        if port.get("nodePort").is_some() && !outside {
            report.error(EXCLUSIVE, format!("{at}/nodePort"), "a node port goes with the types `NodePort` and `LoadBalancer`");
        }
    }
}

fn check_policy(spec: &Value, report: &mut Report<'_>) {
    for (direction, peers) in [("ingress", "from"), ("egress", "to")] {
        for (position, rule) in list(spec, direction).iter().enumerate() {
            let at = format!("/spec/{direction}/{position}");
            for (position, peer) in list(rule, peers).iter().enumerate() {
                check_peer(peer, &format!("{at}/{peers}/{position}"), report);
            }
            for (position, port) in list(rule, "ports").iter().enumerate() {
                check_port_range(port, &format!("{at}/ports/{position}"), report);
            }
        }
    }
}

fn check_peer(peer: &Value, at: &str, report: &mut Report<'_>) {
    let selected = peer.get("podSelector").is_some() || peer.get("namespaceSelector").is_some();
    if selected == peer.get("ipBlock").is_some() {
        report.error(EXCLUSIVE, at, "a peer is either chosen by selectors or a block of addresses");
    }
    let block = below(peer, &["ipBlock", "cidr"]).as_str().and_then(|cidr| cidr.parse::<ipnet::IpNet>().ok());
    let exceptions = peer.get("ipBlock").map_or(&[][..], |block| list(block, "except"));
    for exception in exceptions.iter().filter_map(Value::as_str) {
        let inside =
            exception.parse::<ipnet::IpNet>().is_ok_and(|net| block.is_some_and(|block| block.contains(&net) && block != net));
        if !inside {
            report.error(EXCLUSIVE, format!("{at}/ipBlock/except"), format!("`{exception}` is not a part of the block"));
        }
    }
}

fn check_port_range(port: &Value, at: &str, report: &mut Report<'_>) {
    let Some(end) = port.get("endPort").and_then(Value::as_i64) else { return };
    if port.get("port").and_then(Value::as_i64).is_none_or(|start| start > end) {
        report.error(BAD_PORT, format!("{at}/endPort"), "a range of ports begins with a number that is not above its end");
    }
}
