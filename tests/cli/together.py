#!/usr/bin/env python3
"""Many ringmgr commands at the same time, and what must be true of it all (together.bats).

    together.py run WORLD             200 commands of 8 processes, interleaved, while judges look on; the seed is
                                      $TOGETHER_SEED
    together.py start WORLD           8 processes make the state together
    together.py duel WORLD            two at a time that must not meet: promote and hold, gc and sync
    together.py cut DATABASE N        takes the last N entries off the history
    together.py remake DATABASE ID    gives entry ID another reason and makes all hashes anew, as a forger would

WORLD is the folder of world.bash, with WORLD/moves/<n>/{v64.cab,releasehistory.cab} for upstream's next moves and
WORLD/manifest, which judge.sh has learnt. $RINGMGR_BIN is the program. Nothing of it is used to judge it.

How each command has to end, and what it leaves in the history, is in `check_ends` and `check_entries`; `Replay` walks
through the history and asks of each promotion whether the decisions before it allowed it.
"""
import fcntl
import hashlib
import json
import os
import pwd
import random
import re
import shutil
import sqlite3
import struct
import subprocess
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
CHANNEL = "MonthlyEnterprise"
GUID = "55336b82-a18d-4dd6-b5f6-9e5095c314a6"
RINGS = ["pilot", "early", "production"]
BUILDS = os.environ.get("TOGETHER_BUILDS", "").split()
MOVES = os.environ.get("TOGETHER_MOVES", "").split()  # what upstream's pointer names, one after the other
BUILDS_MOVED = []  # those of them that were
WORKERS, COMMANDS = 8, 200
DUELS = 10
HANGS_AFTER = 90
F_OFD_GETLK, F_OFD_SETLK = 36, 37
FLOCK = "hhqqi4x"

# What each command must end with, and the entry of each decision.
DECIDES = {"approve": "approve", "revoke": "revoke", "block": "block", "unblock": "unblock", "hold": "hold",
           "unhold": "unhold", "ack": "ack", "pins": "unpin", "promote": "promote", "rollback": "rollback"}


# ---- the commands ----

class Command:
    """One command: who asks, with which words, and afterwards how it ended."""

    def __init__(self, number, who, words, reason=None, wait=None):
        self.number, self.who, self.words, self.reason, self.wait = number, who, words, reason, wait
        self.code, self.out, self.err = None, "", ""

    @property
    def verb(self):
        return self.words[0]

    def has(self, option):
        return option in self.words

    def run(self, world):
        words = [word(world) if callable(word) else word for word in self.words]
        if None in words:  # nothing to acknowledge, nothing to clear
            self.words = words = ["status"]
            self.reason = None
        self.words = words
        line = [os.environ["RINGMGR_BIN"], "-c", world + "/ringmgr.conf", "--json"]
        line += ["--wait", self.wait] if self.wait else []
        line += words + (["--reason", self.reason] if self.reason else [])
        environment = dict(os.environ)
        environment.pop("SUDO_UID", None)
        if self.who:
            environment["SUDO_UID"] = str(pwd.getpwnam(self.who).pw_uid)
        self.began = time.time()
        try:
            done = subprocess.run(line, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True,
                                  timeout=HANGS_AFTER)
            self.code, self.out, self.err = done.returncode, done.stdout, done.stderr
        except subprocess.TimeoutExpired as hung:
            self.code, self.err = "hung", str(hung.stderr)
        self.ended = time.time()

    def document(self):
        return json.loads(self.out)

    def __str__(self):
        who = "as %s " % self.who if self.who else ""
        wait = "--wait %s " % self.wait if self.wait else ""
        return "%3d: %s%s%s (%s) ended with %s: %s" % (self.number, who, wait, " ".join(map(str, self.words)),
                                                       self.reason, self.code, self.err.strip())


def ask(world, *words):
    command = Command(0, None, list(words))
    command.run(world)
    if command.code != 0:
        raise AssertionError(str(command))
    return command.document()


def any_attention(world):
    ids = [one["id"] for one in ask(world, "status")["attention"]]
    return str(random.choice(ids)) if ids else None


