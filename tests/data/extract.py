#!/usr/bin/env python3
"""Makes flights.ndjson.gz beside this file: the flights of February to May 2013, five fields of each, in the order of the source.

    python3 extract.py SOURCE/flights.ndjson.gz

The bytes are the same on every run: gzip level 9 without name or time, as `gzip -9n` writes it.
(Another zlib may compress to other bytes; the SHA-256 that is printed is that of the unpacked lines.)
"""
import gzip
import hashlib
import json
import os
import sys

FIELDS = ("time", "carrier", "origin", "dep_delay", "distance")
FROM, TO = "2013-02-01T00:00:00Z", "2013-06-01T00:00:00Z"  # [from, to); the source's times are all of this form, so text compares as time
MOST_BYTES = 1_000_000
OUT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "flights.ndjson.gz")


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    lines = []
    with gzip.open(sys.argv[1], "rt", encoding="utf-8") as source:
        for line in source:
            flight = json.loads(line)
            if FROM <= flight["time"] < TO:
                lines.append(json.dumps({field: flight[field] for field in FIELDS}, separators=(",", ":"), ensure_ascii=False) + "\n")
    text = "".join(lines).encode("utf-8")
    with open(OUT, "wb") as file, gzip.GzipFile(filename="", mode="wb", compresslevel=9, fileobj=file, mtime=0) as packed:
        packed.write(text)
    size = os.path.getsize(OUT)
    print("%d flights, %d bytes, %d packed, SHA-256 %s" % (len(lines), len(text), size, hashlib.sha256(text).hexdigest()))
    if size >= MOST_BYTES:
        sys.exit("the extract is %d bytes; at most %d are allowed" % (size, MOST_BYTES))


if __name__ == "__main__":
    main()
