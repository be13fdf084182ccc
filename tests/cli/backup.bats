#!/usr/bin/env bats
# backup, restore and rebuild with the real program: the books after a disaster.

setup_file() {
    load world
    world_file
    need sqlite3
}

# Both rings have the older build.
setup() {
    load world
    world_make
    offer "$OLD"
    expect 0 ringmgr sync
    hand_on "$OLD"
    STATE=$W/state
    DB=$STATE/ringmgr.db
}

teardown() {
    world_end
}

# hand_on BUILD: production takes it.
hand_on() {
    expect 0 as games ringmgr approve production "$1" --reason tried
    expect 0 as news ringmgr promote production "$1"
}

# Both rings take the newer build.
go_on() {
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    hand_on "$NEW"
}

back_up() {
    expect 0 ringmgr backup "$STATE/../log/copy"
    COPY=$W/log/copy
}

# sound: shares, books and history are one again.
sound() {
    expect 0 ringmgr verify
    expect 0 ringmgr --json history --verify
    json '.whole'
}

# all_held: nothing enters any ring.
all_held() {
    expect 0 ringmgr --json status
    json '[.rings[].hold] | all(. != null)'
}

let_go() {
    expect 0 as games ringmgr unhold all --reason "looked at it"
}

# ---- backup ----

@test "a backup is one file of the service's, for nobody else to read, and says how far it goes" {
    expect 0 ringmgr --json backup "$W/log/copy"
    local head
    head=$(ringmgr --json history | jq -r '.entries[-1].hash')
    json ".entries > 3 and .history_head == \"$head\" and .last_entry != null"
    [ "$(stat -c '%a %U' "$W/log/copy")" = "600 backup" ]
    [ "$(sqlite3 "$W/log/copy" 'PRAGMA journal_mode; PRAGMA integrity_check')" = $'delete\nok' ]
    [ "$(ls "$W/log")" = $'copy\nhead' ]
    expect 0 ringmgr backup "$W/log/copy"
    prints "$W/log/copy: " "entries of the history" "$head"
}

@test "a backup that cannot be written leaves the one before" {
    back_up
    local before
    before=$(sha256sum <"$COPY")
    chown root: "$W/log"
    expect 1 ringmgr backup "$COPY"
    complains
    says "write $COPY" "name a folder that is its own"
    [ "$(sha256sum <"$COPY")" = "$before" ]
    expect 2 ringmgr backup "$W/nowhere/copy"
    complains
    expect 2 ringmgr backup "$W/log/"
    complains
    expect 2 ringmgr backup "$W/share"
    complains
    says "$W/share is a folder, and a file is wanted: name one in it, $W/share/NAME"
}

@test "no backup is made of a state that is not sound" {
    sqlite3 "$DB" "DROP TRIGGER history_no_update; UPDATE history SET reason = 'other' WHERE id = 2"
    expect 4 ringmgr backup "$W/log/copy"
    complains
    says "history entry 2" "altered"
    [ ! -e "$W/log/copy" ]
}

# ---- restore ----

@test "restore brings back the books, takes what the shares show since, and holds every ring" {
    back_up
    go_on
    local before
    before=$(shares)
    expect 0 as games ringmgr --json restore "$COPY"
    json '.held == ["pilot", "production"] and (.kept | startswith("ringmgr.db.before-restore-"))'
    json '.lost | any(test("news promote production \($new)")) and any(test("games approve production \($new): tried"))'
    json '.lost | any(startswith("production: who brought \($new) in"))'
    json '.adopted | any(startswith("production: \($new) is live")) and any(startswith("pilot: \($new) is live"))'
    [ "$(shares)" = "$before" ]
    [ "$(live pilot) $(live production)" = "$NEW $NEW" ]
    sound
    all_held
    expect 0 ringmgr --json history
    json '.entries | map(select(.action == "restore" and .ring == null)) | length == 1'
    json '.entries | map(select(.action == "restore"))[0].identity | startswith("sudo:")'
    expect 0 ringmgr sync
    let_go
    expect 0 ringmgr sync
    sound
}

