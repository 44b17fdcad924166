//! Kafka under Strimzi: the operator writes the voters, so a survivor cannot be told that it is the only one. What is left is a
//! controller of the lost data centre, built again where there is power, from the survivor's log. Said as what it is: not
//! rehearsed.

use super::super::book::{Check, Part, Place, Step};
use super::super::ground::Loss;
use super::super::kubernetes::{KUBECTL, seat};
use super::{Instance, at, quorum};
use crate::model::plan::{KafkaCluster, KafkaNode};
use crate::render::meta::{DATA, ZONE_LABEL};

const WHY: &str = "no lab of ours runs Strimzi's pods. With bare Kafka processes the same copy brought every partition back in 15 s and lost nothing";

/// What is done when a data centre is lost.
pub(super) fn lost(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Part {
    let title = format!("Kafka {}", cluster.name);
    let quorum = quorum(cluster, loss);
    if quorum.holds() {
        let text = format!("Its controllers go on by themselves: {} of {} are left.", quorum.left, quorum.all);
        return Part::new(title, brokers(instance, cluster, loss)).text(text);
    }
    let survivor = cluster.controllers.iter().find(|node| node.site == *loss.left);
    let (Some(on), Some(survivor)) = (seat(loss), survivor) else { return Part::new(title, Vec::new()) };
    let missing: Vec<&KafkaNode> = at(&cluster.controllers, loss.lost);
    let wanted = quorum.needed().saturating_sub(quorum.left);
    let mut steps = vec![pause(instance, cluster, &on), disks(instance, cluster, loss)];
    for node in missing.into_iter().take(wanted) {
        steps.extend(rebuild(instance, cluster, (node, survivor), loss));
    }
    steps.push(unpause(instance, cluster, &on));
    steps.extend(brokers(instance, cluster, loss));
    Part::new(title, steps)
        .text(format!(
            "{} of {} controllers are left and {} are needed. Apache Kafka has no supported way to force a majority, and Strimzi writes the \
             voters itself. In this order: bring the disks of a lost controller back; else build {wanted} of them again in {} from the \
             survivor's log, as below; else make a new cluster and publish again from where the records came.",
            quorum.left,
            quorum.all,
            quorum.needed(),
            loss.left
        ))
        .text("Never start a majority of blank controllers: they would elect a leader that knows no topic.")
}

fn pool(cluster: &KafkaCluster, node: &KafkaNode) -> String {
    format!("{}-controller-{}", cluster.name, node.site)
}

fn pod(cluster: &KafkaCluster, node: &KafkaNode) -> String {
    format!("{}-{}", pool(cluster, node), node.id)
}

fn pause(instance: Instance<'_>, cluster: &KafkaCluster, on: &Place) -> Step {
    let seen = format!("{KUBECTL} -n {DATA} get kafka {} -o jsonpath='{{.status.conditions[*].type}}'", cluster.name);
    Step::new("Keep the operator's hands off", on.clone())
        .run(format!("{KUBECTL} -n {DATA} annotate --overwrite kafka {} strimzi.io/pause-reconciliation=true", cluster.name))
        .check(Check::new(seen, "`ReconciliationPaused`", "ReconciliationPaused").within(180))
        .unrehearsed(WHY)
        .source(instance.path())
}

fn unpause(instance: Instance<'_>, cluster: &KafkaCluster, on: &Place) -> Step {
    let seen = format!("{KUBECTL} -n {DATA} wait kafka/{} --for=condition=Ready --timeout=60s", cluster.name);
    Step::new("Give the operator its work back", on.clone())
        .note("From here on it starts the controller with the copied log; it must not be paused for longer than it takes.")
        .run(format!("{KUBECTL} -n {DATA} annotate --overwrite kafka {} strimzi.io/pause-reconciliation-", cluster.name))
        .check(Check::new(seen, "`condition met`", "condition met").within(900))
        .unrehearsed(WHY)
        .source(instance.path())
}

fn disks(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Step {
    let pools: Vec<String> = at(&cluster.controllers, loss.lost).into_iter().map(|node| pod(cluster, node)).collect();
    let text = format!(
        "# yours: can the disk of {} be attached to a machine in {}? If so, do that, skip the rebuilding, and go on where the operator gets its work back",
        pools.join(" or "),
        loss.left
    );
    Step::new("Ask whether a disk of a lost controller can be had", Place::operator()).yours(text).source(instance.path())
}

/// Builds a lost controller again beside the survivor, from its log.
fn rebuild(
    instance: Instance<'_>,
    cluster: &KafkaCluster,
    (node, survivor): (&KafkaNode, &KafkaNode),
    loss: Loss<'_>,
) -> Vec<Step> {
    let Some(on) = seat(loss) else { return Vec::new() };
    let (pod, source, pool) = (pod(cluster, node), pod(cluster, survivor), pool(cluster, node));
    let affinity = "/spec/template/pod/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution/nodeSelectorTerms/0/matchExpressions";
    let moved = format!(
        "{KUBECTL} -n {DATA} delete pod {pod} --force --grace-period=0 --ignore-not-found\n{KUBECTL} -n {DATA} delete pvc data-0-{pod} --wait=false\n\
         {KUBECTL} -n {DATA} patch kafkanodepool {pool} --type json \
         -p '[{{\"op\": \"replace\", \"path\": \"{affinity}\", \"value\": [{{\"key\": \"{ZONE_LABEL}\", \"operator\": \"In\", \"values\": [\"{}\"]}}]}}]'",
        loss.left
    );
    let seen = format!("{KUBECTL} -n {DATA} get pvc data-0-{pod} -o name --ignore-not-found | wc -l");
    let text = format!(
        "# yours: a pod on the node of {source} that mounts `data-0-{source}` and a new claim `data-0-{pod}`, and in it:\n\
         #   copy kafka-log{from}/__cluster_metadata-0 to kafka-log{to}/__cluster_metadata-0, without quorum-state\n\
         #   copy kafka-log{from}/meta.properties to kafka-log{to}/meta.properties, with node.id={to} and no directory.id\n\
         #   copy kafka-log{from}/bootstrap.checkpoint to kafka-log{to}/bootstrap.checkpoint",
        from = survivor.id,
        to = node.id
    );
    let bound = format!("{KUBECTL} -n {DATA} get pvc data-0-{pod} -o jsonpath='{{.status.phase}}'");
    vec![
        Step::new(format!("Give controller {} a place in {}", node.id, loss.left), on.clone())
            .run(moved)
            .check(Check::new(seen, "`0`: its old claim is gone", "^0$").within(120))
            .unrehearsed(WHY)
            .source(instance.path()),
        Step::new(format!("Fill its disk from the log of controller {}", survivor.id), on)
            .note("It starts with everything that the survivor knows, under its own number. A blank one would be elected with nothing.")
            .yours(text)
            .check(Check::new(bound, "`Bound`", "^Bound$").within(120))
            .unrehearsed(WHY)
            .source(instance.path()),
    ]
}

/// Whether the brokers that are left are ready.
fn brokers(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Vec<Step> {
    let here = at(&cluster.brokers, loss.left).len();
    let command = format!(
        "echo \"ready: $({KUBECTL} -n {DATA} get pods -l strimzi.io/pool-name={}-broker-{} \
         -o jsonpath='{{range .items[*]}}{{.status.containerStatuses[0].ready}}{{\"\\n\"}}{{end}}' | grep -c true)\"",
        cluster.name, loss.left
    );
    let check = Check::new(command, format!("`ready: {here}`"), format!("^ready: {here}$")).within(300);
    let step = |on| {
        Step::new(format!("See the brokers of {} in {} ready", cluster.name, loss.left), on)
            .check(check.clone())
            .source(instance.path())
    };
    let mut steps: Vec<Step> = seat(loss).map(step).into_iter().collect();
    for (topic, copies) in instance.blocked() {
        let name = format!("{}.{topic}", cluster.name);
        let change = format!("{{\"spec\":{{\"config\":{{\"min.insync.replicas\":\"{copies}\"}}}}}}");
        let seen = format!("{KUBECTL} -n {DATA} get kafkatopic {name} -o jsonpath='{{.spec.config.min\\.insync\\.replicas}}'");
        steps.extend(seat(loss).map(|on| {
            Step::new(format!("Let {topic} take writes with the copies that are left"), on)
                .note("It wants every record in both data centres and so takes none now: somebody has to decide to give that up.")
                .run(format!("{KUBECTL} -n {DATA} patch kafkatopic {name} --type merge -p '{change}'"))
                .check(Check::new(seen.clone(), format!("`{copies}`"), format!("^{copies}$")))
                .unrehearsed(WHY)
                .source(instance.path().key("topics").key(topic.clone()))
        }));
    }
    steps
}

/// The rendered objects bring everything back to its place.
pub(super) fn rejoin(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Vec<Step> {
    let step = |on: Place| {
        let seen = format!("{KUBECTL} -n {DATA} wait kafka/{} --for=condition=Ready --timeout=60s", cluster.name);
        let step = Step::new(format!("See Kafka {} whole", cluster.name), on)
            .check(Check::new(seen, "`condition met`", "condition met").within(1800));
        let step = step.unrehearsed(WHY).source(instance.path());
        if quorum(cluster, loss).holds() {
            return step;
        }
        step.note(
            "Lost controllers that were not built again come back with the old world on their disks: delete their claims first, one \
             controller at a time, so that a blank one always joins a majority that knows everything. Apply the rendered tree last: it \
             puts node pools and topics back as they are declared.",
        )
    };
    seat(loss).map(step).into_iter().collect()
}
