#!/usr/bin/env bats
# Nothing unproven enters store or share: spoilt bytes, genuine files that lie, foreign signatures, replayed files.

setup_file() {
    load world
    world_file
}

# A world whose pilot has the old build, and whose upstream offers the newer one.
setup() {
    load world
    world_make
    offer "$OLD" 2026-08-02
    expect 0 ringmgr sync
    offer "$NEW"
    cp -a "$O/www" "$W/good"
    shares >"$W/before"
    origin_log_clear
}

teardown() {
    world_end
}

# kept_out FILE [NAME]: sync ends with 4, names the file (or NAME), keeps none of it, and leaves the share as it was.
kept_out() {
    local digest=$(object "$1")
    expect 4 ringmgr sync
    says "${2:-${1##*/}}"
    [[ "$stderr" == *"ringmgr: sync: "* ]]
    [ ! -e "$digest" ]
    shares | diff "$W/before" -
    shows pilot "$OLD"
}

# recovers: once upstream is good again, the next sync takes its build, and everything is right.
recovers() {
    rm -rf "$O/www"
    cp -a "$W/good" "$O/www"
    expect 0 ringmgr sync
    shows pilot "$NEW"
    expect 0 ringmgr verify
}

# new_byte CABINET: where a segment of its stream begins that the older build lacks: what that has is not fetched.
new_byte() {
    awk -F '\t' 'NR == FNR { old[$5]; next } !($5 in old) { print $1; exit }' \
        <("$TESTCDN" tables "$UP/$OLD/$1" 2>/dev/null) <("$TESTCDN" tables "$UP/$NEW/$1" 2>/dev/null)
}

# flipped FILE [OFFSET]: one byte of it is another one upstream.
flipped() {
    byte "$UP/$1" ${2:+"$2"}
    kept_out "$UP/$1"
    recovers
}

@test "a flipped byte in the language-neutral stream is kept out" {
    flipped "$NEW/stream.x64.x-none.dat" "$(new_byte s640.cab)"
}

@test "a flipped byte in a language's stream is kept out" {
    flipped "$NEW/stream.x64.en-us.dat" "$(new_byte s641033.cab)"
}

@test "a flipped byte in the first byte of a stream is kept out" {
    byte "$UP/$NEW/stream.x64.x-none.dat" 0
    kept_out "$UP/$NEW/stream.x64.x-none.dat"
    recovers
}

@test "a flipped byte in a stream's catalogue is kept out" {
    flipped "$NEW/stream.x64.x-none.dat.cat"
}

