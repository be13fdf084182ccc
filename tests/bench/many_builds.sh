#!/bin/bash
# many_builds.sh [ROUNDS]: does what only reads the books cost more because there were more builds?
#
# Makes houses in which 10, 100 and 1,000 builds came in over the years (many_builds.c) and measures status, explain
# and gc --dry-run in each, in turns (10, 100, 1000, 10, …), ROUNDS times (11). Prints the median in milliseconds, less
# what the program needs to start (--version), and the ratios to 10 builds. Two houses of each size:
#
#   dropped   gc has done its work: four builds stand, the others are in the books only. This must be flat.
#   kept      nothing was ever collected, and all of it is kept: as many lines to print as builds.
#
# Times are printed, never judged. RINGMGR_BIN says what is measured; MANY_BUILDS, next to it by default, makes houses.
set -u
export LC_ALL=C
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${RINGMGR_BIN:=${here%/tests/bench}/build/release/ringmgr}"
: "${MANY_BUILDS:=${RINGMGR_BIN%/*}/tests/bench/many_builds}"
rounds=${1:-11}
sizes="10 100 1000"

area=$(mktemp -d "${TMPDIR:-/tmp}/ringmgr-many.XXXXXX") || exit
trap 'rm -rf "$area"' EXIT

make_house() { # FOLDER COUNT STANDING GRACE
    mkdir -p "$1"/{store,pilot,production} "$1/state"
    cat >"$1/conf" <<CONF
[ringmgr]
store = $1/store
state = $1/state
user = $(id -un)

[origin]
url = http://officecdn.microsoft.com/pr
roots = /dev/null

[content]
languages = en-us

[ring pilot]
channel = MonthlyEnterprise
source = origin
first = yes
publish = auto
path = $1/pilot
unc = \\\\files\\pilot
grace = $4

[ring production]
channel = MonthlyEnterprise
source = pilot
path = $1/production
unc = \\\\files\\production
approvals = 1
approvers = user:games
grace = $4
CONF
    "$MANY_BUILDS" "$1/state" "$1/store" "$2" "$3" || exit
}

# Microseconds of one run; what it says and how it ends is not what is measured, but that it ran is.
measure() { # WORD…
    local from=${EPOCHREALTIME/./} status=0
    "$RINGMGR_BIN" "$@" >"$area/out" 2>"$area/err" || status=$?
    echo $((${EPOCHREALTIME/./} - from))
    case $status in 0 | 3 | 8) ;; *) echo "many_builds: $*: ended with $status: $(cat "$area/err")" >&2 ;; esac
}

note() { # KEY WORD…
    measure "${@:2}" >>"$area/times.$1"
}

median() { # KEY
    sort -n "$area/times.$1" | awk '{ t[NR] = $1 } END { print t[int((NR + 1) / 2)] }'
}

[ "$(id -u)" != 0 ] || {
    # the program does not work as root
    chmod 755 "$area" && chown backup "$area"
    setpriv --reuid backup --regid backup --clear-groups env TMPDIR="$area" RINGMGR_BIN="$RINGMGR_BIN" \
        MANY_BUILDS="$MANY_BUILDS" "$here/many_builds.sh" "$rounds"
    exit
}
for size in $sizes; do
    make_house "$area/dropped.$size" "$size" 4 "21 days"
    make_house "$area/kept.$size" "$size" "$size" "1100 days"
done
for ((round = 0; round < rounds; round++)); do
    note start --version
    for size in $sizes; do
        for kind in dropped kept; do
            conf=$area/$kind.$size/conf
            note "$kind.status.$size" -c "$conf" status
            note "$kind.explain.$size" -c "$conf" explain production
            note "$kind.gc.$size" -c "$conf" gc --dry-run
        done
    done
done
start=$(median start)
for kind in dropped kept; do
    for command in status explain gc; do
        for size in $sizes; do
            echo "$kind $command $size $(($(median "$kind.$command.$size") - start))"
        done
    done
done | awk -v start="$start" '
    BEGIN { printf "start %.1f ms\n%-8s %-14s %8s %8s %8s  %s\n", start / 1000, "house", "command", "10", "100", "1000", "ratios" }
    { name = $2 == "gc" ? "gc --dry-run" : $2; t[++n] = $4 / 1000
      if (n == 3) { printf "%-8s %-14s %8.1f %8.1f %8.1f  1 : %.2f : %.2f\n", $1, name, t[1], t[2], t[3], t[2] / t[1], t[3] / t[1]; n = 0 } }'
