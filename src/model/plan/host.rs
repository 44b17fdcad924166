//! Sites, hosts, and the members that stand on them.

use std::collections::BTreeMap;
use std::net::Ipv4Addr;

use ipnet::Ipv4Net;
use serde::Serialize;

use crate::model::name::{HostName, Name};
use crate::model::unit::{Bytes, Cpu};

/// A data centre or the witness.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Site {
    /// Which of the three.
    pub kind: SiteKind,
    /// What people call it.
    pub title: String,
    /// Its private network.
    pub network: Ipv4Net,
    /// Its position by name: data centres 0 and 1, the witness 2. Identifiers of members begin at 1000 times it.
    pub index: u32,
}

/// What a site is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SiteKind {
    /// The data centre that is meant to hold every majority.
    Preferred,
    /// The other data centre.
    Standby,
    /// The third location.
    Witness,
}

/// A machine.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Host {
    /// Where it stands.
    pub site: Name,
    /// The pool that it belongs to.
    pub pool: Name,
    /// Its number in the pool, from 1.
    pub ordinal: u32,
    /// Its address on the private network.
    pub address: Ipv4Addr,
    /// The rack label, `<dc>-<rack>`.
    pub rack: Option<String>,
    /// Processor time.
    pub cpu: Cpu,
    /// Memory.
    pub memory: Bytes,
    /// Disk.
    pub disk: Option<Bytes>,
    /// What listens on it, by TCP port.
    pub listeners: BTreeMap<u16, String>,
}

/// A member of a system that stands on a host.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Member {
    /// The host, which is also the member's name.
    pub host: HostName,
    /// Where it stands.
    pub site: Name,
    /// The host's address.
    pub address: Ipv4Addr,
    /// Its number among the system's members of the site, from 1.
    pub ordinal: u32,
    /// The rack label.
    pub rack: Option<String>,
}
