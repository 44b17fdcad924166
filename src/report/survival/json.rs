//! What failures do, for programs. Every time is in milliseconds, as its terms and as their sum. A component that a case
//! does not list goes on without notice: most do in most cases.

use serde_json::{Map, Value, json};

use crate::model::Survival;
use crate::model::survival::{Case, Cell, Change, ChangeKind, Effect, Estimate, Loss, Outcome};

/// The version of this form; a reader refuses one that it does not know.
const FORMAT_VERSION: u32 = 1;

/// The whole analysis.
pub fn json(survival: &Survival) -> Value {
    let components: std::collections::BTreeSet<String> =
        survival.cases.iter().flat_map(|case| case.cells.keys().map(ToString::to_string)).collect();
    let cases: Vec<Value> = survival.cases.iter().map(case).collect();
    json!({"formatVersion": FORMAT_VERSION, "components": components, "cases": cases})
}

fn case(case: &Case) -> Value {
    let moved = case.cells.iter().filter(|(_, cell)| !cell.goes_on());
    let cells: Map<String, Value> = moved.map(|(component, it)| (component.to_string(), cell(it))).collect();
    json!({"scenarios": case.scenarios, "class": case.class(), "cells": cells})
}

fn cell(cell: &Cell) -> Value {
    let seen: Map<String, Value> = cell.by_datacenter.iter().map(|(name, it)| (name.to_string(), outcome(it))).collect();
    json!({"overall": outcome(&cell.overall), "byDatacenter": seen, "leaders": cell.leaders})
}

fn outcome(outcome: &Outcome) -> Value {
    json!({"reads": effect(&outcome.reads), "writes": effect(&outcome.writes), "loss": loss(&outcome.loss)})
}

fn effect(effect: &Effect) -> Value {
    json!({
        "verdict": effect.verdict, "totalMillis": effect.time.total().millis(), "terms": terms(&effect.time),
        "why": effect.why, "cause": effect.cause, "runbook": effect.runbook,
    })
}

fn loss(loss: &Loss) -> Value {
    match loss {
        Loss::Nothing => json!({"kind": "nothing", "totalMillis": 0}),
        Loss::UpTo(time) => json!({"kind": "up-to", "totalMillis": time.total().millis(), "terms": terms(time)}),
        Loss::Everything => json!({"kind": "everything"}),
    }
}

fn terms(time: &Estimate) -> Vec<Value> {
    let term =
        |term: &crate::model::survival::Term| json!({"what": term.what, "millis": term.time.millis(), "source": term.source});
    time.terms.iter().map(term).collect()
}

/// What became better, worse, new and gone against another analysis; `against` says which.
pub fn changes(changes: &[Change<'_>], against: &str) -> Value {
    let change = |change: &Change<'_>| {
        let (kind, before, now) = match change.kind {
            ChangeKind::Worse(before, now) => ("worse", Some(before), Some(now)),
            ChangeKind::Better(before, now) => ("better", Some(before), Some(now)),
            ChangeKind::New(now) => ("new", None, Some(now)),
            ChangeKind::Gone(before) => ("gone", Some(before), None),
        };
        json!({
            "scenarios": change.scenarios, "component": change.component, "kind": kind,
            "before": before.map(cell), "now": now.map(cell),
        })
    };
    let all: Vec<Value> = changes.iter().map(change).collect();
    json!({"formatVersion": FORMAT_VERSION, "against": against, "changes": all})
}

#[cfg(test)]
mod tests {
    use super::super::sample;
    use super::*;

    #[test]
    fn times_are_sums_of_their_terms_in_milliseconds() {
        let value = json(&sample::survival());
        assert_eq!((&value["formatVersion"], value["components"].as_array().unwrap().len()), (&json!(1), 7));
        let case = &value["cases"][0];
        assert_eq!((&case["scenarios"], &case["class"]), (&json!(["dc:msk"]), &json!("single")));
        let postgres = &case["cells"]["postgres.core"];
        let writes = json!({
            "verdict": "needs-person", "totalMillis": 2_700_000, "why": "2 of 5 voters are left, 3 are needed",
            "cause": null, "runbook": "dc-msk-lost", "terms": [
                {"what": "until a person acts", "millis": 900_000, "source": "its manual"},
                {"what": "the rehearsed recovery", "millis": 1_800_000, "source": "its manual"},
            ],
        });
        assert_eq!((&postgres["overall"]["writes"], &postgres["leaders"]), (&writes, &json!("home")));
        assert_eq!(postgres["overall"]["loss"]["totalMillis"], 1500);
        assert_eq!(postgres["byDatacenter"]["spb"], postgres["overall"]);
        assert_eq!(value["cases"][3], json!({"scenarios": ["witness"], "class": "single", "cells": {}}));
    }
}
