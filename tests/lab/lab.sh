# The lab's functions, sourced by every test_*.sh. A test defines `prepare` (renders),
# `check` (boots and asserts), `damage` (breaks one rendered file on purpose)
# and BROKEN_SAYS (patterns, one a line, that the failure of the damaged run must match), then calls `lab_main "$@"`.
# Exit status of a test: 0 passed, 1 failed, 77 not run because a server is missing (the line NOT RUN says which).
#
# INURETECH   the program under test (default: the debug build of this checkout)
# LAB_PREFIX  prefix of namespaces and work folder (il): different tests run side by side, the same test twice with two prefixes
# LAB_FULL    set by `tests/run --full`: the long drills too
# LAB_KEEP    keep the work folder of a passing test
set -euo pipefail
LAB_HERE=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
REPO=$(cd "$LAB_HERE/../.." && pwd)
export LAB_PREFIX=${LAB_PREFIX:-il} INURETECH_LAB=${INURETECH_LAB:-$HOME/.cache/inuretech-lab}
INURETECH=${INURETECH:-${CARGO_TARGET_DIR:-$REPO/target}/debug/inuretech}
TEST=$(basename "$0" .sh); TEST=${TEST#test_}
# In memory where there is room: the tests wait for nobody's disk, and damage none.
LAB_DIR=${LAB_DIR:-$([ "$(df --output=avail -k /dev/shm 2>/dev/null | tail -1)" -gt 4000000 ] 2>/dev/null && echo /dev/shm || echo /tmp)}/$LAB_PREFIX-lab
WORK=$LAB_DIR/$TEST
RUN=$WORK/run OUT=$WORK/out
LAB_PREFIX=$LAB_PREFIX-$TEST # of namespaces: different tests run side by side
KUBE=$INURETECH_LAB/kube-${KUBE_VERSION:-1.37.2}
PG_BIN=/usr/lib/postgresql/15/bin

say() { printf '%s: %s\n' "$TEST" "$*"; }
fail() { printf '%s: FAILED: %s\n' "$TEST" "$*" >&2; exit 1; }
not_run() { printf 'NOT RUN: %s: %s\n' "$TEST" "$*"; exit 77; }

# need WHAT... : a command on PATH or a path that must exist
need() {
  local missing=() w
  for w in "$@"; do case $w in /*) [ -e "$w" ] || missing+=("$w");; *) command -v "$w" >/dev/null || missing+=("$w");; esac; done
  [ ${#missing[@]} = 0 ] || not_run "missing ${missing[*]} (tests/lab/install.sh installs it)"
}

# --- the rendered tree --------------------------------------------------------------------------------------------------------------------------------

# lab_render TOPOLOGY [OVERLAY...] : $OUT, the plan with the public addresses of its sites, and the secrets as JSON
lab_render() {
  local args=() f
  for f in "$@"; do args+=(-f "$f"); done
  rm -rf "$OUT"; TOPOLOGY=$1
  "$INURETECH" "${args[@]}" render --out "$OUT" > "$WORK/render.log" 2>&1 || { tail -40 "$WORK/render.log" >&2; fail "cannot render $1"; }
  "$INURETECH" "${args[@]}" show --emit plan > "$WORK/plan.json" || fail "show --emit plan"
  "$INURETECH" "${args[@]}" show --emit secrets > "$WORK/secrets.json" || fail "show --emit secrets"
  /usr/bin/python3 - "$WORK/plan.json" "$TOPOLOGY" <<'PY' || fail 'the plan has no sites'
import json, sys, yaml
plan, topology = json.load(open(sys.argv[1])), yaml.load(open(sys.argv[2]), yaml.BaseLoader) or {}
for site, s in (topology.get("datacenters") or {}).items():
    plan["sites"][site].setdefault("public", s.get("public", []))
json.dump(plan, open(sys.argv[1], "w"), indent=1)
PY
}

public_of() { python3 -c 'import json, sys; print(json.load(open(sys.argv[1]))["sites"][sys.argv[2]]["public"][0])' "$WORK/plan.json" "$1"; }

# render_with PATTERN : the first shipped topology (the seed's before the others, or LAB_TOPOLOGY alone) whose tree has a file like OUT/PATTERN,
# fitted into the lab by overlay.py
render_with() {
  local t
  for t in ${LAB_TOPOLOGY:-"$REPO/topologies/inuretech.yaml" "$REPO"/topologies/*.yaml}; do
    /usr/bin/python3 "$LAB_HERE/overlay.py" "$t" > "$WORK/overlay.yaml"
    lab_render "$t" "$WORK/overlay.yaml"
    if compgen -G "$OUT/$1" > /dev/null; then say "topology $(basename "$t")"; return; fi
  done
  fail "no shipped topology renders $1"
}

# hosts_with FILE [SITE] : names of the hosts whose rendered tree has FILE (a path below the host, may be a pattern), in order
hosts_with() {
  local d found=()
  for d in "$OUT"/hosts/${2:-*}/*; do if compgen -G "$d/$1" > /dev/null; then found+=("${d##*/}"); fi; done
  local IFS=$'\n'
  [ ${#found[@]} = 0 ] || echo "${found[*]}" # in one piece, or `head -1` would end us with a signal
}

# --- hosts --------------------------------------------------------------------------------------------------------------------------------------------

# lab_up HOST... : namespaces for these hosts with their rendered files at their places, certificates and passwords made, and a client in `inet`
lab_up() {
  local start name site root
  start=$(date +%s.%N)
  [ "$(id -u)" = 0 ] || not_run "namespaces need root"
  python3 "$LAB_HERE/net.py" up "$RUN" "$WORK/plan.json" "$@" client@inet:192.0.2.10
  while IFS=$'\t' read -r name _ site _ root; do
    if [ -d "$OUT/hosts/$site/$name" ]; then
      cp -a --no-preserve=ownership "$OUT/hosts/$site/$name/." "$root/"
      if [ -d "$root/usr/local" ]; then fail "$name: files below /usr/local are not supported by the lab"; fi
    fi
  done < "$RUN/hosts.tsv"
  python3 "$LAB_HERE/pki.py" "$WORK/secrets.json" "$RUN"
  known_names
  say "$(wc -l < "$RUN/hosts.tsv") hosts up in $(since "$start") s"
}

# known_names [ADDRESS NAME...] : /etc/hosts of every root; names that a real installation has in its DNS
known_names() {
  local root
  { echo "127.0.0.1 localhost"; awk -F'\t' '{print $4, $1}' "$RUN/hosts.tsv"; cat "$RUN/names" 2>/dev/null || true; if [ $# -gt 0 ]; then echo "$*" | tee -a "$RUN/names"; fi; } > "$RUN/etc-hosts"
  while IFS=$'\t' read -r _ _ _ _ root; do
    [ -e "$root/etc/hosts.rendered" ] || cp "$OUT/hosts/"*/"$(basename "$root")/etc/hosts" "$root/etc/hosts.rendered" 2>/dev/null || : > "$root/etc/hosts.rendered"
    cat "$RUN/etc-hosts" "$root/etc/hosts.rendered" > "$root/etc/hosts"
  done < "$RUN/hosts.tsv"
}

column() { awk -F'\t' -v h="$1" -v c="$2" '$1 == h {print $c; found = 1} END {exit !found}' "$RUN/hosts.tsv" || fail "no host $1 in this lab"; }
site_of() { column "$1" 3; }
address() { column "$1" 4; }
root_of() { column "$1" 5; }
lab_wan() { python3 "$LAB_HERE/net.py" ctl "$RUN" "$@" > /dev/null; }
lab_cut() { say "cut $1 | $2"; lab_wan cut "$1" "$2"; }
lab_heal() { say "heal $1 | $2"; lab_wan heal "$1" "$2"; }

# lab_exec HOST COMMAND... : in the host's namespace and root. LAB_USER=name runs it as that user.
lab_exec() {
  local host=$1 as=(); shift
  [ -z "${LAB_USER:-}" ] || as=(setpriv --reuid "$LAB_USER" --regid "$LAB_GROUP_OF_USER" --init-groups)
  ip netns exec "$LAB_PREFIX-$host" "$LAB_HERE/in_root.sh" "$(root_of "$host")" "${as[@]}" "$@"
}

# as USER COMMAND... : sets the user for lab_exec and lab_start
as() { local LAB_USER=$1 LAB_GROUP_OF_USER; LAB_GROUP_OF_USER=$(id -gn "$1"); shift; "$@"; }

# lab_start HOST NAME COMMAND... : in the background; log $WORK/NAME.log, process id $WORK/NAME.pid. A start of the same name goes on in the same log.
lab_start() {
  local host=$1 name=$2 as=(); shift 2
  [ -z "${LAB_USER:-}" ] || as=(setpriv --reuid "$LAB_USER" --regid "$LAB_GROUP_OF_USER" --init-groups)
  setsid ip netns exec "$LAB_PREFIX-$host" "$LAB_HERE/in_root.sh" "$(root_of "$host")" "${as[@]}" "$@" >> "$WORK/$name.log" 2>&1 < /dev/null 9>&- &
  echo $! > "$WORK/$name.pid"; disown $! # or bash reports its end among the words of the test
}

alive() { kill -0 "$(cat "$WORK/$1.pid")" 2>/dev/null; }

# lab_stop NAME [SIGNAL] : ends what lab_start started (TERM, after 15 s KILL)
lab_stop() {
  local pid i; pid=$(cat "$WORK/$1.pid"); rm "$WORK/$1.pid"
  kill -"${2:-TERM}" "$pid" 2>/dev/null || return 0
  for i in $(seq 150); do kill -0 "$pid" 2>/dev/null || return 0; sleep 0.1; done
  kill -KILL "$pid" 2>/dev/null || true
}

# lab_dir HOST OWNER MODE PATH... : folders that a package or systemd makes on a real host
lab_dir() {
  local root owner=$2 mode=$3; root=$(root_of "$1"); shift 3
  for p in "$@"; do mkdir -p "$root$p"; chown "$owner:" "$root$p"; chmod "$mode" "$root$p"; done
}

# --- waiting and asserting ----------------------------------------------------------------------------------------------------------------------------

since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN {printf "%.1f", b - a}'; }

# wait_for SECONDS WHAT COMMAND... : until COMMAND succeeds. Running out of time, or a started process that has ended, is a failure with the log's tail.
wait_for() {
  local seconds=$1 what=$2 start end f; shift 2
  start=$(date +%s.%N); end=$(($(date +%s) + seconds))
  until "$@" > "$WORK/wait.out" 2>&1; do
    for f in "$WORK"/*.pid; do
      [ -e "$f" ] && ! kill -0 "$(cat "$f")" 2>/dev/null || continue
      tail -25 "${f%.pid}.log" >&2 2>/dev/null || true
      fail "waiting for $what: $(basename "${f%.pid}") has ended"
    done
    if [ "$(date +%s)" -ge "$end" ]; then
      tail -5 "$WORK/wait.out" >&2
      for f in $(ls -t "$WORK"/*.pid 2>/dev/null | head -4); do echo "--- $(basename "${f%.pid}").log" >&2; tail -12 "${f%.pid}.log" >&2 || true; done
      fail "$what: not within $seconds s"
    fi
    sleep 0.2
  done
  say "$what after $(since "$start") s"
}

# same WHAT EXPECTED ACTUAL
same() { [ "$2" = "$3" ] || fail "$1: expected '$2', got '$3'"; }

# --- one test -----------------------------------------------------------------------------------------------------------------------------------------

lab_down() {
  local f
  for f in "$WORK"/*.pid; do if [ -e "$f" ]; then kill -TERM "$(cat "$f")" 2>/dev/null || true; fi; done
  if declare -F finish > /dev/null; then finish || true; fi
  if [ -d "$RUN" ]; then python3 "$LAB_HERE/net.py" down "$RUN" || true; fi
  for f in "$WORK"/*.pid; do if [ -e "$f" ]; then kill -KILL "$(cat "$f")" 2>/dev/null || true; rm -f "$f"; fi; done
}

# Nothing fails without a word.
loud() { set -E; trap 'echo "$TEST: FAILED: $(basename "${BASH_SOURCE[0]}"):$LINENO: $BASH_COMMAND" >&2' ERR; }

# Process ids of an earlier run that was killed may belong to others by now: only the namespaces of that run are emptied, never its pid files.
lab_begin() {
  mkdir -p "$LAB_DIR"; chmod 755 "$LAB_DIR"
  exec 9> "$LAB_DIR/$TEST.lock"
  flock -n 9 || fail "this test is running already (LAB_PREFIX=$LAB_PREFIX)"
  if [ -d "$RUN" ]; then python3 "$LAB_HERE/net.py" down "$RUN"; fi
  rm -rf "$WORK"; mkdir -p "$WORK"; chmod 755 "$WORK"
  loud
  trap lab_down EXIT
  trap 'exit 143' TERM
  trap 'exit 130' INT
}

# After a pass nothing is left; after a failure the work folder stays for a look.
lab_clean() { lab_down; trap - EXIT; if [ -z "${LAB_KEEP:-}" ]; then rm -rf "$WORK"; fi; }

lab_main() {
  local status pattern
  [ $# -le 1 ] && { [ $# = 0 ] || [ "$1" = --broken ]; } || { echo "usage: $0 [--broken]" >&2; exit 2; }
  lab_begin
  if [ "${1:-}" != --broken ]; then
    prepare; check
    lab_clean
    return
  fi
  prepare; damage
  trap - ERR
  set +e; (set -e; loud; trap - EXIT; check) > "$WORK/broken.log" 2>&1 9>&-; status=$?; set -e; loud
  [ $status != 77 ] || { cat "$WORK/broken.log"; exit 77; }
  if [ $status = 0 ]; then tail -5 "$WORK/broken.log" >&2; fail "the damaged file was not noticed"; fi
  while read -r pattern; do
    grep -qE -e "$pattern" "$WORK/broken.log" || { tail -30 "$WORK/broken.log" >&2; fail "the damaged run failed, but not with /$pattern/"; }
    say "damage noticed: $(grep -m1 -E -e "$pattern" "$WORK/broken.log" | cut -c1-200)"
  done <<< "$BROKEN_SAYS"
  lab_clean
}
