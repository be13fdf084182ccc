#!/bin/sh
# Every test, and one line at the end.
#
#   sh tests/run.sh [--no-install] [--proof [FILE…]]
#
# Installs what is missing (--no-install: leaves the machine alone), builds the preset dev, and then does three things at
# once: its tests with ctest; the preset asan, and there unit tests and the replay of the fuzz corpora; and every bats
# file that ctest does not run, three at a time. --proof adds what takes long: *.proof.bats, and every call and every byte
# where otherwise a sample is taken (RINGMGR_PROOF=1); it writes tests/PROOF.md from what they have counted. --proof FILE…
# runs these bats files alone, which may be of either kind, and puts their figures into it.
#
# How long each bats file took stands in build/test-logs/bats-seconds.
#
# Ends with `N passed, N failed, N skipped`, and not with 0 if anything failed. What is counted is what a reader would
# call a test: each cmocka test and each bats test, a program without such tests as one, each step that fails as one.
# A process that outlives the tests is a failure too. Everything that was said is under build/test-logs.
#
# RINGMGR_STRICT=1 makes a skip for a missing tool or real file a failure (tests/unit/test.h, tests/helper.bash).
set -u

cd "$(dirname "$0")/.." || exit 1
top=$(pwd)
logs=$top/build/test-logs
counts=$logs/counts
install=1 proof='' only=''
usage() {
    echo "usage: sh tests/run.sh [--no-install] [--proof [FILE…]]" >&2
    exit 2
}

for option in "$@"; do
    case $option in
    --proof) proof=1 ;;
    --no-install) install= ;;
    *.bats)
        if [ -z "$proof" ] || [ ! -r "$option" ]; then usage; fi
        only="$only$option
"
        ;;
    *) usage ;;
    esac
done

say() {
    printf '== %s (%d s)\n' "$*" $(($(date +%s) - began))
}

# step NAME COMMAND…: quiet if it works, else shows the end of its log and counts as a failed test.
step() {
    name=$1
    shift
    say "$name"
    "$@" >"$logs/$name.log" 2>&1 && return
    echo "0 1 0 $name" >>"$counts"
    echo "-- $name failed; the end of $logs/$name.log:"
    tail -n 60 "$logs/$name.log"
    return 1
}

# build PRESET [OPTION…]: a proof may build the same preset at that moment: one after the other.
build() {
    preset=$1
    shift
    step "configure-$preset" flock "build/$preset.lock" cmake --preset "$preset" &&
        step "build-$preset" nice flock "build/$preset.lock" cmake --build --preset "$preset" "$@"
}

# ctest_run PRESET [OPTION…]: more at once than most machines have processors, as they wait more than they compute.
ctest_run() {
    preset=$1
    shift
    say "ctest $preset"
    ctest --test-dir "build/$preset" -j 4 -V "$@" >"$logs/ctest-$preset.log" 2>&1
    perl tests/count.pl ctest "$logs/ctest-$preset.log" "$counts"
}

# Every bats file but those that are tests of ctest and have been run; long ones first, because three run at a time. The
# proofs, the replay and the crash walk take minutes for their few lines.
bats_files() {
    [ -z "$only" ] || { printf '%s' "$only" && return; }
    grep -rhos --include=CTestTestfile.cmake '"[^"]*\.bats"' build/dev/tests | xargs -r realpath >"$logs/bats-of-ctest"
    for file in tests/*/*.bats; do
        case $file in
        *.proof.bats) [ "$proof" ] || continue ;;
        esac
        grep -qxF "$(realpath "$file")" "$logs/bats-of-ctest" && continue
        case $file in
        *.proof.bats) echo "200000 $file" ;;
        tests/replay/* | tests/crash/walk*) echo "100000 $file" ;;
        *) wc -l "$file" ;;
        esac
    done | sort -rn | awk '{ print $2 }'
}

bats_run() {
    log=$logs/bats-$(echo "$1" | tr / -).log
    start=$(date +%s)
    [ -z "$proof" ] || figures_begin "$1"
    timeout -k 10 "$limit" bats --tap "$1" </dev/null >"$log" 2>&1
    status=$?
    echo "$(($(date +%s) - start)) $1" >>"$logs/bats-seconds"
    [ "$status" -le 1 ] || echo "not ok - $1 ended with $status (124: not within $limit s)" >>"$log"
    perl tests/count.pl bats "$log" "$counts"
    [ -z "$proof" ] || figures_end "$1" $(($(date +%s) - start))
}

# What the proofs have counted until now.
figures_told() {
    perl tests/proof.pl "$proofs" >"$figures/PROOF.md" && mv "$figures/PROOF.md" tests/PROOF.md
}

whole_told() {
    cp "$counts" "$proofs/counts"
    echo $(($(date +%s) - began)) >"$proofs/seconds"
    echo "$commit" >"$proofs/commit"
    figures=$proofs figures_told
}

# A folder of build/proof for each file: what it has counted, how it ended, on which commit, after how many seconds.
figures_begin() {
    figures=$proofs/$(echo "$1" | tr / -)
    rm -rf "$figures"
    mkdir -p "$figures"
    export RINGMGR_FIGURES="$figures/figures"
    : >"$RINGMGR_FIGURES"
}

figures_end() {
    echo "$1" >"$figures/name"
    grep " ${log##*/}\$" "$counts" | tail -n 1 >"$figures/result"
    echo "$commit" >"$figures/commit"
    echo "$2" >"$figures/seconds"
    figures_told
}

