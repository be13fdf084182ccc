#!/usr/bin/env bats
# shellcheck disable=SC2154,SC2016,SC2094 # web.bash sets head; texts for jq; what idle clients are told to do
# The service's page: what it answers, who may act there, and that nobody who comes to it harms the service or keeps
# others out.

setup_file() {
    load world
    world_file
    need python3 nginx
    getent passwd www-data >/dev/null || missing "the account www-data"
}

setup() {
    load world
    load web
    world_make
    web_config
}

teardown() {
    [ -z "${IDLE:-}" ] || { exec 7>&- && wait "$IDLE"; } || true
    web_end
}

client() {
    python3 "$RINGMGR_TOP/tests/cli/web.py" "$@"
}

# has HEADER…: each stands in the head of the last answer.
has() {
    local line
    for line in "$@"; do
        [[ $'\n'"$head"$'\n' == *$'\n'"$line"$'\n'* ]] || { printf 'no "%s" in\n%s\n' "$line" "$head" && return 1; }
    done
}

# guarded: what every answer says to a browser.
guarded() {
    has "Content-Security-Policy: default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" \
        "X-Content-Type-Options: nosniff" "Referrer-Policy: no-referrer" "Cross-Origin-Resource-Policy: same-origin" "Connection: close"
}

# error CODE TEXT: what is said where no command says anything.
error() {
    json ".schema == 1 and .code == $1" && prints "$2" && guarded
}

entries() {
    expect 0 ringmgr --json history
    json "$1"
}

reason() {
    printf '{"ring":"production","build":"%s","reason":"%s"}' "$NEW" "$1"
}

# An answer is good for two seconds; then its time is another.
not_modified() {
    web 200 - /api/status
    web 304 - /api/status -H "If-None-Match: $(sed -n 's/^ETag: //p' <<<"$head")"
}

