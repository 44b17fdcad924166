#!/usr/bin/python3
"""Asks a real API server whether it accepts a rendered tree; nothing but namespaces and priority classes is really created.

  kube_accept.py URL TREE [CRDS]   TREE: a folder of YAML files, one or more objects each; CRDS: a folder of CustomResourceDefinitions

Of CRDS only those that the tree uses are created. Every object is sent as it lies on disk by server-side apply with dryRun=All and fieldValidation=Strict;
any error and any Warning header is a failure. Every pod template is also tried as a Pod: in a namespace with the Pod Security level that the rendered
Namespace of its workload enforces, `restricted` where that says nothing. Exit 0 accepted, 1 refused (every refusal printed). Needs PyYAML.
"""
import concurrent.futures
import http.client
import json
import os
import re
import ssl
import sys
import threading
import time
import urllib.parse

import yaml

REALLY = ("Namespace", "PriorityClass", "RuntimeClass", "CustomResourceDefinition")  # what other objects need to exist
TOKEN = "admin-token"  # of the lab's control plane, see kube.sh
LEVEL = "pod-security.kubernetes.io/enforce"
local = threading.local()


class Loader(yaml.CSafeLoader):
    """YAML as Kubernetes reads it: `=` and dates are strings."""


for tag in ("value", "timestamp"):
    Loader.add_constructor("tag:yaml.org,2002:" + tag, Loader.construct_yaml_str)


def request(method, path, body=None, kind="application/json"):
    """One request on this thread's connection. Returns status, decoded body, warnings."""
    if not hasattr(local, "connection"):
        local.connection = http.client.HTTPSConnection(URL.netloc, timeout=30, context=ssl._create_unverified_context())
    local.connection.request(method, path, body, {"Authorization": "Bearer " + TOKEN, "Content-Type": kind, "Accept": "application/json"})
    answer = local.connection.getresponse()
    text = answer.read()
    try:
        value = json.loads(text)
    except ValueError:
        value = {"message": text.decode(errors="replace")}
    return answer.status, value, answer.headers.get_all("Warning") or []


def documents(folder, wanted=lambda text: True):
    """Every (file, text, object) of the tree whose text is wanted; kustomizations and the list of what must be there already are no objects."""
    for base, _, names in sorted(os.walk(folder)):
        for name in sorted(names):
            if not name.endswith((".yaml", ".yml")):
                continue
            path = os.path.join(base, name)
            with open(path) as f:
                texts = re.split(r"^---\s*$", f.read(), flags=re.M)
            for text in texts:
                if not wanted(text):
                    continue
                value = yaml.load(text, Loader)
                if value is not None and name != "prerequisites.yaml" and not (name == "kustomization.yaml" and "kustomize" in str(value.get("apiVersion", "kustomize"))):
                    yield os.path.relpath(path, folder), text, value


class Server:
    """Where each kind lives, learnt from discovery."""

    def __init__(self):
        self.groups, self.lock = {}, threading.Lock()

    def resource(self, api_version, kind):
        with self.lock:
            if api_version not in self.groups:
                base = ("/apis/" if "/" in api_version else "/api/") + api_version
                status, value, _ = request("GET", base)
                found = {r["kind"]: (r["name"], r["namespaced"]) for r in value.get("resources", []) if "/" not in r["name"]} if status == 200 else {}
                self.groups[api_version] = (base, found)
        base, kinds = self.groups[api_version]
        return (base,) + kinds[kind] if kind in kinds else None

    def path(self, value):
        found = self.resource(value["apiVersion"], value["kind"])
        if not found:
            return None
        base, name, namespaced = found
        meta = value["metadata"]
        place = "/namespaces/" + meta.get("namespace", "default") if namespaced else ""
        return "%s%s/%s/%s" % (base, place, name, urllib.parse.quote(meta["name"]))


def said(status, value, warnings):
    """None when accepted, else the server's words."""
    words = ["warning: " + w for w in warnings]
    if status not in (200, 201):
        words.insert(0, "%d %s" % (status, value.get("message", value)))
    return "; ".join(words) or None


def apply(server, text, value, dry):
    path = server.path(value)
    if path is None:
        return "no such kind: %s %s" % (value["apiVersion"], value["kind"])
    query = "?fieldManager=inuretech&force=true&fieldValidation=Strict" + ("&dryRun=All" if dry else "")
    return said(*request("PATCH", path + query, text.encode(), "application/apply-patch+yaml"))


