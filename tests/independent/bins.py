"""The bins that `reference build` finds for a sample of numbers, in exact arithmetic, from the rules in deploy/docs/statistics.md."""
import collections
import json
import math
import random
from decimal import Decimal
from fractions import Fraction


def quantile(values, numerator, denominator):
    """Type 7: the quantile at p of n ordered values is the linear interpolation at (n - 1) p."""
    ordered = sorted(values)
    place = Fraction((len(ordered) - 1) * numerator, denominator)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return float(Fraction(ordered[low]) + (place - low) * (Fraction(ordered[high]) - Fraction(ordered[low])))


def single_values(values, k):
    """The values that have a bin of their own: all if there are at most 2k; otherwise those that hold the share m/(k - h) of the m numbers that are left when
    h values are single, found in rounds until a round finds none."""
    counts = collections.Counter(values)
    if len(counts) <= 2 * k:
        return sorted(counts)
    singles = set()
    while True:
        left = sum(count for value, count in counts.items() if value not in singles)
        more = {value for value, count in counts.items() if value not in singles and Fraction(count) >= Fraction(left, k - len(singles))}
        if not more:
            return sorted(singles)
        singles |= more


def middle(a, b):
    """Half-way from a to b > a, rounded once; b where that would be a."""
    half = float((Fraction(a) + Fraction(b)) / 2)
    return half if half > a else b


def quantile_edges(values, k):
    """Single values are cut off half-way to their neighbours; what lies between them is cut at its own quantiles, in proportion to its numbers."""
    values = [value + 0.0 for value in values]
    distinct = sorted(set(values))
    if len(distinct) == 1:
        after = math.nextafter(distinct[0], math.inf)
        return [distinct[0], after] if after < math.inf else [math.nextafter(distinct[0], 0), distinct[0]]
    singles = single_values(values, k)
    edges = {middle(a, b) for a, b in zip(distinct, distinct[1:]) if a in singles or b in singles}
    left = [value for value in values if value not in singles]
    for low, high in zip([-math.inf] + singles, singles + [math.inf]):
        stretch = [value for value in left if low < value < high]
        if stretch:
            parts = max(1, math.floor(Fraction((k - len(singles)) * len(stretch), len(left)) + Fraction(1, 2)))
            edges |= {quantile(stretch, i, parts) for i in range(1, parts)} - {min(stretch), distinct[-1]}
    edges |= {distinct[0]}
    last = distinct[-1] if distinct[-1] not in edges else math.nextafter(distinct[-1], math.inf)
    return sorted(edges | ({last} if last < math.inf else set()))


def equal_edges(values, k):
    least, most = Fraction(min(values)), Fraction(max(values))
    return [float(least + (most - least) * i / k) for i in range(k + 1)]


def ratio_edges(values, k):
    """Equal ratios, in 40 digits; the ends are the values themselves."""
    least, most = Decimal(min(values)).ln(), Decimal(max(values)).ln()
    return [float(min(values))] + [float((least + (most - least) * i / k).exp()) for i in range(1, k)] + [float(max(values))]


def integer_edges(values):
    """Each integer in the middle of its own bin."""
    return [n - 0.5 for n in range(int(min(values)), int(max(values)) + 2)]


def rule_edges(values, rule):
    """Freedman and Diaconis, or Doane where the quartiles are equal; at most 1000 bins, and of whole numbers none narrower than 1."""
    n, span = len(values), Fraction(max(values)) - Fraction(min(values))
    quartiles = [Fraction(edge) for edge in (quantile(values, 1, 4), quantile(values, 3, 4))]
    if rule == "fd" and quartiles[0] != quartiles[1]:
        k = math.ceil(float(span) / (2 * float(quartiles[1] - quartiles[0]) * n ** (-1 / 3)))
    else:
        mean = math.fsum(values) / n
        deviation = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / n)
        skewness = math.fsum(((value - mean) / deviation) ** 3 for value in values) / n
        k = math.ceil(1 + math.log2(n) + math.log2(1 + abs(skewness) / math.sqrt(6 * (n - 2) / ((n + 1) * (n + 3)))))
    k = min(k, 1000)
    return integer_edges(values) if span < k and all(value == int(value) for value in values) else equal_edges(values, k)


