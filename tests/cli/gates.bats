#!/usr/bin/env bats
# Decisions: who may take them, what they hold for, and what a promotion is refused for.

setup_file() {
    load world
    world_file
}

# A world whose pilot has the newer build, which production could take next.
setup() {
    load world
    world_make
    expect 0 ringmgr sync
}

teardown() {
    world_end
}

# agree: people let go what a loosened configuration holds.
agree() {
    run as news ringmgr unhold all --reason "on purpose"
}

# refused SENTENCE COMMAND…: 3, one line with the sentence, and production as it was.
refused() {
    local before=$(live production)
    expect 3 "${@:2}"
    complains
    says "$1"
    [ "$(live production)" = "$before" ]
}

@test "without an approval a promotion is refused, with the sentence and the command that helps" {
    refused "production needs 1 approval, has none: \`ringmgr approve production $NEW --reason TEXT\`" \
        as news ringmgr promote production "$NEW"
    says "refused by the gate approvals"
    expect 0 as games ringmgr hold production --reason "year-end closing"
    refused "refused by the gate approvals: production needs 1 approval" as news ringmgr promote production "$NEW"
    says "; and by the gate hold: games has held the ring"
    expect 0 as games ringmgr unhold production --reason "closed"
    expect 3 as news ringmgr --json promote production "$NEW"
    json '.result == "refused" and .from == null and .to == $new'
    json '[.gates[] | select(.open | not).gate] == ["approvals"]'
    [ ! -e "$(data production)/v64.cab" ]
}

@test "who approved cannot promote alone, another approver can" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    refused "has none beside that of games, who has approved it and so cannot promote it (four_eyes): somebody else does" \
        as games ringmgr promote production "$NEW"
    expect 0 as news ringmgr promote production "$NEW"
    [ "$(live production)" = "$NEW" ]
}

@test "without four_eyes one person may approve and promote" {
    sed -i 's/^four_eyes = yes/four_eyes = no/' "$W/ringmgr.conf"
    agree
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr promote production "$NEW"
}

@test "two accounts of one person are one person" {
    MORE=$'[people]\nanna = games, news' config
    sed -i 's/user:news/user:news, user:proxy/' "$W/ringmgr.conf"
    agree
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    refused "four_eyes" as news ringmgr promote production "$NEW"
    sed -i 's/^approvals = 1/approvals = 2/; s/^four_eyes = yes/four_eyes = no/' "$W/ringmgr.conf"
    agree
    expect 0 as news ringmgr approve production "$NEW" --reason fine
    refused "needs 2 approvals, has 1 (anna)" as news ringmgr promote production "$NEW"
}

@test "who is no approver may neither approve nor promote nor block" {
    refused "proxy is no approver of ring production" as proxy ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    refused "proxy is no approver of ring production" as proxy ringmgr promote production "$NEW"
    refused "proxy is no approver of ring production" as proxy ringmgr block "$NEW" --ring production --reason no
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "approve" or .action == "block")] | length == 1'
}

@test "root without sudo cannot decide, and is told how" {
    refused "root cannot decide: a person decides, from an account of their own (with sudo where the service does not run)" \
        ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    refused "root cannot decide" ringmgr promote production "$NEW"
    refused "root cannot decide" as root ringmgr promote production "$NEW"
    refused "root cannot decide" ringmgr revoke production "$NEW" --reason no
    refused "root cannot decide" ringmgr block "$NEW" --reason no
    refused "root cannot decide" ringmgr unblock "$NEW" --reason no
}

@test "the service's user cannot decide, neither itself nor behind sudo" {
    refused "the service's user cannot decide" as backup ringmgr approve production "$NEW" --reason fine
    run --separate-stderr setpriv --reuid backup --regid backup --clear-groups \
        "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production "$NEW"
    [ "$status" = 3 ]
    says "the service's user cannot decide"
    [ "$(live production)" = none ]
}

