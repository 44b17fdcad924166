//! IT408 to IT410: whether there are backups and whether they outlive a data centre.

use crate::check::rules::shared::{Wrong, look_up, per_datacenter};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::postgres::Backup;
use crate::model::topology::storage::S3Engine;
use crate::model::topology::{ObjectStore, Topology};
use crate::model::{Name, Path};

/// No backup.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT408"),
        severity: Severity::Warning,
        title: "a database has no backup",
        why: "Replicas copy a wrong `DELETE` within milliseconds. Only base backups with archived WAL bring back what was there before (PostgreSQL manual, continuous archiving), and without them a member that was away too long is built again over the link.",
        example: "postgres:\n  core:\n    databases: [core]\n    # no `backup`\n",
        fix: "Add `backup: {to: s3/<store>/<bucket>}`.",
    },
    check: missing,
};

/// A bucket that is not declared.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT409"),
        severity: Severity::Error,
        title: "backups go to a bucket that is not declared",
        why: "The bucket and its store give the address and the credentials of the backups, so both have to be in the topology.",
        example: "postgres:\n  core:\n    backup: {to: s3/documents/backup}   # the bucket is `backups`\n",
        fix: "Correct the store or bucket, or declare it under `s3`.",
    },
    check: unknown,
};

/// A store in one data centre.
pub const ONE_SIDED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT410"),
        severity: Severity::Error,
        title: "backups are kept in one data centre only",
        why: "The loss of that data centre takes the database and its backups together. A backup has to outlive what it protects against.",
        example: "s3:\n  documents:\n    copies: {msk: 1}\npostgres:\n  core:\n    backup: {to: s3/documents/backups}\n",
        fix: "Keep copies in both data centres, or use a store outside them.",
    },
    check: one_sided,
};

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    let without = facts.topology.postgres.iter().filter(|(_, postgres)| postgres.backup.is_none());
    without
        .map(|(name, _)| {
            let at = Path::of(["postgres", name.as_str()]);
            MISSING.finding(at, format!("`{name}` has no backup")).help("add `backup: {to: s3/<store>/<bucket>}`")
        })
        .collect()
}

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let known: Vec<(&str, &str)> = facts
        .topology
        .s3
        .iter()
        .flat_map(|(store, it)| it.buckets.iter().map(|bucket| (store.as_str(), bucket.as_str())))
        .collect();
    let mut findings = Vec::new();
    for (name, backup) in backups(facts.topology) {
        match backup.bucket().and_then(|bucket| look_up(&bucket, &known)) {
            Some(Wrong::Unknown(help) | Wrong::Ambiguous(help)) => {
                findings.push(UNKNOWN.finding(at(name), format!("no bucket `{}`", backup.to)).help(help));
            }
            None => {}
        }
    }
    findings
}

fn one_sided(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, backup) in backups(facts.topology) {
        let Some((store, it)) = store_of(facts.topology, backup) else { continue };
        let sites: Vec<&Name> = per_datacenter(facts.topology, &it.copies)
            .into_iter()
            .filter(|(_, count)| *count > 0)
            .map(|(site, _)| site)
            .collect();
        if let (true, [site]) = (it.engine != S3Engine::External, sites.as_slice()) {
            let message = format!("`{store}` keeps its copies in `{site}` only, and the backups of `{name}` with them");
            let copies = Path::of(["s3", store.as_str(), "copies"]);
            let finding = ONE_SIDED.finding(at(name), message).related(copies, "the copies");
            findings.push(finding.help("keep copies in both data centres, or use a store outside them"));
        }
    }
    findings
}

fn backups(topology: &Topology) -> impl Iterator<Item = (&Name, &Backup)> {
    topology.postgres.iter().filter_map(|(name, postgres)| Some((name, postgres.backup.as_ref()?)))
}

fn store_of<'a>(topology: &'a Topology, backup: &Backup) -> Option<(&'a Name, &'a ObjectStore)> {
    let bucket = backup.bucket()?;
    topology.s3.get_key_value(bucket.parts().0?)
}

fn at(name: &Name) -> Path {
    Path::of(["postgres", name.as_str(), "backup", "to"])
}
