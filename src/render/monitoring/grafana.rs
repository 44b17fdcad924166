//! Grafana, one in each data centre, with nothing of its own: dashboards and sources come from `ConfigMap`s, so that
//! either can be lost without a trace. Each shows the Prometheus and the logs of both data centres.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::Deployment;
use k8s_openapi::api::core::v1::{ConfigMap, Container, EnvVar, EnvVarSource, PodSpec, SecretKeySelector};
use serde::Serialize;

use super::{access, dashboards, kube_state, pods, prometheus};
use crate::model::plan::monitoring::{CA_KEY, GRAFANA_PASSWORD_KEY, GRAFANA_SECRET, LOGS_CA, LOGS_PORT, logs_server};
use crate::model::topology::operations::Logs;
use crate::model::{Artifact, Name, Path};
use crate::render::{Input, RenderError, meta};

/// The name of its pods' label and its Service.
pub const NAME: &str = "grafana";
/// The port of its pods and its Service.
pub const PORT: u16 = 3000;
/// The image in a mirror of one's own carries the plugin that reads `VictoriaLogs`; pods may not fetch it.
const VERSION: &str = "12.2.0";
const SOURCES: &str = "grafana-sources";
const DASHBOARDS: &str = "grafana-dashboards";
const PROVIDERS: &str = "grafana-providers";
const CA_FOLDER: &str = "/etc/grafana/ca";

/// Sources as Grafana reads them.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Sources {
    api_version: u8,
    prune: bool,
    datasources: Vec<Source>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Source {
    name: String,
    uid: String,
    r#type: &'static str,
    access: &'static str,
    url: String,
    is_default: bool,
    editable: bool,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    json_data: BTreeMap<&'static str, bool>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    secure_json_data: BTreeMap<&'static str, String>,
}

/// Where dashboards lie.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Providers {
    api_version: u8,
    providers: Vec<Provider>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Provider {
    name: &'static str,
    r#type: &'static str,
    allow_ui_updates: bool,
    options: BTreeMap<&'static str, &'static str>,
}

/// Everything of Grafana.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let topology = input.topology;
    let origin = || vec![Path::of(["observability", "dashboards"])];
    let map = |name: &str, data: BTreeMap<String, String>| ConfigMap {
        metadata: meta::metadata(topology, meta::MONITORING, name, NAME),
        data: Some(data),
        ..ConfigMap::default()
    };
    let one = |file: &str, text: String| BTreeMap::from([(file.to_owned(), text)]);
    // YAML reads JSON.
    let providers = one("files.yaml", serde_json::to_string_pretty(&providers())?);
    let mut texts = BTreeMap::new();
    for (name, dashboard) in dashboards::all(input) {
        texts.insert(format!("{name}.json"), serde_json::to_string_pretty(&dashboard)?);
    }
    let mut artifacts = vec![
        Artifact::object(meta::MONITORING, &pods::service_account(topology, meta::MONITORING, NAME, false), origin())?,
        Artifact::object(meta::MONITORING, &access::service(topology, NAME, meta::selector(NAME), ("http", PORT)), origin())?,
        Artifact::object(meta::MONITORING, &map(PROVIDERS, providers), origin())?,
        Artifact::object(meta::MONITORING, &map(DASHBOARDS, texts), origin())?,
    ];
    for site in topology.datacenters.keys() {
        let name = format!("{SOURCES}-{site}");
        let sources = one("sources.yaml", serde_json::to_string_pretty(&sources(input, site))?);
        artifacts.push(Artifact::object(meta::MONITORING, &map(&name, sources), origin())?);
        artifacts.push(Artifact::object(meta::MONITORING, &deployment(input, site), origin())?);
    }
    Ok(artifacts)
}

/// Whether there are logs to show.
fn has_logs(input: &Input<'_>) -> bool {
    input.topology.observability.as_ref().is_some_and(|observability| observability.logs == Logs::Victorialogs)
}

