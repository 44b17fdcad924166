//! IT608 to IT610: the public addresses of the edge.

use std::net::IpAddr;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::{Name, Path};

/// Fewer addresses than servers.
pub const TOO_FEW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT608"),
        severity: Severity::Error,
        title: "an edge server has no public address",
        why: "Edge server k of a data centre answers at public address k. Name servers check and hand out these addresses, so a server without one gets no request.",
        example: "datacenters:\n  msk:\n    public: [198.51.100.10]\n    nodes:\n      edge: {count: 2, cpu: 8, memory: 16Gi}\n",
        fix: "List as many addresses in `public` as the pool of the edge has machines.",
    },
    check: too_few,
};

/// One address twice.
pub const REPEATED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT609"),
        severity: Severity::Error,
        title: "a public address is listed twice",
        why: "Name servers answer with the addresses of a healthy data centre. One that belongs to both, or to two servers, still leads to the lost one.",
        example: "datacenters:\n  msk: {public: [198.51.100.10]}\n  spb: {public: [198.51.100.10]}\n",
        fix: "Give each edge server an address of its own.",
    },
    check: again,
};

/// An address that nobody outside reaches.
pub const PRIVATE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT610"),
        severity: Severity::Warning,
        title: "a public address is private",
        why: "Addresses of private networks (RFC 1918, RFC 6598, RFC 4193), of the machine itself and of its link are not reached from outside; and a health check over the private link takes a fault of the link for a lost data centre.",
        example: "datacenters:\n  msk: {public: [10.10.6.10]}\n",
        fix: "Write the address that the Internet sees.",
    },
    check: private,
};

fn too_few(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (site, datacenter) in &facts.topology.datacenters {
        let servers = facts.plan.edge.get(site).map_or(0, Vec::len);
        let have = datacenter.public.len();
        if have < servers {
            let message = format!("{servers} edge servers in `{site}` have {have} public addresses");
            findings.push(TOO_FEW.finding(at(site), message).help("list one for each"));
        }
    }
    findings
}

fn again(facts: &Facts<'_>) -> Vec<Finding> {
    let all = addresses(facts);
    let mut findings = Vec::new();
    for (position, (at, address)) in all.iter().enumerate() {
        if let Some((first, _)) = all.iter().take(position).find(|(_, earlier)| earlier == address) {
            let finding = REPEATED.finding(at.clone(), format!("`{address}` is listed already"));
            findings.push(finding.related(first.clone(), "first listed here").help("give each server an address of its own"));
        }
    }
    findings
}

fn private(facts: &Facts<'_>) -> Vec<Finding> {
    let hidden = addresses(facts).into_iter().filter(|(_, address)| !is_public(*address));
    hidden
        .map(|(at, address)| {
            let finding = PRIVATE.finding(at, format!("`{address}` is not reached from outside"));
            finding.help("write the address that the Internet sees")
        })
        .collect()
}

/// Every public address with its place, in the order of the data centres' names.
fn addresses(facts: &Facts<'_>) -> Vec<(Path, IpAddr)> {
    let mut found = Vec::new();
    for (site, datacenter) in &facts.topology.datacenters {
        found.extend(datacenter.public.iter().enumerate().map(|(position, address)| (at(site).index(position), *address)));
    }
    found
}

fn at(site: &Name) -> Path {
    Path::of(["datacenters", site.as_str(), "public"])
}

/// Whether an address may be reached from outside; the ranges of documentation count as if they were.
fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(it) => {
            let [first, second, ..] = it.octets();
            let shared = first == 100 && (64..128).contains(&second);
            !(it.is_private() || it.is_loopback() || it.is_link_local() || it.is_unspecified() || shared)
        }
        IpAddr::V6(it) => !(it.is_unique_local() || it.is_loopback() || it.is_unicast_link_local() || it.is_unspecified()),
    }
}
