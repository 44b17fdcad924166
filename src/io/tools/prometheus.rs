//! `promtool check rules` on every `PrometheusRule`, and `amtool check-config` on the Alertmanager's file.
//! The object around the rules is checked elsewhere; here it is taken off, and Prometheus reads what is inside.

use serde_json::Value;

use super::{File, Outcome, Tool, has_extension};

/// The first lines of a file in which its kind is looked for; ours open with it.
const HEAD: usize = 512;

/// Prometheus' own reader of rules, with every expression in them.
pub const RULES: Tool = Tool {
    name: "promtool check rules",
    applies: |tree, path| path.starts_with("kubernetes/") && has_extension(path, "yaml") && tree.get(path).is_some_and(is_rule),
    check: |job| {
        let spec = serde_saphyr::from_str::<Value>(&job.text()).ok().and_then(|object| object.get("spec").cloned());
        let Some(spec) = spec else {
            return Ok(Outcome::Ran { ok: false, output: "the object has no `spec` that can be read".to_owned() });
        };
        // Prometheus reads YAML, and JSON is YAML.
        job.write("rules.yaml", spec.to_string())?;
        job.run("promtool", &["check", "rules", "rules.yaml"])
    },
};

/// Alertmanager's own reader of its file.
pub const ALERTMANAGER: Tool = Tool {
    name: "amtool check-config",
    applies: |_, path| {
        !path.starts_with("kubernetes/") && matches!(path.rsplit('/').next(), Some("alertmanager.yml" | "alertmanager.yaml"))
    },
    check: |job| {
        job.write("alertmanager.yaml", &job.file.bytes)?;
        job.run("amtool", &["check-config", "alertmanager.yaml"])
    },
};

fn is_rule(file: &File) -> bool {
    let head = file.bytes.get(..HEAD).unwrap_or(&file.bytes);
    String::from_utf8_lossy(head).lines().any(|line| line == "kind: PrometheusRule")
}
