#!/bin/sh
# A base backup of the kind that is named, on the member that leads; on all others nothing is done.
set -eu
kind="$1"
if ! curl --silent --fail --max-time 5 --cacert /etc/patroni/tls/ca.crt --output /dev/null https://10.40.4.9:8008/primary; then
    echo "not the leader: nothing to do"
    exit 0
fi
# Archiving holds the same lock while it runs, so one refusal says little.
for attempt in 1 2 3 4 5 6; do
    pgbackrest --stanza=metro-orders stanza-create && break
    sleep 10
done
pgbackrest --stanza=metro-orders --type="$kind" backup