@test "SUDO_UID is believed from root only" {
    run --separate-stderr as games setpriv --reuid backup --regid backup --clear-groups \
        "$RINGMGR_BIN" -c "$W/ringmgr.conf" approve production "$NEW" --reason fine
    [ "$status" = 3 ]
    says "the service's user cannot decide"
}

@test "a uid without account cannot decide" {
    run --separate-stderr env SUDO_UID=54321 "$RINGMGR_BIN" -c "$W/ringmgr.conf" approve production "$NEW" --reason fine
    [ "$status" = 3 ]
    says "uid 54321 belongs to no account"
}

@test "a person who is neither root nor the service's user is told to use sudo" {
    expect 2 setpriv --reuid games --regid games --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production "$NEW"
    complains
    says "sudo ringmgr-decide promote"
}

@test "an approval is for the files that it saw: with another language it no longer counts" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    CONTENT="languages = en-us, fr-fr" config
    refused "refused by the gate complete" as news ringmgr promote production "$NEW"
    expect 0 ringmgr sync
    refused "production needs 1 approval, has none" as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr approve production "$NEW" --reason "with French"
    expect 0 as news ringmgr promote production "$NEW"
    [ -e "$(data production)/$NEW/stream.x64.fr-fr.dat" ]
}

@test "an approval of who is no approver any more does not count, nor of an account that is gone" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    sed -i 's/user:games, user:news/user:proxy, user:news/' "$W/ringmgr.conf"
    agree
    refused "that of games does not count: games is no approver of ring production" as news ringmgr promote production "$NEW"
}

@test "members of a group are approvers" {
    sed -i 's/^approvers = .*/approvers = group:proxy, user:news/' "$W/ringmgr.conf"
    agree
    expect 0 as proxy ringmgr approve production "$NEW" --reason fine
    refused "games is no approver of ring production" as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
}

@test "a withdrawn approval does not count" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr --json revoke production "$NEW" --reason "was wrong"
    json '.ring == "production" and .channel == "MonthlyEnterprise" and .build == $new and .result == "done" and has("files_digest")'
    refused "production needs 1 approval, has none" as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr --json revoke production "$NEW" --reason "was wrong"
    json '.result == "unchanged"'
}

@test "approving twice is once" {
    expect 0 as games ringmgr --json approve production "$NEW" --reason fine
    json '.result == "done"'
    expect 0 as games ringmgr --json approve production "$NEW" --reason fine
    json '.result == "unchanged"'
    expect 0 ringmgr --json history --actor games
    json '.entries | length == 1'
}

@test "what is not complete cannot be approved" {
    refused "$OLD is not in the store" as games ringmgr approve production "$OLD" --reason fine
    CONTENT="languages = en-us, fr-fr" config
    refused "is not complete for production: $NEW/s641036.cab is missing" as games ringmgr approve production "$NEW" --reason fine
}

@test "a build that was blocked for one ring is refused there, until it is unblocked" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr --json block "$NEW" --ring production --reason "Outlook hangs"
    json '.ring == "production" and .build == $new and .result == "done"'
    refused "$NEW was blocked by games on 20" as news ringmgr promote production "$NEW"
    says "Outlook hangs" "gate block"
    expect 0 as games ringmgr --json block "$NEW" --ring production --reason "Outlook hangs"
    json '.result == "unchanged"'
    expect 0 as games ringmgr unblock "$NEW" --ring production --reason "it does not"
    expect 0 as news ringmgr promote production "$NEW"
}

@test "a build that was blocked everywhere enters no ring, not even one that publishes by itself" {
    expect 0 as games ringmgr block 16.0.20300.20100 --reason "known bad"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100
    expect 0 ringmgr --json sync
    json '.rings[0].result == "new" and (.rings[0].published | not)'
    [ "$(live pilot)" = "$NEW" ]
    expect 0 ringmgr --json explain pilot
    json '[.gates[] | select(.open | not).gate] == ["block"]'
    expect 0 as news ringmgr unblock 16.0.20300.20100 --reason "was not"
    expect 0 ringmgr --json sync
    json '.rings[0].published'
    [ "$(live pilot)" = 16.0.20300.20100 ]
}

