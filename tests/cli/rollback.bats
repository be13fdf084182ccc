#!/usr/bin/env bats
# The way back: whatever forbids to go forward, to a build that was good here, and with what brings machines back.

setup_file() {
    load world
    world_file
    need iconv
}

setup() {
    load world
    world_make
    at 2026-09-01T10:00Z
    sed -i '/^approvals = 1$/d; /^four_eyes/d' "$W/ringmgr.conf"
}

teardown() {
    touch "$W/stop"
    [ -z "$READERS" ] || wait $READERS 2>/dev/null
    world_end
}

NEXT=16.0.20300.20100
READERS=

# at WHEN: the clock of the program.
at() {
    RINGMGR_TEST_NOW=$(date -ud "$1" +%s)
    export RINGMGR_TEST_NOW
}

# has BUILD…: production gets these builds, one after the other; pilot too.
has() {
    local build
    for build in "$@"; do
        [ -d "$UP/$build" ] || origin_build "$O" "$build" --lang en-us --from "$NEW" --survive 90
        OFFERED=$((${OFFERED:-15} + 1))
        offer "$build" 2026-08-$OFFERED
        expect 0 ringmgr sync
        expect 0 as news ringmgr promote production "$build"
    done
}

back() {
    as games ringmgr rollback "$@" --reason "Outlook hangs"
}

# refused STATUS SENTENCE ARGUMENT…: one line with the sentence, and nothing is flipped.
refused() {
    shares >"$W/before"
    expect "$1" back "${@:3}"
    complains
    says "$2"
    shares | diff "$W/before" -
}

# blocked: rings (or "every ring") and builds, as the state has them.
blocked() {
    sqlite3 "$W/state/ringmgr.db" "SELECT coalesce(nullif(ring, ''), 'every ring') || ' ' || cast(substr(build, 23, 10) AS INTEGER)
        FROM block WHERE lifted_unix IS NULL ORDER BY 1"
}

holds() {
    sqlite3 "$W/state/ringmgr.db" "SELECT ring || ' ' || kind FROM hold WHERE lifted_unix IS NULL ORDER BY 1"
}

attention() {
    ringmgr --json status | jq -r --arg code "$1" '.attention[] | select(.code == $code) | .text'
}

# ---- whither ----

@test "a rollback goes back in a freeze, in a hold, before the soak, without approvals" {
    has "$OLD" "$NEW"
    printf '%s\n' "[ring production]" "freeze = 2026-09-01/2026-12-31" "days = Sun 03:00-04:00" "soak = 14 days" >"$W/more"
    sed -i "/^\[ring production\]/{r $W/more
        d}" "$W/ringmgr.conf"
    expect 0 as games ringmgr hold all --reason "nothing moves" --stop-soak
    expect 0 ringmgr --json explain production "$NEW"
    json '[.gates[] | select(.open | not) | .gate] | contains(["hold", "freeze", "soak", "days"])'
    expect 0 back production --json
    json '.ring == "production" and .from == $new and .to == $old and .result == "done"'
    json '[.gates[] | select(.open | not)] == [] and (.gates | length == 15)'
    shows production "$OLD"
    [ "$(live pilot)" = "$NEW" ]
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "block" and .ring == "production" and .build == $new and .actor == "games"'
    json '.entries[-2] | .action == "rollback" and .actor == "games" and .build == $old and .from_build == $new and
        .reason == "Outlook hangs" and .ring == "production" and .gates_overridden == null'
    expect 0 ringmgr history --verify
    expect 0 ringmgr verify
}

@test "the target is the newest older build that was live here" {
    has "$OLD" "$NEW" $NEXT
    expect 0 back production
    prints "production: $NEXT -> $NEW is live" "ringmgr unhold production" "--to $NEW --reason TEXT -o DIR"
    shows production "$NEW"
    expect 0 back production
    shows production "$OLD"
    refused 3 "no older build was live here that is not bad itself" production
}

@test "the target is none that was blocked, withdrawn or rolled back itself" {
    has "$OLD" "$NEW" $NEXT
    expect 0 as games ringmgr block "$NEW" --ring production --reason "bad too"
    expect 0 back production
    [ "$(live production)" = "$OLD" ]
    offer $NEXT 2026-08-31 --expired "$NEW"
    expect 0 ringmgr sync
    expect 0 back pilot
    [ "$(live pilot)" = "$OLD" ]
    [ "$(live production)" = "$OLD" ]
}

