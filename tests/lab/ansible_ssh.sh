#!/bin/bash
# ansible_ssh.sh [OPTIONS] ADDRESS COMMAND : stands in for ssh: Ansible's command runs in the namespace and root of the host with this address.
# LAB_RUN is the folder of net.py.
set -euo pipefail
IFS=$'\t' read -r _ namespace _ _ root < <(awk -F'\t' -v a="${*: -2:1}" '$4 == a' "$LAB_RUN/hosts.tsv") || { echo "no host ${*: -2:1} in this lab" >&2; exit 255; }
exec ip netns exec "$namespace" "$(dirname "$0")/in_root.sh" "$root" /bin/sh -c "${*: -1}"
