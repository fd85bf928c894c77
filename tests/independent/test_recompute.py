#!/usr/bin/env python3
"""Checks the independent recomputation itself, by figures made by hand, and that it can fail.

    test_recompute.py [--counts counts.json]    or    recompute.py --self-test [--counts counts.json]
"""
import contextlib
import gzip
import io
import json
import math
import os
import sys
import tempfile
import unittest
from decimal import Decimal

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import generate
import recompute as r
import reference

COUNTS = None


class Times(unittest.TestCase):
    def test_iso(self):
        for text, ms in (("1970-01-01", 0), ("1970-01-01T00:00", 0), ("1970-01-02t00:00:01z", 86401000), ("1970-01-01 01:00:00.1239+01:00", 123), ("1970-01-01T00:00:00,5", 500),
                         ("1969-12-31T23:59:59.9999Z", -1), ("1970-01-01T00:00-0030", 1800000), ("1970-01-01T05:00+05", 0), ("0001-01-01", r.FIRST_MS), ("9999-12-31T23:59:59.999999", r.LAST_MS),
                         ("2012-02-29", 1330473600000),
                         ("1970-01-01T24:00", None), ("1970-01-01T00:00:60", None), ("2013-02-29", None), ("0000-01-01", None), ("0001-01-01T00:00+01:00", None), ("1970-1-1", None),
                         ("1970-01-01T00", None), ("1970-01-01T00:00:00.", None), ("1970-01-01T00:00.5", None), (" 1970-01-01", None), ("1970-01-01\n", None), ("19700101", None), ("", None),
                         ("1970-01-01T00:00+1", None), ("1970-01-01T00:00 Z", None), ("\u0661970-01-01", None)):
            self.assertEqual(r.iso_to_ms(text), ms, text)

    def test_numbers_are_exact(self):
        for text, ms in (("0", 0), ("-0", 0), ("1357034400.0019", 1357034400001), ("1357034400.0009999999999999999999", 1357034400000), ("1e11", 10 ** 11), ("99999999999.9999", 99999999999999),
                         ("100000000000.9", 10 ** 11), ("1.3570344001239e12", 1357034400123), ("-0.0001", -1), ("-1", -1000), ("-1e-999999999999999999999", -1), ("1e-999999999999999999999", 0),
                         ("0e99999999999999999999", 0), ("1e20", None), ("1e99999999999999999999", None), ("253402300799999.5", r.LAST_MS), ("253402300800000", None),
                         ("-62135596800", r.FIRST_MS), ("-62135596800.0001", None)):
            self.assertEqual(r.number_to_ms(text), ms, text)

    def test_types(self):
        self.assertIsNone(r.time_of("1357034400"))
        self.assertEqual(r.time_of(r.Cell("1357034400")), 1357034400000)
        self.assertEqual(r.time_of(r.Cell("2013-01-01T10:00")), 1357034400000)
        for value in (True, None, r.MISSING, [], {}, r.Cell("+1"), r.Cell("")):
            self.assertIsNone(r.time_of(value))

    def test_text(self):
        self.assertEqual(r.time_text(0), "1970-01-01T00:00:00Z")
        self.assertEqual(r.time_text(1357034400001), "2013-01-01T10:00:00.001Z")
        self.assertEqual(r.time_text(-1), "1969-12-31T23:59:59.999Z")

    def test_durations(self):
        for text, ms in (("10s", 10000), ("5m", 300000), ("30d", 2592000000), ("250ms", 250), ("1h30m", 5400000)):
            self.assertEqual(r.duration(text), ms)
        for text in ("5", "m", "5 m", ""):
            self.assertRaises(r.Unusable, r.duration, text)


