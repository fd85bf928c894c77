#!/usr/bin/env python3
"""Recomputes what `driftmonitor replay --output json` prints, from the raw events and the specification alone, and compares line by line.

    recompute.py --config CONFIG.json --events FILE... --replay OUTPUT.jsonl [--tolerance 1e-12]
    recompute.py --config CONFIG.json --events FILE... --emit EXPECTED.jsonl
    recompute.py --self-test [--counts counts.json] [--tails tails.json]

Slow and obvious on purpose: the events of each pane are a dictionary of counts, a window is the sum of its panes' dictionaries, and the
divergence is its definition in 40 decimal digits. Nothing slides and nothing is kept up to date.

References are files, also by hour of the week, inline or parametric (then to 1e-9), the first events, everything so far, the window before or
another field.

Return periods come from the calibration in the reference file, or are those of the monitor's own first readings, and agree where they do to
1e-9, relative. Where neither gives a tail the product simulates one: there a return period has to be given, but may be any, and alerts by
FalseAlarmEvery are left out.

Exit 0: everything agrees. 1: the first 20 disagreements are printed. 2: the configuration or a file cannot be used.
"""
import argparse
import bisect
import collections
import datetime
import decimal
import functools
import gzip
import io
import itertools
import json
import math
import os
import re
import struct
import sys
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bins as binning
import tails

decimal.getcontext().prec = 40

LARGEST_LINE = 1 << 20
DEEPEST = 64
FIRST_MS = -62135596800000  # 0001-01-01T00:00:00.000Z
LAST_MS = 253402300799999   # 9999-12-31T23:59:59.999Z
SPECIAL_OF_NUMBERS = ("below", "above", "nan", "missing", "wrong_type")
SPECIAL_OF_CATEGORIES = ("unseen", "missing", "wrong_type")
MEASURES = ("kl_nats", "noise_nats", "excess_nats", "z")
RETURN_PERIOD_TOLERANCE = 1e-9
PARAMETRIC_TOLERANCE = 1e-9
KNOWN_EVENTS = 1000000  # a distribution that is known is smoothed as if it had been counted on so many
HOUR = 3600000
FIRST_MONDAY = 4 * 24 * HOUR  # 1970-01-05


class Unusable(Exception):
    """The configuration, a reference or a file cannot be checked by this program."""


# ---------------------------------------------------------------------------------------------------------------- values of an event

class Number(str):
    """A number of JSON, as it was written: `1.0`, `-0` and `1e400` keep their text."""


class Cell(str):
    """A cell of CSV: text of no type."""


class Missing:
    """What an absent field is. (JSON's null is None.)"""


MISSING = Missing()


DECODER = json.JSONDecoder(parse_float=Number, parse_int=Number, parse_constant=Number)  # NaN, Infinity and -Infinity are numbers
PATH_STEP = re.compile(r"""\.?([^.\[\]]+)|\[([0-9]+)\]|\["((?:[^"\\]|\\.|"(?!\]))*)"\]""")


def steps(path):
    """`a.b[0].c` as ["a", "b", 0, "c"]."""
    found, at = [], 0
    while at < len(path):
        match = PATH_STEP.match(path, at)
        if not match:
            raise Unusable("not a field path: " + path)
        name, index, quoted = match.groups()
        found.append(int(index) if index is not None else name if name is not None else re.sub(r'\\(["\\])', r"\1", quoted))
        at = match.end()
    return found


class JsonEvent:
    def __init__(self, value):
        self.value = value

    def get(self, field):
        value = self.value
        for step in field.steps:
            if isinstance(step, int):
                if not isinstance(value, list) or step >= len(value):
                    return MISSING
                value = value[step]
            else:
                if not isinstance(value, dict) or step not in value:
                    return MISSING
                value = value[step]
        return value


class CsvEvent:
    def __init__(self, cells):
        self.cells = cells

    def get(self, field):
        """A column is found by its full name, `a.b[0].c` is one header, or else by the name that a path quotes."""
        name = field.path if field.path in self.cells or len(field.steps) != 1 else field.steps[0]
        return self.cells.get(name, MISSING)


class Field:
    def __init__(self, path):
        self.path = path
        self.steps = steps(path)


# -------------------------------------------------------------------------------------------------------------------- derived fields

DERIVED = re.compile(r"(difference|absdiff|deviation|length|gap|present|hour|volume)\((.*)\)")
DAY_MS = 86400000
LAST_OF_DAYS, FEWEST_OF_DAYS = 20, 3
NO_VALUE = object()
OF_ANOTHER_TYPE = True  # no number, whatever it was


