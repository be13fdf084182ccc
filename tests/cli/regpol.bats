#!/usr/bin/env bats
# Registry.pol as Samba's own marshalling (python3-samba) has it: it reads the files and, packing what it has read,
# makes the same bytes again. Its reader alone would take wrong sizes. The files are the golden ones, which
# tests/unit/config holds the writer to, byte for byte.

bats_require_minimum_version 1.5.0

update_key='software\policies\microsoft\office\16.0\common\officeupdate'

setup() {
    load ../helper
    golden=$RINGMGR_TOP/tests/golden/pol
    need_samba
}

# The modules belong to Debian's own Python, whatever else is installed.
need_samba() {
    /usr/bin/python3 -c 'import samba.dcerpc.preg' 2>/dev/null || missing "/usr/bin/python3 with python3-samba"
}

# entries FILE: checks that packing gives the file again, then prints "KEY|NAME|TYPE|DATA" for each of its entries.
entries() {
    PYTHONIOENCODING=utf-8 /usr/bin/python3 - "$1" <<'PYTHON'
import sys
from samba.dcerpc import preg
from samba.ndr import ndr_pack, ndr_unpack
data = open(sys.argv[1], 'rb').read()
read = ndr_unpack(preg.file, data)
assert read.header.signature == 'PReg' and read.header.version == 1
if ndr_pack(read) != data:
    sys.exit('%s: Samba would write other bytes' % sys.argv[1])
for entry in read.entries:
    print(entry.keyname, entry.valuename, entry.type, entry.data, sep='|')
PYTHON
}

@test "Samba reads every Registry.pol and would write it byte for byte" {
    local file count=0
    for file in "$golden"/*.pol; do
        entries "$file" >/dev/null
        count=$((count + 1))
    done
    [ "$count" -ge 4 ]
}

@test "a byte too many or too few is noticed, so the judge can be trusted" {
    local bad=$BATS_TEST_TMPDIR/bad.pol
    { cat "$golden/set.pol"; printf x; } >"$bad"
    run ! entries "$bad"
    sed 's/PReg/Preg/' "$golden/set.pol" >"$bad"
    run ! entries "$bad"
}

@test "texts and numbers are what was meant" {
    run entries "$golden/set.pol"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 4 ]
    [ "${lines[0]}" = 'software\test\one|text|1|\\files\büro "€" 😀; [x] = %TEMP% ' ]
    [ "${lines[1]}" = 'software\test\one|a "b" \ c|1|' ]
    [ "${lines[2]}" = "software\\test\\two|n|4|$((0xdeadbeef))" ]
    [ "${lines[3]}" = 'software\test\two|o|4|10' ]
}

@test "a removed value is **del. with one blank" {
    run entries "$golden/remove.pol"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 2 ]
    [ "${lines[0]}" = 'software\test\one|**del.a "b" \ c|1| ' ]
    [ "${lines[1]}" = 'software\test\two|**del.o|1| ' ]
}

@test "a ring's policy: what it sets and what it takes away" {
    run entries "$golden/ring.pol"
    [ "$status" -eq 0 ]
    [ "$output" = "$update_key|enableautomaticupdates|4|1
$update_key|updatepath|1|\\\\files\\office-pilot
$update_key|officemgmtcom|4|0
$update_key|**del.updatetargetversion|1| 
$update_key|updatedeadline|1|7
$update_key|hideenabledisableupdates|4|1
$update_key|hideupdatenotifications|4|0
$update_key|onlinerepair|4|1
$update_key|fallbacktocdn|4|0" ]
}
