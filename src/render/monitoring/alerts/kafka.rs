//! Kafka under Strimzi: partitions, controllers, and the consumers that the topology declares. Kafka on hosts exports no
//! figures, and where the copies in sync stand is not among those of the exporter; neither has an alert here.

use super::alert::{Alert, rising, steady};
use super::quorum;
use crate::model::plan::{KafkaCluster, KafkaPlan};
use crate::model::topology::kafka::Run;
use crate::model::{Name, TopicName};
use crate::render::Input;

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for (name, plan) in &input.plan.kafka {
        if input.topology.kafka.get(name).is_none_or(|kafka| kafka.run != Run::Kubernetes) {
            continue;
        }
        for cluster in &plan.clusters {
            alerts.extend(controllers(cluster));
        }
        alerts.extend(consumers(input, name));
        alerts.extend(dead_letters(plan));
    }
    if !alerts.is_empty() {
        alerts.extend(partitions());
    }
    alerts
}

fn controllers(cluster: &KafkaCluster) -> Option<Alert> {
    let (name, voters) = (&cluster.name, cluster.controllers.len());
    let majority = quorum(voters);
    let up = |value: usize| [steady(format!("up{{job=\"kafka\",cluster=\"{name}\",controller=\"true\",pod=\"p\"}}"), value)];
    let alert = Alert::new(
        "KafkaQuorumHeadroomZero",
        format!("sum(up{{job=\"kafka\",cluster=\"{name}\",controller=\"true\"}}) <= {majority}"),
    )
    .after(5)
    .label("cluster", name)
    .says(
        "the controllers of Kafka {{ $labels.cluster }} cannot lose one more",
        format!("At most {majority} of {voters} answer, which is the quorum or less."),
        "Bring controllers back before anything else is touched.",
    )
    .fires(up(majority), [])
    .quiet(up(voters));
    (voters > majority).then_some(alert)
}

fn partitions() -> [Alert; 4] {
    let at = |name: &str| format!("{name}{{job=\"kafka\",cluster=\"c\",dc=\"d\",pod=\"p\"}}");
    let (below, offline, under) = (
        "kafka_server_replicamanager_underminisrpartitioncount",
        "kafka_controller_kafkacontroller_offlinepartitionscount",
        "kafka_server_replicamanager_underreplicatedpartitions",
    );
    let active = "kafka_controller_kafkacontroller_activecontrollercount";
    let runbook = "See which brokers are gone: kubectl -n data get pods, then their logs and disks.";
    [
        Alert::new("KafkaUnderMinIsr", format!("sum by (cluster) ({below}{{job=\"kafka\"}}) > 0"))
            .after(1)
            .says(
                "partitions of Kafka {{ $labels.cluster }} refuse records",
                "Fewer copies are in sync than min.insync.replicas asks for: producers that wait for all get errors.",
                runbook,
            )
            .fires([steady(at(below), 1)], [("cluster", "c")])
            .quiet([steady(at(below), 0)]),
        Alert::new("KafkaOfflinePartitions", format!("max by (cluster) ({offline}{{job=\"kafka\"}}) > 0"))
            .after(1)
            .says("partitions of Kafka {{ $labels.cluster }} have no leader", "They can be neither written nor read.", runbook)
            .fires([steady(at(offline), 1)], [("cluster", "c")])
            .quiet([steady(at(offline), 0)]),
        Alert::new("KafkaUnderReplicated", format!("sum by (cluster) ({under}{{job=\"kafka\"}}) > 0"))
            .warning()
            .after(10)
            .says(
                "partitions of Kafka {{ $labels.cluster }} lack copies",
                "Copies are behind or lost; a further loss may stop writes.",
                runbook,
            )
            .fires([steady(at(under), 3)], [("cluster", "c")])
            .quiet([steady(at(under), 0)]),
        Alert::new("KafkaActiveControllers", format!("sum by (cluster) ({active}{{job=\"kafka\"}}) != 1"))
            .after(2)
            .says(
                "Kafka {{ $labels.cluster }} does not have exactly one active controller",
                "Without one nothing can fail over; two for longer than a scrape must not be.",
                "Look whether a majority of controllers reach each other.",
            )
            .fires([steady(at(active), 0)], [("cluster", "c")])
            .quiet([steady(at(active), 1)]),
    ]
}

/// The topics that a service reads of this instance.
fn topics<'a>(input: &Input<'a>, instance: &Name, service: &Name) -> Vec<&'a TopicName> {
    let plan = input.plan.kafka.get(instance);
    let read = plan.into_iter().flat_map(|plan| &plan.topics).filter(|(_, topic)| topic.consumers.contains(service));
    read.map(|(name, _)| name).collect()
}

