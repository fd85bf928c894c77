#!/usr/bin/env python3
"""Writes bins.json: bin counts, edges and quantiles of small samples as NumPy has them (python3-numpy 1.24; numpy.histogram_bin_edges, numpy.quantile).

    python3 bins.py > bins.json

The samples are seeded and stand in the file, so that the tests need neither NumPy nor this script.
"""
import json
import sys

import numpy as np

PROBABILITIES = [0, 0.001, 0.1, 0.25, 0.3, 0.5, 0.75, 0.9, 0.999, 1]


def samples():
    random = np.random.default_rng(20261121)
    yield "normal, 10", random.normal(size=10)
    yield "normal, 300", random.normal(size=300)
    yield "normal far from 0", 1e9 + random.normal(size=200)
    yield "exponential", random.exponential(30, size=250)
    yield "log-normal, heavy tail", random.lognormal(3, 1.5, size=200)
    yield "two humps", np.concatenate([random.normal(-5, 1, size=120), random.normal(7, 0.5, size=60)])
    yield "one far outlier", np.append(random.normal(size=80), 400.0)
    yield "negatively skewed", -random.gamma(2, 2, size=150)
    yield "rounded to quarters, ties", np.round(random.normal(0, 3, size=250) * 4) / 4
    yield "wide integers", random.integers(0, 100000, size=150).astype(float)
    yield "tiny", random.normal(size=60) * 1e-300
    yield "huge", random.normal(size=60) * 1e300
    yield "three values", np.array([1.0, 2.5, 7.25])
    yield "two values", np.array([1.0, 2.0])


def main():
    cases = []
    with np.errstate(all="ignore"):
        for name, sample in samples():
            case = {"name": name, "sample": sample.tolist(), "probabilities": PROBABILITIES, "quantiles": np.quantile(sample, PROBABILITIES).tolist()}
            for rule in ("fd", "doane"):
                if rule == "doane" and not 0 < np.std(sample) < np.inf:
                    continue  # its squares vanish or overflow, and NumPy takes one bin or fails; the tests shift the exponent instead
                edges = np.histogram_bin_edges(sample, bins=rule)
                case[rule] = {"bins": len(edges) - 1, "edges": edges.tolist() if len(edges) <= 65 else None}
            case["equal_20"] = np.histogram_bin_edges(sample, bins=20).tolist()
            if sample.min() > 0:
                case["log_20"] = np.geomspace(sample.min(), sample.max(), 21).tolist()
            cases.append(case)
    sys.stdout.write("[\n" + ",\n".join(json.dumps(case, allow_nan=False) for case in cases) + "\n]\n")


if __name__ == "__main__":
    main()
