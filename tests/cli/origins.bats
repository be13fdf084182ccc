#!/usr/bin/env bats
# From where, how and when it is fetched: the window, mirrors, the rate, a proxy that wants to know who asks, file lists,
# other servers' shares.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    FOLDER=$O/www/pr/$ORIGIN_GUID
}

teardown() {
    [ -z "${TLS_PID:-}" ] || kill "$TLS_PID"
    [ -z "${MIRROR_PORT:-}" ] || origin_stop "$W/mirror"
    world_end
}

# clock TIME: it is TIME, for every program from now on. The very file is written: another one is not in the sandbox of
# what runs already.
clock() {
    date -ud "$1" +%s | dd of="$W/now" conv=notrunc status=none
    export RINGMGR_TEST_NOW=@$W/now
}

# ---- the window ----

@test "outside the window sync asks for metadata alone, says when it opens, and ends well; --now ignores it" {
    clock 2026-09-01T12:00Z
    ORIGIN="window = 20:00-06:00" config
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "waiting" and .build == $new and .code == 0 and (.published | not) and
        .bytes_fetched == 0 and (.error | contains("the window opens at 2026-09-01 20:00"))'
    [ "$(origin_requests)" = 2 ]
    [ "$(origin_requests "/$NEW/")" = 0 ]
    [ ! -e "$W/store/objects" ] || [ "$(objects)" = 0 ]
    expect 0 ringmgr sync
    prints "pilot: waiting: $NEW is to be fetched: the window opens at 2026-09-01 20:00"
    expect 0 ringmgr --json status
    json '.rings[0].last_sync | .result == "waiting" and (.error | contains("20:00"))'
    json '[.attention[] | select(.code | test("window"))] == []'
    json '.rings[0].awaited == {build: $new, at: "2026-09-01T20:00:00Z"} and .rings[1].awaited.build == $new'
    expect 0 ringmgr status
    prints "    next $NEW, to be fetched from 2026-09-01 20:00"
    expect 0 ringmgr explain pilot
    prints "there is no build that it could take; next is $NEW, to be fetched from 2026-09-01 20:00"
    expect 0 ringmgr calendar
    prints "$NEW is fetched from now on: the window opens"
    expect 0 ringmgr --json sync --now
    json '.rings[0] | .result == "new" and .published'
    shows pilot "$NEW"
    expect 0 ringmgr --json status
    json '[.rings[].awaited] == [null, null]'
}

@test "in the window everything is fetched; outside it what is complete is unchanged, and what is added waits" {
    ORIGIN="window = Mon-Fri 20:00-06:00, Sat" config
    clock 2026-09-01T23:30Z
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "new" and .published'
    clock 2026-09-02T12:00Z
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "unchanged" and .error == null'
    ORIGIN="window = Mon-Fri 20:00-06:00, Sat" CONTENT="languages = en-us, fr-fr" config
    origin_log_clear
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "waiting" and (.error | contains("2026-09-02 20:00"))'
    [ "$(origin_requests "/$NEW/")" = 0 ]
    shows pilot "$NEW"
    clock 2026-09-02T20:00Z
    expect 0 ringmgr --json sync
    json '.rings[0].result == "new" and .extended == ["pilot " + $new]'
}

@test "a folder is imported whatever the window says" {
    clock 2026-09-01T12:00Z
    ORIGIN="window = 20:00-06:00" config
    expect 0 ringmgr --json import "$FOLDER" --ring pilot
    json '.rings[0] | .result == "new" and .published'
}

# came: so many bytes of the stream have left the server.
came() {
    [ "$(awk '/x-none.dat / { sum += $4 } END { print sum + 0 }' "$W/bytes")" -ge "$1" ]
}

