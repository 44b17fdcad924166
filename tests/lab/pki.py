#!/usr/bin/env python3
"""A throw-away CA, and every certificate, key and secret file that a topology names, for one run of the lab.

  pki.py SECRETS.json RUN    SECRETS: `inuretech show --emit secrets`; RUN: the folder of net.py

An entry is {kind, holder, group, subject?, names?, purpose}. Files of hosts that are in the lab go into their roots, keys of Kubernetes Secrets into
RUN/secrets/NAMESPACE/NAME/KEY. One CA signs everything. Entries of one group share their value; the plain values are in RUN/secrets/values.json,
by group. Nothing here outlives the run.
"""
import concurrent.futures
import hashlib
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
    """One CA; certificates are made once for the same group, subject and names."""

    def __init__(self, folder):
        self.folder, self.made, self.lock = folder, {}, threading.Lock()
        os.makedirs(folder, exist_ok=True)
        self.certificate, self.key = folder + "/ca.crt", folder + "/ca.key"
        openssl("req", "-x509", *NEW_KEY, "-keyout", self.key, "-out", self.certificate, "-subj", "/CN=lab-ca", "-days", DAYS,
                "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")

    def issue(self, group, subject, names):
        """Paths of certificate and key."""
        identity = json.dumps([group, subject, sorted(names)])
        with self.lock:
            slot = self.made.setdefault(identity, threading.Lock())
        base = "%s/%s" % (self.folder, hashlib.sha256(identity.encode()).hexdigest()[:20])
        with slot:
            if not os.path.exists(base + ".crt"):
                alternatives = ",".join(("IP:" if is_address(n) else "DNS:") + n for n in names)
                openssl("req", "-x509", "-CA", self.certificate, "-CAkey", self.key, *NEW_KEY, "-keyout", base + ".key", "-out", base + ".crt",
                        "-subj", subject_of(subject or "lab"), "-days", DAYS, "-addext", "basicConstraints=critical,CA:FALSE",
                        "-addext", "extendedKeyUsage=serverAuth,clientAuth", *(["-addext", "subjectAltName=" + alternatives] if names else []))
        return base + ".crt", base + ".key"


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


def place(entry):
    """(folder, file) of an entry, unique over hosts and Secrets: what lies beside it has the same folder."""
    holder = entry["holder"]
    if "host" in holder:
        h = holder["host"]
        return "%s:%s" % (h["host"], os.path.dirname(h["path"])), os.path.basename(h["path"])
    if "kubernetes" in holder:
        k = holder["kubernetes"]
        return "%s/%s" % (k["namespace"], k["name"]), k["key"]
    return "deployer", holder["deployer"]["variable"]


def certificate_beside(entry, certificates):
    """The certificate that a key belongs to: same folder, best the same stem, else the same group, else the only one."""
    folder, file = place(entry)
    near = [c for c in certificates if place(c)[0] == folder]
    stem = file.rsplit(".", 1)[0]
    for choice in ([c for c in near if place(c)[1].rsplit(".", 1)[0] == stem], [c for c in near if c["group"] == entry["group"]], near):
        if len(choice) == 1:
            return choice[0]
    return None


def lines_of(entry, root, values):
    """The content of a secret file, by what reads it."""
    folder, file = place(entry)
    group = entry["group"]
    if "userlist" in file:
        ini = ""
        if root and os.path.exists(root + "/etc/pgbouncer/pgbouncer.ini"):
            ini = open(root + "/etc/pgbouncer/pgbouncer.ini").read()
        users = re.findall(r"(?:^|\s)(?:auth_user|user|stats_users|admin_users)\s*=\s*([\w-]+)", ini, flags=re.M) or ["pgbouncer"]
        return "".join('"%s" "%s"\n' % (u, values.of(group)) for u in dict.fromkeys(users))
    if file.endswith(".env"):
        unit = "PATRONI_%s_PASSWORD=%s\n"
        return "".join(unit % (role, values.of(group + "/" + role.lower())) for role in ("SUPERUSER", "REPLICATION", "REWIND", "RESTAPI"))
    if "map" in file or "map" in entry.get("purpose", ""):
        clients = clients_of(root)
        return "".join('"%s" %s;\n' % (values.of(group + "/" + c), c) for c in clients)
    return values.of(group) + "\n"


def clients_of(root):
    """Names of the clients that nginx limits: the zones or map results of its rendered files."""
    text = ""
    for base, _, files in os.walk(root + "/etc/nginx") if root else ():
        text += "".join(open(os.path.join(base, f), errors="replace").read() for f in files if f.endswith(".conf"))
    found = re.findall(r"limit_req_zone\s+\$\S+\s+zone=([\w-]+):", text)
    return [re.sub(r"^(client|limit|api)[_-]", "", z) for z in dict.fromkeys(found) if "bot" not in z]


def content(entry, authority, certificates, root, values):
    kind = entry["kind"]
    if kind == "ca-certificate":
        return open(authority.certificate).read()
    if kind in ("certificate", "certificate-and-key"):
        crt, key = authority.issue(entry["group"], entry.get("subject"), entry.get("names", []))
        return open(crt).read() + (open(key).read() if kind == "certificate-and-key" else "")
    if kind == "private-key":
        owner = certificate_beside(entry, certificates)
        if owner is None or owner["kind"] == "ca-certificate":
            return open(authority.key if owner else authority.issue(entry["group"], "lone key", [])[1]).read()
        return open(authority.issue(owner["group"], owner.get("subject"), owner.get("names", []))[1]).read()
    if kind == "url":
        return "http://192.0.2.1/%s" % values.of(entry["group"])
    if kind == "password":
        return values.of(entry["group"])
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
    authority, values = Authority(run + "/ca"), Values()
    certificates = [e for e in entries if e["kind"] in ("certificate", "ca-certificate")]

    def make(entry):
        holder = entry["holder"]
        if "host" in holder:
            h = holder["host"]
            root = roots.get(h["host"])
            if root:
                private = entry["kind"] not in ("ca-certificate", "certificate")
                write(root + h["path"], content(entry, authority, certificates, root, values), h["owner"], 0o600 if private else 0o644)
        elif "kubernetes" in holder:
            k = holder["kubernetes"]
            path = "%s/secrets/%s/%s/%s" % (run, k["namespace"], k["name"], k["key"])
            write(path, content(entry, authority, certificates, None, values), "root", 0o644)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        list(pool.map(make, entries))
    write(run + "/secrets/values.json", json.dumps(values.known, indent=1), "root", 0o600)
    write(run + "/secrets/ca.crt", open(authority.certificate).read(), "root", 0o644)


if __name__ == "__main__":
    main()
