#!/usr/bin/env python3
"""Writes a seeded test stream with everything that goes wrong in streams, its configuration and its references.

    generate.py --seed N --out DIR [--events 20000] [--segments] [--kinds] [--derived]

    DIR/config.json       monitors amount (numbers), kind (categories), deep (numbers at a.b[0].c), promised and held (alarms by
                          FalseAlarmEvery on amount and a.b[0].c) and, for odd seeds, untimed;
                          with --segments some by region, with --kinds one or more with a reference of each kind, with --derived some of each derived field
    DIR/events.ndjson     disorder, late and ill-formed events, event times of every form
    DIR/part1.ndjson.gz, DIR/part2.ndjson.gz   the same lines in two files, to be read in that order
    DIR/events.csv        such a stream as CSV: the same monitors, other events
    DIR/NAME.json, one for each of them   references, drawn, not built; the calibrations of promised and held are made by hand

The distribution drifts in the middle of the stream and comes back, so that alerts fire and resolve. The same seed gives the same bytes.
"""
import argparse
import datetime
import gzip
import json
import os
import random

EDGES = [-10, -2.5, 0, 0.1, 1, 2.5, 5, 7.5, 10, 100]
DEEP_EDGES = [0, 10, 20, 30, 40, 50]
KINDS = ["caf\u00e9", "tea", "a \"quoted\" one", "true", "1.0", "-0", "back\\slash", "\U0001f375", "with, comma", "stra\u00dfe"]
KIND_WEIGHTS = [20, 18, 12, 10, 9, 8, 8, 6, 5, 4]
DRIFTED_KIND_WEIGHTS = [4, 5, 6, 8, 8, 9, 10, 12, 18, 20]
PANE = 60000
FIRST_MONDAY = 4 * 86_400_000  # 1970-01-05


def tail(kind, level, threshold, clusters, panes, shapes, quantiles, **further):
    return dict({"kind": kind, "level": level, "threshold": threshold, "clusters": clusters, "panes": panes, "rate_per_pane": (clusters + 1) / panes,
                 "shapes": [{"transform": name, "weight": weight, "scale": scale} for name, weight, scale in shapes], "quantiles": quantiles}, **further)


# Calibrations that such references might have had; a window's length is written in one way or another. The threshold of the last is 0.
CALIBRATIONS = {
    "promised": {
        "5m": tail("measured", 0.9, 7, 40, 800, [("identity", 0.2, 2.5), ("sqrt", 0.5, 0.8), ("log", 0.3, 0.3)],
                   [[0, 0.5], [0.3, 2], [0.5, 3.5], [0.6, 4.25], [0.7, 5], [0.8, 5.75], [0.9, 7]]),
        "900s": tail("dispersion", 0.95, 1.9, 60, 2000, [("identity", 0.95, 0.3), ("sqrt", 0.049, 0.2), ("log", 0.001, 0.15)],
                     [[0, 0.1], [0.3, 0.7], [0.5, 0.9], [0.6, 1.05], [0.7, 1.2], [0.8, 1.4], [0.9, 1.65], [0.95, 1.9]], dispersion=6.25, span_panes=100)},
    "held": {
        "10m": tail("measured", 0.3, 2.0, 30, 300, [("identity", 0.4, 3.0), ("sqrt", 0.35, 1.4), ("log", 0.25, 0.7)], [[0, 0.25], [0.3, 2.0]]),
        "180s": tail("measured", 0.5, 0, 50, 400, [("identity", 1, 2.5)], [[0, 0], [0.3, 0], [0.5, 0]])},
}


class Raw(str):
    """JSON text that goes into the line as it is."""


def iso(ms, zone_minutes=None, comma=False, separator="T", mark="Z", digits=3, compact=False, seconds=True):
    """ISO 8601 in the zone; `digits` of fraction, 0 for none."""
    local = ms if zone_minutes is None else ms + zone_minutes * 60000
    whole, fraction = divmod(local, 1000)
    time = datetime.datetime(1970, 1, 1) + datetime.timedelta(seconds=whole)
    text = time.strftime("%Y-%m-%d") + separator + time.strftime("%H:%M:%S" if seconds else "%H:%M")
    if digits and seconds:
        text += (",") * comma + "." * (not comma) + ("%03d" % fraction + "987654321" * 2)[:digits]
    if zone_minutes is None:
        return text + mark
    sign = "+" if zone_minutes >= 0 else "-"
    hours, minutes = divmod(abs(zone_minutes), 60)
    if compact and minutes == 0:
        return text + "%s%02d" % (sign, hours)
    return text + ("%s%02d%02d" if compact else "%s%02d:%02d") % (sign, hours, minutes)


