//! The codes of this check and what `explain` says about them. The user's topology cannot have these faults: they are invariants
//! of what is rendered, so a finding is a fault of the renderer, or of an extra manifest that the user brought.

use crate::diag::{Code, Explanation, Severity};

/// An object of a kind that is not known.
pub const UNKNOWN_KIND: Code = Code("IT801");
/// A field that does not exist.
pub const UNKNOWN_FIELD: Code = Code("IT802");
/// A required field is missing.
pub const MISSING_FIELD: Code = Code("IT803");
/// A value of the wrong type.
pub const WRONG_TYPE: Code = Code("IT804");
/// A value outside a closed set.
pub const NOT_ALLOWED: Code = Code("IT805");
/// A value of the wrong form.
pub const WRONG_FORM: Code = Code("IT806");
/// An amount that is none, or a request above its limit.
pub const BAD_QUANTITY: Code = Code("IT807");
/// A name that its kind does not allow.
pub const BAD_NAME: Code = Code("IT808");
/// A label or annotation that is none.
pub const BAD_LABEL: Code = Code("IT809");
/// A namespace that is missing or does not belong.
pub const NAMESPACE: Code = Code("IT810");
/// One entry twice in a list.
pub const REPEATED_ENTRY: Code = Code("IT811");
/// One object in two files.
pub const DUPLICATE_OBJECT: Code = Code("IT812");
/// A selector that does not choose the workload's own pods.
pub const SELECTOR: Code = Code("IT813");
/// A reference that leads nowhere inside a pod.
pub const DANGLING: Code = Code("IT814");
/// A port with a wrong name or number.
pub const BAD_PORT: Code = Code("IT815");
/// A disruption budget that cannot mean anything.
pub const DISRUPTION_BUDGET: Code = Code("IT816");
/// An autoscaler whose settings contradict each other.
pub const AUTOSCALER: Code = Code("IT817");
/// A spread constraint that is refused or spreads nothing.
pub const SPREAD: Code = Code("IT818");
/// A schedule that cron does not read.
pub const BAD_CRON: Code = Code("IT819");
/// A pod that its namespace does not admit.
pub const POD_SECURITY: Code = Code("IT820");
/// Fields that do not go together.
pub const EXCLUSIVE: Code = Code("IT821");