@test "a window that closes stops the transfer and keeps what came; the next night goes on there" {
    local stream=$UP/$NEW/stream.x64.x-none.dat size sent
    size=$(stat -c %s "$stream")
    origin_serve_mirror "$O" "$W/mirror" --bytes "$W/bytes"
    echo "path=*/stream.x64.x-none.dat kind=slow value=$((size / 8))" >"$W/mirror/faults"
    clock 2026-09-02T05:59:30Z
    URL=$MIRROR_URL ORIGIN="window = 20:00-06:00" config
    start --json sync
    wait_until came $((size / 4))
    clock 2026-09-02T06:00Z
    ended
    output=$(cat "$W/out")
    [ "$status" = 0 ] || { cat "$W/err" && return 1; }
    json '.rings[0] | .result == "waiting" and (.published | not) and .bytes_fetched > 0 and
        (.error | contains("the window opens at 2026-09-02 20:00"))'
    sent=$(awk '/x-none.dat / { sum += $4 } END { print sum }' "$W/bytes")
    [ "$sent" -lt "$size" ]
    : >"$W/mirror/faults"
    clock 2026-09-02T20:00Z
    # What came is not fetched again, and a dry run knows.
    expect 0 ringmgr --json sync --dry-run
    json ".rings[0] | .bytes_fetched <= .bytes_total - $((size / 5))"
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "new" and .published'
    shows pilot "$NEW"
    # what was sent and had not been read yet when the connection was closed is the only loss
    sent=$(awk '/x-none.dat / { sum += $4 } END { print sum }' "$W/bytes")
    echo "$sent of $size"
    [ "$sent" -lt $((size + size / 4)) ]
}

# ---- how fast, by which way ----

@test "rate_limit holds for all connections together" {
    local began whole
    origin_serve_mirror "$O" "$W/mirror" --bytes "$W/bytes"
    URL=$MIRROR_URL ORIGIN=$'rate_limit = 160K\nconnections = 8' config
    began=$(date +%s%3N)
    expect 0 ringmgr sync
    whole=$(awk '{ sum += $4 } END { print sum }' "$W/bytes")
    took=$(($(date +%s%3N) - began))
    echo "$whole bytes in $took ms"
    # however much the sockets hold: it is not read faster, but for a second's worth at the start
    [ "$took" -ge $(((whole - 160 * 1024) * 1000 / (160 * 1024))) ]
}

@test "a mirror brings what the origin does not; nobody else is asked" {
    origin_serve_mirror "$O" "$W/mirror"
    origin_fault "path=*/$NEW/*&kind=status&status=503"
    ORIGIN="mirrors = $MIRROR_URL" config
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "new" and .published'
    shows pilot "$NEW"
    [ "$(grep -c "/$NEW/.* 200 " "$MIRROR_LOG")" -ge 9 ]
}

# mirror: a server of its own with a copy of the origin as it is now, which goes on being what it is.
mirror() {
    cp -a "$O/www" "$W/copy.www" && mkdir -p "$W/copy" && mv "$W/copy.www" "$W/copy/www" && ln -s "$O/ca" "$W/copy/ca"
    origin_serve_mirror "$W/copy" "$W/mirror"
}

@test "a mirror that is behind brings no older news where the origin is silent, and is no failure" {
    offer "$OLD" 2026-08-01
    mirror
    offer "$NEW" 2026-09-01
    ORIGIN="mirrors = $MIRROR_URL" config
    expect 0 ringmgr sync
    shows pilot "$NEW"
    origin_fault "path=*.cab&kind=status&status=503&retry=1"
    expect 0 ringmgr --json sync
    says "the origin does not answer, and what a mirror has is older: not used"
    json '.rings[0] | .result == "unchanged" and .build == $new'
    [ "$(grep -c "v64.cab .* 200 " "$MIRROR_LOG")" -ge 1 ]
    shows pilot "$NEW"
}

