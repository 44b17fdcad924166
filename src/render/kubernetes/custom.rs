//! Custom resources: the shape that they share. What stands in `spec` is a small type beside each kind.

use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;

/// A custom resource.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Custom<S> {
    /// The group and version.
    pub api_version: &'static str,
    /// The kind.
    pub kind: &'static str,
    /// Name, namespace and labels.
    pub metadata: ObjectMeta,
    /// What is wanted.
    pub spec: S,
}

/// The version of the Gateway API's kinds.
pub const GATEWAY_API: &str = "gateway.networking.k8s.io/v1";
/// The group of the Gateway API.
pub const GATEWAY_GROUP: &str = "gateway.networking.k8s.io";