class Events(unittest.TestCase):
    def test_rejections(self):
        for line, reason in ((b"", "empty"), (b" \t", "empty"), (b"{", "malformed"), (b"[" * 65 + b"]" * 65, "malformed"), (b'{"a":' * 65 + b"1" + b"}" * 65, "malformed"),
                             (b"[" * 100000, "malformed"), (b'{"a":NaN}', "malformed"), (b'{"a":-Infinity}', "malformed"), (b'"\xff"', "malformed"), (b"1 2", "malformed"), (b"01", "malformed"),
                             (b"[1,]", "malformed"), (b'"\n"', "malformed"), (b'"' + b"x" * (1 << 20) + b'"', "too_large"), (b"x" * (1 << 20), "malformed")):
            self.assertEqual(r.decode_json(line), reason, line[:40])

    def test_values(self):
        def value(text, path="a"):
            event = r.decode_json(text.encode("utf-8"))
            self.assertIsInstance(event, r.JsonEvent, text)
            return event.get(r.Field(path))
        self.assertEqual(value('\ufeff{"a":-0}'), "-0")
        self.assertEqual(value('{"a":1,"a":1.50}'), "1.50")
        self.assertEqual(value('{"\\u0061":"\\u00e9"}'), "\u00e9")
        self.assertEqual(value('{"a":{"b":[{"c":7}]}}', "a.b[0].c"), "7")
        for text in ('{"a":{"b":[]}}', '{"a":{"b":{"0":{"c":1}}}}', '{"a":[{"c":1}]}', "[]", "1", "null", "{}", "[" * 64 + "]" * 64):
            self.assertIs(value(text, "a.b[0].c"), r.MISSING)

    def test_lines(self):
        got = list(r.json_lines(b"{}\r\n\n \n{}"))
        self.assertEqual([e if isinstance(e, str) else "event" for e in got], ["event", "empty", "empty", "event"])
        self.assertEqual(list(r.json_lines(b"")), [])

    def test_csv(self):
        rows = list(r.csv_rows(b'\xef\xbb\xbfa,"b ""c"""\r\n1,"x,\n""y"""\n\n1\n1,2,3\n1,\xff\n"1"x,2\n,'))
        self.assertEqual(rows[0].cells, {"a": "1", 'b "c"': 'x,\n"y"'})
        self.assertEqual(rows[1:6], ["empty", "malformed", "malformed", "malformed", "malformed"])
        self.assertEqual(rows[6].cells, {"a": "", 'b "c"': ""})

    def test_a_quote_matters_at_the_start_of_a_cell_alone(self):
        rows = list(r.csv_rows(b'n""n,m\n5" pipe,a""b\n x"y,"1"\n"a"b,"two\nlines"\n"a" "b,1\n"a"",1\n"x",2\n1,"open\n2,3\n'))
        self.assertEqual([row if isinstance(row, str) else row.cells for row in rows[:3]], [{'n""n': '5" pipe', "m": 'a""b'}, {'n""n': ' x"y', "m": "1"}, "malformed"])
        self.assertEqual(rows[3:5], ["malformed", "malformed"])  # text after a closing quote, in the latter of a cell of two lines
        self.assertEqual(rows[5:], ["malformed"])  # the cell is never closed


class Bins(unittest.TestCase):
    def test_edges(self):
        bins = r.Edges(["0", "1", "2.5"])
        for text, where in (("0", 0), ("-0", 0), ("0.999", 0), ("1", 1), ("2.5", 1), ("2.5000000000000001", 1), ("2.5001", "above"), ("-1e-320", "below"), ("1e400", "above"), ("-1e400", "below")):
            self.assertEqual(bins.bin(r.Number(text)), where, text)
            self.assertEqual(bins.bin(r.Cell(text)), where, text)
        for value, where in ((None, "missing"), (r.MISSING, "missing"), ("1", "wrong_type"), (True, "wrong_type"), ([], "wrong_type"), ({}, "wrong_type")):
            self.assertEqual(bins.bin(value), where)
        for cell, where in (("", "missing"), ("NaN", "nan"), ("-nan", "nan"), ("INF", "above"), ("-Infinity", "below"), ("+1", 1), ("+-1", "wrong_type"), (" 1", "wrong_type"), ("1_0", "wrong_type"), ("0x1", "wrong_type")):
            self.assertEqual(bins.bin(r.Cell(cell)), where, cell)
        self.assertRaises(r.Unusable, r.Edges, ["1", "1"])

    def test_categories(self):
        bins = r.Categories(["a", "1.0", "true", "-0"])
        for value, where in (("a", 0), (r.Number("1.0"), 1), (r.Number("1"), "unseen"), (True, 2), ("true", 2), (False, "unseen"), (r.Number("-0"), 3), ("", "unseen"), (r.Cell(""), "missing"),
                             (None, "missing"), (r.MISSING, "missing"), ([], "wrong_type"), ({}, "wrong_type"), (r.Cell("a"), 0)):
            self.assertEqual(bins.bin(value), where, repr(value))


