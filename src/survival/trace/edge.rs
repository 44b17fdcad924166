//! The hop through nginx: which servers, whose limits count, what is kept, and which workers are tried in which order.

use super::{Platform, asked};
use crate::model::Name;
use crate::model::plan::{INGRESS_HTTPS_NODE_PORT, Member};
use crate::model::survival::{Estimate, Term};
use crate::model::topology::Edge;
use crate::model::topology::edge::{Limit, Upstreams};
use crate::model::topology::service::PersistedQueries;
use crate::model::trace::{Hop, Layer, Method};
use crate::model::unit::Duration;

/// The hop, and the data centre whose ingress the request comes to.
pub(super) fn hop(platform: &Platform<'_>, site: &Name) -> (Option<Hop>, Option<Name>) {
    let Some(edge) = &platform.topology.edge else {
        let reason = "the topology has no `edge`: what stands between a client and the workers' node port is not declared";
        let hop = Hop::new(Layer::Edge, "nginx", reason);
        let alive = Some(site).filter(|site| platform.left.site(site)).cloned();
        return (Some(hop.at(alive.clone())), alive);
    };
    let servers = servers(platform, site);
    if servers.is_empty() {
        let reason = format!("no server of {site} answers, so the request ends here");
        return (Some(Hop::new(Layer::Edge, "nginx", reason)), None);
    }
    let tried = Tried::of(platform, edge, site);
    let ingress = tried.ingress.clone();
    let hop = Hop::new(Layer::Edge, "nginx", tried.reason(platform, edge, site)).at([site.clone()]).through(servers);
    let wait = if platform.left.planned() { Estimate::NONE } else { tried.wait(edge) };
    let mut hop = hop.wait(wait).note(keeps(platform, edge));
    if let Some(limits) = limits(edge) {
        hop = hop.note(limits);
    }
    if platform.request.method == Method::Post {
        hop = hop.note("a POST that was sent is not sent again elsewhere");
    }
    (Some(hop), ingress)
}

/// The servers that answer, each with its public address.
fn servers(platform: &Platform<'_>, site: &Name) -> Vec<String> {
    let public = platform.topology.datacenters.get(site).map(|datacenter| datacenter.public.as_slice()).unwrap_or_default();
    let members = platform.plan.edge.get(site).into_iter().flatten().enumerate();
    let alive = members.filter(|(_, member)| platform.left.member(member));
    let named = |(position, member): (usize, &Member)| match public.get(position) {
        Some(address) => format!("{} ({address})", member.host),
        None => member.host.to_string(),
    };
    alive.map(named).collect()
}

/// The workers that nginx tries.
struct Tried {
    local: usize,
    dead: usize,
    remote: usize,
    /// Whether any of the other data centre can be reached.
    bridged: bool,
    /// Where the first one that answers stands.
    ingress: Option<Name>,
}

impl Tried {
    fn of(platform: &Platform<'_>, edge: &Edge, site: &Name) -> Self {
        let (local, others): (Vec<&Member>, Vec<&Member>) =
            platform.plan.kubernetes.workers.iter().partition(|worker| worker.site == *site);
        let remote = match edge.nginx.upstreams {
            Upstreams::LocalFirst => others,
            Upstreams::LocalOnly => Vec::new(),
        };
        let dead = local.iter().filter(|worker| !platform.left.member(worker)).count();
        let answers = |worker: &&&Member| platform.left.member(worker) && platform.left.reaches(site, &worker.site);
        let bridged = remote.iter().any(|worker| answers(&worker));
        let ingress = local.iter().chain(&remote).find(answers).map(|worker| worker.site.clone());
        Self { local: local.len(), dead, remote: remote.len(), bridged, ingress }
    }

    /// One request tries each upstream of its own data centre and one of the other, as the configuration is rendered.
    fn tries(&self) -> usize {
        (self.local + usize::from(self.remote > 0)).max(1)
    }

