//! What every broker and controller is told, whoever runs it. Listeners, identifiers and directories are not policy:
//! Strimzi writes its own, and `hosts` writes them for hosts.

use crate::model::plan::{KafkaCluster, KafkaPlan, Plan, SiteKind, TopicPlan};
use crate::model::unit::Bytes;

/// Milliseconds until a follower that does not catch up leaves the in-sync set: Kafka's own default.
const LAG_MS: u64 = 30_000;
/// The same where a witness holds the quorum: a cut between the data centres then fences nobody, because every broker
/// still reaches a controller, and writers wait exactly this long for the in-sync set to shrink.
const LAG_WITH_WITNESS_MS: u64 = 10_000;
/// Milliseconds without a heartbeat until a broker is fenced: Kafka's own default, written down because failover waits for it.
const SESSION_MS: u64 = 9_000;
/// Milliseconds between heartbeats: less than half the session, or one lost heartbeat fences the broker.
const HEARTBEAT_MS: u64 = 2_000;
/// The largest heap: Kafka lives on the page cache, and beyond this pauses grow more than throughput.
const MOST_HEAP_MIB: u64 = 6 * 1024;
/// Where a consumer may read from the replica of its own data centre.
const NEAREST_REPLICA: &str = "org.apache.kafka.common.replica.RackAwareReplicaSelector";

/// The settings of a cluster, by key.
pub fn settings(plan: &Plan, cluster: &KafkaCluster) -> Vec<(&'static str, String)> {
    let copies = cluster.replication_factor.to_string();
    let in_sync = cluster.min_insync_replicas.to_string();
    vec![
        ("auto.create.topics.enable", "false".to_owned()),
        ("default.replication.factor", copies.clone()),
        ("min.insync.replicas", in_sync.clone()),
        ("offsets.topic.replication.factor", copies.clone()),
        ("transaction.state.log.replication.factor", copies.clone()),
        ("transaction.state.log.min.isr", in_sync.clone()),
        ("share.coordinator.state.topic.replication.factor", copies),
        ("share.coordinator.state.topic.min.isr", in_sync),
        ("unclean.leader.election.enable", "false".to_owned()),
        ("replica.selector.class", NEAREST_REPLICA.to_owned()),
        ("replica.lag.time.max.ms", lag_ms(plan, cluster).to_string()),
        ("broker.session.timeout.ms", SESSION_MS.to_string()),
        ("broker.heartbeat.interval.ms", HEARTBEAT_MS.to_string()),
    ]
}

fn lag_ms(plan: &Plan, cluster: &KafkaCluster) -> u64 {
    let at_witness = |site| plan.sites.get(site).is_some_and(|site| site.kind == SiteKind::Witness);
    if cluster.controllers.iter().any(|controller| at_witness(&controller.site)) { LAG_WITH_WITNESS_MS } else { LAG_MS }
}

/// The settings of a topic, by key.
pub fn topic_settings(topic: &TopicPlan) -> Vec<(&'static str, String)> {
    let in_sync = ("min.insync.replicas", topic.min_insync_replicas.to_string());
    if topic.compact {
        vec![("cleanup.policy", "compact".to_owned()), in_sync]
    } else {
        let retention = ("retention.ms", topic.retention_ms.to_string());
        vec![("cleanup.policy", "delete".to_owned()), in_sync, retention]
    }
}

/// The heap in mebibytes of a process that may use this much memory: half of it, the rest is page cache.
pub const fn heap_mib(memory: Bytes) -> u64 {
    let half = memory.mebibytes() / 2;
    if half < MOST_HEAP_MIB { half } else { MOST_HEAP_MIB }
}

/// Topics keep their names in the mirror: right in one direction, a loop in two.
const SAME_NAMES: &str = "org.apache.kafka.connect.mirror.IdentityReplicationPolicy";
/// Seconds between two looks for new topics and groups.
const DISCOVERY_SECONDS: &str = "60";
/// Seconds between two copies of the groups' offsets: what a consumer reads twice after it has moved over.
const OFFSETS_SECONDS: &str = "10";

/// What both connectors of a mirror must agree on, or offsets are not translated. The record of offset pairs lies in the
/// target, so that the mirror only ever reads the source.
fn mirror_common() -> Vec<(&'static str, String)> {
    vec![("replication.policy.class", SAME_NAMES.to_owned()), ("offset-syncs.topic.location", "target".to_owned())]
}

/// The settings of the connector that copies records.
pub fn mirror_source(target: &KafkaCluster) -> Vec<(&'static str, String)> {
    let copies = target.replication_factor.to_string();
    let mut settings = mirror_common();
    settings.extend([
        ("replication.factor", copies.clone()),
        ("offset-syncs.topic.replication.factor", copies),
        ("refresh.topics.interval.seconds", DISCOVERY_SECONDS.to_owned()),
        ("sync.topic.acls.enabled", "false".to_owned()),
    ]);
    settings
}

/// The settings of the connector that translates the groups' offsets.
pub fn mirror_checkpoints(target: &KafkaCluster) -> Vec<(&'static str, String)> {
    let mut settings = mirror_common();
    settings.extend([
        ("checkpoints.topic.replication.factor", target.replication_factor.to_string()),
        ("emit.checkpoints.interval.seconds", OFFSETS_SECONDS.to_owned()),
        ("refresh.groups.interval.seconds", DISCOVERY_SECONDS.to_owned()),
        ("sync.group.offsets.enabled", "true".to_owned()),
        ("sync.group.offsets.interval.seconds", OFFSETS_SECONDS.to_owned()),
    ]);
    settings
}

/// A pattern of exactly the topics of the plan.
pub fn topics_pattern(plan: &KafkaPlan) -> String {
    let names: Vec<String> = plan.topics.keys().map(|name| name.as_str().replace('.', "[.]")).collect();
    names.join("|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    fn setting(cluster: &KafkaCluster, key: &str) -> String {
        let all = settings(&seed().plan, cluster);
        all.into_iter().find(|(name, _)| *name == key).unwrap().1
    }

    #[test]
    fn internal_topics_survive_what_data_topics_survive() {
        let cluster = &seed().plan.kafka["events"].clusters[0];
        for key in ["default", "offsets.topic", "transaction.state.log", "share.coordinator.state.topic"] {
            assert_eq!(setting(cluster, &format!("{key}.replication.factor")), "4", "{key}");
        }
        for key in ["min.insync.replicas", "transaction.state.log.min.isr", "share.coordinator.state.topic.min.isr"] {
            assert_eq!(setting(cluster, key), "2", "{key}");
        }
    }

    #[test]
    fn heartbeats_fit_twice_into_a_session() {
        const { assert!(HEARTBEAT_MS * 2 < SESSION_MS) };
        assert_eq!(heap_mib(Bytes(4 << 30)), 2048);
        assert_eq!(heap_mib(Bytes(64 << 30)), 6144);
    }
}
