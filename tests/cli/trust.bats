#!/usr/bin/env bats
# ringmgr trust: Microsoft's two roots, from a server or from files, and nothing else, whatever stands there.

ONE=MicRooCerAut_2010-06-23.crt TWO=MicRooCerAut2011_2011_03_22.crt
ONE_SHA256=df545bf919a2439c36983b54cdfc903dfa4f37d3996d8d84b4c31eec6f3c163e
TWO_SHA256=847df6a78497943f27fc72eb93f9a637320a02b561d0a91b09e87a7807ed7c61

setup_file() {
    load world
    world_file
}

setup() {
    load world
    [ -n "$RINGMGR_REAL" ] || missing "the folder of real files (RINGMGR_REAL)"
    need openssl jq setpriv
    real=$RINGMGR_REAL/roots W=$BATS_TEST_TMPDIR/w O=$BATS_TEST_TMPDIR/w ORIGIN_PARENT=$$
    chmod a+x "$BATS_RUN_TMPDIR" "$BATS_TEST_TMPDIR"
    web=$W/www/pr out=$W/etc/roots.pem
    mkdir -p "$web" "$W/etc"
    ln -s "$WORLD_ORIGIN/ca" "$W/ca" # the server wants one
    openssl x509 -in "$real/msroot2010.pem" -outform DER -out "$web/$ONE"
    openssl x509 -in "$real/msroot2011.pem" -outform DER -out "$web/$TWO"
    printf '[origin]\nroots = %s\nurl = http://127.0.0.1:9/pr\n' "$out" >"$W/ringmgr.conf"
}

teardown() {
    origin_stop "$W"
}

serve() {
    origin_serve_fault "$W" >/dev/null
}

# holds FILE: Microsoft's two roots as PEM, which openssl reads, too.
holds() {
    [ "$(openssl crl2pkcs7 -nocrl -certfile "$1" | openssl pkcs7 -print_certs -noout | grep -c '^subject=.*CN = Microsoft Root Certificate Authority 201[01]$')" = 2 ]
    openssl verify -CAfile "$1" "$real/msroot2010.pem" "$real/msroot2011.pem"
    [ "$(stat -c %a "$1")" = 644 ]
}

# refused TEXT…: 4, with these words, and what was there is still there, alone.
refused() {
    expect 4 ringmgr trust --yes --source "$ORIGIN_URL"
    complains
    says "$@"
    [ "$(cat "$out")" = before ]
    [ "$(ls -A "$W/etc")" = roots.pem ]
}

@test "the fingerprints that are built in are those of the real certificates" {
    local year sha256
    for year in 2010 2011; do
        sha256=$(openssl x509 -in "$real/msroot$year.pem" -outform DER | sha256sum | cut -c1-64)
        [ "$sha256" = $ONE_SHA256 ] || [ "$sha256" = $TWO_SHA256 ]
        grep -q "\"$sha256\"" "$RINGMGR_TOP/ringmgr/c2r/authenticode_roots.c"
    done
}

@test "fetched from a server into what the configuration names; a second time nothing is asked" {
    serve
    expect 0 ringmgr trust --source "$ORIGIN_URL"
    prints "$out now holds Microsoft's two roots" "next: ringmgr check"
    holds "$out"
    [ "$(origin_requests)" = 2 ]
    local before=$(stat -c '%i %Y' "$out")
    expect 0 ringmgr --json trust --source "$ORIGIN_URL"
    json '.schema == 1 and .result == "unchanged"'
    [ "$before" = "$(stat -c '%i %Y' "$out")" ]
    [ "$(origin_requests)" = 2 ]
    expect 0 ringmgr --json trust --source "$ORIGIN_URL" -o "$W/etc/other.pem"
    json '.result == "done" and (.file | endswith("/other.pem"))'
    cmp "$out" "$W/etc/other.pem"
    expect 0 ringmgr trust -o - --source "$ORIGIN_URL"
    [ "$output" = "$(cat "$out")" ]
}

