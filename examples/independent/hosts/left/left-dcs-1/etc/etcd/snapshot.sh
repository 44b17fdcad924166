#!/bin/sh
# A snapshot of this member goes to the object store; old ones are removed there. The key of the store is in the
# environment, from /etc/etcd/snapshot.env.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export ETCDCTL_API=3
etcdctl --endpoints=https://127.0.0.1:2379 --cacert=/etc/etcd/tls/ca.crt --cert=/etc/etcd/tls/tls.crt --key=/etc/etcd/tls/tls.key \
    snapshot save "$work/etcd.db"
export RCLONE_CONFIG=/dev/null RCLONE_S3_PROVIDER=Other RCLONE_S3_NO_CHECK_BUCKET=true
export RCLONE_S3_ENDPOINT=https://storage.example.net:443 RCLONE_S3_REGION=us-east-1
folder=:s3:backups/etcd/island-main-left/left-dcs-1
rclone copyto "$work/etcd.db" "$folder/$(date -u +%Y%m%dT%H%M%SZ).db"
rclone delete --min-age 30d "$folder"
