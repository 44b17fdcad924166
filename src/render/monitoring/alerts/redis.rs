//! Redis and Valkey as pods; on hosts nothing exports their figures.

use super::alert::{Alert, rising, steady};
use crate::model::Name;
use crate::model::topology::Redis;
use crate::model::topology::kafka::Run;
use crate::model::topology::redis::RedisMode;
use crate::render::Input;

/// Its alerts.
pub fn alerts(input: &Input<'_>) -> Vec<Alert> {
    let mut alerts = Vec::new();
    for (name, redis) in input.topology.redis.iter().filter(|(_, redis)| redis.run == Run::Kubernetes) {
        alerts.extend(masters(name, redis));
        match redis.mode {
            RedisMode::Cluster => alerts.push(cluster_state(name)),
            RedisMode::Sentinel | RedisMode::PerDatacenter => {}
        }
        if redis.replicas > 0 && redis.mode != RedisMode::PerDatacenter {
            alerts.push(without_replica(name));
        }
    }
    if !alerts.is_empty() {
        alerts.extend(members());
    }
    alerts
}

/// One alert for each site that is meant to have masters.
fn masters(name: &Name, redis: &Redis) -> Vec<Alert> {
    let one = |(site, count): (&Name, &u32)| {
        let of = format!("cache=\"{name}\",dc=\"{site}\"");
        let info = |role: &str, member: u32| {
            steady(format!("redis_instance_info{{job=\"redis\",{of},role=\"{role}\",instance=\"{member}\"}}"), 1)
        };
        let up = || steady(format!("up{{job=\"redis\",{of},instance=\"0\"}}"), 1);
        let alert = Alert::new(
            "RedisMastersDrift",
            format!(
                "(count by (cache, dc) (redis_instance_info{{{of},role=\"master\"}}) or 0 * count by (cache, dc) (up{{job=\"redis\",{of}}})) != {count}"
            ),
        )
        .warning()
        .after(15)
        .label("cache", name).label("dc", site)
.says(
            "{{ $labels.dc }} does not have its masters of {{ $labels.cache }}",
            format!("It is meant to have {count}. After a failover they gather on one side, whose loss then stops the cache."),
            "When all members are back: CLUSTER FAILOVER on the replicas that should lead, or SENTINEL FAILOVER.",
        )
        .fires([up(), info("slave", 0)], [("cache", name.as_str()), ("dc", site.as_str())]);
        // One series for each master: as many as there should be, at most four in a test.
        match count {
            1 => alert.quiet([up(), info("master", 0)]),
            2 => alert.quiet([up(), info("master", 0), info("master", 1)]),
            3 => alert.quiet([up(), info("master", 0), info("master", 1), info("master", 2)]),
            _ => alert.quiet([]),
        }
    };
    redis.masters.iter().filter(|(_, count)| **count > 0).map(one).collect()
}

fn cluster_state(name: &Name) -> Alert {
    let state =
        |value: u8| [steady(format!("redis_cluster_state{{job=\"redis\",cache=\"{name}\",dc=\"d\",instance=\"i\"}}"), value)];
    Alert::new("RedisClusterDown", format!("max by (cache, dc) (redis_cluster_state{{cache=\"{name}\"}}) == 0"))
        .after(1)
        .label("cache", name)
        .says(
            "{{ $labels.cache }} is down as seen from {{ $labels.dc }}",
            "No member there sees all slots served by living masters: every request is refused.",
            "CLUSTER NODES; where a majority of masters is lost, CLUSTER FAILOVER TAKEOVER on their replicas.",
        )
        .fires(state(0), [("cache", name.as_str()), ("dc", "d")])
        .quiet(state(1))
}

fn without_replica(name: &Name) -> Alert {
    let of = format!("cache=\"{name}\",dc=\"d\",instance=\"i\"");
    let info = || steady(format!("redis_instance_info{{job=\"redis\",{of},role=\"master\"}}"), 1);
    let replicas = |value: u8| steady(format!("redis_connected_slaves{{job=\"redis\",{of}}}"), value);
    Alert::new(
        "RedisMasterWithoutReplica",
        format!(
            "(redis_connected_slaves{{cache=\"{name}\"}} == 0) and on (cache, dc, instance) redis_instance_info{{cache=\"{name}\",role=\"master\"}}"
        ),
    )
    .warning()
    .after(10)
    .label("cache", name)
.says(
        "{{ $labels.instance }} of {{ $labels.cache }} has no replica",
        "The loss of its data centre takes its keys with it.",
        "Look for the replica in the other data centre, and whether it can load the whole data set.",
    )
    .fires(
        [info(), replicas(0)],
        [("cache", name.as_str()), ("dc", "d"), ("instance", "i"), ("job", "redis")],
    )
    .quiet([info(), replicas(1)])
}

fn members() -> [Alert; 2] {
    let at = |name: &str| format!("{name}{{job=\"redis\",cache=\"c\",dc=\"d\",instance=\"i\"}}");
    let place = [("cache", "c"), ("dc", "d"), ("instance", "i")];
    [
        Alert::new("RedisDown", "max by (cache, dc, instance) (redis_up{job=\"redis\"}) == 0")
            .after(2)
            .says(
                "{{ $labels.instance }} of {{ $labels.cache }} does not answer",
                "Its exporter does, it does not.",
                "Look at its log: loading, out of memory, or its certificate.",
            )
            .fires([steady(at("redis_up"), 0)], place)
            .quiet([steady(at("redis_up"), 1)]),
        Alert::new(
            "RedisEvictions",
            "sum by (cache, dc, instance) (rate(redis_evicted_keys_total{job=\"redis\"}[15m])) \
             > 0.1 * sum by (cache, dc, instance) (rate(redis_commands_processed_total{job=\"redis\"}[15m]))",
        )
        .warning()
        .after(15)
        .says(
            "{{ $labels.instance }} of {{ $labels.cache }} throws out keys as fast as it takes them",
            "More than one key is evicted for every ten commands: the cache is too small for what is put in it.",
            "Raise `memory`, or shorten what is kept.",
        )
        .fires([rising(at("redis_evicted_keys_total"), 600), rising(at("redis_commands_processed_total"), 1200)], place)
        .quiet([rising(at("redis_evicted_keys_total"), 60), rising(at("redis_commands_processed_total"), 6000)]),
    ]
}
