"""The signed origin of the replay: every build once, and what changes on each morning.

    make(upstream, testcdn, folder)        folder/ca, folder/www/pr as an origin, folder/mornings/<date>/…
    lay(upstream, folder, origin, day)     what changed on that morning, put into the origin's place

Streams are a few KiB, for what is tried here is which build goes where and when. Two processes sign at a time.
"""
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor

SIGNERS = 2
SMALL = ("--stream-size", "3K", "--lang-size", "2K", "--installer-size", "512")


def utc(when):
    return when.strftime("%Y-%m-%dT%H:%MZ")


def data(upstream, origin, channel):
    return os.path.join(origin, upstream.guid[channel], "Office", "Data")


def run(testcdn, *arguments):
    done = subprocess.run([testcdn, *arguments], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)}: {done.stderr}")


def build_command(origin, signing, row):
    return ("build", *signing, "--origin", origin, "--channel", row.channel, "--build", row.build,
            "--signed-at", utc(row.out), *SMALL)


def pointer_command(origin, signing, channel, pointer, at):
    expired = ("--expired", ",".join(pointer.expired)) if pointer.expired else ()
    return ("pointer", *signing, "--origin", origin, "--channel", channel, "--build", pointer.build, "--windows7",
            "--signed-at", utc(at), *expired)


def write_rows(path, rows):
    with open(path, "w", encoding="utf-8") as file:
        for row, latest in rows:
            print(row.channel, row.version, row.build, row.pubtime, "latest" if latest else "-", file=file)


def changes(upstream):
    """(morning, is the history another, the channels whose pointer is another)"""
    before = None
    for morning in upstream.mornings():
        history = before is None or morning.rows != before.rows
        moved = [name for name, pointer in morning.pointers.items()
                 if before is None or before.pointers.get(name) != pointer]
        if history or moved:
            yield morning, history, moved
        before = morning


def morning_commands(upstream, folder, signing):
    for morning, history, moved in changes(upstream):
        place = os.path.join(folder, "mornings", str(morning.at.date()))
        os.makedirs(os.path.join(place, "wsus"))
        if history:
            rows = os.path.join(place, "rows")
            write_rows(rows, morning.rows)
            yield ("history", *signing, "--origin", place, "--rows", rows, "--signed-at", utc(morning.at))
        for name in moved:
            os.makedirs(data(upstream, place, name))
            yield pointer_command(place, signing, name, morning.pointers[name], morning.at)


def make(upstream, testcdn, folder):
    origin = os.path.join(folder, "www", "pr")
    os.makedirs(origin)
    run(testcdn, "ca", os.path.join(folder, "ca"))
    signing = ("--ca", os.path.join(folder, "ca"))
    commands = [build_command(origin, signing, row) for row in upstream.builds()]
    commands += morning_commands(upstream, folder, signing)
    with ThreadPoolExecutor(SIGNERS) as pool:
        list(pool.map(lambda command: run(testcdn, *command), commands))


def lay(upstream, folder, origin, at):
    """True if there was something."""
    place = os.path.join(folder, "mornings", str(at.date()))
    if not os.path.isdir(place):
        return False
    names = [os.path.join("wsus", "releasehistory.cab")]
    names += [os.path.relpath(os.path.join(data(upstream, place, name), "v64.cab"), place) for name in upstream.guid]
    for name in names:
        source, target = os.path.join(place, name), os.path.join(origin, name)
        if os.path.exists(source):
            os.makedirs(os.path.dirname(target), exist_ok=True)
            shutil.copyfile(source, target + ".new")
            os.utime(target + ".new", (at.timestamp(), at.timestamp()))
            os.replace(target + ".new", target)
    return True
