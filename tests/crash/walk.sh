#!/bin/bash
# walk.sh: the proof of the first invariant, call by call.
#
#   walk.sh --list                           the scenarios
#   walk.sh --prepare                        makes the worlds once, and prints the folder that holds them
#   walk.sh [--jobs N] [--evidence DIR] [--area FOLDER] SCENARIOS=KINDS[/EVERY]…
#
# A publication is some 150 calls that change something on a disk. At each of them the machine can stop, the disk can
# be full or fail, or the write can be cut short. For every scenario, every kind of fault and every call n: the world
# is put back to where it was, the command runs and the fault strikes at its n-th call (libfault.so), and then two
# questions are asked that ringmgr has no part in answering (tests/judge):
#
#   at once   Is every pointer absent (only where the ring was empty), old or new, and what it names complete? A
#             process that was not killed must end with 1 or 6, or with 0 and books that agree with the share; never
#             by a signal, never with 6 for an I/O error.
#   after     The same command once more, without a fault, must end with 0. Then share and database agree, nothing is
#             left over, the history is whole and has one entry for the promotion, no intent is open.
#
# Scenarios: COMMAND-ARCHITECTURES-STAGE[@STOP].
#   promote          promote production --yes, by a person who is not the one that approved
#   sync             a sync that finds everything staged and publishes to a ring with publish = auto; only calls below
#                    that share and the state count, for fetching is another test's
#   gc               a gc that takes an older, blocked build off both shares and out of the store, which is live nowhere
#   extend           a sync after a language (one) or an architecture (both) was added to the configuration, which the
#                    store has already: the live and the kept build of both rings grow; only calls below the shares and
#                    the state count. At once each share must be complete by the old content, after by the new
#   rollback         a rollback of production to the older build, which is done once, with its block and its hold
#   restore, rebuild both rings have the newer build. restore: of a backup from before production had it. Whatever
#                    happens, the next command finds the old books, or the new ones with every ring on hold; after the
#                    same command once more the books agree with the shares and every ring is on hold
#   one, both        x64; x64 and x86
#   first, later     into an empty ring; over a live build
#   promote-…@STOP   a promotion was killed at STOP, and this is the promotion after it, which replays
#   verify-…@STOP    the same, but what comes next is verify --repair
#   extend-…@STOP    an extension was killed at STOP, and this is the sync after it
# STOP: intent (committed, the share untouched), staged (the staging folder is full), folder (renamed), between (v32
# flipped, v64 not), pointers (both flipped), final (all is on the disk but the last transaction).
#
# Kinds: kill-before, kill-after; ENOSPC, EIO (this one call fails); short (this write writes half; only writes are
# walked); full (from this call on nothing that needs space succeeds, then space returns). After call n and before
# call n + 1 the disk is the same, so a walk of kill-after leaves out only the instant before the first call.
# /EVERY: only each EVERY-th call; with which it begins differs from walk to walk.
#
# The argument is a pattern of the shell, '*' for all; '*=all' is the whole proof. The last line says how many points
# and how many of them were wrong: exit 1 if any. What was wrong is printed with the call, and the world as it was
# left is kept in the evidence folder (--evidence; not there if all went well).
#
# Everything runs below /dev/shm, where fsync costs nothing, or below TMPDIR where that is too small. A world is put
# back with `cp -a`, which keeps the hard links between store and shares; only the ballast is shared with the
# original, for it is never written, only removed. RINGMGR_BIN, TESTCDN and FAULT_LIBRARY say what is tested and with
# what. Needs root, because the service's user, the approver and the promoter are three accounts; those are Debian's
# backup, games and news.
# shellcheck disable=SC2030,SC2031 # each run has a clock of its own
set -u
export LC_ALL=C
umask 022

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${RINGMGR_BIN:=${here%/tests/crash}/build/dev/ringmgr}"
: "${TESTCDN:=${RINGMGR_BIN%/*}/tests/cdn/testcdn}"
: "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
# shellcheck source=tests/cdn/origin.sh disable=SC1091
. "${here%/crash}/cdn/origin.sh"

