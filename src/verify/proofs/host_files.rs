//! Files that configuration on a host names: each is rendered for that host or in its list of secrets.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::codes::HOST_FILE;
use super::{Findings, Rendered};
use crate::model::Content;
use crate::model::plan::Holder;
use crate::verify::formats::lines::numbered;
use crate::verify::kubernetes::report::Pointer;

/// Endings of files that we or the list of secrets provide.
const ENDINGS: [&str; 13] =
    [".conf", ".pem", ".crt", ".key", ".env", ".map", ".txt", ".cfg", ".yml", ".yaml", ".sh", ".sql", ".properties"];
/// Folders that packages and kubeadm fill.
const FOREIGN: [&str; 3] = ["/etc/ssl/", "/etc/kubernetes/", "/etc/cni/"];

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let mut there: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for file in &rendered.files {
        there.entry(file.host).or_default().insert(file.inside);
    }
    for need in &rendered.plan.secrets {
        if let Holder::Host { host, path, .. } = &need.holder {
            there.entry(host.as_str()).or_default().insert(path.trim_start_matches('/'));
        }
    }
    for file in &rendered.files {
        let known = there.get(file.host);
        let mut prove = |at: &dyn std::fmt::Display, text: &str| {
            for path in paths(text) {
                if !known.is_some_and(|known| known.contains(path.trim_start_matches('/'))) {
                    let message = format!("`{path}` is neither rendered for `{}` nor one of its secrets", file.host);
                    findings.error(HOST_FILE, file.path, at, message);
                }
            }
        };
        match file.content {
            Content::Text(text) => numbered(text).for_each(|(line, text)| prove(&line, text)),
            Content::Yaml(value) | Content::Json(value) | Content::Object(value) => strings(value, &Pointer::ROOT, &mut prove),
            Content::YamlDocuments(documents) => {
                for document in documents {
                    strings(document, &Pointer::ROOT, &mut prove);
                }
            }
        }
    }
}

/// The paths in a text, without patterns and variables.
fn paths(text: &str) -> impl Iterator<Item = &str> {
    let delimiter = |next: char| next.is_whitespace() || "\"'`;,=()<>[]:".contains(next);
    let path = |part: &&str| part.starts_with("/etc/") && !part.contains(['*', '$', '%', '{', '|']);
    let ours =
        |part: &&str| ENDINGS.iter().any(|ending| part.ends_with(ending)) && !FOREIGN.iter().any(|it| part.starts_with(it));
    text.split(delimiter).filter(path).filter(ours)
}

fn strings(value: &Value, at: &Pointer<'_>, prove: &mut impl FnMut(&dyn std::fmt::Display, &str)) {
    match value {
        Value::String(text) if text.contains("/etc/") => prove(at, text),
        Value::Array(items) => items.iter().enumerate().for_each(|(position, item)| strings(item, &at.index(position), prove)),
        Value::Object(fields) => fields.iter().for_each(|(name, field)| strings(field, &at.key(name), prove)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}
