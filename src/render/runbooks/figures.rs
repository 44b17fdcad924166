//! What the analysis says about a failure, for the head of its runbook: how long each component that needs a person is away,
//! and what may be gone. Where nothing was analysed there is nothing to say.

use super::book::Row;
use crate::model::survival::{Cell, Component, Loss, Scenario, Survival, Verdict};
use crate::model::unit::Duration;

/// A row for every component below services that needs a person in this scenario.
pub fn of(survival: &Survival, scenario: &Scenario) -> Vec<Row> {
    let Some(case) = survival.case(scenario) else { return Vec::new() };
    let waits = |(component, cell): &(&Component, &Cell)| {
        component.is_foundation() && cell.overall.worst().verdict == Verdict::NeedsPerson
    };
    let row = |(component, cell): (&Component, &Cell)| Row {
        what: component.to_string(),
        state: about(cell.overall.worst().time.total()),
        then: gone(&cell.overall.loss),
    };
    case.all().filter(waits).map(row).collect()
}

fn gone(loss: &Loss) -> String {
    match loss {
        Loss::Nothing => "nothing that was acknowledged".to_owned(),
        Loss::UpTo(time) => format!("what was acknowledged in {}", about(time.total())),
        Loss::Everything => "what was not copied elsewhere".to_owned(),
    }
}

/// A time as a person says it: seconds up to two minutes, then whole minutes.
fn about(time: Duration) -> String {
    let seconds = time.seconds();
    if seconds < 120 { format!("{seconds} s") } else { format!("{} min", seconds.div_ceil(60)) }
}
