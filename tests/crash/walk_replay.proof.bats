#!/usr/bin/env bats
# The crash matrix, replay of what was interrupted: every kind of fault at the changing calls of commands (walk.sh says what is asked after each). Where
# it can be afforded every call is killed, and fails with ENOSPC and EIO; of other kinds and of longer commands it is each
# so-many-th call, another one for each kind and scenario. WALK_EVERY=1 walks every point.

load walk_file

@test "replay, by the next promotion, by verify --repair and by the next sync" {
    prove replay "promote-*@*=$MAIN/53" "verify-*@*=$MAIN/59" "extend-*@*=$MAIN/97" "*@*=$REST/701"
}
