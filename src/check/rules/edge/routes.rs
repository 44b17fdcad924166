//! IT606, IT642 and IT643: what is cached has to be a public route.

use std::collections::BTreeSet;

use crate::check::rules::shared::meant;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::name::{DnsName, UrlPath};
use crate::model::topology::edge::CacheRule;

/// At the edge.
pub const CACHED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT606"),
        severity: Severity::Error,
        title: "the edge caches what no route leads to",
        why: "A cached path is a location of a host that a service exposes. Where there is no such route there is no answer to keep, and the real one stays uncached.",
        example: "edge:\n  nginx:\n    cache: [{host: api, path: /api/v1/catalogue, ttl: 30s}]   # the route is /api/v1/catalog\n",
        fix: "Correct the host or path, or expose it by a service.",
    },
    check: cached,
};

/// Static files.
pub const ASSETS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT642"),
        severity: Severity::Error,
        title: "static files of a host that is not exposed",
        why: "The content delivery network fetches what it does not have yet from the edge, which knows the hosts that services expose only.",
        example: "cdn:\n  ranges: [192.0.2.128/25]\n  static: {host: cdn, path: /static, ttl: 1y}   # no service exposes `cdn`\n",
        fix: "Correct the host, or expose it by a service.",
    },
    check: assets,
};

/// At the content delivery network.
pub const DELIVERED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT643"),
        severity: Severity::Error,
        title: "the content delivery network caches what no route leads to",
        why: "It fetches what it does not have yet from the edge, which knows only the routes that services expose.",
        example: "cdn:\n  ranges: [192.0.2.128/25]\n  api: [{host: api, path: /api/v2/catalog, ttl: 30s}]   # the route is /api/v1/catalog\n",
        fix: "Correct the host or path, or expose it by a service.",
    },
    check: delivered,
};

fn cached(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(edge) = &facts.topology.edge else { return Vec::new() };
    unrouted(facts, &CACHED, &Path::of(["edge", "nginx", "cache"]), &edge.nginx.cache)
}

fn assets(facts: &Facts<'_>) -> Vec<Finding> {
    let assets = facts.topology.cdn.as_ref().and_then(|cdn| cdn.assets.as_ref());
    let Some(assets) = assets else { return Vec::new() };
    let known = hosts(facts);
    if known.contains(&assets.host.as_str()) {
        return Vec::new();
    }
    vec![not_exposed(&ASSETS, &Path::of(["cdn", "static"]), &assets.host, &known)]
}

fn delivered(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(cdn) = &facts.topology.cdn else { return Vec::new() };
    unrouted(facts, &DELIVERED, &Path::of(["cdn", "api"]), &cdn.api)
}

/// A finding for each cached path that is below no public route.
fn unrouted(facts: &Facts<'_>, rule: &Rule, at: &Path, cached: &[CacheRule]) -> Vec<Finding> {
    let known = hosts(facts);
    let mut findings = Vec::new();
    for (position, cached) in cached.iter().enumerate() {
        let at = at.index(position);
        if !known.contains(&cached.host.as_str()) {
            findings.push(not_exposed(rule, &at, &cached.host, &known));
            continue;
        }
        let paths = paths(facts, &cached.host);
        if !paths.iter().any(|route| below(route, &cached.path)) {
            let message = format!("no route of `{}` leads to `{}`", cached.host, cached.path);
            findings.push(rule.finding(at.key("path"), message).help(meant(cached.path.as_str(), &paths)));
        }
    }
    findings
}

fn not_exposed(rule: &Rule, at: &Path, host: &DnsName, known: &[&str]) -> Finding {
    rule.finding(at.key("host"), format!("no service exposes the host `{host}`")).help(meant(host.as_str(), known))
}

/// The hosts that services expose.
fn hosts<'a>(facts: &Facts<'a>) -> Vec<&'a str> {
    let routes = facts.topology.services.values().flat_map(|it| &it.expose);
    routes.map(|route| route.host.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// The path prefixes that services expose on a host.
fn paths<'a>(facts: &Facts<'a>, host: &DnsName) -> Vec<&'a str> {
    let routes = facts.topology.services.values().flat_map(|it| &it.expose).filter(|route| route.host == *host);
    routes.map(|route| route.path.as_str()).collect::<BTreeSet<_>>().into_iter().collect()
}

/// Whether a path lies at or below a route, by whole segments.
fn below(route: &str, path: &UrlPath) -> bool {
    let rest = path.as_str().strip_prefix(route.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_below_a_route_by_whole_segments() {
        let is_below = |route: &str, path: &str| below(route, &path.parse().unwrap());
        assert!(is_below("/", "/static"));
        assert!(is_below("/api/v1", "/api/v1"));
        assert!(is_below("/api/v1", "/api/v1/catalog"));
        assert!(!is_below("/api/v1", "/api/v10"));
        assert!(!is_below("/api/v1/catalog", "/api/v1"));
    }
}
