//! From what clients of each data centre see to what that means for the platform as a whole.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use crate::model::Name;
use crate::model::survival::{Component, Effect, Loss, Outcome, Verdict};

/// What clients inside each data centre see.
pub type Sides = BTreeMap<Name, Outcome>;

static GOES_ON: LazyLock<Arc<Effect>> = LazyLock::new(|| Arc::new(Effect::goes_on()));

/// An effect that nobody notices, shared by all who have it.
pub fn goes_on() -> Arc<Effect> {
    Arc::clone(&GOES_ON)
}

/// An effect as it is shared; the one that nobody notices exists once.
pub fn share(effect: Effect, component: &Component) -> Arc<Effect> {
    if effect == *goes_on() { goes_on() } else { Arc::new(effect.caused_by(component)) }
}

/// The same for reads and writes.
pub fn alike(effect: Effect, component: &Component, loss: Loss) -> Outcome {
    let shared = share(effect, component);
    Outcome { reads: Arc::clone(&shared), writes: shared, loss }
}

/// Nothing happened.
pub fn unnoticed() -> Outcome {
    Outcome { reads: goes_on(), writes: goes_on(), loss: Loss::Nothing }
}

/// What both sides together mean: the worse of them where both serve; `degraded` where one serves and the other does not;
/// the better of them where neither does, because what can be brought back on one side can be reached from both. No side
/// at all is the loss of everything.
pub fn overall(sides: &Sides) -> Outcome {
    let loss = sides.values().fold(Loss::Nothing, |loss, side| loss.or_more(side.loss.clone()));
    let of = |pick: fn(&Outcome) -> &Arc<Effect>| {
        let all: Vec<(&Name, &Arc<Effect>)> = sides.iter().map(|(name, side)| (name, pick(side))).collect();
        combined(&all)
    };
    Outcome { reads: of(|side| &side.reads), writes: of(|side| &side.writes), loss }
}

fn combined(all: &[(&Name, &Arc<Effect>)]) -> Arc<Effect> {
    let Some((_, worst)) = all.iter().max_by_key(|(_, effect)| effect.rank()) else {
        return Arc::new(Effect::lost("both data centres are gone"));
    };
    let served: Vec<_> = all.iter().filter(|(_, effect)| effect.is_automatic()).collect();
    if worst.is_automatic() {
        return Arc::clone(worst);
    }
    if served.is_empty() {
        let best = all.iter().min_by_key(|(_, effect)| effect.rank()).map_or(worst, |(_, effect)| effect);
        return Arc::clone(best);
    }
    let time = served.iter().map(|(_, effect)| effect.time.clone()).reduce(crate::model::survival::Estimate::or_longer);
    let here: Vec<&str> = served.iter().map(|(name, _)| name.as_str()).collect();
    Arc::new(Effect {
        verdict: Verdict::Degraded,
        time: time.unwrap_or_default(),
        why: Cow::Owned(format!("served in {} only; elsewhere {}", here.join(" and "), worst.why)),
        runbook: worst.runbook.clone(),
        cause: worst.cause.clone(),
    })
}
