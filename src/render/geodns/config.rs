//! `gdnsd`'s configuration: health checks, the map of the world, and what answers.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Serialize;

use super::Addresses;
use crate::model::plan::edge::write_check;
use crate::model::topology::edge::{Depth, GeoDns};
use crate::model::{Name, Topology, continent};
use crate::render::RenderError;

/// gdnsd's longest interval between checks, in seconds.
const LONGEST_INTERVAL: u64 = 255;

/// The context of `config`.
#[derive(Debug, Serialize)]
pub struct Config {
    server: String,
    listen: Vec<IpAddr>,
    checks: Vec<Check>,
    vhost: String,
    interval: u64,
    timeout: u64,
    down_thresh: u32,
    ok_thresh: u32,
    up_thresh: u32,
    database: String,
    datacenters: Vec<Name>,
    coordinates: Vec<Coordinates>,
    continents: Vec<Continent>,
    resources: Vec<Resource>,
    addresses: Vec<Place>,
    all: Addresses,
}

/// A health check.
#[derive(Debug, Serialize)]
struct Check {
    name: String,
    path: String,
}

/// Data centres and the checks that they must pass.
#[derive(Debug, Serialize)]
struct Resource {
    name: &'static str,
    checks: Vec<String>,
}

/// Where a data centre lies.
#[derive(Debug, Serialize)]
struct Coordinates {
    name: Name,
    latitude: f64,
    longitude: f64,
}

/// The public addresses of a data centre.
#[derive(Debug, Serialize)]
struct Place {
    name: Name,
    #[serde(flatten)]
    addresses: Addresses,
}

/// A continent with declared regions.
#[derive(Debug, Serialize)]
struct Continent {
    code: &'static str,
    countries: Vec<Country>,
}

/// A country with declared regions.
#[derive(Debug, Default, Serialize)]
struct Country {
    code: String,
    whole: Vec<Name>,
    parts: Vec<Part>,
}

/// A subdivision and its data centres, the first the first to be answered.
#[derive(Debug, Serialize)]
struct Part {
    code: String,
    order: Vec<Name>,
}

/// The configuration of one name server.
pub fn config(topology: &Topology, dns: &GeoDns, server: &str, listen: Vec<IpAddr>) -> Result<Config, RenderError> {
    let interval = dns.check.interval.seconds().clamp(2, LONGEST_INTERVAL);
    let (checks, resources) = chain(topology, dns);
    let datacenters = topology.datacenters_by_role();
    Ok(Config {
        server: server.to_owned(),
        listen,
        checks,
        vhost: topology.domain.to_string(),
        interval,
        timeout: dns.check.timeout.seconds().clamp(1, interval - 1),
        down_thresh: dns.check.failures,
        ok_thresh: dns.check.failures,
        // Twice as many successes bring a data centre back as failures took it out: it must not flap.
        up_thresh: dns.check.failures.saturating_mul(2),
        database: dns.database.clone(),
        datacenters: datacenters.iter().map(|(name, _)| (*name).clone()).collect(),
        coordinates: coordinates(topology),
        continents: continents(topology, dns)?,
        resources,
        addresses: datacenters.iter().map(|(name, it)| place(name, &it.public)).collect(),
        all: datacenters.iter().flat_map(|(_, it)| it.public.iter().copied()).collect(),
    })
}

fn place(name: &Name, addresses: &[IpAddr]) -> Place {
    Place { name: name.clone(), addresses: addresses.iter().copied().collect() }
}

/// The checks, and the resources that are asked one after the other.
fn chain(topology: &Topology, dns: &GeoDns) -> (Vec<Check>, Vec<Resource>) {
    let serve = || "serve".to_owned();
    let mut checks = vec![Check { name: serve(), path: dns.check.path.to_string() }];
    let mut resources = vec![Resource { name: "serve", checks: vec![serve()] }];
    match dns.check.depth {
        Depth::Shallow | Depth::Ingress => {}
        Depth::WritePath => {
            let writers = topology.postgres.keys().map(|instance| Check {
                name: format!("write-{instance}"),
                path: write_check(dns.check.path.as_str(), instance),
            });
            checks.extend(writers);
            let all = checks.iter().map(|check| check.name.clone()).collect();
            resources.insert(0, Resource { name: "write", checks: all });
        }
    }
    (checks, resources)
}

/// The places of all data centres; none where one is not known, because distance would then never lead to it.
fn coordinates(topology: &Topology) -> Vec<Coordinates> {
    let place = |(name, [latitude, longitude]): (&Name, [f64; 2])| Coordinates { name: name.clone(), latitude, longitude };
    let known = topology.datacenters.iter().map(|(name, it)| it.coordinates.map(|at| (name, at)));
    known.collect::<Option<Vec<_>>>().unwrap_or_default().into_iter().map(place).collect()
}

/// The declared regions as the map nests them: continent, country, subdivision.
fn continents(topology: &Topology, dns: &GeoDns) -> Result<Vec<Continent>, RenderError> {
    let mut world: BTreeMap<&'static str, BTreeMap<String, Country>> = BTreeMap::new();
    for (site, regions) in &dns.regions {
        for region in regions {
            let (country, part) = region.split_once('-').map_or((region.as_str(), None), |(a, b)| (a, Some(b)));
            let on = continent(country).ok_or_else(|| RenderError::Template {
                id: "geodns/config.j2",
                reason: format!("`{region}` begins with no country of ISO 3166-1"),
            })?;
            let entry = world.entry(on).or_default().entry(country.to_owned()).or_default();
            country.clone_into(&mut entry.code);
            let order = order(topology, site);
            match part {
                Some(code) => entry.parts.push(Part { code: code.to_owned(), order }),
                None => entry.whole = order,
            }
        }
    }
    let mut continents = Vec::new();
    for (code, countries) in world {
        let mut countries: Vec<Country> = countries.into_values().collect();
        for country in &mut countries {
            country.parts.sort_by(|a, b| a.code.cmp(&b.code));
        }
        continents.push(Continent { code, countries });
    }
    Ok(continents)
}

/// All data centres, this one first.
fn order(topology: &Topology, first: &Name) -> Vec<Name> {
    let mut order = vec![first.clone()];
    order.extend(topology.other_datacenter(first).cloned());
    order
}
