#!/usr/bin/env bats
# `calendar`: the next 60 days, as text, as JSON and as an iCalendar object that an independent reader accepts.

setup_file() {
    load world
    world_file
}

# The older build is live in production, the newer one soaks for it; everything is asked on 1 September 2026.
setup() {
    load world
    world_make
    SUPPORT=$'window = 90 days\nwarn = 30 days, 7 days\nminimum_left = 0 days\nrules = '$W/no-rules.csv
    config
    at 2026-08-20T10:00Z
    offered "$OLD" 2026-08-16
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production "$OLD"
    at 2026-09-01T10:00Z
    offered "$NEW" 2026-08-30
    expect 0 ringmgr sync
}

teardown() {
    world_end
}

# at WHEN: the clock of the program.
at() {
    RINGMGR_TEST_NOW=$(date -ud "$1" +%s)
    export RINGMGR_TEST_NOW
}

# offered BUILD TIME: upstream offers it. The history names both builds once the newer one is out.
offered() {
    origin_pointer "$O" "$1" --signed-at "$2"
    {
        [ "$1" = "$OLD" ] || echo "MonthlyEnterprise 2607 $NEW 2026-08-11T17:15:41Z latest"
        echo "MonthlyEnterprise 2606 $OLD 2026-07-14T14:27:57Z $([ "$1" = "$OLD" ] && echo latest || echo -)"
    } | origin_history "$O" --signed-at "$2"
}

# event RING WHAT: at, until and text of the ring's events of this kind; RING "" for those of none.
event() {
    jq -c --arg ring "$1" --arg what "$2" \
        '[.events[] | select((.ring // "") == $ring and .what == $what) | [.at, .until, .text]]' <<<"$output"
}

# has RING WHAT AT [UNTIL [TEXT]]: there is such an event.
has() {
    local found
    found=$(event "$1" "$2")
    jq -e --arg at "$3" --arg until "${4:-}" --arg text "${5:-}" \
        'any(.[]; .[0] == $at and ($until == "" or .[1] == $until) and (.[2] | contains($text)))' \
        <<<"$found" >/dev/null || { echo "no $2 of $1 at $3 in $found" && return 1; }
}

@test "patch days are in it, and nothing beyond 60 days, in order" {
    expect 0 ringmgr --json calendar
    [ "$(event "" patch-day | jq -c 'map(.[0:2])')" = \
        '[["2026-09-08T00:00:00Z","2026-09-09T00:00:00Z"],["2026-10-13T00:00:00Z","2026-10-14T00:00:00Z"]]' ]
    json '[.events[].at] == ([.events[].at] | sort)'
    json 'all(.events[]; .at < "2026-10-31T10:00:00Z")'
    expect 0 ringmgr calendar
    prints "Tue 2026-09-08 " "Microsoft's patch day, the second Tuesday"
}

@test "freezes are whole local days, also one that has begun" {
    PRODUCTION=$'freeze = 2026-08-30/2026-09-02, 2026-10-10, 2026-12-10/2027-01-06' config
    expect 0 ringmgr --json calendar
    [ "$(event production freeze | jq length)" = 2 ]
    has production freeze 2026-08-30T00:00:00Z 2026-09-03T00:00:00Z "from 2026-08-30 to 2026-09-02, both included"
    has production freeze 2026-10-10T00:00:00Z 2026-10-11T00:00:00Z "frozen on 2026-10-10"
    sed -i 's/^timezone = .*/timezone = Europe\/Stockholm/' "$W/ringmgr.conf"
    expect 0 ringmgr --json calendar
    has production freeze 2026-08-29T22:00:00Z 2026-09-02T22:00:00Z
    sed -i 's/2026-08-30\/2026-09-02, 2026-10-10/2026-08-30\/2026-08-31, 2026-10-25/' "$W/ringmgr.conf"
    expect 0 ringmgr --json calendar
    [ "$(event production freeze | jq -c 'map(.[0:2])')" = '[["2026-10-24T22:00:00Z","2026-10-25T23:00:00Z"]]' ]
}

