//! Findings for programs: one JSON object each, with the place as file, line and column and as a path of the topology.

use serde_json::{Value, json};

use crate::diag::{Finding, Place, Sources, Span};

use super::lines::Lines;

/// An array with one object for each finding; what is not known is `null`.
pub fn findings(findings: &[Finding], sources: &Sources, locate: &dyn Fn(&Place) -> Option<Span>) -> Value {
    let lines = Lines::new(sources);
    findings.iter().map(|finding| object(finding, &lines, locate)).collect()
}

/// A place as a program can use it.
struct At {
    file: Option<String>,
    line: Option<usize>,
    column: Option<usize>,
    path: Option<String>,
}

fn object(finding: &Finding, lines: &Lines<'_>, locate: &dyn Fn(&Place) -> Option<Span>) -> Value {
    let related = finding.related.iter().map(|related| {
        let at = place(&related.at, lines, locate);
        json!({"file": at.file, "line": at.line, "column": at.column, "path": at.path, "note": related.note})
    });
    let related: Vec<_> = related.collect();
    let at = place(&finding.at, lines, locate);
    json!({
        "code": finding.code, "severity": finding.severity, "message": finding.message,
        "file": at.file, "line": at.line, "column": at.column, "path": at.path,
        "help": finding.help, "related": related, "waived": finding.waived,
    })
}

fn place(place: &Place, lines: &Lines<'_>, locate: &dyn Fn(&Place) -> Option<Span>) -> At {
    let path = match place {
        Place::Value(path) | Place::Key(path) => Some(path.to_string()),
        Place::Artifact { inside, .. } if inside.starts_with('/') => Some(inside.clone()),
        Place::Artifact { .. } | Place::Bytes(_) => None,
    };
    if let Some(spot) = locate(place).and_then(|span| lines.spot(&span)) {
        return At { file: Some(spot.file.to_owned()), line: Some(spot.line), column: Some(spot.column), path };
    }
    match place {
        Place::Artifact { path: file, inside } => {
            let line = inside.strip_prefix("line ").and_then(|line| line.parse().ok());
            At { file: Some(file.clone()), line, column: None, path }
        }
        Place::Value(_) | Place::Key(_) | Place::Bytes(_) => At { file: None, line: None, column: None, path },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Code, Source};
    use crate::model::Path;

    #[test]
    fn has_every_field() {
        let sources = Sources(vec![Source { name: "t.yaml".to_owned(), text: "a: 1\nb: 2\n".to_owned() }]);
        let finding = Finding::warning(Code("IT200"), Path::of(["b"]), "m").help("h").related(Path::of(["a"]), "n");
        let locate = |place: &Place| match place {
            Place::Value(path) if *path == Path::of(["b"]) => Some(Span { file: 0, start: 8, end: 9 }),
            _ => None,
        };
        let expected = json!([{"code": "IT200", "severity": "warning", "message": "m", "file": "t.yaml", "line": 2, "column": 4,
            "path": "b", "help": "h", "waived": null,
            "related": [{"file": null, "line": null, "column": null, "path": "a", "note": "n"}]}]);
        assert_eq!(findings(&[finding], &sources, &locate), expected);
    }

    #[test]
    fn a_rendered_file_is_named() {
        let at = |inside: &str| Place::Artifact { path: "hosts/a".to_owned(), inside: inside.to_owned() };
        let found = [Finding::error(Code("IT800"), at("line 7"), "m"), Finding::error(Code("IT800"), at("/spec"), "m")];
        let value = findings(&found, &Sources::default(), &|_| None);
        assert_eq!((&value[0]["file"], &value[0]["line"], &value[0]["path"]), (&json!("hosts/a"), &json!(7), &Value::Null));
        assert_eq!((&value[1]["line"], &value[1]["path"]), (&Value::Null, &json!("/spec")));
    }
}
