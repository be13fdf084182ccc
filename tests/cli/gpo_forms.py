#!/usr/bin/env python3
"""Reads every form of policy document, by its own means, and prints what it says.

    gpo_forms.py admx <ADMX        every value of the policies of Office updates: KEY NAME TYPE
    gpo_forms.py names FILE...     every value that the documents set or remove: KEY NAME TYPE, TYPE - if they do not say
    gpo_forms.py values FILE       what one document does, in its order: KEY NAME TYPE DATA, or KEY NAME removed
    gpo_forms.py intune FILE ADMX  the same of an Intune profile, whose policies and elements are looked up in the ADMX

Columns are separated by tabs. The ADMX is UTF-8, as iconv made it. Preferences for one site are left out of `values`.
"""
import json
import struct
import sys
import xml.etree.ElementTree as ET

URI = "./Device/Vendor/MSFT/Policy/Config/office16v2~Policy~L_MicrosoftOfficemachine~L_Updates/"
REMOVED = "removed"


def of_pol(raw):
    """MS-GPREG, section 2.2.1, to the byte."""
    assert raw[:8] == b"PReg" + struct.pack("<I", 1), "no Registry.pol"
    at = 8

    def take(expected):
        nonlocal at
        expected = expected.encode("utf-16-le")
        assert raw[at:at + len(expected)] == expected, f"at {at}: {raw[at:at + 8]!r}"
        at += len(expected)

    def text():
        nonlocal at
        begin = at
        while raw[at:at + 2] != b"\0\0":
            at += 2
        at += 2
        return raw[begin:at - 2].decode("utf-16-le")

    while at < len(raw):
        take("[")
        key = text()
        take(";")
        name = text()
        take(";")
        kind = struct.unpack_from("<I", raw, at)[0]
        at += 4
        take(";")
        size = struct.unpack_from("<I", raw, at)[0]
        at += 4
        take(";")
        data = raw[at:at + size]
        at += size
        take("]")
        if kind == 1:
            assert data[-2:] == b"\0\0"
            yield key, name, "REG_SZ", data[:-2].decode("utf-16-le")
        else:
            assert kind == 4 and size == 4
            yield key, name, "REG_DWORD", str(struct.unpack("<I", data)[0])


def of_samba_xml(raw):
    root = ET.fromstring(raw)
    assert int(root.get("num_entries")) == len(root)
    for entry in root:
        yield entry.find("Key").text, entry.find("ValueName").text, entry.get("type_name"), entry.find("Value").text


def of_load(raw):
    for entry in json.loads(raw):
        assert entry["class"] == "MACHINE"
        yield entry["keyname"], entry["valuename"], entry["type"], str(entry["data"])


def of_lgpo(raw):
    lines = raw.decode().split("\r\n")
    assert len(lines) % 5 == 1 and lines[-1] == ""
    for at in range(0, len(lines) - 1, 5):
        scope, key, name, action, blank = lines[at:at + 5]
        assert scope == "Computer" and blank == ""
        kind, _, data = action.partition(":")
        yield key, name, {"SZ": "REG_SZ", "DWORD": "REG_DWORD", "DELETE": "-"}[kind], \
            REMOVED if kind == "DELETE" else data


def of_preferences(raw):
    for item in ET.fromstring(raw):
        properties = item.find("Properties")
        assert properties.get("hive") == "HKEY_LOCAL_MACHINE"
        kind, data = properties.get("type"), properties.get("value")
        if kind == "REG_DWORD" and properties.get("action") == "U":
            assert len(data) == 8
            data = str(int(data, 16))
        yield properties.get("key"), properties.get("name"), kind, \
            REMOVED if properties.get("action") == "D" else data, item.find("Filters") is not None


def of_reg(raw):
    key = None
    for line in raw.decode("utf-16").split("\r\n")[1:]:
        if line.startswith("[HKEY_LOCAL_MACHINE\\"):
            key = line[len("[HKEY_LOCAL_MACHINE\\"):-1]
        elif line:
            name, _, data = line[1:].partition('"=')
            kind = "-" if data == "-" else "REG_DWORD" if data.startswith("dword:") else "REG_SZ"
            yield key, name, kind, data


