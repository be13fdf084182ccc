#!/bin/bash
# idle.sh [SECONDS]: what `ringmgr serve` costs while it has nothing to do.
#
# Starts a service with two rings of some thousand files and nothing due, waits until it is at rest, and looks at all
# of its processes for SECONDS (10): how many there are, what memory is theirs alone (RssAnon), how often they woke up
# (context switches that they asked for, of all threads; each sleep that ended), processor time, and what they wrote to
# a disk. Goals: at most 6 MiB, 2 wake-ups a second, no byte. A table on stdout; figures are printed, never judged.
#
# RINGMGR_BIN says what is measured, by default the release build. Needs root, for the service's user (Debian's
# backup). The clock must be the real one: with that of the tests the service looks twenty times a second.
set -u
export LC_ALL=C
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
: "${RINGMGR_BIN:=${here%/tests/bench}/build/release/ringmgr}"
unset RINGMGR_TEST_NOW RINGMGR_TEST_STEADY
seconds=${1:-10}

area=$(mktemp -d "${TMPDIR:-/tmp}/ringmgr-idle.XXXXXX") || exit
chmod 755 "$area"
service=
trap '[ -z "$service" ] || kill "$service"; wait; rm -rf "$area"' EXIT

make_house() {
    local ring n
    install -d -o backup "$area"/{store,state,pilot,production}
    chmod 750 "$area/state"
    cat >"$area/conf" <<CONF
[ringmgr]
store = $area/store
state = $area/state
user = backup
control =

[origin]
url = file://$area
roots = /dev/null

[schedule]
sync = off
quick_audit = off
full_audit = off
gc = off
support = off

[content]
languages = en-us

[ring pilot]
channel = MonthlyEnterprise
source = origin
first = yes
path = $area/pilot

[ring production]
channel = MonthlyEnterprise
source = pilot
path = $area/production
CONF
    # A state is made before anything lies on the shares: later it would count as lost.
    "$RINGMGR_BIN" -c "$area/conf" gc >/dev/null || exit
    for ring in pilot production; do
        for n in $(seq 40); do
            mkdir -p "$area/$ring/Office/Data/16.0.1.$n"
            touch "$area/$ring/Office/Data/16.0.1.$n"/stream.{1..20}.dat
        done
        chown -R backup "$area/$ring"
    done
}

# The service and what it keeps: its watch.
processes() {
    echo "$service" $(pgrep -P "$service")
}

# sum KEY FILE: of these files of every thread of every process.
sum() {
    local pid
    for pid in $(processes); do
        cat "/proc/$pid/task/"*"/$2"
    done | awk -v key="$1:" '$1 == key { sum += $2 } END { print sum + 0 }'
}

anon() {
    local pid
    for pid in $(processes); do
        cat "/proc/$pid/status"
    done | awk '$1 == "RssAnon:" { sum += $2 } END { print sum }'
}

# at_rest: the same processes for two seconds.
at_rest() {
    local before
    before=$(processes)
    sleep 2
    [ "$before" = "$(processes)" ]
}

# Processor time in ticks, of user and kernel.
ticks() {
    local pid
    for pid in $(processes); do
        sed 's/.*) //' "/proc/$pid/stat"
    done | awk '{ sum += $12 + $13 } END { print sum }'
}

make_house
"$RINGMGR_BIN" -c "$area/conf" serve </dev/null >"$area/out" 2>"$area/err" &
service=$!
for _ in $(seq 100); do
    grep -q event=ready "$area/err" && break
    kill -0 "$service" 2>/dev/null || { cat "$area/err" >&2 && exit 1; }
    sleep 0.1
done
until at_rest; do :; done

woken=$(sum voluntary_ctxt_switches status) torn=$(sum nonvoluntary_ctxt_switches status)
written=$(sum write_bytes io) used=$(ticks)
sleep "$seconds"
woken=$(($(sum voluntary_ctxt_switches status) - woken)) torn=$(($(sum nonvoluntary_ctxt_switches status) - torn))
written=$(($(sum write_bytes io) - written)) used=$(($(ticks) - used))

printf '%-34s %10s %10s\n' "idle for $seconds s" measured goal
printf '%-34s %10d %10s\n' processes "$(processes | wc -w)" "" "RssAnon of all, KiB" "$(anon)" 6144
printf '%-34s %10.1f %10s\n' "wake-ups a second" "$(awk "BEGIN { print $woken / $seconds }")" 2
printf '%-34s %10d %10s\n' "  switches that were not asked for" "$torn" "" "processor time, ms" $((used * 1000 / $(getconf CLK_TCK))) "" \
    "bytes written to a disk" "$written" 0
for pid in $(processes); do
    printf '  %s: RssAnon %s KiB, %s threads\n' "$(tr '\0' ' ' <"/proc/$pid/cmdline" | sed "s,$RINGMGR_BIN -c [^ ]* ,,; s,.*/,," )" \
        "$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$pid/status")" "$(ls "/proc/$pid/task" | wc -l)"
done
