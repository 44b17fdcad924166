//! A service that runs on a schedule. A run never overlaps the one before it, and one that was missed while the
//! control plane was away starts late instead of never.

use std::collections::BTreeMap;

use k8s_openapi::api::batch::v1::{CronJob, CronJobSpec, JobSpec, JobTemplateSpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use super::pod;
use super::unit::Unit;
use crate::model::topology::service::Job;

/// How late a run may start; without a bound, a hundred missed runs stop the schedule for good.
const LATEST_START_SECONDS: i64 = 3600;
/// How often a failed run is tried again.
const RETRIES: i32 = 3;

/// The scheduled job of a unit.
pub fn cron_job(unit: &Unit<'_>, job: &Job, files: &BTreeMap<String, String>) -> CronJob {
    let labels = Some(unit.pod_labels());
    let run = JobSpec {
        active_deadline_seconds: Some(i64::try_from(job.deadline.seconds()).unwrap_or(i64::MAX)),
        backoff_limit: Some(RETRIES),
        template: pod::template(unit, files),
        ..JobSpec::default()
    };
    let template = JobTemplateSpec { metadata: Some(ObjectMeta { labels, ..ObjectMeta::default() }), spec: Some(run) };
    let spec = CronJobSpec {
        schedule: job.schedule.clone(),
        time_zone: Some(job.time_zone.clone()),
        concurrency_policy: Some("Forbid".to_owned()),
        starting_deadline_seconds: Some(LATEST_START_SECONDS),
        job_template: template,
        ..CronJobSpec::default()
    };
    CronJob { metadata: unit.metadata(), spec: Some(spec), ..CronJob::default() }
}
