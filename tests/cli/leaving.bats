#!/usr/bin/env bats
# Content that is taken out of the configuration: machines that have it find it in new builds until the ring's grace is
# over, while documents for new machines name it no more.

setup_file() {
    load world
    world_file
}

# Pilot offers the older build with French, which has just left the configuration.
setup() {
    load world
    world_make
    FRENCH="$FILES i641036.cab s641036.cab stream.x64.fr-fr.dat stream.x64.fr-fr.dat.cat"
    at 2026-11-01
    CONTENT="languages = en-us, fr-fr" config
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    shows pilot "$OLD" $FRENCH
    config
    offer "$NEW" 2026-08-17
}

teardown() {
    world_end
}

# at DAY: it is noon then.
at() {
    export RINGMGR_TEST_NOW
    RINGMGR_TEST_NOW=$(date -u -d "$1 12:00" +%s)
}

@test "a language that was removed comes with the next build, and everybody is told until when" {
    expect 0 ringmgr sync
    shows pilot "$NEW" $FRENCH
    expect 0 ringmgr status
    prints "fr-fr was removed from the configuration on 2026-11-01 12:00; it is offered until 2026-11-22 12:00"
    expect 0 ringmgr --json status
    json '.rings[0].content | .leaving == [{what: "fr-fr", since: "2026-11-01T12:00:00Z", until: "2026-11-22T12:00:00Z"}] and
        .languages == ["en-us"] and .missing == []'
    json '.rings[1].content.leaving == [] and .attention == []'
    expect 0 ringmgr --json explain pilot
    json '.leaving[0].what == "fr-fr"'
    expect 0 ringmgr generate odt --ring pilot --product O365ProPlusRetail
    prints en-us
    [[ "$output" != *fr-fr* ]]
    expect 0 ringmgr verify
    expect 0 ringmgr sync
    json_unchanged
}

# The sync after that has nothing to do.
json_unchanged() {
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "unchanged" and .bytes_fetched == 0'
}

@test "when its grace is over, the next build lacks it, and the diff says so before" {
    offer "$OLD" 2026-08-18 # seen by a command that writes, with nothing new to fetch
    expect 0 ringmgr sync
    at 2026-11-22
    offer "$NEW" 2026-08-19
    expect 0 as games ringmgr hold pilot --reason look
    expect 0 ringmgr sync
    expect 0 ringmgr --json diff pilot "$NEW"
    json '.languages_removed == ["fr-fr"]'
    expect 0 ringmgr --json status
    json '.rings[0].content.leaving == []'
    expect 0 as games ringmgr unhold pilot --reason looked
    expect 0 ringmgr sync
    shows pilot "$NEW"
    [ ! -e "$(object "$UP/$NEW/stream.x64.fr-fr.dat")" ]
}

@test "a step of the clock is no grace that has passed, and going back is none that begins anew" {
    export RINGMGR_TEST_STEADY=boot:1000
    expect 0 ringmgr gc
    RINGMGR_TEST_STEADY=boot:1060
    at 2036-11-01
    expect 0 ringmgr sync
    says "no soak and no grace of removed content"
    shows pilot "$NEW" $FRENCH
    RINGMGR_TEST_STEADY=boot:1120
    at 2026-11-01
    expect 0 ringmgr gc
    expect 0 ringmgr --json status
    json '.rings[0].content.leaving | map(.until[:10]) == ["2026-11-22"]'
}

@test "a build that upstream has without it is not kept waiting" {
    rm "$UP/$NEW/"*fr-fr* "$UP/$NEW/"?641036.cab*
    expect 0 ringmgr sync
    shows pilot "$NEW"
    expect 0 ringmgr --json status
    json '.attention == [] and .rings[0].state == "current"'
    json_unchanged
}

heal_lost() {
    printf '%s\0' "$LOST" >"$W/paths"
    ringmgr job heal pilot <"$W/paths"
}

@test "a document for a language that has left says that it has" {
    expect 0 ringmgr sync
    expect 2 ringmgr generate odt --ring pilot --product O365ProPlusRetail --lang fr-fr
    says 'language "fr-fr" has left the configuration of ring pilot' "grace"
    expect 2 ringmgr generate odt --ring pilot --product O365ProPlusRetail --lang de-de
    says 'does not offer language "de-de": it offers en-us'
}

# lose_french: an object of what the live build still offers, and the configuration does not want, is lost.
lose_french() {
    LOST=$OLD/stream.x64.fr-fr.dat
    byte "$(data pilot)/$LOST"
    expect 0 heal_lost
    [ ! -e "$(object "$UP/$LOST")" ]
}

@test "an object of what is offered is fetched again, whatever the configuration wants, also after the grace" {
    at 2026-12-31
    lose_french
    expect 0 ringmgr sync pilot --build "$OLD"
    [ -e "$(object "$UP/$LOST")" ]
    expect 0 heal_lost
    shows pilot "$OLD" $FRENCH
    lose_french
    rm "$UP/$LOST"
    expect 5 ringmgr sync pilot --build "$OLD"
    says "the share of ring pilot offers $LOST, which the store has lost and upstream does not have any more"
}

@test "what rebuild finds on the share, and the configuration does not want, begins its grace" {
    rm -rf "$W/state"/* "$W/log/head"
    expect 0 ringmgr rebuild
    expect 0 ringmgr --json status
    json '.rings[0].content.leaving | map(.what) == ["fr-fr"]'
    lose_french
    expect 0 ringmgr sync pilot --build "$OLD"
    expect 0 heal_lost
    shows pilot "$OLD" $FRENCH
}
