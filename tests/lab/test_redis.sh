#!/bin/bash
# test_redis.sh [--broken] : the rendered Redis of `run: kubernetes`. There is no kubelet here: its redis.conf, environment and commands, and the script of
# the Job that forms the cluster, are taken out of the rendered objects and run in namespaces, one a pod. The cluster must be whole, every replica in
# the other data centre than its master, the Job repeatable, and a key written in one data centre be read in the other.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='Job .* has failed|has ended|not within|in one data centre'
NAMESPACE=data PATTERN='redis|valkey|cache'
need redis-server redis-cli /usr/lib/python3/dist-packages/yaml

prepare() { render_with 'kubernetes/*/*-cache*'; }

# The Job is told a plan whose replicas stand beside their masters, or a wrong configuration: whichever the tree has.
damage() { local f; for f in $(grep -rl 'cluster-enabled yes' "$OUT/kubernetes"); do sed -i 's/cluster-enabled yes/cluster-enabled no/' "$f"; done; }

setting() { # POD DIRECTIVE : the value in the configuration that the pod's server was started with
  lab_exec "$1" sh -c "cat \$(tr '\\0' '\\n' < /proc/$(cat "$WORK/$1.pid")/cmdline | grep -m1 '\\.conf') /dev/null" 2> /dev/null | awk -v d="$2" '$1 == d {print $2; exit}'
}

# cli POD ARGS... : redis-cli as the pod would call it, TLS and password by its own configuration and environment
cli() {
  local pod=$1 tls=(); shift
  [ -z "$CA" ] || tls=(--tls --cacert "$CA" --cert "$CERT" --key "$KEY")
  lab_exec "$pod" timeout 10 "/lab/$SERVER.sh" sh -c 'export REDISCLI_AUTH=${REDISCLI_AUTH:-${REDIS_PASSWORD:-${VALKEY_PASSWORD:-}}}; [ -n "$REDISCLI_AUTH" ] || unset REDISCLI_AUTH; exec redis-cli "$@"' \
    sh -h "$(address "$pod")" -p "$PORT" "${tls[@]}" "$@"
}

run_job() { # JOB CONTAINER
  timeout 150 ip netns exec "$LAB_PREFIX-$1" "$LAB_HERE/in_root.sh" "$(root_of "$1")" "/lab/$2.sh" > "$WORK/job.log" 2>&1 || { tail -20 "$WORK/job.log" >&2; fail "the Job $1 has failed"; }
}

check() {
  local pods jobs=() servers=() pod container first
  pods=$(/usr/bin/python3 "$LAB_HERE/pods.py" list "$OUT/kubernetes" $NAMESPACE "$PATTERN")
  [ -n "$pods" ] || fail 'no pod of Redis is rendered'
  # shellcheck disable=SC2086 # a list of names
  lab_up $pods
  lab_wan delay msk spb 4.5
  /usr/bin/python3 "$LAB_HERE/pods.py" lay "$OUT/kubernetes" $NAMESPACE "$PATTERN" "$RUN" > "$WORK/containers"
  known_names
  while read -r pod container; do
    case $(grep -c "^exec .*\(redis\|valkey\)-server" "$(root_of "$pod")/lab/$container.sh") in
      0) if grep -q 'cluster' "$(root_of "$pod")/lab/$container.sh" || [ "${pod##*-}" != "$((${pod##*-} + 0))" ] 2> /dev/null; then jobs+=("$pod $container"); fi ;;
      *) servers+=("$pod"); SERVER=$container; lab_start "$pod" "$pod" "/lab/$container.sh" ;;
    esac
  done < "$WORK/containers"
  [ ${#servers[@]} -gt 0 ] || fail 'no server among the containers'
  first=${servers[0]}; sleep 1
  PORT=$(setting "$first" tls-port) CA=
  if [ -n "$PORT" ] && [ "$PORT" != 0 ]; then
    CA=$(setting "$first" tls-ca-cert-file) CERT=$(setting "$first" tls-cert-file) KEY=$(setting "$first" tls-key-file)
  else
    PORT=$(setting "$first" port); PORT=${PORT:-6379}
  fi
  for pod in "${servers[@]}"; do wait_for 20 "$pod answers" cli "$pod" ping; done
  if [ "$(cli "$first" info cluster | tr -d '\r' | sed -n 's/^cluster_enabled://p')" = 1 ] || [ ${#jobs[@]} -gt 0 ]; then cluster "${jobs[@]}"; fi
}

cluster() {
  local job pod nodes
  [ $# -gt 0 ] || fail 'no Job forms the cluster'
  for job in "$@"; do run_job ${job% *} "${job#* }"; done
  for pod in "${servers[@]}"; do wait_for 30 "$pod sees a whole cluster" whole "$pod"; done
  nodes=$(cli "$first" cluster nodes | tr -d '\r')
  placement "$nodes" || fail 'a master and its replica stand in one data centre'
  for job in "$@"; do run_job ${job% *} "${job#* }"; done
  same 'nodes after the Job ran twice' "$(awk '{print $1, $4}' <<< "$nodes" | sort)" "$(cli "$first" cluster nodes | tr -d '\r' | awk '{print $1, $4}' | sort)"
  same 'a write in one data centre' OK "$(cli "$first" -c set drill 1 | tail -1)"
  for pod in "${servers[@]}"; do same "the row, read at $pod" 1 "$(cli "$pod" -c get drill | tail -1)"; done
  say "${#servers[@]} servers, every replica in the other data centre"
}

whole() { [ "$(cli "$1" cluster info | tr -d '\r' | grep -c -e '^cluster_state:ok' -e "^cluster_known_nodes:${#servers[@]}\$")" = 2 ]; }

placement() { # stdin none; the text of CLUSTER NODES : every replica in another site than its master
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
