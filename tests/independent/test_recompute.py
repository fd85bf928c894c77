#!/usr/bin/env python3
"""Checks the independent recomputation itself, by figures made by hand, and that it can fail.

    test_recompute.py [--counts counts.json] [--tails tails.json]    or    recompute.py --self-test with the same options
"""
import argparse
import contextlib
import gzip
import io
import json
import math
import os
import sys
import tempfile
import unittest
import unittest.mock
from decimal import Decimal

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import bins
import generate
import recompute as r
import reference
import tails

COUNTS = None
TAILS = None


class Times(unittest.TestCase):
    def test_iso(self):
        for text, ms in (("1970-01-01", 0), ("1970-01-01T00:00", 0), ("1970-01-02t00:00:01z", 86401000), ("1970-01-01 01:00:00.1239+01:00", 123), ("1970-01-01T00:00:00,5", 500),
                         ("1969-12-31T23:59:59.9999Z", -1), ("1970-01-01T00:00-0030", 1800000), ("1970-01-01T05:00+05", 0), ("0001-01-01", r.FIRST_MS), ("9999-12-31T23:59:59.999999", r.LAST_MS),
                         ("2012-02-29", 1330473600000), ("19700101", 0), ("19700102T000001Z", 86401000), ("19700101T0100+0100", 0), ("1970-01-01 00:00:00 UTC", 0), ("1970-01-01T00:00 +01", -3600000),
                         ("1970-01-01T24:00", None), ("1970-01-01T00:00:60", None), ("2013-02-29", None), ("0000-01-01", None), ("0001-01-01T00:00+01:00", None), ("1970-1-1", None),
                         ("1970-01-01T00", None), ("1970-01-01T00:00:00.", None), ("1970-01-01T00:00.5", None), (" 1970-01-01", None), ("1970-01-01\n", None), ("", None),
                         ("1970-01-01T00:00+1", None), ("1970-01-01T00:00 Z", None), ("\u0661970-01-01", None)):
            self.assertEqual(r.iso_to_ms(text), ms, text)

    def test_numbers_are_exact(self):
        for text, ms in (("0", 0), ("-0", 0), ("1357034400.0019", 1357034400001), ("1357034400.0009999999999999999999", 1357034400000), ("1e11", 10 ** 11), ("99999999999.9999", 99999999999999),
                         ("100000000000.9", 10 ** 11), ("1.3570344001239e12", 1357034400123), ("-0.0001", -1), ("-1", -1000), ("-1e-999999999999999999999", -1), ("1e-999999999999999999999", 0),
                         ("0e99999999999999999999", 0), ("1e22", None), ("1e99999999999999999999", None), ("99999999999999.9", 99999999999999), ("1e14", 10 ** 11), ("1357034400123999", 1357034400123),
                         ("1e17", 10 ** 11), ("1357034400123999999.9", 1357034400123), ("253402300799999999999", r.LAST_MS), ("253402300800000000000", None), ("NaN", None), ("Infinity", None),
                         ("-62135596800", r.FIRST_MS), ("-62135596800.0001", None)):
            self.assertEqual(r.number_to_ms(text), ms, text)

    def test_types(self):
        self.assertEqual(r.time_of(" 1357034400"), 1357034400000)
        self.assertEqual(r.time_of("20130101T100000 UTC"), 1357034400000)
        self.assertEqual(r.time_of("2013-01-01T11:00:00+01:00[Europe/Paris]"), 1357034400000)
        self.assertIsNone(r.time_of("2013-01-01T11:00:00[Europe/Paris]"))
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
                             (b"[" * 100000, "malformed"), (b'{"a":nan}', "malformed"), (b'{"a":+Infinity}', "malformed"), (b'"\xff"', "malformed"), (b"1 2", "malformed"), (b"01", "malformed"),
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
        for cell, where in (("", "missing"), ("NaN", "nan"), ("-nan", "nan"), ("INF", "above"), ("-Infinity", "below"), ("+1", 1), ("+-1", "wrong_type"), (" 1", 1), (".5", 0), ("1.", 1), ("001", 1), (" ", "missing"), (".", "wrong_type"), ("1_0", "wrong_type"), ("0x1", "wrong_type")):
            self.assertEqual(bins.bin(r.Cell(cell)), where, cell)
        for text, where in (("1", 1), (" .5 ", 0), ("", "wrong_type"), ("x", "wrong_type")):
            self.assertEqual(r.Edges(["0", "1", "2.5"], True).bin(text), where, text)
        self.assertRaises(r.Unusable, r.Edges, ["1", "1"])

    def test_categories(self):
        bins = r.Categories(["a", "1.0", "true", "-0"])
        for value, where in (("a", 0), (r.Number("1.0"), 1), (r.Number("1"), 1), ("1", "unseen"), (r.Cell("1"), "unseen"), (r.Number("2"), "unseen"), (True, 2), ("true", 2), (False, "unseen"), (r.Number("-0"), 3), ("", "unseen"), (r.Cell(""), "missing"),
                             (None, "missing"), (r.MISSING, "missing"), ([], "wrong_type"), ({}, "wrong_type"), (r.Cell("a"), 0)):
            self.assertEqual(bins.bin(value), where, repr(value))
        numbers = r.Categories(["17.0", "x"], True)
        for value, where in ((r.Cell("17"), 0), (r.Cell(" 1.7e1"), 0), (r.Cell("017"), "unseen"), (r.Number("17"), 0), ("17.0", "unseen"), (r.Cell("x"), 1)):
            self.assertEqual(numbers.bin(value), where, repr(value))

    def test_labels(self):
        for text, label in (("17.0", "17"), ("1.7e1", "17"), ("-0.0", "0"), ("9007199254740993", "9007199254740993"), ("1e21", "1" + "0" * 21), ("1e22", "1e22"), ("0.000001", "0.000001"),
                            ("15e-8", "1.5e-7"), ("-12.5e30", "-1.25e31"), (".50", "0.5")):
            self.assertEqual(r.number_label(text), label, text)


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