@test "a build that was rolled back is no target, although nobody blocks it; promoted once more it is" {
    has "$OLD" "$NEW"
    expect 0 back production --block no
    has $NEXT
    expect 0 back production --block no
    [ "$(live production)" = "$OLD" ]
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 as news ringmgr promote production $NEXT
    expect 0 back production
    [ "$(live production)" = "$NEW" ]
}

@test "--to: over the heads of others, which are blocked with it" {
    has "$OLD" "$NEW" $NEXT
    expect 0 back production --to "${OLD#16.0.}"
    shows production "$OLD"
    [ "$(blocked)" = $'production 20228\nproduction 20300' ]
    refused 3 "gate block" production --to "$NEW"
    expect 0 back production --to "$OLD" --json
    json '.result == "unchanged" and .from == $old'
}

@test "--to: never to what was not live here, was withdrawn or is blocked" {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    has "$NEW" $NEXT
    refused 3 "$OLD was never live in production: a roll-back goes to what was" production --to "$OLD"
    refused 3 "gate channel" production --to 16.0.20000.20000
    expect 0 as games ringmgr block "$NEW" --reason "bad too"
    refused 3 "was blocked by games" production --to "$NEW"
    expect 0 as games ringmgr unblock "$NEW" --reason "it is not"
    offer $NEXT 2026-08-31 --expired "$NEW"
    expect 0 ringmgr sync
    refused 3 "Microsoft withdrew this build" production --to "$NEW"
}

@test "--from: only what is live, so that a second call changes nothing" {
    has "$OLD" "$NEW"
    shares >"$W/before"
    expect 0 back production --from "$OLD" --json
    json '.result == "unchanged" and .from == $new'
    shares | diff "$W/before" -
    expect 0 back production --from "$NEW"
    expect 0 back production --from "$NEW"
    prints "production: nothing to roll back, $OLD is live"
    [ "$(live production)" = "$OLD" ]
}

@test "an empty ring, no reason, no approver, no person, no such choice" {
    refused 3 "roll production back: the ring is empty" production
    has "$OLD" "$NEW"
    expect 2 as games ringmgr rollback production
    says "--reason"
    expect 3 as proxy ringmgr rollback production --reason x
    says "proxy is no approver of ring production"
    expect 3 ringmgr rollback production --reason x
    says "root cannot decide"
    refused 2 "--block pilot: ring, everywhere or no" production --block pilot
    refused 2 "rollback all needs --from BUILD" all
    refused 2 "-o DIR is of one ring" all --from "$NEW" -o "$W/kit"
    [ "$(live production)" = "$NEW" ]
}

# ---- several rings ----

# four: beside pilot and production, late stays on the older build, and fresh has had nothing but the newer.
four() {
    local ring
    for ring in late fresh; do
        install -d -o backup "$W/share/$ring"
        printf '%s\n' "[ring $ring]" "channel = $ORIGIN_CHANNEL" "source = pilot" "approvers = user:games, user:news" \
            "path = $W/share/$ring" >>"$W/ringmgr.conf"
    done
    has "$OLD"
    expect 0 as news ringmgr promote late "$OLD"
    has "$NEW"
    expect 0 as news ringmgr promote fresh "$NEW"
}

@test "rollback all --from: every ring that has the build, each with its outcome, and the worst of them" {
    four
    expect 3 back all --from "$NEW" --json
    json '[.rings[] | [.ring, .result, .code]] == [["pilot", "done", 0], ["production", "done", 0],
        ["late", "unchanged", 0], ["fresh", "refused", 3]]'
    json '.rings[0] | .from == $new and .to == $old and .error == null'
    json '.rings[3] | .from == $new and (.error | contains("no older build was live here"))'
    says "roll fresh back"
    shows pilot "$OLD"
    shows production "$OLD"
    [ "$(live fresh)" = "$NEW" ]
    [ "$(holds)" = $'pilot rollback\nproduction rollback' ]
    expect 3 back all --from "$NEW"
    prints "pilot: nothing to roll back, $OLD is live" "fresh: not rolled back: "
}

@test "rollback all --from: what is not intact is worse than what is refused" {
    four
    byte "$(object "$UP/$OLD/s640.cab")"
    expect 4 back all --from "$NEW" --json
    json '[.rings[] | [.ring, .result, .code]] == [["pilot", "failed", 4], ["production", "failed", 4],
        ["late", "unchanged", 0], ["fresh", "refused", 3]]'
    [ "$(live pilot) $(live production)" = "$NEW $NEW" ]
}

