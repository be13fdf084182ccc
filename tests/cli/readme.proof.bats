#!/usr/bin/env bats
# README's walk, from an empty server to production and through what happens then: every command that README shows there
# is run, and what it prints is compared (readme.py), on a machine with the package, systemd, Samba and the accounts of a
# domain (readme.bash).

setup_file() {
    load world
    load readme
    [ "$(id -u)" = 0 ] || missing "root"
    [ -n "$RINGMGR_REAL" ] || missing "the folder of real files (RINGMGR_REAL)"
    need cmake ninja debootstrap dpkg-shlibdeps samba-tool samba nginx rsync python3
    : "${TESTCDN:=${RINGMGR_BIN%/*}/tests/cdn/testcdn}"
    export TESTCDN RINGMGR_REAL
    readme_start
}

setup() {
    load world
}

teardown_file() {
    load world
    load readme
    readme_end
}

@test "README, from an empty server to production: every command does what README shows" {
    run python3 "$BATS_TEST_DIRNAME/readme.py" "$RINGMGR_TOP/README.md" "$BATS_TEST_DIRNAME/readme.bash"
    [ "$status" = 0 ] || { echo "$output" && return 1; }
    figure "README" "commands of README's walk, run and compared; otherwise than README shows" "$(tail -n 1 <<<"$output" | tr -dc '0-9 ' | tr -s ' ' ';')"
}
