//! IT136 to IT141: pools of machines. How many there are, whether each has an address of its own, and its rack.

use std::collections::BTreeMap;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity, did_you_mean};
use crate::model::plan::{Host, UnaddressedReason};
use crate::model::topology::{Pool, Topology, WITNESS};
use crate::model::{Name, Path};

/// A pool with a count and hosts, or with neither.
pub const COUNT_OR_HOSTS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT136"),
        severity: Severity::Error,
        title: "a pool needs either a count or hosts",
        why: "A pool is a number of machines that get names and addresses, or a list of machines that have both already. With \
              both it is not clear how many there are.",
        example: "datacenters:\n  msk:\n    nodes:\n      edge: {cpu: 4, memory: 8Gi}\n",
        fix: "Write `count` or `hosts`, not both.",
    },
    check: count_or_hosts,
};

/// A pool without a subnet.
pub const NO_SUBNET: Rule = Rule {
    explanation: Explanation {
        code: Code("IT137"),
        severity: Severity::Error,
        title: "a pool has no subnet",
        why: "The well-known pools have fixed subnets in the network of their site. A pool of another name would take one \
              from them when it is added later, and addresses would move; so it says where it stands.",
        example: "datacenters:\n  msk:\n    nodes:\n      batch: {count: 2, cpu: 4, memory: 8Gi}\n",
        fix: "Give the pool a `subnet` inside the network of its site.",
    },
    check: no_subnet,
};

/// A subnet with fewer addresses than hosts.
pub const SMALL_SUBNET: Rule = Rule {
    explanation: Explanation {
        code: Code("IT138"),
        severity: Severity::Error,
        title: "a subnet is too small for its pool",
        why: "Every machine needs an address of its own. Of a subnet of 64 addresses or more the first ten stay free for \
              gateways, and the last one is the broadcast address.",
        example: "datacenters:\n  msk:\n    nodes:\n      edge: {count: 9, subnet: 10.10.6.0/29, cpu: 4, memory: 8Gi}\n",
        fix: "Give the pool a wider `subnet`, or fewer machines.",
    },
    check: small_subnet,
};

/// Two machines with one name or one address.
pub const TWICE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT139"),
        severity: Severity::Error,
        title: "two machines share a name or an address",
        why: "Names are unique over all sites, because a member carries the name of its host: PostgreSQL would take the \
              acknowledgement of one standby for that of the other. Addresses are unique because the sites are routed.",
        example: "datacenters:\n  msk:\n    nodes:\n      edge:\n        hosts: [{name: e1, address: 10.10.6.7}, {name: e2, address: 10.10.6.7}]\n",
        fix: "Give each machine a name and an address of its own.",
    },
    check: twice,
};

/// A machine outside the network of its site.
pub const OUTSIDE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT140"),
        severity: Severity::Error,
        title: "a machine stands outside the network of its site",
        why: "Routes, firewalls and fencing lists are written for the network of a site. A machine outside it is not cut off \
              when its data centre is, and goes on writing.",
        example: "datacenters:\n  msk:\n    network: 10.10.0.0/16\n    nodes:\n      edge: {hosts: [{name: e1, address: 10.20.6.7}], cpu: 4, memory: 8Gi}\n",
        fix: "Correct the address, or the network of the data centre.",
    },
    check: outside,
};

/// A rack that the data centre does not have.
pub const RACK: Rule = Rule {
    explanation: Explanation {
        code: Code("IT141"),
        severity: Severity::Error,
        title: "a rack that the data centre does not have",
        why: "Replicas are spread over the racks that a data centre lists. A label outside the list is a failure domain that \
              nobody planned for.",
        example: "datacenters:\n  msk:\n    racks: [a, b]\n    nodes:\n      edge: {hosts: [{name: e1, address: 10.10.6.7, rack: c}], cpu: 4, memory: 8Gi}\n",
        fix: "Write one of the racks of the data centre, or add the rack to its list.",
    },
    check: rack,
};

/// Every pool with the name of its site.
fn pools(topology: &Topology) -> Vec<(&str, &Name, &Pool)> {
    let inside =
        topology.datacenters.iter().flat_map(|(site, datacenter)| datacenter.nodes.iter().map(move |it| (site.as_str(), it)));
    let witness = topology.witness.iter().flat_map(|witness| witness.nodes.iter().map(|it| (WITNESS, it)));
    inside.chain(witness).map(|(site, (name, pool))| (site, name, pool)).collect()
}

