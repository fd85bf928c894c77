#!/bin/sh
# Writes the payments of payments.awk to the topic `payments`, as they happen, until it is stopped.
set -eu
tools=${KAFKA_TOOLS:-/opt/kafka/bin}
"$tools/kafka-topics.sh" --bootstrap-server "$BOOTSTRAP_SERVERS" --create --if-not-exists --topic payments --partitions 1
awk -v from="$(date +%s)" -f "$(dirname "$0")/payments.awk" |
    "$tools/kafka-console-producer.sh" --bootstrap-server "$BOOTSTRAP_SERVERS" --topic payments
