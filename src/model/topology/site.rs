//! Where things stand: data centres, the witness, their node pools and the link between them.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::Ipv4Net;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::model::name::{HostName, Name};
use crate::model::unit::{Bandwidth, Bytes, Cpu, Duration};

/// One of the two data centres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Datacenter {
    /// What people call it.
    #[schemars(length(min = 1, max = 80), example = &"Moscow")]
    pub title: String,
    /// `preferred` is meant to hold the majority of every quorum; the counts are checked against it.
    pub role: Role,
    /// Latitude and longitude in degrees, for answers by distance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = [55.7558, 37.6173])]
    pub coordinates: Option<[f64; 2]>,
    /// The private network of the data centre; each pool takes a subnet of it.
    #[schemars(with = "String", regex(pattern = CIDR), extend("x-help" = "an IPv4 network such as `10.10.0.0/16`"), example = &"10.10.0.0/16")]
    pub network: Ipv4Net,
    /// The public addresses of the edge.
    #[serde(default)]
    #[schemars(with = "Vec<String>", inner(regex(pattern = IP)), example = ["198.51.100.10"])]
    pub public: Vec<IpAddr>,
    /// How this data centre is cut off before the other takes over.
    #[serde(default)]
    #[schemars(example = ["acl", "ipmi"])]
    pub fencing: Vec<Fencing>,
    /// The racks, spread over in this order; the rack label is `<dc>-<rack>`.
    #[serde(default)]
    #[schemars(example = ["a", "b"])]
    pub racks: Vec<Name>,
    /// The pools of nodes, by name.
    pub nodes: BTreeMap<Name, Pool>,
}

const CIDR: &str = r"^([0-9]{1,3}\.){3}[0-9]{1,3}/([0-9]|[12][0-9]|3[0-2])$";
const IP: &str = r"^(([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f:]+)$";
const IPV4: &str = r"^([0-9]{1,3}\.){3}[0-9]{1,3}$";

/// The part that a data centre is meant to play.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"preferred")]
pub enum Role {
    /// Holds the majority of every quorum and goes on alone.
    Preferred,
    /// Takes over when the preferred one is lost.
    Standby,
}

/// A way to make sure that a data centre no longer serves or writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"acl")]
pub enum Fencing {
    /// Routers at the surviving side drop its traffic.
    Acl,
    /// Its routes are withdrawn.
    Bgp,
    /// Its machines are powered off through their management controllers; dead in a power cut.
    Ipmi,
    /// A person on site pulls the plug.
    Manual,
}

/// A third location that only votes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Witness {
    /// What people call it.
    #[serde(default = "Witness::default_title")]
    #[schemars(length(min = 1, max = 80), example = &"Witness")]
    pub title: String,
    /// Its private network.
    #[schemars(with = "String", regex(pattern = CIDR), extend("x-help" = "an IPv4 network such as `10.30.0.0/24`"), example = &"10.30.0.0/24")]
    pub network: Ipv4Net,
    /// The pools of nodes, by name.
    pub nodes: BTreeMap<Name, Pool>,
    /// The data centre whose power, uplink or provider it shares; declare it if so, because then it is no witness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shares: Option<Name>,
    /// Round-trip time to the farther data centre.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rtt: Option<Duration>,
}

impl Witness {
    fn default_title() -> String {
        "Witness".to_owned()
    }
}

/// A group of like machines of one site: a count, or hosts that exist already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Pool {
    /// How many; they are named `<dc>-<pool>-<n>` from 1 and addressed inside the pool's subnet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000), example = 3)]
    pub count: Option<u32>,
    /// Machines that exist already, instead of a count. Append only: member k of a system sits on host k.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<ExistingHost>,
    /// The subnet of the pool inside the site's network; by default one after the other in the order of names.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>", regex(pattern = CIDR), extend("x-help" = "an IPv4 network such as `10.10.3.0/24`"), example = &"10.10.3.0/24")]
    pub subnet: Option<Ipv4Net>,
    /// Processor cores of one machine.
    pub cpu: Cpu,
    /// Memory of one machine.
    pub memory: Bytes,
    /// Disk of one machine.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub disk: Option<Bytes>,
    /// How many further machines the autoscaler may add, as a group of their own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(range(min = 1, max = 10000), example = 4)]
    pub elastic: Option<u32>,
}

impl Pool {
    /// How many machines stand, without elastic ones.
    pub fn size(&self) -> u32 {
        self.count.unwrap_or_else(|| u32::try_from(self.hosts.len()).unwrap_or(u32::MAX))
    }
}

/// A machine that exists already.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ExistingHost {
    /// Its name, unique over all sites.
    pub name: HostName,
    /// Its address on the private network.
    #[schemars(with = "String", regex(pattern = IPV4), extend("x-help" = "an IPv4 address such as `10.10.3.7`"), example = &"10.10.3.7")]
    pub address: std::net::Ipv4Addr,
    /// Its rack, one of the data centre's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rack: Option<Name>,
}

/// The connection between the two data centres.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Link {
    /// The usual round-trip time.
    #[schemars(example = &"9ms")]
    pub rtt: Duration,
    /// The round-trip time that 99 of 100 packets keep.
    #[serde(rename = "rttP99")]
    #[schemars(example = &"15ms")]
    pub rtt_p99: Duration,
    /// What the link carries.
    pub bandwidth: Bandwidth,
    /// How many independent paths it has.
    #[schemars(range(min = 1, max = 16), example = 2)]
    pub paths: u32,
    /// Whether it is encrypted below the applications.
    #[serde(default)]
    #[schemars(example = true)]
    pub encrypted: bool,
}
