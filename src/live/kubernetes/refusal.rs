//! What a refusal of the API server means: a `Status` becomes a failure of a known class.

use http::StatusCode;
use serde_json::Value;

use super::transport::Answer;
use crate::model::live::{Failure, Reason};

/// How long the server's words may be.
const LONGEST: usize = 1000;

/// The failure that an answer with an error status is. The words of the server may quote values, so those about a Secret
/// are reduced to the fields that they name.
pub(super) fn refusal(answer: &Answer, kind: &str) -> Failure {
    let said = answer.body.get("message").and_then(Value::as_str).unwrap_or_default();
    let reason = reason(answer.status, said, answer.body.pointer("/details/kind").and_then(Value::as_str));
    let message = if said.is_empty() {
        answer.status.to_string()
    } else if kind == "Secret" && reason == Reason::Invalid {
        format!("the server refuses {}", fields(&answer.body))
    } else {
        said.chars().take(LONGEST).collect()
    };
    Failure::new(reason, message)
}

/// The fields that a refusal is about.
fn fields(status: &Value) -> String {
    let causes = status.pointer("/details/causes").and_then(Value::as_array);
    let named: Vec<&str> = causes.into_iter().flatten().filter_map(|cause| cause.get("field")?.as_str()).collect();
    if named.is_empty() { "this Secret".to_owned() } else { named.join(", ") }
}

fn reason(status: StatusCode, said: &str, about: Option<&str>) -> Reason {
    match status {
        StatusCode::UNAUTHORIZED => Reason::Unauthorized,
        StatusCode::FORBIDDEN if said.contains("is forbidden: User ") => Reason::Forbidden,
        // Admission plugins and policies answer 403 as well: they refuse the object, not the user.
        StatusCode::FORBIDDEN if said.contains("admission") || said.contains("violates") => Reason::Invalid,
        StatusCode::FORBIDDEN => Reason::Forbidden,
        StatusCode::NOT_FOUND if about == Some("namespaces") => Reason::NamespaceMissing,
        StatusCode::NOT_FOUND => Reason::KindMissing,
        StatusCode::CONFLICT => Reason::Conflict,
        StatusCode::BAD_REQUEST if said.contains("does not support dry run") => Reason::WebhookWithoutDryRun,
        StatusCode::BAD_REQUEST | StatusCode::UNPROCESSABLE_ENTITY => Reason::Invalid,
        // Server-side apply answers 500 to a manifest that does not fit the schema.
        StatusCode::INTERNAL_SERVER_ERROR if said.starts_with("failed to create typed patch object") => Reason::Invalid,
        _ => Reason::Other,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, message: &str, kind: &str) -> Failure {
        let body = json!({"message": message, "details": {"causes": [{"field": "data.key"}]}});
        refusal(&Answer { status: StatusCode::from_u16(status).unwrap(), body }, kind)
    }

    #[test]
    fn an_unknown_field_is_a_fault_of_the_manifest() {
        let failure = refused(500, "failed to create typed patch object: .spec.x: field not declared in schema", "Service");
        assert_eq!(failure.reason, Reason::Invalid);
        assert_eq!(refused(500, "failed calling webhook \"a\"", "Service").reason, Reason::Other);
    }

    #[test]
    fn a_policy_is_told_from_missing_rights() {
        let rights = "configmaps \"a\" is forbidden: User \"reader\" cannot get resource \"configmaps\"";
        assert_eq!(refused(403, rights, "ConfigMap").reason, Reason::Forbidden);
        let policy = "pods \"a\" is forbidden: violates PodSecurity \"restricted:latest\"";
        assert_eq!(refused(403, policy, "Pod").reason, Reason::Invalid);
    }

    #[test]
    fn a_webhook_without_dry_run_is_named() {
        let said = "admission webhook \"a.example\" does not support dry run";
        assert_eq!(refused(400, said, "Service").reason, Reason::WebhookWithoutDryRun);
    }

    #[test]
    fn the_words_about_a_secret_are_not_repeated() {
        let failure = refused(422, "data.key: Invalid value: \"hunter2\"", "Secret");
        assert_eq!(failure.message, "the server refuses data.key");
    }
}
