#!/usr/bin/env python3
"""Runs the cases of $DRIFTMONITOR_SHARED/cases with the built program, and checks the right answers in the README there.

    cases.py --driftmonitor PROGRAM [--shared DIR] [--bootstrap HOST:PORT --topic EMPTY] [CASE...]

`make.py` of the cases writes their inputs into a temporary folder. Prints a line for each case: ok, FAIL with what was found instead, or skip
with what is missing: `framed` needs an empty topic of a Kafka at --bootstrap, and kcat. What "as counted" means is computed here, from the inputs; what the program
shows of smoothed references may differ from it in the third decimal. Exit codes: 0 all right, 1 a case failed, 2 there are no cases.
"""
import argparse
import collections
import csv
import json
import math
import os
import re
import shutil
import subprocess
import sys
import tempfile

MINUTES_OF_WEEK = 7 * 1440


class Wrong(Exception):
    """What was found in place of the right answer."""


class Lacking(Exception):
    """What the machine lacks for a case."""


def require(condition, what):
    if not condition:
        raise Wrong(what() if callable(what) else what)


def near(name, expected, tolerance, found):
    require(isinstance(found, (int, float)) and abs(found - expected) <= tolerance, "%s is %s in place of %s" % (name, found, expected))


class Case:
    """The folder of a case's inputs, and the program."""

    def __init__(self, program, folder, bootstrap=None, topic=None):
        self.program, self.folder, self.bootstrap, self.topic = program, folder, bootstrap, topic

    def run(self, *arguments):
        return subprocess.run([self.program, *arguments], cwd=self.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, encoding="utf-8", timeout=110)

    def output(self, *arguments):
        """The output of a run that succeeds."""
        ended = self.run(*arguments)
        require(ended.returncode == 0, lambda: "exit code %d: %s" % (ended.returncode, ended.stderr.strip()[:300] or ended.stdout[:300]))
        return ended.stdout

    def configure(self, field, time, **more):
        monitor = {"Name": "m", "Topic": "t", "Field": field, "EventTime": time, "Windows": ["6h", "24h"], "Pane": "1h", "MinimumEvents": 20, "Reference": {"File": "reference.json"}}
        with open(os.path.join(self.folder, "config.json"), "w", encoding="utf-8") as file:
            json.dump({"DriftMonitor": {"Kafka": {"BootstrapServers": self.bootstrap or "localhost:1", "Start": "earliest"}, "Monitors": [dict(monitor, **more)]}}, file)

    def try_build(self, files, *options):
        return self.run("reference", "build", "--config", "config.json", "--monitor", "m", "--out", "reference.json", *(["--file", *files] if files else []), *options)

    def build(self, files, *options):
        """(the reference, what the build says)."""
        self.output("reference", "build", "--config", "config.json", "--monitor", "m", "--out", "reference.json", *(["--file", *files] if files else []), *options)
        with open(os.path.join(self.folder, "reference.json"), encoding="utf-8") as file:
            return json.load(file)

    def replay(self, *files):
        return [json.loads(line) for line in self.output("replay", "--config", "config.json", "--output", "json", "--file", *files).splitlines()]

    def compare(self, *arguments):
        return json.loads(self.output("compare", *arguments, "--output", "json"))

    def events(self, name):
        with open(os.path.join(self.folder, name), encoding="utf-8") as file:
            return [json.loads(line) for line in file]


def counts(reference):
    return {"regular": reference["counts"]["regular"], **reference["counts"].get("special", {})}


def total(reference):
    found = counts(reference)
    return sum(found.pop("regular")) + sum(found.values())


def of_window(lines, window):
    return [line["kl_nats"] for line in lines if line["type"] == "reading" and line["window"] == window and "kl_nats" in line]


def over_the_day(lines):
    found = of_window(lines, "24h")
    require(found, "there is no reading of 24h")
    return found[-1]


def rejected(lines):
    """The reasons of rejections, with their counts, of every monitor and of the topics."""
    found = collections.Counter()
    for reasons in lines[-1]["rejected"].values():
        found.update(reasons)
    return found


