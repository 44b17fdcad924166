//! IT640, IT641, IT644 and IT645: the content delivery network in front of the edge.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::edge::Shield;
use crate::model::unit::Duration;

/// The shortest time for which a file that never changes is worth keeping.
const SHORTEST: Duration = Duration::from_seconds(86_400);

/// Nothing behind it.
pub const NO_EDGE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT640"),
        severity: Severity::Error,
        title: "a content delivery network without an edge behind it",
        why: "It fetches what it does not have yet from the edge servers of both data centres, which are its group of origins.",
        example: "cdn: {ranges: [192.0.2.128/25]}\n# no `edge`\n",
        fix: "Add `edge`, or remove `cdn`.",
    },
    check: no_edge,
};

/// Everybody is trusted.
pub const EVERYBODY: Rule = Rule {
    explanation: Explanation {
        code: Code("IT641"),
        severity: Severity::Error,
        title: "everybody may say who the client is",
        why: "nginx takes the client's address from a header of requests that come from `ranges` (nginx, `set_real_ip_from`). With every address in it each client writes its own and passes every limit.",
        example: "cdn: {ranges: [0.0.0.0/0]}\n",
        fix: "List the networks that the provider publishes.",
    },
    check: everybody,
};

/// No shield.
pub const NO_SHIELD: Rule = Rule {
    explanation: Explanation {
        code: Code("IT644"),
        severity: Severity::Warning,
        title: "every location of the network asks the origins",
        why: "Without a shield each location fetches a new or expired file itself, so a purge or a release becomes as many requests to the edge as there are locations.",
        example: "cdn: {ranges: [192.0.2.128/25], shield: off}\n",
        fix: "Set `shield: nearest`.",
    },
    check: no_shield,
};

/// A short life of what never changes.
pub const SHORT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT645"),
        severity: Severity::Warning,
        title: "files that never change are kept for less than a day",
        why: "`immutable` tells browsers not to ask again within the lifetime (RFC 8246); with a short one they ask often and nothing is gained.",
        example: "cdn:\n  ranges: [192.0.2.128/25]\n  static: {host: www, path: /static, ttl: 10m, immutable: true}\n",
        fix: "Use `ttl: 1y`, or remove `immutable` if the files do change.",
    },
    check: short,
};

fn at() -> Path {
    Path::of(["cdn"])
}

fn no_edge(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.topology.cdn.is_none() || facts.topology.edge.is_some() {
        return Vec::new();
    }
    vec![NO_EDGE.finding(at(), "the network fetches from the edge, and there is none").help("add `edge`")]
}

fn everybody(facts: &Facts<'_>) -> Vec<Finding> {
    let Some(cdn) = &facts.topology.cdn else { return Vec::new() };
    let wide = cdn.ranges.iter().enumerate().filter(|(_, range)| range.prefix_len() == 0);
    wide.map(|(position, range)| {
        let finding = EVERYBODY.finding(at().key("ranges").index(position), format!("`{range}` trusts everybody"));
        finding.help("list the networks that the provider publishes")
    })
    .collect()
}

fn no_shield(facts: &Facts<'_>) -> Vec<Finding> {
    match facts.topology.cdn.as_ref().map(|cdn| cdn.shield) {
        Some(Shield::Off) => {
            let finding = NO_SHIELD.finding(at().key("shield"), "every location asks the origins itself");
            vec![finding.help("set it to `nearest`")]
        }
        Some(Shield::Nearest) | None => Vec::new(),
    }
}

fn short(facts: &Facts<'_>) -> Vec<Finding> {
    let assets = facts.topology.cdn.as_ref().and_then(|cdn| cdn.assets.as_ref());
    match assets {
        Some(assets) if assets.immutable && assets.ttl < SHORTEST => {
            let message = format!("files that never change are kept for {}", assets.ttl);
            vec![SHORT.finding(at().key("static").key("ttl"), message).help("use `1y`, or remove `immutable`")]
        }
        Some(_) | None => Vec::new(),
    }
}
