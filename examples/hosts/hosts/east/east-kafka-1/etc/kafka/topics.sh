#!/bin/sh
# Brings the topics and rights of events to what is declared; run it again after every change.
# Partitions are never added here, because that moves keys; nothing is deleted.
set -eu
etc=$(dirname "$0")
kafka=${KAFKA_HOME:-/opt/kafka}
servers='10.40.8.11:9093,10.40.8.12:9093,10.41.8.11:9093,10.41.8.12:9093'
tool() {
    program=$1
    shift
    "$kafka/bin/$program" --bootstrap-server "$servers" --command-config "$etc/admin.properties" "$@"
}

tool kafka-topics.sh --create --if-not-exists --topic 'placed' \
    --partitions 12 --replication-factor 4
tool kafka-configs.sh --alter --entity-type topics --entity-name 'placed' --add-config 'cleanup.policy=delete,min.insync.replicas=3,retention.ms=2592000000'

tool kafka-topics.sh --create --if-not-exists --topic 'placed.dlt' \
    --partitions 3 --replication-factor 4
tool kafka-configs.sh --alter --entity-type topics --entity-name 'placed.dlt' --add-config 'cleanup.policy=delete,min.insync.replicas=3,retention.ms=2592000000'

tool kafka-acls.sh --allow-principal 'User:CN=mailer-kafka-events' --resource-pattern-type literal \
    --operation Read \
    --operation Describe \
    --topic 'placed' \
    --group 'mailer' \
    --add

tool kafka-acls.sh --allow-principal 'User:CN=mailer-kafka-events' --resource-pattern-type literal \
    --operation Write \
    --operation Describe \
    --topic 'placed.dlt' \
    --add

tool kafka-acls.sh --allow-principal 'User:CN=mailer-kafka-events' --resource-pattern-type prefixed \
    --operation Write \
    --operation Describe \
    --transactional-id 'mailer.' \
    --add

tool kafka-acls.sh --allow-principal 'User:CN=shop-kafka-events' --resource-pattern-type literal \
    --operation Write \
    --operation Describe \
    --topic 'placed' \
    --add

tool kafka-acls.sh --allow-principal 'User:CN=shop-kafka-events' --resource-pattern-type prefixed \
    --operation Write \
    --operation Describe \
    --transactional-id 'shop.' \
    --add