def divergence(current, reference):
    """Of values as counted: D(current || reference), in nats."""
    p, q = collections.Counter(current), collections.Counter(reference)
    return sum(n / len(current) * math.log((n / len(current)) / (q[value] / len(reference))) for value, n in p.items())


def stars(case):
    case.configure("stars", "ts")
    reference = case.build(["ref.ndjson"])
    before, after = ([event["stars"] for event in case.events(name)] for name in ("ref.ndjson", "cur.ndjson"))
    require(counts(reference)["regular"] == [before.count(star) for star in range(1, 6)], lambda: "the bins hold %s" % counts(reference)["regular"])
    near("as counted, KL over the day", 0.147, 0.001, divergence(after, before))
    near("KL over the day", divergence(after, before), 0.002, over_the_day(case.replay("cur.ndjson")))


def flag(case):
    near("KL", 1.14494501487816, 1e-13, case.compare("feb.csv:label", "jan.csv:label")["kl_nats"])


def zero_inflated(case):
    table = case.output("compare", "g2.csv:gain", "g1.csv:gain")
    first = next((line for line in table.splitlines() if re.search(r"\[\S+ \S+[)\]]", line)), "")
    require("40.0 %" in first and "92.0 %" in first, lambda: "the first bin is not that of the zeros alone: %r" % first)
    found = case.compare("g2.csv:gain", "g1.csv:gain")["kl_nats"]
    require(isinstance(found, float) and 0.9 < found < 1.5, lambda: "KL is %s: with bins 0 and quartiles above it would be 0.93, with finer ones more" % found)
    # The bins' edges as the table shows them are too short, so take the quartiles from the values above 0.
    with open(os.path.join(case.folder, "g1.csv"), encoding="utf-8") as file:
        above = sorted(float(row["gain"]) for row in csv.DictReader(file) if float(row["gain"]) > 0)
    place = [(len(above) - 1) * i / 4 for i in range(1, 4)]
    inner = [above[int(p)] + (p - int(p)) * (above[int(p) + 1] - above[int(p)]) for p in place]
    edges = ",".join("%r" % edge for edge in [0.0, above[0] / 2, *inner, above[-1]])
    near("KL on 0 and quartiles", 0.93, 0.005, case.compare("g2.csv:gain", "g1.csv:gain", "--edges=" + edges)["kl_nats"])


def int_float_category(case):
    case.configure("tract", "ts")
    nulls = sum(1 for event in case.events("cur.ndjson") if event["tract"] is None)
    for options in ((), ("--bins", "categories:20")):
        reference = case.build(["ref.ndjson"], *options)
        require(len(counts(reference)["regular"]) == 4, lambda: "there are %d bins for four codes" % len(counts(reference)["regular"]))
        near("KL over the day (%s)" % (" ".join(options) or "default bins"), 0.07, 0.015, over_the_day(case.replay("cur.ndjson")))
    share = nulls / 1440
    without = [event["tract"] for event in case.events("cur.ndjson") if event["tract"] is not None]
    near("KL of the codes without nulls, as counted", 0, 0.01, divergence(without, [event["tract"] for event in case.events("ref.ndjson")]))
    near("the share of nulls", 0.01, 0.005, share)
    case.build(["cur.ndjson"], "--bins", "categories:20")
    labels = case.output("reference", "show", "reference.json")
    require("17.0" not in labels, "17.0 is a label")