APPROVER=5 PROMOTER=9 SERVICE=backup
KINDS=kill-before,kill-after,ENOSPC,EIO,short,full
WRONG_MAX=8 # then the rest of a walk tells nothing new
jobs=2 evidence='' area='' own_area=''

die() {
    printf 'walk: %s\n' "$*" >&2
    exit 2
}

scenarios() {
    local arch stage stop
    for arch in one both; do
        for stage in first later; do
            printf '%s\n' "promote-$arch-$stage" "sync-$arch-$stage"
            for stop in intent staged folder between pointers final; do
                [ "$arch-$stop" = one-between ] ||
                    printf '%s\n' "promote-$arch-$stage@$stop" "verify-$arch-$stage@$stop"
            done
        done
        [ "$arch" = both ] || printf '%s\n' restore-one-later rebuild-one-later
        printf '%s\n' "gc-$arch-later" "rollback-$arch-later" "extend-$arch-later"
        for stop in intent between final; do
            [ "$arch-$stop" = one-between ] || printf '%s\n' "extend-$arch-later@$stop"
        done
    done
}

# ---- what is run ----

# ringmgr WORD…: in place of this shell. A login uid would be believed before sudo's; people have their own.
ringmgr() {
    exec "$RINGMGR_BIN" -c "$world.conf" "$@"
}

person() {
    local login=4294967295
    ! [ -r /proc/self/loginuid ] || read -r login </proc/self/loginuid || [ "$login" ]
    [ "$login" = 4294967295 ] || echo "$1" >/proc/self/loginuid
    export SUDO_UID=$1
    shift
    ringmgr "$@"
}

run() {
    case $1 in
    promote) person $PROMOTER promote production --yes ;;
    sync | extend) ringmgr sync ;;
    verify) ringmgr verify --repair ;;
    gc) ringmgr gc ;;
    rollback) person $APPROVER rollback production --to "$ORIGIN_OLD" --reason "bad" ;;
    look) ringmgr verify ;;
    block) person $APPROVER block "$2" --reason "bad" ;;
    approve) person $APPROVER approve production "$2" --reason "tried in pilot" ;;
    history) ringmgr history --verify ;;
    backup) ringmgr backup "$world/copy" ;;
    restore) person $APPROVER restore "$world/copy" ;;
    rebuild) ringmgr rebuild ;;
    anything) ringmgr job support ;; # what the service may do next
    esac
}

# settled COMMAND…: without a fault, at a time of its own; what it says is in $world.said.
settled() {
    (
        export RINGMGR_TEST_NOW=$((now + later))
        run "$@"
    ) >"$world.said" 2>&1
}

# struck COMMAND NAME=VALUE…: with libfault and this plan. The shell's own "Killed" is not worth reading.
struck() {
    local command=$1
    shift
    : >"$world.reports/count"
    : >"$world.reports/trace"
    {
        (
            # shellcheck disable=SC2163 # the plan's variables are the arguments
            export RINGMGR_TEST_NOW=$now LD_PRELOAD="$FAULT_LIBRARY" FAULT_COUNT_FILE="$world.reports/count" \
                FAULT_TRACE="$world.reports/trace" FAULT_UNDER="$under" "$@"
            run "$command"
        ) >"$world.said" 2>&1
    } 2>/dev/null
}

# What the last command had to say for itself.
complaint() {
    grep -m 1 '^ringmgr: ' "$world.said" || tail -n 1 "$world.said"
}

# ---- worlds ----

