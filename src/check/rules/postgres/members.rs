//! IT405, IT406 and IT420: members of each data centre, and what stops a stalled leader.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::postgres::Watchdog;
use crate::model::{Name, Path};

/// One member in a data centre.
pub const SINGLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT405"),
        severity: Severity::Warning,
        title: "a data centre has a single PostgreSQL member",
        why: "After the loss of the other data centre this member is the only one: the next fault, or its next restart, is an outage. The loss of one machine should never cost more than a failover inside its data centre.",
        example: "postgres:\n  core:\n    members: {msk: 2, spb: 1}\n",
        fix: "Give each data centre two members.",
    },
    check: single,
};

/// No member in a data centre.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT406"),
        severity: Severity::Error,
        title: "a data centre has no PostgreSQL member",
        why: "The data is in one data centre only, so its loss is an outage until it is back or a backup is restored.",
        example: "postgres:\n  core:\n    members: {msk: 3}\n",
        fix: "Give each data centre two members.",
    },
    check: missing,
};

/// No watchdog.
pub const NO_WATCHDOG: Rule = Rule {
    explanation: Explanation {
        code: Code("IT420"),
        severity: Severity::Warning,
        title: "nothing stops a stalled leader",
        why: "A Patroni that hangs does not demote its PostgreSQL when the lease ends, and the other side elects a leader beside it. A watchdog device resets the machine instead (Patroni, watchdog support).",
        example: "postgres:\n  core:\n    watchdog: disabled\n",
        fix: "Set `watchdog: required`, or `automatic` where not every machine has a device.",
    },
    check: no_watchdog,
};

fn single(facts: &Facts<'_>) -> Vec<Finding> {
    with_members(facts, 1)
        .into_iter()
        .map(|(at, site)| {
            let message = format!("`{site}` has a single member, so nothing takes over from it inside `{site}`");
            SINGLE.finding(at, message).help("set it to 2")
        })
        .collect()
}

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    with_members(facts, 0)
        .into_iter()
        .map(|(at, site)| MISSING.finding(at, format!("`{site}` has no member")).help(format!("add `{site}: 2`")))
        .collect()
}

/// The data centres with that many members, each with its place.
fn with_members<'a>(facts: &Facts<'a>, wanted: u32) -> Vec<(Path, &'a Name)> {
    let mut found = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let at = Path::of(["postgres", name.as_str(), "members"]);
        let counts = per_datacenter(facts.topology, &postgres.members).into_iter();
        found.extend(counts.filter(|(_, count)| *count == wanted).map(|(site, _)| (at.key(site.as_str()), site)));
    }
    found
}

fn no_watchdog(facts: &Facts<'_>) -> Vec<Finding> {
    let disabled = facts.topology.postgres.iter().filter(|(_, postgres)| postgres.watchdog == Watchdog::Disabled);
    disabled
        .map(|(name, _)| {
            let at = Path::of(["postgres", name.as_str(), "watchdog"]);
            NO_WATCHDOG.finding(at, "no watchdog stops a leader that hangs").help("set `required` or `automatic`")
        })
        .collect()
}
