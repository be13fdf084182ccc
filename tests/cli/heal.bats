#!/usr/bin/env bats
# heal: what somebody has done to a share is put right, nothing is lost, and what cannot be put right is fetched.

setup_file() {
    load world
    world_file
}

# A world with the newer build in both rings.
setup() {
    load world
    world_make
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    DATA=$(data production)
}

teardown() {
    world_end
}

# heal RING [PATH…]: what the watch would have named.
heal() {
    : >"$W/paths"
    [ $# -eq 1 ] || printf '%s\0' "${@:2}" >"$W/paths"
    ringmgr job heal "$1" <"$W/paths"
}

all_right() {
    expect 0 ringmgr --json verify
    json '.bad == []'
    shows production "$NEW"
    shows pilot "$NEW"
    expect 0 ringmgr history --verify
}

# attends CODE: an attention of this code stands; with ! in front, none does.
attends() {
    expect 0 ringmgr --json status
    json ".attention | any(.code == \"$1\")"
}

attends_nothing() {
    expect 0 ringmgr --json status
    json '.attention == []'
}

kept() {
    cat "$W"/store/quarantine/* 2>/dev/null
}

@test "nothing is wrong: nothing is written" {
    still >"$W/before"
    sha256sum "$W/log/head" >"$W/head"
    expect 0 heal production v64.cab "$NEW/s640.cab" "$NEW"
    expect 0 heal production
    still | diff "$W/before" -
    sha256sum -c --quiet "$W/head"
    [ ! -e "$W/store/quarantine" ]
}

@test "a foreign pointer is put right and kept" {
    echo mine >"$W/foreign"
    mv "$W/foreign" "$DATA/v64.cab"
    expect 0 heal production v64.cab
    all_right
    [ "$(kept)" = mine ]
    [ "$(stat -c %h "$DATA/v64.cab")" = 1 ]
    attends_nothing
    expect 0 ringmgr --json history --ring production
    json '.entries[-1] | .action == "heal" and .actor == "ringmgr" and (.reason | contains("v64.cab"))'
}

@test "a pointer of a later, unproven build is put right and its files go to quarantine" {
    local foreign=16.0.29999.20000
    mkdir "$DATA/$foreign"
    chown backup: "$DATA/$foreign"
    echo mine >"$DATA/$foreign/s640.cab"
    echo mine >"$DATA/v64_$foreign.cab"
    cp "$DATA/v64_$foreign.cab" "$DATA/v64.cab"
    expect 0 heal production "$foreign" "v64_$foreign.cab" v64.cab
    all_right
    [ ! -e "$DATA/$foreign" ]
    [ "$(cat "$W"/store/quarantine/"$foreign".*/s640.cab)" = mine ]
}

@test "everything at once: files deleted, replaced, moved, re-permissioned" {
    rm "$DATA/v64.cab" "$DATA/$NEW/s640.cab"
    echo mine >"$DATA/$NEW/i640.cab.new"
    mv "$DATA/$NEW/i640.cab.new" "$DATA/$NEW/i640.cab"
    mv "$DATA/$NEW/i641033.cab" "$DATA/moved.cab"
    chmod 0600 "$DATA/$NEW/s641033.cab"
    chmod 0700 "$DATA/$NEW"
    expect 0 heal production
    all_right
    [ "$(stat -c %a "$DATA/$NEW")" = 755 ]
    [ -n "$(find "$W/store/quarantine" -name 'moved.cab.*')" ]
    attends_nothing
}

@test "1,000 foreign files and a wrong pointer: all put aside, none lost" {
    for i in $(seq 1000); do echo "$i" >"$DATA/file-$i"; done
    rm "$DATA/v64.cab"
    expect 0 heal production v64.cab
    all_right
    [ "$(find "$W/store/quarantine" -type f | wc -l)" = 1000 ]
    [ "$(kept | sort -n | uniq | wc -l)" = 1000 ]
}

@test "an object changed through a link is put aside, fetched by what the attention says, and linked again" {
    local stream=$NEW/stream.x64.x-none.dat
    byte "$DATA/$stream"
    expect 0 heal production "$stream"
    [ ! -e "$(object "$UP/$stream")" ]
    attends object-lost
    json '.attention[] | select(.code == "object-lost") | .command == "ringmgr sync pilot --build \($new)"'
    expect 0 ringmgr sync pilot --build "$NEW"
    expect 0 heal production
    expect 0 heal pilot
    all_right
    attends_nothing
}

@test "beyond quarantine_max foreign files stay, and a person is told" {
    RINGMGR="quarantine_max = 1K" config
    head -c 600 /dev/zero >"$DATA/first"
    head -c 600 /dev/zero >"$DATA/second"
    expect 0 heal production
    [ ! -e "$DATA/first" ]
    [ -e "$DATA/second" ]
    attends quarantine-full
    RINGMGR="quarantine_max = 1M" config
    expect 0 heal production
    all_right
    attends_nothing
}

@test "a size that is none is an error with its line" {
    RINGMGR="quarantine_max = lots" config
    expect 2 ringmgr status
    says quarantine_max "20G"
}

@test "what something undoes again and again is left alone, but no pointer" {
    local round
    for round in 1 2 3 4; do
        rm -f "$DATA/$NEW/s640.cab" "$DATA/v64.cab"
        expect 0 heal production
        [ -e "$DATA/v64.cab" ] || [ "$round" = 4 ]
    done
    [ ! -e "$DATA/$NEW/s640.cab" ]
    attends heal-loop
    expect 0 ringmgr verify production --repair
    all_right
    attends_nothing
}

@test "a pointer does not wait for a file that is left alone, unless it would lead to it" {
    local round
    for round in 1 2 3; do
        rm "$DATA/v64.cab"
        expect 0 heal production
    done
    rm "$DATA/v64.cab"
    expect 0 heal production
    all_right
}
