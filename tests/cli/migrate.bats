#!/usr/bin/env bats
# A ring leaves its channel: up by an ordinary promotion, down by waiting or by the way back; hold.bats says who may.

setup_file() {
    load world
    world_file
}

# Pilot and production have the newer build of MonthlyEnterprise.
setup() {
    load world
    world_make
    export RINGMGR_TEST_NOW=$(date -ud 2026-09-01T10:00Z +%s)
    expect 0 ringmgr sync
    approve "$NEW"
    expect 0 as news ringmgr promote production "$NEW"
}

teardown() {
    world_end
}

UP_BUILD=16.0.20400.20100   # of Current, newer than what is live
DOWN_BUILD=16.0.20100.20100 # older
CURRENT=492350f6-3a01-4f97-b9c0-c7c6ddf67d60

# current BUILD [TIME]: Current offers it.
current() {
    "$TESTCDN" build --ca "$O/ca" --origin "$O/www/pr" --channel Current --build "$1" --lang en-us
    "$TESTCDN" pointer --ca "$O/ca" --origin "$O/www/pr" --channel Current --build "$1" --signed-at "${2:-2026-08-30}"
}

approve() {
    expect 0 as games ringmgr approve production "$1" --reason fine
}

# migrates RING: it is decided.
migrates() {
    expect 0 as games ringmgr migrate "$1" --channel Current --reason "newer features"
    prints "migrate $1: decided, from MonthlyEnterprise to Current"
}

# offers RING BUILD: its share points to this build of Current.
offers() {
    cmp "$(data "$1")/v64.cab" "$O/www/pr/$CURRENT/Office/Data/v64_$2.cab"
    [ "$(live "$1")" = "$2" ]
}

holds() {
    sqlite3 "$W/state/ringmgr.db" "SELECT ring || ' ' || kind FROM hold WHERE lifted_unix IS NULL ORDER BY 1"
}

shut() {
    ringmgr --json explain "$@" | jq -r '[.gates[] | select(.open | not) | .gate] | join(" ")'
}

@test "up: nothing moves before it is decided, then the next sync promotes through all gates" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    [ "$(holds)" = $'pilot settings\nproduction settings' ]
    [ "$(shut pilot)" = "channel hold" ]
    expect 3 as news ringmgr promote pilot $UP_BUILD --expedite --reason "zero-day"
    says "gate channel" "ringmgr migrate pilot --channel Current"
    migrates pilot
    prints "up, from $NEW to $UP_BUILD"
    [ "$(holds)" = "production settings" ]
    [ "$(ringmgr --json status | jq -c '[.attention[] | [.code, .ring]]')" = '[["settings-loosened","production"]]' ]
    expect 0 ringmgr --json history --ring pilot
    json '.entries[-1] | .action == "migrate" and .channel == "Current" and .actor == "games" and
        .reason == "from MonthlyEnterprise: newer features"'
    expect 0 ringmgr sync
    offers pilot $UP_BUILD
    [ "$(live production)" = "$NEW" ]
    expect 0 ringmgr verify
    expect 0 ringmgr history --verify
}

@test "a blocked build is blocked for a migration too" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates pilot
    expect 0 as games ringmgr block $UP_BUILD --ring pilot --reason "bad"
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    [ "$(shut pilot)" = block ]
}

@test "a chain: production follows by its own decision, after pilot has gone, with its own approval" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates production
    prints "pilot offers no build of Current yet: production stays on $NEW until it does"
    migrates pilot
    expect 0 ringmgr sync
    offers pilot $UP_BUILD
    expect 3 as news ringmgr promote production --yes
    says "gate approvals"
    approve $UP_BUILD
    expect 0 as news ringmgr promote production --yes
    offers production $UP_BUILD
    expect 0 as games ringmgr --json migrate production --channel Current
    json '.result == "unchanged" and .direction == "none"'
    [ -z "$(holds)" ]
}

@test "a chain: pilot's decision says nothing of production" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates pilot
    expect 0 ringmgr sync
    approve $UP_BUILD
    expect 0 as games ringmgr unhold production --reason "we meant it"
    expect 3 as news ringmgr promote production $UP_BUILD
    says "gate channel" "ringmgr migrate production --channel Current"
    [ "$(live production)" = "$NEW" ]
}

@test "a hold for more than the channel stands until a person lifts it" {
    current $UP_BUILD
    CHANNEL=Current config
    sed -i 's/^four_eyes = yes/four_eyes = no/' "$W/ringmgr.conf"
    expect 0 ringmgr sync
    migrates pilot
    migrates production
    [ "$(holds)" = "production settings" ]
}

@test "down: it waits, and goes by itself as soon as the new channel is ahead" {
    current $DOWN_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates pilot
    prints "down: what is live, $NEW, is not older" "ringmgr rollback pilot --to $DOWN_BUILD"
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    expect 3 as news ringmgr promote pilot $DOWN_BUILD
    says "gate order" "the migration waits for a newer build of Current"
    current $UP_BUILD 2026-08-31
    expect 0 ringmgr sync
    offers pilot $UP_BUILD
}

@test "down at once: by rollback --to, with the documents, once it is decided" {
    current $DOWN_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    expect 3 as games ringmgr rollback pilot --to $DOWN_BUILD --reason "back to Current"
    says "gate channel"
    migrates pilot
    expect 0 as games ringmgr rollback pilot --to $DOWN_BUILD --reason "back to Current" -o "$W/kit"
    offers pilot $DOWN_BUILD
    grep -q "to        $DOWN_BUILD" "$W/kit/README.txt"
    expect 0 ringmgr --json pins
    json '.pins[0] | .channel == "Current" and .build == "'$DOWN_BUILD'"'
    expect 0 ringmgr sync
    offers pilot $DOWN_BUILD
    expect 3 as games ringmgr rollback production --to $DOWN_BUILD --reason "back to Current"
    [ "$(live production)" = "$NEW" ]
    migrates production
    expect 0 as games ringmgr rollback production --to $DOWN_BUILD --reason "back to Current"
    offers production $DOWN_BUILD
    expect 0 ringmgr verify
}

@test "down by rollback --to: only to what the source offers" {
    current $DOWN_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates production
    expect 3 as games ringmgr rollback production --to $DOWN_BUILD --reason "back to Current"
    says "gate order" "was never live in production"
    [ "$(live production)" = "$NEW" ]
}

@test "a configuration that names the old channel again leaves nothing behind" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates pilot
    config
    expect 0 ringmgr sync
    expect 0 as news ringmgr unhold all --reason "we stay"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100 2026-08-31
    expect 0 ringmgr sync
    [ "$(live pilot)" = 16.0.20300.20100 ]
    approve 16.0.20300.20100
    expect 0 as news ringmgr promote production --yes
}

@test "a migration that was decided and came to pass is used up" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    migrates pilot
    expect 0 ringmgr sync
    offers pilot $UP_BUILD
    config
    expect 0 ringmgr sync
    expect 0 as games ringmgr migrate pilot --channel MonthlyEnterprise
    prints "down: what is live, $UP_BUILD"
    CHANNEL=Current config
    expect 0 ringmgr sync
    offers pilot $UP_BUILD
}

@test "a decision is over when the configuration turns back to the old channel" {
    current $UP_BUILD
    CHANNEL=Current config
    expect 0 ringmgr sync
    as games ringmgr hold pilot --reason "not yet"
    migrates pilot
    config
    expect 0 ringmgr sync
    CHANNEL=Current config
    expect 0 ringmgr sync
    as games ringmgr unhold pilot --reason "on purpose"
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    [ "$(shut pilot)" = channel ]
}
