#!/bin/sh
# Starts one member: start.sh MEMBER CONFIGURATION DATA RUN
# The configuration is copied to RUN, where the server may rewrite it; what is secret or differs from one start to the
# next is added there.
set -eu
umask 077
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/users.sh"
. "$(dirname "$0")/mode.sh"
name=$1 source=$2 data=$3 run=$4
set -- $(member "$name")
[ $# -eq 7 ] || { echo "$name is no member of this cache" >&2; exit 1; }
host=$2 port=$3 master=$5
mkdir -p "$data" "$run"

write_users "$config/users" > "$run/users.acl"
secret=$(password system.replication)
{
  cat "$source"
  echo "masterauth $secret"
  announce
} > "$run/server.conf.new"
role >> "$run/server.conf.new"
mv "$run/server.conf.new" "$run/server.conf"
attend &
exec redis-server "$run/server.conf"
