//! Services on Kubernetes: their deployments, addresses, budgets, autoscalers and policies, the Gateway and its
//! routes, and the namespaces of everything. Stores and monitoring render their own objects elsewhere.
//!
//! One file for each kind, each a pure function to a typed value; `unit` says what a service becomes.

mod config_map;
mod container;
mod cron_job;
mod custom;
mod deployment;
mod environment;
mod envoy;
pub mod gateway;
mod graphql;
mod horizontal_pod_autoscaler;
mod http_route;
mod ingress_health;
mod namespace;
mod network_policy;
mod patch;
mod pod;
mod pod_disruption_budget;
mod priority_class;
mod scaled_object;
mod service;
mod service_account;
mod spread;
mod traefik;
mod trigger_authentication;
mod trust;
mod unit;

#[cfg(test)]
mod tests;

use super::{Input, RenderError};
use crate::model::Artifact;
use unit::{Scaler, Subject, Unit};

/// Every object of the services and of the way in to them.
pub fn render(input: &Input<'_>) -> Result<Vec<Artifact>, RenderError> {
    let mut artifacts = namespace::render(input)?;
    artifacts.extend(priority_class::render(input)?);
    for subject in Subject::all(input) {
        artifacts.extend(objects(&subject)?);
    }
    artifacts.extend(gateway::render(input)?);
    artifacts.extend(http_route::render(input)?);
    artifacts.extend(network_policy::render(input)?);
    patch::apply(input.topology, &mut artifacts)?;
    Ok(artifacts)
}

/// The objects of one service.
fn objects(subject: &Subject<'_>) -> Result<Vec<Artifact>, RenderError> {
    let area = subject.namespace();
    let path = subject.path();
    let files = config_map::files(subject)?;
    let mut artifacts = vec![Artifact::object(area, &service_account::service_account(subject), vec![path.clone()])?];
    if let Some(object) = config_map::config_map(subject, &files) {
        artifacts.push(Artifact::object(area, &object, vec![path.key("config"), path.clone()])?);
    }
    if let Some(object) = service::service(subject) {
        artifacts.push(Artifact::object(area, &object, vec![path.key("ports"), path.clone()])?);
    }
    for unit in subject.units() {
        if let Some(job) = &subject.service.job {
            artifacts.push(Artifact::object(area, &cron_job::cron_job(&unit, job, &files), vec![path.key("job"), path.clone()])?);
            continue;
        }
        artifacts.push(Artifact::object(area, &deployment::deployment(&unit, &files), vec![path.clone()])?);
        let budget = pod_disruption_budget::pod_disruption_budget(&unit);
        artifacts.push(Artifact::object(area, &budget, vec![path.key("disruption"), path.clone()])?);
        artifacts.extend(autoscaler(&unit)?);
    }
    if subject.scaler() == Scaler::Keda && subject.service.scale.as_ref().is_some_and(|scale| scale.lag.is_some()) {
        for object in trigger_authentication::trigger_authentications(subject) {
            artifacts.push(Artifact::object(area, &object, vec![path.key("scale"), path.clone()])?);
        }
    }
    Ok(artifacts)
}

fn autoscaler(unit: &Unit<'_>) -> Result<Option<Artifact>, RenderError> {
    let subject = unit.subject;
    let Some(scale) = &subject.service.scale else { return Ok(None) };
    let sources = vec![subject.path().key("scale"), subject.path()];
    match (subject.scaler(), scale.cpu) {
        (Scaler::Keda, _) => {
            let object = scaled_object::scaled_object(unit, scale);
            Ok(Some(Artifact::object(subject.namespace(), &object, sources)?))
        }
        (Scaler::Hpa, Some(cpu)) => {
            let object = horizontal_pod_autoscaler::horizontal_pod_autoscaler(unit, cpu);
            Ok(Some(Artifact::object(subject.namespace(), &object, sources)?))
        }
        (Scaler::Hpa, None) | (Scaler::Fixed, _) => Ok(None),
    }
}
