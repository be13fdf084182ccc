#!/usr/bin/env bats
# What run.sh leans on: how logs are counted, how packages are installed, and when a test may skip.

bats_require_minimum_version 1.5.0

setup() {
    load ../helper
    log=$BATS_TEST_TMPDIR/log
    counts=$BATS_TEST_TMPDIR/counts
}

# counted KIND NUMBERS: the log on standard input counts as "passed failed skipped".
counted() {
    cat >"$log"
    rm -f "$counts"
    run -0 perl "$RINGMGR_TOP/tests/count.pl" "$1" "$log" "$counts"
    echo "$output"
    [ "$(cat "$counts")" = "$2 log" ]
}

@test "ctest: tests of cmocka and bats are counted, a program without any as one" {
    counted ctest '5 2 3' <<'LOG'
1: Test command: x
1: [  PASSED  ] 2 test(s).
1: [  SKIPPED ] group: 1 test(s), listed below:
1: [  SKIPPED ] test_a
1: [  FAILED  ] 1 test(s), listed below:
1: [  FAILED  ] test_b
1/4 Test #1: unit/base/test_a ...***Failed    0.01 sec
2: 1..3
2: ok 1 x
2: ok 2 y # skip no tool
2: not ok 3 z
2/4 Test #2: crash/x .................***Failed    0.01 sec
3: says nothing
3/4 Test #3: fuzz/a ........   Passed    0.01 sec
4: [  PASSED  ] 1 test(s).
5/6 Test #4: unit/b ........   Passed    0.01 sec
6/6 Test #5: unit/c ........***Skipped   0.01 sec
LOG
    [[ "$output" == *'-- unit/base/test_a: ***Failed'*'test_b'* && "$output" != *'says nothing'* ]]
}

@test "ctest: a program that dies after good tests, one that never ran, and no program at all have failed" {
    counted ctest '3 2 0' <<'LOG'
1: [  PASSED  ] 3 test(s).
1: ==1==ERROR: LeakSanitizer
1/2 Test #1: unit/a ...***Failed    0.01 sec
2/2 Test #2: unit/b ...***Not Run   0.00 sec
LOG
    [[ "$output" == *LeakSanitizer* ]]
    counted ctest '0 1 0' <<<'No tests were found!!!'
}

@test "bats: results are counted, and those that the plan promised and that never came have failed" {
    counted bats '1 3 1' <<'LOG'
1..5
ok 1 good
not ok 2 bad
# because
ok 3 other # skip x is missing
LOG
    [[ "$output" == *'not ok 2 bad'*'# because'* && "$output" != *'ok 1 good'* ]]
    counted bats '0 1 0' <<<'syntax error'
    [[ "$output" == *'syntax error'* ]]
}

@test "a missing thing is skipped aloud, and fails where nothing may be missing" {
    printf 'load %s\n@test "x" {\n    need no-such-program\n}\n' "$RINGMGR_TOP/tests/helper" >"$BATS_TEST_TMPDIR/x.bats"
    run -0 env -u RINGMGR_STRICT bats --tap "$BATS_TEST_TMPDIR/x.bats"
    [[ "$output" == *'# skip no-such-program is missing'* ]]
    run -1 env RINGMGR_STRICT=1 bats --tap "$BATS_TEST_TMPDIR/x.bats"
    [[ "$output" == *'not ok 1 x'*'no-such-program is missing'* ]]
}

# stand_in NAME: a program in front of the real one, from standard input.
stand_in() {
    mkdir -p "$BATS_TEST_TMPDIR/bin"
    { echo '#!/bin/sh' && cat; } >"$BATS_TEST_TMPDIR/bin/$1"
    chmod +x "$BATS_TEST_TMPDIR/bin/$1"
}

# install GROUP…: on a machine that lacks nginx-light.
install() {
    stand_in dpkg-query <<<'for last; do :; done; [ "$last" != nginx-light ] && printf installed'
    stand_in id <<<'echo 0'
    PATH=$BATS_TEST_TMPDIR/bin:$PATH run sh "$RINGMGR_TOP/tests/install-packages.sh" "$@"
}

@test "packages: where nothing is missing, no package source is asked" {
    stand_in apt-get <<<'echo asked; exit 1'
    install build test
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "packages: only what is missing is installed, and no service starts meanwhile" {
    [ "$(id -u)" = 0 ] || missing root
    [ ! -e /usr/sbin/policy-rc.d ] || missing "a machine without a policy-rc.d"
    stand_in apt-get <<<'echo "apt: $*"; sh /usr/sbin/policy-rc.d; echo "policy: $?"; case $* in *update*) ;; *) exit 100 ;; esac'
    install origin
    [ "$status" -ne 0 ]
    [[ "$output" == *'apt: '*' update'*'policy: 101'*'apt: '*'install --no-install-recommends nginx-light'*'policy: 101'* ]]
    [ ! -e /usr/sbin/policy-rc.d ]
}

@test "packages: a group that does not exist is refused" {
    install build origins
    [ "$status" -eq 2 ]
}

@test "run.sh refuses an option that it does not know" {
    run -2 sh "$RINGMGR_TOP/tests/run.sh" --fast
    [[ "$output" == usage:* ]]
}

@test "PROOF.md: figures stand in the order of the sections, below the command that counts them; failures and other commits are named" {
    local proofs=$BATS_TEST_TMPDIR/proofs
    mkdir -p "$proofs/a" "$proofs/b"
    printf '%s\n' '5 1 2 bats-tests-a.bats.log' '3 0 0 bats-tests-b.proof.bats.log' >"$proofs/counts"
    echo 120 >"$proofs/seconds"
    echo abc | tee "$proofs/commit" >"$proofs/a/commit"
    echo def >"$proofs/b/commit"
    echo tests/a.bats >"$proofs/a/name"
    echo tests/b.proof.bats >"$proofs/b/name"
    echo '5 1 2 x' >"$proofs/a/result"
    echo '3 0 0 x' >"$proofs/b/result"
    echo 61 | tee "$proofs/a/seconds" >"$proofs/b/seconds"
    printf '%s\t%s\t%s\n' 'Power cuts' 'cuts; wrong' '500; 0' >"$proofs/b/figures"
    printf '%s\t%s\t%s\n' 'Crash matrix' 'a | b' 7 >"$proofs/a/figures"
    run -0 perl "$RINGMGR_TOP/tests/proof.pl" "$proofs"
    [[ "$output" == *'8 passed, 1 failed, 2 skipped (failed: bats-tests-a.bats.log), in 2 minutes'*'its commit: abc'* ]]
    [[ "$output" == *'- failed: `tests/a.bats` (5 passed, 1 failed, 2 skipped)'* ]]
    [[ "$output" == *'run alone since then, on the commit that stands beside it: `tests/b.proof.bats`'* ]]
    [[ "$output" == *'## Crash matrix'*'`sh tests/run.sh --proof tests/a.bats`: 5 passed, 1 failed, 2 skipped, 61 s'$'\n'*'| a \| b | 7 |'*'## Power cuts'* ]]
    [[ "$output" == *'`sh tests/run.sh --proof tests/b.proof.bats`: 3 passed, 0 failed, 0 skipped, 61 s, commit def'*'| cuts; wrong | 500; 0 |'* ]]
}
