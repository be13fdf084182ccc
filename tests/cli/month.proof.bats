#!/usr/bin/env bats
# Thirty days of one service, whose clock is a file: builds come, soak, are promoted by the gates and by people, and
# everything that goes wrong in a year goes wrong. An independent judge looks at the shares all the time; in the end
# history and log tell it all.

THIRD=16.0.20300.20100

setup_file() {
    load world
    world_file
}

setup() {
    load world
    load service
    load judging
    world_make
    install -d -o backup "$W/share/early"
    origin_build "$O" "$THIRD" --lang en-us --from "$NEW" --survive 90
    learn
    offer "$OLD" 2026-08-16
    export RINGMGR_TEST_NOW=@$W/clock/now RINGMGR_TEST_STEADY=@$W/clock/steady
    month_conf
}

teardown() {
    [ -z "${JUDGE:-}" ] || { touch "$W/judged" && wait "$JUDGE"; }
    [ -z "${PID:-}" ] || end TERM
    world_end
    wait_until gone || wait_until gone # its watch looks for its reader every 30 seconds
}

# Pilot takes what comes; early follows by itself after three days; production when a person says so, after five more.
month_conf() {
    SOURCE=early PRODUCTION=$'soak = 5 days' MORE="[ring early]
channel = $ORIGIN_CHANNEL
source = pilot
publish = auto
soak = 3 days
settle = 0h
path = $W/share/early

[schedule]
jitter = 0s
sync = 02:00
quick_audit = 12:00
full_audit = Sun 03:00
gc = 04:30
support = 08:00" config
    sed -i '/^\[ring production\]/,/^path/s/^source = .*/source = early/' "$W/ringmgr.conf"
}

# show NOW STEADY: what both clocks show, the one that people set and the one that counts from the start of the machine. A
# folder with both takes the place of the last: nobody, the service nor a job of it, sees one of them old and one new.
show() {
    local folder
    folder=$(mktemp -d "$W/clock.XXXXXX")
    chmod 755 "$folder"
    echo "$1" >"$folder/now"
    echo "boot:$2" >"$folder/steady"
    STEADY=$2
    ln -s "$folder" "$W/clock.new" && mv -T "$W/clock.new" "$W/clock"
}

# clocks TIME: time passes until then.
clocks() {
    local seconds
    seconds=$(date -ud "$1" +%s)
    : "${START:=$((seconds - 1000))}"
    show "$seconds" $((seconds - START))
}

# pass UNTIL: time passes until then: both clocks move, and everything that was due is done.
pass() {
    clocks "$1"
    [ -z "${PID:-}" ] || rest
}

rest() {
    sleep 0.3 # it looks at its clock twenty times a second
    wait_until rested
    local ring
    for ring in pilot early production; do
        judge $ring
    done
}

# days FROM TO: days of September, each until 12:30.
days() {
    local day
    for ((day = $1; day <= $2; day++)); do
        pass "2026-09-$(printf %02d "$day")T12:30:00Z"
    done
}

# offered RING: the build that its pointer names. No command is asked: for some days they have a broken configuration.
offered() {
    local build
    for build in "$OLD" "$NEW" "$THIRD"; do
        ! cmp -s "$(data "$1")/v64.cab" "$UP/v64_$build.cab" || { echo "$build" && return; }
    done
    echo none
}

# lives PILOT EARLY PRODUCTION
lives() {
    local now
    now="$(offered pilot) $(offered early) $(offered production)"
    [ "$now" = "$*" ] || { echo "live: $now, not $*" && return 1; }
}

# told ACTION RING BUILD ACTOR [TIMES]: so many entries of history, else one.
told() {
    jq -e --arg action "$1" --arg ring "$2" --arg build "$3" --arg actor "$4" --argjson times "${5:-1}" \
        '[.entries[] | select(.action == $action and .ring == $ring and .build == $build and .actor == $actor)] | length == $times' \
        "$W/history" >/dev/null || { echo "not $5 entries: $*" && jq -c '.entries[] | [.time, .action, .ring, .build, .actor, .reason]' "$W/history" && return 1; }
}


# soaks SENTENCE: for early the gate is shut, and says so.
soaks() {
    expect 0 ringmgr --json explain early "$THIRD"
    local reason
    reason=$(jq -r '.gates[] | select(.gate == "soak" and (.open | not)) | .reason' <<<"$output")
    [[ "$reason" == "$1"* ]] || { echo "soak: $reason" && return 1; }
}

# keep_log: what the service that has ended has said.
keep_log() {
    cat "$W/err" >>"$W/log/serve"
}