write_conf() { # PUBLISH of pilot; nothing ever leaves support
    grep -m 1 '^channel,' "${here%/tests/crash}/config/support.csv" >"$area/no-rules.csv"
    cat >"$world.conf" <<CONF
[ringmgr]
store = $world/store
state = $world/state
user = $SERVICE

[origin]
url = file://$area/origin/www/pr
roots = $area/origin/ca/roots.pem

[support]
window = none
rules = $area/no-rules.csv

[content]
architectures = ${arch/,/, }
languages = ${lang/,/, }

[ring pilot]
channel = $ORIGIN_CHANNEL
source = origin
first = yes
publish = $1
path = $world/pilot
unc = \\\\files\\office-pilot
keep = 0
grace = 0 days

[ring production]
channel = $ORIGIN_CHANNEL
source = pilot
publish = manual
path = $world/production
unc = \\\\files\\office
approvals = 1
approvers = user:games, user:news
four_eyes = yes
keep = 0
grace = 0 days
CONF
}

make_world() {
    rm -rf "$world"
    install -d -o $SERVICE -g $SERVICE "$world" "$world"/{store,state,pilot,production}
    chmod 750 "$world/state"
}

# A configuration that was loosened holds its ring, and here one writes what the steps need, in folders that differ.
forget_settings() {
    [ ! -e "$world/state/ringmgr.db" ] || edit_state "DELETE FROM setting"
}

# edit_state SQL: as the service's user, whose files they are.
edit_state() {
    setpriv --reuid $SERVICE --regid $SERVICE --clear-groups \
        sqlite3 -cmd ".filectrl persist_wal 1" "$world/state/ringmgr.db" "$1" >/dev/null
}

save() { # NAME
    forget_settings
    rm -rf "$area/saved/$1"
    [ -e "$area/ballast" ] || cp -a "$world/state/ballast" "$area/ballast"
    cp -a "$world" "$area/saved/$1"
    rm -f "$area/saved/$1/state/ballast"
}

restore() { # NAME
    rm -rf "$world"
    cp -a "$area/saved/$1" "$world" && ln "$area/ballast" "$world/state/ballast"
}

# Steps on the way to a world, which must work.
must() {
    settled "$@" || {
        cat "$world.said" >&2
        die "$*: ended with $? while the worlds were made"
    }
    now=$((now + 60))
}

# ---- the origin: two builds, and what it offers can be either ----

offer() { # BUILD: what Microsoft offers now
    local old="MonthlyEnterprise 2606 $ORIGIN_OLD 2026-07-14T14:27:57.023Z"
    if [ "$1" = "$ORIGIN_OLD" ]; then
        origin_pointer "$area/origin" "$1" --arch x64,x86 --signed-at 2026-07-15T15:37Z &&
            origin_history "$area/origin" --signed-at 2026-07-20T23:11Z <<<"$old latest"
    else
        origin_pointer "$area/origin" "$1" --arch x64,x86 --signed-at 2026-08-15T15:37Z &&
            printf '%s\n' "MonthlyEnterprise 2607 $1 2026-08-11T17:15:41.287Z latest" "$old -" |
            origin_history "$area/origin" --signed-at 2026-08-20T23:11Z
    fi >"$area/origin.log" 2>&1 || die "the origin could not be made: $(cat "$area/origin.log")"
    rm -rf "$area/offer-$1"
    mkdir "$area/offer-$1"
    cp -a "$area/origin/www/pr/$ORIGIN_GUID/Office/Data"/v??.cab "$area/origin/www/pr/wsus/releasehistory.cab" \
        "$area/offer-$1"
}

# The same again, from what was kept: the sync scenarios need the offer of their stage.
offer_again() { # BUILD
    cp -a "$area/offer-$1"/v??.cab "$area/origin/www/pr/$ORIGIN_GUID/Office/Data"
    cp -a "$area/offer-$1/releasehistory.cab" "$area/origin/www/pr/wsus"
}

make_origin() {
    local build
    mkdir -p "$area/origin/www/pr"
    {
        origin_ca "$area/origin" &&
            for build in $ORIGIN_OLD $ORIGIN_NEW; do
                origin_build "$area/origin" "$build" --arch x64,x86 --lang en-us,fr-fr --signed-at 2026-07-14T14:00Z \
                    --stream-size 40K --lang-size 20K --installer-size 10K || exit
            done
    } >"$area/origin.log" 2>&1 || die "the origin could not be made: $(cat "$area/origin.log")"
    sh "${here%/crash}/judge/judge.sh" learn --origin "$area/origin/www/pr" --roots "$area/origin/ca/roots.pem" \
        --out "$area/manifest" || die "the judge has learnt nothing"
    ! grep -P '\tbad\t' "$area/manifest" || die "the origin is not genuine"
}

