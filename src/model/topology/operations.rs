//! What grows, what is watched, and what is waived.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::name::{Name, Reference};

/// What grows with the load.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Autoscaling {
    /// What scales pods.
    #[serde(default)]
    pub pods: PodScaler,
    /// What scales nodes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub nodes: Option<NodeScaler>,
}

/// What scales pods.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"keda")]
pub enum PodScaler {
    /// KEDA, which also reads Prometheus and Kafka.
    #[default]
    Keda,
    /// The built-in autoscaler, which reads processor time only.
    Hpa,
}

/// What scales nodes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct NodeScaler {
    /// Who makes machines.
    #[serde(default)]
    pub provider: NodeProvider,
    /// The name of the group in each data centre (`<platform>-<group>-<dc>`).
    #[schemars(example = &"elastic")]
    pub group: Name,
}

/// Who makes machines.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"clusterapi")]
pub enum NodeProvider {
    /// Cluster API.
    #[default]
    Clusterapi,
}

/// Metrics, logs and alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Observability {
    /// What collects metrics.
    #[serde(default)]
    pub metrics: Metrics,
    /// What collects logs.
    #[serde(default)]
    pub logs: Logs,
    /// What shows both.
    #[serde(default)]
    pub dashboards: Dashboards,
    /// Something outside both data centres that notices when the monitoring itself is silent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadman: Option<Deadman>,
}

/// What collects metrics.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"prometheus-operator")]
pub enum Metrics {
    /// A full Prometheus in each data centre, each scraping both.
    #[default]
    PrometheusOperator,
}

/// What collects logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"victorialogs")]
pub enum Logs {
    /// `VictoriaLogs` in each data centre; agents ship to both.
    #[default]
    Victorialogs,
    /// None.
    Off,
}

/// What shows metrics and logs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"grafana")]
pub enum Dashboards {
    /// Grafana in each data centre.
    #[default]
    Grafana,
    /// None.
    Off,
}

/// A dead man's switch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Deadman {
    /// The Secret and key that hold its address.
    #[schemars(example = &"monitoring/deadman-url")]
    pub from: Reference,
}

/// A finding that is accepted for a while.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Waiver {
    /// The code of the finding.
    #[schemars(regex(pattern = "^IT[1-9][0-9]{2}$"), extend("x-help" = "a code such as `IT214`"), example = &"IT214")]
    pub code: String,
    /// The place of the finding, or anything above it, as paths are printed.
    #[schemars(length(min = 1, max = 500), example = &"postgres.core")]
    pub at: String,
    /// Why it is accepted.
    #[schemars(length(min = 10, max = 1000), example = &"the witness is ordered for March")]
    pub reason: String,
    /// The last day on which it holds.
    #[schemars(regex(pattern = "^20[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$"), extend("x-help" = "a date such as `2027-03-01`"), example = &"2027-03-01")]
    pub until: String,
}
