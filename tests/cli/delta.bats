#!/usr/bin/env bats
# The next build: what earlier streams hold is copied, the rest is fetched, and each segment is proven.

FIRST=16.0.20400.20100 SECOND=16.0.20401.20100

setup_file() {
    load world
    world_file
    export DELTA_ORIGIN=$BATS_FILE_TMPDIR/origin
    cp -a "$WORLD_ORIGIN" "$DELTA_ORIGIN"
    origin_build "$DELTA_ORIGIN" $FIRST --lang en-us --proofing en-us --stream-size 16M --lang-size 4M --signed-at 2026-09-01
    origin_build "$DELTA_ORIGIN" $SECOND --lang en-us --proofing en-us --stream-size 16M --lang-size 4M \
        --signed-at 2026-10-01 --from $FIRST --survive 60
}

setup() {
    load world
    WORLD_ORIGIN=$DELTA_ORIGIN world_make
    NEUTRAL=$UP/$SECOND/stream.x64.x-none.dat
    offer $FIRST
    config
}

teardown() {
    world_end
}

# first: the first build is at hand and live, the second offered, and the log empty.
first() {
    expect 0 ringmgr sync
    shows pilot $FIRST
    offer $SECOND 2026-10-01
    origin_log_clear
}

# Bytes that the server has sent of files that match.
sent() {
    awk -v name="$1" '$2 ~ name { sum += $NF } END { print sum + 0 }' "$ORIGIN_LOG"
}

# rows CABINET…: start, end and digest of each segment.
rows() {
    local cabinet
    for cabinet in "$@"; do
        "$TESTCDN" tables "$cabinet" 2>/dev/null | cut -f 1,2,5
    done
}

# lacking CABINET OTHER…: bytes of the segments of one stream that no other has, those that repeat counted once.
lacking() {
    awk 'NR == FNR { have[$3]; next } !($3 in have) { have[$3]; sum += $2 - $1 } END { print sum + 0 }' \
        <(rows "${@:2}") <(rows "$1")
}

# segment FIND CABINET OTHER: "start bytes" of the largest (the first of equals) segment of CABINET that OTHER has (FIND shared) or lacks (own).
segment() {
    awk -v find="$1" 'NR == FNR { have[$3]; next } ($3 in have) == (find == "shared") { print $1, $2 - $1 }' \
        <(rows "$3") <(rows "$2") | sort -k2,2nr -k1,1n | sed -n 1p
}

@test "of the next build comes what is new, as the tables say, and not more" {
    local neutral english fetched requests
    first
    neutral=$(lacking "$UP/$SECOND/s640.cab" "$UP/$FIRST/s640.cab" "$UP/$FIRST/s641033.cab")
    english=$(lacking "$UP/$SECOND/s641033.cab" "$UP/$FIRST/s640.cab" "$UP/$FIRST/s641033.cab")
    expect 0 ringmgr --json sync
    shows pilot $SECOND
    fetched=$(($(sent x-none.dat\$) + $(sent en-us.dat\$)))
    echo "missing $neutral and $english, fetched $fetched of $(($(stat -c %s "$NEUTRAL") + 4194304))"
    # beside 2 %, a test's small streams have more headers of parts
    [ "$fetched" -ge $((neutral + english)) ]
    [ "$fetched" -le $(((neutral + english) * 105 / 100)) ]
    requests=$(origin_requests '(x-none|en-us).dat ')
    [ "$requests" -le $((fetched / 4194304 + 2)) ]
    [ "$(origin_requests '(x-none|en-us).dat .* 200 ')" = 0 ]
    json ".rings[0] | .bytes_fetched >= $fetched and .bytes_reused > 8000000 and .bytes_fetched + .bytes_reused >= .bytes_total"
    json ".rings[0].requests >= $requests"
    expect 0 ringmgr verify
}

@test "an origin that answers single ranges only costs a little more" {
    local neutral fetched
    first
    neutral=$(lacking "$UP/$SECOND/s640.cab" "$UP/$FIRST/s640.cab" "$UP/$FIRST/s641033.cab")
    origin_fault "path=*x-none.dat&kind=nomultistatus&status=416"
    expect 0 ringmgr sync
    shows pilot $SECOND
    fetched=$(sent x-none.dat\$)
    echo "lacking $neutral, fetched $fetched of $(stat -c %s "$NEUTRAL")"
    [ "$fetched" -ge "$neutral" ]
    [ "$fetched" -le $((neutral * 110 / 100 + 1000)) ]
}