def python_nan(case):
    case.configure("temp", "ts", Alert={"FalseAlarmEvery": "30d"})
    reference = case.build(["ref.ndjson"])
    nan = lambda name: sum(1 for event in case.events(name) if math.isnan(event["temp"]))
    require(total(reference) == MINUTES_OF_WEEK and counts(reference)["nan"] == nan("ref.ndjson"), lambda: "the reference has %d events, %d in nan" % (total(reference), counts(reference)["nan"]))
    lines = case.replay("cur.ndjson")
    require(not rejected(lines), lambda: "rejected: %s" % dict(rejected(lines)))
    require(2.5 < over_the_day(lines) < 3.8, lambda: "KL over the day is %s in place of about 3" % over_the_day(lines))
    require(any(line["type"] == "alert" and line["to"] == "firing" for line in lines), "the alert does not fire")
    edges = ",".join("%r" % edge for edge in reference["bins"]["edges"])
    current = case.build(["cur.ndjson"], "--edges=" + edges)
    near("the share in nan", 0.58, 0.01, counts(current)["nan"] / total(current))
    require(counts(current)["nan"] == nan("cur.ndjson"), lambda: "nan has %d" % counts(current)["nan"])


def numbers_as_strings(case):
    case.configure("bytes", "ts")
    reference = case.build(["ref.ndjson"])
    require(reference["bins"]["kind"] == "edges" and reference.get("text_numbers") is True and counts(reference)["wrong_type"] == 0,
            lambda: "bins of %s, text_numbers %s, %s of the wrong type" % (reference["bins"]["kind"], reference.get("text_numbers"), counts(reference).get("wrong_type")))
    near("KL over the day", 1.8, 0.08, over_the_day(case.replay("cur.ndjson")))


def dotted_keys(case):
    for field, kinds in (('["http.response.status_code"]', 2), ('labels["app.kubernetes.io/name"]', 2), ('["Temp [C]"]', None)):
        case.configure(field, "@timestamp")
        found = counts(case.build(["ref.ndjson"]))
        require(sum(found["regular"]) == MINUTES_OF_WEEK and (kinds is None or len(found["regular"]) == kinds), lambda: "of %s, the bins hold %s" % (field, found))


def padded_cells(case):
    require(case.compare("b.csv:age", "a.csv:age")["kl_nats"] == "inf", "KL as counted is not infinite")
    above = re.search(r"^ *above +([0-9.]+) %", case.output("compare", "b.csv:age", "a.csv:age"), re.MULTILINE)
    require(above and abs(float(above[1]) - 100 * 37 / 2000) <= 0.051, lambda: "above holds %s %% in place of 37 of 2000" % (above and above[1]))
    near("KL with --alpha 0.5", 0.898, 0.0015, case.compare("b.csv:age", "a.csv:age", "--alpha", "0.5")["kl_nats"])
    near("KL of the work classes", 0, 0.01, case.compare("b.csv:workclass", "a.csv:workclass")["kl_nats"])
    table = case.output("compare", "b.csv:workclass", '{"Private":1,"State-gov":1,"?":1}')
    require("unseen" not in table, "Private with a blank before it is not Private")


def number_spellings(case):
    case.configure("amount", "ts")
    for name in ("ref.csv", "small.csv"):
        reference = case.build([name])
        require(reference["bins"]["kind"] == "edges" and counts(reference)["wrong_type"] == 0 and sum(counts(reference)["regular"]) == MINUTES_OF_WEEK, lambda: "%s: the bins hold %s" % (name, counts(reference)))
    case.build(["ref.csv"])
    lines = case.replay("small.csv")
    require(not rejected(lines) and over_the_day(lines) > 0.3, lambda: "KL over the day is %s, rejected %s" % (over_the_day(lines), dict(rejected(lines))))
    table = case.output("compare", "small.csv:amount", "ref.csv:amount")
    require("wrong_type" not in table, "compare counts values as wrong_type")


def semicolons(case):
    ended = case.run("compare", "aq.csv:T", "aq.csv:T", "--edges", "11.9,13.3,13.6,14")
    if ended.returncode:
        require(re.search(r"\b(row|line) \d", ended.stderr) and re.search(r"semicolon|;", ended.stderr) and ended.stderr.count("\n") == 1 and not ended.stdout,
                lambda: "the refusal does not name row and separator: %s" % ended.stderr.strip())
    else:
        require(ended.stdout.count("33.3 %") == 6 and "missing" not in ended.stdout, lambda: "T is not read as 13.6, 13.3 and 11.9: %s" % ended.stdout[:300])