# ---- what it leaves behind ----

@test "--block ring: this ring never takes the build again, others may" {
    has "$OLD" "$NEW"
    expect 0 back production
    [ "$(blocked)" = "production 20228" ]
    [ "$(holds)" = "production rollback" ]
    expect 3 as news ringmgr promote production "$NEW"
    says "gate block" "was blocked by games" "rolled back from $NEW: Outlook hangs"
    expect 3 as news ringmgr promote production "$NEW" --at 2030-01-01
    says "gate block" "was blocked by games" "no time opens it"
    expect 0 ringmgr --json status
    json '.rings[1].candidate | .build == $new and .barred'
    expect 0 ringmgr status
    prints "  blocked  $NEW stays out"
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
}

@test "--block everywhere: no ring takes it" {
    has "$OLD"
    offer "$NEW" 2026-08-25
    expect 0 ringmgr sync
    sed -i '0,/^publish = auto/s//publish = auto\napprovers = user:games, user:proxy/' "$W/ringmgr.conf"
    expect 3 as proxy ringmgr rollback pilot --block everywhere --reason "hangs"
    says "--block everywhere: this is about every ring, and for production: proxy is no approver"
    [ "$(live pilot)" = "$NEW" ]
    [ -z "$(blocked)" ]
    expect 0 back pilot --block everywhere
    [ "$(blocked)" = "every ring 20228" ]
    expect 3 as news ringmgr promote production "$NEW"
    expect 0 ringmgr --json history
    json '.entries[-2:] | [.[] | [.action, .ring, .build, .actor]] == [["rollback", "pilot", $old, "games"], ["block", null, $new, "games"]]'
}

@test "--block no: people may promote it again, automatic promotion never does" {
    has "$OLD" "$NEW"
    expect 0 back pilot --block no
    [ -z "$(blocked)" ]
    expect 0 as games ringmgr unhold pilot --reason "go on"
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$OLD" ]
    expect 0 ringmgr --json explain pilot "$NEW"
    json '[.gates[] | select(.open | not) | .gate] == ["block"]'
    expect 0 as news ringmgr promote pilot "$NEW"
    [ "$(live pilot)" = "$NEW" ]
}

@test "automatic promotion waits for unhold, a person need not" {
    has "$OLD" "$NEW"
    expect 0 back pilot
    origin_build "$O" $NEXT --lang en-us --from "$NEW" --survive 90
    offer $NEXT 2026-08-30
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$OLD" ]
    expect 0 ringmgr --json explain pilot
    json '.build == "'$NEXT'" and ([.gates[] | select(.open | not) | .gate] == ["hold"])'
    expect 0 as news ringmgr promote pilot $NEXT --dry-run
    expect 0 as games ringmgr unhold pilot --reason "it was the add-in"
    expect 0 ringmgr sync
    [ "$(live pilot)" = $NEXT ]
}

@test "a rollback of pilot keeps the build from the rings below, and says why" {
    has "$OLD"
    offer "$NEW" 2026-08-25
    expect 0 ringmgr sync
    expect 0 back pilot --block no
    expect 3 as news ringmgr promote production "$NEW"
    says "pilot went back from $NEW because it was bad"
    expect 0 as games ringmgr unhold pilot --reason "nothing is held"
    expect 0 ringmgr sync
    local why="pilot went back from it: only a person promotes it again: \`ringmgr promote pilot $NEW\`"
    prints "pilot: unchanged, $NEW" "    $OLD is live; $NEW is refused by the gate block: $why"
    expect 0 ringmgr --json sync
    json '.rings[0] | .build == $new and .live == $old and (.stays_out | startswith("block: pilot went back"))'
    expect 0 ringmgr status
    prints "$NEW stays out" "$why"
    expect 0 as news ringmgr promote pilot "$NEW"
    expect 0 ringmgr --json sync
    json '.rings[0] | .live == $new and .stays_out == null'
}

@test "a live build that Microsoft withdraws is an attention with its command, and nothing moves by itself" {
    has "$OLD" "$NEW"
    origin_build "$O" $NEXT --lang en-us --from "$NEW" --survive 90
    offer $NEXT 2026-08-31 --expired "$NEW"
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
    expect 0 ringmgr --json status
    json '.attention | length == 1 and (.[0] | .code == "live-recalled" and .ring == "production" and
        .command == "ringmgr rollback production --reason TEXT -o DIR")'
    expect 0 back production -o "$W/kit"
    shows production "$OLD"
    [ -z "$(attention live-recalled)" ]
}

