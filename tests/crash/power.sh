#!/bin/bash
# power.sh: the power is cut at a random moment, and what the disk has by then must do.
#
#   power.sh [--cuts N] [--seed S] [--only CUT] [--jobs N] [--without files|folders|all] [--evidence DIR] [SCENARIO…]
#
# Store, state and shares of a world of walk.sh lie on small ext4 images in loop devices. A command runs there until a
# random moment; then the image file is copied until two copies are equal. What the kernel still holds for the inner
# file system, pages and running journal, has not reached that file and so is not in the copy: it is what a disk has
# when the power goes. The copy is mounted, which replays its journal, and is judged twice:
#
#   at once   every share by tests/judge; every object has the SHA-256 that is its name; SQLite finds its file whole, and
#             no row names an object that is not there. What had ended with 0 before the cut is done, and stays done.
#   after     the same command ends with 0, and then everything is asked that walk.sh asks.
#
# What is drawn for each cut, from --seed and its number, so that --only N does it again:
#   scenario  all of them in turn: fetch (a sync with all its downloads), import, promote, rollback, extend, gc …
#   moment    call: after the n-th changing call, by libfault.so, n up to a twentieth beyond the last; clock: the group of
#             the process is stopped after a random part of the time that the command takes (as near as that can be done
#             again); again: killed after call n without a cut, done once more, and then the power goes
#   disks     one: all on one image; two: the state on a second one, so that a commit of one journal carries nothing
#             of the other's
#   commit    whose journal commits at that very instant by itself, as it does every few seconds, without the data that
#             is not written yet: none, data, state, both
#   mode      data=ordered or data=writeback; always noauto_da_alloc, which takes back ext4's kindness to programs
#             that rename without fsync
#
# This finds an fsync that is missing. It does not find what a disk does that says "written" and has not: the image holds
# every block that the kernel has sent. --without: fsync of files, folders or both does nothing (libnosync.so). What is
# found then shows that this would find it.
#
# The last line says how many cuts and how many of them were wrong: exit 1 if any. What was wrong is printed with its
# number, and its image kept in the evidence folder. Mounts and loop devices live in a mount namespace of this script's own
# and end with it, however it ends. Needs root and loop devices; RINGMGR_BIN, TESTCDN, FAULT_LIBRARY, NOSYNC_LIBRARY.
# shellcheck disable=SC2031,SC2034,SC2154 # walk.sh's functions use and set these
set -u

[ "${POWER_INSIDE:-}" ] || POWER_INSIDE=1 exec unshare -m --propagation private "$0" "$@"

# shellcheck source=tests/crash/walk.sh disable=SC1091
. "${BASH_SOURCE[0]%/*}/walk.sh"
: "${NOSYNC_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libnosync.so}"

IMAGE_MIB=40 # of each of the two; one for all has twice as much
WRONG_MAX=20
cuts=500 seed='' only='' without=''

die() {
    printf 'power: %s\n' "$*" >&2
    exit 2
}

# What changes shares, store or state, in the worlds of walk.sh.
scenarios() {
    printf '%s\n' {fetch,promote}-{one,both}-first {fetch,promote,rollback,extend,gc}-{one,both}-later \
        import-one-{first,later} arrive-one-later repair-one-later
}

# ---- images ----

# image FILE MIB FOLDER…: an ext4 file system with these files.
image() {
    local file=$1
    truncate -s "${2}M" "$file" && mke2fs -q -t ext4 -b 4096 -J size=4 -N 2048 -m 0 -E nodiscard "$file" || return
    mkdir -p "$top/make" && mount -o loop,noatime "$file" "$top/make" && cp -a "${@:3}" "$top/make/" &&
        umount "$top/make"
}

