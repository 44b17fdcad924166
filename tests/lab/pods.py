#!/usr/bin/python3
"""Stands in for kubelets: turns rendered pods into hosts of the lab, with their volumes, environment and command as rendered.

  pods.py list TREE NAMESPACE PATTERN        NAME@SITE of every pod of the StatefulSets and Jobs whose name matches, for lab_up
  pods.py lay TREE NAMESPACE PATTERN RUN     files into the pods' roots, /lab/CONTAINER.sh in each, the names of pods and services into RUN/names;
                                             prints POD CONTAINER ROLE for each container: init, server (the first), side or job

Only what the tests boot is covered: ConfigMap, Secret, projected, emptyDir and claim volumes, env and envFrom. There is no restart and no probe.
"""
import os
import re
import shlex
import sys

import yaml

ZONE = "topology.kubernetes.io/zone"
SHIMS = {"valkey-server": "redis-server", "valkey-cli": "redis-cli", "valkey-sentinel": "redis-sentinel"}  # Debian 12 has no Valkey


def objects(tree, namespace):
    found = {}
    for base, _, names in sorted(os.walk(tree)):
        for name in sorted(names):
            if name.endswith(".yaml") and name not in ("kustomization.yaml", "prerequisites.yaml"):
                with open(os.path.join(base, name)) as f:
                    for value in yaml.safe_load_all(f):
                        if value and value["metadata"].get("namespace") == namespace:
                            found[value["kind"], value["metadata"]["name"]] = value
    return found


def zone_of(spec):
    if ZONE in (spec.get("nodeSelector") or {}):
        return spec["nodeSelector"][ZONE]
    required = ((spec.get("affinity") or {}).get("nodeAffinity") or {}).get("requiredDuringSchedulingIgnoredDuringExecution") or {}
    for term in required.get("nodeSelectorTerms") or []:
        for e in term.get("matchExpressions") or []:
            if e["key"] == ZONE and e["operator"] == "In":
                return e["values"][0]
    return None


def pods(found, pattern):
    """(name, site, owner, template) of every pod; one that no rule binds to a zone goes to the first zone that is named."""
    owners = [v for (kind, name), v in sorted(found.items()) if kind in ("StatefulSet", "Job") and re.search(pattern, name)]
    zones = [z for z in (zone_of(o["spec"]["template"]["spec"]) for o in owners) if z] or ["msk"]
    for owner in owners:
        template, name = owner["spec"]["template"], owner["metadata"]["name"]
        site = zone_of(template["spec"]) or zones[0]
        if owner["kind"] == "Job":
            yield name, site, owner, template
        else:
            for k in range(owner["spec"].get("replicas", 1)):
                yield "%s-%d" % (name, k + (owner["spec"].get("ordinals") or {}).get("start", 0)), site, owner, template


