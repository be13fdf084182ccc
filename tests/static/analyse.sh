#!/bin/sh
# What an analyser has to say of the product (ringmgr/, config/, shares/): nothing.
#
#   sh analyse.sh gcc|clang-tidy|cppcheck|scan-build BUILD
#
# BUILD is a folder that cmake has configured: its compile_commands.json says how each file is compiled. Two files are
# looked at a time. On standard output the findings, each with its way there, and at last a line "N files". Ends with 1 if
# there was a finding, or a file that could not be looked at.
#
# What is left out stands here and in .clang-tidy, each with its reason. The checks of clang's analyser take nearly all
# of the time, and both clang-tidy and scan-build have them: clang-tidy leaves them to scan-build here.
set -u

tool=${1:-}
case "$#$tool" in
2gcc | 2clang-tidy | 2cppcheck | 2scan-build) ;;
*) echo "usage: sh analyse.sh gcc|clang-tidy|cppcheck|scan-build BUILD" >&2 && exit 2 ;;
esac
build=$(cd "$2" && pwd) || exit
cd "$(dirname "$0")/../.." || exit
work=$(mktemp -d) || exit
trap 'rm -rf "$work"' EXIT
found=$work/found lines=$work/lines

# One line a file: what it is compiled with, and its path.
jq -r --arg top "$(pwd)/" '.[] | select(.file | startswith($top)) | .file[($top | length):] as $file
    | select($file | test("^(ringmgr|config|shares)/"))
    | ([.command | match("(-[DI]|-isystem |-std=)[^ ]+"; "g").string] + [$file]) | join(" ")' \
    "$build/compile_commands.json" >"$lines" || exit
[ -s "$lines" ] || { echo "analyse: $build/compile_commands.json names no file of $(pwd)" >&2 && exit 2; }

# shellcheck disable=SC2016 # the inner shell expands
# each COMMAND: with the words of every line behind it. Whoever cannot look at a file says so and fails.
each() {
    xargs -d '\n' -n 1 -P 2 sh -c 'eval "$0 $1" || echo "error: cannot look at $1"' "$1" <"$lines" >"$found" 2>&1
}

# gcc 12 takes structures that another file has returned or filled for uninitialised, and so what AUTO() clears at the end of
# a loop's turn. Reads of what nobody has set are found by both compilers' warnings, by scan-build and by valgrind.
analyse_gcc() {
    each "gcc -O2 -fanalyzer -Wno-analyzer-use-of-uninitialized-value -c -o /dev/null"
}

analyse_clang_tidy() {
    xargs -n 8 -P 2 clang-tidy --quiet -p "$build" --checks=-clang-analyzer-* <"$work/files" >"$found" 2>"$work/err" ||
        cat "$work/err" >>"$found"
}

# json_object_foreach is a loop of jansson, whose headers cppcheck does not read.
analyse_cppcheck() {
    cppcheck --quiet --enable=warning,performance,portability --inline-suppr --std=c11 -j 2 -I. -D_GNU_SOURCE \
        -DRINGMGR_TEST_CLOCK '-DRINGMGR_VERSION=""' '-Djson_object_foreach(object,key,value)=while ((key = "", value = object))' \
        --file-list="$work/files" >"$found" 2>&1 || echo "error: cppcheck ended with $?" >>"$found"
}

# shellcheck disable=SC2016
# The compiler behind scan-build compiles nothing: others do. It leaves out what .clang-tidy leaves out.
analyse_scan_build() {
    scan-build -o "$work/reports" --use-cc=true --status-bugs \
        -enable-checker nullability -enable-checker optin.portability -enable-checker valist \
        -disable-checker valist.Uninitialized \
        xargs -d '\n' -n 1 -P 2 sh -c 'eval "\"\$CC\" -c -o /dev/null $0" || echo "error: cannot look at $0"' \
        <"$lines" >"$work/said" 2>&1 || status=$?
    grep -E '(warning|error):' "$work/said" >"$found"
    [ "${status:-0}" = 0 ] || [ -s "$found" ] || tail -n 20 "$work/said" >"$found"
}

sed 's/.* //' "$lines" >"$work/files"
case $tool in
gcc) analyse_gcc ;;
clang-tidy) analyse_clang_tidy ;;
cppcheck) analyse_cppcheck ;;
scan-build) analyse_scan_build ;;
esac
cat "$found"
echo "$(wc -l <"$work/files") files"
[ ! -s "$found" ]
