#!/bin/bash
# test_kube.sh [--broken] : a real API server accepts every object of every shipped topology without an error or a warning, each pod template as a Pod of a
# namespace that enforces Pod Security too; the kustomizations build and list every object; kubeadm accepts every bootstrap file.
# KUBE_VERSION takes another control plane (`install.sh kube-oldest` builds one); the topologies are then rendered for that minor.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS=$'field not declared in schema|unknown field\nviolates PodSecurity'
need "$KUBE/kube" "$INURETECH_LAB/crds-out" /usr/lib/python3/dist-packages/yaml

free_port() { # the port of kube.sh and the four that it derives from it
  python3 - <<'PY'
import socket
for port in range(16443, 17443, 20):
    try:
        for p in (port, port + 7347, port + 7357, port - 186, port - 184):
            with socket.socket() as s: s.bind(("127.0.0.1", p))
        print(port); break
    except OSError:
        pass
PY
}

finish() { if [ -e "$WORK/kube/pids" ]; then "$LAB_HERE/kube.sh" stop "$WORK/kube"; rm "$WORK/kube/pids"; fi; }

prepare() {
  local t minor; minor=$(cut -d. -f1,2 "$KUBE/version")
  echo "kubernetes: {version: \"$minor\"}" > "$WORK/version.yaml"
  for t in ${LAB_TOPOLOGY:-"$REPO"/topologies/*.yaml}; do
    lab_render "$t" "$WORK/version.yaml"
    mv "$OUT" "$WORK/tree-$(basename "$t" .yaml)"
  done
  KUBE_PORT=$(free_port); export KUBE_PORT
  KUBE_API_ONLY=1 "$LAB_HERE/kube.sh" start "$KUBE" "$WORK/kube" 9>&- || fail "the control plane did not start"
  say "API server $(cat "$KUBE/version") on port $KUBE_PORT"
}

# One damage for each of the three ways in which a tree can be refused.
damage() {
  local tree=$WORK/tree-inuretech f
  [ -d "$tree" ] || tree=$(ls -d "$WORK"/tree-* | sed -n 1p)
  for f in "$WORK"/tree-*; do [ "$f" = "$tree" ] || rm -rf "$f"; done
  f=$(grep -rlE '^kind: "?Deployment' "$tree/kubernetes" | sort | sed -n 1p); sed -i '0,/^spec:/s//spec:\n  replicaCount: 3/' "$f"
  f=$(grep -rlE '^kind: "?Deployment' "$tree/kubernetes" | sort | sed -n 2p); sed -i 's/allowPrivilegeEscalation: false/allowPrivilegeEscalation: true/' "$f"
  f=$(compgen -G "$tree/hosts/*/*/etc/kubernetes/kubeadm*.yaml" | sed -n 1p) || return 0
  sed -i '0,/^kind:/s//nodeCount: 3\nkind:/' "$f"
  BROKEN_SAYS+=$'\nkubeadm.*(strict decoding error|unknown field)'
}

check() {
  local tree f bad=0 objects listed
  for tree in "$WORK"/tree-*; do
    say "$(basename "$tree")"
    /usr/bin/python3 "$LAB_HERE/kube_accept.py" "https://127.0.0.1:$KUBE_PORT" "$tree/kubernetes" "$INURETECH_LAB/crds-out" || bad=1
    if [ -e "$tree/kubernetes/kustomization.yaml" ]; then
      objects=$(grep -rhE --include='*.yaml' '^kind:' "$tree/kubernetes" | grep -cv Kustomization)
      listed=$("$KUBE/kubectl" kustomize "$tree/kubernetes" | grep -cE '^kind:') || { say "kustomize refused $tree"; bad=1; }
      [ "$objects" = "$listed" ] || { say "kustomize gives $listed of $objects objects"; bad=1; }
    fi
    printf 'apiVersion: v1\nkind: Config\n' > "$WORK/discovery.yaml"
    for f in "$tree"/hosts/*/*/etc/kubernetes/kubeadm*.yaml; do
      [ -e "$f" ] || continue
      # Whoever joins reads the cluster from a file of the host, which has to be there for the check.
      sed "s#/etc/kubernetes/discovery.yaml#$WORK/discovery.yaml#" "$f" > "$WORK/kubeadm.yaml"
      "$KUBE/kubeadm" config validate --config "$WORK/kubeadm.yaml" > "$WORK/kubeadm.out" 2>&1 || { echo "kubeadm: ${f#"$tree/"}: $(tail -3 "$WORK/kubeadm.out")"; bad=1; }
    done
  done
  [ $bad = 0 ] || fail "refused, see above"
}
lab_main "$@"