class Statistics(unittest.TestCase):
    def test_by_hand(self):
        # p = (1/4, 3/4); r + alpha = (1.5, 0.5), q the same as a share: KL = 1/4 ln(1/3) + 3/4 ln 3 = ln(3)/2
        got = r.statistics([1, 3], [1, 0], [Decimal("0.5")] * 2)
        self.assertAlmostEqual(got["kl_nats"], math.log(3) / 2, delta=1e-15)
        self.assertEqual(got["noise_nats"], 0.5 * (0.25 + 1))
        self.assertAlmostEqual(got["z"], 2 * 0.8 * math.log(3) / 2, delta=1e-15)
        self.assertEqual(got["excess_nats"], 0)

    def test_one_bin_has_no_noise(self):
        got = r.statistics([5, 0], [7, 0], [Decimal("0.5")] * 2)
        self.assertEqual((got["noise_nats"], got["z"]), (0, 0))
        self.assertAlmostEqual(got["kl_nats"], math.log(8 / 7.5), delta=1e-16)

    def test_within_needs_fewer_events_than_the_reference(self):
        alpha = [Decimal("0.5")] * 2
        self.assertEqual(r.statistics([1, 1], [2, 2], alpha, True)["noise_nats"], 0.5 * (1 / 2 - 1 / 4))
        self.assertEqual(r.statistics([2, 2], [2, 2], alpha, True)["noise_nats"], 0.5 * (1 / 4 + 1 / 4))

    def test_volume_changes_z_alone(self):
        alpha = [Decimal("0.5")] * 2
        full, half = r.statistics([10, 30], [50, 50], alpha), r.statistics([10, 30], [50, 50], alpha, False, Decimal("0.5"))
        self.assertAlmostEqual(half["z"], full["z"] * (1 / 40 + 1 / 100) / (1 / 20 + 1 / 100), delta=1e-13)
        self.assertEqual([half[k] for k in r.MEASURES[:3]], [full[k] for k in r.MEASURES[:3]])

    def test_special_bins_share_one_alpha(self):
        self.assertEqual(r.alphas(r.Edges(["0", "1", "2"]), Decimal("0.5")), [Decimal("0.5")] * 2 + [Decimal("0.1")] * 5)
        self.assertEqual(len(r.alphas(r.Categories(["a"]), Decimal(1))), 4)

    def test_golden_counts(self):
        if not COUNTS:
            self.skipTest("give counts.json with --counts")
        with open(COUNTS, encoding="utf-8") as file:
            cases = json.load(file)
        self.assertTrue(cases)
        for case in cases:
            c, ref, expected = case["current_counts"], case["reference_counts"], case["expected"]
            alpha = [Decimal(str(case["pseudo_count_per_bin"]))] * len(c)
            apart, within = r.statistics(c, ref, alpha), r.statistics(c, ref, alpha, True)
            got = dict(apart, noise_within_reference_nats=within["noise_nats"], z_within_reference=within["z"])
            for name in ("kl_nats", "noise_nats", "excess_nats", "z", "noise_within_reference_nats", "z_within_reference"):
                self.assertAlmostEqual(got[name], expected[name], delta=max(1e-15, 1e-12 * abs(expected[name])), msg=name)


