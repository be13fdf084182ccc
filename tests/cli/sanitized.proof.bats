#!/usr/bin/env bats
# Tests of commands once more, with a program that looks at itself: built by clang with the address and the undefined
# behaviour sanitizer, which end it at the first fault; what it has not freed at its end is one, too.
#
# By default the files that reach most for the time that they take. RINGMGR_SANITIZED=all takes every one but those that
# cannot run so: sandbox and sync_many (strace, memory), quickstart (builds its own program). RINGMGR_SANITIZED="gc web"
# takes these.

setup_file() {
    load ../helper
    need clang cmake ninja
    # run.sh builds this preset, too
    (cd "$RINGMGR_TOP" && mkdir -p build && flock build/asan.lock sh -c \
        'cmake --preset asan && nice cmake --build --preset asan --target ringmgr') >"$BATS_FILE_TMPDIR/build" 2>&1 ||
        { tail -n 30 "$BATS_FILE_TMPDIR/build" && false; }
}

setup() {
    load ../helper
    FOUND=$BATS_TEST_TMPDIR/found
    mkdir -m 1777 "$FOUND"
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
}

# chosen NAME…: those of them that are to run now.
chosen() {
    local name
    for name in "$@"; do
        case " ${RINGMGR_SANITIZED:-$*} " in
        " all " | *" $name "*) echo "$RINGMGR_TOP/tests/cli/$name.bats" ;;
        esac
    done
}

# sanitized FILE…: their tests pass, and the program found nothing in itself.
sanitized() {
    [ $# -gt 0 ] || return 0 # RINGMGR_SANITIZED has chosen others
    local failed=0
    RINGMGR_BIN=${ASAN_BIN:-$RINGMGR_TOP/build/asan/ringmgr} RINGMGR_SLOW=10 \
        ASAN_OPTIONS=detect_leaks=1:exitcode=99:log_path=$FOUND/asan UBSAN_OPTIONS=print_stacktrace=1:exitcode=99:log_path=$FOUND/ubsan \
        env -u BATS_TEST_NAME bats --tap "$@" </dev/null 3>&- >"$BATS_TEST_TMPDIR/tap" 2>&1 || failed=1
    grep -A 30 '^not ok' "$BATS_TEST_TMPDIR/tap" || true
    [ -z "$(ls "$FOUND")" ] || { head -n 50 "$FOUND"/* && failed=1; }
    figure "Static and dynamic" "address and undefined-behaviour sanitizers, $BATS_TEST_DESCRIPTION: tests; reports" \
        "$(grep -c '^ok' "$BATS_TEST_TMPDIR/tap"); $(ls "$FOUND" | wc -l)"
    [ $failed = 0 ]
}

# rest: every file that no test above names.
rest() {
    local file name
    [ "${RINGMGR_SANITIZED:-}" = all ] || return 0
    for file in "$RINGMGR_TOP"/tests/cli/*.bats; do
        name=${file##*/}
        case $name in
        *.proof.bats | sandbox.bats | sync_many.bats | quickstart.bats) ;;
        *) grep -q "chosen .*\b${name%.bats}\b" "$BATS_TEST_FILENAME" || echo "$file" ;;
        esac
    done
}

@test "fetching and proving" {
    sanitized $(chosen journey origins delta import genuine)
}

@test "shares and store" {
    sanitized $(chosen verify gc extend rollback heal)
}

@test "people and gates" {
    sanitized $(chosen gates hold lanes control)
}

@test "service, page and notices" {
    sanitized $(chosen serve web notify)
}

@test "books and documents" {
    sanitized $(chosen backup generate lint client regfile regpol)
}

@test "all the others, with RINGMGR_SANITIZED=all" {
    sanitized $(rest)
}
