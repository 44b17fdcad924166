//! What must hold between the objects of one rendered tree.

use std::collections::BTreeMap;

use super::codes::DUPLICATE_OBJECT;
use super::object::Object;
use crate::diag::{Finding, Place};

/// One finding for each object that an earlier file has already: of two the last one applied would win.
pub fn duplicates(objects: &[Object<'_>]) -> Vec<Finding> {
    let mut first: BTreeMap<_, &str> = BTreeMap::new();
    let mut findings = Vec::new();
    for object in objects.iter().filter(|object| !object.name.is_empty()) {
        let identity = (object.group(), object.kind, object.namespace, object.name);
        let Some(earlier) = first.get(&identity) else {
            first.insert(identity, object.file);
            continue;
        };
        let whole = |path: &str| Place::Artifact { path: path.to_owned(), inside: String::new() };
        let message = format!("the {} `{}` is in another file as well", object.kind, object.name);
        findings.push(Finding::error(DUPLICATE_OBJECT, whole(object.file), message).related(whole(earlier), "it is here first"));
    }
    findings
}
