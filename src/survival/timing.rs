//! The waits that recoveries are made of, each with its source. All are upper bounds of what is rendered.

use crate::model::plan::EtcdTimers;
use crate::model::survival::Term;
use crate::model::survival::estimate::{PROMOTION, REBUILD};
use crate::model::topology::postgres::Timers;
use crate::model::topology::{Objectives, Topology};
use crate::model::unit::Duration;

const fn fixed(what: &'static str, seconds: u64, source: &'static str) -> Term {
    Term { what, time: Duration::from_seconds(seconds), source }
}

/// A follower stands for election after one to two election timeouts.
pub fn election(timers: EtcdTimers, rtt: Duration) -> Term {
    Term {
        what: "etcd elects a leader (2 x election timeout + round trip)",
        time: Duration(timers.election_ms.saturating_mul(2).saturating_add(rtt.0)),
        source: "etcd tuning guide: a follower waits one to two election timeouts",
    }
}

/// The node-local load balancer drops an API server that is gone.
pub const API_BALANCER: Term = fixed(
    "the node-local load balancer drops the API server (inter 2s x fall 3)",
    6,
    "HAProxy manual, `inter` and `fall`; as rendered",
);

/// A node that does not answer becomes not ready.
pub const NODE_GRACE: Term = fixed("node-monitor-grace-period", 50, "Kubernetes 1.32: 50 s by default (kubernetes#126287)");
/// Its endpoints leave the slices.
pub const NODE_MONITOR: Term = fixed("node-monitor-period", 5, "kube-controller-manager reference: 5 s by default");
/// Its pods stay bound to it for a while.
pub const TOLERATION: Term = fixed("tolerationSeconds of the rendered pods", 30, "Kubernetes: taint-based eviction; as rendered");

/// Pods leave one node after the other.
pub fn evictions(nodes: u32) -> Term {
    Term {
        what: "evictions, one node each 10 s (--node-eviction-rate 0.1)",
        time: Duration::from_seconds(10 * u64::from(nodes.max(1))),
        source: "Kubernetes: node lifecycle controller, rate limits on eviction; seen on 1.37.2",
    }
}

/// A pod starts elsewhere.
pub const fn start(within: Duration) -> Term {
    Term { what: "health.startWithin", time: within, source: "the topology: how long a start may take" }
}

/// The lease of a leader that is gone.
pub const fn lease(timers: &Timers) -> Term {
    Term {
        what: "ttl of the leader's lease, renewed at most once more by an election in etcd",
        time: timers.ttl,
        source: "Patroni: dynamic configuration, `ttl`; etcd: a new leader extends leases",
    }
}

/// The next look of a member.
pub const fn next_look(timers: &Timers) -> Term {
    Term { what: "loop_wait", time: timers.loop_wait, source: "Patroni: dynamic configuration, `loop_wait`" }
}

/// A standby becomes the leader.
pub const PROMOTE: Term = fixed("the standby is promoted", 5, "measured: 1 to 5 s");
/// Proxies notice.
pub const PROXY_RISE: Term =
    fixed("HAProxy finds the new leader (inter 3s x rise 2)", 6, "HAProxy manual, `inter` and `rise`; as rendered");
/// Proxies drop a replica that is gone.
pub const PROXY_FALL: Term =
    fixed("HAProxy drops the replica (inter 3s x fall 3)", 9, "HAProxy manual, `inter` and `fall`; as rendered");
/// A leader is moved on purpose.
pub const SWITCHOVER: Term = fixed("patronictl switchover", 5, "measured: 4.3 s without writes");
/// A sender gives up a standby that does not answer.
pub const WAL_SENDER: Term = fixed("wal_sender_timeout", 20, "PostgreSQL: runtime configuration, replication; as rendered");
/// A client tries the next address.
pub const NEXT_ADDRESS: Term =
    fixed("a client gives up a dead proxy and takes the next address", 10, "libpq: connect_timeout; an estimate");

/// A standby that streams over the link is behind by this much at most while no alert fires.
pub const REPLICATION_LAG: Term =
    fixed("lag of asynchronous replication", 30, "an estimate: a healthy standby lags by a round trip, an alert watches it");

/// What a leader that is cut off acknowledges until its lease is over.
pub const fn until_demoted(timers: &Timers) -> Term {
    Term {
        what: "the leader that was cut off acknowledges writes until it demotes (ttl)",
        time: timers.ttl,
        source: "Patroni: `ttl`; measured: 10.7 to 13.7 s with ttl 20 to 30",
    }
}

/// What a majority acknowledged and a minority had not yet received.
pub const MINORITY_LAG: Term =
    fixed("entries that had reached a majority only", 1, "Raft: a commit waits for a majority, not for all; an estimate");

