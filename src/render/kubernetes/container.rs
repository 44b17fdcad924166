//! The container of a service: image, ports, probes, resources, environment, and a security context that passes
//! the Pod Security level `restricted`.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    Capabilities, Container, ContainerPort, HTTPGetAction, Lifecycle, LifecycleHandler, Probe, ResourceRequirements,
    SecurityContext, SleepAction, VolumeMount,
};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::unit::Unit;
use super::{environment, trust};
use crate::model::UrlPath;
use crate::model::unit::Duration;

/// How long a pod that is being stopped goes on serving, until every caller has heard of it.
pub const DRAIN_SECONDS: i64 = 10;
/// The volume with the service's files.
pub const CONFIG: &str = "config";
/// The volume for temporary files.
pub const TMP: &str = "tmp";

/// The interval of the startup probe; the number of failures that it may have makes up `startWithin`.
const STARTUP_PERIOD_SECONDS: u64 = 5;
/// The longest name of a port in a pod (RFC 6335); a service may use longer ones.
const LONGEST_PORT_NAME: usize = 15;

/// The container of a unit.
pub fn container(unit: &Unit<'_>, has_config: bool) -> Container {
    let service = unit.subject.service;
    let words = |words: &[String]| (!words.is_empty()).then(|| words.to_vec());
    let mut mounts = vec![mount(TMP, "/tmp", false)];
    if has_config {
        mounts.push(mount(CONFIG, &format!("/etc/{}", unit.subject.name), true));
    }
    if !trust::stores(&unit.subject).is_empty() {
        mounts.push(mount(trust::VOLUME, trust::MOUNT, true));
    }
    let serves = service.request_port().is_some() && service.job.is_none();
    let mut container = Container {
        name: unit.subject.name.to_string(),
        image: Some(service.image.clone()),
        command: words(&service.command),
        args: words(&service.args),
        env: Some(environment::variables(unit)),
        ports: ports(unit),
        resources: Some(resources(unit)),
        volume_mounts: Some(mounts),
        lifecycle: serves.then(drain),
        security_context: Some(restricted()),
        ..Container::default()
    };
    if let (Some(health), Some((_, port))) = (&service.health, service.request_port()) {
        container.startup_probe = Some(startup(&health.startup, port, health.start_within));
        container.readiness_probe = Some(probe(&health.ready, port, 5, 2));
        container.liveness_probe = Some(probe(&health.live, port, 10, 3));
    }
    container
}

fn mount(name: &str, path: &str, read_only: bool) -> VolumeMount {
    let read_only = read_only.then_some(true);
    VolumeMount { name: name.to_owned(), mount_path: path.to_owned(), read_only, ..VolumeMount::default() }
}

fn ports(unit: &Unit<'_>) -> Option<Vec<ContainerPort>> {
    let ports = &unit.subject.service.ports;
    let port = |(name, port): (&crate::model::Name, &u16)| ContainerPort {
        name: (name.as_str().len() <= LONGEST_PORT_NAME).then(|| name.to_string()),
        container_port: i32::from(*port),
        protocol: Some("TCP".to_owned()),
        ..ContainerPort::default()
    };
    (!ports.is_empty()).then(|| ports.iter().map(port).collect())
}

/// The request is what the scheduler counts with. Memory is limited to it, so that a leak ends in its own pod;
/// processor time is not, because a limit would throttle a pod on an idle node.
fn resources(unit: &Unit<'_>) -> ResourceRequirements {
    let wanted = &unit.subject.service.resources;
    let memory = ("memory".to_owned(), Quantity(wanted.memory.to_string()));
    let cpu = ("cpu".to_owned(), Quantity(wanted.cpu.to_string()));
    ResourceRequirements {
        requests: Some(BTreeMap::from([cpu, memory.clone()])),
        limits: Some(BTreeMap::from([memory])),
        claims: None,
    }
}

fn startup(path: &UrlPath, port: u16, within: Duration) -> Probe {
    let failures = within.seconds().div_ceil(STARTUP_PERIOD_SECONDS).max(1);
    let period = i32::try_from(STARTUP_PERIOD_SECONDS).unwrap_or(i32::MAX);
    probe(path, port, period, i32::try_from(failures).unwrap_or(i32::MAX))
}

fn probe(path: &UrlPath, port: u16, period_seconds: i32, failure_threshold: i32) -> Probe {
    let get = HTTPGetAction { path: Some(path.to_string()), port: IntOrString::Int(i32::from(port)), ..HTTPGetAction::default() };
    Probe {
        http_get: Some(get),
        period_seconds: Some(period_seconds),
        timeout_seconds: Some(2),
        failure_threshold: Some(failure_threshold),
        ..Probe::default()
    }
}

fn drain() -> Lifecycle {
    let sleep = LifecycleHandler { sleep: Some(SleepAction { seconds: DRAIN_SECONDS }), ..LifecycleHandler::default() };
    Lifecycle { pre_stop: Some(sleep), ..Lifecycle::default() }
}

/// What the Pod Security level `restricted` asks of a container, and a file system that cannot be written.
pub fn restricted() -> SecurityContext {
    SecurityContext {
        allow_privilege_escalation: Some(false),
        read_only_root_filesystem: Some(true),
        capabilities: Some(Capabilities { drop: Some(vec!["ALL".to_owned()]), add: None }),
        ..SecurityContext::default()
    }
}