# ---- preparing ----

make_first() { # one|both
    arch=$(architectures "$1")
    make_world
    write_conf manual
    must sync
    save "sync-$1-first" # and so, its settings are forgotten
    write_conf auto
    must sync
    save "live-$1"
    must approve "$ORIGIN_OLD"
    save "promote-$1-first"
}

make_later() { # one|both
    arch=$(architectures "$1")
    restore "live-$1"
    write_conf manual
    must sync
    save "sync-$1-later"
    restore "promote-$1-first"
    write_conf auto
    must promote
    must sync
    must approve "$ORIGIN_NEW"
    save "promote-$1-later"
    must backup
    sqlite3 "$world/copy" "DELETE FROM setting"
    must promote
    save "rollback-$1-later"
    must block "$ORIGIN_OLD"
    save "gc-$1-later"
    rm -rf "$area/saved/live-$1"
}

# make_extend one|both: all that is added is in the store, and nothing of it offered. The sync that fetched it was
# killed before it touched a share, and what it was about to do is forgotten.
make_extend() {
    describe "extend-$1-later"
    restore rollback-one-later
    write_conf auto
    under=$world/pilot:$world/production
    struck sync FAULT_AT=1 FAULT_KIND=kill-before
    [ $? = 137 ] || die "extend-$1: nothing was offered: $(cat "$world.said")"
    now=$((now + 60))
    edit_state "DELETE FROM intent WHERE closed_unix IS NULL"
    save "extend-$1-later"
    lang=en-us
}

architectures() {
    if [ "$1" = one ]; then echo x64; else echo x64,x86; fi
}

# The gates want a clock that is not before anything signed, and not before the program was built.
set_clock() {
    now=$(($(date +%s) - 4000)) later=0
    [ $now -gt 1788220800 ] || now=1788220800
}

find_area() {
    local parent=/dev/shm
    [ -w $parent ] && [ "$(df -Pk $parent | awk 'NR == 2 { print $4 }')" -gt 200000 ] || parent=${TMPDIR:-/tmp}
    area=$(mktemp -d "$parent/ringmgr-walk.XXXXXX") || die "no folder for the worlds"
    chmod 755 "$area"
}

# What the account of the service must be able to write: the reports of libfault.
use_world() { # NUMBER
    world=$area/w$1
    install -d -o $SERVICE "$world.reports"
}

prepare() {
    mkdir "$area/saved"
    lang=en-us
    use_world 0
    set_clock
    make_origin
    offer "$ORIGIN_OLD"
    make_first one
    make_first both
    offer "$ORIGIN_NEW"
    make_later one
    make_later both
    make_extend one
    make_extend both
    echo $((now + 600)) >"$area/now"
}

# ---- the judge ----

# What the database believes in: the build that was to be published, or a text that no pointer can name.
live_sql() {
    local action=promote
    case $command in rollback | extend) action=$command ;; esac
    local promotions="SELECT count(*) FROM history WHERE action = '$action' AND ring = '$ring' AND build = '$to'"
    local live="SELECT CAST(substr(build, 1, 10) AS INTEGER) || '.' || CAST(substr(build, 12, 10) AS INTEGER) || '.' ||
        CAST(substr(build, 23, 10) AS INTEGER) || '.' || CAST(substr(build, 34, 10) AS INTEGER)
        FROM offer WHERE ring = '$ring' AND live_until IS NULL"
    echo "SELECT CASE WHEN (SELECT count(*) FROM intent WHERE closed_unix IS NULL) > 0 THEN 'an open intent'
        WHEN ($promotions) <> 1 THEN ($promotions) || ' ${action}s to $to'
        WHEN ($live) IS NOT '$to' THEN coalesce(($live), 'nothing') || ' instead of $to' ELSE '$to' END"
}

