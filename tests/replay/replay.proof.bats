#!/usr/bin/env bats
# Two years of Microsoft's releases through the real program: Current, MonthlyEnterprise and SemiAnnual, each in three
# rings, pilot → early (3 days) → production (14 days), all by itself, morning by morning, May 2024 to August 2026.
#
# setup_file replays once (replay.py says how); each test then asks its question of the record (checks.py has the
# rules). The timeline is printed at the end. The origin, 246 signed builds, is made once and kept beside testcdn.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../cli/world
    [ "$(id -u)" = 0 ] || missing "root"
    [ -n "$RINGMGR_REAL" ] || missing "the folder of real files (RINGMGR_REAL)"
    need python3
    for account in backup games news; do
        getent passwd $account >/dev/null || missing "the account $account"
    done
    forget_login
    unset SUDO_UID
    export RINGMGR_REAL PYTHONDONTWRITEBYTECODE=1
    export RINGMGR_RULES=$RINGMGR_TOP/config/support.csv
    export HERE=$RINGMGR_TOP/tests/replay
    export FOLDER=${TESTCDN%/*}/replay-origin
    export WORK=$BATS_FILE_TMPDIR/w
    export RECORD=$WORK/record.json
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
    (
        flock 9
        local file newer=1
        for file in "$TESTCDN" "$HERE/origin.py" "$HERE/upstream.py"; do
            [ "$FOLDER/made" -nt "$file" ] || newer=
        done
        [ -z "$newer" ] || exit 0
        rm -rf "$FOLDER"
        python3 "$HERE/replay.py" make "$FOLDER" && touch "$FOLDER/made"
    ) 9>"$FOLDER.lock" 3>&-
    python3 "$HERE/replay.py" run "$FOLDER" "$WORK" 3>&-
}

setup() {
    load ../cli/world
}

# check NAME: the record passes; what the check has found out is told.
check() {
    run python3 "$HERE/checks.py" "$1" "$RECORD"
    echo "$output"
    [ "$status" = 0 ] || return
    echo "# ${output//$'\n'/$'\n# '}" >&3
}

@test "at every step every share offers a complete, proven build of its channel, the one that the history names" {
    check shares
    figure "Scale and time" "what Microsoft released in two years, in nine rings" "$output"
}

@test "every sync ends 0, but where a channel has no pointer yet" {
    check exits
}

@test "production of Current is promoted at least once in every 35 days that are not frozen" {
    check gaps
}

@test "production of MonthlyEnterprise and SemiAnnual gets every version that was offered for longer than 17 days" {
    check versions
}

@test "nothing moves before its soak is over, in a freeze, backwards, or into another channel" {
    check soaks
}

@test "early and production take every build that has soaked, on the minute" {
    check prompt
}

@test "what Microsoft withdraws when its successor is out never comes into production" {
    check withdrawn
}

@test "a live build that is recalled is an attention with its command; a person rolls back, and unhold lets it go on" {
    check recalled
    [ -s "$WORK/kit/README.txt" ] # the documents that bring the clients back
}

@test "upstream goes back, or disagrees with itself: the ring waits, says so, and goes on" {
    check wrangles
}

@test "each morning each ring's deadline is the one that the rules give" {
    check reckoned
}

@test "every end of support is warned about in time" {
    check warned
}

@test "the history verifies, to its head" {
    RINGMGR_TEST_NOW=$(date -ud 2026-08-22T07:00Z +%s)
    export RINGMGR_TEST_NOW
    run -0 "$RINGMGR_BIN" -c "$WORK/conf" history --verify --head "$(tail -n 1 "$WORK/log/head" | cut -d' ' -f3)"
    [[ "$output" == "the history is whole: "*", the given head among them" ]]
}

@test "the judge of the replay sees what is wrong with a share" {
    run -0 python3 "$HERE/spoil.py" "$FOLDER" "$WORK"
}

# proven RING GUID: tests/judge, which opens every cabinet with osslsigncode, finds nothing either.
proven() {
    local manifest=$WORK/$1.manifest
    "$RINGMGR_TOP/tests/judge/judge.sh" learn --origin "$WORK/share/$1" --roots "$FOLDER/ca/roots.pem" --out "$manifest"
    run -0 "$RINGMGR_TOP/tests/judge/judge.sh" check --manifest "$manifest" --share "$WORK/share/$1" --guid "$2" \
        --arch x64 --lang en-us --after-replay
    [ -z "$output" ]
}

@test "the judge that proves with osslsigncode finds nothing on the shares of production either" {
    need osslsigncode cabextract sha256sum
    proven current-production 492350f6-3a01-4f97-b9c0-c7c6ddf67d60
    proven monthlyenterprise-production 55336b82-a18d-4dd6-b5f6-9e5095c314a6
    proven semiannual-production 7ffbc6bf-bc32-4f92-8982-f9dd17fd3114
}

@test "the timeline" {
    check timeline
}
