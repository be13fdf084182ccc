#!/usr/bin/env bats
# A kill, a full disk, an I/O error and other faults at the calls of whatever changes something (walk.sh says what is
# asked after each). Here a sample of each scenario; walk_*.proof.bats walk the matrix.

load walk_file

@test "two architectures over a live build: every seventeenth call survives a kill; a sample of all other faults" {
    walk 'promote-both-later=kill-after/17' 'promote-both-later=ENOSPC,EIO/71' \
        'promote-both-later=kill-before,short,full,EDQUOT,EMLINK,EROFS,EMFILE,EINTR,bad-read/157'
}

@test "fetching, by sync and by import: a sample of kills and other faults" {
    walk 'fetch-one-later=kill-after/157' 'fetch-one-first=EIO,EMFILE/601' 'import-one-later=kill-after,EDQUOT/307'
}

@test "repair of damaged shares, and a ring that leaves its channel: a sample of kills and other faults" {
    walk 'repair-one-later=kill-after/101' 'repair-one-later=EIO,EINTR/401' 'migrate-one-later=kill-after/31' \
        'arrive-one-later=kill-after/197'
}

@test "site sync, and the rsync that it starts: a sample of kills and other faults" {
    walk 'site-one-later=kill-after/157' 'courier-one-later=kill-after,EIO/47'
}

@test "first publications, one architecture, rings that publish by themselves: a sample of calls" {
    walk 'promote-*-first=kill-after,ENOSPC/101' 'promote-one-later=kill-after,ENOSPC/101' 'sync-*=kill-after,EIO/211'
}

@test "replay of an interrupted promotion, by the next one and by verify --repair: a sample of calls" {
    walk '*-both-later@*=kill-after,EIO,ENOSPC/307' '*-both-first@*=kill-after/307' '*-one-*@*=kill-after/401'
}

@test "rollback: a sample of kills and other faults" {
    walk 'rollback-both-later=kill-after/23' 'rollback-one-later=kill-before,EIO,ENOSPC,short,full/101'
}

@test "content that grows, by a language and by an architecture: a sample of kills and other faults" {
    walk 'extend-one-later=kill-after/211' 'extend-both-later=kill-after/197' 'extend-*-later=EIO,ENOSPC/601' \
        'extend-both-later=short,full/307' 'extend-both-later@between=kill-after/307'
}

@test "gc of a build on two shares and in the store: a sample of kills and other faults" {
    walk 'gc-one-later=kill-after/47' 'gc-both-later=EIO,ENOSPC,short,full/197'
}

@test "restore and rebuild: a sample of kills and other faults" {
    walk 'restore-one-later=kill-after/101' 'rebuild-one-later=kill-after/127' 're[sb]*-one-later=EIO,ENOSPC/307'
}