@test "the page and what commands say, at the socket and at the address" {
    fetched
    serving
    logged "event=web-listen at=\"unix:$SOCKET\""
    local who path
    for who in - games; do
        web 200 "$who" /
        [[ "$output" == "<!"* ]]
        has "Content-Type: text/html; charset=utf-8" "Cache-Control: no-cache"
        guarded
        for path in status support calendar pins history explain/production "explain/production/$NEW" \
            diff/production "history?ring=pilot&since=2026-01-01T00%3A00&actor=no+body" 'support?at=2099-01-01'; do
            web 200 "$who" "/api/$path"
            json '.schema == 1 and (.error | not)'
            guarded
        done
        web 200 "$who" /metrics
        prints "# TYPE ringmgr_build_info"
    done
    # as the command says it, but for the time
    web 200 - /api/status
    [ "$(jq 'del(.now, .free_bytes)' <<<"$output")" = "$(ringmgr --json status | jq 'del(.now, .free_bytes)')" ]
    wait_until not_modified
    [ -z "$output" ]
    guarded
    web 200 - /api/status -H 'If-None-Match: "other"'
    web 200 - /page.css
    has "Content-Type: text/css; charset=utf-8"
    web 304 - /page.css -H "If-None-Match: $(sed -n 's/^ETag: //p' <<<"$head")"
    web 200 - /metrics -H 'Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5'
    has "Content-Type: application/openmetrics-text; version=1.0.0; charset=utf-8"
    [[ "$output" == *"# EOF" ]]
    web 200 - /api/status --head
    [ -z "$output" ] || [[ "$output" == HTTP/* ]]
    # another build, and what was known is forgotten in a moment
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    wait_until approved
}

approved() {
    web 200 - /api/status && json '.rings[1].approvals.have == 1'
}

@test "what is not there, not so, or not for this host" {
    serving
    local path method
    for path in /x /api /api/ /api/upstream /api/sync /api/status/ /api/%73tatus /api/status%00 /../etc/passwd /..%2fetc/passwd \
        //api/status /./api/status /page/../page.css /index.html/ /api/explain/nowhere /api/explain/production/x \
        /api/explain/production/ /api/explain/--help /api/explain/../status '/api/history?ring=nowhere'; do
        web 404 - "$path"
        error 2 "th" # there is no such page, ring; that is no build
    done
    for path in '/api/status?x=1' '/api/history?since=2026-01-01&since=2026-01-02' '/api/history?since' '/api/history?since=' \
        '/api/history?since=%0a' '/api/history?since=%zz' "/api/history?actor=$(printf '%0200d' 0)" '/api/me?x=1' '/api/history?--verify=1'; do
        web 400 - "$path"
        error 2 ""
    done
    web 400 - '/api/history?since=yesterday' # says the command
    prints "not a time such as"
    for method in POST PUT DELETE PATCH OPTIONS TRACE PROPFIND; do
        web 405 - /api/status -X $method
        error 2 "not with this method" && has "Allow: GET, HEAD"
    done
    web 405 games /api/approve
    has "Allow: POST"
    # DNS rebinding
    for host in evil.example "evil.example:$PORT" localhost.evil.example 127.0.0.1.evil.example '[::1' 'localhost:80:80' ''; do
        web 421 - /api/status -H "Host: $host" || web 421 - /api/status -H "Host;"
        error 2 "[web] host"
    done
    for host in localhost LOCALHOST:99 127.0.0.1 '[::1]:80'; do
        web 200 - / -H "Host: $host"
    done
    web 200 games / -H "Host: rings.example.com"
    end TERM
    web_config "host = rings.example.com"
    sed -i '/^timezone = /d' "$W/ringmgr.conf"
    TZ=Pacific/Auckland serving
    web 200 - /api/me -H "Host: rings.example.com" # times are those of the machine
    json '.timezone == "Pacific/Auckland"'
    web 200 games / -H "Host: Rings.example.com:443"
    web 200 - / -H "Host: rings.example.com"
    web 421 games / -H "Host: evil.example"
    error 2 "not served under the name evil.example: add it to [web] host"
}

@test "people act from their own accounts at the socket, nobody over TCP, and no other page for them" {
    fetched
    serving
    web 200 games /api/me
    json '.account == "games" and .person == "games" and .via == "socket" and .can_act and .reason == null and .identity == "web:5:games"
        and .timezone == "UTC" and (.actions | index("approve")) and ([.rings[] | .approver] == [true, true])'
    has "Cache-Control: no-store"
    web 200 proxy /api/me -H "X-Remote-User: games"
    json '.account == "proxy" and .can_act and .rings[1].approver == false and (.rings[1].why | contains("proxy is no approver"))'
    web 200 - /api/me -H "X-Remote-User: games"
    json '.account == null and .via == "none" and (.can_act | not) and .actions == [] and (.reason | contains("TCP"))'
    post 403 - approve "$(reason forged)" -H "X-Remote-User: games"
    error 3 "for reading only"
    post 409 proxy approve "$(reason forged)" -H "X-Remote-User: games" # no proxy_user is configured
    json '.code == 3 and (.error | contains("proxy is no approver"))'
    post 409 root approve "$(reason x)"
    prints "root cannot decide"
    post 409 backup approve "$(reason x)"
    prints "the service's user cannot decide"
    # other pages
    local type='Content-Type: application/json' ours='X-Ringmgr: 1'
    web 403 games /api/approve -H "$type" --data "$(reason csrf)"
    error 3 "X-Ringmgr"
    web 403 games /api/approve -H "$type" -H "X-Ringmgr: 2" --data "$(reason csrf)"
    web 415 games /api/approve -H "$ours" --data "$(reason csrf)"
    web 415 games /api/approve -H "$ours" -H "Content-Type: text/plain" --data "$(reason csrf)"
    post 403 games approve "$(reason csrf)" -H "Origin: http://evil.example"
    post 403 games approve "$(reason csrf)" -H "Origin: null"
    post 403 games approve "$(reason csrf)" -H "Origin: http://localhost.evil.example"
    post 403 games approve "$(reason csrf)" -H "Sec-Fetch-Site: cross-site"
    post 403 games approve "$(reason csrf)" -H "Sec-Fetch-Site: same-site"
    post 400 games approve "$(reason csrf)" -H "Origin: http://localhost" -H "Origin: http://localhost"
    # what is no order
    local body
    for body in '' x '[]' '"x"' '{}' '{"ring":"production"}' '{"ring":1,"build":"x","reason":"x"}' "$(reason x | sed 's/}/,"force":true}/')" \
        "$(reason x | sed 's/}/,"ring":"pilot"}/')" "$(reason ' ')" '{"ring":"--help","build":"x","reason":"x"}' \
        "$(reason 'a\nb')" "$(reason 'a\u009b31mb')" "$(reason 'a\u202eb')" "$(reason "$(printf '%01100d' 0)")" "$(reason 'a\u0000b')"; do
        post 400 games approve "$body"
        json '.code == 2 and (.error | length > 0)'
    done
    post 400 games ack '{"id":"1","reason":"x"}'
    # a body whose length can be read in two ways, and a name that no account has
    post 400 games approve "$(reason x)" -H "Transfer-Encoding: chunked" -H "Content-Length: 5"
    error 2 "in two ways"
    post 400 games approve "$(reason x)" -H "X-Remote-User: $(printf '%0300d' 0)"
    error 2 "so long a name"
    head -c 20000 /dev/zero | tr '\0' x >"$W/long"
    post 413 games approve "@$W/long"
    post 413 games approve "@$W/long" -H "Transfer-Encoding: chunked"
    entries 'all(.entries[]; .actor == "ringmgr")'
    # and what is one
    post 200 games approve "$(reason 'pilot is \"happy\" --until $(x)')" -H "Origin: http://localhost" -H "Sec-Fetch-Site: same-origin"
    json '.ring == "production" and .build == $new and .result == "done"'
    web 200 games /api/approve -H "Content-Type: Application/JSON; charset=utf-8" -H "$ours" --data "$(reason again)"
    json '.result == "unchanged"'
    post 409 games promote "{\"ring\":\"production\",\"build\":\"$NEW\"}" # four_eyes
    json '.code == 3 and .result == "refused" and (.error | contains("refused by the gate approvals")) and any(.gates[]; .open | not)'
    post 200 news hold '{"ring":"production","reason":"quarter end","until":"2099-01-01","stop_soak":true}'
    post 200 news unhold '{"ring":"production","reason":"over"}'
    post 200 news promote "{\"ring\":\"production\",\"build\":\"$NEW\"}"
    json '.result == "done"'
    shows production "$NEW"
    post 400 games rollback '{"ring":"all","reason":"x"}'
    prints "rollback all needs"
    post 409 games rollback '{"ring":"production","reason":"x"}'
    entries '[.entries[] | select(.ring == "production") | [.action, .identity]] == [["approve", "web:5:games"],
        ["hold-stop-soak", "web:9:news"], ["unhold", "web:9:news"], ["promote", "web:9:news"]]
        and any(.entries[]; .reason == "pilot is \"happy\" --until $(x)")'
    logged 'event=web-request action=approve uid=5 named="" status=0'
    logged 'event=web-request action=promote uid=5 named="" status=3'
}

@test "through nginx, which asks for a login: two people, and nobody by a header of their own" {
    web_config "proxy_user = www-data" "host = 127.0.0.1"
    sed -i 's/^approvals = 1$/approvals = 2/; s/^four_eyes = yes$/four_eyes = no/' "$W/ringmgr.conf"
    fetched
    serving
    nginx_front
    # through ACCOUNT STATUS ACTION [CURL OPTION…]
    through() {
        output=$(curl -s -u "$1:$1" -H 'Content-Type: application/json' -H 'X-Ringmgr: 1' -H "Origin: ${FROM:-$FRONT}" -w '%{http_code}' \
            -d "${BODY:-$(reason fine)}" "${@:4}" "$FRONT/api/$3")
        [ "${output: -3}" = "$2" ] || { printf '%s: not %s but\n%s\n' "$*" "$2" "$output" && return 1; }
        output=${output%???}
    }
    [ "$(curl -s -o /dev/null -w '%{http_code}' "$FRONT/api/status")" = 401 ]
    output=$(curl -s -u games:games "$FRONT/api/me" -H "X-Remote-User: news")
    json '.account == "games" and .via == "proxy" and .identity == "web via www-data:5:games"'
    output=$(curl -s -u nobody-here:nobody-here "$FRONT/api/me")
    json '.account == null and (.can_act | not) and (.reason | contains("no account \"nobody-here\""))'
    through nobody-here 409 approve
    through proxy 409 approve -H "X-Remote-User: games"
    prints "proxy is no approver"
    through games 200 approve
    through games 200 approve # again is nothing new
    json '.result == "unchanged"'
    BODY='{"ring":"production","build":"'"$NEW"'"}' through games 409 promote -H "X-Remote-User: news"
    FROM=http://evil.example through news 403 approve
    through news 200 approve
    BODY='{"ring":"production","build":"'"$NEW"'"}' through games 200 promote
    json '.result == "done"'
    shows production "$NEW"
    entries '[.entries[] | select(.ring == "production" and .actor != "ringmgr") | [.action, .actor, .identity]] == [
        ["approve", "games", "web via www-data:5:games"], ["approve", "news", "web via www-data:9:news"],
        ["promote", "games", "web via www-data:5:games"]]'
    # the header counts from that account alone, once, and it must be there
    web 200 proxy /api/me -H "X-Remote-User: games" -H "Host: 127.0.0.1"
    json '.account == "proxy" and .via == "socket"'
    web 200 www-data /api/me -H "Host: 127.0.0.1"
    json '.account == null and (.reason | contains("names nobody in X-Remote-User"))'
    for name in root backup; do
        post 409 www-data approve "$(reason x)" -H "Host: 127.0.0.1" -H "X-Remote-User: $name"
        prints "cannot decide"
    done
    post 409 www-data approve "$(reason x)" -H "Host: 127.0.0.1"
    prints "names nobody"
    post 400 www-data approve "$(reason x)" -H "Host: 127.0.0.1" -H "X-Remote-User: games" -H "X-Remote-User: news"
    # nobody gets at it by naming the file that the service hands to its children
    expect 2 self proxy "$RINGMGR_BIN" -c "$W/ringmgr.conf" --inherit web=0 whoami </dev/null
    expect 2 self proxy "$RINGMGR_BIN" -c "$W/ringmgr.conf" --inherit config=0,web=0,peer=0 whoami <"$W/ringmgr.conf"
}

# sockets N: the service has at most so many.
sockets() {
    [ "$(find "/proc/$PID/fd" -lname 'socket:*' | wc -l)" -le "$1" ]
}

@test "who floods, drips, or sends what is no request keeps nobody out" {
    local most slow
    fetched
    serving
    client "$PORT" slow >"$W/slow" 3>&- &
    slow=$!
    most=$(ulimit -Hn)
    most=$((most > 10100 ? 10000 : most - 100))
    mkfifo "$W/idle"
    (ulimit -n $((most + 50)) && exec python3 "$RINGMGR_TOP/tests/cli/web.py" "$PORT" idle $most) <"$W/idle" >"$W/many" 3>&- &
    IDLE=$!
    exec 7>"$W/idle"
    wait_until grep -qx "$most" "$W/many"
    web 200 - /api/status
    web 200 games /api/status
    sockets 320
    post 200 games approve "$(reason meanwhile)"
    exec 7>&-
    wait "$IDLE"
    IDLE=
    self proxy python3 "$RINGMGR_TOP/tests/cli/web.py" "$SOCKET" idle 600 <"$W/idle" >"$W/many" 3>&- &
    IDLE=$!
    exec 7>"$W/idle"
    wait_until grep -qx 600 "$W/many"
    web 200 games /api/status
    web 200 - /api/status
    exec 7>&-
    wait "$IDLE"
    IDLE=
    # many at once, each another question: a few children at a time, and all get an answer
    output=$(client "$PORT" many 200 '/api/history?actor=#')
    [[ "$output" == 200:* ]] || { echo "$output" && return 1; }
    output=$(client "$PORT" many 200 /api/support)
    [ "$output" = 200:200 ] || { echo "$output" && return 1; }
    # what is no request
    output=$({ printf 'GET / HTTP/1.1\r\nHost: localhost\r\nX: '; head -c 100000 /dev/zero | tr '\0' x; printf '\r\n\r\n'; } | client "$PORT" raw | head -1)
    [[ "$output" == "HTTP/1.1 431"* || "$output" == "HTTP/1.1 414"* || "$output" == reset || -z "$output" ]] || { echo "$output" && return 1; }
    head -c 100000 /dev/urandom | client "$PORT" raw >/dev/null
    output=$(printf 'GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\n\r\n' | client "$PORT" raw)
    [[ "$output" == "HTTP/1.1 400"* ]]
    output=$(printf 'GET / HTTP/1.1\r\n\r\n' | client "$PORT" raw)
    [[ "$output" == "HTTP/1.1 4"* ]]
    # a second request behind the first is not heard
    output=$(printf 'GET /page.css HTTP/1.1\r\nHost: localhost\r\n\r\nGET /api/status HTTP/1.1\r\nHost: localhost\r\n\r\n' | client "$PORT" raw)
    [ "$(grep -c '^HTTP/1.1' <<<"$output")" = 1 ]
    wait "$slow"
    [ "$(sort "$W/slow")" = $'body ended\nhead ended\nnothing ended' ]
    wait_until sockets 12
    web 200 - /
}

@test "a thousand questions and made-up names keep nobody from reading and deciding" {
    local try
    fetched
    serving
    mkfifo "$W/idle"
    client "$PORT" flood 280 <"$W/idle" >"$W/many" 3>&- &
    IDLE=$!
    exec 7>"$W/idle"
    wait_until grep -qx up "$W/many"
    for try in 1 2 3 4; do
        web 200 games /api/status
        web 200 games /api/me
        post 200 games hold "{\"ring\":\"production\",\"reason\":\"flood $try\"}"
        web 200 - /api/status
    done
    exec 7>&-
    wait "$IDLE"
    IDLE=
}

# next_descriptor: the number that the next one gets that the service opens.
next_descriptor() {
    local number=0
    while [ -e "/proc/$PID/fd/$number" ]; do number=$((number + 1)); done
    echo "$number"
}

@test "where descriptors run out people wait, and are let in when there are some again" {
    serving
    web 200 - /
    wait_until sockets 12
    self backup prlimit --pid "$PID" --nofile="$(next_descriptor):"
    client "$PORT" raw <<<$'GET / HTTP/1.1\r\nHost: localhost\r\n\r' >"$W/late" 3>&- &
    local late=$! before
    self games curl -s --max-time 60 -o "$W/body" --unix-socket "$SOCKET" http://localhost/ 3>&- &
    local later=$!
    # Nobody is let in, and that costs nothing: the service looks again each second.
    sleep 1
    before=$(switches)
    sleep 1
    [ ! -s "$W/late" ]
    [ $(($(switches) - before)) -lt 20 ]
    self backup prlimit --pid "$PID" --nofile=1000:
    wait "$late" && wait "$later"
    grep -q '^HTTP/1.1 200' "$W/late"
    web 200 - /api/status
}

@test "a place that is taken, a socket that was left behind, another configuration, and rest" {
    local children
    python3 -c 'import socket, sys
s = socket.socket(); s.bind(("127.0.0.1", int(sys.argv[1]))); s.listen(); print("up", flush=True); sys.stdin.read()' "$PORT" < <(sleep 20) >"$W/other" 3>&- &
    local other=$!
    wait_until grep -q up "$W/other"
    serving
    logged "event=web-failed text=\"listen at 127.0.0.1:$PORT: Address already in use"
    web 200 games /
    kill "$other"
    children=$(pgrep -P "$PID")
    end KILL
    # shellcheck disable=SC2086 # numbers; its watch would notice within half a minute
    kill $children
    [ -S "$SOCKET" ]
    serving
    web 200 - /
    web 200 games /
    # SIGHUP: it listens on, and who stands in front may become another
    sed -i 's/^\[web\]/&\nproxy_user = proxy/' "$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged "event=reload result=accepted"
    web 200 proxy /api/me -H "X-Remote-User: games"
    json '.account == "games"'
    sed -i 's/^listen = .*/listen = 127.0.0.1:1/' "$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged "\[web\] listen: it cannot change while the service runs"
    web 200 - /
    sed -i "s,^listen = .*,listen = unix:$SOCKET\, 127.0.0.1:$PORT," "$W/ringmgr.conf"
    wait_until resting # nobody asks, and nothing wakes the service
    end TERM
    [ "$status" = 0 ]
    [ ! -e "$SOCKET" ]
    # somebody else's, which the service may not even ask
    python3 -c 'import os, socket, sys
s = socket.socket(socket.AF_UNIX); s.bind(sys.argv[1]); os.chmod(sys.argv[1], 0o600); s.listen(); print("up", flush=True); sys.stdin.read()' \
        "$SOCKET" < <(sleep 20) >"$W/other" 3>&- &
    other=$!
    wait_until grep -q up "$W/other"
    serving
    logged "event=web-failed text=\"\[web\] listen = $SOCKET: another service listens there"
    end TERM
    [ -S "$SOCKET" ]
    kill "$other"
    rm "$SOCKET"
    touch "$SOCKET"
    serving
    logged "event=web-failed text=\"$SOCKET is no socket"
    [ -f "$SOCKET" ]
    web 200 - /
    end TERM
    # and without the library there is the service, but no page
    rm "$SOCKET"
    mkdir "$W/broken" && : >"$W/broken/libmicrohttpd.so.12"
    LD_LIBRARY_PATH=$W/broken serving
    logged 'event=web-failed text="the library libmicrohttpd.so.12 cannot be used: '
    [ ! -e "$SOCKET" ]
    end TERM
    [ "$status" = 0 ]
}

switches() {
    awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$PID/status"
}

# resting: for a second it was not woken.
resting() {
    local before
    before=$(switches)
    sleep 1
    [ "$(switches)" = "$before" ]
}

@test "the configuration says what cannot be, and whoami who somebody is" {
    local line
    for line in 'listen = 0.0.0.0:8365|of this machine alone' 'listen = 192.0.2.1:80|of this machine alone' 'listen = localhost:80|of this machine alone' \
        'listen = 127.0.0.1:0|neither unix:/PATH' 'listen = 127.0.0.1|neither unix:/PATH' 'listen = unix:run/x|absolute path' \
        "listen = unix:$W/state/x|lies inside store" "listen = unix:$W/run/ctl.sock|is [ringmgr] control, too" \
        'listen = [::]:80|of this machine alone' 'proxy_user = root|needs an account of its own' 'proxy_user = backup|needs an account of its own' \
        'proxy_header = X Y|not the name of a header' 'host = http://x|not the name of a host' 'page = x|unknown key'; do
        LISTEN="[::1]:$PORT" web_config
        case $line in
        listen*) sed -i "s,^listen = .*,${line%|*}," "$W/ringmgr.conf" ;;
        *) echo "${line%|*}" >>"$W/ringmgr.conf" ;;
        esac
        expect 2 ringmgr check
        prints "${line#*|}"
    done
    LISTEN='' web_config
    serving
    run ! logged event=web
    end TERM
    expect 0 self games "$RINGMGR_BIN" -c "$W/ringmgr.conf" --json whoami
    json '.account == "games" and .via == "uid" and .can_act and .identity == "uid:5:games"'
    expect 0 self proxy "$RINGMGR_BIN" -c "$W/ringmgr.conf" whoami
    prints "uid:13:proxy" "proxy is no approver"
    expect 0 ringmgr whoami
    prints "root cannot decide"
}
