//! Overlays: several trees become one, left to right, as in RFC 7396: mappings by key, lists and scalars replaced,
//! `null` removes a key. Every node keeps the place in its own file.

use std::collections::BTreeMap;

use super::tree::{Entry, Kind, Node};

/// Lays `overlay` over `base`.
pub fn merge(base: Node, overlay: Node) -> Node {
    match (base.kind, overlay.kind) {
        (Kind::Map(below), Kind::Map(above)) => {
            Node { span: base.span, kind: Kind::Map(merge_maps(below, above)), form: base.form }
        }
        // RFC 7396 merges a mapping into nothing, so that a `null` inside it is not left behind.
        (_, Kind::Map(above)) => Node { span: overlay.span, kind: Kind::Map(merge_maps(Vec::new(), above)), form: overlay.form },
        (_, kind) => Node { span: overlay.span, kind, form: overlay.form },
    }
}

fn merge_maps(below: Vec<Entry>, above: Vec<Entry>) -> Vec<Entry> {
    let mut positions: BTreeMap<String, usize> =
        below.iter().enumerate().map(|(position, entry)| (entry.key.clone(), position)).collect();
    let mut merged: Vec<Option<Entry>> = below.into_iter().map(Some).collect();
    for entry in above {
        let slot = positions.remove(&entry.key).and_then(|position| merged.get_mut(position));
        let removed = entry.value.kind == Kind::Null;
        match slot {
            Some(slot) if removed => *slot = None,
            Some(slot) => *slot = slot.take().map(|old| over(old, entry)),
            None if removed => {}
            None => {
                let nothing = Node { span: entry.value.span.clone(), kind: Kind::Null, form: entry.value.form };
                merged.push(Some(Entry { value: merge(nothing, entry.value), ..entry }));
            }
        }
    }
    merged.into_iter().flatten().collect()
}

fn over(old: Entry, new: Entry) -> Entry {
    let merges = matches!((&old.value.kind, &new.value.kind), (Kind::Map(_), Kind::Map(_)));
    let key_span = if merges { old.key_span } else { new.key_span };
    Entry { key: old.key, key_span, value: merge(old.value, new.value) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Place;
    use crate::load::parse::parse;
    use crate::load::tree::Tree;
    use crate::model::Path;

    fn merged(files: &[&str]) -> Tree {
        let mut nodes = files.iter().enumerate().map(|(file, text)| parse(file, text).unwrap());
        let first = nodes.next().unwrap();
        Tree { root: nodes.fold(first, merge) }
    }

    #[test]
    fn merges_maps_replaces_the_rest_and_removes_nulls() {
        let tree = merged(&["a: {x: 1, y: [1, 2]}\nb: 2\nw: null", "a: {y: [3], z: {keep: 1, drop: null}}\nb: null\nc: null"]);
        assert_eq!(tree.to_value(), serde_json::json!({"a": {"x": 1, "y": [3], "z": {"keep": 1}}, "w": null}));
    }

    #[test]
    fn keeps_the_file_of_every_node() {
        let tree = merged(&["a: {x: 1, y: 2}", "a: {y: 3}", "# nothing of interest\na: {z: 4}"]);
        let file = |key: &str| tree.locate(&Place::Key(Path::of(["a", key]))).unwrap().file;
        assert_eq!((file("x"), file("y"), file("z")), (0, 1, 2));
    }
}
