#!/usr/bin/env bats
# The crash matrix, what is fetched: every kind of fault at the changing calls of commands (walk.sh says what is asked after each). Where
# it can be afforded every call is killed, and fails with ENOSPC and EIO; of other kinds and of longer commands it is each
# so-many-th call, another one for each kind and scenario. WALK_EVERY=1 walks every point.

load walk_file

@test "sync that fetches: metadata, quarantine, store, catalog, share" {
    prove "sync that fetches" fetch-one-later=kill-after fetch-one-later=ENOSPC,EIO/3 "fetch-*-first=$MAIN/17" \
        "fetch-both-later=$MAIN/17" "fetch-*=$REST/67"
}

@test "import" {
    prove import "import-one-later=$MAIN/3" "import-one-first=$MAIN/7" "import-*=$REST/53"
}
