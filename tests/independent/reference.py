#!/usr/bin/env python3
"""Recomputes a `reference build` from the raw events and compares it with the reference file.

    reference.py --reference FILE --config CONFIG.json --monitor NAME --events FILE...
                 [--from TIME] [--to TIME] [--exclude FROM..TO]... [--bins quantiles:10|equal:20|log:20|integers|fd|doane|categories:20] [--min-expected N] [--edges e0,e1,...]

Period and excluded ranges are the file's own where they are not given. The counts are those of the file's bins; the bins themselves are
recomputed too where --edges or --bins (with its number) names how they were chosen, and pooled by --min-expected. Of a monitor with
segments, each segment's counts, means and calibration are recomputed from its own events. The calibration of every window is
fitted anew to the readings of the reference's own period; of a tail that was simulated, only the kind, the dispersion and the peaks are.
A reference by hour of the week has the counts of its 168 hours recomputed, and its calibration is of readings against the same hours of the week.
Every event with a time in [from, to) and in no excluded range counts; none is late. Exit codes and output as recompute.py.
"""
import argparse
import collections
import json
import math
import os
import sys
from decimal import Decimal
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import recompute
import tails
from bins import equal_edges, integer_edges, pooled, quantile_edges, ratio_edges, rule_edges
from recompute import MISSING, Number, Report, Unusable

CALIBRATION_TOLERANCE = 1e-9
FEWEST_DISJOINT_WINDOWS = 3


def most_frequent(texts, k):
    """The k most frequent, ties in ordinal order."""
    counts = collections.Counter(texts)
    return sorted(counts, key=lambda text: (-counts[text], recompute.ordinal(text)))[:k]


def events_within(monitor, bins, events, start, end, excluded):
    """(time, value, segment) of every event with start <= time < end, in no excluded range. Those of a derived field that have no value are left out."""
    partition, history = 0, collections.defaultdict(list)
    for event in events:
        if event is recompute.NEXT_PARTITION:
            partition += 1
        if isinstance(event, str) or event is recompute.NEXT_PARTITION:
            continue
        time = None if monitor.event_time is None else recompute.time_of(event.get(monitor.event_time))
        if time is None:
            continue
        if not recompute.is_wanted(monitor, event):
            continue
        segment = recompute.segment_of(monitor, event)
        value = None
        if monitor.derived is None:
            value = event.get(monitor.field)
        elif not monitor.counts_volume:
            value = monitor.derived.value(bins, event, time, history[partition, segment])
        if value is not recompute.NO_VALUE and start <= time < end and not any(a <= time < b for a, b in excluded):
            yield time, value, segment


