#!/usr/bin/env python3
"""What the record of a replay must show. Each check is a function here; its text is the rule.

    checks.py NAME RECORD     ends 1 and says what is wrong; what is printed otherwise is for the reader
    checks.py timeline RECORD

Times, soaks, freezes and deadlines are reckoned here from the real files and the record's history, by rules written
down a second time; nothing is asked of the program.
"""
import json
import os
import sys
from datetime import datetime, timedelta, timezone

import deadlines
from replay import ACTS, FREEZE, RING, SETTLE, moment, rings
from upstream import CHANNELS, POINTER_WAS, RECALLED, WITHDRAWN, Upstream, number

DAY = timedelta(days=1)
SOAK = {"early": 3 * DAY, "production": 14 * DAY}
PRODUCTION = {channel: f"{channel.lower()}-production" for channel in CHANNELS}
SOURCE = {ring: source for ring, _, source in rings()}
CHANNEL = {ring: channel for ring, channel, _ in rings()}
WARN_DAYS = {"Current": 0, "MonthlyEnterprise": 14, "SemiAnnual": 45}


def is_frozen(at):
    """The ring's freeze, in UTC, both ends included."""
    return any(first <= str(at.date()) <= last for first, last in (span.split("/") for span in FREEZE.split(", ")))


def freezes(ring):
    return ring.endswith("-production") or ring == "monthlyenterprise-early"


class Record:
    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            record = json.load(file)
        self.upstream = Upstream(os.environ["RINGMGR_REAL"])
        self.steps, self.acts, self.history = record["steps"], record["acts"], record["history"]
        for item in self.steps + self.acts:
            item["at"] = datetime.fromisoformat(item["at"])
        for entry in self.history:
            entry["at"] = moment(entry["time"])
        self.mornings = [step for step in self.steps if step["morning"]]
        self.moves = [entry for entry in self.history if entry["action"] in ("promote", "rollback")]
        self.wrong = []

    def fault(self, text):
        self.wrong.append(text)

    def moves_of(self, ring, action="promote"):
        return [entry for entry in self.moves if entry["ring"] == ring and entry["action"] == action]

    def version(self, channel, build):
        return self.upstream.rows[channel, build].version

    def support(self, step, ring):
        return next(row for row in step["support"] if row["ring"] == ring)

    def attention(self, step, ring, code):
        return [row for row in step["attention"] if row["ring"] == ring and row["code"] == code]

    def morning_of(self, day):
        return next(step for step in self.mornings if str(step["at"].date()) == day)


def shares(record):
    """The judge found nothing in nine shares at any step, and each offers what the history says that it does."""
    for step in record.steps + record.acts:
        for text in step["wrong"]:
            record.fault(f"{step['at']}: {text}")
    moves = list(record.moves)
    live = {ring: None for ring, _, _ in rings()}
    for step in record.steps:
        while moves and moves[0]["at"] <= step["at"]:
            live[moves[0]["ring"]] = moves[0]["build"]
            moves.pop(0)
        if live != step["shares"]:
            record.fault(f"{step['at']}: the history says {live}, the shares {step['shares']}")
    print(f"{len(record.steps)} syncs, {len(record.steps) * len(live)} shares judged, {len(record.moves)} moves")


def exits(record):
    """Each sync ends 0 in silence, but 5 as long as a channel has no pointer; people's commands end 0."""
    begins = min(row.out for row in record.upstream.rows.values() if row.channel == "MonthlyEnterprise")
    for step in record.steps:
        lacks = step["at"] < begins
        if step["exit"] != (5 if lacks else 0) or lacks != ("has no pointer" in step["said"]):
            record.fault(f"{step['at']}: sync ended with {step['exit']}: {step['said']}")
    if [act["command"] for act in record.acts if act["exit"]] or len(record.acts) != len(ACTS):
        record.fault(str(record.acts))


def open_days(since, until):
    """Days between two times that are not frozen."""
    days = (until.date() - since.date()).days
    return sum(not is_frozen(since + n * DAY) for n in range(1, days + 1))


def gaps(record):
    """Production of Current is promoted at least once in every 35 days that are not frozen."""
    times = [entry["at"] for entry in record.moves_of(PRODUCTION["Current"])] + [record.steps[-1]["at"]]
    spans = [(open_days(since, until), since, until) for since, until in zip(times, times[1:])]
    for days, since, until in spans:
        if days > 35:
            record.fault(f"current-production: {days} days from {since} to {until} without a promotion")
    if times[0] - record.steps[0]["at"] > 18 * DAY:
        record.fault(f"current-production: the first promotion was on {times[0]}")
    print("current-production: the longest time without a promotion was {} days that are not frozen, {:%F} to {:%F}"
          .format(*max(spans)))


