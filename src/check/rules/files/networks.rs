//! IT142 to IT145: networks that overlap, subnets outside theirs, and networks with bits of a host.

use ipnet::Ipv4Net;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::{Topology, WITNESS};

/// Networks that overlap.
pub const OVERLAP: Rule = Rule {
    explanation: Explanation {
        code: Code("IT142"),
        severity: Severity::Error,
        title: "two networks overlap",
        why: "Data centres, witness, pods and services are routed to each other. An address that is in two networks is \
              reached in one of them only, and which one depends on where the packet starts.",
        example: "kubernetes: {podNetwork: 10.10.0.0/16}\ndatacenters:\n  msk: {network: 10.10.0.0/16}\n",
        fix: "Give each network a range of its own.",
    },
    check: overlap,
};

/// A subnet outside the network of its site.
pub const OUTSIDE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT143"),
        severity: Severity::Error,
        title: "a subnet is outside the network of its site",
        why: "Routes, firewalls and fencing lists are written for the network of a site; machines outside it are neither \
              reached nor cut off with it.",
        example: "datacenters:\n  msk:\n    network: 10.10.0.0/16\n    nodes:\n      edge: {count: 1, subnet: 10.20.6.0/24, cpu: 4, memory: 8Gi}\n",
        fix: "Choose a subnet inside the network of the site.",
    },
    check: outside,
};

/// Subnets of one site that overlap.
pub const SUBNETS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT144"),
        severity: Severity::Error,
        title: "the subnets of two pools overlap",
        why: "Addresses are counted from the start of each subnet. Two pools in one range take each other's addresses, now or \
              when one of them grows.",
        example: "datacenters:\n  msk:\n    nodes:\n      batch: {count: 1, subnet: 10.10.9.0/24, cpu: 4, memory: 8Gi}\n      test: {count: 1, subnet: 10.10.9.0/25, cpu: 4, memory: 8Gi}\n",
        fix: "Give each pool a subnet of its own; the well-known pools have fixed ones.",
    },
    check: subnets,
};

/// A network with bits of a host.
pub const HOST_BITS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT145"),
        severity: Severity::Error,
        title: "a network is written with the bits of a host",
        why: "`10.10.3.7/16` is an address in a network, not a network (RFC 4632). Some programs cut the bits off, others \
              refuse the value or take the address.",
        example: "datacenters:\n  msk: {network: 10.10.3.7/16}\n",
        fix: "Write the first address of the network.",
    },
    check: host_bits,
};

/// Every network that is routed, with its place and what it is.
fn networks(topology: &Topology) -> Vec<(Path, Ipv4Net, String)> {
    let centres = topology.datacenters.iter();
    let centres =
        centres.map(|(name, it)| (Path::of(["datacenters", name.as_str(), "network"]), it.network, format!("`{name}`")));
    let witness = topology.witness.iter().map(|it| (Path::of([WITNESS, "network"]), it.network, "the witness".to_owned()));
    let cluster = &topology.kubernetes;
    let cluster = [("podNetwork", cluster.pod_network, "the pods"), ("serviceNetwork", cluster.service_network, "the services")];
    let cluster = cluster.map(|(key, network, what)| (Path::of(["kubernetes", key]), network, what.to_owned()));
    centres.chain(witness).chain(cluster).collect()
}

/// A declared subnet of a pool.
struct Subnet<'a> {
    site: &'a str,
    network: Ipv4Net,
    pool: &'a str,
    range: Ipv4Net,
    at: Path,
}

fn declared(topology: &Topology) -> Vec<Subnet<'_>> {
    let centres = topology.datacenters.iter().map(|(site, it)| (site.as_str(), it.network, &it.nodes));
    let witness = topology.witness.iter().map(|it| (WITNESS, it.network, &it.nodes));
    let pools = centres
        .chain(witness)
        .flat_map(|(site, network, nodes)| nodes.iter().map(move |(name, pool)| (site, network, name, pool)));
    pools
        .filter_map(|(site, network, name, pool)| {
            let at = topology.pool_path(site, name.as_str()).key("subnet");
            Some(Subnet { site, network, pool: name.as_str(), range: pool.subnet?, at })
        })
        .collect()
}

fn share(one: Ipv4Net, two: Ipv4Net) -> bool {
    one.contains(&two.network()) || two.contains(&one.network())
}

fn overlap(facts: &Facts<'_>) -> Vec<Finding> {
    let all = networks(facts.topology);
    let pairs = all.iter().enumerate().flat_map(|(position, one)| all.iter().skip(position + 1).map(move |two| (one, two)));
    pairs
        .filter(|((_, one, _), (_, two, _))| share(*one, *two))
        .map(|((first, one, whose), (at, two, what))| {
            let message = format!("`{two}` of {what} overlaps `{one}` of {whose}");
            OVERLAP.finding(at.clone(), message).related(first.clone(), "the other network").help("give each a range of its own")
        })
        .collect()
}

fn outside(facts: &Facts<'_>) -> Vec<Finding> {
    let lost = declared(facts.topology).into_iter().filter(|it| !it.network.trunc().contains(&it.range));
    lost.map(|it| {
        let message = format!("`{}` is not inside `{}`, the network of `{}`", it.range, it.network, it.site);
        OUTSIDE.finding(it.at, message).help("choose a subnet inside the network of the site")
    })
    .collect()
}

/// Declared subnets against each other, and against the machines of pools whose subnet is fixed.
fn subnets(facts: &Facts<'_>) -> Vec<Finding> {
    let all = declared(facts.topology);
    let mut findings = Vec::new();
    for (position, it) in all.iter().enumerate() {
        let later = all.iter().skip(position + 1).filter(|other| other.site == it.site && share(it.range, other.range));
        findings.extend(later.map(|other| {
            let message = format!("`{}` of `{}` overlaps `{}` of `{}`", other.range, other.pool, it.range, it.pool);
            SUBNETS.finding(other.at.clone(), message).related(it.at.clone(), "the other subnet").help("give each pool its own")
        }));
        let inside = facts.plan.hosts.iter().find(|(_, host)| {
            let fixed = !all.iter().any(|other| other.site == host.site.as_str() && other.pool == host.pool.as_str());
            fixed && host.site.as_str() == it.site && it.range.contains(&host.address)
        });
        findings.extend(inside.map(|(name, host)| {
            let message = format!("`{}` of `{}` contains `{name}` of the pool `{}`", it.range, it.pool, host.pool);
            let other = facts.topology.pool_path(it.site, host.pool.as_str());
            SUBNETS.finding(it.at.clone(), message).related(other, "the other pool").help("give each pool its own")
        }));
    }
    findings
}

fn host_bits(facts: &Facts<'_>) -> Vec<Finding> {
    let subnets = declared(facts.topology).into_iter().map(|it| (it.at, it.range));
    let all = networks(facts.topology).into_iter().map(|(at, network, _)| (at, network)).chain(subnets);
    all.filter(|(_, network)| network.addr() != network.network())
        .map(|(at, network)| {
            let message = format!("`{network}` has bits of a host");
            HOST_BITS.finding(at, message).help(format!("write `{}`", network.trunc()))
        })
        .collect()
}
