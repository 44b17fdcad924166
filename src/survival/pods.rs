//! The pods of one service: which are left, whether callers are kept away from those that are gone, and when others stand
//! in for them. What the service needs beside its pods is not looked at here.

use std::collections::BTreeMap;

use super::shape::Needs;
use super::sides::Sides;
use super::timing;
use super::world::{Standing, World};
use crate::model::Name;
use crate::model::plan::{Capacity, Load, WorkloadKind};
use crate::model::survival::{Effect, Estimate, Verdict};
use crate::model::topology::rules::{Strictness, Traffic};
use crate::model::unit::Duration;

/// The share of a zone's nodes, in percent, at which evictions stop, unless all of them are gone
/// (`--unhealthy-zone-threshold`; zones of at most 50 nodes).
const UNHEALTHY_SHARE: u32 = 55;
/// The fewest unready nodes of a zone that count as a disruption of it.
const UNHEALTHY_NODES: u32 = 3;
/// How long a pod without a probe may take to start.
const START: Duration = Duration::from_seconds(120);

/// What decides the fate of a service's pods: services of one kind share it.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Kind<'a> {
    replicas: u32,
    runs: WorkloadKind,
    /// Over data centres, racks and nodes; whether callers prefer none.
    spread: [Strictness; 3],
    anywhere: bool,
    start: Duration,
    /// The service itself, where some of its replicas would find no place.
    short: Option<&'a Name>,
}

impl<'a> Kind<'a> {
    /// Of a service in a world.
    pub fn of(world: &World<'_>, needs: &'a Needs<'a>) -> Self {
        let spread = needs.service.spread();
        Self {
            replicas: needs.workload.least,
            runs: needs.workload.kind,
            spread: [spread.datacenter, spread.rack, spread.node],
            anywhere: needs.service.traffic() == Traffic::Any,
            start: start_within(needs),
            short: (pending(world, needs) > 0).then_some(needs.name),
        }
    }
}

fn start_within(needs: &Needs<'_>) -> Duration {
    needs.service.health.as_ref().map_or(START, |health| health.start_within)
}

/// How many replicas find no place on what is left, by the plan's capacity proof.
fn pending(world: &World<'_>, needs: &Needs<'_>) -> u32 {
    let Some(lost) = world.lost_datacenter() else { return 0 };
    let proved = |case: &&Capacity| case.at == Load::Fewest && case.lost.strip_prefix("dc:") == Some(lost.as_str());
    let case = world.plan.capacity.iter().find(proved);
    let missing = case.and_then(|case| case.short.iter().find(|(name, _)| name == needs.name));
    missing.map_or(0, |(_, missing)| *missing)
}

/// A service's pods in a world.
pub struct Pods<'a> {
    world: &'a World<'a>,
    needs: &'a Needs<'a>,
    api: &'a Sides,
    at: BTreeMap<&'a Name, Standing>,
}

impl<'a> Pods<'a> {
    /// Where they stood and which are gone, at worst.
    pub fn of(world: &'a World<'a>, needs: &'a Needs<'a>, api: &'a Sides) -> Self {
        let hit = |site: &&Name| !world.stands(site) || world.workers(site).dead > 0;
        let mut sites = world.datacenters.clone();
        sites.sort_by_key(|site| !hit(site));
        let least = needs.workload.least;
        let spread = needs.service.spread();
        let half = least.div_ceil(u32::try_from(sites.len()).unwrap_or(1).max(1));
        let mut left = least;
        let mut at = BTreeMap::new();
        for site in sites {
            let share = match (needs.workload.kind, spread.datacenter) {
                (WorkloadKind::PerDatacenter, _) => half,
                (_, Strictness::Hard) => half.min(left),
                (_, Strictness::Soft | Strictness::Off) => left,
            };
            left = left.saturating_sub(share);
            let mut standing = world.pods(site, share, spread.rack);
            // Without a hard spread over nodes all pods of a site may stand on the one that is gone.
            if spread.node != Strictness::Hard && world.workers(site).dead > 0 {
                standing.dead = share;
            }
            at.insert(site, standing);
        }
        Self { world, needs, api, at }
    }

    /// What callers inside a data centre notice.
    pub fn effect(&self, site: &Name) -> Effect {
        if self.needs.workload.kind == WorkloadKind::CronJob {
            return self.scheduled(site);
        }
        let here = self.at.get(site).copied().unwrap_or_default();
        let left: u32 = self.at.iter().filter(|(at, _)| self.world.sees(site, at)).map(|(_, it)| it.alive()).sum();
        let gone: u32 = self.at.values().map(|it| it.dead).sum();
        if self.world.planned {
            return if left > 0 {
                Effect::goes_on()
            } else {
                Effect::recovers(Estimate::of([self.start()]), "its only pod moves")
            };
        }
        if left == 0 {
            return self.none_left(site);
        }
        if here.alive() == 0 {
            return self.none_here(site, here);
        }
        if here.dead > 0 {
            return self.some_gone(site, here);
        }
        match (self.world.lost_datacenter(), gone > 0) {
            (Some(_), true) => self.carried(site, left),
            (_, true) if self.needs.service.traffic() == Traffic::Any => {
                self.some_gone(site, Standing { total: left + gone, dead: gone })
            }
            _ if self.world.is_cut() && self.needs.service.traffic() == Traffic::Any => self.beyond(site),
            _ => Effect::goes_on(),
        }
    }

