#!/bin/bash
# test_promtool.sh [--broken] : every rendered alert rule is read by promtool, and the rendered unit tests of the rules pass. A PrometheusRule is unwrapped first.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='could not parse expression'
need promtool /usr/lib/python3/dist-packages/yaml

prepare() { local t; for t in ${LAB_TOPOLOGY:-"$REPO"/topologies/*.yaml}; do lab_render "$t"; mv "$OUT" "$WORK/tree-$(basename "$t" .yaml)"; done; }

damage() { # an expression that is none, in one tree
  local f t; f=$(grep -rlE '^kind: "?PrometheusRule' "$WORK"/tree-*/kubernetes | sed -n 1p)
  for t in "$WORK"/tree-*; do case $f in "$t"/*) ;; *) rm -rf "$t" ;; esac; done
  sed -i -E '0,/^( *(- )?expr: ).*/s//\1"sum by (("/' "$f"
}

check() {
  local tree n=0 t f bad=0
  for tree in "$WORK"/tree-*; do
    mkdir -p "$tree/rules"
    /usr/bin/python3 - "$tree" <<'PY'
import os, sys, yaml
tree = sys.argv[1]
for base, _, names in os.walk(tree + "/kubernetes"):
    for name in names:
        if name.endswith(".yaml"):
            for value in yaml.safe_load_all(open(os.path.join(base, name))):
                if isinstance(value, dict) and value.get("kind") == "PrometheusRule":
                    yaml.safe_dump({"groups": value["spec"]["groups"]}, open("%s/rules/%s.yaml" % (tree, value["metadata"]["name"]), "w"))
PY
    for f in "$tree"/rules/*.yaml; do
      [ -e "$f" ] || continue
      n=$((n + 1)); promtool check rules "$f" > "$WORK/promtool.out" 2>&1 || { cat "$WORK/promtool.out"; bad=1; }
    done
    # unit tests name their rule files relative to themselves
    while read -r t; do
      grep -qE '^"?tests"?:' "$t" || continue # the configuration of a server has rule_files too
      n=$((n + 1)); (cd "$(dirname "$t")" && promtool test rules "$(basename "$t")") > "$WORK/promtool.out" 2>&1 || { cat "$WORK/promtool.out"; bad=1; }
    done < <(grep -rlE '^ *"?rule_files"?:' --include='*.yaml' --include='*.yml' "$tree" || true)
  done
  [ $n -gt 0 ] || fail 'no alert rule is rendered'
  [ $bad = 0 ] || fail 'promtool refused a rule'
  say "$n files"
}
lab_main "$@"
