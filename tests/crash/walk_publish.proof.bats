#!/usr/bin/env bats
# The crash matrix, what is published: every kind of fault at the changing calls of commands (walk.sh says what is asked after each). Where
# it can be afforded every call is killed, and fails with ENOSPC and EIO; of other kinds and of longer commands it is each
# so-many-th call, another one for each kind and scenario. WALK_EVERY=1 walks every point.

load walk_file

@test "promote" {
    prove promote "promote-both-later=$MAIN" "promote-one-?????=$MAIN/5" "promote-both-first=$MAIN/5" \
        "promote-*-?????=$REST/37"
}

@test "sync that publishes what the store has" {
    prove "sync that publishes" "sync-both-later=$MAIN" "sync-one-*=$MAIN/5" "sync-both-first=$MAIN/5" "sync-*=$REST/41"
}

@test "rollback" {
    prove rollback "rollback-both-later=$MAIN" "rollback-one-later=$MAIN/3" "rollback-*=$REST/29"
}

@test "extend" {
    prove extend "extend-one-later=$MAIN/3" "extend-both-later=$MAIN/7" "extend-*-later=$REST/53"
}
