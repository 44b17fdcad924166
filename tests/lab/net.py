#!/usr/bin/env python3
"""Data centres out of network namespaces, with the hosts and addresses of a plan.

  net.py up RUN PLAN.json HOST...   a router namespace per site, one namespace and one root folder per named host
  net.py ctl RUN COMMAND...         a command of wan.py, e.g. `cut msk spb`
  net.py down RUN                   kills what runs in its own namespaces, its WAN, and deletes them

PLAN is the JSON of `inuretech show --emit plan`; of it only `hosts.NAME.{site,address,pool}` and `sites.NAME.{network,public}` are read.
HOST may also be NAME@SITE or NAME@SITE:ADDRESS for a machine that the plan does not have (a client, a pod, a third name server).
A site called `inet` (192.0.2.0/24) always exists. A site's public addresses go to its edge hosts in order.
Names are prefixed with LAB_PREFIX (il), so that two labs run side by side. RUN/hosts.tsv lists name, namespace, site, address, root.
"""
import ipaddress
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PREFIX = os.environ.get("LAB_PREFIX", "il")
INET = "192.0.2.0/24"
# Top level folders of a host's root that are the machine's own; everything else in a root is private to the host.
SYMLINKS = ("bin", "sbin", "lib", "lib32", "lib64", "libx32")


def ip(namespace, commands):
    subprocess.run(["ip", "-n", namespace, "-batch", "-"], input="\n".join(commands), text=True, check=True)


def new_namespace(run, name):
    subprocess.run(["ip", "netns", "add", name], check=True)
    with open(run + "/namespaces", "a") as f:
        f.write(name + "\n")


def make_root(run, host):
    """A root folder: the machine's /etc copied, so that users, the loader and the alternatives are there; /var and /run empty."""
    root = "%s/roots/%s" % (run, host)
    for d in ("usr", "proc", "sys", "dev", "tmp", "opt", "root", "run", "lab", "srv", "var/lib", "var/log", "var/cache", "var/spool", "local/bin"):
        os.makedirs(root + "/" + d, mode=0o755, exist_ok=True)
    for name in SYMLINKS:
        if os.path.islink("/" + name):
            os.symlink(os.readlink("/" + name), root + "/" + name)
    os.symlink("/run", root + "/var/run")
    subprocess.run(["cp", "-a", "/etc", root + "/etc"], check=True)
    # What Debian's packages put there would hide a file that is missing in the rendered tree.
    for d in ("haproxy", "nginx", "pgbouncer", "redis", "gdnsd", "patroni", "etcd", "kafka", "prometheus", "postgresql", "kubernetes"):
        shutil.rmtree("%s/etc/%s" % (root, d), ignore_errors=True)
    if os.path.isdir("/etc/nginx"):
        os.makedirs(root + "/etc/nginx")
        for f in ("mime.types", "fastcgi_params", "proxy_params", "uwsgi_params"):
            if os.path.exists("/etc/nginx/" + f):
                shutil.copy("/etc/nginx/" + f, root + "/etc/nginx/" + f)
    os.chmod(root, 0o755)
    return root


def read_plan(path):
    with open(path) as f:
        plan = json.load(f)
    sites = dict(plan.get("sites") or plan["datacenters"])
    sites["inet"] = {"network": INET}
    return plan["hosts"], sites


def choose(names, known, sites):
    """Resolves HOST arguments to {name: (site, address, pool)}; a host without an address gets a free one high in its site."""
    chosen, used = {}, {h["address"] for h in known.values()}
    for name in names:
        name, _, where = name.partition("@")
        if not where:
            h = known[name]
            chosen[name] = (h["site"], h["address"], h.get("pool", ""))
            continue
        site, _, address = where.partition(":")
        network = ipaddress.ip_network(sites[site]["network"])
        step = 2
        while not address or address in used:
            address, step = str(network.broadcast_address - step), step + 1
        used.add(address)
        chosen[name] = (site, address, "")
    return chosen