fn consumers(input: &Input<'_>, instance: &Name) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for (service, workload) in &input.plan.workloads {
        let topics = topics(input, instance, service);
        let Some(declared) = input.topology.services.get(service) else { continue };
        for group in workload.groups.iter().filter(|_| !topics.is_empty()) {
            let lag = declared.scale.as_ref().and_then(|scale| scale.lag);
            // Where there is a deployment in each data centre, each may have as many replicas as the service.
            alerts.extend(lag.map(|lag| behind(group, u64::from(lag) * u64::from(workload.most))));
            alerts.push(stuck(group));
            let staleness = declared.cqrs.as_ref().map(|cqrs| cqrs.staleness.seconds());
            alerts.extend(staleness.into_iter().flat_map(|seconds| topics.iter().map(move |topic| stale(group, topic, seconds))));
        }
    }
    alerts
}

fn behind(group: &str, most: u64) -> Alert {
    let lag =
        |value| [steady(format!("kafka_consumergroup_lag{{consumergroup=\"{group}\",topic=\"t\",partition=\"0\"}}"), value)];
    Alert::new(
        "ConsumerBehind",
        format!("sum by (consumergroup) (kafka_consumergroup_lag{{consumergroup=\"{group}\"}}) > {most}"),
    )
    .warning()
    .after(10)
    .label("consumergroup", group)
    .says(
        "{{ $labels.consumergroup }} cannot keep up",
        format!("More than {most} records wait: more than even the most replicas are meant to have before them."),
        "See whether it is at its most replicas, and what each record costs it.",
    )
    .fires(lag(most + 1), [("consumergroup", group)])
    .quiet(lag(most))
}

fn stuck(group: &str) -> Alert {
    let of = format!("consumergroup=\"{group}\",topic=\"t\",partition=\"0\"");
    let lag = || steady(format!("kafka_consumergroup_lag{{{of}}}"), 5);
    let offset = format!("kafka_consumergroup_current_offset{{{of}}}");
    Alert::new(
        "ConsumerStuck",
        format!(
            "sum by (consumergroup, topic) (delta(kafka_consumergroup_current_offset{{consumergroup=\"{group}\"}}[15m])) == 0 \
             and sum by (consumergroup, topic) (kafka_consumergroup_lag{{consumergroup=\"{group}\"}}) > 0"
        ),
    )
    .after(5)
    .label("consumergroup", group)
    .says(
        "{{ $labels.consumergroup }} reads nothing of {{ $labels.topic }}",
        "Records wait, and none was taken for a quarter of an hour.",
        "Look for a record that it fails on again and again, and whether its pods live.",
    )
    .fires([lag(), steady(offset.clone(), 100)], [("consumergroup", group), ("topic", "t")])
    .quiet([lag(), rising(offset, 10)])
}

/// Whether what was in the topic so many seconds ago has been taken by now: exact to one scrape, at any rate of records.
fn stale(group: &str, topic: &TopicName, seconds: u64) -> Alert {
    let of = format!("topic=\"{topic}\",partition=\"0\"");
    let head = format!("kafka_topic_partition_current_offset{{{of}}}");
    let done = format!("kafka_consumergroup_current_offset{{consumergroup=\"{group}\",{of}}}");
    Alert::new(
        "ReadModelStale",
        format!(
            "sum by (consumergroup, topic) (clamp_min(max by (topic, partition) \
             (kafka_topic_partition_current_offset{{topic=\"{topic}\"}} offset {seconds}s) - on (topic, partition) group_right () \
             max by (consumergroup, topic, partition) (kafka_consumergroup_current_offset{{consumergroup=\"{group}\",topic=\"{topic}\"}}), 0)) > 0"
        ),
    )
    .warning()
    .after(2)
    .label("consumergroup", group).label("topic", topic)
.says(
        "the read model of {{ $labels.consumergroup }} is older than it may be",
        format!("Records that are older than {seconds} s are not yet projected."),
        "See whether the projector keeps up, and whether its cache answers.",
    )
    .fires([steady(head.clone(), 100), steady(done.clone(), 90)], [("consumergroup", group), ("topic", topic.as_str())])
    .quiet([steady(head, 100), steady(done, 100)])
}

fn dead_letters(plan: &KafkaPlan) -> Vec<Alert> {
    let one = |topic: &TopicName| {
        let head = format!("kafka_topic_partition_current_offset{{topic=\"{topic}\",partition=\"0\"}}");
        Alert::new(
            "DeadLettersGrow",
            format!("sum by (topic) (delta(kafka_topic_partition_current_offset{{topic=\"{topic}\"}}[15m])) > 0"),
        )
        .warning()
        .label("topic", topic)
        .says(
            "records are put aside in {{ $labels.topic }}",
            "A consumer gave up on records in the last quarter of an hour.",
            "Read why in their headers, mend the consumer, and put them back.",
        )
        .fires([rising(head.clone(), 1)], [("topic", topic.as_str())])
        .quiet([steady(head, 12)])
    };
    plan.topics.iter().filter(|(_, topic)| topic.dead_letters_of.is_some()).map(|(name, _)| one(name)).collect()
}
