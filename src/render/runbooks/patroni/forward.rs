//! The other data centre takes over: etcd out of a survivor, then Patroni by itself, then the second member of etcd.

use super::super::book::{Check, Part, Place, Step};
use super::super::etcd::Etcd;
use super::super::ground::Loss;
use super::{ETCD_FILE, Instance, PATRONICTL, positions, writes};
use crate::model::plan::Member;

/// What is done when a data centre is lost.
pub(super) fn part(instance: Instance<'_>, loss: Loss<'_>) -> Part {
    let (scope, quorum) = (&instance.cluster.scope, instance.quorum(loss));
    let title = format!("PostgreSQL {scope}");
    let here = loss.here(&instance.cluster.members);
    let Some(candidate) = here.first() else {
        return Part::new(title, Vec::new())
            .text(format!("No member stands in {}: it stays away until {} is back.", loss.left, loss.lost));
    };
    if quorum.holds() {
        let text = format!(
            "Goes on by itself: {} of {} voters of its etcd are left. If the leader was in {}, another one is elected within {} s.",
            quorum.left,
            quorum.all,
            loss.lost,
            instance.election_seconds()
        );
        return Part::new(title, automatic(instance, loss, candidate, &here)).text(text);
    }
    let text = format!(
        "{} of {} voters of its etcd are left and {} are needed: nobody leads, reads go on. etcd is started alone from the data of a \
         survivor: what Patroni wrote there says which standbys have every commit. An empty one would forget that.",
        quorum.left,
        quorum.all,
        quorum.needed()
    );
    Part::new(title, manual(instance, loss, candidate, &here)).text(text)
}

fn automatic(instance: Instance<'_>, loss: Loss<'_>, candidate: &Member, here: &[&Member]) -> Vec<Step> {
    let title = format!("See who leads {}", instance.cluster.scope);
    let mut steps = vec![Step::new(title, Place::of(candidate)).check(instance.leads(here)).source(instance.path())];
    steps.extend(writers(instance, loss));
    steps
}

fn manual(instance: Instance<'_>, loss: Loss<'_>, candidate: &Member, here: &[&Member]) -> Vec<Step> {
    let etcd = instance.etcd();
    let survivors = loss.survivors(&instance.cluster.dcs);
    let Some((first, rest)) = survivors.split_first() else { return Vec::new() };
    let mut steps = vec![positions(&instance.cluster.scope, candidate, here).source(instance.path())];
    steps.extend(etcd.compare(&survivors));
    steps.extend(survivors.iter().map(|member| stop(&etcd.data, member)));
    steps.push(
        Step::new(format!("Start etcd on {} as a cluster of its own", first.host), Place::of(first))
            .note("It keeps what it knows and forgets the other members. From here on the old members must stay fenced.")
            .run(format!("echo 'force-new-cluster: true' >> {ETCD_FILE}\nsystemctl start etcd"))
            .check(etcd.whole(&[first]))
            .source(instance.path().key("dcs")),
    );
    let well = format!("{}\n! grep force-new-cluster {ETCD_FILE} && etcdctl endpoint health && echo well", etcd.client(&[first]));
    steps.push(
        Step::new("Take the order out again", Place::of(first))
            .note("At once: with it every restart would throw the other members out again.")
            .run(format!("sed -i '/^force-new-cluster:/d' {ETCD_FILE}\nsystemctl restart etcd"))
            .check(Check::new(well, "`well`", "^well$").within(60)),
    );
    steps.push(promote(instance, loss, candidate, here));
    steps.extend(writers(instance, loss));
    let mut inside = vec![*first];
    for new in rest {
        steps.extend(take_in(instance, &inside, new, false));
        inside.push(new);
    }
    steps
}

fn stop(data: &str, member: &Member) -> Step {
    Step::new(format!("Stop etcd on {} and keep a copy of its data", member.host), Place::of(member))
        .run(format!("systemctl stop etcd\ncp -a {data} {data}.before"))
        .check(Check::new(format!("systemctl is-active etcd; ls {data}.before"), "`inactive`, then `member`", "^member$"))
}

fn promote(instance: Instance<'_>, loss: Loss<'_>, candidate: &Member, here: &[&Member]) -> Step {
    let scope = &instance.cluster.scope;
    let ttl = instance.declared.timers.ttl.seconds();
    let step = Step::new(format!("See a member of {} lead {scope}", loss.left), Place::of(candidate)).source(instance.path());
    let mut step = if instance.reaches_beyond(loss.gone(&instance.cluster.members).len()) {
        step.note(format!(
            "Patroni does it by itself: the lease of the dead leader ends {ttl} s after etcd has come back, and a commit was never \
             acknowledged without a standby in {}.",
            loss.left
        ))
    } else {
        step.note(format!(
            "Commits may have been acknowledged without a standby in {}, so Patroni promotes nobody by itself. This accepts the loss: \
             write down the positions of the first step, take the member whose `received_location` is highest, and name it here.",
            loss.left
        ))
        .run(format!("{PATRONICTL} failover {scope} --candidate {} --force", candidate.host))
    };
    if instance.declared.synchronous.strict && here.len() == 1 {
        step = step
            .note("One member is left and commits must wait for another one: without this every write hangs.")
            .run(format!("{PATRONICTL} edit-config {scope} --force -s synchronous_mode_strict=false"));
    }
    step.check(instance.leads(here))
}

fn writers(instance: Instance<'_>, loss: Loss<'_>) -> Vec<Step> {
    let step = |proxy: &Member| writes(proxy).source(instance.path().key("proxy"));
    instance.proxies(loss.left).into_iter().map(step).collect()
}

/// Takes an empty member into an etcd that works; `enable` where it was switched off before.
pub(super) fn take_in(instance: Instance<'_>, inside: &[&Member], new: &Member, enable: bool) -> Vec<Step> {
    let etcd = instance.etcd();
    let mut all = inside.to_vec();
    all.push(new);
    let start = if enable { "systemctl enable --now etcd" } else { "systemctl start etcd" };
    let commands = format!(
        "rm -rf {data}\nsed -i -e 's|^initial-cluster:.*|initial-cluster: {initial}|' \
         -e 's|^initial-cluster-state:.*|initial-cluster-state: existing|' {ETCD_FILE}\n{start}",
        data = etcd.data,
        initial = Etcd::initial(&all)
    );
    let started = Step::new(format!("Start etcd on {} empty", new.host), Place::of(new))
        .run(commands)
        .check(Check::new("systemctl is-active etcd", "`active`", "^active$").within(60))
        .source(instance.path().key("dcs"));
    let mut steps: Vec<Step> = etcd.announce(inside, new).into_iter().collect();
    steps.push(started);
    steps.extend(etcd.promote(inside, new));
    steps
}
