#!/usr/bin/env bats
# What people settle beside promotions: holds, attentions, pins, migrations. Each through the real program.

setup_file() {
    load world
    world_file
}

# Pilot has the newer build, which production could take next; everything happens on 1 September 2026.
setup() {
    load world
    world_make
    at 2026-09-01T10:00Z
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

approve() {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
}

gate() {
    ringmgr --json explain "$1" "$NEW" | jq -c --arg gate "$2" '.gates[] | select(.gate == $gate) | [.open, .opens_at]'
}

# ---- hold ----

@test "nothing enters a ring that is held, until it is unheld" {
    approve
    expect 0 as games ringmgr --json hold production --reason "year-end closing"
    json '.ring == "production" and .channel == "MonthlyEnterprise" and .build == null and .files_digest == null'
    json '.result == "done" and .until == null and .stop_soak == false'
    expect 3 as news ringmgr promote production "$NEW"
    says "gate hold" "games has held the ring" "year-end closing" "ringmgr unhold production --reason TEXT"
    expect 0 as news ringmgr --json unhold production --reason "closed"
    json '.ring == "production" and .result == "done"'
    expect 0 as news ringmgr promote production "$NEW"
    [ "$(live production)" = "$NEW" ]
}

@test "unhold of a ring that nobody holds changes nothing" {
    expect 0 as games ringmgr --json unhold production --reason "just so"
    json '.result == "unchanged"'
    expect 0 ringmgr --json history
    json '[.entries[].action] | index("unhold") == null'
}

@test "all is every ring, with one entry each and null for the ring" {
    expect 0 as games ringmgr --json hold all --reason "network change"
    json '.ring == null and .channel == null and .result == "done"'
    [ "$(gate pilot hold)" = "[false,null]" ]
    [ "$(gate production hold)" = "[false,null]" ]
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "hold").ring] == ["pilot", "production"]'
    expect 0 as games ringmgr unhold all --reason "done"
    prints "unhold all: done"
    [ "$(gate pilot hold)" = "[true,null]" ]
}

@test "a held ring takes nothing by itself" {
    expect 0 as games ringmgr hold pilot --reason "broken lab"
    # Also while nothing waits to enter it.
    expect 0 ringmgr status
    prints "since 2026-09-01 10:00  held" "    held by games: broken lab; ringmgr unhold pilot --reason TEXT"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    # Held or not, it is told that nothing comes any more.
    expect 0 ringmgr status --check
    origin_fault 'path=*&kind=status&status=404'
    expect 5 ringmgr sync
    expect 8 ringmgr status --check
    prints "  held  next 16.0.20300.20100" "    last sync failed: $ORIGIN_URL"
    expect 0 ringmgr metrics
    prints 'ringmgr_ring_last_sync_failed{ring="pilot"} 1'
    origin_faults_clear
    expect 0 as games ringmgr unhold pilot --reason "repaired"
    expect 0 ringmgr sync
    [ "$(live pilot)" = 16.0.20300.20100 ]
}

@test "--until: a date is held to its end, in the configured time zone" {
    approve
    sed -i 's/^timezone = .*/timezone = Europe\/Stockholm/' "$W/ringmgr.conf"
    expect 0 as games ringmgr --json hold production --reason closing --until 2026-09-03
    json '.until == "2026-09-03T21:59:59Z"'
    at 2026-09-03T21:59:58Z
    expect 3 as news ringmgr promote production "$NEW"
    says "until 2026-09-03 23:59"
    at 2026-09-03T22:00:00Z
    expect 0 as news ringmgr promote production "$NEW"
}

@test "--until: a date and time, local or UTC" {
    expect 0 as games ringmgr hold production --reason closing --until "2026-09-03 18:00"
    prints "hold production: done, until 2026-09-03 18:00"
    [ "$(gate production hold)" = '[false,"2026-09-03T18:00:00Z"]' ]
    expect 0 as games ringmgr hold production --reason closing --until 2026-09-04T18:00Z
    [ "$(gate production hold)" = '[false,"2026-09-04T18:00:00Z"]' ]
}

