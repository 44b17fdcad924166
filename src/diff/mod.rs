//! Differences between what is rendered and what runs. It is pure: what runs was read before, and nothing is asked here.
//!
//! An object is compared with what the server says an apply would make of it, so defaults and admission are no differences.
//! Every value passes through the masks before it leaves this room.

mod by_hand;
mod compare;
#[cfg(test)]
mod compare_tests;
mod fields;
mod last_applied;
mod mask;
mod normalise;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use serde_json::Value;

use self::fields::{Entry, Fields, entries};
use crate::model::Artifact;
use crate::model::change::{ChangeSet, Difference, FieldChange, FieldKind, ObjectChange, Owner};
use crate::model::live::{Failure, ObjectId, Outcome, Snapshot};
pub use mask::scrub;

/// What `kubectl apply` without `--server-side` calls itself.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";

/// How these artifacts differ from a snapshot that was taken of their objects, in their order.
pub fn differences(artifacts: &[Artifact], snapshot: Snapshot) -> ChangeSet {
    let mut changes = ChangeSet { target: snapshot.target, objects: Vec::new(), same: 0 };
    let rendered = artifacts.iter().filter_map(|artifact| Some((artifact, artifact.as_object()?)));
    for ((artifact, object), outcome) in rendered.zip(snapshot.objects) {
        let id = ObjectId::of(object);
        match difference(object, outcome, &id) {
            Some(difference) => changes.objects.push(ObjectChange { id, difference, sources: artifact.sources.clone() }),
            None => changes.same += 1,
        }
    }
    let removed = |object: &Value| ObjectChange { id: ObjectId::of(object), difference: Difference::Remove, sources: Vec::new() };
    changes.objects.extend(snapshot.leftovers.iter().map(removed));
    changes.objects.extend(snapshot.unlisted.into_iter().map(|(kind, failure)| unlisted(&kind, failure)));
    changes
}

/// A kind of which it is not known whether objects are to be removed.
fn unlisted(kind: &str, failure: Failure) -> ObjectChange {
    let (group, kind) = kind.rsplit_once('/').unwrap_or(("", kind));
    let api_version = if group.is_empty() { "*".to_owned() } else { format!("{group}/*") };
    let id = ObjectId { api_version, kind: kind.to_owned(), namespace: None, name: "*".to_owned() };
    let message = format!("objects that are not rendered any more cannot be looked for: {}", failure.message);
    let failure = Failure::new(failure.reason, message);
    ObjectChange { id, difference: unknown(failure), sources: Vec::new() }
}

fn unknown(failure: Failure) -> Difference {
    Difference::Unknown(Failure { message: scrub(&failure.message), ..failure })
}

fn difference(rendered: &Value, outcome: Outcome, id: &ObjectId) -> Option<Difference> {
    match outcome {
        Outcome::Missing { fidelity } => Some(Difference::Add { fidelity }),
        Outcome::Error(failure) => Some(unknown(failure)),
        Outcome::Live { live, predicted, manager } => {
            let fields = changed(rendered, &live, predicted, &manager, &id.kind);
            (!fields.is_empty()).then_some(Difference::Change { manager, fields })
        }
    }
}

/// The fields of an existing object that differ.
fn changed(rendered: &Value, live: &Value, predicted: Value, manager: &str, kind: &str) -> Vec<FieldChange> {
    let set_by = entries(live);
    let future = entries(&predicted);
    let schema = Fields::of(set_by.iter().chain(&future));
    let (mut before, mut after) = (live.clone(), predicted.clone());
    normalise::normalise(&mut before);
    normalise::normalise(&mut after);
    let applied = set_by.iter().any(|entry| entry.owner.manager == manager && entry.owner.operation == "Apply");
    if let Some(last) = last_applied::last_applied(live).filter(|_| !applied) {
        last_applied::prune(&mut after, &last, rendered, &schema);
    }
    let mut changes = compare::compare(&before, &after, &schema);
    let others: Vec<&Entry<'_>> = set_by.iter().filter(|entry| !ours(&entry.owner, manager)).collect();
    let owners = Fields::of(others.iter().copied());
    for change in &mut changes {
        change.owners = match change.kind {
            FieldKind::Added => Vec::new(),
            FieldKind::Removed | FieldKind::Changed | FieldKind::Reordered | FieldKind::LiveOnly => {
                owners.owners(&change.path).into_iter().cloned().collect()
            }
        };
    }
    let mut seen: BTreeSet<_> = changes.iter().map(|change| change.path.clone()).collect();
    let added = others.iter().flat_map(|entry| by_hand::by_hand(entry, &after, rendered));
    changes.extend(added.filter(|change| seen.insert(change.path.clone())));
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    for change in &mut changes {
        mask::mask(kind, change);
    }
    changes
}

fn ours(owner: &Owner, manager: &str) -> bool {
    owner.manager == manager && owner.operation == "Apply" || (manager == "kubectl" && owner.manager == CLIENT_SIDE)
}
