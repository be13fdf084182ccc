#!/usr/bin/env bats
# check --clients: what clients see of a ring through a real smbd and a real nginx, with the configurations that ringmgr
# writes for them, held against what the ring's folder holds.

setup_file() {
    load world
    load servers
    need smbd smbclient pdbedit nginx ip nsenter
    world_file
}

# Both rings offer the older build. What is shared as pilot is a copy, $shown; production is shared itself, over SMB with one
# account alone.
setup() {
    load world
    load servers
    world_make
    T=$W/servers
    mkdir "$T"
    PILOT="http = http://127.0.0.1/pilot" PRODUCTION="http = http://127.0.0.1/production" RINGMGR=$RINGMGR config
    local_addresses
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production "$OLD"
    cp -a "$W/share/pilot" "$T/shown"
    shown=$T/shown/Office/Data
    write_servers
    start_servers are_up
}

teardown() {
    stop_servers
    world_end
}

# The name of the file server is the test's.
local_addresses() {
    sed -i 's|\\\\files\\|\\\\127.0.0.1\\|' "$W/ringmgr.conf"
}

write_servers() {
    mkdir "$T/nginx"
    ringmgr generate nginx --ring pilot --ring production | shared >"$T/rings.conf"
    [ -s /proc/net/if_inet6 ] || sed -i '/listen \[/d' "$T/rings.conf"
    cat >"$T/nginx.conf" <<CONF
daemon off;
pid $T/nginx/pid;
events { }
http {
    access_log off;
    client_body_temp_path $T/nginx; proxy_temp_path $T/nginx; fastcgi_temp_path $T/nginx;
    uwsgi_temp_path $T/nginx; scgi_temp_path $T/nginx;
    include $T/rings.conf;
}
CONF
    samba_globals "include = $T/shares.conf"
    ringmgr generate smb.conf --ring pilot | shared >"$T/shares.conf"
    ringmgr generate smb.conf --ring production | sed 's/guest ok = yes/valid users = games/' >>"$T/shares.conf"
    printf 'pw\npw\n' | pdbedit -s "$T/smb.conf" -a -t -u games >/dev/null
    chmod a+x "$W" "$W/share"
}

shared() {
    sed "s|$W/share/pilot|$T/shown|g"
}

are_up() {
    inside curl -sf -o /dev/null http://127.0.0.1/pilot/office/data/v64.cab &&
        inside smbclient -N -U % //127.0.0.1/office-pilot -c quit
}

# account PASSWORD: what client_credentials names.
account() {
    printf 'username = games\npassword = %s\n' "$1" >"$W/account"
    chmod 0640 "$W/account" && chown root:backup "$W/account"
}

# clients: check --clients in the servers' network; $found is what it has to say about clients, "LINE CODE" a line each.
clients() {
    run --separate-stderr inside "$RINGMGR_BIN" -c "$W/ringmgr.conf" --json check --clients
    found=$(jq -r '.problems[] | select(.code | startswith("client")) | "\(.line) \(.code)"' <<<"$output")
}

# finds STATUS LINE…: the command ends so, having found exactly that.
finds() {
    clients
    [ "$status" = "$1" ] && [ "$found" = "$(printf '%s\n' "${@:2}")" ] || { echo "$status: $output $stderr" && return 1; }
}

# replace FILE: the pointer of what is shared as pilot has these bytes.
replace() {
    rm -f "$shown/v64.cab"
    cat "$1" >"$shown/v64.cab"
}

line_of() {
    grep -nF "[ring $1]" "$W/ringmgr.conf" | cut -d: -f1
}

