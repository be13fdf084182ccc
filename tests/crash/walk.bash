# What walk.bats and walk_*.proof.bats share: the worlds, and a walk as a test.
# shellcheck disable=SC2034 # tests use MAIN and REST

MAIN=kill-after,ENOSPC,EIO
REST=kill-before,EDQUOT,EMLINK,EROFS,EMFILE,EINTR,bad-read,short,full

# walk_needs: what walk.sh and power.sh want.
walk_needs() {
    load ../helper
    [ "$(id -u)" = 0 ] || missing "root"
    need osslsigncode cabextract sqlite3 gcab rsync
    export RINGMGR_BIN
    : "${TESTCDN:=${RINGMGR_BIN%/*}/tests/cdn/testcdn}" "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
    export TESTCDN FAULT_LIBRARY
    local file
    for file in "$RINGMGR_BIN" "$TESTCDN" "$FAULT_LIBRARY"; do
        [ -r "$file" ] || missing "$file"
    done
    for file in backup games news; do
        getent passwd "$file" >/dev/null || missing "the account $file"
    done
}

walk_setup_file() {
    walk_needs
    WALK_AREA=$("$BATS_TEST_DIRNAME/walk.sh" --prepare 3>&-) || return
    export WALK_AREA
}

walk_teardown_file() {
    [ -z "${WALK_AREA:-}" ] || rm -rf "$WALK_AREA"
}

# prove WHAT SCENARIOS=KINDS[/EVERY]…: a walk whose figures go into PROOF.md.
prove() {
    local status=0 walked of all wrong
    walk "${@:2}" || status=$?
    read -r walked of all wrong < <(sed -nE 's/,//g;s/^# ([0-9]+) points of ([0-9]+) ([0-9]+) wrong$/\1 of \2 \3/p' \
        "$BATS_TEST_TMPDIR/walk")
    [ -z "$walked" ] || figure "Crash matrix" "$1: points walked; faults survived; wrong" \
        "$walked $of $all; $((walked - wrong)); $wrong"
    return $status
}

# walk SCENARIOS=KINDS[/EVERY]…: what was wrong becomes the test's output; how much was walked is said in any case.
walk() {
    local status=0
    "$BATS_TEST_DIRNAME/walk.sh" --area "$WALK_AREA" --evidence "$RINGMGR_TOP/build/test-logs/walk" "$@" \
        >"$BATS_TEST_TMPDIR/walk" 2>&1 3>&- || status=$?
    grep -E '^# (exit statuses|[0-9,]+ points)' "$BATS_TEST_TMPDIR/walk" >&3 || true
    [ $status = 0 ] || cat "$BATS_TEST_TMPDIR/walk"
    return $status
}