class Tails(unittest.TestCase):
    # g(z) - g(u) = z - 1 with a mean of 1 over 9 peaks
    TAIL = tails.Tail(0.9, 1.0, 9, 100, 0.1, [("identity", 1.0, 1.0)], [(0.0, 0.2), (0.5, 0.6), (0.9, 1.0)])

    def test_quantiles(self):
        self.assertEqual([tails.quantile([1.0, 2.0, 4.0], level) for level in ("0", "0.25", "0.5", "0.75", "1")], [1, 1.5, 2, 3, 4])
        ordered = [float(i) for i in range(91)]
        self.assertEqual(tails.quantile(ordered, "0.7"), 63)  # 90 * 0.7 is less than 63 in doubles

    def test_clusters_end_after_more_panes_than_the_window(self):
        readings = [3, 1, 1, 4, 1, 1, 1, 5, None, None, None, 6, 2]
        self.assertEqual(tails.peaks_above(readings, 2, 3), [4, 5, 6])
        self.assertEqual(tails.peaks_above(readings, 2, 4), [6])
        self.assertEqual(tails.peaks_above(readings, 6, 3), [], "a reading at the threshold is no exceedance")

    def test_peaks_are_more_than_a_window_from_larger_ones(self):
        self.assertEqual(tails.largest_peaks([9, 8, 7, 6, None, 6], 2), [(0, 9), (3, 6)])
        self.assertEqual(tails.largest_peaks([1, 2, 3, 4, 5, 6, 7], 0), [(6, 7), (5, 6), (4, 5), (3, 4), (2, 3)])
        self.assertEqual(tails.largest_peaks([None, 5, 5], 1), [(1, 5)])

    def test_fit_by_hand(self):
        readings = [0.25] * 120
        for place, peak in enumerate((2, 2, 2, 2, 3, 3, 3, 3)):
            readings[5 + 15 * place] = float(peak)
        readings += [None] * 40
        tail = tails.Tail.fit(readings, 6)  # 95 % of the 120 readings are 0.25 at the 90 % level: 8 are above, at 95 % too few
        self.assertEqual((tail.level, tail.threshold, tail.clusters, tail.panes, tail.rate), (0.9, 0.25, 8, 160, 9 / 160))
        self.assertEqual([name for name, _, _ in tail.shapes], ["identity", "sqrt", "log"])
        scales = (2.25, math.sqrt(2) + math.sqrt(3) - 1, math.log(6) / 2 + math.log(4))
        for (_, _, scale), expected in zip(tail.shapes, scales):
            self.assertAlmostEqual(scale, expected, delta=1e-14)
        jacobian = 4 * math.log(6)
        likelihoods = [b ** -8 * math.exp((power - 1) * jacobian) for b, power in zip(scales, (1, 0.5, 0))]
        for (_, weight, _), likelihood in zip(tail.shapes, likelihoods):
            self.assertAlmostEqual(weight, likelihood / sum(likelihoods), delta=1e-14)
        self.assertEqual(tail.quantiles, [(0.0, 0.25)] + [(level, 0.25) for level in (0.3, 0.5, 0.6, 0.7, 0.8, 0.9)])

    def test_a_threshold_of_zero_has_one_shape(self):
        tail = tails.Tail.fit(([0.0] * 20 + [1.0]) * 9, 2)
        self.assertEqual((tail.threshold, tail.shapes), (0, [("identity", 1.0, 1.0)]))

    def test_no_tail(self):
        for readings in ([], [None], [1.0] * 200, [1.0, 2.0] * 100):
            self.assertIsNone(tails.Tail.fit(readings, 2))

    def test_return_periods_by_hand(self):
        for z, panes in ((1.0, 10), (2.0, 10 * (1 + 1 / 9) ** 9), (10.0, 10 * 2 ** 9), (0.6, 0.1 / 0.5 * 10), (0.4, 0.1 / 0.75 * 10), (0.2, 1), (0.0, 1)):
            self.assertAlmostEqual(self.TAIL.return_period(z) / panes, 1, delta=1e-14, msg=z)
        self.assertEqual(self.TAIL.return_period(1e300), math.inf)

    def test_dispersion_divides_first(self):
        tail = tails.Tail.read({"level": 0.9, "threshold": 1.0, "clusters": 9, "panes": 100, "rate_per_pane": 0.1, "shapes": [{"transform": "identity", "weight": 1, "scale": 1}],
                                "quantiles": [[0, 0.2], [0.5, 0.6], [0.9, 1.0]], "dispersion": 2.5})
        for z in (0.1, 0.5, 0.8, 3):
            self.assertEqual(tail.return_period(z * 2.5), self.TAIL.return_period(z * 2.5 / 2.5))
        self.assertEqual(tails.dispersion([2.0, 4.0], 4, 5), 3 * (1 + 2 / 4))
        self.assertEqual(tails.dispersion([0.5], 4, 5), 1)

    def test_golden_tails(self):
        if not TAILS:
            self.skipTest("give tails.json with --tails")
        with open(TAILS, encoding="utf-8") as file:
            cases = json.load(file)
        self.assertTrue(cases)
        for case in cases:
            fitted = tails.Tail.fit(case["readings_z"], case["gap_panes"], case.get("excluded_panes", 0))
            if case["tail"] is None:
                self.assertIsNone(fitted, case["name"])
                continue
            golden = tails.Tail.read(case["tail"])
            self.assertEqual((fitted.level, fitted.clusters, fitted.panes, [s[0] for s in fitted.shapes]), (golden.level, golden.clusters, golden.panes, [s[0] for s in golden.shapes]), case["name"])
            figures = lambda tail: [tail.threshold, tail.rate] + [x for _, weight, scale in tail.shapes for x in (weight, scale)] + [x for pair in tail.quantiles for x in pair]
            self.assertEqual(len(figures(fitted)), len(figures(golden)))
            for got, expected in zip(figures(fitted), figures(golden)):
                self.assertAlmostEqual(got, expected, delta=1e-9 * abs(expected), msg=case["name"])
            for probe in case["return_periods"]:
                for tail in (fitted, golden):
                    self.assertAlmostEqual(tail.return_period(probe["z"]), probe["panes"], delta=1e-9 * probe["panes"], msg=case["name"])


class UsualReadings(unittest.TestCase):
    def test_up_to_the_median_or_the_threshold_below_it(self):
        tail = lambda level, quantiles, dispersion=1.0: tails.Tail(level, quantiles[-1][1], 8, 100, 0.09, [], quantiles, dispersion)
        half = tail(0.8, [(0.0, 1.0), (0.3, 2.0), (0.5, 3.0), (0.6, 4.0), (0.7, 5.0), (0.8, 6.0)])
        self.assertEqual([half.is_usual(z) for z in (0.5, 3, 3.1)], [True, True, False])
        self.assertEqual([tail(0.3, [(0.0, 1.0), (0.3, 2.0)], 2.0).is_usual(z) for z in (4, 4.1)], [True, False])
        self.assertEqual([tail(0.95, [(0.0, 0.0), (0.95, 0.0)]).is_usual(z) for z in (0, 0.1)], [True, False])


class Promises(unittest.TestCase):
    """One false alarm in 50 s, two series: L = 100 s. Two windows: high from 200 s on, low below 20 s."""

    def judge(self, *panes, hold=0, panes_to_resolve=2):
        promise = tails.Promise(50, 2, 2, 0.01, hold, panes_to_resolve)
        return list(promise.judge((time, [(period, 1, False) if not isinstance(period, tuple) else period for period in pane]) for time, pane in enumerate(panes)))

    def test_fires_and_resolves_after_low_panes_in_a_row(self):
        self.assertEqual(self.judge([199, 199], [200, 1], [1, 19.9], [20, 1], [19, 1], [19, 1]), [(1, "inactive", "firing"), (5, "firing", "inactive")])

    def test_a_high_pane_begins_the_row_anew(self):
        self.assertEqual(self.judge([200], [1], [math.inf], [1], [1], panes_to_resolve=2), [(0, "inactive", "firing"), (4, "firing", "inactive")])

    def test_panes_without_a_reading_neither_count_nor_reset(self):
        self.assertEqual(self.judge([200], [1], [], [], [1], []), [(0, "inactive", "firing"), (4, "firing", "inactive")])
        self.assertEqual(self.judge([200], [], [], [200], hold=2), [(0, "inactive", "pending"), (3, "pending", "firing")])

    def test_the_largest_window_needs_the_divergence(self):
        self.assertEqual(self.judge([(300, 0.009, False), (250, 1, False)]), [])
        self.assertEqual(self.judge([(300, 0.01, False), (250, 0, False)]), [(0, "inactive", "firing")])

    def test_usual_readings_are_low_whatever_their_return_period(self):
        usual, other = (25, 0, True), (25, 0, False)
        self.assertEqual(self.judge([200], [usual, other], [usual, usual], [usual]), [(0, "inactive", "firing"), (3, "firing", "inactive")])
        self.assertEqual(self.judge([(200, 1, True)]), [(0, "inactive", "firing")])

    def test_hold(self):
        self.assertEqual(self.judge([200], [200], [20], [200], [200], [200], hold=2), [(0, "inactive", "pending"), (2, "pending", "inactive"), (3, "inactive", "pending"), (5, "pending", "firing")])
        self.assertEqual(self.judge([200], [1], hold=2), [(0, "inactive", "pending"), (1, "pending", "inactive")])

    def test_neither_high_nor_low_for_want_of_divergence_resets_the_row(self):
        self.assertEqual(self.judge([200], [1], [(200, 0, False)], [1], [1]), [(0, "inactive", "firing"), (4, "firing", "inactive")])


