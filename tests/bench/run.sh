#!/bin/bash
# run.sh [--size SMALL|FULL] [--rounds N] [--only ROW,…] [--out FILE]: how fast is ringmgr, and beside what?
#
# Measures ringmgr and the tools that people would use instead, side by side in one run (A B C, B C A, …), each into a
# fresh folder on the disk, everything durable at the end (sync), from a signed build that nginx serves on loopback out
# of the page cache. Prints a table and writes the same as JSON (build/bench.json). The goals stand beside the figures;
# nothing is judged, and the exit status only says whether measuring worked.
#
#   FULL   a build of 47 files, 3.8 GB, 5 rounds; needs 16 GB of disk, and memory for the origin to stay in
#   SMALL  a sixteenth of it, 3 rounds: to see that everything works, too short for the ratios to mean much (the default)
#
# Rows: fetch cap delta resume kills slow large idle promote verify status startup. With FULL slow takes six minutes, large 68 GB.
# Missing packages are installed (install-packages.sh bench).
# RINGMGR_BIN and TESTCDN name the programs, else build/release or build/dev is taken; BENCH_TMP the folder to work in
# (/var/tmp; on a disk: what is durable is measured). Everything is removed and no server left at the end.
set -u
export LC_ALL=C
here=$(cd "${BASH_SOURCE[0]%/*}" && pwd)
top=${here%/tests/bench}
size=SMALL rounds="" only="fetch cap delta resume kills slow large idle promote verify status startup" out=$top/build/bench.json
while [ $# -gt 0 ]; do
    case $1 in
    --size) size=${2^^} && shift 2 ;;
    --rounds) rounds=$2 && shift 2 ;;
    --only) only=${2//,/ } && shift 2 ;;
    --out) out=$2 && shift 2 ;;
    *) sed -n '2s/^# //p' "$0" >&2 && exit 2 ;;
    esac
done

say() {
    echo "bench: $*" >&2
}

die() {
    say "$*"
    exit 1
}

case $size in
FULL) stream=2G language=250M cap_file=250M cap_rate=50m need_kb=17000000 rounds=${rounds:-5} ;;
SMALL) stream=128M language=16000K cap_file=16000K cap_rate=3200k need_kb=1500000 rounds=${rounds:-3} ;;
*) die "no size $size (there are: SMALL FULL)" ;;
esac
for try in release dev; do
    : "${RINGMGR_BIN:=$([ -x "$top/build/$try/ringmgr" ] && echo "$top/build/$try/ringmgr")}"
done
[ -x "$RINGMGR_BIN" ] || die "build ringmgr first, or name it in RINGMGR_BIN"
: "${TESTCDN:=${RINGMGR_BIN%/*}/tests/cdn/testcdn}"
: "${BENCH_TOOLS:=${TESTCDN%/cdn/testcdn}/bench}"
for program in "$TESTCDN" "$BENCH_TOOLS/measure" "$BENCH_TOOLS/receive" "$BENCH_TOOLS/many_builds"; do
    [ -x "$program" ] || die "$program is missing: build everything first"
done
sh "$top/tests/install-packages.sh" bench >&2 || die "the references cannot be installed"
export TESTCDN RINGMGR_BIN
source "$top/tests/cdn/origin.sh"
source "$here/samples.bash"
source "$here/rows.bash"

area=$(mktemp -d "${BENCH_TMP:-/var/tmp}/ringmgr-bench.XXXXXX") || exit
end() {
    local server
    for server in "$area"/serve.*; do
        origin_stop "$server"
    done
    rm -rf "$area"
}
trap end EXIT
trap 'exit 1' HUP INT TERM
[ "$(stat -f -c %T "$area")" != tmpfs ] || die "$area is not on a disk; name a folder that is in BENCH_TMP"
[ "$(df --output=avail "$area" | tail -1)" -ge $need_kb ] || die "$area: $size needs $((need_kb / 1000000)) GB"
chmod 755 "$area"
owner=$(id -un)
[ "$(id -u)" != 0 ] || owner=backup

make_origin
for row in $only; do
    declare -F "row_$row" >/dev/null || die "no row $row"
    say "$row"
    "row_$row"
done
report "$out"
