//! Kafka mirrored from one data centre to the other: the target has the topics and the offsets; clients are led there.

use super::super::book::{Check, Part, Place, Step};
use super::super::ground::Loss;
use super::super::kubernetes::{KUBECTL, seat};
use super::Instance;
use crate::model::plan::KafkaCluster;
use crate::model::topology::kafka::Run;
use crate::render::meta::DATA;

/// The clusters: from which to which.
type Mirror<'a> = (&'a KafkaCluster, &'a KafkaCluster);

const WHY: &str = "the mirror of this platform was started in the lab, but never turned round";

/// What is done when a data centre is lost.
pub(super) fn lost(instance: Instance<'_>, (source, target): Mirror<'_>, loss: Loss<'_>) -> Part {
    let title = format!("Kafka {}", instance.name);
    if source.site.as_ref() != Some(loss.lost) {
        let text = format!(
            "Goes on: producers write to {}, which stands here. The mirror waits for {} and loses nothing.",
            source.name, loss.lost
        );
        return Part::new(title, Vec::new()).text(text);
    }
    let mut steps = stop(instance, target, loss);
    steps.extend(lead(instance, source, target, loss));
    Part::new(title, steps).text(format!(
        "{} has the topics under the same names, and the offsets of consumers as of some seconds before. Clients are led there; nothing \
         may be mirrored back into it later.",
        target.name
    ))
}

fn stop(instance: Instance<'_>, target: &KafkaCluster, loss: Loss<'_>) -> Vec<Step> {
    match instance.declared.run {
        Run::Hosts => {
            let first = target.brokers.first().and_then(|broker| Some(Place::host(broker.host.as_ref()?, broker.address?)));
            let step = |on| {
                Step::new("Stop the mirror", on)
                    .run("systemctl disable --now kafka-mirror")
                    .check(Check::new("systemctl is-active kafka-mirror", "`inactive`", "^(inactive|failed)$").within(60))
            };
            first.map(step).map(|step| step.source(instance.path())).into_iter().collect()
        }
        Run::Kubernetes => {
            let name = format!("{}-mirror", instance.name);
            let step = |on| {
                Step::new("Stop the mirror", on)
                    .run(format!(
                        "{KUBECTL} -n {DATA} patch kafkamirrormaker2 {name} --type merge -p '{{\"spec\":{{\"replicas\":0}}}}'"
                    ))
                    .check(
                        Check::new(
                            format!("{KUBECTL} -n {DATA} get pods -l strimzi.io/cluster={name} -o name | wc -l"),
                            "`0`",
                            "^0$",
                        )
                        .within(120),
                    )
                    .unrehearsed(WHY)
            };
            seat(loss).map(step).map(|step| step.source(instance.path())).into_iter().collect()
        }
    }
}

/// Leads the services to the other cluster: the same topology with the roles exchanged, of which only the services are applied.
fn lead(instance: Instance<'_>, from: &KafkaCluster, to: &KafkaCluster, loss: Loss<'_>) -> Option<Step> {
    let workloads = &loss.ground.plan.workloads;
    let clients = instance.plan.clients();
    let mut namespaces: Vec<&str> =
        clients.iter().filter_map(|name| workloads.get(*name)).map(|workload| workload.namespace.as_str()).collect();
    namespaces.sort_unstable();
    namespaces.dedup();
    let first = namespaces.first()?;
    let apply = |namespace: &&str| format!("kubectl apply --server-side --force-conflicts -k exchanged/kubernetes/{namespace}");
    let commands = format!(
        "topology=topology.yaml # yours: the file that this tree was rendered from\n\
         printf '%s\\n' 'datacenters: {{{}: {{role: standby}}, {}: {{role: preferred}}}}' > exchanged.yaml\n\
         inuretech -f \"$topology\" -f exchanged.yaml render --out exchanged\n{}",
        loss.lost,
        loss.left,
        namespaces.iter().map(apply).collect::<Vec<_>>().join("\n")
    );
    let seen = format!("kubectl -n {first} get deployments -o yaml | grep -c '{}'", to.bootstrap());
    let step = Step::new(format!("Lead the services from {} to {}", from.name, to.name), Place::operator())
        .note(
            "With the roles exchanged the same topology renders them with the addresses and the certificates of the other cluster. Apply \
             nothing else of that tree.",
        )
        .yours(commands)
        .check(Check::new(seen, "not `0`: they are led there", "^[1-9]").within(60))
        .unrehearsed(WHY)
        .source(instance.path());
    Some(step)
}

/// The old source is made anew as the target of the new one.
pub(super) fn rejoin(instance: Instance<'_>, (source, target): Mirror<'_>, loss: Loss<'_>) -> Vec<Step> {
    if source.site.as_ref() != Some(loss.lost) {
        return Vec::new();
    }
    let text = format!(
        "# yours: empty {0}, mirror {1} into it, and when it has caught up lead the services back, as for any move of a cluster",
        source.name, target.name
    );
    vec![
        Step::new(format!("Fill {} anew from {}", source.name, target.name), Place::operator())
            .note("Its records are those of the old world; records since then are in the other one only. Mirroring both ways at once would loop.")
            .yours(text)
            .unrehearsed(WHY)
            .source(instance.path()),
    ]
}
