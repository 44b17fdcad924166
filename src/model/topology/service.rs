//! A service: what runs on Kubernetes.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::rules::{Disruption, Objectives, Spread, Traffic};
pub use super::variants::{Cqrs, Graphql, Job, Patch, PatchOp, PersistedQueries};
use crate::model::name::{DnsName, Name, Reference, UrlPath};
use crate::model::unit::{Bytes, Cpu, Duration, Share};

/// A workload on Kubernetes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Service {
    /// The container image, with a tag or digest that does not move.
    #[schemars(regex(pattern = r"^[a-z0-9][a-zA-Z0-9._/:@-]{0,254}$"), extend("x-help" = "an image such as `registry.inuretech.ru/core-app:2.14.0`"), example = &"registry.inuretech.ru/core-app:2.14.0")]
    pub image: String,
    /// The program to run instead of the image's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["/bin/report"])]
    pub command: Vec<String>,
    /// Arguments of the program.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(example = ["--verbose"])]
    pub args: Vec<String>,
    /// A namespace of its own instead of `apps`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namespace: Option<Name>,
    /// The ports that it listens on, by name; none for a worker that only consumes.
    #[serde(default)]
    #[schemars(inner(range(min = 1, max = 65535)), example = BTreeMap::from([("http", 8080)]))]
    pub ports: BTreeMap<Name, u16>,
    /// How many replicas; inherited from `rules`.
    pub replicas: Option<Replicas>,
    /// What one replica asks for.
    pub resources: Resources,
    /// Environment variables that are no secret.
    #[serde(default)]
    #[schemars(example = BTreeMap::from([("LOG_LEVEL", "info")]))]
    pub env: BTreeMap<String, String>,
    /// Configuration files by name; they become a `ConfigMap` mounted at `/etc/<service>`.
    #[serde(default)]
    pub config: BTreeMap<String, ConfigFile>,
    /// Secrets by name, never by value.
    #[serde(default)]
    pub secrets: Vec<SecretUse>,
    /// Probes; required where there is a port.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub health: Option<Health>,
    /// What it scales by, between the fewest and the most replicas.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scale: Option<Scale>,
    /// The services that it calls.
    #[serde(default)]
    #[schemars(example = ["client-info"])]
    pub calls: Vec<Name>,
    /// The stores that it uses.
    #[serde(default)]
    pub uses: Uses,
    /// The public routes that lead to it.
    #[serde(default)]
    pub expose: Vec<Route>,
    /// How its replicas are spread; inherited from `rules`.
    pub spread: Option<Spread>,
    /// Whose endpoints its callers prefer; inherited from `rules`.
    pub traffic: Option<Traffic>,
    /// What a voluntary disruption may take at once; inherited from `rules`.
    pub disruption: Option<Disruption>,
    /// What is promised for this service, where it differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub objectives: Option<Objectives>,
    /// A GraphQL gateway with limits; only where it is justified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graphql: Option<Graphql>,
    /// A read model: this service projects events into a cache, once per data centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cqrs: Option<Cqrs>,
    /// Runs on a schedule instead of always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub job: Option<Job>,
    /// JSON patches (RFC 6902) on rendered objects, validated like everything else.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub patches: Vec<Patch>,
}

/// The port name that health checks and routes use.
pub const HTTP: &str = "http";
/// The port name that metrics are scraped from.
pub const METRICS: &str = "metrics";
/// The namespace of services that name none.
pub const APPS: &str = "apps";

impl Service {
    /// The fewest replicas; resolved from `rules` before anything reads it.
    pub fn least(&self) -> u32 {
        self.replicas.as_ref().map_or(1, |replicas| replicas.min)
    }

    /// The most replicas.
    pub fn most(&self) -> u32 {
        self.replicas.as_ref().map_or(1, |replicas| replicas.max.unwrap_or(replicas.min).max(replicas.min))
    }

    /// The namespace that it runs in.
    pub fn namespace(&self) -> &str {
        self.namespace.as_ref().map_or(APPS, Name::as_str)
    }

    /// Where a listener for requests stands: `http`, else the first port that is not for metrics.
    pub fn request_port(&self) -> Option<(&Name, u16)> {
        let named = self.ports.iter().find(|(name, _)| name.as_str() == HTTP);
        let other = || self.ports.iter().find(|(name, _)| name.as_str() != METRICS);
        named.or_else(other).map(|(name, port)| (name, *port))
    }

