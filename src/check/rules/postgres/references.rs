//! IT414 and IT415: databases that are named twice, and references to none.

use crate::check::rules::shared::{meant, repeated, service};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::{Name, Path};

/// A database that is listed twice.
pub const REPEATED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT414"),
        severity: Severity::Error,
        title: "a database is listed twice",
        why: "Each entry becomes one database with one owner and one password; the second one would be created over the first.",
        example: "postgres:\n  core:\n    databases: [core, core]\n",
        fix: "Remove the second entry.",
    },
    check: again,
};

/// A reference to no database.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT415"),
        severity: Severity::Error,
        title: "a service uses a database that is not declared",
        why: "The reference decides the addresses that the service is given and what its network policy lets through.",
        example: "services:\n  core-app:\n    uses: {postgres: cores}\n",
        fix: "Correct the name, or declare the cluster or database under `postgres`.",
    },
    check: unknown,
};

fn again(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        for (position, database) in repeated(&postgres.databases) {
            let at = Path::of(["postgres", name.as_str(), "databases"]).index(position);
            findings.push(REPEATED.finding(at, format!("`{database}` is listed already")).help("remove it"));
        }
    }
    findings
}

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let clusters: Vec<&str> = facts.topology.postgres.keys().map(Name::as_str).collect();
    let mut findings = Vec::new();
    for (name, it) in &facts.topology.services {
        let Some(reference) = &it.uses.postgres else { continue };
        let (cluster, database) = match reference.parts() {
            (Some(cluster), database) => (cluster, Some(database)),
            (None, cluster) => (cluster, None),
        };
        let at = service(name).key("uses").key("postgres");
        let Some(postgres) = facts.topology.postgres.get(cluster) else {
            let finding = UNKNOWN.finding(at, format!("no PostgreSQL cluster is named `{cluster}`"));
            findings.push(finding.help(meant(cluster, &clusters)));
            continue;
        };
        let databases: Vec<&str> = postgres.databases.iter().map(Name::as_str).collect();
        if let Some(database) = database.filter(|database| !databases.contains(database)) {
            let finding = UNKNOWN.finding(at, format!("`{cluster}` has no database `{database}`"));
            findings.push(finding.help(meant(database, &databases)));
        }
    }
    findings
}
