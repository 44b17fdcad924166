#!/bin/sh
# Before a member stops: a master hands over to a replica that is in step, and waits until one is. stop.sh MEMBER
. "$(dirname "$0")/common.sh"
. "$(dirname "$0")/mode.sh"
set -- $(member "$1")
host=$2 port=$3
[ -n "$(awk '$5 != "-"' "$config/members")" ] || exit 0
is_master() { [ "$(as system.operator localhost "$port" role | head -n 1)" = master ]; }
in_step() {
  as system.operator localhost "$port" info replication | tr -d '\r' |
    awk -F '[=,:]' '/^slave[0-9]+:/ && /state=online/ { print $3, $5; exit }'
}
for _ in $(seq 1 60); do
  is_master || exit 0
  replica=$(in_step)
  if [ -n "$replica" ]; then
    set -- $replica
    hand_over "$1" "$2" > /dev/null || :
  fi
  sleep 1
done