def any_pin(world):
    ids = [one["id"] for one in ask(world, "pins")["pins"]]
    return str(random.choice(ids)) if ids else None


def soon(_world):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 4))


def lately(back):
    """The build that upstream's pointer names (1), or named before that (2)."""
    return lambda world: BUILDS_MOVED[-back] if len(BUILDS_MOVED) >= back else BUILDS[0]


def make_command(number, rng, world):
    """The kinds of command, each as often as its number says; the same seed makes the same ones."""
    ring, below, build = rng.choice(RINGS), rng.choice(RINGS[1:]), rng.choice(BUILDS)
    build = rng.choice([build, lately(1), lately(1), lately(1), lately(2)])
    person = rng.choice(["games", "news"])
    kit = "%s/kit/%d" % (world, number)
    folder = "%s/origin/www/pr/%s" % (world, GUID)
    kinds = [
        (36, None, ["sync"]), (4, None, ["sync", "pilot", "--build", build]),
        (4, None, ["import", folder, "--ring", "pilot"]),
        (48, person, ["approve", below, build]), (5, person, ["revoke", below, build]),
        (3, person, ["block", build] + rng.choice([[], ["--ring", ring]])),
        (9, person, ["unblock", build] + rng.choice([[], ["--ring", ring]])),
        (4, person, ["hold", rng.choice(RINGS + ["all"])] + rng.choice([[], ["--stop-soak"]])),
        (20, person, ["unhold", rng.choice(RINGS + ["all", "all"])]),
        (18, person, ["promote", below, build]), (30, person, ["promote", below, "--yes"]),
        (6, person, ["promote", below, build, "--override", "approvals"]),
        (3, person, ["promote", below, "--yes", "--expedite"]),
        (2, person, ["promote", below, "--yes", "--dry-run"]),
        (8, person, ["promote", below, build, "--at", soon]), (2, person, ["promote", below, "--at", "never"]),
        (5, person, ["rollback", ring, "--block", rng.choice(["ring", "everywhere", "no"])]),
        (6, person, ["rollback", ring, "--to", build, "--block", "no", "-o", kit]),
        (3, person, ["rollback", "all", "--from", build]),
        (2, rng.choice(["proxy", None]), [rng.choice(["hold", "unhold"]), below]),
        (6, None, ["verify", "--quick"]), (5, None, ["verify", "--repair"]), (2, None, ["verify", ring]),
        (8, None, ["gc"]), (3, None, ["gc", "--dry-run"]),
        (6, person, ["ack", any_attention]), (2, None, ["pins"]), (6, person, ["pins", "--clear", any_pin]),
        (5, None, ["status"]), (3, None, ["status", "--check"]), (5, None, ["explain", ring]),
        (3, None, ["explain", ring, build]), (3, None, ["history"]), (3, None, ["history", "--verify"]),
    ]
    _, who, words = rng.choices(kinds, [kind[0] for kind in kinds])[0]
    decides = words[0] in DECIDES and words != ["pins"]
    return Command(number, who, words, "reason-%d-of-many" % number if decides else None,
                   rng.choice(["0s", "1s", "3s", None]))


# ---- upstream moves, locks are held, judges look on ----

class Upstream:
    """Upstream's pointer goes on after every few commands: history first, then the pointer, each renamed into place."""

    def __init__(self, world):
        self.world, self.lock, self.done = world, threading.Lock(), 0
        self.at = 0

    def move(self):
        pr = self.world + "/origin/www/pr/"
        self.at += 1
        move = "%s/moves/%d/" % (self.world, self.at)
        for name, place in (("releasehistory.cab", pr + "wsus/"), ("v64.cab", pr + GUID + "/Office/Data/")):
            shutil.copy(move + name, place + ".next")
            os.rename(place + ".next", place + name)
        BUILDS_MOVED.append(MOVES[self.at - 1])

    def count(self):
        with self.lock:
            self.done += 1
            if self.at < len(MOVES) and self.done * len(MOVES) >= COMMANDS * self.at:
                self.move()