def latin_1(case):
    for field in ("country", "amount"):
        case.configure(field, "ts")
        case.build(["ref.csv"])
        ended = case.run("replay", "--config", "config.json", "--file", "cur.csv", "--output", "json")
        named = re.search(r"latin-?1|utf-8", ended.stderr, re.IGNORECASE)
        share = re.search(r"\d %|\d of \d", ended.stderr)
        require(named and (ended.returncode or share), lambda: "of %s, the encoding or the share lost is not named: exit code %d, %s" % (field, ended.returncode, ended.stderr.strip()[:200] or "nothing on standard error"))
        ended = case.run("compare", "cur.csv:" + field, "ref.csv:" + field)
        named = re.search(r"latin-?1|utf-8", ended.stderr, re.IGNORECASE)
        share = re.search(r"\d %|\d of \d", ended.stderr)
        require(named and (ended.returncode or share), lambda: "compare of %s: exit code %d, %s" % (field, ended.returncode, ended.stderr.strip()[:200] or "nothing on standard error"))


def time_forms(case):
    def check(name, of):
        require((reference["from"], total(reference)) == ("2024-01-01T00:00:00Z", of), lambda: "%s: %d events from %s" % (name, total(reference), reference["from"]))
    for name in ("string_ms", "string_s", "micro", "nano", "iso_utc", "zoned", "basic"):
        case.configure("x", "ts")
        try:
            reference = case.build([name + ".ndjson"])
        except Wrong as wrong:
            raise Wrong("%s: %s" % (name, wrong)) from None
        check(name, 2880)
        require(reference["to"] == "2024-01-03T00:00:00Z", lambda: "%s: to %s" % (name, reference["to"]))
    for name, example, form in (("debezium_days", r"19723|19724|1970-01-01", "days"), ("german", r"0[12]\.01\.2024", "dd.MM.yyyy HH:mm:ss")):
        case.configure("x", "ts")
        ended = case.try_build([name + ".ndjson"])
        require(re.search(example, ended.stderr) and "EventTimeFormat" in ended.stderr, lambda: "%s: no example with the option that reads it: %s" % (name, ended.stderr.strip()[:300]))
        case.configure("x", "ts", EventTimeFormat=form)
        reference = case.build([name + ".ndjson"])
        check(name, 2880)


def part_files(case):
    case.configure("country", "ts")
    parts = lambda part: ["%s-%s.ndjson" % (part, country) for country in ("AT", "DE", "FR")]
    for part in ("ref", "day"):
        merged = sorted((line for name in parts(part) for line in open(os.path.join(case.folder, name), encoding="utf-8")), key=lambda line: json.loads(line)["ts"])
        with open(os.path.join(case.folder, part + ".ndjson"), "w", encoding="utf-8") as file:
            file.writelines(merged)
    case.build(["ref.ndjson"])
    of_merged, whole = case.replay("day.ndjson"), counts(json.load(open(os.path.join(case.folder, "reference.json"), encoding="utf-8")))
    require(counts(case.build(parts("ref"))) == whole, "the reference of the parts has other counts than that of the merged stream")
    lines = case.replay(*parts("day"))
    require(not rejected(lines), lambda: "rejected: %s" % dict(rejected(lines)))
    near("KL over the day", 0.0013, 0.0002, over_the_day(lines))
    require(max(of_window(lines, "6h")) <= 0.0135, lambda: "a window of 6h reaches %s" % max(of_window(lines, "6h")))
    readings = lambda lines: [line for line in lines if line["type"] == "reading"]
    require(readings(lines) == readings(of_merged), "the readings are not those of the merged stream")


def bracket_columns(case):
    for field in ("Temperature[C]", "a[0]", "x.", "Day-ahead Price [EUR/MWh]", "PM2.5"):
        case.configure(field, "MTU (CET)")
        try:
            found = counts(case.build(["p.csv"]))
        except Wrong as wrong:
            raise Wrong("%s: %s" % (field, wrong)) from None
        require(sum(found["regular"]) == 2880, lambda: "of %s, the bins hold %s" % (field, found))


