//! What was seen of the running systems: answers and failures as they came, before anything is compared.

use std::fmt;

use serde::Serialize;
use serde_json::Value;

/// The identity of a Kubernetes object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ObjectId {
    /// Such as `apps/v1` or `v1`.
    pub api_version: String,
    /// Such as `Deployment`.
    pub kind: String,
    /// The namespace; `None` for an object of the whole cluster.
    pub namespace: Option<String>,
    /// The name.
    pub name: String,
}

impl ObjectId {
    /// Reads it from an object; what is missing becomes empty.
    pub fn of(object: &Value) -> Self {
        let text = |pointer: &str| object.pointer(pointer).and_then(Value::as_str);
        Self {
            api_version: text("/apiVersion").unwrap_or_default().to_owned(),
            kind: text("/kind").unwrap_or_default().to_owned(),
            namespace: text("/metadata/namespace").map(str::to_owned),
            name: text("/metadata/name").unwrap_or_default().to_owned(),
        }
    }

    /// The API group; empty for the core group.
    pub fn group(&self) -> &str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }

    /// The same object whatever version it is spoken of in.
    pub fn versionless(&self) -> (&str, &str, Option<&str>, &str) {
        (self.group(), &self.kind, self.namespace.as_deref(), &self.name)
    }
}

/// Such as `apps/Deployment core-app (apps)`.
impl fmt::Display for ObjectId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.group().is_empty() {
            write!(out, "{}/", self.group())?;
        }
        write!(out, "{} {}", self.kind, self.name)?;
        match &self.namespace {
            Some(namespace) => write!(out, " ({namespace})"),
            None => Ok(()),
        }
    }
}

/// The cluster that was asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Target {
    /// The address of its API.
    pub url: String,
    /// The context of the kubeconfig; `None` inside a cluster.
    pub context: Option<String>,
}

/// Everything that was seen of a cluster.
#[derive(Debug)]
pub struct Snapshot {
    /// The cluster.
    pub target: Target,
    /// What was seen of each rendered object, in the order of the question.
    pub objects: Vec<Outcome>,
    /// Objects of this platform that are not rendered any more.
    pub leftovers: Vec<Value>,
    /// Kinds (as `group/Kind`) of which leftovers could not be looked for, and why.
    pub unlisted: Vec<(String, Failure)>,
    /// How many requests were sent.
    pub requests: u64,
}

/// What was seen of one rendered object.
#[derive(Debug)]
pub enum Outcome {
    /// It exists.
    Live {
        /// As it is.
        live: Value,
        /// As it would be after an apply.
        predicted: Value,
        /// The field manager that the apply was predicted for.
        manager: String,
    },
    /// It does not exist.
    Missing {
        /// Whether the server was asked if it would accept the object.
        fidelity: Fidelity,
    },
    /// It is not known.
    Error(Failure),
}

/// Where a prediction comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Fidelity {
    /// The server's own dry run.
    Server,
    /// From the rendered files alone: the namespace or the kind comes with the same change, so no server can be asked yet.
    Offline,
}

/// Why something is not known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Failure {
    /// The class of the failure.
    pub reason: Reason,
    /// The words of the server or of the connection.
    pub message: String,
}

impl Failure {
    /// A failure.
    pub fn new(reason: Reason, message: impl Into<String>) -> Self {
        Self { reason, message: message.into() }
    }
}

/// A class of failures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Reason {
    /// The credentials are not known or have expired.
    Unauthorized,
    /// The credentials may not do it.
    Forbidden,
    /// No such kind is served: its definition is not installed.
    KindMissing,
    /// The namespace does not exist and is not rendered.
    NamespaceMissing,
    /// Another writer came in between.
    Conflict,
    /// An admission webhook does not support dry runs.
    WebhookWithoutDryRun,
    /// The server refuses the object.
    Invalid,
    /// No connection, or it broke.
    Unreachable,
    /// No answer in time.
    Timeout,
    /// The server asked to wait more often than was agreed to.
    Throttled,
    /// Anything else.
    Other,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unauthorized => "unauthorized",
            Self::Forbidden => "forbidden",
            Self::KindMissing => "kind not served",
            Self::NamespaceMissing => "namespace missing",
            Self::Conflict => "conflict",
            Self::WebhookWithoutDryRun => "webhook without dry run",
            Self::Invalid => "invalid",
            Self::Unreachable => "unreachable",
            Self::Timeout => "timeout",
            Self::Throttled => "throttled",
            Self::Other => "failed",
        })
    }
}
