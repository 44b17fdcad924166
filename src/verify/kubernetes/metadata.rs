//! Names and namespaces of objects, as the API server demands them for each kind.

use super::codes::{BAD_NAME, NAMESPACE};
use super::names;
use super::object::Object;
use super::report::Report;

/// Reports a name that its kind does not allow and a namespace that is missing or does not belong.
pub fn check(object: &Object<'_>, namespaced: bool, report: &mut Report<'_>) {
    if object.name.is_empty() {
        report.error(BAD_NAME, "/metadata", "the object has no name");
    } else if let Some(fault) = name_fault(object) {
        report.error(BAD_NAME, "/metadata/name", format!("the name `{}` {fault}", object.name));
    }
    if namespaced && object.namespace.is_empty() {
        report.error(NAMESPACE, "/metadata", format!("a {} lives in a namespace, and none is named", object.kind));
    } else if !namespaced && !object.namespace.is_empty() {
        let message = format!("a {} lives in no namespace, and `{}` is named", object.kind, object.namespace);
        report.error(NAMESPACE, "/metadata/namespace", message);
    } else if let Some(fault) = names::label(object.namespace).filter(|_| namespaced) {
        report.error(NAMESPACE, "/metadata/namespace", format!("the namespace `{}` {fault}", object.namespace));
    }
}

/// What is wrong with the name: the rules of `pkg/apis/*/validation` for built-in kinds, a DNS subdomain for the others.
fn name_fault(object: &Object<'_>) -> Option<&'static str> {
    let too_long = |most: usize, why: &'static str| (object.name.len() > most).then_some(why);
    match (object.group(), object.kind) {
        ("", "Namespace") => names::label(object.name),
        ("", "Service") => names::label_1035(object.name),
        ("rbac.authorization.k8s.io", _) => names::path_segment(object.name),
        ("apps", "StatefulSet") => names::label(object.name).or_else(|| {
            too_long(52, "is longer than 52 characters, which leaves no room for the revision in the label of its pods")
        }),
        ("batch", "CronJob") => names::subdomain(object.name)
            .or_else(|| too_long(52, "is longer than 52 characters, which leaves no room for the time in the names of its jobs")),
        ("batch", "Job") => names::subdomain(object.name).or_else(|| too_long(63, "is longer than the 63 characters of a label")),
        ("scheduling.k8s.io", "PriorityClass") if object.name.starts_with("system-") => Some("is kept for the system"),
        _ => names::subdomain(object.name),
    }
}
