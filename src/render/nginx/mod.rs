//! nginx at the edge of each data centre: TLS, contracted limits, shared answers, and the way to the ingress, own data
//! centre first. It watches upstreams passively; taking a data centre out is the name servers' business, which ask the
//! health paths served here over plain HTTP.

mod health;
mod limits;
mod policy;

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use ipnet::IpNet;
use serde::Serialize;

use super::template::{Template, render as fill, template};
use super::{Input, RenderError, meta};
use crate::model::plan::edge::{self, NGINX_KEEP_PORT, NGINX_METRICS_PORT};
use crate::model::plan::{INGRESS_HEALTH_NODE_PORT, INGRESS_HTTPS_NODE_PORT, Member, store};
use crate::model::topology::edge::{Edge, Upstreams};
use crate::model::{Artifact, DnsName, Name, Path};
use health::Health;
use limits::Limits;
use policy::Policy;

/// The shortest time in which a request may be tried at one upstream after the other.
const NEXT_UPSTREAM_MS: u64 = 5000;

/// Every file of every edge host; none where the topology has no edge.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some(edge) = &input.topology.edge else { return Ok(Vec::new()) };
    let hosts = edge::exposed_hosts(input.topology);
    let policies = policy::policies(input.topology, &hosts);
    let shared = Shared { input, edge, hosts, policies };
    let mut artifacts = Vec::new();
    for (site, members) in &input.plan.edge {
        for member in members {
            artifacts.extend(shared.files(site, member)?);
        }
    }
    Ok(artifacts)
}

/// What all edge hosts have in common.
struct Shared<'a> {
    input: &'a Input<'a>,
    edge: &'a Edge,
    hosts: BTreeSet<&'a DnsName>,
    policies: Vec<Policy>,
}

/// `nginx.conf`.
#[derive(Serialize)]
struct Main<'a> {
    host: &'a str,
    site: &'a str,
    cdn_ranges: &'a [IpNet],
}

/// The upstream groups.
#[derive(Serialize)]
struct UpstreamGroups<'a> {
    hosts: Vec<Group>,
    local: Vec<Server>,
    remote: Vec<Server>,
    https_port: u16,
    health_port: u16,
    stats_port: u16,
    keep_port: u16,
    checks_ingress: bool,
    keeps: bool,
    writers: &'a [health::Writer],
}

/// An upstream group of one host.
#[derive(Serialize)]
struct Group {
    slug: String,
}

/// An upstream.
#[derive(Debug, Serialize)]
struct Server {
    address: Ipv4Addr,
}

/// The way to the ingress.
#[derive(Serialize)]
struct Ingress {
    connect_timeout: u64,
    tries: usize,
    next_timeout: u64,
    authority: &'static str,
}

/// The servers that answer for no host of ours.
#[derive(Serialize)]
struct Defaults {
    origin: Option<Origin>,
    address: Ipv4Addr,
    metrics_port: u16,
    networks: Vec<String>,
}

/// The certificate of the default server.
#[derive(Serialize)]
struct Origin {
    certificate: &'static str,
    key: &'static str,
}

/// The server of one exposed host.
#[derive(Serialize)]
struct Host<'a> {
    fqdn: String,
    slug: String,
    apex: Option<&'a str>,
    certificate: String,
    certificate_key: String,
    clients_ca: Option<&'static str>,
    limits: Vec<limits::Applied>,
    retry_after: u64,
    locations: Vec<policy::Location>,
    kept: Vec<policy::Location>,
    rest: bool,
    cdn: bool,
    keep_port: u16,
}

/// No value at all.
#[derive(Serialize)]
struct Nothing {}

