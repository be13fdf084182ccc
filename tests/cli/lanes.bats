#!/usr/bin/env bats
# The ways into a ring: by hand, ordered for a time, expedited, with a gate opened by force, by itself. Time moves by
# RINGMGR_TEST_NOW.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    unset RINGMGR_TEST_STEADY RINGMGR_TEST_UNSYNCHRONISED
    at 2026-09-01T10:00Z
}

teardown() {
    world_end
}

NEXT=16.0.20300.20100

# at WHEN: the clock of the program.
at() {
    RINGMGR_TEST_NOW=$(date -ud "$1" +%s)
    export RINGMGR_TEST_NOW
}

# begin [LINES]: production has these lines, and needs no approval unless they say so; pilot takes what upstream has.
begin() {
    PRODUCTION=${1:-} config
    sed -i '0,/^approvals = 1$/{//d}; 0,/^four_eyes = yes$/{//d}; s/^approvers = .*/approvers = user:games, user:news, user:proxy/' "$W/ringmgr.conf"
    expect 0 ringmgr sync
}

# next: upstream has one build more.
next() {
    origin_build "$O" $NEXT --lang en-us --from "$NEW" --survive 90
    offer $NEXT "$@"
}

promote() {
    as news ringmgr promote production "$@"
}

# refused SENTENCE [ARGUMENT…]: 3, one line with the sentence, and production as it was.
refused() {
    local before=$(live production)
    expect 3 promote "${@:2}"
    complains
    says "$1"
    [ "$(live production)" = "$before" ]
}

# attention CODE: the texts of those that stand.
attention() {
    ringmgr --json status | jq -r --arg code "$1" '.attention[] | select(.code == $code) | .text'
}

# forced: what the history says of the last promotion into production.
forced() {
    ringmgr --json history --ring production | jq -c '[.entries[] | select(.action == "promote")][-1].gates_overridden'
}

# ---- soak ----

@test "a soak of 14 days ends at the very second" {
    begin "soak = 14 days"
    at 2026-09-15T09:59:59Z
    refused "production needs 14 days of soak, has 13 days, until 2026-09-15 10:00" "$NEW"
    says "gate soak"
    expect 0 ringmgr --json explain production
    json '.gates[] | select(.gate == "soak") | (.open | not) and .opens_at == "2026-09-15T10:00:00Z"'
    at 2026-09-15T10:00Z
    expect 0 promote --yes
    [ "$(live production)" = "$NEW" ]
}

@test "a build soaks on after a newer one took its place in the source ring, and goes first" {
    offer "$OLD" 2026-08-16
    begin "soak = 14 days"
    at 2026-09-08T10:00Z
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    at 2026-09-15T10:00Z
    refused "has 7 days, until 2026-09-22 10:00" "$NEW"
    expect 0 promote --yes
    [ "$(live production)" = "$OLD" ]
    at 2026-09-22T09:59:59Z
    refused "gate soak" --yes
    at 2026-09-22T10:00Z
    expect 0 promote --yes
    [ "$(live production)" = "$NEW" ]
}

@test "soak stands still under hold --stop-soak, and runs on under an ordinary hold" {
    begin "soak = 14 days"
    at 2026-09-02T10:00Z
    expect 0 as games ringmgr hold production --reason "busy" --until 2026-09-04T10:00Z
    at 2026-09-05T10:00Z
    expect 0 as games ringmgr hold production --reason "is it the build?" --stop-soak
    at 2026-09-07T10:00Z
    expect 0 as games ringmgr unhold production --reason "it is not"
    at 2026-09-17T09:59:59Z
    refused "gate soak" "$NEW"
    at 2026-09-17T10:00Z
    expect 0 promote "$NEW"
}

@test "a build that was blocked soaks anew from when it was unblocked" {
    begin "soak = 14 days"
    at 2026-09-10T10:00Z
    expect 0 as games ringmgr block "$NEW" --reason "Outlook hangs"
    at 2026-09-20T10:00Z
    refused "its soak ended for good: games blocked the build" "$NEW"
    expect 0 as games ringmgr unblock "$NEW" --reason "it was the add-in"
    at 2026-10-04T09:59:59Z
    refused "until 2026-10-04 10:00" "$NEW"
    at 2026-10-04T10:00Z
    expect 0 promote "$NEW"
}

