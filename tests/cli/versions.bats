#!/usr/bin/env bats
# Which build upstream means: rings that stay on a version and take its fixes, and upstream at odds with itself for longer
# than conflict_wait.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    at 2026-09-01T10:00Z
    sed -i '/^approvals = 1$/d; /^four_eyes/d' "$W/ringmgr.conf"
}

teardown() {
    world_end
}

FIX=16.0.20131.20200    # of the version 2606, after OLD
NEXT=16.0.20300.20100   # of 2607, after NEW, or of 2608
TIMES=0

# at WHEN: the clock of the program.
at() {
    RINGMGR_TEST_NOW=$(date -ud "$1" +%s)
    export RINGMGR_TEST_NOW
}

make() {
    origin_build "$O" "$1" --lang en-us --from "$NEW" --survive 90
}

# signed: later than what was signed before.
signed() {
    TIMES=$((TIMES + 1))
    date -ud "2026-08-21 $TIMES minutes" +%FT%RZ
}

# history VERSION:BUILD…: what the release history lists, the last one as the latest.
history() {
    local row latest=-
    for row; do
        [ "$row" != "${*: -1}" ] || latest=latest
        echo "$ORIGIN_CHANNEL ${row%%:*} ${row#*:} 2026-08-11T17:15:41Z $latest"
    done | origin_history "$O" --signed-at "$(signed)"
}

pointer() {
    origin_pointer "$O" "$1" --signed-at "$(signed)" "${@:2}"
}

# both: pilot stays on this version, and production too.
both() {
    sed -i "s/^source = .*/&\nversion = $1/" "$W/ringmgr.conf"
}

sync_takes() {
    expect 0 ringmgr --json sync
    [ "$(live pilot)" = "$1" ] || { echo "pilot has $(live pilot), not $1" && return 1; }
}

# waits CODE: the sync changes nothing, and says why.
waits() {
    local before=none
    [ ! -e "$(data pilot)/v64.cab" ] || before=$(live pilot)
    expect 0 ringmgr --json sync
    json '.rings[0].result == "waiting"'
    [ "$(live pilot)" = "$before" ]
    [ "$(codes)" = "$1" ]
}

# codes: of the attentions that stand.
codes() {
    ringmgr --json status | jq -r '[.attention[].code] | join(" ")'
}

since() {
    ringmgr --json status | jq -r '.attention[0].since'
}

promote() {
    as news ringmgr promote production "$@"
}

# ---- version ----

@test "version = 2606: the newest fix of that version, whatever the pointer names" {
    make $FIX
    both 2606
    history 2606:$OLD 2606:$FIX 2607:$NEW
    sync_takes $FIX
    [ -z "$(codes)" ]
    [ ! -e "$(data pilot)/$NEW" ]
    expect 0 promote --yes
    shows production $FIX
}

@test "version = n-1: the version before the latest one, and the next when a new one comes out" {
    make $FIX
    both n-1
    history 2606:$OLD 2607:$NEW
    sync_takes "$OLD"
    history 2606:$OLD 2606:$FIX 2607:$NEW
    sync_takes $FIX
    expect 0 promote --yes
    make $NEXT
    pointer $NEXT
    history 2606:$OLD 2606:$FIX 2607:$NEW 2608:$NEXT
    sync_takes "$NEW"
    expect 0 promote --yes
    shows production "$NEW"
}

@test "a fix that Microsoft withdrew is skipped; where all of them were, the ring waits" {
    make $FIX
    both 2606
    history 2606:$OLD 2606:$FIX 2607:$NEW
    pointer "$NEW" --expired $FIX
    sync_takes "$OLD"
    pointer "$NEW" --expired "$OLD,$FIX"
    waits "live-recalled upstream-lacks-version"
    [ "$(live pilot)" = "$OLD" ]
}

@test "no build of the version: waiting, with an attention, until there is one" {
    both 2605
    waits upstream-lacks-version
    prints "the release history names no build for version = 2605"
    make 16.0.20026.20200
    history 2605:16.0.20026.20200 2606:$OLD 2607:$NEW
    sync_takes 16.0.20026.20200
    [ -z "$(codes)" ]
}

@test "a ring of another version than its source says which it wants" {
    sed -i "s/^source = pilot/&\nversion = n-1/" "$W/ringmgr.conf"
    offer "$OLD" 2026-08-16
    sync_takes "$OLD"
    history 2606:$OLD 2607:$NEW
    pointer "$NEW"
    sync_takes "$NEW"
    expect 3 promote "$NEW"
    says "gate order" "production has version = n-1, which is 2606, and this build is of version 2607"
    expect 0 promote --yes
    [ "$(live production)" = "$OLD" ]
}

@test "version = n-1 below n-1: soak and candidate are of that version" {
    make $FIX
    both n-1
    sed -i "s/^source = pilot/&\nsoak = 3 days/" "$W/ringmgr.conf"
    history 2606:$OLD 2607:$NEW
    sync_takes "$OLD"
    at 2026-09-03T10:00Z
    history 2606:$OLD 2606:$FIX 2607:$NEW
    sync_takes $FIX
    at 2026-09-04T10:00Z
    expect 0 promote --yes
    [ "$(live production)" = "$OLD" ]
    expect 3 promote --yes
    says "needs 3 days of soak, has 24 hours"
    at 2026-09-06T10:00Z
    expect 0 promote --yes
    [ "$(live production)" = $FIX ]
}

# ---- conflict_wait ----