# base NAME: a world of walk.sh as images, once on one, once on two disks.
base() {
    local world=$top/saved/$1
    [ ! -e "$world/state/ringmgr.db" ] || cp -a "$top/ballast" "$world/state/ballast"
    image "$top/base/$1.one" $((2 * IMAGE_MIB)) "$world"/. &&
        image "$top/base/$1.state" $IMAGE_MIB "$world/state"/. || return
    mv "$world/state" "$top/state.aside" && install -d -o $SERVICE -g $SERVICE -m 0750 "$world/state" &&
        image "$top/base/$1.two" $IMAGE_MIB "$world"/. && rmdir "$world/state" && mv "$top/state.aside" "$world/state"
}

mount_world() { # PREFIX
    mount -o "loop,noatime,noauto_da_alloc,commit=$commit_seconds,data=$mode" "$1.data" "$world" || return
    [ "$disks" = one ] || mount -o "loop,noatime,noauto_da_alloc,commit=$commit_seconds,data=$mode" "$1.state" "$world/state"
    chown $SERVICE: "$world" "$world/state"
}

umount_world() {
    [ "$disks" = one ] || umount "$world/state"
    umount "$world"
}

# insert: the images of this scenario, as the command finds them.
insert() {
    cp --sparse=always "$top/base/$from.$disks" "$area/disk.data" || return
    [ "$disks" = one ] || cp --sparse=always "$top/base/$from.state" "$area/disk.state" || return
    mount_world "$area/disk"
}

# same_twice FROM TO: what is in flight when the process stops arrives while the first copy is made.
same_twice() {
    local try
    for try in $(seq 50); do
        cp --sparse=always "$1" "$2" && cp --sparse=always "$1" "$2.again" || return
        cmp -s "$2" "$2.again" && rm "$2.again" && return
    done
    die "$1 never comes to rest"
}

# An fsync of a file that has nothing to do with it makes the journal commit what is running.
commit_journals() {
    case $commit in data | both) : >"$world/instant" && sync "$world/instant" ;; esac
    case $commit in state | both) : >"$world/state/instant" && sync "$world/state/instant" ;; esac
}

# cut: what the disks have becomes cut.data and cut.state; then all that the kernel holds is dropped.
cut() {
    commit_journals
    same_twice "$area/disk.data" "$area/cut.data"
    [ "$disks" = one ] || same_twice "$area/disk.state" "$area/cut.state"
    [ -z "$stopped" ] || { kill -KILL -- "-$stopped" && wait "$stopped"; } 2>/dev/null
    stopped=''
    umount_world
    rm -f "$area"/disk.*
}

# ---- moments ----

# What is preloaded, a setting a line.
with_libraries() {
    local libraries=$FAULT_LIBRARY
    [ -z "$without" ] || libraries+=:$NOSYNC_LIBRARY
    printf '%s\n' "LD_PRELOAD=$libraries" "NOSYNC=$without" "FAULT_COUNT_FILE=$world.reports/count" "FAULT_UNDER=$world"
}

# begun COMMAND NAME=VALUE…: in place of this shell.
begun() {
    local command=$1 setting
    shift
    for setting in $(with_libraries) RINGMGR_TEST_NOW="$now" "$@"; do
        export "${setting?}"
    done
    run "$command"
}

# struck_by_call N: the command as far as its N-th changing call.
struck_by_call() {
    { (begun "$command" FAULT_AT="$1" FAULT_KIND=kill-after) >"$world.said" 2>&1; } 2>/dev/null
    status=$?
}

# struck_by_clock MS: stopped after that time, with all of its children.
struck_by_clock() {
    local ms=$1
    set -m
    (begun "$command") >"$world.said" 2>&1 &
    stopped=$!
    set +m
    sleep "$((ms / 1000)).$(printf %03d $((ms % 1000)))"
    status=137
    if kill -STOP -- "-$stopped" 2>/dev/null; then
        return
    fi
    wait "$stopped" 2>/dev/null
    status=$? stopped=''
}

strike() {
    case $moment in
    call) struck_by_call "$n" ;;
    clock) struck_by_clock "$n" ;;
    again)
        struck_by_call "$n"
        later=0 settled "$command" || { status=$? && return; }
        status=0
        ;;
    esac
}

