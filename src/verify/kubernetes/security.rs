//! Pod Security Standards: every pod is held to the `restricted` profile, unless the rendered Namespace enforces a lower one.
//!
//! The controls are those of <https://kubernetes.io/docs/concepts/security/pod-security-standards/>.

use std::collections::BTreeMap;

use serde_json::Value;

use super::codes::POD_SECURITY;
use super::object::{Object, below, list, text};
use super::pods::containers;
use super::report::Report;

/// A profile, the strictest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Everything is allowed.
    Privileged,
    /// Known ways out of a container are closed.
    Baseline,
    /// What hardened pods do.
    Restricted,
}

const BASELINE_CAPABILITIES: [&str; 13] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];
const BASELINE_SYSCTLS: [&str; 10] = [
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.ping_group_range",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_syncookies",
];
const RESTRICTED_VOLUMES: [&str; 9] =
    ["configMap", "csi", "downwardAPI", "emptyDir", "ephemeral", "image", "persistentVolumeClaim", "projected", "secret"];

/// The profile that each rendered Namespace enforces.
pub fn levels<'a>(objects: &[Object<'a>]) -> BTreeMap<&'a str, Level> {
    let namespaces = objects.iter().filter(|object| (object.api_version, object.kind) == ("v1", "Namespace"));
    let level =
        |object: &Object<'a>| match text(below(object.value, &["metadata", "labels"]), "pod-security.kubernetes.io/enforce") {
            "privileged" => Level::Privileged,
            "baseline" => Level::Baseline,
            _ => Level::Restricted,
        };
    namespaces.map(|object| (object.name, level(object))).collect()
}

/// The profile that an object's pods are held to.
pub fn level_of(object: &Object<'_>, levels: &BTreeMap<&str, Level>) -> Level {
    levels.get(object.namespace).copied().unwrap_or(Level::Restricted)
}

/// Reports what a profile does not allow in a pod.
pub fn check(spec: &Value, at: &str, level: Level, report: &mut Report<'_>) {
    if level == Level::Privileged {
        return;
    }
    check_pod_baseline(spec, at, report);
    let pod = spec.get("securityContext").unwrap_or(&Value::Null);
    check_context_baseline(pod, &format!("{at}/securityContext"), report);
    for (container, at) in containers(spec, at) {
        check_container_baseline(container, &at, report);
        if level == Level::Restricted {
            check_container_restricted(container, pod, &at, report);
        }
    }
    if level == Level::Restricted {
        check_volumes_restricted(spec, at, report);
        if pod.get("runAsUser").and_then(Value::as_i64) == Some(0) {
            refuse(report, format!("{at}/securityContext/runAsUser"), "the pod runs as root");
        }
    }
}

fn refuse(report: &mut Report<'_>, at: String, message: impl Into<String>) {
    report.error(POD_SECURITY, at, message);
}

fn check_pod_baseline(spec: &Value, at: &str, report: &mut Report<'_>) {
    for field in ["hostNetwork", "hostPID", "hostIPC"] {
        if spec.get(field) == Some(&Value::Bool(true)) {
            refuse(report, format!("{at}/{field}"), format!("`{field}` shares a namespace of the node"));
        }
    }
    for (position, _) in list(spec, "volumes").iter().enumerate().filter(|(_, volume)| volume.get("hostPath").is_some()) {
        refuse(report, format!("{at}/volumes/{position}/hostPath"), "a `hostPath` volume reaches the files of the node");
    }
    let sysctls = spec.get("securityContext").map_or(&[][..], |context| list(context, "sysctls"));
    for (position, sysctl) in sysctls.iter().enumerate().filter(|(_, sysctl)| !BASELINE_SYSCTLS.contains(&text(sysctl, "name"))) {
        let message = format!("the kernel setting `{}` is not among the safe ones", text(sysctl, "name"));
        refuse(report, format!("{at}/securityContext/sysctls/{position}"), message);
    }
}