# ---- what is not as it was proven ----

@test "a target of which a byte has changed is refused, and nothing is flipped" {
    has "$OLD" "$NEW"
    byte "$(object "$UP/$OLD/stream.x64.x-none.dat")"
    refused 4 "roll production back: $OLD/stream.x64.x-none.dat" production
    [ -z "$(blocked)$(holds)" ]
    shows production "$NEW"
}

@test "a target of which a file is gone is refused by the gate" {
    has "$OLD" "$NEW"
    rm -f "$(object "$UP/$OLD/stream.x64.x-none.dat")"
    refused 3 "refused by the gate verified" production
    says "$OLD/stream.x64.x-none.dat"
}

# ---- documents ----

# reg FILE: as text.
reg() {
    iconv -f UTF-16 -t UTF-8 "$1" | tr -d '\r'
}

@test "-o DIR: the documents, made and owned by the service's user, a pin and its attention" {
    has "$OLD" "$NEW"
    expect 0 back production -o "$W/kit"
    prints "the documents for its machines are in $W/kit (pin 1)"
    [ "$(stat -c '%U %a' "$W/kit")" = "backup 755" ]
    [ "$(cd "$W/kit" && stat -c '%n %U %a' -- *)" = "1-go-back.reg backup 644
2-release.reg backup 644
README.txt backup 644" ]
    reg "$W/kit/1-go-back.reg" | grep -Fx "\"updatetargetversion\"=\"$OLD\""
    reg "$W/kit/1-go-back.reg" | grep -F "\"updatedeadline\"=\"09/02/2026 10:00\""
    reg "$W/kit/1-go-back.reg" | grep -F 'files\\office"'
    reg "$W/kit/2-release.reg" | grep -Fx '"updatetargetversion"=-'
    grep -q "from      $NEW" "$W/kit/README.txt"
    grep -q "to        $OLD" "$W/kit/README.txt"
    expect 0 ringmgr --json pins
    json '.pins | length == 1 and (.[0] | .ring == "production" and .build == $old and .by == "games" and .what == "rollback")'
    [[ "$(attention pin)" == "the target version $OLD was handed out for production"* ]]
    expect 0 as games ringmgr unblock "$NEW" --ring production --reason "it was the network"
    expect 0 as news ringmgr promote production "$NEW"
    prints "    the target version $OLD was handed out for production: take it back before the ring offers what is newer" \
        "and say so: ringmgr pins --clear 1 --reason TEXT"
    expect 0 as games ringmgr block "$NEW" --ring production --reason "it was not"
    prints "it is live in production, whose machines go on taking it: ringmgr rollback production --reason TEXT"
    expect 0 back production
    expect 0 as games ringmgr pins --clear 1 --reason "all are back"
    [ -z "$(attention pin)" ]
}

@test "-o DIR: where it cannot be written the ring is back all the same, and the documents come later" {
    has "$OLD" "$NEW"
    install -d -m 0755 "$W/roots"
    expect 1 back production -o "$W/roots"
    [[ "$output" == *"production: $NEW -> $OLD is live"* ]]
    says "the ring is back, its documents are not written: write $W/roots/1-go-back.reg"
    shows production "$OLD"
    [ "$(holds)" = "production rollback" ]
    expect 0 back production --to "$OLD" -o "$W/kit"
    reg "$W/kit/1-go-back.reg" | grep -Fx "\"updatetargetversion\"=\"$OLD\""
    grep -q "from      $NEW" "$W/kit/README.txt"
    expect 0 back production --to "$OLD" -o "$W/kit"
}

@test "-o DIR: what is not of this ring's roll-back is written over never, and then nothing is decided" {
    has "$OLD" "$NEW"
    install -d -o backup "$W/kit"
    printf 'Ring pilot goes back\r\n' >"$W/kit/README.txt"
    refused 2 "-o $W/kit holds README.txt already, and it is no older document of ring production: name an empty folder" \
        production -o "$W/kit"
    mv "$W/kit/README.txt" "$W/kit/2-release.reg"
    refused 2 "holds 2-release.reg already, and it is no older document of ring production" production -o "$W/kit"
    mv "$W/kit/2-release.reg" "$W/kit/notes"
    refused 2 "holds notes already, which is no document of a roll-back" production -o "$W/kit"
    [ "$(cat "$W/kit/notes")" = $'Ring pilot goes back\r' ]
    [ "$(live production)" = "$NEW" ]
    [ -z "$(blocked)$(holds)" ]
}

@test "-o DIR: in JSON a ring that is back is done, whatever became of its documents" {
    has "$OLD" "$NEW"
    install -d -m 0755 "$W/roots"
    expect 1 back production --json -o "$W/roots"
    json '.result == "done" and .to == $old and .code == 1 and (.error | contains("not written"))'
}

@test "-o DIR: documents of what was done before, by --from too; none where nothing was" {
    has "$OLD" "$NEW"
    expect 0 back production --to "$NEW" -o "$W/kit"
    prints "no documents are written"
    [ -z "$(ls "$W/kit")" ]
    expect 0 back production --from "$NEW"
    expect 0 back production --from "$NEW" -o "$W/kit"
    reg "$W/kit/1-go-back.reg" | grep -Fx "\"updatetargetversion\"=\"$OLD\""
    expect 0 ringmgr --json pins
    json '[.pins[].build] == [$old]'
    expect 0 back production --from 16.0.20000.20000 -o "$W/kit2"
    [ -z "$(ls "$W/kit2")" ]
}

@test "machines that have the newer build stay on it, until the target version of the documents brings them back" {
    has "$OLD" "$NEW"
    expect 0 as games ringmgr hold production --reason "nothing moves"
    expect 0 back production -o "$W/kit"
    expect 0 ringmgr --json client production --have "$NEW" --arch x64 --lang en-us
    json '.outcome == "needs-target" and .build == $old'
    local target
    target=$(reg "$W/kit/1-go-back.reg" | sed -n 's/^"updatetargetversion"="\(.*\)"$/\1/p')
    expect 0 ringmgr --json client production --have "$NEW" --arch x64 --lang en-us --target "$target"
    json '.outcome == "update" and .build == $old and .bytes > 0'
}

# ---- while clients read ----

# reader NAME: as a client does, pointer, then what it names, again and again; what was wrong goes to $W/torn.
reader() {
    local build file data
    data=$(data production)
    while [ ! -e "$W/stop" ]; do
        cat "$data/v64.cab" >"$W/read.$1" || echo "no pointer" >>"$W/torn"
        for build in "$OLD" "$NEW" none; do
            ! cmp -s "$W/read.$1" "$UP/v64_$build.cab" || break
        done
        for file in $FILES; do
            cmp -s "$data/$build/$file" "$UP/$build/$file" || echo "$build/$file" >>"$W/torn"
        done
        echo "$build" >>"$W/seen"
    done
}

@test "clients that read meanwhile find a whole build behind every pointer" {
    has "$OLD" "$NEW"
    for name in 1 2 3; do
        reader $name 3>&- &
        READERS="$READERS $!"
    done
    for _ in 1 2 3; do
        expect 0 back production --block no
        expect 0 as news ringmgr promote production "$NEW"
    done
    expect 0 back production
    wait_until seen_after
    touch "$W/stop"
    [ ! -s "$W/torn" ] || { sort "$W/torn" | uniq -c && false; }
    [ "$(sort -u "$W/seen" | tr '\n' ' ')" = "$OLD $NEW " ]
}

seen_after() {
    tail -n 1 "$W/seen" | grep -q "$OLD"
}

# ---- what is no way back ----

@test "a rollback never goes forwards, whatever was live before" {
    has "$OLD" "$NEW"
    expect 0 back production --to "$OLD" --block no
    expect 0 as games ringmgr hold production --reason "nothing may enter"
    refused 3 "forwards goes a promotion, through every gate" production --to "$NEW"
}

@test "what pilot went back from goes no further, not even from a ring between" {
    MORE="[ring broad]
channel = $ORIGIN_CHANNEL
source = production
publish = auto
soak = 3 days
path = $W/share/broad" config
    sed -i '/^approvals = 1$/d; /^four_eyes/d' "$W/ringmgr.conf"
    install -d -o backup "$W/share/broad"
    has "$OLD" "$NEW"
    expect 0 back pilot
    at 2026-09-05T10:00Z
    expect 0 ringmgr sync
    [ "$(live production)" = "$NEW" ]
    [ "$(live broad)" != "$NEW" ]
    expect 0 ringmgr --json explain broad "$NEW"
    json '[.gates[] | select(.open | not).gate] | index("soak") != null'
    json '.gates[] | select(.gate == "soak").reason == "its soak ended for good: pilot went back from it"'
}
