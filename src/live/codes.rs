//! The codes of what stands between the tool and a running system, and what `explain` says about them. The place of such a
//! finding is what the unreachable thing was rendered from.

use std::collections::BTreeMap;

use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::change::{ChangeSet, Difference, ObjectChange};
use crate::model::live::{Failure, Reason};

/// The credentials are refused.
pub const UNAUTHORIZED: Code = Code("IT901");
/// The credentials may not do it.
pub const FORBIDDEN: Code = Code("IT902");
/// A kind is not served.
pub const KIND_MISSING: Code = Code("IT903");
/// A namespace does not exist.
pub const NAMESPACE_MISSING: Code = Code("IT904");
/// Another writer came in between.
pub const CONFLICT: Code = Code("IT905");
/// A webhook refuses dry runs.
pub const WEBHOOK: Code = Code("IT906");
/// The server refuses an object.
pub const INVALID: Code = Code("IT907");
/// The server cannot be reached.
pub const UNREACHABLE: Code = Code("IT908");
/// The server does not answer in time.
pub const TIMEOUT: Code = Code("IT909");
/// The server asks to wait.
pub const THROTTLED: Code = Code("IT910");
/// The server fails.
pub const FAILED: Code = Code("IT911");

/// The code of a class of failures.
pub const fn code(reason: Reason) -> Code {
    match reason {
        Reason::Unauthorized => UNAUTHORIZED,
        Reason::Forbidden => FORBIDDEN,
        Reason::KindMissing => KIND_MISSING,
        Reason::NamespaceMissing => NAMESPACE_MISSING,
        Reason::Conflict => CONFLICT,
        Reason::WebhookWithoutDryRun => WEBHOOK,
        Reason::Invalid => INVALID,
        Reason::Unreachable => UNREACHABLE,
        Reason::Timeout => TIMEOUT,
        Reason::Throttled => THROTTLED,
        Reason::Other => FAILED,
    }
}

/// What could not be compared, one finding for each kind and class of failures; kinds that could not be looked through come
/// together.
pub fn findings(changes: &ChangeSet) -> Vec<Finding> {
    let mut groups: BTreeMap<(Reason, &str), Vec<(&ObjectChange, &Failure)>> = BTreeMap::new();
    for object in &changes.objects {
        if let Difference::Unknown(failure) = &object.difference {
            let kind = if object.sources.is_empty() { "" } else { &object.id.kind };
            groups.entry((failure.reason, kind)).or_default().push((object, failure));
        }
    }
    groups.into_iter().filter_map(|((reason, kind), group)| finding(reason, kind, &group)).collect()
}

fn finding(reason: Reason, kind: &str, group: &[(&ObjectChange, &Failure)]) -> Option<Finding> {
    let (first, failure) = group.first()?;
    let at = first.sources.first().cloned().unwrap_or_else(Path::root);
    let what = match (kind, group.len()) {
        ("", count) => format!("{count} kinds could not be looked through"),
        (kind, 1) => format!("one object of kind `{kind}` could not be compared"),
        (kind, count) => format!("{count} objects of kind `{kind}` could not be compared"),
    };
    let help = CODES.iter().find(|it| it.code == code(reason)).map_or("", |it| it.fix);
    Some(Finding::error(code(reason), at, format!("{what}: {}", failure.message)).help(help))
}

const fn error(code: Code, title: &'static str, why: &'static str, fix: &'static str) -> Explanation {
    Explanation { code, severity: Severity::Error, title, why, example: "", fix }
}

/// Every code, in order.
#[rustfmt::skip]
pub const CODES: &[Explanation] = &[
    error(UNAUTHORIZED, "the cluster does not know the credentials",
        "A token or certificate has expired, or belongs to another cluster; nothing can be said about what runs.",
        "log in again, or name another context with `--context`"),
    error(FORBIDDEN, "the credentials may not ask the cluster",
        "A dry run needs the rights of the real write: `get`, `list` and `patch`, and `create` for new objects.",
        "bind a role with these verbs on the kinds that the message names"),
    error(KIND_MISSING, "the cluster does not serve a kind",
        "The definition comes with an operator that is not installed, or in a version that does not serve this one any more.",
        "install what `kubernetes/prerequisites.yaml` lists, then ask again"),
    error(NAMESPACE_MISSING, "a namespace does not exist",
        "The namespace is neither in the cluster nor rendered, so an apply would fail at this object.",
        "create the namespace"),
    error(CONFLICT, "another writer came in between",
        "The object changed each time between reading it and asking for its dry run; a comparison would mix two states.",
        "ask again when the other writer is done"),
    error(WEBHOOK, "an admission webhook does not support dry runs",
        "The API server refuses every dry run that a webhook with side effects would see, so it cannot predict the apply.",
        "declare `sideEffects: None` or `NoneOnDryRun` in the webhook's configuration"),
    error(INVALID, "the cluster refuses an object",
        "The API server checks every object of a dry run as it would check the real one, with the definitions and policies of \
        this cluster; an apply would fail with the same words.",
        "correct what the message names; where it is not yours, report it as a fault of the renderer"),
    error(UNREACHABLE, "the cluster cannot be reached",
        "Without an answer nothing is known, and what is not known is never shown as \"no difference\".",
        "check the address of the context and the way to it"),
    error(TIMEOUT, "the cluster does not answer in time",
        "Each request has a limit, so that a server that hangs cannot hang a pipeline.",
        "ask again, with a smaller `--concurrency` where the server is slow"),
    error(THROTTLED, "the cluster asks to wait",
        "The server's priority and fairness turned the request away several times, each time after the wait that it asked for.",
        "ask again, with a smaller `--concurrency`"),
    error(FAILED, "the cluster fails to answer",
        "The server, a webhook or an aggregated API behind it is broken, or the answer is not one that a Kubernetes API gives.",
        "look at the server's log for what the message names"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_is_explained() {
        let reasons = [
            Reason::Unauthorized,
            Reason::Forbidden,
            Reason::KindMissing,
            Reason::NamespaceMissing,
            Reason::Conflict,
            Reason::WebhookWithoutDryRun,
            Reason::Invalid,
            Reason::Unreachable,
            Reason::Timeout,
            Reason::Throttled,
            Reason::Other,
        ];
        let explained: Vec<Code> = CODES.iter().map(|it| it.code).collect();
        assert_eq!(reasons.map(code).to_vec(), explained);
    }
}
