#!/usr/bin/env bats
# gc with the real program: what leaves shares and store, what stays and why, and that nobody is cut off meanwhile.
# Why a single build is kept or not is a table in tests/unit/policy/test_retain.c.

THIRD=16.0.20300.20100
FOURTH=16.0.20326.20100
FIFTH=16.0.20400.20100

setup_file() {
    load world
    world_file
    local build before=$ORIGIN_NEW
    cp -a "$WORLD_ORIGIN" "$BATS_FILE_TMPDIR/origin"
    for build in $THIRD $FOURTH $FIFTH; do
        origin_build "$BATS_FILE_TMPDIR/origin" $build --lang en-us --signed-at 2026-08-25T14:00Z --from $before \
            --survive 80 || return
        before=$build
    done
    export WORLD_ORIGIN=$BATS_FILE_TMPDIR/origin
}

# keep = 0 and no grace, unless the test says otherwise.
setup() {
    load world
    world_make
    NOW=$(date +%s)
    PILOT=$'keep = 0\ngrace = 0 days' PRODUCTION=$'keep = 0\ngrace = 0 days' config
    days=0
    day 0
}

teardown() {
    world_end
}

# day N: so many days have passed.
day() {
    export RINGMGR_TEST_NOW=$((NOW + $1 * 86400))
}

# take BUILD…: each is offered and taken by pilot, a day after the other.
take() {
    local build
    for build in "$@"; do
        days=$((days + 1))
        day $days
        offer "$build" "2026-09-0${days}"
        expect 0 ringmgr sync pilot || return
    done
    [ "$(live pilot)" = "$build" ]
}

# hand_on BUILD…: production takes them.
hand_on() {
    local build
    for build in "$@"; do
        expect 0 as games ringmgr approve production "$build" --reason tried || return
        expect 0 as news ringmgr promote production "$build" || return
    done
}

# stand RING BUILD…: exactly these folders, with their descriptors, stand on the ring's share.
stand() {
    local data expected
    data=$(data "$1")
    expected=$(printf '%s\n' "${@:2}" | LC_ALL=C sort)
    [ "$(cd "$data" && ls -d 16.* | LC_ALL=C sort)" = "$expected" ] || { ls -a "$data" && return 1; }
    [ "$(cd "$data" && ls v64_*.cab | sed 's/^v64_//;s/\.cab$//' | LC_ALL=C sort)" = "$expected" ] ||
        { ls -a "$data" && return 1; }
}

# stored BUILD…: these builds have files in the store, by the catalog; the store has an object for each row and no other.
stored() {
    local db="file:$W/state/ringmgr.db?mode=ro" sum='lower(hex(sha256))'
    local named="SELECT $sum FROM build_file WHERE sha256 IS NOT NULL UNION SELECT lower(hex(offer_file.sha256))
        FROM offer JOIN offer_file ON offer_id = offer.id WHERE removed_unix IS NULL ORDER BY 1"
    diff <(sqlite3 "$db" "$named") <(find "$W/store/objects" -type f -printf '%f\n' | LC_ALL=C sort) || return
    diff <(printf '%s\n' "$@" | LC_ALL=C sort) <(ringmgr --json gc --dry-run | jq -r '.builds[].build' | LC_ALL=C sort)
}

# clean: a full verify finds nothing, and the history is whole.
clean() {
    expect 0 ringmgr verify && expect 0 ringmgr history --verify
}

# plain: what a document says, without what differs between a dry run and the real one.
plain() {
    jq -S 'del(.now, .dry_run)' <<<"$output"
}

# hold_lock NAME: another process has the lock, until $HOLDER is ended.
hold_lock() {
    perl -MFcntl=:DEFAULT,:flock -e 'open(my $f, "+>", shift) or die;
        fcntl($f, F_SETLK, pack("s s l! l! l", F_WRLCK, SEEK_SET, 0, 0, 0)) or die; print "held\n"; close STDOUT; sleep 60' \
        "$W/state/lock/$1" >"$W/held" 3>&- &
    HOLDER=$!
    wait_until grep -q held "$W/held"
}

let_go() {
    kill "$HOLDER" && wait "$HOLDER" || true
}

