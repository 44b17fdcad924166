//! The address of a service inside the cluster, and whose pods answer there first.
//!
//! `trafficDistribution` also keeps a data centre serving while the control plane is away: endpoints freeze then,
//! and those of the caller's own zone are the living ones.

use k8s_openapi::api::core::v1::{Service, ServicePort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use super::unit::Subject;
use crate::model::Name;
use crate::model::topology::rules::Traffic;
use crate::render::meta;

/// The Service, where the workload listens anywhere.
pub fn service(subject: &Subject<'_>) -> Option<Service> {
    if subject.service.ports.is_empty() || subject.service.job.is_some() {
        return None;
    }
    let port = |(name, port): (&Name, &u16)| ServicePort {
        name: Some(name.to_string()),
        port: i32::from(*port),
        target_port: Some(IntOrString::Int(i32::from(*port))),
        protocol: Some("TCP".to_owned()),
        ..ServicePort::default()
    };
    let spec = ServiceSpec {
        type_: Some("ClusterIP".to_owned()),
        selector: Some(meta::selector(subject.name.as_str())),
        ports: Some(subject.service.ports.iter().map(port).collect()),
        traffic_distribution: distribution(subject.service.traffic()),
        ..ServiceSpec::default()
    };
    Some(Service { metadata: subject.metadata(subject.name.as_str()), spec: Some(spec), ..Service::default() })
}

/// The word for a preference.
fn distribution(traffic: Traffic) -> Option<String> {
    match traffic {
        Traffic::Node => Some("PreferSameNode".to_owned()),
        Traffic::Datacenter => Some("PreferSameZone".to_owned()),
        Traffic::Any => None,
    }
}