def build_site(run, site, network, hosts, public):
    """The router with its bridge, and the hosts behind it. Returns the prefixes that the other sites route to this one."""
    router, net = "%s-%s" % (PREFIX, site), ipaddress.ip_network(network)
    gateway = net.broadcast_address - 1
    new_namespace(run, router)
    lines = ["link set lo up", "link add br0 type bridge", "addr add %s/%d dev br0" % (gateway, net.prefixlen), "link set br0 up"]
    ip(router, lines)
    subprocess.run(["ip", "netns", "exec", router, "sysctl", "-qw", "net.ipv4.ip_forward=1"], check=True)
    prefixes, spare = [network], list(public)
    for number, (name, (_, address, pool)) in enumerate(sorted(hosts.items())):
        ns = "%s-%s" % (PREFIX, name)
        new_namespace(run, ns)
        ip(router, ["link add p%d type veth peer name eth0 netns %s" % (number, ns), "link set p%d master br0 up" % number])
        inside = ipaddress.ip_address(address) in net
        lines = ["link set lo up", "addr add %s/%d dev eth0" % (address, net.prefixlen if inside else 32), "link set eth0 up",
                 "" if inside else "route add %s/32 dev eth0 src %s" % (gateway, address), "route add default via %s dev eth0" % gateway]
        extra = [address] if not inside else []
        if pool == "edge" and spare:
            extra.append(spare.pop(0))
            lines.append("addr add %s/32 dev lo" % extra[-1])
        ip(ns, [x for x in lines if x])
        for a in extra:
            ip(router, ["route add %s/32 %s dev br0" % (a, "via " + address if inside else "")])
            prefixes.append(a + "/32")
    return {"site": site, "ns": router, "prefixes": prefixes}


def up(run, plan, names):
    known, sites = read_plan(plan)
    hosts = choose(names, known, sites)
    os.makedirs(run + "/roots")
    os.chmod(run, 0o755)
    built = []
    for number, (site, s) in enumerate(sorted(sites.items())):
        mine = {n: h for n, h in hosts.items() if h[0] == site}
        built.append({**build_site(run, site, s["network"], mine, s.get("public") or []), "address": "100.64.0.%d" % (number + 1)})
    with open(run + "/sites.json", "w") as f:
        json.dump(built, f)
    with open(run + "/hosts.tsv", "w") as f:
        for name, (site, address, _) in sorted(hosts.items()):
            f.write("\t".join((name, "%s-%s" % (PREFIX, name), site, address, make_root(run, name))) + "\n")
    start_wan(run)


def start_wan(run):
    log = open(run + "/wan.log", "w")
    wan = subprocess.Popen([sys.executable, HERE + "/wan.py", run + "/wan.sock", os.environ.get("LAB_MAX", "3600"), run + "/sites.json"],
                           stdout=log, stderr=log, stdin=subprocess.DEVNULL, start_new_session=True)
    with open(run + "/wan.pid", "w") as f:
        f.write(str(wan.pid))
    for _ in range(100):
        if os.path.exists(run + "/wan.sock"):
            return
        if wan.poll() is not None:
            break
        time.sleep(0.05)
    sys.exit("the WAN did not start:\n" + open(run + "/wan.log").read())


def ctl(run, words):
    s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
    mine = "%s/ctl.%d" % (run, os.getpid())
    s.bind(mine)
    s.settimeout(3)
    try:
        s.sendto(" ".join(words).encode(), run + "/wan.sock")
        answer = s.recv(65535).decode()
    finally:
        os.unlink(mine)
    print(answer)
    sys.exit(1 if answer.startswith("error") else 0)


def is_our_wan(pid, run):
    """A process id may have been given to another process since: only the one that was started with this socket is ours."""
    try:
        with open("/proc/%d/cmdline" % pid, "rb") as f:
            return (run + "/wan.sock").encode() in f.read().split(b"\0")
    except OSError:
        return False


def down(run):
    if os.path.exists(run + "/wan.pid"):
        pid = int(open(run + "/wan.pid").read())
        if is_our_wan(pid, run):
            os.kill(pid, signal.SIGTERM)
        os.unlink(run + "/wan.pid")
    names = open(run + "/namespaces").read().split() if os.path.exists(run + "/namespaces") else []
    for _ in range(50):
        pids = [int(p) for n in names for p in subprocess.run(["ip", "netns", "pids", n], capture_output=True, text=True).stdout.split()]
        if not pids:
            break
        for p in pids:
            try:
                os.kill(p, signal.SIGKILL)
            except ProcessLookupError:
                pass
        time.sleep(0.05)
    for n in names:
        subprocess.run(["ip", "netns", "del", n], stderr=subprocess.DEVNULL)
    if os.path.exists(run + "/namespaces"):
        os.unlink(run + "/namespaces")


def main():
    if len(sys.argv) < 3 or sys.argv[1] not in ("up", "ctl", "down"):
        sys.exit(__doc__)
    command, run = sys.argv[1], os.path.abspath(sys.argv[2])
    if command == "up":
        if os.path.exists(run + "/namespaces"):
            sys.exit("%s: a lab is up already, `net.py down` first" % run)
        try:
            up(run, sys.argv[3], sys.argv[4:])
        except BaseException:
            down(run)
            raise
    elif command == "ctl":
        ctl(run, sys.argv[3:])
    else:
        down(run)


if __name__ == "__main__":
    main()
