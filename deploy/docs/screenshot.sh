#!/usr/bin/env bash
# Writes page.png: the page of `driftmonitor demo` while its alerts fire, seen by a headless Chromium.
#
#     deploy/docs/screenshot.sh [PROGRAM]
#
# PROGRAM is artifacts/driftmonitor unless given. The orders of the demo are seeded, so only the times on the page differ between runs.
# CHROMIUM names another browser, PORT another port than 9470.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

program=${1:-artifacts/driftmonitor}
port=${PORT:-9470}
image=deploy/docs/page.png
limit=200000 # bytes

folder=$(mktemp -d)
demo=
trap '[ -z "$demo" ] || kill "$demo" 2> /dev/null || true; wait; rm -rf "$folder"' EXIT

# Four times as fast as real time: both alerts fire after about 18 seconds and stay so for another 12.
"$program" demo --once --speed 4 --port "$port" > "$folder/demo" 2>&1 &
demo=$!
for _ in $(seq 300); do
    if [ "$(grep -c FIRING "$folder/demo" || true)" -ge 2 ]; then break; fi
    if ! kill -0 "$demo" 2> /dev/null; then cat "$folder/demo" >&2; exit 1; fi
    sleep 0.2
done
if [ "$(grep -c FIRING "$folder/demo" || true)" -lt 2 ]; then
    echo "screenshot: no alert fired within a minute:" >&2
    cat "$folder/demo" >&2
    exit 1
fi
sleep 3 # let the curves rise

if ! "${CHROMIUM:-chromium}" --headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking \
    --disable-component-update --disable-sync --disable-dev-shm-usage --hide-scrollbars --user-data-dir="$folder/profile" \
    --window-size=1200,900 --screenshot="$folder/page.png" "http://localhost:$port/" 2> "$folder/chromium" || [ ! -s "$folder/page.png" ]; then
    cat "$folder/chromium" >&2
    exit 1
fi

size=$(stat -c %s "$folder/page.png")
if [ "$size" -gt $limit ]; then
    echo "screenshot: the image has $size bytes, more than $limit" >&2
    exit 1
fi
mv "$folder/page.png" "$image"
echo "$image: $size bytes"
