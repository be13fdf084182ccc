#!/usr/bin/env bats
# Upstream at odds with itself: nothing is done, it is said, and it ends by itself.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
}

teardown() {
    world_end
}

# waits CODE: sync is 0 and "waiting", the attention stands in status, the shares are as they were.
waits() {
    shares >"$W/before"
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "waiting" and (.published | not) and .code == 0 and (.error | length > 20)'
    shares | diff "$W/before" -
    expect 0 ringmgr --json status
    json ".attention | length == 1 and .[0].code == \"$1\""
    json '.attention[0] | .ring == "pilot" and .severity == "warning" and (.text | length > 20)'
    json '.attention[0] | has("id") and has("since") and has("command")'
    json '.rings[0].last_sync.result == "waiting"'
    expect 8 ringmgr status --check
    prints "]: pilot: upstream "
}

# settled: no attention is left.
settled() {
    expect 0 ringmgr --json status
    json '.attention == []'
    expect 0 ringmgr status --check
}

history_names() {
    origin_history "$O" --signed-at "$2" <<<"$ORIGIN_CHANNEL 2607 $1 2026-08-11T17:15:41Z latest"
}

@test "a release history ahead of the pointer: waiting, until both agree" {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    history_names "$NEW" 2026-08-21
    waits upstream-disagrees
    prints "$OLD" "$NEW"
    expect 0 ringmgr --json upstream
    json '.channels[0] | .disagree and .pointer == $old and .latest == $new'
    offer "$NEW"
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    settled
}

@test "a pointer ahead of the release history: waiting, until both agree" {
    history_names "$OLD" 2026-08-21
    waits upstream-disagrees
    [ ! -e "$(data pilot)/v64.cab" ]
    offer "$NEW"
    expect 0 ringmgr sync
    shows pilot "$NEW"
    settled
}

@test "a newer signed pointer that names a lower build: waiting, and what is live stays" {
    expect 0 ringmgr sync
    offer "$OLD" 2026-09-02
    waits upstream-went-back
    shows pilot "$NEW"
    offer "$NEW" 2026-09-03
    expect 0 ringmgr --json sync
    json '.rings[0].result == "unchanged"'
    settled
}

@test "waiting twice is one attention, since the first time" {
    history_names "$OLD" 2026-08-21
    RINGMGR_TEST_NOW=1790000000 expect 0 ringmgr sync
    RINGMGR_TEST_NOW=1790009999 expect 0 ringmgr sync
    expect 0 ringmgr --json status
    json '.attention | length == 1 and .[0].since == "2026-09-21T14:13:20Z"'
}

@test "a pointer that names a withdrawn build: waiting for its successor" {
    offer "$NEW" 2026-09-01 --expired "$NEW"
    waits upstream-recalled
    [ ! -e "$(data pilot)/v64.cab" ]
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100 2026-09-02 --expired "$NEW"
    expect 0 ringmgr sync
    [ "$(live pilot)" = 16.0.20300.20100 ]
    settled
}

@test "an empty release history is no news: the pointer counts, and what was known stays known" {
    expect 0 ringmgr sync
    "$TESTCDN" history --ca "$O/ca" --origin "$O/www/pr" --empty --signed-at 2026-09-01
    expect 0 ringmgr --json sync
    json '.rings[0].result == "unchanged"'
    settled
    expect 0 ringmgr --json status
    json '.rings[0].live.version == "2607"'
    expect 0 ringmgr --json upstream
    json '.channels[0] | .latest == null and (.updates | length == 2)'
}

@test "without a release history only the pointer counts, and that is said" {
    rm "$HISTORY"
    expect 0 ringmgr --json sync
    says "no release history"
    json '.rings[0] | .result == "new" and .published'
    settled
}

@test "one ring waits while another goes on" {
    "$TESTCDN" build --ca "$O/ca" --origin "$O/www/pr" --channel Current --build 16.0.20400.20100 --lang en-us
    "$TESTCDN" pointer --ca "$O/ca" --origin "$O/www/pr" --channel Current --build 16.0.20400.20100
    MORE="[ring insiders]
channel = Current
source = origin
first = yes
publish = auto
path = $W/share/insiders" config
    install -d -o backup "$W/share/insiders"
    history_names "$OLD" 2026-08-21
    expect 0 ringmgr --json sync
    json '[.rings[].result] == ["waiting", "new"]'
    [ "$(live insiders)" = 16.0.20400.20100 ]
    expect 0 ringmgr --json sync insiders
    json '.rings | length == 1'
}

@test "the worst of several rings is the exit status, each ring's own stands in the JSON" {
    MORE="[ring insiders]
channel = Current
source = origin
first = yes
publish = auto
path = $W/share/insiders" config
    install -d -o backup "$W/share/insiders"
    expect 5 ringmgr --json sync
    json '.rings[0] | .result == "new" and .published and .code == 0'
    json '.rings[1] | .result == "failed" and .code == 5 and (.error | length > 10)'
    byte "$UP/v64.cab"
    expect 4 ringmgr --json sync
    json '[.rings[].code] == [4, 5]'
}

