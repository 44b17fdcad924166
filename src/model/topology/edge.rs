//! The way in: nginx, name servers, and the content delivery network.

use std::collections::BTreeMap;
use std::net::IpAddr;

use ipnet::IpNet;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::kubernetes::fixed;
use crate::model::name::{DnsName, HostName, Name, Reference, UrlPath};
use crate::model::unit::{Duration, Rate};

/// The nginx edge.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Edge {
    /// The servers and what they cache.
    pub nginx: Nginx,
    /// Contracted and common request limits.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub limits: Option<Limits>,
}

/// The nginx servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Nginx {
    /// The pool that they stand on.
    #[serde(default = "Nginx::default_pool")]
    #[schemars(example = &"edge")]
    pub on: Name,
    /// Which upstreams are tried first.
    #[serde(default)]
    pub upstreams: Upstreams,
    /// Shared answers that are kept for a while.
    #[serde(default)]
    pub cache: Vec<CacheRule>,
    /// How long a connection to an upstream may take to open.
    #[serde(default = "Nginx::default_connect")]
    #[schemars(example = &"1s")]
    pub connect_timeout: Duration,
}

impl Nginx {
    fn default_pool() -> Name {
        fixed("edge")
    }

    const fn default_connect() -> Duration {
        Duration::from_seconds(1)
    }
}

/// Which upstreams nginx tries first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"local-first")]
pub enum Upstreams {
    /// Those of its own data centre; the other one's are the backup.
    #[default]
    LocalFirst,
    /// Those of its own data centre only.
    LocalOnly,
}

/// Answers of one path that are the same for everybody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct CacheRule {
    /// The host under the topology's `domain`.
    #[schemars(example = &"api")]
    pub host: DnsName,
    /// A path prefix.
    pub path: UrlPath,
    /// How long an answer is fresh.
    #[schemars(example = &"30s")]
    pub ttl: Duration,
    /// How long a stale answer may be served when nothing fresh can be had.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"10m")]
    pub stale: Option<Duration>,
}

/// Request limits; each edge node applies them undivided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limits {
    /// How a corporate client is known.
    pub identify: Identify,
    /// The contract of each corporate client.
    #[serde(default)]
    pub clients: BTreeMap<Name, Limit>,
    /// One limit that all bots share.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub bots: Option<Limit>,
}

/// How a corporate client is known: one of the two.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Identify {
    /// A request header that carries the client's key.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(regex(pattern = "^[A-Za-z][A-Za-z0-9-]{0,63}$"), extend("x-help" = "a header name such as `X-Api-Key`"), example = &"X-Api-Key")]
    pub header: Option<String>,
    /// The secret that maps keys to clients; a host file of nginx's `map` lines, never in the topology.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(example = &"acme-keys/map")]
    pub map: Option<Reference>,
    /// Whether the subject of a client certificate names the client.
    #[serde(default)]
    #[schemars(example = false)]
    pub mtls_subject: bool,
}

/// A rate and how far above it a burst may go.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Limit {
    /// The steady rate.
    pub rate: Rate,
    /// How many requests above it are let through before the rest is refused.
    #[serde(default)]
    #[schemars(range(max = 1_000_000), example = 100)]
    pub burst: u32,
}

/// Name servers that answer with the nearest healthy data centre.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct GeoDns {
    /// Which server.
    #[serde(default)]
    pub engine: GeoDnsEngine,
    /// The pool that the name servers stand on.
    #[serde(default = "GeoDns::default_pool")]
    #[schemars(example = &"dns")]
    pub on: Name,
    /// How long an answer may be kept.
    #[schemars(example = &"30s")]
    pub ttl: Duration,
    /// The subjects of the federation (ISO 3166-2) that each data centre answers first; the rest goes by distance.
    #[serde(default)]
    #[schemars(inner(inner(regex(pattern = "^[A-Z]{2}(-[A-Z0-9]{1,3})?$"))), example = BTreeMap::from([("msk", vec!["RU-MOW", "RU-MOS"])]))]
    pub regions: BTreeMap<Name, Vec<String>>,
    /// The MaxMind-format database on the name servers, brought and renewed by their owner.
    #[schemars(regex(pattern = r"^/[A-Za-z0-9/._-]+$"), extend("x-help" = "an absolute path such as `/var/lib/GeoIP/GeoLite2-City.mmdb`"), example = &"/var/lib/GeoIP/GeoLite2-City.mmdb")]
    pub database: String,
    /// What makes a data centre healthy.
    pub check: DnsCheck,
    /// The name servers: a data centre (its host of the pool), or a server elsewhere.
    #[schemars(length(min = 1))]
    pub nameservers: Vec<NameServer>,
}

