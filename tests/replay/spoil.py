#!/usr/bin/env python3
"""Does the judge of the replay see what is wrong with a share? Spoils copies of one, a way at a time.

    spoil.py FOLDER WORK      after a replay; ends 1 and names the ways that the judge did not see
"""
import os
import shutil
import sys

from judge import Judge, Truth
from upstream import Upstream

RING, CHANNEL = "current-production", "Current"
OTHER, FOREIGN = "semiannual-production", "16.0.20131.20150"  # another ring, and its live build at the end


def rewrite(path, change):
    """Another file at this place, so that what shares its inode stays as it is."""
    with open(path, "rb") as file:
        content = bytearray(file.read())
    os.remove(path)
    with open(path, "wb") as file:
        file.write(change(content))
    os.chmod(path, 0o444)


def flip(content):
    content[len(content) // 2] ^= 1
    return content


class Copy:
    """A share, copied: where its pointer, its live build and its files are."""

    def __init__(self, work, build):
        self.share, self.build = f"{work}/spoilt", build
        shutil.rmtree(self.share, ignore_errors=True)
        shutil.copytree(f"{work}/share/{RING}", self.share)
        self.data = f"{self.share}/Office/Data"
        self.other = f"{work}/share/{OTHER}/Office/Data"
        self.file = f"{self.data}/{build}/stream.x64.x-none.dat"
        self.pointer, self.beside = f"{self.data}/v64.cab", f"{self.data}/v64_{build}.cab"


WAYS = {
    "a byte of a stream": lambda copy: rewrite(copy.file, flip),
    "a stream cut short": lambda copy: rewrite(copy.file, lambda content: content[:-1]),
    "a file missing": lambda copy: os.remove(copy.file),
    "a file too many": lambda copy: shutil.copy(copy.file, copy.file + ".old"),
    "a stream that others write": lambda copy: os.chmod(copy.file, 0o666),
    "a stream that nobody reads": lambda copy: os.chmod(copy.file, 0o400),
    "a link": lambda copy: (os.remove(copy.file), os.symlink(copy.other, copy.file)),
    "a byte of the pointer": lambda copy: rewrite(copy.pointer, flip),
    "another channel's pointer": lambda copy: shutil.copy(f"{copy.other}/v64.cab", copy.pointer),
    "a pointer without its descriptor": lambda copy: os.remove(copy.beside),
    "a pointer with two names": lambda copy: (os.remove(copy.beside), os.link(copy.pointer, copy.beside)),
    "a pointer without its folder": lambda copy: shutil.rmtree(f"{copy.data}/{copy.build}"),
    "another channel's folder": lambda copy: shutil.copytree(f"{copy.other}/{FOREIGN}", f"{copy.data}/{FOREIGN}"),
    "something left over": lambda copy: os.mkdir(f"{copy.data}/.ringmgr-stage"),
    "a stranger": lambda copy: shutil.copy(copy.pointer, f"{copy.data}/v64_old.cab"),
    "a closed folder": lambda copy: os.chmod(f"{copy.data}/{copy.build}", 0o700),
}


def main(folder, work):
    truth = Truth(Upstream(os.environ["RINGMGR_REAL"]), f"{folder}/www/pr")
    build, wrong = Judge(truth).share(f"{work}/share/{RING}", CHANNEL)
    copy = Copy(work, build)
    assert Judge(truth).share(copy.share, CHANNEL) == (build, wrong) == (build, []), wrong
    missed = []
    for name, spoil in WAYS.items():
        copy = Copy(work, build)
        spoil(copy)
        if not Judge(truth).share(copy.share, CHANNEL)[1]:
            missed.append(name)
    print(f"{len(WAYS)} ways, missed: {', '.join(missed) or 'none'}")
    return bool(missed)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
