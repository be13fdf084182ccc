#!/usr/bin/env bats
# Changes of the configuration: each is history; one that loosens a ring holds it until an approver has looked at it.

setup_file() {
    load world
    world_file
}

# Production offers the older build, pilot the newer; production could take that, with the approval of games.
setup() {
    load world
    world_make
    expect 0 ringmgr sync --build "$OLD"
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production "$OLD"
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
}

teardown() {
    world_end
}

# settings_of RING: the reasons of its entries "settings", a line each.
settings_of() {
    ringmgr --json history | jq -r --arg ring "$1" '.entries[] | select(.action == "settings" and .ring == $ring).reason'
}

# held RING: status shows the hold, and the attention with its command.
held() {
    expect 0 ringmgr --json status
    json ".rings[] | select(.ring == \"$1\").hold != null" &&
        json ".attention | any(.code == \"settings-loosened\" and .ring == \"$1\" and .command == \"ringmgr unhold $1 --reason TEXT\")"
}

not_held() {
    expect 0 ringmgr --json status
    json ".rings[] | select(.ring == \"$1\").hold == null" &&
        json ".attention | any(.code == \"settings-loosened\" and .ring == \"$1\") | not"
}

# change SED: edits the configuration.
change() {
    sed -i "$1" "$W/ringmgr.conf"
}

@test "the first command records the configuration and holds nothing" {
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "settings")] | length == 1'
    json '.entries[] | select(.action == "settings") | .reason == "first recorded" and .ring == null and .actor == "ringmgr"'
    not_held pilot
    not_held production
    expect 0 as news ringmgr promote production "$NEW"
}

@test "a ring that needs fewer approvals is held: history, status, the gate, and who noticed" {
    change 's/^approvals = 1/approvals = 0/; s/^four_eyes = yes/four_eyes = no/'
    expect 3 as news ringmgr promote production "$NEW"
    says "gate hold" "approvals: 1 -> 0" "ringmgr unhold production --reason TEXT"
    [ "$(live production)" = "$OLD" ]
    [ "$(settings_of production)" = "approvals: 1 -> 0; four_eyes: yes -> no; noticed by news" ]
    held production
    not_held pilot
    run --separate-stderr ringmgr --json explain production "$NEW"
    json '[.gates[] | select(.open | not).gate] | index("hold") != null'
    expect 0 ringmgr history --verify
}

@test "a change is noticed once, and warned of once" {
    change 's/^approvals = 1/approvals = 0/; s/^four_eyes = yes/four_eyes = no/'
    expect 0 ringmgr sync
    says "production is held, for its configuration was loosened: approvals: 1 -> 0"
    expect 0 ringmgr sync
    [[ "$stderr" != *loosened* ]]
    [ "$(settings_of production | wc -l)" = 1 ]
}

@test "an approver lifts the hold" {
    change 's/^four_eyes = yes/four_eyes = no/'
    expect 3 as games ringmgr promote production "$NEW"
    expect 3 as proxy ringmgr unhold production --reason "let me"
    held production
    expect 0 as games ringmgr unhold production --reason "agreed on Monday"
    not_held production
    expect 0 as games ringmgr promote production "$NEW"
}

@test "unhold leaves a hold that it has put itself, for a change that nobody has seen; the next one lifts it" {
    change 's/^four_eyes = yes/four_eyes = no/'
    expect 3 as games ringmgr --json unhold production --reason "closed"
    json '.code == 3 and (.error | contains("production is held since this command began (four_eyes"))'
    expect 0 as games ringmgr unhold production --reason "seen"
    not_held production
    expect 0 as games ringmgr hold production --reason "year-end closing"
    change 's/^approvals = 1/approvals = 0/'
    expect 0 as games ringmgr unhold production --reason "closed"
    says "production is held since this command began (approvals: 1 -> 0"
    held production
    json '.rings[] | select(.ring == "production").hold.by == "ringmgr"'
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "unhold").reason] | sort == ["closed", "seen"]'
    expect 0 as games ringmgr unhold all --reason "agreed on Monday"
    not_held production
}

@test "who was let in by the change cannot accept it; who was put out by it can" {
    change 's/^approvers = .*/approvers = user:news, user:proxy/'
    expect 0 ringmgr sync
    held production
    expect 3 as proxy ringmgr unhold production --reason "it is mine now"
    held production
    expect 0 as games ringmgr unhold production --reason "handed over"
    not_held production
}

@test "what does not loosen is history, and holds nothing" {
    PRODUCTION=$'soak = 1h\nfreeze = 2099-12-10/2099-12-20\ndays = Mon-Sun\nkeep = 5' config
    expect 0 ringmgr sync
    [[ "$(settings_of production)" == *"freeze: none -> 2099-12-10/2099-12-20"* ]]
    [[ "$(settings_of production)" == *"soak: 0 days -> 1 hour"* ]]
    not_held production
    not_held pilot
}

@test "a shorter soak, a freeze that ends earlier, more hours: each holds" {
    PRODUCTION=$'soak = 14 days\nfreeze = 2099-12-10/2099-12-20\ndays = Mon-Thu 17:00-21:00' config
    expect 0 ringmgr sync
    not_held production
    PRODUCTION=$'soak = 3 days\nfreeze = 2099-12-10/2099-12-19\ndays = Mon-Fri 17:00-21:00' config
    expect 0 ringmgr sync
    held production
    expect 0 ringmgr --json status
    json '.rings[] | select(.ring == "production").hold | tostring |
        contains("days: Mon-Thu 17:00-21:00 -> Mon-Fri 17:00-21:00; freeze: 2099-12-10/2099-12-20 -> 2099-12-10/2099-12-19; soak: 14 days -> 3 days")'
}

