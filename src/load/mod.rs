//! Text becomes a checked document: YAML trees with places, overlays merged, validated against the published schema.
//! It reads no file and gives no meaning to what it read; the typed topology is decoded from the document afterwards.

mod alternatives;
mod anchors;
pub mod codes;
pub mod edit;
mod explain;
pub mod language;
pub mod merge;
pub mod parse;
pub mod resolve;
mod scalar;
pub mod schema;
mod surgery;
pub mod text;
pub mod tree;
mod words;
mod write;

use serde::de::DeserializeOwned;
use serde_json::Value;
use serde_path_to_error::Segment;

use crate::diag::{Finding, Place, Sources, Span};
use crate::model::{Path, Step};

pub use schema::{BrokenSchema, Schema};
pub use text::{MAX_BYTES, decode as decode_text};
pub use tree::Tree;

/// A document that agrees with the schema.
#[derive(Debug, Clone, PartialEq)]
pub struct Document {
    /// With the places of all keys and values.
    pub tree: Tree,
    /// The same as JSON.
    pub value: Value,
}

/// A document that could not be accepted.
#[derive(Debug, Clone, PartialEq)]
pub struct Rejected {
    /// What is wrong; never empty.
    pub findings: Vec<Finding>,
    /// The tree, where all files could be parsed, to find the lines of the findings.
    pub tree: Option<Tree>,
}

impl Rejected {
    /// The bytes that a place means, as far as the files could be understood.
    pub fn locate(&self, place: &Place) -> Option<Span> {
        match (&self.tree, place) {
            (Some(tree), place) => tree.locate(place),
            (None, Place::Bytes(span)) => Some(span.clone()),
            (None, Place::Value(_) | Place::Key(_) | Place::Artifact { .. }) => None,
        }
    }
}

/// Parses all files, lays each over the ones before it, and checks the result against the schema.
pub fn read(sources: &Sources, schema: &Schema) -> Result<Document, Rejected> {
    let mut findings = Vec::new();
    let mut merged = None;
    for (file, source) in sources.0.iter().enumerate() {
        match parse::parse(file, &source.text) {
            Ok(node) => {
                merged = Some(match merged {
                    Some(base) => merge::merge(base, node),
                    None => node,
                });
            }
            Err(faults) => findings.extend(faults),
        }
    }
    let Some(root) = merged.filter(|_| findings.is_empty()) else { return Err(Rejected { findings, tree: None }) };
    let tree = Tree { root };
    let value = tree.to_value();
    let findings = schema::check(&tree, &value, schema);
    if findings.is_empty() { Ok(Document { tree, value }) } else { Err(Rejected { findings, tree: Some(tree) }) }
}

/// Reads a checked document into its type; what the schema lets through and the type does not is a finding at its path.
pub fn decode<T: DeserializeOwned>(value: &Value) -> Result<T, Vec<Finding>> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let steps = error.path().iter().map_while(|segment| match segment {
            Segment::Seq { index } => Some(Step::Index(*index)),
            Segment::Map { key } => Some(Step::Key(key.clone())),
            Segment::Enum { variant } => Some(Step::Key(variant.clone())),
            Segment::Unknown => None,
        });
        let path: Path = steps.collect();
        vec![Finding::error(codes::DECODE, path, error.inner().to_string())]
    })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;
    use crate::diag::Source;

    fn sources(texts: &[&str]) -> Sources {
        Sources(texts.iter().map(|text| Source { name: "x.yaml".to_owned(), text: (*text).to_owned() }).collect())
    }

    fn schema() -> Schema {
        Schema::compile(json!({"type": "object", "additionalProperties": {"type": "integer"}})).unwrap()
    }

    #[test]
    fn reads_overlays() {
        let document = read(&sources(&["a: 1\nb: 2", "b: 3\nc: 4"]), &schema()).unwrap();
        assert_eq!(document.value, json!({"a": 1, "b": 3, "c": 4}));
    }

    #[test]
    fn collects_the_faults_of_all_files() {
        let rejected = read(&sources(&["a: 01", "b: 1\nb: 2"]), &schema()).unwrap_err();
        let files: Vec<_> =
            rejected.findings.iter().filter_map(|finding| rejected.locate(&finding.at)).map(|span| span.file).collect();
        assert_eq!(files, [0, 1]);
    }

    #[test]
    fn points_into_the_overlay_that_is_wrong() {
        let rejected = read(&sources(&["a: 1", "\nb: x"]), &schema()).unwrap_err();
        assert_eq!(rejected.locate(&rejected.findings[0].at), Some(Span { file: 1, start: 4, end: 5 }));
    }

    #[test]
    fn a_decode_error_has_its_path() {
        let findings = decode::<BTreeMap<String, Vec<u8>>>(&json!({"a": [1, 300]})).unwrap_err();
        assert_eq!(findings[0].at, Place::Value(Path::of(["a"]).index(1)));
        assert_eq!(decode::<Vec<u8>>(&json!([1])), Ok(vec![1]));
    }
}
