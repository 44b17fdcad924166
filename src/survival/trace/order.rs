//! In which order name servers offer the data centres to a client: what gdnsd does with the map that is rendered for it.
//!
//! Source: gdnsd 3.8.1, `libgdmaps`. The record of the client's network is looked up by continent, country, and below
//! the country by every subdivision and the city until one is listed. What is not listed goes by distance where every
//! data centre has coordinates; a network without a record, and a record without coordinates, get the default order.

use std::net::{IpAddr, Ipv4Addr};

use crate::model::topology::GeoDns;
use crate::model::trace::{Client, Place, Record, Region};
use crate::model::{Name, Topology, continent};

/// The order of the data centres, and why.
pub(super) type Way = (Vec<Name>, String);

/// The order for a client; one way for each data centre where it is not known.
pub(super) fn ways(topology: &Topology, client: &Client) -> Vec<Way> {
    if let Client::Datacenter(name) = client {
        return vec![from(topology, name, format!("a client whom `{name}` is offered first"))];
    }
    let Some(dns) = &topology.geodns else {
        return each(topology, "the topology has no `geodns`, so nothing here decides which data centre it gets");
    };
    match client {
        Client::Datacenter(_) => Vec::new(),
        Client::Region(region) => of_region(topology, dns, region),
        Client::Address { place: Place::NoDatabase, .. } => {
            each(topology, "where it stands is not known here: no geo database (`--database FILE`)")
        }
        Client::Address { place: Place::NotListed, .. } => {
            vec![(names(topology), "its network is not in the geo database, so the default order holds".to_owned())]
        }
        Client::Address { place: Place::Listed(record), .. } => vec![of_record(topology, dns, record)],
    }
}

fn of_region(topology: &Topology, dns: &GeoDns, region: &Region) -> Vec<Way> {
    let parts: Vec<&str> = region.part.as_deref().into_iter().collect();
    let below = format!("{}-", region.country);
    let divided = dns.regions.values().flatten().any(|listed| listed.starts_with(&below));
    if region.part.is_none() && divided {
        return each(topology, &format!("subdivisions of `{region}` are listed, and it does not say which one the client is in"));
    }
    if let Some(way) = listed(topology, dns, &region.country, &parts) {
        return vec![way];
    }
    if distances(topology, [0.0, 0.0]).is_none() {
        return vec![default(topology, "no region is listed for it, and the data centres have no coordinates")];
    }
    each(topology, &format!("`{region}` is not listed, so distance decides, which needs the client's address and a geo database"))
}

fn of_record(topology: &Topology, dns: &GeoDns, record: &Record) -> Way {
    let parts: Vec<&str> = record.parts.iter().map(String::as_str).collect();
    // The map begins at the continent: a country that the database has elsewhere is not found in it.
    let country = record.country.as_deref().filter(|country| continent(country) == record.continent.as_deref());
    if let Some(way) = country.and_then(|country| listed(topology, dns, country, &parts)) {
        return way;
    }
    let place = whole_name(record);
    let Some(coordinates) = record.coordinates else {
        return default(topology, &format!("{place} is not listed, and the geo database has no coordinates for it"));
    };
    match distances(topology, coordinates) {
        None => default(topology, &format!("{place} is not listed, and the data centres have no coordinates")),
        Some(mut far) => {
            // The order of a tie is the default one, which a stable sort keeps.
            far.sort_by(|(_, one), (_, other)| one.total_cmp(other));
            (far.into_iter().map(|(name, _)| name).collect(), format!("{place} is not listed, so the nearest comes first"))
        }
    }
}

/// The data centre that a country or one of its subdivisions is listed for.
fn listed(topology: &Topology, dns: &GeoDns, country: &str, parts: &[&str]) -> Option<Way> {
    let of = |code: &str| {
        let known = |listed: &String| listed.eq_ignore_ascii_case(code);
        dns.regions.iter().find(|(_, regions)| regions.iter().any(known)).map(|(site, _)| site)
    };
    let subdivisions = parts.iter().map(|part| format!("{country}-{part}"));
    let mut codes = subdivisions.chain(std::iter::once(country.to_owned()));
    codes.find_map(|code| of(&code).map(|site| from(topology, site, format!("{code} is listed for `{site}`"))))
}

/// How far each data centre is from a place, as half the square of the chord; none where one has no coordinates.
/// The haversine formula; what it is multiplied by would change no order.
fn distances(topology: &Topology, [latitude, longitude]: [f64; 2]) -> Option<Vec<(Name, f64)>> {
    let far = |[there, along]: [f64; 2]| {
        let half = |degrees: f64| (degrees.to_radians() / 2.0).sin().powi(2);
        half(there - latitude) + latitude.to_radians().cos() * there.to_radians().cos() * half(along - longitude)
    };
    let places = topology.datacenters_by_role().into_iter();
    places.map(|(name, datacenter)| Some((name.clone(), far(datacenter.coordinates?)))).collect()
}

fn whole_name(record: &Record) -> String {
    let codes = [record.continent.as_deref(), record.country.as_deref(), record.parts.first().map(String::as_str)];
    let codes: Vec<&str> = codes.into_iter().flatten().collect();
    if codes.is_empty() { "its place".to_owned() } else { codes.join("/") }
}

fn names(topology: &Topology) -> Vec<Name> {
    topology.datacenter_names().into_iter().cloned().collect()
}

fn default(topology: &Topology, why: &str) -> Way {
    (names(topology), format!("{why}: the default order holds"))
}

/// This data centre, then the other one.
fn from(topology: &Topology, first: &Name, why: String) -> Way {
    (std::iter::once(first).chain(topology.other_datacenter(first)).cloned().collect(), why)
}

/// Every data centre first in turn.
fn each(topology: &Topology, why: &str) -> Vec<Way> {
    topology.datacenter_names().into_iter().map(|name| from(topology, name, why.to_owned())).collect()
}

/// The address that gdnsd looks up: one of IPv6 that stands for one of IPv4 is taken for that.
///
/// Source: gdnsd-plugin-geoip(8), "IPv4 Compatible Addresses".
pub fn looked_up(address: IpAddr) -> IpAddr {
    let IpAddr::V6(v6) = address else { return address };
    let pair = |high: u16, low: u16| IpAddr::V4(Ipv4Addr::from_bits((u32::from(high) << 16) | u32::from(low)));
    match v6.segments() {
        // Mapped, SIIT, and the well-known prefix of NAT64.
        [0, 0, 0, 0, 0, 0xffff, high, low] | [0, 0, 0, 0, 0xffff, 0, high, low] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => {
            pair(high, low)
        }
        // Teredo hides the address by flipping its bits; 6to4 has it in front.
        [0x2001, 0, .., high, low] => pair(!high, !low),
        [0x2002, high, low, ..] => pair(high, low),
        _ => address,
    }
}
