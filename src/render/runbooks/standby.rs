//! PostgreSQL as a cluster in one data centre and a standby cluster in the other: a person promotes the second by taking one
//! key out of its configuration. Each has an etcd of its own, so the first comes back believing that it leads.

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::{Ground, Loss};
use super::patroni::{PATRONICTL, ask_writer, leads, positions, running, writes};
use crate::model::plan::store::WRITER_PORT;
use crate::model::plan::{Member, PatroniCluster, PostgresPlan};
use crate::model::{Name, Path};

/// A cluster and its standby cluster.
pub struct Standby;

/// How long a promotion takes at most: two rounds of Patroni and the replay of what has arrived.
const PROMOTION_SECONDS: u64 = 90;

impl System for Standby {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        pairs(loss.ground).into_iter().map(|pair| pair.lost(loss)).collect()
    }

    fn wipe(&self, loss: Loss<'_>) -> Vec<Step> {
        let off = |pair: Pair<'_>| {
            let members = if pair.led(loss) { pair.first.members.as_slice() } else { &[] };
            members.iter().map(move |member| pair.keep_off(member)).collect::<Vec<_>>()
        };
        pairs(loss.ground).into_iter().flat_map(off).collect()
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        pairs(loss.ground).into_iter().flat_map(|pair| pair.rejoin(loss)).collect()
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        pairs(loss.ground).into_iter().filter(|pair| pair.led(loss)).flat_map(Pair::home).collect()
    }

    fn cut(&self, ground: Ground<'_>) -> Vec<Step> {
        let first = |pair: Pair<'_>| {
            let proxies = ground.datacenters().into_iter().filter_map(move |site| pair.proxies(site).into_iter().next());
            proxies.map(move |proxy| ask_writer(&pair.first.scope, proxy).source(pair.path())).collect::<Vec<_>>()
        };
        pairs(ground).into_iter().flat_map(first).collect()
    }

    fn healed(&self, ground: Ground<'_>) -> Vec<Step> {
        let all = |pair: Pair<'_>| {
            let member = pair.second.members.first()?;
            let title = format!("See the standby cluster {} follow", pair.second.scope);
            Some(Step::new(title, Place::of(member)).check(running(pair.second.members.len())).source(pair.path()))
        };
        pairs(ground).into_iter().filter_map(all).collect()
    }

    fn may_be_gone(&self, loss: Loss<'_>) -> Vec<String> {
        let one = |pair: Pair<'_>| {
            if pair.led(loss) {
                format!(
                    "PostgreSQL {}: what was acknowledged in {} and had not been streamed yet. A standby cluster follows without being waited for.",
                    pair.first.scope, loss.lost
                )
            } else {
                format!("PostgreSQL {}: nothing; its leader stands in {}.", pair.first.scope, loss.left)
            }
        };
        pairs(loss.ground).into_iter().map(one).collect()
    }
}

/// A cluster, its standby cluster, and their proxies.
#[derive(Clone, Copy)]
struct Pair<'a> {
    name: &'a Name,
    plan: &'a PostgresPlan,
    first: &'a PatroniCluster,
    second: &'a PatroniCluster,
}

