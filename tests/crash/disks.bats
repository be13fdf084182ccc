#!/usr/bin/env bats
# Disks that are really full, on small file systems; disks.proof.bats has all commands, ext4, inodes, and a disk that
# goes away.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../cli/world
    load disk
    need_mounts
    world_file
}

setup() {
    load ../cli/world
    load disks
    world_make
}

teardown() {
    world_end
    disks_end
}

@test "the disk of store and shares is full: sync ends with 6 in one line, and works when there is room" {
    small_disk 32
    fill "$W/disk"
    no_space ringmgr sync
    [ ! -e "$(data pilot)/v64.cab" ]
    free_up "$W/disk"
    expect 0 ringmgr sync
    shows pilot "$NEW"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    fill "$W/disk"
    no_space as news ringmgr promote production "$NEW"
    [ ! -e "$(data production)/v64.cab" ]
    free_up "$W/disk"
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW"
    sound
}

@test "the disk of the state is full: the ballast carries a rollback; without it nothing is changed" {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    offer "$NEW" 2026-08-17
    expect 0 ringmgr sync
    small_state 32
    fill "$W/state"
    [ "$(stat -c %s "$W/state/ballast")" = $((8 << 20)) ]
    expect 0 as games ringmgr rollback pilot --reason bad
    shows pilot "$OLD"
    [ ! -e "$W/state/ballast" ]
    fill "$W/state"
    no_space as games ringmgr block "$NEW" --reason worse
    free_up "$W/state"
    expect 0 as games ringmgr block "$NEW" --reason worse
    [ "$(stat -c %s "$W/state/ballast")" = $((8 << 20)) ]
    sound
}
