"""What Microsoft offered from May 2024 to August 2026, morning by morning, read from the real files.

    Upstream(real).mornings()   a Morning for each day: the rows of the release history and each channel's pointer

When a build came out is in releases-2024-2026.csv. Which rows the release history still lists is in the file of each
month: a row is there from the build's first day until the first month file that lacks it. Which row is the latest is in
those files too; between them it is the one with the highest build, and that this holds on the days of the files is
checked. A channel's pointer names that build, but on the days of formats/click-to-run.md, sections 2 and 5, when it
really stayed behind and when it really went back.

What the test makes of it: it withdraws five builds the moment a newer one of their version is the one that upstream
offers, and one more after it has been live in production for some days. An entry of ExpiredBuilds stands for 60 days
and is pruned then, as real ones were.
"""
import csv
import glob
import os
import xml.etree.ElementTree as ElementTree
from datetime import date, datetime, time, timedelta, timezone
from typing import NamedTuple

CHANNELS = ("Current", "MonthlyEnterprise", "SemiAnnual")
FIRST_DAY, LAST_DAY = date(2024, 5, 2), date(2026, 8, 22)
HOUR = time(6, 0, tzinfo=timezone.utc)

# Withdrawn when their successor was out. 19822.20240 was a fix for the version before and never the channel's tip.
WITHDRAWN = (("MonthlyEnterprise", "16.0.18526.20264"), ("MonthlyEnterprise", "16.0.19929.20162"),
             ("MonthlyEnterprise", "16.0.19822.20240"), ("Current", "16.0.19929.20164"),
             ("SemiAnnual", "16.0.19127.20646"))
# Withdrawn when it was live in production, by the test alone.
RECALLED = ("SemiAnnual", "16.0.18526.20604", datetime(2025, 10, 1, 12, 0, tzinfo=timezone.utc))
EXPIRED_STANDS = timedelta(days=60)

# channel, what the pointer named although the history's latest was another build, from, until
POINTER_WAS = (
    ("MonthlyEnterprise", "16.0.18526.20264", datetime(2025, 4, 15, tzinfo=timezone.utc),
     datetime(2025, 4, 22, tzinfo=timezone.utc)),
    ("SemiAnnual", "16.0.16731.20716", datetime(2024, 7, 21, tzinfo=timezone.utc),
     datetime(2024, 7, 23, tzinfo=timezone.utc)),
)


def number(build):
    """16.0.17531.20128 as numbers: builds are not compared as text."""
    return tuple(int(part) for part in build.split("."))


def instant(text):
    """A time of the real files, which have 0 to 3 digits of a second."""
    whole = text.rstrip("Z").split(".")[0]
    return datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=timezone.utc)


def days():
    return [FIRST_DAY + timedelta(days=n) for n in range((LAST_DAY - FIRST_DAY).days + 1)]


class Row(NamedTuple):
    channel: str
    version: str
    build: str
    pubtime: str  # as it is written
    out: datetime  # when it came out


class Pointer(NamedTuple):
    build: str
    expired: tuple  # the builds that ExpiredBuilds names


class Morning(NamedTuple):
    at: datetime
    rows: tuple  # of (row, is it the latest of its channel)
    pointers: dict  # of channels that have one


class MonthFile:
    def __init__(self, path):
        root = ElementTree.parse(path).getroot()
        self.published = datetime.strptime(root.get("PublishedDate"), "%m/%d/%Y %H:%M").replace(tzinfo=timezone.utc)
        self.rows, self.latest = {}, {}
        for channel in root:
            for row in channel:
                key = channel.get("ID"), row.get("LegacyVersion")
                self.rows[key] = row
                if row.get("Latest") == "True":
                    self.latest[channel.get("ID")] = row.get("LegacyVersion")


