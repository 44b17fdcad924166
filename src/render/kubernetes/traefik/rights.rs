//! What Traefik may read, and the one thing that it writes: the status of routes and Gateways.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, RoleRef, Subject};

use super::super::custom::GATEWAY_GROUP;
use super::NAME;
use crate::render::{Input, meta};

/// The identity of the pods.
pub fn service_account(input: &Input<'_>) -> ServiceAccount {
    ServiceAccount {
        metadata: meta::metadata(input.topology, meta::EDGE, NAME, NAME),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    }
}

/// The rights that Traefik's Gateway provider needs; it does not start without a kind that it watches.
pub fn cluster_role(input: &Input<'_>) -> ClusterRole {
    let read = ["get", "list", "watch"];
    let kinds = ["gatewayclasses", "gateways", "httproutes", "grpcroutes", "tlsroutes", "referencegrants", "backendtlspolicies"];
    let written = ["gatewayclasses/status", "gateways/status", "httproutes/status", "grpcroutes/status", "tlsroutes/status"];
    let rules = vec![
        rule("", &["namespaces", "services", "secrets", "configmaps"], &read),
        rule("discovery.k8s.io", &["endpointslices"], &read),
        rule(GATEWAY_GROUP, &kinds, &read),
        rule(GATEWAY_GROUP, &[&written[..], &["backendtlspolicies/status"]].concat(), &["update"]),
    ];
    ClusterRole { metadata: meta::cluster_metadata(input.topology, NAME, NAME), rules: Some(rules), aggregation_rule: None }
}

/// Gives the rights to the pods.
pub fn cluster_role_binding(input: &Input<'_>) -> ClusterRoleBinding {
    let subject = Subject {
        kind: "ServiceAccount".to_owned(),
        name: NAME.to_owned(),
        namespace: Some(meta::EDGE.to_owned()),
        api_group: None,
    };
    ClusterRoleBinding {
        metadata: meta::cluster_metadata(input.topology, NAME, NAME),
        role_ref: RoleRef {
            api_group: "rbac.authorization.k8s.io".to_owned(),
            kind: "ClusterRole".to_owned(),
            name: NAME.to_owned(),
        },
        subjects: Some(vec![subject]),
    }
}

fn rule(group: &str, resources: &[&str], verbs: &[&str]) -> PolicyRule {
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    PolicyRule {
        api_groups: Some(vec![group.to_owned()]),
        resources: Some(owned(resources)),
        verbs: owned(verbs),
        ..PolicyRule::default()
    }
}
