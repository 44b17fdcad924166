//! Strict offline validation of rendered Kubernetes objects: what an API server of the topology's minor would refuse.
//!
//! Schemas come from the releases (`catalog`), `walk` compares an object with one, and the other files hold what the API server
//! checks in code, across fields. Some rules go further than the server, because an object that breaks them is stored and then does
//! not do what it says: probes of a port that has no such name, spread constraints that count other pods, budgets that protect
//! nothing, an explicit null, names that leave no room for what is appended, one object in two files, and pod security, which the
//! server enforces on the pods and not on the workload that makes them.
//!
//! CEL rules (`x-kubernetes-validations`, of the Gateway API above all) are **not** evaluated here; only the server does that.
//! Nothing that needs the cluster's state is decided either: quotas, immutability, whether a referenced object exists.

pub mod codes;

mod catalog;
mod cron;
mod labels;
mod metadata;
mod names;
mod network;
pub(super) mod object;
mod pods;
mod quantity;
pub(super) mod report;
mod scaling;
mod schema;
mod security;
mod spread;
#[cfg(test)]
mod tests;
mod tree;
mod value;
mod walk;
mod workloads;

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::diag::{Finding, did_you_mean};
use crate::model::Artifact;
use crate::model::topology::kubernetes::Minor;
use codes::UNKNOWN_KIND;
use object::Object;
use report::Report;
use security::Level;

/// Reports what an API server of this minor, or the kubelet after it, would refuse in the rendered objects.
pub fn check(artifacts: &[Artifact], minor: Minor) -> Vec<Finding> {
    let objects: Vec<Object> = artifacts.iter().filter_map(Object::of).collect();
    let levels = security::levels(&objects);
    let mut findings: Vec<Finding> = objects.par_iter().flat_map_iter(|object| check_object(object, minor, &levels)).collect();
    findings.extend(tree::duplicates(&objects));
    findings
}

fn check_object(object: &Object<'_>, minor: Minor, levels: &BTreeMap<&str, Level>) -> Vec<Finding> {
    let mut report = Report::new(object.file);
    let Some((document, resource)) = catalog::find(object.api_version, object.kind, minor) else {
        let message = format!("`{}` of `{}` is not a kind that is known here", object.kind, object.api_version);
        report.error_help(UNKNOWN_KIND, "", message, nearest_kind(object, minor));
        return report.findings;
    };
    walk::walk(document, &resource.schema, object.value, &mut report);
    metadata::check(object, resource.namespaced, &mut report);
    labels::check(object, &mut report);
    workloads::check(object, &mut report);
    scaling::check(object, &mut report);
    network::check(object, &mut report);
    if let Some(template) = object.pod_template() {
        pods::check(object, &template, &mut report);
        spread::check(&template, &mut report);
        security::check(template.spec, &template.spec_at(), security::level_of(object, levels), &mut report);
    }
    report.findings
}

fn nearest_kind(object: &Object<'_>, minor: Minor) -> Option<String> {
    if let Some((api_version, _)) = catalog::kinds(minor).find(|(_, kind)| *kind == object.kind) {
        return Some(format!("`{}` is served as `{api_version}`", object.kind));
    }
    did_you_mean(object.kind, catalog::kinds(minor).map(|(_, kind)| kind)).map(|near| format!("did you mean `{near}`?"))
}
