#!/bin/bash
# test_redis_datacenter.sh [--broken] : the rendered Redis of `mode: per-datacenter`, taken out of its pods: in each data centre a cache of its own, with the
# roles of the plan. What is written in one is read at its replica and nowhere else; a cut between the data centres is nothing to either; a master that is
# killed takes the other cache nothing, its replica goes on to be read, and it is the master again once it is back.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/redis.sh"
BROKEN_SAYS='views-right-r1-0 copies views-right-0: not within'
CACHE=views PATTERN="^$CACHE-"
need redis-server redis-cli jq /usr/lib/python3/dist-packages/yaml

prepare() { LAB_TOPOLOGY=${LAB_TOPOLOGY:-$REPO/topologies/independent.yaml} render_with "kubernetes/$NAMESPACE/*-$CACHE*"; }

# The replica of one data centre copies the master of the other.
damage() {
  sed -i -E "s/^( *$CACHE-right-r1-0 .* )$CACHE-right-0 /\\1$CACHE-left-0 /" "$OUT/kubernetes/$NAMESPACE/configmap-$CACHE-redis.yaml"
}

planned() { jq -r --arg c "$CACHE" ".redis[\$c].members[] | $1" "$WORK/plan.json"; } # FILTER
role_is() { [ "$(cli $OPERATOR "$1" role | head -1)" = "$2" ]; }
# follows POD MASTER : copies the master that the plan names, and is in step with it
follows() {
  cli $OPERATOR "$1" info replication | tr -d '\r' | awk -F: -v at="$(address "$2")" -v as="$2" '
    $1 == "role" && $2 == "slave" { n++ } $1 == "master_link_status" && $2 == "up" { n++ }
    $1 == "master_host" && ($2 == at || index($2, as ".") == 1) { n++ } END { exit n != 3 }'
}

check() {
  local pod master other site left right
  pods_up
  [ "$(planned .name | sort)" = "$(printf '%s\n' "${servers[@]}" | sort)" ] || fail 'the pods are not the members of the plan'
  while read -r pod master; do
    if [ "$master" = null ]; then wait_for 10 "$pod is a master" role_is "$pod" master; else wait_for 30 "$pod copies $master" follows "$pod" "$master"; fi
  done < <(planned '"\(.name) \(.replicaOf)"')
  read -r left right < <(planned 'select(.replicaOf == null) | .name' | paste -sd' ')
  lab_cut "$(site_of "$left")" "$(site_of "$right")"
  for master in $left $right; do
    same "a write at $master while the data centres are cut apart" OK "$(cli "$USER_OF_SERVICE" "$master" set drill "$master")"
    for pod in $(planned "select(.replicaOf == \"$master\") | .name"); do wait_for 5 "$pod has it" reads "$pod" drill "$master"; done
  done
  lab_heal "$(site_of "$left")" "$(site_of "$right")"
  same "a key of $left at $right" "$right" "$(cli "$USER_OF_SERVICE" "$right" get drill)"
  lab_stop "$left" KILL
  for pod in $(planned "select(.replicaOf == \"$left\") | .name"); do
    wait_for 30 "$pod notices that $left is gone" alone "$pod"
    same "what is read at $pod without its master" "$left" "$(cli "$USER_OF_SERVICE" "$pod" get drill)"
    case $(cli "$USER_OF_SERVICE" "$pod" set drill 0 2>&1) in READONLY*) ;; *) fail "$pod takes writes" ;; esac
  done
  same "a write at $right while $left is away" OK "$(cli "$USER_OF_SERVICE" "$right" set drill 2)"
  lab_start "$left" "$left" "/lab/$(awk -v p="$left" '$1 == p && $3 == "server" {print $2}' "$WORK/containers").sh"
  wait_for 20 "$left is back as a master" role_is "$left" master
  for pod in $(planned "select(.replicaOf == \"$left\") | .name"); do wait_for 60 "$pod follows it again" follows "$pod" "$left"; done
  same "a write at $left after its return" OK "$(cli "$USER_OF_SERVICE" "$left" set drill 3)"
  say "${#servers[@]} servers, two caches that know nothing of each other"
}
reads() { [ "$(cli "$USER_OF_SERVICE" "$1" get "$2")" = "$3" ]; } # POD KEY VALUE
alone() { cli $OPERATOR "$1" info replication | grep -q '^master_link_status:down'; }
lab_main "$@"
