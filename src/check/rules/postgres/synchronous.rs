//! IT403 and IT404: how many standbys a commit waits for.

use crate::check::rules::shared::per_datacenter;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::postgres::{PostgresMode, SynchronousMode};
use crate::model::topology::{Postgres, Topology};
use crate::model::{Name, Path};

/// So few that all of them may stand beside the leader.
pub const TOO_FEW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT403"),
        severity: Severity::Error,
        title: "a commit may be in one data centre only",
        why: "With `m` members in a data centre a leader there has `m - 1` standbys beside it. A commit that waits for fewer than `m` standbys may be on those alone; when that data centre is lost, no member of the other one is known to have every commit, and Patroni promotes none (Patroni issue 1915).",
        example: "postgres:\n  core:\n    members: {msk: 2, spb: 2}\n    synchronous: {mode: quorum, nodes: 1}\n",
        fix: "Set `synchronous.nodes` to the number of members in the larger data centre.",
    },
    check: too_few,
};

/// So many that the slowest standby sets the pace.
pub const TOO_MANY: Rule = Rule {
    explanation: Explanation {
        code: Code("IT404"),
        severity: Severity::Warning,
        title: "every commit waits for every standby",
        why: "When a commit waits for all standbys, the slowest one sets the latency, and the loss of any one stops commits until Patroni has taken it out, for up to `ttl` (Patroni, synchronous replication). One more than the other data centre needs protects nothing further.",
        example: "postgres:\n  core:\n    members: {msk: 2, spb: 2}\n    synchronous: {mode: quorum, nodes: 3}\n",
        fix: "Set `synchronous.nodes` to the number of members in the larger data centre.",
    },
    check: too_many,
};

fn too_few(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in waiting(facts.topology) {
        let counts = per_datacenter(facts.topology, &postgres.members);
        let spans = counts.iter().all(|(_, count)| *count > 0);
        let largest = counts.iter().max_by_key(|(_, count)| *count);
        let (PostgresMode::Stretched, true, Some((site, needed))) = (postgres.mode, spans, largest) else { continue };
        let nodes = postgres.synchronous.nodes;
        if nodes < *needed {
            let message = format!("a commit waits for {nodes} standbys, all of which may stand in `{site}` beside the leader");
            let members = Path::of(["postgres", name.as_str(), "members", site.as_str()]);
            let finding = TOO_FEW.finding(at(name), message).related(members, format!("{needed} members"));
            findings.push(finding.help(format!("set it to {needed}")));
        }
    }
    findings
}

fn too_many(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in waiting(facts.topology) {
        let counts: Vec<u32> = per_datacenter(facts.topology, &postgres.members).into_iter().map(|(_, count)| count).collect();
        let largest = counts.iter().copied().max().unwrap_or(0);
        let (standbys, needed) = match postgres.mode {
            PostgresMode::Stretched => (counts.iter().sum::<u32>().saturating_sub(1), largest),
            PostgresMode::StandbyCluster => (counts.first().copied().unwrap_or(0), 1),
        };
        let nodes = postgres.synchronous.nodes;
        if nodes > needed && nodes >= standbys {
            let message = format!("a commit waits for {nodes} standbys and there are never more");
            findings.push(TOO_MANY.finding(at(name), message).help(format!("{needed} is enough")));
        }
    }
    findings
}

/// The instances whose commits wait for standbys.
fn waiting(topology: &Topology) -> impl Iterator<Item = (&Name, &Postgres)> {
    topology.postgres.iter().filter(|(_, postgres)| match postgres.synchronous.mode {
        SynchronousMode::Off => false,
        SynchronousMode::On | SynchronousMode::Quorum => true,
    })
}

fn at(name: &Name) -> Path {
    Path::of(["postgres", name.as_str(), "synchronous", "nodes"])
}
