//! What the autoscaler may do: read whatever decides where pods fit, evict pods, and size the groups of its own namespace.

use k8s_openapi::api::core::v1::ServiceAccount;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject};

use super::{APP, sources_of_scaler};
use crate::model::Artifact;
use crate::render::{Input, RenderError, meta};

const READ: [&str; 3] = ["get", "list", "watch"];

/// The service account and its rights.
pub(super) fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let everywhere = meta::cluster_metadata(input.topology, APP, APP);
    let here = meta::metadata(input.topology, meta::AUTOSCALING, APP, APP);
    let sources = || sources_of_scaler().to_vec();
    let account = ServiceAccount {
        metadata: here.clone(),
        // Its pods ask for the token themselves.
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    };
    let cluster_role = ClusterRole { metadata: everywhere.clone(), rules: Some(cluster_rules()), ..ClusterRole::default() };
    let cluster_binding =
        ClusterRoleBinding { metadata: everywhere, role_ref: role("ClusterRole"), subjects: Some(vec![subject()]) };
    let own_role = Role { metadata: here.clone(), rules: Some(own_rules()) };
    let own_binding = RoleBinding { metadata: here, role_ref: role("Role"), subjects: Some(vec![subject()]) };
    Ok(vec![
        Artifact::object(meta::AUTOSCALING, &account, sources())?,
        Artifact::object("cluster", &cluster_role, sources())?,
        Artifact::object("cluster", &cluster_binding, sources())?,
        Artifact::object(meta::AUTOSCALING, &own_role, sources())?,
        Artifact::object(meta::AUTOSCALING, &own_binding, sources())?,
    ])
}

fn cluster_rules() -> Vec<PolicyRule> {
    let pods = ["pods", "services", "replicationcontrollers", "persistentvolumeclaims", "persistentvolumes", "namespaces"];
    let storage = ["storageclasses", "csinodes", "csidrivers", "csistoragecapacities", "volumeattachments"];
    vec![
        rule("", &pods, &READ),
        rule("", &["nodes"], &["get", "list", "watch", "update", "patch"]),
        rule("", &["pods/eviction"], &["create"]),
        rule("", &["pods/status"], &["update"]),
        rule("", &["events"], &["create", "patch"]),
        rule("apps", &["daemonsets", "replicasets", "statefulsets"], &READ),
        rule("batch", &["jobs"], &READ),
        rule("policy", &["poddisruptionbudgets"], &READ),
        rule("storage.k8s.io", &storage, &READ),
        rule("resource.k8s.io", &["deviceclasses", "resourceclaims", "resourceslices"], &READ),
    ]
}

fn own_rules() -> Vec<PolicyRule> {
    let scaled = ["machinedeployments", "machinepools", "machinesets"];
    let sizes = ["machinedeployments/scale", "machinepools/scale", "machinesets/scale"];
    vec![
        rule("cluster.x-k8s.io", &scaled, &READ),
        rule("cluster.x-k8s.io", &sizes, &["get", "update", "patch"]),
        rule("cluster.x-k8s.io", &["machines"], &["get", "list", "watch", "update", "patch"]),
        rule("infrastructure.cluster.x-k8s.io", &["metal3machinetemplates"], &READ),
        rule("", &["configmaps"], &["create", "get", "list", "watch", "update", "delete"]),
        rule("coordination.k8s.io", &["leases"], &["create", "get", "update"]),
    ]
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

fn role(kind: &str) -> RoleRef {
    RoleRef { api_group: "rbac.authorization.k8s.io".to_owned(), kind: kind.to_owned(), name: APP.to_owned() }
}

fn subject() -> Subject {
    Subject {
        kind: "ServiceAccount".to_owned(),
        name: APP.to_owned(),
        namespace: Some(meta::AUTOSCALING.to_owned()),
        api_group: None,
    }
}
