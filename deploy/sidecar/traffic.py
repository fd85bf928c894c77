"""Asks the model server for predictions of amounts like those that it was trained on, or, with --median, of others."""

import argparse
import http.client
import json
import math
import os
import random
import time
import urllib.parse

MODEL_URL = urllib.parse.urlsplit(os.environ.get("MODEL_URL", "http://localhost:8080/predict"))

arguments = argparse.ArgumentParser(description=__doc__)
arguments.add_argument("--requests", type=int, default=1000, help="how many (1000)")
arguments.add_argument("--rate", type=float, default=100, help="how many a second, at most (100)")
arguments.add_argument("--median", type=float, default=40, help="median of the amounts (40, as in the training data)")
arguments.add_argument("--seed", type=int, default=1, help="of the random amounts (1)")
chosen = arguments.parse_args()

amounts = random.Random(chosen.seed)
connection = http.client.HTTPConnection(MODEL_URL.netloc, timeout=10)
start = time.monotonic()
scores = []
while len(scores) < chosen.requests:
    time.sleep(max(0, len(scores) / chosen.rate - (time.monotonic() - start)))
    amount = chosen.median * math.exp(0.6 * amounts.gauss(0, 1))
    connection.request("POST", MODEL_URL.path, json.dumps({"amount": amount}), {"content-type": "application/json"})
    scores.append(json.loads(connection.getresponse().read())["score"])
print(f"{len(scores)} predictions, mean score {sum(scores) / len(scores):.1f}")
