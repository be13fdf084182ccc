#!/bin/bash
# walk.sh: the proof of the first invariant, call by call.
#
#   walk.sh --list                           the scenarios
#   walk.sh --prepare                        makes the worlds once, and prints the folder that holds them
#   walk.sh [--jobs N] [--evidence DIR] [--area FOLDER] SCENARIOS=KINDS[/EVERY|@N]…
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
#   fetch            a sync that fetches all it publishes, from a file: origin; with `first` it finds nothing at all, not
#                    even a state
#   import           the same from a folder
#   repair           verify --repair of two shares with a damaged object, a missing file, a wrong file and a wrong
#                    pointer. At once nothing may be worse than it was
#   migrate          the decision that pilot leaves its channel
#   arrive           the sync that fetches and publishes what the new channel offers
#   site             a site sync to a folder; it is ringmgr that is struck
#   courier          the same, but each rsync that it starts is struck, at its n-th call at the site
#   one, both        x64; x64 and x86
#   first, later     into an empty ring; over a live build
#   promote-…@STOP   a promotion was killed at STOP, and this is the promotion after it, which replays
#   verify-…@STOP    the same, but what comes next is verify --repair
#   extend-…@STOP    an extension was killed at STOP, and this is the sync after it
# STOP: intent (committed, the share untouched), staged (the staging folder is full), folder (renamed), between (v32
# flipped, v64 not), pointers (both flipped), final (all is on the disk but the last transaction).
#
# Kinds: kill-before, kill-after; ENOSPC, EIO (this one call fails); EDQUOT (of calls that need space), EMLINK (of link,
# rename, mkdir), EMFILE (of all that opens), EINTR (of what open(2), read(2), write(2), fsync(2) and the like may answer
# so), bad-read (a read fails with EIO); EROFS (from this call on nothing can be changed, then it can again); short (this
# write writes, or this read reads, half); full (from this call on nothing that needs space succeeds, then space returns).
# For EMFILE, EINTR, bad-read and short calls are walked that change nothing, too. After call n and before call n + 1 the
# disk is the same, so a walk of kill-after leaves out only the instant before the first call.
# /EVERY: only each EVERY-th call; with which it begins differs from walk to walk. WALK_EVERY=N in the environment is
# stronger than all of these: 1 walks every call, 1000 hardly any.
# @N: only the N-th call, to look at what was wrong there.
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
# shellcheck disable=SC2034,SC2154 # walk_worlds.bash and walk_judge.bash use what is set here, and set the world
set -u
export LC_ALL=C
umask 022

here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${RINGMGR_BIN:=${here%/tests/crash}/build/dev/ringmgr}"
: "${TESTCDN:=${RINGMGR_BIN%/*}/tests/cdn/testcdn}"
: "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
# shellcheck source=tests/cdn/origin.sh disable=SC1091
. "${here%/crash}/cdn/origin.sh"
# shellcheck source=tests/crash/walk_worlds.bash disable=SC1091
. "$here/walk_worlds.bash"
# shellcheck source=tests/crash/walk_judge.bash disable=SC1091
. "$here/walk_judge.bash"

APPROVER=5 PROMOTER=9 SERVICE=backup
KINDS=kill-before,kill-after,ENOSPC,EIO,short,full,EDQUOT,EMLINK,EROFS,EMFILE,EINTR,bad-read
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
        [ "$arch" = both ] || printf '%s\n' restore-one-later rebuild-one-later repair-one-later migrate-one-later \
            arrive-one-later {import,site,courier}-one-{first,later}
        printf '%s\n' "fetch-$arch-first" "fetch-$arch-later"
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
    sync | extend | fetch | arrive) ringmgr sync ;;
    import) ringmgr import "$area/origin/www/pr/$ORIGIN_GUID" --ring pilot ;;
    verify | repair) ringmgr verify --repair ;;
    migrate) person $APPROVER migrate pilot --channel "$UP_CHANNEL" --reason "newer features" ;;
    site) ringmgr site sync ;;
    courier) PATH=$world.reports:$PATH ringmgr site sync ;;
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
    rm -f "$world.reports/rsync"
    (
        export RINGMGR_TEST_NOW=$((now + later))
        run "$@"
    ) >"$world.said" 2>&1
}

