#!/usr/bin/env bats
# `support`: until when each ring is supported, and whether a successor comes in time.

setup_file() {
    load world
    world_file
}

# The older build is live in production, the newer in pilot. Released 14 July and 11 August 2026; a year of support.
setup() {
    load world
    world_make
    SUPPORT=$'window = 12 months\nwarn = 30 days, 7 days\nminimum_left = 0 days\nrules = '$W/no-rules.csv
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

ring() {
    jq -c --arg ring "$1" '.rings[] | select(.ring == $ring) | '"$2" <<<"$output"
}

@test "each ring has its deadline, its basis, its days and its level" {
    expect 0 ringmgr --json support
    [ "$(ring pilot '[.build, .version, .released, .deadline, .basis, .days_left, .level, .successor, .conflict]')" = \
        "[\"$NEW\",\"2607\",\"2026-08-11T17:15:41Z\",\"2027-08-11T17:15:41Z\",\"window\",344,\"ok\",null,null]" ]
    [ "$(ring production '[.build, .version, .deadline, .level, .successor]')" = \
        "[\"$OLD\",\"2606\",\"2027-07-14T14:27:57Z\",\"ok\",\"$NEW\"]" ]
    expect 0 ringmgr support
    prints "RING " "DEADLINE" "2606      2026-07-14  2027-07-14  window           316  ok       $NEW"
}

@test "--at asks about the end of a date" {
    expect 0 ringmgr --json support --at 2027-08-10
    json '.at == "2027-08-10T23:59:59Z"'
    [ "$(ring pilot '[.days_left, .level]')" = '[0,"warn"]' ]
    expect 0 ringmgr --json support --at "2027-08-11 17:15"
    [ "$(ring pilot '[.days_left, .level]')" = '[0,"warn"]' ]
    expect 0 ringmgr --json support --at 2027-08-11
    [ "$(ring pilot '[.days_left, .level]')" = '[-1,"expired"]' ]
    sed -i 's/^timezone = .*/timezone = America\/New_York/' "$W/ringmgr.conf"
    expect 0 ringmgr --json support --at 2027-08-10
    json '.at == "2027-08-11T03:59:59Z"'
}

@test "--at that is no time is refused" {
    for text in tomorrow 2027-8-1 ""; do
        expect 2 ringmgr support --at "$text"
        complains
        says "--at $text: not a time"
    done
    expect 2 ringmgr support --at 2027-02-29
    complains
    says "--at 2027-02-29: there is no such day"
}

@test "--check ends 8 for warn, for late and for expired, 0 while all is ok" {
    expect 0 ringmgr support --check
    expect 8 ringmgr --json support --check --at 2027-06-20 # production: 24 days, and the successor could have gone
    [ "$(ring production .level)" = '"late"' ]
    [ "$(ring pilot .level)" = '"ok"' ]
    expect 8 ringmgr --json support --check --at 2027-07-20
    [ "$(ring production .level)" = '"expired"' ]
    [ "$(ring pilot .level)" = '"warn"' ]
    expect 0 ringmgr support --at 2027-07-20
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    expect 8 ringmgr --json support --check --at 2027-07-20
    [ "$(ring production .level)" = '"warn"' ]
}

@test "a freeze that stands before the deadline is told, with the day to act by" {
    PRODUCTION="freeze = 2027-07-01/2027-08-01" config
    expect 0 ringmgr --json support --at 2027-05-15
    ring production .conflict
    [ "$(ring production .conflict)" = \
        '"promote by 30 June: production leaves support on 14 July and is frozen from 1 July"' ]
    [ "$(ring production .act_by)" = '"2027-06-30T23:59:59Z"' ]
    expect 0 ringmgr support --at 2027-05-15
    prints "    promote by 30 June: production leaves support on 14 July"
    [ "$(ring pilot .conflict)" = null ] || [ -z "$(ring pilot .conflict)" ]
}

@test "a hold that is over by then holds nothing any more" {
    expect 0 as games ringmgr hold production --reason closing --until 2026-10-01
    expect 0 ringmgr --json support --at 2027-06-20
    [ "$(ring production .level)" = '"late"' ]
    expect 0 as games ringmgr hold production --reason "for good"
    expect 0 ringmgr --json support --at 2027-06-20
    [ "$(ring production .level)" = '"warn"' ]
}

@test "a ring without a live build has nothing to say" {
    MORE="[ring late]
channel = MonthlyEnterprise
source = pilot
approvals = 1
approvers = user:games
path = $W/share/late" config
    install -d -o backup "$W/share/late"
    expect 0 ringmgr --json support --check
    [ "$(ring late '[.build, .version, .released, .deadline, .basis, .days_left, .level]')" = \
        '[null,null,null,null,"none",null,"ok"]' ]
    expect 0 ringmgr support
    prints "late            nothing live"
}

@test "a build of which no history says when it came out is no calm one" {
    find "$W/store" "$W/state" "$W/share" "$W/log" -mindepth 1 -delete
    install -d -o backup "$W/share/pilot" "$W/share/production"
    expect 0 ringmgr import "$O/www/pr/$ORIGIN_GUID" --ring pilot
    expect 0 ringmgr --json support
    [ "$(ring pilot '[.deadline, .level, .undated]')" = '[null,"ok",true]' ]
    expect 0 ringmgr support
    prints "    no date is known: no release history names this build"
    expect 8 ringmgr status --check
    prints "until when it is supported is not known" ", no date of its support is known"
    expect 0 ringmgr sync
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "support-unknown")] == []'
}

@test "who may read the state may ask" {
    expect 0 setpriv --reuid proxy --regid backup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" support
    prints "$OLD"
}