# Takes the files of the list one by one, as long as the other worker has not; long ones stand first.
bats_worker() {
    while read -r file; do
        mkdir "$logs/taken-$(echo "$file" | tr / -)" 2>/dev/null && bats_run "$file"
    done <"$logs/bats-files"
}

bats_all() {
    say "bats"
    limit=600
    [ -z "$proof" ] || limit=3600
    bats_files >"$logs/bats-files"
    bats_worker & # one more than most machines have processors: tests wait a lot
    bats_worker &
    bats_worker &
    wait
}

# Processes that this run has started and that are still there: they carry its mark in their environment.
left_running() {
    grep -lzxs "RINGMGR_RUN=$1" /proc/[0-9]*/environ | while IFS=/ read -r root proc pid environ; do
        [ -r "/proc/$pid/cmdline" ] && echo "$pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
    done
}

# Ends them, and says that it had to.
end_left_running() {
    mark=$RINGMGR_RUN
    unset RINGMGR_RUN
    left=$(left_running "$mark")
    [ -z "$left" ] || sleep 2
    left=$(left_running "$mark")
    [ -n "$left" ] || return
    echo "-- still running after the tests, ended now:"
    echo "$left"
    echo "0 1 0 left-running" >>"$counts"
    echo "$left" | while read -r pid command; do kill "$pid"; done
    sleep 2 # unshare --fork heeds nothing less
    left_running "$mark" | while read -r pid command; do kill -KILL "$pid"; done
}

sanitized_all() {
    build asan --target unit_tests fuzz_targets && ctest_run asan -R '^(unit|fuzz)/'
}

run_all() {
    [ -z "$install" ] || step install sh tests/install-packages.sh build origin test browser ${proof:+package proof} || return
    if [ "$only" ]; then
        build dev && bats_all
    elif build dev; then
        ctest_run dev & # beside each other: much of each is waiting
        sanitized_all &
        bats_all
    else
        sanitized_all
    fi
}

# What tests write and sync goes to memory where there is room for it: half of their time is a disk's.
use_memory() {
    free_kb=$(df -Pk -t tmpfs /dev/shm 2>/dev/null | awk 'NR == 2 { print $4 }')
    [ "${free_kb:-0}" -ge 4194304 ] && [ -z "${TMPDIR:-}" ] || return
    TMPDIR=$(mktemp -d /dev/shm/ringmgr-tests-XXXXXX) && chmod 755 "$TMPDIR" && export TMPDIR
    trap 'rm -rf "$TMPDIR"' EXIT
}

# The distribution's programs before a user's own: pyenv's python3 is a script that takes ten times as long to begin.
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin:$PATH
rm -rf "$logs"
mkdir -p "$logs"
: >"$counts"
began=$(date +%s)
RINGMGR_RUN=$$-$began
RINGMGR_BIN=$top/build/dev/ringmgr
TESTCDN=$top/build/dev/tests/cdn/testcdn
CCACHE_BASEDIR=$top # what another checkout has compiled is not compiled again
CCACHE_NOHASHDIR=1
CCACHE_DEPEND=1 # and what nobody has compiled is not preprocessed first, only to look for it
export RINGMGR_RUN RINGMGR_BIN TESTCDN CCACHE_BASEDIR CCACHE_NOHASHDIR CCACHE_DEPEND
if [ "$proof" ]; then
    export RINGMGR_PROOF=1
    proofs=$top/build/proof
    [ "$only" ] || rm -rf "$proofs"
    mkdir -p "$proofs"
    commit=$(git rev-parse --short=12 HEAD)$(git diff --quiet HEAD -- . ':!tests/PROOF.md' || echo ', changed')
fi
trap 'end_left_running; exit 130' HUP INT TERM
use_memory
run_all
end_left_running
[ -z "$proof" ] || [ "$only" ] || whole_told
say "done; logs in build/test-logs"
awk '{ passed += $1; failed += $2; skipped += $3 }
    END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 || passed == 0 }' "$counts"
