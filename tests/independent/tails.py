#!/usr/bin/env python3
"""The tail of a reference's own readings and the return period that is read from it, in panes; also the alarm by `FalseAlarmEvery`.

Quantiles are exact (fractions of the doubles), the rest is in doubles: the return period of a reading is compared to 1e-9, relative.
"""
import math
from fractions import Fraction

UPPER = ("0.9995", "0.999", "0.998", "0.995", "0.99", "0.98")
LOWER = ("0.95", "0.9", "0.8", "0.7", "0.6", "0.5", "0.3")
LADDER = [(level, 40) for level in UPPER] + [(level, clusters) for clusters in (8, 4, 2) for level in LOWER]  # the first with its clusters is the threshold's
FEWEST_READINGS = 8
MOST_PEAKS = 5
LONGEST_S = 1000 * 365.25 * 86400  # a return period longer than this is given as this

# By name: the scale on which the excess over the threshold is exponential, and lambda, with which d g(z) = z^(lambda - 1) dz
SHAPES = {"identity": (lambda z: z, 1.0), "sqrt": (lambda z: 2 * math.sqrt(z), 0.5), "log": (lambda z: math.log(z), 0.0)}


def quantile(ordered, level):
    """Linear interpolation between the ordered values, at (n - 1) level."""
    place = (len(ordered) - 1) * Fraction(level)
    low = int(place)
    if place == low:
        return ordered[low]
    below, above = Fraction(ordered[low]), Fraction(ordered[low + 1])
    return float(below + (place - low) * (above - below))


def peaks_above(readings, threshold, window):
    """The largest reading of each cluster. A cluster ends when more than `window` panes pass without an exceedance; None exceeds nothing."""
    clusters, last = [], None
    for pane, z in enumerate(readings):
        if z is None or not z > threshold:
            continue
        if last is None or pane - last > window:
            clusters.append([])
        clusters[-1].append(z)
        last = pane
    return [max(cluster) for cluster in clusters]


def largest_peaks(readings, window):
    """(pane, z) of the largest readings above 0, each more than `window` panes from every larger one that is listed; of equals the earlier."""
    found = []
    for z, pane in sorted(((z, pane) for pane, z in enumerate(readings) if z is not None and z > 0), key=lambda pair: (-pair[0], pair[1])):
        if len(found) < MOST_PEAKS and all(abs(pane - other) > window for other, _ in found):
            found.append((pane, z))
    return found