/// Both data centres; the own one first, as the default.
fn sources(input: &Input<'_>, own: &Name) -> Sources {
    let mut datasources = Vec::new();
    for (site, datacenter) in &input.topology.datacenters {
        datasources.push(Source {
            name: format!("Prometheus {}", datacenter.title),
            uid: format!("prometheus-{site}"),
            r#type: "prometheus",
            access: "proxy",
            url: format!("http://{}-{site}.{}.svc:{}", prometheus::NAME, meta::MONITORING, prometheus::PORT),
            is_default: site == own,
            editable: false,
            json_data: BTreeMap::new(),
            secure_json_data: BTreeMap::new(),
        });
        if has_logs(input) {
            datasources.push(Source {
                name: format!("Logs {}", datacenter.title),
                uid: format!("logs-{site}"),
                r#type: "victoriametrics-logs-datasource",
                access: "proxy",
                url: format!("https://{}.{}.svc:{LOGS_PORT}", logs_server(site), meta::MONITORING),
                is_default: false,
                editable: false,
                json_data: BTreeMap::from([("tlsAuthWithCACert", true)]),
                secure_json_data: BTreeMap::from([("tlsCACert", format!("$__file{{{CA_FOLDER}/{CA_KEY}}}"))]),
            });
        }
    }
    Sources { api_version: 1, prune: true, datasources }
}

fn providers() -> Providers {
    let options = BTreeMap::from([("path", "/etc/grafana/dashboards")]);
    Providers { api_version: 1, providers: vec![Provider { name: "platform", r#type: "file", allow_ui_updates: false, options }] }
}

fn deployment(input: &Input<'_>, site: &Name) -> Deployment {
    let mut labels = meta::selector(NAME);
    labels.insert("app.kubernetes.io/instance".to_owned(), site.to_string());
    let mut volumes = vec![
        pods::config_volume("sources", &format!("{SOURCES}-{site}")),
        pods::config_volume("providers", PROVIDERS),
        pods::config_volume("dashboards", DASHBOARDS),
        pods::scratch("data"),
        pods::scratch("tmp"),
    ];
    volumes.extend(has_logs(input).then(|| pods::secret_volume("ca", LOGS_CA)));
    let spec = PodSpec {
        service_account_name: Some(NAME.to_owned()),
        automount_service_account_token: Some(false),
        security_context: Some(pods::pod_security()),
        affinity: Some(pods::at_site(site)),
        containers: vec![container(input)],
        volumes: Some(volumes),
        ..PodSpec::default()
    };
    kube_state::deployed(input, &format!("{NAME}-{site}"), labels, spec)
}

fn container(input: &Input<'_>) -> Container {
    let plain = |name: &str, value: &str| EnvVar { name: name.to_owned(), value: Some(value.to_owned()), value_from: None };
    let password = SecretKeySelector {
        name: GRAFANA_SECRET.to_owned(),
        key: GRAFANA_PASSWORD_KEY.to_owned(),
        ..SecretKeySelector::default()
    };
    let mut container = pods::container(NAME, meta::image(input.topology, "grafana/grafana", VERSION), ("http", PORT));
    container.env = Some(vec![
        EnvVar {
            name: "GF_SECURITY_ADMIN_PASSWORD".to_owned(),
            value: None,
            value_from: Some(EnvVarSource { secret_key_ref: Some(password), ..EnvVarSource::default() }),
        },
        plain("GF_ANALYTICS_REPORTING_ENABLED", "false"),
        plain("GF_ANALYTICS_CHECK_FOR_UPDATES", "false"),
        plain("GF_ANALYTICS_CHECK_FOR_PLUGIN_UPDATES", "false"),
        plain("GF_PLUGINS_PREINSTALL_DISABLED", "true"),
        plain("GF_USERS_ALLOW_SIGN_UP", "false"),
    ]);
    container.resources = Some(pods::resources("100m", "512Mi"));
    container.readiness_probe = Some(pods::ready("/api/health", "http", "HTTP"));
    let mut mounts = vec![
        pods::mount("sources", "/etc/grafana/provisioning/datasources", true),
        pods::mount("providers", "/etc/grafana/provisioning/dashboards", true),
        pods::mount("dashboards", "/etc/grafana/dashboards", true),
        pods::mount("data", "/var/lib/grafana", false),
        pods::mount("tmp", "/tmp", false),
    ];
    mounts.extend(has_logs(input).then(|| pods::mount("ca", CA_FOLDER, true)));
    container.volume_mounts = Some(mounts);
    container
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    #[test]
    fn each_shows_both_data_centres_and_prefers_its_own() {
        let sources = sources(&seed().input(), &"spb".parse().unwrap());
        let names: Vec<_> = sources.datasources.iter().map(|source| source.uid.as_str()).collect();
        assert_eq!(names, ["prometheus-msk", "logs-msk", "prometheus-spb", "logs-spb"]);
        let default: Vec<_> = sources.datasources.iter().filter(|source| source.is_default).collect();
        assert_eq!((default.len(), default[0].uid.as_str()), (1, "prometheus-spb"));
    }
}