@test "other roots hold every ring, and nothing enters the one that publishes by itself" {
    cat "$W/roots.pem" "$W/roots.pem" >"$W/roots.new" && mv "$W/roots.new" "$W/roots.pem"
    chmod a+r "$W/roots.pem"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100
    run --separate-stderr ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    held pilot
    held production
    expect 3 as news ringmgr promote production "$NEW"
    says "gate hold" "[origin] roots"
}

@test "roots that are gone for a while are no change" {
    mv "$W/roots.pem" "$W/roots.away"
    expect 3 as proxy ringmgr promote production "$NEW"
    mv "$W/roots.away" "$W/roots.pem"
    expect 0 ringmgr sync
    not_held pilot
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "settings")] | length == 1'
}

@test "a publisher that others may be holds every ring" {
    PUBLISHER="Somebody Else" config
    expect 3 as news ringmgr promote production "$NEW"
    held pilot
    held production
}

@test "accounts that were one person and are two hold every ring, the other way round none" {
    MORE=$'[people]\nanna = games, proxy' config
    expect 0 ringmgr sync
    not_held production
    config
    expect 3 as news ringmgr promote production "$NEW"
    held production
}

@test "a ring that left the configuration does not come back loosened" {
    cp "$W/ringmgr.conf" "$W/whole.conf"
    change '/^\[ring production\]/,$d'
    expect 0 ringmgr sync
    [ "$(settings_of production)" = "configured: yes -> no" ]
    cp "$W/whole.conf" "$W/ringmgr.conf"
    change 's/^approvals = 1/approvals = 0/; s/^four_eyes = yes/four_eyes = no/'
    expect 3 as news ringmgr promote production "$NEW"
    held production
}

@test "a new ring is recorded and held by nothing" {
    install -d -o backup "$W/share/late"
    MORE="[ring late]
channel = $ORIGIN_CHANNEL
source = pilot
path = $W/share/late" config
    expect 0 as news ringmgr promote late "$NEW"
    [ "$(live late)" = "$NEW" ]
    not_held late
    [[ "$(settings_of late)" == "approvals: 0; "* ]]
}

@test "was = renames a ring with its live build, approvals, blocks and history" {
    expect 0 as news ringmgr promote production "$NEW"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production 16.0.20300.20100 --reason fine
    expect 0 as games ringmgr block 16.0.20300.20100 --ring production --reason "known bad"
    change 's/^\[ring production\]/[ring office]\nwas = production/'
    expect 3 as news ringmgr promote office 16.0.20300.20100
    says "gate block" "known bad"
    [ "$(live office)" = "$NEW" ]
    not_held office
    expect 0 as news ringmgr unblock 16.0.20300.20100 --ring office --reason "it is not"
    expect 0 as news ringmgr promote office 16.0.20300.20100
    [ "$(live office)" = 16.0.20300.20100 ]
    expect 0 ringmgr --json history --ring office
    json '[.entries[] | select(.action == "rename")] | length == 1'
    json '.entries | any(.action == "rename" and .ring == "office" and .reason == "was production")'
    json '.entries | any(.action == "promote" and .ring == "production" and .build == $new)'
    expect 0 ringmgr verify office
    expect 0 ringmgr history --verify
}

@test "a source ring that is renamed keeps the soak of what it offers, and holds no ring below" {
    local now
    now=$(date +%s)
    PRODUCTION="soak = 14 days" config
    expect 3 as news ringmgr promote production "$NEW"
    says "gate soak"
    export RINGMGR_TEST_NOW=$((now + 15 * 86400))
    change 's/^\[ring pilot\]/[ring first]\nwas = pilot/; s/^source = pilot/source = first/'
    expect 0 as news ringmgr promote production "$NEW"
    [ "$(live first)" = "$NEW" ]
    not_held production
}

@test "a ring cannot have been one that is still there" {
    PRODUCTION="was = pilot" config
    expect 2 ringmgr sync
    complains
    says "there is a ring pilot"
}

@test "a step of the clock is warned of and history" {
    export RINGMGR_TEST_NOW=1900000000 RINGMGR_TEST_STEADY=boot:1000
    expect 0 ringmgr sync
    RINGMGR_TEST_NOW=1900007300 RINGMGR_TEST_STEADY=boot:1100
    expect 0 ringmgr sync
    says "the clock has gone forward by 7200 seconds"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "clock-step")] | length == 1'
    json '.entries[] | select(.action == "clock-step") | .reason == "7200 seconds forward"'
    expect 0 ringmgr sync
    [[ "$stderr" != *"the clock"* ]]
}

@test "a clock that was wrong when the machine started: an attention, until somebody says that it is right now" {
    PRODUCTION="soak = 14 days" config
    export RINGMGR_TEST_NOW=2100000000 RINGMGR_TEST_STEADY=boot:1000
    expect 0 as games ringmgr hold production --reason "the day is 2036"
    RINGMGR_TEST_NOW=1900000000 RINGMGR_TEST_STEADY=other:10
    expect 0 ringmgr sync
    expect 8 ringmgr --json status --check
    local id
    id=$(jq '.attention[] | select(.code == "clock-behind") | .id' <<<"$output")
    expect 0 ringmgr explain production
    prints "the clock says"
    expect 3 as proxy ringmgr ack "$id" --reason "what do I know"
    expect 0 as games ringmgr ack "$id" --reason "the battery was empty, the clock is right"
    expect 0 ringmgr sync
    expect 0 ringmgr explain production
    [[ $output != *"the clock says"* ]]
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "clock-right" and .actor == "games" and (.time | startswith("2030-"))'
    expect 0 ringmgr history --verify
}
