//! Which scenarios there are, and how a person names one.

use crate::diag::did_you_mean;
use crate::model::plan::{Plan, SiteKind};
use crate::model::survival::{Fault, Scenario};
use crate::model::{HostName, Name, Topology};

/// Every single failure and every planned drain, most far-reaching first: data centres, the link, the witness, racks,
/// machines, then the drains.
pub fn single(topology: &Topology, plan: &Plan) -> Vec<Scenario> {
    let mut faults: Vec<Fault> = topology.datacenter_names().into_iter().cloned().map(Fault::Datacenter).collect();
    faults.push(Fault::Link);
    faults.extend(one_ways(topology));
    faults.extend(topology.witness.iter().map(|_| Fault::Witness));
    faults.extend(racks(plan).into_iter().map(Fault::Rack));
    faults.extend(plan.hosts.keys().cloned().map(Fault::Host));
    faults.extend(plan.hosts.keys().cloned().map(Fault::Drain));
    faults.into_iter().map(Scenario::of).collect()
}

/// Every pair of single failures that can happen together without one containing the other; drains are left out.
pub fn pairs(topology: &Topology, plan: &Plan) -> Vec<Scenario> {
    let all: Vec<Fault> = single(topology, plan).iter().filter_map(|one| one.faults().next().cloned()).collect();
    let all: Vec<Fault> = all.into_iter().filter(|fault| !matches!(fault, Fault::Drain(_) | Fault::OneWay { .. })).collect();
    let mut pairs = Vec::new();
    for (position, first) in all.iter().enumerate() {
        for second in all.iter().skip(position + 1) {
            if !contains(plan, first, second) && !contains(plan, second, first) {
                pairs.extend(Scenario::all([first.clone(), second.clone()]));
            }
        }
    }
    pairs
}

/// Whether the second fault changes nothing once the first has happened.
fn contains(plan: &Plan, first: &Fault, second: &Fault) -> bool {
    let site = match first {
        Fault::Datacenter(name) => Some(name.as_str()),
        Fault::Witness => Some(crate::model::topology::WITNESS),
        Fault::Link | Fault::OneWay { .. } | Fault::Rack(_) | Fault::Host(_) | Fault::Drain(_) => None,
    };
    match (site, first, second) {
        (Some(site), _, Fault::Host(host) | Fault::Drain(host)) => {
            plan.hosts.get(host).is_some_and(|it| it.site.as_str() == site)
        }
        (Some(site), _, Fault::Rack(rack)) => {
            plan.hosts.values().any(|host| host.rack.as_ref() == Some(rack) && host.site.as_str() == site)
        }
        (_, Fault::Datacenter(_), Fault::Link) => true,
        (_, Fault::Rack(rack), Fault::Host(host)) => plan.hosts.get(host).is_some_and(|it| it.rack.as_ref() == Some(rack)),
        (..) => false,
    }
}

fn one_ways(topology: &Topology) -> Vec<Fault> {
    let names = topology.datacenter_names();
    let ways = names.iter().flat_map(|from| names.iter().filter(move |to| *to != from).map(move |to| (*from, *to)));
    ways.map(|(from, to)| Fault::OneWay { from: from.clone(), to: to.clone() }).collect()
}

fn racks(plan: &Plan) -> Vec<String> {
    let mut racks: Vec<String> = plan.hosts.values().filter_map(|host| host.rack.clone()).collect();
    racks.sort();
    racks.dedup();
    racks
}

/// Why a scenario was not understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// It is not of the form `kind:name` or one of the plain words.
    #[error(
        "`{0}` is no fault: use `dc:NAME`, `link`, `link:A>B`, `witness`, `rack:NAME`, `host:NAME` or `drain:NAME`, joined by ` + `"
    )]
    Form(String),
    /// There is nothing of that name.
    #[error("there is no {kind} `{name}`{hint}")]
    Unknown {
        /// What kind of thing was named.
        kind: &'static str,
        /// Its name.
        name: String,
        /// `; did you mean …?` where something is close.
        hint: String,
    },
    /// There is no witness in this topology.
    #[error("this topology has no witness")]
    NoWitness,
}

