#!/usr/bin/env bats
# The forms of policy documents as others read them: xmllint, jq, Python and Samba's own code. The files are the golden
# ones, which tests/unit/config holds the writers to, byte for byte. That Windows imports them nobody can show here.

bats_require_minimum_version 1.5.0

setup() {
    load ../helper
    golden=$RINGMGR_TOP/tests/golden
    backup=("$golden"/gpo-backup/ring/\{*\})
    admx=$BATS_TEST_TMPDIR/office16.admx
}

# forms ARGUMENT…: the independent reader of all forms.
forms() {
    PYTHONUTF8=1 python3 "$RINGMGR_TOP/tests/cli/gpo_forms.py" "$@"
}

decode_admx() {
    [ -n "$RINGMGR_REAL" ] || missing "the folder of real files (RINGMGR_REAL)"
    iconv -f UTF-16 -t UTF-8 "$RINGMGR_REAL/admx/office16.admx" >"$admx"
}

# has_crlf FILE: each line ends so, the last one too; there is no BOM.
has_crlf() {
    python3 - "$1" <<'PYTHON'
import sys
raw = open(sys.argv[1], "rb").read()
rest = raw.replace(b"\r\n", b"")
assert raw.endswith(b"\r\n") and b"\r" not in rest and b"\n" not in rest and not raw.startswith(b"\xef\xbb\xbf"), raw
PYTHON
}

@test "every XML document is well-formed" {
    need xmllint
    local file count=0
    while read -r file; do
        xmllint --noout "$file"
        count=$((count + 1))
    done < <(find "$golden"/{gpp,gpo-backup,samba-gpo} -name '*.xml')
    [ "$count" -ge 9 ]
}