@test "a mirror that gives other bytes is caught, and the build comes whole from the origin" {
    local file
    mirror
    for file in "$W/copy/www/pr/$ORIGIN_GUID/Office/Data/$NEW"/*; do
        byte "$file"
    done
    ORIGIN="mirrors = $MIRROR_URL" config
    expect 0 ringmgr sync
    shows pilot "$NEW"
    grep -q "/$NEW/" "$MIRROR_LOG"
    says "$MIRROR_URL gives files that are not genuine: not asked again"
    expect 0 ringmgr verify
}

# tls_origin: nginx shows the origin over TLS and HTTP/2 on a port of its choice, with a certificate that is its own CA.
tls_origin() {
    mkdir "$W/nginx"
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$W/nginx/key" -out "$W/nginx/ca.pem" -days 3650 -subj /CN=localhost \
        -addext subjectAltName=DNS:localhost 2>/dev/null
    TLS_PORT=$((20000 + RANDOM % 12000))
    while answers "$TLS_PORT"; do TLS_PORT=$((TLS_PORT + 1)); done
    cat >"$W/nginx.conf" <<CONF
daemon off; user backup; pid $W/nginx/pid; error_log $W/nginx/error;
events {}
http {
    log_format said '\$server_protocol \$status \$connection \$request_uri';
    access_log $W/nginx/said said;
    client_body_temp_path $W/nginx; proxy_temp_path $W/nginx; fastcgi_temp_path $W/nginx;
    uwsgi_temp_path $W/nginx; scgi_temp_path $W/nginx;
    server {
        listen 127.0.0.1:$TLS_PORT ssl http2;
        ssl_certificate $W/nginx/ca.pem;
        ssl_certificate_key $W/nginx/key;
        root $O/www;
    }
}
CONF
    nginx -p "$W" -e "$W/nginx/error" -c "$W/nginx.conf" 3>&- &
    TLS_PID=$!
    wait_until answers "$TLS_PORT"
}

answers() {
    (: <>"/dev/tcp/127.0.0.1/$1") 2>/dev/null
}

# trusting: ringmgr on a machine that trusts nginx's certificate.
trusting() {
    unshare --mount bash -c 'mount --bind "$1" /etc/ssl/certs/ca-certificates.crt && shift && exec "$@"' - \
        "$W/nginx/ca.pem" "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@"
}

@test "over TLS and HTTP/2 everything comes through few connections; a certificate of somebody else is refused" {
    need nginx openssl unshare
    tls_origin
    URL=https://localhost:$TLS_PORT/pr config
    expect 5 ringmgr sync
    says certificate
    [ ! -s "$W/nginx/said" ]
    expect 0 trusting sync
    shows pilot "$NEW"
    [ -z "$(grep -v '^HTTP/2.0 ' "$W/nginx/said")" ]
    [ "$(cut -d' ' -f3 "$W/nginx/said" | sort -u | wc -l)" -lt "$(wc -l <"$W/nginx/said")" ]
}

@test "a proxy gets its credentials, and nobody else sees them" {
    echo "anna:Winter:2026" >"$W/proxy"
    chown backup: "$W/proxy" && chmod 0600 "$W/proxy"
    origin_fault 'path=/pr/*&kind=proxyauth&to=anna:Winter:2026'
    ORIGIN="proxy = http://127.0.0.1:$ORIGIN_PORT" URL=http://officecdn.invalid/pr config
    expect 5 ringmgr sync
    says "the proxy asks who wants it" proxy_credentials
    ORIGIN=$(printf 'proxy = http://127.0.0.1:%s\nproxy_credentials = %s' "$ORIGIN_PORT" "$W/proxy") \
        URL=http://officecdn.invalid/pr config
    origin_fault 'path=*/releasehistory.cab&kind=status&status=503&retry=1&skip=1&times=1' # it lives for a second
    start -v --json sync
    wait_until grep -qz -- --json "/proc/$PID/cmdline"
    cp "/proc/$PID/cmdline" "/proc/$PID/environ" "$W/"
    ended
    [ "$status" = 0 ] || { cat "$W/err" && return 1; }
    shows pilot "$NEW"
    run ! grep -rE "Winter|QW5uYTpX|YW5uYTpX" "$W/out" "$W/err" "$W/cmdline" "$W/environ" "$W/state" "$W/log"
    echo "anna:Summer" >"$W/proxy"
    expect 5 ringmgr -v sync
    run ! grep -E "Summer|YW5uYTpT" <<<"$output$stderr"
}

@test "credentials that others may read are not used, and check says so" {
    echo "anna:Winter2026" >"$W/proxy"
    chown backup: "$W/proxy" && chmod 0644 "$W/proxy"
    ORIGIN=$(printf 'proxy = http://127.0.0.1:1\nproxy_credentials = %s' "$W/proxy") config
    expect 2 ringmgr sync
    complains
    says "$W/proxy" "chmod o="
    [ "$(origin_requests)" = 0 ]
    expect 2 ringmgr --json check
    json '[.problems[] | select(.code == "proxy-credentials") | .text | contains("everybody") and (contains("Winter") | not)] == [true]'
    chmod 0640 "$W/proxy"
    expect 0 ringmgr check
}