@test "five builds over time: the live one and the way back stay, the rest goes, and a dry run has said so" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    take "$FOURTH" "$FIFTH"
    stand pilot "$OLD" "$NEW" "$THIRD" "$FOURTH" "$FIFTH"
    still >"$W/before"
    expect 0 ringmgr --json gc --dry-run
    still | diff "$W/before" -
    json '.dry_run and (.store_left_alone | not) and .objects_removed > 0 and .bytes_freed > 0'
    json '[.rings[] | select(.ring == "pilot").builds[] | select(.keep).build] == ["16.0.20400.20100","16.0.20326.20100"]'
    plain >"$W/dry"
    local space
    space=$(du -s --block-size=1 --apparent-size "$W/store/objects" | cut -f1)
    expect 0 ringmgr --json gc
    plain | diff "$W/dry" -
    [ $((space - $(du -s --block-size=1 --apparent-size "$W/store/objects" | cut -f1))) -ge "$(jq .bytes_freed <<<"$output")" ]
    stand pilot "$FOURTH" "$FIFTH"
    stand production "$THIRD"
    stored "$THIRD" "$FOURTH" "$FIFTH"
    clean
    expect 0 ringmgr --json gc
    json '.objects_removed == 0 and .bytes_freed == 0 and all(.rings[].builds[], .builds[]; .keep)'
}

@test "the text says of each build what became of it and why" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    expect 0 ringmgr gc --dry-run
    prints "pilot: MonthlyEnterprise $THIRD kept: it is live" "pilot: MonthlyEnterprise $NEW kept: a roll-back would go to it" \
        "pilot: MonthlyEnterprise $OLD would be removed: not live since" "objects would be removed"
    expect 0 ringmgr gc
    prints "pilot: MonthlyEnterprise $OLD removed: not live since" "store: MonthlyEnterprise $OLD removed: no share shows it" \
        " freed (clients that have such files open hold their space until they close them)"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "gc") | [.ring, .build]] == [["pilot", $old], [null, $old]]'
}

@test "keep counts builds, grace counts from when a build stopped being live" {
    sed -i 's/^keep = 0/keep = 2/; s/^grace = 0 days/grace = 21 days/' "$W/ringmgr.conf"
    take "$OLD" "$NEW" "$THIRD" "$FOURTH"
    hand_on "$FOURTH"
    expect 0 ringmgr --json gc
    json 'all(.rings[].builds[]; .keep)'
    json '.rings[0].builds[3] | .build == $old and (.reason | startswith("its grace time runs until"))'
    day 22 # a day and 21 more: OLD stopped being live on day 2
    expect 0 ringmgr --json gc
    json 'all(.rings[].builds[]; .keep)'
    day 23
    expect 0 ringmgr gc
    stand pilot "$NEW" "$THIRD" "$FOURTH"
    stored "$NEW" "$THIRD" "$FOURTH"
    clean
}

@test "what production could still take stays in pilot, although keep is 0 and the grace is over" {
    sed -i 's/^four_eyes = yes/four_eyes = yes\nsoak = 14 days/' "$W/ringmgr.conf"
    take "$OLD"
    day 15
    hand_on "$OLD"
    days=15
    offer "$NEW" 2026-09-02
    day 16 && expect 0 ringmgr sync pilot
    offer "$THIRD" 2026-09-03
    day 17 && expect 0 ringmgr sync pilot
    expect 0 ringmgr --json gc
    json '.rings[0].builds[1] | .build == $new and .keep and (.reason | startswith("it soaks for production"))'
    stand pilot "$OLD" "$NEW" "$THIRD" || stand pilot "$NEW" "$THIRD"
    day 40
    expect 0 ringmgr --json gc
    json '.rings[0].builds[1] | .keep and (.reason | startswith("not yet taken by production"))'
    hand_on "$NEW"
    clean
}

@test "a pinned build stays until its pin is cleared" {
    take "$OLD" "$NEW" "$THIRD" "$FOURTH"
    hand_on "$FOURTH"
    setpriv --reuid backup --regid backup --clear-groups sqlite3 -cmd ".filectrl persist_wal 1" "$W/state/ringmgr.db" \
        "INSERT INTO pin (ring, channel, build, what, by, at_unix) SELECT 'pilot', channel, build, 'rollback', 'games', 5
         FROM build WHERE build LIKE '%20131%'" >/dev/null
    expect 0 ringmgr gc
    prints "$OLD kept: its target version was handed out for pilot and not taken back (pin 1)"
    stand pilot "$OLD" "$THIRD" "$FOURTH"
    expect 0 as games ringmgr pins --clear 1 --reason "all are back"
    expect 0 ringmgr gc
    stand pilot "$THIRD" "$FOURTH"
    clean
}

