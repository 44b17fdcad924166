//! Where clients are sent: the answers of name servers and the origins of the delivery network are edges of ours.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use serde_json::Value;

use super::codes::{DNS_CHECK, EDGE_ANSWER};
use super::endpoints::Table;
use super::{Findings, Rendered};
use crate::model::name::Name;
use crate::verify::formats::gdnsd;
use crate::verify::kubernetes::object::{below, list, mapping, text};

/// The public addresses of each data centre.
fn public<'a>(rendered: &Rendered<'a>) -> BTreeMap<Ipv4Addr, &'a Name> {
    let mut found = BTreeMap::new();
    for (name, datacenter) in &rendered.topology.datacenters {
        for address in &datacenter.public {
            if let std::net::IpAddr::V4(address) = address {
                found.insert(*address, name);
            }
        }
    }
    found
}

/// Whether every edge server of the data centre has the port open.
fn serves(rendered: &Rendered<'_>, table: &Table<'_>, datacenter: &Name, port: u16) -> bool {
    let members = rendered.plan.edge.get(datacenter).map(Vec::as_slice).unwrap_or_default();
    !members.is_empty() && members.iter().all(|member| table.answers(member.host.as_str(), member.address, port))
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let table = &rendered.table;
    let public = public(rendered);
    for (file, config) in rendered.texts("etc/gdnsd/config") {
        let port = gdnsd::values(config, "port").into_iter().find_map(|(_, value)| value.first()?.parse().ok()).unwrap_or(80);
        for (line, address) in gdnsd::answers(config) {
            match public.get(&address) {
                None => {
                    let message = format!("`{address}` is a public address of no data centre");
                    findings.error(EDGE_ANSWER, file.path, line, message);
                }
                Some(datacenter) if !serves(rendered, table, datacenter, port) => {
                    let message = format!("the edge of `{datacenter}` does not listen on port {port}, which is checked");
                    findings.error(EDGE_ANSWER, file.path, line, message);
                }
                Some(_) => {}
            }
        }
        thresholds(file.path, config, findings);
    }
    origins(rendered, table, &public, findings);
}

fn thresholds(file: &str, config: &str, findings: &mut Findings) {
    // Behind the types of checks `up_thresh` is a share of healthy addresses.
    let config = config.split("plugins =>").next().unwrap_or(config);
    if gdnsd::values(config, "plugin").is_empty() {
        return;
    }
    for key in ["interval", "timeout", "up_thresh", "ok_thresh", "down_thresh"] {
        if gdnsd::values(config, key).is_empty() {
            findings.error(DNS_CHECK, file, "", format!("the health check does not say `{key}`"));
        }
    }
}

fn origins(rendered: &Rendered<'_>, table: &Table<'_>, public: &BTreeMap<Ipv4Addr, &Name>, findings: &mut Findings) {
    let domain = format!(".{}", rendered.topology.domain);
    let mut named: BTreeMap<&str, BTreeSet<Ipv4Addr>> = BTreeMap::new();
    for (file, zone) in rendered.texts("").filter(|(file, _)| file.inside.starts_with("etc/gdnsd/zones/")) {
        for (line, name, address) in gdnsd::records(zone) {
            named.entry(name).or_default().insert(address);
            if name.ends_with(".origin") && !public.contains_key(&address) {
                findings.error(EDGE_ANSWER, file.path, line, format!("`{address}` is a public address of no data centre"));
            }
        }
    }
    let cdn = rendered.artifacts.iter().filter(|artifact| artifact.path.starts_with("cdn/") && !named.is_empty());
    for artifact in cdn {
        let crate::model::Content::Json(document) = &artifact.content else { continue };
        for (at, source) in sources(document) {
            let (name, port) = source.rsplit_once(':').unwrap_or((source, "443"));
            let addresses = name.strip_suffix(&domain).and_then(|name| named.get(name));
            let edge = |address: &Ipv4Addr| {
                let port = port.parse().unwrap_or_default();
                public.get(address).is_some_and(|datacenter| serves(rendered, table, datacenter, port))
            };
            if !addresses.is_some_and(|addresses| addresses.iter().all(edge)) {
                let message = format!("the origin `{source}` leads to no edge of ours");
                findings.error(EDGE_ANSWER, &artifact.path, at, message);
            }
        }
    }
}

fn sources(document: &Value) -> Vec<(String, &str)> {
    let groups = below(document, &["resource"]);
    let mut found = Vec::new();
    for (name, group) in mapping(groups, "yandex_cdn_origin_group") {
        for (position, origin) in list(group, "origin").iter().enumerate() {
            let at = format!("/resource/yandex_cdn_origin_group/{name}/origin/{position}/source");
            found.push((at, text(origin, "source")));
        }
    }
    found
}
