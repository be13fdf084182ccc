#!/usr/bin/env bats
# Static analysis of the whole product: four analysers have nothing to say. And each does say something of a small file with
# a fault of its kind, through the same script, so that one which has stopped looking is seen.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../helper
    need gcc clang clang-tidy cppcheck scan-build cmake jq
    export CONFIGURED=$BATS_FILE_TMPDIR/build
    cmake -S "$RINGMGR_TOP" -B "$CONFIGURED" -G Ninja -DCMAKE_BUILD_TYPE=RelWithDebInfo -DRINGMGR_TEST_CLOCK=ON \
        -DRINGMGR_TESTS=OFF -DCMAKE_EXPORT_COMPILE_COMMANDS=ON >/dev/null
}

setup() {
    load ../helper
    tree=$BATS_TEST_TMPDIR/tree
}

# has_nothing_to_say TOOL: of the product.
has_nothing_to_say() {
    run sh "$BATS_TEST_DIRNAME/analyse.sh" "$1" "$CONFIGURED"
    tail -n 100 <<<"$output"
    [ "$status" -eq 0 ]
    [ "${#lines[@]}" -eq 1 ]
    [[ "$output" =~ ^[0-9]{3}\ files$ ]]
    figure "Static and dynamic" "$2: files; findings" "${output% files}; 0"
}

# finds TOOL TEXT: it says so of the C file on standard input, alone in a small tree.
finds() {
    mkdir -p "$tree/tests/static" "$tree/ringmgr" "$tree/build"
    cp "$BATS_TEST_DIRNAME/analyse.sh" "$tree/tests/static/"
    cp "$RINGMGR_TOP/.clang-tidy" "$tree/"
    cat >"$tree/ringmgr/a.c"
    jq -n --arg dir "$tree" '[{directory: $dir, file: ($dir + "/ringmgr/a.c"), command: "cc -std=gnu17 -c \($dir)/ringmgr/a.c"}]' \
        >"$tree/build/compile_commands.json"
    run sh "$tree/tests/static/analyse.sh" "$1" "$tree/build"
    echo "$output"
    [ "$status" -eq 1 ] && [[ "$output" == *"$2"* ]]
}

@test "gcc -fanalyzer has nothing to say" {
    finds gcc '-Wanalyzer-double-free' <<'C'
#include <stdlib.h>
void f(void *a)
{
    free(a);
    free(a);
}
C
    has_nothing_to_say gcc "gcc -fanalyzer"
}

@test "clang-tidy has nothing to say" {
    finds clang-tidy misc-redundant-expression <<'C'
int f(int a)
{
    return a || a;
}
C
    has_nothing_to_say clang-tidy clang-tidy
}

@test "cppcheck has nothing to say" {
    finds cppcheck arrayIndexOutOfBounds <<'C'
int f(void)
{
    int a[4] = {0};
    return a[4];
}
C
    has_nothing_to_say cppcheck cppcheck
}

@test "scan-build has nothing to say" {
    finds scan-build 'core.NullDereference' <<'C'
int f(int *a)
{
    if (!a)
        return *a;
    return 0;
}
C
    has_nothing_to_say scan-build "scan-build (clang's analyser)"
}
