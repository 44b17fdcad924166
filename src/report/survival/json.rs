//! What failures do, for programs. Every time is in milliseconds, as its terms and as their sum. Components that fare alike
//! share an entry, and a component that a case does not list goes on without notice: most do in most cases.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::alike;
use crate::model::Survival;
use crate::model::survival::compare::{Difference, Part};
use crate::model::survival::{Case, Cell, Change, ChangeKind, Component, Effect, Estimate, Loss, Outcome};

/// The version of this form; a reader refuses one that it does not know.
const FORMAT_VERSION: u32 = 1;

/// The whole analysis.
pub fn json(survival: &Survival) -> Value {
    let components: BTreeSet<&Component> = survival.cases.iter().flat_map(|case| case.cells.keys()).collect();
    let cases: Vec<Value> = survival.cases.iter().map(case).collect();
    json!({"formatVersion": FORMAT_VERSION, "components": components, "cases": cases})
}

fn case(case: &Case) -> Value {
    let moved = case.all().filter(|(_, cell)| !cell.goes_on());
    let group = |(it, who): (&Cell, Vec<&Component>)| {
        let mut value = who.first().map_or(Value::Null, |first| cell(it, first));
        if let Value::Object(value) = &mut value {
            value.insert("components".to_owned(), json!(who));
        }
        value
    };
    let cells: Vec<Value> = alike::groups(moved).into_iter().map(group).collect();
    json!({"scenarios": case.scenarios, "class": case.class(), "cells": cells})
}

fn cell(cell: &Cell, own: &Component) -> Value {
    let seen = cell.by_datacenter.iter().map(|(name, it)| (name.to_string(), outcome(it, own)));
    let seen: Map<String, Value> = seen.collect();
    json!({"overall": outcome(&cell.overall, own), "byDatacenter": seen, "leaders": cell.leaders})
}

fn outcome(outcome: &Outcome, own: &Component) -> Value {
    json!({"reads": effect(&outcome.reads, own), "writes": effect(&outcome.writes, own), "loss": loss(&outcome.loss)})
}

/// `follows` is the component that it comes from, where that is another one.
fn effect(effect: &Effect, own: &Component) -> Value {
    json!({
        "verdict": effect.verdict, "totalMillis": effect.time.total().millis(), "terms": terms(&effect.time),
        "why": effect.why, "follows": alike::other_cause(effect, own), "runbook": effect.runbook,
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

/// What became better, worse, new and gone against another analysis; `against` says which. The cells themselves stand in the
/// analysis of either: here are only the parts that are different, and of what is new or gone nothing but its name.
pub fn changes(changes: &[Change<'_>], against: &str) -> Value {
    let change = |change: &Change<'_>| {
        let (kind, both) = match change.kind {
            ChangeKind::Worse(before, now) => ("worse", Some((before, now))),
            ChangeKind::Better(before, now) => ("better", Some((before, now))),
            ChangeKind::New(_) => ("new", None),
            ChangeKind::Gone(_) => ("gone", None),
        };
        let differences = both.map(|(before, now)| before.differences(now)).unwrap_or_default();
        let differences: Vec<Value> = differences.iter().map(|it| difference(it, change.component)).collect();
        json!({"scenarios": change.scenarios, "component": change.component, "kind": kind, "differences": differences})
    };
    let all: Vec<Value> = changes.iter().map(change).collect();
    json!({"formatVersion": FORMAT_VERSION, "against": against, "changes": all})
}

fn difference(difference: &Difference<'_>, own: &Component) -> Value {
    let (part, before, now) = match difference.part {
        Part::Reads(before, now) => ("reads", effect(before, own), effect(now, own)),
        Part::Writes(before, now) => ("writes", effect(before, own), effect(now, own)),
        Part::Loss(before, now) => ("loss", loss(before), loss(now)),
    };
    json!({"part": part, "datacenter": difference.datacenter, "shift": difference.shift, "before": before, "now": now})
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
        let of = |name: &str| {
            let cells = case["cells"].as_array().unwrap().iter();
            cells.clone().find(|cell| cell["components"].as_array().unwrap().contains(&json!(name))).unwrap()
        };
        let postgres = of("postgres.core");
        let writes = json!({
            "verdict": "needs-person", "totalMillis": 2_700_000, "why": "2 of 5 voters are left, 3 are needed",
            "follows": null, "runbook": "dc-msk-lost", "terms": [
                {"what": "until a person acts", "millis": 900_000, "source": "its manual"},
                {"what": "the rehearsed recovery", "millis": 1_800_000, "source": "its manual"},
            ],
        });
        assert_eq!((&postgres["overall"]["writes"], &postgres["leaders"]), (&writes, &json!("home")));
        assert_eq!(postgres["overall"]["loss"]["totalMillis"], 1500);
        assert_eq!(postgres["byDatacenter"]["spb"], postgres["overall"]);
        assert_eq!(value["cases"][3], json!({"scenarios": ["witness"], "class": "single", "cells": []}));
        let service = of("services.core-app");
        assert_eq!(service["components"].as_array().unwrap().len(), 3, "{service}");
        assert_eq!(service["overall"]["writes"]["follows"], "postgres.core");
    }
}
