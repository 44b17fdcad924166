# A member that sentinels watch: they say who is the master, not the order of starting.
announce() { echo "replica-announce-ip $host"; echo "replica-announce-port $port"; }

# asked: "HOST PORT" of the master as most sentinels see it; nothing where none answers.
asked() {
  while read -r _ at at_port; do
    as system.sentinel "$at" "$at_port" sentinel get-master-addr-by-name sessions | tr '\n' ' ' | awk 'NF == 2 { print $1, $2 }'
  done < "$config/sentinels" | sort | uniq -c | sort -rn | awk 'NR == 1 { print $2, $3 }'
}

# replicas: how many replicas the sentinels know that are not this member.
replicas() {
  while read -r _ at at_port; do
    as system.sentinel "$at" "$at_port" sentinel replicas sessions | awk -v own="$host:$port" 'p == "name" && $1 != own { n++ } { p = $1 } END { print n + 0 }'
  done < "$config/sentinels" | sort -rn | head -n 1
}

# At the first start the plan decides. Later this member waits until a sentinel answers, because it may have lost its
# mastership meanwhile; and where it is still held for the master, it comes back empty, so it gives the others the time
# to be elected before it claims anything.
role() {
  waited=0
  while :; do
    seen=$(asked)
    if [ -z "$seen" ]; then
      [ -e "$data/started" ] || [ "$waited" -lt 30 ] || break
    elif [ "$seen" != "$host $port" ]; then
      : > "$data/started"
      echo "replicaof $seen"
      return
    elif [ "$(replicas)" -eq 0 ] || [ "$waited" -ge 20 ]; then
      : > "$data/started"
      return
    fi
    sleep 1
    waited=$((waited + 1))
  done
  : > "$data/started"
  [ "$master" = - ] || { set -- $(member "$master"); echo "replicaof $2 $3"; }
}

attend() { :; }

# The first sentinel that answers moves the mastership, to a replica of its choice.
hand_over() {
  while read -r _ at at_port; do
    as system.sentinel "$at" "$at_port" sentinel failover sessions && return
  done < "$config/sentinels"
}
