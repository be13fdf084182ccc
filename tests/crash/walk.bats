#!/usr/bin/env bats
# A kill, a full disk, an I/O error or a cut write at the calls of publish, promote and replay (walk.sh says what is
# asked after each). Here a sample of each scenario; walk.proof.bats does every call of all of them.

bats_require_minimum_version 1.5.0

setup_file() {
    load walk
    walk_setup_file
}

teardown_file() {
    load walk
    walk_teardown_file
}

setup() {
    load ../helper
    load walk
}

@test "two architectures over a live build: every fifth call survives a kill, every twenty-third another fault" {
    walk 'promote-both-later=kill-after/5' 'promote-both-later=ENOSPC,EIO/23' 'promote-both-later=kill-before,short,full/47'
}

@test "first publications, one architecture, rings that publish by themselves: a sample of calls" {
    walk 'promote-*-first=kill-after,ENOSPC/61' 'promote-one-later=kill-after,ENOSPC/61' 'sync-*=kill-after,EIO/127'
}

@test "replay of an interrupted promotion, by the next one and by verify --repair: a sample of calls" {
    walk '*-both-later@*=kill-after/89' '*-both-later@*=EIO,ENOSPC/307' '*-both-first@*=kill-after/197' \
        '*-one-*@*=kill-after/307'
}

@test "rollback: a sample of kills and other faults" {
    walk 'rollback-both-later=kill-after/7' 'rollback-one-later=kill-before,EIO,ENOSPC,short,full/41'
}

@test "content that grows, by a language and by an architecture: a sample of kills and other faults" {
    walk 'extend-one-later=kill-after/127' 'extend-both-later=kill-after/113' 'extend-*-later=EIO,ENOSPC/401' \
        'extend-both-later=short,full/199' 'extend-both-later@between=kill-after/199'
}

@test "gc of a build on two shares and in the store: a sample of kills and other faults" {
    walk 'gc-one-later=kill-after/19' 'gc-both-later=EIO,ENOSPC,short,full/61'
}

@test "restore and rebuild: a sample of kills and other faults" {
    walk 'restore-one-later=kill-after/41' 'rebuild-one-later=kill-after/59' 're[sb]*-one-later=EIO,ENOSPC/199'
}