@test "--until that is past, or no time, is refused and holds nothing" {
    expect 2 as games ringmgr hold production --reason x --until 2026-08-31
    complains
    says "--until 2026-08-31: that is past"
    expect 2 as games ringmgr hold production --reason x --until 2026-09-01T10:00Z
    says "past"
    expect 2 as games ringmgr hold production --reason x --until "next week"
    complains
    says "--until next week: not a time such as"
    expect 2 as games ringmgr hold production --reason x --until 2026-02-30
    says "--until 2026-02-30: there is no such day"
    [ "$(gate production hold)" = "[true,null]" ]
}

@test "soak runs on during a hold, and stands still with --stop-soak" {
    PRODUCTION="soak = 4 days" config
    expect 0 ringmgr --json explain production
    json '.gates[] | select(.gate == "soak") | .opens_at == "2026-09-05T10:00:00Z"'
    expect 0 as games ringmgr hold production --reason closing --until 2026-09-03T10:00Z
    expect 0 ringmgr --json explain production
    json '.gates[] | select(.gate == "soak") | .opens_at == "2026-09-05T10:00:00Z"'
    expect 0 as games ringmgr --json hold production --reason "bug hunt" --until 2026-09-03T10:00Z --stop-soak
    json '.stop_soak'
    expect 0 ringmgr --json explain production
    json '.gates[] | select(.gate == "soak") | .opens_at == "2026-09-07T10:00:00Z"'
    expect 0 ringmgr --json history
    json '[.entries[].action] | index("hold-stop-soak") != null'
}

@test "holding is a decision: with a reason, by an approver, never by root" {
    expect 2 as games ringmgr hold production
    says "hold needs --reason TEXT"
    expect 2 as games ringmgr hold nowhere --reason x
    says "there is no ring nowhere"
    expect 2 as games ringmgr hold --reason x
    says "missing arguments"
    expect 3 as proxy ringmgr hold production --reason x
    says "proxy is no approver of ring production"
    expect 3 as proxy ringmgr hold all --reason x
    says "this is about every ring"
    expect 3 ringmgr hold production --reason x
    says "root cannot decide"
    expect 0 ringmgr --json history
    json '[.entries[].action] | index("hold") == null'
}

# ---- ack ----

# Pilot is held on a build that Microsoft then withdraws: an attention.
recalled() {
    expect 0 as games ringmgr hold pilot --reason "stay"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100 2026-08-31 --expired "$NEW"
    expect 0 ringmgr sync
}

@test "an attention is shown until somebody has seen it" {
    recalled
    expect 8 ringmgr --json status --check
    local id
    id=$(jq '.attention[] | select(.code == "live-recalled").id' <<<"$output")
    [ -n "$id" ]
    expect 0 as games ringmgr --json ack "$id" --reason "known, we move on Monday"
    json ".id == $id and .result == \"done\""
    expect 0 ringmgr --json status
    json '[.attention[].code] | index("live-recalled") == null'
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "ack" and .actor == "games" and (.reason | endswith("known, we move on Monday"))'
    expect 0 as news ringmgr --json ack "$id" --reason "me too"
    json '.result == "unchanged"'
    expect 0 ringmgr --json history
    json '.entries[-1].actor == "games"'
}

@test "ack wants an id, a reason and a person" {
    for id in x 0 -1 1x 99999999999999999999; do
        expect 2 as games ringmgr ack --reason x -- "$id"
        complains
    done
    expect 2 as games ringmgr ack 7 --reason x
    says "there is no attention 7"
    expect 2 as games ringmgr ack 1
    says "ack needs --reason TEXT"
    expect 3 ringmgr ack 1 --reason x
    says "root cannot decide"
}

# ---- pins ----

# A target version that somebody handed out, as a roll-back does.
pinned() {
    local build
    build=$(IFS=. && printf '%010d.%010d.%010d.%010d' $OLD)
    sqlite3 "$W/state/ringmgr.db" "INSERT INTO pin (ring, channel, build, what, by, at_unix) VALUES
        ('production', 'MonthlyEnterprise', '$build', 'rollback', 'games', $RINGMGR_TEST_NOW)"
}

