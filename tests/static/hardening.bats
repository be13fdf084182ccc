#!/usr/bin/env bats
# What tests/static/hardening.sh sees: that the installed program has it all is a test of tests/cli/quickstart.bats, which
# has built one as people do; here are small programs that lack one thing each.

bats_require_minimum_version 1.5.0

setup() {
    load ../helper
    need gcc readelf
    cd "$BATS_TEST_TMPDIR"
    cat >small.c <<'C'
#include <stdio.h>
#include <string.h>
int main(int argc, char **argv)
{
    char text[64];
    strcpy(text, argv[argc - 1]);
    return puts(text);
}
C
}

# small OPTION…: compiled as the preset release has it, with these options behind.
small() {
    local flags
    flags=$(sed -n 's/.*RINGMGR_HARDENING}>:\(-.*\)>.*/\1/p' "$RINGMGR_TOP/CMakeLists.txt" | tr ';\n' '  ')
    # shellcheck disable=SC2086 # words
    gcc -O2 -fPIE -fstack-protector-strong $flags "$@" small.c -o small
    run sh "$RINGMGR_TOP/tests/static/hardening.sh" small
    echo "$output"
}

# lacks TEXT OPTION…: this is said, and nothing else.
lacks() {
    small "${@:2}"
    [ "$status" -eq 1 ] && [ "$output" = "hardening: $1" ]
}

@test "what the preset release is compiled and linked with gives it all" {
    grep -q '"release".*' "$RINGMGR_TOP/CMakePresets.json"
    small
    [ "$status" -eq 0 ] && [ -z "$output" ]
}

@test "each thing that a program lacks is noticed" {
    lacks "not position-independent" -fno-pie -no-pie
    lacks "its relocations stay writable (no RELRO)" -Wl,-z,norelro
    lacks "its relocations are made late (no BIND_NOW)" -Wl,-z,lazy
    lacks "its stack can be executed" -Wl,-z,execstack
    lacks "no stack canaries" -fno-stack-protector
    lacks "no FORTIFY" -U_FORTIFY_SOURCE
    lacks "it looks for libraries in a path of its own" -Wl,-rpath,/tmp
}

@test "what is no program is an error" {
    run -2 sh "$RINGMGR_TOP/tests/static/hardening.sh" small.c
    run -2 sh "$RINGMGR_TOP/tests/static/hardening.sh" nothing
}
