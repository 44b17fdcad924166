//! Dashboards: few panels, each an answer to a question that is asked in an incident.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::topology::kafka::Run;
use crate::model::topology::operations::Logs;
use crate::render::Input;

/// A dashboard as Grafana reads it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Dashboard {
    uid: &'static str,
    title: &'static str,
    schema_version: u32,
    editable: bool,
    refresh: &'static str,
    time: Time,
    templating: Templating,
    panels: Vec<Panel>,
}

#[derive(Debug, Serialize)]
struct Time {
    from: &'static str,
    to: &'static str,
}

/// What is chosen at the top: whose Prometheus is asked.
#[derive(Debug, Serialize)]
struct Templating {
    list: Vec<Variable>,
}

#[derive(Debug, Serialize)]
struct Variable {
    name: &'static str,
    label: &'static str,
    r#type: &'static str,
    query: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Panel {
    id: usize,
    title: &'static str,
    r#type: &'static str,
    grid_pos: Position,
    datasource: Source,
    field_config: FieldConfig,
    targets: Vec<Target>,
}

#[derive(Debug, Serialize)]
struct Position {
    x: usize,
    y: usize,
    w: usize,
    h: usize,
}

#[derive(Debug, Clone, Serialize)]
struct Source {
    r#type: &'static str,
    uid: &'static str,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldConfig {
    defaults: Defaults,
}

#[derive(Debug, Serialize)]
struct Defaults {
    unit: &'static str,
    min: u8,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    ref_id: &'static str,
    expr: &'static str,
    legend_format: &'static str,
}

const SOURCE: Source = Source { r#type: "prometheus", uid: "${prometheus}" };
/// The panels of one row.
const COLUMNS: usize = 2;
const WIDTH: usize = 12;
const HEIGHT: usize = 8;

/// A panel: its title, its query, its legend and its unit.
type Line = (&'static str, &'static str, &'static str, &'static str);

const PLATFORM: [Line; 6] = [
    ("Targets that answer, by data centre", "avg by (dc) (up)", "{{dc}}", "percentunit"),
    ("Alerts that fire", "sum by (severity) (ALERTS{alertstate=\"firing\",severity!=\"none\"})", "{{severity}}", "short"),
    (
        "Nodes ready, by data centre",
        "sum by (label_topology_kubernetes_io_zone) (max by (node) (kube_node_status_condition{condition=\"Ready\",status=\"true\"}) * on (node) group_left (label_topology_kubernetes_io_zone) max by (node, label_topology_kubernetes_io_zone) (kube_node_labels))",
        "{{label_topology_kubernetes_io_zone}}",
        "short",
    ),
    ("Members of etcd that answer", "sum by (cluster, dc) (up{job=\"etcd\"})", "{{cluster}} {{dc}}", "short"),
    (
        "Round trip between members of etcd, 99th percentile",
        "histogram_quantile(0.99, sum by (cluster, dc, le) (rate(etcd_network_peer_round_trip_time_seconds_bucket[5m])))",
        "{{cluster}} from {{dc}}",
        "s",
    ),
    (
        "Processor time used, by data centre",
        "1 - avg by (dc) (rate(node_cpu_seconds_total{mode=\"idle\"}[5m]))",
        "{{dc}}",
        "percentunit",
    ),
];

const POSTGRES: [Line; 6] = [
    ("Who leads", "patroni_primary == 1", "{{cluster}} {{host}}", "short"),
    (
        "Synchronous standbys, by data centre",
        "sum by (cluster, dc) (patroni_sync_standby + patroni_quorum_standby)",
        "{{cluster}} {{dc}}",
        "short",
    ),
    (
        "Not yet replayed",
        "max by (cluster) (patroni_xlog_location) - on (cluster) group_right () max by (cluster, host) (patroni_xlog_replayed_location > 0)",
        "{{host}}",
        "bytes",
    ),
    ("Seconds since etcd was seen", "time() - patroni_dcs_last_seen", "{{host}}", "s"),
    ("Timeline", "max by (cluster) (patroni_postgres_timeline)", "{{cluster}}", "short"),
    (
        "Sessions through the proxies",
        "sum by (host, proxy) (haproxy_frontend_current_sessions{proxy!=\"statistics\"})",
        "{{host}} {{proxy}}",
        "short",
    ),
];

const KAFKA: [Line; 4] = [
    (
        "Partitions that refuse records",
        "sum by (cluster) (kafka_server_replicamanager_underminisrpartitioncount)",
        "{{cluster}}",
        "short",
    ),
    (
        "Partitions that lack copies",
        "sum by (cluster, dc) (kafka_server_replicamanager_underreplicatedpartitions)",
        "{{cluster}} {{dc}}",
        "short",
    ),
    (
        "Records that wait, by group",
        "sum by (consumergroup, topic) (kafka_consumergroup_lag)",
        "{{consumergroup}} {{topic}}",
        "short",
    ),
    ("Records written", "sum by (topic) (deriv(kafka_topic_partition_current_offset[5m]))", "{{topic}}", "wps"),
];

const REDIS: [Line; 4] = [
    ("Masters, by data centre", "count by (cache, dc) (redis_instance_info{role=\"master\"})", "{{cache}} {{dc}}", "short"),
    (
        "Memory used, of what is allowed",
        "redis_memory_used_bytes / (redis_memory_max_bytes > 0)",
        "{{cache}} {{instance}}",
        "percentunit",
    ),
    (
        "Requests that found their key",
        "sum by (cache) (rate(redis_keyspace_hits_total[5m])) / (sum by (cache) (rate(redis_keyspace_hits_total[5m])) + sum by (cache) (rate(redis_keyspace_misses_total[5m])))",
        "{{cache}}",
        "percentunit",
    ),
    ("Keys evicted", "sum by (cache, dc) (rate(redis_evicted_keys_total[5m]))", "{{cache}} {{dc}}", "ops"),
];

const EDGE: [Line; 4] = [
    ("Answers, by data centre and status", "sum by (dc, status) (rate(edge_requests_total[5m]))", "{{dc}} {{status}}", "reqps"),
    ("Answers out of the cache", "sum by (dc, cache) (rate(edge_requests_total{cache!=\"\"}[5m]))", "{{dc}} {{cache}}", "reqps"),
    ("Healthy, as probed", "max by (dc) (probe_success{instance=~\"http:.*\"})", "{{dc}}", "short"),
    ("Certificates: time left", "min by (instance) (probe_ssl_earliest_cert_expiry) - time()", "{{instance}}", "s"),
];

const SERVICES: [Line; 4] = [
    ("Requests, by service", "sum by (service) (rate(http_requests_total[5m]))", "{{service}}", "reqps"),
    ("Requests, by data centre", "sum by (dc) (rate(http_requests_total[5m]))", "{{dc}}", "reqps"),
    ("Replicas that serve", "max by (deployment) (kube_deployment_status_replicas_available)", "{{deployment}}", "short"),
    (
        "Replicas, of the most allowed",
        "max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_status_current_replicas) / max by (horizontalpodautoscaler) (kube_horizontalpodautoscaler_spec_max_replicas)",
        "{{horizontalpodautoscaler}}",
        "percentunit",
    ),
];

/// Every dashboard of what the topology has, by the name of its file.
pub fn all(input: &Input<'_>) -> BTreeMap<&'static str, Dashboard> {
    let topology = input.topology;
    let mut all = vec![("platform", "Platform", PLATFORM.as_slice()), ("services", "Services", &SERVICES)];
    if !topology.postgres.is_empty() {
        all.push(("postgres", "PostgreSQL", &POSTGRES));
    }
    if topology.kafka.values().any(|kafka| kafka.run == Run::Kubernetes) {
        all.push(("kafka", "Kafka", &KAFKA));
    }
    if topology.redis.values().any(|redis| redis.run == Run::Kubernetes) {
        all.push(("redis", "Redis", &REDIS));
    }
    let counted = topology.observability.as_ref().is_some_and(|observability| observability.logs == Logs::Victorialogs);
    if topology.edge.is_some() && counted {
        all.push(("edge", "Edge", &EDGE));
    }
    all.into_iter().map(|(uid, title, lines)| (uid, dashboard(uid, title, lines))).collect()
}

fn dashboard(uid: &'static str, title: &'static str, lines: &[Line]) -> Dashboard {
    let variable = Variable { name: "prometheus", label: "Seen from", r#type: "datasource", query: "prometheus" };
    Dashboard {
        uid,
        title,
        schema_version: 41,
        editable: false,
        refresh: "30s",
        time: Time { from: "now-3h", to: "now" },
        templating: Templating { list: vec![variable] },
        panels: lines.iter().enumerate().map(panel).collect(),
    }
}

fn panel((index, (title, expr, legend_format, unit)): (usize, &Line)) -> Panel {
    Panel {
        id: index + 1,
        title,
        r#type: "timeseries",
        grid_pos: Position { x: index % COLUMNS * WIDTH, y: index / COLUMNS * HEIGHT, w: WIDTH, h: HEIGHT },
        datasource: SOURCE,
        field_config: FieldConfig { defaults: Defaults { unit, min: 0 } },
        targets: vec![Target { ref_id: "A", expr, legend_format }],
    }
}
