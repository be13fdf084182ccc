#!/usr/bin/env bats
# lint --ring where the state of the ring decides: what is live, what was left, whose share it is.

key='HKEY_LOCAL_MACHINE\software\policies\microsoft\office\16.0\common\officeupdate'

setup_file() {
    load world
    world_file
    need iconv
}

setup() {
    load world
    world_make
    RINGMGR_TEST_NOW=$(date -ud 2026-09-01T10:00Z +%s)
    export RINGMGR_TEST_NOW
    sed -i '/^approvals = 1$/d; /^four_eyes/d' "$W/ringmgr.conf"
}

teardown() {
    world_end
}

NEXT=16.0.20300.20100

# reg FILE LINE…: a .reg file whose lines below the key are these; the first of them is line 4.
reg() {
    { printf '\xff\xfe' && printf '%s\r\n' 'Windows Registry Editor Version 5.00' '' "[$key]" "${@:2}" '' |
        iconv -f UTF-8 -t UTF-16LE; } >"$1"
}

@test "after a roll-back the build that was left is an error, and the kit that brings machines back is none" {
    expect 0 ringmgr sync
    expect 0 as news ringmgr promote production "$NEW"
    origin_build "$O" "$NEXT" --lang en-us --from "$NEW" --survive 90
    offer "$NEXT" 2026-08-22
    expect 0 ringmgr sync
    expect 0 as news ringmgr promote production "$NEXT"
    reg "$W/back.reg" "\"updatetargetversion\"=\"$NEW\""
    reg "$W/forth.reg" "\"updatetargetversion\"=\"$NEXT\""
    expect 0 ringmgr lint --ring production "$W/back.reg"
    prints "$W/back.reg:4: warning: " "[old-target]" "$NEXT"
    expect 0 as games ringmgr rollback production --reason hangs -o "$W/kit"
    expect 0 ringmgr lint --ring production "$W/kit/1-go-back.reg" "$W/kit/2-release.reg"
    prints "$W/kit/1-go-back.reg:6: note: " "$W/kit/2-release.reg: nothing found"
    [ "${#lines[@]}" = 2 ]
    expect 0 ringmgr lint --ring production "$W/back.reg"
    prints "$W/back.reg:4: note: " "[target-version]"
    expect 8 ringmgr lint --ring production "$W/forth.reg"
    prints "$W/forth.reg:4: error: " "[bad-target]" "the one that it offers, $NEW"
}

@test "the share of another ring is an error in each place where a path can stand" {
    expect 0 ringmgr sync
    path=$(ringmgr generate odt --existing --ring pilot | grep -o 'UpdatePath="[^"]*"' | cut -d'"' -f2)
    printf '<Configuration>\n<Add SourcePath="%s"/>\n</Configuration>\n' "$path" >"$W/source.xml"
    expect 8 ringmgr lint --ring production "$W/source.xml"
    prints "$W/source.xml:2: error: " "is another ring's share, $path of ring pilot" "[not-the-ring]"
    expect 0 ringmgr lint --ring pilot "$W/source.xml"
}
