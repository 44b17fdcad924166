//! IT521, IT522 and IT527: masters and replicas that outlive a data centre.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::Redis;
use crate::model::topology::redis::RedisMode;

/// The masters that a cluster needs to elect.
const FEWEST_MASTERS: u32 = 3;

/// A cluster that cannot elect.
pub const TOO_FEW: Rule = Rule {
    explanation: Explanation {
        code: Code("IT521"),
        severity: Severity::Error,
        title: "a Redis cluster has fewer than three masters",
        why: "Masters vote on the promotion of a replica, by majority of all masters (Redis cluster specification). With fewer than three, the loss of one leaves no majority and nothing is promoted.",
        example: "redis:\n  cache:\n    mode: cluster\n    masters: {msk: 1, spb: 1}\n",
        fix: "Use at least three masters; one at a witness votes with a single slot.",
    },
    check: too_few,
};

/// Masters without replicas.
pub const NO_REPLICA: Rule = Rule {
    explanation: Explanation {
        code: Code("IT522"),
        severity: Severity::Error,
        title: "the masters of a cache have no replica",
        why: "The first replica of each master stands in the other data centre. Without one, the loss of a data centre loses its keys, and in a cluster their slots answer nothing until they are moved by hand.",
        example: "redis:\n  cache:\n    mode: cluster\n    replicas: 0\n",
        fix: "Set `replicas` to 1 or more.",
    },
    check: no_replica,
};

/// A number of replicas that is not there when it is needed.
pub const UNREACHABLE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT527"),
        severity: Severity::Error,
        title: "the loss of the other data centre stops writes to a cache",
        why: "Replicas stand in the other data centre first, so after its loss a master has only every second one left. `min-replicas-to-write` above that refuses every write in the data centre that survived (Redis replication).",
        example: "redis:\n  cache:\n    replicas: 1\n    minReplicasToWrite: 1\n",
        fix: "Lower `minReplicasToWrite`, or add replicas in pairs.",
    },
    check: unreachable,
};

fn too_few(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in facts.topology.redis.iter().filter(|(_, redis)| redis.mode == RedisMode::Cluster) {
        let masters: u32 = redis.masters.values().sum();
        if masters < FEWEST_MASTERS {
            let at = Path::of(["redis", name.as_str(), "masters"]);
            findings.push(TOO_FEW.finding(at, format!("{masters} masters elect nobody")).help("use 3 or more"));
        }
    }
    findings
}

fn no_replica(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in &facts.topology.redis {
        let spans = match redis.mode {
            RedisMode::Cluster | RedisMode::Sentinel => true,
            RedisMode::PerDatacenter => false,
        };
        if spans && redis.replicas == 0 {
            let at = Path::of(["redis", name.as_str(), "replicas"]);
            let message = "no master has a replica in the other data centre";
            findings.push(NO_REPLICA.finding(at, message).help("set it to 1 or more"));
        }
    }
    findings
}

fn unreachable(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, redis) in &facts.topology.redis {
        let left = replicas_left(redis);
        if redis.min_replicas_to_write > left {
            let at = Path::of(["redis", name.as_str(), "minReplicasToWrite"]);
            let wanted = redis.min_replicas_to_write;
            let message = format!("writes need {wanted} replicas, and {left} are left when the other data centre is lost");
            let replicas = Path::of(["redis", name.as_str(), "replicas"]);
            let finding = UNREACHABLE.finding(at, message).related(replicas, "every first, third, ... stands in the other one");
            findings.push(finding.help(format!("lower it to {left}")));
        }
    }
    findings
}

/// The replicas beside a master after the loss of the other data centre.
fn replicas_left(redis: &Redis) -> u32 {
    match redis.mode {
        RedisMode::Cluster | RedisMode::Sentinel => redis.replicas / 2,
        RedisMode::PerDatacenter => redis.replicas,
    }
}