@test "what was rolled back is no way back, and what is bad is not kept for production" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$OLD"
    expect 0 as games ringmgr block "$NEW" --reason "Outlook hangs"
    expect 0 ringmgr gc
    stand pilot "$OLD" "$THIRD"
    clean
    expect 0 ringmgr sync # the blocked one is not fetched again
    stored "$OLD" "$THIRD"
}

@test "files that two builds share stay, and only what nobody shares is freed" {
    take "$NEW" "$THIRD" "$FOURTH"
    hand_on "$FOURTH"
    local both only file
    cp "$(object "$UP/$NEW/s640.cab")" "$W/only"
    setpriv --reuid backup --regid backup --clear-groups sqlite3 -cmd ".filectrl persist_wal 1" "$W/state/ringmgr.db" \
        "UPDATE build_file SET (sha256, bytes) = (SELECT sha256, bytes FROM build_file WHERE path = '$NEW/s641033.cab')
         WHERE path = '$FOURTH/s641033.cab'" >/dev/null # as if both had the same bytes
    both=$(object "$UP/$NEW/s641033.cab") only=$(object "$UP/$NEW/s640.cab")
    expect 0 ringmgr gc
    stand pilot "$THIRD" "$FOURTH"
    [ -e "$both" ] && [ ! -e "$only" ]
}

@test "the freed bytes are those of objects without another name" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    local whole object
    whole=$(ringmgr --json gc --dry-run | jq .bytes_freed)
    object=$(object "$UP/$OLD/s640.cab")
    ln "$object" "$W/held-elsewhere"
    expect 0 ringmgr --json gc
    json ".bytes_freed == $whole - $(stat -c %s "$W/held-elsewhere")"
    cmp "$W/held-elsewhere" "$UP/$OLD/s640.cab"
}

