//! The Cluster Autoscaler itself: a replica in each data centre, one of them leads.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec};
use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, HTTPGetAction, PodSecurityContext, PodSpec, PodTemplateSpec, Probe,
    ResourceRequirements, SeccompProfile, SecurityContext, Toleration, TopologySpreadConstraint,
};
use k8s_openapi::api::networking::v1::{
    IPBlock, NetworkPolicy, NetworkPolicyEgressRule, NetworkPolicyIngressRule, NetworkPolicyPeer, NetworkPolicyPort,
    NetworkPolicySpec,
};
use k8s_openapi::api::policy::v1::{PodDisruptionBudget, PodDisruptionBudgetSpec};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::{APP, most_unready_percent, sources_of_scaler};
use crate::model::Artifact;
use crate::model::plan::API_SERVER_PORT;
use crate::render::{Input, RenderError, meta};

/// Where it answers its figures and whether it lives.
const PORT: u16 = 8085;
const USER: i64 = 65_532;

/// The deployment, its budget and its policy.
pub(super) fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let sources = || sources_of_scaler().to_vec();
    Ok(vec![
        Artifact::object(meta::AUTOSCALING, &deployment(input), sources())?,
        Artifact::object(meta::AUTOSCALING, &budget(input), sources())?,
        Artifact::object(meta::AUTOSCALING, &policy(input), sources())?,
    ])
}

fn metadata(input: &Input<'_>) -> ObjectMeta {
    meta::metadata(input.topology, meta::AUTOSCALING, APP, APP)
}

fn selector() -> LabelSelector {
    LabelSelector { match_labels: Some(meta::selector(APP)), ..LabelSelector::default() }
}

fn arguments(input: &Input<'_>) -> Vec<String> {
    let namespace = meta::AUTOSCALING;
    vec![
        "--cloud-provider=clusterapi".to_owned(),
        format!("--node-group-auto-discovery=clusterapi:namespace={namespace},clusterName={}", input.topology.name),
        format!("--namespace={namespace}"),
        // Groups of both data centres grow alike, though their labels differ.
        "--balance-similar-node-groups=true".to_owned(),
        format!("--balancing-ignore-label={}", meta::ZONE_LABEL),
        format!("--balancing-ignore-label={}", meta::RACK_LABEL),
        "--expander=least-waste".to_owned(),
        format!("--max-total-unready-percentage={}", most_unready_percent(input)),
        "--ok-total-unready-count=3".to_owned(),
        // The nodes of a lost data centre come back with it.
        "--scale-down-unready-enabled=false".to_owned(),
        format!("--address=:{PORT}"),
    ]
}

fn deployment(input: &Input<'_>) -> Deployment {
    let labels = Some(meta::selector(APP));
    let spec = DeploymentSpec {
        replicas: Some(2),
        selector: selector(),
        template: PodTemplateSpec { metadata: Some(ObjectMeta { labels, ..ObjectMeta::default() }), spec: Some(pod(input)) },
        ..DeploymentSpec::default()
    };
    Deployment { metadata: metadata(input), spec: Some(spec), status: None }
}

fn pod(input: &Input<'_>) -> PodSpec {
    PodSpec {
        service_account_name: Some(APP.to_owned()),
        automount_service_account_token: Some(true),
        enable_service_links: Some(false),
        priority_class_name: Some("system-cluster-critical".to_owned()),
        security_context: Some(PodSecurityContext {
            run_as_non_root: Some(true),
            run_as_user: Some(USER),
            run_as_group: Some(USER),
            seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
            ..PodSecurityContext::default()
        }),
        topology_spread_constraints: Some(spread()),
        tolerations: Some(["not-ready", "unreachable"].into_iter().map(leaves_soon).collect()),
        containers: vec![container(input)],
        ..PodSpec::default()
    }
}

/// One in each data centre, never two on a node, and both in one data centre while the other is gone.
fn spread() -> Vec<TopologySpreadConstraint> {
    let over = |key: &str, when: &str| TopologySpreadConstraint {
        label_selector: Some(selector()),
        match_label_keys: Some(vec!["pod-template-hash".to_owned()]),
        max_skew: 1,
        node_taints_policy: Some("Honor".to_owned()),
        topology_key: key.to_owned(),
        when_unsatisfiable: when.to_owned(),
        ..TopologySpreadConstraint::default()
    };
    let hard = "DoNotSchedule";
    vec![over(meta::ZONE_LABEL, hard), over("kubernetes.io/hostname", hard), over(meta::RACK_LABEL, "ScheduleAnyway")]
}

