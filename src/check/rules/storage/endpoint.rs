//! IT542 and IT543: the host of a store that runs elsewhere.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::storage::S3Engine;

/// No host.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT542"),
        severity: Severity::Error,
        title: "an external store without an address",
        why: "Services, backups and network policies need the host of a store that runs elsewhere.",
        example: "s3:\n  archive: {engine: external, buckets: [backups]}\n",
        fix: "Add `endpoint: <host>`.",
    },
    check: missing,
};

/// A host that nothing reads.
pub const UNUSED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT543"),
        severity: Severity::Warning,
        title: "a store of the platform has an external address",
        why: "A store that is rendered here gets its address from its name; `endpoint` is read for `external` stores only.",
        example: "s3:\n  documents: {engine: seaweedfs, endpoint: storage.example.net, buckets: [policies]}\n",
        fix: "Remove `endpoint`, or set `engine: external`.",
    },
    check: unused,
};

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    let stores = facts.topology.s3.iter().filter(|(_, it)| it.engine == S3Engine::External && it.endpoint.is_none());
    stores
        .map(|(name, _)| {
            let at = Path::of(["s3", name.as_str()]);
            MISSING.finding(at, format!("`{name}` runs elsewhere, but has no `endpoint`")).help("add `endpoint: <host>`")
        })
        .collect()
}

fn unused(facts: &Facts<'_>) -> Vec<Finding> {
    let stores = facts.topology.s3.iter().filter(|(_, it)| it.engine != S3Engine::External && it.endpoint.is_some());
    stores
        .map(|(name, _)| {
            let at = Path::of(["s3", name.as_str(), "endpoint"]);
            UNUSED.finding(at, "only an `external` store has an `endpoint`").help("remove it")
        })
        .collect()
}
