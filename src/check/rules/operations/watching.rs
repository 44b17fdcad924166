//! IT710 to IT712: who notices.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;

/// Nothing watches.
pub const NOTHING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT710"),
        severity: Severity::Info,
        title: "nothing is watched",
        why: "Many losses are survived silently: a replica that lags, a voter that is away. Unseen, the first becomes the outage of the second. Something else may watch the platform, so this is a remark.",
        example: "name: inuretech\n# no `observability`\n",
        fix: "Add `observability: {deadman: {from: monitoring/deadman-url}}`.",
    },
    check: nothing,
};

/// Nothing watches the watchers.
pub const NO_DEADMAN: Rule = Rule {
    explanation: Explanation {
        code: Code("IT711"),
        severity: Severity::Warning,
        title: "nobody notices when the monitoring is silent",
        why: "Alerts come from inside the data centres. When both, or their way out, are lost, none comes, and silence looks like health. A receiver outside that expects a steady signal turns silence into an alarm (Prometheus, metamonitoring).",
        example: "observability: {metrics: prometheus-operator}\n# no `deadman`\n",
        fix: "Add `deadman: {from: <secret>/<key>}` with the address of a service outside both data centres.",
    },
    check: no_deadman,
};

/// A secret without a key.
pub const SECRET: Rule = Rule {
    explanation: Explanation {
        code: Code("IT712"),
        severity: Severity::Error,
        title: "the address of the dead man's switch names no key",
        why: "The address is read from one key of a Secret, written as `<secret>/<key>`; a Secret alone does not say which.",
        example: "observability:\n  deadman: {from: deadman-url}\n",
        fix: "Write `<secret>/<key>`.",
    },
    check: secret,
};

fn nothing(facts: &Facts<'_>) -> Vec<Finding> {
    match facts.topology.observability {
        Some(_) => Vec::new(),
        None => vec![NOTHING.finding(Path::of(["observability"]), "nothing watches the platform").help("add `observability`")],
    }
}

fn no_deadman(facts: &Facts<'_>) -> Vec<Finding> {
    match &facts.topology.observability {
        Some(it) if it.deadman.is_none() => {
            let finding = NO_DEADMAN.finding(Path::of(["observability"]), "nobody notices when the monitoring is silent");
            vec![finding.help("add `deadman: {from: <secret>/<key>}`")]
        }
        Some(_) | None => Vec::new(),
    }
}

fn secret(facts: &Facts<'_>) -> Vec<Finding> {
    let deadman = facts.topology.observability.as_ref().and_then(|it| it.deadman.as_ref());
    let keyless = deadman.filter(|it| it.from.parts().0.is_none());
    keyless
        .map(|it| {
            let at = Path::of(["observability", "deadman", "from"]);
            SECRET.finding(at, format!("`{}` names a Secret without a key", it.from)).help("write `<secret>/<key>`")
        })
        .into_iter()
        .collect()
}