class Upstream:
    def __init__(self, real):
        self.months = [MonthFile(path) for path in sorted(glob.glob(os.path.join(real, "releasehistory", "*.xml")))]
        with open(os.path.join(real, "channels.csv"), encoding="utf-8") as file:
            self.guid = {row["channel_id"]: row["guid"] for row in csv.DictReader(file)}
        self.rows = self.read_rows(os.path.join(real, "releases-2024-2026.csv"))
        self.end = self.find_ends()
        self.of_channel = {name: [row for row in self.rows.values() if row.channel == name] for name in self.guid}
        self.check_latest()

    def read_rows(self, path):
        rows = {}
        with open(path, encoding="utf-8") as file:
            for row in csv.DictReader(file):
                key = row["ChannelID"], row["LegacyVersion"]
                rows[key] = Row(*key[:1], row["Version"], key[1], row["FirstPubTime"], instant(row["FirstPubTime"]))
        for month in self.months:  # what is older than the table
            for key, row in month.rows.items():
                if key[0] in self.guid:
                    rows.setdefault(key, Row(key[0], row.get("Version"), key[1], row.get("PubTime"),
                                             instant(row.get("PubTime"))))
        return rows

    def find_ends(self):
        """When each row left the history."""
        end = {}
        for key, row in self.rows.items():
            gone = [month.published for month in self.months if month.published > row.out and key not in month.rows]
            listed = [month.published for month in self.months if key in month.rows]
            gone = [when for when in gone if not listed or when > max(listed)]
            end[key] = min(gone) if gone else datetime.max.replace(tzinfo=timezone.utc)
        return end

    def check_latest(self):
        for month in self.months:
            for channel in CHANNELS:
                tip = self.tip(channel, month.published)
                assert tip.build == month.latest[channel], (month.published, channel, tip, month.latest[channel])

    def tip(self, channel, when):
        """The row of the channel that is the latest then; None before the first."""
        rows = [row for row in self.of_channel[channel] if row.out <= when]
        return max(rows, key=lambda row: number(row.build)) if rows else None

    def builds(self):
        """The builds that the test needs, in the order in which they came out."""
        return sorted((row for row in self.rows.values() if row.channel in CHANNELS and
                       (row.out.date() >= FIRST_DAY or self.end[row[0], row[2]].date() >= FIRST_DAY)),
                      key=lambda row: (row.out, row.channel))

    def successor(self, channel, build):
        """The next build of the same version."""
        version = self.rows[channel, build].version
        later = [row for row in self.rows.values() if row.channel == channel and row.version == version and
                 number(row.build) > number(build)]
        return min(later, key=lambda row: number(row.build))

    def withdrawn_at(self, channel, build):
        until = [last for name, stays, first, last in POINTER_WAS if (name, stays) == (channel, build)]
        return max([self.successor(channel, build).out] + until)

    def withdrawals(self):
        """(channel, build, when), those of the issue and the test's own."""
        return [(channel, build, self.withdrawn_at(channel, build)) for channel, build in WITHDRAWN] + [RECALLED]

    def pointer(self, channel, when):
        tip = self.tip(channel, when)
        if not tip:
            return None
        named = tip.build
        for name, build, first, last in POINTER_WAS:
            if name == channel and first <= when < last:
                named = build
        return Pointer(named, tuple(build for name, build, at in self.withdrawals()
                                    if name == channel and at <= when < at + EXPIRED_STANDS))

    def history(self, when):
        rows = [row for key, row in self.rows.items() if row.out <= when < self.end[key]]
        tips = {channel: self.tip(channel, when) for channel in {row.channel for row in rows}}
        rows.sort(key=lambda row: (row.channel, tuple(-part for part in number(row.build))))
        return tuple((row, row == tips[row.channel]) for row in rows)

    def morning(self, day):
        at = datetime.combine(day, HOUR)
        pointers = {channel: self.pointer(channel, at) for channel in CHANNELS}
        return Morning(at, self.history(at), {name: pointer for name, pointer in pointers.items() if pointer})

    def mornings(self):
        return [self.morning(day) for day in days()]
