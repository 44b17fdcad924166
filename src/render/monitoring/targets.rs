//! What is scraped on hosts: fixed targets, each with its data centre, rack and host.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use serde::Serialize;

use super::resource::{self, Relabeling, TlsConfig, V1ALPHA1};
use crate::model::plan::monitoring::{
    ETCD_METRICS_PORT, LOG_METRICS_PORT, NGINX_EXPORTER_PORT, NODE_EXPORTER_PORT, postgres_authority,
};
use crate::model::plan::store::{PATRONI_PORT, PROXY_STATS_PORT};
use crate::model::plan::{API_SERVER_PORT, Member};
use crate::model::topology::operations::Logs;
use crate::model::{Artifact, HostName, Path};
use crate::render::{Input, RenderError};

/// What a `ScrapeConfig` wants.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ScrapeConfig {
    /// The label `job` of every target.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub job_name: Option<String>,
    /// The path of the figures.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metrics_path: Option<String>,
    /// `https`, where it is not `http`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheme: Option<&'static str>,
    /// Whom a TLS target must prove to be.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tls_config: Option<TlsConfig>,
    /// Parameters of the request.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub params: BTreeMap<&'static str, Vec<String>>,
    /// The targets.
    pub static_configs: Vec<StaticConfig>,
    /// Labels made from others.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub relabelings: Vec<Relabeling>,
}

/// Targets with the same labels.
#[derive(Debug, Serialize)]
pub struct StaticConfig {
    /// The targets, `host:port` or what an exporter is asked about.
    pub targets: Vec<String>,
    /// Their labels.
    pub labels: BTreeMap<&'static str, String>,
}

/// A host at its address.
#[derive(Debug, Clone, Copy)]
struct Target<'a> {
    host: &'a HostName,
    address: Ipv4Addr,
}

fn all<'a>(members: impl IntoIterator<Item = &'a Member>) -> Vec<Target<'a>> {
    members.into_iter().map(|member| Target { host: &member.host, address: member.address }).collect()
}

/// One kind of target.
struct Scrape<'a> {
    /// The name of the resource.
    name: String,
    /// The label `job`.
    job: &'static str,
    port: u16,
    targets: Vec<Target<'a>>,
    /// Labels besides the place.
    labels: Vec<(&'static str, String)>,
    tls: Option<TlsConfig>,
    source: Path,
}

/// Where a host stands.
pub fn place(input: &Input<'_>, host: &HostName) -> BTreeMap<&'static str, String> {
    let mut labels = BTreeMap::from([("host", host.to_string())]);
    if let Some(known) = input.plan.hosts.get(host) {
        labels.insert("dc", known.site.to_string());
        labels.insert("pool", known.pool.to_string());
        labels.extend(known.rack.iter().map(|rack| ("rack", rack.clone())));
    }
    labels
}

/// The ports on hosts that Prometheus and the blackbox exporter reach.
pub fn ports(input: &Input<'_>) -> Vec<u16> {
    let mut ports: Vec<u16> = jobs(input).iter().map(|job| job.port).collect();
    ports.extend([NODE_EXPORTER_PORT, API_SERVER_PORT]);
    ports.extend(input.topology.edge.iter().flat_map(|_| [80, 443]));
    ports.sort_unstable();
    ports.dedup();
    ports
}

/// Every scrape of a host.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = vec![nodes(input)?];
    for job in jobs(input) {
        let target = |target: &Target<'_>| {
            let mut labels = place(input, target.host);
            labels.extend(job.labels.iter().cloned());
            StaticConfig { targets: vec![format!("{}:{}", target.address, job.port)], labels }
        };
        let spec = ScrapeConfig {
            job_name: Some(job.job.to_owned()),
            scheme: job.tls.is_some().then_some("https"),
            static_configs: job.targets.iter().map(target).collect(),
            tls_config: job.tls,
            ..ScrapeConfig::default()
        };
        artifacts.push(resource::resource(input, (V1ALPHA1, "ScrapeConfig"), &job.name, spec, vec![job.source])?);
    }
    Ok(artifacts)
}

fn nodes(input: &Input<'_>) -> Result<Artifact, RenderError> {
    let target = |host: &HostName, address| StaticConfig {
        targets: vec![format!("{address}:{NODE_EXPORTER_PORT}")],
        labels: place(input, host),
    };
    let spec = ScrapeConfig {
        job_name: Some("node".to_owned()),
        static_configs: input.plan.hosts.iter().map(|(name, host)| target(name, host.address)).collect(),
        ..ScrapeConfig::default()
    };
    resource::resource(input, (V1ALPHA1, "ScrapeConfig"), "node", spec, vec![Path::of(["datacenters"])])
}

fn jobs<'a>(input: &Input<'a>) -> Vec<Scrape<'a>> {
    let mut jobs = vec![Scrape {
        name: "etcd-kubernetes".to_owned(),
        job: "etcd",
        port: ETCD_METRICS_PORT,
        targets: all(&input.plan.kubernetes.control_plane),
        labels: vec![("cluster", super::KUBERNETES.to_owned())],
        tls: None,
        source: Path::of(["kubernetes"]),
    }];
    jobs.extend(postgres(input));
    jobs.extend(edge(input));
    jobs.retain(|job| !job.targets.is_empty());
    jobs
}

fn postgres<'a>(input: &Input<'a>) -> Vec<Scrape<'a>> {
    let mut jobs = Vec::new();
    for (name, postgres) in &input.plan.postgres {
        // Members are known by their addresses too.
        let tls = || Some(TlsConfig::secret(postgres_authority(name), None));
        let job = |job, scope: &str, port, targets| Scrape {
            name: format!("{job}-{scope}"),
            job,
            port,
            targets,
            labels: vec![("cluster", scope.to_owned())],
            tls: None,
            source: Path::of(["postgres", name.as_str()]),
        };
        for cluster in &postgres.clusters {
            let scope = cluster.scope.as_str();
            jobs.push(job("etcd", scope, ETCD_METRICS_PORT, all(&cluster.dcs)));
            jobs.push(Scrape { tls: tls(), ..job("patroni", scope, PATRONI_PORT, all(&cluster.members)) });
        }
        jobs.push(Scrape { tls: tls(), ..job("haproxy", name.as_str(), PROXY_STATS_PORT, all(&postgres.proxies)) });
    }
    jobs
}

fn edge<'a>(input: &Input<'a>) -> Vec<Scrape<'a>> {
    let targets = all(input.plan.edge.values().flatten());
    let job = |job: &'static str, port| Scrape {
        name: job.to_owned(),
        job,
        port,
        targets: targets.clone(),
        labels: Vec::new(),
        tls: None,
        source: Path::of(["edge"]),
    };
    let mut jobs = vec![job("nginx", NGINX_EXPORTER_PORT)];
    match input.topology.observability.as_ref().map(|observability| observability.logs) {
        Some(Logs::Victorialogs) => jobs.push(job("edge", LOG_METRICS_PORT)),
        Some(Logs::Off) | None => {}
    }
    jobs
}
