//! Text becomes a checked document: YAML trees with places, overlays merged, validated against the published schema.
//! It reads no file and gives no meaning to what it read; the typed topology is decoded from the document afterwards.

mod anchors;
pub mod codes;
pub mod merge;
pub mod parse;
mod scalar;
pub mod text;
pub mod tree;