def event_batches(case):
    case.configure("c", "ts", Unpack="records")
    found = counts(case.build(["batches.ndjson"]))
    require(sum(found["regular"]) == 2880 and len(found["regular"]) == 2, lambda: "the bins hold %s" % found)
    lines = case.replay("batches.ndjson")
    require(not rejected(lines) and of_window(lines, "24h"), lambda: "rejected: %s" % dict(rejected(lines)))


def framed(case):
    if case.bootstrap is None or case.topic is None or shutil.which("kcat") is None:
        raise Lacking("needs --bootstrap, --topic and kcat")
    with open(os.path.join(case.folder, "values.hex"), encoding="ascii") as file:
        values = [bytes.fromhex(line) for line in file]
    names = []
    for number, value in enumerate(values):
        names.append("%d.value" % number)
        with open(os.path.join(case.folder, names[-1]), "wb") as file:
            file.write(value)
    # A file each is a record each, so bytes of any value survive.
    produced = subprocess.run(["kcat", "-P", "-b", case.bootstrap, "-t", case.topic, "-p", "0", *names], cwd=case.folder, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, encoding="utf-8", timeout=60)
    require(produced.returncode == 0, lambda: "kcat cannot produce: %s" % produced.stderr.strip()[:200])
    case.configure("c", "ts", Topic=case.topic)
    found = counts(case.build([]))
    require(sum(found["regular"]) == len(values) and len(found["regular"]) == 2, lambda: "the bins hold %s" % found)
    summary = json.loads(case.output("replay", "--config", "config.json", "--output", "json").splitlines()[-1])
    require(summary["events"] == len(values) and not any(summary["rejected"].values()), lambda: "%s" % summary)


CASES = {check.__name__.replace("_", "-"): check for check in (
    stars, flag, zero_inflated, int_float_category, python_nan, numbers_as_strings, dotted_keys, padded_cells, number_spellings, semicolons, latin_1, time_forms, part_files,
    bracket_columns, event_batches, framed)}


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driftmonitor", required=True)
    parser.add_argument("--shared", default=os.environ.get("DRIFTMONITOR_SHARED"))
    parser.add_argument("--bootstrap")
    parser.add_argument("--topic")
    parser.add_argument("cases", nargs="*", metavar="CASE")
    options = parser.parse_args(arguments)
    unknown = [name for name in options.cases if name not in CASES]
    if unknown:
        parser.error("no such case: %s; the cases are %s" % (", ".join(unknown), ", ".join(CASES)))
    make = options.shared and os.path.join(options.shared, "cases", "make.py")
    if not make or not os.path.exists(make):
        print("cases.py: there are no cases: set DRIFTMONITOR_SHARED, or --shared, to the folder that has cases/make.py", file=sys.stderr)
        return 2
    failed = 0
    with tempfile.TemporaryDirectory(prefix="driftmonitor-cases-") as folder:
        subprocess.run([sys.executable, make, folder], check=True, stdout=subprocess.DEVNULL)
        made = {name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name))}
        for name in sorted(made - set(CASES)):
            failed += 1
            print("FAIL %s: nothing here checks it" % name)
        for name in options.cases or CASES:
            try:
                require(name in made, "make.py does not make it")
                CASES[name](Case(os.path.abspath(options.driftmonitor), os.path.join(folder, name), options.bootstrap, options.topic))
                print("ok   %s" % name, flush=True)
            except Lacking as lacking:
                print("skip %s: %s" % (name, lacking), flush=True)
            except (Wrong, subprocess.SubprocessError, OSError, ValueError, KeyError, TypeError, IndexError) as error:
                failed += 1
                print("FAIL %s: %s" % (name, error if isinstance(error, Wrong) else "%s: %s" % (type(error).__name__, error)), flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