@test "line ends, byte order marks and declarations are those of the formats" {
    need python3
    local file
    for file in "$golden"/lgpo/*.txt "$golden"/gpp/*.xml "${backup[0]}/Backup.xml" "${backup[0]}/bkupInfo.xml" \
        "$golden"/samba-gpo/*/GPT.INI.SAMBABACKUP; do
        has_crlf "$file"
    done
    for file in "$golden"/gpp/*.xml "${backup[0]}/Backup.xml"; do
        [ "$(head -n 1 "$file")" = $'<?xml version="1.0" encoding="utf-8"?>\r' ]
    done
    [ "$(wc -l <"${backup[0]}/bkupInfo.xml")" = 1 ]
    [ "$(wc -l <"$golden/gpo-backup/ring/manifest.xml")" = 0 ]
    [ "$(head -c 9 "$golden/gpo-backup/ring/manifest.xml")" = "<Backups " ]
    [ "$(printf '[General]\r\nVersion=1\r\n')" = "$(cat "$golden/samba-gpo/ring/GPT.INI.SAMBABACKUP")" ]
    cmp "$golden/samba-gpo/ring/gPCMachineExtensionNames.SAMBAEXT" - < \
        <(printf '[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]')
}

@test "every value that any form names stands in the real ADMX, with its type" {
    need iconv python3
    decode_admx
    forms admx <"$admx" | sort -u >"$BATS_TEST_TMPDIR/known"
    find "$golden"/{lgpo,gpp,gpo-backup,samba-gpo,rollback} \( -name '*.reg' -o -name 'ring.txt' \
        -o -path '*/gpp/*.xml' -o -iname 'registry.pol*' -o -name policy.json \) -exec \
        env PYTHONUTF8=1 python3 "$RINGMGR_TOP/tests/cli/gpo_forms.py" names {} + | sort -u >"$BATS_TEST_TMPDIR/named"
    [ "$(wc -l <"$BATS_TEST_TMPDIR/named")" -ge 9 ]
    [ -z "$(comm -23 "$BATS_TEST_TMPDIR/named" "$BATS_TEST_TMPDIR/known")" ]
}

@test "all forms of one policy say the same" {
    need iconv python3
    decode_admx
    local policy form said=$BATS_TEST_TMPDIR/said
    for policy in ring odd; do
        forms values "$golden/samba-gpo/$policy/Machine/Registry.pol.SAMBABACKUP" >"$said"
        [ "$(wc -l <"$said")" -ge 4 ]
        for form in "$golden/gpp/$policy.xml" "$golden/samba-gpo/$policy/Machine/Registry.pol.xml" \
            "$golden/samba-gpo/$policy/policy.json"; do
            forms values "$form" | diff "$said" -
        done
        forms intune "$golden/intune/$policy.json" "$admx" | diff "$said" -
    done
    forms values "$golden/lgpo/ring.txt" | diff - <(forms values "${backup[0]}/DomainSysvol/GPO/Machine/registry.pol")
    forms values "$golden/samba-gpo/odd/policy.json" | grep -qF $'updatepath\tREG_SZ\t\\\\files\\büro & "<€>" '"']]>' 😀"
}

@test "Intune: a profile as Microsoft Graph takes it, each value XML of its own" {
    need jq xmllint
    local file value
    for file in "$golden"/intune/*.json; do
        jq -e '."@odata.type" == "#microsoft.graph.windows10CustomConfiguration" and (.displayName | length > 0)
            and (.omaSettings | length > 0 and all(."@odata.type" == "#microsoft.graph.omaSettingString"
            and (.displayName | length > 0)))' "$file"
        [ "$(jq -r '.omaSettings[].omaUri' "$file" | sort | uniq -d)" = "" ]
        while read -r value; do
            printf '<state>%s</state>' "$value" | xmllint --noout -
        done < <(jq -r '.omaSettings[].value' "$file")
    done
}

@test "preferences: the items of sites stand behind the general ones, each with its filter and GUID" {
    need xmllint
    local file=$golden/gpp/ring.xml
    [ "$(xmllint --xpath 'count(//Registry[Filters])' "$file")" = 2 ]
    [ "$(xmllint --xpath 'count(//Registry[Filters]/following-sibling::Registry[not(Filters)])' "$file")" = 0 ]
    [ "$(xmllint --xpath 'string(//Registry[Filters/FilterSite/@name="Berlin"]/Properties/@value)' "$file")" = \
        '\\ber-files\office-pilot' ]
    [ "$(xmllint --xpath 'string(//Registry[last()]/Filters/FilterSite/@name)' "$file")" = 'Zürich & <"Bern">' ]
    [ -z "$(xmllint --xpath '//Registry/@uid' "$file" | sort | uniq -d)" ]
}

@test "GPO backup: manifest, bkupInfo and Backup name the same backup, in the folder that is called so" {
    need xmllint
    local id=${backup[0]##*/} file gpo
    [ "${#backup[@]}" = 1 ]
    for file in "$golden/gpo-backup/ring/manifest.xml" "${backup[0]}/bkupInfo.xml"; do
        [ "$(xmllint --xpath 'string(//*[local-name()="BackupInst"]/*[local-name()="ID"])' "$file")" = "$id" ]
        [ "$(xmllint --xpath 'namespace-uri(/*)' "$file")" = \
            http://www.microsoft.com/GroupPolicy/GPOOperations/Manifest ]
    done
    gpo=$(xmllint --xpath 'string(//*[local-name()="GPOGuid"])' "${backup[0]}/bkupInfo.xml")
    [ "$(xmllint --xpath 'string(//*[local-name()="GroupPolicyCoreSettings"]/*[local-name()="ID"])' \
        "${backup[0]}/Backup.xml")" = "$gpo" ]
    [ "$gpo" != "$id" ]
    file=$(xmllint --xpath 'string(//*[local-name()="FSObjectFile"]/@*[local-name()="Location"])' "${backup[0]}/Backup.xml")
    [ -f "${backup[0]}/${file//\\//}" ]
    [ "$(sed 's/ xmlns="[^"]*"//; s/\r$//' "${backup[0]}/bkupInfo.xml")" = \
        "$(grep -o '<BackupInst>.*</BackupInst>' "$golden/gpo-backup/ring/manifest.xml")" ]
}

# samba_python ARGUMENT…: the Python that has Samba's modules, in a locale that knows ASCII alone.
samba_python() {
    /usr/bin/python3 -c 'import samba' 2>/dev/null || missing python3-samba
    LC_ALL=C PYTHONCOERCECLOCALE=0 PYTHONUTF8=0 /usr/bin/python3 -W ignore "$@"
}

@test "GPO backup: its security descriptor is what its comment says, without any SID of a domain" {
    need xmllint
    local hex
    hex=$(xmllint --xpath 'string(//*[local-name()="SecurityDescriptor"])' "${backup[0]}/Backup.xml")
    samba_python - "$hex" <<'PYTHON'
import sys
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
raw = bytes.fromhex(sys.argv[1])
read = ndr_unpack(security.descriptor, raw)
assert ndr_pack(read) == raw
wanted = security.descriptor.from_sddl(
    "D:PAI(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;AU)(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;BA)(A;CI;LCRPLORC;;;ED)"
    "(A;CI;LCRPLORC;;;AU)(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;SY)(A;CIIO;CCDCLCSWRPWPDTLOSDRCWDWO;;;CO)",
    security.dom_sid("S-1-5-21-1-2-3"))
assert ndr_pack(read.dacl) == ndr_pack(wanted.dacl), read.as_sddl()
assert "S-1-5-21-" not in read.as_sddl() and read.owner_sid is None and read.group_sid is None
PYTHON
}

@test "Samba reads and writes the same Registry.pol, byte for byte" {
    samba_python - "$golden"/samba-gpo/*/Machine/Registry.pol.SAMBABACKUP "${backup[0]}"/DomainSysvol/GPO/Machine/* <<'PYTHON'
import sys
from samba.dcerpc import preg
from samba.ndr import ndr_pack, ndr_unpack
assert len(sys.argv) == 4
for path in sys.argv[1:]:
    raw = open(path, "rb").read()
    assert ndr_pack(ndr_unpack(preg.file, raw)) == raw, path
PYTHON
}

@test "samba-tool gpo restore makes the Registry.pol from the folder, whatever the locale" {
    local policy out=$BATS_TEST_TMPDIR/restored
    for policy in ring odd; do
        rm -rf "$out"
        run --separate-stderr samba_python - "$golden/samba-gpo/$policy" "$out" <<'PYTHON'
import sys
from samba.netcmd.gpo import cmd_restore
cmd_restore(outf=sys.stdout, errf=sys.stderr).restore_from_backup_to_local_dir(*sys.argv[1:])
PYTHON
        [ "$status" = 0 ]
        [ -z "$output" ]
        [ -z "$stderr" ] # no parser failed, nothing fell back
        cmp "$out/Machine/Registry.pol" "$golden/samba-gpo/$policy/Machine/Registry.pol.SAMBABACKUP"
        [ "$(sed -n 's/^Version *= *//p' "$out/GPT.INI")" = 1 ]
        [ "$(find "$out" -type f | wc -l)" = 2 ]
    done
}

@test "the folder is what samba-tool gpo backup writes" {
    samba_python - "$golden/samba-gpo/ring" "$BATS_TEST_TMPDIR/theirs.xml" <<'PYTHON'
import sys
from samba.netcmd.gpo import find_parser
ours, theirs = sys.argv[1:]
for name, folder in (("Registry.pol", "Machine/"), ("GPT.INI", "")):
    parser = find_parser(name)
    parser.parse(open(f"{ours}/{folder}{name}.SAMBABACKUP", "rb").read())
    parser.write_xml(theirs)
    assert open(theirs, "rb").read() == open(f"{ours}/{folder}{name}.xml", "rb").read(), name
PYTHON
}
