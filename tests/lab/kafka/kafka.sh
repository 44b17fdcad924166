#!/bin/bash
# Apache Kafka from its published jars.
#   kafka.sh install DIR [VERSION]   DIR/libs: broker and tools
#   kafka.sh check FILE...           server.properties judged by the broker's own classes, offline; exit 0/1
#   kafka.sh tool CLASS ARGS...      a command line tool, e.g. tool org.apache.kafka.tools.TopicCommand --bootstrap-server ...
#   kafka.sh broker FILE             runs a node in the foreground
# KAFKA: the install folder. NODE_MB: a node's heap in MiB.
set -eu
HERE=$(cd "$(dirname "$0")" && pwd)
KAFKA=${KAFKA:-${INURETECH_LAB:-$HOME/.cache/inuretech-lab}/kafka}
FAST="-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto" # start-up time is what a test waits for
LOG="-Dlog4j2.configurationFile=$HERE/log4j2.properties"
case ${1:-} in
install)
  rm -rf "$2.new"; mkdir -p "$2.new/libs"
  mvn -q -B ${3:+-Dkafka=$3} -f "$HERE/pom.xml" -P connect dependency:copy-dependencies -DincludeScope=runtime -DoutputDirectory="$2.new/libs"
  rm -rf "$2"; mv "$2.new" "$2" ;;
check) shift; exec java -Xmx128m $FAST -cp "$KAFKA/libs/*" "$HERE/Check.java" "$@" ;;
tool) shift; exec java -Xmx128m $FAST $LOG -Dkafka.level=ERROR -cp "$KAFKA/libs/*" "$@" ;;
broker) exec java -Xms64m -Xmx"${NODE_MB:-256}"m $FAST $LOG -cp "$KAFKA/libs/*" kafka.Kafka "$2" ;;
*) sed -n 2,7p "$0"; exit 2 ;;
esac
