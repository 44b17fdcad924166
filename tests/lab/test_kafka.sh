#!/bin/bash
# test_kafka.sh [--broken] : the rendered files of Kafka on hosts: the broker's own classes accept each server.properties, the rendered scripts format the disks
# and make topics and rights, the nodes form one quorum over both data centres; with the certificates of the services, what a producer writes in one data
# centre its consumer reads in the other, and nobody does what no rule allows.
. "$(dirname "$0")/lab.sh"
BROKEN_SAYS='unknown key'
KAFKA_SH=$LAB_HERE/kafka/kafka.sh KAFKA=$INURETECH_LAB/kafka
need java "$KAFKA/libs"
export KAFKA

prepare() { render_with 'hosts/*/*/etc/kafka/server.properties'; }
damage() { sed -i 's/^log\.dirs=/log.directories=/' "$OUT"/hosts/*/*/etc/kafka/*.properties; }

# A host may carry a broker and a controller, each with a file of its own: a node is HOST/FILE.
nodes_of() { (cd "$OUT/hosts" && grep -lE '^process\.roles' */*/etc/kafka/*.properties) | sed -E 's,^[^/]+/([^/]+)/etc/kafka/,\1/,'; }
file_of() { echo "$(root_of "${1%/*}")/etc/kafka/${1#*/}"; }     # NODE
property() { sed -n "s/^$2 *= *//p" "$(file_of "$1")" | tail -1; } # NODE KEY
tool() { lab_exec "$1" timeout 60 "$KAFKA_SH" tool "${@:2}"; }     # HOST CLASS ARGUMENTS

# The programs of a Kafka installation that rendered scripts call, out of the jars.
programs() { # HOST
  local bin program class; bin=$(root_of "$1")/local/kafka/bin; mkdir -p "$bin"
  while read -r program class; do
    printf '#!/bin/sh\nexec %s tool %s "$@"\n' "$KAFKA_SH" "$class" > "$bin/$program"
    chmod 755 "$bin/$program"
  done <<'EOF'
kafka-storage.sh kafka.tools.StorageTool
kafka-topics.sh org.apache.kafka.tools.TopicCommand
kafka-configs.sh kafka.admin.ConfigCommand
kafka-acls.sh org.apache.kafka.tools.AclCommand
EOF
}

# identity SERVICE HOST : the service's certificate and a file for the command line tools, /lab/SERVICE.properties
identity() {
  local secret root; secret=$(ls -d "$RUN/secrets/"*/"$1-kafka-$CLUSTER") root=$(root_of "$2")
  cat "$secret/user.crt" "$secret/user.key" > "$root/lab/$1.pem"
  cp "$RUN/secrets/$(basename "$(dirname "$secret")")/ca-kafka-$CLUSTER/ca.crt" "$root/lab/ca.crt"
  printf 'security.protocol=SSL\nssl.keystore.type=PEM\nssl.keystore.location=/lab/%s.pem\nssl.truststore.type=PEM\nssl.truststore.location=/lab/ca.crt\n' "$1" > "$root/lab/$1.properties"
}
write_as() { # SERVICE HOST TOPIC TEXT
  identity "$1" "$2"
  tool "$2" org.apache.kafka.tools.ConsoleProducer --bootstrap-server "$BOOTSTRAP" --command-config "/lab/$1.properties" --topic "$3" --sync <<< "$4" 2>&1
}
read_as() { # SERVICE HOST TOPIC
  identity "$1" "$2"
  tool "$2" org.apache.kafka.tools.consumer.ConsoleConsumer --bootstrap-server "$BOOTSTRAP" --command-config "/lab/$1.properties" --topic "$3" --group "$1" \
    --from-beginning --max-messages 1 --timeout-ms 30000 2>&1
}

check() {
  local nodes brokers n h first last said
  nodes=$(nodes_of)
  # shellcheck disable=SC2046 # a list of host names
  lab_up $(sed 's,/.*,,' <<< "$nodes" | sort -u)
  lab_wan delay $(cd "$OUT/hosts" && for h in *; do [ "$h" = witness ] || echo "$h"; done) 4.5
  # shellcheck disable=SC2046 # a list of files
  "$KAFKA_SH" check $(for n in $nodes; do file_of "$n"; done) || fail 'Check of the properties'
  for h in $(sed 's,/.*,,' <<< "$nodes" | sort -u); do programs "$h"; done
  for n in $nodes; do
    h=${n%/*}
    lab_dir "$h" root 755 "$(property "$n" log.dirs)"
    lab_start "$h" "kafka-${n//\//-}" env KAFKA_HOME=/usr/local/kafka sh -c '/bin/sh /etc/kafka/format.sh && exec "$1" broker "$2"' sh "$KAFKA_SH" "/etc/kafka/${n#*/}"
  done
  brokers=$(for n in $nodes; do if [[ $(property "$n" process.roles) == *broker* ]]; then echo "${n%/*}"; fi; done)
  first=$(basename "$(dirname "$(dirname "$(dirname "$(ls "$OUT"/hosts/*/*/etc/kafka/topics.sh | sed -n 1p)")")")") last=$(tail -1 <<< "$brokers")
  BOOTSTRAP=$(sed -n "s/^servers='\(.*\)'/\1/p" "$(root_of "$first")/etc/kafka/topics.sh")
  quorum() { tool "$first" org.apache.kafka.tools.MetadataQuorumCommand --bootstrap-server "$BOOTSTRAP" --command-config /etc/kafka/admin.properties describe --status | grep -E '^LeaderId: +[0-9]+'; }
  wait_for 180 'a quorum' quorum
  all_brokers() { [ "$(tool "$first" org.apache.kafka.tools.BrokerApiVersionsCommand --bootstrap-server "$BOOTSTRAP" --command-config /etc/kafka/admin.properties | grep -cE '\(id: [0-9]+ ')" = "$(wc -l <<< "$brokers")" ]; }
  wait_for 120 'every broker registered' all_brokers
  lab_exec "$first" timeout 300 env KAFKA_HOME=/usr/local/kafka /bin/sh /etc/kafka/topics.sh > "$WORK/topics.log" 2>&1 || { tail -20 "$WORK/topics.log"; fail 'topics and rights'; }
  # A topic with a producer and a consumer, as planned.
  read -r CLUSTER TOPIC PRODUCER CONSUMER < <(python3 -c '
import json, sys
for instance in json.load(open(sys.argv[1]))["kafka"].values():
    for name, topic in instance["topics"].items():
        if topic["producers"] and topic["consumers"]:
            print(instance["clusters"][0]["name"], name, topic["producers"][0], topic["consumers"][0])' "$WORK/plan.json") || fail 'no topic with a producer and a consumer'
  said=$(write_as "$PRODUCER" "$first" "$TOPIC" 'a record') && [ -z "$(grep -i error <<< "$said")" ] || fail "$PRODUCER may not write to $TOPIC: $said"
  said=$(read_as "$CONSUMER" "$last" "$TOPIC") || fail "$CONSUMER may not read $TOPIC: $said"
  grep -qx 'a record' <<< "$said" || fail "what $PRODUCER wrote in $(site_of "$first") was not read in $(site_of "$last"): $said"
  said=$(write_as "$CONSUMER" "$last" "$TOPIC" 'not mine') || true
  grep -q 'TopicAuthorizationException' <<< "$said" || fail "$CONSUMER could write to $TOPIC: $said"
  say "$(wc -l <<< "$nodes") nodes; $PRODUCER writes, $CONSUMER reads and may not write"
}
lab_main "$@"
