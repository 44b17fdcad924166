"""Makes the schemas that the offline check of rendered Kubernetes objects reads (called by schemas.sh).

Built-in kinds: one document per minor, out of the OpenAPI v3 documents in the release's own module. Enumerations come from the
generated Go table of the same release, since the published documents leave them out. Kinds of operators: one document per kind,
out of its CRD. A document is JSON, deflated:
{"kinds": {"<apiVersion> <kind>": {"namespaced": bool, "schema": {...}}}, "definitions": [schema, ...]}
A "$ref" is a position in its definitions.
Only descriptions and what no client needs is taken away; a subtree that a CRD repeats is written once, as a definition.
"""

import argparse
import collections
import glob
import json
import os
import re
import sys
import zipfile
import zlib

import yaml

BUILT_IN = {
    "v1": "Namespace ServiceAccount Service ConfigMap Secret Pod PodTemplate PersistentVolume PersistentVolumeClaim LimitRange "
        "ResourceQuota",
    "apps/v1": "Deployment StatefulSet DaemonSet ReplicaSet",
    "batch/v1": "Job CronJob",
    "policy/v1": "PodDisruptionBudget",
    "autoscaling/v2": "HorizontalPodAutoscaler",
    "networking.k8s.io/v1": "NetworkPolicy Ingress IngressClass",
    "rbac.authorization.k8s.io/v1": "Role RoleBinding ClusterRole ClusterRoleBinding",
    "storage.k8s.io/v1": "StorageClass",
    "scheduling.k8s.io/v1": "PriorityClass",
    "discovery.k8s.io/v1": "EndpointSlice",
    "admissionregistration.k8s.io/v1": "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding",
}
CUSTOM = {
    "gateway.networking.k8s.io": "Gateway GatewayClass HTTPRoute GRPCRoute TLSRoute ReferenceGrant BackendTLSPolicy",
    "gateway.envoyproxy.io": "BackendTrafficPolicy ClientTrafficPolicy EnvoyProxy SecurityPolicy",
    "monitoring.coreos.com": "ServiceMonitor PodMonitor ScrapeConfig Probe PrometheusRule Prometheus PrometheusAgent "
        "Alertmanager AlertmanagerConfig",
    "keda.sh": "ScaledObject ScaledJob TriggerAuthentication ClusterTriggerAuthentication",
    "kafka.strimzi.io": "Kafka KafkaNodePool KafkaTopic KafkaUser KafkaRebalance KafkaMirrorMaker2 KafkaConnect KafkaConnector",
    "cert-manager.io": "Certificate Issuer ClusterIssuer",
    "bootstrap.cluster.x-k8s.io": "KubeadmConfigTemplate",
    "cluster.x-k8s.io": "Cluster MachineDeployment MachineHealthCheck",
}

# What the API server enforces in its code and no published document says: definition, field (none: the object itself), keywords.
# The formats port-name, percentage, dns-label, dns-subdomain, label-key, label-value, config-key, env-name, cron and quantity
# are ours.
PORT, COUNT, POSITIVE, MODE = {"minimum": 1, "maximum": 65535}, {"minimum": 0}, {"minimum": 1}, {"minimum": 0, "maximum": 511}
INT_OR_STRING = {"x-kubernetes-int-or-string": True}
SHARE, PORT_NUMBER_OR_NAME = {"format": "percentage", "minimum": 0, "maximum": 2147483647}, {"format": "port-name", **PORT}
TEXT, SOME, ID = {"minLength": 1}, {"minItems": 1}, {"minimum": 0, "maximum": 2147483647}
LABEL, SUBDOMAIN, KEY = {"format": "dns-label"}, {"format": "dns-subdomain"}, {"format": "label-key"}
ACCESS = {"items": {"enum": ["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany", "ReadWriteOncePod"]}}
OPERATORS = {"enum": ["In", "NotIn", "Exists", "DoesNotExist"]}


def one_of(*names):
    return {"oneOf": [{"required": [name]} for name in names]}