class Alerts(unittest.TestCase):
    def judge(self, hold, readings):
        threshold = r.Threshold.__new__(r.Threshold)
        threshold.fire_above, threshold.resolve_below, threshold.hold = 0.3, 0.1, hold
        return list(threshold.judge(readings))

    def test_without_hold(self):
        self.assertEqual(self.judge(0, [(1, 0.3), (2, 0.31), (3, 0.1), (4, 0.09)]), [(2, "inactive", "firing"), (4, "firing", "inactive")])

    def test_hold(self):
        self.assertEqual(self.judge(2, [(1, 0.4), (2, 0.2), (3, 0.4), (4, 0.4), (5, 0.4), (6, 0.0)]),
                         [(1, "inactive", "pending"), (2, "pending", "inactive"), (3, "inactive", "pending"), (5, "pending", "firing"), (6, "firing", "inactive")])

    def test_panes_without_a_reading_neither_count_nor_reset(self):
        self.assertEqual(self.judge(5, [(1, 0.4), (7, 0.4)]), [(1, "inactive", "pending"), (7, "pending", "firing")])


class References(unittest.TestCase):
    def test_period(self):
        ref = r.Reference.__new__(r.Reference)
        ref.start, ref.end, ref.excluded = 10, 100, [(40, 50)]
        for window, inside in (((10, 40), True), ((50, 100), True), ((9, 20), False), ((90, 101), False), ((39, 41), False), ((45, 46), False), ((30, 60), False)):
            self.assertEqual(ref.holds(*window), inside, window)
        ref.start = None
        self.assertFalse(ref.holds(20, 30))

    def test_quantiles(self):
        self.assertEqual(reference.quantile_edges([4, 1, 3, 2], 2), [1, 2.5, 4])
        self.assertEqual(reference.quantile_edges([1, 2, 3, 4, 5], 4), [1, 2, 3, 4, 5])
        self.assertEqual(reference.quantile_edges([0, 10], 10), list(range(11)))
        self.assertEqual(reference.quantile_edges([0, 0, 0, 9], 3), [0, 9])

    def test_most_frequent(self):
        self.assertEqual(reference.most_frequent(["b", "a", "c", "c", "B"], 3), ["c", "B", "a"])

    def test_mean_events(self):
        # panes of 10 from 0 to 50; windows of two panes end at 20, 30, 40, 50: 3, 5, 7, 9 events
        per_pane = dict(enumerate([1, 2, 3, 4, 5]))
        self.assertEqual(reference.mean_events(per_pane, 10, 2, 0, 50, []), 6)
        self.assertEqual(reference.mean_events(per_pane, 10, 2, 0, 50, [(20, 30)]), 6)  # those that end at 20 and 50
        self.assertIsNone(reference.mean_events(per_pane, 10, 6, 0, 50, []))


