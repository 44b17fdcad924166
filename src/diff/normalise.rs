//! What the server and its controllers keep in an object for themselves is no difference and is taken away before comparing.

use serde_json::Value;

/// The annotation in which `kubectl apply` without `--server-side` keeps the whole object, secrets included.
pub(super) const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Fields of `metadata` that only the server sets.
const SERVER_SET: [&str; 6] = ["managedFields", "resourceVersion", "uid", "generation", "creationTimestamp", "selfLink"];
/// Annotations of controllers, and copies of the object.
const NOISE: [&str; 3] = [LAST_APPLIED, "deployment.kubernetes.io/revision", "deprecated.daemonset.template.generation"];

/// Takes away what is not the user's.
pub(super) fn normalise(object: &mut Value) {
    let Some(object) = object.as_object_mut() else { return };
    object.remove("status");
    let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) else { return };
    for field in SERVER_SET {
        metadata.remove(field);
    }
    let Some(annotations) = metadata.get_mut("annotations").and_then(Value::as_object_mut) else { return };
    for noise in NOISE {
        annotations.remove(noise);
    }
    if annotations.is_empty() {
        metadata.remove("annotations");
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_what_is_not_the_users_goes() {
        let mut object = json!({"kind": "Deployment", "status": {"replicas": 1}, "spec": {"status": "kept"}, "metadata": {
            "name": "a", "uid": "u", "generation": 2, "resourceVersion": "3", "creationTimestamp": "t", "managedFields": [],
            "selfLink": "/", "annotations": {LAST_APPLIED: "{}", "deployment.kubernetes.io/revision": "1"}}});
        normalise(&mut object);
        assert_eq!(object, json!({"kind": "Deployment", "spec": {"status": "kept"}, "metadata": {"name": "a"}}));
    }
}
