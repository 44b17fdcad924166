//! IT303, IT304 and IT314: probes, and images that move.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::service::HTTP;

/// A service with a port and without probes.
pub const MISSING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT303"),
        severity: Severity::Error,
        title: "a service takes requests but has no health checks",
        why: "Without a readiness probe a pod gets requests from the moment its process exists, and keeps getting them when it \
              can no longer answer (Kubernetes: probes). Rollouts and failovers are then errors for somebody.",
        example: "services:\n  shop:\n    ports: {http: 8080}\n",
        fix: "Add `health` with `startup`, `live` and `ready`.",
    },
    check: missing,
};

/// Probes without a port to ask.
pub const NO_PORT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT304"),
        severity: Severity::Error,
        title: "health checks without an `http` port",
        why: "The probes are HTTP requests to the port `http`. Without it there is nothing to ask, and the probes would be left \
              out silently.",
        example: "services:\n  worker:\n    ports: {metrics: 9090}\n    health: {startup: /s, live: /l, ready: /r}\n",
        fix: "Declare the port under the name `http`, or remove `health`.",
    },
    check: no_port,
};

/// An image whose tag moves.
pub const MOVING: Rule = Rule {
    explanation: Explanation {
        code: Code("IT314"),
        severity: Severity::Warning,
        title: "an image that moves",
        why: "Without a tag, or with `latest`, each node runs what the registry had when it pulled (Kubernetes: Images). After a \
              failover the surviving data centre may run another program than the lost one did.",
        example: "services:\n  shop: {image: \"registry.inuretech.ru/shop:latest\"}\n",
        fix: "Name a version or a digest.",
    },
    check: moving,
};

fn missing(facts: &Facts<'_>) -> Vec<Finding> {
    let services = facts.topology.services.iter().filter(|(_, service)| service.job.is_none() && service.health.is_none());
    services
        .filter_map(|(name, service)| {
            let (port, _) = service.request_port()?;
            let at = Path::of(["services", name.as_str(), "ports"]);
            let message = format!("`{name}` takes requests on `{port}` but nothing asks whether it can");
            Some(MISSING.finding(at, message).help("add `health: {startup: ..., live: ..., ready: ...}`"))
        })
        .collect()
}

fn no_port(facts: &Facts<'_>) -> Vec<Finding> {
    let services = facts.topology.services.iter().filter(|(_, service)| service.health.is_some());
    services
        .filter(|(_, service)| !service.ports.keys().any(|port| port.as_str() == HTTP))
        .map(|(name, _)| {
            let at = Path::of(["services", name.as_str(), "health"]);
            NO_PORT
                .finding(at, format!("`{name}` has no port `{HTTP}` to ask"))
                .help("add `ports: {http: ...}`, or remove `health`")
        })
        .collect()
}

fn moving(facts: &Facts<'_>) -> Vec<Finding> {
    let moves = |image: &str| {
        let last = image.rsplit('/').next().unwrap_or(image);
        !image.contains('@') && last.split_once(':').is_none_or(|(_, tag)| tag == "latest")
    };
    let services = facts.topology.services.iter().filter(|(_, service)| moves(&service.image));
    services
        .map(|(name, service)| {
            let at = Path::of(["services", name.as_str(), "image"]);
            MOVING.finding(at, format!("`{}` is another image tomorrow", service.image)).help("name a version or a digest")
        })
        .collect()
}
