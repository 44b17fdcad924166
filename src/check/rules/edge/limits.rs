//! IT601 to IT604: contracts of corporate clients.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::edge::Limits;

/// Not exactly one way.
pub const IDENTIFY: Rule = Rule {
    explanation: Explanation {
        code: Code("IT601"),
        severity: Severity::Error,
        title: "clients are known in no way or in two",
        why: "A limit is counted by client, and a request must belong to exactly one. Without a way to know it nobody has a contract; with two a request could be counted as two clients.",
        example: "edge:\n  limits:\n    identify: {header: X-Api-Key, map: keys/map, mtlsSubject: true}\n",
        fix: "Write either `header` with `map`, or `mtlsSubject: true`.",
    },
    check: identify,
};

/// A header without a map.
pub const NO_MAP: Rule = Rule {
    explanation: Explanation {
        code: Code("IT602"),
        severity: Severity::Error,
        title: "keys in a header are mapped to no client",
        why: "A header carries a secret key, not a name. Which key belongs to which client is in a host file that nginx includes and that never enters the topology; `map` names it as `<secret>/<key>`.",
        example: "edge:\n  limits:\n    identify: {header: X-Api-Key}\n",
        fix: "Add `map: <secret>/<key>`.",
    },
    check: no_map,
};

/// No burst.
pub const NO_BURST: Rule = Rule {
    explanation: Explanation {
        code: Code("IT603"),
        severity: Severity::Info,
        title: "a limit allows no burst",
        why: "nginx counts in milliseconds: 50 requests per second without `burst` means one each 20 ms, and the second of two that come together is refused (nginx, `limit_req`).",
        example: "edge:\n  limits:\n    clients:\n      acme: {rate: 50/s}\n",
        fix: "Add a `burst` of about two seconds of the rate, unless an even rate is meant.",
    },
    check: no_burst,
};

/// Each node counts alone.
pub const DOUBLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT604"),
        severity: Severity::Info,
        title: "a client may reach a multiple of its limit",
        why: "Each edge node counts alone (nginx, `limit_req_zone`) and applies the contract undivided, so that it is kept whole when a data centre is lost. A client that reaches all nodes at once gets as many times its limit; the bound is the number of nodes.",
        example: "edge:\n  limits:\n    clients:\n      acme: {rate: 50/s, burst: 100}\n",
        fix: "Nothing, if the platform carries it; the capacity should count with the bound.",
    },
    check: double,
};

fn limits<'a>(facts: &Facts<'a>) -> Option<&'a Limits> {
    facts.topology.edge.as_ref()?.limits.as_ref()
}

fn at() -> Path {
    Path::of(["edge", "limits"])
}

fn identify(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(limits) = limits(facts) else { return Vec::new() };
    let message = match (limits.identify.header.is_some(), limits.identify.mtls_subject) {
        (false, false) => "nothing says how a client is known",
        (true, true) => "a client is known in two ways",
        (true, false) | (false, true) => return Vec::new(),
    };
    vec![IDENTIFY.finding(at().key("identify"), message).help("write either `header` with `map`, or `mtlsSubject: true`")]
}

fn no_map(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(identify) = limits(facts).map(|limits| &limits.identify) else { return Vec::new() };
    match (&identify.header, &identify.map) {
        (Some(header), None) => {
            let message = format!("no `map` says which key in `{header}` is whose");
            vec![NO_MAP.finding(at().key("identify").key("header"), message).help("add `map: <secret>/<key>`")]
        }
        (_, Some(map)) if map.parts().0.is_none() => {
            let message = format!("`{map}` names a Secret without a key");
            vec![NO_MAP.finding(at().key("identify").key("map"), message).help("write `<secret>/<key>`")]
        }
        _ => Vec::new(),
    }
}

fn no_burst(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(limits) = limits(facts) else { return Vec::new() };
    let clients = at().key("clients");
    let named = limits.clients.iter().map(|(name, limit)| (clients.key(name.as_str()), limit));
    let all = named.chain(limits.bots.iter().map(|limit| (at().key("bots"), limit)));
    all.filter(|(_, limit)| limit.burst == 0)
        .map(|(at, limit)| {
            let message = format!("{} without a burst refuses the second of two requests that come together", limit.rate);
            NO_BURST.finding(at, message).help("add a `burst` of about two seconds of the rate")
        })
        .collect()
}

fn double(facts: &Facts<'_>) -> Vec<Finding> {
    let nodes: usize = facts.plan.edge.values().map(Vec::len).sum();
    match limits(facts) {
        Some(limits) if !limits.clients.is_empty() && nodes > 1 => {
            let message = format!("{nodes} edge nodes count alone, so a client may reach {nodes} times its limit");
            vec![DOUBLE.finding(at().key("clients"), message).help("count with that bound")]
        }
        Some(_) | None => Vec::new(),
    }
}