# measure: how many calls, how many milliseconds; once for each scenario.
measure() {
    local began
    disks=one mode=ordered commit_seconds=5
    insert || die "$scenario: the image cannot be mounted"
    began=$(date +%s%N)
    (begun "$command") >"$world.said" 2>&1 || die "$scenario: ends with $? although nothing strikes: $(complaint)"
    echo "$(cat "$world.reports/count") $((($(date +%s%N) - began) / 1000000))" >"$top/base/$scenario.size"
    umount_world
}

# ---- the judge ----

# At once: objects, books, and what the one says of the other.
judge_stock() {
    local look=$area/look
    find "$world/store/objects" -type f -print0 2>/dev/null | xargs -r0 sha256sum |
        awk '{ name = $2; sub(/.*\//, "", name); if (name != $1) print "object " name " has other bytes" }'
    rm -rf "$look" && mkdir "$look" || return
    [ -s "$world/state/ringmgr.db" ] || return 0
    cp "$world/state/ringmgr.db" "$look/db"
    [ ! -e "$world/state/ringmgr.db-wal" ] || cp "$world/state/ringmgr.db-wal" "$look/db-wal"
    sqlite3 "$look/db" "PRAGMA quick_check" 2>&1 | grep -vx ok | sed 's/^/the database: /'
    sqlite3 "$look/db" "SELECT name FROM sqlite_schema WHERE name = 'build_file'" 2>/dev/null | grep -q . || return 0
    comm -23 <(sqlite3 "$look/db" "SELECT DISTINCT lower(hex(sha256)) FROM build_file WHERE sha256 IS NOT NULL" | sort) \
        <(find "$world/store/objects" -type f -printf '%f\n' | sort) | sed 's/^/a row names what is not there: /'
}

judge_cut() {
    case $status in
    0 | 137) ;;
    *) echo "ended with $status although only the power failed: $(complaint)" ;;
    esac
    mount_world "$area/cut" || { echo "what is left cannot be mounted" && return; }
    [ "$command" = repair ] || judge_shares
    [ "$command" = repair ] || judge_stock
    [ "$status" != 0 ] || judge_books
    later=60
    settled "$command" || echo "the next run ended with $?: $(complaint)"
    judge_after
    umount_world
}

# ---- one cut ----