@test "thirty days" {
    JUDGE_PAUSE=0.2 start_judging pilot early production
    pass 2026-09-02T12:30:00Z
    serving
    rest
    lives "$OLD" none none
    days 3 4
    lives "$OLD" none none

    # a bad reload: the old configuration goes on
    cp "$W/ringmgr.conf" "$W/good.conf"
    echo "[schedule" >>"$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged 'event=reload result=refused'
    days 5 6
    lives "$OLD" "$OLD" none # early, by the gates alone
    cp "$W/good.conf" "$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged 'event=reload result=accepted'
    days 7 9
    expect 3 as news ringmgr promote production "$OLD"
    says "refused by the gate soak: production needs 5 days of soak, has 4 days"
    days 10 11
    expect 3 as news ringmgr promote production "$OLD"
    says "needs 1 approval, has none"
    expect 0 as games ringmgr approve production "$OLD" --reason "early has no complaints"
    expect 0 as news ringmgr promote production "$OLD"
    lives "$OLD" "$OLD" "$OLD"

    # a new build, and a sync that is killed in the middle of it: the next goes on
    offer "$NEW" 2026-09-11
    origin_fault "path=*x-none.dat&kind=stall&after=1000&ms=60000"
    clocks 2026-09-12T02:00:01Z
    wait_until fetching
    kill -KILL "$(sed -n 's/^event=job-start job=sync pid=//p' "$W/err" | tail -n 1)"
    wait_until logged 'event=job-end job=sync pid=[0-9]* signal=KILL'
    origin_faults_clear
    lives "$OLD" "$OLD" "$OLD"
    days 12 13
    lives "$NEW" "$OLD" "$OLD"

    days 14 16
    lives "$NEW" "$NEW" "$OLD"

    # upstream's disk is gone for a day
    mv "$O/www" "$O/gone"
    days 17 17
    expect 0 ringmgr --json status
    json '[.rings[] | select(.ring == "pilot") | .last_sync.result] == ["failed"]'
    mv "$O/gone" "$O/www"
    lives "$NEW" "$NEW" "$OLD"
    days 18 18
    expect 0 ringmgr --json status
    json '[.rings[] | select(.ring == "pilot") | .last_sync.result] == ["unchanged"]'

    # a week without the service: what was missed is done once
    end KILL
    keep_log
    wait_until gone || wait_until gone # its watch looks for its reader every 30 seconds
    pass 2026-09-25T12:30:00Z
    serving
    rest
    local job
    for job in sync quick-audit full-audit gc support; do
        begun $job 1
    done

    expect 0 as games ringmgr approve production "$NEW" --reason "early has no complaints"
    expect 0 as news ringmgr promote production "$NEW"
    days 26 29
    offer "$THIRD" 2026-09-29
    days 30 30
    lives "$THIRD" "$NEW" "$NEW"
    pass 2026-10-01T12:30:00Z

    # while it soaks the clock shows 2036 for a while: nothing has soaked by that
    show "$(date -ud 2036-10-01T12:30:00Z +%s)" "$STEADY"
    wait_until logged 'event=clock-set step_seconds=315619200 now=2036-10-01T12:30:00Z'
    rest
    lives "$THIRD" "$NEW" "$NEW"
    soaks "early needs 3 days of soak, has 24 hours, until 2036-10-03 12:30"
    pass 2026-10-01T12:31:00Z
    wait_until logged 'event=clock-set step_seconds=-315619200 '
    # and back: the history goes on by the clock, and so does the soak
    soaks "early needs 3 days of soak, has 24 hours, until 2026-10-03 12:3"
    jq -e '.entries[-1].time | startswith("2026-")' <<<"$(ringmgr --json history)"
    pass 2026-10-02T12:30:00Z
    lives "$THIRD" "$NEW" "$NEW"
    end TERM
    [ "$status" = 0 ]
    keep_log
    stop_judging 60
    figure "A month" "looks of the judge; wrong; jobs of the service" \
        "$(wc -l <"$W/rounds"); $(wc -l <"$W/verdicts"); $(grep -c event=job-start "$W/log/serve")"
    tells
}

# History and log tell each of these, in the order of the days.
tells() {
    expect 0 ringmgr history --verify
    ringmgr --json history >"$W/history"
    told promote pilot "$OLD" ringmgr
    told promote early "$OLD" ringmgr
    told approve production "$OLD" games
    told promote production "$OLD" news
    told promote pilot "$NEW" ringmgr
    told promote early "$NEW" ringmgr
    told approve production "$NEW" games
    told promote production "$NEW" news
    told promote pilot "$THIRD" ringmgr
    jq -e '[.entries[] | select(.action == "clock-step")] | length == 2' "$W/history"
    jq -e '[.entries[] | select(.action == "promote")] | length == 7' "$W/history"
    local line
    while read -r line; do
        grep -qE -e "$line" "$W/log/serve" || { echo "not in the log: $line" && return 1; }
    done <<END
event=reload result=refused text=".*ringmgr.conf:[0-9]+: a section's line
event=reload result=accepted rings=3
event=promoted ring=early
event=job-end job=sync pid=[0-9]+ signal=KILL
event=sync ring=pilot build=$NEW result=new published=yes
event=clock-set step_seconds=315619200 now=2036-10-01T12:30:00Z
event=clock-set step_seconds=-315619200 now=2026-10-01T12:31:00Z
event=job-end job=sync pid=[0-9]+ status=5
event=sync ring=pilot .*result=failed
event=stop signal=TERM
END
}