impl Shared<'_> {
    fn files(&self, site: &Name, member: &Member) -> Result<Vec<Artifact>, RenderError> {
        let nginx = Path::of(["edge", "nginx"]);
        let (topology, plan) = (self.input.topology, self.input.plan);
        let health = Health::of(topology, plan, site);
        let limits = Limits::of(topology);
        let mut files = Files { host: self, member, artifacts: Vec::new() };
        let cdn_ranges = topology.cdn.as_ref().map_or(&[][..], |cdn| cdn.ranges.as_slice());
        let main = Main { host: member.host.as_str(), site: site.as_str(), cdn_ranges };
        files.add("nginx.conf", template!("nginx/nginx.conf.j2"), &main, &nginx)?;
        let upstreams = self.upstreams(site, &health);
        let ingress = self.ingress(&upstreams);
        files.add("conf.d/upstreams.conf", template!("nginx/conf.d/upstreams.conf.j2"), &upstreams, &nginx)?;
        files.add("conf.d/limits.conf", template!("nginx/conf.d/limits.conf.j2"), &limits, &Path::of(["edge", "limits"]))?;
        let cache = policy::cache(&self.policies, health.is_cached());
        files.add("conf.d/cache.conf", template!("nginx/conf.d/cache.conf.j2"), &cache, &nginx.key("cache"))?;
        files.add("conf.d/default.conf", template!("nginx/conf.d/default.conf.j2"), &self.defaults(member), &nginx)?;
        let check = Path::of(["geodns", "check"]);
        files.add("snippets/plain.conf", template!("nginx/snippets/plain.conf.j2"), &health, &check)?;
        files.add("snippets/ingress.conf", template!("nginx/snippets/ingress.conf.j2"), &ingress, &nginx)?;
        files.add("snippets/forward.conf", template!("nginx/snippets/forward.conf.j2"), &Nothing {}, &nginx)?;
        files.add("snippets/headers.conf", template!("nginx/snippets/headers.conf.j2"), &Nothing {}, &nginx)?;
        files.add("snippets/kept.conf", template!("nginx/snippets/kept.conf.j2"), &Nothing {}, &nginx.key("cache"))?;
        for host in &self.hosts {
            let name = format!("conf.d/host-{host}.conf");
            files.add(&name, template!("nginx/conf.d/host.conf.j2"), &self.host(host, &limits), &Path::of(["services"]))?;
        }
        Ok(files.artifacts)
    }

    fn upstreams<'h>(&self, site: &Name, health: &'h Health) -> UpstreamGroups<'h> {
        let workers = self.input.plan.kubernetes.workers.iter();
        let (local, remote): (Vec<_>, Vec<_>) = workers.partition(|worker| worker.site == *site);
        let servers = |members: &[&Member]| members.iter().map(|member| Server { address: member.address }).collect();
        UpstreamGroups {
            hosts: self.hosts.iter().map(|host| Group { slug: slug(host) }).collect(),
            local: servers(&local),
            remote: match self.edge.nginx.upstreams {
                Upstreams::LocalFirst => servers(&remote),
                Upstreams::LocalOnly => Vec::new(),
            },
            https_port: INGRESS_HTTPS_NODE_PORT,
            health_port: INGRESS_HEALTH_NODE_PORT,
            stats_port: store::PROXY_STATS_PORT,
            keep_port: NGINX_KEEP_PORT,
            checks_ingress: health.asks_ingress(),
            keeps: self.policies.iter().any(|policy| policy.keep.is_some()),
            writers: &health.writers,
        }
    }

    /// One try for each upstream of the own data centre and one for the other, in one request, and time enough for
    /// every one of them to time out.
    fn ingress(&self, upstreams: &UpstreamGroups<'_>) -> Ingress {
        let connect_timeout = self.edge.nginx.connect_timeout.millis();
        let tries = upstreams.local.len() + usize::from(!upstreams.remote.is_empty());
        let all = connect_timeout.saturating_mul(u64::try_from(tries).unwrap_or(u64::MAX));
        Ingress { connect_timeout, tries: tries.max(1), next_timeout: all.max(NEXT_UPSTREAM_MS), authority: edge::INGRESS_CA }
    }

    fn defaults(&self, member: &Member) -> Defaults {
        let topology = self.input.topology;
        let origin = topology.cdn.as_ref().map(|_| Origin { certificate: edge::ORIGIN_CERTIFICATE, key: edge::ORIGIN_KEY });
        let mut networks: Vec<String> = self.input.plan.sites.values().map(|site| site.network.to_string()).collect();
        networks.push(topology.kubernetes.pod_network.to_string());
        Defaults { origin, address: member.address, metrics_port: NGINX_METRICS_PORT, networks }
    }

    fn host(&self, host: &DnsName, limits: &Limits) -> Host<'_> {
        let topology = self.input.topology;
        let fqdn = edge::fqdn(topology, host);
        let cdn = edge::cdn_hosts(topology).contains(host);
        let own = || self.policies.iter().filter(|policy| policy.host == *host);
        Host {
            slug: slug(host),
            apex: (host.as_str() == edge::APEX_HOST).then_some(topology.domain.as_str()),
            certificate: edge::certificate(&fqdn),
            certificate_key: edge::certificate_key(&fqdn),
            clients_ca: (limits.asks_certificates() && !cdn).then_some(edge::CLIENTS_CA),
            limits: limits.applied(),
            retry_after: limits.retry_after,
            locations: own().flat_map(Policy::locations).collect(),
            kept: own().filter(|policy| policy.keep.is_some()).flat_map(Policy::locations).collect(),
            rest: own().all(|policy| policy.path != "/"),
            cdn,
            keep_port: NGINX_KEEP_PORT,
            fqdn,
        }
    }
}

/// The files of one host as they are collected.
struct Files<'a> {
    host: &'a Shared<'a>,
    member: &'a Member,
    artifacts: Vec<Artifact>,
}

impl Files<'_> {
    fn add<T: Serialize>(&mut self, name: &str, from: Template, context: &T, source: &Path) -> Result<(), RenderError> {
        let path = meta::host_file(self.host.input.plan, &self.member.host, &format!("etc/nginx/{name}"));
        let text = fill(from, context)?;
        self.artifacts.push(Artifact::text(path, text, vec![source.clone(), Path::of(["edge"])]));
        Ok(())
    }
}

/// A host as a part of an upstream's name.
fn slug(host: &DnsName) -> String {
    host.as_str().replace('.', "_")
}

#[cfg(test)]
mod tests;
