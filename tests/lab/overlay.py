#!/usr/bin/python3
"""overlay.py TOPOLOGY.yaml : the overlay that fits a topology into the lab, on stdout; what boots is otherwise what is rendered.

Only what a lab cannot have is changed: Debian 12 has PostgreSQL 15 and a Redis
of the time before Valkey; a namespace has no /dev/watchdog; the machine has a fraction of the memory;
a test does not wait half a minute for a dead leader's key or a cached answer to become old.
"""
import json
import sys

import yaml

with open(sys.argv[1]) as f:
    topology = yaml.load(f, yaml.BaseLoader)  # all strings: in YAML 1.1 the key `on` would be true
overlay = {}
for name, instance in (topology.get("postgres") or {}).items():
    overlay.setdefault("postgres", {})[name] = {"version": 15, "watchdog": "disabled", "timers": {"ttl": "20s", "loopWait": "5s", "retryTimeout": "5s"}}
    for site in topology["datacenters"]:
        pools = topology["datacenters"][site]["nodes"]
        if instance.get("on", "postgres") in pools:
            overlay.setdefault("datacenters", {}).setdefault(site, {}).setdefault("nodes", {})[instance.get("on", "postgres")] = {"memory": "2Gi"}
for name in topology.get("redis") or {}:
    overlay.setdefault("redis", {})[name] = {"engine": "redis", "version": "7.2"}
cache = ((topology.get("edge") or {}).get("nginx") or {}).get("cache")
if cache:
    overlay["edge"] = {"nginx": {"cache": [{**rule, "ttl": "2s"} for rule in cache]}}
print(json.dumps(overlay, indent=1))