@test "without any configuration -o says where, and who may not write there is told so before anything is fetched" {
    serve
    [ ! -e /etc/ringmgr/ringmgr.conf ] || skip "this machine has a configuration"
    expect 0 "$RINGMGR_BIN" trust --source "$ORIGIN_URL" -o "$out"
    prints "next: name it in the configuration, [origin] roots = $out"
    holds "$out"
    expect 2 "$RINGMGR_BIN" -c "$W/nowhere.conf" trust -o "$W/etc/x"
    says "$W/nowhere.conf"
    origin_log_clear "$W"
    expect 2 setpriv --reuid games --regid games --clear-groups "$RINGMGR_BIN" trust --source "$ORIGIN_URL" -o "$W/etc/x"
    says "sudo ringmgr trust"
    [ "$(origin_requests)" = 0 ]
    expect 2 "$RINGMGR_BIN" trust -o "$W/nowhere/x"
    says "$W/nowhere"
}

@test "who talks to the network is not root" {
    need strace
    serve
    strace -f -e trace=connect,setresuid -o "$W/calls" "$RINGMGR_BIN" -c "$W/ringmgr.conf" trust --source "$ORIGIN_URL"
    awk '/setresuid\(65534, 65534, 65534\) += 0/ { gone = 1 } /connect\(.*AF_INET/ { asked = 1; bad = bad || !gone }
        END { exit bad || !asked }' "$W/calls"
}

@test "from files: PEM, DER, a bundle, one after the other; a missing one is named" {
    expect 0 ringmgr trust "$real/ms_roots.pem"
    holds "$out"
    rm "$out"
    expect 0 ringmgr trust "$web/$TWO" "$real/msroot2010.pem"
    holds "$out"
    local before=$(stat -c '%i %Y' "$out")
    expect 0 ringmgr trust "$web/$ONE"
    prints "$out already holds" "in the named file stands nothing else"
    byte "$web/$ONE" 700
    expect 4 ringmgr trust "$web/$TWO" "$web/$ONE"
    says "$web/$ONE" "none of Microsoft's two roots"
    expect 2 ringmgr trust "$W/nowhere"
    says "$W/nowhere"
    [ "$before" = "$(stat -c '%i %Y' "$out")" ]
    cp "$real/msroot2010.pem" "$web/$ONE"
    rm "$out"
    expect 2 ringmgr trust "$web/$ONE"
    complains
    says "Microsoft Root Certificate Authority 2011" "$TWO"
    [ ! -e "$out" ]
    expect 2 ringmgr trust "$W/nowhere"
    says "$W/nowhere"
    echo nothing >"$W/empty"
    expect 2 ringmgr trust "$W/empty"
    says "there is no certificate"
    expect 2 ringmgr trust "$real/ms_roots.pem" --source http://127.0.0.1/
    says "not both"
}

@test "a file with a strange certificate among the right ones is refused by name and digest" {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$W/key" -subj "/CN=Microsoft Root Certificate Authority 2010" -out "$W/strange.pem" 2>/dev/null
    local sha256=$(openssl x509 -in "$W/strange.pem" -outform DER | sha256sum | cut -c1-64)
    cat "$real/ms_roots.pem" "$W/strange.pem" >"$W/all.pem"
    expect 4 ringmgr trust "$W/all.pem"
    complains
    says "$W/all.pem" "$sha256"
    expect 2 ringmgr trust "$W/key"
    says "PRIVATE KEY"
    [ ! -e "$out" ]
    cp "$W/all.pem" "$out"
    expect 2 ringmgr trust "$real/ms_roots.pem"
    says "$out is there, and is not Microsoft's two roots" --yes
    cmp "$W/all.pem" "$out"
    expect 0 ringmgr trust "$real/ms_roots.pem" --yes
    holds "$out"
}