impl GeoDns {
    fn default_pool() -> Name {
        fixed("dns")
    }
}

/// A name server that answers by place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"gdnsd")]
pub enum GeoDnsEngine {
    /// gdnsd.
    #[default]
    Gdnsd,
}

/// What makes a data centre healthy in the eyes of a name server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DnsCheck {
    /// The path that is asked, over plain HTTP at the public addresses of the edge.
    #[schemars(example = &"/healthz/dc")]
    pub path: UrlPath,
    /// How often.
    #[schemars(example = &"5s")]
    pub interval: Duration,
    /// How many failures in a row take a data centre out.
    #[schemars(range(min = 1, max = 20), example = 3)]
    pub failures: u32,
    /// How long one answer may take.
    #[serde(default = "DnsCheck::default_timeout")]
    #[schemars(example = &"2s")]
    pub timeout: Duration,
    /// How deep the check looks.
    #[serde(default)]
    pub depth: Depth,
}

impl DnsCheck {
    const fn default_timeout() -> Duration {
        Duration::from_seconds(2)
    }
}

/// How deep a health check looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"ingress")]
pub enum Depth {
    /// nginx answers, nothing behind it is asked.
    Shallow,
    /// The ingress behind nginx can be reached.
    #[default]
    Ingress,
    /// Those that can write, else those that can serve.
    WritePath,
}

/// A name server: a data centre's own, or one elsewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum NameServer {
    /// The hosts of the pool in this data centre.
    Datacenter(Name),
    /// A server elsewhere.
    Elsewhere(OutsideServer),
}

/// A name server outside both data centres.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct OutsideServer {
    /// Its name under the topology's `domain`.
    #[schemars(example = &"ns3")]
    pub name: HostName,
    /// Its public address.
    #[schemars(with = "String", regex(pattern = r"^(([0-9]{1,3}\.){3}[0-9]{1,3}|[0-9a-f:]+)$"), extend("x-help" = "an address such as `203.0.113.53`"), example = &"203.0.113.53")]
    pub address: IpAddr,
}

/// The content delivery network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Cdn {
    /// Whose.
    #[serde(default)]
    pub provider: CdnProvider,
    /// The networks that its requests come from; nginx takes the client's address from them only.
    #[schemars(with = "Vec<String>", length(min = 1), inner(regex(pattern = r"^[0-9a-f.:]+/[0-9]{1,3}$")), example = ["203.0.113.0/24"])]
    pub ranges: Vec<IpNet>,
    /// Files that never change under one name.
    #[serde(default, rename = "static", skip_serializing_if = "Option::is_none")]
    pub assets: Option<StaticFiles>,
    /// Shared answers of the API.
    #[serde(default)]
    pub api: Vec<CacheRule>,
    /// Where a tier of caches shields the origins.
    #[serde(default)]
    pub shield: Shield,
    /// The provider's name for each host, which is known once it was set up there; a host that has none yet is
    /// answered by the name servers, past the network.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(example = BTreeMap::from([("www", "www-inuretech.cdn.example.net")]))]
    pub names: BTreeMap<DnsName, DnsName>,
}

/// A provider of content delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"yandex")]
pub enum CdnProvider {
    /// Yandex Cloud, as Terraform.
    #[default]
    Yandex,
}

/// Static files.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct StaticFiles {
    /// The host under the topology's `domain`.
    #[schemars(example = &"www")]
    pub host: DnsName,
    /// A path prefix.
    #[schemars(example = &"/static")]
    pub path: UrlPath,
    /// How long they are kept.
    #[schemars(example = &"1y")]
    pub ttl: Duration,
    /// Whether browsers need never ask again.
    #[serde(default)]
    #[schemars(example = true)]
    pub immutable: bool,
}

/// Where a tier of caches shields the origins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
#[schemars(example = &"nearest")]
pub enum Shield {
    /// At the provider's location nearest to the origins.
    #[default]
    Nearest,
    /// None.
    Off,
}
