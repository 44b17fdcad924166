//! As whom to ask: the field manager that applied an object, because a dry run as anybody else would leave what that manager
//! owns and rendering no longer has.

use serde_json::Value;

/// The manager of a first apply by us.
pub(super) const OURS: &str = "inuretech";

/// The managers that apply whole objects, the most likely first.
const APPLIERS: [&str; 4] = [OURS, "argocd-controller", "kustomize-controller", "kubectl"];
/// What `kubectl apply` without `--server-side` calls itself; a server-side apply after it goes on as `kubectl`.
const CLIENT_SIDE: &str = "kubectl-client-side-apply";

/// The manager to ask as.
pub(super) fn applier(live: &Value) -> &'static str {
    let entries = live.pointer("/metadata/managedFields").and_then(Value::as_array);
    let has = |manager: &str, operation: &str| {
        let field = |entry: &Value, key: &str, value: &str| entry.get(key).and_then(Value::as_str) == Some(value);
        entries.into_iter().flatten().any(|it| field(it, "manager", manager) && field(it, "operation", operation))
    };
    if let Some(manager) = APPLIERS.into_iter().find(|manager| has(manager, "Apply")) {
        return manager;
    }
    if has(CLIENT_SIDE, "Update") {
        return "kubectl";
    }
    APPLIERS.into_iter().find(|manager| has(manager, "Update")).unwrap_or(OURS)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn applied_by(entries: &[(&str, &str)]) -> &'static str {
        let entries: Vec<Value> = entries.iter().map(|(m, o)| json!({"manager": m, "operation": o})).collect();
        applier(&json!({"metadata": {"managedFields": entries}}))
    }

    #[test]
    fn the_one_that_applied_is_found() {
        assert_eq!(applied_by(&[("kube-controller-manager", "Update"), ("kubectl", "Apply")]), "kubectl");
        assert_eq!(applied_by(&[("kubectl-client-side-apply", "Update")]), "kubectl");
        assert_eq!(applied_by(&[("argocd-controller", "Update")]), "argocd-controller");
        assert_eq!(applied_by(&[("kubectl-edit", "Update"), ("kustomize-controller", "Apply")]), "kustomize-controller");
        assert_eq!(applied_by(&[("kubectl-create", "Update")]), OURS);
        assert_eq!(applier(&Value::Null), OURS);
    }
}
