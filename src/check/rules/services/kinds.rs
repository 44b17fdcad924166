//! IT312 and IT313: jobs and projectors with what only a service that answers can have.

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;

/// A job with ports, routes or a scale.
pub const JOB: Rule = Rule {
    explanation: Explanation {
        code: Code("IT312"),
        severity: Severity::Error,
        title: "a job that listens, is exposed or scales",
        why: "A job runs on its schedule and ends. Nothing can be routed to it, and there is nothing to scale.",
        example: "services:\n  report:\n    job: {schedule: \"0 2 * * *\"}\n    ports: {http: 8080}\n",
        fix: "Remove `job`, or remove `ports`, `expose` and `scale`.",
    },
    check: job,
};

/// A projector that is exposed.
pub const PROJECTOR: Rule = Rule {
    explanation: Explanation {
        code: Code("IT313"),
        severity: Severity::Warning,
        title: "a projector answers public requests",
        why: "A service with `cqrs` projects events into the cache of its own data centre, with a deployment in each. The side \
              that answers reads it: as one service both restart together, and a backlog of events slows the answers down.",
        example: "services:\n  order-card:\n    cqrs: {model: order-card, in: cache, from: events/orders}\n    expose: [{host: api, path: /orders}]\n",
        fix: "Let another service read the cache and answer.",
    },
    check: projector,
};

fn job(facts: &Facts<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, service) in facts.topology.services.iter().filter(|(_, service)| service.job.is_some()) {
        let has =
            [("ports", !service.ports.is_empty()), ("expose", !service.expose.is_empty()), ("scale", service.scale.is_some())];
        findings.extend(has.into_iter().filter(|(_, has)| *has).map(|(key, _)| {
            let at = Path::of(["services", name.as_str(), key]);
            let job = Path::of(["services", name.as_str(), "job"]);
            JOB.finding(at, format!("the job `{name}` cannot have `{key}`"))
                .related(job, "it runs on a schedule")
                .help("remove one of them")
        }));
    }
    findings
}

fn projector(facts: &Facts<'_>) -> Vec<Finding> {
    let open = facts.topology.services.iter().filter(|(_, service)| service.cqrs.is_some() && !service.expose.is_empty());
    open.map(|(name, _)| {
        let at = Path::of(["services", name.as_str(), "expose"]);
        PROJECTOR
            .finding(at, format!("`{name}` projects events and answers requests"))
            .help("let another service answer from the cache")
    })
    .collect()
}
