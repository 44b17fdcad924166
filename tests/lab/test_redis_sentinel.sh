#!/bin/bash
# test_redis_sentinel.sh [--broken] : the rendered Redis of `run: hosts` and `mode: sentinel`, booted as its units say. The roles are those of the plan and the
# sentinels agree. When the master alone is killed a replica of its own data centre takes over, and it comes back as a replica; when its whole data centre
# is lost the other one takes over, with what was acknowledged before, and those who come back follow.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='takes over: not within'
OPERATOR=system.operator SENTINEL=system.sentinel
need redis-server redis-cli jq

prepare() { LAB_TOPOLOGY=${LAB_TOPOLOGY:-$REPO/topologies/hosts.yaml} render_with 'hosts/*/*/etc/redis/sentinel.conf'; }

# No member outside the preferred data centre may ever be elected.
damage() { local site; site=$(preferred); sed -i 's/^replica-priority .*/replica-priority 0/' $(printf '%s\n' "$OUT"/hosts/*/*/etc/redis/redis-*.conf | grep -v "/hosts/$site/"); }

preferred() { jq -r '.sites | to_entries[] | select(.value.kind == "preferred") | .key' "$WORK/plan.json"; }
planned() { jq -r ".redis[\"$CACHE\"] | $1" "$WORK/plan.json"; } # FILTER

# cli MEMBER USER ARGS... : a member or sentinel is HOST-PORT
cli() {
  local host=${1%-*} port=${1##*-} user=$2; shift 2
  lab_exec "$host" timeout 10 env REDISCLI_AUTH="$(cat "$(root_of "$host")/etc/redis/passwords/$user")" redis-cli --no-auth-warning --user "$user" \
    --tls --cacert /etc/redis/tls/ca.crt -h "$(address "$host")" -p "$port" "$@"
}
info() { cli "$1" $OPERATOR info replication | tr -d '\r' | awk -F: -v f="$2" '$1 == f {print $2}'; } # MEMBER FIELD
role_is() { [ "$(info "$1" role)" = "$2" ]; }
follows() { [ "$(info "$1" master_link_status) $(info "$1" master_host) $(info "$1" master_port)" = "up $(address "${2%-*}") ${2##*-}" ]; } # MEMBER MASTER
agreed() { [ "$(cli "$1" $SENTINEL sentinel get-master-addr-by-name "$CACHE" | paste -sd' ')" = "$(address "${2%-*}") ${2##*-}" ]; } # SENTINEL MASTER
# A failover before every sentinel has seen every replica and every other sentinel would find nobody to elect.
knows_all() {
  cli "$1" $SENTINEL sentinel master "$CACHE" | paste -d' ' - - | awk -v r="$2" -v s="$3" '$1 == "num-slaves" && $2 == r {n++} $1 == "num-other-sentinels" && $2 == s {n++} $1 == "flags" && $2 == "master" {n++} END {exit n != 3}'
}

# boot UNIT PORT HOST : the command of the unit as it lies, with the folders that systemd makes
boot() {
  local unit=$1 port=$2 host=$3 file command folder user
  file=$(root_of "$host")/etc/systemd/system/$unit@.service
  user=$(sed -n 's/^User=//p' "$file") command=$(sed -n 's/^ExecStart=//p' "$file" | sed "s/%i/$port/g") folder=$(sed -n 's/^RuntimeDirectory=//p' "$file" | sed "s/%i/$port/g")
  lab_dir "$host" "$user" 700 "/run/$folder" "/var/lib/$(sed -n 's/^StateDirectory=//p' "$file")"
  # shellcheck disable=SC2086 # the words of a command
  as "$user" lab_start "$host" "$host-$port" $command
}
boot_all() { # SITE...
  local site name
  for site in "$@"; do
    for name in $(planned ".members[] | select(.site == \"$site\") | .name"); do boot redis-member "${name##*-}" "${name%-*}"; done
    for name in $(planned ".sentinels[] | select(.site == \"$site\") | .name"); do boot redis-sentinel "${name##*-}" "${name%-*}"; done
  done
}
here() { planned ".members[] | select(.site == \"$1\") | .name"; } # SITE

# master_in SITE : the member of that site that says it is a master
master_in() { local m; for m in $(here "$1"); do if [ -e "$WORK/$m.pid" ] && role_is "$m" master; then echo "$m"; return; fi; done; return 1; }

check() {
  local site other master member next sentinels members
  CACHE=$(jq -r '.redis | to_entries[] | select(.value.sentinels | length > 0) | .key' "$WORK/plan.json" | sed -n 1p)
  site=$(preferred) other=$(jq -r '.sites | to_entries[] | select(.value.kind == "standby") | .key' "$WORK/plan.json")
  # shellcheck disable=SC2046 # a list of names
  lab_up $(planned '(.members + .sentinels)[] | .host' | sort -u)
  lab_wan delay "$site" "$other" 3
  # shellcheck disable=SC2046 # a list of names
  boot_all $(planned '(.members + .sentinels)[] | .site' | sort -u)
  members=$(planned '.members[].name') sentinels=$(planned '.sentinels[].name') master=$(planned '.members[] | select(.replicaOf == null) | .name')
  wait_for 40 "$master is the master" role_is "$master" master
  for member in $members; do [ "$member" = "$master" ] || wait_for 40 "$member copies it" follows "$member" "$master"; done
  for member in $sentinels; do wait_for 60 "$member knows all" knows_all "$member" $(($(wc -w <<< "$members") - 1)) $(($(wc -w <<< "$sentinels") - 1)); done
  case $(cli "$member" $SENTINEL sentinel ckquorum "$CACHE" 2>&1) in OK*) ;; *) fail 'the sentinels have no quorum' ;; esac
  same 'a write that every replica has' $(($(wc -w <<< "$members") - 1)) "$(printf 'set drill 1\nwait %s 5000\n' $(($(wc -w <<< "$members") - 1)) | cli "$master" $OPERATOR | tail -1)"

  say "kill $master"
  lab_stop "$master" KILL
  wait_for 45 "a member of $site takes over" master_in "$site"
  next=$(master_in "$site")
  boot redis-member "${master##*-}" "${master%-*}"
  wait_for 60 "$master is back as a replica of $next" follows "$master" "$next"
  for member in $sentinels; do wait_for 60 "$member knows all again" knows_all "$member" $(($(wc -w <<< "$members") - 1)) $(($(wc -w <<< "$sentinels") - 1)); done
  for member in $members; do [ "$member" = "$next" ] || wait_for 60 "$member follows $next" follows "$member" "$next"; done
  same 'a second write that every replica has' $(($(wc -w <<< "$members") - 1)) "$(printf 'set drill 2\nwait %s 5000\n' $(($(wc -w <<< "$members") - 1)) | cli "$next" $OPERATOR | tail -1)"

  say "lose $site"
  for member in $(here "$site") $(planned ".sentinels[] | select(.site == \"$site\") | .name"); do lab_stop "$member" KILL; done
  wait_for 60 "$other takes over" master_in "$other"
  master=$(master_in "$other")
  same 'what was acknowledged before' 2 "$(cli "$master" $OPERATOR get drill)"
  same 'a write in the other data centre' OK "$(cli "$master" $OPERATOR set drill 3)"
  boot_all "$site"
  for member in $(here "$site"); do wait_for 90 "$member is back and follows $master" follows "$member" "$master"; done
  for member in $sentinels; do wait_for 60 "$member agrees" agreed "$member" "$master"; done
  say "$(wc -w <<< "$members") members, $(wc -w <<< "$sentinels") sentinels"
}
lab_main "$@"
