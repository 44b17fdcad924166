//! PostgreSQL under one Patroni over both data centres. Where its etcd loses the majority nobody leads any more; etcd is then
//! made anew out of what a survivor knows, so that Patroni finds its state and, above all, who has every commit.

mod back;
mod forward;

use super::System;
use super::book::{Check, Part, Place, Step};
use super::etcd::Etcd;
use super::ground::{Ground, Loss, Quorum};
use crate::model::plan::store::{PATRONI_PORT, PROXY_STATS_PORT};
use crate::model::plan::{Member, PatroniCluster, PostgresPlan, edge, postgres_files};
use crate::model::topology::Postgres;
use crate::model::topology::postgres::{PostgresMode, SynchronousMode};
use crate::model::{Name, Path};

/// Patroni over both data centres.
pub struct Stretched;

/// Where an etcd of Patroni reads its configuration.
pub(super) const ETCD_FILE: &str = "/etc/etcd/etcd.yaml";
/// `patronictl` with Patroni's own configuration; bounded, because a member of etcd that is gone is asked again and again.
pub(super) const PATRONICTL: &str = "timeout 60 patronictl -c /etc/patroni/patroni.yml";

impl System for Stretched {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        instances(loss.ground).into_iter().map(|instance| forward::part(instance, loss)).filter(|part| !part.is_empty()).collect()
    }

    fn later(&self, loss: Loss<'_>) -> Vec<Step> {
        let forget = |instance: Instance<'_>| {
            let (left, gone) = (loss.survivors(&instance.cluster.dcs), loss.gone(&instance.cluster.dcs));
            (instance.quorum(loss).holds() && !gone.is_empty()).then(|| instance.etcd().forget(&left, &gone)).flatten()
        };
        instances(loss.ground).into_iter().filter_map(forget).collect()
    }

    fn wipe(&self, loss: Loss<'_>) -> Vec<Step> {
        instances(loss.ground).into_iter().flat_map(|instance| back::wipe(instance, loss)).collect()
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        instances(loss.ground).into_iter().flat_map(|instance| back::rejoin(instance, loss)).collect()
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        let leads = loss.ground.datacenters().first() == Some(&loss.lost);
        instances(loss.ground).into_iter().filter(|_| leads).flat_map(|instance| back::home(instance, loss)).collect()
    }

    fn cut(&self, ground: Ground<'_>) -> Vec<Step> {
        let first = |instance: Instance<'_>| {
            let proxies = ground.datacenters().into_iter().filter_map(move |site| instance.proxies(site).into_iter().next());
            proxies.map(move |proxy| ask_writer(&instance.cluster.scope, proxy).source(instance.path())).collect::<Vec<_>>()
        };
        instances(ground).into_iter().flat_map(first).collect()
    }

    fn healed(&self, ground: Ground<'_>) -> Vec<Step> {
        let all = |instance: Instance<'_>| {
            let member = instance.cluster.members.first()?;
            let title = format!("See every member of {} stream", instance.cluster.scope);
            Some(Step::new(title, Place::of(member)).check(running(instance.cluster.members.len())))
        };
        instances(ground).into_iter().filter_map(all).collect()
    }

    fn may_be_gone(&self, loss: Loss<'_>) -> Vec<String> {
        instances(loss.ground).into_iter().map(|instance| instance.may_be_gone(loss)).collect()
    }
}

/// One instance over both data centres.
#[derive(Clone, Copy)]
struct Instance<'a> {
    name: &'a Name,
    declared: &'a Postgres,
    plan: &'a PostgresPlan,
    cluster: &'a PatroniCluster,
}

