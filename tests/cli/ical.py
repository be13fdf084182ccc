#!/usr/bin/env python3
"""Checks what `ringmgr calendar --ical` printed against what `ringmgr --json calendar` printed.

    ical.py CALENDAR.ics CALENDAR.json

The form of the lines is checked here by hand (RFC 5545, section 3.1); the object is read by the package icalendar. The
UIDs are printed, sorted.
"""
import json
import re
import sys
from datetime import date, datetime, timezone

import icalendar


def instant(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


def check_lines(raw):
    assert raw.endswith(b"\r\n"), "the last line has no CRLF"
    for line in raw[:-2].split(b"\r\n"):
        assert b"\n" not in line and b"\r" not in line, f"a lone CR or LF: {line!r}"
        assert len(line) <= 75, f"{len(line)} octets: {line!r}"
        line.decode()  # no character is cut


def summaries(raw):
    """Unfolded and unescaped by hand: icalendar 4.0 takes an escaped backslash before n for a line break."""
    lines = raw.replace(b"\r\n ", b"").decode().split("\r\n")
    texts = [line[len("SUMMARY:"):] for line in lines if line.startswith("SUMMARY:")]
    assert not any(re.search(r"(?<!\\)(?:\\\\)*[;,]", text) for text in texts), texts
    return [re.sub(r"\\(.)", lambda found: found[1].replace("n", "\n"), text) for text in texts]


def check_event(event, said, summary):
    start, end = event["DTSTART"].dt, event["DTEND"].dt if "DTEND" in event else None
    if isinstance(start, datetime):
        assert start == instant(said["at"]), said
        assert (end is None) == (said["until"] is None), said
    else:  # whole days of UTC, the last one excluded
        assert isinstance(end, date) and start < end
        assert start == instant(said["at"]).date() and end == instant(said["until"]).date(), said
    ring = f"{said['ring']}: " if said["ring"] else ""
    assert summary == ring + said["text"], (summary, said["text"])
    assert "\\" in summary or str(event["SUMMARY"]) == summary, (str(event["SUMMARY"]), summary)
    assert event["CATEGORIES"].to_ical().decode() == said["what"]
    assert event["DTSTAMP"].dt.tzinfo is not None


def main(ics, document):
    raw = open(ics, "rb").read()
    check_lines(raw)
    calendar = icalendar.Calendar.from_ical(raw)
    assert calendar["VERSION"] == "2.0" and calendar["PRODID"]
    events = calendar.walk("VEVENT")
    said = json.load(open(document))["events"]
    assert len(events) == len(said) > 0, (len(events), len(said))
    for event, one, summary in zip(events, said, summaries(raw), strict=True):
        assert not event.errors, event.errors
        check_event(event, one, summary)
    uids = sorted(str(event["UID"]) for event in events)
    assert len(set(uids)) == len(uids), uids
    print("\n".join(uids))


main(*sys.argv[1:])