@test "pins lists what is handed out to whoever may read, and only a person clears" {
    expect 0 ringmgr pins
    prints "no target version is handed out"
    pinned
    expect 0 ringmgr --json pins
    json '.pins | length == 1'
    json '.pins[0] | .id == 1 and .ring == "production" and .build == $old and .what == "rollback" and .by == "games"'
    expect 0 setpriv --reuid proxy --regid backup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" pins
    prints "production" "$OLD" "handed out by games on 2026-09-01 10:00"
    expect 2 setpriv --reuid proxy --regid backup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" pins --clear 1 --reason x
    says "sudo ringmgr-decide pins"
    expect 3 ringmgr pins --clear 1 --reason x
    says "root cannot decide"
    expect 3 as proxy ringmgr pins --clear 1 --reason x
    says "proxy is no approver of ring production"
    expect 0 as games ringmgr --json pins --clear 1 --reason "fragment 2 was applied"
    json '.id == 1 and .result == "done"'
    expect 0 as news ringmgr --json pins --clear 1 --reason "again"
    json '.result == "unchanged"'
    expect 0 ringmgr --json pins
    json '.pins == []'
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "unpin" and .build == $old and .reason == "fragment 2 was applied"'
}

@test "pins --clear wants an id that there is, and a reason" {
    expect 2 as games ringmgr pins --clear 5 --reason x
    says "there is no pin 5"
    expect 2 as games ringmgr pins --clear five --reason x
    says "\"five\" is no id"
    expect 2 as games ringmgr pins --clear 5
    says "pins needs --reason TEXT"
    expect 2 as games ringmgr pins --reason x
    says "--reason goes with --clear ID"
    expect 2 as games ringmgr pins --quick
    says "pins takes no --quick"
}

# ---- migrate ----

# Current offers one build; pilot and production have taken from MonthlyEnterprise.
with_current() {
    "$TESTCDN" build --ca "$O/ca" --origin "$O/www/pr" --channel Current --build "$1" --lang en-us
    "$TESTCDN" pointer --ca "$O/ca" --origin "$O/www/pr" --channel Current --build "$1" --signed-at 2026-08-31
}

@test "migrate up: the channel is left, and the promotion is an ordinary one" {
    with_current 16.0.20400.20100
    CHANNEL=Current config
    expect 0 as games ringmgr --json migrate pilot --channel Current --dry-run
    json '.ring == "pilot" and .from == "MonthlyEnterprise" and .to == "Current" and .live == $new and .dry_run'
    json '.result == "done"'
    expect 0 ringmgr --json history
    json '[.entries[].action] | index("migrate") == null'
    run ringmgr sync
    expect 0 as games ringmgr migrate pilot --channel Current --reason "newer features"
    prints "migrate pilot: decided, from MonthlyEnterprise to Current" "up, from $NEW to 16.0.20400.20100"
    expect 0 as games ringmgr --json migrate pilot --channel Current
    json '.direction == "up" and .candidate == "16.0.20400.20100" and .result == "unchanged"'
    expect 0 as games ringmgr unhold pilot --reason "we meant it"
    expect 0 ringmgr sync
    [ "$(live pilot)" = 16.0.20400.20100 ]
    expect 0 as games ringmgr --json migrate pilot --channel Current
    json '.direction == "none" and .result == "unchanged"'
}

@test "migrate down: it says that the ring waits, and how it goes at once" {
    with_current 16.0.20100.20100
    CHANNEL=Current config
    run ringmgr sync
    expect 0 as games ringmgr migrate pilot --channel Current
    prints "down: what is live, $NEW, is not older" "ringmgr rollback pilot --to 16.0.20100.20100"
    expect 0 as games ringmgr --json migrate pilot --channel Current
    json '.direction == "down" and .result == "unchanged"'
    [ "$(live pilot)" = "$NEW" ]
}

@test "migrate goes only where the configuration says" {
    expect 2 as games ringmgr migrate pilot --channel Current
    complains
    says "write channel = Current into the configuration first"
    expect 2 as games ringmgr migrate pilot --channel Nightly
    says "there is no channel Nightly"
    expect 2 as games ringmgr migrate pilot
    says "migrate needs --channel"
    expect 0 as games ringmgr --json migrate pilot --channel MonthlyEnterprise
    json '.direction == "none" and .from == .to and .result == "unchanged"'
    expect 3 as proxy ringmgr migrate production --channel MonthlyEnterprise
    says "proxy is no approver"
}
