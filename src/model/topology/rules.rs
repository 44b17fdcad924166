//! The replica rules and the objectives.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::unit::Duration;

/// What is promised to the users of the platform.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Objectives {
    /// How much acknowledged data may be lost, as a time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"0s")]
    pub rpo: Option<Duration>,
    /// How long a service may be away.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"15m")]
    pub rto: Option<Duration>,
    /// How long it takes until a person acts.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"15m")]
    pub response: Option<Duration>,
    /// Whether an objective that cannot be met is an error instead of a warning.
    #[serde(default)]
    #[schemars(example = false)]
    pub enforce: bool,
}

/// The rules that every service obeys unless it says otherwise.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Rules {
    /// How many replicas a service has at least.
    pub replicas: ReplicaRule,
    /// How replicas are spread.
    pub spread: Spread,
    /// Whose endpoints a caller prefers.
    pub traffic: Traffic,
    /// What a voluntary disruption may take at once.
    pub disruption: Disruption,
    /// What may be lost while every service still fits at its minimum.
    pub survive_loss_of: SurviveLossOf,
}

impl Default for Rules {
    fn default() -> Self {
        Self {
            replicas: ReplicaRule { min: 3 },
            spread: Spread::default(),
            traffic: Traffic::Datacenter,
            disruption: Disruption { max_unavailable: 1 },
            survive_loss_of: SurviveLossOf::Datacenter,
        }
    }
}

/// The fewest replicas that a service may have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ReplicaRule {
    /// The fewest replicas.
    #[schemars(range(min = 1, max = 1000), example = 3)]
    pub min: u32,
}

/// How strictly replicas are spread over each kind of failure domain.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase", default)]
pub struct Spread {
    /// Over the data centres.
    pub datacenter: Strictness,
    /// Over the racks of a data centre.
    pub rack: Strictness,
    /// Over the nodes: evenly, which is not the same as never sharing one.
    pub node: Strictness,
}

impl Default for Spread {
    fn default() -> Self {
        Self { datacenter: Strictness::Hard, rack: Strictness::Soft, node: Strictness::Hard }
    }
}

/// Whether a spread is a condition or a wish.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"hard")]
pub enum Strictness {
    /// A pod that would break it stays pending.
    Hard,
    /// The scheduler prefers it.
    Soft,
    /// Not asked for.
    Off,
}

/// Whose endpoints a caller prefers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"datacenter")]
pub enum Traffic {
    /// Those on the caller's own node, then its data centre's, then any.
    Node,
    /// Those of the caller's own data centre, then any.
    Datacenter,
    /// All alike.
    Any,
}

/// What a voluntary disruption may take at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Disruption {
    /// How many pods may be away at once; 0 would make every drain hang.
    #[schemars(range(min = 0, max = 1000), example = 1)]
    pub max_unavailable: u32,
}

/// What may be lost while the platform still carries its load.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"datacenter")]
pub enum SurviveLossOf {
    /// One node.
    Node,
    /// One rack.
    Rack,
    /// One data centre.
    Datacenter,
}
