//! Redis and Valkey over both data centres: replicas take the slots of masters that cannot be voted out any more, a sentinel
//! promotes without asking the others. Copies are asynchronous, so the last writes may be gone, as they may be in any failover.

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::{Ground, Loss, Quorum};
use super::kubernetes::{KUBECTL, seat};
use crate::model::plan::redis::{REDIS_CONFIG, SystemUser};
use crate::model::plan::{RedisMember, RedisPlan};
use crate::model::topology::Redis as Declared;
use crate::model::topology::kafka::Run;
use crate::model::topology::redis::RedisMode;
use crate::model::{Name, Path};
use crate::render::meta::DATA;

/// Caches that run in this way: on hosts they need nothing of Kubernetes and come before it.
pub struct Redis(pub Run);

/// The folder of the scripts in a pod.
const POD_CONFIG: &str = "/etc/redis/config";

impl System for Redis {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        instances(loss.ground, self.0).into_iter().map(|instance| instance.lost(loss)).collect()
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        instances(loss.ground, self.0).into_iter().filter_map(|instance| instance.whole(loss)).collect()
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        instances(loss.ground, self.0).into_iter().filter_map(|instance| instance.restore(loss)).collect()
    }

    fn may_be_gone(&self, loss: Loss<'_>) -> Vec<String> {
        let touched = |instance: &Instance<'_>| instance.plan.members.iter().any(|member| member.site == *loss.lost);
        let text = |instance: Instance<'_>| match instance.declared.mode {
            RedisMode::PerDatacenter => {
                format!("Redis {}: what {} had cached; {} has a cache of its own.", instance.name, loss.lost, loss.left)
            }
            RedisMode::Cluster | RedisMode::Sentinel => {
                format!("Redis {}: writes of the last moments: replicas follow without being waited for.", instance.name)
            }
        };
        instances(loss.ground, self.0).into_iter().filter(touched).map(text).collect()
    }
}

#[derive(Clone, Copy)]
struct Instance<'a> {
    name: &'a Name,
    declared: &'a Declared,
    plan: &'a RedisPlan,
}

