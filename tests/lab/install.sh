#!/bin/bash
# install.sh [TARGET...] : installs the real components that the tests use, on Debian 12 as root. What is there already costs a moment.
#   packages     servers and checkers from Debian, none of them started
#   patroni      Patroni in a virtual environment    kafka   Apache Kafka's jars, through Maven
#   kube         the Kubernetes control plane, built from its Go module: minutes the first time
#   kube-oldest  the oldest supported minor          crds    the CRDs of the operators
#   terraform    says whether there is one: Debian has none
# Without a target: all but kube-oldest. Everything but the packages goes to ${INURETECH_LAB:-~/.cache/inuretech-lab}, which may be kept between runs.
set -euo pipefail
HERE=$(cd "$(dirname "$0")" && pwd)
LAB=${INURETECH_LAB:-$HOME/.cache/inuretech-lab}
OLDEST=1.34.4
PATRONI_VERSION=4.1.5
PACKAGES="ansible-core bc bind9-dnsutils bind9-utils curl etcd-client etcd-server gdnsd haproxy iproute2 jq maven nginx openssl pgbackrest pgbouncer
 postgresql-15 postgresql-client-15 procps prometheus prometheus-alertmanager python3-venv python3-yaml rclone redis-sentinel redis-server redis-tools xz-utils"
mkdir -p "$LAB"
exec 8> "$LAB/install.lock"
flock 8 # two runs that start together install once

say() { printf 'install: %s\n' "$*"; }
since() { awk -v a="$1" -v b="$(date +%s.%N)" 'BEGIN {printf "%.1f", b - a}'; }

packages() {
  local wanted=() p
  for p in $PACKAGES; do
    case $(dpkg-query -W -f '${Status}' "$p" 2>/dev/null) in *" installed") ;; *) wanted+=("$p") ;; esac
  done
  [ ${#wanted[@]} -gt 0 ] || return 0
  [ "$(id -u)" = 0 ] || { say "packages need root: ${wanted[*]}" >&2; return 1; }
  # Installing a server must not start it: whatever policy the machine has comes back afterwards.
  local policy=/usr/sbin/policy-rc.d kept=
  if [ -e $policy ]; then kept=$(mktemp); cp -a $policy "$kept"; fi
  printf '#!/bin/sh\nexit 101\n' > $policy; chmod 755 $policy
  local status=0
  { apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${wanted[@]}"; } > "$LAB/apt.log" 2>&1 || status=$?
  if [ -n "$kept" ]; then cp -a "$kept" $policy; rm "$kept"; else rm $policy; fi
  [ $status = 0 ] || { tail -20 "$LAB/apt.log" >&2; return $status; }
  say "packages: ${wanted[*]}"
}

# With Debian's own interpreter: the user postgres cannot read one that lives in root's home.
patroni() {
  local venv=$LAB/patroni
  [ "$(cat "$venv/version" 2>/dev/null)" = "$PATRONI_VERSION" ] && "$venv/bin/patroni" --version > /dev/null 2>&1 && return
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/pip" install -q --disable-pip-version-check "patroni[etcd3]==$PATRONI_VERSION" 'psycopg[binary]'
  echo "$PATRONI_VERSION" > "$venv/version"
}

kafka() { [ -n "$(ls "$LAB"/kafka/libs/kafka_*.jar 2>/dev/null)" ] || "$HERE/kafka/kafka.sh" install "$LAB/kafka"; }
kube() { "$HERE/kube.sh" build "$LAB/kube-1.37.2" 1.37.2; }
kube_oldest() { "$HERE/kube.sh" build "$LAB/kube-$OLDEST" "$OLDEST"; }

# A folder that is being filled is never taken for a full one.
crds() {
  local stamp; stamp=$(cksum < "$HERE/crds.sh")
  [ "$(cat "$LAB/crds-out/recipe" 2>/dev/null)" = "$stamp" ] && return
  rm -rf "$LAB/crds-out.new"
  "$HERE/crds.sh" "$LAB/crds-out.new" gateway prometheus keda envoy strimzi certmanager capi
  echo "$stamp" > "$LAB/crds-out.new/recipe"
  rm -rf "$LAB/crds-out"; mv "$LAB/crds-out.new" "$LAB/crds-out"
}

terraform() { type -P terraform > /dev/null || say "NOT CHECKED: no terraform here and no package of it: the CDN configuration is judged by our own table only"; }

for target in ${*:-packages patroni kafka kube crds terraform}; do
  case $target in packages|patroni|kafka|kube|kube-oldest|crds|terraform) ;; *) sed -n 2,8p "$0"; exit 2 ;; esac
  start=$(date +%s.%N)
  "${target//-/_}" 8>&-
  say "$target ready ($(since "$start") s)"
done
