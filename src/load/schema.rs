//! Validation against the published JSON Schema: which schema, and in which order its findings come.
//! What a single fault is called is decided in `explain`, never by the validator's own texts.

use std::collections::BTreeSet;

use jsonschema::Validator;
use serde_json::Value;
use thiserror::Error;

use crate::diag::Finding;

use super::explain::Explainer;
use super::tree::Tree;

/// The published schema, compiled once.
#[derive(Debug)]
pub struct Schema {
    document: Value,
    validator: Validator,
}

/// The schema is not a valid JSON Schema, or refers to something outside itself: a fault of ours.
#[derive(Debug, Error)]
#[error("the topology schema does not compile: {0}")]
pub struct BrokenSchema(String);

impl Schema {
    /// Compiles a schema as schemars generates it: draft 2020-12, with `$defs`, with nothing to fetch.
    pub fn compile(document: Value) -> Result<Self, BrokenSchema> {
        let validator = jsonschema::options().offline().build(&document).map_err(|error| BrokenSchema(error.to_string()))?;
        Ok(Self { document, validator })
    }
}

/// All faults of the document in the order of its files; `value` is the tree as JSON.
pub fn check(tree: &Tree, value: &Value, schema: &Schema) -> Vec<Finding> {
    let mut explainer = Explainer::new(&schema.document, value);
    for error in schema.validator.iter_errors(value) {
        explainer.explain(&error);
    }
    let mut findings = explainer.finish();
    findings.sort_by_cached_key(|finding| (tree.locate(&finding.at), finding.code, finding.message.clone()));
    let mut seen = BTreeSet::new();
    findings.retain(|finding| seen.insert((finding.at.clone(), finding.code, finding.message.clone())));
    findings
}

#[cfg(test)]
#[path = "schema_tests.rs"]
mod tests;
