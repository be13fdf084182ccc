#!/usr/bin/env bats
# shellcheck disable=SC2046 # the program is several words
# In which order the real program's writes reach the disk: its system calls, held against design's protocol by a
# checker that knows nothing else (order.pl), which itself must notice each fsync that is left out. order.proof.bats has
# all commands, two architectures, copies, and what comes after a kill.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../cli/world
    need strace
    world_file
}

setup() {
    load ../cli/world
    load order
    world_make
    PILOT=$'keep = 0\ngrace = 0 days' PRODUCTION=$'keep = 0\ngrace = 0 days' config
}

teardown() {
    world_end
}

@test "sync, a first and a later promotion, the way back and gc: what must be on the disk before the next step, is" {
    offer "$OLD" 2026-08-16
    ordered sync $(program) sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    as news ordered first $(program) promote production "$OLD"
    shows production "$OLD"
    offer "$NEW" 2026-08-17
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    as news ordered later $(program) promote production "$NEW"
    as games ordered back $(program) rollback production --reason bad
    ordered gc $(program) gc
    shows production "$OLD"
}

@test "an intent that a killed sync has written and not synced is on the disk before the next one acts on it" {
    local at
    : "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
    [ -r "$FAULT_LIBRARY" ] || missing "$FAULT_LIBRARY"
    aside
    at=$(last_commit_before_share $(program) sync)
    back
    killed $((at - 1)) $(program) sync
    [ ! -e "$(data pilot)" ]
    replayed after $(program) sync
    shows pilot "$NEW"
}

@test "an object that a killed sync has named and not synced is on the disk before a build is made of it" {
    local at
    : "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
    [ -r "$FAULT_LIBRARY" ] || missing "$FAULT_LIBRARY"
    KILLED_IN=:$W/store
    aside
    at=$(call_of renameat "stream.x64.x-none.dat.part$" $(program) sync)
    back
    killed "$at" $(program) sync
    cmp "$(object "$UP/$NEW/stream.x64.x-none.dat")" "$UP/$NEW/stream.x64.x-none.dat"
    replayed after $(program) sync
    shows pilot "$NEW"
}

@test "the checker finds a pointer that is written over, a file of a build that is, and a folder that goes too soon" {
    local line data
    data=$(data production)
    line() {
        printf '1 %s = 0\n' "$1" >"$W/trace-$2"
        run ! held_against "$W/trace-$2"
        [[ $output == *"$2: "* ]] || { echo "$output" && return 1; }
    }
    line "pwrite64(3<$data/v64.cab>, \"x\", 1, 0)" touched
    line "pwrite64(3<$data/$NEW/i640.cab>, \"x\", 1, 0)" touched
    line "ftruncate(3<$W/store/objects/ab/abc>, 0)" touched
    line "unlinkat(3<$data/$NEW>, \"i640.cab\", 0)" trash
    line "renameat(3<$data>, \".ringmgr-1\", 3<$data>, \"v64.cab\")" intent
    line "write(3<$W/log/head>, \"x\", 1)" end
    line "unlinkat(3<$W/store/objects/ab>, \"abc\", 0)" trash
}
