//! What fits, what does not, and why.

use serde::Serialize;

use crate::model::name::{HostName, Name};
use crate::model::path::Path;
use crate::model::unit::{Bytes, Cpu};

/// Processor time that a node keeps for the kubelet and the system, in thousandths of a core; the rendered kubelet
/// configuration reserves the same.
pub const RESERVED_CPU: u64 = 500;
/// Memory that a node keeps for the kubelet, the system and eviction, in bytes.
pub const RESERVED_MEMORY: u64 = 1536 << 20;

/// Whether what must run fits when something is lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Capacity {
    /// What is lost, for example `dc:msk`, `rack:msk-a`, `host:msk-worker-1`; empty for nothing.
    pub lost: String,
    /// Whether services run at their fewest or most replicas.
    pub at: Load,
    /// Processor time that is asked for.
    pub cpu_needed: Cpu,
    /// Processor time that is left, after what nodes keep for themselves.
    pub cpu_left: Cpu,
    /// Memory that is asked for.
    pub memory_needed: Bytes,
    /// Memory that is left.
    pub memory_left: Bytes,
    /// Services that could not place all replicas, with how many are missing.
    pub short: Vec<(Name, u32)>,
}

impl Capacity {
    /// Whether everything fits.
    pub fn fits(&self) -> bool {
        self.short.is_empty() && self.cpu_needed <= self.cpu_left && self.memory_needed <= self.memory_left
    }
}

/// The load under which capacity is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Load {
    /// Every service at its fewest replicas.
    Fewest,
    /// Every service at its most.
    Most,
}

/// Members that found no host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unplaced {
    /// The system, for example `postgres.core`.
    pub system: String,
    /// Where the members are declared.
    pub at: Path,
    /// Where they should stand.
    pub site: Name,
    /// The pool.
    pub pool: Name,
    /// How many were asked for.
    pub wanted: u32,
    /// How many hosts the pool has; `None` where there is no such pool.
    pub have: Option<u32>,
}

/// Two listeners on one port of one host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Collision {
    /// The host.
    pub host: HostName,
    /// The port.
    pub port: u16,
    /// What listens there already.
    pub first: String,
    /// What would listen there too.
    pub second: String,
    /// Where the second is declared.
    pub at: Path,
}

/// A pool that could not be given addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Unaddressed {
    /// Where the pool is declared.
    pub at: Path,
    /// Why.
    pub reason: UnaddressedReason,
}

/// Why a pool has no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum UnaddressedReason {
    /// Its name is none of the well-known ones, whose subnets are fixed, and it declares no subnet.
    NoSubnet,
    /// The subnet has fewer addresses than the pool has hosts.
    TooSmall {
        /// The subnet.
        subnet: String,
        /// How many hosts fit.
        fits: u32,
    },
}
