//! The control plane: an etcd member beside each API server, and a load balancer on every node in front of all of them.
//! Without it pods go on where they are: nothing is scheduled, scaled or taken out of endpoints.

use super::quorum::{Elected, elect};
use super::sides::{Sides, alike};
use super::timing;
use super::world::World;
use crate::model::Name;
use crate::model::survival::{Component, Effect, Estimate, Loss, Runbook};

/// The API as clients of each data centre see it.
pub fn api(world: &World<'_>) -> Sides {
    let members = &world.plan.kubernetes.control_plane;
    let elected = elect(world, &world.standing(members));
    let seen = |site: &Name| members.iter().any(|member| world.runs(&member.host) && world.sees(site, &member.site));
    let gone = elected.total - elected.alive;
    let one = |site: &Name| {
        let effect = effect(world, site, &elected, seen(site));
        // What is rebuilt from a minority lacks what only the majority had acknowledged.
        let lost = if gone >= elected.needed && !world.planned { lost(&elected) } else { Loss::Nothing };
        (site.clone(), alike(effect, &Component::Kubernetes, lost))
    };
    world.survivors().into_iter().map(one).collect()
}

/// What a majority had and those that are left had not.
fn lost(elected: &Elected) -> Loss {
    if elected.alive == 0 { Loss::Everything } else { Loss::UpTo(Estimate::of([timing::MINORITY_LAG])) }
}

fn effect(world: &World<'_>, site: &Name, elected: &Elected, seen: bool) -> Effect {
    if elected.alive == 0 {
        return Effect::lost("no voter is left").follow(world.runbook());
    }
    if !elected.exists() {
        let time = Estimate::of([timing::response(None, world.topology), timing::rebuild()]);
        return Effect::needs_person(time, elected.count(), Some(world.runbook()));
    }
    if !elected.reaches(site) || !seen {
        let why = format!("no API server with a majority can be reached from {site}; pods go on");
        return Effect::lost(why).follow(Runbook::LinkCut);
    }
    let gone = elected.alive < elected.total;
    if !(gone || world.is_cut()) || world.planned {
        return Effect::goes_on();
    }
    let election = Estimate::of([timing::election(world.plan.kubernetes.etcd, world.topology.link.rtt_p99)]);
    let balancer = Estimate::of([timing::API_BALANCER]);
    let time = if elected.moved { election.or_longer(balancer) } else { balancer };
    Effect::recovers(time, elected.count())
}
