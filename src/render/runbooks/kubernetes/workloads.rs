//! What runs on Kubernetes: pods of a lost data centre are released, and what could not be scheduled is looked at.

use super::super::System;
use super::super::book::{Check, Part, Step};
use super::super::ground::{Ground, Loss};
use super::control_plane::delete_masters;
use super::{KUBECTL, seat};
use crate::model::Path;
use crate::model::plan::WorkloadKind;
use crate::render::meta::ZONE_LABEL;

/// Services and stores on Kubernetes.
pub struct Workloads;

const WHY: &str = "the real scheduler and controllers were, with nodes that have no kubelets, but not as a step of this file";
/// The taint that says that a node is off, not only unreachable: its pods are deleted and its volumes released.
const OUT_OF_SERVICE: &str = "node.kubernetes.io/out-of-service";

impl System for Workloads {
    fn lost(&self, loss: Loss<'_>) -> Vec<Part> {
        let Some(on) = seat(loss) else { return Vec::new() };
        let mut steps: Vec<Step> = delete_masters(loss).into_iter().collect();
        let command =
            format!("{KUBECTL} taint nodes -l {ZONE_LABEL}={} {OUT_OF_SERVICE}=nodeshutdown:NoExecute --overwrite", loss.lost);
        let seen = format!("echo \"still there: $({KUBECTL} get pods -A -o wide | grep -cE ' ({}) ')\"", nodes(loss));
        steps.push(
            Step::new(format!("Declare the nodes of {} out of service", loss.lost), on.clone())
                .note("Only while it is certain that they are off or fenced: their pods are started elsewhere, and their volumes released.")
                .run(command)
                .check(Check::new(seen, "`still there: 0`, but for what every node runs", "^still there: [0-9]+$").within(120))
                .unrehearsed(WHY)
                .source(Path::of(["kubernetes"])),
        );
        let waiting = format!("{KUBECTL} get pods -A --field-selector=status.phase=Pending");
        steps.push(
            Step::new(format!("Look at what {} could not take", loss.left), on)
                .note(format!("Only what is bound to {} may wait here: {}.", loss.lost, bound(loss)))
                .check(Check::new(format!("{waiting}; echo seen"), "nothing but that", "^seen$").within(180))
                .unrehearsed(WHY)
                .source(Path::of(["services"])),
        );
        vec![Part::new("Services on Kubernetes", steps)]
    }

    fn rejoin(&self, loss: Loss<'_>) -> Vec<Step> {
        let Some(on) = seat(loss) else { return Vec::new() };
        let workers = loss.gone(&loss.ground.plan.kubernetes.workers).len();
        let ready = enough(&format!("{KUBECTL} get nodes -l {ZONE_LABEL}={} | grep -cw Ready", loss.lost), workers);
        let back = Step::new(format!("See the nodes of {} ready", loss.lost), on.clone())
            .note("Workers come back by themselves: their certificates are still good. One that does not is reset and joined like a new one.")
            .check(Check::new(ready, format!("at least {workers}, and `enough`"), "^enough$").within(600))
            .unrehearsed(WHY)
            .source(Path::of(["kubernetes"]));
        let command = format!("{KUBECTL} taint nodes -l {ZONE_LABEL}={} {OUT_OF_SERVICE}- || true", loss.lost);
        let seen = format!("echo \"tainted: $({KUBECTL} get nodes -o yaml | grep -c {OUT_OF_SERVICE})\"");
        let take = Step::new("Put them into service again", on.clone())
            .run(command)
            .check(Check::new(seen, "`tainted: 0`", "^tainted: 0$").within(60))
            .unrehearsed(WHY)
            .source(Path::of(["kubernetes"]));
        vec![back, take]
    }

    fn home(&self, loss: Loss<'_>) -> Vec<Step> {
        let Some(on) = seat(loss) else { return Vec::new() };
        let names = |kind: WorkloadKind| {
            let of = loss.ground.plan.workloads.iter().filter(move |(_, workload)| workload.kind == kind);
            of.map(|(name, workload)| format!("{KUBECTL} -n {} rollout restart deployment/{name}", workload.namespace))
                .collect::<Vec<_>>()
        };
        let commands = names(WorkloadKind::Deployment);
        if commands.is_empty() {
            return Vec::new();
        }
        let seen = format!("{KUBECTL} get pods -A --field-selector=status.phase=Pending; echo seen");
        let step = Step::new("Spread the services again", on)
            .note("Nothing moves pods back by itself; new ones are spread as they are declared.")
            .run(commands.join("\n"))
            .check(Check::new(seen, "no pod that waits", "^seen$").within(600))
            .unrehearsed(WHY)
            .source(Path::of(["services"]));
        vec![step]
    }

    fn healed(&self, ground: Ground<'_>) -> Vec<Step> {
        let masters = &ground.plan.kubernetes.control_plane;
        let all = masters.len() + ground.plan.kubernetes.workers.len();
        let command = enough(&format!("{KUBECTL} get nodes | grep -cw Ready"), all);
        let step = |at| {
            Step::new("See every node ready", super::super::book::Place::of(at))
                .check(Check::new(command.clone(), format!("at least {all}, and `enough`"), "^enough$").within(300))
                .source(Path::of(["kubernetes"]))
        };
        masters.first().map(step).into_iter().collect()
    }
}

/// Counts, and says whether that is as many as there must be.
fn enough(count: &str, least: usize) -> String {
    format!("n=$({count}); echo \"$n\"; [ \"$n\" -ge {least} ] && echo enough")
}

/// The nodes of the lost data centre, as alternatives.
fn nodes(loss: Loss<'_>) -> String {
    let kubernetes = &loss.ground.plan.kubernetes;
    let gone = loss.gone(&kubernetes.control_plane).into_iter().chain(loss.gone(&kubernetes.workers));
    gone.map(|member| member.host.as_str()).collect::<Vec<_>>().join("|")
}

/// What stands in one data centre by declaration.
fn bound(loss: Loss<'_>) -> String {
    let plan = loss.ground.plan;
    let mut all: Vec<String> = plan
        .workloads
        .iter()
        .filter(|(_, workload)| workload.kind == WorkloadKind::PerDatacenter)
        .map(|(name, _)| format!("`{name}-{}`", loss.lost))
        .collect();
    let redis = plan.redis.values().flat_map(|redis| &redis.groups);
    let s3 = plan.s3.values().flat_map(|s3| s3.masters.iter().chain(&s3.volumes).chain(&s3.filers));
    all.extend(redis.chain(s3).filter(|group| group.site == *loss.lost).map(|group| format!("`{}`", group.name)));
    all.push("brokers, monitoring and logs of that data centre".to_owned());
    all.join(", ")
}
