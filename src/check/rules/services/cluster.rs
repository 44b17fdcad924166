//! IT301 and IT302: the ingress controller and the name of the API.

use std::net::IpAddr;

use crate::check::{Facts, Rule};
use crate::diag::{Code, Explanation, Finding, Severity};
use crate::model::Path;
use crate::model::topology::kubernetes::Controller;

/// A controller that is no longer maintained.
pub const RETIRED: Rule = Rule {
    explanation: Explanation {
        code: Code("IT301"),
        severity: Severity::Error,
        title: "the ingress controller is retired",
        why: "The Kubernetes project stopped maintaining ingress-nginx in March 2026. The component that faces the internet gets \
              no more security fixes.",
        example: "kubernetes: {controller: ingress-nginx}\n",
        fix: "Use `envoy-gateway` or `traefik`.",
    },
    check: retired,
};

/// An API endpoint that is not a name which can be moved.
pub const ENDPOINT: Rule = Rule {
    explanation: Explanation {
        code: Code("IT302"),
        severity: Severity::Error,
        title: "the API endpoint is not a name under a domain",
        why: "The endpoint is part of every certificate and kubeconfig of the cluster (kubeadm: controlPlaneEndpoint). An address \
              belongs to one data centre and cannot follow the API to the other; a bare word means whatever the search list of \
              each machine makes of it.",
        example: "kubernetes: {apiEndpoint: 10.10.1.11}\n",
        fix: "Use a DNS name such as `k8s.example.internal`.",
    },
    check: endpoint,
};

fn retired(facts: &Facts<'_>) -> Vec<Finding> {
    match facts.topology.kubernetes.controller {
        Controller::EnvoyGateway | Controller::Traefik => Vec::new(),
        Controller::IngressNginx => {
            let at = Path::of(["kubernetes", "controller"]);
            vec![RETIRED.finding(at, "`ingress-nginx` gets no more security fixes").help("use `envoy-gateway` or `traefik`")]
        }
    }
}

fn endpoint(facts: &Facts<'_>) -> Vec<Finding> {
    let name = facts.topology.kubernetes.api_endpoint.as_str();
    let problem = if name.parse::<IpAddr>().is_ok() {
        "is an address, which belongs to one data centre"
    } else if name.contains('.') {
        return Vec::new();
    } else {
        "is under no domain"
    };
    let at = Path::of(["kubernetes", "apiEndpoint"]);
    vec![ENDPOINT.finding(at, format!("`{name}` {problem}")).help("use a DNS name such as `k8s.example.internal`")]
}
