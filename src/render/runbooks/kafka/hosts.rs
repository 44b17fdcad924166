//! Kafka on hosts: the voters are a line of each controller's file, so a survivor is told that it is the only one. Seen on real
//! servers: it leads after some seconds and nothing that was acknowledged is lost. A blank controller never has a say on the
//! way back: one at a time is started beside one that knows everything.

use super::super::book::{Check, Part, Place, Step};
use super::super::ground::Loss;
use super::{Instance, at, quorum};
use crate::model::plan::store::{KAFKA_CLIENT_PORT, KAFKA_CONTROLLER_PORT};
use crate::model::plan::{KafkaCluster, KafkaNode};

/// The file of a controller.
const CONTROLLER_FILE: &str = "/etc/kafka/controller.properties";
/// The data of a controller.
const CONTROLLER_DATA: &str = "/var/lib/kafka/controller";
/// Where the tools lie.
const BIN: &str = "/opt/kafka/bin";

fn place(node: &KafkaNode) -> Option<Place> {
    Some(Place::host(node.host.as_ref()?, node.address?))
}

/// A tool of Kafka's on a broker's host, with the broker's own certificate.
fn tool(name: &str, broker: &KafkaNode, arguments: &str) -> String {
    let address = broker.address.map(|address| address.to_string()).unwrap_or_default();
    format!(
        "{BIN}/{name}.sh --bootstrap-server {address}:{KAFKA_CLIENT_PORT} --command-config /etc/kafka/admin.properties {arguments}"
    )
}

fn voters(controllers: &[&KafkaNode]) -> String {
    let voter = |node: &&KafkaNode| node.address.map(|address| format!("{}@{address}:{KAFKA_CONTROLLER_PORT}", node.id));
    controllers.iter().filter_map(voter).collect::<Vec<_>>().join(",")
}

/// Writes the voters into a controller's file and starts it with them.
fn vote(step: Step, controllers: &[&KafkaNode]) -> Step {
    step.run(format!(
        "sed -i 's/^controller[.]quorum[.]voters=.*/controller.quorum.voters={}/' {CONTROLLER_FILE}\nsystemctl restart kafka-controller",
        voters(controllers)
    ))
}

/// Shows which of these controllers leads.
fn leads(broker: &KafkaNode, controllers: &[&KafkaNode]) -> Check {
    let ids: Vec<String> = controllers.iter().map(|node| node.id.to_string()).collect();
    let shows = format!("`LeaderId:` {}", ids.join(" or "));
    Check::new(tool("kafka-metadata-quorum", broker, "describe --status"), shows, format!("^LeaderId: +({})$", ids.join("|")))
        .within(120)
}

/// Shows that no partition is in this state.
fn none(broker: &KafkaNode, state: &str, words: &str) -> Check {
    let command = format!(
        "{} > /tmp/partitions && echo \"partitions: $(grep -c . /tmp/partitions)\"",
        tool("kafka-topics", broker, &format!("--describe --{state}"))
    );
    Check::new(command, format!("`partitions: 0`: {words}"), "^partitions: 0$").within(120)
}