def read(path):
    """(key, name, type, data) of all values of a document; whose form shows in its name."""
    with open(path, "rb") as file:
        raw = file.read()
    low = path.lower()
    forms = ((("registry.pol", "registry.pol.sambabackup"), of_pol), (("registry.pol.xml",), of_samba_xml),
             (("policy.json",), of_load), ((".txt",), of_lgpo), ((".reg",), of_reg))
    for ends, form in forms:
        if low.endswith(ends):
            for key, name, kind, data in form(raw):
                if name.startswith("**del."):
                    assert (kind, data) == ("REG_SZ", " ")
                    name, kind, data = name[len("**del."):], "-", REMOVED
                yield key, name, kind, data, False
            return
    assert low.endswith(".xml"), path
    yield from of_preferences(raw)


def admx_policies(text):
    """{policy: {element or None: (key, name, type)}} of the category of updates."""
    root = ET.fromstring(text.lstrip("\ufeff").split("?>", 1)[1])
    space = root.tag.removesuffix("policyDefinitions")  # "" or a namespace
    kinds = {space + "text": "REG_SZ", space + "boolean": "REG_DWORD", space + "enum": "REG_SZ",
             space + "decimal": "REG_DWORD"}
    parents = {category.get("name"): category.find(space + "parentCategory")
               for category in root.iter(space + "category")}
    assert parents["L_Updates"].get("ref") == "L_MicrosoftOfficemachine"
    assert parents["L_MicrosoftOfficemachine"] is None
    policies = {}
    for policy in root.iter(space + "policy"):
        if policy.find(space + "parentCategory").get("ref") != "L_Updates" or policy.get("class") != "Machine":
            continue
        values = policies[policy.get("name")] = {}
        if policy.get("valueName"):
            assert policy.find(f"{space}enabledValue/{space}decimal").get("value") == "1"
            assert policy.find(f"{space}disabledValue/{space}decimal").get("value") == "0"
            values[None] = policy.get("key"), policy.get("valueName"), "REG_DWORD"
        for element in policy.find(space + "elements") or ():
            values[element.get("id")] = policy.get("key"), element.get("valueName"), kinds[element.tag]
    return policies


def of_intune(profile, policies):
    for setting in profile["omaSettings"]:
        assert setting["omaUri"].startswith(URI)
        values = policies[setting["omaUri"][len(URI):]]
        state = ET.fromstring(f"<state>{setting['value']}</state>")
        enabled = state[0].tag == "enabled"
        assert enabled or (state[0].tag == "disabled" and len(state) == 1)
        if None in values:
            yield *values[None], str(int(enabled))
        elif not enabled:
            yield from ((*value, REMOVED) for value in values.values())
        for data in state[1:]:
            key, name, kind = values[data.get("id")]
            boolean = {"true": "1", "false": "0"}
            yield key, name, kind, boolean[data.get("value")] if kind == "REG_DWORD" else data.get("value")


def main(command, *paths):
    if command == "admx":
        for values in admx_policies(sys.stdin.read()).values():
            for key, name, kind in values.values():
                print(key, name, kind, sep="\t")
                print(key, name, "-", sep="\t")
    elif command == "names":
        for path in paths:
            for key, name, kind, _, _ in read(path):
                print(key, name, kind, sep="\t")
    elif command == "values":
        for key, name, kind, data, filtered in read(paths[0]):
            if not filtered:
                print(key, name, *((data,) if data == REMOVED else (kind, data)), sep="\t")
    elif command == "intune":
        with open(paths[0], encoding="utf-8") as profile, open(paths[1], encoding="utf-8") as admx:
            for key, name, kind, data in of_intune(json.load(profile), admx_policies(admx.read())):
                print(key, name, *((data,) if data == REMOVED else (kind, data)), sep="\t")
    else:
        sys.exit(__doc__)


main(*sys.argv[1:])
