//! Public routes: one `HTTPRoute` for each host and path. Several services under one path share it by weight, which
//! is how a monolith is replaced path by path; a service of another namespace is reached by a `ReferenceGrant`.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::custom::{Custom, GATEWAY_API, GATEWAY_GROUP};
use super::envoy;
use super::gateway::{self, LISTENER};
use super::unit::Subject;
use crate::model::topology::kubernetes::Controller;
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError, meta};

/// What an `HTTPRoute` leads where.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HttpRouteSpec {
    parent_refs: Vec<Parent>,
    hostnames: Vec<String>,
    rules: Vec<Rule>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Parent {
    namespace: &'static str,
    name: &'static str,
    section_name: &'static str,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Rule {
    matches: Vec<Match>,
    backend_refs: Vec<Backend>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Match {
    path: PathMatch,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct PathMatch {
    #[serde(rename = "type")]
    kind: &'static str,
    value: String,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Backend {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    port: u16,
    weight: u8,
}

/// What a `ReferenceGrant` allows.
#[derive(Debug, Clone, PartialEq, Serialize)]
struct ReferenceGrantSpec {
    from: Vec<Granted>,
    to: Vec<Granted>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct Granted {
    group: &'static str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    namespace: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
}

/// A service that answers under a host and path.
struct Target<'a> {
    subject: Subject<'a>,
    port: u16,
    weight: u8,
    source: Path,
}

/// Every route, and the grants between namespaces.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    if !gateway::is_rendered(input) {
        return Ok(Vec::new());
    }
    let mut paths: BTreeMap<(&str, &str), Vec<Target<'_>>> = BTreeMap::new();
    for subject in Subject::all(input) {
        let Some((_, port)) = subject.service.request_port() else { continue };
        for (index, route) in subject.service.expose.iter().enumerate() {
            let source = subject.path().key("expose").index(index);
            let target = Target { subject, port, weight: route.weight, source };
            paths.entry((route.host.as_str(), route.path.as_str())).or_default().push(target);
        }
    }
    let mut artifacts = Vec::new();
    let mut names = BTreeSet::new();
    let mut grants: BTreeMap<(String, String), (BTreeSet<String>, Vec<Path>)> = BTreeMap::new();
    for ((host, path), targets) in &paths {
        let Some(first) = targets.first() else { continue };
        let name = unused(&mut names, name(host, path));
        let sources: Vec<Path> = targets.iter().map(|target| target.source.clone()).collect();
        let namespace = first.subject.namespace();
        let route = http_route(input, &name, (host, path), targets);
        artifacts.push(Artifact::object(namespace, &route, sources)?);
        artifacts.extend(traffic_policy(input, &name, first)?);
        for target in targets.iter().filter(|target| target.subject.namespace() != namespace) {
            let key = (target.subject.namespace().to_owned(), namespace.to_owned());
            let (services, sources) = grants.entry(key).or_default();
            services.insert(target.subject.name.to_string());
            sources.push(target.source.clone());
        }
    }
    for ((to, from), (services, sources)) in grants {
        let grant = reference_grant(input, &from, &to, services);
        artifacts.push(Artifact::object(&to, &grant, sources)?);
    }
    Ok(artifacts)
}

/// `www` and `/api/v1` become `www.api-v1`; the root has no second part.
fn name(host: &str, path: &str) -> String {
    let word = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
    let path: String = path.chars().map(word).collect();
    let words: Vec<&str> = path.split('-').filter(|word| !word.is_empty()).collect();
    let mut name = format!("{host}.{}", words.join("-"));
    name.truncate(240);
    name.trim_end_matches(['.', '-']).to_owned()
}

/// Paths that differ only in what a name cannot hold get a number each, in the order of the paths.
fn unused(names: &mut BTreeSet<String>, name: String) -> String {
    let numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = std::iter::once(name.clone()).chain(numbered).find(|name| !names.contains(name));
    let name = free.unwrap_or(name);
    names.insert(name.clone());
    name
}

fn http_route(input: &Input<'_>, name: &str, (host, path): (&str, &str), targets: &[Target<'_>]) -> Custom<HttpRouteSpec> {
    let namespace = targets.first().map_or("", |target| target.subject.namespace());
    let app = targets.first().map_or("", |target| target.subject.name.as_str());
    let backend = |target: &Target<'_>| Backend {
        name: target.subject.name.to_string(),
        namespace: (target.subject.namespace() != namespace).then(|| target.subject.namespace().to_owned()),
        port: target.port,
        weight: target.weight,
    };
    let rule = Rule {
        matches: vec![Match { path: PathMatch { kind: "PathPrefix", value: path.to_owned() } }],
        backend_refs: targets.iter().map(backend).collect(),
    };
    let spec = HttpRouteSpec {
        parent_refs: vec![Parent { namespace: meta::EDGE, name: gateway::NAME, section_name: LISTENER }],
        hostnames: vec![format!("{host}.{}", input.topology.domain)],
        rules: vec![rule],
    };
    let metadata = meta::metadata(input.topology, namespace, name, app);
    Custom { api_version: GATEWAY_API, kind: "HTTPRoute", metadata, spec }
}

/// Where the first service of a route overrides whose endpoints are preferred, its route gets a policy of its own.
fn traffic_policy(input: &Input<'_>, route: &str, target: &Target<'_>) -> Result<Option<Artifact>, RenderError> {
    let traffic = target.subject.service.traffic();
    let overrides = envoy::policy::stays(traffic) != envoy::policy::stays(input.topology.rules.traffic);
    if !overrides || input.topology.kubernetes.controller != Controller::EnvoyGateway {
        return Ok(None);
    }
    let policy = envoy::policy::of_route(target.subject.metadata(route), route, traffic);
    let sources = vec![target.subject.path().key("traffic"), target.source.clone()];
    Ok(Some(Artifact::object(target.subject.namespace(), &policy, sources)?))
}

fn reference_grant(input: &Input<'_>, from: &str, to: &str, services: BTreeSet<String>) -> Custom<impl Serialize + use<>> {
    let route = Granted { group: GATEWAY_GROUP, kind: "HTTPRoute", namespace: Some(from.to_owned()), name: None };
    let service = |name| Granted { group: "", kind: "Service", namespace: None, name: Some(name) };
    let spec = ReferenceGrantSpec { from: vec![route], to: services.into_iter().map(service).collect() };
    let name = format!("routes-from-{from}");
    let metadata = meta::metadata(input.topology, to, &name, "routes");
    Custom { api_version: GATEWAY_API, kind: "ReferenceGrant", metadata, spec }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_readable_and_differ() {
        assert_eq!(name("www", "/"), "www");
        assert_eq!(name("api", "/api/v1/catalog"), "api.api-v1-catalog");
        let mut names = BTreeSet::new();
        assert_eq!(unused(&mut names, name("www", "/a/b")), "www.a-b");
        assert_eq!(unused(&mut names, name("www", "/a-b")), "www.a-b-2");
    }
}