@test "the heads of the lost entries stay noted, and history --verify says what became of them" {
    back_up
    local kept lost
    kept=$(wc -l <"$W/log/head")
    go_on
    lost=$(($(wc -l <"$W/log/head") - kept))
    expect 0 ringmgr restore "$COPY"
    expect 0 ringmgr --json history --verify
    json ".lost == $lost"
    expect 0 ringmgr history --verify
    prints "$lost are of entries that a restore or a rebuild calls lost"
    expect 0 ringmgr --json history
    json ".entries | any(.action == \"restore\" and (.reason // \"\" | startswith(\"back to entry $kept \")))"
    expect 0 as games ringmgr hold pilot --reason "one more entry"
    expect 0 ringmgr history --verify
}

@test "a head that a restore lost is told from one that was cut off" {
    back_up
    local kept head
    kept=$(wc -l <"$W/log/head")
    go_on
    head=$(ringmgr --json history | jq -r '.entries[-1].hash')
    expect 0 ringmgr restore "$COPY"
    expect 4 ringmgr history --verify --head "$head"
    says "no entry has the hash $head" "the entries after $kept, up to " "were lost by the restore of 20"
    expect 0 ringmgr history --verify --head "$(ringmgr --json history | jq -r '.entries[-1].hash')"
}

@test "holds say what happened" {
    back_up
    expect 0 ringmgr restore "$COPY"
    expect 0 ringmgr --json status
    json '.rings[1].hold.reason | startswith("the state was restored from a backup whose last entry is of 20")'
    expect 3 as proxy ringmgr unhold production --reason "let me"
    says "production is held (the state was restored from a backup" "only who could approve before that may let it go"
    [[ "$stderr" != *loosened* ]]
    let_go
    expect 0 ringmgr rebuild
    expect 0 ringmgr --json status
    json '.rings[0].hold.reason | contains("rebuild")'
}

@test "a restore that was interrupted holds every ring all the same" {
    back_up
    go_on
    setpriv --reuid backup --regid backup --clear-groups sh -c 'cat "$1" >"$2"' - "$COPY" "$DB" ||
        cp "$COPY" "$DB"
    rm -f "$DB"-*
    printf RSTR | dd of="$DB" bs=1 seek=68 conv=notrunc status=none # as far as it came
    expect 0 ringmgr job support </dev/null
    says "a restore was interrupted: every ring is on hold; ringmgr rebuild"
    all_held
    json '.attention | any(.code == "restore-interrupted" and .command == "ringmgr rebuild")'
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "restore")] | length == 1'
    expect 0 ringmgr job support </dev/null
    [ "$stderr" = "" ]
    expect 0 ringmgr rebuild
    expect 0 ringmgr --json status
    json '.attention | any(.code == "restore-interrupted") | not'
    sound
    all_held
}

@test "what is cut off after a restore is still noticed" {
    back_up
    go_on
    expect 0 ringmgr restore "$COPY"
    let_go
    sqlite3 "$DB" "DROP TRIGGER history_no_delete; DELETE FROM history WHERE id = (SELECT max(id) FROM history)"
    expect 4 ringmgr history --verify
    says "its end was cut off"
}

@test "two restores, the second from before the first" {
    back_up
    cp "$COPY" "$W/first"
    go_on
    expect 0 ringmgr restore "$COPY"
    let_go
    expect 0 ringmgr restore "$W/first"
    sound
    all_held
    [ "$(find "$STATE" -name 'ringmgr.db.before-restore-*' | wc -l)" = 2 ]
}

@test "a restore after the state was made anew gives up that history, and says so" {
    back_up
    rm -f "$DB"*
    expect 0 ringmgr rebuild
    expect 0 as games ringmgr hold pilot --reason "some more"
    expect 0 ringmgr --json restore "$COPY"
    json '.lost | any(contains("are of another history, which was begun beside the one of the backup"))'
    expect 0 ringmgr --json history
    json '.entries | any(.action == "restore" and (.reason // "" | test("given up [0-9]+ noted heads of another history")))'
    expect 0 ringmgr history --verify
    prints "are of entries that a restore or a rebuild calls lost"
    sound
}