# struck COMMAND NAME=VALUE…: with libfault and this plan. The shell's own "Killed" is not worth reading.
struck() {
    local command=$1
    set -- LD_PRELOAD="$FAULT_LIBRARY" FAULT_COUNT_FILE="$world.reports/count" FAULT_TRACE="$world.reports/trace" \
        FAULT_UNDER="$under" "${@:2}"
    : >"$world.reports/count"
    : >"$world.reports/trace"
    [ "$command" != courier ] || { strike_rsync "$@" && set -- RINGMGR_TEST_NOW="$now"; }
    {
        (
            # shellcheck disable=SC2163 # the plan's variables are the arguments
            export RINGMGR_TEST_NOW="$now" "$@"
            run "$command"
        ) >"$world.said" 2>&1
    } 2>/dev/null
}

# strike_rsync NAME=VALUE…: the rsync that ringmgr finds gives itself this plan; a child inherits nothing of ours. Points
# are numbered through all runs of rsync; which call of which run is the FAULT_ATth is known from a walk without a fault.
strike_rsync() {
    local reports=$world.reports name plan=() at=none
    for name in "$@"; do
        case $name in
        FAULT_AT=*) at=$(sed -n "${name#*=}p" "$area/points") && plan+=("FAULT_AT=${at#* }") ;;
        FAULT_TRACE=*) plan+=("FAULT_TRACE=$reports/trace.\$run") ;;
        *) plan+=("$name") ;;
        esac
    done
    rm -f "$reports"/trace.*
    install -m 666 /dev/null "$reports/runs"
    cat >"$reports/rsync" <<RSYNC
#!/bin/sh
echo run >>$reports/runs
run=\$(wc -l <$reports/runs)
[ "$at" = none ] || [ \$run = "${at% *}" ] || exec /usr/bin/rsync "\$@"
exec env ${plan[*]} /usr/bin/rsync "\$@"
RSYNC
    chmod 755 "$reports/rsync"
}

# The points of a walk, as lines "RUN CALL": a run has as many calls as that of its processes that makes the most.
list_points() {
    local run
    for run in $(seq "$(wc -l <"$world.reports/runs")"); do
        ! [ -s "$world.reports/trace.$run" ] ||
            seq "$(cut -f1 "$world.reports/trace.$run" | sort -n | tail -n 1)" | sed "s/^/$run /"
    done
}

# Who sent them is dead, and soon they are.
wait_for_rsync() {
    # shellcheck disable=SC2016 # it is that shell's $1
    timeout 10 sh -c 'while pgrep -f "[r]sync .*$1/" >/dev/null; do sleep 0.01; done' wait "$world" ||
        echo "rsync is still running"
}

# What the last command had to say for itself.
complaint() {
    grep -m 1 '^ringmgr: ' "$world.said" || tail -n 1 "$world.said"
}

# ---- one point ----

# The plan of a kind as libfault wants it, without FAULT_AT.
plan_of() {
    case $1 in
    kill-before | kill-after) plan=(FAULT_KIND="$1") ;;
    ENOSPC | EIO) plan=(FAULT_KIND="errno:$1") ;;
    EDQUOT) plan=(FAULT_KIND=errno:EDQUOT FAULT_OP=space) ;;
    EMLINK) plan=(FAULT_KIND=errno:EMLINK FAULT_OP="link,rename,mkdir") ;;
    EMFILE) plan=(FAULT_KIND=errno:EMFILE FAULT_OP="open,look") ;;
    EINTR) plan=(FAULT_KIND=errno:EINTR FAULT_OP="open,look,read,write,copy,truncate,fallocate,sync") ;;
    EROFS) plan=(FAULT_KIND=errno:EROFS FAULT_STICKY=1
        FAULT_OP="open,write,copy,clone,truncate,fallocate,link,rename,symlink,unlink,mkdir,mknod,chmod,chown,utime") ;;
    bad-read) plan=(FAULT_KIND=errno:EIO FAULT_OP=read) ;;
    short) plan=(FAULT_KIND=short FAULT_OP="write,copy,read") ;;
    full) plan=(FAULT_KIND=errno:ENOSPC FAULT_STICKY=1 FAULT_OP=space) ;;
    *) die "no such kind of fault: $1" ;;
    esac
}

