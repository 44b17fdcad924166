//! From artifacts to bytes: YAML, JSON and text, each path once.
//!
//! Strings that a reader of YAML 1.1 or 1.2 would take for something else are quoted, long ones are never folded, and
//! a Kubernetes object opens with `apiVersion`, `kind`, `metadata`, `spec`. Nothing here knows what a file means.

use std::collections::BTreeMap;

use rayon::prelude::{IntoParallelIterator, ParallelIterator};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::Value;

use crate::model::artifact::{Artifact, Content};
use crate::model::lock::LOCK_FILE;
use crate::model::tree::{File, Tree};

/// The keys that open a document, in the order in which people read them.
const FIRST_KEYS: [&str; 4] = ["apiVersion", "kind", "metadata", "spec"];

/// More characters than any line has: block scalars are then written as they are.
const NEVER_FOLD: usize = usize::MAX;

/// Why artifacts cannot become a tree.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// Two renderers wrote the same file.
    #[error("two files are rendered at `{0}`")]
    Twice(String),
    /// One file's path is the folder of another.
    #[error("`{file}` is rendered both as a file and as the folder of `{below}`")]
    FileAndFolder {
        /// The path of the file that should be a folder.
        file: String,
        /// The path below it.
        below: String,
    },
    /// The path would leave the output folder, or is one of ours.
    #[error("`{0:?}` is no path for a rendered file")]
    Path(String),
    /// A value has no YAML form.
    #[error("cannot write `{path}`")]
    Yaml {
        /// The file.
        path: String,
        /// What the writer says.
        source: serde_saphyr::ser::Error,
    },
    /// A value has no JSON form.
    #[error("cannot write `{path}`")]
    Json {
        /// The file.
        path: String,
        /// What the writer says.
        source: serde_json::Error,
    },
}

/// Writes every artifact into memory.
pub fn tree(artifacts: Vec<Artifact>) -> Result<Tree, WriteError> {
    let written = artifacts.into_par_iter().map(file).collect::<Result<Vec<_>, _>>()?;
    let mut files = BTreeMap::new();
    for (path, file) in written {
        if !is_safe(&path) {
            return Err(WriteError::Path(path));
        }
        if files.insert(path.clone(), file).is_some() {
            return Err(WriteError::Twice(path));
        }
    }
    match files.keys().find_map(|path| Some((path, folder_in(path, &files)?))) {
        Some((below, file)) => Err(WriteError::FileAndFolder { file: file.to_owned(), below: below.clone() }),
        None => Ok(Tree(files)),
    }
}

/// One artifact as bytes.
fn file(artifact: Artifact) -> Result<(String, File), WriteError> {
    let Artifact { path, content, sources, executable } = artifact;
    let bytes = match content {
        Content::Object(value) | Content::Yaml(value) => yaml(&value).map(String::into_bytes),
        Content::YamlDocuments(documents) => yaml_documents(&documents).map(String::into_bytes),
        Content::Json(value) => match json(&value) {
            Ok(bytes) => Ok(bytes),
            Err(source) => return Err(WriteError::Json { path, source }),
        },
        Content::Text(text) => Ok(text.into_bytes()),
    };
    match bytes {
        Ok(bytes) => Ok((path, File { bytes, executable, sources })),
        Err(source) => Err(WriteError::Yaml { path, source }),
    }
}

/// One YAML document, with a final newline.
pub fn yaml(value: &Value) -> Result<String, serde_saphyr::ser::Error> {
    let options = serde_saphyr::ser_options! { min_fold_chars: NEVER_FOLD, folded_wrap_chars: NEVER_FOLD };
    let mut text = String::new();
    serde_saphyr::to_fmt_writer_with_options(&mut text, &Document(value), options)?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

fn yaml_documents(documents: &[Value]) -> Result<String, serde_saphyr::ser::Error> {
    Ok(documents.iter().map(yaml).collect::<Result<Vec<_>, _>>()?.join("---\n"))
}

fn json(value: &Value) -> Result<Vec<u8>, serde_json::Error> {
    let mut bytes = serde_json::to_vec_pretty(value)?;
    bytes.push(b'\n');
    Ok(bytes)
}

/// A document whose top-level keys stand in the order of [`FIRST_KEYS`], the others after them by name.
struct Document<'a>(&'a Value);