@test "the newest backup loses nothing, and what stood there can be put back" {
    back_up
    expect 0 ringmgr --json restore "$COPY"
    json '.lost == [] and .adopted == []'
    local kept
    kept=$(jq -r .kept <<<"$output")
    let_go
    expect 0 ringmgr restore "$STATE/$kept"
    sound
    [ "$(live production)" = "$OLD" ]
}

@test "what is no sound backup changes nothing: 4" {
    back_up
    local before
    before=$(sqlite3 "$DB" .dump | sha256sum)
    head -c 5000 "$COPY" >"$W/cut"
    echo nonsense >"$W/nonsense"
    : >"$W/empty"
    cp "$COPY" "$W/altered"
    sqlite3 "$W/altered" "DROP TRIGGER history_no_update; UPDATE history SET reason = 'other' WHERE id = 2"
    sqlite3 "$W/other" "CREATE TABLE t (x)"
    cp "$DB" "$W/bare"
    for file in cut nonsense empty altered other bare; do
        expect 4 ringmgr restore "$W/$file"
        complains
        says "no sound backup"
    done
    cp "$COPY" "$W/newer"
    sqlite3 "$W/newer" "PRAGMA user_version = 999"
    expect 2 ringmgr restore "$W/newer"
    complains
    says "schema 999"
    expect 2 ringmgr restore "$W/nothing"
    [ "$(sqlite3 "$DB" .dump | sha256sum)" = "$before" ]
    [ -z "$(find "$STATE" -name '*.before-*')" ]
    all_not_held
}

all_not_held() {
    expect 0 ringmgr --json status
    json '[.rings[].hold] | all(. == null)'
}

@test "nobody restores under a running process: 7" {
    back_up
    mkfifo "$W/questions"
    sqlite3 "$DB" <"$W/questions" >"$W/answers" 3>&- &
    PID=$!
    exec 9>"$W/questions"
    echo "SELECT count(*) FROM history;" >&9
    wait_until grep -q . "$W/answers"
    expect 7 ringmgr restore "$COPY"
    complains
    says "stop the service"
    exec 9>&-
    ended
    expect 0 ringmgr restore "$COPY"
}

@test "restore where the old state is gone, or is no database" {
    back_up
    rm -f "$DB"*
    expect 0 ringmgr --json restore "$COPY"
    json '.kept == null'
    sound
    head -c 100000 /dev/urandom >"$DB"
    rm -f "$DB-wal" "$DB-shm"
    expect 0 ringmgr --json restore "$COPY"
    json '.lost | any(test("cannot be read"))'
    json '.kept | startswith("ringmgr.db.before-restore-")'
    sound
    all_held
}

# ---- a state that is older than the shares ----

snapshot() {
    cp -a "$STATE" "$W/snapshot"
}

come_back() {
    rm -r "$STATE"
    mv "$W/snapshot" "$STATE"
}

@test "a state older than the shares is refused by whatever writes to a share, until rebuild" {
    snapshot
    go_on
    come_back
    local before
    before=$(shares)
    expect 4 ringmgr sync
    says "the state is older than the share" "ringmgr rebuild"
    expect 4 as news ringmgr promote production "$OLD" --yes
    says "ringmgr rebuild"
    expect 4 as news ringmgr rollback production --to "$OLD" --reason back
    says "ringmgr rebuild"
    expect 4 ringmgr verify --repair
    says "ringmgr rebuild"
    expect 4 ringmgr job heal production
    says "ringmgr rebuild"
    expect 4 ringmgr gc
    says "ringmgr rebuild"
    prints "store: left alone"
    [ "$(shares)" = "$before" ]
    expect 8 ringmgr --json status --check
    json '[.attention[] | select(.code == "share-foreign" and .command == "ringmgr rebuild")] | length == 2'
    expect 0 ringmgr --json rebuild
    json '.lost | any(test("^history: entries up to"))'
    [ "$(shares)" = "$before" ]
    [ "$(live pilot) $(live production)" = "$NEW $NEW" ]
    sound
    all_held
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "share-foreign")] == []'
    let_go
    expect 0 ringmgr gc
    expect 0 as news ringmgr rollback production --reason "tried it out"
    [ "$(live production)" = "$OLD" ]
    sound
}

