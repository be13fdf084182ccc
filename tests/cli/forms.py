#!/usr/bin/env python3
"""forms.py FOLDER: whether every form of one ring's policy in the folder says the same.

The folder has pol, reg, gpp, samba-gpo/policy.json and perhaps lgpo, as `ringmgr generate` names these kinds. Each is
read by somebody else's reader where there is one (Samba's for Registry.pol, which must also write the very file again), the
values are printed as KEY|NAME|VALUE, and the end is 1 where two forms differ. A removed value is a None.
"""
import json
import os
import re
import sys
import xml.etree.ElementTree as ET

from samba.dcerpc import preg
from samba.ndr import ndr_pack, ndr_unpack

REMOVE = "**del."


def read(name):
    with open(f"{sys.argv[1]}/{name}", "rb") as file:
        return file.read()


def value(key, name, number, data):
    """As all forms are compared: a number as int, a text as str."""
    if name.startswith(REMOVE):
        return key, name[len(REMOVE) :], None
    return key, name, int(data) if number else data


def of_pol():
    raw = read("pol")
    file = ndr_unpack(preg.file, raw)
    if ndr_pack(file) != raw:
        sys.exit("pol: Samba writes it differently")
    return [value(e.keyname, e.valuename, e.type == 4, e.data) for e in file.entries]


def of_reg():
    text = read("reg").decode("utf-16")
    found, key = [], None
    for line in text.split("\r\n")[1:]:
        match = re.fullmatch(r'"(.*?)"=(-|dword:([0-9a-f]{8})|"(.*)")', line)
        if line.startswith("["):
            key = line[1:-1].removeprefix("HKEY_LOCAL_MACHINE\\")
        elif match:
            name, data, number, words = match.groups()
            words = words and re.sub(r"\\(.)", r"\1", words)
            found.append((key, name, None if data == "-" else int(number, 16) if number else words))
        elif line:
            sys.exit(f"reg: {line!r}")
    return found


def of_lgpo():
    found = []
    for block in read("lgpo").decode().removesuffix("\r\n\r\n").split("\r\n\r\n"):
        hive, key, name, data = block.split("\r\n")
        kind, _, data = data.partition(":")
        if hive != "Computer" or kind not in ("DWORD", "SZ", "DELETE"):
            sys.exit(f"lgpo: {block!r}")
        found.append((key, name, None) if kind == "DELETE" else value(key, name, kind == "DWORD", data))
    return found


def of_gpp():
    found = []
    for properties in ET.fromstring(read("gpp")).iter("Properties"):
        p = properties.attrib
        number = p["type"] == "REG_DWORD"
        data = str(int(p["value"], 16)) if number and p["value"] else p["value"]
        found.append((p["key"], p["name"], None) if p["action"] == "D" else value(p["key"], p["name"], number, data))
    return found


def of_load():
    entries = json.loads(read("samba-gpo/policy.json"))
    return [value(e["keyname"], e["valuename"], e["type"] == "REG_DWORD", e["data"]) for e in entries]


expected = of_pol()
forms = (of_reg, of_gpp, of_load) + ((of_lgpo,) if os.path.exists(f"{sys.argv[1]}/lgpo") else ())
for form in forms:
    if form() != expected:
        sys.exit(f"{form.__name__}: {form()}\nof_pol: {expected}")
for row in expected:
    print(*row, sep="|")
