//! What a person means by a client, a host and a path.

use std::fmt::Write;

use crate::diag::did_you_mean;
use crate::model::plan::edge::{APEX_HOST, exposed_hosts, fqdn, has_apex};
use crate::model::trace::{Client, Place, Region};
use crate::model::{DnsName, Name, Topology, UrlPath, continent};

/// How many routes an error names.
const NAMED_ROUTES: usize = 12;

/// A client that was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ClientError {
    /// It is none of the three.
    #[error("`{text}` is no client: an IP address, a region such as `RU-SPE`, or one of the data centres {datacenters}{hint}")]
    Form {
        /// What was written.
        text: String,
        /// The data centres.
        datacenters: String,
        /// `; did you mean …?` where something is close.
        hint: String,
    },
    /// Its country does not exist.
    #[error("`{0}` begins with no country of ISO 3166-1")]
    Country(String),
}

/// Reads an address, a region of ISO 3166 or the name of a data centre; what a geo database knows is not asked here.
pub fn client(topology: &Topology, text: &str) -> Result<Client, ClientError> {
    if let Ok(address) = text.parse() {
        return Ok(Client::Address { address, place: Place::NoDatabase });
    }
    if let Some(name) = topology.datacenters.keys().find(|name| name.as_str() == text) {
        return Ok(Client::Datacenter(name.clone()));
    }
    if let Some(region) = region(text) {
        return if continent(&region.country).is_some() {
            Ok(Client::Region(region))
        } else {
            Err(ClientError::Country(text.to_owned()))
        };
    }
    let names: Vec<&str> = topology.datacenters.keys().map(Name::as_str).collect();
    let hint = did_you_mean(text, names.iter().copied()).map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
    Err(ClientError::Form { text: text.to_owned(), datacenters: quoted(&names), hint })
}

/// `RU` or `RU-SPE`, in either case.
fn region(text: &str) -> Option<Region> {
    let text = text.to_ascii_uppercase();
    let (country, part) = text.split_once('-').map_or((text.as_str(), None), |(country, part)| (country, Some(part)));
    let letters = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
    let fits = |part: &str| (1..=3).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    (letters && part.is_none_or(fits)).then(|| Region { country: country.to_owned(), part: part.map(str::to_owned) })
}

/// A request that no route, or more than one, answers.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RouteError {
    /// No such host.
    #[error("no service is exposed under the host `{host}`{hint}")]
    Host {
        /// What was written.
        host: String,
        /// `; the hosts are …`.
        hint: String,
    },
    /// No route begins like this path.
    #[error("no route leads to `{path}`: {known}")]
    Path {
        /// What was written.
        path: UrlPath,
        /// The routes there are.
        known: String,
    },
    /// The same path under several hosts.
    #[error("`{path}` is exposed under the hosts {hosts}: name one with `--host`")]
    Several {
        /// What was written.
        path: UrlPath,
        /// The hosts.
        hosts: String,
    },
}

/// The host and the exposed path that answer: the longest prefix wins, as `HTTPRoute`s match, whole segments at a time.
pub(super) fn route(topology: &Topology, path: &UrlPath, host: Option<&str>) -> Result<(DnsName, UrlPath), RouteError> {
    let host = host.map(|text| exposed(topology, text)).transpose()?;
    let services = topology.services.values().filter(|service| service.request_port().is_some());
    let mut routes: Vec<(&DnsName, &UrlPath)> = services.flat_map(|it| &it.expose).map(|it| (&it.host, &it.path)).collect();
    routes.sort();
    routes.dedup();
    routes.retain(|(name, _)| host.as_ref().is_none_or(|host| host == *name));
    let matching = || routes.iter().filter(|(_, prefix)| matches(prefix, path));
    let longest = matching().map(|(_, prefix)| stem(prefix).len()).max();
    let mut best = matching().filter(|(_, prefix)| Some(stem(prefix).len()) == longest);
    match (best.next(), best.next()) {
        (Some((host, prefix)), None) => Ok(((*host).clone(), (*prefix).clone())),
        (None, _) => Err(RouteError::Path { path: path.clone(), known: listed(topology, &routes) }),
        (Some(_), Some(_)) => {
            let hosts: Vec<&str> =
                matching().filter(|(_, prefix)| Some(stem(prefix).len()) == longest).map(|(host, _)| host.as_str()).collect();
            Err(RouteError::Several { path: path.clone(), hosts: quoted(&hosts) })
        }
    }
}

/// An exposed host by its short or full name; the bare domain is led to `www`.
fn exposed(topology: &Topology, text: &str) -> Result<DnsName, RouteError> {
    let hosts = exposed_hosts(topology);
    let apex = text == topology.domain.as_str() && has_apex(topology);
    let found =
        hosts.iter().find(|host| host.as_str() == text || fqdn(topology, host) == text || (apex && host.as_str() == APEX_HOST));
    found.map(|host| (*host).clone()).ok_or_else(|| {
        let names: Vec<&str> = hosts.iter().map(|host| host.as_str()).collect();
        let hint = if names.is_empty() { String::new() } else { format!(": the hosts are {}", quoted(&names)) };
        RouteError::Host { host: text.to_owned(), hint }
    })
}

/// Whether a path begins with a prefix, whole segments at a time.
pub(super) fn matches(prefix: &UrlPath, path: &UrlPath) -> bool {
    let rest = path.as_str().strip_prefix(stem(prefix));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// A prefix without the slash at its end.
pub(super) fn stem(prefix: &UrlPath) -> &str {
    prefix.as_str().trim_end_matches('/')
}

fn listed(topology: &Topology, routes: &[(&DnsName, &UrlPath)]) -> String {
    if routes.is_empty() {
        return "nothing is exposed".to_owned();
    }
    let mut text = String::from("the routes are ");
    for (position, (host, path)) in routes.iter().take(NAMED_ROUTES).enumerate() {
        let comma = if position == 0 { "" } else { ", " };
        let _ = write!(text, "{comma}{}{path}", fqdn(topology, host));
    }
    if let Some(more) = routes.len().checked_sub(NAMED_ROUTES).filter(|more| *more > 0) {
        let _ = write!(text, " and {more} more");
    }
    text
}

/// Names in backticks.
fn quoted(names: &[&str]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