@test "what an origin does with several ranges in one request does not matter to the result" {
    first
    origin_fault "path=*x-none.dat&kind=backwards"
    origin_fault "path=*en-us.dat&kind=firstrange"
    expect 0 ringmgr sync
    shows pilot $SECOND
}

@test "a dry run tells beforehand what is fetched and what is reused, and keeps nothing" {
    local before
    first
    still >"$W/before"
    expect 0 ringmgr --json sync --dry-run
    json '.rings[0] | .result == "new" and .exact and .bytes_fetched + .bytes_reused == .bytes_total'
    before=$output
    still | diff "$W/before" -
    [ "$(origin_requests '\.dat ')" = 0 ]
    expect 0 ringmgr sync --dry-run
    prints "pilot: would fetch $SECOND: " "and reuse " " that are at hand or come twice in it"
    expect 0 ringmgr --json sync
    json ".rings[0] | .files == ($before | .rings[0].files) and .bytes_total == ($before | .rings[0].bytes_total) and
        (.bytes_fetched - ($before | .rings[0].bytes_fetched) | . >= 0 and . < 500000)"
    expect 0 ringmgr --json sync --dry-run
    json '.rings[0] | .result == "unchanged" and .bytes_fetched == 0'
}

@test "outside the window a dry run asks for the small tables, too, and is no estimate" {
    local before
    first
    RINGMGR_TEST_NOW=$(date -ud "tomorrow 12:00" +%s)
    export RINGMGR_TEST_NOW
    expect 0 ringmgr --json sync --dry-run
    before=$(jq -c '.rings[0] | [.exact, .files, .bytes_fetched, .bytes_reused, .bytes_total]' <<<"$output")
    ORIGIN="window = 20:00-20:30" config
    expect 0 ringmgr --json sync --dry-run
    [ "$(jq -c '.rings[0] | [.exact, .files, .bytes_fetched, .bytes_reused, .bytes_total]' <<<"$output")" = "$before" ]
    json '.rings[0] | .exact and .bytes_reused > 10000000'
    [ "$(origin_requests '\.dat ')" = 0 ]
}

@test "an import takes from the store, and its proofing tools from its language" {
    first
    CONTENT='languages = en-us
proofing = en-us' config
    expect 0 ringmgr --json import "$O/www/pr/$ORIGIN_GUID" --ring pilot
    json '.rings[0] | .bytes_reused > 12000000 and .bytes_fetched < 12000000'
    cmp "$(data pilot)/$SECOND/stream.x64.en-us.proof.dat" "$UP/$SECOND/stream.x64.en-us.proof.dat"
    cmp "$(data pilot)/$SECOND/stream.x64.x-none.dat" "$NEUTRAL"
}

@test "proofing tools come from the stream of their language" {
    CONTENT='languages = en-us
proofing = en-us' config
    expect 0 ringmgr sync
    [ -e "$(data pilot)/$FIRST/stream.x64.en-us.proof.dat" ]
    cmp "$(data pilot)/$FIRST/stream.x64.en-us.proof.dat" "$UP/$FIRST/stream.x64.en-us.proof.dat"
    [ "$(origin_requests 'proof.dat ')" = 0 ]
}

@test "a rotten segment of an older stream is noticed and fetched; the object is put aside and told" {
    local start bytes old
    first
    read -r start bytes < <(segment shared "$UP/$FIRST/s640.cab" "$UP/$SECOND/s640.cab")
    old=$(object "$UP/$FIRST/stream.x64.x-none.dat")
    byte "$old" $((start + bytes / 2))
    expect 0 ringmgr sync
    says "$FIRST/stream.x64.x-none.dat" "is damaged and was put aside"
    shows pilot $SECOND
    [ ! -e "$old" ]
    [ -e "$W/store/incoming/bad-${old##*/}" ]
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "object-lost" and .ring == "pilot" and (.command | contains("sync pilot --build")))] | length == 1'
    expect 0 ringmgr sync --build $FIRST
    [ -e "$old" ]
    cmp "$old" "$UP/$FIRST/stream.x64.x-none.dat"
    expect 0 ringmgr verify --repair
    expect 0 ringmgr verify
    cmp "$(data pilot)/$FIRST/stream.x64.x-none.dat" "$UP/$FIRST/stream.x64.x-none.dat"
}