class References(unittest.TestCase):
    def test_period(self):
        ref = r.Reference.__new__(r.Reference)
        ref.start, ref.end, ref.excluded = 10, 100, [(40, 50)]
        for window, inside in (((10, 40), True), ((50, 100), True), ((9, 20), False), ((90, 101), False), ((39, 41), False), ((45, 46), False), ((30, 60), False)):
            self.assertEqual(ref.holds(*window), inside, window)
        ref.start = None
        self.assertFalse(ref.holds(20, 30))

    def test_quantiles(self):
        self.assertEqual(bins.quantile_edges([5, 4, 1, 3, 2], 2), [1, 3, 5])
        self.assertEqual(bins.quantile_edges([1, 2, 3, 4], 1), [1, 4])
        self.assertEqual(bins.quantile_edges(range(31), 4), [0, 7.5, 15, 22.5, 30])

    def test_single_values(self):
        self.assertEqual(bins.quantile_edges([0, 10], 10), [0, 5, 10])  # few values
        self.assertEqual(bins.quantile_edges([0, 0, 0, 9], 3), [0, 4.5, 9])
        self.assertEqual(bins.quantile_edges([7, 7], 3), [7, 7.000000000000001])
        self.assertEqual(bins.quantile_edges([0] * 5 + [1, 2, 3, 4, 5], 2), [0, 0.5, 5])  # a half of 10
        self.assertEqual(bins.quantile_edges([0] * 5 + [1, 2, 3, 4, 5, 6], 2), [0, 1, 6])  # less than a half of 11: the median
        self.assertEqual(bins.single_values([0] * 8 + [1] * 6 + [2, 3, 4, 5, 6, 7], 3), [0, 1])  # 6 of 20 are no third, but half of the other 12
        self.assertEqual(bins.single_values([0] * 8 + [1] * 6 + [2, 3, 4, 5, 6, 7, 8], 3), [0])

    def test_most_frequent(self):
        self.assertEqual(reference.most_frequent(["b", "a", "c", "c", "B"], 3), ["c", "B", "a"])

    def test_mean_events(self):
        # panes of 10 from 0 to 50; windows of two panes end at 20, 30, 40, 50: 3, 5, 7, 9 events
        per_pane = dict(enumerate([1, 2, 3, 4, 5]))
        self.assertEqual(reference.mean_events(per_pane, 10, 2, 0, 50, []), 6)
        self.assertEqual(reference.mean_events(per_pane, 10, 2, 0, 50, [(20, 30)]), 6)  # those that end at 20 and 50
        self.assertIsNone(reference.mean_events(per_pane, 10, 6, 0, 50, []))

    def monitor(self, minimum_events):
        monitor = r.Monitor.__new__(r.Monitor)
        monitor.pane, monitor.longest, monitor.minimum_events, monitor.pseudo_count, monitor.kind = 10, 2, minimum_events, Decimal("0.5"), "file"
        return monitor

    def test_own_readings(self):
        # panes of 10 from 0 to 50; at the first the longest window is half full, of 4 events in place of 2; those that follow have 5/4, 3/4, 1/4 and 2 times the mean volume of 4
        panes = {0: r.collections.Counter({0: 2, 1: 2}), 1: r.collections.Counter({0: 1}), 2: r.collections.Counter({1: 2}), 4: r.collections.Counter({0: 5, 1: 3})}
        counts, bins = {0: 8, 1: 7, "below": 0, "above": 0, "nan": 0, "missing": 0, "wrong_type": 0}, r.Edges(["0", "1", "2"])
        own = lambda window, minimum, excluded: reference.OwnReadings(self.monitor(minimum), bins, counts, 4.0, panes, window, 0, 50, excluded).plain
        z = lambda c, within, factor: r.statistics(c + [0] * 5, [8, 7] + [0] * 5, r.alphas(bins, Decimal("0.5")), within, Decimal(factor))["z"]
        self.assertEqual(own(1, 1, []), [z([2, 2], True, "0.5"), z([1, 0], True, "0.8"), z([0, 2], True, 1), None, z([5, 3], True, "0.5")])
        self.assertEqual(own(1, 3, []), [z([2, 2], True, "0.5"), None, None, None, z([5, 3], True, "0.5")])
        self.assertEqual(own(2, 1, []), [z([3, 2], True, "0.8"), z([1, 2], True, 1), z([0, 2], True, 1), z([5, 3], True, "0.5")])
        self.assertEqual(own(2, 1, [(20, 30)]), [z([3, 2], True, "0.8"), None, z([0, 2], False, 1), z([5, 3], True, "0.5")])


