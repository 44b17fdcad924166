//! IT540, IT541 and IT545: what serves S3 and where.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::kafka::Run;
use crate::model::topology::storage::S3Engine;

/// An engine that is refused.
pub const REFUSED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT540"),
        severity: Severity::Error,
        title: "the community edition of MinIO is refused",
        why: "Its repository says that it is no longer maintained: no images, no fixes. A store of documents and backups should not begin its life there.",
        example: "s3:\n  documents: {engine: minio, buckets: [policies]}\n",
        fix: "Use `seaweedfs`, or `external` for a store that somebody else runs.",
    },
    check: refused,
};

/// An engine that is not rendered.
pub const NOT_RENDERED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT541"),
        severity: Severity::Error,
        title: "an object store is not rendered yet",
        why: "Only SeaweedFS is rendered. A Ceph over two data centres needs a tiebreaker for its monitors (Ceph, stretch mode), and Garage with two zones stops writes when one is lost; neither is described in a topology yet.",
        example: "s3:\n  documents: {engine: ceph-rgw, buckets: [policies]}\n",
        fix: "Use `seaweedfs`, or declare the store as `external` with its `endpoint` and run it separately.",
    },
    check: not_rendered,
};

/// A store on hosts.
pub const ON_HOSTS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT545"),
        severity: Severity::Error,
        title: "an object store on hosts is not rendered",
        why: "SeaweedFS is rendered as StatefulSets on Kubernetes only; with `run: hosts` nothing would be written for it.",
        example: "s3:\n  documents: {engine: seaweedfs, run: hosts, buckets: [policies]}\n",
        fix: "Set `run: kubernetes`, or declare the store as `external` and run it separately.",
    },
    check: on_hosts,
};

fn refused(facts: &Facts<'_>) -> Vec<Finding> {
    let stores = facts.topology.s3.iter().filter(|(_, store)| store.engine == S3Engine::Minio);
    stores
        .map(|(name, _)| {
            let at = Path::of(["s3", name.as_str(), "engine"]);
            REFUSED.finding(at, "`minio` is no longer maintained").help("use `seaweedfs` or `external`")
        })
        .collect()
}

fn not_rendered(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, store) in &facts.topology.s3 {
        let engine = match store.engine {
            S3Engine::CephRgw => "ceph-rgw",
            S3Engine::Garage => "garage",
            S3Engine::Seaweedfs | S3Engine::Minio | S3Engine::External => continue,
        };
        let at = Path::of(["s3", name.as_str(), "engine"]);
        let finding = NOT_RENDERED.finding(at, format!("`{engine}` is not rendered yet"));
        findings.push(finding.help("use `seaweedfs`, or `external` with its `endpoint`"));
    }
    findings
}

fn on_hosts(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, store) in &facts.topology.s3 {
        if store.engine == S3Engine::Seaweedfs && store.run == Run::Hosts {
            let at = Path::of(["s3", name.as_str(), "run"]);
            findings.push(ON_HOSTS.finding(at, "SeaweedFS on hosts is not rendered").help("set it to `kubernetes`"));
        }
    }
    findings
}