# judge OPTION…: in silence if all is well.
judge() {
    TMPDIR=$area sh "${here%/crash}/judge/judge.sh" check --manifest "$area/manifest" --share "$world/$ring" \
        --guid "$ORIGIN_GUID" --arch "$arch" --lang "$lang" "$@" 2>&1
}

# Whatever has happened, every share is whole by what it had to hold before.
judge_shares() {
    local ring arch=$arch_before lang=en-us
    for ring in $rings; do
        # shellcheck disable=SC2086 # an option or nothing
        judge $allow_empty
    done
}

# The books agree with the shares, and name the build that was to be published.
judge_books() {
    local ring
    case $command in restore | rebuild)
        judge_replaced
        return
        ;;
    esac
    for ring in $rings; do
        judge --state "$world/state/ringmgr.db" --live-sql "$(live_sql)" "$@"
    done
}

# After an extension: every standing build of both rings offers all of it, each by one entry, as long as before.
judge_extend() {
    local content want
    want="4 builds, 1 content, 4 entries"
    content=$(sqlite3 "file:$world/state/ringmgr.db?mode=ro" "SELECT count(*) || ' builds, ' || count(DISTINCT content) ||
        ' content, ' || (SELECT count(*) FROM history WHERE action = 'extend') || ' entries' FROM offer
        WHERE removed_unix IS NULL AND content LIKE '$(content_of "$arch" "$lang")%'")
    [ "$content" = "$want" ] || echo "after the extension: $content"
    settled look || echo "verify ended with $?: $(complaint)"
}

# As the books have it: "x64,x86 en-us".
content_of() { # ARCHITECTURES LANGUAGES
    printf '%s %s ' "$1" "$2"
}

# Whose books these are, and how many rings are on hold: only the new ones can lack the last promotion, or have the
# entry of a rebuild.
replaced() {
    sqlite3 "file:$world/state/ringmgr.db?mode=ro" "SELECT
        iif((SELECT count(*) FROM history WHERE action = 'promote' AND ring = 'production' AND build = '$to') = 1 AND
            (SELECT count(*) FROM history WHERE action = 'rebuild') = 0, 'old', 'new') || ' books, ' ||
        (SELECT count(DISTINCT ring) FROM hold WHERE lifted_unix IS NULL) || ' holds'"
}

# After a restore or a rebuild that nothing has disturbed.
judge_replaced() {
    local left
    left=$(replaced)
    [ "$left" = "new books, 2 holds" ] || echo "after the $command: $left"
    settled look || echo "verify ended with $?: $(complaint)"
}

# At any time: what was there before, or what nothing can be promoted by.
judge_halfway() {
    local left
    settled anything || echo "the next command ended with $?: $(complaint)"
    left=$(replaced)
    case $left in "old books, 0 holds" | "new books, 2 holds") ;; *) echo "halfway: $left" ;; esac
}

# After a rollback: one block and one hold, however often it was tried.
judge_rollback() {
    local left
    left=$(sqlite3 "file:$world/state/ringmgr.db?mode=ro" "SELECT
        (SELECT count(*) FROM block WHERE ring = '$ring' AND lifted_unix IS NULL) || ' blocks, ' ||
        (SELECT count(*) FROM hold WHERE ring = '$ring' AND kind = 'rollback' AND lifted_unix IS NULL) || ' holds'")
    [ "$left" = "1 blocks, 1 holds" ] || echo "after the rollback: $left"
}

# After a gc: the older build is nowhere, a full verify finds nothing, each object has a row and each row an object.
judge_gc() {
    local named="SELECT sha256 FROM build_file WHERE sha256 IS NOT NULL UNION SELECT offer_file.sha256 FROM offer
        JOIN offer_file ON offer_id = offer.id WHERE removed_unix IS NULL"
    find "$world"/{pilot,production} -name "*$ORIGIN_OLD*" | sed "s,^$world/,still there: ,"
    settled look || echo "verify ended with $?: $(complaint)"
    diff <(sqlite3 "file:$world/state/ringmgr.db?mode=ro" "SELECT lower(hex(sha256)) FROM ($named) ORDER BY 1") \
        <(find "$world/store/objects" -type f -printf '%f\n' | sort) | sed -n 's/^>/no row names object/p;s/^</no object/p'
}

# ---- one point ----

# The plan of a kind as libfault wants it, without FAULT_AT.
plan_of() {
    case $1 in
    kill-before | kill-after) plan=(FAULT_KIND="$1") ;;
    ENOSPC | EIO) plan=(FAULT_KIND="errno:$1") ;;
    short) plan=(FAULT_KIND=short FAULT_OP="write,copy") ;;
    full) plan=(FAULT_KIND=errno:ENOSPC FAULT_STICKY=1 FAULT_OP=space) ;;
    *) die "no such kind of fault: $1" ;;
    esac
}