/// It is needed most when its own node is gone, so it leaves sooner than after the usual 300 s.
fn leaves_soon(taint: &str) -> Toleration {
    Toleration {
        key: Some(format!("node.kubernetes.io/{taint}")),
        operator: Some("Exists".to_owned()),
        effect: Some("NoExecute".to_owned()),
        toleration_seconds: Some(30),
        ..Toleration::default()
    }
}

fn container(input: &Input<'_>) -> Container {
    let tag = format!("v{}.0", input.topology.kubernetes.version.as_str());
    let quantity = |key: &str, value: &str| (key.to_owned(), Quantity(value.to_owned()));
    let memory = quantity("memory", "512Mi");
    Container {
        name: APP.to_owned(),
        image: Some(meta::image(input.topology, "autoscaling/cluster-autoscaler", &tag)),
        command: Some(vec!["/cluster-autoscaler".to_owned()]),
        args: Some(arguments(input)),
        ports: Some(vec![ContainerPort {
            name: Some("metrics".to_owned()),
            container_port: i32::from(PORT),
            ..ContainerPort::default()
        }]),
        liveness_probe: Some(Probe {
            http_get: Some(HTTPGetAction {
                path: Some("/health-check".to_owned()),
                port: IntOrString::String("metrics".to_owned()),
                ..HTTPGetAction::default()
            }),
            initial_delay_seconds: Some(60),
            period_seconds: Some(30),
            timeout_seconds: Some(5),
            failure_threshold: Some(6),
            ..Probe::default()
        }),
        resources: Some(ResourceRequirements {
            requests: Some(BTreeMap::from([quantity("cpu", "100m"), memory.clone()])),
            limits: Some(BTreeMap::from([memory])),
            ..ResourceRequirements::default()
        }),
        security_context: Some(SecurityContext {
            allow_privilege_escalation: Some(false),
            read_only_root_filesystem: Some(true),
            capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
            ..SecurityContext::default()
        }),
        ..Container::default()
    }
}

fn budget(input: &Input<'_>) -> PodDisruptionBudget {
    let spec = PodDisruptionBudgetSpec {
        max_unavailable: Some(IntOrString::Int(1)),
        selector: Some(selector()),
        unhealthy_pod_eviction_policy: Some("AlwaysAllow".to_owned()),
        ..PodDisruptionBudgetSpec::default()
    };
    PodDisruptionBudget { metadata: metadata(input), spec: Some(spec), status: None }
}

/// It asks the API servers, and is asked for figures.
fn policy(input: &Input<'_>) -> NetworkPolicy {
    let port = |number: u16| NetworkPolicyPort {
        protocol: Some("TCP".to_owned()),
        port: Some(IntOrString::Int(i32::from(number))),
        end_port: None,
    };
    let server = |address: std::net::Ipv4Addr| NetworkPolicyPeer {
        ip_block: Some(IPBlock { cidr: format!("{address}/32"), except: None }),
        ..NetworkPolicyPeer::default()
    };
    let name = BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), meta::MONITORING.to_owned())]);
    let monitoring = NetworkPolicyPeer {
        namespace_selector: Some(LabelSelector { match_labels: Some(name), ..LabelSelector::default() }),
        ..NetworkPolicyPeer::default()
    };
    let servers = input.plan.kubernetes.control_plane.iter().map(|member| server(member.address)).collect();
    let spec = NetworkPolicySpec {
        pod_selector: Some(selector()),
        ingress: Some(vec![NetworkPolicyIngressRule { from: Some(vec![monitoring]), ports: Some(vec![port(PORT)]) }]),
        egress: Some(vec![NetworkPolicyEgressRule { to: Some(servers), ports: Some(vec![port(API_SERVER_PORT)]) }]),
        policy_types: Some(vec!["Ingress".to_owned(), "Egress".to_owned()]),
    };
    NetworkPolicy { metadata: metadata(input), spec: Some(spec) }
}