def offered(record, channel):
    """version: how many mornings upstream's pointer named a build of it."""
    versions = {}
    for step in record.mornings:
        pointer = record.upstream.pointer(channel, step["at"])
        if pointer:
            version = record.version(channel, pointer.build)
            versions[version] = versions.get(version, 0) + 1
    return versions


def versions(record):
    """Production of MonthlyEnterprise and SemiAnnual gets each version that was offered for longer than 17 days."""
    for channel in ("MonthlyEnterprise", "SemiAnnual"):
        got = {record.version(channel, entry["build"]) for entry in record.moves_of(PRODUCTION[channel])}
        want = {version for version, days in offered(record, channel).items() if days > 17}
        for version in sorted(want - got):
            record.fault(f"{channel}: version {version} never came into production")
        print(f"{channel}: {len(want)} versions offered for longer than 17 days, {len(got)} came into production")


def judge_move(record, entry, since, before):
    ring, build, at = entry["ring"], entry["build"], entry["at"]
    name = f"{at:%F %R} {ring} {build}"
    kind = ring.rsplit("-", 1)[1]
    if entry["channel"] != CHANNEL[ring] or (CHANNEL[ring], build) not in record.upstream.rows:
        record.fault(f"{name}: of another channel")
    elif record.upstream.rows[CHANNEL[ring], build].out > at:
        record.fault(f"{name}: it is not out yet")
    if before and number(build) <= number(before):
        record.fault(f"{name}: backwards from {before}")
    if freezes(ring) and is_frozen(at):
        record.fault(f"{name}: in a freeze")
    if kind in SOAK and (since is None or at - since < SOAK[kind]):
        record.fault(f"{name}: live in {SOURCE[ring]} since {since}")
    if entry["gates_overridden"] or entry["identity"] != "service":
        record.fault(f"{name}: by {entry['identity']}, over {entry['gates_overridden']}")


def soaks(record):
    """Nothing before 3 and 14 days of soak, in a freeze, backwards, by force, or of another channel."""
    since, live = {}, {}
    for entry in record.moves:
        ring, build = entry["ring"], entry["build"]
        if entry["action"] == "promote":
            judge_move(record, entry, since.get((SOURCE[ring], build)), live.get(ring))
        since.setdefault((ring, build), entry["at"])
        live[ring] = build


def soak_of(ring):
    return SOAK[ring.rsplit("-", 1)[1]]


def opening(record, ring, since):
    """When a build that the source has had live since then can go: soak, freeze, hold after the rollback, settle."""
    at = since + soak_of(ring)
    while freezes(ring) and is_frozen(at):
        at = at.replace(hour=0, minute=0) + DAY
    if ring == RING and record.acts[0]["at"] < at < record.acts[1]["at"]:
        at = record.acts[1]["at"]
    return at + SETTLE


def expected(record, ring):
    """[(time, build)]: what the ring must take, given what its source had live and when; of two at a time the newer."""
    gone = {(channel, build): at for channel, build, at in record.upstream.withdrawals()}
    chances = {}
    for entry in record.moves_of(SOURCE[ring]):
        build, at = entry["build"], opening(record, ring, entry["at"])
        if at <= record.steps[-1]["at"] and at < gone.get((CHANNEL[ring], build), at + DAY):
            chances[at] = max(build, chances.get(at, build), key=number)
    return sorted(chances.items())


def prompt(record):
    """Early and production take every build that has soaked, on the minute: neither is one left out, nor does it come
    later than the moment that `status` had named the morning before."""
    for ring in (ring for ring in SOURCE if SOURCE[ring] != "origin"):
        want = expected(record, ring)
        have = [(entry["at"], entry["build"]) for entry in record.moves_of(ring)]
        for at, build in sorted(set(want) ^ set(have)):
            record.fault(f"{at:%F %R} {ring} {build}: {'missing' if (at, build) in want else 'not expected'}")
        print(f"{ring}: {len(have)} promotions, {len(set(want) & set(have))} as reckoned")


