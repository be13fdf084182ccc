#!/bin/bash
# First inputs of the fuzz targets, made by our own generators alone: OUT/fuzz_NAME/… for each target, and words
# for libFuzzer to put in, OUT/fuzz_NAME.dict.
#
#   bash tests/fuzz/seeds.sh OUT
#
# TESTCDN and RINGMGR_BIN name the programs; by default those of the preset dev. What is checked in under
# tests/fuzz/corpus stands beside these: small inputs that people wrote, and what fuzzing found.
set -eu -o pipefail

[ $# = 1 ] || { echo "usage: bash tests/fuzz/seeds.sh OUT" >&2 && exit 2; }
mkdir -p "$1"
out=$(cd "$1" && pwd)
top=$(cd "$(dirname "$0")/../.." && pwd)
: "${TESTCDN:=$top/build/dev/tests/cdn/testcdn}" "${RINGMGR_BIN:=$top/build/dev/ringmgr}"
export TESTCDN
source "$top/tests/cdn/origin.sh"
work=$(mktemp -d)
trap 'origin_stop "$work"; rm -rf "$work"' EXIT

# give TARGET FILE…: copies them, without what is too long for a seed.
give() {
    local target=$out/fuzz_$1 file
    shift
    mkdir -p "$target"
    for file in "$@"; do
        [ "$(stat -c %s "$file")" -gt 65536 ] || cp "$file" "$target/made-${file##*/}"
    done
}

# give_text TARGET NAME: standard input.
give_text() {
    mkdir -p "$out/fuzz_$1"
    cat >"$out/fuzz_$1/made-$2"
}

origin_small() {
    mkdir -p "$work/www/pr"
    origin_ca "$work"
    origin_build "$work" "$ORIGIN_OLD" --lang en-us --proofing en-us --stream-size 2000 --lang-size 500 \
        --proofing-size 200 --installer-size 300 --signed-at 2026-07-14T14:00Z
    origin_build "$work" "$ORIGIN_NEW" --lang en-us --stream-size 3000 --lang-size 500 --installer-size 300 \
        --signed-at 2026-08-11T17:00Z --from "$ORIGIN_OLD" --survive 80 --expired "$ORIGIN_OLD"
    origin_pointer "$work" "$ORIGIN_NEW" --signed-at 2026-08-15T15:37Z
    origin_history "$work" --signed-at 2026-08-20T23:11Z <<ROWS
MonthlyEnterprise 2607 $ORIGIN_NEW 2026-08-11T17:15:41.287Z latest
MonthlyEnterprise 2606 $ORIGIN_OLD 2026-07-14T14:27:57.023Z -
Current 2608 16.0.20326.20100 2026-08-20T14:27:57.023Z latest
ROWS
    data=$work/www/pr/$ORIGIN_GUID/Office/Data
}

of_builds() {
    local cab
    give cab "$data/v64.cab" "$data/$ORIGIN_NEW"/*.cab
    give authenticode "$data/v64.cab" "$data/$ORIGIN_NEW/s640.cab" "$data/$ORIGIN_NEW"/*.cat
    give stream "$data/$ORIGIN_NEW"/s*.cab
    for cab in "$data/v64.cab" "$work/www/pr/wsus/releasehistory.cab" "$data/$ORIGIN_NEW/s640.cab"; do
        cabextract -q -d "$work/members" "$cab"
    done
    give descriptor "$work/members/VersionDescriptor.xml"
    give releases "$work/members/ReleaseHistory.xml"
    give xml "$work/members"/*.xml
    give stream "$work/members"/*.hash "$work/members"/*.man.dat
}

of_documents() {
    local conf=$work/ringmgr.conf kind
    sed 's/^user = .*/user = backup/' "$top/config/examples/ringmgr.conf" >"$conf"
    give settings "$conf"
    sed -n 's/^;\{0,1\} *\([a-z_]*\) = .*/"\1 = "/p' "$conf" | sort -u >"$out/fuzz_settings.dict"
    give support "$top/config/support.csv"
    give template "$top"/config/examples/{announce.txt,notify-mail.txt,notify-slack.json,notify-teams.json}
    give json "$top"/config/examples/*.json
    give lint "$top"/tests/golden/lint-faults/*.xml "$top"/tests/golden/odt/*.xml
    give xml "$top"/tests/golden/odt/*.xml
    for kind in reg pol; do
        "$RINGMGR_BIN" -c "$conf" generate $kind --ring production >"$work/ring.$kind"
        give "${kind/pol/regpol}" "$work/ring.$kind"
        give lint "$work/ring.$kind"
    done
    mv "$out/fuzz_reg" "$out/fuzz_regfile"
    "$RINGMGR_BIN" -c "$conf" check --json | give_text json check || true # it finds that nothing is there
}

# What the fault server answers, in its own words: a byte that says what is asked, then the answer.
of_answers() {
    local url=$ORIGIN_URL/$ORIGIN_GUID/Office/Data
    { printf 2 && curl -s -i "$url/v64.cab"; } | give_text answer whole
    { printf 1 && curl -s -i -r 0-0 "$url/v64.cab"; } | give_text answer first-byte
    { printf 2 && curl -s -i "$url/none"; } | give_text answer none
    { printf 0 && curl -s -i -z 'Mon, 23 Nov 2099 10:00:00 GMT' "$url/v64.cab"; } | give_text answer not-modified
    { printf 2 && curl -s -i -r 999999999- "$url/v64.cab"; } | give_text answer not-satisfiable
    curl -s -D "$work/head" -o "$work/body" -r 0-9,20-39,100-299 "$url/v64.cab"
    { sed -n 's/^[Cc]ontent-[Tt]ype: \(multipart.*\)\r$/\1/p' "$work/head" && cat "$work/body"; } | give_text multipart parts
    curl -s -D - -o "$work/body" -r 0-99 "$url/v64.cab" | tr -d '\r' >"$work/head"
    for field in Content-Range Content-Length ETag Last-Modified; do
        { grep -i "^$field: " "$work/head" || echo "$field: "; } | sed 's/^[^:]*: //'
    done | give_text head fields
}

# What rsync says of a folder, over what it is asked.
of_sites() {
    local share=$work/site/pilot/Office/Data
    mkdir -p "$share" && cp -r "$data/$ORIGIN_NEW" "$data"/*.cab "$share/"
    { printf '0\0\0\0' && rsync --list-only --no-h "$share/"; } | give_text site list
    { printf '2\0\0\0' && cd "$work/site" && rsync --list-only --no-h -r --exclude='/pilot/Office/Data/*/' pilot; } |
        give_text site list-of-folder
    { printf '0\0\0\0' && rsync --list-only --no-h "$share/$ORIGIN_NEW/"; } | give_text site survey
    { printf '0\0\0\0' && rsync -n -r -i --stats --no-h "$share/$ORIGIN_NEW" "$work/empty/"; } | give_text site proof
    { printf '1\0\0\0' && cd "$share" && sha256sum -b "$ORIGIN_NEW"/*.cab | sed 's/ \*/  /' | sha256sum -c; } |
        give_text site sums
    { printf '2\0\x17' && { rsync "$work/none/" "$work/empty/" 2>&1 || true; }; } | give_text site missing
}

of_keys() {
    openssl genpkey -algorithm ed25519 -out "$work/private.pem" 2>"$work/said"
    openssl pkey -in "$work/private.pem" -pubout -out "$work/public.pem"
    give key "$work/private.pem" "$work/public.pem" "$work/ca/root.pem"
}

origin_small
of_builds
of_documents
origin_serve_fault "$work" >"$work/url"
of_answers
of_sites
of_keys