class Tail:
    """`threshold` at `level`, `clusters` above it in `panes`, their rate; shapes: (name, weight, scale); quantiles: (level, z), the least first.

    z is divided by `dispersion` before anything else; `within` multiplies the z of windows within the reference, before that.
    """

    def __init__(self, level, threshold, clusters, panes, rate, shapes, quantiles, dispersion=1.0, within=1.0):
        self.within = within
        self.level, self.threshold, self.clusters, self.panes, self.rate = level, threshold, clusters, panes, rate
        self.shapes, self.quantiles, self.dispersion = shapes, quantiles, dispersion

    @classmethod
    def read(cls, source):
        """From the object in a file of references or of golden figures."""
        return cls(float(source["level"]), float(source["threshold"]), int(source["clusters"]), int(source["panes"]), float(source["rate_per_pane"]),
                   [(shape["transform"], float(shape["weight"]), float(shape["scale"])) for shape in source["shapes"]],
                   [(float(level), float(z)) for level, z in source["quantiles"]], float(source.get("dispersion", 1)), float(source.get("within_factor", 1)))

    @classmethod
    def fit(cls, readings, window, excluded=0, within=1.0):
        """`readings`: z of every pane from the first to the last full window, None where there is none, of which `excluded` are not watched. None where no level has enough clusters."""
        ordered = sorted(z for z in readings if z is not None)
        if len(ordered) < FEWEST_READINGS:
            return None
        for level, fewest in LADDER:
            threshold = quantile(ordered, level)
            peaks = peaks_above(readings, threshold, window)
            if len(peaks) >= fewest:
                break
        else:
            return None
        n = len(peaks)
        fitted = []
        for name, (g, power) in SHAPES.items():
            if name == "identity" or threshold > 0:
                scale = math.fsum(g(peak) - g(threshold) for peak in peaks) / n
                jacobian = (power - 1) * math.fsum(math.log(peak) for peak in peaks) if power != 1 else 0.0
                fitted.append((name, -n * math.log(scale) - n + jacobian, scale))
        best = max(likelihood for _, likelihood, _ in fitted)
        total = math.fsum(math.exp(likelihood - best) for _, likelihood, _ in fitted)
        quantiles = [(0.0, ordered[0])] + [(float(lower), quantile(ordered, lower)) for lower in reversed(UPPER + LOWER) if Fraction(lower) <= Fraction(level)]
        panes = len(readings) - excluded
        return cls(float(level), threshold, n, panes, float(Fraction(n + 1, panes)),
                   [(name, math.exp(likelihood - best) / total, scale) for name, likelihood, scale in fitted], quantiles, within=within)

    def chance_of_more(self, z):
        """P(Z > z) for z up to the threshold: linear between the quantiles."""
        if z <= self.quantiles[0][1]:
            return 1.0
        for (level, at), (next_level, next_at) in zip(self.quantiles, self.quantiles[1:]):
            if z <= next_at:
                return 1 - (level + (next_level - level) * (z - at) / (next_at - at))
        return 1 - self.level

    def return_period(self, z):
        """In panes; infinite where the chance is less than a double holds."""
        z /= self.dispersion
        if z > self.threshold:
            above = 0.0
            for name, weight, scale in self.shapes:
                g, _ = SHAPES[name]
                above += weight * (1 + (g(z) - g(self.threshold)) / (self.clusters * scale)) ** -self.clusters
            return 1 / (self.rate * above) if self.rate * above > 0 else math.inf
        return (1 - self.level) / self.chance_of_more(z) / self.rate

    def is_usual(self, z):
        """Whether z is at or below the readings' median, or the threshold where no median is known below it."""
        return z / self.dispersion <= max(at for level, at in self.quantiles if level <= 0.5)


def dispersion(readings, disjoint_windows, occupied):
    """By how much the readings of a reference too short for a tail exceed those of independent events, and what that estimate may be out by."""
    mean = math.fsum(readings) / len(readings)
    return max(1.0, mean * (1 + 2 / math.sqrt(disjoint_windows * (occupied - 1)))) if occupied > 1 else 1.0


class Promise:
    """At most one false alarm in `every_s` seconds over all series together. A pane is a list of (return period in s, excess, whether it is usual) of the windows that have a reading."""

    def __init__(self, every_s, series, windows, minimum_divergence, hold_ms, panes_to_resolve):
        self.longest, self.windows = every_s * series, windows
        self.minimum_divergence, self.hold, self.panes_to_resolve = minimum_divergence, hold_ms, panes_to_resolve

    def high(self, pane):
        period, excess, _ = max(pane, key=lambda reading: reading[0])
        return period / self.windows >= self.longest and excess >= self.minimum_divergence

    def low(self, pane):
        return all(period / self.windows < self.longest / 10 for period, _, _ in pane) or all(usual for _, _, usual in pane)

    def judge(self, panes):
        """(time in ms, pane) in order -> (time, from, to)."""
        state, since, quiet = "inactive", None, 0
        for time, pane in panes:
            if not pane:
                continue  # neither counts nor resets
            before = state
            high = self.high(pane)
            quiet = quiet + 1 if self.low(pane) else 0
            if state == "inactive" and high:
                state, since = ("pending" if self.hold else "firing"), time
            elif state == "pending" and not high:
                state = "inactive"
            elif state == "pending" and time - since >= self.hold:
                state = "firing"
            elif state == "firing" and quiet >= self.panes_to_resolve:
                state = "inactive"
            if state != before:
                yield time, before, state
