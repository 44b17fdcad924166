//! What some services are beside a deployment: a GraphQL gateway, a read model, a scheduled job, patched objects.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::name::{Name, Reference};
use crate::model::unit::Duration;

/// A GraphQL gateway.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Graphql {
    /// Whether only registered documents are executed.
    pub persisted_queries: PersistedQueries,
    /// How deep a document may nest.
    #[schemars(range(min = 1, max = 100), example = 8)]
    pub max_depth: u32,
    /// How much a document may cost.
    #[serde(default = "Graphql::default_cost")]
    #[schemars(range(min = 1), example = 1000)]
    pub max_cost: u32,
    /// The services that it composes; each is called.
    #[schemars(example = ["client-info", "orders"])]
    pub subgraphs: Vec<Name>,
    /// How long edge and CDN may keep the answer of a registered GET.
    #[serde(default = "Graphql::default_ttl")]
    #[schemars(example = &"10s")]
    pub ttl: Duration,
}

impl Graphql {
    const fn default_cost() -> u32 {
        1000
    }

    const fn default_ttl() -> Duration {
        Duration::from_seconds(10)
    }
}

/// Whether a GraphQL gateway executes only registered documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"required")]
pub enum PersistedQueries {
    /// Only registered ones.
    Required,
    /// Any document.
    Off,
}

/// A read model: where it comes from and where it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Cqrs {
    /// The name of the read model.
    #[schemars(example = &"order-card")]
    pub model: Name,
    /// The cache that holds it.
    #[serde(rename = "in")]
    #[schemars(example = &"cache")]
    pub cache: Name,
    /// The topic that it is projected from.
    #[schemars(example = &"events/orders")]
    pub from: Reference,
    /// How far it may lag behind.
    #[serde(default = "Cqrs::default_staleness")]
    #[schemars(example = &"30s")]
    pub staleness: Duration,
}

impl Cqrs {
    const fn default_staleness() -> Duration {
        Duration::from_seconds(30)
    }
}

/// A schedule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Job {
    /// Five cron fields.
    #[schemars(regex(pattern = r"^[0-9*/,A-Za-z-]+( [0-9*/,A-Za-z-]+){4}$"), extend("x-help" = "five cron fields such as `0 2 * * *`"), example = &"0 2 * * *")]
    pub schedule: String,
    /// The time zone of the schedule.
    #[serde(default = "Job::default_zone")]
    #[schemars(regex(pattern = "^[A-Za-z_+-]+(/[A-Za-z0-9_+-]+)*$"), extend("x-help" = "a time zone such as `Europe/Moscow`"), example = &"Europe/Moscow")]
    pub time_zone: String,
    /// How long one run may take.
    #[serde(default = "Job::default_deadline")]
    #[schemars(example = &"1h")]
    pub deadline: Duration,
}

impl Job {
    fn default_zone() -> String {
        "Europe/Moscow".to_owned()
    }

    const fn default_deadline() -> Duration {
        Duration::from_seconds(3600)
    }
}

/// A JSON patch on the rendered objects of one kind.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Patch {
    /// The kind of the object, for example `Deployment`.
    #[schemars(regex(pattern = "^[A-Z][A-Za-z]{1,62}$"), extend("x-help" = "a kind such as `Deployment`"), example = &"Deployment")]
    pub kind: String,
    /// The operation.
    pub op: PatchOp,
    /// A JSON pointer into the object.
    #[schemars(regex(pattern = "^/"), extend("x-help" = "a JSON pointer such as `/spec/replicas`"), example = &"/spec/template/spec/hostname")]
    pub path: String,
    /// The new value, for `add` and `replace`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"value")]
    pub value: Option<Value>,
}

/// What a patch does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"replace")]
pub enum PatchOp {
    /// Adds a member or element.
    Add,
    /// Removes what is there.
    Remove,
    /// Replaces what is there.
    Replace,
}
