#!/usr/bin/env bats
# 100 promotions and roll-backs while 8 Samba clients and 8 HTTP clients read: nothing is torn, nothing is missing.

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

@test "100 promotions and roll-backs, 8 readers over SMB and 8 over HTTP: 0 torn, 0 missing" {
    flip_while 8 100
}
