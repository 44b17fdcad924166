# Redis in `run: kubernetes`, for the tests that boot it, sourced after lab.sh: pods whose owners match PATTERN become hosts of the lab.
# There is no kubelet: configuration, environment and commands are taken out of the rendered objects.
NAMESPACE=data OPERATOR=system.operator

setting() { awk -v d="$2" '$1 == d {print $2; exit}' "$(root_of "$1")"/run/redis/server.conf; } # POD DIRECTIVE

# cli USER POD ARGS... : redis-cli as that user of the cache
cli() {
  local user=$1 pod=$2; shift 2
  lab_exec "$pod" timeout 10 env REDISCLI_AUTH="$(cat "$RUN/secrets/$NAMESPACE"/*-redis-passwords/"$user")" redis-cli --no-auth-warning --user "$user" \
    --tls --cacert "$(setting "$pod" tls-ca-cert-file)" -h "$(address "$pod")" -p "$(setting "$pod" tls-port)" "$@"
}
answers() { [ "$(cli $OPERATOR "$1" ping)" = PONG ]; }

run_once() { # POD CONTAINER
  lab_exec "$1" timeout 150 "/lab/$2.sh" > "$WORK/$1-$2.log" 2>&1 || { tail -20 "$WORK/$1-$2.log" >&2; fail "$2 of $1 has failed"; }
}

# pods_up : every server answers; `servers` are their pods, `jobs` are `POD CONTAINER`, USER_OF_SERVICE is a user that is no part of the cache
pods_up() {
  local pods pod container role site delayed=()
  jobs=() servers=()
  pods=$(/usr/bin/python3 "$LAB_HERE/pods.py" list "$OUT/kubernetes" $NAMESPACE "$PATTERN")
  [ -n "$pods" ] || fail 'no pod of Redis is rendered'
  # shellcheck disable=SC2086 # a list of names
  lab_up $pods
  for site in $(cut -f3 "$RUN/hosts.tsv" | sort -u); do case $site in inet|witness) ;; *) delayed+=("$site") ;; esac; done
  lab_wan delay "${delayed[@]}" 4.5
  /usr/bin/python3 "$LAB_HERE/pods.py" lay "$OUT/kubernetes" $NAMESPACE "$PATTERN" "$RUN" > "$WORK/containers"
  known_names
  while read -r pod container role; do
    case $role in
      init) run_once "$pod" "$container" ;;
      server) servers+=("$pod"); lab_start "$pod" "$pod" "/lab/$container.sh" ;;
      job) jobs+=("$pod $container") ;;
      side) ;; # an exporter: Debian has none
    esac
  done < "$WORK/containers"
  [ ${#servers[@]} -gt 0 ] || fail 'no server among the containers'
  first=${servers[0]} USER_OF_SERVICE=$(basename "$(ls "$RUN/secrets/$NAMESPACE"/*-redis-passwords/* | grep -v '/system\.' | sed -n 1p)")
  for pod in "${servers[@]}"; do wait_for 20 "$pod answers" answers "$pod"; done
}
