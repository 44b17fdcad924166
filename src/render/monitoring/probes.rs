//! The blackbox exporter: asks the edge of each data centre whether it is healthy, and reads when the certificates run
//! out that clients and our own components are shown. One in each data centre, so that each is also seen from the other.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{ConfigMap, PodSpec};
use serde::Serialize;

use super::resource::{self, Relabeling, V1ALPHA1};
use super::targets::{ScrapeConfig, StaticConfig, place};
use super::{access, kube_state, pods};
use crate::model::plan::Member;
use crate::model::plan::store::{PATRONI_PORT, PROXY_STATS_PORT};
use crate::model::{Artifact, DnsName, Name, Path};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label, its settings and its Service.
pub const NAME: &str = "blackbox-exporter";
/// The port of its pods and its Service.
pub const PORT: u16 = 9115;
const VERSION: &str = "v0.27.0";
const FILE: &str = "blackbox.yml";
/// The module that asks for a healthy answer.
const HEALTH: &str = "health";
/// The module that reads a certificate of ours without judging it: only its end is of interest.
const INTERNAL: &str = "internal";

#[derive(Debug, Serialize)]
struct Config {
    modules: BTreeMap<String, Module>,
}

#[derive(Debug, Serialize)]
struct Module {
    prober: &'static str,
    timeout: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    http: Option<Http>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tcp: Option<Tcp>,
}

#[derive(Debug, Serialize)]
struct Http {
    valid_status_codes: Vec<u16>,
    follow_redirects: bool,
    preferred_ip_protocol: &'static str,
}

#[derive(Debug, Serialize)]
struct Tcp {
    tls: bool,
    preferred_ip_protocol: &'static str,
    tls_config: Tls,
}

#[derive(Debug, Serialize)]
struct Tls {
    #[serde(skip_serializing_if = "Option::is_none")]
    server_name: Option<String>,
    insecure_skip_verify: bool,
}

/// Every public name that the edge serves.
fn public_names(input: &Input<'_>) -> Vec<String> {
    let routes = input.topology.services.values().flat_map(|service| &service.expose);
    let mut hosts: Vec<&DnsName> = routes.map(|route| &route.host).collect();
    hosts.sort();
    hosts.dedup();
    hosts.into_iter().map(|host| format!("{host}.{}", input.topology.domain)).collect()
}

fn config(input: &Input<'_>) -> Config {
    let http = Http { valid_status_codes: vec![200], follow_redirects: false, preferred_ip_protocol: "ip4" };
    let tcp = |server_name: Option<String>| Module {
        prober: "tcp",
        timeout: "5s",
        http: None,
        tcp: Some(Tcp {
            tls: true,
            preferred_ip_protocol: "ip4",
            tls_config: Tls { insecure_skip_verify: server_name.is_none(), server_name },
        }),
    };
    let mut modules: BTreeMap<String, Module> =
        public_names(input).into_iter().map(|name| (name.clone(), tcp(Some(name)))).collect();
    modules.insert(HEALTH.to_owned(), Module { prober: "http", timeout: "5s", http: Some(http), tcp: None });
    modules.insert(INTERNAL.to_owned(), tcp(None));
    Config { modules }
}

/// Everything of the exporter, and what it asks.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let sources = || vec![Path::of(["observability", "metrics"]), Path::of(["edge"])];
    let metadata = meta::metadata(input.topology, meta::MONITORING, NAME, NAME);
    // YAML reads JSON.
    let text = serde_json::to_string_pretty(&config(input))?;
    let settings = ConfigMap { metadata, data: Some(BTreeMap::from([(FILE.to_owned(), text)])), ..ConfigMap::default() };
    let account = pods::service_account(input.topology, meta::MONITORING, NAME, false);
    let service = access::service(input.topology, NAME, meta::selector(NAME), ("http", PORT));
    let mut artifacts = vec![
        Artifact::object(meta::MONITORING, &settings, sources())?,
        Artifact::object(meta::MONITORING, &account, sources())?,
        Artifact::object(meta::MONITORING, &service, sources())?,
    ];
    for site in input.topology.datacenters.keys() {
        artifacts.push(Artifact::object(meta::MONITORING, &deployment(input, site), sources())?);
    }
    for (name, module, targets) in targets(input) {
        let scrape = ScrapeConfig { params: params(&module), ..through(targets) };
        artifacts.push(resource::resource(input, (V1ALPHA1, "ScrapeConfig"), &name, scrape, sources())?);
    }
    Ok(artifacts)
}

