#!/usr/bin/env bash
# Installs what the tests use beyond the .NET SDK and is missing. Root on Debian installs; otherwise the missing programs are named, and
# the tests that need them are skipped by name.
set -euo pipefail

missing=()
needs() { command -v "$1" > /dev/null || missing+=("$2"); }
needs promtool prometheus    # judges the exposition, the rules and replay's history
needs prometheus-alertmanager prometheus-alertmanager # is told of alerts
needs kcat kcat              # an independent Kafka client
needs jq jq                  # in commands of the documents
python3 -c 'import json, urllib.request' 2> /dev/null || missing+=(python3) # python3-minimal, which librdkafka's build brings, lacks these
needs xz xz-utils
needs chromium chromium      # loads the page
if [ -n "${KAFKA_HOME-}" ]; then needs java openjdk-17-jre-headless; fi # the broker of the tests

[ ${#missing[@]} -gt 0 ] || exit 0

if [ "$(id -u)" != 0 ] || ! command -v apt-get > /dev/null; then
    echo "deps: not installed, and only root on Debian can do that here: ${missing[*]}; the tests that need them will be skipped" >&2
    exit 0
fi

echo "deps: installing ${missing[*]} (apt-get)"
export DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 # 1: the programs are wanted, not the services that come with them
log=$(mktemp)
trap 'rm -f "$log"' EXIT
if ! { apt-get update -q && apt-get install -yq --no-install-recommends "${missing[@]}"; } > "$log" 2>&1; then
    tail -20 "$log" >&2
    echo "deps: FAILED: apt-get could not install ${missing[*]}" >&2
    exit 1
fi
