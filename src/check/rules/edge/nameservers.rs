//! IT624, IT625 and IT629: where the name servers stand.

use crate::check::rules::shared::{meant, repeated};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Place, Severity};
use crate::model::topology::edge::NameServer;
use crate::model::{Name, Path};

/// The fewest name servers.
const FEWEST: usize = 3;

/// Too few, or all inside.
pub const TOO_FEW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT624"),
        severity: Severity::Error,
        title: "the names die with the data centres",
        why: "RFC 2182 asks for at least three name servers in places that fail apart. With all of them inside the two data centres the one that is cut off takes its servers along, and a fault of both uplinks takes the domain, mail and the status page included.",
        example: "geodns:\n  nameservers: [msk, spb]\n",
        fix: "Use at least three, one of them outside both data centres.",
    },
    check: too_few,
};

/// A data centre that does not exist.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT625"),
        severity: Severity::Error,
        title: "a data centre that does not exist answers names",
        why: "A bare name means the hosts of the pool in that data centre, and regions are answered with its addresses; gdnsd refuses a map with an unknown data centre.",
        example: "geodns:\n  nameservers: [mks, spb]\n",
        fix: "Correct the name.",
    },
    check: unknown,
};

/// One server twice.
pub const REPEATED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT629"),
        severity: Severity::Error,
        title: "a name server is listed twice",
        why: "The second entry adds a record and no server, so the domain has fewer places to be asked at than it seems.",
        example: "geodns:\n  nameservers: [msk, msk, spb]\n",
        fix: "Remove the second entry.",
    },
    check: again,
};

fn at() -> Path {
    Path::of(["geodns", "nameservers"])
}

fn too_few(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(geodns) = &facts.topology.geodns else { return Vec::new() };
    let (mut all, mut outside) = (0, 0);
    for server in &geodns.nameservers {
        match server {
            NameServer::Datacenter(site) => all += facts.plan.nameservers.get(site).map_or(1, Vec::len),
            NameServer::Elsewhere(_) => outside += 1,
        }
    }
    all += outside;
    let message = if all < FEWEST {
        format!("{all} name servers instead of {FEWEST}")
    } else if outside == 0 {
        "every name server stands in one of the two data centres".to_owned()
    } else {
        return Vec::new();
    };
    vec![TOO_FEW.finding(at(), message).help("add `{name: ns3, address: <address>}` of a server outside both data centres")]
}

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(geodns) = &facts.topology.geodns else { return Vec::new() };
    let mut named: Vec<(Place, &Name)> = Vec::new();
    for (position, server) in geodns.nameservers.iter().enumerate() {
        match server {
            NameServer::Datacenter(site) => named.push((at().index(position).into(), site)),
            NameServer::Elsewhere(_) => {}
        }
    }
    let regions = Path::of(["geodns", "regions"]);
    named.extend(geodns.regions.keys().map(|site| (Place::Key(regions.key(site.as_str())), site)));
    let known: Vec<&str> = facts.topology.datacenters.keys().map(Name::as_str).collect();
    let strangers = named.into_iter().filter(|(_, site)| !known.contains(&site.as_str()));
    strangers
        .map(|(at, site)| UNKNOWN.finding(at, format!("no data centre is named `{site}`")).help(meant(site.as_str(), &known)))
        .collect()
}

fn again(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(geodns) = &facts.topology.geodns else { return Vec::new() };
    let names: Vec<String> = geodns
        .nameservers
        .iter()
        .map(|server| match server {
            NameServer::Datacenter(site) => site.to_string(),
            NameServer::Elsewhere(server) => server.address.to_string(),
        })
        .collect();
    repeated(&names)
        .into_iter()
        .map(|(position, name)| REPEATED.finding(at().index(position), format!("`{name}` is listed already")).help("remove it"))
        .collect()
}
