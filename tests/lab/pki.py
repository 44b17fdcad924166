#!/usr/bin/env python3
"""Throw-away authorities, and every certificate, key and secret file that a topology names, for one run of the lab.

  pki.py SECRETS.json RUN    SECRETS: `inuretech show --emit secrets`; RUN: the folder of net.py

An entry is {kind, holder, group, subject?, names?, purpose}. Files of hosts that are in the lab go into their roots, keys of Kubernetes Secrets into
RUN/secrets/NAMESPACE/NAME/KEY. Entries of one group share their value. The first two parts of a certificate's group name its authority, `ca/NAME`, and each
authority is another one, so that trust in the wrong one shows; all other certificates are signed by `public`. Their certificates are
RUN/ca/NAME/ca.crt; the plain values are in RUN/secrets/values.json, by group. Nothing here outlives the run.
"""
import concurrent.futures
import ipaddress
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import threading

DAYS = "30"
NEW_KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def openssl(*arguments):
    done = subprocess.run(["openssl", *arguments], capture_output=True, text=True)
    if done.returncode:
        sys.exit("openssl %s: %s" % (" ".join(arguments), done.stderr))
    return done.stdout


def subject_of(text):
    """`CN=a,O=b`, `/CN=a/O=b` or a bare name, as openssl wants it."""
    if text.startswith("/"):
        return text
    parts = [p.strip() for p in text.split(",")] if "=" in text else ["CN=" + text]
    return "/" + "/".join(parts)


class Authority:
    """One CA and what it has signed, once for each group."""

    def __init__(self, folder):
        self.folder, self.lock = folder, threading.Lock()
        os.makedirs(folder, exist_ok=True)
        self.certificate, self.key = folder + "/ca.crt", folder + "/ca.key"
        openssl("req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=lab " + os.path.basename(folder), "-days", DAYS,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, group, subject, names):
        """Paths of certificate and key."""
        base = "%s/%s" % (self.folder, group.replace("/", "_"))
        with self.lock:
            if not os.path.exists(base + ".crt"):
                alternatives = ",".join(("IP:" if is_address(n) else "DNS:") + n for n in names)
                openssl("req", "-x509", "-CA", self.certificate, "-CAkey", self.key, *NEW_KEY, "-keyout", base + ".key", "-out", base + ".crt",
                        "-subj", subject_of(subject or "lab"), "-days", DAYS, "-addext", "basicConstraints=critical,CA:FALSE",
                        "-addext", "extendedKeyUsage=serverAuth,clientAuth", *(["-addext", "subjectAltName=" + alternatives] if names else []))
        return base + ".crt", base + ".key"


class Authorities:
    """All of them, and for each group of certificates whose it is and what it says."""

    def __init__(self, run, entries):
        self.identities = {}
        for e in entries:
            if e["kind"] in ("certificate", "certificate-and-key"):
                subject, names = self.identities.get(e["group"], (None, []))
                self.identities[e["group"]] = (subject or e.get("subject"), list(dict.fromkeys(names + e.get("names", []))))
        names = sorted({self.name_of(e["group"]) for e in entries if "certificate" in e["kind"] or e["kind"] == "private-key"})
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            self.known = dict(zip(names, pool.map(lambda n: Authority(run + "/ca/" + n), names)))

    @staticmethod
    def name_of(group):
        parts = group.split("/")
        return parts[1] if parts[0] == "ca" else "public"

    def of(self, group):
        return self.known[self.name_of(group)]

    def issue(self, group):
        return self.of(group).issue(group, *self.identities.get(group, ("a key without a certificate", [])))


def is_address(name):
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return False


class Values:
    """A random value for each name, the same one for the same name."""

    def __init__(self):
        self.known, self.lock = {}, threading.Lock()

    def of(self, name):
        with self.lock:
            return self.known.setdefault(name, secrets.token_hex(12))


def lines_of(entry, root, values):
    """The content of a secret file; its purpose names what stands in it."""
    group, purpose = entry["group"], entry["purpose"]
    variables = re.findall(r"\b[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\b", purpose)
    if variables:
        return "".join("%s=%s\n" % (v, values.of(group + "/" + v)) for v in variables)
    options = re.findall(r"\brepo1-[a-z0-9-]+", purpose)
    if options:
        return "[global]\n" + "".join("%s=%s\n" % (o, values.of(group + "/" + o)) for o in options)
    role = re.search(r"the role `([^`]+)`", purpose)
    if role:
        return '"%s" "%s"\n' % (role[1], values.of(group))
    if "nginx map" in purpose:
        return "".join('"%s" %s;\n' % (values.of(group + "/" + c), c) for c in clients_of(root))
    return values.of(group) + "\n"


def clients_of(root):
    """Names of the clients that nginx limits: the zones of its rendered files."""
    text = ""
    for base, _, files in os.walk(root + "/etc/nginx") if root else ():
        text += "".join(open(os.path.join(base, f), errors="replace").read() for f in files if f.endswith(".conf"))
    return sorted(set(re.findall(r"limit_req_zone\s+\$\S+\s+zone=client_([\w-]+):", text)))


def content(entry, authorities, root, values):
    kind, group = entry["kind"], entry["group"]
    if kind == "ca-certificate":
        return open(authorities.of(group).certificate).read()
    if kind in ("certificate", "certificate-and-key", "private-key"):
        crt, key = authorities.issue(group)
        files = {"certificate": [crt], "private-key": [key], "certificate-and-key": [crt, key]}[kind]
        return "".join(open(f).read() for f in files)
    if kind == "url":
        return "http://192.0.2.1/%s" % values.of(group)
    if kind == "password":
        return values.of(group)
    if kind == "file":
        return lines_of(entry, root, values)
    sys.exit("unknown kind of secret: " + kind)


def write(path, text, owner, mode):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w") as f:
        f.write(text)
    try:
        shutil.chown(path, owner, owner)
    except LookupError:
        pass  # a user of a package that is not installed here: nothing will run as it
    os.chmod(path, mode)


def main():
    with open(sys.argv[1]) as f:
        entries = json.load(f)
    run = sys.argv[2]
    with open(run + "/hosts.tsv") as f:
        roots = {line.split("\t")[0]: line.rstrip("\n").split("\t")[4] for line in f}
    authorities, values = Authorities(run, entries), Values()

    def make(entry):
        holder = entry["holder"]
        if "host" in holder:
            h = holder["host"]
            root = roots.get(h["host"])
            if root:
                private = entry["kind"] not in ("ca-certificate", "certificate")
                write(root + h["path"], content(entry, authorities, root, values), h["owner"], 0o600 if private else 0o644)
        elif "kubernetes" in holder:
            k = holder["kubernetes"]
            path = "%s/secrets/%s/%s/%s" % (run, k["namespace"], k["name"], k["key"])
            write(path, content(entry, authorities, None, values), "root", 0o644)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(make, entries))
    write(run + "/secrets/values.json", json.dumps(values.known, indent=1), "root", 0o600)


if __name__ == "__main__":
    main()