def withdrawn(record):
    """What was withdrawn when its successor was out never came into production, and moved nowhere after that."""
    for channel, build in WITHDRAWN:
        at = record.upstream.withdrawn_at(channel, build)
        had = [entry for entry in record.moves if entry["channel"] == channel and entry["build"] == build]
        seen = sorted(entry["ring"] for entry in had)
        pointers = [record.upstream.pointer(channel, step["at"]) for step in record.mornings]
        tip = any(pointer and pointer.build == build for pointer in pointers)
        if PRODUCTION[channel] in seen or any(step["shares"][PRODUCTION[channel]] == build for step in record.steps):
            record.fault(f"{channel} {build} came into production")
        if any(entry["at"] > at for entry in had):
            record.fault(f"{channel} {build} was promoted after {at}")
        if tip != (f"{channel.lower()}-pilot" in seen):
            record.fault(f"{channel} {build}: upstream {'offered' if tip else 'did not offer'} it, live in {seen}")
        print(f"{channel} {build}: withdrawn {at:%F %R}, had been live in {', '.join(seen) or 'no ring'}")


def recalled(record):
    """A build that is recalled while it is live in production stays there, with an attention, until a person goes back
    by the attention's own command; then nothing moves by itself until unhold."""
    channel, build, at = RECALLED
    back, release = (act["at"] for act in record.acts)
    older = [entry["build"] for entry in record.moves_of(RING) if entry["at"] < at][-2]
    for step in record.mornings:
        found = record.attention(step, RING, "live-recalled")
        standing = at < step["at"] < back
        if bool(found) != standing or (standing and not found[0]["command"].startswith(f"ringmgr rollback {RING} ")):
            record.fault(f"{step['at']}: attention {found}")
        if standing and step["shares"][RING] != build:
            record.fault(f"{step['at']}: {step['shares'][RING]} is live")
        if back < step["at"] < release and step["shares"][RING] != older:
            record.fault(f"{step['at']}: {step['shares'][RING]} is live, not {older}")
    if record.acts[0]["before"][RING] != build or record.acts[0]["after"][RING] != older:
        record.fault(f"rolled back from {record.acts[0]['before'][RING]} to {record.acts[0]['after'][RING]}")
    backs = [entry for entry in record.moves if entry["action"] == "rollback"]
    if [(entry["ring"], entry["build"], entry["identity"] == "service") for entry in backs] != [(RING, older, False)]:
        record.fault(f"rollbacks: {backs}")
    after = [entry for entry in record.moves_of(RING) if entry["at"] > back]
    soaked = [entry for entry in record.moves_of(SOURCE[RING]) if at < entry["at"] <= release - SOAK["production"]]
    next_one = after[0] if after else {"build": None, "at": back}
    if not soaked or next_one["build"] != soaked[-1]["build"] or not release < next_one["at"] < release + DAY:
        record.fault(f"after unhold: {next_one}, soaked {soaked}")
    if len(after) < 5 or build in [entry["build"] for entry in after]:
        record.fault(f"it did not go on: {after}")
    print(f"{RING}: {build} recalled {at:%F}, back on {older} {back:%F}, {next_one['build']} {next_one['at']:%F}")


def judge_wrangle(record, step, channel, first, tip):
    """A morning on which the pointer does not name what the history does."""
    pilot, early = f"{channel.lower()}-pilot", f"{channel.lower()}-early"
    had = channel == "SemiAnnual"  # upstream went back behind what was live already
    waited = step["at"] - max(first, record.upstream.rows[channel, tip].out) >= 3 * DAY
    if (step["shares"][pilot] == tip) != (had or waited):
        record.fault(f"{step['at']}: {pilot} has {step['shares'][pilot]}")
    if not had and step["shares"][early] == tip:
        record.fault(f"{step['at']}: {early} has {tip}")


def wrangles(record):
    """Where upstream's pointer stays behind its history, or goes back, the ring waits and says so; after conflict_wait
    the first ring alone takes what the history names; when upstream is at one again, everything goes on."""
    for channel, _, first, last in POINTER_WAS:
        ring, tip = f"{channel.lower()}-pilot", record.upstream.tip(channel, last).build
        for step in record.mornings:
            standing = max(first, record.upstream.rows[channel, tip].out) <= step["at"] < last
            found = record.attention(step, ring, "upstream-disagrees")
            if bool(found) != standing:
                record.fault(f"{step['at']}: {ring}: attention {found}")
            if standing:
                judge_wrangle(record, step, channel, first, tip)
        if not [entry for entry in record.moves_of(ring) if last < entry["at"] < last + 35 * DAY]:
            record.fault(f"{ring} did not go on")


def reckoned(record):
    """Each morning each ring's deadline is the one that the rules give by this test's own reckoning."""
    for step in record.mornings:
        for ring, channel, _ in rings():
            row = record.support(step, ring)
            want = row["build"] and deadlines.deadline(record.upstream, channel, row["build"], step["at"])
            have = row["deadline"] and moment(row["deadline"])
            if want != have:
                record.fault(f"{step['at']}: {ring} {row['build']}: {have}, reckoned {want}")


