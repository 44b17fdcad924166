//! How KEDA is known to Kafka: by the certificate of the service whose lag it reads.

use serde::Serialize;

use super::custom::Custom;
use super::unit::Subject;
use crate::model::Name;
use crate::model::topology::used::{CA_KEY, System, USER_CERTIFICATE_KEY, USER_KEY_KEY, authority_secret, kafka_secret};

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

/// The name of a service's authentication for a Kafka instance.
pub fn name(service: &Name, instance: &Name) -> String {
    kafka_secret(service.as_str(), instance.as_str())
}

/// One authentication for each Kafka instance whose lag scales the service.
pub fn trigger_authentications(subject: &Subject<'_>) -> Vec<Custom<TriggerAuthenticationSpec>> {
    let mut instances: Vec<_> =
        subject.service.consumed(subject.input.topology).into_iter().map(|(instance, _)| instance).collect();
    instances.sort();
    instances.dedup();
    instances.into_iter().map(|instance| trigger_authentication(subject, instance)).collect()
}

fn trigger_authentication(subject: &Subject<'_>, instance: &Name) -> Custom<TriggerAuthenticationSpec> {
    let own = kafka_secret(subject.name.as_str(), instance.as_str());
    let authority = authority_secret(System::Kafka, instance.as_str());
    let targets = vec![
        SecretTarget { parameter: "ca", name: authority, key: CA_KEY },
        SecretTarget { parameter: "cert", name: own.clone(), key: USER_CERTIFICATE_KEY },
        SecretTarget { parameter: "key", name: own.clone(), key: USER_KEY_KEY },
    ];
    let spec = TriggerAuthenticationSpec { secret_target_ref: targets };
    Custom { api_version: "keda.sh/v1alpha1", kind: "TriggerAuthentication", metadata: subject.metadata(&own), spec }
}
