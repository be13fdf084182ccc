#!/usr/bin/env bats
# Power cuts (power.sh says how): RINGMGR_POWER_CUTS of them, default 800, drawn from RINGMGR_POWER_SEED, default the
# day, so that each day's proof tries others. Proves that no fsync is missing on ext4; not what a disk does that says
# "written" and has not.

bats_require_minimum_version 1.5.0

setup_file() {
    load walk
    load disk
    walk_needs
    need_loops
    : "${NOSYNC_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libnosync.so}"
    export NOSYNC_LIBRARY
    [ -r "$NOSYNC_LIBRARY" ] || missing "$NOSYNC_LIBRARY"
}

setup() {
    load ../helper
    SEED=${RINGMGR_POWER_SEED:-$(($(date +%s) / 86400))}
}

# cut OPTION…: what power.sh says is in $BATS_TEST_TMPDIR/cuts, its last line in $said.
cut_power() {
    local status=0
    "$BATS_TEST_DIRNAME/power.sh" --seed "$SEED" "$@" >"$BATS_TEST_TMPDIR/cuts" 2>&1 3>&- || status=$?
    said=$(tail -n 1 "$BATS_TEST_TMPDIR/cuts")
    echo "$said" >&3
    [[ "$said" =~ ^"# "([0-9]+)" cuts, "([0-9]+)" wrong" ]] || { cat "$BATS_TEST_TMPDIR/cuts" && return 2; }
    made=${BASH_REMATCH[1]} wrong=${BASH_REMATCH[2]}
    return $status
}

@test "whatever instant the power fails: every share is whole, what was said to be done is done, and the next run finishes" {
    local cuts=${RINGMGR_POWER_CUTS:-800} ok=0 after
    cut_power --cuts "$cuts" --evidence "$RINGMGR_TOP/build/test-logs/power" || ok=$?
    figure "Power cuts" "cuts; states that were wrong" "$made; $wrong"
    [ $ok = 0 ] || cat "$BATS_TEST_TMPDIR/cuts"
    [ $ok = 0 ]
    [ "$made" -ge "$cuts" ]
    after=$(sed -n 's/^# cut while it ran: \([0-9]*\); after its end: \([0-9]*\)/\1; \2/p' "$BATS_TEST_TMPDIR/cuts")
    figure "Power cuts" "of these while the command ran; after it had said that it was done" "$after"
}

# teeth WHAT: without these fsyncs the same cuts leave wrong states behind.
teeth() {
    cut_power --cuts "${RINGMGR_POWER_TEETH:-64}" --without "$1" || true
    figure "Power cuts" "the same with fsync of $2 made to do nothing: cuts; states found wrong" "$made; $wrong"
    [ "$wrong" -gt 0 ] || { cat "$BATS_TEST_TMPDIR/cuts" && return 1; }
}

@test "the same harness finds it when no fsync does anything" {
    teeth all "files and folders"
}

@test "the same harness finds it when files are not synced" {
    teeth files "files alone"
}

@test "the same harness finds it when folders are not synced" {
    teeth folders "folders alone"
}
