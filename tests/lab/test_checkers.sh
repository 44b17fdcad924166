#!/bin/bash
# test_checkers.sh [--broken] : `render --verify=tools` runs the real checker of every rendered file. All must be found and satisfied, for every topology.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='haproxy'
need ansible-playbook amtool gdnsd haproxy named-checkzone nginx "$PG_BIN/postgres" promtool redis-server "$INURETECH_LAB/patroni/bin/patroni" "$KUBE/kubeadm"
export PATH="$INURETECH_LAB/patroni/bin:$KUBE:$PG_BIN:/usr/sbin:/sbin:$PATH"
TOOLS=

prepare() { :; }

# A checker that refuses must make the command fail: this one refuses everything.
damage() { TOOLS=$WORK/bin; mkdir -p "$TOOLS"; printf '#!/bin/sh\necho refused >&2\nexit 1\n' > "$TOOLS/haproxy"; chmod +x "$TOOLS/haproxy"; }

check() {
  local t
  for t in ${LAB_TOPOLOGY:-"$REPO"/topologies/*.yaml}; do
    # Debian 12 has PostgreSQL 15, and `postgres -C` knows its own settings only
    /usr/bin/python3 "$LAB_HERE/overlay.py" "$t" > "$WORK/overlay.yaml"
    PATH="${TOOLS:+$TOOLS:}$PATH" "$INURETECH" -f "$t" -f "$WORK/overlay.yaml" render --verify=tools --out "$WORK/tree" > "$WORK/verify.log" 2>&1 || { cat "$WORK/verify.log"; fail "$(basename "$t")"; }
    # terraform has no package: where it is missing the command says so, and that is no failure here
    if grep -F '[IT892]' "$WORK/verify.log" | grep -v terraform; then fail "$(basename "$t"): a checker was not found"; fi
    grep -F '[IT892]' "$WORK/verify.log" || true
    rm -rf "$WORK/tree"
    say "$(basename "$t") green"
  done
}
lab_main "$@"