@test "shares that are right, stale, incomplete, closed or not there" {
    local pilot production data
    data=$(data pilot) pilot=$(line_of pilot) production=$(line_of production)
    account pw
    sed -i "s|^\[ringmgr\]|&\nclient_credentials = $W/account|" "$W/ringmgr.conf"
    pilot=$((pilot + 1)) production=$((production + 1))
    finds 0 ""
    cd "$W/log"
    printf x >"$data/$OLD/"'a" -;get s640.cab pwned;get "b' # commands of smbclient
    finds 0 ""
    [ ! -e "$W/log/pwned" ]
    rm "$data/$OLD/"'a"'*
    chmod a+r "$W/account"
    finds 0 ""
    json '[.problems[].code] | index("credentials-mode")'
    account wrong
    finds 2 "$pilot client-unreachable" "$production client-unreachable"
    json '[.problems[].text] | any(contains("unc = \\\\127.0.0.1\\office: cannot be read") and contains("NT_STATUS_LOGON_FAILURE"))'

    # Without an account, one share is for everybody and the other for nobody.
    sed -i '/^client_credentials/d' "$W/ringmgr.conf"
    pilot=$((pilot - 1)) production=$((production - 1))
    finds 2 "$production client-unreachable"
    json '[.problems[].text] | any(contains("NT_STATUS_ACCESS_DENIED"))'

    sed -i '/^http = /d; /^unc.*office$/d' "$W/ringmgr.conf"
    pilot=$(line_of pilot)
    finds 0 ""
    replace "$UP/v64_$NEW.cab"
    finds 2 "$pilot client-differs"
    json '[.problems[].text] | any(contains("v64.cab as clients see it leads to \($new)") and contains("it leads to \($old)"))'
    replace <(echo text)
    finds 2 "$pilot client-differs"
    json '[.problems[].text] | any(contains("as clients see it is no descriptor (5 bytes"))'
    rm "$shown/v64.cab"
    finds 2 "$pilot client-absent"

    # The pointer is right, and what it leads to is hidden or gone.
    replace "$(data pilot)/v64.cab"
    rm "$shown/v64_$OLD.cab"
    finds 2 "$pilot client-absent"
    json '[.problems[].text] | any(contains("of what it leads to v64_\($old).cab is not there"))'
    cp "$(data pilot)/v64_$OLD.cab" "$shown/"
    rm -r "${shown:?}/$OLD"
    finds 2 "$pilot client-absent"
    json '[.problems[].text] | any(contains("clients see v64.cab, but of what it leads to \($old)/"))'

    sed -i 's|office-pilot|none|' "$W/ringmgr.conf"
    finds 2 "$pilot client-unreachable"
    json '[.problems[].text] | any(contains("NT_STATUS_BAD_NETWORK_NAME"))'
    mkdir "$T/none"
    expect 2 env PATH="$T/none" "$RINGMGR_BIN" -c "$W/ringmgr.conf" check --clients
    prints "there is no smbclient" "apt install smbclient"

    # Nobody asks after clients of a ring that was never published.
    rm -r "$W/share/pilot/Office"
    finds 0 ""
}

@test "web servers that are right, stale, incomplete or not there" {
    local pilot
    sed -i '/^unc = /d' "$W/ringmgr.conf"
    pilot=$(line_of pilot)
    finds 0 ""
    replace "$UP/v64_$NEW.cab"
    finds 2 "$pilot client-differs"
    json '[.problems[].text] | any(contains("http = http://127.0.0.1/pilot: v64.cab as clients see it leads to \($new)"))'
    replace "$(data pilot)/v64.cab"
    finds 0 ""
    rm -r "${shown:?}/$OLD"
    finds 2 "$pilot client-absent"
    rm "$shown/v64.cab"
    finds 2 "$pilot client-absent"
    sed -i 's|^http = http://127.0.0.1/pilot|http = http://127.0.0.1:81/pilot|' "$W/ringmgr.conf"
    finds 2 "$pilot client-unreachable"

    # A document for machines names the web server, for there is nothing else; setup needs a folder.
    expect 0 ringmgr generate reg --ring pilot
    prints '"updatepath"="http://127.0.0.1:81/pilot"'
    expect 2 ringmgr generate odt --ring pilot --product O365ProPlusRetail
    says "ring pilot has http alone" "--source"
    expect 0 ringmgr generate odt --ring pilot --existing
    printf '%s\n' "$output" >"$W/configuration.xml"
    expect 0 ringmgr lint --ring pilot "$W/configuration.xml"
    prints "nothing found"
    expect 8 ringmgr lint --ring production "$W/configuration.xml"
    prints "not-the-ring"
}
