//! Alerts, each with a case that raises it and one that does not. Thresholds come from the topology: quorums, time
//! limits, members and the data centre that is meant to lead. No alert reads a figure that nothing rendered exports.
//!
//! A group is written three times: as an object for the operator, as a plain file, and as a test of that file, so that
//! `promtool test rules monitoring/tests/*.yaml` runs on the rendered tree.

mod alert;
mod edge;
mod etcd;
mod kafka;
mod kubernetes;
mod patroni;
mod platform;
mod redis;
mod s3;

use std::collections::BTreeSet;

use serde::Serialize;

use self::alert::{Alert, Rule, Test};
use super::resource::{self, V1};
use crate::model::{Artifact, Path};
use crate::render::{Input, RenderError};

/// The alerts of one system.
struct Group {
    name: &'static str,
    alerts: fn(&Input<'_>) -> Vec<Alert>,
    source: &'static str,
}

const GROUPS: [Group; 8] = [
    Group { name: "edge", alerts: edge::alerts, source: "edge" },
    Group { name: "etcd", alerts: etcd::alerts, source: "datacenters" },
    Group { name: "kafka", alerts: kafka::alerts, source: "kafka" },
    Group { name: "kubernetes", alerts: kubernetes::alerts, source: "services" },
    Group { name: "patroni", alerts: patroni::alerts, source: "postgres" },
    Group { name: "platform", alerts: platform::alerts, source: "observability" },
    Group { name: "redis", alerts: redis::alerts, source: "redis" },
    Group { name: "s3", alerts: s3::alerts, source: "s3" },
];

/// A file of rules, and the `spec` of a `PrometheusRule`.
#[derive(Debug, Serialize)]
struct Rules {
    groups: Vec<RuleGroup>,
}

#[derive(Debug, Serialize)]
struct RuleGroup {
    name: &'static str,
    rules: Vec<Rule>,
}

/// A file of tests.
#[derive(Debug, Serialize)]
struct Tests {
    rule_files: Vec<String>,
    evaluation_interval: &'static str,
    #[serde(rename = "tests")]
    cases: Vec<Test>,
}

/// Every alert and its tests.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = Vec::new();
    for group in GROUPS {
        let alerts = (group.alerts)(input);
        if alerts.is_empty() {
            continue;
        }
        let sources = || vec![Path::of([group.source]), Path::of(["observability"])];
        let rules = Rules { groups: vec![RuleGroup { name: group.name, rules: alerts.iter().map(Alert::rule).collect() }] };
        let tests = Tests {
            rule_files: vec![format!("../rules/{}.yaml", group.name)],
            evaluation_interval: "1m",
            cases: alerts.iter().flat_map(Alert::tests).collect(),
        };
        artifacts.push(Artifact::yaml(format!("monitoring/rules/{}.yaml", group.name), &rules, sources())?);
        artifacts.push(Artifact::yaml(format!("monitoring/tests/{}.yaml", group.name), &tests, sources())?);
        artifacts.push(resource::resource(input, (V1, "PrometheusRule"), group.name, rules, sources())?);
    }
    Ok(artifacts)
}

/// More than half of so many voters.
const fn quorum(voters: usize) -> usize {
    voters / 2 + 1
}

/// The data centre that is meant to lead.
fn preferred<'a>(input: &Input<'a>) -> &'a str {
    input.topology.datacenter_names().first().map_or("", |name| name.as_str())
}

/// The data centre that is meant to follow.
fn standby<'a>(input: &Input<'a>) -> &'a str {
    input.topology.datacenter_names().get(1).map_or("", |name| name.as_str())
}

/// Names as one regular expression.
fn any_of<T: ToString>(names: impl IntoIterator<Item = T>) -> String {
    let names: BTreeSet<String> = names.into_iter().map(|name| name.to_string().replace('.', "[.]")).collect();
    names.into_iter().collect::<Vec<_>>().join("|")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::seed;

    #[test]
    fn every_alert_is_seen_to_fire_and_to_stay_quiet() {
        let seed = seed();
        for group in GROUPS {
            for alert in (group.alerts)(&seed.input()) {
                let tests = serde_json::to_value(alert.tests()).unwrap();
                let raised = |test: &&serde_json::Value| !test["alert_rule_test"][0]["exp_alerts"].as_array().unwrap().is_empty();
                let all = tests.as_array().unwrap();
                let firing = all.iter().filter(raised).count();
                assert!(firing > 0, "{} never fires", alert.name);
                assert!(firing < all.len() || alert.name == "Watchdog", "{} is never quiet", alert.name);
            }
        }
    }

    #[test]
    fn no_two_alerts_are_the_same() {
        let seed = seed();
        for group in GROUPS {
            let rules = (group.alerts)(&seed.input()).into_iter().map(|alert| alert.rule().identity());
            let all: Vec<String> = rules.collect();
            let distinct: BTreeSet<&String> = all.iter().collect();
            assert_eq!(distinct.len(), all.len(), "{}", group.name);
        }
    }

    #[test]
    fn thresholds_follow_the_topology() {
        let seed = seed();
        let etcd = etcd::alerts(&seed.input());
        let headroom = etcd.iter().find(|alert| alert.name == "QuorumHeadroomZero").unwrap();
        assert!(headroom.expr.ends_with("== 3"), "{}", headroom.expr);
        let platform = platform::alerts(&seed.input());
        let mesh = platform.iter().find(|alert| alert.name == "AlertmanagerMeshSplit").unwrap();
        assert!(mesh.expr.ends_with("< 4"), "{}", mesh.expr);
    }
}