# The call as the trace names it, without the folder of the worlds.
call() { # N
    local trace at
    read -r trace at < <(trace_of "$1")
    sed -n "/^$at\t/{s,$area/[^/]*/,,g;s/^[0-9]*\t//;y/\t/ /;p;q}" "$trace" 2>/dev/null
}

# Where the trace has the N-th point, and under which number.
trace_of() { # N
    if [ "$command" = courier ]; then
        sed -n "$1s,^,$world.reports/trace.,p" "$area/points"
    else
        echo "$world.reports/trace $1"
    fi
}

# Everything that is wrong at this point, on stdout; `status` is left behind.
try() { # KIND N
    restore "$from"
    struck "$command" "${plan[@]}" FAULT_AT="$2"
    status=$?
    cp "$world.said" "$world.reports/said"
    case $command in site | courier) wait_for_rsync ;; esac
    if [ -z "$(call "$2")" ]; then
        [ $status = 0 ] || echo "no fault has struck, but the exit status is $status: $(complaint)"
    else
        judge_status "$1" $status "$2"
    fi
    judge_shares
    case $command in restore | rebuild) judge_halfway ;; esac
    settled "$command" || echo "the next run ended with $?: $(complaint)"
    judge_after
}

keep() { # KIND N
    local folder
    folder=$evidence/$scenario.$1.$2
    rm -rf "$folder"
    mkdir -p "$evidence"
    cp -a "$world" "$folder"
    cp "$area/wrong-here.$worker" "$folder/judge"
    cp "$world.conf" "$folder/conf"
    cp -r "$world.reports" "$folder/reports"
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
    scenario=$1 command=${1%%-*} stage=${rest##*-} allow_empty='' to=$ORIGIN_NEW from=$1
    rest=${rest#*-}
    arch=$(architectures "${rest%-*}") lang=en-us arch_before=$arch ring=production rings=''
    channel=$ORIGIN_CHANNEL site='' manifest=$area/manifest
    [ "$stage" = later ] || { allow_empty=--allow-empty && to=$ORIGIN_OLD; }
    offered=$to
    case $command in
    sync | fetch) ring=pilot ;;
    import) ring=pilot from=fetch-${1#*-} ;;
    extend) rings="pilot production" arch_before=x64 ;;
    rollback) to=$ORIGIN_OLD ;;
    restore | rebuild) rings="pilot production" from=rollback-one-later ;;
    repair) rings="pilot production" ;;
    migrate) ring=pilot channel=$UP_CHANNEL ;;
    arrive) ring=pilot channel=$UP_CHANNEL to=$UP_BUILD manifest=$area/manifest-both ;;
    site | courier) ring=site/pilot site=tokyo from=site-${1#*-} allow_empty=--allow-empty ;;
    esac
    case $1 in extend-one-*) lang=en-us,fr-fr ;; esac
    : "${rings:=$ring}"
}

enter_world() { # NUMBER
    worker=$1
    use_world "$1"
    write_conf auto
    under=$world/store:$world/state:$world/pilot:$world/production
    case $command in
    sync) under=$world/state:$world/pilot ;;
    extend) under=$world/state:$world/pilot:$world/production ;;
    courier) under=$world/site ;;
    esac
}

# stop_at STOP TRACE: where a promotion is killed, from the trace of a whole one.
stop_at() {
    awk -F '\t' -v stop="$1" -v share="$world/$ring/" -v to="$to" '
        index($3, share) != 1 { next }
        { last = $1; path = substr($3, length(share "Office/Data/") + 1) }
        stop == "intent" && !n { n = $1; kind = "kill-before" }
        stop == "staged" && path == to { n = $1; kind = "kill-before" }
        stop == "folder" && path == to { n = $1; kind = "kill-after" }
        stop == "between" && path == "v32.cab" { n = $1; kind = "kill-after" }
        stop == "pointers" && path == "v64.cab" { n = $1; kind = "kill-after" }
        END { if (stop == "final") { n = last; kind = "kill-after" }; if (n) print n, kind }' "$2"
}

