# shellcheck disable=SC2034,SC2154 # tests use what is set here
# A ring that is flipped as fast as it goes while clients read it through a real smbd and a real nginx, with the fragments
# that ringmgr generates (readers.bats, readers.proof.bats).

readers_setup_file() {
    load world
    load servers
    need smbd nginx ip nsenter osslsigncode cabextract
    /usr/bin/python3 -c "import samba.samba3.libsmb_samba_internal" 2>/dev/null || missing "python3-samba"
    world_file
}

# Production offers the older build, and may offer the newer one.
readers_setup() {
    load world
    load servers
    world_make
    sed -i '/^approvals = 1$/d; /^four_eyes/d; s|\\\\files\\|\\\\127.0.0.1\\|; s|^path = .*/production$|&\nhttp = http://127.0.0.1/production|' \
        "$W/ringmgr.conf"
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    expect 0 as news ringmgr promote production "$OLD"
    offer "$NEW" 2026-08-17
    expect 0 ringmgr sync
    sh "$RINGMGR_TOP/tests/judge/judge.sh" learn --origin "$O/www/pr" --roots "$O/ca/roots.pem" --out "$W/manifest"
    write_servers
    start_servers are_up
}

readers_teardown() {
    touch "$W/stop"
    [ -z "${READERS:-}" ] || wait "$READERS" || true
    stop_servers
    world_end
}

write_servers() {
    T=$W/servers
    mkdir -p "$T/nginx"
    ringmgr generate nginx --ring production >"$T/rings.conf"
    [ -s /proc/net/if_inet6 ] || sed -i '/listen \[/d' "$T/rings.conf"
    cat >"$T/nginx.conf" <<CONF
daemon off;
pid $T/nginx/pid;
events { }
http {
    access_log off; keepalive_requests 1000000;
    client_body_temp_path $T/nginx; proxy_temp_path $T/nginx; fastcgi_temp_path $T/nginx;
    uwsgi_temp_path $T/nginx; scgi_temp_path $T/nginx;
    include $T/rings.conf;
}
CONF
    samba_globals "include = $T/shares.conf"
    ringmgr generate smb.conf --ring production >"$T/shares.conf"
    chmod a+x "$W" "$W/share"
}

are_up() {
    inside curl -sf -o /dev/null http://127.0.0.1/production/office/data/v64.cab &&
        inside smbclient -N -U % //127.0.0.1/office -c quit
}

# start_readers NUMBER: so many of each kind, until stop_readers; what they have to say is in $W/counts and $W/wrong.
start_readers() {
    # shellcheck disable=SC2086 # each is an argument
    READERS_SMB_CONF=$T/smb.conf inside /usr/bin/python3 "$RINGMGR_TOP/tests/cli/readers.py" "$W/manifest" "$W/stop" "$1" \
        office http://127.0.0.1/production $FILES >"$W/counts" 2>"$W/wrong" 3>&- &
    READERS=$!
}

# stop_readers: $status says whether all was well.
stop_readers() {
    touch "$W/stop"
    status=0
    wait "$READERS" || status=$?
    READERS=
}

# seen_by NUMBER: so many readers have read both builds.
seen_by() {
    [ "$(find "$W" -maxdepth 1 -name 'stop.*' | wc -l)" = "$1" ]
}

# flip_while READERS TIMES: so many of each kind read while production goes back and forth, so often and until all have
# read both builds.
flip_while() {
    local flips=0 began=$SECONDS
    start_readers "$1"
    until [ $flips -ge "$2" ] && seen_by $((2 * $1)); do
        expect 0 as news ringmgr promote production "$NEW"
        expect 0 as games ringmgr rollback production --block no --reason "Outlook hangs"
        flips=$((flips + 2))
        [ $flips -lt $(($2 + 400)) ] || { echo "never read by all" && return 1; }
    done
    stop_readers
    sed "s/^/# $flips flips in $((SECONDS - began)) s: /" "$W/counts" >&3
    figure Readers "$1 SMB and $1 HTTP clients while production flips $flips times; what they read" "$(paste -sd';' "$W/counts")"
    figure Readers "torn or missing" "$(wc -l <"$W/wrong")"
    [ "$status" = 0 ] || { head -n 20 "$W/wrong" "$W/counts" && return 1; }
    [ "$(ringmgr --json history --ring production | jq '[.entries[] | select(.action | IN("promote", "rollback"))] | length')" = \
        $((flips + 1)) ]
    expect 0 ringmgr history --verify
}