def median(numbers):
    numbers = sorted(numbers)
    low, high = numbers[(len(numbers) - 1) // 2], numbers[len(numbers) // 2]
    return (low + high) / 2 if math.isfinite(low + high) else low / 2 + high / 2


class Derived:
    """A derived field, by its definition: every value from the whole history of its partition and segment, a list of (ms, x)."""

    def __init__(self, function, arguments, pane):
        self.function, self.last, self.pane = function, None, pane
        if function == "deviation":
            arguments, _, last = (part.strip() for part in arguments.rpartition(","))
            self.last = last if last == "day" else int(last)
        self.text = "%s(%s)" % (function, arguments.strip() + (", %s" % self.last if self.last else ""))
        self.field = Field(arguments.strip()) if arguments.strip() else None

    @staticmethod
    def read(text, pane):
        match = DERIVED.fullmatch(text)
        return Derived(match.group(1), match.group(2), pane) if match else None

    def value(self, bins, event, time, history):
        """The value of an event, as one of a plain field; NO_VALUE where not enough came before it. The history then has the event."""
        value = event.get(self.field) if self.field else None
        absent = value is MISSING or value is None or isinstance(value, Cell) and value.strip(" \t") == ""
        if self.function == "present":
            return "false" if absent else "true"
        if self.function == "hour":
            return number_of(time // HOUR % 24)
        if self.function == "gap":
            before = history[-1][0] if history else None
            history.append((time, None))
            return NO_VALUE if before is None else number_of((time - before) / 1000)
        if self.function == "length" and not absent:
            measurable = isinstance(value, list) or isinstance(value, str) and not isinstance(value, Number)
            return number_of(len(value)) if measurable else OF_ANOTHER_TYPE
        if self.function == "length":
            return None
        x = bins.number(value)
        before = self.before(time, history)
        if isinstance(x, str):  # no number: it is counted where one would be
            return NO_VALUE if before is None else None if absent else OF_ANOTHER_TYPE
        if math.isfinite(x):
            history.append((time, x))
        return NO_VALUE if before is None else number_of(abs(x - before) if self.function == "absdiff" else x - before)

    def before(self, time, history):
        """What x is compared with: the x before, or a median; None where not enough came."""
        if self.last is None:
            return history[-1][1] if history else None
        if self.last != "day":
            return median([x for _, x in history[-self.last:]]) if len(history) >= self.last else None
        panes = DAY_MS // self.pane
        near = lambda ms: (ms % DAY_MS // self.pane - time % DAY_MS // self.pane) % panes in {0, 1 % panes, -1 % panes}
        earlier = [x for ms, x in history if ms // DAY_MS < time // DAY_MS and near(ms)][-LAST_OF_DAYS:]
        return median(earlier) if len(earlier) >= FEWEST_OF_DAYS else None


def number_of(x):
    return Number(repr(float(x)))


# ------------------------------------------------------------------------------------------------------------------------ event time

ISO = re.compile(
    r"([0-9]{4})(-?)([0-9]{2})\2([0-9]{2})"
    r"(?:[Tt ]([0-9]{2})(:?)([0-9]{2})(?:\6([0-9]{2})(?:[.,]([0-9]+))?)?"
    r"(?: ?UTC|(?:[Zz]| ?([+-])([0-9]{2})(?::?([0-9]{2}))?)(?:\[[^\[\]]*\])?|\[(?:Etc/)?UTC\])?)?")
JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
EPOCH_DAY = datetime.date(1970, 1, 1).toordinal()


def in_calendar(ms):
    return ms if FIRST_MS <= ms <= LAST_MS else None


def iso_to_ms(text):
    """Whole milliseconds since the epoch, rounded down, or None."""
    match = ISO.fullmatch(text)
    if not match:
        return None
    year, _, month, day, hour, _, minute, second, fraction, sign, zone_hour, zone_minute = match.groups()
    try:
        days = datetime.date(int(year), int(month), int(day)).toordinal() - EPOCH_DAY
    except ValueError:
        return None
    hour, minute, second = int(hour or 0), int(minute or 0), int(second or 0)
    if hour > 23 or minute > 59 or second > 59:
        return None
    ms = ((days * 24 + hour) * 60 + minute) * 60000 + second * 1000 + int(((fraction or "") + "000")[:3])
    if sign:
        zone_hour, zone_minute = int(zone_hour), int(zone_minute or 0)
        if zone_hour > 23 or zone_minute > 59:
            return None
        offset = (zone_hour * 60 + zone_minute) * 60000
        ms = ms - offset if sign == "+" else ms + offset
    return in_calendar(ms)


def number_to_ms(text):
    """The exact value of the number as it is written: ns from 1e17 on, us from 1e14, ms from 1e11, else s; rounded down. No double in between."""
    if not JSON_NUMBER.fullmatch(text):
        return None  # NaN or an infinity
    mantissa, _, exponent = text.lower().partition("e")
    value = Decimal(mantissa)
    if value == 0:
        return 0
    exponent = exponent.lstrip("+")
    negative = exponent.startswith("-")
    digits = exponent.lstrip("-").lstrip("0") or "0"
    power = (-1 if negative else 1) * (int(digits) if len(digits) < 10 else 10 ** 10)
    magnitude = value.adjusted() + power  # 10^magnitude <= |x| < 10^(magnitude + 1)
    if magnitude > 21:
        return None
    if magnitude < -4:  # |x| < 1e-4 s
        return 0 if value > 0 else -1
    sign, figures, scale = value.as_tuple()
    scale += power
    whole = -int_of(figures) if sign else int_of(figures)
    scale += 3 if sign or magnitude < 11 else 0 if magnitude < 14 else -3 if magnitude < 17 else -6
    return in_calendar(whole * 10 ** scale if scale >= 0 else whole // 10 ** -scale)


def int_of(figures):
    value = 0
    for figure in figures:
        value = value * 10 + figure
    return value


def time_of(value):
    """Event time of a field's value in ms, or None: no_event_time."""
    if isinstance(value, Number):
        return number_to_ms(value)
    if isinstance(value, str):
        value = value.strip(" \t")
        return number_to_ms(value) if JSON_NUMBER.fullmatch(value) else iso_to_ms(value)
    return None


def time_text(ms):
    days, rest = divmod(ms, 86400000)
    date = datetime.date.fromordinal(days + EPOCH_DAY)
    seconds, fraction = divmod(rest, 1000)
    text = "%04d-%02d-%02dT%02d:%02d:%02d" % (date.year, date.month, date.day, seconds // 3600, seconds // 60 % 60, seconds % 60)
    return text + (".%03dZ" % fraction if fraction else "Z")


DURATION = re.compile(r"([0-9]+(?:\.[0-9]+)?)(ms|s|m|h|d|w)")
UNITS = {"ms": 1, "s": 1000, "m": 60000, "h": 3600000, "d": 86400000, "w": 604800000}


def duration(text):
    parts = DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise Unusable("not a duration: %r" % text)
    ms = sum(Decimal(number) * UNITS[unit] for number, unit in parts)
    if ms != int(ms):
        raise Unusable("not whole milliseconds: %r" % text)
    return int(ms)


# ------------------------------------------------------------------------------------------------------------------------------ bins

CSV_NUMBER = re.compile(r"[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|infinity|nan)", re.IGNORECASE)
LABELLED_NUMBER = re.compile(r"[+-]?(?!0[0-9])(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,9})?")


def number_label(text):
    """The shortest text of a number: written out where that adds at most 21 zeros behind an integer, or 5 behind the point."""
    sign, figures, exponent = Decimal(text).as_tuple()
    digits = "".join(map(str, figures)).lstrip("0")
    exponent += len(digits) - len(digits.rstrip("0"))
    digits = digits.rstrip("0")
    whole = len(digits) + exponent
    if not digits:
        return "0"
    if 0 <= exponent <= 21:
        label = digits + "0" * exponent
    elif exponent < 0 < whole:
        label = digits[:whole] + "." + digits[whole:]
    elif exponent < 0 and whole >= -5:
        label = "0." + "0" * -whole + digits
    else:
        label = digits[0] + ("." + digits[1:] if len(digits) > 1 else "") + "e" + str(whole - 1)
    return "-" * sign + label


def cell_label(text):
    """The label of a cell in a column of numbers."""
    number = text.strip(" \t")
    return number_label(number) if LABELLED_NUMBER.fullmatch(number) else str(text)


class Edges:
    """e0 < ... < en: bins [e_i, e_i+1), the last one closed."""
    special = SPECIAL_OF_NUMBERS

    def __init__(self, edges, text_numbers=False):
        self.text_numbers = text_numbers
        self.edges = [float(edge) for edge in edges]
        if len(self.edges) < 2 or any(not a < b for a, b in zip(self.edges, self.edges[1:])):
            raise Unusable("edges do not increase")
        self.regular = len(self.edges) - 1

    def number(self, value):
        """The value as a double, or the special bin that it is in."""
        if value is MISSING or value is None:
            return "missing"
        if isinstance(value, Number):
            return float(value)  # the nearest double; infinite beyond the largest
        if isinstance(value, Cell) or (self.text_numbers and isinstance(value, str)):
            number = value.strip(" \t")
            if number == "" and isinstance(value, Cell):
                return "missing"
            return float(number) if CSV_NUMBER.fullmatch(number) else "wrong_type"
        return "wrong_type"

    def bin(self, value):
        number = self.number(value)
        if isinstance(number, str):
            return number
        if math.isnan(number):
            return "nan"
        if number < self.edges[0]:
            return "below"
        if number > self.edges[-1]:
            return "above"
        return min(bisect.bisect_right(self.edges, number) - 1, self.regular - 1)


def category(value):
    """The text of a category, None where the field is missing, MISSING where it has the wrong type."""
    if value is MISSING or value is None:
        return None
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, Cell) and value.strip(" \t") == "":
        return None
    if isinstance(value, Number) and LABELLED_NUMBER.fullmatch(value):
        return number_label(value)
    return str(value) if isinstance(value, str) else MISSING


class Categories:
    special = SPECIAL_OF_CATEGORIES

    def __init__(self, values, number_labels=False):
        self.number_labels = number_labels
        self.values = [cell_label(value) if number_labels else str(value) for value in values]
        self.index = {value: i for i, value in enumerate(self.values)}
        if len(self.index) != len(self.values):
            raise Unusable("a category occurs twice")
        self.regular = len(self.values)

    def bin(self, value):
        text = category(value)
        if text is None:
            return "missing"
        if text is MISSING:
            return "wrong_type"
        if isinstance(value, Cell) and self.number_labels:
            text = cell_label(text)
        if isinstance(value, Number) and text not in self.index:  # a value in another spelling
            return next((i for i, other in enumerate(self.values) if LABELLED_NUMBER.fullmatch(other) and number_label(other) == text), "unseen")
        return self.index.get(text, "unseen")


MOST_EMPTY = 10000  # panes without events after the longest window is empty; with more, a growing reference leaves them out
MOST_FINE = 16384  # of each series; with more values, this program gives up
GROWING_BINS = 20
MOST_GROWING_Z = 100000


def fine(number):
    """The double with its lowest 41 bits cleared."""
    if math.isnan(number):
        return number
    bits = struct.unpack("<Q", struct.pack("<d", number))[0]
    return struct.unpack("<d", struct.pack("<Q", bits >> 41 << 41))[0] + 0.0


class Values:
    """In place of bins that are still to be found: (kind, number or None, text or None) of each value, and whether it has a leading zero."""

    def bin(self, value):
        if value is MISSING or value is None or isinstance(value, Cell) and value.strip(" \t") == "":
            return ("missing", None, None, False)
        text = category(value)
        if text is MISSING:
            return ("wrong_type", None, None, False)
        if isinstance(value, Number):
            return ("number", repr(fine(float(value))), text, False)
        spelled = value.strip(" \t") if isinstance(value, str) else ""
        if not CSV_NUMBER.fullmatch(spelled):
            return ("string" if isinstance(value, str) and not isinstance(value, Cell) else "text", None, text, False)
        zero = re.match(r"[+-]?0[0-9]", spelled) is not None
        if isinstance(value, Cell):
            return ("cell_number", repr(fine(float(spelled))), text, zero)
        return ("json_number" if JSON_NUMBER.fullmatch(value) else "spelled_number", repr(fine(float(spelled))), text, zero)


class Found:
    """Bins that have been found in such values."""

    def __init__(self, bins, reads_text):
        self.bins, self.reads_text = bins, reads_text

    def bin(self, value):
        kind, number, text, _ = value
        if kind in ("missing", "wrong_type"):
            return kind
        if isinstance(self.bins, Categories):
            return self.bins.bin(Number(text)) if kind == "number" else self.bins.index.get(text, "unseen")
        if kind in ("number", "cell_number") or self.reads_text and kind in ("json_number", "spelled_number"):
            return self.bins.bin(Number(number))
        return "wrong_type"


def decide(values):
    """(whether they are numbers, whether numbers in strings are), or None without a value. values: Counter of what Values gives."""
    of = lambda *kinds: sum(count for value, count in values.items() if value[0] in kinds)
    numbers, strings, spelled, texts = of("number", "cell_number"), of("string", "json_number", "spelled_number"), of("json_number", "spelled_number"), of("text")
    if not numbers + strings + texts:
        return None
    zeros = {kind for kind, _, _, zero in values if zero}
    reads_text = strings > 0 and Decimal(of("json_number")) >= Decimal("0.95") * strings and not zeros & {"json_number", "spelled_number"}
    in_text = spelled if reads_text else 0
    return numbers + in_text > strings + texts - in_text and "cell_number" not in zeros, reads_text


def find_bins(values, are_numbers, reads_text):
    """Bins for the values so far, or None where there are none for them."""
    if not are_numbers:
        counts = collections.Counter()
        for (_, _, text, _), count in values.items():
            if text is not None:
                counts[text] += count
        common = sorted(counts, key=lambda text: (-counts[text], ordinal(text)))[:GROWING_BINS]
        return Categories(common) if common else None
    sample = [float(number) for (kind, number, _, _), count in values.items() for _ in range(count)
              if kind in ("number", "cell_number") or reads_text and kind in ("json_number", "spelled_number")]
    sample = [number for number in sample if math.isfinite(number)]
    return Edges(binning.quantile_edges(sample, GROWING_BINS)) if sample else None


# ----------------------------------------------------------------------------------------------------------------------------- files

def open_bytes(path):
    with open(path, "rb") as file:
        raw = file.read()
    return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw


def depth(value):
    """How deep arrays and objects are nested: 1 for a flat object."""
    level, deep = [value], 0
    while True:
        level = [part for part in level if isinstance(part, (dict, list))]
        if not level:
            return deep
        deep += 1
        level = [child for part in level for child in (part.values() if isinstance(part, dict) else part)]


def decode_json(line):
    """A JsonEvent, or the reason why the line is rejected."""
    if len(line) > LARGEST_LINE:
        return "too_large"
    if line.startswith(b"\xef\xbb\xbf"):
        line = line[3:]
    if not line.strip(b" \t\r\n"):
        return "empty"
    try:
        text = line.decode("utf-8").strip(" \t\r\n")
        value, end = DECODER.raw_decode(text)
    except (ValueError, RecursionError):  # UnicodeDecodeError and JSONDecodeError are ValueErrors
        return "malformed"
    if end != len(text):
        return "malformed"
    if line.count(b"[") + line.count(b"{") > DEEPEST and depth(value) > DEEPEST:
        return "malformed"
    return JsonEvent(value)


def json_lines(raw):
    lines = raw.split(b"\n")
    if lines[-1] == b"":
        lines.pop()  # what follows the last newline is no line
    for line in lines:
        yield decode_json(line[:-1] if line.endswith(b"\r") else line)


# A quote matters at the start of a cell alone: there it opens a quoted cell, which may hold commas, newlines and doubled quotes. Elsewhere in an
# unquoted cell, 5" pipe, it is a character like others. What follows a closing quote is at fault, and ends with the cell.
CSV_CELL = r'(?:"[^"]*(?:""[^"]*)*"?)?[^,\n]*'
CSV_RECORD = re.compile("%s(?:,%s)*" % (CSV_CELL, CSV_CELL))
CSV_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"')


def csv_records(raw):
    """The records as bytes without their line ends."""
    if raw.startswith(b"\xef\xbb\xbf"):
        raw = raw[3:]
    text, at = raw.decode("latin-1"), 0  # a character is a byte
    while at < len(text):
        end = CSV_RECORD.match(text, at).end()
        record = raw[at:end]
        yield record[:-1] if record.endswith(b"\r") else record
        at = end + 1


def csv_cells(text):
    """RFC 4180, with quotes inside unquoted cells taken as they are; None where the quoting is at fault."""
    cells, at = [], 0
    while True:
        if text.startswith('"', at):
            match = CSV_QUOTED.match(text, at)
            if not match:
                return None
            cells.append(Cell(match.group(1).replace('""', '"')))
            at = match.end()
        else:
            end = text.find(",", at)
            end = len(text) if end < 0 else end
            cells.append(Cell(text[at:end]))
            at = end
        if at == len(text):
            return cells
        if text[at] != ",":
            return None
        at += 1


def csv_rows(raw):
    header = None
    for record in csv_records(raw):
        if header is None:
            header = csv_cells(record.decode("utf-8"))
            if header is None:
                raise Unusable("the header row is malformed")
            continue
        if len(record) > LARGEST_LINE:
            yield "too_large"
        elif not record.strip(b" \t\r\n"):
            yield "empty"
        else:
            try:
                cells = csv_cells(record.decode("utf-8"))
            except UnicodeDecodeError:
                cells = None
            yield "malformed" if cells is None or len(cells) != len(header) else CsvEvent(dict(zip(header, cells)))


NEXT_PARTITION = object()  # between the events of two files


def read_events(paths):
    """Every event of the files, each a partition: an event, or the reason of its rejection."""
    for number, path in enumerate(paths):
        if number > 0:
            yield NEXT_PARTITION
        raw = open_bytes(path)
        name = path.lower()
        yield from csv_rows(raw) if name.endswith((".csv", ".csv.gz")) else json_lines(raw)


# --------------------------------------------------------------------------------------------------- configuration and references

def strip_json_comments(text):
    """// and /* */ comments and trailing commas out, strings left alone."""
    token = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
    text = token.sub(lambda m: m.group(0) if m.group(0).startswith('"') else " ", text)
    trailing = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])', re.DOTALL)
    return trailing.sub(lambda m: m.group(0) if m.group(0).startswith('"') else "", text)


def key(mapping, name, default=None):
    """Configuration keys are not case-sensitive."""
    for candidate, value in mapping.items():
        if candidate.lower() == name.lower():
            return value
    return default


def iso_or_fail(text):
    ms = iso_to_ms(text)
    if ms is None:
        raise Unusable("not a time: %r" % text)
    return ms


class ReferenceCounts:
    """The counts of a reference, or of one of its segments: bin -> r."""

    def __init__(self, bins, source):
        counts = source["counts"]
        regular = [int(r) for r in counts["regular"]]
        if len(regular) != bins.regular:
            raise Unusable("%d counts for %d bins" % (len(regular), bins.regular))
        self.r = dict(enumerate(regular))
        special = counts.get("special") or {}
        unknown = set(special) - set(bins.special)
        if unknown:
            raise Unusable("unknown special bins: " + ", ".join(sorted(unknown)))
        for name in bins.special:
            self.r[name] = int(special.get(name, 0))
        self.m = sum(self.r.values())
        mean = source.get("mean_events")
        self.mean_events = None if mean is None else Decimal(mean)
        self.tails = {}  # window in ms -> its tail
        for window, tail in (source.get("calibration") or {}).items():
            self.tails[duration(window)] = tails.Tail.read(tail)


class Reference:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            if "\"regimes\"" in file.read():
                raise Unusable("%s: regimes are not checked here" % path)
        source = json.loads(open_bytes(path).decode("utf-8-sig"), parse_float=Number, parse_int=Number)
        if source.get("format") != "driftmonitor.reference/1":
            raise Unusable(path + ": not a driftmonitor.reference/1")
        self.source = source
        kind = source["bins"]["kind"]
        if kind == "edges":
            self.bins = Edges(source["bins"]["edges"], source.get("text_numbers", False))
        elif kind == "categories":
            self.bins = Categories(source["bins"]["values"], source.get("number_labels", False))
        else:
            raise Unusable("bins of kind %r are not checked here" % kind)
        self.start = None if source.get("from") is None else iso_or_fail(source["from"])
        self.end = None if source.get("to") is None else iso_or_fail(source["to"])
        self.excluded = [(iso_or_fail(e["from"]), iso_or_fail(e["to"])) for e in source.get("excluded") or []]
        self.whole = ReferenceCounts(self.bins, source) if "counts" in source else None
        self.segments = {name: ReferenceCounts(self.bins, part) for name, part in (source.get("segments") or {}).items()}
        self.hours = [[int(count) for count in hour] for hour in source.get("hour_of_week") or ()]

    def of(self, segment, is_segmented=True):
        counts = self.segments.get(segment, self.whole) if is_segmented else self.whole
        if counts is None:
            raise Unusable("the reference has no counts for segment %r" % segment)
        return counts

    def holds(self, start, end):
        """Whether [start, end) lies wholly within the reference's own period and touches no excluded range."""
        if self.start is None or self.end is None or start < self.start or end > self.end:
            return False
        return not any(start < excluded_end and end > excluded_start for excluded_start, excluded_end in self.excluded)


def hours_of_week(start, end):
    """The distinct hours of the week that [start, end) touches, 0 from Monday 00:00 UTC on."""
    return {(hour - FIRST_MONDAY // HOUR) % 168 for hour in range(start // HOUR, -(-end // HOUR))}


def probability(family, parameters, low, high, closed):
    """P(low <= X < high), also of high itself where it is closed; low and high may be infinite."""
    given = {name: float(value) for name, value in parameters.items()}
    within = lambda k: low <= k and (k < high or closed and k == high)
    if family == "poisson":
        mean, total, term, k = Decimal(given["mean"]), Decimal(0), (-Decimal(given["mean"])).exp(), 0
        tail = low if math.isinf(high) else high
        while k <= tail or (math.isinf(high) and (k < mean or term > Decimal("1e-60"))):
            total += term if within(k) else 0
            k += 1
            term *= mean / k
        return total
    if family == "uniform" and "first" in given:
        return Decimal(sum(1 for k in range(int(given["first"]), int(given["last"]) + 1) if within(k))) / Decimal(given["last"] - given["first"] + 1)
    if family == "uniform":
        least, most = given["lowest"], given["highest"]
        overlap = Decimal(min(high, most)) - Decimal(max(low, least))
        return max(Decimal(0), overlap / (Decimal(most) - Decimal(least)))
    if family == "exponential":
        above = lambda x: Decimal(0) if math.isinf(x) else (-Decimal(given["rate"]) * Decimal(max(x, 0.0))).exp()
        return above(max(low, 0.0)) - above(high)
    if family == "normal":
        a, b = ((x - given["mean"]) / given["standard_deviation"] / math.sqrt(2) for x in (low, high))
        return Decimal(math.erfc(a) - math.erfc(b)) / 2 if a > 0 else Decimal(math.erfc(-b) - math.erfc(-a)) / 2
    raise Unusable("the family %r is not checked here" % family)


def probabilities_over(bins, family, parameters):
    """Bin -> probability; what lies beyond the edges is in below and above, and nothing in the other special bins."""
    p = {place: probability(family, parameters, bins.edges[place], bins.edges[place + 1], place == bins.regular - 1) for place in range(bins.regular)}
    p.update({name: Decimal(0) for name in bins.special})
    p["below"] = probability(family, parameters, -math.inf, bins.edges[0], False)
    # above: greater than the last edge, which is in its bin
    p["above"] = max(Decimal(0), probability(family, parameters, bins.edges[-1], math.inf, False) - probability(family, parameters, bins.edges[-1], bins.edges[-1], True))
    return p


# What a window is compared with: r (bin -> count), m, None where the reference is known and not sampled, V-bar or None, and whether the window is within it.
Compared = collections.namedtuple("Compared", "r m mean within")


class Monitor:
    def __init__(self, source, folder):
        self.name = key(source, "Name")
        self.derived = Derived.read(key(source, "Field"), duration(key(source, "Pane")))
        self.field = Field(key(source, "Field")) if self.derived is None else None
        self.counts_volume = self.derived is not None and self.derived.function == "volume"
        event_time = key(source, "EventTime")
        self.event_time = Field(event_time) if event_time else None
        if key(source, "EventTimeFormat"):
            raise Unusable("EventTimeFormat is not checked")
        if key(source, "Unpack"):
            raise Unusable("Unpack is not checked")
        segment_by = key(source, "SegmentBy")
        self.segment_by = [Field(path) for path in (segment_by if isinstance(segment_by, list) else [segment_by])] if segment_by else None
        where = key(source, "Where")
        self.where = Field(key(where, "Field")) if where else None
        values = [str(value) for value in key(where, "In")] if where else []
        self.wanted = Categories(values, all(JSON_NUMBER.fullmatch(value) for value in values)) if where else None
        self.pane = duration(key(source, "Pane"))
        self.windows = []  # (label as configured, panes)
        for label in key(source, "Windows"):
            length = duration(label)
            if length % self.pane:
                raise Unusable("%s: %s is not a whole number of panes" % (self.name, label))
            self.windows.append((label, length // self.pane))
        self.longest = max(panes for _, panes in self.windows)
        self.shortest = min(panes for _, panes in self.windows)
        self.lateness = duration(key(source, "AllowedLateness", "0s"))
        self.max_age = duration(key(source, "MaxAge", "14600d"))
        self.minimum_events = int(key(source, "MinimumEvents", 1 if self.counts_volume else 100))
        self.max_rejected = float(key(source, "MaxRejected", 0.2))
        self.pseudo_count = Decimal(str(key(source, "PseudoCount", "0.5")))
        options = key(source, "Reference") or {}
        self.kind = (key(options, "Kind") or "file").lower()
        if self.kind not in ("file", "hour_of_week", "inline", "parametric", "first", "so_far", "previous_window", "field", "rest"):
            raise Unusable("%s: references of the kind %s are not checked here" % (self.name, self.kind))
        file = key(options, "File")
        self.reference_path = os.path.join(folder, file) if file else None
        if self.kind == "first" and not (self.reference_path and os.path.exists(self.reference_path)):
            self.reference_path = None  # still to be learned
        elif self.kind == "first":
            self.kind = "file"
        if self.kind == "so_far":
            self.reference_path = None  # a replay starts without
        self.reference = None
        self.family, self.parameters, self.given = key(options, "Family"), key(options, "Parameters") or {}, key(options, "Probabilities")
        if self.reference_path is None and self.kind in ("file", "hour_of_week"):
            raise Unusable("%s: a reference of the kind %s needs a file" % (self.name, self.kind))
        if self.reference_path is None:
            edges, values = key(options, "Edges"), key(options, "Categories")
            self.bins = Edges(edges, key(options, "TextNumbers") is True) if edges is not None else Categories(values) if values is not None else None
        if self.kind == "so_far":
            self.chosen, self.bins = self.bins, Values()
            self.learn_over = duration(key(options, "LearnOver")) // self.pane
            self.exclude = [tuple(iso_to_ms(time.strip()) for time in text.split("..")) for text in key(options, "Exclude") or []]
        self.most_segments = int(key(source, "MaxSegments") or 100)
        self.other = Field(key(options, "Field")) if self.kind == "field" else None
        self.over = key(options, "Over") and duration(key(options, "Over")) // self.pane
        self.first_events = int(key(options, "Events") or 0)
        self.calibrate_over = max(1, duration(key(options, "CalibrateOver") or "14d") // self.pane)
        self.threshold, self.promise_source = None, None
        alert = key(source, "Alert")
        if alert is not None and key(alert, "FalseAlarmEvery") is not None:
            self.promise_source = alert
        elif alert is not None:
            self.threshold = Threshold(self, alert)

    def read_reference(self):
        if self.reference_path is not None:
            self.reference = Reference(self.reference_path)
            self.bins = self.reference.bins
        if self.kind == "hour_of_week":
            if len(self.reference.hours) != 168 or any(len(hour) != self.bins.regular + len(self.bins.special) for hour in self.reference.hours):
                raise Unusable("%s: not a count for each bin in each of 168 hours" % self.reference_path)

    def order(self):
        return list(range(self.bins.regular)) + list(self.bins.special)

    def knows(self, segment):
        """Whether the reference knows a segment: one that it does not know is compared with all events together, and raises no alert."""
        return self.segment_by is None or self.kind in ("so_far", "rest") or segment in self.reference.segments

    def known(self):
        return self.reference.segments if self.segment_by and self.kind not in ("so_far", "rest") else {}

    def series(self):
        """How many series the monitor's promise is shared by."""
        return 1 if not self.segment_by else self.most_segments if self.kind in ("so_far", "rest") else len(self.reference.segments) or 1

    def promise(self, fleet):
        """The alarm by FalseAlarmEvery among `fleet` series, or None."""
        alert = self.promise_source
        if alert is None:
            return None
        return tails.Promise(duration(key(alert, "FalseAlarmEvery")) / 1000, fleet, len(self.windows), float(key(alert, "MinimumDivergence", "0.01")),
                             duration(key(alert, "Hold", "0s")), self.shortest)


def fleet_of(monitors):
    return sum(monitor.series() for monitor in monitors if monitor.promise_source)


class Threshold:
    """The fixed threshold: a pure function of the series' readings in one window."""

    def __init__(self, monitor, source):
        if key(source, "Measure", "kl") != "kl":
            raise Unusable("%s: only the measure kl is checked here" % monitor.name)
        window = duration(key(source, "Window"))
        places = [i for i, (_, panes) in enumerate(monitor.windows) if panes * monitor.pane == window]
        if not places:
            raise Unusable("%s: the alert's window is none of the monitor's" % monitor.name)
        self.window = places[0]
        self.fire_above = float(key(source, "FireAbove"))
        self.resolve_below = float(key(source, "ResolveBelow", self.fire_above))
        self.hold = duration(key(source, "Hold", "0s"))

    def judge(self, readings):
        """(time, kl) in order -> (time, from, to)."""
        state, pending_since = "inactive", None
        for time, kl in readings:
            before = state
            high = kl > self.fire_above
            if state == "inactive" and high:
                state, pending_since = ("pending" if self.hold else "firing"), time
            elif state == "pending" and not high:
                state = "inactive"
            elif state == "pending" and time - pending_since >= self.hold:
                state = "firing"
            elif state == "firing" and kl < self.resolve_below:
                state = "inactive"
            if state != before:
                yield time, before, state


def read_config(path, load_references=True):
    with open(path, "rb") as file:
        source = json.loads(strip_json_comments(file.read().decode("utf-8-sig")), parse_float=Number, parse_int=Number)
    folder = os.path.dirname(os.path.abspath(path))
    monitors = [Monitor(monitor, folder) for monitor in key(key(source, "DriftMonitor"), "Monitors")]
    if load_references:
        for monitor in monitors:
            monitor.read_reference()
    return monitors


# ------------------------------------------------------------------------------------------------------------------------ statistics

LOGARITHMS = {}


def ln(x):
    if x not in LOGARITHMS:
        LOGARITHMS[x] = x.ln()
    return LOGARITHMS[x]


def divergence(c, r, alpha, m=None):
    """D(p||q) = sum p ln(p/q), p = c/N, q = (r + alpha)/(m + sum alpha); each an iterable in the order of the bins. m is the sum of r unless told."""
    n, smoothed = Decimal(sum(c)), [ri + ai for ri, ai in zip(r, alpha)]
    total = sum(smoothed) if m is None else m + sum(alpha)
    kl = Decimal(0)
    for ci, si in zip(c, smoothed):
        if ci:
            ci = Decimal(ci)
            kl += ci / n * (ln(ci) - ln(n) - ln(si) + ln(total))
    return kl


def statistics(c, r, alpha, within=False, volume_factor=1, known=False):
    """The measures of one window against its reference, in 40 digits, rounded to double at the end. What is known has no noise of its own: 1/m is 0."""
    n, m = Decimal(sum(c)), Decimal(sum(r))
    kl = divergence(c, r, alpha, KNOWN_EVENTS if known else None)
    occupied = sum(1 for ci, ri in zip(c, r) if ci > 0 or (round(ri) if known else ri) > 0)
    of_reference = 0 if known else (-1 if within and n < m else 1) / m
    noise = Decimal(occupied - 1) / 2 * (1 / n + of_reference)
    n_star = 1 / (1 / (n * volume_factor) + of_reference)
    z = 2 * n_star * kl / (occupied - 1) if occupied > 1 else Decimal(0)
    return {"kl_nats": float(kl), "noise_nats": float(noise), "excess_nats": float(max(Decimal(0), kl - noise)), "z": float(z)}


def alphas(bins, alpha):
    """alpha for each regular bin, and one alpha shared by the special ones."""
    return [alpha] * bins.regular + [alpha / len(bins.special)] * len(bins.special)


# ------------------------------------------------------------------------------------------------------------------- the recomputation

class Tally:
    def __init__(self):
        self.events = 0
        self.rejected = collections.defaultdict(collections.Counter)
        self.earliest = None
        self.latest = None


def joined(texts):
    return texts[0] if len(texts) == 1 else "/".join(re.sub(r"([/\\])", r"\\\1", text) for text in texts)


def segment_name(monitor):
    return joined([field.path for field in monitor.segment_by]) if monitor.segment_by else None


def segment_of(monitor, event):
    if monitor.segment_by is None:
        return ""
    texts = [category(event.get(field)) for field in monitor.segment_by]
    texts = ["" if text is None or text is MISSING else text for text in texts]
    return joined(texts)


def is_wanted(monitor, event):
    """Whether the monitor counts an event; the others only move the time on."""
    return monitor.where is None or isinstance(monitor.wanted.bin(event.get(monitor.where)), int)


class Arrival:
    """The events of a partition without record times in their order, for one monitor: which count, and why the others do not."""

    def __init__(self, monitor, count, reject):
        self.monitor, self.count, self.reject = monitor, count, reject
        self.window = monitor.longest * monitor.pane
        self.newest = None  # the largest event time that was accepted
        self.oldest = None  # by the third event; None until it is known
        self.first = []  # what has come before that
        self.aside = []

    def add(self, time, event):
        if self.oldest is not None:
            self.judge(time, event)
            return
        self.first.append((time, event))
        jumps = [time - max(self.first[0][0], self.first[1][0]) > self.window for time, _ in self.first[2:]]
        if len(self.first) < 3 or jumps == [True]:
            return  # a third event that is far ahead of both needs a fourth beside it
        events, self.first = self.first, []
        self.oldest = events[2 if all(jumps) else len(events) - 1][0] - self.monitor.max_age
        if len(events) == 3 and events[0][0] - max(events[1][0], events[2][0]) > self.window:
            self.reject("ahead", self.newest, events.pop(0)[1])
        for time, event in events:
            self.judge(time, event)

    def judge(self, time, event):
        if time < self.oldest:
            self.reject("too_old", self.newest, event)
        elif self.newest is None or time - self.newest <= self.window:
            self.drop_aside()
            self.place(time, event)
        else:
            self.aside.append((time, event))
            if len(self.aside) == 4:
                confirmed, self.aside = self.aside, []
                for time, event in confirmed:
                    self.place(time, event)

    def place(self, time, event):
        pane = time // self.monitor.pane
        if self.newest is not None and (pane + 1) * self.monitor.pane <= self.newest - self.monitor.lateness:
            self.reject("late", self.newest, event)
        else:
            self.newest = time if self.newest is None else max(self.newest, time)
            self.count(time, event)

    def drop_aside(self):
        aside, self.aside = self.aside, []
        for _, event in aside:
            self.reject("ahead", self.newest, event)

    def end(self):
        if self.oldest is None:
            first, self.first, self.oldest = self.first, [], -math.inf
            for time, event in first:
                self.judge(time, event)
        self.drop_aside()


def fold(monitors, events):
    """Per monitor: segment -> pane -> Counter of bins; what was rejected and why."""
    tally = Tally()
    panes = [collections.defaultdict(lambda: collections.defaultdict(collections.Counter)) for _ in monitors]
    tally.unknown = collections.Counter()
    tally.without_history = collections.Counter()
    tally.others = [collections.defaultdict(collections.Counter) for _ in monitors]  # pane -> bins of the other field, where there is one
    tally.lost = [collections.Counter() for _ in monitors]  # pane -> events rejected while it held the newest event time
    early = [0] * len(monitors)  # rejected before the first event time: they count in the pane of that
    number, history = 0, collections.defaultdict(list)  # of derived fields, by monitor, number of the partition and segment
    tally.newest = [None] * len(monitors)  # of all partitions

    def lose(i, newest):
        if newest is None:
            early[i] += 1
        else:
            tally.lost[i][newest // monitors[i].pane] += 1

    def reject(i, reason, newest, event):
        if is_wanted(monitors[i], event):
            tally.rejected[monitors[i].name][reason] += 1
            lose(i, newest)

    def count(i, time, event):
        monitor = monitors[i]
        segment, pane = segment_of(monitor, event), time // monitor.pane
        tally.newest[i] = time if tally.newest[i] is None else max(time, tally.newest[i])
        tally.lost[i][pane] += early[i]
        early[i] = 0
        tally.latest = time if tally.latest is None else max(tally.latest, time)
        if not is_wanted(monitor, event):
            return
        where = bin_of(monitor, event, time, history[i, number, segment] if monitor.derived else None)
        if where is None:
            tally.without_history[monitor.name] += 1
            return
        panes[i][segment][pane][where] += 1
        if monitor.other is not None:
            tally.others[i][pane][monitor.bins.bin(event.get(monitor.other))] += 1
        if not monitor.knows(segment):
            tally.unknown[monitor.name] += 1
        tally.earliest = time if tally.earliest is None else min(tally.earliest, time)

    def arrivals():
        return [Arrival(monitor, functools.partial(count, i), functools.partial(reject, i)) for i, monitor in enumerate(monitors)]

    partition = arrivals()
    for event in itertools.chain(events, [NEXT_PARTITION]):
        if event is NEXT_PARTITION:
            for arrival in partition:
                arrival.end()
            partition, early[:] = arrivals(), [0] * len(monitors)
            number += 1
            continue
        tally.events += 1
        if isinstance(event, str):
            tally.rejected[""][event] += 1
            for i, arrival in enumerate(partition):
                lose(i, arrival.newest)
            continue
        for monitor, arrival in zip(monitors, partition):
            time = None if monitor.event_time is None else time_of(event.get(monitor.event_time))
            if time is None:
                arrival.reject("no_event_time", arrival.newest, event)
            else:
                arrival.add(time, event)
    return panes, tally


def bin_of(monitor, event, time, history):
    """The bin of an event; None where a derived field has no value for it."""
    if monitor.derived is None:
        return monitor.bins.bin(event.get(monitor.field))
    if monitor.counts_volume:
        return "events"
    value = monitor.derived.value(monitor.bins, event, time, history)
    return None if value is NO_VALUE else monitor.bins.bin(value)


def volumes(monitor, own, begin, last):
    """pane -> Counter of the one value of each pane, the number of its events."""
    return {pane: collections.Counter([monitor.bins.bin(number_of(sum(own.get(pane, {}).values())))]) for pane in range(begin, last + 1)}


def runs(occupied, last, longest):
    """(end, end of the run) of each line: the panes up to `last` one by one, those with no event in the longest window as one."""
    occupied = sorted(occupied)
    for pane, following in zip(occupied, occupied[1:] + [last + 1]):
        for end in range(pane + 1, min(pane + longest, following) + 1):
            yield end, end
        if pane + longest < following:
            yield pane + longest + 1, following


def lost_share(panes, lost, end, length):
    """rejected / (rejected + counted) over the `length` panes that end with pane number end - 1, of all segments together."""
    window = range(end - length, end)
    rejected = sum(lost[pane] for pane in window)
    return rejected / (rejected + sum(sum(segment.get(pane, {}).values()) for segment in panes.values() for pane in window)) if rejected else 0.0


def counts_in(panes, end, length):
    """The counts of the `length` panes that end with pane number end - 1."""
    counts = collections.Counter()
    for pane in range(end - length, end):
        if pane in panes:
            for where, count in panes[pane].items():
                counts[where] += count
    return counts


class Series:
    """A series of panes begin..last, where the monitor's first pane is `first`; others: pane -> bins of the other field."""

    def __init__(self, monitor, segment, panes, others, first, last, begin, lost_share=lambda end, length: 0.0):
        self.lost_share = lost_share
        self.monitor, self.panes, self.others, self.first, self.last, self.begin = monitor, panes, others, first, last, begin
        self.alpha = alphas(monitor.bins, monitor.pseudo_count) if monitor.kind != "so_far" else None
        self.tails = [None] * len(monitor.windows)  # None: simulated by the product
        self.within = [1.0] * len(monitor.windows)  # of learned references whose tails are simulated, too
        self.calibrated_from = None  # the first pane's end at which readings have a return period; None: they never have
        self.mean = None  # V-bar, where it is learned apart from the reference
        self.learned = None  # what windows are compared with, once it is known
        if monitor.kind in ("file", "hour_of_week"):
            self.counts = monitor.reference.of(segment, monitor.segment_by is not None)
            self.tails = [self.counts.tails.get(length * monitor.pane) for _, length in monitor.windows]
            self.calibrated_from = first
        elif monitor.kind == "inline":
            self.probabilities = {where: Decimal(float(monitor.given[where])) if isinstance(where, int) else Decimal(0) for where in monitor.order()}
            self.calibrated_from = first
        elif monitor.kind == "parametric":
            self.probabilities = probabilities_over(monitor.bins, monitor.family, monitor.parameters)
            self.calibrated_from = first
        elif monitor.kind == "first":
            self.learn()
        elif monitor.kind != "so_far":
            self.calibrate()

    def volume(self, end):
        return sum(counts_in(self.panes, end, self.monitor.longest).values())

    def compared(self, end, place):
        """What the window that ends with pane end - 1 is compared with; None while that is not known."""
        monitor, length = self.monitor, self.monitor.windows[place][1]
        bounds = (end - length) * monitor.pane, end * monitor.pane
        if monitor.kind == "file":
            return Compared(self.counts.r, self.counts.m, self.counts.mean_events, monitor.reference.holds(*bounds))
        if monitor.kind == "hour_of_week":
            hours = hours_of_week(*bounds)
            r = {where: sum(monitor.reference.hours[hour][i] for hour in hours) for i, where in enumerate(monitor.order())} if len(hours) < 168 else self.counts.r
            m = sum(r.values())
            return Compared(r, m, self.counts.mean_events, monitor.reference.holds(*bounds)) if m else None
        if monitor.kind in ("inline", "parametric"):
            return Compared({where: KNOWN_EVENTS * p for where, p in self.probabilities.items()}, None, None, False)
        if monitor.kind == "first":
            if self.calibrated_from is None or end < self.calibrated_from:
                return None
            return self.learned._replace(within=self.first <= end - length and end <= self.calibrated_from)
        if monitor.kind == "previous_window":
            if end - self.first < 2 * length:
                return None
            r = counts_in(self.panes, end - length, length)
        elif monitor.kind == "rest":
            r = counts_in(self.others, end, length)
        else:
            if end - self.first < length:
                return None
            r = counts_in(self.others, end, length)
        m = sum(r.values())
        return Compared(r, m, self.mean if self.calibrated_from is not None and end >= self.calibrated_from else None, False) if m else None

    def reading(self, end, place):
        """A reading without its return period."""
        length = self.monitor.windows[place][1]
        counts = counts_in(self.panes, end, length)
        n = sum(counts.values())
        compared = self.compared(end, place)
        if compared is None:
            return {"events": n, "unavailable": "reference_not_ready"}
        if end - self.first < length:
            return {"events": n, "unavailable": "window_incomplete"}
        moves = self.monitor.kind in ("hour_of_week", "previous_window", "field", "rest")
        if n < max(1, self.monitor.minimum_events) or moves and compared.m < self.monitor.minimum_events:
            return {"events": n, "unavailable": "too_few_events"}
        if self.lost_share(end, length) > self.monitor.max_rejected:
            return {"events": n, "unavailable": "untrusted"}
        return dict({"events": n}, **self.measure(end, counts, compared))

    def measure(self, end, counts, compared):
        factor, volume = Decimal(1), self.volume(end)
        if compared.mean and volume:
            filled = Decimal(min(end - self.first, self.monitor.longest)) / self.monitor.longest
            factor = min(factor, Decimal(compared.mean) * filled / volume)
        order = self.monitor.order()
        return statistics([counts[where] for where in order], [compared.r[where] for where in order], self.alpha, compared.within, factor, compared.m is None)

    def z_apart(self, end, counts, rest):
        """z against the thirds that the window does not touch, with the K of the whole."""
        compared = self.learned._replace(r=rest, m=sum(rest.values()), within=False)
        order = self.monitor.order()
        occupied = lambda r: sum(1 for where in order if counts[where] > 0 or r[where] > 0)
        ours, whole = occupied(rest), occupied(self.learned.r)
        if whole == 1:
            return 0.0
        if ours == 1:
            return 0.0
        return self.measure(end, counts, compared)["z"] * (ours - 1) / (whole - 1)

    def learn(self):
        """The reference from the first panes: so many, or until so many events have come."""
        counted = 0
        for end in range(self.first + 1, self.last + 2):
            counted += sum(self.panes.get(end - 1, {}).values())
            if (end - self.first >= self.monitor.over) if self.monitor.over else counted >= self.monitor.first_events:
                break
        else:
            return
        r = counts_in(self.panes, end, end - self.first)
        volumes = [self.volume(at) for at in range(self.first + self.monitor.longest, end + 1)]
        self.learned = Compared(r, counted, Decimal(sum(volumes)) / len(volumes) if volumes else None, True)
        cuts = [self.first + third * (end - self.first) // 3 for third in range(4)]
        for place, (_, length) in enumerate(self.monitor.windows):
            course, inside, plain, apart = [], [], [], []
            for at in range(self.first + length, end + 1):
                counts = counts_in(self.panes, at, length)
                n = sum(counts.values())
                z = self.measure(at, counts, self.learned)["z"] if n >= max(1, self.monitor.minimum_events) else None
                course.append(z)
                inside.append(n < counted)
                rest = collections.Counter()
                for low, high in zip(cuts, cuts[1:]):
                    if not (at - length < high and at > low):
                        rest.update(counts_in(self.panes, high, high - low))
                if z is not None and inside[-1] and sum(rest.values()):
                    plain.append(z)
                    apart.append(self.z_apart(at, counts, rest))
            within = max(1.0, math.fsum(apart) / math.fsum(plain)) if math.fsum(plain) > 0 else 1.0
            course = [z * within if z is not None and held else z for z, held in zip(course, inside)]
            self.tails[place], self.within[place] = tails.Tail.fit(course, length, within=within), within
        self.calibrated_from = end

    def calibrate(self, earliest=None):
        """The tails of the readings of CalibrateOver, from the first pane at which every window is full and has a reference; again where no event has come."""
        windows = range(len(self.monitor.windows))
        start = next((end for end in range(earliest or self.begin + 1, self.last + 2)
                      if all(self.reading(end, place).get("unavailable") not in ("reference_not_ready", "window_incomplete") for place in windows)), None)
        if start is None:
            return
        ends = range(start, start + self.monitor.calibrate_over)
        if ends[-1] > self.last + 1:
            return
        if not any(self.panes.get(end - 1) for end in ends):
            self.calibrate(ends[-1] + 1)
            return
        # The tails are of z at the mean volume of these panes; what is printed of them is z at their own.
        self.mean, self.calibrated_from = Decimal(sum(self.volume(end) for end in ends)) / len(ends), start
        courses = [[self.reading(end, place).get("z") for end in ends] for place in windows]
        lengths = [length for _, length in self.monitor.windows]
        self.tails = [tails.Tail.fit(course, length) for course, length in zip(courses, lengths)]
        self.calibrated_from = ends[-1] + 1
        # Groups differ without drift, which independent events would not show: without a tail, three windows side by side have to.
        if self.monitor.kind == "rest" and any(tail is None and (len(ends) // length < 3 or not any(z is not None for z in course))
                                               for tail, course, length in zip(self.tails, courses, lengths)):
            self.mean, self.calibrated_from, self.tails = None, None, [None] * len(lengths)
            self.calibrate(ends[-1] + 1)

    def readings(self, runs):
        """(end in ms, end of the run, window's place, reading) of every line. A return period that has to be given but may be any is None; one that must not be given is absent."""
        for end, until in runs:
            for place, tail in enumerate(self.tails if end > self.begin else ()):
                reading = self.reading(end, place)
                factor = self.within[place] if tail is None else tail.within
                compared = self.compared(end, place) if "z" in reading and factor != 1 else None
                if compared is not None and compared.within and compared.m is not None and reading["events"] < compared.m:
                    reading["z"] *= factor
                if "z" in reading and self.calibrated_from is not None and end >= self.calibrated_from:
                    reading["return_period_s"] = None if tail is None else tail.return_period(reading["z"]) * self.monitor.pane / 1000
                yield end * self.monitor.pane, until * self.monitor.pane, place, reading

    def is_usual(self, end, place, z):
        return self.tails[place].is_usual(z)

    def calibrated(self):
        """Whether what is known of every window's return periods suffices to judge alerts by them."""
        return self.calibrated_from is None or all(tail is not None for tail in self.tails)


class GrowingSeries(Series):
    """A series that is compared with everything so far. `panes` holds values; of each refit its bins and what they make of the values."""

    def __init__(self, monitor, segment, panes, others, first, last, begin, lost_share):
        super().__init__(monitor, segment, panes, others, first, last, begin, lost_share)
        self.fits = []  # (the first pane's end that is read against it, bins, Compared, a tail for each window)
        self.decided = (isinstance(monitor.chosen, Edges), getattr(monitor.chosen, "text_numbers", False)) if monitor.chosen else None
        self.z = [[] for _ in monitor.windows]
        self.given = []
        self.grow()

    def excluded(self, pane):
        return any(start < (pane + 1) * self.monitor.pane and end > pane * self.monitor.pane for start, end in self.monitor.exclude)

    def touches(self, end, length):
        return any(self.excluded(pane) for pane in range(max(self.begin, end - length), end))

    def grow(self):
        counted = sorted(pane for pane, values in self.panes.items() if values)
        if any(after - before > MOST_EMPTY + self.monitor.longest for before, after in zip(counted, counted[1:])):
            raise Unusable("%s: more than %d panes without events are not checked here" % (self.monitor.name, MOST_EMPTY))
        due = self.monitor.learn_over
        for end in range(self.begin + 1, self.last + 2):
            if end - 1 - self.begin >= due and self.refit(end - 1):
                due = -(-11 * (end - 1 - self.begin) // 10)
            for place, (_, length) in enumerate(self.monitor.windows):
                reading = self.reading(end, place)
                if "z" in reading:
                    tail = self.fits[-1][3][place]
                    reading["return_period_s"] = None if tail is None else tail.return_period(reading["z"]) * self.monitor.pane / 1000
                self.given.append((end * self.monitor.pane, place, reading))
                if self.fits and end - self.begin >= length:
                    self.z[place].append(None if self.touches(end, length) else reading.get("z"))

    def refit(self, end):
        """A refit on the panes begin..end - 1; whether there is something to make it from."""
        values = collections.Counter()
        for pane in range(self.begin, end):
            if not self.excluded(pane):
                values.update(self.panes.get(pane, {}))
        self.decided = self.decided or decide(values)
        if self.decided and len({value[1 if self.decided[0] else 2] for value in values}) > MOST_FINE:
            raise Unusable("%s: more than %d values are not checked here" % (self.monitor.name, MOST_FINE))
        bins = self.decided and values and (self.monitor.chosen or find_bins(values, *self.decided))
        if not bins:
            return False
        self.alpha, self.found = alphas(bins, self.monitor.pseudo_count), Found(bins, self.decided[1])
        self.order = list(range(bins.regular)) + list(bins.special)
        r = self.binned(values)
        longest = self.monitor.longest
        volumes = [self.volume(at) for at in range(self.begin + longest, end + 1) if not self.touches(at, longest)]
        against = Compared(r, sum(r.values()), Decimal(sum(volumes)) / len(volumes) if volumes else None, False)
        if not self.fits:
            self.learned = against
            self.z = [self.course(end, length) for _, length in self.monitor.windows]
        fitted = []
        for place, (_, length) in enumerate(self.monitor.windows):
            z = self.z[place][-MOST_GROWING_Z:]
            fitted.append(tails.Tail.fit(z, length, excluded=sum(1 for pane in range(end - len(z), end) if self.excluded(pane))))
        self.fits.append((end, bins, against, fitted))
        return True

    def course(self, end, length):
        """z of the warm-up's panes against the reference that holds them, without the events of excluded panes."""
        counts_of = lambda at, panes: self.binned(counts_in({pane: self.panes[pane] for pane in range(at - panes, at)
                                                             if pane in self.panes and not self.excluded(pane)}, at, panes))
        volume, whole = self.volume, self.learned
        self.volume = lambda at: sum(counts_of(at, min(self.monitor.longest, at - self.begin)).values())
        first, self.first = self.first, self.begin  # windows fill anew
        cuts = [self.begin + third * (end - self.begin) // 3 for third in range(4)]
        course, inside, plain, apart = [], [], [], []
        for at in range(self.begin + length, end + 1):
            counts = counts_of(at, length)
            n = sum(counts.values())
            held = n < whole.m and not self.touches(at, length)
            enough = n >= max(1, self.monitor.minimum_events) and not self.excluded(at - 1)
            z = self.measured(at, counts, whole._replace(within=held))["z"] if enough else None
            course.append(z)
            inside.append(held)
            rest = collections.Counter()
            for low, high in zip(cuts, cuts[1:]):
                if not (at - length < high and at > low):
                    rest.update(counts_of(high, high - low))
            if z is not None and held and sum(rest.values()):
                occupied = lambda r: sum(1 for where in self.order if counts[where] > 0 or r[where] > 0)
                ours, all_of_them = occupied(rest), occupied(whole.r)
                plain.append(z)
                apart.append(0.0 if ours == 1 or all_of_them == 1 else
                             self.measured(at, counts, whole._replace(r=rest, m=sum(rest.values())))["z"] * (ours - 1) / (all_of_them - 1))
        self.volume, self.first = volume, first
        within = max(1.0, math.fsum(apart) / math.fsum(plain)) if math.fsum(plain) > 0 else 1.0
        return [z * within if z is not None and held else z for z, held in zip(course, inside)]

    def binned(self, values):
        counts = collections.Counter()
        for value, count in values.items():
            counts[self.found.bin(value)] += count
        return counts

    def compared(self, end, place):
        return self.fits[-1][2] if self.fits else None

    def measure(self, end, counts, compared):
        return self.measured(end, self.binned(counts), compared)

    def measured(self, end, counts, compared):
        factor, volume = Decimal(1), self.volume(end)
        if compared.mean and volume:
            filled = Decimal(min(end - self.first, self.monitor.longest)) / self.monitor.longest
            factor = min(factor, Decimal(compared.mean) * filled / volume)
        return statistics([counts[where] for where in self.order], [compared.r[where] for where in self.order], self.alpha, compared.within, factor)

    def readings(self, runs):
        until = {end * self.monitor.pane: last * self.monitor.pane for end, last in runs}
        return ((time, until[time], place, reading) for time, place, reading in self.given if time in until)

    def is_usual(self, end, place, z):
        return [fit for fit in self.fits if fit[0] < end][-1][3][place].is_usual(z)

    def calibrated(self):
        return all(tail is not None for fit in self.fits for tail in fit[3])


def ordinal(text):
    return text.encode("utf-16-be", "surrogatepass")


def rest_of(segments, own):
    """pane -> counts of all segments but one, whose panes are `own`."""
    rest = collections.defaultdict(collections.Counter)
    for panes in segments.values():
        if panes is not own:
            for pane, counts in panes.items():
                rest[pane].update(counts)
    return rest


def expected_lines(monitors, events):
    """The lines of the replay as dictionaries, in their order; the last is the summary."""
    return recomputed(monitors, events)[0]


def recomputed(monitors, events):
    """The lines, and (monitor, segment) of the series that have a window whose tail the product simulates."""
    panes, tally = fold(monitors, events)
    lines = []  # (sort key, line)
    tally.simulated = set()  # (monitor, segment) with a window whose tail the product simulates
    fleet = fleet_of(monitors)
    for i, monitor in enumerate(monitors):
        if not panes[i]:
            continue
        first = min(min(segment) for segment in panes[i].values())
        last = tally.newest[i] // monitor.pane
        occupied = range(first, last + 1) if monitor.counts_volume else set().union(*panes[i].values())
        lines_of_monitor = list(runs(occupied, last, monitor.longest))
        for segment in set(panes[i]) | set(monitor.known()):
            own = panes[i].get(segment, {})
            begin = first if segment in monitor.known() else min(own)
            if monitor.counts_volume:
                own = volumes(monitor, own, begin, last)
            others = rest_of(panes[i], own) if monitor.kind == "rest" else tally.others[i]
            judged, by_pane = [], {}  # of the one window with a threshold; of all windows, by the end of their pane
            series = (GrowingSeries if monitor.kind == "so_far" else Series)(monitor, segment, own, others, first, last, begin,
                            functools.cache(lambda end, length, i=i: lost_share(panes[i], tally.lost[i], end, length)))
            if not series.calibrated():
                tally.simulated.add((monitor.name, segment))
            for time, until, place, reading in series.readings(lines_of_monitor):
                line = {"type": "reading", "time": time_text(time), **({"until": time_text(until)} if until > time else {}), "monitor": monitor.name, "segment": segment, "window": monitor.windows[place][0]}
                line.update(reading)
                lines.append(((time, 0, i, place, ordinal(segment)), line))
                if monitor.threshold and place == monitor.threshold.window and "kl_nats" in reading:
                    judged.append((time, reading["kl_nats"]))
                period = line.get("return_period_s")
                if period is not None:
                    by_pane.setdefault(time, []).append((period, reading["excess_nats"], series.is_usual(time // monitor.pane, place, reading["z"])))
                    line["return_period_s"] = min(period, tails.LONGEST_S)  # the alarm takes it as it is
            moves = ()
            if not monitor.knows(segment):
                pass
            elif monitor.threshold:
                moves = monitor.threshold.judge(judged)
            elif monitor.promise_source and series.calibrated():
                moves = monitor.promise(fleet).judge(sorted(by_pane.items()))
            for time, before, after in moves:
                line = {"type": "alert", "time": time_text(time), "monitor": monitor.name, "segment": segment, "from": before, "to": after}
                lines.append(((time, 1, i, 0, ordinal(segment)), line))
    lines.sort(key=lambda pair: pair[0])
    summary = {"type": "summary", "events": tally.events, "rejected": {name: dict(reasons) for name, reasons in tally.rejected.items()}}
    if tally.without_history:
        summary["without_history"] = dict(tally.without_history)
    if tally.unknown:
        summary["unknown_segment"] = dict(tally.unknown)
    if tally.earliest is not None:
        summary["from"], summary["to"] = time_text(tally.earliest), time_text(tally.latest)
    return [line for _, line in lines] + [summary], tally.simulated


# ------------------------------------------------------------------------------------------------------------------------ comparison

class Report:
    def __init__(self, tolerance):
        self.tolerance = tolerance
        self.compared = collections.OrderedDict()  # kind of check -> [how many, largest deviation or None]
        self.disagreements = []                    # (line number, key, expected, got)

    def equal(self, kind, line, name, expected, got):
        self.compared.setdefault(kind, [0, None])[0] += 1
        if type(expected) is not type(got) or expected != got:
            self.disagreements.append((line, name, expected, got))

    def close(self, kind, line, name, expected, got, relative=None, tolerance=None):
        """To `tolerance`, the report's own unless told, relative or absolute, whichever is wider; with `relative`, to that and relative alone."""
        entry = self.compared.setdefault(kind, [0, 0.0])
        entry[0] += 1
        if not isinstance(got, Number) or not math.isfinite(float(got)):
            self.disagreements.append((line, name, expected, got))
            return
        scale = max(1.0, abs(expected)) if relative is None else abs(expected)
        deviation = 0.0 if float(got) == expected else abs(float(got) - expected) / scale if scale else math.inf
        entry[1] = max(entry[1], deviation)
        if deviation > next(limit for limit in (relative, tolerance, self.tolerance) if limit is not None):
            self.disagreements.append((line, name, expected, float(got)))

    def print(self):
        for kind, (count, deviation) in self.compared.items():
            print("%-20s %9d compared, %s" % (kind, count, "exactly" if deviation is None else "largest deviation %.2g" % deviation))
        for line, name, expected, got in self.disagreements[:20]:
            print("line %s: %s: expected %s, got %s" % (line, name, show(expected), show(got)))
        if self.disagreements:
            print("%d disagreements" % len(self.disagreements))


def show(value):
    return "nothing" if value is MISSING else str(value) if isinstance(value, Number) else repr(value)


def plain(value):
    """Numbers without fraction as int, others as they are: to compare counts exactly."""
    if isinstance(value, Number) and re.fullmatch(r"-?[0-9]+", value):
        return int(value)
    if isinstance(value, dict):
        return {name: plain(part) for name, part in value.items()}
    return value


def identity(line):
    kind = line.get("type")
    if kind == "reading":
        return (kind,) + tuple(line.get(name) for name in ("time", "monitor", "segment", "window"))
    if kind == "alert":
        return (kind,) + tuple(line.get(name) for name in ("time", "monitor", "segment", "from", "to"))
    return (kind,)


def figures(text):
    """The significant figures of a number's text."""
    return re.sub(r"[eE].*", "", text).replace("-", "").replace(".", "").strip("0")


def is_shortest(text):
    return figures(text) == figures(repr(float(text)))


def parse_output(text, report):
    """The lines of the replay with their numbers."""
    lines = []
    for number, line in enumerate(text.split("\n"), 1):
        if number > 1 and line == "" and number == text.count("\n") + 1:
            break
        try:
            value = DECODER.decode(line)
            if not isinstance(value, dict):
                raise ValueError("not an object")
            lines.append((number, value))
        except ValueError as error:
            report.disagreements.append((number, "line", "a JSON object", str(error)))
    return lines


def compare_return_period(report, number, line, got):
    """Absent without a value, or before the calibration; any positive number where the tail is simulated."""
    found = got.get("return_period_s", MISSING)
    if "return_period_s" not in line:
        report.equal("no value", number, "return_period_s", MISSING, found)
    elif line["return_period_s"] is None:
        given = isinstance(found, Number) and 0 < float(found) <= tails.LONGEST_S
        report.equal("return_period_s, of which only that it is there", number, "return_period_s", "a positive number" if not given else found, found)
    else:
        report.close("return_period_s", number, "return_period_s", line["return_period_s"], found, RETURN_PERIOD_TOLERANCE)
    if isinstance(found, Number):
        report.equal("shortest numbers", number, "return_period_s as shortest text", True, is_shortest(found))


def compare(expected, output, unchecked_alerts, report, parametric=()):
    """expected: dictionaries in order; output: (line number, dictionary) in order; unchecked_alerts: (monitor, segment); parametric: monitors by name."""
    output = [(number, line) for number, line in output if not (line.get("type") == "alert" and (line.get("monitor"), line.get("segment")) in unchecked_alerts)]
    want = [identity(line) for line in expected]
    have = [identity(line) for _, line in output]
    for kind in ("reading", "alert", "summary"):
        report.compared["%s lines" % kind] = [sum(1 for w in want if w[0] == kind), None]
    if want != have:
        missing = collections.Counter(want) - collections.Counter(have)
        surplus = collections.Counter(have) - collections.Counter(want)
        for identifier in want:
            if missing[identifier] > 0:
                missing[identifier] -= 1
                report.disagreements.append(("-", "line", " ".join(map(str, identifier)), MISSING))
        for number, line in output:
            if surplus[identity(line)] > 0:
                surplus[identity(line)] -= 1
                report.disagreements.append((number, "line", MISSING, " ".join(map(str, identity(line)))))
        kept = set(want) & set(have)
        in_order = [w for w in want if w in kept]
        for (number, line), w in zip(((number, line) for number, line in output if identity(line) in kept), in_order):
            if identity(line) != w:
                report.disagreements.append((number, "order", " ".join(map(str, w)), " ".join(map(str, identity(line)))))
                break
    by_identity = {identity(line): (number, line) for number, line in reversed(output)}
    for line in expected:
        found = by_identity.get(identity(line))
        if found is None:
            continue
        number, got = found
        if line["type"] == "reading":
            report.equal("until", number, "until", line.get("until", MISSING), got.get("until", MISSING))
            report.equal("events", number, "events", line["events"], plain(got.get("events", MISSING)))
            report.equal("unavailable", number, "unavailable", line.get("unavailable", MISSING), got.get("unavailable", MISSING))
            for name in MEASURES:
                if name in line:
                    if line["monitor"] in parametric:
                        report.close(name + " of parametric references", number, name, line[name], got.get(name, MISSING), tolerance=PARAMETRIC_TOLERANCE)
                    else:
                        report.close(name, number, name, line[name], got.get(name, MISSING))
                    if isinstance(got.get(name), Number):
                        report.equal("shortest numbers", number, name + " as shortest text", True, is_shortest(got[name]))
                else:
                    report.equal("no value", number, name, MISSING, got.get(name, MISSING))
            compare_return_period(report, number, line, got)
        elif line["type"] == "summary":
            report.equal("summary events", number, "events", line["events"], plain(got.get("events", MISSING)))
            report.equal("summary without history", number, "without_history", line.get("without_history", {}), plain(got.get("without_history", {})))
            report.equal("summary segments", number, "unknown_segment", line.get("unknown_segment", {}), plain(got.get("unknown_segment", {})))
            rejected = plain(got.get("rejected", MISSING))
            for monitor in sorted(set(line["rejected"]) | set(rejected if isinstance(rejected, dict) else ())):
                report.equal("rejected", number, "rejected of %r" % monitor, line["rejected"].get(monitor, MISSING),
                             rejected.get(monitor, MISSING) if isinstance(rejected, dict) else rejected)
            for name in ("from", "to"):
                report.equal("summary from, to", number, name, line.get(name), got.get(name))
    return report


def check(config, events, replay, tolerance):
    """The exit code: 0 where everything agrees."""
    monitors = read_config(config)
    report = Report(tolerance)
    with io.open(replay, encoding="utf-8", newline="\n") as file:
        output = parse_output(file.read(), report)
    expected, uncalibrated = recomputed(monitors, read_events(events))
    by_name = {monitor.name: monitor for monitor in monitors}
    unchecked = {series for series in uncalibrated if by_name[series[0]].promise_source}
    compare(expected, output, unchecked, report, {monitor.name for monitor in monitors if monitor.kind == "parametric"})
    report.print()
    for name, segment in sorted(uncalibrated):
        print("not checked: return periods%s of %s%s: not every window has a calibration that is not simulated" % (" and alerts" * ((name, segment) in unchecked), name, segment and ", " + segment))
    return 1 if report.disagreements else 0


def emit(config, events, path):
    with io.open(path, "w", encoding="utf-8", newline="\n") as file:
        for line in expected_lines(read_config(config), read_events(events)):
            line = {name: value for name, value in line.items() if value is not None}
            file.write(json.dumps(line, ensure_ascii=True, separators=(",", ":")) + "\n")


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--config")
    parser.add_argument("--events", nargs="+")
    parser.add_argument("--replay")
    parser.add_argument("--emit", help="write the expected lines instead of comparing")
    parser.add_argument("--tolerance", type=float, default=1e-12)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--counts", help="the golden figures of windows and references, for --self-test")
    parser.add_argument("--tails", help="the golden figures of tails and return periods, for --self-test")
    options = parser.parse_args(arguments)
    if options.self_test:
        import test_recompute
        return test_recompute.run(options.counts, options.tails)
    if not options.config or not options.events or not (options.replay or options.emit):
        parser.error("--config, --events and --replay (or --emit) are needed")
    try:
        if options.emit:
            emit(options.config, options.events, options.emit)
            return 0
        return check(options.config, options.events, options.replay, options.tolerance)
    except (Unusable, OSError, KeyError, TypeError, ValueError) as error:
        print("recompute.py: %s: %s" % (type(error).__name__, error), file=sys.stderr)
        return 2


if __name__ == "__main__":
    sys.exit(main())