@test "a rotten stream of the build itself is put aside, and the next sync fetches it" {
    local start bytes english
    expect 0 ringmgr sync
    read -r start bytes < <(segment shared "$UP/$FIRST/s641033.cab" "$UP/$FIRST/sp641033.cab")
    english=$(object "$UP/$FIRST/stream.x64.en-us.dat")
    byte "$english" $((start + bytes / 2))
    CONTENT='languages = en-us
proofing = en-us' config
    expect 4 ringmgr sync
    says "stream.x64.en-us.dat: damaged in the store, and put aside"
    expect 4 ringmgr sync
    says "ringmgr verify --repair puts it right"
    cmp "$english" "$UP/$FIRST/stream.x64.en-us.dat"
    expect 0 ringmgr verify --repair
    expect 0 ringmgr sync
    cmp "$(data pilot)/$FIRST/stream.x64.en-us.dat" "$english"
    cmp "$(data pilot)/$FIRST/stream.x64.en-us.proof.dat" "$UP/$FIRST/stream.x64.en-us.proof.dat"
    expect 0 ringmgr verify
}

@test "of a damaged object only the bad segment is fetched" {
    local start bytes old fetched
    expect 0 ringmgr sync
    read -r start bytes < <(segment own "$UP/$FIRST/s640.cab" "$UP/$FIRST/s641033.cab")
    old=$(object "$UP/$FIRST/stream.x64.x-none.dat")
    byte "$old" $((start + bytes / 2))
    expect 4 ringmgr verify --repair
    [ ! -e "$old" ]
    origin_log_clear
    expect 0 ringmgr sync --build $FIRST
    cmp "$old" "$UP/$FIRST/stream.x64.x-none.dat"
    fetched=$(sent x-none.dat\$)
    [ "$fetched" -ge "$bytes" ]
    [ "$fetched" -le $((bytes + 1000)) ]
    expect 0 ringmgr verify --repair
    shows pilot $FIRST
}

@test "a table that does not tile means a plain download, and the log says so" {
    first
    ORIGIN="connections = 1" config # so that bytes can be counted
    "$TESTCDN" corrupt --ca "$O/ca" --signed-at 2026-10-02 --kind gap --in "$UP/$SECOND/s640.cab"
    expect 0 ringmgr sync
    says "stream.x64.x-none.dat: segment table not usable, plain download"
    [ "$(sent x-none.dat\$)" = "$(stat -c %s "$NEUTRAL")" ]
    cmp "$(data pilot)/$SECOND/stream.x64.x-none.dat" "$NEUTRAL"
}

@test "a table whose values are wrong costs a plain download, and the file is right" {
    first
    "$TESTCDN" corrupt --ca "$O/ca" --signed-at 2026-10-02 --kind segment-hash --in "$UP/$SECOND/s640.cab"
    expect 0 ringmgr sync
    cmp "$(data pilot)/$SECOND/stream.x64.x-none.dat" "$NEUTRAL"
}

@test "an origin that serves other bytes than the table says ends with 4, and nothing is published" {
    local start bytes
    first
    read -r start bytes < <(segment own "$UP/$SECOND/s640.cab" "$UP/$FIRST/s640.cab")
    origin_fault "path=*x-none.dat&kind=corrupt&after=$((start + bytes / 2))"
    expect 4 ringmgr sync
    says stream.x64.x-none.dat
    shows pilot $FIRST
    origin_faults_clear
    expect 0 ringmgr sync
    shows pilot $SECOND
}

@test "a segment that comes wrong once is fetched again, and only that" {
    local start bytes
    first
    read -r start bytes < <(segment own "$UP/$SECOND/s640.cab" "$UP/$FIRST/s640.cab")
    origin_fault "path=*x-none.dat&kind=corrupt&after=$((start + bytes / 2))&times=1"
    expect 0 ringmgr sync
    shows pilot $SECOND
    [ "$(sent x-none.dat\$)" -lt $(($(stat -c %s "$NEUTRAL") * 8 / 10)) ]
}

@test "an origin that knows no ranges sends the whole, and it is right" {
    first
    origin_fault "path=*x-none.dat&kind=norange"
    origin_fault "path=*en-us.dat&kind=nomulti"
    expect 0 ringmgr sync
    shows pilot $SECOND
}
