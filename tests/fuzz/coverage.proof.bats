#!/usr/bin/env bats
# How many lines of whatever reads foreign bytes the unit tests, the corpora and the real files reach, counted by
# llvm-cov: at least 95 of 100 in c2r and in every other group of parsers. A file that no test links counts as not
# reached at all.

# One group a line: its name, then its files.
GROUPS_OF_PARSERS='c2r                       ringmgr/c2r/*.c
answers of an origin                         ringmgr/fetch/head.c ringmgr/fetch/multipart.c
answers of sites                             shares/site_read.c shares/site_judge.c ringmgr/policy/site_target.c
ring manifests, keys                         ringmgr/policy/manifest*.c ringmgr/base/ed25519.c
support.csv                                  ringmgr/policy/support_rules.c ringmgr/policy/support_dates.c
ringmgr.conf                                 ringmgr/app/settings*.c
lint: configuration.xml                      config/lint*.c config/odt_tree.c config/xml_places.c
lint: .reg and Registry.pol                  config/regfile_parse.c config/regpol.c config/registry.c config/utf16.c
requests: the service'"'"'s socket, the page ringmgr/app/message.c ringmgr/app/arguments.c ringmgr/app/web_api.c ringmgr/app/web_guard.c ringmgr/app/web_order.c ringmgr/app/web_text.c
JSON, XML, templates, times                  ringmgr/base/json.c ringmgr/base/xml.c ringmgr/base/template.c ringmgr/base/clock.c ringmgr/base/zone.c ringmgr/base/utf8.c'
ENOUGH=95

setup_file() {
    load ../helper
    need clang ninja llvm-cov llvm-profdata jq
    [ -n "$RINGMGR_REAL" ] || missing "the real files"
    cmake --preset coverage -S "$RINGMGR_TOP" >"$BATS_FILE_TMPDIR/configure" ||
        { cat "$BATS_FILE_TMPDIR/configure" && false; }
    programs >"$BATS_FILE_TMPDIR/programs"
    # shellcheck disable=SC2046 # names of targets
    nice cmake --build "$RINGMGR_TOP/build/coverage" --target fuzz_targets $(cat "$BATS_FILE_TMPDIR/programs") \
        >"$BATS_FILE_TMPDIR/build" || { tail -n 40 "$BATS_FILE_TMPDIR/build" && false; }
}

setup() {
    load ../helper
    BUILD=$RINGMGR_TOP/build/coverage/tests
}

# The tests of what stands above, as targets; programs of the same name in two rooms are told apart by the room.
programs() {
    local file room name
    for file in "$RINGMGR_TOP"/tests/unit/{c2r,policy,config}/test_*.c \
        "$RINGMGR_TOP"/tests/unit/base/test_{json,xml,template,clock,zone,utf8,ed25519}.c \
        "$RINGMGR_TOP"/tests/unit/fetch/test_{head,multipart,http}.c "$RINGMGR_TOP"/tests/unit/shares/test_site.c \
        "$RINGMGR_TOP"/tests/unit/app/test_{settings,message,arguments,web_}*.c; do
        room=$(basename "$(dirname "$file")") name=$(basename "$file" .c)
        [ "$room/$name" = policy/test_calendar_steps ] || echo "${name}_$room" # takes seconds over what reads nothing
    done
}

# run_all: every program, then the replay of every corpus; each leaves its counters.
run_all() {
    local name target
    export RINGMGR_REAL LLVM_PROFILE_FILE=$BATS_TEST_TMPDIR/%p.profraw
    while read -r name; do
        nice "$BUILD/$name" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- || { echo "$name:" && cat "$BATS_TEST_TMPDIR/said" && return 1; }
    done <"$BATS_FILE_TMPDIR/programs"
    for target in "$BUILD"/fuzz/fuzz_*; do
        nice "$target" --rounds 300 "$RINGMGR_TOP/tests/fuzz/corpus/$(basename "$target")" >"$BATS_TEST_TMPDIR/said" 2>&1 3>&- ||
            { echo "$target:" && cat "$BATS_TEST_TMPDIR/said" && return 1; }
    done
}

# count_lines: "FILE lines reached" of every file, into $BATS_TEST_TMPDIR/lines.
count_lines() {
    local objects
    mapfile -t objects < <({ sed "s:^:$BUILD/:" "$BATS_FILE_TMPDIR/programs" && ls "$BUILD"/fuzz/fuzz_*; } | sed 's/^/-object=/')
    llvm-profdata merge -sparse "$BATS_TEST_TMPDIR"/*.profraw -o "$BATS_TEST_TMPDIR/all"
    llvm-cov export -summary-only -instr-profile="$BATS_TEST_TMPDIR/all" "${objects[@]}" 2>"$BATS_TEST_TMPDIR/said" |
        jq -r '.data[0].files[] | [.filename, .summary.lines.count, .summary.lines.covered] | join(" ")' |
        sed "s:^[^ ]*/\.\./::; s:^$RINGMGR_TOP/::" >"$BATS_TEST_TMPDIR/lines" # ccache makes names relative
}

# of_file FILE: how many lines it has, and how many of them were reached. One that llvm-cov does not know has all of its
# lines, none reached.
of_file() {
    grep "^$1 " "$BATS_TEST_TMPDIR/lines" | cut -d' ' -f2- | grep . || echo "$(wc -l <"$RINGMGR_TOP/$1") 0"
}

@test "at least 95 of 100 lines of every parser are reached by tests" {
    local line name files file lines reached all covered short=0
    run_all
    count_lines
    cd "$RINGMGR_TOP"
    while read -r line; do
        files=$(grep -oE '(ringmgr|shares|config)/[^ ]*\.c' <<<"$line")
        name=$(sed -E 's: +(ringmgr|shares|config)/.*::' <<<"$line")
        all=0 covered=0
        for file in $files; do # patterns among them
            read -r lines reached < <(of_file "$file")
            all=$((all + lines)) covered=$((covered + reached))
            [ $((reached * 100)) -ge $((lines * ENOUGH)) ] || echo "$file: $reached of $lines lines"
        done
        figure Coverage "$name: lines; reached" "$all; $((covered * 1000 / all / 10)).$((covered * 1000 / all % 10)) %"
        echo "$name: $covered of $all lines"
        [ $((covered * 100)) -ge $((all * ENOUGH)) ] || short=$((short + 1))
    done <<<"$GROUPS_OF_PARSERS"
    [ "$short" = 0 ]
}
