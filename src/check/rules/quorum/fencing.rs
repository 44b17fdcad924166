//! IT217 to IT220: how a data centre is cut off, and the link between both.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::site::Fencing;

/// No way to cut a data centre off.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT217"),
        severity: Severity::Error,
        title: "no way to cut a data centre off",
        why: "Before one data centre takes over, the other one must be known not to serve or write any more. Silence is no \
              proof: a cut link looks the same from here. Without fencing every takeover may be a split brain.",
        example: "datacenters:\n  msk: {fencing: []}\n",
        fix: "List how it is cut off: `acl`, `bgp`, `ipmi` or `manual`.",
    },
    check: missing,
};

/// Fencing that needs power at the lost side.
pub const ONLY_IPMI: Rule = Rule {
    explanation: Explanation {
        code: Code("IT218"),
        severity: Severity::Warning,
        title: "fencing that dies with the data centre",
        why: "Management controllers answer only while they have power and a network. In a power cut, the commonest loss of a \
              data centre, they confirm nothing, and the takeover waits.",
        example: "datacenters:\n  msk: {fencing: [ipmi]}\n",
        fix: "Add `acl` or `bgp`, which work at the side that is left.",
    },
    check: only_ipmi,
};

/// A single path between the data centres.
pub const ONE_PATH: Rule = Rule {
    explanation: Explanation {
        code: Code("IT219"),
        severity: Severity::Warning,
        title: "the link has a single path",
        why: "A partition is the likeliest fault of two data centres. One fibre, one provider or one duct makes it a question \
              of the next excavator.",
        example: "link: {rtt: 9ms, rttP99: 15ms, bandwidth: 10Gbit, paths: 1}\n",
        fix: "Use two independent paths, of two providers where possible.",
    },
    check: one_path,
};

/// A link that others can read.
pub const PLAIN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT220"),
        severity: Severity::Info,
        title: "the link is not encrypted",
        why: "Everything rendered here speaks TLS over the link, but pods of your own and the overlay of the network plugin may \
              not. Encryption below the applications (MACsec, IPsec, WireGuard) covers them all.",
        example: "link: {rtt: 9ms, rttP99: 15ms, bandwidth: 10Gbit, paths: 2, encrypted: false}\n",
        fix: "Encrypt the link and declare `encrypted: true`.",
    },
    check: plain,
};

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    let bare = facts.topology.datacenters.iter().filter(|(_, datacenter)| datacenter.fencing.is_empty());
    bare.map(|(name, _)| {
        let at = Path::of(["datacenters", name.as_str(), "fencing"]);
        let message = format!("nothing says how `{name}` is cut off before the other takes over");
        MISSING.finding(at, message).help("list `acl`, `bgp`, `ipmi` or `manual`")
    })
    .collect()
}

fn only_ipmi(facts: &Facts<'_>) -> Vec<Finding> {
    let only = |fencing: &[Fencing]| !fencing.is_empty() && fencing.iter().all(|way| *way == Fencing::Ipmi);
    let weak = facts.topology.datacenters.iter().filter(|(_, datacenter)| only(&datacenter.fencing));
    weak.map(|(name, _)| {
        let at = Path::of(["datacenters", name.as_str(), "fencing"]);
        ONLY_IPMI.finding(at, format!("in a power cut `{name}` cannot be fenced by `ipmi`")).help("add `acl` or `bgp`")
    })
    .collect()
}

fn one_path(facts: &Facts<'_>) -> Vec<Finding> {
    let single = (facts.topology.link.paths < 2).then(|| {
        let at = Path::of(["link", "paths"]);
        ONE_PATH.finding(at, "one cut separates the data centres").help("use two independent paths")
    });
    single.into_iter().collect()
}

fn plain(facts: &Facts<'_>) -> Vec<Finding> {
    let open = (!facts.topology.link.encrypted).then(|| {
        let at = Path::of(["link", "encrypted"]);
        PLAIN.finding(at, "traffic between the data centres can be read on the way").help("encrypt the link")
    });
    open.into_iter().collect()
}