    /// How its replicas are spread.
    pub fn spread(&self) -> Spread {
        self.spread.clone().unwrap_or_default()
    }

    /// Whose endpoints its callers prefer.
    pub fn traffic(&self) -> Traffic {
        self.traffic.unwrap_or(Traffic::Datacenter)
    }
}

/// How many replicas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Replicas {
    /// The fewest.
    #[schemars(range(min = 1, max = 10000), example = 4)]
    pub min: u32,
    /// The most; the same as `min` where it does not scale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000), example = 24)]
    pub max: Option<u32>,
}

/// What one replica asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Resources {
    /// Processor time; the request.
    pub cpu: Cpu,
    /// Memory; the request and the limit.
    pub memory: Bytes,
}

/// A configuration file: text in the topology, or a file beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ConfigFile {
    /// A path relative to the topology file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(length(min = 1, max = 255), example = &"config/core-app.yaml")]
    pub file: Option<String>,
    /// The text itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"level: info\n")]
    pub text: Option<String>,
}

/// An environment variable out of a Secret that exists on the cluster.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct SecretUse {
    /// The variable.
    #[schemars(regex(pattern = "^[A-Za-z_][A-Za-z0-9_]*$"), extend("x-help" = "a variable name such as `DB_PASSWORD`"), example = &"DB_PASSWORD")]
    pub env: String,
    /// The Secret and its key.
    #[schemars(example = &"core-db/password")]
    pub from: Reference,
}

/// The three probes of a service; HTTP paths on the `http` port.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Health {
    /// Answers once it has started.
    #[schemars(example = &"/health/startup")]
    pub startup: UrlPath,
    /// Answers while it need not be restarted.
    #[schemars(example = &"/health/live")]
    pub live: UrlPath,
    /// Answers while it can take requests; it must not look at anything in the other data centre.
    #[schemars(example = &"/health/ready")]
    pub ready: UrlPath,
    /// How long a start may take.
    #[serde(default = "Health::default_start")]
    #[schemars(example = &"2m")]
    pub start_within: Duration,
}

impl Health {
    const fn default_start() -> Duration {
        Duration::from_seconds(120)
    }
}

/// What a service scales by.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Scale {
    /// The share of the processor request to keep.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cpu: Option<Share>,
    /// Requests per second of one replica.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), example = 150)]
    pub rps: Option<u32>,
    /// Records that one replica may lag behind, for a consumer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1), example = 500)]
    pub lag: Option<u32>,
    /// Other measures by name.
    #[serde(default)]
    pub custom: BTreeMap<Name, CustomMetric>,
}

/// A Prometheus query and what one replica may have of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CustomMetric {
    /// A query that yields one number.
    #[schemars(length(min = 1, max = 2000), example = &"sum(rate(orders_total[1m])) * 60")]
    pub query: String,
    /// How much one replica takes.
    #[schemars(range(min = 1), example = 300)]
    pub target: u32,
}

/// The stores that a service uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Uses {
    /// A PostgreSQL cluster, or `cluster/database`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"core")]
    pub postgres: Option<Reference>,
    /// A cache.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"cache")]
    pub redis: Option<Name>,
    /// Topics.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kafka: Option<KafkaUse>,
    /// A bucket.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"documents/policies")]
    pub s3: Option<Reference>,
}

/// The topics that a service writes and reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct KafkaUse {
    /// Topics that it writes.
    #[serde(default)]
    #[schemars(example = ["events/orders"])]
    pub produce: Vec<Reference>,
    /// Topics that it reads.
    #[serde(default)]
    #[schemars(example = ["events/payments"])]
    pub consume: Vec<Reference>,
}

/// A public route.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Route {
    /// The host under the topology's `domain`.
    #[schemars(example = &"www")]
    pub host: DnsName,
    /// A path prefix.
    #[schemars(example = &"/")]
    pub path: UrlPath,
    /// Its share of the route's requests; the weights of one path sum to 100.
    #[serde(default = "Route::default_weight")]
    #[schemars(range(min = 0, max = 100), example = 100)]
    pub weight: u8,
}

impl Route {
    const fn default_weight() -> u8 {
        100
    }
}
