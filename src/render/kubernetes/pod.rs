//! The pod template of a service, the same for a deployment and a job.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{
    ConfigMapVolumeSource, EmptyDirVolumeSource, PodSecurityContext, PodSpec, PodTemplateSpec, SeccompProfile, Volume,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::unit::Unit;
use super::{config_map, container, priority_class, spread, trust};

/// The user that a service runs as, above the range of any base image's own users.
const USER: i64 = 10_001;
/// How long a pod has to finish what it began, after the drain.
const FINISH_SECONDS: i64 = 30;
/// The annotation that restarts pods when their configuration changes.
const DIGEST: &str = "inuretech.io/config-digest";

/// The pods of a unit, with the service's files.
pub fn template(unit: &Unit<'_>, files: &BTreeMap<String, String>) -> PodTemplateSpec {
    let digest = (!files.is_empty()).then(|| BTreeMap::from([(DIGEST.to_owned(), config_map::digest(files))]));
    let metadata = ObjectMeta { labels: Some(unit.pod_labels()), annotations: digest, ..ObjectMeta::default() };
    PodTemplateSpec { metadata: Some(metadata), spec: Some(spec(unit, files)) }
}

fn spec(unit: &Unit<'_>, files: &BTreeMap<String, String>) -> PodSpec {
    let job = unit.subject.service.job.is_some();
    let drain = if job { 0 } else { container::DRAIN_SECONDS };
    PodSpec {
        service_account_name: Some(unit.subject.name.to_string()),
        automount_service_account_token: Some(false),
        enable_service_links: Some(false),
        security_context: Some(restricted()),
        affinity: unit.datacenter.map(spread::confined_to),
        topology_spread_constraints: (!job).then(|| spread::constraints(unit)),
        tolerations: Some(spread::tolerations()),
        priority_class_name: job.then(|| priority_class::BATCH.to_owned()),
        restart_policy: job.then(|| "Never".to_owned()),
        termination_grace_period_seconds: Some(drain + FINISH_SECONDS),
        containers: vec![container::container(unit, !files.is_empty())],
        volumes: Some(volumes(unit, !files.is_empty())),
        ..PodSpec::default()
    }
}

fn volumes(unit: &Unit<'_>, has_config: bool) -> Vec<Volume> {
    let empty = EmptyDirVolumeSource::default();
    let mut volumes = vec![Volume { name: container::TMP.to_owned(), empty_dir: Some(empty), ..Volume::default() }];
    if has_config {
        let source = ConfigMapVolumeSource { name: unit.subject.name.to_string(), ..ConfigMapVolumeSource::default() };
        volumes.push(Volume { name: container::CONFIG.to_owned(), config_map: Some(source), ..Volume::default() });
    }
    volumes.extend(trust::volume(unit));
    volumes
}

/// What the Pod Security level `restricted` asks of a pod.
pub fn restricted() -> PodSecurityContext {
    PodSecurityContext {
        run_as_non_root: Some(true),
        run_as_user: Some(USER),
        run_as_group: Some(USER),
        fs_group: Some(USER),
        seccomp_profile: Some(SeccompProfile { type_: "RuntimeDefault".to_owned(), localhost_profile: None }),
        ..PodSecurityContext::default()
    }
}