@test "a roll-back that the state has forgotten is refused, too, and the sentence names rebuild" {
    go_on
    snapshot
    expect 0 as news ringmgr rollback production --reason "does not print"
    come_back
    expect 4 ringmgr sync
    says "ringmgr verify production --repair" "ringmgr rebuild"
    expect 0 ringmgr rebuild
    [ "$(live production)" = "$OLD" ]
    sound
}

# ---- rebuild ----

# refused_without_state: no command makes a new one, nor a second history beside the noted one.
refused_without_state() {
    local noted command
    noted=$(cat "$W/log/head")
    for command in sync status verify "hold pilot --reason look" "job support"; do
        # shellcheck disable=SC2086 # words
        expect 4 as games ringmgr $command </dev/null
        complains
        says "$STATE holds no state, but" "ringmgr restore FILE" "ringmgr rebuild"
    done
    [ "$(ls -A "$STATE")" = "" ]
    [ "$(cat "$W/log/head")" = "$noted" ]
}

@test "shares or a store without a state are a loss, too, where no head was noted" {
    rm -r "$STATE" "$W/log/head"
    mkdir -m 0750 "$STATE" && chown backup: "$STATE"
    expect 4 ringmgr sync
    says "the share of ring pilot is not empty"
    rm -r "$W/share"/*/Office
    expect 4 ringmgr status
    says "the store $W/store holds objects"
    rm -r "$W/store/objects"
    expect 0 ringmgr sync
    shows pilot "$OLD"
}

@test "without any state: rebuild knows again what is live, an approver lets go, and promotions work" {
    local before
    before=$(shares)
    rm -r "$STATE"
    mkdir -m 0750 "$STATE" && chown backup: "$STATE"
    refused_without_state
    expect 0 as games ringmgr rebuild
    prints "lost: history, approvals" "adopted: production: $OLD is live" "on hold: pilot, production"
    [ "$(shares)" = "$before" ]
    [ "$(live pilot) $(live production)" = "$OLD $OLD" ]
    sound
    all_held
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$OLD" ]
    expect 3 as proxy ringmgr unhold production --reason mine
    let_go
    expect 0 ringmgr sync
    hand_on "$NEW"
    shows production "$NEW"
    sound
}

@test "rebuild is done a second time without harm" {
    rm -f "$DB"*
    expect 0 ringmgr rebuild
    expect 0 ringmgr --json rebuild
    json '.adopted == []'
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "rebuild" and .ring == "production")] | length == 1'
    sound
}

@test "rebuild of what is right adopts nothing, invents nothing and loses nothing" {
    go_on
    local offers
    offers=$(sqlite3 "$DB" "SELECT * FROM offer" | sha256sum)
    expect 0 ringmgr --json rebuild
    json '.lost == [] and .adopted == []'
    [ "$(sqlite3 "$DB" "SELECT * FROM offer" | sha256sum)" = "$offers" ]
    sound
    all_held
}

@test "builds that stand beside the live one are known again, and a roll-back finds them" {
    go_on
    rm -f "$DB"*
    expect 0 ringmgr --json rebuild
    json '.adopted | any(startswith("production: \($old) stands beside"))'
    let_go
    expect 0 as news ringmgr rollback production --reason "does not print"
    shows production "$OLD"
    sound
}

@test "a rebuild ends what an earlier verify found wrong, and tells what still is" {
    local file
    file=$(data production)/$OLD/s640.cab
    mv "$file" "$W/aside"
    expect 4 ringmgr verify
    mv "$W/aside" "$file"
    expect 0 ringmgr --json status
    json '.attention | any(.code == "share-wrong")'
    expect 0 ringmgr rebuild
    expect 0 ringmgr --json status
    json '.attention == []'
    echo mine >"$(data production)/file"
    expect 0 ringmgr rebuild
    expect 0 ringmgr --json status
    json '.attention | any(.code == "share-wrong" and .ring == "production")'
}

@test "a report after a rebuild invents no period and no promotion" {
    go_on
    rm -f "$DB"*
    expect 0 ringmgr rebuild
    let_go
    expect 0 as news ringmgr rollback production --reason "does not print"
    expect 0 as games ringmgr unblock "$NEW" --ring production --reason "prints again"
    expect 0 as games ringmgr approve production "$NEW" --reason "prints again"
    sleep 1 # the report tells what is of the same second by nothing else
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 ringmgr --json report --month "$(date -u +%Y-%m)"
    json '[.rings[0].live[].build] == [$new]'
    json '[.rings[1].live[] | [.build, .entry.action]] | sort == ([[$new, "rebuild"], [$old, "rollback"], [$new, "promote"]] | sort)'
}

@test "a damaged database is put aside, and rebuild begins anew" {
    printf 'damage%.0s' {1..2000} | dd of="$DB" bs=1 seek=4096 conv=notrunc status=none
    rm -f "$DB-wal" "$DB-shm"
    expect 1 ringmgr sync
    says "is damaged" "ringmgr rebuild"
    expect 0 ringmgr --json rebuild
    json '.lost | any(test("the database was damaged, and is now .*before-rebuild-"))'
    [ "$(find "$STATE" -name 'ringmgr.db.before-rebuild-*Z' | wc -l)" = 1 ]
    [ "$(live production)" = "$OLD" ]
    sound
}

@test "a store that is gone is filled from the shares, proven" {
    rm -r "$W/store/objects" "$DB"*
    expect 0 ringmgr rebuild
    [ -e "$(object "$UP/$OLD/s640.cab")" ]
    expect 0 ringmgr verify
}

@test "what is incomplete, or not genuine, is left alone: 4, an attention, and among what was lost" {
    local before
    rm -f "$DB"* "$(data production)/$OLD/i640.cab"
    cp "$(data pilot)/$OLD/stream.x64.x-none.dat" "$W/stream"
    byte "$W/stream"
    mv -f "$W/stream" "$(data pilot)/$OLD/stream.x64.x-none.dat"
    before=$(shares)
    expect 4 ringmgr --json rebuild
    json '.lost | any(test("production: left alone: .*i640.cab is missing"))'
    json '.lost | any(test("pilot: left alone: .*stream.x64.x-none.dat is not what .*s640.cab says"))'
    json '.adopted == [] and .held == ["pilot", "production"]'
    [ "$(shares)" = "$before" ]
    [ "$(live pilot) $(live production)" = "none none" ]
    expect 8 ringmgr --json status --check
    json '[.attention[] | select(.code == "share-left")] | length == 2'
    expect 4 ringmgr sync
}

@test "a genuine build of another channel is not adopted" {
    rm -f "$DB"*
    CHANNEL=Current config
    expect 4 ringmgr --json rebuild
    json '.lost | any(test("but the ring.s channel is Current"))'
    [ "$(live production)" = none ]
}

@test "a build that lies in the store alone is named, with the sync that takes it up" {
    expect 0 as games ringmgr hold all --reason "not now"
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    rm -f "$DB"*
    expect 0 ringmgr --json rebuild
    json '.lost | any(test("\($new): its files lie in the store.*ringmgr sync pilot --build \($new)"))'
    let_go
    expect 0 ringmgr --json sync pilot --build "$NEW"
    json '.rings[0].bytes_reused > 0'
    sound
}

@test "who is neither root nor the service may not restore or rebuild" {
    back_up
    chmod 0644 "$COPY"
    expect 2 setpriv --reuid games --regid games --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" rebuild
    complains
    expect 2 setpriv --reuid games --regid games --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" restore "$COPY"
    complains
}