class Pod:
    """One pod and where its things come from."""

    def __init__(self, found, namespace, run, pod, host):
        self.found, self.namespace, self.run = found, namespace, run
        self.name, self.site, self.owner, self.template = pod
        self.spec, (self.address, self.root) = self.template["spec"], host
        security = self.spec.get("securityContext") or {}
        self.user, self.group = security.get("runAsUser", 0), security.get("runAsGroup", security.get("fsGroup", 0))

    def config(self, name):
        return dict(self.found["ConfigMap", name].get("data") or {})

    def secret(self, name):
        folder = "%s/secrets/%s/%s" % (self.run, self.namespace, name)
        if not os.path.isdir(folder):
            sys.exit("Secret %s/%s is used by %s but not among the secrets of the topology" % (self.namespace, name, self.name))
        return {k: open(os.path.join(folder, k)).read() for k in os.listdir(folder)}

    def files(self, volume):
        """The files of a volume, None for one that starts empty."""
        if "configMap" in volume:
            return pick(self.config(volume["configMap"]["name"]), volume["configMap"])
        if "secret" in volume:
            return pick(self.secret(volume["secret"]["secretName"]), volume["secret"])
        if "projected" in volume:
            merged = {}
            for source in volume["projected"]["sources"]:
                merged.update(self.files({"secret": {**source["secret"], "secretName": source["secret"]["name"]}} if "secret" in source else source) or {})
            return merged
        return None

    def lay(self):
        volumes = {v["name"]: v for v in self.spec.get("volumes") or []}
        for container in (self.spec.get("initContainers") or []) + self.spec["containers"]:
            for mount in container.get("volumeMounts") or []:
                files, path = self.files(volumes.get(mount["name"], {})), self.root + mount["mountPath"]
                if files is None:
                    os.makedirs(path, exist_ok=True)
                    os.chown(path, self.user, self.group)
                elif "subPath" in mount:
                    put(path, files[mount["subPath"]])
                else:
                    for name, text in files.items():
                        put(os.path.join(path, name), text)
            self.script(container)
        for shim, real in SHIMS.items():
            os.symlink("/usr/bin/" + real, "%s/local/bin/%s" % (self.root, shim))

    def field(self, path):
        label = re.fullmatch(r"metadata\.(labels|annotations)\['(.*)'\]", path)
        if label:
            return (self.template["metadata"].get(label[1]) or {}).get(label[2], "")
        return {"metadata.name": self.name, "metadata.namespace": self.namespace, "status.podIP": self.address, "status.podIPs": self.address,
                "status.hostIP": self.address, "spec.nodeName": self.site + "-node"}[path]

    def environment(self, container):
        env = {"HOSTNAME": self.name, "HOME": "/tmp"}
        for source in container.get("envFrom") or []:
            env.update(self.config(source["configMapRef"]["name"]) if "configMapRef" in source else self.secret(source["secretRef"]["name"]))
        for e in container.get("env") or []:
            origin = e.get("valueFrom") or {}
            if "fieldRef" in origin:
                env[e["name"]] = self.field(origin["fieldRef"]["fieldPath"])
            elif "secretKeyRef" in origin:
                env[e["name"]] = self.secret(origin["secretKeyRef"]["name"])[origin["secretKeyRef"]["key"]]
            elif "configMapKeyRef" in origin:
                env[e["name"]] = self.config(origin["configMapKeyRef"]["name"])[origin["configMapKeyRef"]["key"]]
            elif "value" in e:
                env[e["name"]] = expand(e["value"], env)
        return env

    def script(self, container):
        env = self.environment(container)
        command = [expand(w, env) for w in (container.get("command") or []) + (container.get("args") or [])]
        if not container.get("command"):  # the image's own entry point, which the lab does not have
            command.insert(0, "redis-server")
        lines = ["#!/bin/sh"] + ["export %s=%s" % (k, shlex.quote(v)) for k, v in env.items()]
        lines.append("cd %s" % shlex.quote(container.get("workingDir", "/tmp")))
        security = container.get("securityContext") or {}
        user = "setpriv --reuid %d --regid %d --clear-groups " % (security.get("runAsUser", self.user), security.get("runAsGroup", self.group))
        lines.append('if [ $# -gt 0 ]; then exec "$@"; fi')
        lines.append("exec " + user + " ".join(map(shlex.quote, command)))
        put("%s/lab/%s.sh" % (self.root, container["name"]), "\n".join(lines) + "\n")


def expand(text, env):
    return re.sub(r"\$\(([\w.-]+)\)", lambda m: env.get(m[1], m[0]), str(text))


def pick(data, source):
    return {i["path"]: data[i["key"]] for i in source["items"]} if source.get("items") else data


def put(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    os.chmod(path, 0o755)


def dns(found, namespace, placed):
    """Lines of /etc/hosts: pods of a StatefulSet under its service, services as the addresses of the pods that they select."""
    forms = lambda n: " ".join((n + "." + namespace + ".svc.cluster.local", n + "." + namespace + ".svc", n + "." + namespace, n))
    for pod in placed:
        if pod.owner["kind"] == "StatefulSet" and pod.owner["spec"].get("serviceName"):
            yield "%s %s" % (pod.address, forms(pod.name + "." + pod.owner["spec"]["serviceName"]))
    for (kind, name), service in sorted(found.items()):
        selector = service["spec"].get("selector") if kind == "Service" else None
        for pod in placed:
            labels = (pod.template.get("metadata") or {}).get("labels") or {}
            if selector and selector.items() <= labels.items():
                yield "%s %s" % (pod.address, forms(name))


def main():
    command, tree, namespace, pattern = sys.argv[1:5]
    found = objects(tree, namespace)
    if command == "list":
        for name, site, _, _ in pods(found, pattern):
            print("%s@%s" % (name, site))
        return
    run = sys.argv[5]
    with open(run + "/hosts.tsv") as f:
        hosts = {c[0]: (c[3], c[4]) for c in (line.rstrip("\n").split("\t") for line in f)}
    placed = [Pod(found, namespace, run, p, hosts[p[0]]) for p in pods(found, pattern) if p[0] in hosts]
    with open(run + "/names", "a") as f:
        f.writelines(line + "\n" for line in dns(found, namespace, placed))
    for pod in placed:
        pod.lay()
        for container in pod.spec.get("initContainers") or []:
            print(pod.name, container["name"], "init")
        for number, container in enumerate(pod.spec["containers"]):
            print(pod.name, container["name"], "job" if pod.owner["kind"] == "Job" else "side" if number else "server")


if __name__ == "__main__":
    main()
