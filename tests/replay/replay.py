#!/usr/bin/env python3
"""Takes the real program through two years of Microsoft's releases, morning by morning, and writes down what it did.

    replay.py make FOLDER                     the signed origin, from RINGMGR_REAL by TESTCDN; once is enough
    replay.py run FOLDER WORK                 WORK/record.json; WORK/share, WORK/conf … stay for those who look later

Each morning at 06:00: what upstream had changed is laid into place, people do what they were to do on that day, one
`ringmgr sync`, on Sundays a `ringmgr gc`, then all nine shares are judged, and `status` and `support` are asked. Later
on that day a sync follows when `status` had said that something opens, with the hour of `settle` that comes after. The
clock is RINGMGR_TEST_NOW throughout. On the last day of a month the judge reads every byte again.

The record is one JSON object:
    steps     {at, morning, exit, said, shares {ring: build|null}, wrong [text], attention, support} for each sync;
              attention and support on mornings only
    acts      {at, who, command, exit, said} of people, with what was left of the ring before and after
    history   the entries of `ringmgr history`
"""
import json
import os
import pwd
import shutil
import subprocess
import sys
from datetime import datetime, timedelta, timezone

import judge
import origin
from upstream import CHANNELS, HOUR, Upstream, days

SETTLE = timedelta(hours=1)
SERVICE = "backup"
FREEZE = "2024-12-10/2025-01-06, 2025-12-10/2026-01-06"
RING = "semiannual-production"

# What people do, before the sync of that morning. What was live in RING was withdrawn on 1 October 2025.
ACTS = {
    "2025-10-06": ("games", "live-recalled"),  # the command of that attention
    "2025-11-10": ("news", ("ringmgr", "unhold", RING, "--reason", "the next build has soaked")),
}


def rings():
    """(ring, channel, source, depth)"""
    for channel in CHANNELS:
        name = channel.lower()
        yield f"{name}-pilot", channel, "origin"
        yield f"{name}-early", channel, f"{name}-pilot"
        yield f"{name}-production", channel, f"{name}-early"


def ring_section(work, ring, channel, source):
    lines = [f"[ring {ring}]", f"channel = {channel}", f"source = {source}", "publish = auto",
             f"path = {work}/share/{ring}", f"unc = \\\\files\\{ring}"]
    if source == "origin":
        lines += ["first = yes"]
    if ring.endswith("-early"):
        lines += ["soak = 3 days"]
    if ring.endswith("-production"):
        lines += ["soak = 14 days", "approvers = user:games, user:news"]
    if ring.endswith("-production") or ring == "monthlyenterprise-early":
        lines += [f"freeze = {FREEZE}"]
    return "\n".join(lines) + "\n"


def write_config(work, url, roots, rules):
    with open(f"{work}/conf", "w", encoding="utf-8") as file:
        file.write(f"[ringmgr]\nstore = {work}/store\nstate = {work}/state\ntimezone = UTC\nuser = {SERVICE}\n"
                   f"history_head_file = {work}/log/head\n\n"
                   f"[origin]\nurl = {url}\nroots = {roots}\n\n"
                   f"[support]\nrules = {rules}\n\n[content]\nlanguages = en-us\n\n")
        file.write("\n".join(ring_section(work, *ring) for ring in rings()))


class Server:
    """The test origin's server, for as long as the block lasts."""

    def __init__(self, testcdn, work):
        self.port_file = f"{work}/port"
        self.process = subprocess.Popen([testcdn, "serve", "--root", f"{work}/www", "--port-file", self.port_file,
                                         "--parent", str(os.getpid()), "--lifetime", "3600"],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL)

    def __enter__(self):
        while not (os.path.exists(self.port_file) and os.path.getsize(self.port_file)):
            assert self.process.poll() is None, "the server did not start"
            try:
                self.process.wait(0.02)
            except subprocess.TimeoutExpired:
                pass
        with open(self.port_file, encoding="utf-8") as file:
            return f"http://127.0.0.1:{file.read().strip()}/pr"

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait()


