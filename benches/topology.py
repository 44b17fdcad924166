#!/usr/bin/env python3
"""Prints a topology of N services (default 1000, about ten Kubernetes objects each) as YAML.

It is the shipped witness platform with its services replaced: the same rules, stores and edge, so that what is measured
is what a real platform does. Always the same output for the same N.
"""
import os
import sys

HERE = os.path.dirname(os.path.abspath(__file__))


def service(number, total):
    calls = sorted({(number * 7 + 1) % total, (number * 13 + 5) % total} - {number})
    calls = [other for other in calls if other > number]  # no cycles
    lines = [
        f"  svc-{number:05}:",
        f"    image: registry.example.net/svc-{number:05}:1.{number % 10}.0",
        "    ports: {http: 8080, metrics: 9090}",
        f"    replicas: {{min: 4, max: {4 + 2 * (number % 5)}}}",
        "    resources: {cpu: 100m, memory: 128Mi}",
        f"    env: {{LOG_LEVEL: info, SERVICE_NUMBER: \"{number}\"}}",
        f"    config: {{app.yaml: {{text: \"number: {number}\\nname: svc-{number:05}\\n\"}}}}",
        f"    secrets: [{{env: DB_PASSWORD, from: svc-{number:05}-db/password}}]",
        "    health: {startup: /health/startup, live: /health/live, ready: /health/ready}",
        "    scale: {cpu: 70%, rps: 100}" if number % 5 else "    scale: {cpu: 70%}",
        f"    calls: [{', '.join(f'svc-{other:05}' for other in calls)}]",
        "    uses: {postgres: core, redis: cache, s3: documents/policies}",
        f"    expose: [{{host: api, path: /svc/{number:05}}}]",
    ]
    # A service that does not grow has nothing to scale by.
    return [line for line in lines if number % 5 or "scale:" not in line]


def main():
    total = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    text = open(os.path.join(HERE, "..", "topologies", "inuretech-witness.yaml"), encoding="utf-8").read()
    head, rest = text.split("\nservices:\n")
    stores = rest[rest.index("\npostgres:\n"):]
    # Room for the load, and no cache rule or static path of services that are not there any more.
    workers = max(8, total // 20)
    head = head.replace("worker: {count: 4,", f"worker: {{count: {workers}, subnet: SUBNET,")
    head = head.replace("SUBNET", "10.10.128.0/17", 1).replace("SUBNET", "10.20.128.0/17", 1)
    stores = "".join(part for part in stores.splitlines(keepends=True) if "/api/v1/catalog" not in part)
    stores = stores.replace("    cache:\n", "").replace("  api:\n", "").replace("{host: www, path: /static", "{host: api, path: /static")
    services = [line for number in range(total) for line in service(number, total)]
    print(head + "\nservices:\n" + "\n".join(services) + "\n" + stores, end="")


if __name__ == "__main__":
    main()
