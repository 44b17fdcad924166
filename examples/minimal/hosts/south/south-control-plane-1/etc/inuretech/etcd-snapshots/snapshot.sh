#!/bin/sh
# A snapshot of this node's etcd is kept here and sent to the control-plane hosts of the other sites; it fails unless at
# least one of them took it.
set -eu
umask 077
folder=/var/lib/etcd-snapshots/south-control-plane-1
name=$(date -u +%Y%m%dT%H%M%SZ).db
mkdir -p "$folder"
export ETCDCTL_API=3
etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/kubernetes/pki/etcd/ca.crt \
    --cert=/etc/kubernetes/pki/etcd/server.crt --key=/etc/kubernetes/pki/etcd/server.key snapshot save "$folder/$name.part"
mv "$folder/$name.part" "$folder/$name"
find /var/lib/etcd-snapshots -type f -name '*.db' -mtime +14 -delete
find "$folder" -type f -name '*.part' -mmin +60 -delete
sent=0
for receiver in north-control-plane-1 witness-control-plane-1; do
    if rsync --timeout=60 --rsh="ssh -o BatchMode=yes -o ConnectTimeout=5 -o UserKnownHostsFile=/etc/inuretech/etcd-snapshots/known_hosts -i /etc/inuretech/etcd-snapshots/id_ed25519" \
        "$folder/$name" "etcd-snapshots@$receiver:south-control-plane-1/"; then
        sent=$((sent + 1))
    fi
done
[ "$sent" -gt 0 ]