@test "a build that pilot went back from soaks no more, and the one before it is the candidate again" {
    offer "$OLD" 2026-08-16
    begin "soak = 14 days"
    at 2026-09-08T10:00Z
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    at 2026-09-10T10:00Z
    expect 0 as games ringmgr rollback pilot --reason "Outlook hangs"
    at 2026-10-10T10:00Z
    refused "its soak ended for good: pilot went back from it" "$NEW"
    expect 0 promote --yes
    [ "$(live production)" = "$OLD" ]
    refused "pilot went back from" "$NEW" --expedite --reason zero-day
}

@test "workdays know the holidays" {
    RINGMGR="holidays = 2026-09-03" begin "soak = 3 workdays"
    at 2026-09-05T09:59:59Z
    refused "needs 3 workdays of soak" "$NEW"
    at 2026-09-05T10:00Z
    expect 0 promote "$NEW"
}

# ---- freeze, days, hold ----

@test "a freeze holds from the first second of its first day to the last of its last, in the configured zone" {
    begin "freeze = 2026-12-10/2027-01-06"
    sed -i 's/^timezone = .*/timezone = Europe\/Stockholm/' "$W/ringmgr.conf"
    at 2026-12-09T22:59:59Z
    expect 0 ringmgr sync
    expect 0 as news ringmgr unhold production --reason "the zone is right now"
    expect 0 promote "$NEW" --dry-run
    at 2026-12-09T23:00Z
    refused "production is frozen until 2027-01-07 00:00" "$NEW"
    says "gate freeze"
    at 2027-01-06T22:59:59Z
    refused "gate freeze" "$NEW"
    at 2027-01-06T23:00Z
    expect 0 promote "$NEW"
}

@test "days: from the first second of the hours to the one before their end" {
    begin "days = Mon-Thu 17:00-21:00"
    at 2026-09-03T16:59:59Z
    refused "outside the hours at which production may move; they next begin 2026-09-03 17:00" "$NEW"
    at 2026-09-03T17:00Z
    expect 0 promote "$NEW" --dry-run
    at 2026-09-03T20:59:59Z
    expect 0 promote "$NEW" --dry-run
    at 2026-09-03T21:00Z
    refused "next begin 2026-09-07 17:00" "$NEW"
}

@test "a hold until a time ends by itself" {
    begin
    expect 0 as games ringmgr hold production --reason audit --until 2026-09-03T18:00Z
    at 2026-09-03T17:59:59Z
    refused "gate hold" "$NEW"
    at 2026-09-03T18:00Z
    expect 0 promote "$NEW"
}

@test "approvals lapse after 60 days" {
    begin "approvals = 1"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    at 2026-10-31T09:59:59Z
    expect 0 promote "$NEW" --dry-run
    at 2026-10-31T10:00Z
    refused "that of games lapsed after 60 days, on 2026-10-31" "$NEW"
    expect 0 as games ringmgr approve production "$NEW" --reason "still fine"
    expect 0 promote "$NEW"
}

# ---- the emergency lane ----

@test "--expedite: its own soak and approvals, no freeze, no days" {
    begin $'soak = 14 days\napprovals = 1\nexpedite_soak = 24h\nexpedite_approvals = 2\nfreeze = 2026-09-01/2026-09-30\ndays = Sun 03:00-04:00'
    expect 0 as games ringmgr approve production "$NEW" --reason "zero-day"
    at 2026-09-02T09:59:59Z
    refused "needs 1 day of soak, has 23 hours" "$NEW" --expedite --reason zero-day
    at 2026-09-02T10:00Z
    refused "production needs 2 approvals (expedite_approvals), has 1 (games)" "$NEW" --expedite --reason zero-day
    expect 0 as proxy ringmgr approve production "$NEW" --reason "zero-day"
    refused "needs 14 days of soak" "$NEW"
    expect 0 promote "$NEW" --expedite --reason "zero-day"
    [ "$(live production)" = "$NEW" ]
}

@test "--expedite: a hold and a block bind" {
    begin $'soak = 14 days\nexpedite_soak = 0h\nexpedite_approvals = 0'
    expect 0 as games ringmgr hold production --reason audit
    refused "gate hold" "$NEW" --expedite --reason zero-day
    expect 0 as games ringmgr unhold production --reason "over"
    expect 0 as games ringmgr block "$NEW" --ring production --reason "bad"
    refused "gate block" "$NEW" --expedite --reason zero-day
    expect 0 as games ringmgr unblock "$NEW" --ring production --reason "good"
    expect 0 promote --expedite --reason zero-day --yes
    [ "$(live production)" = "$NEW" ]
}

