//! The escape hatch: RFC 6902 operations of the topology on the rendered objects of a service. What comes out is
//! verified like everything else.

use json_patch::{Patch as JsonPatch, PatchOperation};
use serde_json::{Map, Value};

use crate::model::topology::service::{Patch, PatchOp};
use crate::model::{Artifact, Content, Path, Topology};
use crate::render::{RenderError, meta};

/// Applies the patches of every service, in their order.
pub fn apply(topology: &Topology, artifacts: &mut [Artifact]) -> Result<(), RenderError> {
    for (name, service) in &topology.services {
        for (index, patch) in service.patches.iter().enumerate() {
            let at = Path::of(["services", name.as_str(), "patches"]).index(index);
            apply_one(name.as_str(), patch, &at, artifacts)?;
        }
    }
    Ok(())
}

fn apply_one(service: &str, patch: &Patch, at: &Path, artifacts: &mut [Artifact]) -> Result<(), RenderError> {
    let failed = |reason: String| RenderError::Patch { at: at.clone(), reason };
    let operation = operation(patch).map_err(|error| failed(error.to_string()))?;
    let mut found = false;
    for artifact in artifacts.iter_mut() {
        let Content::Object(object) = &mut artifact.content else { continue };
        let kind = object.get("kind").and_then(Value::as_str);
        let label = object.pointer("/metadata/labels").and_then(|labels| labels.get(meta::NAME_LABEL)).and_then(Value::as_str);
        if kind != Some(patch.kind.as_str()) || label != Some(service) {
            continue;
        }
        found = true;
        json_patch::patch(object, &operation).map_err(|error| failed(error.to_string()))?;
        artifact.sources.push(at.clone());
    }
    if found { Ok(()) } else { Err(failed(format!("service `{service}` has no object of kind `{}`", patch.kind))) }
}

fn operation(patch: &Patch) -> Result<JsonPatch, serde_json::Error> {
    let word = match patch.op {
        PatchOp::Add => "add",
        PatchOp::Remove => "remove",
        PatchOp::Replace => "replace",
    };
    let mut fields = Map::new();
    fields.insert("op".to_owned(), Value::from(word));
    fields.insert("path".to_owned(), Value::from(patch.path.clone()));
    if let Some(value) = &patch.value {
        fields.insert("value".to_owned(), value.clone());
    }
    let operation: PatchOperation = serde_json::from_value(Value::Object(fields))?;
    Ok(JsonPatch(vec![operation]))
}
