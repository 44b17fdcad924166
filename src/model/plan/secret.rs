//! Every secret, key and certificate that the platform reads: named and described, never given.

use serde::Serialize;

use crate::model::name::{HostName, Name};
use crate::model::path::Path;

/// One secret and who reads it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SecretNeed {
    /// What kind of thing it is.
    pub kind: SecretKind,
    /// Where it lies.
    pub holder: Holder,
    /// What it is for, as a phrase.
    pub purpose: String,
    /// Secrets that carry the same `group` hold the same value (a password that several hosts know, one CA).
    pub group: String,
    /// The subject of a certificate.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The names and addresses that a certificate must carry.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<String>,
    /// The closest place in the topology.
    pub source: Path,
}

/// What kind of secret it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum SecretKind {
    /// The certificate of a certificate authority.
    CaCertificate,
    /// A certificate.
    Certificate,
    /// The key of the certificate beside it.
    PrivateKey,
    /// Certificate and key in one PEM file, as `HAProxy` reads them.
    CertificateAndKey,
    /// A password.
    Password,
    /// A file of `user:password` or `"user" "password"` lines, or of map lines.
    File,
    /// An address that is itself secret.
    Url,
}

/// Where a secret lies.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Holder {
    /// A file on a host.
    #[serde(rename_all = "camelCase")]
    Host {
        /// The host.
        host: HostName,
        /// The absolute path.
        path: String,
        /// The user who reads it.
        owner: String,
    },
    /// A key of a Kubernetes Secret.
    Kubernetes {
        /// The namespace.
        namespace: String,
        /// The Secret.
        name: String,
        /// The key.
        key: String,
    },
    /// A value in the environment of the machine that deploys.
    Deployer {
        /// The variable.
        variable: Name,
    },
}
