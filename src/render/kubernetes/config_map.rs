//! The configuration files of a service as one `ConfigMap`, and their digest, by which a change restarts the pods.

use std::collections::BTreeMap;
use std::fmt::Write;

use k8s_openapi::api::core::v1::ConfigMap;
use sha2::{Digest, Sha256};

use super::graphql;
use super::unit::Subject;
use crate::render::RenderError;

/// The files of a service, by name; none where it has none.
pub fn files(subject: &Subject<'_>) -> Result<BTreeMap<String, String>, RenderError> {
    let mut files = BTreeMap::new();
    if let Some(text) = graphql::file(subject)? {
        files.insert(graphql::FILE.to_owned(), text);
    }
    for (name, config) in &subject.service.config {
        let named = config.file.as_ref().and_then(|path| subject.input.files.get(path));
        let text = config.text.as_ref().or(named).ok_or_else(|| RenderError::File {
            at: subject.path().key("config").key(name.as_str()),
            path: config.file.clone().unwrap_or_default(),
        })?;
        files.insert(name.clone(), text.clone());
    }
    Ok(files)
}

/// The files as an object, where there are any.
pub fn config_map(subject: &Subject<'_>, files: &BTreeMap<String, String>) -> Option<ConfigMap> {
    if files.is_empty() {
        return None;
    }
    let metadata = subject.metadata(subject.name.as_str());
    Some(ConfigMap { metadata, data: Some(files.clone()), ..ConfigMap::default() })
}

/// The digest of the files, each with its name and length, so that no two sets have the same text.
pub fn digest(files: &BTreeMap<String, String>) -> String {
    let mut digest = Sha256::new();
    for (name, text) in files {
        digest.update(format!("{name}\n{}\n{text}", text.len()));
    }
    digest.finalize().iter().take(16).fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
