#!/bin/sh
# Starts one sentinel: sentinel.sh SENTINEL CONFIGURATION DATA RUN
# What it has learnt (its identity, epochs, members and other sentinels) is carried over from its last configuration;
# everything else comes from the rendered one.
set -eu
umask 077
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/users.sh"
name=$1 source=$2 data=$3 run=$4
set -- $(awk -v name="$name" '$1 == name' "$config/sentinels")
[ $# -eq 3 ] || { echo "$name is no sentinel of this cache" >&2; exit 1; }
host=$2 port=$3
mkdir -p "$data" "$run"

write_users "$config/sentinel-users" > "$run/users.acl"
secret=$(password system.sentinel)
master=$(awk '$1 == "sentinel" && $2 == "monitor" { print $4, $5 }' "$data/sentinel.conf" 2> /dev/null || :)
{
  awk -v master="$master" '$1 == "sentinel" && $2 == "monitor" && master != "" { split(master, at, " "); $4 = at[1]; $5 = at[2] } { print }' "$source"
  echo "sentinel announce-ip $host"
  echo "sentinel announce-port $port"
  echo "sentinel auth-pass sessions $secret"
  echo "sentinel sentinel-pass $secret"
  grep -E '^sentinel (myid|current-epoch|config-epoch|leader-epoch|known-replica|known-sentinel) ' "$data/sentinel.conf" 2> /dev/null || :
} > "$data/sentinel.conf.new"
mv "$data/sentinel.conf.new" "$data/sentinel.conf"
exec redis-server "$data/sentinel.conf" --sentinel
