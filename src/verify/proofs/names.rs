//! Names inside the cluster: each `<service>.<namespace>.svc` in any object is a Service with that port.

use std::borrow::Cow;

use rayon::prelude::*;
use serde_json::Value;

use super::codes::SERVICE_NAME;
use super::{Findings, Rendered};
use crate::verify::kubernetes::object::Object;
use crate::verify::kubernetes::report::Pointer;

/// A Service as a text names it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Named<'t> {
    /// Its name.
    pub service: &'t str,
    /// Its namespace.
    pub namespace: &'t str,
    /// The port, where one follows.
    pub port: Option<u16>,
}

/// Every name of a Service in a text; a pod's own name behind a headless Service counts as the Service's.
pub(super) fn named(text: &str) -> impl Iterator<Item = Named<'_>> {
    text.match_indices(".svc").filter_map(move |(at, found)| {
        let (before, after) = (text.get(..at)?, text.get(at + found.len()..)?);
        let part = |byte: char| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == '-';
        let start = before.rfind(|byte: char| !part(byte) && byte != '.').map_or(0, |found| found + 1);
        let mut labels = before.get(start..)?.rsplit('.');
        let (namespace, service) = (labels.next()?, labels.next().filter(|label| !label.is_empty())?);
        let after = after.strip_prefix(".cluster.local").unwrap_or(after);
        if after.starts_with(|next: char| part(next) || next == '.' && after.len() > 1 && !after.starts_with(". ")) {
            return None;
        }
        let digits = after.strip_prefix(':').map(|port| port.split(|byte: char| !byte.is_ascii_digit()).next().unwrap_or(port));
        Some(Named { service, namespace, port: digits.and_then(|digits| digits.parse().ok()) })
    })
}

/// The text as each data centre's pods read it: `$(ZONE)` is the name of theirs.
pub(super) fn zones<'t>(rendered: &Rendered<'_>, text: &'t str) -> Vec<Cow<'t, str>> {
    const ZONE: &str = "$(ZONE)";
    if !text.contains(ZONE) {
        return vec![Cow::Borrowed(text)];
    }
    rendered.topology.datacenters.keys().map(|zone| Cow::Owned(text.replace(ZONE, zone.as_str()))).collect()
}

pub(super) fn check(rendered: &Rendered<'_>, findings: &mut Findings) {
    let check = |object: &Object<'_>| {
        let mut found = Findings::default();
        walk(rendered, object, object.value, &Pointer::ROOT, &mut found);
        found.0
    };
    findings.0.par_extend(rendered.cluster.objects.par_iter().flat_map_iter(check));
}

fn walk(rendered: &Rendered<'_>, object: &Object<'_>, value: &Value, at: &Pointer<'_>, found: &mut Findings) {
    match value {
        Value::String(text) if text.contains(".svc") => {
            for text in zones(rendered, text) {
                named(&text).for_each(|named| prove(rendered, object, named, at, found));
            }
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(position, item)| walk(rendered, object, item, &at.index(position), found));
        }
        Value::Object(fields) => fields.iter().for_each(|(name, field)| walk(rendered, object, field, &at.key(name), found)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn prove(rendered: &Rendered<'_>, object: &Object<'_>, named: Named<'_>, at: &Pointer<'_>, found: &mut Findings) {
    let Named { service, namespace, port } = named;
    if !rendered.cluster.lives(namespace) {
        return;
    }
    let Some(known) = rendered.cluster.services.get(&(namespace, service.to_owned())) else {
        return found.error(SERVICE_NAME, object.file, at, format!("no Service `{service}` is rendered in `{namespace}`"));
    };
    let open = |port: &u16| known.ports.contains_key(port) || known.ports.values().any(|target| target == port);
    if let Some(port) = port.filter(|port| !open(port)) {
        found.error(SERVICE_NAME, object.file, at, format!("the Service `{service}` in `{namespace}` has no port {port}"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_addresses_and_lists() {
        let text = "http://web.apps.svc.cluster.local:8080/x,c-0.cache.data.svc:6379 a.b.svc";
        let found: Vec<_> = named(text).map(|named| (named.service, named.namespace, named.port)).collect();
        assert_eq!(found, [("web", "apps", Some(8080)), ("cache", "data", Some(6379)), ("a", "b", None)]);
    }
}
