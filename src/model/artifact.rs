//! What is rendered: one file of the output tree, in memory, with the topology paths that it came from.

use std::borrow::Cow;
use std::path::Path as FilePath;

use serde::Serialize;
use serde_json::Value;

use super::path::Path;

/// One file of the rendered tree.
#[derive(Debug, Clone, PartialEq)]
pub struct Artifact {
    /// The path below the output folder, with `/`, for example `kubernetes/apps/deployment-core-app.yaml`.
    pub path: String,
    /// What is in the file.
    pub content: Content,
    /// The places of the topology that this file depends on most closely, the first the closest.
    pub sources: Vec<Path>,
    /// Whether the file is a script that the user runs.
    pub executable: bool,
}

/// What a rendered file holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Content {
    /// One Kubernetes object, built from a typed value.
    Object(Value),
    /// Another structured document that is written as YAML (`kubeadm`, `patroni.yml`, Ansible).
    Yaml(Value),
    /// Several YAML documents in one file, such as a kubeadm configuration.
    YamlDocuments(Vec<Value>),
    /// A structured document that is written as JSON (Terraform, Grafana).
    Json(Value),
    /// A line format out of a template.
    Text(String),
}

impl Artifact {
    /// A Kubernetes object at `kubernetes/<area>/<kind>-<name>.yaml`.
    pub fn object<T: Serialize>(area: &str, object: &T, sources: Vec<Path>) -> Result<Self, serde_json::Error> {
        let value = serde_json::to_value(object)?;
        let text = |pointer: &str| value.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
        let path = format!("kubernetes/{area}/{}-{}.yaml", text("/kind").to_lowercase(), text("/metadata/name"));
        Ok(Self { path, content: Content::Object(value), sources, executable: false })
    }

    /// A YAML document.
    pub fn yaml<T: Serialize>(path: impl Into<String>, document: &T, sources: Vec<Path>) -> Result<Self, serde_json::Error> {
        let content = Content::Yaml(serde_json::to_value(document)?);
        Ok(Self { path: path.into(), content, sources, executable: false })
    }

    /// A JSON document.
    pub fn json<T: Serialize>(path: impl Into<String>, document: &T, sources: Vec<Path>) -> Result<Self, serde_json::Error> {
        let content = Content::Json(serde_json::to_value(document)?);
        Ok(Self { path: path.into(), content, sources, executable: false })
    }

    /// A text file.
    pub fn text(path: impl Into<String>, text: impl Into<String>, sources: Vec<Path>) -> Self {
        Self { path: path.into(), content: Content::Text(text.into()), sources, executable: false }
    }

    /// The Kubernetes object in the file, where it is one.
    pub fn as_object(&self) -> Option<&Value> {
        match &self.content {
            Content::Object(value) => Some(value),
            Content::Yaml(_) | Content::YamlDocuments(_) | Content::Json(_) | Content::Text(_) => None,
        }
    }

    /// The text in the file, where it is a line format.
    pub fn as_text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Yaml(_) | Content::YamlDocuments(_) | Content::Json(_) | Content::Object(_) => None,
        }
    }

    /// The last part of the path.
    pub fn file_name(&self) -> Cow<'_, str> {
        FilePath::new(&self.path).file_name().map(|name| name.to_string_lossy()).unwrap_or_default()
    }

    /// The host that the file lies on and its path there, for a file under `hosts/`.
    pub fn on_host(&self) -> Option<(&str, &str)> {
        let mut parts = self.path.strip_prefix("hosts/")?.splitn(3, '/');
        let (_dc, host, rest) = (parts.next()?, parts.next()?, parts.next()?);
        Some((host, rest))
    }
}