def create_crds(server, folder, used):
    """Creates the CRDs of the group and kinds in use, and waits until the server serves them."""
    wanted, groups = [], {api.split("/")[0] for api, _ in used if "." in api}
    for file, text, crd in documents(folder, lambda text: any(g in text for g in groups)):
        spec = crd["spec"]
        if any((spec["group"] + "/" + v["name"], spec["names"]["kind"]) in used for v in spec["versions"]):
            wanted.append((file, text, crd))
    for file, text, crd in wanted:
        problem = apply(server, text, crd, dry=False)
        if problem:
            sys.exit("CRD %s: %s" % (file, problem))
    end = time.monotonic() + 90
    for _, _, crd in wanted:
        for version in (v for v in crd["spec"]["versions"] if v["served"]):
            api = crd["spec"]["group"] + "/" + version["name"]
            while True:
                status, value, _ = request("GET", "/apis/" + api)
                if status == 200 and any(r["kind"] == crd["spec"]["names"]["kind"] for r in value["resources"]):
                    break
                if time.monotonic() > end:
                    sys.exit("CRD %s is not served after 90 s" % crd["metadata"]["name"])
                time.sleep(0.1)
    server.groups.clear()
    return len(wanted)


def pod_templates(value):
    """The pod templates inside an object, wherever they are: {metadata, spec: {containers}}."""
    if isinstance(value, dict):
        spec = value.get("spec")
        if isinstance(spec, dict) and isinstance(spec.get("containers"), list) and value.get("kind", "Pod") == "Pod":
            yield value
        for key, inner in value.items():
            yield from pod_templates(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from pod_templates(inner)


def as_pod(value, template, level):
    spec = dict(template["spec"])
    claims = [c["metadata"]["name"] for c in value.get("spec", {}).get("volumeClaimTemplates") or []]
    if claims:
        spec["volumes"] = (spec.get("volumes") or []) + [{"name": c, "emptyDir": {}} for c in claims]
    meta = {k: v for k, v in (template.get("metadata") or {}).items() if k in ("labels", "annotations")}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {**meta, "namespace": "lab-" + level, "generateName": "try-"}, "spec": spec}


def try_pod(pod):
    path = "/api/v1/namespaces/%s/pods?dryRun=All&fieldValidation=Strict" % pod["metadata"]["namespace"]
    return said(*request("POST", path, json.dumps(pod)))


def make_level_namespace(level):
    labels = {"pod-security.kubernetes.io/" + mode: level for mode in ("enforce", "warn", "audit")}
    text = json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "lab-" + level, "labels": labels}})
    return said(*request("PATCH", "/api/v1/namespaces/lab-%s?fieldManager=lab&force=true" % level, text, "application/apply-patch+yaml"))


def main():
    tree, crds = sys.argv[2], sys.argv[3] if len(sys.argv) > 3 else None
    start, server, problems = time.monotonic(), Server(), []
    found = list(documents(tree))
    if not found:
        sys.exit("no object in " + tree)
    made = create_crds(server, crds, {(v["apiVersion"], v["kind"]) for _, _, v in found}) if crds else 0
    levels = {v["metadata"]["name"]: v["metadata"].get("labels", {}).get(LEVEL, "restricted") for _, _, v in found if v["kind"] == "Namespace"}
    for level in {"restricted", *levels.values()}:
        problem = make_level_namespace(level)
        if problem:
            sys.exit("namespace lab-%s: %s" % (level, problem))
    first = [d for d in found if d[2]["kind"] in REALLY]
    rest = [d for d in found if d[2]["kind"] not in REALLY]
    pods = []
    for file, _, value in rest:
        level = levels.get(value["metadata"].get("namespace"), "restricted")
        pods += [("%s as a Pod (%s)" % (file, level), as_pod(value, t, level)) for t in pod_templates(value)]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:  # the server is no faster with more
        for batch, dry in ((first, False), (rest, True)):
            answers = pool.map(lambda d: apply(server, d[1], d[2], dry), batch)
            problems += ["%s: %s %s: %s" % (d[0], d[2]["kind"], d[2]["metadata"]["name"], a) for d, a in zip(batch, answers) if a]
        problems += ["%s: %s" % (name, a) for (name, _), a in zip(pods, pool.map(lambda p: try_pod(p[1]), pods)) if a]
    for p in problems:
        print(p)
    loose = sorted({n for n, level in levels.items() if level != "restricted"})
    print("%d objects, %d pods, %d CRDs, %d refused, %.1f s%s" % (
        len(found), len(pods), made, len(problems), time.monotonic() - start, "; not restricted: " + " ".join(loose) if loose else ""))
    sys.exit(1 if problems else 0)


if __name__ == "__main__":
    URL = urllib.parse.urlsplit(sys.argv[1])
    main()
