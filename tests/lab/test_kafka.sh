#!/bin/bash
# test_kafka.sh [--broken] : the rendered server.properties of Kafka on hosts: the broker's own classes accept each, the nodes form one quorum over both data centres,
# the rendered topics can be created as declared, a record written in one data centre is read in the other.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='unknown key|Check'
KAFKA_SH=$LAB_HERE/kafka/kafka.sh KAFKA=$INURETECH_LAB/kafka
need java "$KAFKA/libs"
export KAFKA

prepare() { render_with 'hosts/*/*/etc/kafka/*.properties'; }
damage() { sed -i 's/^log\.dirs=/log.directories=/' "$OUT"/hosts/*/*/etc/kafka/*.properties; }

# A host may carry a broker and a controller, each with a file of its own: a node is HOST/FILE.
nodes_of() { (cd "$OUT/hosts" && grep -lE '^process\.roles' */*/etc/kafka/*.properties) | sed -E 's,^[^/]+/([^/]+)/etc/kafka/,\1/,'; }
file_of() { echo "$(root_of "${1%/*}")/etc/kafka/${1#*/}"; }                       # NODE
property() { sed -n "s/^$2 *= *//p" "$(file_of "$1")" | tail -1; }                  # NODE KEY

tool() { lab_exec "${FIRST%/*}" timeout 60 "$KAFKA_SH" tool "$@"; }

# What a client needs is what the broker itself has: the CA and a certificate that the brokers know.
client_properties() { # LISTENER
  local protocol; protocol=$(property "$FIRST" listener.security.protocol.map | tr ',' '\n' | sed -n "s/^ *$1://p")
  echo "security.protocol=${protocol:-PLAINTEXT}"
  sed -nE "s/^(listener\.name\.$(tr '[:upper:]' '[:lower:]' <<< "$1")\.)?(ssl\.(keystore|truststore|key|endpoint)\.[^=]*=.*)/\2/p" "$(file_of "$FIRST")"
}

check() {
  local nodes n h cluster listener bootstrap topics t brokers other root
  nodes=$(nodes_of)
  # shellcheck disable=SC2046 # a list of host names
  lab_up $(sed 's,/.*,,' <<< "$nodes" | sort -u)
  lab_wan delay msk spb 4.5
  # shellcheck disable=SC2046 # a list of files
  "$KAFKA_SH" check $(for n in $nodes; do file_of "$n"; done) || fail 'Check of the properties'
  cluster=$(head -c 16 /dev/urandom | base64 | tr '+/' '-_' | tr -d '=')
  for n in $nodes; do
    h=${n%/*}
    lab_dir "$h" root 755 "$(property "$n" log.dirs)"
    lab_start "$h" "kafka-${n//\//-}" sh -c '"$1" tool kafka.tools.StorageTool format -t "$2" -c "$3" && exec "$1" broker "$3"' sh "$KAFKA_SH" "$cluster" "/etc/kafka/${n#*/}"
  done
  brokers=$(for n in $nodes; do if [[ $(property "$n" process.roles) == *broker* ]]; then echo "$n"; fi; done)
  FIRST=$(head -1 <<< "$brokers"); h=${FIRST%/*} root=$(root_of "${FIRST%/*}")
  listener=$(property "$FIRST" listeners | tr ',' '\n' | grep -v CONTROLLER | head -1)
  bootstrap=$(address "$h"):${listener##*:}
  client_properties "${listener%%:*}" > "$root/lab/client.properties"
  quorum() { tool org.apache.kafka.tools.MetadataQuorumCommand --bootstrap-server "$bootstrap" --command-config /lab/client.properties describe --status | grep -E '^LeaderId: +[0-9]+'; }
  wait_for 180 'a quorum' quorum
  all_brokers() { [ "$(tool org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "$bootstrap" --command-config /lab/client.properties | grep -cE '\(id: [0-9]+ ')" = "$(wc -l <<< "$brokers")" ]; }
  wait_for 120 'every broker registered' all_brokers
  topics=$(create_topics) || fail "topics: $topics"
  t=$(head -1 <<< "$topics")
  tool org.apache.kafka.tools.ConsoleProducer --bootstrap-server "$bootstrap" --command-config /lab/client.properties --topic "$t" --sync <<< 'a record' || fail 'a record was not taken'
  other=$(tail -1 <<< "$brokers")
  client_properties "${listener%%:*}" | sed "s/$h/${other%/*}/g" > "$(root_of "${other%/*}")/lab/client.properties"
  same "the record, read in $(site_of "${other%/*}")" 'a record' "$(FIRST=$other tool org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$(address "${other%/*}"):${listener##*:}" \
    --command-config /lab/client.properties --topic "$t" --from-beginning --max-messages 1 --timeout-ms 40000 2> /dev/null)"
  say "$(wc -w <<< "$nodes") nodes, $(wc -l <<< "$topics") topics"
}

# create_topics : from the plan, as declared: partitions, replicas and settings; prints their names
create_topics() {
  python3 - "$WORK/plan.json" > "$WORK/topics" <<'PY'
import json, sys
for instance in json.load(open(sys.argv[1]))["kafka"].values():
    if any(node.get("host") for cluster in instance["clusters"] for kind in cluster.values() if isinstance(kind, list) for node in kind if isinstance(node, dict)):
        for name, t in instance["topics"].items():
            print(name, t["partitions"], t["replicationFactor"], "min.insync.replicas=%d" % t["minInsyncReplicas"], "retention.ms=%d" % t["retentionMs"],
                  "cleanup.policy=" + ("compact" if t["compact"] else "delete"))
PY
  local name partitions replicas settings s args
  while read -r name partitions replicas settings; do
    args=(); for s in $settings; do args+=(--config "$s"); done
    tool org.apache.kafka.tools.TopicCommand --bootstrap-server "$bootstrap" --command-config /lab/client.properties --create --topic "$name" \
      --partitions "$partitions" --replication-factor "$replicas" "${args[@]}" < /dev/null > "$WORK/topic.out" 2>&1 || { cat "$WORK/topic.out"; return 1; }
    echo "$name"
  done < "$WORK/topics"
}
lab_main "$@"
