//! Traefik's pods: one on every worker.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{DaemonSet, DaemonSetSpec, DaemonSetUpdateStrategy, RollingUpdateDaemonSet};
use k8s_openapi::api::core::v1::{
    Container, ContainerPort, EmptyDirVolumeSource, HTTPGetAction, PodSpec, PodTemplateSpec, Probe, ResourceRequirements, Volume,
    VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::super::{container, pod, priority_class};
use super::{ADMIN, HTTPS, NAME, VERSION, arguments};
use crate::render::{Input, meta};

/// How long a stopped pod may take: it goes on accepting for 10 s and finishes what it has in 30 s.
const GRACE_SECONDS: i64 = 45;

/// The pods, one on every worker.
pub fn daemon_set(input: &Input<'_>) -> DaemonSet {
    let metadata = ObjectMeta { labels: Some(meta::labels(input.topology, NAME)), ..ObjectMeta::default() };
    let tmp = EmptyDirVolumeSource::default();
    let spec = PodSpec {
        service_account_name: Some(NAME.to_owned()),
        automount_service_account_token: Some(true),
        priority_class_name: Some(priority_class::INGRESS.to_owned()),
        security_context: Some(pod::restricted()),
        termination_grace_period_seconds: Some(GRACE_SECONDS),
        containers: vec![container(input)],
        volumes: Some(vec![Volume { name: container::TMP.to_owned(), empty_dir: Some(tmp), ..Volume::default() }]),
        ..PodSpec::default()
    };
    let rolling = RollingUpdateDaemonSet { max_unavailable: Some(IntOrString::Int(1)), max_surge: None };
    let strategy = DaemonSetUpdateStrategy { type_: Some("RollingUpdate".to_owned()), rolling_update: Some(rolling) };
    let spec = DaemonSetSpec {
        selector: LabelSelector { match_labels: Some(meta::selector(NAME)), ..LabelSelector::default() },
        template: PodTemplateSpec { metadata: Some(metadata), spec: Some(spec) },
        update_strategy: Some(strategy),
        ..DaemonSetSpec::default()
    };
    DaemonSet { metadata: meta::metadata(input.topology, meta::EDGE, NAME, NAME), spec: Some(spec), status: None }
}

fn container(input: &Input<'_>) -> Container {
    let port = |name: &str, port: u16| ContainerPort {
        name: Some(name.to_owned()),
        container_port: i32::from(port),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    };
    let quantity = |name: &str, value: &str| (name.to_owned(), Quantity(value.to_owned()));
    let resources = ResourceRequirements {
        requests: Some(BTreeMap::from([quantity("cpu", "500m"), quantity("memory", "512Mi")])),
        limits: Some(BTreeMap::from([quantity("memory", "1Gi")])),
        claims: None,
    };
    let tmp = VolumeMount { name: container::TMP.to_owned(), mount_path: "/tmp".to_owned(), ..VolumeMount::default() };
    Container {
        name: NAME.to_owned(),
        image: Some(meta::image(input.topology, "traefik", VERSION)),
        args: Some(arguments(input)),
        ports: Some(vec![port("https", HTTPS), port("admin", ADMIN)]),
        readiness_probe: Some(ping(5, 1)),
        liveness_probe: Some(ping(10, 3)),
        resources: Some(resources),
        security_context: Some(container::restricted()),
        volume_mounts: Some(vec![tmp]),
        ..Container::default()
    }
}

fn ping(period_seconds: i32, failure_threshold: i32) -> Probe {
    let get =
        HTTPGetAction { path: Some("/ping".to_owned()), port: IntOrString::Int(i32::from(ADMIN)), ..HTTPGetAction::default() };
    Probe {
        http_get: Some(get),
        period_seconds: Some(period_seconds),
        timeout_seconds: Some(2),
        failure_threshold: Some(failure_threshold),
        ..Probe::default()
    }
}