fn instances(ground: Ground<'_>, run: Run) -> Vec<Instance<'_>> {
    let mut all = Vec::new();
    for (name, plan) in &ground.plan.redis {
        let declared = ground.topology.redis.get(name).filter(|declared| declared.run == run);
        all.extend(declared.map(|declared| Instance { name, declared, plan }));
    }
    all
}

impl<'a> Instance<'a> {
    fn path(self) -> Path {
        Path::of(["redis", self.name.as_str()])
    }

    fn title(self) -> String {
        format!("Redis {}", self.name)
    }

    /// Those who vote, without a data centre.
    fn quorum(self, loss: Loss<'_>) -> Quorum {
        let voters: Vec<&RedisMember> = match self.declared.mode {
            RedisMode::Cluster => self.plan.members.iter().filter(|member| member.slots.is_some()).collect(),
            RedisMode::Sentinel => self.plan.sentinels.iter().collect(),
            RedisMode::PerDatacenter => Vec::new(),
        };
        Quorum { left: voters.iter().filter(|member| member.site != *loss.lost).count(), all: voters.len() }
    }

    fn here(self, site: &Name) -> Vec<&'a RedisMember> {
        self.plan.members.iter().filter(|member| member.site == *site).collect()
    }

    fn lost(self, loss: Loss<'_>) -> Part {
        let (quorum, title) = (self.quorum(loss), self.title());
        let goes_on = format!("{} of {} voters are left: replicas take over by themselves.", quorum.left, quorum.all);
        match self.declared.mode {
            RedisMode::PerDatacenter => {
                let text = format!("Each data centre has a cache of its own: {} goes on with its own.", loss.left);
                Part::new(title, Vec::new()).text(text)
            }
            RedisMode::Cluster | RedisMode::Sentinel if quorum.holds() => {
                Part::new(title, self.state(loss, 60).into_iter().collect()).text(goes_on)
            }
            RedisMode::Cluster => Part::new(title, self.take_over(loss)).text(format!(
                "{} of {} masters are left and {} are needed: nobody may vote a replica in, and those that are left stop answering. \
                 Replicas of dead masters take their slots without a vote. While {} is fenced nobody contradicts.",
                quorum.left,
                quorum.all,
                quorum.needed(),
                loss.lost
            )),
            RedisMode::Sentinel => Part::new(title, self.promote(loss).into_iter().collect()).text(format!(
                "{} of {} sentinels are left and {} are needed: none may act by itself. One is told to.",
                quorum.left,
                quorum.all,
                quorum.needed()
            )),
        }
    }

    /// Where a member is asked, and the command that asks it in the words of its own scripts.
    fn ask(self, member: &RedisMember, loss: Loss<'_>, script: &str) -> Option<(Place, String)> {
        match (self.declared.run, &member.host, member.address) {
            (Run::Hosts, Some(host), Some(address)) => {
                Some((Place::host(host, address), format!("sh -c '. \"$0\"; {script}' {REDIS_CONFIG}/common.sh")))
            }
            (Run::Hosts, ..) => None,
            (Run::Kubernetes, ..) => {
                let container = if self.plan.sentinels.iter().any(|own| own.name == member.name) { "sentinel" } else { "server" };
                let command = format!(
                    "{KUBECTL} -n {DATA} exec {} -c {container} -- sh -c '. \"$0\"; {script}' {POD_CONFIG}/common.sh",
                    member.name
                );
                Some((seat(loss)?, command))
            }
        }
    }

    /// Every replica here whose master has failed takes its slots; asked one after the other, so that two replicas of one
    /// master do not both.
    fn take_over(self, loss: Loss<'_>) -> Vec<Step> {
        let operator = SystemUser::Operator.as_str();
        let step = |member: &RedisMember| {
            let own = format!("as {operator} localhost {} cluster", member.port);
            let orphan = r"$3 ~ /myself/ && $3 ~ /slave/ { m = $4 } { f[$1] = $3 } END { exit !(m in f && f[m] ~ /fail/) }";
            // A script in single quotes cannot hold single quotes, so awk's program is in double ones.
            let program = orphan.replace('$', "\\$");
            let script = format!("if {own} nodes | awk \"{program}\"; then {own} failover takeover; else echo not needed; fi");
            let (on, command) = self.ask(member, loss, &script)?;
            let (_, seen) = self.ask(member, loss, &format!("as {operator} localhost {} role | head -n 1", member.port))?;
            let check = Check::new(seen, "`master`", "^master$").within(30);
            Some(
                Step::new(format!("Let {} take the slots of its master", member.name), on)
                    .run(command)
                    .check(check)
                    .source(self.path()),
            )
        };
        let orphans = |member: &&RedisMember| {
            let master = self.plan.members.iter().find(|other| Some(&other.name) == member.replica_of.as_ref());
            master.is_some_and(|master| master.site == *loss.lost)
        };
        let mut taken: Vec<&str> = Vec::new();
        let mut steps = Vec::new();
        for member in self.here(loss.left).into_iter().filter(orphans) {
            let master = member.replica_of.as_deref().unwrap_or_default();
            if !taken.contains(&master) {
                taken.push(master);
                steps.extend(step(member));
            }
        }
        steps.extend(self.state(loss, 60));
        steps
    }

    /// A sentinel of what is left promotes a replica without asking the others.
    fn promote(self, loss: Loss<'_>) -> Option<Step> {
        let sentinel = self.plan.sentinels.iter().find(|sentinel| sentinel.site == *loss.left)?;
        let own = format!("as {} localhost {}", SystemUser::Sentinel.as_str(), sentinel.port);
        let (on, command) = self.ask(sentinel, loss, &format!("{own} sentinel failover {}", self.name))?;
        let (_, seen) = self.ask(sentinel, loss, &format!("{own} sentinel get-master-addr-by-name {}", self.name))?;
        let here: Vec<String> = self
            .here(loss.left)
            .into_iter()
            .map(|member| {
                member.address.map_or_else(|| format!("{}[.].*", member.name), |address| address.to_string().replace('.', "[.]"))
            })
            .collect();
        let check = Check::new(seen, format!("the address of a member in {}", loss.left), format!("^({})$", here.join("|")));
        let step = Step::new("Have a sentinel promote a replica", on).run(command).check(check.within(60));
        Some(step.unrehearsed("a cluster that takes slots over was, sentinels without a majority were not").source(self.path()))
    }

    /// Whether the cache serves.
    fn state(self, loss: Loss<'_>, within: u64) -> Option<Step> {
        let member = self.here(loss.left).first().copied()?;
        let operator = SystemUser::Operator.as_str();
        let (script, shows, expect) = match self.declared.mode {
            RedisMode::Cluster => {
                (format!("as {operator} localhost {} cluster info", member.port), "`cluster_state:ok`", "^cluster_state:ok")
            }
            RedisMode::Sentinel | RedisMode::PerDatacenter => {
                (format!("as {operator} localhost {} role", member.port), "`master` or `slave`", "^(master|slave)")
            }
        };
        let (on, command) = self.ask(member, loss, &script)?;
        let check = Check::new(command, shows, expect).within(within);
        Some(Step::new(format!("See Redis {} serve", self.name), on).check(check).source(self.path()))
    }

    /// Whether those that came back follow those that took over.
    fn whole(self, loss: Loss<'_>) -> Option<Step> {
        if self.declared.mode == RedisMode::PerDatacenter {
            return None;
        }
        self.state(loss, 300).map(|step| {
            step.note(
                "Old masters come back as replicas of those that took over, whose epochs are higher. One that took writes while it was \
                 cut off is emptied first: its data is a cache's.",
            )
        })
    }

    /// Masterships go back to where they were planned.
    fn restore(self, loss: Loss<'_>) -> Option<Step> {
        if self.declared.mode != RedisMode::Cluster {
            return None;
        }
        let seat = self.here(loss.left).into_iter().next()?;
        let (on, command) = match self.declared.run {
            Run::Hosts => {
                let first = self.plan.members.first()?;
                let on = Place::host(first.host.as_ref()?, first.address?);
                (on, format!("/bin/sh {REDIS_CONFIG}/form-cluster.sh restore"))
            }
            Run::Kubernetes => {
                let inside =
                    format!("{KUBECTL} -n {DATA} exec {} -c server -- /bin/sh {POD_CONFIG}/form-cluster.sh restore", seat.name);
                (super::kubernetes::seat(loss)?, inside)
            }
        };
        let master = self.here(loss.lost).into_iter().find(|member| member.slots.is_some())?;
        let (_, seen) =
            self.ask(master, loss, &format!("as {} localhost {} role | head -n 1", SystemUser::Operator.as_str(), master.port))?;
        let check = Check::new(seen, "`master`", "^master$").within(120);
        Some(Step::new(format!("Bring the masters of {} home", self.name), on).run(command).check(check).source(self.path()))
    }
}