@test "a block of one ring says nothing of the others" {
    expect 0 as games ringmgr block 16.0.20300.20100 --ring production --reason "wait"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100
    expect 0 ringmgr sync
    [ "$(live pilot)" = 16.0.20300.20100 ]
}

@test "a build that Microsoft withdrew is refused by the gate recall" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100 2026-09-01 --expired "$NEW"
    expect 0 ringmgr sync
    [ "$(live pilot)" = 16.0.20300.20100 ]
    refused "Microsoft withdrew this build" as news ringmgr promote production "$NEW"
    says "gate recall"
    expect 0 ringmgr --json upstream
    json '.channels[0].recalled == [$new]'
    offer 16.0.20300.20100 2026-09-03
    expect 0 ringmgr sync
    refused "Microsoft withdrew this build" as news ringmgr promote production "$NEW"
    refused "was withdrawn by Microsoft" ringmgr sync --build "$NEW"
}

@test "a promotion never goes backwards" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    offer 16.0.20300.20100
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production 16.0.20300.20100 --reason fine
    expect 0 as news ringmgr promote production --yes
    shares >"$W/before"
    refused "$NEW is older than 16.0.20300.20100, which is live in production: a promotion never goes backwards" \
        as news ringmgr promote production "$NEW"
    says "gate order"
    shares | diff "$W/before" -
}

@test "a build that the source ring has not offered is refused" {
    origin_build "$O" 16.0.20300.20100 --lang en-us --from "$NEW" --survive 90
    sed -i '0,/^publish = auto/s//approvals = 1\napprovers = user:news/' "$W/ringmgr.conf"
    offer 16.0.20300.20100
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
    expect 0 as games ringmgr approve production 16.0.20300.20100 --reason fine
    refused "production takes from pilot, which does not offer 16.0.20300.20100: promote it there first" \
        as news ringmgr promote production 16.0.20300.20100
}

@test "a build of another channel is refused, although the store has it" {
    local current=492350f6-3a01-4f97-b9c0-c7c6ddf67d60
    "$TESTCDN" build --ca "$O/ca" --origin "$O/www/pr" --channel Current --build 16.0.20400.20100 --lang en-us
    "$TESTCDN" pointer --ca "$O/ca" --origin "$O/www/pr" --channel Current --build 16.0.20400.20100 --signed-at 2026-09-01
    MORE="[ring insiders]
channel = Current
source = origin
first = yes
publish = auto
path = $W/share/insiders" config
    install -d -o backup "$W/share/insiders"
    expect 0 ringmgr sync
    cmp "$(data insiders)/v64.cab" "$O/www/pr/$current/Office/Data/v64_16.0.20400.20100.cab"
    [ "$(live pilot)" = "$NEW" ]
    refused "16.0.20400.20100 is not in the store for the channel MonthlyEnterprise" \
        as games ringmgr approve production 16.0.20400.20100 --reason fine
    refused "refused by the gate channel" as games ringmgr promote production 16.0.20400.20100
    expect 0 ringmgr --json explain pilot 16.0.20400.20100
    json '.allowed == false and (.gates[0] | .gate == "channel" and (.open | not))'
}

@test "a ring whose channel was changed in the configuration is not moved to it" {
    "$TESTCDN" build --ca "$O/ca" --origin "$O/www/pr" --channel Current --build 16.0.20400.20100 --lang en-us
    "$TESTCDN" pointer --ca "$O/ca" --origin "$O/www/pr" --channel Current --build 16.0.20400.20100 --signed-at 2026-09-01
    CHANNEL=Current config
    shares >"$W/before"
    run ringmgr sync
    [[ "$output" == *"    $NEW is live; 16.0.20400.20100 is refused by the gate channel: pilot offers a build of $ORIGIN_CHANNEL now: "* ]]
    shares | diff "$W/before" -
    expect 0 ringmgr --json explain pilot 16.0.20400.20100
    json '.gates[0] | .gate == "channel" and (.open | not) and (.reason | contains("ringmgr migrate pilot --channel Current"))'
}

