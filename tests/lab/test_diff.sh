#!/bin/bash
# test_diff.sh [--broken] : `inuretech diff` against a real API server. Before an apply everything is to add; right after one, server-side or by plain
# `kubectl apply`, nothing differs; what is changed behind its back is named, and nothing else; an error is exit 2, never "no difference".
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='differs right after the apply'
need "$KUBE/kube" "$INURETECH_LAB/crds-out" /usr/lib/python3/dist-packages/yaml
SENTINEL=c4n4ry-v4lue

free_port() { # the port of kube.sh and the two that it derives from it
  python3 - <<'PY'
import socket
for port in range(17443, 18443, 20):
    try:
        for p in (port, port + 7347, port + 7357):
            with socket.socket() as s: s.bind(("127.0.0.1", p))
        print(port); break
    except OSError:
        pass
PY
}

finish() { if [ -e "$WORK/kube/pids" ]; then "$LAB_HERE/kube.sh" stop "$WORK/kube"; rm "$WORK/kube/pids"; fi; }
k() { "$KUBE/kubectl" --kubeconfig "$WORK/kube/kubeconfig" --request-timeout=30s "$@"; }

prepare() {
  local t
  for t in ${LAB_TOPOLOGY:-"$REPO/topologies/minimal.yaml" "$REPO/topologies/inuretech.yaml"}; do
    lab_render "$t"; mv "$OUT" "$WORK/tree-$(basename "$t" .yaml)"
  done
  KUBE_PORT=$(free_port); export KUBE_PORT
  KUBE_API_ONLY=1 "$LAB_HERE/kube.sh" start "$KUBE" "$WORK/kube" 9>&- || fail "the control plane did not start"
  say "API server $(cat "$KUBE/version") on port $KUBE_PORT"
  /usr/bin/python3 - "$LAB_HERE" "https://127.0.0.1:$KUBE_PORT" "$INURETECH_LAB/crds-out" "$WORK"/tree-* <<'PY' || fail "the CRDs were not created"
import sys, urllib.parse
sys.dont_write_bytecode = True
sys.path.insert(0, sys.argv[1])
import kube_accept
kube_accept.URL = urllib.parse.urlsplit(sys.argv[2])
used = {(v["apiVersion"], v["kind"]) for tree in sys.argv[4:] for _, _, v in kube_accept.documents(tree + "/kubernetes") if "kind" in v}
print("diff:", kube_accept.create_crds(kube_accept.Server(), sys.argv[3], used), "CRDs")
PY
}

damage() { local f; f=$(grep -rlE '^kind: "?Deployment' "$WORK"/tree-*/kubernetes | sort | sed -n 1p); sed -i 's/terminationGracePeriodSeconds: .*/terminationGracePeriodSeconds: 77/' "$f"; }

# run_diff EXIT [ARGUMENT...] : of $TOPOLOGY; $WORK/diff.json, $WORK/diff.txt, and $WORK/lines with `verb Kind name` and `kind path` for each difference
run_diff() {
  local want=$1 status=0; shift
  timeout 120 "$INURETECH" -f "$TOPOLOGY" diff --kubeconfig "$WORK/kube/kubeconfig" -o human -o "json=$WORK/diff.json" "$@" > "$WORK/diff.txt" 2> "$WORK/diff.err" || status=$?
  [ "$status" = "$want" ] || { tail -n 40 "$WORK/diff.txt" "$WORK/diff.err" >&2; return 1; }
  if grep -q "$SENTINEL" "$WORK/diff.json" "$WORK/diff.txt" "$WORK/diff.err"; then fail "a secret was shown"; fi
  /usr/bin/python3 - "$WORK/diff.json" > "$WORK/lines" <<'PY'
import json, sys
for o in json.load(open(sys.argv[1]))["objects"]:
    print(o["verb"], o["kind"], o["name"])
    for c in o.get("changes", []):
        print(" ", c["kind"], c["path"], ",".join(sorted({w["manager"] for w in c["owners"]})) or "-")
PY
}

# expect WHAT LINE... : exactly these lines
expect() {
  local what=$1; shift
  printf '%s\n' "$@" > "$WORK/wanted"
  diff "$WORK/wanted" "$WORK/lines" > "$WORK/unlike" || { cat "$WORK/unlike" "$WORK/diff.txt" >&2; fail "$what: other differences than were made"; }
  say "$what: named, and nothing else"
}

clean() { run_diff 0 || fail "$1: differs right after the apply"; same "$1" '' "$(cat "$WORK/lines")"; say "$1: nothing differs"; }

# Everything but namespaces, which nobody would finish here.
remove_objects() {
  k kustomize "$1" | /usr/bin/python3 -c '
import sys, yaml
class Loader(yaml.CSafeLoader): pass
Loader.add_constructor("tag:yaml.org,2002:value", Loader.construct_yaml_str)
yaml.safe_dump_all([d for d in yaml.load_all(sys.stdin, Loader) if d["kind"] != "Namespace"], sys.stdout)' > "$WORK/objects.yaml"
  k delete --wait=false -f "$WORK/objects.yaml" > "$WORK/delete.log" || fail "cannot delete"
}

