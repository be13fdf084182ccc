#!/usr/bin/env bats
# Disks that are really full, or without inodes, or gone, for every command: each ends with one error and the status of the
# manual, leaves every share right (tests/judge), and works when the disk does. Store and shares on ext4, the rest on
# tmpfs. disks.bats has a part of it.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../cli/world
    load ../cli/judging
    load disk
    need_loops
    need osslsigncode cabextract
    world_file
    : >"$BATS_FILE_TMPDIR/shown"
    : >"$BATS_FILE_TMPDIR/wrong"
    W=$BATS_FILE_TMPDIR O=$WORLD_ORIGIN learn
}

setup() {
    load ../cli/world
    load ../cli/judging
    load ../cli/service
    load ../cli/sites
    load disks
    DISKS=ext4
    world_make
    cp "$BATS_FILE_TMPDIR/manifest" "$W/manifest"
}

teardown() {
    sites_end
    world_end
    disks_end
}

teardown_file() {
    load ../cli/world
    figure "Full disks" "commands that met a full, exhausted or missing disk; lines of the judge about wrong shares" \
        "$(wc -l <"$BATS_FILE_TMPDIR/shown"); $(wc -l <"$BATS_FILE_TMPDIR/wrong")"
}

# whole: the judge finds nothing wrong with either share. Counts what has just been shown.
whole() {
    local ring verdict
    for ring in pilot production; do
        verdict=$(judge "$ring") || true
        [ -z "$verdict" ] || { echo "$ring: $verdict" | tee -a "$BATS_FILE_TMPDIR/wrong" && return 1; }
    done
    expect 0 ringmgr history --verify
    echo "$BATS_TEST_DESCRIPTION" >>"$BATS_FILE_TMPDIR/shown"
}

# Pilot has both builds, production the older one and an approval for the newer.
stand() {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production "$OLD"
    offer "$NEW" 2026-08-17
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
}

# refused_then_done COMMAND…: on a disk of store and shares without a byte: 6, and nothing has changed; then done.
refused_then_done() {
    fill "$W/disk"
    no_space "$@"
    whole
    free_up "$W/disk"
    expect 0 "$@"
    whole
}

@test "store and shares are full: sync, at once and half way" {
    small_disk 32
    refused_then_done ringmgr sync
    shows pilot "$NEW"
    CONTENT='languages = en-us, fr-fr' reconfigure
    fill_but "$W/disk" 100
    no_space ringmgr sync
    whole
    shows pilot "$NEW"
    free_up "$W/disk"
    expect 0 ringmgr sync
    whole
    sound
}

@test "store and shares are full: import" {
    small_disk 32
    refused_then_done ringmgr import "$O/www/pr/$ORIGIN_GUID" --ring pilot
    shows pilot "$NEW"
    sound
}

@test "store and shares are full: promote, rollback" {
    small_disk 32
    stand
    fill "$W/disk"
    no_space as news ringmgr promote production "$NEW"
    whole
    shows production "$OLD"
    free_up "$W/disk"
    expect 0 as news ringmgr promote production "$NEW"
    whole
    fill "$W/disk"
    no_space as games ringmgr rollback production --reason bad
    whole
    free_up "$W/disk"
    expect 0 as games ringmgr rollback production --reason bad
    shows production "$OLD"
    whole
    sound
}

@test "store and shares are full: a language is added" {
    small_disk 32
    stand
    CONTENT='languages = en-us, fr-fr' reconfigure
    refused_then_done ringmgr sync
    [ -e "$(data production)/$OLD/stream.x64.fr-fr.dat" ]
    sound
}

@test "store and shares are full: gc makes room, and does not need any" {
    PILOT=$'keep = 0\ngrace = 0 days' PRODUCTION=$'keep = 0\ngrace = 0 days'
    small_disk 32
    stand
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr block "$OLD" --reason bad
    fill "$W/disk"
    expect 0 ringmgr gc
    whole
    [ -z "$(find "$W/share/" -name "*$OLD*")" ]
    [ ! -e "$(object "$UP/$OLD/stream.x64.x-none.dat")" ]
    free_up "$W/disk"
    sound
}

@test "no inode is left: sync, promote" {
    small_disk 32 600
    fill_inodes "$W/disk"
    no_space ringmgr sync
    whole
    free_up "$W/disk"
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    fill_inodes "$W/disk"
    no_space as news ringmgr promote production "$NEW"
    whole
    free_up "$W/disk"
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW"
    whole
    sound
}

@test "a ring of copies on a full disk of its own" {
    stand
    PRODUCTION='link = copy' config
    small_share production 3
    fill_but "$W/share/production" 150
    no_space as news ringmgr promote production "$NEW"
    whole
    shows production "$OLD"
    free_up "$W/share/production"
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW"
    whole
    sound
}

