#!/usr/bin/env bats
# The test origin is itself tested, with tools that share no code with it: osslsigncode, cabextract, openssl, sha256sum,
# python's zlib, curl, nginx.

bats_require_minimum_version 1.5.0

setup_file() {
    here=$(cd "$BATS_TEST_DIRNAME" && pwd)
    source "$here/origin.sh"
    export TESTCDN ORIGIN_PARENT=$$
    export O=$BATS_FILE_TMPDIR/origin
    origin_make "$O"
    origin_serve_fault "$O" >/dev/null
    export ORIGIN_URL ORIGIN_PORT ORIGIN_LOG
    export DATA=$O/www/pr/$ORIGIN_GUID/Office/Data
    seq 200000 | head -c 1000000 >"$O/www/pr/blob"
}

teardown_file() {
    source "$BATS_TEST_DIRNAME/origin.sh"
    origin_stop "$O"
}

setup() {
    source "$BATS_TEST_DIRNAME/origin.sh"
    origin_faults_clear
    origin_log_clear
    BLOB=$ORIGIN_URL/blob
    T=$BATS_TEST_TMPDIR
    HEAD=$T/head
}

# Skips, or fails in strict runs, because something is missing.
missing() {
    [ "${RINGMGR_STRICT:-0}" = 1 ] && { echo "missing: $1"; return 1; }
    skip "missing: $1"
}

# The independent verifier; arguments: roots, file.
verify() {
    local ignore=-ignore-crl
    osslsigncode --version 2>&1 | grep -q 'osslsigncode 2\.[0-5][, ]' && ignore=
    # shellcheck disable=SC2086
    osslsigncode verify $ignore -CAfile "$1" -TSA-CAfile "$1" -in "$2"
}

get() {
    curl -s -D "$HEAD" -o "$T/out" "$@"
}

has() {
    grep -qi "^$1" "$HEAD"
}

@test "every cabinet and catalogue verifies against roots.pem" {
    local n=0
    while read -r file; do
        verify "$O/ca/roots.pem" "$file" >"$T/verify" 2>&1 || { echo "$file"; cat "$T/verify"; return 1; }
        n=$((n + 1))
    done < <(find "$O/www" -name '*.cab' -o -name '*.cat')
    [ "$n" -ge 24 ]
}

@test "nothing verifies against the foreign roots" {
    run ! verify "$O/ca/foreign-roots.pem" "$DATA/v64.cab"
}

@test "header bytes outside the digest are as in every real cabinet" {
    while read -r file; do
        [ "$(xxd -s 4 -l 4 -p "$file")" = 00000000 ]
        [ "$(xxd -s 34 -l 10 -p "$file")" = 00001400000000001000 ]
        [ "$(xxd -s 52 -l 4 -p "$file")" = 00000000 ]
        [ "$(xxd -s 8 -l 4 -p "$file")" = "$(xxd -s 44 -l 4 -p "$file")" ]
        [ "$(($(od -An -tu4 -j44 -N4 "$file") + $(od -An -tu4 -j48 -N4 "$file")))" = "$(stat -c %s "$file")" ]
    done < <(find "$O/www" -name '*.cab')
}

