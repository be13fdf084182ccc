#!/usr/bin/env bats
# Every fault at every changing call of publish, promote and replay, in every scenario. Killed after call n and before
# call n + 1 the disk is the same; both are walked for publications, one of them for replays. (walk.sh)

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

@test "publications: every call survives every fault" {
    walk '*-first=all' '*-later=all'
}

@test "replays of content that grows: every call survives every fault" {
    walk 'extend-*@*=kill-after,ENOSPC,EIO' 'extend-*@*=short,full/5'
}

@test "replays by the next promotion: every call survives every fault" {
    walk 'promote-*@*=kill-after,ENOSPC,EIO,short' 'promote-*@*=full/5'
}

@test "replays by verify --repair: every call survives every fault" {
    walk 'verify-*@*=kill-after,ENOSPC,EIO,short' 'verify-*@*=full/5'
}
