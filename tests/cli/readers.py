#!/usr/bin/python3
"""Clients that read a ring through its file servers, again and again, while it is promoted and rolled back (readers.bash).

    readers.py MANIFEST STOP READERS SMB-SHARE HTTP-URL FILE…

READERS processes of each kind read the pointer, then every FILE of the build that it names, until the file STOP is there:
over SMB from //127.0.0.1/SMB-SHARE with a connection that stays, over HTTP from HTTP-URL with ranges, two a file. What they
get is compared with MANIFEST, which judge.sh has learnt from what is signed. Who has read each build of it makes the file
STOP.<pid>. A line a kind on stdout:

    KIND pointers N files N bytes N builds N torn N missing N

and what was wrong on stderr, a line each. Exit 1 if anything was, or if a reader has not read each build.
"""
import hashlib
import http.client
import multiprocessing
import os
import random
import sys
import urllib.parse

DATA = "Office/Data"


class Truth:
    """What is signed: the builds by the hash of their descriptor, and hash and size of each file of a build."""

    def __init__(self, path):
        self.build_of, self.file = {}, {}
        with open(path) as manifest:
            for line in manifest:
                field = line.rstrip("\n").split("\t")
                if field[0] == "descriptor" and field[3:5] == ["x64", "ok"]:
                    self.build_of[field[5]] = field[2]
                    self.file[f"v64_{field[2]}.cab"] = (field[5], int(field[6]))
                elif field[0] == "file" and field[3] == "ok":
                    self.file[f"{field[2]}/{field[6]}"] = (field[4], int(field[5]))


class Missing(Exception):
    pass


class Smb:
    """A guest's session that stays."""

    kind = "smb"

    def __init__(self, share, _url):
        from samba import credentials
        from samba.samba3 import libsmb_samba_internal, param as s3param

        settings = s3param.get_context()
        settings.load(os.environ["READERS_SMB_CONF"])
        guest = credentials.Credentials()
        guest.set_anonymous()
        self.session = libsmb_samba_internal.Conn("127.0.0.1", share, lp=settings, creds=guest)

    def pointer(self):
        return self.whole("v64.cab", None)

    def whole(self, name, _size):
        try:
            return self.session.loadfile(f"{DATA}/{name}".replace("/", "\\"))
        except Exception as error:  # NTSTATUSError
            raise Missing(str(error)) from error


class Http:
    """A connection that stays; files in two ranges, cut anywhere."""

    kind = "http"

    def __init__(self, _share, url):
        self.url = urllib.parse.urlsplit(url)
        self.connection = http.client.HTTPConnection(self.url.hostname, self.url.port)

    def part(self, name, first, last):
        path = f"{self.url.path}/{DATA.lower()}/{name}"
        self.connection.request("GET", path, headers={"Range": f"bytes={first}-{last}"})
        answer = self.connection.getresponse()
        body = answer.read()
        if answer.status != 206:
            raise Missing(f"{answer.status} {answer.reason}")
        return body

    def pointer(self):
        return self.part("v64.cab", 0, "")

    def whole(self, name, size):
        cut = random.randrange(1, size)
        return self.part(name, 0, cut - 1) + self.part(name, cut, "")


def read_round(reader, truth, files, tally):
    """The pointer, then everything that it leads to."""
    tally["pointers"] += 1
    build = truth.build_of.get(hashlib.sha256(reader.pointer()).hexdigest())
    if not build:
        yield "torn", "v64.cab is no signed descriptor"
        return
    tally["seen"].add(build)
    for name in [f"v64_{build}.cab"] + [f"{build}/{name}" for name in files]:
        digest, size = truth.file[name]
        tally["files"] += 1
        try:
            got = reader.whole(name, size)
        except Missing as error:
            yield "missing", f"{name}: {error}"
            continue
        tally["bytes"] += len(got)
        if hashlib.sha256(got).hexdigest() != digest:
            yield "torn", f"{name}: {len(got)} of {size} bytes"


def read_on(make, truth, stop, files, share, url, results):
    """One reader's life."""
    tally = {"kind": make.kind, "pointers": 0, "files": 0, "bytes": 0, "seen": set(), "torn": 0, "missing": 0}
    reader = make(share, url)
    while not os.path.exists(stop):
        if len(tally["seen"]) == len(set(truth.build_of.values())):
            open(f"{stop}.{os.getpid()}", "w").close()
        try:
            for what, text in read_round(reader, truth, files, tally):
                tally[what] += 1
                print(f"{make.kind}: {what}: {text}", file=sys.stderr)
        except Missing as error:
            tally["missing"] += 1
            print(f"{make.kind}: missing: v64.cab: {error}", file=sys.stderr)
    results.put(tally)


def main(manifest, stop, readers, share, url, *files):
    truth = Truth(manifest)
    results = multiprocessing.Queue()
    common = (truth, stop, files, share, url, results)
    started = [multiprocessing.Process(target=read_on, args=(make,) + common) for make in (Smb, Http) for _ in range(int(readers))]
    for process in started:
        process.start()
    for process in started:
        process.join()
    tallies = [results.get(timeout=10) for process in started if process.exitcode == 0]
    good = len(tallies) == len(started)
    for kind in (Smb.kind, Http.kind):
        mine = [tally for tally in tallies if tally["kind"] == kind]
        total = {key: sum(tally[key] for tally in mine) for key in ("pointers", "files", "bytes")}
        wrong = {key: sum(tally[key] for tally in mine) for key in ("torn", "missing")}
        builds = min((len(tally["seen"]) for tally in mine), default=0)
        print(kind, *(f"{key} {value}" for key, value in {**total, "builds": builds, **wrong}.items()))
        good = good and not any(wrong.values()) and builds == len(set(truth.build_of.values()))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
