//! What caches may do with the answers of a path: the edge's own cache, the delivery network, browsers.
//!
//! A path that is declared shared is kept at the edge and labelled for the network behind which it stands; a request
//! with credentials always goes through and its answer is nobody's to keep. Browsers are told to ask again, because
//! nothing can call an answer back from them. The answers of a GraphQL gateway that executes registered documents only
//! are kept at the edge, where requests with credentials can be told apart; the network could not, so it keeps none.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::model::topology::edge::{CacheRule, StaticFiles};
use crate::model::topology::service::PersistedQueries;
use crate::model::unit::Duration;
use crate::model::{DnsName, Topology, UrlPath};

/// What is nobody's to keep.
const PRIVATE: &str = "private, no-cache";
/// How long an unused answer stays on disk at least, in seconds.
const LEAST_INACTIVE: u64 = 600;

/// What caches may do with the answers of one path of one host.
#[derive(Debug, Clone, Serialize)]
pub struct Policy {
    /// The host.
    pub host: DnsName,
    /// The path prefix without a slash at its end, or `/`.
    pub path: String,
    /// A number that no other policy has, for nginx's variables.
    pub variable: usize,
    /// What clients and the delivery network are told.
    pub label: String,
    /// Whether the label is for requests without credentials only.
    pub guarded: bool,
    /// What the edge's own cache is told.
    pub keep: Option<String>,
    /// Seconds that the edge's own cache may need it.
    #[serde(skip)]
    pub lifetime: u64,
    /// Variables that, set, lead past the cache.
    pub bypass: Vec<String>,
}

/// A place in nginx's server.
#[derive(Debug, Serialize)]
pub struct Location {
    exact: bool,
    path: String,
    variable: usize,
    bypass: Vec<String>,
}

/// The cache of the edge.
#[derive(Debug, Serialize)]
pub struct Cache<'a> {
    keeps: bool,
    checks_ingress: bool,
    inactive: u64,
    policies: &'a [Policy],
}

/// The context of `cache.conf`.
pub fn cache(policies: &[Policy], checks_ingress: bool) -> Cache<'_> {
    let keeps = policies.iter().any(|policy| policy.keep.is_some());
    let longest = policies.iter().map(|policy| policy.lifetime).max().unwrap_or(0);
    Cache { keeps, checks_ingress, inactive: longest.max(LEAST_INACTIVE), policies }
}

/// The policies of every exposed host.
pub fn policies(topology: &Topology, hosts: &BTreeSet<&DnsName>) -> Vec<Policy> {
    let mut all: BTreeMap<(DnsName, String), Policy> = BTreeMap::new();
    let mut add = |policy: Policy| {
        let place = all.entry((policy.host.clone(), policy.path.clone())).or_insert_with(|| policy.clone());
        place.keep = place.keep.take().or(policy.keep);
        place.lifetime = place.lifetime.max(policy.lifetime);
        place.bypass = policy.bypass;
    };
    if let Some(cdn) = &topology.cdn {
        cdn.assets.iter().for_each(|assets| add(Policy::of_files(assets)));
        cdn.api.iter().for_each(|rule| add(Policy::of_rule(rule)));
    }
    topology.edge.iter().flat_map(|edge| &edge.nginx.cache).for_each(|rule| add(Policy::of_rule(rule).kept(rule)));
    graphql(topology).into_iter().for_each(&mut add);
    let exposed = all.into_values().filter(|policy| hosts.contains(&policy.host));
    exposed.enumerate().map(|(index, policy)| Policy { variable: index + 1, ..policy }).collect()
}

/// The policies of GraphQL gateways: what depends on who asks must not be kept, so whatever names the caller counts.
fn graphql(topology: &Topology) -> Vec<Policy> {
    let identify = topology.edge.as_ref().and_then(|edge| edge.limits.as_ref()).map(|limits| &limits.identify);
    let header = identify.and_then(|identify| identify.header.as_ref());
    let named = header.map(|header| format!("http_{}", header.to_lowercase().replace('-', "_")));
    let mut policies = Vec::new();
    for service in topology.services.values() {
        let Some(graphql) = service.graphql.as_ref().filter(|it| it.persisted_queries == PersistedQueries::Required) else {
            continue;
        };
        for route in &service.expose {
            let mut policy = Policy::new(&route.host, &route.path, PRIVATE.to_owned(), false);
            policy.keep = Some(keep(graphql.ttl, None));
            policy.lifetime = graphql.ttl.seconds();
            policy.bypass.extend(named.clone());
            policies.push(policy);
        }
    }
    policies
}

impl Policy {
    fn new(host: &DnsName, path: &UrlPath, label: String, guarded: bool) -> Self {
        let path = Some(path.as_str().trim_end_matches('/')).filter(|path| !path.is_empty()).unwrap_or("/");
        let bypass = ["http_authorization", "http_cookie"].map(str::to_owned).to_vec();
        Self { host: host.clone(), path: path.to_owned(), variable: 0, label, guarded, keep: None, lifetime: 0, bypass }
    }

    fn of_rule(rule: &CacheRule) -> Self {
        let stale = rule.stale.map(|stale| format!(", stale-if-error={}", stale.seconds())).unwrap_or_default();
        let label = format!("public, max-age=0, s-maxage={}{stale}", rule.ttl.seconds());
        Self::new(&rule.host, &rule.path, label, true)
    }

    fn of_files(files: &StaticFiles) -> Self {
        let immutable = if files.immutable { ", immutable" } else { "" };
        let label = format!("public, max-age={}{immutable}", files.ttl.seconds());
        Self::new(&files.host, &files.path, label, false)
    }

    fn kept(self, rule: &CacheRule) -> Self {
        let lifetime = rule.ttl.seconds() + rule.stale.map_or(0, Duration::seconds);
        Self { keep: Some(keep(rule.ttl, rule.stale)), lifetime, ..self }
    }

    /// The places of this path and of everything below it; a prefix alone would also match a longer name.
    pub fn locations(&self) -> Vec<Location> {
        let bypass = if self.keep.is_some() { self.bypass.clone() } else { Vec::new() };
        let at = |exact: bool, path: String| Location { exact, path, variable: self.variable, bypass: bypass.clone() };
        if self.path == "/" {
            return vec![at(false, self.path.clone())];
        }
        vec![at(true, self.path.clone()), at(false, format!("{}/", self.path))]
    }
}

/// What the edge's own cache is told: RFC 5861 bounds how long a stale answer stands in.
fn keep(ttl: Duration, stale: Option<Duration>) -> String {
    let stale = stale.map(|stale| {
        let seconds = stale.seconds();
        format!(", stale-while-revalidate={seconds}, stale-if-error={seconds}")
    });
    format!("max-age={}{}", ttl.seconds(), stale.unwrap_or_default())
}
