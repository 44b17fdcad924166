//! IT605, IT607 and IT611: the nginx servers themselves.

use crate::check::rules::shared::service;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::unit::Duration;

/// The longest time that a connection may take to open.
const LONGEST_CONNECT: Duration = Duration::from_seconds(3);

/// A long time to connect.
pub const SLOW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT605"),
        severity: Severity::Error,
        title: "a lost upstream is noticed too late",
        why: "A machine that lost its power answers nothing, so each attempt takes all of `proxy_connect_timeout` (nginx; 60 s by default) before the next upstream is tried. Above 3 s clients give up first.",
        example: "edge:\n  nginx: {connectTimeout: 10s}\n",
        fix: "Use 1 s to 3 s; a connection to the other data centre takes a few round trips.",
    },
    check: slow,
};

/// One server in a data centre.
pub const SINGLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT607"),
        severity: Severity::Info,
        title: "a data centre has a single edge server",
        why: "When it is lost, the data centre is reached only as fast as name servers notice and resolvers forget: failures times interval, and the TTL.",
        example: "datacenters:\n  msk:\n    nodes:\n      edge: {count: 1, cpu: 8, memory: 16Gi}\n",
        fix: "Give the pool a second machine and the data centre a second public address.",
    },
    check: single,
};

/// No server at all.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT611"),
        severity: Severity::Warning,
        title: "a service is exposed, but there is no edge",
        why: "Public routes end at the ingress of the cluster; nothing in this topology brings requests there, limits them or moves them to the other data centre.",
        example: "services:\n  shop:\n    expose: [{host: www, path: /}]\n# no `edge`\n",
        fix: "Add `edge`, or remove `expose` if something else leads to the ingress.",
    },
    check: missing,
};

fn slow(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(edge) = &facts.topology.edge else { return Vec::new() };
    if edge.nginx.connect_timeout <= LONGEST_CONNECT {
        return Vec::new();
    }
    let at = Path::of(["edge", "nginx", "connectTimeout"]);
    let message = format!("{} pass before the next upstream is tried", edge.nginx.connect_timeout);
    vec![SLOW.finding(at, message).help(format!("at most {LONGEST_CONNECT}"))]
}

fn single(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(edge) = &facts.topology.edge else { return Vec::new() };
    let lonely = facts.plan.edge.iter().filter(|(_, servers)| servers.len() == 1);
    lonely
        .map(|(site, _)| {
            let at = facts.topology.pool_path(site.as_str(), edge.nginx.on.as_str());
            SINGLE.finding(at, format!("`{site}` has a single edge server")).help("two servers hide the loss of one")
        })
        .collect()
}

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.topology.edge.is_some() {
        return Vec::new();
    }
    let exposed = facts.topology.services.iter().filter(|(_, it)| !it.expose.is_empty());
    exposed
        .map(|(name, _)| {
            let finding = MISSING.finding(service(name).key("expose"), format!("`{name}` is exposed, but there is no `edge`"));
            finding.help("add `edge: {nginx: {}}`")
        })
        .collect()
}