def pooled(edges, values, enough):
    """The rarest bin (the leftmost of them) joins its rarer neighbour (the left one of two) while it has less than enough."""
    groups = [[low, high, sum(1 for value in values if low <= value < high or value == high == edges[-1])] for low, high in zip(edges, edges[1:])]
    while len(groups) > 1:
        rarest = min(range(len(groups)), key=lambda i: groups[i][2])
        if groups[rarest][2] >= enough:
            break
        beside = min((i for i in (rarest - 1, rarest + 1) if 0 <= i < len(groups)), key=lambda i: groups[i][2])
        first, second = sorted((rarest, beside))
        groups[first:second + 1] = [[groups[first][0], groups[second][1], groups[first][2] + groups[second][2]]]
    return [group[0] for group in groups] + [groups[-1][1]]


def samples():
    """Seeded samples as pairs of a number and how often it occurs; those of few numbers, of spikes and of neighbouring doubles by hand."""
    chance = random.Random(20261125)
    greatest = float.fromhex("0x1.fffffffffffffp+1023")
    yield "stars", [(1, 10), (2, 5), (3, 10), (4, 25), (5, 50)]
    yield "a flag", [(0, 950), (1, 50)]
    yield "only zeros", [(-0.0, 3), (0, 4)]
    yield "one number", [(7.25, 1)]
    yield "the greatest double", [(greatest, 2)]
    yield "zeros of both signs and others", [(-1, 1), (-0.0, 3), (0, 3)] + [(i / 8, 1) for i in range(1, 30)]
    yield "neighbouring doubles", [(1, 20), (math.nextafter(1, 2), 20), (math.nextafter(1, 0), 20)] + [(2 + i / 64, 1) for i in range(40)]
    yield "neighbouring doubles at the end", [(i / 64, 1) for i in range(64)] + [(1, 30), (math.nextafter(1, 2), 30)]
    yield "subnormal numbers", [(-5e-324, 9), (0, 9), (5e-324, 9), (1e-323, 9)] + [(i * 1e-320, 1) for i in range(1, 40)]
    yield "the ends of double", [(-greatest, 15), (greatest, 15)] + [(i * 1e306, 1) for i in range(-30, 31)]
    yield "the two greatest doubles", [(i * 1e306, 1) for i in range(50)] + [(math.nextafter(greatest, 0), 20), (greatest, 20)]
    yield "92 % zeros", [(0, 920), (99999, 1)] + [(chance.randint(1000, 9999), 1) for _ in range(79)]
    yield "capped at 100", [(min(100, round(chance.gauss(85, 15), 1)), 1) for _ in range(500)]
    yield "a spike in the middle", [(round(chance.gauss(0, 1), 2), 1) for _ in range(400)] + [(0.25, 120)]
    yield "one spike beside another", [(0, 500), (1, 60), (2, 30)] + [(3 + chance.random(), 1) for _ in range(60)]
    yield "three spikes", [(-10, 100), (0, 100), (10, 100)] + [(chance.uniform(-20, 20), 1) for _ in range(200)]
    yield "exactly a tenth", [(i, 1) for i in range(90)] + [(45.5, 10)]
    yield "just less than a tenth", [(i, 1) for i in range(92)] + [(45.5, 10)]
    for n in range(12):
        width = chance.choice([3, 12, 30, 100])
        yield "random %d" % n, [(round(chance.gauss(0, width) * chance.choice([0, 1, 1])), chance.choice([1, 1, 1, chance.randint(1, 80)])) for _ in range(chance.randint(5, 120))]
    yield "normal", [(chance.gauss(0, 1), 1) for _ in range(150)]


def main():
    """Writes tests/DriftMonitor.Core.Tests/Vectors/quantile-bins.json."""
    cases = []
    for name, pairs in samples():
        values = [float(value) for value, count in pairs for _ in range(count)]
        cases.append(json.dumps({"name": name, "sample": [[float(value), count] for value, count in pairs],
                                 "edges": {str(k): quantile_edges(values, k) for k in (1, 2, 4, 10, 37)}}))
    print("[\n" + ",\n".join(cases) + "\n]")


if __name__ == "__main__":
    main()
