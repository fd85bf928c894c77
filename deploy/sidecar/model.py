"""A small model server: POST /predict {"amount": 41.5} answers {"score": 0.52}.

Each prediction is posted to the sidecar as well, in batches, by a thread of its own: a sidecar that is slow or away delays no prediction.
What it refuses for lack of room is sent again; beyond MOST_WAITING predictions, the newest are not watched, and their number is printed.
Needs nothing but Python.
"""

import http.server
import json
import math
import os
import queue
import statistics
import sys
import threading
import time
import urllib.error
import urllib.request

PORT = int(os.environ.get("PORT", "8080"))
EVENTS_URL = os.environ.get("EVENTS_URL", "http://127.0.0.1:9465/events?topic=predictions")
MOST_WAITING = 10_000
MOST_IN_A_BATCH = 500
BATCH_EVERY = 0.2  # seconds

# The "model": how unusual an amount is among those of its training data, whose scores were therefore evenly spread from 0 to 1.
TRAINED_ON = statistics.NormalDist(mu=math.log(40), sigma=0.6)

waiting = queue.Queue(maxsize=MOST_WAITING)
unwatched = 0


def predict(amount):
    return TRAINED_ON.cdf(math.log(amount))


class Predictions(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    wbufsize = -1  # an answer is one packet

    def do_POST(self):
        global unwatched
        try:
            body = self.rfile.read(int(self.headers["content-length"]))
            amount = float(json.loads(body)["amount"])
            score = predict(amount)
        except (KeyError, TypeError, ValueError):
            self.answer(400, {"error": "send {\"amount\": NUMBER} above 0"})
            return
        try:
            waiting.put_nowait({"time": time.time(), "amount": amount, "score": score})
        except queue.Full:
            unwatched += 1
        self.answer(200, {"score": round(score, 4)})

    def answer(self, status, value):
        body = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


def batch():
    """The predictions of the next moment, as lines."""
    lines = [waiting.get()]
    time.sleep(BATCH_EVERY)
    while len(lines) < MOST_IN_A_BATCH and not waiting.empty():
        lines.append(waiting.get())
    return "".join(json.dumps(line) + "\n" for line in lines).encode()


def post(lines):
    """Posts lines until they are accepted, or refused for good."""
    while True:
        request = urllib.request.Request(EVENTS_URL, lines, {"content-type": "application/x-ndjson"})
        try:
            with urllib.request.urlopen(request, timeout=10):
                return
        except urllib.error.HTTPError as error:
            if error.code not in (408, 429, 503):
                print(f"predictions are not watched: {error.code} {error.read().decode().strip()}", file=sys.stderr)
                return
            time.sleep(float(error.headers.get("retry-after", "1")))
        except OSError:
            time.sleep(1)  # the sidecar starts, or starts again


def post_all():
    global unwatched
    while True:
        post(batch())
        if unwatched:
            print(f"{unwatched} predictions were not watched: the sidecar does not keep up", file=sys.stderr)
            unwatched = 0


if __name__ == "__main__":
    threading.Thread(target=post_all, daemon=True).start()
    print(f"predictions at http://localhost:{PORT}/predict", flush=True)
    http.server.ThreadingHTTPServer(("", PORT), Predictions).serve_forever()
