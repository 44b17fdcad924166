//! IT411 to IT413: where the voters of Patroni's etcd stand.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::Topology;
use crate::model::topology::postgres::PostgresMode;
use crate::model::{Name, Path};

/// An etcd of a standby cluster without a useful majority.
pub const OWN_QUORUM: Rule = Rule {
    explanation: Explanation {
        code: Code("IT411"),
        severity: Severity::Error,
        title: "an etcd of its own has none or an even number of voters",
        why: "With a standby cluster each data centre elects its leader in an etcd of its own (Patroni, standby cluster). Without voters there is no leader, and an even number tolerates no more losses than one voter less (etcd FAQ).",
        example: "postgres:\n  main:\n    mode: standby-cluster\n    dcs: {members: {left: 2, right: 3}}\n",
        fix: "Give each data centre three voters.",
    },
    check: own_quorum,
};

/// An etcd of one voter.
pub const SINGLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT412"),
        severity: Severity::Warning,
        title: "an etcd of its own has a single voter",
        why: "One voter is no cluster: while its machine restarts, the leader of that data centre loses its lease and becomes read-only.",
        example: "postgres:\n  main:\n    mode: standby-cluster\n    dcs: {members: {left: 3, right: 1}}\n",
        fix: "Give each data centre three voters.",
    },
    check: single,
};

/// A stretched etcd without a voter in a data centre.
pub const ONE_SIDED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT413"),
        severity: Severity::Warning,
        title: "a data centre has no voter of the stretched etcd",
        why: "A member of PostgreSQL in that data centre asks etcd over the link in each loop, so a fault of the link takes its lease, and its side can never form a majority with the witness.",
        example: "postgres:\n  core:\n    mode: stretched\n    dcs: {members: {msk: 3}}\n",
        fix: "Put voters in both data centres and, where there is one, at the witness.",
    },
    check: one_sided,
};

fn own_quorum(facts: &Facts<'_>) -> Vec<Finding> {
    voters(facts.topology, PostgresMode::StandbyCluster)
        .into_iter()
        .filter(|(_, _, count)| count.is_multiple_of(2))
        .map(|(at, site, count)| {
            let message = format!("the etcd of `{site}` has {count} voters; an odd number of at least 3 is needed");
            OWN_QUORUM.finding(at, message).help("set it to 3")
        })
        .collect()
}

fn single(facts: &Facts<'_>) -> Vec<Finding> {
    voters(facts.topology, PostgresMode::StandbyCluster)
        .into_iter()
        .filter(|(_, _, count)| *count == 1)
        .map(|(at, site, _)| SINGLE.finding(at, format!("the etcd of `{site}` is a single voter")).help("set it to 3"))
        .collect()
}

fn one_sided(facts: &Facts<'_>) -> Vec<Finding> {
    voters(facts.topology, PostgresMode::Stretched)
        .into_iter()
        .filter(|(_, _, count)| *count == 0)
        .map(|(at, site, _)| {
            ONE_SIDED.finding(at, format!("no voter of etcd stands in `{site}`")).help("put voters in both data centres")
        })
        .collect()
}

/// The voters in each data centre, with their place, of the instances of that mode.
fn voters(topology: &Topology, mode: PostgresMode) -> Vec<(Path, &Name, u32)> {
    let mut found = Vec::new();
    for (name, postgres) in topology.postgres.iter().filter(|(_, postgres)| postgres.mode == mode) {
        let at = Path::of(["postgres", name.as_str(), "dcs", "members"]);
        let counts = per_datacenter(topology, &postgres.dcs.members).into_iter();
        found.extend(counts.map(|(site, count)| (at.key(site.as_str()), site, count)));
    }
    found
}