    fn api(&self, site: &Name) -> Option<&Effect> {
        self.api.get(site).map(|outcome| outcome.writes.as_ref())
    }

    fn schedules(&self, site: &Name) -> bool {
        self.api(site).is_some_and(Effect::is_automatic)
    }

    fn start(&self) -> crate::model::survival::Term {
        timing::start(start_within(self.needs))
    }

    /// Dead endpoints leave the slices.
    fn dropped() -> Estimate {
        Estimate::of([timing::NODE_GRACE, timing::NODE_MONITOR])
    }

    /// Pods are evicted and started elsewhere.
    fn replaced(&self) -> Estimate {
        let nodes: u32 = self.world.datacenters.iter().map(|site| self.world.workers(site).dead).sum();
        Self::dropped().then(&Estimate::of([timing::TOLERATION, timing::evictions(nodes), self.start()]))
    }

    /// A job starts when the API schedules it.
    fn scheduled(&self, site: &Name) -> Effect {
        match self.api(site) {
            Some(effect) if effect.verdict > Verdict::GoesOn => effect.clone(),
            Some(_) | None => Effect::goes_on(),
        }
    }

    /// No pod is left that can be reached.
    fn none_left(&self, site: &Name) -> Effect {
        let workers: u32 =
            self.world.datacenters.iter().filter(|at| self.world.sees(site, at)).map(|at| self.world.workers(at).alive()).sum();
        match self.api(site) {
            Some(api) if workers > 0 && !api.is_automatic() && api.verdict == Verdict::NeedsPerson => {
                let mut effect = api.clone();
                effect.time = effect.time.then(&self.replaced());
                effect
            }
            Some(api) if workers > 0 && api.is_automatic() => Effect::recovers(self.replaced(), "every pod is started anew"),
            _ => Effect::lost("no pod is left and none can be started").follow(self.world.runbook()),
        }
    }

    /// Every pod of this data centre is gone; the other one's serve.
    fn none_here(&self, site: &Name, here: Standing) -> Effect {
        if here.total == 0 || self.schedules(site) {
            let gone = here.dead > 0;
            let why = "callers go to the other data centre";
            return if gone { Effect::recovers(Self::dropped(), why) } else { Effect::goes_on() };
        }
        let time = self.api(site).map_or_else(Estimate::default, |api| api.time.clone());
        Effect::needs_person(
            time,
            "its endpoints here are gone and stay listed: nothing updates them",
            Some(self.world.runbook()),
        )
    }

    /// Some pods among those that callers are sent to are gone.
    fn some_gone(&self, site: &Name, among: Standing) -> Effect {
        let count = format!("{} of {} replicas that are called are gone", among.dead, among.total);
        if !self.schedules(site) {
            return Effect::degraded(Estimate::NONE, format!("{count} and stay listed: so many connections fail"));
        }
        if let Some(stuck) = self.evictions_stop() {
            return Effect::degraded(Self::dropped(), format!("{count}, and {stuck}"));
        }
        Effect::recovers(Self::dropped(), format!("{count}, until their endpoints are dropped"))
    }

    /// The other data centre is lost; the pods here carry everybody until others stand beside them.
    fn carried(&self, site: &Name, left: u32) -> Effect {
        let count = format!("{left} of {} replicas carry everybody", self.needs.workload.least);
        if self.needs.workload.kind == WorkloadKind::PerDatacenter {
            return Effect::goes_on();
        }
        if !self.schedules(site) {
            let dead = match self.needs.service.traffic() {
                Traffic::Any => "; those that are gone stay listed, so that connections fail",
                Traffic::Node | Traffic::Datacenter => "",
            };
            return Effect::degraded(Estimate::NONE, format!("{count}; no other is started without the control plane{dead}"));
        }
        let pending = pending(self.world, self.needs);
        if pending > 0 {
            return Effect::degraded(self.replaced(), format!("{count}; {pending} more find no place"));
        }
        Effect::recovers(self.replaced(), format!("{count} until the others stand here"))
    }

    /// Callers reach only this side's pods, and are sent to all.
    fn beyond(&self, site: &Name) -> Effect {
        let beyond = self.world.datacenters.iter().copied().find(|other| *other != site);
        // Nodes that reach the API themselves, through the witness, stay ready, and so do their endpoints.
        if self.schedules(site) && !beyond.is_some_and(|beyond| self.schedules(beyond)) {
            return Effect::recovers(Self::dropped(), "endpoints beyond the cut are dropped");
        }
        Effect::degraded(Estimate::NONE, "endpoints beyond the cut stay listed: so many connections fail")
    }

    /// Whether so much of a zone is gone that nothing is evicted there.
    fn evictions_stop(&self) -> Option<String> {
        self.world.datacenters.iter().find_map(|site| {
            let workers = self.world.workers(site);
            let masters = self.world.plan.kubernetes.control_plane.iter().filter(|it| it.site == **site);
            let mut zone = workers;
            for master in masters {
                zone.total += 1;
                zone.dead += u32::from(!self.world.runs(&master.host));
            }
            let most = zone.dead >= UNHEALTHY_NODES && zone.dead * 100 >= zone.total * UNHEALTHY_SHARE && zone.dead < zone.total;
            most.then(|| format!("{} of {} nodes of {site} are gone: evictions stop there", zone.dead, zone.total))
        })
    }
}
