#!/usr/bin/env python3
"""A seasonal reference beside a plain one, on the flights of 2013: alarms in the year, and how soon a made drift is seen.

    seasonal.py --driftmonitor PROGRAM --flights flights.ndjson.gz [--update deploy/docs/references.md]

Both references are of April and May; windows 6h and 24h, one false alarm in 30 days. The drift: from a moment on, every flight leaves some
minutes later; 23 moments, nine days apart from June on, at different hours of the day. Delay is from the moment to the first alarm, in hours, median; a drift not
seen within seven days counts as longer. A moment at which one of the two is firing anyway is left out. An alarm that fires for long cannot fire again meanwhile, so the days in which one was firing
stand beside the number of alarms. Prints the table of deploy/docs/references.md, or with --update writes it between
its marks.
"""
import argparse
import datetime
import gzip
import json
import os
import re
import statistics
import subprocess
import tempfile

KINDS = ("file", "hour_of_week")
NAMES = {"file": "plain (`file`)", "hour_of_week": "by hour of the week (`hour_of_week`)"}
SHIFTS = (3, 5, 10, 20, 40)
DAYS = 7
TIME = "%Y-%m-%dT%H:%M:%SZ"


def run(program, *arguments, **options):
    return subprocess.run([program, *arguments], check=True, stdout=subprocess.PIPE, **options).stdout.decode()


def config(folder, kind, every):
    path = os.path.join(folder, "%s-%s.config.json" % (kind, every))
    monitor = {"Name": kind, "Topic": "flights", "Field": "dep_delay", "EventTime": "time", "Windows": ["6h", "24h"], "Pane": "1h",
               "Reference": {"Kind": kind, "File": kind + ".json"}, "Alert": {"FalseAlarmEvery": every}}
    with open(path, "w") as file:
        json.dump({"DriftMonitor": {"Monitors": [monitor]}}, file)
    return path


def firings(output):
    lines = (json.loads(line) for line in output.splitlines() if '"type":"alert"' in line)
    return [(datetime.datetime.strptime(line["time"], TIME), line["to"]) for line in lines]


def alarms_in(changes):
    """(the moments of the alarms, days in which one was firing); one that fires at the end does so until the year's."""
    moments, firing, since = [], datetime.timedelta(), None
    for time, to in changes + [(datetime.datetime(2014, 1, 1), "inactive")]:
        if to == "firing":
            moments.append(time)
            since = time
        elif since is not None:
            firing, since = firing + (time - since), None
    return moments, firing / datetime.timedelta(days=1)


def shifted(events, start, minutes):
    """The events from four days before the moment to seven days after it, with every delay from it on so much longer."""
    lines = []
    for time, line, delay in events:
        if start - datetime.timedelta(days=4) <= time < start + datetime.timedelta(days=DAYS):
            if time >= start and delay is not None:
                line = re.sub(r'"dep_delay":-?[0-9.]+', '"dep_delay":%g' % (delay + minutes), line)
            lines.append(line)
    return ("\n".join(lines) + "\n").encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--driftmonitor", required=True)
    parser.add_argument("--flights", required=True)
    parser.add_argument("--update")
    options = parser.parse_args()
    program = os.path.abspath(options.driftmonitor)
    with gzip.open(options.flights, "rt") as file:
        events = []
        for line in file:
            event = json.loads(line)
            events.append((datetime.datetime.strptime(event["time"][:19] + "Z", TIME), line.rstrip("\n"), event.get("dep_delay")))

    alarms, delays = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        for kind in KINDS:
            path = config(folder, kind, "30d")
            run(program, "reference", "build", "-c", path, "-m", kind, "--out", os.path.join(folder, kind + ".json"), "--from", "2013-04-01T00:00:00Z",
                "--to", "2013-06-01T00:00:00Z", "--file", options.flights, stderr=subprocess.DEVNULL)
            for every in ("30d", "7d"):
                path = config(folder, kind, every)
                alarms[kind, every] = alarms_in(firings(run(program, "replay", "-c", path, "--output", "json", "--file", options.flights)))
        first = datetime.datetime(2013, 6, 4, 0)
        for number in range(23):
            start = first + datetime.timedelta(days=9 * number, hours=5 * number % 24)
            for minutes in SHIFTS:
                data = os.path.join(folder, "shifted.ndjson")
                with open(data, "wb") as file:
                    file.write(shifted(events, start, minutes))
                changes = {kind: firings(run(program, "replay", "-c", config(folder, kind, "30d"), "--output", "json", "--file", data)) for kind in KINDS}
                if any([to for time, to in changes[kind] if time <= start][-1:] == ["firing"] for kind in KINDS):
                    continue
                for kind in KINDS:
                    after = [time for time, to in changes[kind] if time > start and to == "firing"]
                    delays.setdefault((kind, minutes), []).append((after[0] - start).total_seconds() / 3600 if after else float("inf"))

    lines = ["| reference | alarms in the year, one in 30 days | days firing | one in 7 days | days firing | " + " | ".join("%d min later" % minutes for minutes in SHIFTS) + " |",
             "|---|---|---|---|---|" + "---|" * len(SHIFTS)]
    for kind in KINDS:
        cells = []
        for minutes in SHIFTS:
            found = delays[kind, minutes]
            median = statistics.median(found)
            cells.append("%s (%d of %d)" % ("%.0f h" % median if median < float("inf") else "> 7 d", sum(delay < float("inf") for delay in found), len(found)))
        (seldom, few), (often, many) = alarms[kind, "30d"], alarms[kind, "7d"]
        dates = ", ".join(time.strftime("%-d %b %H:%M") for time in seldom)
        lines.append("| %s | %d: %s | %.0f | %d | %.0f | %s |" % (NAMES[kind], len(seldom), dates, few, len(often), many, " | ".join(cells)))
    table = "\n".join(lines) + "\n"
    if not options.update:
        print(table, end="")
        return
    with open(options.update, encoding="utf-8") as file:
        text = file.read()
    with open(options.update, "w", encoding="utf-8") as file:
        file.write(re.sub(r"(<!-- seasonal -->\n).*?(<!-- /seasonal -->)", lambda match: match.group(1) + table + match.group(2), text, flags=re.DOTALL))


if __name__ == "__main__":
    main()