mutate() {
  local app=$1
  k -n apps set image "deployment/$app" "$app=registry.example.net/other:9" > /dev/null
  k -n apps set env "deployment/$app" "HAND_PASSWORD=$SENTINEL" > /dev/null
  k -n apps label service "$app" app.kubernetes.io/part-of- > /dev/null
  k -n apps patch service "$app" --type=json -p '[{"op": "replace", "path": "/spec/ports/0/targetPort", "value": 81}, {"op": "remove", "path": "/spec/ports/1"}]' > /dev/null
  k -n apps patch pdb "$app" --type=merge -p '{"spec": {"maxUnavailable": 2}}' > /dev/null
  k -n apps create configmap old --from-literal=a=b > /dev/null
  k -n apps label configmap old app.kubernetes.io/managed-by=inuretech "app.kubernetes.io/part-of=$(awk '/^name:/{print $2}' "$TOPOLOGY")" > /dev/null
}

check() {
  local tree app
  for tree in "$WORK"/tree-*; do
    TOPOLOGY=$REPO/topologies/$(basename "$tree" | sed 's/^tree-//').yaml
    app=core-app; [ -e "$tree/kubernetes/apps/deployment-$app.yaml" ] || app=shop
    say "$(basename "$tree"), $app"
    run_diff 1 || fail "$(basename "$tree"): a first diff has other results than differences"
    same "objects to add" "$(k kustomize "$tree/kubernetes" 2>/dev/null | grep -cE '^kind:')" "$(grep -c '^add ' "$WORK/lines")"
    k apply --server-side --field-manager=inuretech -k "$tree/kubernetes" > "$WORK/apply.log" 2>&1 || { cat "$WORK/apply.log" >&2; fail "cannot apply"; }
    clean "$(basename "$tree") applied server-side"
    mutations "$app"
    remove_objects "$tree/kubernetes"
    k -n apps delete configmap old > /dev/null
    k apply -k "$tree/kubernetes" > "$WORK/apply.log" 2>&1 || { cat "$WORK/apply.log" >&2; fail "cannot apply"; }
    clean "$(basename "$tree") applied by plain kubectl"
    taken_away "$app"
    remove_objects "$tree/kubernetes"
    k delete --wait=false namespace --all > /dev/null 2>&1 || true
    break_off
  done
  failures
}

# Errors are never "no difference".
failures() {
  sed 's/:[0-9]*"/:1"/' "$WORK/kube/kubeconfig" > "$WORK/nowhere"
  refused 'unreachable: ' --kubeconfig "$WORK/nowhere"
  refused 'forbidden: ' --kubeconfig "$WORK/kube/kubeconfigreader"
  sed 's/admin-token/wrong-token/' "$WORK/kube/kubeconfig" > "$WORK/stranger"
  refused 'unauthorized' --kubeconfig "$WORK/stranger"
  refused 'context' --kubeconfig "$WORK/kube/kubeconfig" --context nobody
}

# refused WORDS ARGUMENT... : exit 2, and these words in the output
refused() {
  local words=$1 status=0; shift
  timeout 60 "$INURETECH" -f "$TOPOLOGY" diff "$@" --exit-zero > "$WORK/diff.txt" 2>&1 || status=$?
  same "exit code of $*" 2 "$status"
  grep -q "$words" "$WORK/diff.txt" || { head -20 "$WORK/diff.txt" >&2; fail "$*: no word of '$words'"; }
  say "exit 2: $(grep -m1 "$words" "$WORK/diff.txt" | cut -c1-150)"
}

# Namespaces that are being deleted stay so without their controller: the next topology gets new ones by an empty finalizer list.
break_off() {
  local n
  for n in $(k get namespaces -o name | grep -vE 'namespace/(default|kube-.*)$'); do
    n=${n#namespace/}
    k get namespace "$n" -o json | python3 -c 'import json, sys; o = json.load(sys.stdin); o["spec"]["finalizers"] = []; print(json.dumps(o))' \
      | k replace --raw "/api/v1/namespaces/$n/finalize" -f - > /dev/null
  done
}

mutations() {
  mutate "$1"
  run_diff 1 || fail "mutations were not found"
  local c="spec.template.spec.containers[name=$1]"
  expect "changed by hand" "change Deployment $1" "  liveOnly $c.env[name=HAND_PASSWORD] kubectl-set" "  changed $c.image kubectl-set" \
    "change PodDisruptionBudget $1" "  changed spec.maxUnavailable kubectl-patch" \
    "change Service $1" "  added metadata.labels[\"app.kubernetes.io/part-of\"] -" "  changed spec.ports[port=8080,protocol=TCP].targetPort kubectl-patch" \
    "  added spec.ports[port=9090,protocol=TCP] -" "remove ConfigMap old"
}

# What an older topology had and this one does not is taken away by the next apply, by plain kubectl as well.
taken_away() {
  local c="spec.template.spec.containers[name=$1]"
  echo "services: {$1: {env: {NO_LONGER: rendered}}}" > "$WORK/overlay.yaml"
  "$INURETECH" -f "$TOPOLOGY" -f "$WORK/overlay.yaml" render --out "$WORK/older" > /dev/null 2>&1 || fail "cannot render the older topology"
  k apply -k "$WORK/older/kubernetes" > /dev/null 2>&1 || fail "cannot apply the older topology"
  run_diff 1 || fail "what is not rendered any more was not found"
  expect "not rendered any more" "change Deployment $1" "  removed $c.env[name=NO_LONGER] -"
}

lab_main "$@"
