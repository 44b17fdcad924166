//! Room: whether one data centre carries everything, and what keeps autoscaling from letting go of it meanwhile.

use super::System;
use super::book::{Check, Part, Place, Step};
use super::ground::Loss;
use super::kubernetes::{KUBECTL, seat};
use crate::model::Path;
use crate::model::plan::{Capacity as Proof, Load, WorkloadKind};
use crate::model::topology::operations::PodScaler;

/// Room for everything in one data centre.
pub struct Capacity;

impl System for Capacity {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let label = format!("dc:{}", loss.lost);
        let proofs: Vec<&Proof> = loss.ground.plan.capacity.iter().filter(|proof| proof.lost == label).collect();
        let mut part = Part::new("Room", floors(loss).into_iter().chain(autoscaler(loss)).collect());
        for proof in proofs {
            part = part.text(said(proof, loss));
        }
        vec![part]
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        if loss.ground.topology.autoscaling.is_none() {
            return Vec::new();
        }
        let step = Step::new("Let services shrink again", Place::operator())
            .note("The rendered tree has the floors as they are declared; apply it, and everything else that was changed by hand goes with it.")
            .run("kubectl apply --server-side --force-conflicts -k kubernetes")
            .check(Check::new("kubectl diff -k kubernetes > /dev/null && echo same", "`same`", "^same$").within(300))
            .unrehearsed("apply and diff are tested, not as a step of a failback")
            .source(Path::of(["autoscaling"]));
        vec![step]
    }
}

fn said(proof: &Proof, loss: Loss<'_>) -> String {
    let load = match proof.at {
        Load::Fewest => "fewest",
        Load::Most => "most",
    };
    let figures =
        format!("{} of {} processors, {} of {} memory", proof.cpu_needed, proof.cpu_left, proof.memory_needed, proof.memory_left);
    if proof.fits() {
        return format!("With every service at its {load} replicas, {} carries everything: {figures}.", loss.left);
    }
    let short: Vec<String> = proof.short.iter().map(|(name, missing)| format!("{name} misses {missing}")).collect();
    format!(
        "With every service at its {load} replicas, {} does not carry everything ({figures}): {}.",
        loss.left,
        short.join(", ")
    )
}

/// The floor of every service goes to what it has now, so that measures that are missing do not take pods away.
fn floors(loss: Loss<'_>) -> Option<Step> {
    let scaler = loss.ground.topology.autoscaling.as_ref()?.pods;
    let on = seat(loss)?;
    let (kind, field) = match scaler {
        PodScaler::Keda => ("scaledobject", "minReplicaCount"),
        PodScaler::Hpa => ("hpa", "minReplicas"),
    };
    let grows = loss.ground.plan.workloads.values().filter(|it| it.kind != WorkloadKind::CronJob && it.most > it.least);
    let mut namespaces: Vec<&str> = grows.map(|workload| workload.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    if namespaces.is_empty() {
        return None;
    }
    let command = format!(
        "for namespace in {}; do\n  for name in $({KUBECTL} -n $namespace get {kind} -o jsonpath='{{.items[*].metadata.name}}'); do\n    \
         now=$({KUBECTL} -n $namespace get deployment $name -o jsonpath='{{.spec.replicas}}')\n    \
         {KUBECTL} -n $namespace patch {kind} $name --type merge -p \"{{\\\"spec\\\":{{\\\"{field}\\\":$now}}}}\"\n  done\ndone",
        namespaces.join(" ")
    );
    let seen = format!("{KUBECTL} get {kind} -A");
    Some(
        Step::new("Keep autoscaling from letting go", on)
            .note("Half of the measures are missing now. No service may shrink below what it has, until the other data centre is back.")
            .run(command)
            .check(Check::new(seen, "for each service no fewer than it has", "NAMESPACE"))
            .unrehearsed("the objects are accepted by a real API server; the loop was not run in a failure")
            .source(Path::of(["autoscaling"])),
    )
}

fn autoscaler(loss: Loss<'_>) -> Option<Step> {
    loss.ground.topology.autoscaling.as_ref()?.nodes.as_ref()?;
    let command = format!(
        "{KUBECTL} -n autoscaling get configmap cluster-autoscaler-status -o jsonpath='{{.data.status}}' | grep -m1 -i health"
    );
    let check = Check::new(command, "`Healthy`: it has not halted", "Healthy").within(120);
    let step = |on| {
        Step::new("See the cluster autoscaler at work", on)
            .note("It halts when too many nodes are unready at once. The rendered limit is above what one data centre has.")
            .check(check.clone())
            .unrehearsed("no lab of ours runs it")
            .source(Path::of(["autoscaling", "nodes"]))
    };
    seat(loss).map(step)
}
