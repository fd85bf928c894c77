#!/usr/bin/env python3
"""How sure the dispersion of a short reference is: the figures in src/DriftMonitor.Core/README.md.

    dispersion.py [--references 1000] [--seed 1]

A reference of k disjoint windows is drawn many times; the mean z over all its pane ends is taken as the product takes it. Printed are the
mean, its standard deviation in units of the mean / sqrt(k (K-1)), and the share of references whose D = mean z (1 + 2 / sqrt(k (K-1))) lies
below the true mean: there the return periods come out too long.
"""
import argparse
import math
import random

WINDOW = 24


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


def mean_z(rng, bins, windows, events, spread):
    panes = [pane(rng, bins, events, spread) for _ in range(WINDOW * windows)]
    counts, sum_z, readings = [sum(column) for column in zip(*panes[:WINDOW])], 0.0, 0
    for last in range(WINDOW, len(panes) + 1):
        n = sum(counts)
        sum_z += 2 * sum(c * math.log(c * bins / n) for c in counts if c) / (bins - 1)
        readings += 1
        if last < len(panes):
            counts = [c + enters - leaves for c, enters, leaves in zip(counts, panes[last], panes[last - WINDOW])]
    return sum_z / readings


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--references", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    print("bins windows  mean z   sd * sqrt(k (K-1)) / mean   D below the mean in")
    for bins in (4, 20):
        for windows in (3, 5, 7):
            for events, spread in ((100, 0), (400, 0.01)):
                means = [mean_z(rng, bins, windows, events, spread) for _ in range(options.references)]
                mean = sum(means) / len(means)
                sd = math.sqrt(sum((z - mean) ** 2 for z in means) / (len(means) - 1))
                scale = math.sqrt(windows * (bins - 1))
                low = sum(z * (1 + 2 / scale) < mean for z in means) / len(means)
                print("%4d %7d  %6.2f   %26.2f   %15.0f %%" % (bins, windows, mean, sd * scale / mean, 100 * low))


if __name__ == "__main__":
    main()
