//! Monitoring: two full stacks, one in each data centre, each of which sees both. Prometheus and Alertmanager run under
//! the Prometheus operator; the rest are plain pods. What is scraped and what is alerted on follows from the topology.

mod access;
mod alertmanager;
mod alerts;
mod dashboards;
mod exporters;
mod grafana;
mod kube_state;
mod logs;
mod monitors;
mod network;
mod pods;
mod probes;
mod prometheus;
mod resource;
mod targets;

use super::{Input, RenderError};
use crate::model::Artifact;
use crate::model::topology::operations::{Dashboards, Logs, Metrics};

/// The label `cluster` of the etcd that the control plane keeps its state in.
const KUBERNETES: &str = "kubernetes";

/// Everything of monitoring; nothing where the topology has none.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let Some(observability) = &input.topology.observability else { return Ok(Vec::new()) };
    let mut artifacts = match observability.metrics {
        Metrics::PrometheusOperator => prometheus::render(input)?,
    };
    artifacts.extend(alertmanager::render(input)?);
    artifacts.extend(alerts::render(input)?);
    artifacts.extend(exporters::render(input)?);
    artifacts.extend(kube_state::render(input)?);
    artifacts.extend(monitors::render(input)?);
    artifacts.extend(network::render(input)?);
    artifacts.extend(probes::render(input)?);
    artifacts.extend(targets::render(input)?);
    match observability.dashboards {
        Dashboards::Grafana => artifacts.extend(grafana::render(input)?),
        Dashboards::Off => {}
    }
    match observability.logs {
        Logs::Victorialogs => artifacts.extend(logs::render(input)?),
        Logs::Off => {}
    }
    Ok(artifacts)
}
