#!/bin/sh
# Formats the disks of this host for events, once, as the user that Kafka runs as; a disk that is
# formatted already is left alone. No unit does this by itself: a controller that comes back on an empty disk has
# forgotten its votes, and a person should know.
set -eu
etc=$(dirname "$0")
kafka=${KAFKA_HOME:-/opt/kafka}
"$kafka/bin/kafka-storage.sh" format --ignore-formatted --cluster-id 'd1c24576aed89006a5ddbA' --config "$etc/controller.properties"
