#!/bin/bash
# test_redis.sh [--broken] : the rendered Redis of `run: kubernetes`. There is no kubelet here: its redis.conf, environment and commands, and the script of
# the Job that forms the cluster, are taken out of the rendered objects and run in namespaces, one a pod. The cluster must be whole, every replica in
# the other data centre than its master, the Job repeatable, and a key written in one data centre be read in the other.
. "$(dirname "$0")/lab.sh"
. "$(dirname "$0")/redis.sh"
BROKEN_SAYS='of .* has failed|has ended|not within|in one data centre'
PATTERN='redis|valkey|cache'
need redis-server redis-cli /usr/lib/python3/dist-packages/yaml

prepare() { render_with 'kubernetes/*/*-cache*'; }

# Servers that are no cluster: the Job must not report success.
damage() { local f; for f in $(grep -rl 'cluster-enabled yes' "$OUT/kubernetes"); do sed -i 's/cluster-enabled yes/cluster-enabled no/' "$f"; done; }

check() {
  pods_up
  cluster "${jobs[@]}"
}

cluster() {
  local job pod nodes
  [ $# -gt 0 ] || fail 'no Job forms the cluster'
  for job in "$@"; do run_once "${job% *}" "${job#* }"; done
  for pod in "${servers[@]}"; do wait_for 30 "$pod sees a whole cluster" whole "$pod"; done
  nodes=$(cli $OPERATOR "$first" cluster nodes | tr -d '\r')
  placement "$nodes" || fail 'a master and its replica stand in one data centre'
  for job in "$@"; do run_once "${job% *}" "${job#* }"; done
  same 'nodes after the Job ran twice' "$(awk '{print $1, $4}' <<< "$nodes" | sort)" "$(cli $OPERATOR "$first" cluster nodes | tr -d '\r' | awk '{print $1, $4}' | sort)"
  same 'a write in one data centre' OK "$(cli "$USER_OF_SERVICE" "$first" -c set drill 1 | tail -1)"
  for pod in "${servers[@]}"; do same "the row, read at $pod" 1 "$(cli "$USER_OF_SERVICE" "$pod" -c get drill | tail -1)"; done
  case $(cli "$USER_OF_SERVICE" "$first" flushall 2>&1) in NOPERM*) ;; *) fail "$USER_OF_SERVICE may flush the cache" ;; esac
  say "${#servers[@]} servers, every replica in the other data centre"
}

whole() { [ "$(cli $OPERATOR "$1" cluster info | tr -d '\r' | grep -c -e '^cluster_state:ok' -e "^cluster_known_nodes:${#servers[@]}\$")" = 2 ]; }

placement() { # TEXT of CLUSTER NODES : every replica in another site than its master
  python3 - "$RUN/hosts.tsv" "$1" <<'PY'
import sys
site = {line.split("\t")[3]: line.split("\t")[2] for line in open(sys.argv[1])}
rows = [r.split() for r in sys.argv[2].splitlines() if r]
where = {r[0]: site[r[1].split(":")[0]] for r in rows}
replicas = [r for r in rows if "slave" in r[2]]
bad = [r for r in replicas if where[r[0]] == where[r[3]]]
bare = {r[0] for r in rows if "master" in r[2]} - {r[3] for r in replicas}
for r in bad: print("replica and master in", where[r[0]], r[1])
for m in bare: print("a master without a replica:", m)
sys.exit(1 if bad or bare or not replicas else 0)
PY
}
lab_main "$@"
