//! The deployment of a service. Where something scales it, it says no number of replicas: each apply would undo
//! what the autoscaler decided.

use std::collections::BTreeMap;

use k8s_openapi::api::apps::v1::{Deployment, DeploymentSpec, DeploymentStrategy, RollingUpdateDeployment};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::pod;
use super::unit::{Scaler, Unit, int};

/// How many pods more than wanted an update may start, so that it does not shrink what serves.
const SURGE: &str = "25%";

/// The deployment of a unit.
pub fn deployment(unit: &Unit<'_>, files: &BTreeMap<String, String>) -> Deployment {
    let rolling = RollingUpdateDeployment {
        max_unavailable: Some(IntOrString::Int(int(unit.subject.max_unavailable()))),
        max_surge: Some(IntOrString::String(SURGE.to_owned())),
    };
    let strategy = DeploymentStrategy { type_: Some("RollingUpdate".to_owned()), rolling_update: Some(rolling) };
    let replicas = match unit.subject.scaler() {
        Scaler::Fixed => Some(int(unit.least)),
        Scaler::Hpa | Scaler::Keda => None,
    };
    let spec = DeploymentSpec {
        replicas,
        selector: unit.label_selector(),
        strategy: Some(strategy),
        template: pod::template(unit, files),
        ..DeploymentSpec::default()
    };
    Deployment { metadata: unit.metadata(), spec: Some(spec), ..Deployment::default() }
}
