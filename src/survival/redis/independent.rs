//! An independent cache in each data centre: a master with fixed replicas, and nobody who promotes one.

use super::super::sides::{Sides, share};
use super::State;
use crate::model::Name;
use crate::model::survival::{Effect, Estimate, Loss, Outcome};
use crate::model::topology::kafka::Run;

/// What clients of each data centre see: their own cache.
pub fn sides(state: &State<'_>) -> Sides {
    let one = |site: &Name| {
        let here = || state.plan.members.iter().enumerate().filter(|(_, it)| it.site == *site);
        let master = here().any(|(position, it)| it.replica_of.is_none() && state.runs(position));
        let copies = here().filter(|(position, it)| it.replica_of.is_some() && state.runs(*position)).count();
        let wanted = usize::try_from(state.declared.min_replicas_to_write).unwrap_or(usize::MAX);
        let outcome = if master && copies < wanted {
            let writes = state.by_hand(format!("{copies} replicas are in step, min-replicas-to-write is {wanted}"));
            Outcome { reads: super::super::sides::goes_on(), writes: share(writes, &state.me), loss: Loss::Nothing }
        } else if here().count() == 0 || master {
            super::super::sides::unnoticed()
        } else if copies > 0 {
            let writes = state.by_hand("the master is gone, and nobody promotes a replica");
            // Pods are reached by a name for readers; clients of a cache on hosts know its master only.
            let reads = match state.declared.run {
                Run::Kubernetes => Effect::degraded(Estimate::NONE, format!("{copies} replicas answer reads, as they were")),
                Run::Hosts => writes.clone(),
            };
            // Nothing is kept on disk: a master that starts anew is empty, and its replicas follow it.
            Outcome { reads: share(reads, &state.me), writes: share(writes, &state.me), loss: Loss::Everything }
        } else {
            let effect = state.by_hand("every member of this data centre's cache is gone");
            super::super::sides::alike(effect, &state.me, Loss::Everything)
        };
        (site.clone(), outcome)
    };
    state.world.survivors().into_iter().map(one).collect()
}