@test "soak of every build on its way, and the first chance of the candidate" {
    PRODUCTION=$'soak = 5 days\ndays = Mon-Thu 17:00-21:00' config
    at 2026-09-03T10:00Z
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100 2026-09-02
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 ringmgr --json calendar
    has production soak-ends 2026-09-06T10:00:00Z "" "$NEW has soaked for 5 days"
    has production soak-ends 2026-09-08T10:00:00Z "" "16.0.20300.20100 has soaked for 5 days"
    has production first-chance 2026-09-07T17:00:00Z "" "$NEW can be promoted from now on"
    [ "$(event pilot soak-ends)" = "[]" ]
    expect 0 ringmgr calendar
    prints "Mon 2026-09-07 17:00  production      $NEW can be promoted"
    expect 0 as games ringmgr block 16.0.20300.20100 --reason "Outlook hangs"
    expect 0 ringmgr --json calendar
    [ "$(event production soak-ends | jq length)" = 1 ]
}

@test "while a person is missing there is no first chance" {
    expect 0 ringmgr --json calendar
    [ "$(event production first-chance)" = "[]" ]
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 ringmgr --json calendar
    has production first-chance 2026-09-01T10:00:00Z
}

@test "holds that end, approvals that lapse, promotions for a time" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    at 2026-09-02T10:00Z
    expect 0 as games ringmgr hold production --reason "closing" --until "2026-09-04 18:00"
    expect 0 as games ringmgr hold production --reason "for good"
    expect 0 as news ringmgr promote production "$NEW" --at "2026-09-10 18:00" --reason planned
    expect 0 ringmgr --json calendar
    has production hold-ends 2026-09-04T18:00:00Z "" "the hold of games ends: closing"
    [ "$(event production hold-ends | jq length)" = 1 ]
    has production approval-lapses 2026-10-31T10:00:00Z "" "the approval of games for $NEW lapses"
    has production promote-at 2026-09-10T18:00:00Z "" "$NEW is promoted, as news has ordered"
}

@test "support: days of warning, the last chance, the end" {
    PRODUCTION="freeze = 2026-10-01/2026-10-20" config
    expect 0 ringmgr --json calendar
    has production support-ends 2026-10-12T14:27:57Z "" "$OLD"
    has production support-warn 2026-09-12T14:27:57Z "" "30 days of support left for the live build $OLD, until 2026-10-12"
    has production support-warn 2026-10-05T14:27:57Z "" "7 days"
    has production act-by 2026-09-30T23:59:59Z "" "promote by 30 September: production leaves support on 12 October"
    [ "$(event pilot support-ends)" = "[]" ]
    has pilot support-warn 2026-10-10T17:15:41Z
}

@test "--ical is what an independent reader takes for the same events" {
    /usr/bin/python3 -c "import icalendar" 2>/dev/null || missing "python3-icalendar"
    PRODUCTION=$'soak = 5 days\nfreeze = 2026-10-01/2026-10-20' config
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr hold production --until 2026-09-04 --reason \
        'Bücher; "Abschluß", \n \\ — und noch ein sehr langer Grund, damit die Zeile gefaltet wird: ÄÖÜäöüßÄÖÜäöüßÄÖÜäöüßÄÖÜäöüß'
    ringmgr calendar --ical >"$W/a.ics"
    ringmgr --json calendar >"$W/a.json"
    expect 0 /usr/bin/python3 "${BATS_TEST_DIRNAME}/ical.py" "$W/a.ics" "$W/a.json"
    uids=$output
    prints "freeze-production-2026-10-01@" "soak-ends-production-$NEW@" "patch-day-all-2026-09-08@"
    grep -q '^ ' "$W/a.ics"
    # an hour later: the same events, the same identities, another stamp, and one more comes into sight
    at 2026-09-01T11:00Z
    ringmgr calendar --ical >"$W/b.ics"
    ringmgr --json calendar >"$W/b.json"
    expect 0 /usr/bin/python3 "${BATS_TEST_DIRNAME}/ical.py" "$W/b.ics" "$W/b.json"
    [ "$(comm -13 <(echo "$uids") <(echo "$output"))" = "approval-lapses-production-$NEW-games@$(hostname)" ]
    [ -z "$(comm -23 <(echo "$uids") <(echo "$output"))" ]
    grep -q '^DTSTAMP:20260901T110000Z' "$W/b.ics"
}

@test "one form at a time" {
    expect 2 ringmgr --json calendar --ical
    says "--ical and --json are two forms of the same"
    expect 2 ringmgr calendar 2026
    says "too many arguments"
}

@test "who may read the state may ask" {
    expect 0 setpriv --reuid proxy --regid backup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" calendar
    prints "patch day"
}
