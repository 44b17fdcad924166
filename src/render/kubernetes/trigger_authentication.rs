//! How KEDA is known to Kafka: by the certificate of the service whose lag it reads.

use std::collections::BTreeMap;

use serde::Serialize;

use super::custom::Custom;
use super::unit::Subject;
use crate::model::Name;
use crate::model::plan::KafkaCluster;
use crate::model::topology::used::{CA_KEY, System, USER_CERTIFICATE_KEY, USER_KEY_KEY, authority_secret, client_secret};

/// What a KEDA `TriggerAuthentication` reads.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TriggerAuthenticationSpec {
    secret_target_ref: Vec<SecretTarget>,
}

#[derive(Debug, Clone, PartialEq, Serialize)]
struct SecretTarget {
    parameter: &'static str,
    name: String,
    key: &'static str,
}

/// The name of a service's authentication for a Kafka cluster.
pub fn name(service: &Name, cluster: &KafkaCluster) -> String {
    client_secret(System::Kafka, service.as_str(), &cluster.name)
}

/// One authentication for each Kafka cluster whose lag scales the service.
pub fn trigger_authentications(subject: &Subject<'_>) -> Vec<Custom<TriggerAuthenticationSpec>> {
    let consumed = subject.service.consumed(subject.input.topology);
    let clusters = subject.units().into_iter().flat_map(|unit| {
        consumed
            .iter()
            .filter_map(|(instance, _)| Some((name(subject.name, unit.kafka(instance)?), unit.kafka(instance)?)))
            .collect::<Vec<_>>()
    });
    let clusters: BTreeMap<String, &KafkaCluster> = clusters.collect();
    clusters.into_values().map(|cluster| trigger_authentication(subject, cluster)).collect()
}

fn trigger_authentication(subject: &Subject<'_>, cluster: &KafkaCluster) -> Custom<TriggerAuthenticationSpec> {
    let own = name(subject.name, cluster);
    let authority = authority_secret(System::Kafka, &cluster.name);
    let targets = vec![
        SecretTarget { parameter: "ca", name: authority, key: CA_KEY },
        SecretTarget { parameter: "cert", name: own.clone(), key: USER_CERTIFICATE_KEY },
        SecretTarget { parameter: "key", name: own.clone(), key: USER_KEY_KEY },
    ];
    let spec = TriggerAuthenticationSpec { secret_target_ref: targets };
    Custom { api_version: "keda.sh/v1alpha1", kind: "TriggerAuthentication", metadata: subject.metadata(&own), spec }
}