# On a disk of the state without a byte, with the ballast: the command is done. Without: 6, and nothing has changed.
@test "the state is full: sync, promote, gc with the ballast and without" {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    small_state 32
    fill "$W/state"
    expect 0 as news ringmgr promote production "$OLD"
    shows production "$OLD"
    whole
    [ ! -e "$W/state/ballast" ]
    fill "$W/state"
    offer "$NEW" 2026-08-17
    no_space ringmgr sync
    whole
    shows pilot "$OLD"
    expect 6 ringmgr gc
    whole
    free_up "$W/state"
    expect 0 ringmgr sync
    shows pilot "$NEW"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    fill "$W/state"
    expect 0 ringmgr gc
    expect 0 as news ringmgr promote production "$NEW"
    whole
    fill "$W/state"
    no_space as games ringmgr rollback production --reason bad
    whole
    shows production "$NEW"
    free_up "$W/state"
    expect 0 as games ringmgr rollback production --reason bad
    whole
    sound
}

@test "readers read while the state is full" {
    stand
    small_state 32
    rm "$W/state/ballast"
    fill "$W/state"
    expect 0 ringmgr --json status
    json '.rings[0].live.build == $new'
    expect 0 ringmgr explain production
    expect 0 ringmgr --json history
    whole
}

@test "a backup onto a full disk leaves nothing behind, and the state as it was" {
    stand
    disk "$W/elsewhere" 8
    chown backup: "$W/elsewhere"
    fill_but "$W/elsewhere" 40
    no_space ringmgr backup "$W/elsewhere/copy"
    [ "$(find "$W/elsewhere" -type f ! -name 'filler*')" = "" ]
    whole
    free_up "$W/elsewhere"
    expect 0 ringmgr backup "$W/elsewhere/copy"
    [ "$(sqlite3 "$W/elsewhere/copy" "PRAGMA integrity_check")" = ok ]
}

@test "a site: its disk is full, the books' disk is full" {
    stand
    site_folder tokyo
    site tokyo 'rings = pilot'
    config
    disk "$W/site/tokyo" 4
    chown backup: "$W/site/tokyo"
    fill "$W/site/tokyo"
    expect 6 ringmgr site sync
    prints "No space left on device"
    [ ! -e "$W/site/tokyo/Office/Data/v64.cab" ]
    whole
    free_up "$W/site/tokyo"
    expect 0 ringmgr site sync
    find "$W/site/tokyo" -name v64.cab -exec cmp {} "$UP/v64.cab" \;
    offer "$OLD" 2026-08-18
    small_state 32
    rm "$W/state/ballast"
    fill "$W/state"
    expect 6 ringmgr site sync
    prints "no space left"
    whole
    free_up "$W/state"
    expect 0 ringmgr site sync
    whole
}

@test "the disk of store and shares is gone: every command says so, none makes a new one, and all goes on when it is back" {
    local command
    small_disk 32
    stand
    pull
    for command in "ringmgr sync" "as news ringmgr promote production $NEW" "ringmgr gc" "ringmgr verify" \
        "as games ringmgr rollback pilot --reason bad" "ringmgr verify --repair"; do
        heed $command
        [ "$status" != 0 ] || { echo "$command: ended with 0" && return 1; }
        says "$W/disk"
        echo "$command" >>"$BATS_FILE_TMPDIR/shown"
    done
    [ -z "$(ls -A "$W/disk")" ]
    plug
    whole
    expect 0 as news ringmgr promote production "$NEW"
    whole
    sound
}

@test "the store alone is gone: an empty folder in its place takes nothing in" {
    stand
    mkdir "$W/store-aside"
    mount --bind "$W/store" "$W/store-aside"
    MOUNTED=("$W/store-aside")
    mount -t tmpfs -o mode=755 none "$W/store"
    MOUNTED=("$W/store" "$W/store-aside")
    chown backup: "$W/store"
    heed as news ringmgr promote production "$NEW"
    [ "$status" != 0 ]
    complains
    shows production "$OLD"
    umount "$W/store"
    whole
    expect 0 as news ringmgr promote production "$NEW"
    whole
    sound
}

@test "the disk goes while a sync fetches: what it finishes is on that disk, and the next one finds it" {
    small_disk 32
    stand
    CONTENT='languages = en-us, fr-fr' reconfigure
    origin_fault 'path=*stream.x64.fr-fr.dat&kind=slow&value=20000'
    start sync
    wait_until fetching_french
    pull
    origin_faults_clear
    ended
    echo "sync ended with $status: $(cat "$W/err")"
    [ -z "$(ls -A "$W/disk")" ]
    plug
    whole
    expect 0 ringmgr sync
    whole
    sound
}

fetching_french() {
    find "$W/disk/store/incoming" -name '*fr-fr.dat.part' | grep -q .
}

@test "the disk goes while the service runs: it says so, stays, and goes on when the disk is back" {
    small_disk 32
    stand
    MORE=$'[schedule]\nsync = every 1 minutes' reconfigure
    at 2026-09-01T10:00Z
    export RINGMGR_TEST_NOW=@$W/now
    serving
    wait_until settled
    pull
    at 2026-09-01T10:30Z
    wait_until logged "$W/disk"
    kill -0 "$PID"
    [ -z "$(ls -A "$W/disk")" ]
    plug
    at 2026-09-01T11:30Z
    wait_until settled
    end TERM
    [ "$status" = 0 ]
    whole
    expect 0 ringmgr sync
    sound
}
