#!/usr/bin/env bats
# Promotions and roll-backs while clients read through Samba and nginx; readers.proof.bats has ten times as many.

setup_file() {
    load readers
    readers_setup_file
}

setup() {
    load readers
    readers_setup
}

teardown() {
    readers_teardown
}

@test "10 promotions and roll-backs, 2 readers over SMB and 2 over HTTP: nothing torn, nothing missing" {
    flip_while 2 10
}

@test "the readers notice a file that is torn, and one that is missing" {
    local data
    data=$(data production)
    chmod u+w "$data/$OLD/stream.x64.x-none.dat"
    byte "$data/$OLD/stream.x64.x-none.dat"
    rm "$data/$OLD/s640.cab"
    start_readers 1
    wait_until noticed
    stop_readers
    [ "$status" = 1 ]
}

# noticed: by both kinds of readers.
noticed() {
    local kind
    for kind in smb http; do
        grep -q "^$kind: torn: $OLD/stream.x64.x-none.dat" "$W/wrong" && grep -q "^$kind: missing: $OLD/s640.cab" "$W/wrong" || return
    done
}
