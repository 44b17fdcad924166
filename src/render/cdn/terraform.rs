//! The part of Terraform's JSON syntax and of the provider's schema that is written here, field by field as they name it.

use std::collections::BTreeMap;

use serde::Serialize;

/// A configuration.
#[derive(Debug, Serialize)]
pub struct Document {
    /// Terraform's own settings.
    pub terraform: Settings,
    /// The configured providers.
    pub provider: BTreeMap<String, Provider>,
    /// What whoever deploys gives.
    pub variable: BTreeMap<String, Variable>,
    /// What is made.
    pub resource: Resources,
    /// What is told afterwards.
    pub output: BTreeMap<String, Output>,
}

/// Terraform's own settings.
#[derive(Debug, Serialize)]
pub struct Settings {
    /// The versions of Terraform that read this.
    pub required_version: String,
    /// The providers, pinned.
    pub required_providers: BTreeMap<String, RequiredProvider>,
}

/// A pinned provider.
#[derive(Debug, Serialize)]
pub struct RequiredProvider {
    /// Its address.
    pub source: String,
    /// Its version.
    pub version: String,
}

/// The provider's settings; its credentials come from its environment.
#[derive(Debug, Serialize)]
pub struct Provider {
    /// The folder of every resource that names none.
    pub folder_id: String,
}

/// A variable without a default: it must be given.
#[derive(Debug, Serialize)]
pub struct Variable {
    /// Its type.
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// What it is.
    pub description: String,
}

impl Variable {
    /// A text.
    pub fn text(description: impl Into<String>) -> Self {
        Self { kind: "string", description: description.into() }
    }
}

/// An output.
#[derive(Debug, Serialize)]
pub struct Output {
    /// What it is.
    pub description: String,
    /// Its expression.
    pub value: String,
}

/// The resources by type and name.
#[derive(Debug, Serialize)]
pub struct Resources {
    /// Groups of origins.
    pub yandex_cdn_origin_group: BTreeMap<String, OriginGroup>,
    /// Hosts of the network.
    pub yandex_cdn_resource: BTreeMap<String, Resource>,
}

/// A group of origins.
#[derive(Debug, Serialize)]
pub struct OriginGroup {
    /// Its name.
    pub name: String,
    /// Whether any 4xx or 5xx leads to the next origin.
    pub use_next: bool,
    /// The origins.
    pub origin: Vec<Origin>,
}

/// An origin.
#[derive(Debug, Serialize)]
pub struct Origin {
    /// Its name and port.
    pub source: String,
    /// Whether it is used.
    pub enabled: bool,
    /// Whether it is used only while no other one can be reached.
    pub backup: bool,
}

/// A host of the network.
#[derive(Debug, Serialize)]
pub struct Resource {
    /// The public name.
    pub cname: String,
    /// Whether it serves.
    pub active: bool,
    /// How origins are spoken to.
    pub origin_protocol: String,
    /// The group of its origins.
    pub origin_group_id: String,
    /// The location of the shield.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub shielding: Option<String>,
    /// Its certificate.
    pub ssl_certificate: Certificate,
    /// Everything else.
    pub options: Options,
}

/// A certificate.
#[derive(Debug, Serialize)]
pub struct Certificate {
    /// Where it comes from.
    #[serde(rename = "type")]
    pub kind: String,
    /// Its identifier there.
    pub certificate_manager_id: String,
}

/// The options of a host.
#[expect(clippy::struct_excessive_bools, reason = "they are fields of the provider's schema")]
#[derive(Debug, Serialize)]
pub struct Options {
    /// The `Host` that origins are asked for.
    pub custom_host_header: String,
    /// Whether plain HTTP is led to TLS.
    pub redirect_http_to_https: bool,
    /// Seconds for which an answer without `Cache-Control` is kept.
    pub edge_cache_settings: u64,
    /// When a stale answer stands in.
    pub stale: Vec<String>,
    /// Whether answers to different queries are taken for the same; the provider's default is yes.
    pub ignore_query_params: bool,
    /// Whether an answer that sets a cookie is kept.
    pub ignore_cookie: bool,
    /// Whether large files are fetched in parts.
    pub slice: bool,
    /// The methods that are let through; all where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed_http_methods: Option<Vec<String>>,
    /// Seconds for which browsers keep everything; what the origin says where it is not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub browser_cache_settings: Option<u64>,
}
