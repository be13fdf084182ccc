#!/usr/bin/env bats
# The crash matrix, sites and books: every kind of fault at the changing calls of commands (walk.sh says what is asked after each). Where
# it can be afforded every call is killed, and fails with ENOSPC and EIO; of other kinds and of longer commands it is each
# so-many-th call, another one for each kind and scenario. WALK_EVERY=1 walks every point.

load walk_file

@test "site sync: ringmgr, and each rsync that it starts" {
    prove "site sync" "site-*=$MAIN/4" "site-*=$REST/47" "courier-*=$MAIN/2" \
        courier-*=kill-before,EDQUOT,EROFS,EMFILE,EINTR,bad-read,short,full/37
}

@test "restore and rebuild" {
    prove "restore, rebuild" "restore-*=$MAIN/3" "rebuild-*=$MAIN/3" "re[sb]*-one-later=$REST/47"
}