ENFORCED = [
    ("apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "operator", OPERATORS),
    ("apimachinery.pkg.apis.meta.v1.LabelSelectorRequirement", "key", KEY),
    # PreferClose is left out: a server warns about it as deprecated.
    ("core.v1.ServiceSpec", "trafficDistribution", {"enum": ["PreferSameNode", "PreferSameZone"]}),
    ("core.v1.PodSecurityContext", "seLinuxChangePolicy", {"enum": ["MountOption", "Recursive"]}),
    ("core.v1.Container", "restartPolicy", {"enum": ["Always", "Never", "OnFailure"]}),
    ("core.v1.ContainerResizePolicy", "restartPolicy", {"enum": ["NotRequired", "RestartContainer"]}),
    ("core.v1.EmptyDirVolumeSource", "medium", {"enum": ["", "Memory", "HugePages", "HugePages-2Mi", "HugePages-1Gi"]}),
    ("core.v1.ConfigMapVolumeSource", "defaultMode", MODE),
    ("core.v1.SecretVolumeSource", "defaultMode", MODE),
    ("core.v1.ProjectedVolumeSource", "defaultMode", MODE),
    ("core.v1.DownwardAPIVolumeSource", "defaultMode", MODE),
    ("core.v1.KeyToPath", "mode", MODE),
    ("core.v1.ContainerPort", "containerPort", PORT),
    ("core.v1.ContainerPort", "hostPort", PORT),
    ("core.v1.ContainerPort", "name", {"format": "port-name"}),
    ("core.v1.ServicePort", "port", PORT),
    ("core.v1.ServicePort", "nodePort", PORT),
    ("core.v1.ServicePort", "name", LABEL),
    ("core.v1.ServicePort", "targetPort", PORT_NUMBER_OR_NAME),
    ("core.v1.HTTPGetAction", "port", PORT_NUMBER_OR_NAME),
    ("core.v1.TCPSocketAction", "port", PORT_NUMBER_OR_NAME),
    ("core.v1.GRPCAction", "port", PORT),
    ("core.v1.Probe", "initialDelaySeconds", COUNT),
    ("core.v1.Probe", "timeoutSeconds", POSITIVE),
    ("core.v1.Probe", "periodSeconds", POSITIVE),
    ("core.v1.Probe", "successThreshold", POSITIVE),
    ("core.v1.Probe", "failureThreshold", POSITIVE),
    ("core.v1.Probe", "terminationGracePeriodSeconds", POSITIVE),
    ("core.v1.Probe", None, one_of("exec", "httpGet", "tcpSocket", "grpc")),
    ("core.v1.LifecycleHandler", None, one_of("exec", "httpGet", "tcpSocket", "sleep")),
    ("core.v1.EnvVarSource", None, one_of("fieldRef", "resourceFieldRef", "configMapKeyRef", "secretKeyRef", "fileKeyRef")),
    ("core.v1.EnvFromSource", None, one_of("configMapRef", "secretRef")),
    ("core.v1.EnvVar", "name", {"format": "env-name"}),
    ("core.v1.Container", "name", LABEL),
    ("core.v1.Container", "image", {"minLength": 1, "pattern": "^\\S+$"}),
    ("core.v1.Volume", "name", LABEL),
    ("core.v1.PodSpec", "containers", {"minItems": 1}),
    ("core.v1.PodSpec", "terminationGracePeriodSeconds", COUNT),
    ("core.v1.PodSpec", "activeDeadlineSeconds", POSITIVE),
    ("core.v1.PodSpec", "serviceAccountName", SUBDOMAIN),
    ("core.v1.PodSpec", "priorityClassName", SUBDOMAIN),
    ("core.v1.PodSpec", "runtimeClassName", SUBDOMAIN),
    ("core.v1.PodSpec", "hostname", LABEL),
    ("core.v1.PodSpec", "subdomain", LABEL),
    ("core.v1.TopologySpreadConstraint", "maxSkew", POSITIVE),
    ("core.v1.TopologySpreadConstraint", "minDomains", POSITIVE),
    ("core.v1.TopologySpreadConstraint", "topologyKey", KEY),
    ("core.v1.PodAffinityTerm", "topologyKey", KEY),
    ("core.v1.NodeSelectorRequirement", "key", KEY),
    ("core.v1.PreferredSchedulingTerm", "weight", {"minimum": 1, "maximum": 100}),
    ("core.v1.WeightedPodAffinityTerm", "weight", {"minimum": 1, "maximum": 100}),
    ("core.v1.ClientIPConfig", "timeoutSeconds", {"minimum": 1, "maximum": 86400}),
    ("core.v1.PersistentVolumeClaimSpec", "accessModes", {**ACCESS, "minItems": 1}),
    ("core.v1.PersistentVolumeClaimSpec", "storageClassName", {"pattern": "^[a-z0-9.-]*$"}),
    ("apps.v1.DeploymentSpec", "replicas", COUNT),
    ("apps.v1.DeploymentSpec", "minReadySeconds", COUNT),
    ("apps.v1.DeploymentSpec", "revisionHistoryLimit", COUNT),
    ("apps.v1.DeploymentSpec", "progressDeadlineSeconds", POSITIVE),
    ("apps.v1.RollingUpdateDeployment", "maxSurge", SHARE),
    ("apps.v1.RollingUpdateDeployment", "maxUnavailable", SHARE),
    ("apps.v1.RollingUpdateDaemonSet", "maxSurge", SHARE),
    ("apps.v1.RollingUpdateDaemonSet", "maxUnavailable", SHARE),
    ("apps.v1.StatefulSetSpec", "replicas", COUNT),
    ("apps.v1.StatefulSetSpec", "minReadySeconds", COUNT),
    ("apps.v1.StatefulSetSpec", "revisionHistoryLimit", COUNT),
    ("apps.v1.RollingUpdateStatefulSetStrategy", "partition", COUNT),
    ("apps.v1.RollingUpdateStatefulSetStrategy", "maxUnavailable", SHARE),
    ("apps.v1.StatefulSetOrdinals", "start", COUNT),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenDeleted", {"enum": ["Retain", "Delete"]}),
    ("apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy", "whenScaled", {"enum": ["Retain", "Delete"]}),
    ("apps.v1.DaemonSetSpec", "minReadySeconds", COUNT),
    ("apps.v1.DaemonSetSpec", "revisionHistoryLimit", COUNT),
    ("batch.v1.JobSpec", "parallelism", COUNT),
    ("batch.v1.JobSpec", "completions", COUNT),
    ("batch.v1.JobSpec", "backoffLimit", COUNT),
    ("batch.v1.JobSpec", "activeDeadlineSeconds", COUNT),
    ("batch.v1.JobSpec", "ttlSecondsAfterFinished", COUNT),
    ("batch.v1.CronJobSpec", "schedule", {"format": "cron"}),
    ("batch.v1.CronJobSpec", "successfulJobsHistoryLimit", COUNT),
    ("batch.v1.CronJobSpec", "failedJobsHistoryLimit", COUNT),
    ("batch.v1.CronJobSpec", "startingDeadlineSeconds", COUNT),
    ("policy.v1.PodDisruptionBudgetSpec", "unhealthyPodEvictionPolicy", {"enum": ["IfHealthyBudget", "AlwaysAllow"]}),
    ("policy.v1.PodDisruptionBudgetSpec", "minAvailable", SHARE),
    ("policy.v1.PodDisruptionBudgetSpec", "maxUnavailable", SHARE),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", "minReplicas", COUNT),
    ("autoscaling.v2.HorizontalPodAutoscalerSpec", "maxReplicas", POSITIVE),
    ("autoscaling.v2.MetricSpec", "type", {"enum": ["ContainerResource", "External", "Object", "Pods", "Resource"]}),
    ("autoscaling.v2.MetricTarget", "type", {"enum": ["AverageValue", "Utilization", "Value"]}),
    ("autoscaling.v2.MetricTarget", "averageUtilization", POSITIVE),
    ("autoscaling.v2.HPAScalingRules", "stabilizationWindowSeconds", {"minimum": 0, "maximum": 3600}),
    ("autoscaling.v2.HPAScalingRules", "selectPolicy", {"enum": ["Disabled", "Max", "Min"]}),
    ("autoscaling.v2.HPAScalingPolicy", "type", {"enum": ["Percent", "Pods"]}),
    ("autoscaling.v2.HPAScalingPolicy", "value", POSITIVE),
    ("autoscaling.v2.HPAScalingPolicy", "periodSeconds", {"minimum": 1, "maximum": 1800}),
    ("networking.v1.NetworkPolicyPort", "port", PORT_NUMBER_OR_NAME),
    ("networking.v1.NetworkPolicyPort", "endPort", PORT),
    ("networking.v1.IPBlock", "cidr", {"format": "cidr"}),
    ("networking.v1.ServiceBackendPort", "number", PORT),
    ("networking.v1.IngressClassParametersReference", "scope", {"enum": ["Cluster", "Namespace"]}),
    ("rbac.v1.RoleRef", "apiGroup", {"enum": ["rbac.authorization.k8s.io"]}),
    ("rbac.v1.RoleRef", "kind", {"enum": ["ClusterRole", "Role"]}),
    ("rbac.v1.Subject", "kind", {"enum": ["Group", "ServiceAccount", "User"]}),
    ("rbac.v1.PolicyRule", "verbs", {"minItems": 1}),
    ("rbac.v1.PolicyRule", None, {"anyOf": [{"required": ["apiGroups", "resources"]}, {"required": ["nonResourceURLs"]}]}),
    ("rbac.v1.RoleRef", "name", TEXT),
    ("rbac.v1.Subject", "name", TEXT),
    ("scheduling.v1.PriorityClass", "value", {"maximum": 1000000000}),
    ("storage.v1.StorageClass", "provisioner", KEY),
    ("batch.v1.CronJobSpec", "timeZone", {"pattern": "^[A-Za-z0-9_+-]+(/[A-Za-z0-9_+-]+)*$"}),
    ("apps.v1.StatefulSetSpec", "serviceName", LABEL),
    ("core.v1.VolumeMount", "mountPath", TEXT),
    ("core.v1.HostPathVolumeSource", "path", TEXT),
    ("core.v1.NodeSelector", "nodeSelectorTerms", SOME),
    ("core.v1.NodeSelectorRequirement", "values", {"items": {"format": "label-value"}}),
    ("core.v1.Toleration", "key", KEY),
    ("core.v1.Toleration", "value", {"format": "label-value"}),
    ("core.v1.TopologySpreadConstraint", "matchLabelKeys", {"items": KEY}),
    ("core.v1.ObjectFieldSelector", "fieldPath", TEXT),
    ("core.v1.SecretKeySelector", "key", {"format": "config-key"}),
    ("core.v1.ConfigMapKeySelector", "key", {"format": "config-key"}),
    ("core.v1.KeyToPath", "key", {"format": "config-key"}),
    ("core.v1.KeyToPath", "path", TEXT),
    ("core.v1.SecretKeySelector", "name", SUBDOMAIN),
    ("core.v1.ConfigMapKeySelector", "name", SUBDOMAIN),
    ("core.v1.ConfigMapEnvSource", "name", SUBDOMAIN),
    ("core.v1.SecretEnvSource", "name", SUBDOMAIN),
    ("core.v1.ConfigMapVolumeSource", "name", TEXT),
    ("core.v1.SecretVolumeSource", "secretName", TEXT),
    ("core.v1.ServiceAccountTokenProjection", "path", TEXT),
    ("core.v1.ServiceAccountTokenProjection", "expirationSeconds", {"minimum": 600, "maximum": 4294967296}),
    ("core.v1.SleepAction", "seconds", COUNT),
    ("core.v1.ExecAction", "command", SOME),
    ("core.v1.PodSecurityContext", "fsGroup", ID),
    ("core.v1.PodSecurityContext", "runAsUser", ID),
    ("core.v1.PodSecurityContext", "runAsGroup", ID),
    ("core.v1.SecurityContext", "runAsUser", ID),
    ("core.v1.SecurityContext", "runAsGroup", ID),
    ("core.v1.ServicePort", "appProtocol", KEY),
    ("autoscaling.v2.HPAScalingRules", "policies", SOME),
    ("autoscaling.v2.MetricIdentifier", "name", TEXT),
    ("autoscaling.v2.ResourceMetricSource", "name", TEXT),
    ("autoscaling.v2.CrossVersionObjectReference", "kind", TEXT),
    ("autoscaling.v2.CrossVersionObjectReference", "name", TEXT),
    ("networking.v1.IngressSpec", None, {"anyOf": [{"required": ["rules"]}, {"required": ["defaultBackend"]}]}),
    ("networking.v1.IngressSpec", "ingressClassName", SUBDOMAIN),
    ("networking.v1.IngressBackend", None, one_of("resource", "service")),
    ("networking.v1.IngressServiceBackend", "name", LABEL),
    ("networking.v1.ServiceBackendPort", None, one_of("name", "number")),
    ("networking.v1.HTTPIngressPath", "path", {"pattern": "^/"}),
    ("networking.v1.HTTPIngressRuleValue", "paths", SOME),
    ("admissionregistration.v1.Validation", "expression", TEXT),
    ("admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec", "policyName", SUBDOMAIN),
    ("admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec", "validationActions", SOME),
]
REQUIRED = [("core.v1.Container", "image"), ("core.v1.Service", "spec"), ("core.v1.Pod", "spec"), ("apps.v1.Deployment", "spec"),
    ("apps.v1.StatefulSet", "spec"), ("apps.v1.DaemonSet", "spec"), ("batch.v1.Job", "spec"), ("batch.v1.CronJob", "spec"),
    ("policy.v1.PodDisruptionBudget", "spec"), ("autoscaling.v2.HorizontalPodAutoscaler", "spec"),
    ("networking.v1.NetworkPolicy", "spec"), ("networking.v1.Ingress", "spec"), ("networking.v1.IngressClass", "spec"),
    ("networking.v1.IngressClassSpec", "controller"), ("networking.v1.IngressServiceBackend", "port"),
    ("core.v1.PersistentVolumeClaim", "spec"), ("core.v1.PersistentVolumeClaimSpec", "accessModes"),
    ("core.v1.PersistentVolumeClaimSpec", "resources"), ("core.v1.VolumeResourceRequirements", "requests"),
    ("core.v1.PodTemplateSpec", "spec"), ("batch.v1.JobTemplateSpec", "spec"), ("core.v1.ExecAction", "command"),
    ("core.v1.SecretKeySelector", "name"), ("core.v1.ConfigMapKeySelector", "name"), ("core.v1.ConfigMapEnvSource", "name"),
    ("core.v1.SecretEnvSource", "name"), ("core.v1.ConfigMapVolumeSource", "name"), ("core.v1.SecretVolumeSource", "secretName"),
    ("core.v1.ConfigMapProjection", "name"), ("core.v1.SecretProjection", "name"),
    ("autoscaling.v2.CrossVersionObjectReference", "apiVersion"),
    ("admissionregistration.v1.ValidatingAdmissionPolicy", "spec"),
    ("admissionregistration.v1.ValidatingAdmissionPolicySpec", "matchConstraints"),
    ("admissionregistration.v1.NamedRuleWithOperations", "apiGroups"),
    ("admissionregistration.v1.NamedRuleWithOperations", "apiVersions"),
    ("admissionregistration.v1.NamedRuleWithOperations", "operations"),
    ("admissionregistration.v1.NamedRuleWithOperations", "resources")]

DROPPED = {"description", "title", "example", "externalDocs", "x-kubernetes-group-version-kind", "x-kubernetes-unions",
    "x-kubernetes-patch-strategy", "x-kubernetes-patch-merge-key"}
SCHEMAS, LISTS, SINGLE = {"properties"}, {"allOf", "anyOf", "oneOf"}, {"items", "additionalProperties", "not"}
KEPT = {"type", "required", "enum", "pattern", "format", "default", "nullable", "minimum", "maximum", "exclusiveMinimum",
    "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties", "$ref",
    "x-kubernetes-preserve-unknown-fields", "x-kubernetes-int-or-string", "x-kubernetes-embedded-resource",
    "x-kubernetes-validations", "x-kubernetes-list-type", "x-kubernetes-list-map-keys", "x-kubernetes-map-type"}
PREFIX = "#/components/schemas/"
META = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta"
ANY = "io.k8s.apimachinery.pkg.util.intstr.IntOrString"


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML in which a bare `=` is a text, as it is for Go."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: node.value)


def clean(schema):
    """The schema without descriptions; keywords are told from properties that have the name of one."""
    out = {}
    for key, value in schema.items():
        if key in DROPPED:
            continue
        if key in SCHEMAS:
            out[key] = {name: clean(s) for name, s in value.items()}
        elif key in LISTS:
            out[key] = [clean(s) for s in value]
        elif key in SINGLE and isinstance(value, dict):
            out[key] = clean(value)
        elif key == "additionalProperties":
            if value:
                out["x-kubernetes-preserve-unknown-fields"] = True
        elif key == "$ref":
            out[key] = value.removeprefix(PREFIX)
        elif key in KEPT:
            out[key] = value
        else:
            sys.exit("a keyword that is not known here: " + key)
    if len(out.get("allOf", [])) == 1 and set(out["allOf"][0]) == {"$ref"}:
        out["$ref"] = out.pop("allOf")[0]["$ref"]
    return out


def enumerations(source):
    """(definition, field, inside items) -> values, out of the generated Go table of a release."""
    found, definition, field, items = {}, None, None, False
    for line in source.splitlines():
        if m := re.match(r"func schema_k8sio_api_(\w+)\(", line):
            definition = "io.k8s.api." + m[1].replace("_", ".")
        elif line.startswith("func "):
            definition = None
        elif m := re.match(r'\t{5}"([^"]+)": \{$', line):
            field, items = m[1], False
        elif re.match(r"\t{7}Items: ", line):
            items = True
        elif definition and (m := re.match(r"\t+Enum: +\[\]interface\{\}\{(.*)\},$", line)):
            found[definition, field, items] = json.loads("[" + m[1] + "]")
    return found


def enforce(definitions):
    """Adds what the API server enforces in its code."""
    for name, field, keywords in ENFORCED:
        schema = definitions["io.k8s." + name if name.startswith("apimachinery") else "io.k8s.api." + name]
        if field is None and "oneOf" in keywords:
            keywords = {"oneOf": [branch for branch in keywords["oneOf"] if branch["required"][0] in schema["properties"]]}
        elif field is not None:
            schema = schema["properties"][field]
        if schema.get("$ref") == ANY:
            schema.pop("$ref")
            schema.update(INT_OR_STRING)
        schema.update(keywords if "items" not in keywords else {**keywords, "items": {**schema["items"], **keywords["items"]}})
    volume = definitions["io.k8s.api.core.v1.Volume"]
    volume["oneOf"] = one_of(*sorted(set(volume["properties"]) - {"name"}))["oneOf"]
    for name, field in REQUIRED:
        schema = definitions["io.k8s.api." + name]
        schema["required"] = sorted({*schema.get("required", []), field})


def built_in(path):
    """The document of one Kubernetes release, out of its module."""
    documents, table = [], None
    with zipfile.ZipFile(path) as module:
        for name in sorted(module.namelist()):
            if "/api/openapi-spec/v3/" in name:
                documents.append(json.loads(module.read(name)))
            elif name.endswith("/pkg/generated/openapi/zz_generated.openapi.go"):
                table = module.read(name).decode()
    definitions, namespaced = {}, {}
    for document in documents:
        definitions.update(document.get("components", {}).get("schemas", {}))
        for path, methods in document["paths"].items():
            gvk = methods.get("post", {}).get("x-kubernetes-group-version-kind")
            if gvk:
                namespaced[gvk["group"], gvk["version"], gvk["kind"]] = "{namespace}" in path
    named = {}
    for name, schema in definitions.items():
        for gvk in schema.get("x-kubernetes-group-version-kind", []):
            named[gvk["group"], gvk["version"], gvk["kind"]] = name
    definitions = {name: clean(schema) for name, schema in definitions.items() if not name.endswith("JSONSchemaProps")}
    for schema in definitions.values():
        if schema.get("type") == "object" and not {"properties", "additionalProperties"} & schema.keys():
            schema["x-kubernetes-preserve-unknown-fields"] = True
    definitions["io.k8s.apimachinery.pkg.api.resource.Quantity"] = {"format": "quantity"}
    definitions[ANY] = INT_OR_STRING
    for (name, field, items), values in enumerations(table).items():
        field = definitions.get(name, {}).get("properties", {}).get(field)
        if field is not None:
            (field["items"] if items else field)["enum"] = values
    enforce(definitions)
    kinds = {}
    for version, names in BUILT_IN.items():
        group, _, number = version.rpartition("/")
        for kind in names.split():
            schema = {"$ref": named[group, number, kind]}
            kinds[version + " " + kind] = {"namespaced": namespaced[group, number, kind], "schema": schema}
    return {"kinds": kinds, "definitions": reachable(definitions, [k["schema"]["$ref"] for k in kinds.values()])}


def reachable(definitions, names):
    """The definitions that these names lead to."""
    kept, names = {}, list(names)
    while names:
        name = names.pop()
        if name not in kept:
            kept[name] = definitions[name]
            names += re.findall(r'"\$ref": "([^"]*)"', json.dumps(kept[name]))
    return kept


def indexed(document):
    """The document with definitions as a list and references as positions in it."""
    names = {name: position for position, name in enumerate(sorted(document["definitions"]))}

    def walk(schema):
        out = dict(schema)
        if "$ref" in out:
            out["$ref"] = names[out["$ref"]]
        for key in SCHEMAS & out.keys():
            out[key] = {name: walk(s) for name, s in out[key].items()}
        for key in LISTS & out.keys():
            out[key] = [walk(s) for s in out[key]]
        for key in SINGLE & out.keys():
            out[key] = walk(out[key])
        return out

    kinds = {name: {**kind, "schema": walk(kind["schema"])} for name, kind in document["kinds"].items()}
    return {"kinds": kinds, "definitions": [walk(document["definitions"][name]) for name in names]}


def text(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def subschemas(schema):
    """Every schema directly inside one."""
    for key in SCHEMAS & schema.keys():
        yield from schema[key].values()
    for key in LISTS & schema.keys():
        yield from schema[key]
    for key in SINGLE & schema.keys():
        yield schema[key]


def shared(schema):
    """The schema with each larger subtree that it repeats written once: (schema, definitions)."""
    counts, definitions = collections.Counter(), {}

    def count(node):
        counts[text(node)] += 1
        if counts[text(node)] == 1:
            for child in subschemas(node):
                count(child)

    def pack(node):
        key = text(node)
        if counts[key] > 1 and len(key) > 120:
            if key not in definitions:
                definitions[key] = name = str(len(definitions))
                bodies[name] = inside(node)
            return {"$ref": definitions[key]}
        return inside(node)

    def inside(node):
        out = dict(node)
        for key in sorted(SCHEMAS & out.keys()):
            out[key] = {name: pack(s) for name, s in sorted(out[key].items())}
        for key in sorted(LISTS & out.keys()):
            out[key] = [pack(s) for s in out[key]]
        for key in sorted(SINGLE & out.keys()):
            out[key] = pack(out[key])
        return out

    bodies = {}
    count(schema)
    return pack(schema), bodies


def custom(crd, meta):
    """The documents of one CRD's served versions: (apiVersion, kind, document)."""
    spec, kind = crd["spec"], crd["spec"]["names"]["kind"]
    for version in spec["versions"]:
        if version["served"] and kind in CUSTOM.get(spec["group"], "").split():
            schema = clean(version["schema"]["openAPIV3Schema"])
            schema["type"] = "object"
            schema.setdefault("properties", {})
            schema["properties"]["apiVersion"] = schema["properties"]["kind"] = {"type": "string"}
            name = schema["properties"].get("metadata", {}).get("properties", {}).get("name")
            schema["properties"]["metadata"] = {"$ref": META, **({"properties": {"name": name}} if name else {})}
            schema["required"] = sorted({*schema.get("required", []), "metadata"})
            packed, definitions = shared(schema)
            name = spec["group"] + "/" + version["name"]
            yield name, kind, {"kinds": {name + " " + kind: {"namespaced": spec["scope"] == "Namespaced", "schema": packed}},
                "definitions": {**meta, **definitions}}


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--check", action="store_true")
    args.add_argument("--crds", required=True)
    args.add_argument("--out", required=True)
    args.add_argument("releases", nargs="+", help="MINOR=ZIP, oldest first")
    args = args.parse_args()
    files = {}
    for release in args.releases:
        minor, path = release.split("=", 1)
        files["kubernetes-" + minor] = newest = built_in(path)
    meta = reachable(newest["definitions"], [META])
    missing = {(group, kind) for group, kinds in CUSTOM.items() for kind in kinds.split()}
    for path in sorted(glob.glob(args.crds + "/*.yaml")):
        with open(path) as f:
            crd = yaml.load(f, Loader)
        for version, kind, document in custom(crd, meta):
            files[version.replace("/", "_") + "_" + kind] = document
            missing.discard((crd["spec"]["group"], kind))
    if missing:
        sys.exit("no CRD for " + ", ".join(sorted(map(" ".join, missing))))
    differing = 0
    for name, document in files.items():
        path, body = os.path.join(args.out, name + ".json.zz"), text(indexed(document)).encode()
        if args.check:
            if not os.path.exists(path) or zlib.decompress(open(path, "rb").read()) != body:
                differing += 1
                print("differs: " + name)
        else:
            os.makedirs(args.out, exist_ok=True)
            with open(path, "wb") as f:
                f.write(zlib.compress(body, 9))
    for path in sorted(glob.glob(args.out + "/*.json.zz")):
        if os.path.basename(path).removesuffix(".json.zz") not in files:
            differing += 1
            print("not made from any source: " + path)
    sys.exit(1 if differing else 0)


if __name__ == "__main__":
    main()
