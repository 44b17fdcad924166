//! IT546 to IT548: buckets and references to them.

use crate::check::rules::shared::{Wrong, look_up, repeated, service};
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::{Name, Path, Reference};

/// A bucket that is listed twice.
pub const REPEATED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT546"),
        severity: Severity::Error,
        title: "a bucket is listed twice",
        why: "The names of buckets are unique in a store, so one of the entries was meant to be another bucket.",
        example: "s3:\n  documents:\n    buckets: [policies, policies]\n",
        fix: "Remove or rename the second entry.",
    },
    check: again,
};

/// A reference to no bucket.
pub const UNKNOWN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT547"),
        severity: Severity::Error,
        title: "a service uses a bucket that is not declared",
        why: "Buckets are created from the topology, and the reference decides the address that the service is given and what its network policy lets through.",
        example: "services:\n  core-app:\n    uses: {s3: documents/policy}   # the bucket is `policies`\n",
        fix: "Correct the reference, or declare the bucket under `s3`.",
    },
    check: unknown,
};

/// A short reference to several buckets.
pub const AMBIGUOUS: Rule = Rule {
    explanation: Explanation {
        code: Code("IT548"),
        severity: Severity::Error,
        title: "a short reference means several buckets",
        why: "A bucket may be named without its store only where one store has a bucket of that name.",
        example: "s3:\n  documents: {engine: seaweedfs, buckets: [policies]}\n  archive: {engine: external, buckets: [policies]}\nservices:\n  core-app:\n    uses: {s3: policies}\n",
        fix: "Write `<store>/<bucket>`.",
    },
    check: ambiguous,
};

fn again(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, store) in &facts.topology.s3 {
        for (position, bucket) in repeated(&store.buckets) {
            let at = Path::of(["s3", name.as_str(), "buckets"]).index(position);
            findings.push(REPEATED.finding(at, format!("`{bucket}` is listed already")).help("remove it"));
        }
    }
    findings
}

fn unknown(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, bucket, wrong) in wrong(facts) {
        match wrong {
            Wrong::Unknown(help) => findings.push(UNKNOWN.finding(at(name), format!("no bucket `{bucket}`")).help(help)),
            Wrong::Ambiguous(_) => {}
        }
    }
    findings
}

fn ambiguous(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, bucket, wrong) in wrong(facts) {
        match wrong {
            Wrong::Ambiguous(help) => {
                findings.push(AMBIGUOUS.finding(at(name), format!("several stores have a bucket `{bucket}`")).help(help));
            }
            Wrong::Unknown(_) => {}
        }
    }
    findings
}

fn wrong<'a>(facts: &Facts<'a>) -> Vec<(&'a Name, &'a Reference, Wrong)> {
    let stores = facts.topology.s3.iter();
    let known: Vec<(&str, &str)> =
        stores.flat_map(|(store, it)| it.buckets.iter().map(|bucket| (store.as_str(), bucket.as_str()))).collect();
    let used = facts.topology.services.iter().filter_map(|(name, it)| Some((name, it.uses.s3.as_ref()?)));
    used.filter_map(|(name, bucket)| look_up(bucket, &known).map(|wrong| (name, bucket, wrong))).collect()
}

fn at(name: &Name) -> Path {
    service(name).key("uses").key("s3")
}