class World:
    def __init__(self, work):
        self.work, self.now = work, None
        user = pwd.getpwnam(SERVICE)
        os.makedirs(work, exist_ok=True)
        os.chmod(work, 0o755)
        for name in ["store", "state", "log"] + [f"share/{ring}" for ring, _, _ in rings()]:
            os.makedirs(f"{work}/{name}")
            os.chown(f"{work}/{name}", user.pw_uid, user.pw_gid)
        os.chmod(f"{work}/state", 0o750)

    def start(self, *arguments, by=None):
        environment = {name: text for name, text in os.environ.items() if name != "SUDO_UID"}
        environment["RINGMGR_TEST_NOW"] = str(int(self.now.timestamp()))
        if by:
            environment["SUDO_UID"] = str(pwd.getpwnam(by).pw_uid)
        return subprocess.Popen([os.environ["RINGMGR_BIN"], "-c", f"{self.work}/conf", *arguments], env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def ringmgr(self, *arguments, by=None):
        """(exit status, stdout, stderr)"""
        process = self.start(*arguments, by=by)
        out, said = process.communicate()
        return process.returncode, out, said

    def ask(self, *commands):
        """What each command answers, asked at the same time."""
        answers = []
        for process, command in [(self.start("--json", command), command) for command in commands]:
            out, said = process.communicate()
            if process.returncode:
                raise RuntimeError(f"{self.now}: {command} ended with {process.returncode}: {said}")
            answers.append(json.loads(out))
        return answers


def moment(text):
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=timezone.utc)


class Replay:
    def __init__(self, upstream, folder, work):
        self.upstream, self.folder, self.work = upstream, folder, work
        shutil.copytree(f"{folder}/www", f"{work}/www")
        self.judge = judge.Judge(judge.Truth(upstream, f"{work}/www/pr"))
        self.world = World(work)
        self.record = {"steps": [], "acts": []}

    def judge_all(self):
        shares, wrong = {}, []
        for ring, channel, _ in rings():
            shares[ring], found = self.judge.share(f"{self.work}/share/{ring}", channel)
            wrong += [f"{ring}: {text}" for text in found]
        return shares, wrong

    def sync(self, at, morning=False):
        self.world.now = at
        status, _, said = self.world.ringmgr("sync")
        if morning and at.weekday() == 6:
            swept, _, complained = self.world.ringmgr("gc")
            assert swept == 0, f"{at}: gc ended with {swept}: {complained}"
        shares, wrong = self.judge_all()
        step = {"at": at.isoformat(), "morning": morning, "exit": status, "said": said, "shares": shares,
                "wrong": wrong}
        self.record["steps"].append(step)
        return step

    def settling(self, code):
        """The command that the last morning's attention asked for, as a person completes it."""
        morning = [step for step in self.record["steps"] if step["morning"]][-1]
        found = [item["command"] for item in morning["attention"] if item["code"] == code and item["ring"] == RING]
        fills = {"TEXT": "Microsoft withdrew the build", "DIR": f"{self.work}/kit"}
        return [fills.get(word, word) for word in found[0].split()] if found else ["nothing asked for"]

    def act(self, at, who, what):
        self.world.now = at
        before, _ = self.judge_all()
        command = self.settling(what) if isinstance(what, str) else list(what)
        status, _, said = self.world.ringmgr(*command[1:], by=who)
        after, wrong = self.judge_all()
        self.record["acts"].append({"at": at.isoformat(), "who": who, "command": command, "exit": status, "said": said,
                                    "before": before, "after": after, "wrong": wrong})

    def openings(self, status, at):
        """When something opens on that day, and the hour of settle is over."""
        for ring in status["rings"]:
            event = ring["next_event"]
            if event and event["at"]:
                yield moment(event["at"]) + (timedelta(0) if event["what"] == "settle" else SETTLE)

    def day(self, at):
        origin.lay(self.upstream, self.folder, f"{self.work}/www/pr", at)
        if str(at.date()) in ACTS:
            self.act(at - timedelta(minutes=10), *ACTS[str(at.date())])
        if (at + timedelta(days=1)).day == 1:
            self.judge.forget()
        step = self.sync(at, morning=True)
        status, support = self.world.ask("status", "support")
        step["attention"], step["support"] = status["attention"], support["rings"]
        for opens in sorted(set(self.openings(status, at))):
            if at < opens < at + timedelta(days=1):
                self.sync(opens)

    def run(self, url):
        write_config(self.work, url, f"{self.folder}/ca/roots.pem", os.environ["RINGMGR_RULES"])
        for day in days():
            self.day(datetime.combine(day, HOUR))
        self.record["history"] = self.world.ask("history")[0]["entries"]
        with open(f"{self.work}/record.json", "w", encoding="utf-8") as file:
            json.dump(self.record, file)


def run(upstream, folder, work):
    replay = Replay(upstream, folder, work)
    with Server(os.environ["TESTCDN"], work) as url:
        replay.run(url)


def main(mode, folder, *work):
    upstream = Upstream(os.environ["RINGMGR_REAL"])
    if mode == "make":
        origin.make(upstream, os.environ["TESTCDN"], folder)
    else:
        run(upstream, folder, *work)


if __name__ == "__main__":
    main(*sys.argv[1:])