@test "an optional file that upstream never had stands as absent at once" {
    rm "$UP/$NEW/i640.cab.cat"
    expect 0 ringmgr --json sync
    json '.rings[0].published'
    [ ! -e "$(data pilot)/$NEW/i640.cab.cat" ]
    expect 0 ringmgr verify
}

@test "an optional file that the build before had is waited for, until conflict_wait has passed" {
    offer "$OLD" 2026-08-16
    RINGMGR_TEST_NOW=1790000000 expect 0 ringmgr sync
    offer "$NEW"
    rm "$UP/$NEW/i640.cab.cat"
    RINGMGR_TEST_NOW=1790100000 expect 5 ringmgr sync
    says "$NEW/i640.cab.cat"
    shows pilot "$OLD"
    RINGMGR_TEST_NOW=$((1790100000 + 3 * 86400 - 60)) expect 5 ringmgr sync
    shows pilot "$OLD"
    RINGMGR_TEST_NOW=$((1790100000 + 3 * 86400 + 60)) expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    [ ! -e "$(data pilot)/$NEW/i640.cab.cat" ]
}

@test "an optional file that comes late is taken while it is waited for" {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    offer "$NEW"
    mv "$UP/$NEW/i640.cab.cat" "$W/late"
    expect 5 ringmgr sync
    mv "$W/late" "$UP/$NEW/i640.cab.cat"
    expect 0 ringmgr sync
    shows pilot "$NEW"
}

@test "a mandatory file that is missing keeps the build back, however long" {
    rm "$UP/$NEW/i641033.cab"
    expect 5 ringmgr sync
    complains
    says "$NEW/i641033.cab"
    RINGMGR_TEST_NOW=$(($(date +%s) + 30 * 86400)) expect 5 ringmgr sync
    [ ! -e "$(data pilot)/v64.cab" ]
}

# ---- what rings below may take meanwhile ----

# A production that takes by itself what pilot has had for 14 days.
automatic() {
    PRODUCTION=$'soak = 14 days\npublish = auto' config
    sed -i '/^approvals = 1/d; /^four_eyes/d' "$W/ringmgr.conf"
}

# upstream TIME POINTER LATEST [OPTION…]: at that time they are these, and a sync runs.
upstream() {
    local old=- new=-
    [ "$3" = "$OLD" ] && old=latest || new=latest
    RINGMGR_TEST_NOW=$(date -ud "$1" +%s)
    export RINGMGR_TEST_NOW
    origin_pointer "$O" "$2" --signed-at "$1" "${@:4}"
    {
        [ "$new" = - ] || echo "$ORIGIN_CHANNEL 2607 $NEW 2026-08-11T17:15:41Z $new"
        echo "$ORIGIN_CHANNEL 2606 $OLD 2026-07-14T14:27:57Z $old"
    } | origin_history "$O" --signed-at "$1"
    expect 0 ringmgr sync
}

attentions() {
    ringmgr --json status | jq -r '[.attention[].code] | join(" ")'
}

@test "a build that upstream went back from goes no further before upstream names it again" {
    automatic
    upstream 2026-08-15T06:00Z "$OLD" "$OLD"
    upstream 2026-08-20T06:00Z "$NEW" "$NEW"
    upstream 2026-08-30T06:00Z "$OLD" "$OLD"
    [ "$(attentions)" = upstream-went-back ]
    upstream 2026-09-03T09:00Z "$OLD" "$OLD"
    [ "$(live pilot)" = "$NEW" ]
    [ "$(live production)" = "$OLD" ]
    upstream 2026-09-04T09:00Z "$NEW" "$NEW"
    [ "$(live production)" = "$NEW" ]
    [ -z "$(attentions)" ]
}

@test "a pointer that goes back alone holds its build as well, until the history has been believed for conflict_wait" {
    automatic
    upstream 2026-08-15T06:00Z "$OLD" "$OLD"
    upstream 2026-08-20T06:00Z "$NEW" "$NEW"
    upstream 2026-09-02T06:00Z "$OLD" "$NEW"
    upstream 2026-09-06T09:00Z "$OLD" "$NEW"
    [ "$(live production)" = "$OLD" ]
    [ "$(attentions)" = upstream-disagrees ]
}

@test "a pointer that stays on a withdrawn build is a disagreement, which conflict_wait ends" {
    upstream 2026-08-15T06:00Z "$OLD" "$OLD"
    upstream 2026-08-20T06:00Z "$OLD" "$NEW" --expired "$OLD"
    [ "$(live pilot)" = "$OLD" ]
    expect 0 ringmgr --json status
    json '.attention[] | select(.code == "upstream-disagrees").text | contains("which Microsoft has withdrawn")'
    upstream 2026-08-23T07:00Z "$OLD" "$NEW" --expired "$OLD"
    [ "$(live pilot)" = "$NEW" ]
}
