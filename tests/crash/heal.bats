#!/usr/bin/env bats
# heal, killed or failing at each of its calls: the next heal puts everything right, and what others had put on the
# share is never lost.

setup_file() {
    load ../cli/world
    world_file
}

# A world that was tampered with: pointer, cabinets, permissions, a file too many. It is kept aside.
setup() {
    load ../cli/world
    : "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
    [ -r "$FAULT_LIBRARY" ] || missing "$FAULT_LIBRARY"
    world_make
    expect 0 ringmgr sync
    DATA=$(data pilot)
    mkdir "$W/mine"
    for file in pointer cabinet foreign; do echo "my $file" >"$W/mine/$file"; done
    cp "$W/mine/pointer" "$W/new" && mv "$W/new" "$DATA/v64.cab"
    cp "$W/mine/cabinet" "$W/new" && mv "$W/new" "$DATA/$NEW/i640.cab"
    cp "$W/mine/foreign" "$DATA/foreign"
    rm "$DATA/$NEW/s640.cab" "$DATA/v64_$NEW.cab"
    chmod 0600 "$DATA/$NEW/s641033.cab"
    mkdir "$W/aside"
    cp -a "$W/store" "$W/state" "$W/share" "$W/log" "$W/aside/"
}

teardown() {
    world_end
}

again() {
    rm -rf "$W/store" "$W/state" "$W/share" "$W/log"
    cp -a "$W/aside/." "$W/"
}

# struck PLAN…: heal, with the fault library in it.
struck() {
    : >"$W/paths"
    env LD_PRELOAD="$FAULT_LIBRARY" FAULT_UNDER="$W" "$@" "$RINGMGR_BIN" -c "$W/ringmgr.conf" job heal pilot <"$W/paths"
}

# The pointer is what it was, or none while the build that it should name is not whole, or right.
pointer_stands() {
    [ ! -e "$DATA/v64.cab" ] || cmp -s "$DATA/v64.cab" "$W/mine/pointer" || cmp -s "$DATA/v64.cab" "$UP/v64_$NEW.cab"
}

nothing_is_lost() {
    local file
    for file in pointer cabinet foreign; do
        cat "$W"/store/quarantine/* "$DATA/v64.cab" "$DATA/$NEW/i640.cab" "$DATA/foreign" 2>/dev/null |
            grep -aq "my $file" || { echo "lost: $file" && return 1; }
    done
}

# walk KIND EVERY: at each EVERYth call.
walk() {
    local at calls
    again
    : >"$W/count" && chmod 666 "$W/count"
    struck FAULT_COUNT_FILE="$W/count"
    calls=$(tail -n1 "$W/count")
    [ "$calls" -gt 40 ]
    echo "# heal makes $calls calls that change something; $1 at every ${2}th" >&3
    for at in $(seq 1 "$2" "$calls"); do
        again
        struck FAULT_KIND="$1" FAULT_AT="$at" >"$W/out" 2>&1 || true
        pointer_stands || { echo "$1 at $at: the pointer is neither" && return 1; }
        nothing_is_lost || { echo "$1 at $at" && return 1; }
        struck >"$W/out" 2>&1 || { echo "$1 at $at: the next heal failed" && cat "$W/out" && return 1; }
        shows pilot "$NEW" || { echo "$1 at $at: not right after the next heal" && return 1; }
        nothing_is_lost && ringmgr verify pilot >"$W/out" && ringmgr history --verify >/dev/null ||
            { echo "$1 at $at: verify" && cat "$W/out" && return 1; }
    done
}

@test "heal is killed after a call: a sample" {
    walk kill-after 3
}

@test "a call of heal fails with EIO: a sample" {
    walk errno:EIO 5
}

@test "the disk is full while heal works: a sample" {
    walk errno:ENOSPC 7
}

@test "a file system that cannot rename without replacing, as NFS and GlusterFS: all is put right, and published" {
    expect 0 struck FAULT_OP=renameat2 FAULT_AT=1 FAULT_STICKY=1 FAULT_KIND=errno:EINVAL FAULT_COUNT_FILE="$W/count"
    [ "$(cat "$W/count")" -ge 4 ]
    shows pilot "$NEW"
    nothing_is_lost
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news env LD_PRELOAD="$FAULT_LIBRARY" FAULT_UNDER="$W" FAULT_OP=renameat2 FAULT_AT=1 FAULT_STICKY=1 \
        FAULT_KIND=errno:EINVAL FAULT_COUNT_FILE="$W/count" "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production "$NEW"
    [ "$(cat "$W/count")" -ge 1 ]
    shows production "$NEW"
}

@test "an exhausted quota while the books are written is no space left, not an input/output error" {
    expect 6 env LD_PRELOAD="$FAULT_LIBRARY" FAULT_UNDER="$W/state" FAULT_OP=pwrite64 FAULT_AT=20 FAULT_STICKY=1 \
        FAULT_KIND=errno:EDQUOT "$RINGMGR_BIN" -c "$W/ringmgr.conf" verify --repair
    says "no space left"
}