def judge_warning(record, step, ring, before, told):
    """One morning of a production ring; `told` has the first conflict of each build that was live."""
    row, attention = record.support(step, ring), record.attention(step, ring, "support")
    name = f"{step['at']:%F} {ring} {row['build']} until {row['deadline']}"
    short = CHANNEL[ring] == "Current"
    if bool(attention) != (row["level"] != "ok"):
        record.fault(f"{name}: level {row['level']}, attention {attention}")
    days = WARN_DAYS[CHANNEL[ring]]
    if row["level"] == "ok" and row["deadline"] and row["days_left"] <= days and not short:
        record.fault(f"{name}: {row['days_left']} days left, and no warning")
    if row["level"] == "late":
        record.fault(f"{name}: late, although the ring promotes by itself")
    if row["conflict"] and row["level"] != "expired":
        told.setdefault(row["build"], f"{step['at']:%F}: {row['conflict']}")
    if row["level"] != "expired":
        return
    if before and before["build"] == row["build"] and before["level"] == "ok":
        if not (short and moment(before["deadline"]) > moment(row["deadline"])):
            record.fault(f"{name}: expired, and ok the morning before")
    if not short and row["build"] not in told:
        record.fault(f"{name}: expired, and no conflict was ever told")


def arrival(record, ring, build, at):
    """When the next build can be in the ring at the earliest: one that comes out now, or one that is on its way."""
    early, pilot = SOURCE[ring], SOURCE[SOURCE[ring]]
    newer = {name: {entry["build"]: entry["at"] for entry in record.moves_of(name)
                    if entry["at"] <= at and number(entry["build"]) > number(build)} for name in (early, pilot)}
    chances = list(newer[early].values())
    chances += [opening(record, early, since) for since in [at, *newer[pilot].values()]]
    return min(opening(record, ring, since) for since in chances)


def blind(record, ring):
    """The mornings on which level was ok and nothing could have come before the end any more."""
    for step in record.mornings:
        row = record.support(step, ring)
        if row["level"] == "ok" and row["deadline"]:
            if arrival(record, ring, row["build"], step["at"]) >= moment(row["deadline"]):
                yield f"{step['at']:%F}"


def warned(record):
    """A production ring never goes from ok to expired: on the last morning before it, level was warn, and an attention
    stood. The only excuse is Current's: its end is an estimate from the day of the next version, and was brought
    forward into the past on that very morning. Level is never ok where not even a build that comes out today could be
    let in before the end, through the soaks and freezes of all rings on its way; nor with less than 14 days left for
    MonthlyEnterprise, 45 for SemiAnnual. A morning out of support of these two must have been told as a conflict, in
    words, while the build was supported."""
    for channel, ring in PRODUCTION.items():
        told, out, before = {}, {}, None
        for step in record.mornings:
            judge_warning(record, step, ring, before, told)
            before = record.support(step, ring)
            if before["level"] == "expired":
                out[before["build"]] = out.get(before["build"], 0) + 1
        print(f"{ring}: out of support on {sum(out.values())} mornings of {len(record.mornings)}")
        for day in blind(record, ring):
            record.fault(f"{day} {ring}: ok, although no successor could come in time any more")
        for build, days in out.items() if channel != "Current" else ():
            print(f"    {build} on {days}, told on {told.get(build)}")


def timeline(record):
    """Each move: when, ring, build, version, days of soak in the source, days of support left."""
    since = {}
    for entry in sorted(record.moves, key=lambda entry: entry["channel"]):
        ring, build, at = entry["ring"], entry["build"], entry["at"]
        begun = since.get((SOURCE[ring], build))
        since.setdefault((ring, build), at)
        soak = f"{(at - begun) / DAY:5.2f} d soak" if begun else "            "
        end = deadlines.deadline(record.upstream, entry["channel"], build, at)
        left = f"{(end - at) // DAY:4} days left" if end else "   no end known"
        print(f"{at:%F %R}  {ring:<28} {entry['action']:<8}  {build:<17} {record.version(entry['channel'], build)}"
              f"  {soak}  {left}")


CHECKS = (shares, exits, gaps, versions, soaks, prompt, withdrawn, recalled, wrangles, reckoned, warned, timeline)


def main(name, path):
    record = Record(path)
    next(check for check in CHECKS if check.__name__ == name)(record)
    for text in record.wrong[:30]:
        print(f"WRONG {text}")
    if len(record.wrong) > 30:
        print(f"WRONG and {len(record.wrong) - 30} more")
    return 1 if record.wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
