//! IT222: promises about lost time that a declared mode cannot keep. It compares only what a mode rules out for certain;
//! measured times belong to a drill, and lost data is judged by the stores' own rules.

use super::majority::{MANUAL_RECOVERY, stopped_without};
use super::voters::preferred;
use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::Objectives;
use crate::model::topology::kafka::KafkaMode;
use crate::model::topology::postgres::PostgresMode;
use crate::model::unit::Duration;

/// A recovery is promised that is faster than a person.
pub const TIME: Rule = Rule {
    explanation: Explanation {
        code: Code("IT222"),
        severity: Severity::Warning,
        title: "a recovery time is promised that no person can keep",
        why: "Where a person promotes the other data centre, the time until that person acts (`response`) is part of every \
              recovery, and the rehearsed command takes about five minutes; a quorum that is rebuilt by hand takes about \
              thirty.",
        example: "postgres:\n  core:\n    mode: standby-cluster\n    objectives: {rto: 5m, response: 15m}\n",
        fix: "Promise more, respond sooner, or make the takeover automatic with a stretched mode and a witness.",
    },
    check: time,
};

/// How long a rehearsed promotion takes once a person acts.
const PROMOTION: Duration = Duration::from_seconds(5 * 60);

/// A store, what is promised for it, and how it recovers.
struct Store<'a> {
    at: Path,
    own: Option<&'a Objectives>,
    /// Whether a person promotes the other data centre.
    promoted: bool,
}

impl Store<'_> {
    /// The value of an objective and where it is declared.
    fn promise(&self, facts: &Facts<'_>, key: &str, of: fn(&Objectives) -> Option<Duration>) -> Option<(Duration, Path)> {
        let own = self.own.and_then(of).map(|value| (value, self.at.key("objectives").key(key)));
        own.or_else(|| of(&facts.topology.objectives).map(|value| (value, Path::of(["objectives", key]))))
    }

    fn severity(&self, facts: &Facts<'_>) -> Severity {
        let enforced = facts.topology.objectives.enforce || self.own.is_some_and(|own| own.enforce);
        if enforced { Severity::Error } else { Severity::Warning }
    }
}

fn stores<'a>(facts: &Facts<'a>) -> Vec<Store<'a>> {
    let postgres = facts.topology.postgres.iter().map(|(name, it)| Store {
        at: Path::of(["postgres", name.as_str()]),
        own: it.objectives.as_ref(),
        promoted: it.mode == PostgresMode::StandbyCluster,
    });
    let kafka = facts.topology.kafka.iter().map(|(name, it)| Store {
        at: Path::of(["kafka", name.as_str()]),
        own: it.objectives.as_ref(),
        promoted: it.mode == KafkaMode::Mirrored,
    });
    postgres.chain(kafka).collect()
}

fn time(facts: &Facts<'_>) -> Vec<Finding> {
    let stopped = preferred(facts).map(|site| stopped_without(facts, site)).unwrap_or_default();
    let mut findings = Vec::new();
    for store in stores(facts) {
        // What the platform as a whole promises about lost quorums is the matter of IT203.
        let rebuilt = store.own.is_some_and(|own| own.rto.is_some())
            && stopped.iter().any(|set| set.at.steps().starts_with(store.at.steps()));
        let work = match (store.promoted, rebuilt) {
            (true, _) => PROMOTION,
            (false, true) => MANUAL_RECOVERY,
            (false, false) => continue,
        };
        let response = store.promise(facts, "response", |it| it.response).map_or(0, |(response, _)| response.0);
        let needed = Duration(response + work.0);
        let Some((rto, at)) = store.promise(facts, "rto", |it| it.rto).filter(|(rto, _)| *rto < needed) else { continue };
        let message = format!("`{}` is back after about {needed}, most of it a person's; `rto: {rto}` is promised", store.at);
        let finding = Finding::new(TIME.explanation.code, store.severity(facts), at, message);
        findings.push(
            finding.related(store.at.key("mode"), "why a person is needed").help("promise more, or make the takeover automatic"),
        );
    }
    findings
}