fn pairs(ground: Ground<'_>) -> Vec<Pair<'_>> {
    let mut all = Vec::new();
    for (name, plan) in &ground.plan.postgres {
        let first = plan.clusters.iter().find(|cluster| cluster.follows.is_none());
        let second = plan.clusters.iter().find(|cluster| cluster.follows.is_some());
        all.extend(first.zip(second).map(|(first, second)| Pair { name, plan, first, second }));
    }
    all
}

impl<'a> Pair<'a> {
    fn path(self) -> Path {
        Path::of(["postgres", self.name.as_str()])
    }

    /// Whether the leader stands in the lost data centre.
    fn led(self, loss: Loss<'_>) -> bool {
        self.first.site.as_ref() == Some(loss.lost)
    }

    fn proxies(self, site: &Name) -> Vec<&'a Member> {
        self.plan.proxies.iter().filter(|proxy| proxy.site == *site).collect()
    }

    fn lost(self, loss: Loss<'_>) -> Part {
        let title = format!("PostgreSQL {}", self.name);
        let members: Vec<&Member> = self.second.members.iter().collect();
        let here = self.proxies(loss.left).into_iter().map(|proxy| writes(proxy).source(self.path().key("proxy")));
        let (false, Some(at)) = (!self.led(loss), members.first()) else {
            let leaders: Vec<&Member> = self.first.members.iter().collect();
            let at = leaders.first().map(|at| Step::new(format!("See who leads {}", self.first.scope), Place::of(at)));
            let at = at.map(|step| step.check(leads(&leaders, 30)).source(self.path()));
            let text = "Goes on: the leader and its etcd stand here. WAL is kept for the standby cluster up to `max_slot_wal_keep_size`; \
                        where it stays away for longer, its members are made anew.";
            return Part::new(title, at.into_iter().chain(here).collect()).text(text);
        };
        let mut steps = vec![positions(&self.second.scope, at, &members).source(self.path())];
        steps.push(promote(self.second, at).source(self.path()));
        steps.extend(here);
        let text = "The standby cluster has an etcd of its own, which works; nothing promotes it but a person. Never `pg_ctl promote`: \
                    Patroni would take it back.";
        Part::new(title, steps).text(text)
    }

    fn keep_off(self, member: &Member) -> Step {
        Step::new(format!("Keep Patroni on {} from starting", member.host), Place::of(member))
            .note("It has an etcd of its own and would lead again at once, beside the other one.")
            .run("systemctl disable --now patroni")
            .check(Check::new("systemctl is-active patroni", "`inactive`", "^(inactive|failed)$").within(60))
            .source(self.path())
    }

    fn rejoin(self, loss: Loss<'_>) -> Vec<Step> {
        let (old, new) = (self.first, self.second);
        let (Some(at), Some(other)) = (old.members.first(), new.members.first()) else { return Vec::new() };
        if !self.led(loss) {
            let step = Step::new(format!("See the standby cluster {} follow", new.scope), Place::of(other));
            return vec![step.check(running(new.members.len())).source(self.path())];
        }
        let slot = slot(&old.scope);
        let keep = format!(
            "{PATRONICTL} edit-config {} --force -s slots.{slot}.type=physical -s slots.{slot}.cluster_type=primary",
            new.scope
        );
        let seen = format!("{PATRONICTL} show-config {}", new.scope);
        let mut steps = vec![
            Step::new(format!("Keep WAL in {} for {}", new.scope, old.scope), Place::of(other))
                .run(keep)
                .check(Check::new(seen, format!("`{slot}`"), format!("{slot}:")))
                .source(self.path()),
            follow(self, old, new, at),
        ];
        steps.extend(old.members.iter().enumerate().map(|(before, member)| {
            Step::new(format!("Start Patroni on {}", member.host), Place::of(member))
                .note("It rewinds what it had alone; rows of the old side since the failure are gone with that, so save them first if they matter.")
                .run("systemctl enable --now patroni")
                .check(running(before + 1))
                .source(self.path())
        }));
        steps
    }

    fn home(self) -> Vec<Step> {
        let (old, new) = (self.first, self.second);
        let (Some(at), Some(other)) = (old.members.first(), new.members.first()) else { return Vec::new() };
        let pause = "From here until the next step nobody takes writes.";
        let mut back = vec![follow(self, new, old, other).note(pause)];
        back.push(promote(old, at).source(self.path()));
        back
    }
}

/// Makes a cluster follow the other one, through that one's proxies.
fn follow(pair: Pair<'_>, follower: &PatroniCluster, leader: &PatroniCluster, at: &Member) -> Step {
    let proxies = leader.site.as_ref().map(|site| pair.proxies(site)).unwrap_or_default();
    let hosts: Vec<String> = proxies.iter().map(|proxy| proxy.address.to_string()).collect();
    let command = format!(
        "{PATRONICTL} edit-config {} --force -s standby_cluster.host={} -s standby_cluster.port={WRITER_PORT} \
         -s standby_cluster.primary_slot_name={}",
        follower.scope,
        hosts.join(","),
        slot(&follower.scope)
    );
    let seen = format!("{PATRONICTL} show-config {}", follower.scope);
    Step::new(format!("Make {} follow {}", follower.scope, leader.scope), Place::of(at))
        .run(command)
        .check(Check::new(seen, "`standby_cluster`", "^standby_cluster:").within(30))
        .source(pair.path())
}

fn promote(cluster: &PatroniCluster, at: &Member) -> Step {
    let members: Vec<&Member> = cluster.members.iter().collect();
    Step::new(format!("Promote {}", cluster.scope), Place::of(at))
        .note("Patroni 4.1 and newer say the same as `patronictl promote-cluster`.")
        .run(format!("{PATRONICTL} edit-config {} --force -s standby_cluster=null", cluster.scope))
        .check(leads(&members, PROMOTION_SECONDS))
}

/// The name of the replication slot of a cluster at the one that it follows, as the rendered configuration has it.
fn slot(scope: &str) -> String {
    scope.replace('-', "_")
}
