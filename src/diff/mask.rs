//! No secret is ever shown: values of Secrets, of names that sound like secrets, and passwords inside texts become a mask of
//! one length. That something differs is still said; what and how long it is, is not.

use std::sync::LazyLock;

use regex::Regex;
use serde_json::{Map, Value};

use super::normalise::LAST_APPLIED;
use crate::model::change::{FieldChange, FieldPath, MASK, Segment, Shown};

/// Annotations in which tools keep whole objects.
const COPIES: [&str; 3] = [LAST_APPLIED, "kapp.k14s.io/original", "objectset.rio.cattle.io/applied"];
/// What a name has in it that means a secret.
const WORDS: [&str; 11] = [
    "password",
    "passwd",
    "passphrase",
    "secret",
    "token",
    "apikey",
    "api_key",
    "api-key",
    "privatekey",
    "private_key",
    "credential",
];

/// A pattern with what its match becomes.
type Rule = (Regex, &'static str);

/// Secrets inside texts: keys of PEM, credentials of URLs and headers, and `password: x` in any notation. `None` would be a
/// fault of a pattern, and then every text is masked.
static RULES: LazyLock<Option<Vec<Rule>>> = LazyLock::new(|| {
    let rules = [
        (r"(?s)-----BEGIN [A-Z ]*PRIVATE KEY-----.*?(-----END [A-Z ]*PRIVATE KEY-----|\z)", "(masked)"),
        (r"(://[^/\s:@]*):[^@/\s]+@", "$1:(masked)@"),
        (r"(?i)\b(bearer|basic)\s+[a-z0-9._~+/=-]{6,}", "$1 (masked)"),
        (
            r#"(?i)((?:password|passwd|passphrase|secret|token|api[_-]?key|private[_-]?key|credentials?|requirepass|masterauth)["']?(?:[ \t]*[:=][ \t]*|[ \t]+))("[^"\n]*"|'[^'\n]*'|[^\s,;"'{}\[\]]+)"#,
            "$1(masked)",
        ),
    ];
    rules.into_iter().map(|(pattern, with)| Some((Regex::new(pattern).ok()?, with))).collect()
});

/// A text without the secrets that it holds.
pub fn scrub(text: &str) -> String {
    let Some(rules) = RULES.as_ref() else { return MASK.to_owned() };
    rules.iter().fold(text.to_owned(), |text, (pattern, with)| pattern.replace_all(&text, *with).into_owned())
}

/// Takes secrets out of a change of an object of this kind.
pub(super) fn mask(kind: &str, change: &mut FieldChange) {
    let hidden = hidden(kind, &change.path);
    let data = kind == "Secret" && change.path.0.is_empty();
    for shown in [&mut change.before, &mut change.after].into_iter().flatten() {
        let Shown::Plain(value) = shown else { continue };
        if hidden || data {
            *shown = Shown::Masked;
        } else {
            clean(value, kind == "ConfigMap" && change.path.0.len() == 1);
        }
    }
}

/// Whether the value at a path is a secret as a whole.
fn hidden(kind: &str, path: &FieldPath) -> bool {
    let keys: Vec<Option<&str>> = path.keys().collect();
    match (kind, keys.as_slice()) {
        ("Secret", [Some("data" | "stringData"), ..]) => true,
        ("ConfigMap", [Some("data" | "binaryData"), Some(key), ..]) if sounds_secret(key) => true,
        (_, [Some("metadata"), Some("annotations"), Some(key)]) if COPIES.contains(key) => true,
        _ => variable(path),
    }
}

/// Whether a path ends in the value of an environment variable that sounds like a secret.
fn variable(path: &FieldPath) -> bool {
    let Some([Segment::Item(keys), Segment::Key(last)]) = path.0.last_chunk::<2>() else { return false };
    last == "value" && keys.iter().any(|(key, name)| key == "name" && sounds_secret(name))
}

fn sounds_secret(name: &str) -> bool {
    let name = name.to_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// Takes secrets out of a value; `data` says that its keys are names of data.
fn clean(value: &mut Value, data: bool) {
    match value {
        Value::String(text) => *text = scrub(text),
        Value::Array(items) => items.iter_mut().for_each(|item| clean(item, false)),
        Value::Object(map) => clean_map(map, data),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn clean_map(map: &mut Map<String, Value>, data: bool) {
    let variable = map.get("name").and_then(Value::as_str).is_some_and(sounds_secret);
    for (key, value) in map {
        let secret = (variable && key == "value") || (data && sounds_secret(key)) || COPIES.contains(&key.as_str());
        if secret {
            *value = MASK.into();
        } else {
            clean(value, false);
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::compare::change;
    use super::*;
    use crate::model::change::FieldKind;

    const SENTINEL: &str = "c4n4ry-v4lue";

    fn shown(kind: &str, path: FieldPath, value: &Value) -> String {
        let mut change = change(path, FieldKind::Changed, Some(value), Some(value));
        mask(kind, &mut change);
        format!("{change:?}")
    }

    fn path(pointer: &str) -> FieldPath {
        FieldPath(pointer.split('/').skip(1).map(|key| Segment::Key(key.to_owned())).collect())
    }

    #[test]
    fn no_surface_shows_the_sentinel() {
        let env = FieldPath(vec![
            Segment::Key("env".to_owned()),
            Segment::Item(vec![("name".to_owned(), "DB_PASSWORD".to_owned())]),
            Segment::Key("value".to_owned()),
        ]);
        let pem = format!("-----BEGIN RSA PRIVATE KEY-----\n{SENTINEL}\n-----END RSA PRIVATE KEY-----");
        let cases = [
            ("Secret", path("/data/key"), json!(SENTINEL)),
            ("Secret", path("/stringData"), json!({"a": SENTINEL})),
            ("Secret", path("/metadata/annotations/kubectl.kubernetes.io~1x"), json!(format!("token: {SENTINEL}"))),
            ("ConfigMap", path("/data/db-password"), json!(SENTINEL)),
            ("ConfigMap", path("/data"), json!({"api_token": SENTINEL})),
            ("ConfigMap", path("/data/app.yaml"), json!(format!("user: a\n  password: \"{SENTINEL}\"\nx: 1"))),
            ("ConfigMap", path("/data/redis.conf"), json!(format!("requirepass {SENTINEL}\n"))),
            ("ConfigMap", path("/data/app.json"), json!(format!("{{\"client_secret\":\"{SENTINEL}\"}}"))),
            ("ConfigMap", path("/data/tls"), json!(pem)),
            ("Deployment", env, json!(SENTINEL)),
            ("Deployment", path("/env"), json!([{"name": "API_TOKEN", "value": SENTINEL}])),
            ("Deployment", path("/args"), json!([format!("--password={SENTINEL}")])),
            ("Deployment", path("/url"), json!(format!("redis://:{SENTINEL}@cache:6379/0"))),
            ("Deployment", path("/header"), json!(format!("Authorization: Bearer {SENTINEL}"))),
            (
                "Deployment",
                FieldPath::default().with(Segment::Key("metadata".to_owned())),
                json!({"annotations": {LAST_APPLIED: SENTINEL}}),
            ),
        ];
        for (kind, path, value) in cases {
            let shown = shown(kind, path.clone(), &value);
            assert!(!shown.contains(SENTINEL), "{kind} {path}: {shown}");
        }
    }

    #[test]
    fn what_is_no_secret_is_shown() {
        let cases = [
            ("Deployment", "/spec/replicas", json!(3)),
            ("Deployment", "/volumes", json!([{"secret": {"secretName": "core-db"}}])),
            ("ConfigMap", "/data/app.yaml", json!("level: info\nurl: http://orders:8080/\n")),
            ("Deployment", "/env", json!([{"name": "LEVEL", "value": "info"}])),
        ];
        for (kind, at, value) in cases {
            let mut change = change(path(at), FieldKind::Changed, Some(&value), None);
            mask(kind, &mut change);
            assert_eq!(change.before, Some(Shown::Plain(value)), "{kind} {at}");
        }
    }

    #[test]
    fn the_mask_has_one_length() {
        assert_eq!(scrub("password: a"), "password: (masked)");
        assert_eq!(scrub("password: abcdefghijklmnop"), "password: (masked)");
    }
}