# The call as the trace names it, without the folder of the worlds.
call() { # N
    sed -n "$1{s,$area/[^/]*/,,g;s/^[0-9]*\t//;y/\t/ /;p;q}" "$world.reports/trace"
}

# What is wrong with this exit status, if the fault has struck.
# SQLite says of its index only that it could not grow, not why, so an I/O error there may be taken for a full disk.
judge_status() { # KIND STATUS N
    case $1:$2 in
    kill-*:137 | ENOSPC:[16] | full:[16] | EIO:1 | short:[16]) ;;
    EIO:6) [[ $(call "$3") == *.db-shm ]] || echo "EIO: exit status 6: $(complaint)" ;;
    kill-*) echo "killed, but the exit status is $2" ;;
    *:0) judge_books ;;
    *) echo "$1: exit status $2: $(complaint)" ;;
    esac
}

# Everything that is wrong at this point, on stdout; `status` is left behind.
try() { # KIND N
    local calls=''
    restore "$from"
    struck "$command" "${plan[@]}" FAULT_AT="$2"
    status=$?
    read -r calls <"$world.reports/count"
    if [ "${calls:-0}" -lt "$2" ]; then
        [ $status = 0 ] || echo "no fault has struck, but the exit status is $status: $(complaint)"
    else
        judge_status "$1" $status "$2"
    fi
    judge_shares
    case $command in restore | rebuild) judge_halfway ;; esac
    settled "$command" || echo "the next run ended with $?: $(complaint)"
    judge_books --after-replay
    [ "$command" != gc ] || judge_gc
    [ "$command" != rollback ] || judge_rollback
    [ "$command" != extend ] || judge_extend
    settled history || echo "history --verify ended with $?: $(complaint)"
}

keep() { # KIND N
    local folder
    folder=$evidence/$scenario.$1.$2
    rm -rf "$folder"
    mkdir -p "$evidence"
    cp -a "$world" "$folder"
    cp "$area/wrong-here.$worker" "$folder/judge"
    cp "$world.conf" "$folder/conf"
    cp "$world.reports/trace" "$folder/trace"
    rm -f "$folder/state/ballast"
}

walk_point() { # KIND N
    try "$1" "$2" >"$area/wrong-here.$worker"
    echo "$1 $status" >>"$area/tally.$worker"
    [ -s "$area/wrong-here.$worker" ] || return 0
    printf 'wrong: %s, %s at call %d: %s\n' "$scenario" "$1" "$2" "$(call "$2")"
    sed 's/^/    /' "$area/wrong-here.$worker"
    echo wrong >>"$area/wrong.$worker"
    keep "$1" "$2"
}

# ---- one scenario ----

