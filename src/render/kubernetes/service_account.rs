//! The identity of a service, without a token: no service of the topology talks to the Kubernetes API.

use k8s_openapi::api::core::v1::ServiceAccount;

use super::unit::Subject;

/// The service account of a service.
pub fn service_account(subject: &Subject<'_>) -> ServiceAccount {
    ServiceAccount {
        metadata: subject.metadata(subject.name.as_str()),
        automount_service_account_token: Some(false),
        ..ServiceAccount::default()
    }
}