# ahead: pilot and production have the older build, and the history names the newer one.
ahead() {
    offer "$OLD" 2026-08-16
    sync_takes "$OLD"
    expect 0 promote "$OLD"
    history 2606:$OLD 2607:$NEW
    waits upstream-disagrees
}

@test "after conflict_wait the release history is believed, for rings that take from origin only" {
    ahead
    at 2026-09-04T09:59:59Z
    waits upstream-disagrees
    [ "$(since)" = 2026-09-01T10:00:00Z ]
    json '.rings[0].error | endswith("until both agree, or else until 2026-09-04 10:00 (conflict_wait)")'
    at 2026-09-04T10:00Z
    sync_takes "$NEW"
    json '.rings[0] | .result == "new" and .published and .build == $new'
    [ "$(codes)" = upstream-disagrees ]
    ringmgr --json status | jq -r '.attention[0].text' | grep -F "upstream still points to $OLD, its release history names $NEW"
    expect 0 ringmgr --json explain production "$NEW"
    json '[.gates[] | select(.open | not) | .gate] == ["order"]'
    json '.gates[] | select(.gate == "order") | .reason | contains("pointer and release history disagree about \($new)")'
    expect 3 promote "$NEW"
    expect 3 promote "$NEW" --expedite --reason "zero-day"
    sync_takes "$NEW"
    [ "$(codes)" = upstream-disagrees ]
    [ "$(since)" = 2026-09-01T10:00:00Z ]
    pointer "$NEW"
    sync_takes "$NEW"
    [ -z "$(codes)" ]
    expect 0 promote "$NEW"
    shows production "$NEW"
}

@test "a build in dispute enters no ring below by itself either" {
    sed -i "s/^source = pilot/&\npublish = auto\nsettle = 0s/" "$W/ringmgr.conf"
    offer "$OLD" 2026-08-16
    sync_takes "$OLD"
    history 2606:$OLD 2607:$NEW
    waits upstream-disagrees
    at 2026-09-04T10:00Z
    sync_takes "$NEW"
    sync_takes "$NEW"
    [ "$(live production)" = "$OLD" ]
    pointer "$NEW"
    sync_takes "$NEW"
    [ "$(live production)" = "$NEW" ]
}

@test "a build in dispute does not stand before an older one that may go" {
    offer "$OLD" 2026-08-16
    sync_takes "$OLD"
    history 2606:$OLD 2607:$NEW
    waits upstream-disagrees
    at 2026-09-04T10:00Z
    sync_takes "$NEW"
    expect 0 promote --yes
    [ "$(live production)" = "$OLD" ]
}

@test "a version whose newest fix is in dispute waits as the channel does" {
    make $NEXT
    both 2607
    sync_takes "$NEW"
    history 2606:$OLD 2607:$NEW 2607:$NEXT
    waits upstream-disagrees
    at 2026-09-04T10:00Z
    sync_takes $NEXT
    expect 3 promote $NEXT
    says "gate order"
}

@test "what the history names is never taken where Microsoft has withdrawn it" {
    offer "$OLD" 2026-08-16 --expired "$NEW"
    sync_takes "$OLD"
    history 2606:$OLD 2607:$NEW
    waits upstream-disagrees
    at 2026-09-30T10:00Z
    waits upstream-disagrees
    [ ! -e "$(data pilot)/$NEW" ]
}

@test "another disagreement begins to wait anew" {
    make $NEXT
    ahead
    at 2026-09-03T10:00Z
    history 2606:$OLD 2607:$NEW 2607:$NEXT
    waits upstream-disagrees
    [ "$(since)" = 2026-09-03T10:00:00Z ]
    at 2026-09-06T09:59:59Z
    waits upstream-disagrees
    at 2026-09-06T10:00Z
    sync_takes $NEXT
}

@test "another disagreement after one that was decided: no going back, it waits anew" {
    make $NEXT
    ahead
    at 2026-09-04T10:00Z
    sync_takes "$NEW"
    history 2606:$OLD 2607:$NEW 2607:$NEXT
    waits upstream-disagrees
    [ "$(since)" = 2026-09-04T10:00:00Z ]
    at 2026-09-07T10:00Z
    sync_takes $NEXT
    pointer $NEXT
    sync_takes $NEXT
    [ -z "$(codes)" ]
    expect 0 promote $NEXT
}

@test "agreement on the older build after conflict_wait is going back: what is live stays, and goes no further" {
    ahead
    at 2026-09-04T10:00Z
    sync_takes "$NEW"
    history 2606:$OLD
    waits upstream-went-back
    prints "upstream went back from $NEW to $OLD"
    [ "$(live pilot)" = "$NEW" ]
    expect 3 promote "$NEW"
    says "gate order"
}

@test "agreement in between ends the wait; a disagreement later begins a new one" {
    ahead
    at 2026-09-03T10:00Z
    history 2606:$OLD
    sync_takes "$OLD"
    [ -z "$(codes)" ]
    at 2026-09-05T10:00Z
    history 2606:$OLD 2607:$NEW
    waits upstream-disagrees
    [ "$(since)" = 2026-09-05T10:00:00Z ]
    at 2026-09-08T10:00Z
    sync_takes "$NEW"
}

@test "conflict_wait is what the configuration says" {
    sed -i 's/^\[origin\]/&\nconflict_wait = 12h/' "$W/ringmgr.conf"
    ahead
    at 2026-09-01T21:59:59Z
    waits upstream-disagrees
    at 2026-09-01T22:00Z
    sync_takes "$NEW"
}
