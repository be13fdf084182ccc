#!/usr/bin/env bats
# .reg files as others read them: iconv decodes them, Samba's registry imports them, sets and removes what they say.
# The files are the golden ones, which tests/unit/config holds the writer to, byte for byte.

update_key='HKLM\software\policies\microsoft\office\16.0\common\officeupdate'

bats_require_minimum_version 1.5.0

setup() {
    load ../helper
    golden=$RINGMGR_TOP/tests/golden
    own=$BATS_TEST_TMPDIR/samba
    mkdir "$own"
    printf '%s\n' "[global]" "unix charset = UTF-8" "private dir = $own" "state directory = $own" \
        "lock directory = $own" "cache directory = $own" "pid directory = $own" >"$own/own.conf"
}

# registry COMMAND…: Samba's registry, one of this test alone.
registry() {
    LC_ALL=C.UTF-8 net -s "$own/own.conf" registry "$@" 2>"$own/errors"
}

# has KEY NAME VALUE
has() {
    [ "$(registry getvalueraw "$1" "$2")" = "$3" ]
}

# lacks KEY NAME
lacks() {
    run registry getvalueraw "$1" "$2"
    [ "$status" -ne 0 ]
}

@test "every .reg file is UTF-16LE with BOM and CRLF, and begins as regedit demands" {
    need iconv
    local file decoded=$BATS_TEST_TMPDIR/decoded count=0
    for file in "$golden"/reg/*.reg "$golden"/rollback/*/*.reg; do
        [ "$(head -c 2 "$file" | od -An -tx1)" = " ff fe" ]
        iconv -f UTF-16LE -t UTF-8 "$file" | tail -c +4 >"$decoded"
        [ "$(head -n 1 "$decoded")" = $'Windows Registry Editor Version 5.00\r' ]
        [ "$(sed -n 2p "$decoded")" = $'\r' ]
        [ "$(grep -c $'\r$' "$decoded")" = "$(wc -l <"$decoded")" ]
        [ "$(tail -c 4 "$decoded" | od -An -tx1)" = " 0d 0a 0d 0a" ]
        count=$((count + 1))
    done
    [ "$count" -ge 10 ]
}

@test "the README files are UTF-8, without any control character but CRLF" {
    need iconv
    local file
    for file in "$golden"/rollback/*/README.txt; do
        iconv -f UTF-8 -t UTF-16LE "$file" >"$BATS_TEST_TMPDIR/utf16"
        [ "$(grep -c $'\r$' "$file")" = "$(wc -l <"$file")" ]
        run ! grep -q $'[\x01-\x09\x0b\x0c\x0e-\x1f\x7f]' "$file"
    done
}

@test "Samba imports texts and numbers, and reads back exactly what was meant" {
    need net
    registry import "$golden/reg/set.reg"
    has 'HKLM\software\test\one' text '\\files\büro "€" 😀; [x] = %TEMP% '
    has 'HKLM\software\test\one' 'a "b" \ c' ''
    has 'HKLM\software\test\two' n $((0xdeadbeef))
    has 'HKLM\software\test\two' o 10
    registry getvalue 'HKLM\software\test\one' text | grep -q '= REG_SZ$'
    registry getvalue 'HKLM\software\test\two' n | grep -q '= REG_DWORD$'
}

@test "Samba removes what a file removes, and nothing else" {
    need net
    registry import "$golden/reg/set.reg"
    registry import "$golden/reg/remove.reg"
    lacks 'HKLM\software\test\one' 'a "b" \ c'
    lacks 'HKLM\software\test\two' o
    has 'HKLM\software\test\two' n $((0xdeadbeef))
    registry getvalueraw 'HKLM\software\test\one' text
}

@test "a rollback: the first file pins, the second takes target version and deadline back" {
    need net
    local kit=$golden/rollback/two-architectures
    registry import "$kit/1-go-back.reg"
    has "$update_key" enableautomaticupdates 1
    has "$update_key" updatepath '\\files\office-pilot'
    has "$update_key" updatetargetversion 16.0.20228.20134
    has "$update_key" updatedeadline '08/29/2026 18:00'
    registry import "$kit/2-release.reg"
    lacks "$update_key" updatetargetversion
    lacks "$update_key" updatedeadline
    has "$update_key" enableautomaticupdates 1
    has "$update_key" updatepath '\\files\office-pilot'
}

@test "a rollback without unc leaves the machine's update path alone" {
    need net
    registry import "$golden/rollback/two-architectures/1-go-back.reg"
    registry setvalue "$update_key" updatepath sz 'D:\own'
    registry import "$golden/rollback/no-unc/1-go-back.reg"
    has "$update_key" updatepath 'D:\own'
    has "$update_key" updatetargetversion 16.0.20228.20134
}