# describe SCENARIO: what the functions above want to know about it.
describe() {
    local rest=${1%@*}
    scenario=$1 command=${1%%-*} stage=${rest##*-} allow_empty='' to=$ORIGIN_NEW
    rest=${rest#*-}
    arch=$(architectures "${rest%-*}") lang=en-us arch_before='' rings=''
    case $1 in extend-one-*) lang=en-us,fr-fr ;; esac
    [ "$command" != extend ] || { arch_before=x64 && rings="pilot production"; }
    : "${arch_before:=$arch}"
    [ "$stage" = later ] || { allow_empty=--allow-empty && to=$ORIGIN_OLD; }
    ring=production
    [ "$command" != sync ] || ring=pilot
    [ "$command" != rollback ] || to=$ORIGIN_OLD
    case $command in restore | rebuild) rings="pilot production" ;; esac
    : "${rings:=$ring}"
    from=$1
    case $command in restore | rebuild) from=rollback-one-later ;; esac
}

enter_world() { # NUMBER
    worker=$1
    use_world "$1"
    write_conf auto
    under=$world/store:$world/state:$world/pilot:$world/production
    case $command in
    sync) under=$world/state:$world/pilot ;;
    extend) under=$world/state:$world/pilot:$world/production ;;
    esac
}

# stop_at STOP: where a promotion is killed, from the trace of a whole one.
stop_at() {
    awk -F '\t' -v stop="$1" -v share="$world/$ring/" -v to="$to" '
        index($3, share) != 1 { next }
        { last = $1; path = substr($3, length(share "Office/Data/") + 1) }
        stop == "intent" && !n { n = $1; kind = "kill-before" }
        stop == "staged" && path == to { n = $1; kind = "kill-before" }
        stop == "folder" && path == to { n = $1; kind = "kill-after" }
        stop == "between" && path == "v32.cab" { n = $1; kind = "kill-after" }
        stop == "pointers" && path == "v64.cab" { n = $1; kind = "kill-after" }
        END { if (stop == "final") { n = last; kind = "kill-after" }; if (n) print n, kind }' "$world.reports/trace"
}

