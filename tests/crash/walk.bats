#!/usr/bin/env bats
# A kill, a full disk, an I/O error or a cut write at the calls of publish, promote and replay (walk.sh says what is
# asked after each). Here: the richest publication killed after every call, and of everything else a sample;
# walk.proof.bats does it all.

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

@test "two architectures over a live build: every call survives a kill, every fifth another fault" {
    walk 'promote-both-later=kill-after' 'promote-both-later=kill-before,ENOSPC,EIO/5' 'promote-both-later=short,full/13'
}

@test "first publications, one architecture, rings that publish by themselves: a sample of calls" {
    walk 'promote-*-first=kill-after,ENOSPC/23' 'promote-one-later=kill-after,ENOSPC/23' 'sync-*=kill-after,EIO/31'
}

@test "replay of an interrupted promotion, by the next one and by verify --repair: a sample of calls" {
    walk '*-both-later@*=kill-after,EIO,ENOSPC/37' '*-both-first@*=kill-after/43' '*-one-*@*=kill-after/61'
}

@test "rollback: a sample of kills and other faults" {
    walk 'rollback-both-later=kill-after/5' 'rollback-one-later=kill-before,EIO,ENOSPC,short,full/19'
}

@test "content that grows, by a language and by an architecture: a sample of kills and other faults" {
    walk 'extend-one-later=kill-after/47' 'extend-both-later=kill-after/41' 'extend-*-later=EIO,ENOSPC/211' \
        'extend-both-later=short,full/53' 'extend-both-later@between=kill-after/97'
}

@test "gc of a build on two shares and in the store: a sample of kills and other faults" {
    walk 'gc-one-later=kill-after/7' 'gc-both-later=EIO,ENOSPC,short,full/23'
}