    fn reason(&self, platform: &Platform<'_>, edge: &Edge, site: &Name) -> String {
        let own = match self.dead {
            0 => format!("the ingress is asked on {} workers of {site}", self.local),
            dead if dead == self.local => format!("none of the {} workers of {site} answers", self.local),
            dead => format!("the ingress is asked on {} workers of {site}, {dead} of which do not answer", self.local),
        };
        let other = platform.topology.other_datacenter(site).map_or("the other data centre", Name::as_str);
        let reached = |name: &Name| platform.topology.other_datacenter(site) == Some(name);
        let rest = match (self.remote, &self.ingress) {
            (_, None) => "and no other either: 502, or an old answer where one is kept".to_owned(),
            (0, Some(_)) => "and on no others".to_owned(),
            (_, Some(ingress)) if reached(ingress) => format!("so it is reached in {other}"),
            (remote, Some(_)) if self.bridged => format!("then on {remote} of {other}"),
            (remote, Some(_)) => format!("and the {remote} of {other} cannot be reached"),
        };
        format!("{own}, {rest}; {} tries of {} to connect at most", self.tries(), edge.nginx.connect_timeout)
    }

    /// At most how long workers that do not answer hold one request up, until nginx leaves them out.
    fn wait(&self, edge: &Edge) -> Estimate {
        let tries = u64::try_from(self.dead.min(self.tries())).unwrap_or(u64::MAX);
        Estimate::of([Term {
            what: "connections to workers that do not answer",
            time: Duration(edge.nginx.connect_timeout.0.saturating_mul(tries)),
            source: "nginx: proxy_next_upstream_tries x proxy_connect_timeout",
        }])
    }
}

/// What nginx keeps of this request's answer: the longest path that has a policy decides, here or at the network.
fn keeps(platform: &Platform<'_>, edge: &Edge) -> String {
    if platform.request.method == Method::Post {
        return "an answer to a POST is never kept".to_owned();
    }
    let path = &platform.request.path;
    let own = edge.nginx.cache.iter().filter(|rule| rule.host == *platform.host && asked::matches(&rule.path, path));
    let own = own.map(|rule| (asked::stem(&rule.path).len(), Some((rule.ttl, rule.stale))));
    let graphql = platform.topology.services.values().filter_map(|service| {
        let graphql = service.graphql.as_ref().filter(|it| it.persisted_queries == PersistedQueries::Required)?;
        let mut routes = service.expose.iter().filter(|route| route.host == *platform.host);
        let route = routes.find(|route| asked::matches(&route.path, path))?;
        Some((asked::stem(&route.path).len(), Some((graphql.ttl, None))))
    });
    let network = platform.topology.cdn.iter().flat_map(|cdn| {
        let files = cdn.assets.iter().map(|files| (&files.host, &files.path));
        files.chain(cdn.api.iter().map(|rule| (&rule.host, &rule.path)))
    });
    let network = network.filter(|(host, rule)| *host == platform.host && asked::matches(rule, path));
    let network = network.map(|(_, rule)| (asked::stem(rule).len(), None));
    let longest = network.chain(graphql).chain(own).max_by_key(|(length, kept)| (*length, kept.is_some()));
    match longest.and_then(|(_, kept)| kept) {
        None => "nothing is kept here for this path".to_owned(),
        Some((ttl, None)) => format!("an answer to a request without credentials is kept for {ttl}"),
        Some((ttl, Some(stale))) => format!(
            "an answer to a request without credentials is kept for {ttl}, and stands in for {stale} more when no new one can be had"
        ),
    }
}

/// Whose limits count.
fn limits(edge: &Edge) -> Option<String> {
    let limits = edge.limits.as_ref()?;
    let one = |limit: &Limit| match limit.burst {
        0 => limit.rate.to_string(),
        burst => format!("{} with {burst} more at once", limit.rate),
    };
    let known = match (&limits.identify.header, limits.identify.mtls_subject) {
        (Some(header), _) => format!("known by {header}"),
        (None, true) => "known by the subject of its certificate".to_owned(),
        (None, false) => "not known by anything".to_owned(),
    };
    let clients = limits.clients.iter().map(|(name, limit)| format!("{name}, {known}: {}", one(limit)));
    let bots = limits.bots.iter().map(|limit| format!("all bots together: {}", one(limit)));
    let all: Vec<String> = clients.chain(bots).collect();
    (!all.is_empty()).then(|| format!("limits at each server: {}", all.join("; ")))
}

/// How the ingress is reached from nginx.
pub(super) fn port() -> String {
    format!("node port {INGRESS_HTTPS_NODE_PORT}")
}
