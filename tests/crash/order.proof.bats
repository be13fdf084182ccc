#!/usr/bin/env bats
# shellcheck disable=SC2046 # the program is several words
# The order of writes (order.bats) of every command that changes a share or the store: two architectures, copies
# instead of links, import, extension, gc with objects, another channel, and the command that comes after one that was
# killed, at every RINGMGR_ORDER_EVERYth call (default 6).

bats_require_minimum_version 1.5.0

CURRENT_BUILD=16.0.20400.20100

# Two builds of two architectures in two languages, and one of another channel, with little in them.
setup_file() {
    load ../cli/world
    need strace sqlite3
    world_file
    export FILE_ORIGIN=$BATS_FILE_TMPDIR/origin
    mkdir -p "$FILE_ORIGIN/www/pr"
    cp -a "$WORLD_ORIGIN/ca" "$FILE_ORIGIN/"
    local build
    for build in "$OLD" "$NEW"; do
        origin_build "$FILE_ORIGIN" "$build" --arch x64,x86 --lang en-us,fr-fr --signed-at 2026-08-11T17:00Z
    done
    "$TESTCDN" build --ca "$FILE_ORIGIN/ca" --origin "$FILE_ORIGIN/www/pr" --channel Current \
        --build "$CURRENT_BUILD" --lang en-us --arch x64,x86
    "$TESTCDN" pointer --ca "$FILE_ORIGIN/ca" --origin "$FILE_ORIGIN/www/pr" --channel Current \
        --build "$CURRENT_BUILD" --signed-at 2026-08-30 --arch x64,x86
    : >"$BATS_FILE_TMPDIR/order"
}

setup() {
    load ../cli/world
    load order
    : "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
    [ -r "$FAULT_LIBRARY" ] || missing "$FAULT_LIBRARY"
    export WORLD_ORIGIN=$FILE_ORIGIN
    world_make
    PILOT=$'keep = 0\ngrace = 0 days' PRODUCTION=$'keep = 0\ngrace = 0 days'
    CONTENT=$'languages = en-us\narchitectures = x64, x86'
    config
}

teardown() {
    world_end
}

teardown_file() {
    load ../cli/world
    load order
    tell_order
}

both() { # BUILD TIME
    offer "$1" "$2" --arch x64,x86
}

approve() {
    expect 0 as games ringmgr approve production "$1" --reason fine
}

# production has the older build, pilot the newer one, which is approved.
stand() {
    both "$OLD" 2026-08-16
    expect 0 ringmgr sync
    approve "$OLD"
    expect 0 as news ringmgr promote production "$OLD"
    both "$NEW" 2026-08-17
    expect 0 ringmgr sync
    approve "$NEW"
}

@test "two architectures: sync, promotions, the way back, an extension, gc of shares and store" {
    both "$OLD" 2026-08-16
    ordered sync-first $(program) sync
    approve "$OLD"
    as news ordered first $(program) promote production "$OLD"
    both "$NEW" 2026-08-17
    ordered sync-later $(program) sync
    approve "$NEW"
    as news ordered later $(program) promote production "$NEW"
    as games ordered back $(program) rollback production --reason bad
    CONTENT=$'languages = en-us, fr-fr\narchitectures = x64, x86' config
    ordered extend $(program) sync
    expect 0 ringmgr verify
}

@test "gc of a build on two shares and in the store" {
    stand
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr block "$OLD" --reason bad
    ordered gc $(program) gc
    grep -q "unlinkat.*$W/store/objects/" "$W/trace-gc"
    expect 0 ringmgr verify
}

@test "one architecture: the same, an architecture that comes later, import, verify that repairs" {
    CONTENT='languages = en-us' config
    both "$OLD" 2026-08-16
    ordered import $(program) import "$O/www/pr/$ORIGIN_GUID" --ring pilot
    approve "$OLD"
    as news ordered first $(program) promote production "$OLD"
    both "$NEW" 2026-08-17
    ordered sync $(program) sync
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    ordered extend $(program) sync
    expect 0 ringmgr verify
}

@test "copies instead of links: bytes are on the disk before the name" {
    PILOT=$'link = copy\nkeep = 0\ngrace = 0 days' PRODUCTION=$'link = copy\nkeep = 0\ngrace = 0 days' config
    both "$OLD" 2026-08-16
    ordered sync $(program) sync
    approve "$OLD"
    as news ordered first $(program) promote production "$OLD"
    CONTENT=$'languages = en-us, fr-fr\narchitectures = x64, x86' config
    ordered extend $(program) sync
    [ "$(stat -c %h "$(data production)/$OLD/i640.cab")" = 1 ]
}

@test "another channel" {
    export RINGMGR_TEST_NOW
    RINGMGR_TEST_NOW=$(date -ud 2026-09-01T10:00Z +%s)
    both "$NEW" 2026-08-17
    expect 0 ringmgr sync
    CHANNEL=Current config
    as games ordered decide $(program) migrate pilot --channel Current --reason newer
    ordered sync $(program) sync
    cmp "$(data pilot)/v64.cab" "$O/www/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60/Office/Data/v64_$CURRENT_BUILD.cab"
}

# replays COMMAND…: killed at each call of a sample, and what comes next is traced.
replays() {
    local at times=0
    aside
    for ((at = 1; ; at += ${RINGMGR_ORDER_EVERY:-6})); do
        back
        killed $at "$@" || break
        times=$((times + 1))
        replayed "after-$at" "$@" || { echo "killed after call $at" && return 1; }
    done
    echo "# $times kills, and each replay keeps the order although nothing before it is taken to be on the disk" >&3
    [ $times -gt 10 ]
}

@test "what comes after a killed promotion puts on the disk what that one has not" {
    stand
    as news replays $(program) promote production "$NEW"
    shows production "$NEW" i320.cab i320.cab.cat i321033.cab s320.cab s321033.cab stream.x86.en-us.dat \
        stream.x86.en-us.dat.cat stream.x86.x-none.dat stream.x86.x-none.dat.cat $FILES
}

@test "what comes after a killed extension puts on the disk what that one has not" {
    CONTENT='languages = en-us' config
    stand
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    replays $(program) sync
}