# interrupt STOP: makes the world in which a promotion or an extension was killed there, and saves it under the
# scenario's name.
interrupt() {
    local at begun=promote
    [ "$command" != extend ] || begun=extend
    from=$begun-${scenario#*-} from=${from%@*}
    restore "$from"
    struck $begun || die "$scenario: the $begun that is to be interrupted fails: $(cat "$world.said")"
    read -r -a at < <(stop_at "$1")
    [ ${#at[@]} = 2 ] || die "$scenario: $begun has no such stop"
    restore "$from"
    struck $begun FAULT_AT="${at[0]}" FAULT_KIND="${at[1]}"
    [ $? = 137 ] || die "$scenario: $begun was not interrupted"
    from=$scenario
    forget_path
    save "$scenario"
}

# The worlds of this walk are copied about, and a promotion of a share that has moved would rightly be given up.
forget_path() {
    edit_state "UPDATE intent SET path = NULL"
}

# How many calls the command makes with this kind's plan, or where none is left, 0.
count_calls() {
    restore "$from"
    struck "$command" "${plan[@]}" || die "$scenario: ends with $? although no fault strikes: $(cat "$world.said")"
    cat "$world.reports/count"
}

enough_wrong() {
    [ "$(cat "$area"/wrong.* 2>/dev/null | wc -l)" -ge $WRONG_MAX ]
}

# Every EVERY-th point of one kind, divided among the workers.
walk_kind() { # KIND EVERY
    local total worker n first
    plan_of "$1"
    enter_world 0
    total=$(count_calls) || exit
    first=$((1 + $(count_points) % $2))
    for ((worker = 0; worker < jobs; worker++)); do
        (
            enter_world "$worker"
            for ((n = first + worker * $2; n <= total; n += jobs * $2)); do
                walk_point "$1" "$n"
                ! enough_wrong || exit
            done
        ) >"$area/said.$worker" &
    done
    wait
    cat "$area"/said.*
}

walk_scenario() { # SCENARIO KINDS EVERY
    local kind before=$SECONDS points
    describe "$1"
    now=$(cat "$area/now") later=60
    points=$(count_points)
    offer_again "$to"
    enter_world 0
    case $1 in *@*) interrupt "${1#*@}" ;; esac
    for kind in ${2//,/ }; do
        walk_kind "$kind" "$3"
        ! enough_wrong || break
    done
    case $1 in *@*) rm -rf "$area/saved/$1" ;; esac
    printf "# %-27s %5d points, %3d s\n" "$1" $(($(count_points) - points)) $((SECONDS - before))
}

# ---- all ----

count_points() {
    cat "$area"/tally.* 2>/dev/null | wc -l
}

# How often each kind ended how: "ENOSPC 6" 512 times.
tell_statuses() {
    cat "$area"/tally.* | sort | uniq -c | awk '{ line[$2] = line[$2] sprintf("  %d: %d", $3, $1) }
        END { for (kind in line) printf "# exit statuses, %-11s%s\n", kind, line[kind] }' | sort
}

with_commas() {
    sed -E ':a;s/([0-9])([0-9]{3})(,|$)/\1,\2\3/;ta' <<<"$1"
}

walk_all() { # SPEC…
    local spec name kinds every found
    rm -f "$area"/tally.* "$area"/wrong.*
    for spec in "$@"; do
        every=1 kinds=${spec#*=} found=''
        case $kinds in */*) every=${kinds#*/} kinds=${kinds%/*} ;; esac
        [ "$kinds" != all ] || kinds=$KINDS
        for name in $(scenarios); do
            # shellcheck disable=SC2254 # it is a pattern
            case $name in ${spec%%=*}) ;; *) continue ;; esac
            found=1
            walk_scenario "$name" "$kinds" "$every" || return
            ! enough_wrong || break 2
        done
        [ "$found" ] || die "no scenario is called ${spec%%=*}"
    done
}

finish() {
    local wrong
    wrong=$(cat "$area"/wrong.* 2>/dev/null | wc -l)
    tell_statuses
    ! enough_wrong || echo "# the walk was given up after $WRONG_MAX wrong points"
    printf '# %s points, %d wrong\n' "$(with_commas "$(count_points)")" "$wrong"
    [ "$wrong" = 0 ] && return
    echo "# evidence: $evidence"
    return 1
}

check_surroundings() {
    local program account
    [ "$(id -u)" = 0 ] || die "root is needed"
    for program in osslsigncode cabextract sqlite3 gcab "$RINGMGR_BIN" "$TESTCDN"; do
        command -v "$program" >/dev/null || die "$program is missing"
    done
    [ -r "$FAULT_LIBRARY" ] || die "$FAULT_LIBRARY is missing"
    for account in $SERVICE games news; do
        getent passwd "$account" >/dev/null || die "there is no account $account"
    done
    [ "$(id -u games),$(id -u news)" = $APPROVER,$PROMOTER ] || die "games and news have other numbers than on Debian"
}

# A worker would walk on without the one that started it.
clean_up() {
    local workers
    workers=$(jobs -p)
    # shellcheck disable=SC2086 # a list of numbers
    [ -z "$workers" ] || { kill $workers && wait; } 2>/dev/null
    [ -z "$own_area" ] || rm -rf "$own_area"
}

mode=walk
while [ $# -gt 0 ]; do
    case $1 in
    --list) scenarios && exit ;;
    --prepare) mode=prepare ;;
    --jobs) jobs=$2 && shift ;;
    --evidence) evidence=$2 && shift ;;
    --area) area=$2 && shift ;;
    -*) die "no such option: $1" ;;
    *=*) break ;;
    *) die "$1: SCENARIOS=KINDS, please" ;;
    esac
    shift
done
check_surroundings
trap clean_up EXIT
trap 'exit 130' HUP INT TERM
if [ -z "$area" ]; then
    find_area
    own_area=$area
    prepare || exit
fi
[ $mode = walk ] || { own_area='' && echo "$area" && exit; }
[ $# -gt 0 ] || die "what is to be walked? (--list)"
: "${evidence:=$(mktemp -u "${TMPDIR:-/tmp}/ringmgr-walk-evidence.XXXXXX")}"
walk_all "$@"
finish