/// Reads `dc:msk + host:spb-postgres-1`; every name must exist.
pub fn parse(topology: &Topology, plan: &Plan, text: &str) -> Result<Scenario, ScenarioError> {
    let faults = text.split('+').map(|word| fault(topology, plan, word.trim())).collect::<Result<Vec<_>, _>>()?;
    Scenario::all(faults).ok_or_else(|| ScenarioError::Form(text.to_owned()))
}

fn fault(topology: &Topology, plan: &Plan, word: &str) -> Result<Fault, ScenarioError> {
    let datacenter = |name: &str| -> Result<Name, ScenarioError> {
        known("data centre", name, topology.datacenters.keys().map(Name::as_str))?;
        named(name)
    };
    let host = |name: &str| -> Result<HostName, ScenarioError> {
        known("host", name, plan.hosts.keys().map(HostName::as_str))?;
        named(name)
    };
    match word.split_once(':') {
        None if word == "link" => Ok(Fault::Link),
        None if word == "witness" => {
            let there = plan.sites.values().any(|site| site.kind == SiteKind::Witness);
            if there { Ok(Fault::Witness) } else { Err(ScenarioError::NoWitness) }
        }
        Some(("dc", name)) => datacenter(name).map(Fault::Datacenter),
        Some(("link", ways)) => {
            let (from, to) = ways.split_once('>').ok_or_else(|| ScenarioError::Form(word.to_owned()))?;
            let (from, to) = (datacenter(from.trim())?, datacenter(to.trim())?);
            if from == to { Err(ScenarioError::Form(word.to_owned())) } else { Ok(Fault::OneWay { from, to }) }
        }
        Some(("rack", name)) => {
            let racks = racks(plan);
            known("rack", name, racks.iter().map(String::as_str)).map(|()| Fault::Rack(name.to_owned()))
        }
        Some(("host", name)) => host(name).map(Fault::Host),
        Some(("drain", name)) => host(name).map(Fault::Drain),
        None | Some(_) => Err(ScenarioError::Form(word.to_owned())),
    }
}

/// Refuses a name that is none of these.
fn known<'a>(kind: &'static str, name: &str, all: impl Iterator<Item = &'a str> + Clone) -> Result<(), ScenarioError> {
    if all.clone().any(|one| one == name) {
        return Ok(());
    }
    let hint = did_you_mean(name, all).map_or_else(String::new, |close| format!("; did you mean `{close}`?"));
    Err(ScenarioError::Unknown { kind, name: name.to_owned(), hint })
}

fn named<T: std::str::FromStr>(name: &str) -> Result<T, ScenarioError> {
    name.parse().map_err(|_| ScenarioError::Form(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing;

    #[test]
    fn a_person_names_what_exists() {
        let seed = testing::seed();
        let read = |text: &str| parse(&seed.topology, &seed.plan, text);
        let both = read(" host:spb-postgres-1 +dc:msk").unwrap();
        assert_eq!(both.to_string(), "dc:msk + host:spb-postgres-1");
        assert_eq!(read(&both.to_string()), Ok(both));
        assert_eq!(read("link:msk>spb").unwrap().to_string(), "link:msk>spb");
        for (text, message) in [
            ("dc:mks", "there is no data centre `mks`; did you mean `msk`?"),
            ("host:msk-postgres-9", "there is no host `msk-postgres-9`; did you mean `msk-postgres-1`?"),
            ("witness", "this topology has no witness"),
        ] {
            assert_eq!(read(text).unwrap_err().to_string(), message);
        }
        for text in ["", "+", "dc", "link:msk", "link:msk>msk", "host:", "rack:"] {
            assert!(read(text).is_err(), "{text}");
        }
    }

    #[test]
    fn no_pair_names_what_is_gone_already() {
        let seed = testing::seed();
        let pairs: Vec<String> = pairs(&seed.topology, &seed.plan).iter().map(ToString::to_string).collect();
        assert!(pairs.contains(&"dc:msk + host:spb-dcs-1".to_owned()));
        assert!(!pairs.contains(&"dc:msk + host:msk-dcs-1".to_owned()));
        assert!(!pairs.contains(&"dc:msk + rack:msk-a".to_owned()));
        assert!(!pairs.contains(&"dc:msk + link".to_owned()));
    }
}
