//! IT620 to IT623 and IT628: answers by place, and how fast they change.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::GeoDns;
use crate::model::topology::edge::Depth;
use crate::model::unit::Duration;

/// Nothing to answer with.
pub const NO_EDGE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT620"),
        severity: Severity::Error,
        title: "name servers without an edge to answer with",
        why: "The answers are the public addresses of the edge, and the health checks ask the edge.",
        example: "geodns: {ttl: 30s}\n# no `edge`\n",
        fix: "Add `edge`, or remove `geodns`.",
    },
    check: no_edge,
};

/// A lifetime that is too long or too short.
pub const TTL: Rule = Rule {
    explanation: Explanation {
        code: Code("IT621"),
        severity: Severity::Warning,
        title: "answers live too long or too short",
        why: "Resolvers keep an answer for its TTL, so above 60 s clients stay with a lost data centre for minutes; below 5 s every resolver asks all the time, and many keep answers longer anyway.",
        example: "geodns: {ttl: 10m}\n",
        fix: "Use 5 s to 60 s.",
    },
    check: ttl,
};

/// Slower than promised.
pub const TOO_SLOW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT622"),
        severity: Severity::Error,
        title: "name servers move clients later than promised",
        why: "Clients leave a lost data centre after `failures * interval + timeout`, until it counts as lost (gdnsd, health checks), and then the TTL, until resolvers ask again. That is longer than the `rto`.",
        example: "objectives: {rto: 1m}\ngeodns:\n  ttl: 60s\n  check: {path: /healthz/dc, interval: 10s, failures: 3}\n",
        fix: "Check more often, lower the TTL, or promise less.",
    },
    check: too_slow,
};

/// A check that sees nginx only.
pub const SHALLOW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT623"),
        severity: Severity::Warning,
        title: "the health check does not look behind nginx",
        why: "nginx answers as long as it runs, also when everything behind it is gone. A data centre without its ingress would keep its clients and give them errors.",
        example: "geodns:\n  check: {path: /healthz/dc, interval: 5s, failures: 3, depth: shallow}\n",
        fix: "Set `depth: ingress`, or `write-path` where only one data centre can write.",
    },
    check: shallow,
};

/// Checks that overlap.
pub const TIMEOUT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT628"),
        severity: Severity::Warning,
        title: "a health check takes as long as the pause between two",
        why: "The next check begins before the last one has ended, so a slow answer counts against two of them and a lost data centre is noticed later than computed.",
        example: "geodns:\n  check: {path: /healthz/dc, interval: 2s, failures: 3, timeout: 5s}\n",
        fix: "Make `timeout` shorter than `interval`.",
    },
    check: timeout,
};

fn one(facts: &Facts<'_>, find: impl Fn(&GeoDns) -> Option<Finding>) -> Vec<Finding> {
    facts.topology.geodns.as_ref().and_then(find).into_iter().collect()
}

fn at() -> Path {
    Path::of(["geodns"])
}

fn no_edge(facts: &Facts<'_>) -> Vec<Finding> {
    one(facts, |_| {
        let missing = facts.topology.edge.is_none();
        missing.then(|| NO_EDGE.finding(at(), "name servers answer with the edge, and there is none").help("add `edge`"))
    })
}

fn ttl(facts: &Facts<'_>) -> Vec<Finding> {
    one(facts, |geodns| {
        let wrong = !(5..=60).contains(&geodns.ttl.seconds());
        wrong.then(|| TTL.finding(at().key("ttl"), format!("answers live for {}", geodns.ttl)).help("use 5s to 60s"))
    })
}

fn too_slow(facts: &Facts<'_>) -> Vec<Finding> {
    one(facts, |geodns| {
        let promised = facts.topology.objectives.rto?;
        let check = &geodns.check;
        let failing = check.interval.millis().saturating_mul(u64::from(check.failures));
        let moved = Duration(failing.saturating_add(check.timeout.millis()).saturating_add(geodns.ttl.millis()));
        (moved > promised).then(|| {
            let message = format!("clients leave a lost data centre after {moved}, but `rto` is {promised}");
            let finding = TOO_SLOW.finding(at().key("check"), message);
            finding.related(Path::of(["objectives", "rto"]), "the objective").help("check more often, or lower the `ttl`")
        })
    })
}

fn shallow(facts: &Facts<'_>) -> Vec<Finding> {
    one(facts, |geodns| match geodns.check.depth {
        Depth::Shallow => {
            let at = at().key("check").key("depth");
            Some(SHALLOW.finding(at, "nginx answers also when everything behind it is gone").help("set it to `ingress`"))
        }
        Depth::Ingress | Depth::WritePath => None,
    })
}

fn timeout(facts: &Facts<'_>) -> Vec<Finding> {
    one(facts, |geodns| {
        let check = &geodns.check;
        (check.timeout >= check.interval).then(|| {
            let message = format!("one check may take {} and the next begins after {}", check.timeout, check.interval);
            TIMEOUT.finding(at().key("check").key("timeout"), message).help("make it shorter than `interval`")
        })
    })
}
