//! IT401 and IT402: the timers of the leader's lease.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::unit::Duration;
use crate::model::{Name, Path};

/// A lease that ends while its holder still retries.
pub const LEASE: Rule = Rule {
    explanation: Explanation {
        code: Code("IT401"),
        severity: Severity::Error,
        title: "the leader's lease is shorter than its retries",
        why: "A leader that cannot reach etcd retries once to renew its lease and once to read the cluster, so `loopWait + 2 * retryTimeout` must not exceed `ttl` (Patroni, dynamic configuration). Otherwise the lease ends while the old leader still takes writes.",
        example: "postgres:\n  core:\n    timers: {ttl: 20s, loopWait: 10s, retryTimeout: 10s}\n",
        fix: "Lengthen `ttl`, or shorten `loopWait` or `retryTimeout`.",
    },
    check: lease,
};

/// A timer below the least that Patroni takes.
pub const LEAST: Rule = Rule {
    explanation: Explanation {
        code: Code("IT402"),
        severity: Severity::Error,
        title: "a timer is shorter than Patroni allows",
        why: "Patroni takes no `ttl` below 20 s, no `retry_timeout` below 3 s and no `loop_wait` below 1 s (Patroni, dynamic configuration): a smaller value is replaced, and the failover is not the one that was planned.",
        example: "postgres:\n  core:\n    timers: {ttl: 10s, loopWait: 2s, retryTimeout: 3s}\n",
        fix: "Write at least 20 s, 3 s and 1 s.",
    },
    check: least,
};

fn lease(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let timers = &postgres.timers;
        let retries = timers.retry_timeout.millis().saturating_mul(2);
        let needed = Duration(timers.loop_wait.millis().saturating_add(retries));
        if needed > timers.ttl {
            let message = format!("a lease of {} is shorter than the {needed} in which it is renewed", timers.ttl);
            let help = format!("set `ttl` to {needed} or more, or shorten `loopWait` or `retryTimeout`");
            findings.push(LEASE.finding(at(name), message).help(help));
        }
    }
    findings
}

fn least(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, postgres) in &facts.topology.postgres {
        let timers = &postgres.timers;
        let all = [("ttl", timers.ttl, 20), ("loopWait", timers.loop_wait, 1), ("retryTimeout", timers.retry_timeout, 3)];
        for (timer, value, seconds) in all {
            let bound = Duration::from_seconds(seconds);
            if value < bound {
                let message = format!("{value} is less than the {bound} that Patroni takes at least");
                findings.push(LEAST.finding(at(name).key(timer), message).help(format!("write {bound} or more")));
            }
        }
    }
    findings
}

fn at(name: &Name) -> Path {
    Path::of(["postgres", name.as_str(), "timers"])
}
