#!/usr/bin/env bats
# The crash matrix: every kind of fault at the changing calls of every command that changes something, and of replay
# (walk.sh says what is asked after each). Where it can be afforded every call is killed, and fails with ENOSPC and EIO;
# of other kinds, of replays and of longer commands it is each so-many-th call, another one for each kind and scenario.
# This takes some 35 minutes of one processor. WALK_EVERY=1 walks every point, for a day.

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

MAIN=kill-after,ENOSPC,EIO
REST=kill-before,EDQUOT,EMLINK,EROFS,EMFILE,EINTR,bad-read,short,full

@test "promote" {
    prove promote "promote-both-later=$MAIN" "promote-one-?????=$MAIN/5" "promote-both-first=$MAIN/5" \
        "promote-*-?????=$REST/37"
}

@test "sync that publishes what the store has" {
    prove "sync that publishes" "sync-both-later=$MAIN" "sync-one-*=$MAIN/5" "sync-both-first=$MAIN/5" "sync-*=$REST/41"
}

@test "sync that fetches: metadata, quarantine, store, catalog, share" {
    prove "sync that fetches" fetch-one-later=kill-after fetch-one-later=ENOSPC,EIO/3 "fetch-*-first=$MAIN/17" \
        "fetch-both-later=$MAIN/17" "fetch-*=$REST/67"
}

@test "import" {
    prove import "import-one-later=$MAIN/3" "import-one-first=$MAIN/7" "import-*=$REST/53"
}

@test "rollback" {
    prove rollback "rollback-both-later=$MAIN" "rollback-one-later=$MAIN/3" "rollback-*=$REST/29"
}

@test "extend" {
    prove extend "extend-one-later=$MAIN/3" "extend-both-later=$MAIN/7" "extend-*-later=$REST/53"
}

@test "gc" {
    prove gc gc-both-later=kill-after gc-both-later=ENOSPC,EIO/2 "gc-one-later=$MAIN/3" "gc-*=$REST/31"
}

@test "verify --repair of damaged shares" {
    prove "verify --repair" "repair-*=$MAIN" "repair-*=$REST/37"
}

@test "migrate, and the sync that brings the other channel" {
    prove migrate "migrate-*=$MAIN" "migrate-*=$REST/5" "arrive-*=$MAIN/2" "arrive-*=$REST/41"
}

@test "site sync: ringmgr, and each rsync that it starts" {
    prove "site sync" "site-*=$MAIN/4" "site-*=$REST/47" "courier-*=$MAIN/2" \
        courier-*=kill-before,EDQUOT,EROFS,EMFILE,EINTR,bad-read,short,full/37
}

@test "restore and rebuild" {
    prove "restore, rebuild" "restore-*=$MAIN/3" "rebuild-*=$MAIN/3" "re[sb]*-one-later=$REST/47"
}

@test "replay, by the next promotion, by verify --repair and by the next sync" {
    prove replay "promote-*@*=$MAIN/53" "verify-*@*=$MAIN/59" "extend-*@*=$MAIN/97" "*@*=$REST/701"
}
