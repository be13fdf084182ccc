#!/usr/bin/env bats
# The crash matrix, what is kept in order: every kind of fault at the changing calls of commands (walk.sh says what is asked after each). Where
# it can be afforded every call is killed, and fails with ENOSPC and EIO; of other kinds and of longer commands it is each
# so-many-th call, another one for each kind and scenario. WALK_EVERY=1 walks every point.

load walk_file

@test "gc" {
    prove gc gc-both-later=kill-after gc-both-later=ENOSPC,EIO/2 "gc-one-later=$MAIN/3" "gc-*=$REST/31"
}

@test "verify --repair of damaged shares" {
    prove "verify --repair" "repair-*=$MAIN" "repair-*=$REST/37"
}

@test "migrate, and the sync that brings the other channel" {
    prove migrate "migrate-*=$MAIN" "migrate-*=$REST/5" "arrive-*=$MAIN/2" "arrive-*=$REST/41"
}
