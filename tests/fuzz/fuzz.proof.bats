#!/usr/bin/env bats
# libFuzzer over every target, each for RINGMGR_FUZZ_SECONDS (30 by default; an hour each finds more), beginning with the
# corpora and with what our own generators make (seeds.sh). Sanitizers of addresses and undefined behaviour are on, leaks
# count, and an input that takes 10 s or 2 GiB does, too. What breaks a target is kept below build/fuzz/broken.

setup_file() {
    load ../helper
    need clang ninja cabextract curl openssl rsync
    cmake --preset fuzz -S "$RINGMGR_TOP" >"$BATS_FILE_TMPDIR/configure" || { cat "$BATS_FILE_TMPDIR/configure" && false; }
    nice cmake --build "$RINGMGR_TOP/build/fuzz" --target fuzz_targets >"$BATS_FILE_TMPDIR/build" ||
        { tail -n 40 "$BATS_FILE_TMPDIR/build" && false; }
    RINGMGR_BIN=$RINGMGR_BIN bash "$RINGMGR_TOP/tests/fuzz/seeds.sh" "$BATS_FILE_TMPDIR/seeds"
    mkdir -p "$RINGMGR_TOP/build/fuzz/broken"
}

setup() {
    load ../helper
    SEEDS=$BATS_FILE_TMPDIR/seeds
    BROKEN=$RINGMGR_TOP/build/fuzz/broken
    SECONDS_EACH=${RINGMGR_FUZZ_SECONDS:-30}
}

# fuzz NAME FOLDER…: runs it; its words are in $BATS_TEST_TMPDIR/NAME.
fuzz() {
    local name=$1 dictionary=$SEEDS/$1.dict
    shift
    [ -e "$dictionary" ] && set -- -dict="$dictionary" "$@"
    nice "$RINGMGR_TOP/build/fuzz/tests/fuzz/$name" -max_total_time="$SECONDS_EACH" -max_len=65536 -timeout=10 \
        -rss_limit_mb=2048 -print_final_stats=1 -artifact_prefix="$BROKEN/$name-" "$@" >"$BATS_TEST_TMPDIR/$name" 2>&1 3>&-
}

# last NAME PATTERN: the number behind the last match in what a target has said.
last() {
    grep -oE "$2 *[0-9]+" "$BATS_TEST_TMPDIR/$1" | tail -n 1 | grep -oE '[0-9]+$' || echo 0
}

@test "no target finds an input that breaks a promise, leaks, hangs or reads too far" {
    local source name folder executions all=0 targets=0 broken=0 folders
    for source in "$RINGMGR_TOP"/tests/fuzz/fuzz_*.c; do
        name=$(basename "$source" .c)
        folders=()
        for folder in "$RINGMGR_TOP/build/fuzz/tests/fuzz/found/$name" "$RINGMGR_TOP/tests/fuzz/corpus/$name" "$SEEDS/$name"; do
            [ -d "$folder" ] && folders+=("$folder")
        done
        targets=$((targets + 1))
        fuzz "$name" "${folders[@]}" || {
            broken=$((broken + 1))
            echo "$name:" && tail -n 40 "$BATS_TEST_TMPDIR/$name"
        }
        executions=$(last "$name" 'stat::number_of_executed_units:')
        all=$((all + executions))
        figure Fuzzing "\`$name\`: seconds; inputs executed; edges reached" \
            "$SECONDS_EACH; $executions; $(last "$name" 'cov:')"
        [ "$executions" -gt 0 ]
    done
    figure Fuzzing "targets; inputs executed; targets that broke" "$targets; $all; $broken"
    [ "$targets" -ge 26 ]
    [ "$broken" = 0 ]
}