@test "s640.cab holds the members of a real one" {
    cabextract -q -d "$T/x" "$DATA/$ORIGIN_NEW/s640.cab" 2>/dev/null
    run ls "$T/x"
    [ "$output" = "MasterDescriptor.x-none.xml
s640.hash
stream.x64.x-none.dat.cat
stream.x64.x-none.db
stream.x64.x-none.hash
stream.x64.x-none.man.dat" ]
    cmp "$T/x/stream.x64.x-none.dat.cat" "$DATA/$ORIGIN_NEW/stream.x64.x-none.dat.cat"
    [ "$(stat -c %s "$T/x/s640.hash")" = 106 ]
    [ "$(iconv -f UTF-16 -t UTF-8 "$T/x/s640.hash" | sed -n 2p | tr -d '\r')" = "$ORIGIN_NEW" ]
}

@test "i641033.cab holds the members of a real one" {
    cabextract -q -d "$T/x" "$DATA/$ORIGIN_NEW/i641033.cab" 2>/dev/null
    [ "$(cd "$T/x" && echo *)" = "i641033.hash placeholder.txt" ]
    [ ! -s "$T/x/placeholder.txt" ]
}

@test "the hash member is the SHA-256 of each stream: 64 digits in 128 bytes" {
    local n=0
    for cab in "$DATA"/*/s6*.cab "$DATA"/*/sp6*.cab; do
        rm -rf "$T/x"
        cabextract -q -d "$T/x" "$cab" 2>/dev/null
        for hash in "$T"/x/stream.*.hash; do
            stream=$(basename "$hash" .hash)
            [ "$(stat -c %s "$hash")" = 128 ]
            [ "$(tr -d '\0' <"$hash")" = "$(sha256sum <"${cab%/*}/$stream.dat" | cut -c1-64 | tr a-f A-F)" ]
            n=$((n + 1))
        done
    done
    [ "$n" = 8 ]
}

@test "each segment hashes to its row and is a zlib stream of the row's size" {
    command -v python3 >/dev/null || missing python3
    for cab in "$DATA"/*/s6*.cab "$DATA"/*/sp6*.cab; do
        "$TESTCDN" tables "$cab" >"$T/rows" 2>/dev/null
        rm -rf "$T/x"
        cabextract -q -d "$T/x" "$cab" 2>/dev/null
        stream=$(basename "$T"/x/stream.*.hash .hash)
        python3 - "$T/rows" "${cab%/*}/$stream.dat" <<'PY'
import hashlib, sys, zlib
dat = open(sys.argv[2], "rb").read()
for row in open(sys.argv[1]):
    start, end, u, v, digest, name = row.rstrip("\n").split("\t")
    stored = dat[int(start):int(end)]
    assert stored[:2] == b"\x78\x9c", row
    assert hashlib.sha256(stored).hexdigest().upper() == digest, row
    assert len(zlib.decompress(stored)) == int(v) - int(u), row
PY
    done
}

@test "all tables tile" {
    for cab in "$DATA"/*/s6*.cab "$DATA"/*/sp6*.cab; do
        "$TESTCDN" tables --check "$cab"
    done
}

@test "the real tables tile, with the counts the formats page gives" {
    real=${RINGMGR_REAL:-$BATS_TEST_DIRNAME/../../../shared/real}
    cab=$real/odt-16.0.14332.20176/Office/Data/16.0.14332.20176/s640.cab
    [ -e "$cab" ] || missing "$cab"
    cabextract -q -d "$T/x" "$cab" 2>/dev/null
    run "$TESTCDN" tables --check "$T/x/stream.x64.x-none.man.dat"
    [ "$output" = "files 6857 segments 13785 dat_bytes 1632219408 duplicates 471 errors 0" ]
}

@test "about the wanted share of a build survives, and proofing is contained in its language" {
    rows() { "$TESTCDN" tables "$1" 2>/dev/null | cut -f 1,2,5; }
    "$TESTCDN" build --ca "$O/ca" --origin "$T/o" --channel Current --build 16.0.1.1 --stream-size 8M
    "$TESTCDN" build --ca "$O/ca" --origin "$T/o" --channel Current --build 16.0.2.1 --stream-size 8M --from 16.0.1.1 \
        --survive 50
    d=$(echo "$T"/o/*/Office/Data)
    rows "$d/16.0.1.1/s640.cab" | cut -f 3 | sort -u >"$T/old"
    share=$(rows "$d/16.0.2.1/s640.cab" | awk 'NR == FNR { old[$1]; next } { all++ } $3 in old { kept++ }
        END { print int(100 * kept / all) }' "$T/old" -)
    echo "$share"
    [ "$share" -ge 40 ]
    [ "$share" -le 65 ]
    rows "$DATA/$ORIGIN_NEW/s641033.cab" | cut -f 3 | sort -u >"$T/language"
    rows "$DATA/$ORIGIN_NEW/sp641033.cab" | cut -f 3 | sort -u >"$T/proof"
    [ -z "$(comm -13 "$T/language" "$T/proof")" ]
}

@test "the same seed gives the same streams, another seed others" {
    for o in a b; do
        "$TESTCDN" build --ca "$O/ca" --origin "$T/$o" --channel Current --build 16.0.1.1 --seed 7
    done
    "$TESTCDN" build --ca "$O/ca" --origin "$T/c" --channel Current --build 16.0.1.1 --seed 8
    cmp "$T"/a/*/Office/Data/16.0.1.1/stream.x64.x-none.dat "$T"/b/*/Office/Data/16.0.1.1/stream.x64.x-none.dat
    run ! cmp "$T"/a/*/Office/Data/16.0.1.1/stream.x64.x-none.dat "$T"/c/*/Office/Data/16.0.1.1/stream.x64.x-none.dat
}

@test "x86, arm64 and proofing-only builds have the files of the formats page" {
    "$TESTCDN" build --ca "$O/ca" --origin "$T/o" --channel Current --build 16.0.1.1 --arch x86 --arm64 \
        --lang en-us,sr-cyrl-rs,ha-latn-ng --proofing en-us,ha-latn-ng
    run bash -c 'cd "$0"/o/*/Office/Data && find . -type f | sort | tr "\n" " "' "$T"
    for f in i320.cab i320.cab.cat i640.cab i640.cab.cat i321033.cab i641033.cab s3210266.cab s321128.cab sp321033.cab \
        stream.x86.sr-cyrl-rs.dat stream.x86.en-us.proof.dat.cat sc320.cab stream.x86.x-none.chpe.dat a320_exp.cab \
        a640_exp.cab; do
        [[ $output == *"./16.0.1.1/$f "* ]] || { echo "absent: $f"; return 1; }
    done
    [[ $output == *"./v32_16.0.1.1.cab "* ]]
    [[ $output != *i3210266.cab* ]]
    [[ $output != *i321128.cab* ]]
    [[ $output != *sp321128.cab* ]]
}

@test "the pointer has the Windows 7 trap, v64_<build>.cab is of one build" {
    run cabextract -q -p -F VersionDescriptor.xml "$DATA/v64.cab"
    [[ $output == *'<Available Build="16.0.12527.22286"'* ]]
    [[ $output == *'RestrictionType="Default" Version="'"$ORIGIN_NEW"'"'* ]]
    [[ $output == *'RestrictionType="OS" Value="7"'* ]]
    run cabextract -q -p -F VersionDescriptor.xml "$DATA/v64_$ORIGIN_NEW.cab"
    [[ $output == *'<Available Build="'"$ORIGIN_NEW"'"'* ]]
    [[ $output == *"FFNRoot=\"$ORIGIN_GUID\""* ]]
    [[ $output != *AvailableBuilds* ]]
}

@test "throttle and withdrawn builds reach the pointer" {
    "$TESTCDN" pointer --ca "$O/ca" --origin "$T/o" --channel Current --build 16.0.2.2 --throttle 250 \
        --expired 16.0.1.1,16.0.1.2 --arch x64,x86
    run cabextract -q -p -F VersionDescriptor.xml "$T"/o/*/Office/Data/v32.cab
    [[ $output == *'<Throttle Value="250" />'* ]]
    [[ $output == *'<Build Value="16.0.1.1" />'*'<Build Value="16.0.1.2" />'* ]]
}

@test "the release history has its rows, and can be empty" {
    run cabextract -q -p -F ReleaseHistory.xml "$O/www/pr/wsus/releasehistory.cab"
    [[ $output == *'Latest="True" Version="2607" LegacyVersion="16.0.20228.20188" Build="20228.20188" PubTime="2026-08-11T17:15:41.287Z"'* ]]
    "$TESTCDN" history --ca "$O/ca" --origin "$T/o" --empty
    run cabextract -q -p -F ReleaseHistory.xml "$T/o/wsus/releasehistory.cab"
    [[ $output == *'ID="MonthlyEnterprise"'* ]]
    [[ $output != *'<Update '* ]]
}

@test "osslsigncode as signer gives cabinets that verify, stamped by our own service" {
    "$TESTCDN" build --osslsigncode --ca "$O/ca" --origin "$T/o" --channel Current --build 16.0.1.1 \
        --signed-at 2026-08-11T17:00Z
    run verify "$O/ca/roots.pem" "$(echo "$T"/o/*/Office/Data/16.0.1.1/s640.cab)"
    [ "$status" = 0 ]
    [[ $output == *"Aug 11 17:00:00 2026"* ]]
}

@test "expired certificates verify with their timestamp and not without" {
    "$TESTCDN" resign --ca "$O/ca" --signer old --tsa oldtsa --signed-at 2024-06-01 --in "$DATA/v64.cab" --out "$T/old.cab"
    verify "$O/ca/roots.pem" "$T/old.cab"
    "$TESTCDN" resign --ca "$O/ca" --signer old --no-timestamp --in "$DATA/v64.cab" --out "$T/bare.cab"
    run ! verify "$O/ca/roots.pem" "$T/bare.cab"
}

@test "the wrong identities are wrong in their own way" {
    for who in foreign other noeku mailku; do
        "$TESTCDN" resign --ca "$O/ca" --signer $who --in "$DATA/v64.cab" --out "$T/$who.cab"
    done
    run ! verify "$O/ca/roots.pem" "$T/foreign.cab"
    run verify "$O/ca/roots.pem" "$T/other.cab"
    [ "$status" = 0 ]
    [[ $output == *"Example Software Ltd"* ]]
    openssl x509 -in "$O/ca/mailku.pem" -noout -ext extendedKeyUsage | grep -q E-mail
    run openssl x509 -in "$O/ca/noeku.pem" -noout -text
    [[ $output != *"Extended Key Usage"* ]]
    "$TESTCDN" resign --ca "$O/ca" --unsigned --in "$DATA/v64.cab" --out "$T/plain.cab"
    run ! verify "$O/ca/roots.pem" "$T/plain.cab"
}

@test "each edited table is signed well and does not tile" {
    s=$DATA/$ORIGIN_NEW/s640.cab
    for kind in gap overlap beyond dat-size owner unpacked; do
        "$TESTCDN" corrupt --ca "$O/ca" --kind $kind --in "$s" --out "$T/$kind.cab"
        verify "$O/ca/roots.pem" "$T/$kind.cab" >/dev/null
        run "$TESTCDN" tables --check "$T/$kind.cab"
        [ "$status" = 1 ] || { echo "$kind tiles"; return 1; }
    done
    for kind in table-version table-offset table-cut; do
        "$TESTCDN" corrupt --ca "$O/ca" --kind $kind --in "$s" --out "$T/$kind.cab"
        verify "$O/ca/roots.pem" "$T/$kind.cab" >/dev/null
        run ! "$TESTCDN" tables --check "$T/$kind.cab"
    done
}

@test "each edited member is signed well and lies" {
    s=$DATA/$ORIGIN_NEW/s640.cab
    member() { cabextract -q -p -F "$2" "$1" 2>/dev/null; }
    for kind in stream-hash segment-hash every-segment-hash dat-cat build; do
        "$TESTCDN" corrupt --ca "$O/ca" --kind $kind --in "$s" --out "$T/$kind.cab"
        verify "$O/ca/roots.pem" "$T/$kind.cab" >/dev/null
    done
    run ! cmp -s <(member "$s" '*.hash') <(member "$T/stream-hash.cab" '*.hash')
    run ! cmp -s <(member "$s" '*.man.dat') <(member "$T/segment-hash.cab" '*.man.dat')
    "$TESTCDN" tables --check "$T/every-segment-hash.cab"
    run ! cmp -s <(member "$T/dat-cat.cab" '*.dat.cat') "$DATA/$ORIGIN_NEW/stream.x64.x-none.dat.cat"
    member "$T/build.cab" s640.hash | iconv -f UTF-16 -t UTF-8 | grep -q '16\.0\.1\.1'
    "$TESTCDN" corrupt --ca "$O/ca" --kind guid --value 492350f6-3a01-4f97-b9c0-c7c6ddf67d60 --in "$DATA/v64.cab" \
        --out "$T/guid.cab"
    member "$T/guid.cab" VersionDescriptor.xml | grep -q 'FFNRoot="492350f6'
    verify "$O/ca/roots.pem" "$T/guid.cab" >/dev/null
}

@test "edited files no longer fit their signature, except where no digest looks" {
    "$TESTCDN" corrupt --ca "$O/ca" --kind flip --in "$DATA/v64.cab" --out "$T/flip.cab"
    run ! verify "$O/ca/roots.pem" "$T/flip.cab"
    "$TESTCDN" corrupt --ca "$O/ca" --kind cut --in "$DATA/v64.cab" --out "$T/cut.cab"
    run ! verify "$O/ca/roots.pem" "$T/cut.cab"
    for kind in header append; do
        "$TESTCDN" corrupt --ca "$O/ca" --kind $kind --in "$DATA/v64.cab" --out "$T/$kind.cab"
        run ! cmp -s "$DATA/v64.cab" "$T/$kind.cab"
    done
}

@test "serve: whole file, its length, validators and a log line" {
    get "$BLOB"
    cmp "$T/out" "$O/www/pr/blob"
    has "Content-Length: 1000000"
    has "ETag: "
    has "Last-Modified: "
    [ "$(cat "$ORIGIN_LOG")" = "GET /pr/blob - 200 1000000" ]
}

@test "serve: 304 by ETag and by date, 404, HEAD" {
    get "$BLOB"
    etag=$(sed -n 's/^etag: //Ip' "$HEAD" | tr -d '\r')
    date=$(sed -n 's/^last-modified: //Ip' "$HEAD" | tr -d '\r')
    [ "$(get -w '%{http_code}' -H "If-None-Match: $etag" "$BLOB")" = 304 ]
    [ "$(get -w '%{http_code}' -H "If-Modified-Since: $date" "$BLOB")" = 304 ]
    [ "$(get -w '%{http_code}' -H 'If-None-Match: "other"' "$BLOB")" = 200 ]
    [ "$(get -w '%{http_code}' "$ORIGIN_URL/absent")" = 404 ]
    [ "$(get -w '%{http_code}' --path-as-is "$ORIGIN_URL/../../ca/leaf.key")" = 404 ]
    curl -sI "$BLOB" | grep -qi 'content-length: 1000000'
    [ "$(origin_requests 'GET /pr/blob - 304 0')" = 2 ]
}

@test "serve: ranges" {
    get -r 10-19 "$BLOB"
    has "HTTP/1.1 206"
    has "Content-Range: bytes 10-19/1000000"
    cmp "$T/out" <(tail -c +11 "$O/www/pr/blob" | head -c 10)
    get -r 999990- "$BLOB"
    has "Content-Range: bytes 999990-999999/1000000"
    get -r -5 "$BLOB"
    has "Content-Range: bytes 999995-999999/1000000"
    get -r 1000000- "$BLOB"
    has "HTTP/1.1 416"
    has 'Content-Range: bytes \*/1000000'
    get -r 10-19 -H 'If-Range: "other"' "$BLOB"
    has "HTTP/1.1 200"
    [ "$(origin_requests 'bytes=10-19 206 10')" = 1 ]
}

@test "serve: several ranges in one answer are as nginx gives them" {
    origin_serve_nginx "$O" >/dev/null
    nginx_url=$ORIGIN_URL
    bodies() { curl -s -r 0-9,100-119,999990-999999 "$1/blob" | tr -d '\r' | sed '/^--/d; /^Content-Type/d; /^$/d'; }
    curl -s -D - -o /dev/null -r 0-9,20-29 "$BLOB" | grep -qi 'content-type: multipart/byteranges; boundary='
    a=$(bodies "${BLOB%/blob}")
    b=$(bodies "$nginx_url")
    kill "$(cat "$O/nginx-guard.pid")"
    rm "$O/nginx-guard.pid"
    curl -s -r 0-9,20-29 "$BLOB" >"$T/out"
    [ "$(grep -a -c '^Content-Range: bytes' "$T/out")" = 2 ]
    diff <(echo "$a") <(echo "$b")
}

@test "fault: truncate" {
    origin_fault 'path=*/blob&kind=truncate&after=1000&times=1'
    run get "$BLOB"
    [ "$status" = 18 ]
    [ "$(stat -c %s "$T/out")" = 1000 ]
    get "$BLOB"
    cmp "$T/out" "$O/www/pr/blob"
    [ "$(head -n 1 "$ORIGIN_LOG")" = "GET /pr/blob - 200 1000" ]
}

@test "fault: length" {
    origin_fault 'path=*/blob&kind=length&value=-10&times=1'
    get "$BLOB"
    has "Content-Length: 999990"
    origin_fault 'path=*/blob&kind=length&value=10&times=1'
    run get "$BLOB"
    [ "$status" = 18 ]
    has "Content-Length: 1000010"
}

@test "fault: corrupt, also inside a range" {
    origin_fault 'path=*/blob&kind=corrupt&after=500&times=2'
    get "$BLOB"
    [ "$(cmp -l "$T/out" "$O/www/pr/blob" | awk '{ print $1 }')" = 501 ]
    get -r 500-509 "$BLOB"
    [ "$(cmp -l "$T/out" <(tail -c +501 "$O/www/pr/blob" | head -c 10) | awk '{ print $1 }')" = 1 ]
}

@test "fault: norange and badrange" {
    origin_fault 'path=*/blob&kind=norange&times=1'
    get -r 10-19 "$BLOB"
    has "HTTP/1.1 200"
    has "Content-Length: 1000000"
    origin_fault 'path=*/blob&kind=badrange&times=1'
    get -r 10-19 "$BLOB"
    has "Content-Range: bytes 10-19/1000000"
    cmp "$T/out" <(tail -c +12 "$O/www/pr/blob" | head -c 10)
}

@test "fault: etag, changed, novalidators, unconditional" {
    tag() { curl -sI "$BLOB" | sed -n 's/^etag: //Ip'; }
    first=$(tag)
    [ "$first" = "$(tag)" ]
    origin_fault 'path=*/blob&kind=changed'
    [ "$(tag)" != "$first" ]
    [ "$(tag)" = "$(tag)" ]
    origin_faults_clear
    origin_fault 'path=*/blob&kind=etag'
    [ "$(tag)" != "$(tag)" ]
    origin_faults_clear
    origin_fault 'path=*/blob&kind=novalidators&times=1'
    [ -z "$(tag)" ]
    origin_fault 'path=*/blob&kind=unconditional&times=1'
    [ "$(get -w '%{http_code}' -H 'If-None-Match: *' "$BLOB")" = 200 ]
    [ "$(get -w '%{http_code}' -H 'If-None-Match: *' "$BLOB")" = 304 ]
}

@test "fault: stall and slow" {
    origin_fault 'path=*/blob&kind=stall&after=1000&ms=5000&times=1'
    run get --max-time 0.5 "$BLOB"
    [ "$status" = 28 ]
    [ "$(stat -c %s "$T/out")" = 1000 ]
    origin_fault 'path=*/blob&kind=slow&value=10000&times=1'
    run get --max-time 0.7 "$BLOB"
    [ "$status" = 28 ]
    [ "$(stat -c %s "$T/out")" -lt 20000 ]
}

@test "fault: nomulti, firstrange, backwards and nomultistatus strike requests for several ranges only" {
    # parts OUT: the ranges of a multipart answer, in its order.
    parts() { grep -a -o '^Content-Range: bytes [0-9-]*' "$T/out" | cut -d ' ' -f 3 | xargs; }
    origin_fault 'path=*/blob&kind=nomulti&times=2'
    get -r 0-9,50-59 "$BLOB"
    has "HTTP/1.1 200"
    cmp "$T/out" "$O/www/pr/blob"
    get -r 0-9 "$BLOB"
    has "HTTP/1.1 206"
    origin_fault 'path=*/blob&kind=firstrange&times=1'
    get -r 50-59,0-9 "$BLOB"
    has "Content-Range: bytes 50-59/1000000"
    cmp "$T/out" <(tail -c +51 "$O/www/pr/blob" | head -c 10)
    get -r 0-9,50-59,70-79 "$BLOB"
    [ "$(parts)" = "0-9 50-59 70-79" ]
    size=$(stat -c %s "$T/out")
    origin_fault 'path=*/blob&kind=backwards&times=1'
    get -r 0-9,50-59,70-79 "$BLOB"
    [ "$(parts)" = "70-79 50-59 0-9" ]
    [ "$(stat -c %s "$T/out")" = "$size" ]
    grep -a -q "^$(tail -c +51 "$O/www/pr/blob" | head -c 10 | head -n 1)" "$T/out"
    origin_fault 'path=*/blob&kind=nomultistatus&status=416&times=2'
    [ "$(get -w '%{http_code}' -r 0-9,50-59 "$BLOB")" = 416 ]
    [ "$(get -w '%{http_code}' -r 0-9 "$BLOB")" = 206 ]
}

@test "fault: proxyauth, and whole addresses as a proxy is asked for" {
    origin_fault 'path=*/blob&kind=proxyauth&to=anna:se:cret'
    proxy=http://127.0.0.1:$ORIGIN_PORT
    [ "$(get -w '%{http_code}' -x "$proxy" http://nowhere.invalid/pr/blob)" = 407 ]
    has "Proxy-Authenticate: Basic"
    [ "$(get -w '%{http_code}' -x "$proxy" -U anna:secret http://nowhere.invalid/pr/blob)" = 407 ]
    [ "$(get -w '%{http_code}' -x "$proxy" -U anna:se:cret http://nowhere.invalid/pr/blob)" = 200 ]
    cmp "$T/out" "$O/www/pr/blob"
    [ "$(origin_requests '^GET /pr/blob - 200 1000000')" = 1 ]
}

@test "the log of bytes has the time, the connection and the size of each piece" {
    echo "path=*/blob kind=slow value=4000000" >"$T/faults"
    origin_serve_mirror "$O" "$T" --bytes "$T/bytes"
    get "$MIRROR_URL/blob"
    get -r 0-99 "$MIRROR_URL/blob"
    origin_stop "$T"
    [ "$(awk '{ sum[$2] += $4 } END { print sum[1], sum[2] }' "$T/bytes")" = "1000000 100" ]
    [ "$(cut -d ' ' -f 3 "$T/bytes" | sort -u)" = /pr/blob ]
    awk 'NR == 1 { first = $1 } $2 == 1 { last = $1 } END { exit !(last - first >= 100) }' "$T/bytes"
}

@test "fault: status with Retry-After and with a redirect, skip and times" {
    origin_fault 'path=*/blob&kind=status&status=503&retry=7&skip=1&times=2'
    codes=
    for _ in 1 2 3 4; do codes+=" $(get -w '%{http_code}' "$BLOB")"; done
    [ "$codes" = " 200 503 503 200" ]
    origin_fault 'path=*/blob&kind=status&status=503&retry=7&times=1'
    get "$BLOB"
    has "Retry-After: 7"
    origin_fault 'path=*/blob&kind=status&status=302&to=http://127.0.0.1:1/&times=1'
    get "$BLOB"
    has "Location: http://127.0.0.1:1/"
    origin_fault 'path=*/absent&kind=status&status=403'
    [ "$(get -w '%{http_code}' "$ORIGIN_URL/absent")" = 403 ]
}

@test "faults come from the file too, as soon as it changes" {
    echo 'path=*/blob kind=status status=404' >"$O/faults"
    [ "$(get -w '%{http_code}' "$BLOB")" = 404 ]
    : >"$O/faults"
    [ "$(get -w '%{http_code}' "$BLOB")" = 200 ]
}

@test "unknown faults are refused" {
    run ! origin_fault 'path=*&kind=nonsense'
    run ! origin_fault 'path=*&kind=stall&colour=blue'
}

@test "POST /ts answers openssl ts at the wanted time" {
    openssl ts -query -data "$O/www/pr/blob" -sha256 -cert -out "$T/q" 2>/dev/null
    curl -sf --data-binary @"$T/q" -H 'Content-Type: application/timestamp-query' -o "$T/r" \
        "http://127.0.0.1:$ORIGIN_PORT/ts?at=1700000000"
    openssl ts -verify -queryfile "$T/q" -in "$T/r" -CAfile "$O/ca/roots.pem"
    openssl ts -reply -in "$T/r" -text | grep -q 'Time stamp: Nov 14 22:13:20 2023 GMT'
}

@test "the server ends by SIGTERM, with its parent and after its lifetime" {
    serve() { "$TESTCDN" serve --root "$O/www" --port-file "$T/port" "$@" 3>&- & }
    gone() { for _ in $(seq 100); do kill -0 "$1" 2>/dev/null || return 0; sleep 0.05; done; return 1; }
    serve
    pid=$!
    sleep 0.2
    kill "$pid"
    gone "$pid"
    sleep 30 3>&- &
    parent=$!
    serve --parent "$parent"
    pid=$!
    sleep 0.2
    kill -0 "$pid"
    kill "$parent"
    gone "$pid"
    serve --lifetime 1
    pid=$!
    gone "$pid"
}

@test "nginx serves the origin, with the same log and 304" {
    origin_serve_nginx "$O"
    origin_log_clear
    get "$ORIGIN_URL/$ORIGIN_GUID/Office/Data/v64.cab"
    cmp "$T/out" "$DATA/v64.cab"
    etag=$(sed -n 's/^etag: //Ip' "$HEAD" | tr -d '\r')
    [ "$(get -w '%{http_code}' -H "If-None-Match: $etag" "$ORIGIN_URL/$ORIGIN_GUID/Office/Data/v64.cab")" = 304 ]
    get -r 0-9 "$ORIGIN_URL/$ORIGIN_GUID/Office/Data/v64.cab"
    # nginx writes its log after the client has its answer.
    timeout 10 sh -c 'until [ "$(wc -l <"$1")" -ge 3 ]; do sleep 0.05; done' sh "$ORIGIN_LOG"
    kill "$(cat "$O/nginx-guard.pid")"
    rm "$O/nginx-guard.pid"
    [ "$(sed -n 3p "$ORIGIN_LOG")" = "GET /pr/$ORIGIN_GUID/Office/Data/v64.cab bytes=0-9 206 10" ]
}