# ---- a gate opened by force ----

OVERRIDERS=$'soak = 14 days\noverriders = user:games, user:news'

@test "--override: the first consent is recorded and refused, the second of four hours promotes" {
    begin "$OVERRIDERS"
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    complains
    says "your consent to open the gate soak by force is recorded: 1 of 2 people (games)" "within 4 hours"
    [ "$(live production)" = none ]
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "override" and .actor == "games" and .gates_overridden == "soak" and .reason == "zero-day"'
    at 2026-09-01T14:00Z
    expect 0 promote --yes --override soak --reason "zero-day"
    [ "$(live production)" = "$NEW" ]
    [ "$(forced)" = '"soak"' ]
    expect 0 ringmgr history --verify
}

@test "--override: a consent that is older than four hours counts no more" {
    begin "$OVERRIDERS"
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    at 2026-09-01T14:00:01Z
    refused "1 of 2 people (news)" "$NEW" --override soak --reason "zero-day"
    expect 0 as games ringmgr --json promote production "$NEW" --override soak --reason "still"
    json '.result == "done" and ([.gates[] | select(.gate == "soak").open] == [true])'
}

@test "--override: it is refused in JSON too, with the gate as it is" {
    begin "$OVERRIDERS"
    expect 3 promote "$NEW" --json --override soak --reason "zero-day"
    json '.result == "refused" and .from == null and .to == $new'
    json '[.gates[] | select(.open | not).gate] == ["soak"]'
}

@test "--override: one person agrees once, from whatever account, and again in vain" {
    MORE=$'[people]\nanna = games, news' begin "$OVERRIDERS, user:proxy"
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    says "1 of 2 people (anna)"
    refused "1 of 2 people (anna)" "$NEW" --override soak --reason "zero-day"
    refused "1 of 2 people (anna)" "$NEW" --override soak --reason "zero-day"
}

@test "--override: only overriders, and nobody where there are none" {
    begin "$OVERRIDERS"
    expect 3 as proxy ringmgr promote production "$NEW" --override soak --reason "zero-day"
    complains
    says "proxy is no overrider of ring production"
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    sed -i '/^overriders/d' "$W/ringmgr.conf"
    refused "nobody may open a gate by force: it has no overriders" "$NEW" --override soak --reason "zero-day"
    [ "$(ringmgr --json history | jq '[.entries[] | select(.action == "override")] | length')" = 1 ]
}

@test "--override: who is no overrider any more has not agreed" {
    begin "$OVERRIDERS"
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    sed -i 's/^overriders = .*/overriders = user:news, user:proxy/' "$W/ringmgr.conf"
    expect 0 as proxy ringmgr unhold production --reason "on purpose"
    refused "1 of 2 people (news)" "$NEW" --override soak --reason "zero-day"
}

@test "--override: a reason is demanded, and a gate that it can open" {
    begin "$OVERRIDERS"
    expect 2 promote "$NEW" --override soak
    complains
    says "--reason"
    for gate in channel complete verified block recall order throttle settle clock; do
        expect 2 promote "$NEW" --override $gate --reason "zero-day"
        complains
        says "this gate is never opened by force"
    done
    expect 2 promote "$NEW" --override door --reason "zero-day"
    says "there is no such gate"
    expect 0 ringmgr --json history
    json '[.entries[].action] | index("override") == null'
}

@test "--override: where another gate is shut too, that one refuses and no consent is recorded" {
    begin "$OVERRIDERS"$'\napprovals = 1'
    refused "refused by the gate approvals" "$NEW" --override soak --reason "zero-day"
    expect 0 as proxy ringmgr approve production "$NEW" --reason fine
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    says "1 of 2 people (games)"
}

@test "--override: of a gate that is open the promotion is an ordinary one; a dry run agrees to nothing" {
    begin "$OVERRIDERS"
    expect 0 promote "$NEW" --override soak --reason "zero-day" --dry-run
    expect 3 as games ringmgr promote production "$NEW" --override soak --reason "zero-day"
    says "1 of 2 people (games)"
    at 2026-09-15T10:00Z
    expect 0 promote "$NEW" --override soak --reason "zero-day"
    [ "$(live production)" = "$NEW" ]
    [ "$(forced)" = null ]
    [ -z "$(attention override-used)" ]
}

