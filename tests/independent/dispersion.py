#!/usr/bin/env python3
"""How sure the dispersion of a short reference is: the figures in deploy/docs/statistics.md.

    dispersion.py [--references 1000] [--seed 1]

A reference of k disjoint windows is drawn many times; the mean z over all its pane ends is taken as the product takes it: q from the
reference's own counts, smoothed with a half for each bin and a half for the special bins, and 1/n* = 1/N - 1/m. It is compared with the true
mean of z, that of the same windows where q is known. Printed are both means, the standard deviation of the first in units of
the mean / sqrt(k (K-1)), and the share of references whose D = mean z (1 + 2 / sqrt(k (K-1))) lies below the true mean: there the return
periods come out too long.
"""
import argparse
import math
import random

WINDOW = 24
ALPHA = 0.5


def pane(rng, bins, events, spread):
    """Counts of a pane; with a spread, the distribution itself fluctuates from pane to pane, about the uniform one."""
    weights = [1.0] * bins if spread == 0 else [rng.gammavariate(1 / (bins * spread), 1) for _ in range(bins)]
    total = sum(weights)
    return [max(0, round(rng.gauss(mean, math.sqrt(mean)))) if (mean := events * weight / total) > 50 else poisson(rng, mean) for weight in weights]


def poisson(rng, mean):
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count


def n_log_n(n):
    return n * math.log(n) if n else 0.0


def mean_z(panes, bins):
    """The mean z of a reference's windows: as the product takes it, and where q, the uniform distribution, is known."""
    reference = [sum(column) for column in zip(*panes)]
    m = sum(reference)
    logs = [math.log((r + ALPHA) / (m + ALPHA * (bins + 1))) for r in reference]  # the special bins share one ALPHA
    counts, taken, known = [sum(column) for column in zip(*panes[:WINDOW])], 0.0, 0.0
    for last in range(WINDOW, len(panes) + 1):
        n = sum(counts)
        entropy = sum(map(n_log_n, counts)) - n_log_n(n)  # -N H(p)
        taken += 2 * (entropy - sum(c * log for c, log in zip(counts, logs))) / n / (1 / n - 1 / m) / (bins - 1)
        known += 2 * (entropy + n * math.log(bins)) / (bins - 1)
        if last < len(panes):
            counts = [c + enters - leaves for c, enters, leaves in zip(counts, panes[last], panes[last - WINDOW])]
    readings = len(panes) - WINDOW + 1
    return taken / readings, known / readings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print("bins windows  true mean z  mean z   sd * sqrt(k (K-1)) / mean   D below the true mean in")
    for bins in (4, 20):
        for windows in (3, 5, 7):
            for events, spread in ((100, 0), (400, 0.01)):
                references = [mean_z([pane(rng, bins, events, spread) for _ in range(WINDOW * windows)], bins) for _ in range(options.references)]
                true = sum(known for _, known in references) / len(references)
                mean = sum(taken for taken, _ in references) / len(references)
                sd = math.sqrt(sum((taken - mean) ** 2 for taken, _ in references) / (len(references) - 1))
                scale = math.sqrt(windows * (bins - 1))
                low = sum(taken * (1 + 2 / scale) < true for taken, _ in references) / len(references)
                print("%4d %7d  %11.2f  %6.2f   %26.2f   %20.0f %%" % (bins, windows, true, mean, sd * scale / mean, 100 * low), flush=True)


if __name__ == "__main__":
    main()
