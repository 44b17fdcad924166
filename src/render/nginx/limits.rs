//! Request limits: one zone for each contract, one for all bots. A rate cannot be a variable in nginx, and an empty key
//! is not counted, which is how each zone counts its own client only.

use serde::Serialize;

use crate::model::plan::edge;
use crate::model::topology::edge::Limit;
use crate::model::unit::{Rate, RatePeriod};
use crate::model::{Name, Topology};

/// All limits, and how a client is known.
#[derive(Debug, Default, Serialize)]
pub struct Limits {
    key: Option<Key>,
    subjects: Vec<Name>,
    clients: Vec<Zone>,
    bots: Option<Zone>,
    /// Seconds after which a refused client may come back: the time in which the slowest limit lets one more through.
    pub retry_after: u64,
}

/// The header that carries a client's key, and the secret map from keys to clients.
#[derive(Debug, Serialize)]
struct Key {
    header: String,
    map: String,
}

/// A zone.
#[derive(Debug, Serialize)]
struct Zone {
    name: String,
    variable: String,
    rate: String,
    burst: Option<u32>,
}

/// A limit as a server applies it.
#[derive(Debug, Serialize)]
pub struct Applied {
    zone: String,
    burst: Option<u32>,
}

impl Limits {
    /// The limits of a topology; empty where it has none.
    pub fn of(topology: &Topology) -> Self {
        let Some(limits) = topology.edge.as_ref().and_then(|edge| edge.limits.as_ref()) else { return Self::default() };
        let identify = &limits.identify;
        let key = identify.header.as_ref().zip(identify.map.as_ref());
        let key = key.map(|(header, map)| Key { header: variable(&header.to_lowercase()), map: edge::client_map(map) });
        let by_subject = key.is_none() && identify.mtls_subject;
        let all = limits.clients.values().chain(&limits.bots);
        Self {
            key,
            subjects: limits.clients.keys().filter(|_| by_subject).cloned().collect(),
            clients: limits.clients.iter().map(|(name, limit)| Zone::of(name.as_str(), limit)).collect(),
            bots: limits.bots.as_ref().map(|limit| Zone::of("bots", limit)),
            retry_after: all.map(|limit| seconds_for_one(limit.rate)).max().unwrap_or(1),
        }
    }

    /// Whether clients show certificates.
    pub fn asks_certificates(&self) -> bool {
        !self.subjects.is_empty()
    }

    /// What every server applies.
    pub fn applied(&self) -> Vec<Applied> {
        let clients = self.clients.iter().map(|zone| Applied { zone: format!("client_{}", zone.name), burst: zone.burst });
        let bots = self.bots.iter().map(|zone| Applied { zone: zone.name.clone(), burst: zone.burst });
        clients.chain(bots).collect()
    }
}

impl Zone {
    fn of(name: &str, limit: &Limit) -> Self {
        let burst = Some(limit.burst).filter(|burst| *burst > 0);
        Self { name: name.to_owned(), variable: variable(name), rate: rate(limit.rate), burst }
    }
}

/// A rate as nginx writes it.
fn rate(rate: Rate) -> String {
    match rate.per {
        RatePeriod::Second => format!("{}r/s", rate.count),
        RatePeriod::Minute => format!("{}r/m", rate.count),
    }
}

/// Whole seconds in which a rate lets one request through.
fn seconds_for_one(rate: Rate) -> u64 {
    let period: u64 = match rate.per {
        RatePeriod::Second => 1,
        RatePeriod::Minute => 60,
    };
    period.div_ceil(u64::from(rate.count).max(1))
}

/// A name as a part of a variable's name.
fn variable(name: &str) -> String {
    name.replace('-', "_")
}