fn deployment(input: &Input<'_>, site: &Name) -> k8s_openapi::api::apps::v1::Deployment {
    let mut labels = meta::selector(NAME);
    labels.insert("app.kubernetes.io/instance".to_owned(), site.to_string());
    let mut container = pods::container(NAME, meta::image(input.topology, "prom/blackbox-exporter", VERSION), ("http", PORT));
    container.args = Some(vec![format!("--config.file=/etc/blackbox/{FILE}")]);
    container.resources = Some(pods::resources("20m", "64Mi"));
    container.readiness_probe = Some(pods::ready("/-/healthy", "http", "HTTP"));
    container.volume_mounts = Some(vec![pods::mount("config", "/etc/blackbox", true)]);
    let spec = PodSpec {
        service_account_name: Some(NAME.to_owned()),
        automount_service_account_token: Some(false),
        security_context: Some(pods::pod_security()),
        affinity: Some(pods::at_site(site)),
        containers: vec![container],
        volumes: Some(vec![pods::config_volume("config", NAME)]),
        ..PodSpec::default()
    };
    kube_state::deployed(input, &format!("{NAME}-{site}"), labels, spec)
}

/// What is asked: a name, a module, and the targets.
fn targets(input: &Input<'_>) -> Vec<(String, String, Vec<StaticConfig>)> {
    let edge: Vec<&Member> = input.plan.edge.values().flatten().collect();
    let at = |member: &Member, target: String| StaticConfig { targets: vec![target], labels: place(input, &member.host) };
    let mut all = Vec::new();
    if let Some(dns) = input.topology.geodns.as_ref().filter(|_| !edge.is_empty()) {
        let ask = edge.iter().map(|member| at(member, format!("http://{}{}", member.address, dns.check.path)));
        all.push(("edge-health".to_owned(), HEALTH.to_owned(), ask.collect()));
    }
    for name in public_names(input).into_iter().filter(|_| !edge.is_empty()) {
        let ask = edge.iter().map(|member| at(member, format!("{}:443", member.address)));
        all.push((format!("certificate-{}", name.replace('.', "-")), name.clone(), ask.collect()));
    }
    let mut own = Vec::new();
    for postgres in input.plan.postgres.values() {
        let members = postgres.clusters.iter().flat_map(|cluster| &cluster.members);
        own.extend(members.map(|member| at(member, format!("{}:{PATRONI_PORT}", member.address))));
        own.extend(postgres.proxies.iter().map(|member| at(member, format!("{}:{PROXY_STATS_PORT}", member.address))));
    }
    if !own.is_empty() {
        all.push(("certificate-internal".to_owned(), INTERNAL.to_owned(), own));
    }
    all
}

fn params(module: &str) -> BTreeMap<&'static str, Vec<String>> {
    BTreeMap::from([("module", vec![module.to_owned()])])
}

/// Each target is asked through the exporter of the data centre that scrapes.
fn through(static_configs: Vec<StaticConfig>) -> ScrapeConfig {
    ScrapeConfig {
        metrics_path: Some("/probe".to_owned()),
        relabelings: vec![
            Relabeling::copy("__address__", "__param_target"),
            Relabeling::copy("__param_target", "instance"),
            Relabeling::set("__address__", &format!("{NAME}.{}.svc:{PORT}", meta::MONITORING)),
            Relabeling::set("job", "probe"),
        ],
        static_configs,
        ..ScrapeConfig::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    #[test]
    fn every_public_certificate_is_asked_for_by_its_name_at_every_edge() {
        let seed = seed();
        let asked = targets(&seed.input());
        let www = asked.iter().find(|(name, ..)| name == "certificate-www-inuretech-ru").unwrap();
        assert_eq!(www.2.len(), 2);
        assert_eq!(
            serde_json::to_value(config(&seed.input())).unwrap()["modules"]["www.inuretech.ru"]["tcp"]["tls_config"]["server_name"],
            "www.inuretech.ru"
        );
        let health = asked.iter().find(|(name, ..)| name == "edge-health").unwrap();
        assert!(health.2[0].targets[0].ends_with("/healthz/dc"), "{health:?}");
    }
}