@test "promote without BUILD names the candidate and wants a yes" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 2 as news ringmgr promote production </dev/null
    complains
    says "$NEW" "--yes"
    [ "$(live production)" = none ]
    expect 0 as news ringmgr promote production --dry-run
    prints "empty -> $NEW would be promoted"
    [ "$(live production)" = none ]
    expect 0 as news ringmgr promote production --yes
    expect 0 as news ringmgr --json promote production --yes
    json '.result == "unchanged" and .from == $new'
    expect 0 as news ringmgr --json promote production "$NEW"
    json '.result == "unchanged"'
}

@test "on a terminal a person types yes" {
    need script
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    run as news script -qec "'$RINGMGR_BIN' -c '$W/ringmgr.conf' promote production" /dev/null <<<no
    [ "$status" = 3 ]
    [ "$(live production)" = none ]
    run as news script -qec "'$RINGMGR_BIN' -c '$W/ringmgr.conf' promote production" /dev/null <<<yes
    [ "$status" = 0 ]
    [[ "$output" == *"Promote production to $NEW now?"* ]]
    [ "$(live production)" = "$NEW" ]
}

@test "a ring with publish = auto takes what its source has, as soon as people have approved" {
    PRODUCTION=$'publish = auto\nsettle = 0s' config
    agree
    expect 0 ringmgr sync
    [ "$(live production)" = none ]
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
    expect 0 ringmgr --json history --ring production
    json '.entries[-1] | .actor == "ringmgr" and .action == "promote"'
}

@test "a live build that is blocked is an attention until it is not, and block says where it is live" {
    expect 0 as games ringmgr block "$NEW" --ring pilot --reason "Outlook hangs"
    prints "block pilot $NEW: done" "it is live in pilot, whose machines go on taking it, and no older build was live there"
    expect 0 as games ringmgr --json block "$NEW" --reason "Outlook hangs everywhere"
    json '.live_in == ["pilot"] and (.notes | length == 1)'
    expect 0 as games ringmgr unblock "$NEW" --reason "it does not"
    prints "unblock $NEW: done" "it is blocked in pilot by games (Outlook hangs): ringmgr unblock $NEW --ring pilot --reason TEXT"
    expect 0 as games ringmgr --json unblock "$NEW" --reason "it does not"
    json '.result == "unchanged" and (.notes[0] | contains("--ring pilot"))'
    expect 0 ringmgr --json status
    json '.attention[] | select(.code == "live-blocked") | .ring == "pilot" and (.command | startswith("ringmgr rollback pilot"))'
    expect 0 as games ringmgr unblock "$NEW" --ring pilot --reason "it does not"
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "live-blocked")] == []'
}

@test "a block of a build that nobody knows is done and doubted; explain lists the blocks that stand" {
    local odd=16.0.20400.20999
    expect 0 as games ringmgr block $odd --ring production --reason "bad news"
    prints "block production $odd: done" "no ring has it and no channel has offered it: is it mistyped?"
    expect 0 as games ringmgr block "$NEW" --reason "Outlook hangs"
    [[ "$output" != *mistyped* ]]
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    prints "it is blocked in every ring by games (Outlook hangs): ringmgr unblock $NEW --reason TEXT"
    refused "no channel has offered it (is it mistyped?)" as games ringmgr approve production $odd --reason fine
    expect 0 ringmgr explain production
    prints "$odd is blocked in production by games since" "bad news; ringmgr unblock $odd --ring production --reason TEXT" \
        "$NEW is blocked in every ring by games since"
    expect 0 ringmgr --json explain production "$NEW"
    json '[.blocks[] | [.build, .ring]] == [["16.0.20400.20999", "production"], [$new, null]]'
    expect 0 ringmgr --json explain pilot
    json '[.blocks[].build] == [$new]'
}
