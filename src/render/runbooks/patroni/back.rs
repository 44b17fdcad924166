//! A data centre comes back: its members of etcd are wiped where the other side went on without them, its standbys rewind and
//! follow, and at last the leader goes home.

use super::super::book::{Check, Place, Step};
use super::super::ground::Loss;
use super::forward::take_in;
use super::{Instance, PATRONICTL, running};
use crate::model::plan::Member;

/// Before any cable is connected.
pub(super) fn wipe(instance: Instance<'_>, loss: Loss<'_>) -> Vec<Step> {
    if instance.quorum(loss).holds() {
        return Vec::new();
    }
    let data = instance.etcd().data;
    let etcd = loss.gone(&instance.cluster.dcs).into_iter().map(|member| {
        Step::new(format!("Wipe etcd on {}", member.host), Place::of(member))
            .run(format!("systemctl disable --now etcd\nrm -rf {data}"))
            .check(Check::new(format!("systemctl is-active etcd; ls {data} 2> /dev/null | wc -l"), "`inactive`, then `0`", "^0$"))
            .source(instance.path().key("dcs"))
    });
    let patroni = loss.gone(&instance.cluster.members).into_iter().map(|member| {
        Step::new(format!("Keep Patroni on {} from starting", member.host), Place::of(member))
            .note("Its data stays: it rewinds and follows, once it meets the new leader.")
            .run("systemctl disable --now patroni")
            .check(Check::new("systemctl is-active patroni", "`inactive`", "^(inactive|failed)$").within(60))
            .source(instance.path())
    });
    etcd.chain(patroni).collect()
}

/// Once the network is there.
pub(super) fn rejoin(instance: Instance<'_>, loss: Loss<'_>) -> Vec<Step> {
    let rebuilt = !instance.quorum(loss).holds();
    let mut steps = Vec::new();
    let mut inside = loss.survivors(&instance.cluster.dcs);
    if rebuilt {
        for new in loss.gone(&instance.cluster.dcs) {
            steps.extend(take_in(instance, &inside, new, true));
            inside.push(new);
        }
    }
    let Some(seat) = loss.here(&instance.cluster.members).first().copied() else { return steps };
    let scope = &instance.cluster.scope;
    for (back, member) in loss.gone(&instance.cluster.members).into_iter().enumerate() {
        let step = Step::new(format!("See {} follow", member.host), Place::of(member)).source(instance.path());
        let step = if rebuilt { step.run("systemctl enable --now patroni") } else { step };
        let known = loss.here(&instance.cluster.members).len() + back + 1;
        steps.push(
            step.note(format!(
                "It rewinds what it had alone. Where it cannot (`patronictl list` shows `start failed`), its data is made anew: \
                 `patronictl -c /etc/patroni/patroni.yml reinit {scope} {} --force`.",
                member.host
            ))
            .check(running(known)),
        );
    }
    let etcd = instance.etcd();
    let whole = Step::new(format!("See the {} whole", etcd.what), Place::of(seat_of(&inside, seat)));
    let note = "Where members were removed meanwhile, they come back empty, as `host-lost.md` says.";
    let files = "Their files still say who was in when they joined, which only an empty member reads; the playbook puts the rendered ones back.";
    steps.push(if rebuilt {
        whole.note(files).check(etcd.whole(&inside))
    } else {
        whole.note(note).check(etcd.whole(&all(instance)))
    });
    steps
}

fn all(instance: Instance<'_>) -> Vec<&Member> {
    instance.cluster.dcs.iter().collect()
}

/// The first member of etcd, or what stands in for it where there is none.
fn seat_of<'a>(inside: &[&'a Member], otherwise: &'a Member) -> &'a Member {
    inside.first().copied().unwrap_or(otherwise)
}

/// Leaders go home, one short pause each.
pub(super) fn home(instance: Instance<'_>, loss: Loss<'_>) -> Vec<Step> {
    let scope = &instance.cluster.scope;
    let home = loss.gone(&instance.cluster.members);
    let mut steps = Vec::new();
    if let (Some(candidate), Some(seat)) = (home.first(), loss.here(&instance.cluster.members).first()) {
        let command = format!("{PATRONICTL} switchover {scope} --candidate {} --force", candidate.host);
        steps.push(
            Step::new(format!("Bring the leader of {scope} home"), Place::of(seat))
                .note("Writes pause for some seconds. It is refused while that member is not among the synchronous ones: wait, and try again.")
                .run(command)
                .check(instance.leads(&[candidate]))
                .source(instance.path()),
        );
    }
    if let Some(to) = loss.gone(&instance.cluster.dcs).first() {
        steps.push(instance.etcd().lead(&all(instance), to).source(instance.path().key("dcs")));
    }
    steps
}
