//! Object storage. `SeaweedFS` writes every copy before it answers: with a data centre lost, objects are read and none is
//! written, until a person gives the second copy up for a while. A store elsewhere is not ours to mend.

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::{Ground, Loss, Quorum};
use super::kubernetes::{KUBECTL, seat};
use crate::model::plan::{PodGroup, S3Plan};
use crate::model::topology::storage::S3Engine;
use crate::model::{Name, Path};
use crate::render::meta::DATA;

/// Object stores.
pub struct Storage;

const WHY: &str = "no lab of ours runs SeaweedFS";
/// The port of a master.
const MASTER_PORT: u16 = 9333;

impl System for Storage {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let part = |(name, engine, plan): (&Name, S3Engine, &S3Plan)| {
            let title = format!("S3 {name}");
            if engine != S3Engine::Seaweedfs {
                return Part::new(title, Vec::new()).text("Runs elsewhere: nothing is done here.");
            }
            let quorum = quorum(plan, loss);
            let mut part = Part::new(title, steps(name, plan, loss));
            if !quorum.holds() {
                part = part.text(format!(
                    "{} of {} masters are left and {} are needed: nobody says where an object lies. What they know comes from the volume \
                     servers, so those that are left may begin anew.",
                    quorum.left,
                    quorum.all,
                    quorum.needed()
                ));
            }
            part.text(format!(
                "Every object has a copy in {}, so all are read. A write wants a copy in {} too and is refused until that demand is dropped.",
                loss.left, loss.lost
            ))
        };
        stores(loss.ground).into_iter().map(part).collect()
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        let seaweedfs = stores(loss.ground).into_iter().filter(|(_, engine, _)| *engine == S3Engine::Seaweedfs);
        seaweedfs.filter_map(|(name, _, plan)| catch_up(name, plan, loss)).collect()
    }

    fn may_be_gone(&self, loss: Loss<'_>) -> Vec<String> {
        let text = |(name, engine, _): (&Name, S3Engine, &S3Plan)| {
            if engine == S3Engine::Seaweedfs {
                format!("S3 {name}: no object that was acknowledged: each was written in both data centres.")
            } else {
                format!("S3 {name}: runs elsewhere.")
            }
        };
        stores(loss.ground).into_iter().map(text).collect()
    }
}

fn stores(ground: Ground<'_>) -> Vec<(&Name, S3Engine, &S3Plan)> {
    let one = |(name, plan)| Some((name, ground.topology.s3.get(name)?.engine, plan));
    ground.plan.s3.iter().filter_map(one).collect()
}

fn quorum(plan: &S3Plan, loss: Loss<'_>) -> Quorum {
    let count = |groups: &mut dyn Iterator<Item = &PodGroup>| groups.map(|group| group.replicas as usize).sum();
    let left = count(&mut plan.masters.iter().filter(|group| group.site != *loss.lost));
    Quorum { left, all: count(&mut plan.masters.iter()) }
}

/// The masters that are left, with their ports.
fn masters(plan: &S3Plan, loss: Loss<'_>) -> String {
    let here = plan.masters.iter().filter(|group| group.site != *loss.lost);
    let pods = here.flat_map(|group| {
        (0..group.replicas).map(move |n| format!("{0}-{n}.{0}.{DATA}.svc.cluster.local:{MASTER_PORT}", group.name))
    });
    pods.collect::<Vec<_>>().join(",")
}

fn steps(name: &Name, plan: &S3Plan, loss: Loss<'_>) -> Vec<Step> {
    let Some(on) = seat(loss) else { return Vec::new() };
    let groups: Vec<&PodGroup> = plan.masters.iter().filter(|group| group.site != *loss.lost).collect();
    let Some(first) = groups.first() else { return Vec::new() };
    let alone =
        if quorum(plan, loss).holds() { String::new() } else { format!(" -e 's|-peers=[^\"]*|-peers={}|'", masters(plan, loss)) };
    let change = |group: &&PodGroup| {
        format!(
            "{KUBECTL} -n {DATA} get statefulset {0} -o json | sed -e 's|-defaultReplication=1|-defaultReplication=0|'{alone} | {KUBECTL} replace -f -\n\
             {KUBECTL} -n {DATA} rollout status statefulset/{0} --timeout=180s",
            group.name
        )
    };
    let commands: Vec<String> = groups.iter().map(change).collect();
    let seen = format!(
        "{KUBECTL} -n {DATA} exec {}-0 -- sh -c \"echo cluster.check | timeout 30 weed shell -master={} 2>&1 | head -n 20\"",
        first.name,
        masters(plan, loss)
    );
    let step = Step::new(format!("Let {name} write with the copies that are left"), on)
        .note("Objects written from now on have no copy in the other data centre until it is back and they are copied.")
        .run(commands.join("\n"))
        .check(
            Check::new(seen, "volume servers of this data centre only, and no error about a leader", "(volume server|topology)")
                .within(240),
        )
        .unrehearsed(WHY)
        .source(Path::of(["s3", name.as_str()]));
    vec![step]
}

/// The rendered demands again, then the copies that are missing.
fn catch_up(name: &Name, plan: &S3Plan, loss: Loss<'_>) -> Option<Step> {
    let group = plan.masters.iter().find(|group| group.site == *loss.left)?;
    let files: Vec<String> =
        plan.masters.iter().map(|group| format!("-f kubernetes/data/statefulset-{}.yaml", group.name)).collect();
    let shell = |words: &str| {
        format!(
            "kubectl -n {DATA} exec {0}-0 -- sh -c \"printf '{words}' | weed shell -master=localhost:{MASTER_PORT}\"",
            group.name
        )
    };
    let commands = format!(
        "kubectl apply --server-side --force-conflicts {}\n{}",
        files.join(" "),
        shell(r"lock\nvolume.configure.replication -collectionPattern * -replication 100\nvolume.fix.replication\nunlock\n")
    );
    let check = Check::new(
        shell(r"volume.list\n"),
        format!("volumes in {} and in {}", loss.lost, loss.left),
        format!("DataCenter {}", loss.lost),
    );
    Some(
        Step::new(format!("Copy to {} what {name} took meanwhile", loss.lost), Place::operator())
            .run(commands)
            .check(check.within(600))
            .unrehearsed(WHY)
            .source(Path::of(["s3", name.as_str()])),
    )
}
