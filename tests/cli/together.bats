#!/usr/bin/env bats
# Many commands at once. together.py runs them and checks what they leave behind; the judge looks on. Another seed:
# TOGETHER_SEED=N bats tests/cli/together.bats

SEED=52
THIRD=16.0.20300.20100
FOURTH=16.0.20326.20100
FIFTH=16.0.20400.20100

setup_file() {
    load world
    world_file
    need python3 sqlite3 osslsigncode cabextract
    export TOGETHER_ORIGIN=${TESTCDN%/*}/together-origin TOGETHER_BUILDS="$ORIGIN_OLD $ORIGIN_NEW $THIRD $FOURTH $FIFTH"
    export TOGETHER_MOVES="$ORIGIN_OLD $ORIGIN_NEW $THIRD $ORIGIN_NEW $FOURTH $FIFTH"
    : "${TOGETHER_SEED:=$SEED}"
    export TOGETHER_SEED
    echo "# seed $TOGETHER_SEED" >&3
    (
        flock 9
        [ "$TOGETHER_ORIGIN/made" -nt "$WORLD_ORIGIN/made" ] && [ "$TOGETHER_ORIGIN/made" -nt "$BATS_TEST_FILENAME" ] &&
            exit
        rm -rf "$TOGETHER_ORIGIN"
        make_origin "$TOGETHER_ORIGIN" && touch "$TOGETHER_ORIGIN/made"
    ) 9>"$TOGETHER_ORIGIN.lock"
    WORLD_ORIGIN=$TOGETHER_ORIGIN
}

# The standard origin with three builds more, what the judge has learnt of it, and upstream's moves: on, once back, and
# once away from a build that it withdraws.
make_origin() {
    local build before=$ORIGIN_NEW number=0 withdrawn=()
    O=$1
    cp -a "$WORLD_ORIGIN" "$O"
    for build in $THIRD $FOURTH $FIFTH; do
        origin_build "$O" "$build" --lang en-us --signed-at 2026-08-25T14:00Z --from "$before" --survive 80 || return
        before=$build
    done
    "$RINGMGR_TOP/tests/judge/judge.sh" learn --origin "$O/www/pr" --roots "$O/ca/roots.pem" --out "$O/manifest" ||
        return
    for build in $TOGETHER_MOVES; do
        number=$((number + 1))
        [ "$build" != $FOURTH ] || withdrawn=(--expired "$ORIGIN_NEW")
        make_move $number "$build" "${withdrawn[@]}" || return
    done
}

# make_move NUMBER BUILD [OPTION…]
make_move() {
    offer "$2" "2026-09-0$1" "${@:3}" || return
    mkdir -p "$O/moves/$1" || return
    cp "$O/www/pr/$ORIGIN_GUID/Office/Data/v64.cab" "$O/www/pr/wsus/releasehistory.cab" "$O/moves/$1"
}

# pilot -> early -> production, nothing to wait for but people.
setup() {
    load world
    world_make
    mv "$O/moves" "$O/manifest" "$W"
    install -d -o backup "$W/share/early"
    local quick=$'keep = 0\ngrace = 0 days'
    local people=$'overriders = user:games, user:news\noverride_people = 2\nexpedite_soak = 0h'
    PILOT=$quick PRODUCTION=$quick$'\n'$people MORE="[ring early]
channel = $ORIGIN_CHANNEL
source = pilot
publish = auto
settle = 0h
approvals = 1
approvers = user:games, user:news
path = $W/share/early
$quick
$people" config
    sed -i '/^\[ring production\]/,/^source/s/^source = .*/source = early/' "$W/ringmgr.conf"
}

teardown() {
    world_end
}

together() {
    expect 0 python3 "$BATS_TEST_DIRNAME/together.py" "$@" || return
    [ -z "$output" ] || echo "# ${output//$'\n'/$'\n'# }" >&3
}

# forged COMMAND…: the chain holds for itself, and not with what was noted elsewhere.
forged() {
    local head
    head=$(tail -n 1 "$W/log/head" | cut -d' ' -f3)
    expect 0 ringmgr history --verify
    expect 0 ringmgr history --verify --head "$head"
    together "$@" || return
    expect 4 ringmgr history --verify --head "$head"
    complains
    says "no entry has the hash $head: its end was cut off or all of it was made anew"
    expect 4 ringmgr history --verify # by itself it compares with history_head_file
    complains
    says "$W/log/head: history: line " "which is not there: its end was cut off or all of it was made anew"
    expect 0 as games ringmgr hold pilot --reason "the next entry notes a good head again"
    expect 4 ringmgr history --verify
    says "which is not there: its end was cut off or all of it was made anew"
    mv "$W/log/head" "$W/log/head.kept"
    expect 0 ringmgr history --verify # the chain alone cannot know
}

decide() {
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve early $FIFTH --reason "tried"
    expect 0 as news ringmgr promote early $FIFTH --reason "all well"
    expect 0 as games ringmgr hold production --reason "closing"
    expect 0 as news ringmgr block "$OLD" --reason "Outlook hangs"
}

@test "200 commands of 8 processes: each ends well and has its entry, and the shares are right at any time" {
    together run "$W"
}

@test "8 commands that make the state together" {
    together start "$W"
}

@test "a hold waits for the promotion that runs, and gc for the sync" {
    together duel "$W"
}

@test "a tail that was cut off is found with the head" {
    decide
    forged cut "$W/state/ringmgr.db" 2
}

@test "a chain that was made anew is found with the head" {
    decide
    local id
    id=$(ringmgr --json history | jq '.entries[] | select(.action == "approve").id')
    forged remake "$W/state/ringmgr.db" "$id"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "approve").reason] == ["it was somebody else"]'
}