@test "an origin's keys that contradict each other are errors of check, with their line" {
    ORIGIN=$'mirrors = https://mirror.example.com/pr\nwindow = 20:00-20:05\nproxy_credentials = /etc/x' config
    expect 2 ringmgr --json check
    json '[.problems[] | select(.severity == "error" and .line != null).code] | sort == ["credentials-idle", "mirror-scheme", "window-short"]'
}

# ---- file lists ----

# filelist FILE…: the service's list of $NEW with its descriptor and these files, all of them neutral.
filelist() {
    printf '%s\n' "$@" | jq -nR --arg base "http://officecdn.microsoft.com/pr/${GUID:-$ORIGIN_GUID}/Office/Data" --arg build "${BUILD:-$NEW}" '
        {files: ([{url: ($base + "/v64_" + $build + ".cab"), name: "v64.cab", relativePath: "/office/data/", lcid: "0"},
                  {url: ($base + "/v64_" + $build + ".cab"), name: ("v64_" + $build + ".cab"), relativePath: "/office/data/", lcid: "0"}]
            + [inputs | {url: ($base + "/" + $build + "/" + .), name: ., relativePath: ("/office/data/" + $build + "/"), lcid: "0"}])}' \
        >"$W/list.json"
}

@test "what a list names is mandatory, and what only the table names is not" {
    rm "$UP/$NEW/"*.cat
    filelist s640.cab i640.cab i640.cab.cat stream.x64.x-none.dat
    expect 5 ringmgr --json sync --filelist "$W/list.json"
    json '.rings[0] | .result == "failed" and .code == 5 and (.error | contains($new + "/i640.cab.cat"))'
    filelist s640.cab i640.cab stream.x64.x-none.dat
    expect 0 ringmgr --json sync --filelist "$W/list.json"
    json '.rings[0] | .result == "new" and .published'
    shows pilot "$NEW" $(tr ' ' '\n' <<<"$FILES" | grep -v '\.cat')
    filelist i640.cab.cat
    expect 5 ringmgr sync --filelist "$W/list.json"
    says "$NEW/i640.cab.cat"
    shows pilot "$NEW" $(tr ' ' '\n' <<<"$FILES" | grep -v '\.cat')
}

@test "a list that names what is not known is followed as far as it is" {
    filelist s640.cab new640.cab
    expect 0 ringmgr sync --filelist "$W/list.json"
    says "new640.cab" "does not know"
    shows pilot "$NEW"
}

@test "a list is of the channel, the build and the architecture that are fetched, or is refused" {
    BUILD=$OLD filelist s640.cab
    expect 2 ringmgr sync --dry-run --filelist "$W/list.json"
    says "$OLD" "$NEW" --build
    expect 2 ringmgr sync --filelist "$W/list.json"
    complains
    says "$OLD" "$NEW" --build
    [ "$(origin_requests "/16\.")" = 0 ]
    expect 0 ringmgr sync --build "$OLD" --filelist "$W/list.json"
    GUID=492350f6-3a01-4f97-b9c0-c7c6ddf67d60 filelist s640.cab
    expect 2 ringmgr sync --filelist "$W/list.json"
    complains
    says "the channel Current"
    filelist ../../../etc/passwd
    expect 2 ringmgr sync --filelist "$W/list.json"
    complains
    says "$W/list.json: files[2]"
    echo nonsense >"$W/list.json"
    expect 2 ringmgr sync --filelist "$W/list.json"
    complains
    expect 2 ringmgr sync --filelist "$W/nowhere.json"
    complains
    says nowhere.json
}

@test "a list counts for an imported folder, too" {
    rm "$UP/$NEW/i640.cab.cat"
    filelist i640.cab.cat
    expect 4 ringmgr import "$FOLDER" --ring pilot --filelist "$W/list.json"
    says "$NEW/i640.cab.cat"
    expect 0 ringmgr import "$FOLDER" --ring pilot
}

