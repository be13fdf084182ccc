#!/usr/bin/env bats
# A kill, a full disk, an I/O error and other faults at the calls of whatever changes something (walk.sh says what is
# asked after each). Here a sample of each scenario; walk.proof.bats walks the matrix.

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

@test "two architectures over a live build: every ninth call survives a kill; a sample of all other faults" {
    walk 'promote-both-later=kill-after/9' 'promote-both-later=ENOSPC,EIO/41' \
        'promote-both-later=kill-before,short,full,EDQUOT,EMLINK,EROFS,EMFILE,EINTR,bad-read/97'
}

@test "fetching, by sync and by import: a sample of kills and other faults" {
    walk 'fetch-one-later=kill-after/97' 'fetch-one-first=EIO,EMFILE/401' 'import-one-later=kill-after,EDQUOT/197'
}

@test "repair of damaged shares, and a ring that leaves its channel: a sample of kills and other faults" {
    walk 'repair-one-later=kill-after/61' 'repair-one-later=EIO,EINTR/307' 'migrate-one-later=kill-after/19' \
        'arrive-one-later=kill-after/113'
}

@test "site sync, and the rsync that it starts: a sample of kills and other faults" {
    walk 'site-one-later=kill-after/97' 'courier-one-later=kill-after,EIO/31'
}

@test "first publications, one architecture, rings that publish by themselves: a sample of calls" {
    walk 'promote-*-first=kill-after,ENOSPC/61' 'promote-one-later=kill-after,ENOSPC/61' 'sync-*=kill-after,EIO/127'
}

@test "replay of an interrupted promotion, by the next one and by verify --repair: a sample of calls" {
    walk '*-both-later@*=kill-after/127' '*-both-later@*=EIO,ENOSPC/307' '*-both-first@*=kill-after/197' \
        '*-one-*@*=kill-after/307'
}

@test "rollback: a sample of kills and other faults" {
    walk 'rollback-both-later=kill-after/13' 'rollback-one-later=kill-before,EIO,ENOSPC,short,full/61'
}

@test "content that grows, by a language and by an architecture: a sample of kills and other faults" {
    walk 'extend-one-later=kill-after/127' 'extend-both-later=kill-after/113' 'extend-*-later=EIO,ENOSPC/401' \
        'extend-both-later=short,full/199' 'extend-both-later@between=kill-after/199'
}

@test "gc of a build on two shares and in the store: a sample of kills and other faults" {
    walk 'gc-one-later=kill-after/31' 'gc-both-later=EIO,ENOSPC,short,full/113'
}

@test "restore and rebuild: a sample of kills and other faults" {
    walk 'restore-one-later=kill-after/61' 'rebuild-one-later=kill-after/71' 're[sb]*-one-later=EIO,ENOSPC/199'
}