fn instances(ground: Ground<'_>) -> Vec<Instance<'_>> {
    let mut all = Vec::new();
    for (name, plan) in &ground.plan.postgres {
        let Some(declared) = ground.topology.postgres.get(name) else { continue };
        let clusters = plan.clusters.iter().filter(|_| declared.mode == PostgresMode::Stretched);
        all.extend(clusters.map(|cluster| Instance { name, declared, plan, cluster }));
    }
    all
}

impl<'a> Instance<'a> {
    fn path(self) -> Path {
        Path::of(["postgres", self.name.as_str()])
    }

    fn etcd(self) -> Etcd {
        Etcd::of_patroni(&self.cluster.scope)
    }

    /// The voters of etcd without a data centre.
    fn quorum(self, loss: Loss<'_>) -> Quorum {
        Quorum { left: loss.survivors(&self.cluster.dcs).len(), all: self.cluster.dcs.len() }
    }

    fn proxies(self, site: &Name) -> Vec<&'a Member> {
        self.plan.proxies.iter().filter(|proxy| proxy.site == *site).collect()
    }

    /// How long Patroni takes at most to elect once etcd answers: the dead leader's lease, two rounds, and the promotion.
    fn election_seconds(self) -> u64 {
        let timers = &self.declared.timers;
        timers.ttl.seconds() + 2 * timers.loop_wait.seconds() + 60
    }

    fn leads(self, members: &[&Member]) -> Check {
        leads(members, self.election_seconds())
    }

    /// How many standbys a commit waits for, where that reaches beyond a data centre of this many members.
    ///
    /// A commit that waits for k standbys is outside a data centre with a members, leader included, if `k >= a`.
    fn reaches_beyond(self, members: usize) -> bool {
        let waits = self.declared.synchronous.mode != SynchronousMode::Off;
        waits && usize::try_from(self.plan.synchronous_nodes).is_ok_and(|nodes| nodes >= members)
    }

    fn may_be_gone(self, loss: Loss<'_>) -> String {
        let (scope, nodes) = (&self.cluster.scope, self.plan.synchronous_nodes);
        if self.reaches_beyond(loss.gone(&self.cluster.members).len()) {
            return format!(
                "PostgreSQL {scope}: no row that was acknowledged. A commit waits for {nodes} standbys, and {} has fewer. This holds for \
                 what was written while enough standbys followed: where {} had been cut off or behind before, Patroni had lowered the \
                 number, and rows since then are in {} only.",
                loss.lost, loss.left, loss.lost
            );
        }
        format!(
            "PostgreSQL {scope}: rows that were acknowledged in the last moments. A commit waits for {nodes} standbys, all of which may \
             stand in {}. Write down the positions that the runbook shows before anybody is promoted.",
            loss.lost
        )
    }
}

/// Shows that one of these members leads within so many seconds.
pub(super) fn leads(members: &[&Member], within: u64) -> Check {
    let names: Vec<&str> = members.iter().map(|member| member.host.as_str()).collect();
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    let expect = format!(r"\| ({}) +\|.*\| Leader +\| running", names.join("|"));
    Check::new(format!("{PATRONICTL} list"), format!("{} as `Leader`, `running`", quoted.join(" or ")), expect).within(within)
}

/// Shows that this many members of the cluster run.
pub(super) fn running(count: usize) -> Check {
    let command = format!("echo \"running: $({PATRONICTL} list -f tsv | grep -cE 'running|streaming')\"");
    Check::new(command, format!("`running: {count}`"), format!("^running: {count}$")).within(600)
}

/// Asks a proxy whether it reaches a leader.
fn writer_question(proxy: &Member) -> String {
    let (ca, path) = (postgres_files::HAPROXY_CA, edge::WRITER_CHECK_PATH);
    format!("curl -s -o /dev/null -w '%{{http_code}}\\n' --cacert {ca} https://{}:{PROXY_STATS_PORT}{path}", proxy.host)
}

/// The step that shows that a proxy reaches a leader.
pub(super) fn writes(proxy: &Member) -> Step {
    let check = Check::new(writer_question(proxy), "`200`: this proxy reaches a leader", "^200$").within(60);
    Step::new(format!("See writes pass through {}", proxy.host), Place::of(proxy)).check(check)
}

/// The step that asks a proxy whether it reaches a leader, whatever it says.
pub(super) fn ask_writer(scope: &str, proxy: &Member) -> Step {
    let title = format!("Ask in {} whether {scope} can be written", proxy.site);
    let shows = "`200` on the side that writes, `503` on the other";
    Step::new(title, Place::of(proxy)).check(Check::new(writer_question(proxy), shows, "^(200|503)$"))
}

/// The step that shows what each standby has received: written down before anything moves.
pub(super) fn positions(scope: &str, at: &Member, members: &[&Member]) -> Step {
    let names: Vec<&str> = members.iter().map(|member| member.host.as_str()).collect();
    let command = format!(
        "for member in {}; do\n  curl -s --cacert {} https://$member:{PATRONI_PORT}/patroni; echo\ndone",
        names.join(" "),
        postgres_files::PATRONI_CA
    );
    Step::new(format!("Write down how far the standbys of {scope} are"), Place::of(at))
        .note(
            "Keep the output. `replayed_timestamp` is the last commit that a standby knows: where it is older than the failure by more \
             than the pause between two writes, standbys were behind already, and rows are missing.",
        )
        .check(Check::new(command, "`received_location` for each member", "received_location"))
}
