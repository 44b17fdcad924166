//! The shape of Vector's configuration, of exactly the keys that are rendered.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::model::Name;

/// The room on disk for what one server does not take: 1 GiB; beyond it the newest is dropped, never the host.
const BUFFER: u64 = 1 << 30;

/// A configuration.
#[derive(Debug, Serialize)]
pub struct Config {
    /// Where it keeps buffers and positions.
    pub data_dir: &'static str,
    /// What is read.
    pub sources: BTreeMap<String, Source>,
    /// What is made of it.
    pub transforms: BTreeMap<String, Transform>,
    /// Where it goes.
    pub sinks: BTreeMap<String, Sink>,
}

/// What is read.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Source {
    /// The journal of a host.
    Journald {
        /// Whether older boots are left alone.
        current_boot_only: bool,
    },
    /// Files.
    File {
        /// Their paths.
        include: Vec<&'static str>,
    },
    /// The logs of the pods of a node.
    KubernetesLogs {
        /// Whether the API server is asked from its cache.
        use_apiserver_cache: bool,
    },
}

/// What is made of events.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Transform {
    /// A program of Vector's language.
    Remap {
        /// What it takes.
        inputs: Vec<String>,
        /// The program.
        source: String,
    },
    /// Counts events.
    LogToMetric {
        /// What it takes.
        inputs: Vec<String>,
        /// What it counts.
        metrics: Vec<Counter>,
    },
}

/// A counter of events.
#[derive(Debug, Serialize)]
pub struct Counter {
    /// `counter`.
    pub r#type: &'static str,
    /// The field that must be there.
    pub field: &'static str,
    /// Its name.
    pub name: &'static str,
    /// Its labels, out of fields.
    pub tags: BTreeMap<&'static str, &'static str>,
}

/// Where events go.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Sink {
    /// A log server.
    Elasticsearch(Box<Server>),
    /// Prometheus comes for it.
    PrometheusExporter {
        /// What it takes.
        inputs: Vec<String>,
        /// Where it listens.
        address: String,
    },
}

/// A log server, through the bulk protocol that it shares with Elasticsearch.
#[derive(Debug, Serialize)]
pub struct Server {
    inputs: Vec<String>,
    endpoints: Vec<String>,
    mode: &'static str,
    api_version: &'static str,
    compression: &'static str,
    healthcheck: Healthcheck,
    query: BTreeMap<&'static str, &'static str>,
    tls: Tls,
    buffer: Buffer,
}

#[derive(Debug, Serialize)]
struct Healthcheck {
    enabled: bool,
}

#[derive(Debug, Serialize)]
struct Tls {
    ca_file: &'static str,
}

#[derive(Debug, Serialize)]
struct Buffer {
    r#type: &'static str,
    max_size: u64,
    when_full: &'static str,
}

/// The sink for the server of one data centre, and its name.
pub fn server(site: &Name, endpoints: Vec<String>, ca_file: &'static str, streams: &'static str) -> (String, Sink) {
    let server = Server {
        inputs: vec![PLACED.to_owned()],
        endpoints: endpoints.into_iter().map(|address| format!("https://{address}/insert/elasticsearch/")).collect(),
        mode: "bulk",
        api_version: "v8",
        compression: "gzip",
        healthcheck: Healthcheck { enabled: false },
        query: BTreeMap::from([("_msg_field", "message"), ("_time_field", "timestamp"), ("_stream_fields", streams)]),
        tls: Tls { ca_file },
        buffer: Buffer { r#type: "disk", max_size: BUFFER, when_full: "drop_newest" },
    };
    (format!("server_{}", site.as_str().replace('-', "_")), Sink::Elasticsearch(Box::new(server)))
}

/// The transform that says where an event comes from.
pub const PLACED: &str = "placed";