def volumes(monitor, events, start, end, excluded):
    """(time, value, segment) of every pane and segment: the number of its events."""
    counts = collections.Counter((segment, time // monitor.pane) for time, _, segment in events)
    for segment in {segment for segment, _ in counts}:
        for pane in range(start // monitor.pane, end // monitor.pane):
            if not touches(pane * monitor.pane, (pane + 1) * monitor.pane, excluded):
                yield pane * monitor.pane, recompute.number_of(counts[segment, pane]), segment


def touches(start, end, excluded):
    return any(start < b and end > a for a, b in excluded)


def mean_events(per_pane, pane, panes, start, end, excluded):
    """The mean number of events in a window over the pane ends in (start, end] whose window lies in [start, end) and touches nothing excluded."""
    volumes = []
    for last in range(start // pane + panes, end // pane + 1):
        if not touches((last - panes) * pane, last * pane, excluded):
            volumes.append(sum(per_pane[p] for p in range(last - panes, last)))
    return float(Fraction(sum(volumes), len(volumes))) if volumes else None


def rebuild(monitor, bins, events, start, end, excluded):
    """counts (bin -> r), events_per_pane, mean_events, pane -> counts."""
    counts, per_pane, panes_of_bins = collections.Counter(), collections.Counter(), collections.defaultdict(collections.Counter)
    for time, value, _ in events:
        counts[bins.bin(value)] += 1
        per_pane[time // monitor.pane] += 1
        panes_of_bins[time // monitor.pane][bins.bin(value)] += 1
    panes = sum(1 for p in range(start // monitor.pane, -(-end // monitor.pane)) if not touches(p * monitor.pane, (p + 1) * monitor.pane, excluded))
    rate = float(Fraction(sum(counts.values()), panes)) if panes else None
    return counts, rate, mean_events(per_pane, monitor.pane, monitor.longest, start, end, excluded), panes_of_bins


def hours_of(bins, panes_of_bins, pane):
    """The counts of each hour of the week; a pane belongs to the hour that it begins in."""
    hours = [[0] * (bins.regular + len(bins.special)) for _ in range(168)]
    for number, counts in panes_of_bins.items():
        hour, = recompute.hours_of_week(number * pane, number * pane + 1)
        for i, where in enumerate(list(range(bins.regular)) + list(bins.special)):
            hours[hour][i] += counts[where]
    return hours


class OwnReadings:
    """z of each pane from the first to the last full window within the reference, of `window` panes, as `values`, and without the within factor as `plain`; None where there is no reading. Against the same hours of the week where these are given."""

    def __init__(self, monitor, bins, r, mean, panes_of_bins, window, start, end, excluded, hours=None):
        pane, self.order, self.r = monitor.pane, list(range(bins.regular)) + list(bins.special), r
        self.alpha = recompute.alphas(bins, monitor.pseudo_count)
        first, last = start // pane, end // pane
        thirds = [first + third * (last - first) // 3 for third in range(4)]
        self.excluded, self.within, inside, plain, apart, self.values = 0, 1.0, [], [], [], []
        for at in range(first + window, last + 1):
            counts = recompute.counts_in(panes_of_bins, at, window)
            inside.append(False)
            self.values.append(None)
            if touches((at - 1) * pane, at * pane, excluded):
                self.excluded += 1
                continue
            n = sum(counts.values())
            if n < max(1, monitor.minimum_events):
                continue
            against = collections.Counter(r)
            if hours:
                touched = recompute.hours_of_week((at - window) * pane, at * pane)
                against = {where: sum(hours[hour][i] for hour in touched) for i, where in enumerate(self.order)}
                if not any(against.values()):
                    continue
            factor, volume = Decimal(1), sum(recompute.counts_in(panes_of_bins, at, monitor.longest).values())
            if mean:
                factor = min(factor, Decimal(mean) * min(at - first, monitor.longest) / monitor.longest / volume)
            untouched = not touches((at - window) * pane, at * pane, excluded)
            self.values[-1] = self.z(counts, against, untouched, factor)
            if hours or not untouched or n >= sum(r.values()):
                continue
            inside[-1] = True
            rest = collections.Counter()
            for low, high in zip(thirds, thirds[1:]):
                if not (at - window < high and at > low):
                    rest.update(recompute.counts_in(panes_of_bins, high, high - low))
            if sum(rest.values()):
                plain.append(self.values[-1])
                apart.append(self.z_apart(counts, rest, factor))
        if math.fsum(plain) > 0:
            self.within = max(1.0, math.fsum(apart) / math.fsum(plain))
        self.plain, self.values = self.values, [z * self.within if held else z for z, held in zip(self.values, inside)]

    def z(self, counts, r, within, factor):
        return recompute.statistics([counts[where] for where in self.order], [r[where] for where in self.order], self.alpha, within, factor)["z"]

    def z_apart(self, counts, rest, factor):
        """z against the thirds that the window does not touch, with the K of the whole."""
        ours, whole = (sum(1 for where in self.order if counts[where] > 0 or r[where] > 0) for r in (rest, self.r))
        return self.z(counts, rest, False, factor) * (ours - 1) / (whole - 1) if whole > 1 else 0.0


def stretches(pane, start, end, excluded):
    """The lengths in panes of what the exclusions leave of the reference."""
    lengths = [0]
    for at in range(start, end, pane):
        if touches(at, at + pane, excluded):
            lengths.append(0)
        else:
            lengths[-1] += 1
    return lengths


def compare_calibration(report, monitor, bins, counts, mean, panes_of_bins, start, end, excluded, source, hours=None):
    """The calibration of every window in the file against the reference's own readings."""
    def close(name, expected, found):
        report.close("calibration", "-", label + name, expected, found, CALIBRATION_TOLERANCE)

    def equal(name, expected, found):
        report.equal("calibration, exact", "-", label + name, expected, recompute.plain(found))

    found_windows = {recompute.duration(window): tail for window, tail in source.items()}
    report.equal("calibrated windows", "-", "calibrated windows in ms", sorted(panes * monitor.pane for _, panes in monitor.windows), sorted(found_windows))
    for window, panes in monitor.windows:
        got = found_windows.get(panes * monitor.pane)
        if got is None:
            continue
        label = "calibration of %s: " % window
        own = OwnReadings(monitor, bins, counts, mean, panes_of_bins, panes, start, end, excluded, hours)
        readings = own.values
        close("within_factor", own.within, got.get("within_factor", recompute.Number("1")))
        values = [z for z in readings if z is not None]
        tail = tails.Tail.fit(readings, panes, own.excluded, own.within)
        disjoint = sum(stretch // panes for stretch in stretches(monitor.pane, start, end, excluded))
        kind = "measured" if tail else "dispersion" if values and disjoint >= FEWEST_DISJOINT_WINDOWS else "independent"
        equal("kind", kind, got.get("kind"))
        peaks = tails.largest_peaks(readings, panes)
        found_peaks = got.get("peaks") or []
        equal("times of the peaks", [recompute.time_text(start + (pane + panes) * monitor.pane) for pane, _ in peaks], [peak.get("time") for peak in found_peaks])
        for place, ((_, z), peak) in enumerate(zip(peaks, found_peaks)):
            close("z of peak %d" % place, z, peak.get("z"))
        if kind == "dispersion" == got.get("kind"):
            occupied = sum(1 for count in counts.values() if count)
            close("dispersion", tails.dispersion(values, disjoint, occupied), got.get("dispersion"))
            equal("span_panes", len(readings) - own.excluded, got.get("span_panes"))
        if not tail or got.get("kind") != "measured":
            continue
        close("level", tail.level, got.get("level"))
        close("threshold", tail.threshold, got.get("threshold"))
        equal("clusters", tail.clusters, got.get("clusters"))
        equal("panes", tail.panes, got.get("panes"))
        close("rate_per_pane", tail.rate, got.get("rate_per_pane"))
        equal("transforms", [name for name, _, _ in tail.shapes], [shape.get("transform") for shape in got.get("shapes", ())])
        for (name, weight, scale), shape in zip(tail.shapes, got.get("shapes", ())):
            close("weight of %s" % name, weight, shape.get("weight"))
            close("scale of %s" % name, scale, shape.get("scale"))
        equal("number of quantiles", len(tail.quantiles), len(got.get("quantiles", ())))
        for expected, found in zip(tail.quantiles, got.get("quantiles", ())):
            close("level of a quantile", expected[0], found[0])
            close("quantile at %g" % expected[0], expected[1], found[1])


def finite_numbers(values, bins):
    reader = recompute.Edges([0, 1], getattr(bins, "text_numbers", False))
    for value in values:
        number = reader.number(value)
        if isinstance(number, float) and math.isfinite(number):
            yield number


def compare_close_or_absent(report, kind, expected, got):
    if expected is None:
        report.equal(kind, "-", kind, None, got)
    else:
        report.close(kind, "-", kind, expected, got)


def compare_part(report, monitor, bins, events, start, end, excluded, source, found):
    """The counts, means and calibration of all events together, or of a segment's."""
    counts, rate, mean, panes_of_bins = rebuild(monitor, bins, events, start, end, excluded)
    for where in list(range(bins.regular)) + list(bins.special):
        report.equal("counts", "-", "counts of bin %s" % where, counts[where], found.r[where])
    for name, expected in (("events_per_pane", rate), ("mean_events", mean)):
        got = source.get(name)
        compare_close_or_absent(report, name, expected, got if got is None or isinstance(got, Number) else Number(got))
    hours = hours_of(bins, panes_of_bins, monitor.pane) if monitor.kind == "hour_of_week" else None
    if hours:
        got = source.get("hour_of_week") or []
        report.equal("hours of the week", "-", "number of hours", 168, len(got))
        for hour, (expected_counts, found_counts) in enumerate(zip(hours, got)):
            report.equal("hours of the week", "-", "hour_of_week[%d]" % hour, expected_counts, [recompute.plain(count) for count in found_counts])
    compare_calibration(report, monitor, bins, counts, mean, panes_of_bins, start, end, excluded, source.get("calibration") or {}, hours)


def check(options):
    monitor = next((m for m in recompute.read_config(options.config, load_references=False) if m.name == options.monitor), None)
    if monitor is None:
        raise Unusable("no monitor is named %r" % options.monitor)
    reference = recompute.Reference(options.reference)
    if reference.whole is None:
        raise Unusable("the reference has no counts for all events together")
    start = recompute.iso_or_fail(options.start) if options.start else reference.start
    end = recompute.iso_or_fail(options.end) if options.end else reference.end
    excluded = [tuple(map(recompute.iso_or_fail, text.split(".."))) for text in options.exclude] if options.exclude else reference.excluded
    if start is None or end is None:
        raise Unusable("the reference has no period: give --from and --to")
    source, bins = reference.source, reference.bins
    events = list(events_within(monitor, bins, recompute.read_events(options.events), start, end, excluded))
    if monitor.counts_volume:
        events = list(volumes(monitor, events, start, end, excluded))
    report = Report(options.tolerance)

    report.equal("field", "-", "field", monitor.derived.text if monitor.derived else monitor.field.path, source.get("field"))
    report.equal("period", "-", "from", start, reference.start)
    report.equal("period", "-", "to", end, reference.end)
    report.equal("period", "-", "excluded", excluded, reference.excluded)
    report.equal("period", "-", "pane-aligned", True, start % monitor.pane == 0 and end % monitor.pane == 0)

    edges = None
    if options.edges:
        edges = [float(edge) for edge in options.edges.split(",")]
    elif options.bins and options.bins.startswith("quantiles:"):
        edges = quantile_edges(finite_numbers((value for _, value, _ in events), bins), int(options.bins.split(":")[1]))
    elif options.bins and options.bins.startswith("categories:"):
        label = recompute.cell_label if source.get("number_labels") else str
        texts = (label(value) if isinstance(value, recompute.Cell) else recompute.category(value) for _, value, _ in events if recompute.category(value) is not None)
        values = most_frequent((text for text in texts if text is not None and text is not MISSING), int(options.bins.split(":")[1]))
        report.equal("values", "-", "bins.values, as a set", sorted(values), sorted(getattr(bins, "values", ())))
        if values != getattr(bins, "values", values):
            print("note: the values are not in the order of their frequency")
    elif options.bins and options.bins.startswith(("equal:", "log:")):
        values = list(finite_numbers((value for _, value, _ in events), bins))
        edges = (equal_edges if options.bins.startswith("equal:") else ratio_edges)(values, int(options.bins.split(":")[1]))
    elif options.bins == "integers":
        edges = integer_edges(list(finite_numbers((value for _, value, _ in events), bins)))
    elif options.bins in ("fd", "doane"):
        edges = rule_edges(list(finite_numbers((value for _, value, _ in events), bins)), options.bins)
    elif options.bins:
        print("not checked: how the bins were chosen (%s)" % options.bins)
    least = options.min_expected if options.min_expected is not None else 5 if options.bins in ("fd", "doane") else 0
    if edges is not None and least:
        panes = sum(1 for pane in range(start, end, monitor.pane) if not touches(pane, pane + monitor.pane, excluded))
        shortest = min(panes_of_window for _, panes_of_window in monitor.windows)
        edges = pooled(edges, list(finite_numbers((value for _, value, _ in events), bins)), Fraction(least * panes, shortest))
    elif least:
        print("not checked: which categories are pooled")
    if edges is not None:
        got = source["bins"].get("edges", [])
        report.equal("number of edges", "-", "number of edges", len(edges), len(got))
        for i, (expected, found) in enumerate(zip(edges, got)):
            report.close("edges", "-", "bins.edges[%d]" % i, expected, found)

    compare_part(report, monitor, bins, events, start, end, excluded, source, reference.whole)
    report.equal("segments", "-", "segment_by", recompute.segment_name(monitor), source.get("segment_by"))
    segments = sorted({segment for _, _, segment in events}, key=recompute.ordinal) if monitor.segment_by else []
    report.equal("segments", "-", "segments", segments, sorted(reference.segments, key=recompute.ordinal))
    for segment in segments:
        if segment in reference.segments:
            own = [event for event in events if event[2] == segment]
            compare_part(report, monitor, bins, own, start, end, excluded, source["segments"][segment], reference.segments[segment])
    report.print()
    return 1 if report.disagreements else 0


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reference", required=True)
    parser.add_argument("--config", required=True)
    parser.add_argument("--monitor", required=True)
    parser.add_argument("--events", nargs="+", required=True)
    parser.add_argument("--from", dest="start")
    parser.add_argument("--to", dest="end")
    parser.add_argument("--exclude", action="append")
    parser.add_argument("--bins")
    parser.add_argument("--edges")
    parser.add_argument("--min-expected", type=int)
    parser.add_argument("--tolerance", type=float, default=1e-12)
    try:
        return check(parser.parse_args(arguments))
    except (Unusable, OSError, KeyError, TypeError, ValueError) as error:
        print("reference.py: %s: %s" % (type(error).__name__, error), file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