@test "--override: consents are used once, and each use is to be reviewed" {
    offer "$OLD" 2026-08-16
    begin $'freeze = 2026-09-02/2026-09-30\noverriders = user:games, user:news\noverride_people = 2'
    expect 0 promote "$OLD"
    at 2026-09-02T10:00Z
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    expect 3 as games ringmgr promote production "$NEW" --override freeze --reason "zero-day"
    expect 0 promote "$NEW" --override freeze --reason "zero-day"
    [ "$(attention override-used)" = "news promoted $NEW with the gate freeze opened by force: to be reviewed" ]
    review
    at 2026-09-02T11:00Z
    expect 0 as games ringmgr rollback production --block no --reason "hangs"
    refused "1 of 2 people (news)" "$NEW" --override freeze --reason "does not"
    expect 0 as games ringmgr promote production "$NEW" --override freeze --reason "does not"
    [ "$(attention override-used)" = "games promoted $NEW with the gate freeze opened by force: to be reviewed" ]
}

# review: somebody has seen the use of force.
review() {
    local id
    id=$(ringmgr --json status | jq '.attention[] | select(.code == "override-used") | .id')
    expect 8 ringmgr status --check
    prints "ringmgr ack $id --reason TEXT"
    expect 0 as games ringmgr ack "$id" --reason "it was right"
    [ -z "$(attention override-used)" ]
}

# ---- for a time to come ----

@test "promote --at: the first sync after that time promotes, in the name of who ordered it" {
    begin "approvals = 1"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 promote "$NEW" --json --at 2026-09-03T18:00Z --reason "the evening"
    json '.ring == "production" and .to == $new and .at == "2026-09-03T18:00:00Z" and .result == "planned"'
    at 2026-09-03T17:59:59Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
    expect 0 ringmgr --json history --ring production
    json '.entries[-1] | .action == "promote" and .actor == "news" and (.identity | test("news")) and .reason == "the evening"'
    expect 0 as games ringmgr rollback production --reason x --to "$NEW"
    expect 0 ringmgr sync
    [ "$(ringmgr --json history --ring production | jq '[.entries[] | select(.action == "promote")] | length')" = 1 ]
}

@test "promote --at: one that a clock nobody has set keeps waiting is told; a second order names the first" {
    begin
    expect 0 promote "$NEW" --at 2026-09-03T18:00Z
    expect 0 as games ringmgr promote production "$NEW" --at 2026-09-03T19:00Z
    prints "instead of $NEW on 2026-09-03 18:00, which news had ordered"
    at 2026-09-03T19:00Z
    export RINGMGR_TEST_UNSYNCHRONISED=1
    expect 0 ringmgr check
    prints "warning: the machine's clock is not synchronised"
    expect 0 ringmgr job promote
    [ "$(live production)" = none ]
    expect 8 ringmgr status --check
    [[ "$(attention promote-at-overdue)" == "the promotion to $NEW that games had ordered for "*" waits: the machine's clock is not synchronised"* ]]
    unset RINGMGR_TEST_UNSYNCHRONISED
    expect 0 ringmgr job promote
    [ "$(live production)" = "$NEW" ]
    [ -z "$(attention promote-at-overdue)" ]
}

@test "promote --at: refused when the time has come, it is not tried again but told" {
    begin "approvals = 1"
    expect 0 promote "$NEW" --at 2026-09-03T18:00Z
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    [[ "$(attention promote-at-refused)" == "the promotion to $NEW that news had ordered was not done: "*"gate approvals"* ]]
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    at 2026-09-03T19:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
}

@test "promote --at: who ordered it is who promotes, for four_eyes" {
    begin $'approvals = 1\nfour_eyes = yes'
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr promote production "$NEW" --at 2026-09-03T18:00Z
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    [[ "$(attention promote-at-refused)" == *"four_eyes"* ]]
}

@test "promote --at: a second refusal of the same build is told again, though the first was seen" {
    begin "approvals = 1"
    expect 0 promote "$NEW" --at 2026-09-03T18:00Z
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    expect 0 as games ringmgr ack "$(ringmgr --json status | jq '.attention[0].id')" --reason seen
    [ -z "$(attention promote-at-refused)" ]
    expect 0 promote "$NEW" --at 2026-09-04T18:00Z
    at 2026-09-04T18:00Z
    expect 0 ringmgr sync
    [ -n "$(attention promote-at-refused)" ]
}