def hold_lock(world, name, kind):
    """The lock of that name as the program itself would take it; None if somebody has it."""
    fd = os.open("%s/state/lock/%s" % (world, name), os.O_RDWR)
    try:
        fcntl.fcntl(fd, F_OFD_SETLK, struct.pack(FLOCK, kind, os.SEEK_SET, 0, 0, 0))
        return fd
    except OSError:
        os.close(fd)
        return None


def sha256(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


class Watch(threading.Thread):
    """Reads pointers without pause, as a client would: whatever each names must be whole at that very moment."""

    def __init__(self, world):
        super().__init__()
        self.world, self.stop, self.faults, self.looked, self.seen = world, False, [], 0, set()
        self.build, self.files = {}, {}
        with open(world + "/manifest") as manifest:
            for line in manifest:
                column = line.rstrip("\n").split("\t")
                if column[0] == "descriptor" and column[4] == "ok":
                    self.build[column[5]] = column[2]
                if column[0] == "file" and column[3] == "ok" and is_wanted(column[6]):
                    self.files.setdefault(column[2], {})[column[6]] = column[4]

    def look(self, ring):
        data = "%s/share/%s/Office/Data/" % (self.world, ring)
        try:
            pointer = sha256(data + "v64.cab")
        except FileNotFoundError:
            return "has no pointer any more" if ring in self.seen else None
        self.seen.add(ring)
        build = self.build.get(pointer)
        if not build:
            return "names no proven build"
        wanted = {build + "/" + name: digest for name, digest in self.files[build].items()}
        wanted["v64_%s.cab" % build] = pointer
        for name, digest in wanted.items():
            try:
                wrong = sha256(data + name) != digest
            except FileNotFoundError:
                wrong = True
            if wrong and sha256(data + "v64.cab") == pointer:
                return "names %s, and %s is not there or not right" % (build, name)
        return None

    def run(self):
        while not self.stop:
            for ring in RINGS:
                fault = self.look(ring)
                self.looked += 1
                if fault:
                    self.faults.append("at an instant, the pointer of %s %s" % (ring, fault))
            time.sleep(0.01)


def is_wanted(name):
    return "fr-fr" not in name and "1036" not in name and "proof" not in name and not name.startswith("sp")


def judge(world, ring, *options):
    said = subprocess.run(["sh", HERE + "/../judge/judge.sh", "check", "--manifest", world + "/manifest", "--share",
                           "%s/share/%s" % (world, ring), "--guid", GUID, "--arch", "x64", "--lang", "en-us",
                           *options], capture_output=True, text=True)
    return said.returncode, said.stdout + said.stderr


class Judge(threading.Thread):
    """The independent judge, again and again. It wants a share at rest, so it holds the ring's lock meanwhile: that is
    also the ninth who wants locks."""

    def __init__(self, world):
        super().__init__()
        self.world, self.stop, self.faults, self.judged = world, False, [], 0

    def look(self, ring):
        lock = hold_lock(self.world, "ring-" + ring, fcntl.F_WRLCK)
        if lock is None:
            return False
        try:
            code, said = judge(self.world, ring, "--allow-empty")
        finally:
            os.close(lock)
        self.judged += 1
        if code != 0:
            self.faults.append("the judge of %s, during the run: %s" % (ring, said))
        return True

    def run(self):
        while not self.stop:
            for ring in RINGS:
                for _ in range(200):
                    if self.stop or self.look(ring):
                        break
                    time.sleep(0.005)
                time.sleep(0.05)


# ---- what must be true ----

def check_ends(commands):
    for command in commands:
        allowed = {0, 3, 7, 8} if command.has("--check") else {0, 3, 7}
        if command.code not in allowed:
            yield "no way to end: %s\n%s" % (command, command.out)
        elif command.code not in (0, 8) and not command.err.splitlines()[-1:][0].startswith("ringmgr: "):
            yield "no line of error: %s" % command


def results(command):
    """What was done, ring by ring where there are several: (ring or None, result)."""
    try:
        document = command.document()
    except ValueError:
        return [(None, None)]
    if command.verb == "rollback" and "rings" in document:
        return [(one["ring"], one["result"]) for one in document["rings"]]
    if command.code != 0 and not command.verb == "rollback":
        return [(None, "refused")]
    return [(document.get("ring"), document.get("result"))]


def expected_entries(command):
    """How many entries with the command's reason each action may have: {action: (least, most)}."""
    if command.has("--dry-run"):
        return {}
    done = sum(result == "done" for _, result in results(command))
    action = DECIDES[command.verb]
    if command.has("--at"):
        planned = results(command)[0][1] == "planned"
        return {"promote-at": (planned, planned), "promote": (0, planned)}  # a later sync carries it out
    if command.has("--stop-soak"):
        action = "hold-stop-soak"
    if command.verb in ("hold", "unhold") and command.words[1] == "all" and done:
        return {action: (len(RINGS) if command.verb == "hold" else 1, len(RINGS))}
    wanted = {action: (done, done)}
    if command.verb == "rollback" and done and "no" not in command.words:
        wanted["block"] = (0, 9)  # each build that was left, unless it was blocked before
    if command.has("--override"):
        wanted["override"] = (0, 1)  # a consent is recorded, and refused as long as it is the only one
    return wanted


def ends_with(text, reason):
    """The reason stands alone, or behind what the program says before it."""
    return text == reason or (text or "").endswith(": " + reason)


def check_entries(commands, entries):
    known = set()
    for command in commands:
        if not command.reason:
            continue
        found = {}
        for entry in entries:
            if ends_with(entry["reason"], command.reason):
                found[entry["action"]] = found.get(entry["action"], 0) + 1
                known.add(entry["id"])
                if entry["actor"] != command.who:
                    yield "entry %d is of %s: %s" % (entry["id"], entry["actor"], command)
        wanted = expected_entries(command)
        for action in set(found) | set(wanted):
            least, most = wanted.get(action, (0, 0))
            if not least <= found.get(action, 0) <= most:
                yield "%d entries %s, not %d to %d: %s\n%s" % (found.get(action, 0), action, least, most, command,
                                                              command.out)
    for entry in entries:
        if entry["actor"] != "ringmgr" and entry["action"] not in ("pin",) and entry["id"] not in known:
            yield "nobody asked for entry %s" % entry


class Replay:
    """The history read as a story: no promotion while the ring was held, its build blocked or the approvals missing,
    and each begins where the one before it ended."""

    def __init__(self):
        self.live = {ring: None for ring in RINGS}
        self.held = {ring: set() for ring in RINGS}  # "person", "rollback"
        self.blocked, self.approved, self.was_live, self.faults = set(), set(), set(), []

    def tell(self, entries, blocks):
        for entry in entries:
            story = getattr(self, entry["action"].replace("-", "_"), None)
            if story:
                story(entry, entry["ring"], entry["build"], blocks)
        return self.faults

    def hold(self, _entry, ring, _build, _blocks):
        self.held[ring].add("person")

    hold_stop_soak = hold

    def unhold(self, _entry, ring, _build, _blocks):
        self.held[ring].clear()

    def block(self, _entry, ring, build, _blocks):
        self.blocked.add((ring, build))

    def unblock(self, _entry, ring, build, _blocks):
        self.blocked.discard((ring, build))

    def approve(self, entry, ring, build, _blocks):
        self.approved.add((ring, build, entry["actor"]))

    def revoke(self, entry, ring, build, _blocks):
        self.approved.discard((ring, build, entry["actor"]))

    def move(self, entry, ring, build):
        if entry["from_build"] != self.live[ring]:
            self.faults.append("%s was at %s: %s" % (ring, self.live[ring], entry))
        self.live[ring] = build
        self.was_live.add((ring, build))

    def promote(self, entry, ring, build, _blocks):
        forced = (entry["gates_overridden"] or "").split(",")
        if "person" in self.held[ring] or (self.held[ring] and entry["actor"] == "ringmgr"):
            self.faults.append("%s was held: %s" % (ring, entry))
        if (ring, build) in self.blocked or (None, build) in self.blocked:
            self.faults.append("the build was blocked: %s" % entry)
        others = [who for where, what, who in self.approved if (where, what) == (ring, build) and
                  (ring != "production" or who != entry["actor"])]
        if ring != "pilot" and not others and "approvals" not in forced:
            self.faults.append("nobody had approved: %s" % entry)
        source = {"early": "pilot", "production": "early"}.get(ring)
        if source and (source, build) not in self.was_live:
            self.faults.append("%s never had it: %s" % (source, entry))
        self.move(entry, ring, build)

    def rollback(self, entry, ring, build, blocks):
        if (ring, build) not in self.was_live:
            self.faults.append("%s never had it: %s" % (ring, entry))
        if (ring, build) in self.blocked or (None, build) in self.blocked:
            self.faults.append("back to what was blocked: %s" % entry)
        self.held[ring].add("rollback")
        how = blocks.get(entry["reason"], "ring")
        if how != "no":
            self.blocked.add((ring if how == "ring" else None, entry["from_build"]))
        self.move(entry, ring, build)


def check_chain(world, entries):
    """The hashes by the rule, the head file line by line, and the program's own word."""
    before = "0" * 64
    for number, entry in enumerate(entries, 1):
        if entry["id"] != number or entry["previous_hash"] != before or hash_of(entry) != entry["hash"]:
            yield "the chain breaks at %s" % entry
        before = entry["hash"]
    with open(world + "/log/head") as head:
        lines = [line.split() for line in head.read().splitlines()]
    wanted = [[entry["time"], str(entry["id"]), entry["hash"]] for entry in entries]
    if lines != wanted:
        odd = next((at for at, pair in enumerate(zip(lines, wanted)) if pair[0] != pair[1]), "end")
        yield "the head file has %d lines for %d entries, the first difference at %s: %s" % (
            len(lines), len(wanted), odd, lines[max(0, odd - 2):odd + 3] if odd != "end" else "")
    for words in (["history", "--verify"], ["history", "--verify", "--head", lines[-1][2]]):
        if not ask(world, *words)["whole"]:
            yield "not whole: %s" % words


def hash_of(entry):
    text = {key: value for key, value in entry.items() if key != "hash"}
    return hashlib.sha256(json.dumps(text, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
                          .encode()).hexdigest()


def check_rest(world):
    """Nothing is held, open or left over."""
    for name in os.listdir(world + "/state/lock"):
        with open("%s/state/lock/%s" % (world, name)) as file:
            lock = fcntl.fcntl(file, F_OFD_GETLK, struct.pack(FLOCK, fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0))
        if struct.unpack(FLOCK, lock)[0] != fcntl.F_UNLCK:
            yield "the lock %s is held" % name
    with sqlite3.connect("file:%s/state/ringmgr.db?mode=ro" % world, uri=True) as state:
        for (text,) in state.execute("SELECT id || ' of ' || ring FROM intent WHERE closed_unix IS NULL"):
            yield "an intent is open: " + text
        for check in ("integrity_check", "foreign_key_check"):
            said = state.execute("PRAGMA " + check).fetchall()
            if said not in ([], [("ok",)]):
                yield "%s: %s" % (check, said)
    state.close()
    for top in ("share", "store"):
        for folder, folders, files in os.walk("%s/%s" % (world, top)):
            for name in folders + files:
                if name.startswith(".ringmgr-"):
                    yield "left over: %s/%s" % (folder, name)


def check_store(world):
    """Whatever the catalog names is in the store."""
    with sqlite3.connect("file:%s/state/ringmgr.db?mode=ro" % world, uri=True) as state:
        named = state.execute("SELECT lower(hex(sha256)), path FROM build_file WHERE sha256 IS NOT NULL UNION "
                              "SELECT lower(hex(offer_file.sha256)), path FROM offer JOIN offer_file "
                              "ON offer_id = offer.id WHERE removed_unix IS NULL").fetchall()
    state.close()
    for digest, path in named:
        if not os.path.exists("%s/store/objects/%s/%s" % (world, digest[:2], digest)):
            yield "the store has lost %s" % path


def check_shares(world, replay):
    live_sql = ("SELECT (CAST(substr(build, 1, 10) AS INTEGER) || '.' || CAST(substr(build, 12, 10) AS INTEGER) || '.'"
                " || CAST(substr(build, 23, 10) AS INTEGER) || '.' || CAST(substr(build, 34, 10) AS INTEGER))"
                " FROM offer WHERE ring = '%s' AND live_until IS NULL")
    for ring in ask(world, "status")["rings"]:
        live = ring["live"]["build"] if ring["live"] else None
        pointer = (ring["pointers"] or {}).get("x64")
        if not live == pointer == replay.live[ring["ring"]]:
            yield "%s: live is %s, the pointer %s, the history says %s" % (ring["ring"], live, pointer,
                                                                         replay.live[ring["ring"]])
        options = [] if live else ["--allow-empty"]
        code, said = judge(world, ring["ring"], "--after-replay", "--state", world + "/state/ringmgr.db",
                           "--live-sql", live_sql % ring["ring"], *options)
        if code != 0:
            yield "the judge of %s, afterwards: %s" % (ring["ring"], said)


def check_all(world, commands):
    entries = ask(world, "history")["entries"]
    blocks = {command.reason: command.words[command.words.index("--block") + 1] for command in commands
              if command.has("--block")}
    replay = Replay()
    yield from check_ends(commands)
    yield from check_entries(commands, entries)
    yield from replay.tell(entries, blocks)
    yield from check_chain(world, entries)
    yield from check_rest(world)
    yield from check_store(world)
    yield from check_shares(world, replay)


# ---- the whole ----

def run_all(world, upstream, queues):
    def work(queue):
        for command in queue:
            command.run(world)
            if upstream:
                upstream.count()

    workers = [threading.Thread(target=work, args=(queue,)) for queue in queues]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def finish(faults):
    for fault in faults:
        print(fault)
    return 1 if faults else 0


def count_ends(commands):
    counts = {}
    for command in commands:
        counts[str(command.code)] = counts.get(str(command.code), 0) + 1
    return ", ".join("%s: %d" % item for item in sorted(counts.items()))


def main_run(world):
    seed = int(os.environ["TOGETHER_SEED"])
    rng = random.Random(seed)
    random.seed(seed)
    os.makedirs(world + "/kit")
    shutil.chown(world + "/kit", "backup")
    commands = [make_command(number, rng, world) for number in range(1, COMMANDS + 1)]
    upstream = Upstream(world)
    upstream.move()
    ask(world, "sync")
    watchers = [Watch(world), Judge(world)]
    for watcher in watchers:
        watcher.start()
    began = time.time()
    run_all(world, upstream, [commands[first::WORKERS] for first in range(WORKERS)])
    seconds = time.time() - began
    for watcher in watchers:
        watcher.stop = True
        watcher.join()
    faults = [fault for watcher in watchers for fault in watcher.faults[:5]]
    faults += check_all(world, commands)
    entries = ask(world, "history")["entries"]
    print("seed %d: %d commands in %.1f s ended with %s; %d entries, %d of them promotions and roll-backs; "
          "%d looks at pointers, %d judgements" % (
              seed, len(commands), seconds, count_ends(commands), len(entries),
              sum(entry["action"] in ("promote", "rollback") for entry in entries), watchers[0].looked,
              watchers[1].judged))
    if os.environ.get("TOGETHER_VERBOSE"):
        for command in sorted(commands, key=lambda one: one.began):
            print("%.2f-%.2f %s" % (command.began - began, command.ended - began, command))
    kinds = {command.code for command in commands}
    if not {0, 3, 7} <= kinds:
        faults.append("nothing ended with %s: this was no contest" % sorted({0, 3, 7} - kinds))
    if upstream.at < len(MOVES) or watchers[1].judged < 10 or watchers[0].looked < 100:
        faults.append("not all was seen: %d moves, %d looks, %d judgements" % (
            upstream.at, watchers[0].looked, watchers[1].judged))
    return finish(faults)


def main_start(world):
    words = [["sync"], ["hold", "production"], ["sync"], ["block", BUILDS[0]], ["verify", "--quick"],
             ["hold", "early"], ["gc"], ["import", "%s/origin/www/pr/%s" % (world, GUID), "--ring", "pilot"]]
    commands = [Command(number, "games" if one[0] in DECIDES else None, one,
                        "reason-%d-of-many" % number if one[0] in DECIDES else None)
                for number, one in enumerate(words, 1)]
    run_all(world, None, [[command] for command in commands])
    return finish(["%s" % command for command in commands if command.code != 0] + list(check_all(world, commands)))


class Duel:
    """Commands one after the other, and pairs of them at the same time."""

    def __init__(self, world, rng):
        self.world, self.rng, self.commands, self.faults = world, rng, [], []

    def make(self, who, *words):
        number = len(self.commands) + 1
        self.commands.append(Command(number, who, list(words), "reason-%d-of-many" % number if who else None))
        return self.commands[-1]

    def one(self, who, *words):
        command = self.make(who, *words)
        command.run(self.world)
        if command.code != 0:
            self.faults.append(str(command))

    def two(self, first, second):
        def late():
            time.sleep(self.rng.uniform(0, 0.08))
            second.run(self.world)

        other = threading.Thread(target=late)
        other.start()
        first.run(self.world)
        other.join()


def main_duel(world):
    duel = Duel(world, random.Random(int(os.environ["TOGETHER_SEED"])))
    upstream = Upstream(world)
    for build in MOVES[:2]:
        upstream.move()
        duel.one(None, "sync")
        duel.one("games", "approve", "early", build)
        duel.one("games", "approve", "production", build)
        duel.one("news", "promote", "early", build)
        duel.one("news", "promote", "production", build)
    older, newer = MOVES[:2]
    for _ in range(DUELS):
        duel.one("news", "rollback", "production", "--to", older, "--block", "no")
        duel.two(duel.make("news", "promote", "production", newer), duel.make("games", "hold", "production"))
        duel.one("games", "unhold", "production")
        if ask(world, "status")["rings"][RINGS.index("production")]["live"]["build"] == older:
            duel.one("news", "promote", "production", newer)
    while upstream.at < len(MOVES):
        upstream.move()
    duel.one(None, "sync")
    spare = BUILDS[2]
    for _ in range(DUELS):
        duel.two(duel.make(None, "sync", "pilot", "--build", spare), duel.make(None, "gc"))
        duel.faults += check_store(world)
        duel.one(None, "gc")
    duel.one(None, "verify")
    return finish(duel.faults + list(check_all(world, duel.commands)))


# ---- forgery ----

def open_history(path):
    database = sqlite3.connect(path)
    for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
        database.execute("DROP TRIGGER " + name)
    database.row_factory = sqlite3.Row
    return database


def main_cut(path, count):
    with open_history(path) as database:
        database.execute("DELETE FROM history WHERE id > (SELECT max(id) FROM history) - ?", (int(count),))
    return 0


def main_remake(path, number):
    """Every hash after the changed entry is made anew, by the rule that journal.c states."""
    before = "0" * 64
    with open_history(path) as database:
        for row in database.execute("SELECT * FROM history ORDER BY id").fetchall():
            entry = {key: row[key] for key in row.keys() if key not in ("time_unix", "hash")}
            entry["time"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(row["time_unix"]))
            entry["previous_hash"] = before
            if row["id"] == int(number):
                entry["reason"] = "it was somebody else"
            before = hash_of(entry)
            database.execute("UPDATE history SET reason = ?, previous_hash = ?, hash = ? WHERE id = ?",
                             (entry["reason"], entry["previous_hash"], before, row["id"]))
    return 0


if __name__ == "__main__":
    MODES = {"run": main_run, "start": main_start, "duel": main_duel, "cut": main_cut, "remake": main_remake}
    sys.exit(MODES[sys.argv[1]](*sys.argv[2:]))