# interrupt STOP: makes the world in which a promotion or an extension was killed there, if no scenario before has. What
# comes after it is the next scenario's.
interrupt() {
    local at begun=promote whole
    [ "$command" != extend ] || begun=extend
    from=$begun-${scenario#*-} whole=${from%@*}
    [ ! -d "$area/saved/$from" ] || return 0
    [ -e "$area/trace-$whole" ] || trace_whole
    read -r -a at < <(stop_at "$1" "$area/trace-$whole")
    [ ${#at[@]} = 2 ] || die "$scenario: $begun has no such stop"
    restore "$whole"
    struck $begun FAULT_AT="${at[0]}" FAULT_KIND="${at[1]}"
    [ $? = 137 ] || die "$scenario: $begun was not interrupted"
    forget_path
    save "$from"
}

# The calls of a promotion or an extension that nothing interrupts.
trace_whole() {
    restore "$whole"
    struck $begun || die "$scenario: the $begun that is to be interrupted fails: $(cat "$world.said")"
    cp "$world.reports/trace" "$area/trace-$whole"
}

# The worlds of this walk are copied about, and a promotion of a share that has moved would rightly be given up.
forget_path() {
    edit_state "UPDATE intent SET path = NULL"
}

# How many calls the command makes with this kind's plan; $counted tells how many with the kind's before, if it strikes
# at the same calls.
count_calls() {
    restore "$from"
    struck "$command" "${plan[@]}" || die "$scenario: ends with $? although no fault strikes: $(cat "$world.said")"
    if [ "$command" = courier ]; then
        list_points >"$area/points"
        wc -l <"$area/points"
    else
        cat "$world.reports/count"
    fi
}

enough_wrong() {
    [ "$(cat "$area"/wrong.* 2>/dev/null | wc -l)" -ge $WRONG_MAX ]
}

# Every EVERY-th point of one kind, divided among the workers.
walk_kind() { # KIND EVERY
    local total worker n first
    plan_of "$1"
    enter_world 0
    if [ "${counted#* }" = "${plan[*]:1}" ]; then
        total=${counted%% *}
    else
        total=$(count_calls) || exit
        counted="$total ${plan[*]:1}"
    fi
    echo "$total" >>"$area/possible"
    first=$((1 + $(count_points) % $2))
    [ -z "$only" ] || { first=$only && total=$only; }
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
    local kind before=$SECONDS points possible counted=none
    describe "$1"
    now=$(cat "$area/now") later=60
    points=$(count_points) possible=$(count_possible)
    offer_again "$offered"
    enter_world 0
    [ "$command" != repair ] || learn_damage
    case $1 in *@*) interrupt "${1#*@}" ;; esac
    for kind in ${2//,/ }; do
        walk_kind "$kind" "$3"
        ! enough_wrong || break
    done
    printf "# %-27s %5d of %5d points, %3d s\n" "$1" $(($(count_points) - points)) $(($(count_possible) - possible)) \
        $((SECONDS - before))
}

# ---- all ----

count_points() {
    cat "$area"/tally.* 2>/dev/null | wc -l
}

# Points that there would be with every call.
count_possible() {
    awk '{ sum += $1 } END { print sum + 0 }' "$area/possible" 2>/dev/null
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
    local spec name kinds every only found
    rm -f "$area"/tally.* "$area"/wrong.*
    : >"$area/possible"
    for spec in "$@"; do
        every=1 only='' kinds=${spec#*=} found=''
        case $kinds in *@*) only=${kinds#*@} kinds=${kinds%@*} ;; esac
        case $kinds in */*) every=${kinds#*/} kinds=${kinds%/*} ;; esac
        every=${WALK_EVERY:-$every}
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
    printf '# %s points of %s, %d wrong\n' "$(with_commas "$(count_points)")" "$(with_commas "$(count_possible)")" "$wrong"
    [ "$wrong" = 0 ] && return
    echo "# evidence: $evidence"
    return 1
}

check_surroundings() {
    local program account
    [ "$(id -u)" = 0 ] || die "root is needed"
    for program in osslsigncode cabextract sqlite3 gcab rsync "$RINGMGR_BIN" "$TESTCDN"; do
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

[ "${BASH_SOURCE[0]}" = "$0" ] || return 0 # power.sh uses all of this

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