/// What a security context may not say, of a pod or of a container.
fn check_context_baseline(context: &Value, at: &str, report: &mut Report<'_>) {
    for field in ["seccompProfile", "appArmorProfile"] {
        if text(below(context, &[field]), "type") == "Unconfined" {
            refuse(report, format!("{at}/{field}/type"), format!("an unconfined `{field}` confines nothing"));
        }
    }
    if below(context, &["windowsOptions", "hostProcess"]) == &Value::Bool(true) {
        refuse(report, format!("{at}/windowsOptions/hostProcess"), "a host process has the rights of the node");
    }
    for field in ["user", "role"] {
        if !text(below(context, &["seLinuxOptions"]), field).is_empty() {
            refuse(report, format!("{at}/seLinuxOptions/{field}"), format!("a SELinux {field} of its own is not allowed"));
        }
    }
}

fn check_container_baseline(container: &Value, at: &str, report: &mut Report<'_>) {
    for (position, port) in list(container, "ports").iter().enumerate() {
        if port.get("hostPort").and_then(Value::as_i64).is_some_and(|port| port != 0) {
            refuse(report, format!("{at}/ports/{position}/hostPort"), "a host port is taken from the node");
        }
    }
    let Some(context) = container.get("securityContext") else { return };
    check_context_baseline(context, &format!("{at}/securityContext"), report);
    if context.get("privileged") == Some(&Value::Bool(true)) {
        refuse(report, format!("{at}/securityContext/privileged"), "a privileged container has the rights of the node");
    }
    if !matches!(text(context, "procMount"), "" | "Default") {
        refuse(report, format!("{at}/securityContext/procMount"), "only the default `/proc` mount is allowed");
    }
    let added = context.get("capabilities").map_or(&[][..], |capabilities| list(capabilities, "add"));
    for capability in added.iter().filter_map(Value::as_str).filter(|name| !BASELINE_CAPABILITIES.contains(name)) {
        refuse(
            report,
            format!("{at}/securityContext/capabilities/add"),
            format!("the capability `{capability}` may not be added"),
        );
    }
}

fn check_container_restricted(container: &Value, pod: &Value, at: &str, report: &mut Report<'_>) {
    let context = container.get("securityContext").unwrap_or(&Value::Null);
    let own_or_pod = |field: &str| context.get(field).or_else(|| pod.get(field));
    let at = format!("{at}/securityContext");
    if context.get("allowPrivilegeEscalation") != Some(&Value::Bool(false)) {
        refuse(report, at.clone(), "`allowPrivilegeEscalation: false` is missing");
    }
    if own_or_pod("runAsNonRoot") != Some(&Value::Bool(true)) {
        refuse(report, at.clone(), "`runAsNonRoot: true` is missing, here and for the pod");
    }
    if context.get("runAsUser").and_then(Value::as_i64) == Some(0) {
        refuse(report, format!("{at}/runAsUser"), "the container runs as root");
    }
    let seccomp = own_or_pod("seccompProfile").map_or("", |profile| text(profile, "type"));
    if !matches!(seccomp, "RuntimeDefault" | "Localhost") {
        refuse(report, at.clone(), "`seccompProfile: {type: RuntimeDefault}` is missing, here and for the pod");
    }
    let capabilities = context.get("capabilities").unwrap_or(&Value::Null);
    if !list(capabilities, "drop").iter().any(|name| name.as_str() == Some("ALL")) {
        refuse(report, at.clone(), "`capabilities: {drop: [ALL]}` is missing");
    }
    let added = list(capabilities, "add").iter().filter_map(Value::as_str);
    for name in added.filter(|name| *name != "NET_BIND_SERVICE" && BASELINE_CAPABILITIES.contains(name)) {
        refuse(report, format!("{at}/capabilities/add"), format!("the capability `{name}` may not be added"));
    }
}

fn check_volumes_restricted(spec: &Value, at: &str, report: &mut Report<'_>) {
    for (position, volume) in list(spec, "volumes").iter().enumerate() {
        let sources = volume.as_object().into_iter().flatten().map(|(field, _)| field.as_str());
        for source in sources.filter(|source| !matches!(*source, "name" | "hostPath") && !RESTRICTED_VOLUMES.contains(source)) {
            refuse(
                report,
                format!("{at}/volumes/{position}/{source}"),
                format!("a volume of the kind `{source}` is not allowed"),
            );
        }
    }
}
