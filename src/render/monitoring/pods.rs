//! What the pods of monitoring have in common: they pass Pod Security `restricted`, stand in one data centre, and
//! spread over its racks where there are any.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Affinity, Capabilities, ConfigMapVolumeSource, Container, ContainerPort, EmptyDirVolumeSource, HTTPGetAction, NodeAffinity,
    NodeSelector, NodeSelectorRequirement, NodeSelectorTerm, PersistentVolumeClaimSpec, PodSecurityContext, Probe,
    ResourceRequirements, SeccompProfile, SecretVolumeSource, SecurityContext, ServiceAccount, TopologySpreadConstraint, Volume,
    VolumeMount, VolumeResourceRequirements,
};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::resource::matching;
use crate::model::{Name, Topology};
use crate::render::meta;

/// The user that the pods run as.
pub const USER: i64 = 10_001;

/// A pod's security context.
pub fn pod_security() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(USER),
        run_as_group: Some(USER),
        fs_group: Some(USER),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
        ..PodSecurityContext::default()
    }
}

/// A container's security context.
pub fn container_security() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        read_only_root_filesystem: Some(true),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        ..SecurityContext::default()
    }
}

/// Only nodes of this data centre.
pub fn at_site(site: &Name) -> Affinity {
    let zone = NodeSelectorRequirement {
        key: meta::ZONE_LABEL.to_owned(),
        operator: "In".to_owned(),
        values: Some(vec![site.to_string()]),
    };
    let terms = vec![NodeSelectorTerm { match_expressions: Some(vec![zone]), match_fields: None }];
    let required = Some(NodeSelector { node_selector_terms: terms });
    let node = NodeAffinity { required_during_scheduling_ignored_during_execution: required, ..NodeAffinity::default() };
    Affinity { node_affinity: Some(node), ..Affinity::default() }
}

/// Different nodes, and different racks where that can be had.
pub fn spread(labels: &BTreeMap<String, String>) -> Vec<TopologySpreadConstraint> {
    let over = |key: &str, when: &str| TopologySpreadConstraint {
        max_skew: 1,
        topology_key: key.to_owned(),
        when_unsatisfiable: when.to_owned(),
        label_selector: Some(matching(labels.clone())),
        ..TopologySpreadConstraint::default()
    };
    vec![over("kubernetes.io/hostname", "DoNotSchedule"), over(meta::RACK_LABEL, "ScheduleAnyway")]
}

/// Requests of processor time and memory, with the memory as the limit.
pub fn resources(cpu: &str, memory: &str) -> ResourceRequirements {
    let quantity = |name: &str, amount: &str| (name.to_owned(), Quantity(amount.to_owned()));
    ResourceRequirements {
        requests: Some(BTreeMap::from([quantity("cpu", cpu), quantity("memory", memory)])),
        limits: Some(BTreeMap::from([quantity("memory", memory)])),
        ..ResourceRequirements::default()
    }
}

/// A container that passes `restricted`, with one named port.
pub fn container(name: &str, image: String, port: (&str, u16)) -> Container {
    let port = ContainerPort {
        name: Some(port.0.to_owned()),
        container_port: i32::from(port.1),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    };
    Container {
        name: name.to_owned(),
        image: Some(image),
        ports: Some(vec![port]),
        security_context: Some(container_security()),
        ..Container::default()
    }
}

/// Ready while this path answers at a named port.
pub fn ready(path: &str, port: &str, scheme: &str) -> Probe {
    let get = HTTPGetAction {
        path: Some(path.to_owned()),
        port: IntOrString::String(port.to_owned()),
        scheme: Some(scheme.to_owned()),
        ..HTTPGetAction::default()
    };
    Probe { http_get: Some(get), period_seconds: Some(10), timeout_seconds: Some(5), ..Probe::default() }
}

/// A mounted volume.
pub fn mount(name: &str, path: &str, read_only: bool) -> VolumeMount {
    VolumeMount {
        name: name.to_owned(),
        mount_path: path.to_owned(),
        read_only: read_only.then_some(true),
        ..VolumeMount::default()
    }
}

/// An empty volume that lives as long as its pod.
pub fn scratch(name: &str) -> Volume {
    Volume { name: name.to_owned(), empty_dir: Some(EmptyDirVolumeSource::default()), ..Volume::default() }
}

/// The files of a `ConfigMap`.
pub fn config_volume(name: &str, config_map: &str) -> Volume {
    let source = ConfigMapVolumeSource { name: config_map.to_owned(), ..ConfigMapVolumeSource::default() };
    Volume { name: name.to_owned(), config_map: Some(source), ..Volume::default() }
}

/// The files of a Secret.
pub fn secret_volume(name: &str, secret: &str) -> Volume {
    let source =
        SecretVolumeSource { secret_name: Some(secret.to_owned()), default_mode: Some(0o440), ..SecretVolumeSource::default() };
    Volume { name: name.to_owned(), secret: Some(source), ..Volume::default() }
}

/// A disk of the platform's storage class.
pub fn disk(topology: &Topology, size: &str) -> PersistentVolumeClaimSpec {
    let requests = BTreeMap::from([("storage".to_owned(), Quantity(size.to_owned()))]);
    PersistentVolumeClaimSpec {
        access_modes: Some(vec!["ReadWriteOnce".to_owned()]),
        storage_class_name: Some(topology.kubernetes.storage_class.to_string()),
        resources: Some(VolumeResourceRequirements { requests: Some(requests), limits: None }),
        ..PersistentVolumeClaimSpec::default()
    }
}

/// At most one pod is taken away at once, and a broken one always.
pub fn budget(topology: &Topology, name: &str, app: &str, selector: BTreeMap<String, String>) -> PodDisruptionBudget {
    let spec = PodDisruptionBudgetSpec {
        max_unavailable: Some(IntOrString::Int(1)),
        unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
        selector: Some(LabelSelector { match_labels: Some(selector), ..LabelSelector::default() }),
        ..PodDisruptionBudgetSpec::default()
    };
    PodDisruptionBudget { metadata: meta::metadata(topology, meta::MONITORING, name, app), spec: Some(spec), status: None }
}

/// The account of an application's pods, without a token unless it asks the API server.
pub fn service_account(topology: &Topology, namespace: &str, name: &str, token: bool) -> ServiceAccount {
    ServiceAccount {
        metadata: meta::metadata(topology, namespace, name, name),
        automount_service_account_token: Some(token),
        ..ServiceAccount::default()
    }
}