/// What is done when a data centre is lost.
pub(super) fn lost(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Part {
    let title = format!("Kafka {}", cluster.name);
    let quorum = quorum(cluster, loss);
    let survivors: Vec<&KafkaNode> = cluster.controllers.iter().filter(|node| node.site != *loss.lost).collect();
    let Some(broker) = at(&cluster.brokers, loss.left).first().copied() else {
        return Part::new(title, Vec::new()).text(format!("No broker stands in {}.", loss.left));
    };
    let mut steps = Vec::new();
    let text = if quorum.holds() {
        let step = place(broker).map(|on| Step::new("See that a controller leads", on).check(leads(broker, &survivors)));
        steps.extend(step.map(|step| step.source(instance.path())));
        format!("Its controllers go on by themselves: {} of {} are left.", quorum.left, quorum.all)
    } else {
        steps.extend(alone(instance, &survivors, broker));
        format!(
            "{} of {} controllers are left and {} are needed: no partition can change its leader or its replicas, so every write that \
             waits for all of them hangs. The voters are written in a file of each controller: those that are left are told that they \
             are all. Brokers need no change.",
            quorum.left,
            quorum.all,
            quorum.needed()
        )
    };
    steps.extend(partitions(instance, broker));
    Part::new(title, steps).text(text)
}

fn alone(instance: Instance<'_>, survivors: &[&KafkaNode], broker: &KafkaNode) -> Vec<Step> {
    let mut steps = Vec::new();
    for node in survivors {
        let Some(on) = place(node) else { continue };
        let title = if survivors.len() == 1 {
            "Tell the last controller that it is the only voter".to_owned()
        } else {
            format!("Tell controller {} who is left to vote", node.id)
        };
        let step = vote(Step::new(title, on), survivors).source(instance.path().key("controllers"));
        let running = Check::new("systemctl is-active kafka-controller", "`active`", "^active$").within(60);
        steps.push(step.check(running));
    }
    steps.extend(place(broker).map(|on| Step::new("See that it leads", on).check(leads(broker, survivors))));
    steps
}

/// Leaders of partitions, and topics that wait for more copies than there are.
fn partitions(instance: Instance<'_>, broker: &KafkaNode) -> Vec<Step> {
    let Some(on) = place(broker) else { return Vec::new() };
    let mut steps = vec![
        Step::new("See that every partition has a leader", on.clone())
            .note(
                "A partition that stays without one had no replica in step here. `kafka-leader-election.sh --election-type unclean \
                 --topic T --partition P` brings it back and loses the records that its replicas here do not have: only then, and written down.",
            )
            .check(none(broker, "unavailable-partitions", "each has a leader"))
            .source(instance.path()),
    ];
    for (topic, copies) in instance.blocked() {
        let arguments = format!("--alter --entity-type topics --entity-name {topic} --add-config min.insync.replicas={copies}");
        let seen = tool("kafka-configs", broker, &format!("--describe --entity-type topics --entity-name {topic}"));
        steps.push(
            Step::new(format!("Let {topic} take writes with the copies that are left"), on.clone())
                .note(
                    "It wants every record in both data centres and so takes none now. This gives that up until the other one is back: \
                     somebody has to decide it.",
                )
                .run(tool("kafka-configs", broker, &arguments))
                .check(Check::new(seen, format!("`min.insync.replicas={copies}`"), format!("min[.]insync[.]replicas={copies}")).within(30))
                .source(instance.path().key("topics").key(topic)),
        );
    }
    steps.push(
        Step::new("See that every partition takes writes", on)
            .check(none(broker, "under-min-isr-partitions", "each has the copies that it asks for"))
            .source(instance.path()),
    );
    steps
}

/// Before any cable is connected: what the old controllers know is the old world.
pub(super) fn wipe(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Vec<Step> {
    if quorum(cluster, loss).holds() {
        return Vec::new();
    }
    let controllers = at(&cluster.controllers, loss.lost).into_iter().filter_map(|node| {
        let step = Step::new(format!("Wipe controller {}", node.id), place(node)?)
            .note("Together the old ones are a majority of the voters that their files name: none may start with what it knows.")
            .run(format!("systemctl disable --now kafka-controller\nrm -rf {CONTROLLER_DATA}/*"));
        let check = Check::new(format!("ls {CONTROLLER_DATA} | wc -l"), "`0`", "^0$");
        Some(step.check(check).source(instance.path().key("controllers")))
    });
    let brokers = at(&cluster.brokers, loss.lost).into_iter().filter_map(|node| {
        let step = Step::new(format!("Keep broker {} from starting", node.id), place(node)?)
            .note("Its records stay: it drops what the others do not have, and copies the rest.")
            .run("systemctl disable --now kafka");
        Some(step.check(Check::new("systemctl is-active kafka", "`inactive`", "^(inactive|failed)$").within(180)))
    });
    controllers.chain(brokers).collect()
}

/// Once the network is there: the first blank controller together with one that knows everything, then the others, then brokers.
pub(super) fn rejoin(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Vec<Step> {
    let all: Vec<&KafkaNode> = cluster.controllers.iter().collect();
    let Some(broker) = at(&cluster.brokers, loss.left).first().copied() else { return Vec::new() };
    let mut steps = Vec::new();
    if !quorum(cluster, loss).holds() {
        let (missing, known) =
            (at(&cluster.controllers, loss.lost), cluster.controllers.iter().filter(|node| node.site != *loss.lost));
        let known: Vec<&KafkaNode> = known.collect();
        for (number, node) in missing.iter().enumerate() {
            steps.extend(blank(instance, node));
            if number == 0 {
                steps.extend(known.iter().filter_map(|node| {
                    let step = Step::new(format!("Tell controller {} that all vote again", node.id), place(node)?);
                    let note = "A blank one cannot win against it: nobody votes for a shorter log.";
                    Some(vote(step, &all).note(note).check(Check::new(
                        "systemctl is-active kafka-controller",
                        "`active`",
                        "^active$",
                    )))
                }));
            }
            steps.extend(caught_up(instance, broker, node));
        }
    }
    steps.extend(at(&cluster.brokers, loss.lost).into_iter().filter_map(|node| {
        let step = Step::new(format!("Start broker {}", node.id), place(node)?).run("systemctl enable --now kafka");
        Some(
            step.check(Check::new("systemctl is-active kafka", "`active`", "^active$").within(60))
                .source(instance.path().key("brokers")),
        )
    }));
    steps.extend(in_step(instance, cluster));
    steps.extend(restore(instance, broker));
    steps
}

fn blank(instance: Instance<'_>, node: &KafkaNode) -> Option<Step> {
    let step = Step::new(format!("Start controller {} empty", node.id), place(node)?)
        .run("runuser -u kafka -- /bin/sh /etc/kafka/format.sh\nsystemctl enable --now kafka-controller")
        .check(Check::new("systemctl is-active kafka-controller", "`active`", "^active$").within(60));
    Some(step.source(instance.path().key("controllers")))
}

fn caught_up(instance: Instance<'_>, broker: &KafkaNode, node: &KafkaNode) -> Option<Step> {
    let command = tool("kafka-metadata-quorum", broker, "describe --replication");
    let check =
        Check::new(command, format!("a line for {} with a `Lag` of 0", node.id), format!(r"^{}\s+\S+\s+[0-9]+\s+0\s", node.id));
    let step = Step::new(format!("See controller {} catch up before the next one starts", node.id), place(broker)?);
    Some(step.check(check.within(120)).source(instance.path()))
}

/// Topics whose demands were lowered get them back.
fn restore(instance: Instance<'_>, broker: &KafkaNode) -> Vec<Step> {
    let back = |(topic, _): (String, u32)| {
        let wanted = instance.plan.topics.iter().find(|(name, _)| name.as_str() == topic)?.1.min_insync_replicas;
        let arguments = format!("--alter --entity-type topics --entity-name {topic} --add-config min.insync.replicas={wanted}");
        let seen = tool("kafka-configs", broker, &format!("--describe --entity-type topics --entity-name {topic}"));
        let check = Check::new(seen, format!("`min.insync.replicas={wanted}`"), format!("min[.]insync[.]replicas={wanted}"));
        Some(
            Step::new(format!("Ask again for every record of {topic} in both data centres"), place(broker)?)
                .run(tool("kafka-configs", broker, &arguments))
                .check(check.within(30)),
        )
    };
    instance.blocked().into_iter().filter_map(back).collect()
}

/// Leaders of partitions go back to where they were planned.
pub(super) fn home(instance: Instance<'_>, cluster: &KafkaCluster, loss: Loss<'_>) -> Option<Step> {
    let broker = at(&cluster.brokers, loss.left).first().copied()?;
    let address = broker.address?;
    let command = format!(
        "{BIN}/kafka-leader-election.sh --bootstrap-server {address}:{KAFKA_CLIENT_PORT} --admin.config /etc/kafka/admin.properties \
         --election-type preferred --all-topic-partitions"
    );
    Some(
        Step::new(format!("Bring the leaders of Kafka {} home", cluster.name), place(broker)?)
            .run(command)
            .check(none(broker, "unavailable-partitions", "each has a leader"))
            .source(instance.path()),
    )
}

/// Whether a controller leads, asked in each data centre.
pub(super) fn ask(instance: Instance<'_>, cluster: &KafkaCluster) -> Vec<Step> {
    let mut sites: Vec<_> = cluster.brokers.iter().map(|broker| &broker.site).collect();
    sites.dedup();
    let ask = |site| {
        let broker = at(&cluster.brokers, site).first().copied()?;
        let title = format!("Ask in {site} whether Kafka {} has a controller", cluster.name);
        let command = format!("timeout 60 {} || echo none", tool("kafka-metadata-quorum", broker, "describe --status"));
        let check = Check::new(command, "`LeaderId:` on the side that goes on, `none` on the other", "^(LeaderId: .*|none)$");
        Some(Step::new(title, place(broker)?).check(check.within(90)).source(instance.path()))
    };
    sites.into_iter().filter_map(ask).collect()
}

/// Shows that every replica is in step.
pub(super) fn in_step(instance: Instance<'_>, cluster: &KafkaCluster) -> Option<Step> {
    let broker = cluster.brokers.last()?;
    let check = none(broker, "under-replicated-partitions", "every replica is in step").within(3600);
    Some(
        Step::new(format!("See every replica of Kafka {} in step", cluster.name), place(broker)?)
            .check(check)
            .source(instance.path()),
    )
}