class Kinds(unittest.TestCase):
    """What windows are compared with, by hand."""

    def over(self, edges, family, **parameters):
        p = r.probabilities_over(r.Edges(edges), family, parameters)
        self.assertAlmostEqual(float(sum(p.values())), 1, delta=1e-12, msg=family)
        self.assertEqual([p["nan"], p["missing"], p["wrong_type"]], [0, 0, 0])
        return [float(p[where]) for where in ["below"] + list(range(len(edges) - 1)) + ["above"]]

    def close(self, got, expected, delta=1e-15):
        self.assertEqual(len(got), len(expected))
        for i, (one, other) in enumerate(zip(got, expected)):
            self.assertAlmostEqual(one, other, delta=delta, msg=i)

    def test_families(self):
        self.close(self.over([0, 1, 3, 20], "uniform", lowest="-1", highest="4"), [0.2, 0.2, 0.4, 0.2, 0])
        self.close(self.over([0, 1, 3], "uniform", first=0, last=9), [0, 0.1, 0.3, 0.6])  # 0 | 1, 2 and 3, as the last bin is closed | 4 to 9
        self.close(self.over([0.5, 2, 2.5], "uniform", first=0, last=9), [0.1, 0.1, 0.1, 0.7])
        self.close(self.over([-1, 0, 1, 2], "exponential", rate=2), [0, 0, 1 - math.exp(-2), math.exp(-2) - math.exp(-4), math.exp(-4)])
        self.close(self.over([0, 1, 3], "poisson", mean=2), [0, math.exp(-2), 2 * math.exp(-2) * (1 + 1 + 2 / 3), 1 - math.exp(-2) * 19 / 3])
        self.close(self.over([-1.5, 0.5], "poisson", mean=0), [0, 1, 0])
        half, one = math.erf(0.5 / math.sqrt(2)) / 2, math.erf(1 / math.sqrt(2)) / 2
        self.close(self.over([8, 10, 11, 12], "normal", mean=10, standard_deviation=2), [0.5 - one, one, half, one - half, 0.5 - one])
        for edges in ([30, 40], [-40, -30]):  # far out, a bin keeps its digits
            self.assertAlmostEqual(sorted(self.over(edges, "normal", mean=0, standard_deviation=1))[1] / (math.erfc(30 / math.sqrt(2)) / 2), 1, delta=1e-12)
        with self.assertRaises(r.Unusable):
            self.over([0, 1], "gamma", shape=1, rate=1)

    def test_what_is_known_has_no_noise_of_its_own(self):
        # a rate of 4e-7 is no event in a million, and does not count as a bin of the reference; one of 6e-7 does
        alpha = [Decimal("0.5")] * 3
        known = lambda *p: r.statistics([2, 2, 0], [r.KNOWN_EVENTS * Decimal(x) for x in p], alpha, known=True)
        self.assertEqual(known("0.5", "0.4999996", "0.0000004")["noise_nats"], 0.5 * 1 / 4)
        self.assertEqual(known("0.5", "0.4999994", "0.0000006")["noise_nats"], 1 / 4)
        got = known("0.25", "0.75", "0")
        self.assertAlmostEqual(got["kl_nats"], sum(0.5 * math.log(0.5 * 1000001.5 / (x + 0.5)) for x in (250000, 750000)), delta=1e-15)
        self.assertAlmostEqual(got["z"], 2 * 4 * got["kl_nats"], delta=1e-14)

    def test_hours_of_the_week(self):
        monday, hour = 1360540800000, 3600000  # 2013-02-11
        for start, end, hours in ((0, 1, {0}), (0, hour, {0}), (0, hour + 1, {0, 1}), (hour - 1, hour, {0}), (-1, 1, {167, 0}), (-2 * hour, 2 * hour, {166, 167, 0, 1}), (0, 167 * hour, set(range(167)))):
            self.assertEqual(r.hours_of_week(monday + start, monday + end), hours, (start, end))
            self.assertEqual(r.hours_of_week(monday - 3000 * 7 * 24 * hour + start, monday - 3000 * 7 * 24 * hour + end), hours, "before 1970")
        self.assertEqual(len(r.hours_of_week(monday + 1, monday + 167 * hour + 1)), 168)

    def readings(self, windows, reference, panes, first=0, **further):
        """Panes of 1 s: a list for each, of (x, y) or None for y; each event in the pane's first moment. The bins are [0, 1) and [1, 2]."""
        monitor = r.Monitor(dict({"Name": "m", "Field": "x", "EventTime": "t", "Windows": windows, "Pane": "1s", "MinimumEvents": 1, "Reference": dict({"Edges": ["0", "1", "2"]}, **reference)}, **further), "")
        events = [r.JsonEvent({"t": r.Number(first + at), "x": r.Number(x), "y": y if y is None else r.Number(y)}) for at, pane in enumerate(panes) for x, y in pane]
        return [line for line in r.expected_lines([monitor], events) if line["type"] == "reading"]

    @staticmethod
    def measures(c, ref, within=False, factor=1):
        return r.statistics(list(c) + [0] * 5, list(ref) + [0] * (7 - len(ref)), r.alphas(r.Edges(["0", "1", "2"]), Decimal("0.5")), within, Decimal(factor))

    def agree(self, lines, expected):
        """expected: the reason, or the measures."""
        self.assertEqual([line.get("unavailable") for line in lines], [want if isinstance(want, str) else None for want in expected])
        for line, want in zip(lines, expected):
            if not isinstance(want, str):
                self.assertEqual({name: line[name] for name in r.MEASURES}, want)

    def without_long(self, windows, reference, panes):
        """With a further window that holds everything, so that no event is ahead of it and it is never empty; its own lines are left out."""
        return [line for line in self.readings(windows + ["100s"], reference, panes) if line["window"] != "100s"]

    A, B = (("0", None),), (("1", None),)

    def test_the_window_before(self):
        panes = [self.A, self.A, self.B * 3, [], [], self.A]
        lines = self.without_long(["2s"], {"Kind": "previous_window"}, panes)
        self.agree(lines, ["reference_not_ready"] * 3 + [self.measures([0, 3], [2, 0]), "too_few_events", self.measures([1, 0], [0, 3])])
        lines = self.without_long(["1s"], {"Kind": "previous_window"}, panes)
        self.agree(lines, ["reference_not_ready", self.measures([1, 0], [1]), self.measures([0, 3], [1]), "too_few_events", "reference_not_ready", "reference_not_ready"])
        self.assertTrue(all("return_period_s" not in line for line in lines))
        lines = self.readings(["1s"], {"Kind": "previous_window"}, [self.A, self.A * 2, self.B * 3], MinimumEvents=2)
        self.agree(lines, ["reference_not_ready", "too_few_events", self.measures([0, 3], [2, 0])])

    def test_another_field(self):
        lines = self.without_long(["2s"], {"Kind": "field", "Field": "y"}, [[("0", "1")], [("0", "0"), ("1", None)], [], [], [("1", "1")]])
        self.agree(lines, ["reference_not_ready", self.measures([2, 1], [1, 1, 0, 0, 0, 1]), self.measures([1, 1], [1, 0, 0, 0, 0, 1]), "reference_not_ready", self.measures([0, 1], [0, 1])])

    def test_the_other_segments(self):
        lines = self.readings(["1s"], {"Kind": "rest"}, [[("0", "a"), ("1", "b"), ("1", "c")], [("1", "a")], [("0", "b"), ("0", "a")]], SegmentBy="y")
        of = lambda segment: [line for line in lines if line["segment"] == segment]
        self.agree(of("a"), [self.measures([1, 0], [0, 2]), "reference_not_ready", self.measures([1, 0], [1, 0])])
        self.agree(of("c"), [self.measures([0, 1], [1, 1]), "too_few_events", "too_few_events"])

    def test_the_first_panes(self):
        panes = [self.A * 2, self.B * 3, self.A * 4, self.B * 8]
        for reference in ({"Over": "2s"}, {"Events": 3}, {"Events": 5}):
            lines = self.readings(["1s"], dict(reference, Kind="first"), panes)
            self.agree(lines, ["reference_not_ready", self.measures([0, 3], [2, 3], True, Decimal("2.5") / 3), self.measures([4, 0], [2, 3], False, Decimal("2.5") / 4), self.measures([0, 8], [2, 3], False, Decimal("2.5") / 8)])
            self.assertTrue(all(line["return_period_s"] is None for line in lines[1:]), "too few for a tail")
        self.agree(self.readings(["1s"], {"Kind": "first", "Events": 2}, panes)[:1], [self.measures([2, 0], [2])])
        self.agree(self.readings(["3s"], {"Kind": "first", "Over": "2s"}, panes), ["reference_not_ready", "window_incomplete", self.measures([6, 3], [2, 3]), self.measures([4, 11], [2, 3])])
        self.agree(self.readings(["1s"], {"Kind": "first", "Over": "5s"}, panes), ["reference_not_ready"] * 4)

    def test_a_monitor_calibrates_itself_on_its_own_first_readings(self):
        panes = [self.A * (2 + i * i % 7) + self.B * (3 + i * i * i % 5) for i in range(70)]
        lines = self.readings(["1s", "2s"], {"Kind": "previous_window", "CalibrateOver": "60s"}, panes)
        size = [2 + i * i % 7 + 3 + i * i * i % 5 for i in range(70)]
        counts = lambda end, length: [sum(2 + i * i % 7 for i in range(end - length, end)), sum(3 + i * i * i % 5 for i in range(end - length, end))]
        ends = range(4, 64)  # the first window of two panes with one before it ends with the fourth pane
        mean = Decimal(sum(size[end - 2] + size[end - 1] for end in ends)) / 60
        factor = lambda end: min(1, mean / (size[end - 2] + size[end - 1]))
        for place, length in enumerate((1, 2)):
            own = [line for line in lines if line["window"] == "%ds" % length]
            z = {end: self.measures(counts(end, length), counts(end - length, length), False, factor(end))["z"] for end in range(4, 71)}
            tail = tails.Tail.fit([z[end] for end in ends], length)
            self.assertIsNotNone(tail)
            for end, line in enumerate(own, 1):
                if end < 64:
                    self.assertNotIn("return_period_s", line)
                    if "z" in line:
                        self.assertEqual(line["z"], self.measures(counts(end, length), counts(end - length, length))["z"])
                else:
                    self.assertEqual((line["z"], line["return_period_s"]), (z[end], tail.return_period(z[end])))
        for over in ("67s", "68s"):
            lines = self.readings(["1s", "2s"], {"Kind": "previous_window", "CalibrateOver": over}, panes)
            self.assertTrue(all("return_period_s" not in line for line in lines), "it ends with the last pane, or would later")

    def test_a_calibration_waits_for_an_event(self):
        lines = self.readings(["1s"], {"Kind": "previous_window", "CalibrateOver": "1s"}, [self.A, [], [], self.A, self.A, self.A, self.A])
        self.assertEqual([("return_period_s" in line, line.get("unavailable")) for line in lines],  # the third line has no event and begins again
                         [(False, "reference_not_ready"), (False, "too_few_events"), (False, "reference_not_ready"), (False, None), (True, None), (True, None)])

    def test_empty_panes_are_one_line(self):
        lines = self.readings(["2s"], {"Kind": "previous_window"}, [self.A] * 3 + [[]] * 6 + [self.A] * 4)
        text = lambda second: "1970-01-01T00:00:%02dZ" % second
        self.assertEqual([(line["time"], line.get("until")) for line in lines],
                         [(text(second), None) for second in (1, 2, 3, 4)] + [(text(5), text(9))] + [(text(second), None) for second in (10, 11, 12, 13)])
        lines = self.readings(["2s"], {"Kind": "previous_window"}, [self.A] * 3 + [[]] * 2 + [self.A])
        self.assertEqual([(line["time"], line.get("until")) for line in lines], [(text(second), None) for second in range(1, 4)], "three seconds ahead, and alone")

    def arrivals(self, times, **further):
        """What becomes of events at these seconds, with a window of 10 s: the times that count, in their order, and why the others do not."""
        monitor = r.Monitor(dict({"Name": "m", "Field": "x", "EventTime": "t", "Windows": ["10s"], "Pane": "1s", "AllowedLateness": "5s", "Reference": {"Kind": "previous_window", "Edges": ["0", "1"]}}, **further), "")
        counted, rejected = [], []
        arrival = r.Arrival(monitor, lambda time, event: counted.append(event), lambda reason, newest, event: rejected.append((event, reason)))
        for second in times:
            arrival.add(second * 1000, second)
        arrival.end()
        return counted, rejected

    def test_one_wrong_date_costs_its_own_event(self):
        now, old, ahead = list(range(100, 110)), -2000000000, 250000000000
        for wrong, reason in ((old, "too_old"), (ahead, "ahead"), (130, "ahead")):
            for place in range(len(now) + 1):
                counted, rejected = self.arrivals(now[:place] + [wrong] + now[place:])
                self.assertEqual(counted, now, (wrong, place))
                if wrong != old or place < 2:
                    self.assertEqual(rejected, [(wrong, reason)], place)
        self.assertEqual(self.arrivals([100, 101, 102, 200, 201, 199, 202, 203]), ([100, 101, 102, 200, 201, 199, 202, 203], []))
        self.assertEqual(self.arrivals([100, 101, 102, 200, 201, 202, 103, 104]), ([100, 101, 102, 103, 104], [(200, "ahead"), (201, "ahead"), (202, "ahead")]))
        self.assertEqual(self.arrivals([100, 101, 102, 200, 201, 202]), ([100, 101, 102], [(200, "ahead"), (201, "ahead"), (202, "ahead")]))
        self.assertEqual(self.arrivals([100]), ([100], []))
        self.assertEqual(self.arrivals([100, 101]), ([100, 101], []))
        self.assertEqual(self.arrivals([0, 5, 100, 101, 102, 103], MaxAge="50s"), ([100, 101, 102, 103], [(0, "too_old"), (5, "too_old")]))
        self.assertEqual(self.arrivals([100, 101, 0, 102]), ([100, 101, 102], [(0, "late")]))

    def test_the_hour_of_the_week(self):
        hours = [[hour % 3, 1] + [0] * 5 if hour != 2 else [0] * 7 for hour in range(168)]
        file = {"format": "driftmonitor.reference/1", "field": "x", "bins": {"kind": "edges", "edges": [0, 1, 2]}, "counts": {"regular": [sum(h[0] for h in hours), 167]}, "hour_of_week": hours}
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "hours.json")
            for period, within in (({}, False), ({"from": "2013-02-11T00:00:00Z", "to": "2013-02-18T00:00:00Z"}, True)):
                with open(path, "w", encoding="utf-8") as written:
                    json.dump(dict(file, **period), written)
                monitor = r.Monitor({"Name": "m", "Field": "x", "EventTime": "t", "Windows": ["1h", "3h", "168h"], "Pane": "30m", "MinimumEvents": 1, "Reference": {"Kind": "hour_of_week", "File": path}}, "")
                monitor.read_reference()
                lines = [line for line in r.expected_lines([monitor], [r.JsonEvent({"t": r.Number(1360540800 + 1800 * pane), "x": r.Number("0")}) for pane in range(336)]) if line["type"] == "reading"]
                of = lambda window: [line for line in lines if line["window"] == window]
                self.agree(of("1h")[:7], ["window_incomplete", self.measures([2, 0], [0, 1]), self.measures([2, 0], [1, 2], within), self.measures([2, 0], [1, 1]),
                                          self.measures([2, 0], [1, 1]), "reference_not_ready", self.measures([2, 0], [0, 1])])
                self.agree(of("168h")[-2:], ["window_incomplete", self.measures([336, 0], [sum(h[0] for h in hours), 167], within)])
                self.agree(of("3h")[-1:], [self.measures([6, 0], [0 + 1 + 2, 3], False)])

    def test_hours_of_a_reference_and_its_readings(self):
        # panes of half an hour from Sunday 23:00 on
        bins, start = r.Edges(["0", "1", "2"]), 1360540800 // 1800 - 2
        panes = {start + at: r.collections.Counter({at % 2: at + 1}) for at in range(6) if at != 3}
        hours = reference.hours_of(bins, panes, 1800000)
        self.assertEqual({hour: counts[:2] for hour, counts in enumerate(hours) if any(counts)}, {167: [1, 2], 0: [3, 0], 1: [5, 6]})
        monitor = r.Monitor.__new__(r.Monitor)
        monitor.pane, monitor.longest, monitor.minimum_events, monitor.pseudo_count = 1800000, 2, 3, Decimal("0.5")
        got = reference.OwnReadings(monitor, bins, r.collections.Counter(), None, panes, 2, start * 1800000, (start + 6) * 1800000, [], hours).values
        self.assertEqual(got, [self.measures([1, 2], [1, 2])["z"], self.measures([3, 2], [4, 2], True)["z"], self.measures([3, 0], [3, 0])["z"],
                               self.measures([5, 0], [8, 6], True)["z"], self.measures([5, 6], [5, 6])["z"]])


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

    def recompute_once(self, *files):
        """From here on the events are those of the files, and what they give is not recomputed for every change of the product's output."""
        found = r.recomputed(r.read_config(self.path("config.json")), r.read_events(list(files)))
        patch = unittest.mock.patch.object(r, "recomputed", lambda monitors, events: found)
        patch.start()
        self.addCleanup(patch.stop)
        return found

    def run_main(self, *arguments):
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            code = r.main(list(arguments))
        return code, out.getvalue()

    def test_panes_close_late_events_and_reasons(self):
        self.write("config.json", self.CONFIG % '"MaxRejected": 1,')
        # 5.5 opens pane 5; 3.2 is earlier and not late, so pane 3 is the first; 8.0 closes panes to 7; 7.9 is late then; 8.5 is the last
        lines = self.expected(("3.9", "0"), ("3.2", "1"), ("5.5", "2"), ("8.0", "0"), ("7.9", "0"), ("8.5", "0"), ("9.0", "1"), ("null", "1"))
        readings = [line for line in lines if line["type"] == "reading"]
        self.assertEqual([line["time"][-3:-1] for line in readings], ["04", "05", "06", "07", "08", "09", "10"])
        self.assertEqual([line["events"] for line in readings], [2, 2, 1, 1, 0, 2, 3])
        self.assertEqual([line.get("unavailable") for line in readings], ["window_incomplete", None, "too_few_events", "too_few_events", "too_few_events", None, None])
        self.assertAlmostEqual(readings[1]["kl_nats"], 0.5 * math.log(0.5 / (50.5 / 101.5)) * 2, delta=1e-15)
        self.assertEqual([(line["time"][-3:-1], line["from"], line["to"]) for line in lines if line["type"] == "alert"], [("09", "inactive", "firing"), ("10", "firing", "inactive")])
        self.assertEqual(lines[-1], {"type": "summary", "events": 8, "rejected": {"m": {"late": 1, "no_event_time": 1}}, "from": "1970-01-01T00:00:03.200Z", "to": "1970-01-01T00:00:09Z"})

    def test_rejected_events_count_in_the_pane_of_the_largest_time(self):
        self.write("config.json", self.CONFIG % '"MaxRejected": 0.25,')
        # two without a time wait for 0.5, the first event: pane 0 has 2 of 5, then 0.1 is late at 2.0 and counts in pane 2: 1 of 3, and null in pane 4
        lines = self.expected(("null", "0"), ("null", "0"), ("0.5", "0"), ("0.6", "1"), ("0.7", "1"), ("1.5", "0"), ("2.0", "0"), ("0.1", "0"), ("2.5", "0"),
                              ("3.1", "0"), ("3.2", "0"), ("3.3", "0"), ("4.1", "1"), ("4.2", "1"), ("4.3", "1"), ("null", "1"), ("5.0", "1"))
        readings = [line for line in lines if line["type"] == "reading"]
        # windows of panes 0-1: 2 of 6; 1-2: 1 of 4, which is not above; 2-3: 1 of 6; 3-4: 1 of 7; 4-5: 1 of 5
        self.assertEqual([line.get("unavailable") for line in readings], ["window_incomplete", "untrusted", None, None, None, None])

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

    def test_return_periods_alarms_and_the_cap(self):
        tail = {"kind": "measured", "level": 0.5, "threshold": 2, "clusters": 9, "panes": 100, "rate_per_pane": 0.1, "shapes": [{"transform": "identity", "weight": 1, "scale": 1}], "quantiles": [[0, 0], [0.5, 2]]}
        self.write("ref.json", json.dumps(dict(self.REFERENCE, calibration={"2000ms": tail})))
        self.write("config.json", (self.CONFIG % "").replace('"Measure": "kl", "Window": "2s", "FireAbove": 0.5, "ResolveBelow": 0.4', '"FalseAlarmEvery": "80s", "MinimumDivergence": 0.3'))
        lines = self.expected(*[("%d.%d" % (time, part), x) for time, x in enumerate("0011222201010101") for part in range(0, 10, 2 if time < 8 else 1)])
        readings = [line for line in lines if line["type"] == "reading"]
        with_value = [line for line in readings if "z" in line]
        self.assertEqual([line for line in readings if "z" not in line and "return_period_s" in line], [])
        for line in with_value:
            z = line["z"]
            self.assertAlmostEqual(line["return_period_s"], 10 * (1 + (z - 2) / 9) ** 9 if z > 2 else 5 / (1 - z / 4), delta=1e-9 * line["return_period_s"])
        self.assertEqual([(line["from"], line["to"]) for line in lines if line["type"] == "alert"], [("inactive", "firing"), ("firing", "inactive")])
        self.write("ref.json", json.dumps(dict(self.REFERENCE, calibration={"2s": dict(tail, clusters=400, threshold=0.01, shapes=[{"transform": "identity", "weight": 1, "scale": 0.01}], quantiles=[[0, 0], [0.5, 0.01]])})))
        lines = self.expected(("0", "0"), ("1", "0"), ("1.5", "0"), ("2", "0"))
        self.assertEqual(max(line.get("return_period_s", 0) for line in lines), 31557600000)

    def test_a_calibration_agrees_and_every_single_change_is_seen(self):
        # 160 s of 4 events, in every 17th four others; then a window of 60 s, too long for a tail
        self.write("config.json", self.CONFIG.replace('["2s"]', '["2s", "50s"]') % "")
        self.write("events.ndjson", "".join('{"t":%d.%d,"x":%d}\n' % (time, part, part % 2 if time % 17 else 0 if part < 3 + time % 3 // 2 else 1) for time in range(160) for part in range(4)))
        config, events = self.path("config.json"), self.path("events.ndjson")
        monitor = r.read_config(config, load_references=False)[0]
        bins, end, excluded = r.Edges(["0", "1", "2"]), 160000, [(1000, 4000)]
        inside = reference.events_within(monitor, bins, r.read_events([events]), 0, end, excluded)
        counts, rate, mean, panes = reference.rebuild(monitor, bins, inside, 0, end, excluded)
        own = {window: reference.OwnReadings(monitor, bins, counts, mean, panes, window, 0, end, excluded) for window in (2, 50)}
        tail = tails.Tail.fit(own[2].values, 2, own[2].excluded, own[2].within)
        self.assertIsNone(tails.Tail.fit(own[50].values, 50))
        peaks = {window: [{"time": r.time_text((pane + window) * 1000), "z": z} for pane, z in tails.largest_peaks(readings.values, window)] for window, readings in own.items()}
        file = {"format": "driftmonitor.reference/1", "field": "x", "bins": {"kind": "edges", "edges": [0, 1, 2]},
                "counts": {"regular": [counts[0], counts[1]], "special": {}}, "from": r.time_text(0), "to": r.time_text(end), "excluded": [{"from": r.time_text(1000), "to": r.time_text(4000)}],
                "events_per_pane": rate, "mean_events": mean, "calibration": {
                    "2000ms": {"kind": "measured", "level": tail.level, "threshold": tail.threshold, "clusters": tail.clusters, "panes": tail.panes, "rate_per_pane": tail.rate,
                               "shapes": [{"transform": name, "weight": weight, "scale": scale} for name, weight, scale in tail.shapes], "quantiles": tail.quantiles, "within_factor": own[2].within, "peaks": peaks[2]},
                    "50s": {"kind": "dispersion", "level": 0.95, "threshold": 1.5, "clusters": 100, "panes": 20000, "rate_per_pane": 0.005, "shapes": [], "quantiles": [[0, 0.1], [0.95, 1.5]],
                            "dispersion": tails.dispersion([z for z in own[50].values if z is not None], 3, 2), "within_factor": own[50].within, "span_panes": 111, "peaks": peaks[50]}}}

        def code(**change):
            self.write("ref.json", json.dumps(change.get("file", file)))
            out = io.StringIO()
            with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
                return reference.main(["--reference", self.path("ref.json"), "--config", config, "--monitor", "m", "--events", events]), out.getvalue()
        self.assertEqual(code()[0], 0, code()[1])

        def changes(value, path=()):
            """Every leaf of the calibration, changed by a millionth, or in its text."""
            if isinstance(value, (dict, list, tuple)):
                for name, part in value.items() if isinstance(value, dict) else enumerate(value):
                    yield from changes(part, path + (name,))
            else:
                yield path, value + "x" if isinstance(value, str) else value + 1 if isinstance(value, int) else value * (1 + 1e-6) or 1e-6
        simulated = {"level", "threshold", "clusters", "panes", "rate_per_pane", "shapes", "quantiles"}
        seen = 0
        for path, value in changes(file["calibration"]):
            if path[0] == "50s" and path[1] in simulated:
                continue
            copy = json.loads(json.dumps(file))
            place = copy["calibration"]
            for name in path[:-1]:
                place = place[name]
            place[path[-1]] = value
            self.assertEqual(code(file=copy)[0], 1, path)
            seen += 1
        self.assertGreater(seen, 30)
        for window in ("2000ms", "50s"):
            copy = json.loads(json.dumps(file))
            del copy["calibration"][window]
            self.assertEqual(code(file=copy)[0], 1)
            for name in file["calibration"][window]:
                if window == "2000ms" or name not in simulated:
                    copy = json.loads(json.dumps(file))
                    copy["calibration"][window][name] = [] if isinstance(file["calibration"][window][name], list) else "none"
                    self.assertNotEqual(code(file=copy)[0], 0, name)

    def test_the_promise_is_for_the_fleet(self):
        config, _ = self.generated(3)
        monitors = r.read_config(config)
        self.assertEqual(r.fleet_of(monitors), 2)
        by_name = {monitor.name: monitor for monitor in monitors}
        self.assertEqual(by_name["promised"].promise(2).longest, 3600)
        self.assertIsNone(by_name["amount"].promise(2))
        held = by_name["held"].promise(2)
        self.assertEqual((held.minimum_divergence, held.hold, held.panes_to_resolve, held.windows), (0.02, 90000, 6, 2))
        held = by_name["held"]
        self.assertEqual(held.series(), 1)
        held.segment_by, held.reference.segments = r.Field("region"), {"a": None, "b": None, "c": None}
        self.assertEqual(r.fleet_of(monitors), 4)

    def generated(self, seed, **options):
        generate.generate(seed, self.folder, 4000, **options)
        return self.path("config.json"), self.path("events.ndjson")

    def test_agrees_with_itself_and_sees_every_single_change(self):
        config, events = self.generated(3)
        output = self.path("out.jsonl")
        self.assertEqual(self.run_main("--config", config, "--events", events, "--emit", output)[0], 0)
        with io.open(output, encoding="utf-8") as file:  # those that the product simulates are checked to be there
            lines = [json.loads(line) for line in file]
        self.write("out.jsonl", "".join(json.dumps(dict({"return_period_s": 1.5} if "z" in line else {}, **line)) + "\n" for line in lines))
        self.assertEqual(self.run_main("--config", config, "--events", self.path("part1.ndjson.gz"), self.path("part2.ndjson.gz"), "--replay", output)[0], 0)
        with io.open(output, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file]
        full = next(i for i, line in enumerate(lines) if i > 100 and line.get("excess_nats", 0) > 0 and line["z"] < 50)
        empty = next(i for i, line in enumerate(lines) if "unavailable" in line)
        alert = next(i for i, line in enumerate(lines) if line["type"] == "alert")
        promised = {place: next(i for i, line in enumerate(lines) if line.get("monitor") == "promised" and low < line.get("return_period_s", 0) < high)
                    for place, low, high in (("below the threshold", 0, 300), ("above", 2000, 1e6))}
        simulated = next(i for i, line in enumerate(lines) if line.get("monitor") == "kind" and "z" in line)
        alarm = next(i for i, line in enumerate(lines) if line["type"] == "alert" and line["monitor"] == "promised")

        def changed(index, **keys):
            copy = [dict(line) for line in lines]
            copy[index].update(keys)
            return copy
        changes = {name: changed(full, **{name: lines[full][name] + 1e-9}) for name in r.MEASURES}
        changes.update({
            "return period " + place: changed(i, return_period_s=lines[i]["return_period_s"] * (1 + 1e-6)) for place, i in promised.items()})
        without = [dict(line) for line in lines]
        del without[promised["above"]]["return_period_s"]
        changes.update({
            "no return period": without, "return period without a value": changed(empty, return_period_s=1.5), "return period as text": changed(promised["above"], return_period_s="1.5"),
            "simulated, none": changed(simulated, return_period_s=None), "simulated, negative": changed(simulated, return_period_s=-1.5), "simulated, beyond the cap": changed(simulated, return_period_s=4e10),
            "alarm": changed(alarm, to="pending"), "missing alarm": lines[:alarm] + lines[alarm + 1:],
            "events": changed(full, events=lines[full]["events"] + 1), "window": changed(full, window="7m"), "time": changed(full, time="2013-02-09T00:00:00Z"),
            "monitor": changed(full, monitor="other"), "segment": changed(full, segment="x"), "reason": changed(empty, unavailable="untrusted"), "withheld": changed(full, unavailable="too_few_events"),
            "given": changed(empty, kl_nats=0.5), "alert": changed(alert, to="resolved"), "summary": changed(-1, events=1), "rejected": changed(-1, rejected={}),
            "from": changed(-1, **{"from": "1970-01-01T00:00:00Z"}), "to": changed(-1, to=None),
            "missing line": lines[:full] + lines[full + 1:], "missing alert": lines[:alert] + lines[alert + 1:], "twice": lines[:full] + [lines[full]] + lines[full:],
            "order": lines[:full] + [lines[full + 1], lines[full]] + lines[full + 2:], "no summary": lines[:-1], "summary first": lines[-1:] + lines[:-1], "nothing": []})
        self.recompute_once(events)
        for name, copy in changes.items():
            self.write("changed.jsonl", "".join(json.dumps(line) + "\n" for line in copy))
            code, out = self.run_main("--config", config, "--events", events, "--replay", self.path("changed.jsonl"))
            self.assertEqual(code, 1, name)
            self.assertIn("disagreement", out, name)
        self.write("changed.jsonl", "".join(json.dumps(dict(line, further=1, psi=2.5)) + "\n" for line in lines))
        self.assertEqual(self.run_main("--config", config, "--events", events, "--replay", self.path("changed.jsonl"))[0], 0, "further keys are ignored")

    def test_references_of_every_kind_are_reached_and_their_changes_seen(self):
        def series_of(monitor, file):
            panes, _ = r.fold([monitor], r.read_events([file]))
            own = max(panes[0].values(), key=len)
            return r.GrowingSeries(monitor, "", own, {}, min(own), max(own), min(own), lambda end, length: 0.0)
        config, events = self.generated(6, kinds=True)
        for file in (events, self.path("events.csv")):
            monitors = r.read_config(config)
            self.assertEqual({monitor.kind for monitor in monitors}, {"file", "hour_of_week", "inline", "parametric", "first", "so_far", "previous_window", "field", "rest"})
            lines, simulated = r.recomputed(monitors, r.read_events([file]))
            of = lambda name: [line for line in lines if line.get("monitor") == name and line["type"] == "reading"]
            for name in ("previous", "field", "first", "hourly", "so_far"):
                self.assertNotIn((name, ""), simulated)
                self.assertLessEqual({None, "reference_not_ready"}, {line.get("unavailable") for line in of(name)}, name)
                self.assertTrue(any(line.get("return_period_s") for line in of(name)), name)
            bins = {monitor.name: type(series_of(monitor, file).fits[-1][1]) for monitor in monitors if monitor.kind == "so_far"}
            self.assertEqual(bins, {"so_far": r.Edges, "so_far_kind": r.Categories, "so_far_edges": r.Edges, "so_far_values": r.Categories, "so_far_region": r.Edges, "where_region_kind": r.Edges})
            for name in ("previous", "field", "never_calibrated", "field_long"):
                self.assertTrue(any("z" in line and "return_period_s" not in line for line in of(name)), name)
            self.assertFalse(any("return_period_s" in line for line in of("never_calibrated")))
            alerts = {line["monitor"] for line in lines if line["type"] == "alert"}
            self.assertLessEqual({"inline", "normal", "previous_long", "first_short"}, alerts)
            self.assertTrue({"previous", "field", "first", "hourly"} & alerts)
        output = self.path("out.jsonl")
        lines, _ = self.recompute_once(events)
        lines = [dict(line, return_period_s=1.5) if line.get("return_period_s", 0) is None else line for line in lines]

        def code(changed):
            self.write("out.jsonl", "".join(json.dumps(line) + "\n" for line in changed))
            return self.run_main("--config", config, "--events", events, "--replay", output)[0]
        self.assertEqual(code(lines), 0)
        for name, change in (("normal", lambda line: {"kl_nats": line["kl_nats"] + 2e-9 * max(1, line["kl_nats"])}), ("inline", lambda line: {"z": line["z"] * (1 + 1e-9) + 1e-9}), ("field", lambda line: {"noise_nats": line["noise_nats"] * 1.1}), ("so_far", lambda line: {"z": line["z"] * (1 + 1e-9) + 1e-9}),
                             ("never_calibrated", lambda line: {"return_period_s": 1.5}), ("first_short", lambda line: {"return_period_s": None})):
            at = [i for i, line in enumerate(lines) if line.get("monitor") == name and "z" in line][-1]
            self.assertEqual(code(lines[:at] + [dict(lines[at], **change(lines[at]))] + lines[at + 1:]), 1, name)

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
            self.assertEqual({line.get("unavailable") for line in lines}, {None, "window_incomplete", "too_few_events"} | ({"untrusted"} if nan else set()))
            moves = {(line["from"], line["to"]) for line in lines if line["type"] == "alert"}
            self.assertLessEqual({("inactive", "pending"), ("pending", "firing"), ("firing", "inactive"), ("inactive", "firing")}, moves)
            self.assertIn(("promised", "firing"), {(line["monitor"], line["to"]) for line in lines if line["type"] == "alert"})
            self.assertLessEqual({("held", "pending"), ("held", "firing"), ("held", "inactive")}, {(line["monitor"], line["to"]) for line in lines if line["type"] == "alert"})
            bins = {where for panes in r.fold(monitors, r.read_events([file]))[0][:2] for counts in panes[""].values() for where in counts}
            self.assertLessEqual({"below", "above", "missing", "wrong_type", "unseen"} | ({"nan"} if nan else set()), bins)

    def test_segments_begin_with_their_first_event(self):
        config, events = self.generated(4, segments=True)
        lines = [line for line in r.expected_lines(r.read_config(config), r.read_events([events])) if line.get("monitor") == "kind" and line["type"] == "reading" and line["window"] == "5m"]
        at_last = [line["segment"] for line in lines if line["time"] == lines[-1]["time"]]
        self.assertEqual(at_last, ["", "7", "West", "north", "south", "true", "\u00f6st"])

    def test_a_segment_that_the_reference_does_not_know_raises_no_alert(self):
        config, events = self.generated(4, segments=True)
        lines = [line for line in r.expected_lines(r.read_config(config), r.read_events([events])) if line.get("monitor") == "regional"]
        alerts = {line["segment"] for line in lines if line["type"] == "alert"}
        self.assertLessEqual(alerts, {"north", "south", "nowhere"})
        self.assertIn("north", alerts)
        self.assertLess({"West", "7"}, {line["segment"] for line in lines})
        self.assertEqual(r.fleet_of(r.read_config(config)), 2 + 4)


def run(counts=None, golden_tails=None):
    global COUNTS, TAILS
    COUNTS, TAILS = counts, golden_tails
    result = unittest.TextTestRunner(verbosity=1).run(unittest.defaultTestLoader.loadTestsFromModule(sys.modules[__name__]))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--counts")
    parser.add_argument("--tails")
    options = parser.parse_args()
    sys.exit(run(options.counts, options.tails))