fn count_or_hosts(facts: &Facts<'_>) -> Vec<Finding> {
    let faulty = pools(facts.topology).into_iter().filter(|(_, _, pool)| pool.count.is_some() != pool.hosts.is_empty());
    faulty
        .map(|(site, name, pool)| {
            let message = match pool.count {
                Some(_) => format!("pool `{name}` has both a count and hosts"),
                None => format!("pool `{name}` has neither a count nor hosts"),
            };
            COUNT_OR_HOSTS.finding(facts.topology.pool_path(site, name.as_str()), message).help("write `count` or `hosts`")
        })
        .collect()
}

fn no_subnet(facts: &Facts<'_>) -> Vec<Finding> {
    let without = facts.plan.unaddressed.iter().filter(|it| it.reason == UnaddressedReason::NoSubnet);
    let finding = |at: &Path| {
        NO_SUBNET.finding(at.clone(), "this pool has no subnet").help("add a `subnet` inside the network of its site")
    };
    without.map(|it| finding(&it.at)).collect()
}

fn small_subnet(facts: &Facts<'_>) -> Vec<Finding> {
    let finding = |it: &crate::model::plan::Unaddressed| match &it.reason {
        UnaddressedReason::NoSubnet => None,
        UnaddressedReason::TooSmall { subnet, fits } => {
            let message = format!("`{subnet}` has room for {fits} machines of this pool");
            Some(SMALL_SUBNET.finding(it.at.clone(), message).help("give it a wider `subnet`, or fewer machines"))
        }
    };
    facts.plan.unaddressed.iter().filter_map(finding).collect()
}

fn twice(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut names: BTreeMap<String, Path> = BTreeMap::new();
    for (site, pool_name, pool) in pools(facts.topology) {
        let at = facts.topology.pool_path(site, pool_name.as_str());
        let existing = pool
            .hosts
            .iter()
            .enumerate()
            .map(|(position, host)| (host.name.to_string(), at.key("hosts").index(position).key("name")));
        let made = if pool.hosts.is_empty() { pool.size() } else { 0 };
        let made = (1..=made).map(|number| (format!("{site}-{pool_name}-{number}"), at.clone()));
        for (name, at) in existing.chain(made) {
            if let Some(first) = names.get(&name) {
                let finding = TWICE.finding(at, format!("a second machine is called `{name}`"));
                findings.push(finding.related(first.clone(), "the first one").help("give it another name"));
            } else {
                names.insert(name, at);
            }
        }
    }
    let mut addresses: BTreeMap<_, &Host> = BTreeMap::new();
    for (name, host) in &facts.plan.hosts {
        if let Some(first) = addresses.insert(host.address, host) {
            let finding =
                TWICE.finding(place(facts, host), format!("`{name}` has the address `{}` of another machine", host.address));
            findings.push(finding.related(place(facts, first), "the other machine").help("give each an address of its own"));
        }
    }
    findings
}

/// Where a machine is declared: its own line, or its pool.
fn place(facts: &Facts<'_>, host: &Host) -> Path {
    let at = facts.topology.pool_path(host.site.as_str(), host.pool.as_str());
    let pool = facts.topology.pool(host.site.as_str(), host.pool.as_str());
    match (pool.is_some_and(|pool| !pool.hosts.is_empty()), usize::try_from(host.ordinal)) {
        (true, Ok(ordinal)) => at.key("hosts").index(ordinal.saturating_sub(1)).key("address"),
        (true | false, _) => at,
    }
}

fn outside(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (site, name, pool) in pools(facts.topology) {
        let Some(network) = facts.plan.sites.get(site).map(|place| place.network) else { continue };
        for (position, host) in pool.hosts.iter().enumerate().filter(|(_, host)| !network.contains(&host.address)) {
            let at = facts.topology.pool_path(site, name.as_str()).key("hosts").index(position).key("address");
            let message = format!("`{}` is not in `{network}`, the network of `{site}`", host.address);
            findings.push(OUTSIDE.finding(at, message).help("correct the address or the network"));
        }
    }
    findings
}

fn rack(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (site, name, pool) in pools(facts.topology) {
        let racks = facts.topology.datacenters.get(site).map_or(&[][..], |datacenter| &datacenter.racks);
        for (position, host) in pool.hosts.iter().enumerate() {
            let Some(rack) = host.rack.as_ref().filter(|rack| !racks.contains(rack)) else { continue };
            let at = facts.topology.pool_path(site, name.as_str()).key("hosts").index(position).key("rack");
            let finding = RACK.finding(at, format!("`{site}` has no rack `{rack}`"));
            findings.push(match did_you_mean(rack.as_str(), racks.iter().map(Name::as_str)) {
                Some(close) => finding.help(format!("did you mean `{close}`?")),
                None => finding.help("add it to the `racks` of the data centre, or name one of them"),
            });
        }
    }
    findings
}