@test "the shares are whole at every instant while gc runs" {
    need osslsigncode cabextract
    local judge="$RINGMGR_TOP/tests/judge/judge.sh" ring
    take "$OLD" "$NEW" "$THIRD" "$FOURTH" "$FIFTH"
    hand_on "$FIFTH"
    sh "$judge" learn --origin "$O/www/pr" --roots "$O/ca/roots.pem" --out "$W/manifest"
    start gc
    # what is live must be readable all the time; the judge itself wants a share at rest
    while kill -0 "$PID" 2>/dev/null; do
        for ring in pilot production; do
            (cd "$(data $ring)" && cat v64.cab "v64_$FIFTH.cab" "$FIFTH"/* >/dev/null)
        done
    done
    ended
    [ "$status" = 0 ]
    for ring in pilot production; do
        sh "$judge" check --manifest "$W/manifest" --share "$W/share/$ring" --guid "$ORIGIN_GUID" --arch x64 --lang en-us \
            --after-replay
    done
    stand pilot "$FOURTH" "$FIFTH"
    clean
}

@test "a foreign file in a folder keeps it, the rest is done: 4" {
    take "$OLD" "$NEW" "$THIRD" "$FOURTH"
    hand_on "$FOURTH"
    touch "$(data pilot)/$OLD/notes.txt"
    expect 4 ringmgr --json gc
    json '.rings[0] | .code == 4 and (.error | contains("notes.txt does not belong there"))'
    says "pilot: $OLD/notes.txt does not belong there: left alone, ringmgr verify pilot --repair puts it right"
    stand pilot "$OLD" "$THIRD" "$FOURTH"
    [ -e "$(data pilot)/$OLD/notes.txt" ]
    expect 0 ringmgr verify pilot --repair
    expect 0 ringmgr gc
    stand pilot "$THIRD" "$FOURTH"
    clean
}

@test "a share that is not what the books say is left alone, and the store with it: 4" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$OLD" "$NEW" "$THIRD"
    cp "$UP/v64_$OLD.cab" "$W/foreign"
    mv -f "$W/foreign" "$(data pilot)/v64.cab"
    expect 4 ringmgr gc
    says "pilot: a pointer is missing, or names a build that ringmgr did not put there" "nothing was touched"
    prints "store: left alone"
    stand pilot "$OLD" "$NEW" "$THIRD"
    stand production "$NEW" "$THIRD"
    expect 0 ringmgr verify pilot --repair
    expect 0 ringmgr gc
    stand pilot "$NEW" "$THIRD"
    clean
}

@test "without permission on a share that ring fails and the others are done: 1" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$OLD" "$NEW" "$THIRD"
    chown root: "$(data pilot)"
    expect 1 ringmgr --json gc
    says "Permission denied"
    json '.rings[0].code == 1 and .rings[1].code == 0'
    stand production "$NEW" "$THIRD"
    chown backup: "$(data pilot)"
    expect 0 ringmgr gc
    stand pilot "$NEW" "$THIRD"
    clean
}

@test "without permission on the store nothing of it is lost: 1" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    chown -R root: "$W/store/objects"
    chmod -R a+rX "$W/store/objects"
    expect 1 ringmgr gc
    says "store: " "Permission denied"
    chown -R backup: "$W/store/objects"
    expect 0 ringmgr gc
    stored "$NEW" "$THIRD"
    clean
}

@test "a ring that is locked is passed over, the store waits for whoever adds to it: 7" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$OLD" "$NEW" "$THIRD"
    hold_lock ring-pilot
    expect 7 ringmgr --wait 0s --json gc
    json '.rings[0].code == 7 and .rings[1].code == 0'
    let_go
    stand pilot "$OLD" "$NEW" "$THIRD"
    stand production "$NEW" "$THIRD"
    hold_lock store
    expect 7 ringmgr --wait 0s gc
    says "lock store: held by"
    let_go
    expect 0 ringmgr gc
    stand pilot "$NEW" "$THIRD"
    stored "$NEW" "$THIRD"
}

@test "a dry run waits for nobody" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    hold_lock store
    expect 0 ringmgr --wait 0s gc --dry-run
    let_go
}

@test "gc and gc, gc and sync at once: each ends 0 or 7, and all is done in the end" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    offer "$FOURTH" 2026-09-08
    local pids=() pid round
    for round in 1 2 3; do
        for command in gc sync gc; do
            "$RINGMGR_BIN" -c "$W/ringmgr.conf" --wait 1s $command >"$W/out.$command.$round" 2>&1 3>&- &
            pids+=($!)
        done
    done
    for pid in "${pids[@]}"; do
        status=0
        wait "$pid" || status=$?
        [ "$status" = 0 ] || [ "$status" = 7 ] || { echo "ended with $status" && cat "$W"/out.* && return 1; }
    done
    expect 0 ringmgr sync
    expect 0 ringmgr gc
    [ "$(live pilot)" = "$FOURTH" ]
    stand pilot "$THIRD" "$FOURTH"
    stored "$THIRD" "$FOURTH"
    clean
}

@test "gc while a sync fetches: shares are tidied, the store is left to the sync, and later done" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$OLD" "$NEW" "$THIRD"
    offer "$FOURTH" 2026-09-08
    origin_fault "path=*$FOURTH/stream.x64.x-none.dat&kind=stall&after=1000&ms=60000"
    start sync
    wait_until test -e "$(object "$UP/$FOURTH/i640.cab")"
    expect 7 ringmgr --wait 0s gc
    says "lock store"
    end KILL
    origin_faults_clear
    stand pilot "$NEW" "$THIRD"
    expect 0 ringmgr gc # what the killed sync had brought may still enter: it stays
    [ -e "$(object "$UP/$FOURTH/i640.cab")" ]
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$FOURTH" ]
    expect 0 ringmgr gc
    stored "$NEW" "$THIRD" "$FOURTH"
    clean
}

@test "what a killed sync has left of a build that is overtaken goes" {
    take "$OLD"
    hand_on "$OLD"
    offer "$NEW" 2026-09-08
    rm "$UP/$NEW/s641033.cab"
    expect 5 ringmgr sync
    [ -e "$(object "$UP/$NEW/i640.cab")" ]
    expect 0 ringmgr gc
    [ -e "$(object "$UP/$NEW/i640.cab")" ]
    offer "$THIRD" 2026-09-09
    expect 0 ringmgr sync
    expect 0 ringmgr gc
    prints "$NEW removed: it was never complete"
    [ ! -e "$(object "$UP/$NEW/i640.cab")" ]
    stored "$OLD" "$THIRD"
    clean
}

@test "a build that was dropped can be fetched again" {
    take "$OLD" "$NEW" "$THIRD"
    hand_on "$THIRD"
    expect 0 ringmgr gc
    sed -i 's/^grace = 0 days/grace = 21 days/' "$W/ringmgr.conf"
    expect 0 ringmgr --json sync pilot --build "$OLD"
    json '.rings[0] | .result == "new" and .bytes_fetched > 0'
    expect 0 ringmgr gc
    prints "$OLD kept: staged lately"
    stored "$OLD" "$NEW" "$THIRD"
}

@test "gc takes no words and changes nothing when it is asked wrongly: 2" {
    expect 2 ringmgr gc pilot
    complains
    expect 2 ringmgr gc --yes
    complains
}