@test "promote --at: an order waits while the clock is not synchronised, and says so" {
    begin
    expect 0 promote "$NEW" --at 2026-09-03T18:00Z
    at 2026-09-03T18:00Z
    RINGMGR_TEST_UNSYNCHRONISED=1 expect 0 ringmgr sync
    says "the promotion to $NEW that news had ordered waits, for the machine's clock is not synchronised"
    [ "$(live production)" = none ]
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "promote --at: an order is for the files that the build had then" {
    begin
    expect 0 promote "$NEW" --at 2026-09-03T18:00Z
    sed -i 's/^languages = .*/languages = en-us, fr-fr/' "$W/ringmgr.conf"
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    [ -e "$(data pilot)/$NEW" ]
    [ "$(live production)" = none ]
    [[ "$(attention promote-at-refused)" == *"channel or files of the build are no longer those of the order" ]]
}

@test "promote --at never takes the order back, and a newer order replaces it" {
    begin
    expect 0 promote "$NEW" --at 2026-09-03T18:00Z
    expect 0 promote "$NEW" --json --at never
    json '.result == "unchanged" | not'
    expect 0 promote "$NEW" --json --at never
    json '.result == "unchanged"'
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    expect 0 promote "$NEW" --at 2026-09-04T18:00Z
    expect 0 promote "$NEW" --at "2026-09-05 18:00"
    at 2026-09-05T17:59:59Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    at 2026-09-05T18:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "promote --at: the past, no time, another lane and what is not complete are refused" {
    begin
    expect 2 promote "$NEW" --at 2026-09-01T10:00Z
    complains
    says "that is past"
    expect 2 promote "$NEW" --at soon
    says "not a time such as"
    expect 2 promote "$NEW" --at 2026-09-03 --expedite --reason zero-day
    says "--at does not go with --expedite"
    refused "not complete in the store" "$OLD" --at 2026-09-03
    at 2026-09-03T10:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
}

@test "an order from before a rollback is not carried out after it" {
    offer "$OLD" 2026-08-16
    begin
    expect 0 promote "$OLD"
    offer "$NEW" 2026-08-31
    expect 0 ringmgr sync
    expect 0 promote "$NEW"
    next 2026-09-01T09:00Z
    expect 0 ringmgr sync
    expect 0 promote $NEXT --at 2026-09-03T18:00Z
    expect 0 as games ringmgr rollback production --reason "hangs"
    [[ "$(attention promote-at-refused)" == "the promotion to $NEXT that news had ordered was not done: "*"rolled back"* ]]
    at 2026-09-03T18:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = "$OLD" ]
}

# ---- by itself ----

AUTO=$'publish = auto\nsettle = 1h'

@test "settle: a ring that publishes by itself waits an hour after the last gate opened; pilot does not" {
    begin "$AUTO"
    [ "$(live pilot)" = "$NEW" ]
    at 2026-09-01T10:59:59Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    expect 0 ringmgr --json explain production
    json '[.gates[] | select(.open | not).gate] == ["settle"]'
    json '.gates[] | select(.gate == "settle") | .opens_at == "2026-09-01T11:00:00Z"'
    at 2026-09-01T11:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "settle: an approval, the end of a soak, of a hold and of a freeze each begin the hour" {
    begin "$AUTO"$'\napprovals = 1\nsoak = 2 days\nfreeze = 2026-09-02/2026-09-05'
    at 2026-09-05T23:00Z
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    at 2026-09-06T00:30Z
    expect 0 ringmgr --json explain production
    json '.gates[] | select(.gate == "settle") | .opens_at == "2026-09-06T01:00:00Z"'
    expect 0 as games ringmgr hold production --reason wait
    at 2026-09-06T00:40Z
    expect 0 as games ringmgr unhold production --reason go
    expect 0 ringmgr --json explain production
    json '.gates[] | select(.gate == "settle") | .opens_at == "2026-09-06T01:40:00Z"'
    expect 0 as games ringmgr revoke production "$NEW" --reason hm
    at 2026-09-06T00:50Z
    expect 0 as games ringmgr approve production "$NEW" --reason "fine after all"
    at 2026-09-06T01:49:59Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    at 2026-09-06T01:50Z
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "a clock that is not synchronised moves nothing that looks at the time by itself; people may" {
    begin $'publish = auto\nsettle = 0s\nsoak = 2 days'
    at 2026-09-04T10:00Z
    export RINGMGR_TEST_UNSYNCHRONISED=1
    next 2026-09-02
    expect 0 ringmgr sync
    [ "$(live pilot)" = $NEXT ]
    [ "$(live production)" = none ]
    expect 0 ringmgr --json explain production "$NEW"
    json '[.gates[] | select(.open | not) | .gate] == ["clock"] and ([.gates[] | select(.gate == "clock").reason] |
        first | contains("not synchronised"))'
    expect 0 promote "$NEW" --dry-run
    unset RINGMGR_TEST_UNSYNCHRONISED
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "a clock before the last entry of the history opens no gate of time to anybody" {
    begin "soak = 2 days"
    at 2026-09-20T10:00Z
    expect 0 as games ringmgr hold production --reason x --until 2026-09-20T11:00Z
    at 2026-09-20T09:59:59Z
    refused "which is before the last entry of the history (2026-09-20T10:00:00Z): nothing that time opens is open" "$NEW"
    says "gate soak"
    refused "nothing that time opens is open" "$NEW" --expedite --reason zero-day
}

@test "a step of the clock forward counts for no soak, and stands in the history" {
    export RINGMGR_TEST_STEADY=boot:1000
    begin "soak = 14 days"
    at 2026-09-15T10:00Z
    export RINGMGR_TEST_STEADY=boot:4600
    expect 3 promote "$NEW"
    says "the clock has gone forward by 1206000 seconds that have not passed" "has 1 hour, until 2026-09-29 09:00"
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "clock-step" and (.reason | startswith("1206000 seconds forward"))'
    at 2026-09-29T08:59:59Z
    export RINGMGR_TEST_STEADY=boot:$((4600 + 1205999))
    refused "gate soak" "$NEW"
    at 2026-09-29T09:00Z
    export RINGMGR_TEST_STEADY=boot:$((4600 + 1206000))
    expect 0 promote "$NEW"
}

@test "days during which the machine was off count for soak, and the first sync looks at everything anew" {
    export RINGMGR_TEST_STEADY=boot:1000
    begin $'publish = auto\nsettle = 0s\nsoak = 14 days'
    at 2026-09-15T10:00Z
    export RINGMGR_TEST_STEADY=again:10
    expect 0 ringmgr --json explain production
    json '[.gates[] | select(.open | not).gate] == ["clock"]'
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "throttle_min: waits until Microsoft offers the build to so many; people need not" {
    origin_pointer "$O" "$NEW" --signed-at 2026-08-30 --throttle 250
    begin $'publish = auto\nsettle = 0s\nthrottle_min = 500'
    [ "$(live production)" = none ]
    expect 0 ringmgr --json explain production
    json '[.gates[] | select(.open | not).gate] == ["throttle"]'
    json '.gates[] | select(.gate == "throttle") | .reason | contains("to 250 of 1000 clients, throttle_min is 500")'
    expect 0 promote "$NEW" --dry-run
    origin_pointer "$O" "$NEW" --signed-at 2026-08-31 --throttle 499
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    origin_pointer "$O" "$NEW" --signed-at 2026-09-01 --throttle 500
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
}

@test "promote --at: who ordered must still be an approver when the time comes" {
    begin
    expect 0 as proxy ringmgr promote production "$NEW" --at 2026-09-03T10:00Z
    sed -i 's/^approvers = .*/approvers = user:games, user:news/' "$W/ringmgr.conf"
    at 2026-09-03T11:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "promote-at-refused") | .text | contains("proxy is no approver")] == [true]'
}

@test "promote --at: under four_eyes a new name in [people] does not make two people of one" {
    PRODUCTION= config
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr promote production "$NEW" --at 2026-09-03T10:00Z
    printf '[people]\nGabi = games\n' >>"$W/ringmgr.conf"
    at 2026-09-03T11:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
}

@test "revoke withdraws the approval of a person, by whichever account it was given" {
    begin 'approvals = 1'
    printf '[people]\nanna = games, proxy\n' >>"$W/ringmgr.conf"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as proxy ringmgr --json revoke production "$NEW" --reason "not so fine"
    json '.result == "done"'
    refused "needs 1 approval, has none" "$NEW"
}

@test "an order that was carried out by hand is done" {
    begin
    expect 0 promote "$NEW" --at 2026-09-03T10:00Z
    expect 0 ringmgr --json status
    json '.rings[1].planned.build == $new and .rings[1].planned.by == "news"'
    expect 0 promote "$NEW"
    expect 0 ringmgr --json status
    json '.rings[1].planned == null'
    at 2026-09-03T11:00Z
    expect 0 ringmgr sync
    expect 0 ringmgr --json status
    json '[.attention[].code] | index("promote-at-refused") == null'
}
