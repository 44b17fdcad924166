#!/bin/bash
# test_nginx.sh [--broken] : the rendered nginx of each data centre, with stand-ins for the ingress behind it: the own data centre's upstreams serve first, the other's
# take over when they are gone, a client's limit counts exactly and does not touch another client, cached answers outlive the upstreams.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='limit of'
need nginx curl python3
API=${LAB_API:-api} WWW=${LAB_WWW:-www} CACHED=${LAB_CACHED:-/api/v1/catalog/lab} UNCACHED=${LAB_UNCACHED:-/api/v1/clients/lab}
KEY_HEADER=${LAB_KEY_HEADER:-X-Api-Key} CLIENT=${LAB_CLIENT:-acme} RATE=${LAB_RATE:-50} BURST=${LAB_BURST:-100} OTHER=${LAB_OTHER:-globex}

prepare() { render_with 'hosts/*/*/etc/nginx/nginx.conf'; DOMAIN=$(python3 -c 'import re, sys; print(re.search(r"^domain: *(\S+)", open(sys.argv[1]).read(), re.M)[1])' "$TOPOLOGY"); }

# Ten times the rate of the contract.
damage() { grep -rlE 'limit_req_zone' "$OUT"/hosts/*/*/etc/nginx | xargs sed -i -E "/limit_req_zone/s/rate=${RATE}r/rate=${RATE}0r/"; }

# ask SITE HOST PATH CURL_ARGS... : one request of the client to the public address of a data centre
ask() {
  local site=$1 host=$2.$DOMAIN path=$3; shift 3
  lab_exec client curl -s -m 10 --cacert "$RUN/ca/public/ca.crt" --resolve "$host:443:$(public_of "$site")" "$@" "https://$host$path"
}
backend_of() { ask "$1" "$API" "$UNCACHED" -o /dev/null -D - -H "$KEY_HEADER: $(key "$OTHER")" | tr -d '\r' | awk 'tolower($1) == "x-backend:" {print $2}'; }
served_by() { [ "$(backend_of "$1" | cut -d- -f1)" = "$2" ]; }
status_of() { ask "$1" "$API" "$2" -o /dev/null -w '%{http_code}' -H "$KEY_HEADER: $(key "$OTHER")"; }
health_of() { lab_exec client curl -s -m 5 -o /dev/null -w '%{http_code}' "http://$(public_of "$1")/healthz/dc" || true; } # what GeoDNS asks
healthy() { [ "$(health_of "$1")" = 200 ]; }
unhealthy() { ! healthy "$1"; }
key() { python3 -c 'import json, sys; v = json.load(open(sys.argv[1])); print(next((x for k, x in v.items() if k.endswith("/" + sys.argv[2])), "none"))' "$RUN/secrets/values.json" "$1"; }

# start_backends SITE : every worker of that site, at the ports that upstreams name: the ingress with its certificate, and its health without
start_backends() {
  local host address secure health
  while IFS=$'\t' read -r host _ _ address _; do
    case $host in "$1"-*) ;; *) continue ;; esac
    secure=$(ports_of "$address" | grep 443 || true) health=$(ports_of "$address" | grep -v 443 || true)
    [ -n "$secure" ] || continue
    # shellcheck disable=SC2086 # lists of ports
    lab_start "$host" "backend-$host" python3 "$LAB_HERE/backend.py" "$host" $health tls "$RUN/secrets/edge/ingress-tls/tls.crt" "$RUN/secrets/edge/ingress-tls/tls.key" $secure
  done < "$RUN/hosts.tsv"
}
ports_of() { cat "$OUT"/hosts/*/*/etc/nginx/conf.d/*.conf | grep -oE "server +${1//./\\.}:[0-9]+" | grep -oE '[0-9]+$' | sort -u | sed 's/^/0.0.0.0:/'; }
stop_backends() { local f; for f in "$WORK"/backend-"$1"-*.pid; do f=$(basename "$f" .pid); lab_stop "$f" KILL; done; }

limits() { # SITE : all of the burst and the rate, and nothing more
  local result
  lab_exec client python3 "$LAB_HERE/hammer.py" 3 "$(public_of "$1")" 443 "$API.$DOMAIN" "$UNCACHED" "$RUN/ca/public/ca.crt" "$KEY_HEADER:$(key "$CLIENT")" > "$WORK/hammer.json" || fail 'the load did not run'
  result=$(python3 - "$WORK/hammer.json" "$RATE" "$BURST" <<'PY'
import json, sys
seen, rate, burst = json.load(open(sys.argv[1])), int(sys.argv[2]), int(sys.argv[3])
passed, refused = seen.get("200", 0), seen.get("429", 0)
most = burst + 1 + int(rate * seen["seconds"]) + 1
least = burst + 1 + int(rate * (seen["seconds"] - 0.5))
print("ok %d passed, %d refused" % (passed, refused) if least <= passed <= most and refused else "%s: expected %d to %d answers of 200 and some of 429" % (seen, least, most))
PY
)
  case $result in ok*) say "limit of $CLIENT in $1: $result" ;; *) fail "limit of $CLIENT in $1: $result" ;; esac
  same "the other client while $CLIENT is refused" 200 "$(status_of "$1" "$UNCACHED")"
}

check() {
  local edges h site other workers
  edges=$(hosts_with etc/nginx/nginx.conf)
  workers=$(python3 - "$WORK/plan.json" "$OUT" <<'PY'
import glob, json, sys
text = "".join(open(f, errors="replace").read() for f in glob.glob(sys.argv[2] + "/hosts/*/*/etc/nginx/**/*.conf", recursive=True))
print(*(n for n, h in json.load(open(sys.argv[1]))["hosts"].items() if "server " + h["address"] + ":" in text))
PY
)
  [ -n "$workers" ] || fail 'no upstream is a host of the plan'
  # shellcheck disable=SC2086 # lists of host names
  lab_up $edges $workers
  lab_wan delay msk spb 4.5
  for site in msk spb; do start_backends $site; done
  for h in $edges; do
    lab_dir "$h" www-data 755 /var/cache/nginx /var/lib/nginx /var/log/nginx /run/nginx
    lab_exec "$h" nginx -t -q -c /etc/nginx/nginx.conf || fail "$h: nginx refuses its configuration"
    lab_start "$h" "nginx-$h" nginx -c /etc/nginx/nginx.conf -g 'daemon off;'
  done
  for site in msk spb; do
    other=$([ $site = msk ] && echo spb || echo msk)
    wait_for 20 "$site is served by its own" served_by $site $site
    for _ in 1 2 3 4 5 6 7 8; do same "the site that serves $site" $site "$(backend_of $site | cut -d- -f1)"; done
    limits $site
    wait_for 5 "$site is healthy" healthy $site
    same "a cached path of $site" 200 "$(status_of $site "$CACHED")"
    stop_backends $site
    wait_for 20 "$site is served by $other" served_by $site $other
    wait_for 10 "$site says that its own ingress is gone" unhealthy $site
    start_backends $site
    wait_for 60 "$site is served by its own again" served_by $site $site
    same "a cached path of $site" 200 "$(status_of $site "$CACHED")"
  done
  stop_backends msk; stop_backends spb
  sleep 4 # longer than the time for which the answer is fresh
  for site in msk spb; do same "the cached path of $site with every upstream dead" 200 "$(status_of $site "$CACHED")"; done
  case $(status_of msk "$UNCACHED") in 5*) ;; *) fail 'an uncached path answered without an upstream' ;; esac
}
lab_main "$@"