impl Serialize for Document<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Value::Object(fields) = self.0 else { return self.0.serialize(serializer) };
        let mut map = serializer.serialize_map(Some(fields.len()))?;
        for key in FIRST_KEYS {
            if let Some(value) = fields.get(key) {
                map.serialize_entry(key, value)?;
            }
        }
        for (key, value) in fields.iter().filter(|(key, _)| !FIRST_KEYS.contains(&key.as_str())) {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

/// Whether a path stays below the output folder and clear of the lock file.
fn is_safe(path: &str) -> bool {
    let part = |part: &str| !part.is_empty() && part != "." && part != "..";
    path.split('/').all(part) && !path.chars().any(char::is_control) && path != LOCK_FILE
}

/// The part of a path that is a file itself.
fn folder_in<'a>(path: &'a str, files: &BTreeMap<String, File>) -> Option<&'a str> {
    path.match_indices('/').filter_map(|(end, _)| path.get(..end)).find(|folder| files.contains_key(*folder))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::model::path::Path;

    /// Strings that some reader of YAML takes for something else, or for no YAML at all.
    const AWKWARD: [&str; 78] = [
        "",
        " ",
        "~",
        "null",
        "Null",
        "NULL",
        "yes",
        "Yes",
        "no",
        "NO",
        "on",
        "On",
        "off",
        "OFF",
        "y",
        "n",
        "Y",
        "true",
        "True",
        "false",
        "FALSE",
        "1",
        "-1",
        "+1",
        "0",
        "012",
        "0o14",
        "0x1F",
        "0b11",
        "1_000",
        "1e3",
        "1.5",
        "1.",
        ".5",
        ".inf",
        "-.INF",
        ".nan",
        "12:30:45",
        "190:20:30",
        "2001-12-14",
        "2001-12-14t21:59:43.10-05:00",
        "=",
        "<<",
        "-",
        "- x",
        "--- x",
        "---",
        "...",
        "? x",
        ": x",
        "x: y",
        "x:",
        "x #y",
        "# x",
        "{{ x }}",
        "{x",
        "[x",
        "]",
        "}",
        "&x",
        "*x",
        "!x",
        "!!str x",
        "|",
        ">",
        "%x",
        "@x",
        "`x",
        "'x'",
        "\"x\"",
        " leading",
        "trailing ",
        "tab\tinside",
        "\ttab",
        "back\\slash",
        "nul\u{0}",
        "nel\u{85}x",
        "ls\u{2028}x",
    ];

    /// Strings of several lines, with every end that a block scalar knows.
    const LINES: [&str; 10] =
        ["a\n", "a\n\n", "a\nb", "\na", "\n", " a\nb\n", "a \nb\n", "a\r\nb", "a\rb", "#!/bin/sh\n\tset -eu\n"];

    fn artifact(content: Content) -> Artifact {
        Artifact { path: "x".to_owned(), content, sources: Vec::new(), executable: false }
    }

    fn text(content: Content) -> String {
        String::from_utf8(file(artifact(content)).unwrap().1.bytes).unwrap()
    }

    /// What the second, independent reader makes of a document.
    fn read_back(text: &str) -> Value {
        serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{error}\n{text}"))
    }

    #[test]
    fn awkward_strings_come_back_as_values_and_items() {
        for string in AWKWARD.into_iter().chain(LINES) {
            let value = json!({ "value": string, "items": [string, [string]], "after": true });
            let text = text(Content::Yaml(value.clone()));
            assert_eq!(read_back(&text), value, "{string:?} was written as\n{text}");
        }
    }

    #[test]
    fn awkward_strings_come_back_as_keys() {
        for string in AWKWARD.into_iter().chain(LINES) {
            let value = json!({ "outer": { string: 1, "other": 2 } });
            let text = text(Content::Yaml(value.clone()));
            assert_eq!(read_back(&text), value, "{string:?} was written as\n{text}");
        }
    }

    #[test]
    fn words_that_only_old_readers_take_for_booleans_are_quoted() {
        for word in ["yes", "no", "on", "off", "y", "n", "012", "12:30:45", "=", "<<", "1e3"] {
            let text = text(Content::Yaml(json!({ "value": word })));
            assert!(text == format!("value: \"{word}\"\n") || text == format!("value: '{word}'\n"), "{text}");
        }
    }

    #[test]
    fn a_long_string_stays_on_its_line() {
        let long = "word ".repeat(100) + "end";
        assert_eq!(text(Content::Yaml(json!({ "value": long }))), format!("value: {long}\n"));
        let script = format!("#!/bin/sh\n{long}\n");
        assert_eq!(text(Content::Yaml(json!({ "value": script }))), format!("value: |\n  #!/bin/sh\n  {long}\n"));
    }

    #[test]
    fn an_object_opens_as_people_read_it() {
        let object =
            json!({ "data": 1, "spec": { "b": 1, "a": [] }, "metadata": { "name": "x" }, "kind": "K", "apiVersion": "v1" });
        let expected = "apiVersion: v1\nkind: K\nmetadata:\n  name: x\nspec:\n  a: []\n  b: 1\ndata: 1\n";
        assert_eq!(text(Content::Object(object)), expected);
    }

    #[test]
    fn documents_are_told_apart_by_three_dashes() {
        let documents = vec![json!({ "kind": "A" }), json!({ "kind": "B" })];
        assert_eq!(text(Content::YamlDocuments(documents)), "kind: A\n---\nkind: B\n");
    }

    #[test]
    fn json_and_text_end_as_they_should() {
        assert_eq!(text(Content::Json(json!({ "a": [1] }))), "{\n  \"a\": [\n    1\n  ]\n}\n");
        assert_eq!(text(Content::Text("as it is".to_owned())), "as it is");
    }

    #[test]
    fn a_tree_keeps_what_an_artifact_says() {
        let mut script = Artifact::text("runbooks/a.sh", "x", vec![Path::of(["a"])]);
        script.executable = true;
        let tree = tree(vec![Artifact::text("b", "y", Vec::new()), script]).unwrap();
        assert_eq!(tree.0.keys().collect::<Vec<_>>(), ["b", "runbooks/a.sh"]);
        let expected = File { bytes: b"x".to_vec(), executable: true, sources: vec![Path::of(["a"])] };
        assert_eq!(tree.get("runbooks/a.sh"), Some(&expected));
    }

    #[test]
    fn one_path_holds_one_file() {
        let tree_of = |paths: &[&str]| tree(paths.iter().map(|path| Artifact::text(*path, "", Vec::new())).collect());
        assert!(matches!(tree_of(&["a", "b", "a"]), Err(WriteError::Twice(path)) if path == "a"));
        assert!(matches!(tree_of(&["a", "a-b", "a/b"]), Err(WriteError::FileAndFolder { file, .. }) if file == "a"));
        for bad in ["", "/a", "a/", "a//b", "../a", "a/../b", "./a", "a\nb", LOCK_FILE] {
            assert!(matches!(tree_of(&[bad]), Err(WriteError::Path(_))), "{bad:?}");
        }
    }
}
