#!/bin/bash
# test_gdnsd.sh [--broken] : the rendered gdnsd configuration and zones, with a small geo database, answer by the client's region (EDNS client subnet), move
# clients to the other data centre when theirs stops answering or is cut off, and back; all name servers agree, the third one outside too. The endpoints are stand-ins.
# `inuretech plan --client` says the same of every client, with the same database, while all is well and when one or both data centres are lost.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='FAILED: a client in Moscow'
need gdnsd dig curl python3
HOSTNAME_ASKED=${LAB_NAME:-www}
# Clients with the networks that their resolvers pass on: the five places of the database, one in IPv6, one of the second place inside 6to4, one that is not listed.
CLIENTS='198.18.1.7=198.18.1.0/24 198.18.2.7=198.18.2.0/24 198.18.3.7=198.18.3.0/24 198.18.4.7=198.18.4.0/24 198.18.5.7=198.18.5.0/24
  2001:db8:5::7=2001:db8:5::/48 2002:c612:207::7=2002:c612:207::/48 198.18.9.7=198.18.9.0/24'

prepare() { render_with 'hosts/*/*/etc/gdnsd/config'; }

# Each data centre has the other's address.
damage() {
  local a b; a=$(public_of msk) b=$(public_of spb)
  sed -i "s/${a//./\\.}/@A@/g; s/${b//./\\.}/$a/g; s/@A@/$b/g" "$OUT"/{hosts/*/*,dns/*}/etc/gdnsd/config "$OUT"/{hosts/*/*,dns/*}/etc/gdnsd/zones/*
}

listens() { sed -nE 's/.*listen => *\[(.*)\].*/\1/p' "$1/etc/gdnsd/config" | grep -oE '[0-9.]+' | grep -v '^127' | sed -n 1p; }
answer() { # NAMESERVER SUBNET : the addresses, sorted
  lab_exec client dig +short +time=1 +tries=1 "@$(address "$1")" "$HOSTNAME_ASKED.$DOMAIN" A "+subnet=$2" | grep -E '^[0-9.]+$' | sort | paste -sd, -
}
# Until the first checks have passed everything counts as down, and the answer proves nothing.
sees_both() { [ "$(grep -oE "state of '($(public_of msk)|$(public_of spb))/[^']*' .*(changed|initialized) (from .* )?to UP" "$WORK/gdnsd-$1.log" | grep -oE "'[0-9.]+" | sort -u | wc -l)" = 2 ]; }
# plan_says ADDRESS [FAULTS] : the addresses that `plan --client` expects to be answered, sorted
plan_says() {
  local when=()
  [ -z "${2:-}" ] || when=(--when "$2")
  "$INURETECH" -f "$TOPOLOGY" -f "$WORK/overlay.yaml" plan --client "$1" --host "$HOSTNAME_ASKED" --path / --database "$DB" "${when[@]}" -o json | python3 -c '
import json, sys
walk, = json.load(sys.stdin)["trace"]["walks"]
print("\n".join(walk.get("failed", walk["healthy"])["answers"]))' | sort | paste -sd, -
}
# as_planned WHAT NAMESERVER [FAULTS] : every client gets there what the plan says
as_planned() {
  local client said
  for client in $CLIENTS; do
    said=$(plan_says "${client%%=*}" "${3:-}")
    [ -n "$said" ] || fail "$1: the plan says nothing of ${client%%=*}"
    same "$1: what the plan says of ${client%%=*}, at $2" "$said" "$(answer "$2" "${client#*=}")"
  done
  say "$1: $(wc -w <<< "$CLIENTS") clients get at $2 what the plan says"
}
answers() { [ "$(answer "$1" "$2")" = "$3" ]; }

start_endpoints() { # SITE : a stand-in for the edge, on every port that is checked
  local h
  for h in $(hosts_with etc/nginx/nginx.conf "$1"); do
    # shellcheck disable=SC2046 # a list
    lab_start "$h" "endpoint-$h" python3 "$LAB_HERE/backend.py" "$h" $(printf '0.0.0.0:%s ' $PORTS)
  done
}
stop_endpoints() { local h; for h in $(hosts_with etc/nginx/nginx.conf "$1"); do lab_stop "endpoint-$h"; done; }

check() {
  local servers edges outside h db msk spb first second
  outside=$(cd "$OUT/dns" && echo *) # name servers that are no hosts of the plan
  servers=$(hosts_with etc/gdnsd/config) edges=$(hosts_with etc/nginx/nginx.conf)
  first=$(hosts_with etc/gdnsd/config msk | sed -n 1p) second=$(hosts_with etc/gdnsd/config spb | sed -n 1p)
  DOMAIN=$(basename "$(find "$OUT/hosts/msk/$first/etc/gdnsd/zones" -type f | sort | sed -n 1p)")
  PORTS=$(grep -oE '\bport *=> *[0-9]+' "$OUT/hosts/msk/$first/etc/gdnsd/config" | grep -oE '[0-9]+' | sort -u); PORTS=${PORTS:-80}
  # shellcheck disable=SC2086,SC2046 # lists of host names
  lab_up $servers $edges $(for h in $outside; do echo "$h@inet:$(listens "$OUT/dns/$h")"; done)
  for h in $outside; do cp -a --no-preserve=ownership "$OUT/dns/$h/." "$(root_of "$h")/"; done
  servers="$servers $outside"
  msk=$(public_of msk) spb=$(public_of spb)
  for h in $servers; do
    db=$(grep -oE '/[^ ,"]*\.mmdb' "$(root_of "$h")/etc/gdnsd/config" | sed -n 1p)
    if [ -n "$db" ]; then
      mkdir -p "$(root_of "$h")$(dirname "$db")"
      python3 "$LAB_HERE/mmdb.py" "$(root_of "$h")$db" 198.18.1.0/24=EU,RU,MOW,55.75,37.62 198.18.2.0/24=EU,RU,SPE,59.93,30.34 198.18.3.0/24=EU,RU,MUR,68.97,33.08 \
        198.18.4.0/24=AS,RU,NVS,55.03,82.92 198.18.5.0/24=EU,FI,18,60.17,24.94 2001:db8:5::/48=EU,FI,18,60.17,24.94
      DB=$(root_of "$h")$db
    fi
    lab_dir "$h" gdnsd 755 /run/gdnsd /var/lib/gdnsd
  done
  start_endpoints msk; start_endpoints spb
  for h in $edges; do wait_for 20 "the endpoint $h" lab_exec "$h" curl -s -m 1 -o /dev/null $(printf 'http://127.0.0.1:%s ' $PORTS); done
  for h in $servers; do lab_start "$h" "gdnsd-$h" gdnsd -c /etc/gdnsd start; done
  for h in $servers; do wait_for 60 "$h sees both endpoints" sees_both "$h"; done
  for h in $servers; do
    same "a client in Moscow, at $h" "$msk" "$(answer "$h" 198.18.1.0/24)"
    same "a client in Saint Petersburg, at $h" "$spb" "$(answer "$h" 198.18.2.0/24)"
    same "a client in Murmansk, at $h" "$spb" "$(answer "$h" 198.18.3.0/24)"
    same "a client in Novosibirsk (by distance), at $h" "$msk" "$(answer "$h" 198.18.4.0/24)"
    same "a client in Helsinki (by distance), at $h" "$spb" "$(answer "$h" 198.18.5.0/24)"
    as_planned 'all is well' "$h"
  done
  stop_endpoints msk
  for h in $servers; do wait_for 60 "Moscow's clients moved to the other data centre by $h" answers "$h" 198.18.1.0/24 "$spb"; done
  for h in $servers; do as_planned 'Moscow lost' "$h" dc:msk; done
  stop_endpoints spb
  for h in $servers; do wait_for 60 "nobody is left for $h" answers "$h" 198.18.1.0/24 "$(printf '%s\n' "$msk" "$spb" | sort | paste -sd, -)"; done
  for h in $servers; do as_planned 'both lost' "$h" 'dc:msk + dc:spb'; done
  start_endpoints spb
  for h in $servers; do wait_for 90 "Saint Petersburg is back for $h" answers "$h" 198.18.1.0/24 "$spb"; done
  start_endpoints msk
  for h in $servers; do wait_for 90 "and back by $h" answers "$h" 198.18.1.0/24 "$msk"; done
  lab_cut msk spb; lab_cut msk inet
  wait_for 60 "Moscow cut off: its clients moved by $second" answers "$second" 198.18.1.0/24 "$spb"
  lab_heal msk spb; lab_heal msk inet
  wait_for 90 'healed: Moscow answers for its own again' answers "$second" 198.18.1.0/24 "$msk"
}
lab_main "$@"
