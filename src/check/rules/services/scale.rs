//! IT305 to IT308: what a service scales by, and whether that can be measured.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::topology::Service;
use crate::model::topology::operations::PodScaler;
use crate::model::topology::service::{METRICS, Scale};
use crate::model::{Name, Path};

/// Nothing to scale between.
pub const FLAT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT305"),
        severity: Severity::Warning,
        title: "a service scales, but its most replicas are its fewest",
        why: "A scaler moves between `min` and `max`. Where they are the same it does nothing, and somebody expects it to.",
        example: "services:\n  shop:\n    replicas: {min: 4}\n    scale: {cpu: 70%}\n",
        fix: "Set `replicas.max` above `min`, or remove `scale`.",
    },
    check: flat,
};

/// Requests are not counted anywhere.
pub const UNMEASURED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT306"),
        severity: Severity::Error,
        title: "scaling by requests without a `metrics` port",
        why: "Requests per second are read from what Prometheus scrapes at the port `metrics`. Without it the query is empty, \
              and an empty query does not scale.",
        example: "services:\n  shop:\n    ports: {http: 8080}\n    scale: {rps: 150}\n",
        fix: "Declare the port under the name `metrics`, or scale by `cpu`.",
    },
    check: unmeasured,
};

/// A lag of nothing.
pub const NO_TOPIC: Rule = Rule {
    explanation: Explanation {
        code: Code("IT307"),
        severity: Severity::Error,
        title: "scaling by lag without a topic",
        why: "The lag is that of a consumer group on the topics that the service reads. A service that reads none has no lag.",
        example: "services:\n  shop:\n    scale: {lag: 500}\n",
        fix: "List the topics under `uses.kafka.consume`, or scale by something else.",
    },
    check: no_topic,
};

/// Measures that the built-in autoscaler cannot read.
pub const NO_KEDA: Rule = Rule {
    explanation: Explanation {
        code: Code("IT308"),
        severity: Severity::Error,
        title: "the built-in autoscaler cannot read this measure",
        why: "With `autoscaling.pods: hpa` there is no provider of external metrics: the autoscaler knows processor time and \
              nothing else. Requests, lag and queries need KEDA.",
        example: "autoscaling: {pods: hpa}\nservices:\n  shop: {scale: {rps: 150}}\n",
        fix: "Use `autoscaling.pods: keda`, or scale by `cpu` only.",
    },
    check: no_keda,
};

fn scaled<'a>(facts: &Facts<'a>) -> impl Iterator<Item = (&'a Name, &'a Service, &'a Scale)> + use<'a> {
    facts.topology.services.iter().filter_map(|(name, service)| Some((name, service, service.scale.as_ref()?)))
}

fn path(name: &Name) -> Path {
    Path::of(["services", name.as_str(), "scale"])
}

fn flat(facts: &Facts<'_>) -> Vec<Finding> {
    let still = scaled(facts).filter(|(_, service, _)| service.job.is_none() && service.most() <= service.least());
    still
        .map(|(name, service, _)| {
            let at = Path::of(["services", name.as_str(), "replicas"]);
            let message = format!("`{name}` cannot grow beyond {} replicas", service.least());
            FLAT.finding(at, message).related(path(name), "what it should scale by").help("set `max` above `min`")
        })
        .collect()
}

fn unmeasured(facts: &Facts<'_>) -> Vec<Finding> {
    let blind = scaled(facts)
        .filter(|(_, service, scale)| scale.rps.is_some() && !service.ports.keys().any(|port| port.as_str() == METRICS));
    blind
        .map(|(name, _, _)| {
            let message = format!("`{name}` has no port `{METRICS}` at which requests are counted");
            UNMEASURED.finding(path(name).key("rps"), message).help("add `ports: {metrics: ...}`")
        })
        .collect()
}

fn no_topic(facts: &Facts<'_>) -> Vec<Finding> {
    let reads =
        |service: &Service| service.cqrs.is_some() || service.uses.kafka.as_ref().is_some_and(|it| !it.consume.is_empty());
    let idle = scaled(facts).filter(|(_, service, scale)| scale.lag.is_some() && !reads(service));
    idle.map(|(name, _, _)| {
        NO_TOPIC.finding(path(name).key("lag"), format!("`{name}` reads no topic")).help("list topics under `uses.kafka.consume`")
    })
    .collect()
}

fn no_keda(facts: &Facts<'_>) -> Vec<Finding> {
    if facts.topology.autoscaling.as_ref().is_none_or(|scaling| scaling.pods != PodScaler::Hpa) {
        return Vec::new();
    }
    let mut findings = Vec::new();
    for (name, _, scale) in scaled(facts) {
        let named = [("rps", scale.rps.is_some()), ("lag", scale.lag.is_some()), ("custom", !scale.custom.is_empty())];
        findings.extend(named.into_iter().filter(|(_, set)| *set).map(|(key, _)| {
            let message = format!("`autoscaling.pods: hpa` cannot scale `{name}` by `{key}`");
            let chosen = Path::of(["autoscaling", "pods"]);
            NO_KEDA.finding(path(name).key(key), message).related(chosen, "the autoscaler").help("use `keda`, or `cpu` only")
        }));
    }
    findings
}