ODD_REGIONS = ("null", "7", "7.0", "true", "{}", '["north"]', '"n\\u006frth"', '""')


class Stream:
    def __init__(self, seed, events):
        self.random = random.Random(seed)
        self.events = events
        self.span = max(40, events // 80) * PANE  # about 80 events a pane
        day = 1_360_000_000_000 + seed % 1000 * 86_400_000
        self.start = day // PANE * PANE + self.random.randrange(PANE)

    def chance(self, probability):
        return self.random.random() < probability

    def drifted(self, ms):
        return 0.45 <= (ms - self.start) / self.span < 0.7

    def true_times(self):
        """Event times in their true order: a lull with few events, a gap with none."""
        times = []
        while len(times) < self.events:
            part = self.random.random()
            if 0.15 <= part < 0.28 and not self.chance(0.03):  # lull
                continue
            if 0.80 <= part < 0.82:  # gap
                continue
            times.append(self.start + int(part * self.span))
        return sorted(times)

    # ------------------------------------------------------------------------------------------------------------------------ values

    def amount(self, ms):
        if self.drifted(ms):
            value = self.random.gauss(6, 2)
        else:
            value = self.random.choice((self.random.gauss(0, 3), self.random.expovariate(0.4), self.random.choice(EDGES)))
        return round(value, self.random.choice((0, 1, 2, 6)))

    def kind(self, ms):
        return self.random.choices(KINDS, DRIFTED_KIND_WEIGHTS if self.drifted(ms) else KIND_WEIGHTS)[0]

    def deep(self, ms):
        return self.random.triangular(0, 50, 45 if self.drifted(ms) else 10)

    def number_text(self, value):
        """One of several ways to write a number."""
        if value == 0 and self.chance(0.3):
            return self.random.choice(("-0", "0.0", "-0.0", "0e5", "0E-3", "1e-400"))
        if value == int(value) and self.chance(0.5):
            return "%d" % value
        return self.random.choice((repr(value), "%.3e" % value, ("%E" % value), "%.20f" % value))

    def odd_number(self):
        return self.random.choice(("1e400", "-1e400", "1E+999999999999", "100", "100.00000000000001", "-10", "-10.000000000000002", "1e-999",
                                   "9007199254740993", "0.1000000000000000055511151231257827", "99.99999999999999999999999"))

    # ------------------------------------------------------------------------------------------------------------------------- times

    def time_json(self, ms):
        """The time in one of the accepted forms, as JSON text that is exact to the millisecond or rounds down to it."""
        return self.time_form(ms, json.dumps)

    def time_form(self, ms, quote):
        form = self.random.randrange(12)
        seconds, fraction = divmod(ms, 1000)
        if form == 0:
            return "%d" % ms
        if form == 1:
            return "%d.%03d" % (seconds, fraction)
        if form == 2:
            return "%d.%03d9" % (seconds, fraction)  # rounds down; a double would not always
        if form == 3:
            return "%d.%03de-3" % (ms, 999)
        if form == 4:
            return "%d.%03de0" % (seconds, fraction)
        if form == 5:
            return "%d.9999999999999" % ms
        if form == 6:
            return quote(iso(ms))
        if form == 7:
            return quote(iso(ms, self.random.choice((-720, -330, -60, 0, 60, 120, 345, 840)), compact=self.chance(0.5)))
        if form == 8:
            return quote(iso(ms, mark="", separator=self.random.choice("Tt ")))
        if form == 9:
            return quote(iso(ms, mark="z", digits=self.random.randrange(4, 12), comma=self.chance(0.5)))
        if form == 10 and fraction == 0:
            return quote(iso(ms, digits=0))
        return quote(iso(ms, digits=self.random.randrange(3, 8)))

    def no_time_json(self, ms):
        return self.random.choice((
            "null", "true", "[]", "{}", '""', '"%d"' % ms, '"%d"' % (ms // 1000), "1e22", "-1e15", "253402300800000", "-62135596801", '"yesterday"',
            json.dumps(iso(ms)[:10] + "T24:00:00Z"), json.dumps(iso(ms)[:10] + "T10:00:60Z"), '"2013-02-30T10:00:00Z"', '"0000-01-01"',
            '"2013-2-3"', '"2013-02-03T10"', '"2013-02-03T10:00:00 Z"', '" 2013-02-03"', '"2013-02-03T10:00:00.Z"', '"20130203T100000Z"'))

    # ------------------------------------------------------------------------------------------------------------------------- JSON

    def text_json(self, text):
        """A string, some of its characters escaped."""
        out = []
        for character in text:
            units = character.encode("utf-16-be")
            if character in '"\\':
                out.append("\\" + character)
            elif self.chance(0.15):
                out.append("".join("\\u%04x" % int.from_bytes(units[i:i + 2], "big") for i in range(0, len(units), 2)))
            else:
                out.append(character)
        return '"' + "".join(out) + '"'

    def name_json(self, name):
        return self.text_json(name) if self.chance(0.02) else '"' + name + '"'

    def amount_json(self, ms):
        roll = self.random.random()
        if roll < 0.02:
            return self.random.choice(("null", '"1.5"', "true", "{}", "[1]", '""'))
        if roll < 0.04:
            return self.odd_number()
        return self.number_text(self.amount(ms))

    def kind_json(self, ms):
        roll = self.random.random()
        if roll < 0.02:
            return self.random.choice(("null", "{}", '["tea"]', '"unheard of"', '"Tea"', '"caf\\u0065\\u0301"', '""', "false", "1", "0"))
        kind = self.kind(ms)
        if kind in ("true", "1.0", "-0") and self.chance(0.7):
            return kind
        return self.text_json(kind)

    def deep_json(self, ms):
        roll = self.random.random()
        if roll < 0.03:
            return self.random.choice(("null", "{}", "[]", '{"b":[]}', '{"b":{"0":{"c":1}}}', '{"b":[[{"c":1}]]}', '{"b":[{"d":1},{"c":2}]}', '{"b":[{"c":"5"}]}', '{"b":[{"c":null}]}'))
        text = '{"b":[{"c":%s}]}' % self.number_text(self.deep(ms))
        if self.chance(0.03):
            text = '{"x":[1,2,{"c":3}],"b":[{"c":"first"}],"b":[{"x":0,"c":%s},{"c":7}]}' % self.number_text(self.deep(ms))
        return text

    def json_line(self, ms, region):
        pairs = []
        if not self.chance(0.005):
            pairs.append(("ts", self.no_time_json(ms) if self.chance(0.01) else self.time_json(ms)))
        if not self.chance(0.01):
            pairs.append(("amount", self.amount_json(ms)))
        if not self.chance(0.01):
            pairs.append(("kind", self.kind_json(ms)))
        if not self.chance(0.01):
            pairs.append(("a", self.deep_json(ms)))
        pairs.append(("meta", '{"at":%s,"note":%s}' % (self.no_time_json(ms) if self.chance(0.01) else self.time_json(ms), self.text_json("{\"amount\":1} \u4e16\u754c"))))
        pairs.append(("region", self.random.choice(ODD_REGIONS) if self.chance(0.01) else json.dumps(region)))
        if self.chance(0.3):
            self.random.shuffle(pairs)
        if self.chance(0.02):  # the last of duplicate names wins
            pairs.insert(0, self.random.choice((("amount", "99"), ("amount", '"text"'), ("kind", '"tea"'), ("ts", "1"), ("meta", "null"), ("a", "1"))))
        gap = " " if self.chance(0.1) else ""
        line = gap + "{" + ("," + gap).join("%s%s:%s%s" % (self.name_json(name), gap, gap, value) for name, value in pairs) + "}" + gap
        raw = line.encode("utf-8")
        return b"\xef\xbb\xbf" + raw if self.chance(0.005) else raw

    def bad_line(self):
        return self.random.choice((
            b"", b"   ", b"\t", b"{", b"{}}", b"not json", b'{"amount":NaN}', b'{"amount":Infinity}', b'{"amount":01}', b'{"amount":1.}', b'{"amount":.5}', b'{"amount":+1}',
            b"{'amount':1}", b'{"amount":1,}', b'{"kind":"\xff"}', b'{"kind":"\xc3"}', b'{"kind":"a\x01b"}', b'{"kind":"\\x"}', b'{"amount":1} {"amount":2}', b'{"amount":1', b"// comment",
            b"[" * 65 + b"]" * 65, b'{"d":' * 65 + b"1" + b"}" * 65, b"[" * 64 + b"]" * 64, b"[]", b"null", b"17", b'"text"', b"{}"))

    def arrivals(self):
        """(event time, region) in the order of arrival: most a little out of order, some late, few a bit early, single ones decades away; a pause near the end."""
        out = []
        for ms in self.true_times():
            delay = self.random.expovariate(1 / 4000)
            if self.chance(0.03):
                delay += self.random.expovariate(1 / 120000)
            if self.chance(0.0005):
                delay -= self.random.randrange(90000)  # an event ahead of its neighbours moves the watermark
            out.append((ms + delay, ms))
        out.sort()
        pause = len(out) * 97 // 100
        out[pause:] = [(arrival + 7200000, ms + 7200000) for arrival, ms in out[pause:]]
        for years in (-41, 80, -41, 80, 80):
            # One of the first four after the pause would be believed with them, and the check would take a step for each pane of 80 years.
            place = self.random.randrange(len(out) if years < 0 else pause - 8)
            out.insert(place, (0, out[place][1] + years * 31556952000))
        return [(ms, self.random.choice(("north", "south", "\u00f6st", "West"))) for _, ms in out]

    def ndjson(self):
        lines = [self.json_line(ms, region) for ms, region in self.arrivals()]
        for _ in range(max(30, self.events // 200)):
            lines.insert(self.random.randrange(len(lines)), self.bad_line())
        lines.insert(self.random.randrange(len(lines)), b'{"amount":1,"padding":"' + b"x" * (1 << 20) + b'"}')  # too_large
        return [line + (b"\r" if self.chance(0.02) and not line.endswith(b"\r") else b"") for line in lines]

    # -------------------------------------------------------------------------------------------------------------------------- CSV

    COLUMNS = ["region", "ts", "amount", "meta.at", "kind", "a.b[0].c", "note, free"]

    def cell(self, text):
        if any(character in text for character in '",\r\n') or self.chance(0.03):
            return '"' + text.replace('"', '""') + '"'
        return text

    def no_time_cell(self, ms):
        return self.random.choice(("", "NaN", "1e22", "+%d" % ms, "yesterday", " %d" % ms, "true", "2013-02-30", iso(ms)[:10] + "T24:00"))

    def amount_cell(self, ms):
        roll = self.random.random()
        if roll < 0.03:
            return self.random.choice(("", "NaN", "nan", "inf", "-inf", "Infinity", "-INFINITY", "+inf", "n/a", " 1", "1 ", "1,5", ".5", "5.", "0x10", "true", "null", "+1.5", "+-1", "--1", "+"))
        if roll < 0.05:
            return self.odd_number()
        text = self.number_text(self.amount(ms))
        return "+" + text if self.chance(0.02) and not text.startswith("-") else text

    def kind_cell(self, ms):
        roll = self.random.random()
        if roll < 0.02:
            return self.random.choice(("", "unheard of", "Tea", " tea", "null", "1"))
        return self.kind(ms)

    def csv_record(self, ms, region):
        plain = lambda text: text
        ts = self.no_time_cell(ms) if self.chance(0.01) else self.time_form(ms, plain)
        at = self.no_time_cell(ms) if self.chance(0.01) else self.time_form(ms, plain)
        deep = "" if self.chance(0.02) else self.number_text(self.deep(ms))
        note = self.random.choice(("", "plain", "a, b", "two\nlines", "two\r\nlines", 'say "so"', "ends in ,"))
        cells = [self.cell(text) for text in ("" if self.chance(0.005) else region, ts, self.amount_cell(ms), at, self.kind_cell(ms), deep, note)]
        if self.chance(0.03):  # quotes inside an unquoted cell are characters
            cells[6] = self.random.choice(('5" pipe', ' "so"', 'a""b', 'ends in "', 'x"y"z'))
        if self.chance(0.01):
            cells[4] = self.random.choice(('a "quoted" one', 'a "quoted one', 'a ""quoted"" one'))
        if self.chance(0.003):  # text after a closing quote is at fault
            cells[4] = self.random.choice(('"tea"x', '"tea" ', '"tea" "x"', '"two\nlines"x'))
        if self.chance(0.003):
            cells.pop()
        elif self.chance(0.003):
            cells.append("1")
        return ",".join(cells).encode("utf-8")

    def csv(self):
        records = [self.csv_record(ms, region) for ms, region in self.arrivals()]
        for _ in range(max(10, self.events // 1000)):
            records.insert(self.random.randrange(len(records)), self.random.choice((b"", b"one cell", b"1,2,3", b"north,1,2,3,\xff,5,6")))
        header = ",".join(self.cell(name) for name in self.COLUMNS).encode("utf-8")
        return [record + (b"\r" if self.chance(0.5) else b"") for record in [b"\xef\xbb\xbf" + header] + records]

    # --------------------------------------------------------------------------------------------------------------------- references

    def reference(self, field, bins, draw, size, special, period=None, excluded=None, mean=None, calibration=None):
        regular = draw(size)
        reference = {"format": "driftmonitor.reference/1", "field": field, "bins": bins, "counts": {"regular": regular, "special": special}}
        if period:
            reference["from"], reference["to"] = (iso(ms, digits=0) for ms in period)
            reference["events_per_pane"] = 80.0
        if excluded:
            reference["excluded"] = [{"from": iso(a, digits=0), "to": iso(b, digits=0)} for a, b in excluded]
        if mean:
            reference["mean_events"] = mean
        if calibration:
            reference["calibration"] = calibration
        return reference

    def draw_numbers(self, value, edges):
        def draw(size):
            counts = [0] * (len(edges) - 1)
            while sum(counts) < size:
                x = value(self.start)
                for i in range(len(counts)):
                    if edges[i] <= x < edges[i + 1]:
                        counts[i] += 1
            return counts
        return draw

    def draw_kinds(self, size):
        counts = [0] * len(KINDS)
        for i in self.random.choices(range(len(KINDS)), KIND_WEIGHTS, k=size):
            counts[i] += 1
        return counts

    def regional(self):
        """A reference with segments: one calibrated, one with few events, one without calibration, one that never comes; another that comes is not in it."""
        reference = self.references()["promised"]
        segment = lambda size, **parts: dict({"counts": {"regular": self.draw_numbers(self.amount, EDGES)(size), "special": {"below": size // 50, "missing": size // 40, "wrong_type": 5}}}, **parts)
        reference["segment_by"] = "region"
        reference["segments"] = {
            "north": segment(4000, events_per_pane=40.0, mean_events=450.25, calibration=CALIBRATIONS["promised"]),
            "south": segment(300, mean_events=90.5, calibration=CALIBRATIONS["promised"]),
            "\u00f6st": segment(1500),
            "nowhere": segment(50, calibration=CALIBRATIONS["promised"]),
        }
        return reference

    def hourly(self):
        """A reference by hour of the week, of the first part of the stream; the second hour that the stream touches held nothing."""
        empty = ((self.start - FIRST_MONDAY) // 3600000 + 1) % 168
        special = ("below", "above", "nan", "missing", "wrong_type")
        hours = [[0] * (len(EDGES) + 4) if hour == empty else self.draw_numbers(self.amount, EDGES)(self.random.randrange(300, 700)) + [self.random.randrange(9) for _ in special] for hour in range(168)]
        reference = self.references()["promised"]
        sums = [sum(counts) for counts in zip(*hours)]
        reference["counts"] = {"regular": sums[:len(EDGES) - 1], "special": dict(zip(special, sums[len(EDGES) - 1:]))}
        reference["mean_events"] = 950.25
        reference["hour_of_week"] = hours
        return reference

    def regional_derived(self, field, edges):
        """A reference of a derived field with segments: one that comes, one that never comes; others that come are not in it."""
        part = lambda size: {"regular": [self.random.randrange(size) for _ in edges[1:]], "special": {"below": 1, "missing": 2}}
        return {"format": "driftmonitor.reference/1", "field": field, "bins": {"kind": "edges", "edges": edges}, "counts": part(900), "segment_by": "region",
                "segments": {"north": {"counts": part(500), "calibration": CALIBRATIONS["promised"]}, "nowhere": {"counts": part(9)}}}

    def references(self):
        first = self.start // PANE * PANE
        at = lambda part: first + int(part * self.span) // PANE * PANE
        return {
            "amount": self.reference("amount", {"kind": "edges", "edges": EDGES}, self.draw_numbers(self.amount, EDGES), 6000,
                                     {"below": 8, "above": 3, "missing": 90, "wrong_type": 60}, (first - 10 * PANE, at(0.4)), None, 1000.5),
            "kind": self.reference("kind", {"kind": "categories", "values": KINDS}, self.draw_kinds, 3000, {"unseen": 12, "missing": 40}),
            "deep": self.reference("a.b[0].c", {"kind": "edges", "edges": DEEP_EDGES}, self.draw_numbers(self.deep, DEEP_EDGES), 900, {"missing": 20},
                                   (at(0.05), at(0.6)), [(at(0.3), at(0.3) + 3 * PANE), (at(0.5), at(0.5) + PANE)], 700),
            "promised": self.reference("amount", {"kind": "edges", "edges": EDGES}, self.draw_numbers(self.amount, EDGES), 8000,
                                       {"below": 150, "above": 10, "missing": 200, "wrong_type": 60}, (first, at(0.4)), None, 900.5, CALIBRATIONS["promised"]),
            "held": self.reference("a.b[0].c", {"kind": "edges", "edges": DEEP_EDGES}, self.draw_numbers(self.deep, DEEP_EDGES), 3000, {"missing": 150, "wrong_type": 10},
                                   None, None, None, CALIBRATIONS["held"]),
        }


def kinds():
    """Monitors with references of each kind: alarms by FalseAlarmEvery where they calibrate themselves in the short time that there is, fixed thresholds beside."""
    monitor = lambda name, field, windows, pane, reference, alert, **further: json.dumps(dict(
        {"Name": name, "Topic": "events", "Field": field, "EventTime": "ts", "Windows": windows, "Pane": pane, "AllowedLateness": "2m", "MinimumEvents": 20, "Reference": reference, "Alert": alert}, **further), ensure_ascii=False)
    threshold = lambda window, level: {"Measure": "kl", "Window": window, "FireAbove": level, "ResolveBelow": level / 2, "Hold": "1m"}
    promise = {"FalseAlarmEvery": "4m", "Hold": "5s"}
    parametric = lambda name, field, edges, family, **parameters: monitor(
        name, field, ["5m", "15m"], "1m", {"Kind": "parametric", "Edges": edges, "Family": family, "Parameters": parameters}, threshold("5m", 0.5))
    deep = "a.b[0].c"
    return ",\n      ".join((
        monitor("inline", "amount", ["5m", "15m"], "1m", {"Kind": "inline", "Edges": EDGES, "Probabilities": [0.1, 0.15, 0.025, 0.225, 0.25, 0.125, 0.0749996, 0.05, 0.0000004]}, threshold("5m", 0.3)),
        monitor("inline_kind", "kind", ["5m", "15m"], "1m", {"Kind": "inline", "Categories": KINDS, "Probabilities": [0.2, 0.18, 0.12, 0.1, 0.09, 0.08, 0.08, 0.06, 0.09, 0]}, threshold("15m", 0.3), PseudoCount=0.2),
        parametric("normal", "amount", EDGES, "normal", mean=1.25, standard_deviation=3.5),
        parametric("exponential", "amount", EDGES, "exponential", rate=0.4),
        parametric("uniform", deep, DEEP_EDGES, "uniform", lowest=-2.5, highest=47.75),
        parametric("uniform_integers", deep, DEEP_EDGES, "uniform", first=3, last=55),
        parametric("poisson", deep, DEEP_EDGES, "poisson", mean=22.5),
        monitor("previous", "amount", ["5s", "10s"], "5s", {"Kind": "previous_window", "Edges": EDGES, "CalibrateOver": "20m"}, promise, MinimumEvents=3),
        monitor("previous_long", "kind", ["5m", "15m"], "1m", {"Kind": "previous_window", "Categories": KINDS, "CalibrateOver": "90s"}, threshold("15m", 0.1)),
        monitor("never_calibrated", deep, ["5m", "15m"], "1m", {"Kind": "previous_window", "File": "deep.json"}, {"FalseAlarmEvery": "4m"}),
        monitor("field", deep, ["10s", "5s"], "5s", {"Kind": "field", "Field": "amount", "Edges": [-5, 0, 1, 5, 20, 50], "CalibrateOver": "1204s"}, promise, MinimumEvents=3),
        monitor("field_long", "kind", ["5m", "15m"], "1m", {"Kind": "field", "Field": "region", "File": "kind.json", "CalibrateOver": "10m"}, threshold("5m", 3)),
        monitor("hourly", "amount", ["5m", "15m"], "1m", {"Kind": "hour_of_week", "File": "hourly.json"}, promise),
        monitor("first", "amount", ["5s", "10s"], "5s", {"Kind": "first", "Edges": EDGES, "Over": "22m", "File": "learned/first.json"}, promise, MinimumEvents=3),
        monitor("so_far", "amount", ["5s", "10s"], "5s", {"Kind": "so_far", "LearnOver": "20m", "File": "so_far/amount.json"}, promise, MinimumEvents=3),
        monitor("so_far_kind", "kind", ["5m", "15m"], "1m", {"Kind": "so_far", "LearnOver": "10m", "File": "so_far/kind.json"}, threshold("5m", 0.2)),
        monitor("so_far_edges", deep, ["10s", "30s"], "5s", {"Kind": "so_far", "LearnOver": "15m", "File": "so_far/deep.json", "Edges": DEEP_EDGES}, promise),
        monitor("so_far_values", "kind", ["2m"], "1m", {"Kind": "so_far", "LearnOver": "1m", "File": "so_far/values.json", "Categories": KINDS}, threshold("2m", 0.2)),
        monitor("so_far_region", deep, ["5m", "15m"], "1m", {"Kind": "so_far", "LearnOver": "12m", "File": "so_far/region.json"}, threshold("5m", 0.2), SegmentBy="region", MaxSegments=10000),
        monitor("where", "amount", ["10s", "5m"], "5s", {"Kind": "inline", "Edges": EDGES, "Probabilities": [0.1, 0.15, 0.025, 0.225, 0.25, 0.125, 0.0749996, 0.05, 0.0000004]}, threshold("5m", 0.3), Where={"Field": "kind", "In": [KINDS[0], KINDS[3]]}, MinimumEvents=3),
        monitor("where_region_kind", deep, ["5m", "15m"], "1m", {"Kind": "so_far", "LearnOver": "12m", "File": "so_far/where.json"}, threshold("5m", 0.2), Where={"Field": "kind", "In": KINDS[1:]}, SegmentBy=["region", "kind"], MaxSegments=10000, MinimumEvents=10),
        monitor("rest", "kind", ["1m", "2m"], "1m", {"Kind": "rest", "Categories": KINDS, "CalibrateOver": "20m"}, threshold("2m", 0.4), SegmentBy="region", MaxSegments=10000, MinimumEvents=5),
        monitor("rest_long", "amount", ["5m", "3m"], "1m", {"Kind": "rest", "File": "amount.json", "CalibrateOver": "15m"}, threshold("3m", 0.4), SegmentBy="region", MaxSegments=10000, MinimumEvents=30),
        monitor("first_short", "kind", ["2m", "15m"], "1m", {"Kind": "first", "Categories": KINDS, "Events": 600, "File": "learned/first_short.json"}, threshold("2m", 0.2)),
    ))


DERIVED_EDGES = [-20, -5, -2, -0.5, 0, 0.5, 2, 5, 20]


def derived():
    """Monitors of derived fields, whose references are given; one of segments."""
    def monitor(name, field, bins, windows=("5m", "15m"), **further):
        reference = further.pop("Reference", None) or dict(bins, Kind="inline", Probabilities=[1 / (len(bins.get("Edges") or "xxx") - 1)] * (len(bins.get("Edges") or "xxx") - 1))
        return json.dumps(dict({
            "Name": name, "Topic": "events", "Field": field, "EventTime": "ts", "Windows": windows, "Pane": "1m", "AllowedLateness": "2m", "Reference": reference,
            "Alert": {"Window": windows[0], "FireAbove": 1, "ResolveBelow": 0.8}}, **further), ensure_ascii=False)
    numbers = lambda *edges: {"Edges": list(edges) or DERIVED_EDGES}
    return ",\n      ".join((
        monitor("difference", "difference(amount)", numbers()),
        monitor("absdiff", "absdiff( a.b[0].c )", numbers(0, 1, 2, 4, 8, 16, 32)),
        monitor("deviation_1", "deviation(amount, 1)", numbers(), AllowedLateness="10s"),
        monitor("deviation_10", "deviation(amount,10)", numbers()),
        monitor("deviation_301", "deviation(a.b[0].c, 301)", numbers(), MinimumEvents=7),
        monitor("day", "deviation(amount, day)", numbers(), Pane="5m", MinimumEvents=1),
        monitor("length", "length(kind)", numbers(0, 2, 4, 6, 8, 20), EventTime="meta.at"),
        monitor("gap", "gap()", numbers(-60, -1, -0.01, 0, 0.01, 0.1, 0.5, 2)),
        monitor("present", "present(kind)", {"Categories": ["true", "false"]}),
        monitor("hour", "hour()", numbers(0, 6, 12, 18, 24)),
        monitor("volume", "volume()", numbers(0, 1, 20, 50, 75, 100, 150, 200, 500)),
        monitor("previous", "deviation(amount, 3)", numbers(), Reference={"Kind": "previous_window", "Edges": DERIVED_EDGES, "CalibrateOver": "10m"}),
        monitor("volume_first", "volume()", numbers(), Reference={"Kind": "first", "Edges": [0, 50, 75, 100, 150], "Over": "20m", "File": "learned/volume.json"}),
        monitor("regional_deviation", "deviation(amount, 5)", numbers(), SegmentBy="region", MinimumEvents=10, Reference={"File": "regional-deviation.json"}),
        monitor("regional_volume", "volume()", numbers(), SegmentBy="region", Reference={"File": "regional-volume.json"}),
    ))


def config(seed, segments, of_kinds=False, of_derived=False):
    """Written by hand, with comments and trailing commas, as people write it."""
    untimed = '''
      {   // no event time: on files every event is no_event_time
        "Name": "untimed", "Topic": "events", "Field": "amount", "Windows": ["5m"], "Pane": "1m", "Reference": { "File": "amount.json" } },'''
    regional = '''
      { "Name": "regional", "Topic": "events", "Field": "amount", "EventTime": "ts", "SegmentBy": "region", "Windows": ["5m", "15m"], "Pane": "1m", "AllowedLateness": "2m",
        "MinimumEvents": 10, "Reference": { "File": "regional.json" }, "Alert": { "FalseAlarmEvery": "10m" } },'''
    return '''// seed %d
{ "DriftMonitor": {
    "Kafka": { "BootstrapServers": "localhost:9092" }, /* not used
       when files are replayed */
    "Monitors": [
      { "Name": "amount", "Topic": "events", "Field": "amount", "EventTime": "ts", "Windows": ["5m", "15m"], "Pane": "1m", "AllowedLateness": "2m",
        "Reference": { "File": "amount.json" },
        "Alert": { "Measure": "kl", "Window": "5m", "FireAbove": 0.25, "ResolveBelow": 0.1, "Hold": "3m" } },
      { "Name": "kind", "Topic": "events", "Field": "kind", "EventTime": "meta.at",%s "Windows": ["5m", "15m"], "Pane": "1m",
        "MinimumEvents": %d,
        "Reference": { "File": "kind.json" },
        "Alert": { "Measure": "kl", "Window": "15m", "FireAbove": 0.1, "ResolveBelow": 0.08 }, },%s
      { "Name": "deep", "Topic": "events", "Field": "a.b[0].c", "EventTime": "ts", "Windows": ["15m", "5m",], "Pane": "1m", "AllowedLateness": "30s",
        "MinimumEvents": 20, "PseudoCount": 0.1,
        "Reference": { "File": "deep.json" },
        "Alert": { "Measure": "kl", "Window": "5m", "FireAbove": 0.05, "ResolveBelow": 0.03, "Hold": "1m" } },
      { "Name": "promised", "Topic": "events", "Field": "amount", "EventTime": "ts", "Windows": ["5m", "15m"], "Pane": "1m", "AllowedLateness": "2m",
        "Reference": { "File": "promised.json" }, "Alert": { "FalseAlarmEvery": "30m" } },
      { "Name": "held", "Topic": "events", "Field": "a.b[0].c", "EventTime": "ts", "Windows": ["10m", "3m"], "Pane": "30s", "AllowedLateness": "1m", "MinimumEvents": 30,
        "Reference": { "File": "held.json" }, "Alert": { "FalseAlarmEvery": "1h", "MinimumDivergence": 0.02, "Hold": "90s" } },%s%s%s
    ],
} }
''' % (seed, ' "SegmentBy": "region",' if segments else "", 20 if segments else 100, untimed if seed % 2 else "", regional if segments else "", "\n      " + kinds() + "," if of_kinds else "",
       "\n      " + derived() + "," if of_derived else "")


def write(path, data):
    with open(path, "wb") as file:
        file.write(data)


def generate(seed, out, events=20000, segments=False, kinds=False, derived=False):
    os.makedirs(out, exist_ok=True)
    stream = Stream(seed, events)
    for name, reference in list(stream.references().items()) + ([("regional", stream.regional())] if segments else []) + ([("hourly", stream.hourly())] if kinds else []) \
            + ([("regional-deviation", stream.regional_derived("deviation(amount, 5)", DERIVED_EDGES)), ("regional-volume", stream.regional_derived("volume()", [0, 5, 10, 20, 40, 80]))] if derived else []):
        write(os.path.join(out, name + ".json"), (json.dumps(reference, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))
    write(os.path.join(out, "config.json"), config(seed, segments, kinds, derived).encode("utf-8"))
    lines = stream.ndjson()
    write(os.path.join(out, "events.ndjson"), b"\n".join(lines) + b"\n")
    middle = len(lines) // 2
    for name, part in (("part1", lines[:middle]), ("part2", lines[middle:])):
        write(os.path.join(out, name + ".ndjson.gz"), gzip.compress(b"\n".join(part) + b"\n", 6, mtime=0))
    write(os.path.join(out, "events.csv"), b"\n".join(stream.csv()))  # no newline at the end: a record all the same


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, default=None, help="drawn if not given")
    parser.add_argument("--out", required=True)
    parser.add_argument("--events", type=int, default=20000)
    parser.add_argument("--segments", action="store_true", help="monitor `kind` and `regional` by region")
    parser.add_argument("--kinds", action="store_true", help="monitors with references of every kind")
    parser.add_argument("--derived", action="store_true", help="monitors of derived fields")
    options = parser.parse_args()
    seed = random.randrange(1_000_000) if options.seed is None else options.seed
    generate(seed, options.out, options.events, options.segments, options.kinds, options.derived)
    print("seed %d" % seed)


if __name__ == "__main__":
    main()
