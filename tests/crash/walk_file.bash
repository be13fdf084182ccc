# The head of walk.bats and walk_*.proof.bats, which load it at their top: the worlds are made once a file.

bats_require_minimum_version 1.5.0

load ../helper
load walk

setup_file() {
    walk_setup_file
}

teardown_file() {
    walk_teardown_file
}
