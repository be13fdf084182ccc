#!/usr/bin/env bats
# A site that the service sees to by itself, behind a real rsync daemon with a password.

setup_file() {
    load world
    world_file
    need rsync
}

setup() {
    load world
    load service
    load sites
    world_make
    offer "$OLD"
    export RINGMGR_TEST_NOW=@$W/now
    at 2026-09-02T00:00:00Z
}

teardown() {
    [ -z "${PID:-}" ] || end TERM
    sites_end
    world_end
    wait_until gone
}

# asks ACCOUNT ARGUMENT…: through the service's socket, as that account itself.
asks() {
    setpriv --reuid "$1" --regid "$1" --clear-groups env -u SUDO_UID "$RINGMGR_BIN" -c "$W/ringmgr.conf" "${@:2}"
}

# comes COMMAND…: as wait_until, three times as long: a run that is at another site looks round every few seconds.
comes() {
    wait_until "$@" >/dev/null 2>&1 || wait_until "$@" >/dev/null 2>&1 || wait_until "$@"
}

tokyo_fails() {
    ringmgr --json site status | jq -e '.sites[0].rings[0].state == "failing"' >/dev/null
}

# secret TEXT: the password that ringmgr has.
secret() {
    printf '%s\n' "$1" >"$W/tokyo.secret"
    chown backup: "$W/tokyo.secret"
    chmod 400 "$W/tokyo.secret"
}

# Another site hangs all the time; nobody waits for it.
@test "with a wrong password nothing comes; then the service serves the site at once: a promotion, the end of a pause" {
    echo "ringmgr:very-secret-1" >"$W/rsyncd.secrets" && chmod 600 "$W/rsyncd.secrets"
    site_rsyncd tokyo "auth users = ringmgr" "secrets file = $W/rsyncd.secrets"
    TARGET=${TARGET/127/ringmgr@127}
    site tokyo "credentials = $W/tokyo.secret"
    site_hung
    site oslo "rings = pilot" "required = no"
    MORE="[schedule]
jitter = 0s
sites = every 12 hours
$MORE"
    secret very-secret-2
    install -d -o backup "$W/run"
    CONTROL=$W/run/ctl.sock config
    serving
    comes tokyo_fails
    expect 0 ringmgr --json site status
    json '.sites[0].rings[0].state == "failing" and (.sites[0].rings[0].error | length) > 20'
    ! grep -rq very-secret "$W/err" "$W/state" "$W/log" || return
    [[ "$output" != *very-secret* ]]
    [ -z "$(ls "$W/site/tokyo")" ]

    secret very-secret-1
    expect 0 ringmgr --wait 60s site sync tokyo # the service may just have begun again there
    site_shows tokyo pilot "$OLD"
    [ "$(stat -c '%U %a' "$(site_data tokyo pilot)/v64.cab")" = "proxy 444" ]
    expect 0 asks games approve production "$OLD" --reason fine
    expect 0 asks news promote production "$OLD"
    comes site_shows tokyo production "$OLD"
    expect 3 asks proxy site pause tokyo --reason x
    expect 0 asks news site pause tokyo --reason x
    offer "$NEW"
    expect 0 ringmgr sync
    [ "$(site_names tokyo pilot)" = "$OLD" ]
    expect 0 asks news site resume tokyo
    comes site_shows tokyo pilot "$NEW"
}