# templates ROW…: wsus/ofl.cab with a 64-bit template that knows the channel and has these further rows.
templates() {
    printf '%s\n' '<UpdateFiles version="1.10">' \
        "<baseURL branch=\"MonthlyEnterprise\" URL=\"http://officecdn.microsoft.com/pr/$ORIGIN_GUID\" />" \
        '<File name="v64_%version%.cab" rename="v64.cab" relativePath="/office/data/" language="0"/>' \
        '<File name="v64_%version%.cab" relativePath="/office/data/" language="0"/>' "$@" '</UpdateFiles>' >"$W/64.xml"
    "$TESTCDN" resign --ca "$O/ca" --out "$O/www/pr/wsus/ofl.cab" --set "o365client_64bit.xml=$W/64.xml" --signed-at 2020-03-01
}

@test "Microsoft's templates make files mandatory where they are genuine, and are not asked for twice" {
    local row='<File name="i640.cab.cat" relativePath="/office/data/%version%/" language="0"/>'
    templates "$row"
    mv "$UP/$NEW/i640.cab.cat" "$W/"
    expect 5 ringmgr sync
    says "$NEW/i640.cab.cat"
    [ "$(origin_requests '^GET /pr/wsus/ofl.cab - 200')" = 1 ]
    mv "$W/i640.cab.cat" "$UP/$NEW/"
    expect 0 ringmgr sync
    [ "$(origin_requests '^GET /pr/wsus/ofl.cab - 304')" = 1 ]
    origin_log_clear
    expect 0 ringmgr sync
    [ "$(origin_requests ofl.cab)" = 0 ]
    shows pilot "$NEW"
}

@test "templates that are not genuine, or none, leave the table alone to count" {
    local row='<File name="i640.cab.cat" relativePath="/office/data/%version%/" language="0"/>'
    templates "$row"
    byte "$O/www/pr/wsus/ofl.cab"
    rm "$UP/$NEW/i640.cab.cat"
    expect 0 ringmgr sync
    says ofl.cab "not used"
    shows pilot "$NEW" $(tr ' ' '\n' <<<"$FILES" | grep -v 'i640.cab.cat')
}

# ---- other servers' shares ----

@test "a share is imported from a file address, whatever its path is called" {
    expect 5 ringmgr import "file://$W/other%20disk/production/" --ring pilot
    says "there is no folder $W/other disk/production: mount it"
    mkdir -p "$W/other disk"
    cp -a "$FOLDER" "$W/other disk/production"
    expect 0 ringmgr --json import "file://$W/other%20disk/production/" --ring pilot
    json '.rings[0] | .build == $new and .result == "new" and .published'
    shows pilot "$NEW"
    [ "$(origin_requests)" = 0 ]
}

@test "of a build of another server's share only what is not at hand is fetched, and nothing twice" {
    local share=http://127.0.0.1:$ORIGIN_PORT/pr/$ORIGIN_GUID/
    expect 0 ringmgr sync --build "$OLD"
    origin_log_clear
    expect 0 ringmgr --json import "$share" --ring pilot
    json '.rings[0] | .build == $new and .published and .bytes_reused > 0 and .bytes_fetched < .bytes_total'
    [ "$(origin_requests wsus)" = 0 ]
    shows pilot "$NEW"
    origin_log_clear
    expect 0 ringmgr --json import "$share" --ring pilot
    json '.rings[0] | .result == "unchanged" and .bytes_fetched == 0'
    [ "$(origin_requests "/$NEW/")" = 0 ]
}

@test "what is no share of the ring's channel is refused, and so is an address that nothing can be fetched from" {
    CHANNEL=Current config
    expect 4 ringmgr import "http://127.0.0.1:$ORIGIN_PORT/pr/$ORIGIN_GUID" --ring pilot
    says MonthlyEnterprise Current
    for address in ftp://127.0.0.1/x http://anna:secret@127.0.0.1/x; do
        expect 2 ringmgr import "$address" --ring pilot
        complains
    done
    expect 5 ringmgr import http://127.0.0.1:1/x --ring pilot
    [ "$(find "$W/store" "$W/share" -type f)" = "" ]
}
