"""A judge of shares that reads them as a client would and knows nothing of ringmgr.

    Truth(upstream, origin)           what every file of every build is, read from the origin
    Judge(truth).share(path, channel) (the build that the share offers or None, [what is wrong])

The rules are those of tests/judge/check.awk: the pointer is one file of its own, byte for byte the descriptor of a
build of this channel, v64_<build>.cab beside it the same; its folder and every other folder with a build's name hold
all files of that build of that channel and nothing else; clients can read everything, nobody else can write; nothing
is left over. judge.sh proves every cabinet with osslsigncode, which would take hours for what is asked here: a file is
right if it is the one on the origin, which was signed there. Descriptors are opened by hand all the same, and a stream
of the origin must have the hash that its cabinet holds.
"""
import hashlib
import os
import re
import stat
import struct
import zlib

BUILD = re.compile(r"\d+\.\d+\.\d+\.\d+$")
DESCRIPTOR = re.compile(r"v64_(\d+\.\d+\.\d+\.\d+)\.cab$")


def unpack(raw, path):
    """The members of a cabinet with one MSZIP or stored folder: header, folders and files as MS-CAB says."""
    assert raw[:4] == b"MSCF", f"{path}: no cabinet"
    first_file, = struct.unpack_from("<I", raw, 16)
    folders, files, flags = struct.unpack_from("<HHH", raw, 26)
    at = 36
    if flags & 4:
        reserved, = struct.unpack_from("<H", raw, 36)
        at += 4 + reserved
    assert folders == 1, f"{path}: {folders} folders"
    offset, blocks, kind = struct.unpack_from("<IHH", raw, at)
    whole = b""
    for _ in range(blocks):
        packed, _plain = struct.unpack_from("<HH", raw, offset + 4)
        block = raw[offset + 8:offset + 8 + packed]
        offset += 8 + packed
        if kind & 15 == 1:
            block = zlib.decompressobj(-15, zdict=whole[-32768:]).decompress(block[2:])
        whole += block
    members, at = {}, first_file
    for _ in range(files):
        size, begins = struct.unpack_from("<II", raw, at)
        end = raw.index(b"\0", at + 16)
        members[raw[at + 16:end].decode()] = whole[begins:begins + size]
        at = end + 1
    return members


def read(path):
    with open(path, "rb") as file:
        return file.read()


def digest(path):
    return hashlib.sha256(read(path)).hexdigest()


class Truth:
    def __init__(self, upstream, origin):
        self.guid = upstream.guid
        self.builds, self.descriptors = {}, {}
        for row in upstream.builds():
            self.learn(row.channel, row.build, os.path.join(origin, self.guid[row.channel], "Office", "Data"))

    def learn(self, channel, build, place):
        files = {name: digest(os.path.join(place, build, name)) for name in os.listdir(os.path.join(place, build))}
        assert len(files) == 9, (channel, build, sorted(files))
        for name in files:
            if re.match(r"s64\d+\.cab$", name):
                self.check_streams(os.path.join(place, build, name), files)
        path = os.path.join(place, f"v64_{build}.cab")
        text = unpack(read(path), path)["VersionDescriptor.xml"].decode()
        said = re.search(r'<Available Build="([^"]*)"', text)[1], re.search(r'FFNRoot="([^"]*)"', text)[1]
        assert said == (build, self.guid[channel]), (channel, build, said)
        self.builds[channel, build] = files
        self.descriptors[digest(path)] = channel, build

    @staticmethod
    def check_streams(cabinet, files):
        for name, content in unpack(read(cabinet), cabinet).items():
            if name.startswith("stream.") and name.endswith(".hash"):
                stream = name[:-len("hash")] + "dat"
                assert files[stream] == content.decode("utf-16-le").lower(), (cabinet, name)


class Judge:
    def __init__(self, truth):
        self.truth = truth
        self.known = {}  # what an inode held when it last changed

    def digest(self, path, status):
        key = status.st_dev, status.st_ino, status.st_ctime_ns, status.st_mtime_ns, status.st_size
        if key not in self.known:
            self.known[key] = digest(path)
        return self.known[key]

    def forget(self):
        """From now on everything is read again."""
        self.known = {}

    def look(self, share, wrong):
        """Each file below Office: name, digest; and folders that have a build's name."""
        files, folders = {}, []
        for path, names, leaves in os.walk(os.path.join(share, "Office")):
            for name in [""] + names + leaves:
                full = os.path.join(path, name) if name else path
                status, inside = os.lstat(full), os.path.relpath(full, share)
                if ".ringmgr-" in inside:
                    wrong.append(f"{inside}: left over")
                if stat.S_ISDIR(status.st_mode):
                    if status.st_mode & 0o007 != 0o005:
                        wrong.append(f"{inside}: a folder of mode {status.st_mode:o}")
                elif not stat.S_ISREG(status.st_mode):
                    wrong.append(f"{inside}: neither file nor folder")
                else:
                    files[inside] = self.digest(full, status), status
                    if status.st_mode & 0o446 != 0o444 or status.st_mode & 0o020:
                        wrong.append(f"{inside}: a file of mode {status.st_mode:o}")
            folders += [name for name in names if os.path.relpath(path, share) == "Office/Data"]
        return files, folders

    def judge_build(self, channel, build, files, wrong):
        want = self.truth.builds.get((channel, build))
        if want is None:
            wrong.append(f"Office/Data/{build}: no build of {channel}")
            return
        for name, sha256 in want.items():
            have = files.pop(f"Office/Data/{build}/{name}", None)
            if have is None:
                wrong.append(f"Office/Data/{build}/{name}: missing")
            elif have[0] != sha256:
                wrong.append(f"Office/Data/{build}/{name}: not the bytes of {channel}")
        have = files.pop(f"Office/Data/v64_{build}.cab", None)
        if have and self.truth.descriptors.get(have[0]) != (channel, build):
            wrong.append(f"Office/Data/v64_{build}.cab: not its descriptor")

    def share(self, share, channel):
        wrong = []
        files, folders = self.look(share, wrong)
        pointer = files.pop("Office/Data/v64.cab", None)
        named, build = None, None
        if pointer:
            named, build = self.truth.descriptors.get(pointer[0], (None, None))
            if named != channel:
                wrong.append(f"v64.cab: names {build} of {named}")
            if pointer[1].st_nlink != 1:
                wrong.append("v64.cab: has two names")
            if files.get(f"Office/Data/v64_{build}.cab", (None,))[0] != pointer[0]:
                wrong.append(f"v64_{build}.cab: is not v64.cab")
            if build not in folders:
                wrong.append(f"v64.cab: names {build}, which has no folder")
        for folder in folders:
            self.judge_build(channel, folder, files, wrong)
        wrong += [f"{name}: does not belong here" for name in files]
        return build, wrong