@test "from a server: one byte changed, another certificate, both in one place, a page, none at all" {
    serve
    echo before >"$out"
    cp "$web/$ONE" "$W/good"
    byte "$web/$ONE" 700
    refused "$ORIGIN_URL/$ONE: NOT Microsoft Root Certificate Authority 2010" "$(sha256sum <"$web/$ONE" | cut -c1-64)" $ONE_SHA256
    cp "$web/$TWO" "$web/$ONE"
    refused "$ORIGIN_URL/$ONE: NOT Microsoft Root Certificate Authority 2010" $TWO_SHA256
    cp "$W/good" "$web/$ONE"
    echo '<html>log in</html>' >"$web/$TWO"
    refused "$ORIGIN_URL/$TWO: NOT Microsoft Root Certificate Authority 2011"
    rm "$web/$TWO"
    expect 5 ringmgr trust --yes --source "$ORIGIN_URL"
    complains
    says "$ORIGIN_URL/$TWO: not there" "fetch $ORIGIN_URL/$ONE and $ORIGIN_URL/$TWO elsewhere" "ringmgr trust FILE FILE"
    origin_stop "$W"
    expect 5 ringmgr trust --yes --source "$ORIGIN_URL"
    complains
    says "onnect" "fetch $ORIGIN_URL/$ONE and $ORIGIN_URL/$TWO elsewhere" "ringmgr trust FILE FILE"
    [ "$(cat "$out")" = before ]
}

# odd_start SCRIPT: trust, where what starts its child does this instead.
odd_start() {
    printf '#!/bin/sh\n%s\n' "$1" >"$W/setpriv"
    chmod +x "$W/setpriv"
    expect 1 unshare -m --propagation private sh -c 'mount --bind "$1/setpriv" /usr/bin/setpriv && exec "$2" -c "$1/ringmgr.conf" trust' \
        sh "$W" "$RINGMGR_BIN"
    complains
}

@test "the process that fetches ends early: how, and its own words" {
    need unshare mount
    odd_start 'echo noise >&2; echo "ringmgr: something odd" >&2; exit 77'
    says "the process that fetches the roots ended early with status 77: ringmgr: something odd"
    odd_start 'kill -KILL $$'
    says "the process that fetches the roots ended early by signal 9"
}

# struck KIND N: trust replaces a file; its N-th change is its last, or fails.
struck() {
    echo before >"$out"
    heed env LD_PRELOAD="$FAULT_LIBRARY" FAULT_UNDER="$W/etc" FAULT_KIND="$1" FAULT_AT="$2" FAULT_COUNT_FILE="$W/count" \
        "$RINGMGR_BIN" -c "$W/ringmgr.conf" trust --yes "$real/ms_roots.pem"
    [ "$status" != 0 ] || holds "$out"
    [ "$(cat "$out")" = before ] || holds "$out"
}

@test "killed at each change, refused it, the disk full: the file is the old one or the new one, whole" {
    [ -r "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}" ] || missing "$FAULT_LIBRARY"
    need unshare mount
    local call count
    struck kill-after 1000
    [ "$status" = 0 ]
    count=$(cat "$W/count")
    [ "$count" -ge 5 ]
    for call in $(seq "$count"); do
        struck kill-after "$call"
        [ "$status" = 137 ]
        rm -f "$W/etc/".ringmgr-*
        struck errno:EIO "$call"
        [ "$status" = 1 ]
        struck short "$call"
        [ "$status" = 0 ]
        [ "$(ls -A "$W/etc")" = roots.pem ]
    done
    heed unshare -m --propagation private sh -c 'mount -t tmpfs -o size=8k disk "$1/etc" && cd "$1/etc" && echo before >roots.pem
        cat /dev/zero >filler 2>/dev/null
        "$2" -c "$1/ringmgr.conf" trust --yes "$3"; echo "$? $(cat roots.pem) $(ls -A)"
        mount -o remount,ro "$1/etc"; "$2" -c "$1/ringmgr.conf" trust --yes "$3"; echo $?' sh "$W" "$RINGMGR_BIN" "$real/ms_roots.pem"
    [ "$output" = "6 before filler
roots.pem
2" ]
    says "$out: " "No space left on device" "Read-only file system"
    [[ "$stderr" != *sudo* ]]
}

@test "what is missing is named by check and sync, with the command that brings it" {
    expect 2 ringmgr check
    printf '[ringmgr]\nstore = %s\nstate = %s\n' "$W" "$W" >>"$W/ringmgr.conf"
    rm -r "$W"
    world_make
    ROOTS=$W/none.pem config
    expect 2 ringmgr sync
    complains
    says "$W/none.pem" "ringmgr trust"
    expect 2 ringmgr check
    prints "$W/none.pem" "ringmgr trust"
}