/// A broker that does not answer is fenced.
pub const BROKER_SESSION: Term = fixed("broker.session.timeout.ms", 9, "Kafka: broker configuration; as rendered");
/// The controller's followers elect another one.
pub const CONTROLLER_ELECTION: Term = fixed(
    "the controllers elect a leader (fetch timeout 2 s + election 1 s)",
    3,
    "Kafka: controller.quorum.fetch.timeout.ms, election.timeout.ms",
);
/// Clients learn the new leaders.
pub const METADATA: Term =
    fixed("clients learn the new leaders", 2, "Kafka: a failed request refreshes the metadata; measured: 1 to 2 s");

/// A follower that does not catch up leaves the in-sync set.
pub const fn follower_lag(time: Duration) -> Term {
    Term { what: "replica.lag.time.max.ms", time, source: "Kafka: broker configuration; as rendered" }
}

/// A silent member of a Redis Cluster counts as failed.
pub const fn cluster_fail(node_timeout: Duration) -> Term {
    Term {
        what: "cluster-node-timeout, twice: suspicion, then agreement",
        time: Duration(node_timeout.0.saturating_mul(2)),
        source: "Redis Cluster specification: PFAIL and FAIL; measured: 8.9 s at 5 s",
    }
}

/// A replica is elected.
pub const REPLICA_ELECTION: Term =
    fixed("a replica waits 0.5 to 1 s and is elected", 2, "Redis Cluster specification: replica election");

/// A silent master counts as down.
pub const fn sentinel_down(node_timeout: Duration) -> Term {
    Term { what: "down-after-milliseconds", time: node_timeout, source: "Redis: high availability with Sentinel" }
}

/// Sentinels elect a leader, which promotes a replica.
pub const SENTINEL_FAILOVER: Term = fixed("sentinels agree and promote a replica", 3, "measured: 1 to 3 s");

/// What is written asynchronously and not yet copied.
pub const CACHE_LAG: Term = fixed("writes that were not yet copied", 1, "Redis: replication is asynchronous; an estimate");

/// What the minority side of a Redis Cluster acknowledges until it stops.
pub const fn until_minority_stops(node_timeout: Duration) -> Term {
    Term {
        what: "the minority acknowledges writes until cluster-node-timeout",
        time: node_timeout,
        source: "Redis Cluster specification: write safety; measured: 7 writes",
    }
}

/// How long a master that lost its replicas goes on acknowledging.
pub const REPLICA_LAG: Term = fixed("min-replicas-max-lag", 10, "Redis: redis.conf; as rendered");

/// How long the other side of a cut acknowledges what will be gone.
pub const WHILE_CUT: Term =
    fixed("as long as the link is cut; an hour stands for it", 3600, "Redis: Sentinel, split brain; measured");

/// A volume server that is gone is dropped.
pub const VOLUME_SERVER: Term =
    fixed("the master drops the volume server", 25, "SeaweedFS: five missed heartbeats of 5 s; an estimate");

/// A resolver asks the next name server.
pub const NEXT_NAMESERVER: Term = fixed("a resolver takes the next name server", 2, "resolvers retry after 0.4 to 2 s");

/// The name servers notice and the answers that are out there run off.
pub fn name_change(topology: &Topology) -> Vec<Term> {
    let Some(dns) = &topology.geodns else { return Vec::new() };
    let noticed = dns.check.interval.0.saturating_mul(u64::from(dns.check.failures)).saturating_add(dns.check.timeout.0);
    vec![
        Term {
            what: "name servers notice (failures x interval + timeout)",
            time: Duration(noticed),
            source: "gdnsd: service types, down_thresh, interval, timeout",
        },
        Term {
            what: "answers run off (ttl, or a resolver's floor of 30 s)",
            time: Duration(dns.ttl.0.max(RESOLVER_FLOOR.0)),
            source: "RFC 1035; some resolvers keep no answer for less than 30 s",
        },
    ]
}

/// The shortest time for which widespread resolvers keep an answer.
const RESOLVER_FLOOR: Duration = Duration::from_seconds(30);

/// Until a person acts.
pub fn response(own: Option<&Objectives>, topology: &Topology) -> Term {
    let declared = own.and_then(|own| own.response).or(topology.objectives.response).unwrap_or_default();
    Term { what: "objectives.response: until a person acts", time: declared, source: "the topology" }
}

/// A majority is rebuilt by hand.
pub const fn rebuild() -> Term {
    Term { what: "a rehearsed person rebuilds the majority", time: REBUILD, source: "an estimate; the commands take minutes" }
}

/// One command is given by hand.
pub const fn promotion() -> Term {
    Term { what: "a rehearsed person gives the command", time: PROMOTION, source: "an estimate; the command takes seconds" }
}