draw() { # LIST…
    shift $((RANDOM % $#))
    drawn=$1
}

# describe_cut NUMBER: all that is drawn.
describe_cut() {
    local list size
    RANDOM=$(((seed + $1 * 7919) % 32768))
    : $RANDOM $RANDOM
    read -r -a list <<<"$wanted"
    describe "${list[$1 % ${#list[@]}]}"
    read -r -a size <"$top/base/$scenario.size"
    draw call call call clock again && moment=$drawn
    draw one two && disks=$drawn
    draw none data state both && commit=$drawn
    draw ordered writeback && mode=$drawn
    draw 5 3600 && commit_seconds=$drawn
    n=$(((RANDOM * 32768 + RANDOM) % (size[0] + size[0] / 20 + 1) + 1))
    [ "$moment" != clock ] || n=$(((RANDOM * 32768 + RANDOM) % (size[1] + size[1] / 20 + 1) + 1))
}

one_cut() { # NUMBER
    describe_cut "$1"
    offer_again "$offered"
    write_conf auto
    stopped=''
    insert || die "cut $1: the image cannot be mounted"
    strike
    cut
    judge_cut >"$area/wrong-here"
    printf '%s %s %s %s %s\n' "$scenario" "$moment" "$disks" "$commit" "$status" >>"$top/tally.$worker"
    [ -s "$area/wrong-here" ] || { rm -f "$area"/cut.* && return; }
    printf 'wrong: seed %s, cut %d: %s, %s %s, %s disks, commit %s, %s\n' "$seed" "$1" "$scenario" "$moment" "$n" \
        "$disks" "$commit" "$mode"
    head -n 12 "$area/wrong-here" | sed "s/^/    /;s,$area/,,g"
    echo "$scenario" >>"$top/wrong.$worker"
    keep_cut "$1"
}

# Not of what is wrong on purpose.
keep_cut() {
    if [ "$evidence" ] && [ -z "$without" ]; then
        mkdir -p "$evidence/$seed.$1"
        mv "$area"/cut.* "$area/wrong-here" "$evidence/$seed.$1/"
    fi
    rm -f "$area"/cut.*
}

# ---- all ----

# A worker has an origin of its own: what is offered differs from cut to cut.
enter() { # NUMBER
    worker=$1 area=$top/worker$1
    mkdir -p "$area"
    cp -a "$top/origin" "$area/"
    ln -sfn "$top/saved" "$top/manifest" "$top/manifest-both" "$top/ballast" "$top"/offer-* "$area/"
    use_world 0
    mkdir -p "$world"
    now=$(cat "$top/now") later=60
}

clean_up() {
    local workers
    workers=$(jobs -p)
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$workers" ] || { kill $workers && wait; } 2>/dev/null
    [ -z "${top:-}" ] || { umount -l "$top"/worker*/w0/state "$top"/worker*/w0 "$top/make" 2>/dev/null; rm -rf "$top"; }
}

make_bases() {
    local name
    mkdir "$top/base"
    enter make
    for name in $wanted; do
        describe "$name"
        [ -e "$top/base/$from.one" ] || base "$from" || die "$from: no image can be made"
        offer_again "$offered"
        write_conf auto
        measure
    done
}

too_many_wrong() {
    [ -z "$without" ] && [ "$(cat "$top"/wrong.* 2>/dev/null | wc -l)" -ge $WRONG_MAX ]
}

cut_all() {
    local number first=0 last=$((cuts - 1))
    [ -z "$only" ] || { first=$only last=$only jobs=1; }
    for ((worker = 0; worker < jobs; worker++)); do
        (
            trap 'umount_world 2>/dev/null' EXIT
            enter "$worker"
            for ((number = first + worker; number <= last; number += jobs)); do
                one_cut "$number"
                ! too_many_wrong || exit
            done
        ) >"$top/said.$worker" &
    done
    wait
    cat "$top"/said.*
}

finish_cuts() {
    local wrong
    wrong=$(cat "$top"/wrong.* 2>/dev/null | wc -l)
    awk '{ seen[$2 ", " $3 " disk(s)"]++; ended[$5]++ }
        END { for (kind in seen) print "# " kind ": " seen[kind]
            printf "# cut while it ran: %d; after its end: %d\n", ended[137], ended[0] }' "$top"/tally.* | sort
    printf '# %d cuts, %d wrong (seed %s%s)\n' "$(cat "$top"/tally.* | wc -l)" "$wrong" "$seed" \
        "${without:+, without fsync of $without}"
    [ "$wrong" = 0 ]
}

wanted=''
while [ $# -gt 0 ]; do
    case $1 in
    --cuts) cuts=$2 && shift ;;
    --seed) seed=$2 && shift ;;
    --only) only=$2 && shift ;;
    --jobs) jobs=$2 && shift ;;
    --without) without=$2 && shift ;;
    --evidence) evidence=$2 && shift ;;
    --list) scenarios && exit ;;
    -*) die "no such option: $1" ;;
    *) wanted+="$1 " ;;
    esac
    shift
done
check_surroundings
[ -z "$without" ] || [ -r "$NOSYNC_LIBRARY" ] || die "$NOSYNC_LIBRARY is missing"
: "${wanted:=$(scenarios | tr '\n' ' ')}" "${seed:=$((RANDOM + 32768 * (RANDOM % 1000)))}"
trap clean_up EXIT
trap 'exit 130' HUP INT TERM
find_area
top=$area
prepare || exit
make_bases
cut_all
finish_cuts