class Whole(unittest.TestCase):
    """Small streams, by hand, and the comparison."""

    CONFIG = '''{ // comment with "quotes" and a trailing comma,
        "DriftMonitor": { "Monitors": [ { "Name": "m", "Field": "x", "EventTime": "t", "Windows": ["2s"], "Pane": "1s", "MinimumEvents": 2, %s
        "Reference": { "File": "ref.json" }, "Alert": { "Measure": "kl", "Window": "2s", "FireAbove": 0.5, "ResolveBelow": 0.4, }, }, ] } } /* end */'''
    REFERENCE = {"format": "driftmonitor.reference/1", "field": "x", "bins": {"kind": "edges", "edges": [0, 1, 2]}, "counts": {"regular": [50, 50]}}

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.write("config.json", self.CONFIG % "")
        self.write("ref.json", json.dumps(self.REFERENCE))

    def path(self, name):
        return os.path.join(self.folder, name)

    def write(self, name, text):
        with io.open(self.path(name), "w", encoding="utf-8", newline="\n") as file:
            file.write(text)

    def expected(self, *events):
        self.write("events.ndjson", "".join('{"t":%s,"x":%s}\n' % event for event in events))
        return r.expected_lines(r.read_config(self.path("config.json")), r.read_events([self.path("events.ndjson")]))

    def run_main(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = r.main(list(arguments))
        return code, out.getvalue()

    def test_panes_close_late_events_and_reasons(self):
        # 5.5 opens pane 5; 3.2 is earlier and not late, so pane 3 is the first; 8.0 closes panes to 7; 7.9 is late then; 8.5 is the last
        lines = self.expected(("3.9", "0"), ("3.2", "1"), ("5.5", "2"), ("8.0", "0"), ("7.9", "0"), ("8.5", "0"), ("9.0", "1"), ("null", "1"))
        readings = [line for line in lines if line["type"] == "reading"]
        self.assertEqual([line["time"][-3:-1] for line in readings], ["04", "05", "06", "07", "08", "09", "10"])
        self.assertEqual([line["events"] for line in readings], [2, 2, 1, 1, 0, 2, 3])
        self.assertEqual([line.get("unavailable") for line in readings], ["window_incomplete", None, "too_few_events", "too_few_events", "too_few_events", None, None])
        self.assertAlmostEqual(readings[1]["kl_nats"], 0.5 * math.log(0.5 / (50.5 / 101.5)) * 2, delta=1e-15)
        self.assertEqual([(line["time"][-3:-1], line["from"], line["to"]) for line in lines if line["type"] == "alert"], [("09", "inactive", "firing"), ("10", "firing", "inactive")])
        self.assertEqual(lines[-1], {"type": "summary", "events": 8, "rejected": {"m": {"late": 1, "no_event_time": 1}}, "from": "1970-01-01T00:00:03.200Z", "to": "1970-01-01T00:00:09Z"})

    def test_allowed_lateness_to_the_millisecond(self):
        self.write("config.json", self.CONFIG % '"AllowedLateness": "2s",')
        # the watermark is 3.999 and 4.000: pane 3 ends at 4
        self.assertEqual(self.expected(("5.999", "0"), ("3.5", "0"))[-1]["rejected"], {})
        self.assertEqual(self.expected(("6", "0"), ("3.5", "0"))[-1]["rejected"], {"m": {"late": 1}})

    def test_within_and_volume(self):
        reference_file = dict(self.REFERENCE, mean_events=3, **{"from": "1970-01-01T00:00:00Z", "to": "1970-01-01T00:00:02Z"})
        self.write("ref.json", json.dumps(reference_file))
        readings = [line for line in self.expected(("0", "0"), ("0.5", "1"), ("1", "0"), ("1.5", "0"), ("2", "0")) if line["type"] == "reading"]
        inside, outside = readings[1], readings[2]  # [0, 2) and [1, 3)
        self.assertEqual(inside["noise_nats"], 0.5 * (1 / 4 - 1 / 100))
        self.assertAlmostEqual(inside["z"], 2 * inside["kl_nats"] / (1 / 3 - 1 / 100), delta=1e-14)  # 4 events at a mean of 3
        self.assertEqual(outside["noise_nats"], float(Decimal(1) / 2 * (1 / Decimal(3) + 1 / Decimal(100))))
        self.assertAlmostEqual(outside["z"], 2 * outside["kl_nats"] / (1 / 3 + 1 / 100), delta=1e-14)

    def test_no_event_counts(self):
        self.assertEqual(self.expected(("null", "1")), [{"type": "summary", "events": 1, "rejected": {"m": {"no_event_time": 1}}}])

    def generated(self, seed, **options):
        generate.generate(seed, self.folder, 4000, **options)
        return self.path("config.json"), self.path("events.ndjson")

    def test_agrees_with_itself_and_sees_every_single_change(self):
        config, events = self.generated(3)
        output = self.path("out.jsonl")
        self.assertEqual(self.run_main("--config", config, "--events", events, "--emit", output)[0], 0)
        self.assertEqual(self.run_main("--config", config, "--events", self.path("part1.ndjson.gz"), self.path("part2.ndjson.gz"), "--replay", output)[0], 0)
        with io.open(output, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        full = next(i for i, line in enumerate(lines) if i > 100 and line.get("excess_nats", 0) > 0 and line["z"] < 50)
        empty = next(i for i, line in enumerate(lines) if "unavailable" in line)
        alert = next(i for i, line in enumerate(lines) if line["type"] == "alert")

        def changed(index, **keys):
            copy = [dict(line) for line in lines]
            copy[index].update(keys)
            return copy
        changes = {name: changed(full, **{name: lines[full][name] + 1e-9}) for name in r.MEASURES}
        changes.update({
            "events": changed(full, events=lines[full]["events"] + 1), "window": changed(full, window="7m"), "time": changed(full, time="2013-02-09T00:00:00Z"),
            "monitor": changed(full, monitor="other"), "segment": changed(full, segment="x"), "reason": changed(empty, unavailable="untrusted"), "withheld": changed(full, unavailable="too_few_events"),
            "given": changed(empty, kl_nats=0.5), "alert": changed(alert, to="resolved"), "summary": changed(-1, events=1), "rejected": changed(-1, rejected={}),
            "from": changed(-1, **{"from": "1970-01-01T00:00:00Z"}), "to": changed(-1, to=None),
            "missing line": lines[:full] + lines[full + 1:], "missing alert": lines[:alert] + lines[alert + 1:], "twice": lines[:full] + [lines[full]] + lines[full:],
            "order": lines[:full] + [lines[full + 1], lines[full]] + lines[full + 2:], "no summary": lines[:-1], "summary first": lines[-1:] + lines[:-1], "nothing": []})
        for name, copy in changes.items():
            self.write("changed.jsonl", "".join(json.dumps(line) + "\n" for line in copy))
            code, out = self.run_main("--config", config, "--events", events, "--replay", self.path("changed.jsonl"))
            self.assertEqual(code, 1, name)
            self.assertIn("disagreement", out, name)
        self.write("changed.jsonl", "".join(json.dumps(dict(line, further=1, return_period_s=2.5)) + "\n" for line in lines))
        self.assertEqual(self.run_main("--config", config, "--events", events, "--replay", self.path("changed.jsonl"))[0], 0, "further keys are ignored")

    def test_numbers_that_are_not_shortest(self):
        for text, shortest in (("0.1", True), ("0.10000000000000001", False), ("1E-05", True), ("1e-05", True), ("0.00001", True), ("123", True), ("0", True), ("1.5e300", True)):
            self.assertEqual(r.is_shortest(text), shortest, text)

    def test_generator_is_deterministic_and_reaches_everything(self):
        config, events = self.generated(5)
        first = {}
        for name in os.listdir(self.folder):
            with open(self.path(name), "rb") as file:
                first[name] = file.read()
        self.generated(5)
        for name, content in first.items():
            with open(self.path(name), "rb") as file:
                self.assertEqual(file.read(), content, name)
        self.assertEqual(first["events.ndjson"], gzip.decompress(first["part1.ndjson.gz"]) + gzip.decompress(first["part2.ndjson.gz"]))
        monitors = r.read_config(config)
        for file, nan in ((events, False), (self.path("events.csv"), True)):
            lines = r.expected_lines(monitors, r.read_events([file]))
            rejected = lines[-1]["rejected"]
            self.assertLessEqual({"malformed", "empty"}, set(rejected[""]))
            self.assertTrue(all({"late", "no_event_time"} <= set(rejected[name]) for name in ("amount", "kind", "deep")))
            self.assertEqual(set(rejected["untimed"]), {"no_event_time"})
            self.assertEqual({line.get("unavailable") for line in lines}, {None, "window_incomplete", "too_few_events"})
            moves = {(line["from"], line["to"]) for line in lines if line["type"] == "alert"}
            self.assertLessEqual({("inactive", "pending"), ("pending", "firing"), ("firing", "inactive"), ("inactive", "firing")}, moves)
            bins = {where for panes in r.fold(monitors, r.read_events([file]))[0][:2] for counts in panes[""].values() for where in counts}
            self.assertLessEqual({"below", "above", "missing", "wrong_type", "unseen"} | ({"nan"} if nan else set()), bins)

    def test_segments_begin_with_their_first_event(self):
        config, events = self.generated(4, segments=True)
        lines = [line for line in r.expected_lines(r.read_config(config), r.read_events([events])) if line.get("monitor") == "kind" and line["type"] == "reading" and line["window"] == "5m"]
        at_last = [line["segment"] for line in lines if line["time"] == lines[-1]["time"]]
        self.assertEqual(at_last, ["West", "north", "south", "\u00f6st"])


def run(counts=None):
    global COUNTS
    COUNTS = counts
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(run(sys.argv[sys.argv.index("--counts") + 1] if "--counts" in sys.argv else None))
