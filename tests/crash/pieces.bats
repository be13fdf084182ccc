#!/usr/bin/env bats
# A part that is filled out of order (pieces.c), with every change to its files struck in turn: what it has noted is
# there, whatever happened, and it can be finished.
#
# CTest says where library and program are (FAULT_LIBRARY, PIECES); by hand they lie beside RINGMGR_BIN.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../helper
    : "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}" "${PIECES:=${RINGMGR_BIN%/*}/tests/crash/pieces}"
    export FAULT_LIBRARY PIECES
    [ -r "$FAULT_LIBRARY" ] && [ -x "$PIECES" ] || missing "$PIECES"
}

# write_under VARIABLE=VALUE…: writes a part in a fresh store with the library and this plan.
write_under() {
    rm -rf "$BATS_TEST_TMPDIR/store"
    mkdir "$BATS_TEST_TMPDIR/store"
    status=0
    env LD_PRELOAD="$FAULT_LIBRARY" FAULT_COUNT_FILE="$BATS_TEST_TMPDIR/count" "$@" \
        "$PIECES" "$BATS_TEST_TMPDIR/store" write 2>"$BATS_TEST_TMPDIR/said" || status=$?
}

# walk KIND [VARIABLE=VALUE…]: strikes each change with this kind of fault and looks at what is left. (Killed before a
# change is killed after the one before it.)
walk() {
    local at count left
    write_under "${@:2}"
    [ $status = 0 ]
    count=$(cat "$BATS_TEST_TMPDIR/count")
    [ "$count" -gt 10 ]
    for ((at = 1; at <= count; at++)); do
        write_under FAULT_AT=$at FAULT_KIND="$1" "${@:2}"
        case $1:$status in
        kill-*:137 | errno:*:0 | errno:*:1 | short:0) ;;
        *) echo "$1 at $at of $count: ended with $status: $(cat "$BATS_TEST_TMPDIR/said")" && return 1 ;;
        esac
        "$PIECES" "$BATS_TEST_TMPDIR/store" check || { echo "$1 at $at of $count" && return 1; }
        left=$(ls "$BATS_TEST_TMPDIR/store/incoming")
        [ -z "$left" ] || { echo "$1 at $at of $count leaves $left" && return 1; }
    done
}

@test "a part in pieces survives a kill after each change" { walk kill-after; }

@test "a part in pieces survives an input/output error at each change" { walk errno:EIO; }

@test "a part in pieces survives a disk that is full from each change on" {
    walk errno:ENOSPC FAULT_STICKY=1 FAULT_OP=space
}

@test "a part in pieces survives each write that is cut short" { walk short FAULT_OP=write; }