/// Every code, in order.
#[rustfmt::skip]
pub const CODES: &[Explanation] = &[
    error(UNKNOWN_KIND, "an object of a kind that is not known",
        "The pair of `apiVersion` and `kind` decides what an object may hold; one that no API server of this minor and none \
        of the named operators serves is refused with \"no matches for kind\".",
        "use a version that is served"),
    error(UNKNOWN_FIELD, "a field that does not exist",
        "Server-side apply refuses the whole object with \"field not declared in schema\"; a client that ignores it loses the \
        setting without a word.",
        "remove the field, or use the name that the finding suggests"),
    error(MISSING_FIELD, "a required field is missing",
        "The schema of the kind names the field as required, so the API server refuses the object.",
        "set the field"),
    error(WRONG_TYPE, "a value of the wrong type",
        "The schema of the kind gives each field a type; `\"3\"` is not a number of replicas.",
        "write the value in the type that belongs there"),
    error(NOT_ALLOWED, "a value outside a closed set",
        "The field takes a few known words, compared exactly; the API server refuses any other.",
        "use one of the words"),
    error(WRONG_FORM, "a value of the wrong form",
        "Bounds, lengths, patterns and forms that exclude each other are part of the schema or of the API server's validation \
        code.",
        "write the value in the form that the finding names"),
    error(BAD_QUANTITY, "an amount that is none, or a request above its limit",
        "Amounts follow `k8s.io/apimachinery/pkg/api/resource`; a container whose request is above its limit is refused \
        (`ValidateResourceRequirements`).",
        "write amounts such as `500m` or `2Gi`, and requests no higher than limits"),
    error(BAD_NAME, "a name that its kind does not allow",
        "Names become DNS names, label values or parts of URLs: a namespace and a container are DNS labels, a service starts \
        with a letter, a StatefulSet and a CronJob leave room for what is appended, all others are DNS subdomains \
        (`k8s.io/apimachinery/pkg/util/validation`).",
        "use a-z, 0-9 and `-`, and keep it short"),
    error(BAD_LABEL, "a label or annotation that is none",
        "Keys are at most 63 characters after an optional DNS prefix, label values at most 63 (`labels` in the Kubernetes \
        documentation); annotations of one object are at most 256 KiB.",
        "use letters, digits, `-`, `_` and `.`"),
    error(NAMESPACE, "a namespace that is missing or does not belong",
        "Without one a namespaced object lands wherever the user's context points; an object of the whole cluster with one is \
        refused by some clients and ignored by others.",
        "name the namespace of every namespaced object, and of no other"),
    error(REPEATED_ENTRY, "one entry twice in a list",
        "Lists of containers, ports, variables and mounts are keyed (`x-kubernetes-list-map-keys`); server-side apply refuses \
        a key that stands twice.",
        "remove one of the entries"),
    error(DUPLICATE_OBJECT, "one object in two files",
        "Of two objects with one identity the last one applied wins, so the result depends on the order of the files.",
        "render it once"),
    error(SELECTOR, "a selector that does not choose the workload's own pods",
        "The API server refuses a workload whose template labels its selector does not match (`ValidateDeploymentSpec` and \
        its likes).",
        "give the template the labels of the selector"),
    error(DANGLING, "a reference that leads nowhere inside a pod",
        "A mount of a volume that the pod does not have is refused; a probe of a port name that the container does not have \
        is stored and then fails for ever.",
        "add what is referred to, or correct the name"),
    error(BAD_PORT, "a port with a wrong name or number",
        "Port names are at most 15 characters of a-z, 0-9 and `-` with a letter (RFC 6335, `IsValidPortName`), and each is \
        given once.",
        "correct the name or number"),
    error(DISRUPTION_BUDGET, "a disruption budget that cannot mean anything",
        "`minAvailable` and `maxUnavailable` exclude each other (`ValidatePodDisruptionBudgetSpec`); without both, or without \
        a selector, nothing is protected.",
        "set one of the two"),
    error(AUTOSCALER, "an autoscaler whose settings contradict each other",
        "`maxReplicas` below `minReplicas` is refused, and a metric has exactly the settings of its type \
        (`ValidateHorizontalPodAutoscaler`).",
        "correct the bounds or the metric"),
    error(SPREAD, "a spread constraint that is refused or spreads nothing",
        "`minDomains` goes with `DoNotSchedule` only, a key is in the selector or in `matchLabelKeys` \
        (`validateTopologySpreadConstraints`), and a constraint whose selector does not choose its own pods counts other \
        pods.",
        "choose the pods of the template itself"),
    error(BAD_CRON, "a schedule that cron does not read",
        "A `CronJob` with a schedule that does not parse is refused (`validateScheduleFormat`); a time zone belongs in \
        `timeZone`.",
        "write five fields"),
    error(POD_SECURITY, "a pod that its namespace does not admit",
        "Rendered namespaces enforce the `restricted` Pod Security Standard unless they say otherwise; admission turns the \
        pods away, while the workload itself is accepted and stays at zero.",
        "harden the pod, or render a namespace with `pod-security.kubernetes.io/enforce: baseline` or `privileged`"),
    error(EXCLUSIVE, "fields that do not go together",
        "The API server checks such pairs in its code, per kind: a strategy and its parameters, a restart policy and the \
        workload, a service type and its address.",
        "keep one of the two"),
];

const fn error(code: Code, title: &'static str, why: &'static str, fix: &'static str) -> Explanation {
    Explanation { code, severity: Severity::Error, title, why, example: "", fix }
}
