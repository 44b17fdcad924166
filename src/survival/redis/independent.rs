//! An independent cache in each data centre: a master with fixed replicas, and nobody who promotes one.

use super::super::sides::{Sides, share};
use super::State;
use crate::model::Name;
use crate::model::survival::{Effect, Estimate, Loss, Outcome};

/// What clients of each data centre see: their own cache.
pub fn sides(state: &State<'_>) -> Sides {
    let one = |site: &Name| {
        let here = || state.plan.members.iter().enumerate().filter(|(_, it)| it.site == *site);
        let master = here().any(|(position, it)| it.replica_of.is_none() && state.runs(position));
        let copies = here().filter(|(position, it)| it.replica_of.is_some() && state.runs(*position)).count();
        let outcome = if here().count() == 0 || master {
            super::super::sides::unnoticed()
        } else if copies > 0 {
            let reads = Effect::degraded(Estimate::NONE, format!("{copies} replicas answer reads, as they were"));
            let writes = state.by_hand("the master is gone, and nobody promotes a replica");
            Outcome { reads: share(reads, &state.me), writes: share(writes, &state.me), loss: Loss::Nothing }
        } else {
            let effect = state.by_hand("every member of this data centre's cache is gone");
            super::super::sides::alike(effect, &state.me, Loss::Everything)
        };
        (site.clone(), outcome)
    };
    state.world.survivors().into_iter().map(one).collect()
}
