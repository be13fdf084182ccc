#!/usr/bin/env bats
# The service's page in a real browser: why a ring waits, people who decide, what they see afterwards, and that it can be
# read by everybody. A real nginx stands before the socket and asks people for name and password.

setup_file() {
    load world
    world_file
    need nginx chromium chromedriver npm openssl
    /usr/bin/python3 -c 'import selenium' 2>/dev/null || missing "python3-selenium"
    AXE=$(sh "$RINGMGR_TOP/tests/web/axe.sh" "${TESTCDN%/*}") || missing "axe-core"
    export AXE
}

# pilot has the build, and had one before; production waits for it; nothing happens by itself.
setup() {
    load world
    load service
    load web
    world_make
    export RINGMGR_TEST_NOW=@$W/now
    at 2026-09-01T10:00Z
    PRODUCTION='soak = 3 days' web_config 'proxy_user = www-data'
    sed -i 's/^approvals = 1$/approvals = 2/; s/^approvers = .*/&, user:proxy/' "$W/ringmgr.conf"
    fetched "$OLD" 2026-08-16
    fetched
    serving
    nginx_front
}

teardown() {
    web_end
}

# browses SCRIPT ARGUMENT…: a script of tests/web.
browses() {
    HOME=$W/home /usr/bin/python3 -B "$RINGMGR_TOP/tests/web/$1" "${@:2}" 3>&- || { cat "$W/nginx/error" "$W/err" && return 1; }
}

# goes_back: a program, $W/back, after which upstream names the older build again, and the service knows.
goes_back() {
    cp -a "$O/www" "$W/www"
    offer "$OLD" 2026-09-02
    mv "$O/www" "$O/back" && mv "$W/www" "$O/www"
    cat >"$W/back" <<SH
#!/bin/sh
mv "$O/www" "$O/forth" && mv "$O/back" "$O/www" && exec "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
SH
    chmod +x "$W/back"
}

@test "two people approve, a third promotes by keyboard alone, all see it; what is seen goes, and pilot goes back" {
    goes_back
    browses decide.py "$FRONT/" "$W/now" "$NEW" "$OLD" "$W/back"
    [ "$(live production)" = "$NEW" ]
    [ "$(live pilot)" = "$OLD" ]
    expect 0 ringmgr --json history
    json '[.entries[] | select(.ring == "production" and .action != "settings") | "\(.actor) \(.action)"] ==
        ["games hold", "games unhold", "games approve", "news approve", "proxy promote"]'
    json '[.entries[] | select(.actor == "news" and .action != "approve") | "\(.action) \(.ring)"] == ["ack pilot", "rollback pilot", "block pilot"]'
    json '[.entries[] | select(.action == "approve")][0].identity | test("web.*games")'
}

@test "axe finds nothing serious at any size, in light and dark; over TCP nothing can be decided; a ring shows its sites" {
    printf '[site oslo]\nrings = pilot\ntarget = /nowhere/oslo\n' >>"$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged 'event=reload result=accepted'
    browses looks.py "$AXE" "$FRONT/" "http://127.0.0.1:$PORT/" ${RINGMGR_PICTURES:-}
}