@test "a flipped byte in the stream cabinet is kept out, and an attention names it until a sync works" {
    byte "$UP/$NEW/s640.cab"
    kept_out "$UP/$NEW/s640.cab"
    local found='[.attention[] | select(.code == "upstream-not-genuine")]'
    expect 0 ringmgr --json status
    json "$found | length == 1 and .[0].severity == \"critical\" and .[0].ring == \"pilot\" and .[0].command == \"ringmgr sync pilot\"
        and (.[0].text | contains(\"$NEW\") and contains(\"s640.cab\"))"
    recovers
    expect 0 ringmgr --json status
    json "$found == []"
}

@test "a flipped byte in a language's stream cabinet is kept out" {
    flipped "$NEW/s641033.cab"
}

@test "a flipped byte in the installer's cabinet is kept out" {
    flipped "$NEW/i640.cab"
}

@test "a flipped byte in a language's installer cabinet is kept out" {
    flipped "$NEW/i641033.cab"
}

@test "a flipped byte in the installer's catalogue is kept out" {
    flipped "$NEW/i640.cab.cat"
}

@test "a flipped byte in the build's descriptor is kept out" {
    flipped "v64_$NEW.cab"
}

@test "a flipped byte in the pointer is kept out" {
    flipped v64.cab
}

@test "a flipped byte in the release history is kept out" {
    byte "$HISTORY"
    kept_out "$HISTORY"
    recovers
}

@test "one wrong byte in each file, once, is fetched again and does no harm" {
    local file
    for file in stream.x64.x-none.dat.cat s640.cab s641033.cab i640.cab i641033.cab i640.cab.cat v64_$NEW.cab v64.cab \
        releasehistory.cab; do
        origin_fault "path=*/$file&kind=corrupt&after=1000&times=1"
    done
    origin_fault "path=*/stream.x64.x-none.dat&kind=corrupt&after=$(new_byte s640.cab)&times=1"
    origin_fault "path=*/stream.x64.en-us.dat&kind=corrupt&after=$(new_byte s641033.cab)&times=1"
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "new" and .published'
    shows pilot "$NEW"
    [ "$(origin_requests '/stream.x64.x-none.dat ')" = 2 ]
    [ "$(origin_requests '/i640.cab ')" = 2 ]
    [ "$(origin_requests '/v64.cab ')" = 2 ]
    expect 0 ringmgr verify
}

# lying NAME KIND [VALUE]: the cabinet, perfectly signed, with another content.
lying() {
    "$TESTCDN" corrupt --ca "$O/ca" --signed-at 2026-09-02 --kind "$2" ${3:+--value "$3"} --in "$UP/$1"
}

@test "a signed hash that the stream does not have: the stream is not kept, nor the cabinet believed later" {
    lying "$NEW/s640.cab" stream-hash
    kept_out "$UP/$NEW/s640.cab" stream.x64.x-none.dat
    [ ! -e "$(object "$UP/$NEW/stream.x64.x-none.dat")" ]
    recovers
}

@test "a catalogue that is not the one in the signed cabinet is kept out" {
    lying "$NEW/s641033.cab" dat-cat
    kept_out "$UP/$NEW/stream.x64.en-us.dat.cat"
    recovers
}

@test "a segment table that does not tile is said, and the stream is proven by its whole hash" {
    local kind
    for kind in gap overlap beyond table-version table-cut; do
        rm -rf "$O/www"
        cp -a "$W/good" "$O/www"
        find "$W/store" "$W/state" "$W/share/pilot" "$W/log" -mindepth 1 -delete
        lying "$NEW/s640.cab" $kind
        expect 0 ringmgr --json sync
        says "stream.x64.x-none.dat" "segment table"
        [ "$(wc -l <<<"$stderr")" = 1 ]
        json '.rings[0].published'
        shows pilot "$NEW"
    done
}

@test "genuine cabinets of another build or language under this name are kept out" {
    cp "$UP/$OLD/s640.cab" "$UP/$NEW/s640.cab"
    expect 4 ringmgr sync
    says s640.cab "$OLD" "$NEW"
    cp "$W/good/pr/$ORIGIN_GUID/Office/Data/$NEW/s640.cab" "$UP/$NEW/s640.cab"
    cp "$UP/$NEW/s641036.cab" "$UP/$NEW/s641033.cab"
    expect 4 ringmgr sync
    says s641033.cab
    shares | diff "$W/before" -
    recovers
}

@test "an installer cabinet of another build under this name is kept out" {
    cp "$UP/$OLD/i640.cab" "$UP/$NEW/i640.cab"
    expect 4 ringmgr sync
    says i640.cab "$OLD" "$NEW"
    [ ! -e "$(data pilot)/$NEW" ]
    recovers
}

@test "a cabinet whose second line names another build is kept out" {
    lying "$NEW/s641033.cab" build 16.0.1.1
    kept_out "$UP/$NEW/s641033.cab"
    recovers
}

@test "a descriptor of another build under this name is kept out" {
    cp "$UP/v64_$OLD.cab" "$UP/v64_$NEW.cab"
    expect 4 ringmgr sync
    says "v64_$NEW.cab" "$OLD"
    shares | diff "$W/before" -
    recovers
}

@test "a pointer of another channel is kept out, whatever its number" {
    lying v64.cab guid 492350f6-3a01-4f97-b9c0-c7c6ddf67d60
    kept_out "$UP/v64.cab"
    says Current MonthlyEnterprise
    recovers
}

@test "a build's descriptor of another channel is kept out" {
    lying "v64_$NEW.cab" guid 492350f6-3a01-4f97-b9c0-c7c6ddf67d60
    kept_out "$UP/v64_$NEW.cab"
    recovers
}

@test "XML with a document type, cut XML, bytes that no signature covers: kept out" {
    local kind
    for kind in doctype xml-cut header append cut; do
        lying v64.cab $kind
        kept_out "$UP/v64.cab"
        cp "$W/good/pr/$ORIGIN_GUID/Office/Data/v64.cab" "$UP/v64.cab"
    done
    recovers
}

# signed SIGNER TIME [OPTION…]: the pointer, with another signature.
signed() {
    "$TESTCDN" resign --ca "$O/ca" --signer "$1" --signed-at "$2" "${@:3}" --in "$W/good/pr/$ORIGIN_GUID/Office/Data/v64.cab" \
        --out "$UP/v64.cab"
}

@test "the pointer signed by another publisher is kept out" {
    signed other 2026-09-02
    kept_out "$UP/v64.cab"
    recovers
}

@test "the pointer signed under a foreign authority with the same names is kept out" {
    signed foreign 2026-09-02
    kept_out "$UP/v64.cab"
    signed foreign 2026-09-02 --tsa foreigntsa
    kept_out "$UP/v64.cab"
    signed leaf 2026-09-02 --tsa foreigntsa
    kept_out "$UP/v64.cab"
    recovers
}

@test "the pointer without signature, or without time stamp, is kept out" {
    signed leaf 2026-09-02 --unsigned
    kept_out "$UP/v64.cab"
    signed leaf 2026-09-02 --no-timestamp
    kept_out "$UP/v64.cab"
    recovers
}

@test "a certificate that may not sign code, or had expired when it signed, is kept out" {
    local signer
    for signer in noeku mailku old; do
        signed $signer 2026-09-02
        kept_out "$UP/v64.cab"
    done
    recovers
}

@test "a build's cabinet and catalogue of another publisher are kept out" {
    "$TESTCDN" resign --ca "$O/ca" --signer other --signed-at 2026-09-02 --in "$UP/$NEW/i640.cab"  --out "$UP/$NEW/i640.cab"
    kept_out "$UP/$NEW/i640.cab"
    recovers
}

@test "an installer's catalogue of a foreign authority is kept out" {
    "$TESTCDN" cat --ca "$O/ca" --signer foreign --signed-at 2026-09-02 --name i640.cab.cat --build "$NEW" --out "$UP/$NEW/i640.cab.cat"
    kept_out "$UP/$NEW/i640.cab.cat"
    recovers
}

@test "an older signed pointer is not used after a newer one was seen" {
    expect 0 ringmgr sync
    shows pilot "$NEW"
    shares >"$W/before"
    origin_pointer "$O" "$OLD" --signed-at 2026-08-10
    expect 5 ringmgr sync
    complains
    says v64.cab 2026-08-10 2026-09-01
    shares | diff "$W/before" -
    recovers
}

@test "an older signed release history is not used after a newer one was seen" {
    expect 0 ringmgr sync
    origin_history "$O" --signed-at 2026-08-10 <<<"$ORIGIN_CHANNEL 2606 $OLD 2026-07-14T14:27:57Z latest"
    expect 5 ringmgr sync
    complains
    says releasehistory.cab 2026-08-10
    recovers
}

@test "another publisher in the configuration, or other roots, prove nothing" {
    PUBLISHER=Contoso config
    kept_out "$HISTORY"
    cp "$O/ca/foreign-roots.pem" "$W/foreign.pem"
    ROOTS=$W/foreign.pem config
    kept_out "$HISTORY"
    config
    expect 0 ringmgr --quiet sync
    expect 0 as games ringmgr unhold all --reason "tried other roots"
    recovers
}

@test "what was proven under other roots is proven again, although upstream says it has not changed" {
    expect 0 ringmgr sync
    cp "$O/ca/foreign-roots.pem" "$W/roots.pem"
    origin_log_clear
    expect 4 ringmgr sync
    says releasehistory.cab
    [ "$(origin_requests 'releasehistory.cab - 304')" -ge 1 ]
}

@test "roots that cannot be read, or hold no certificate, are an error of the configuration" {
    ROOTS=$W/none.pem config
    expect 2 ringmgr sync
    complains
    says "$W/none.pem"
    echo nothing >"$W/none.pem"
    expect 2 ringmgr sync
    says "pilot is held"
    expect 2 ringmgr sync
    complains
    says "$W/none.pem"
    [ "$(origin_requests "/$NEW/")" = 0 ]
}
