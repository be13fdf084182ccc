#!/usr/bin/env bats
# The machine around it: other runs, folders that are missing or somebody else's, a full disk.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
}

teardown() {
    world_end
}

locked_by() {
    [ -s "$W/state/lock/upstream" ] && grep -q "^$PID " "$W/state/lock/upstream"
}

# busy: a sync that stands still in the middle of a file, until the fault is cleared.
busy() {
    origin_fault "path=*x-none.dat&kind=stall&after=1000&ms=${1:-60000}&times=1"
    start sync
    wait_until locked_by
}

@test "two syncs at once: the second waits for the first, and both succeed" {
    busy 1500
    expect 0 ringmgr --json sync
    json '.rings[0].result == "unchanged"'
    ended
    [ "$status" = 0 ]
    grep -q "and live" "$W/out"
}

@test "with --wait 0s the second is 7 at once, and names the holder" {
    busy
    local pid=$PID
    expect 7 ringmgr --wait 0s sync
    complains
    says "held by ringmgr sync (pid $pid)"
    expect 7 ringmgr --json --wait 0s sync
    json '.rings[0] | .result == "failed" and .code == 7 and (.published | not) and (.error | contains("held by"))'
}

@test "with --wait 1s it waits as long, and not longer" {
    busy
    local began=$(date +%s%N)
    expect 7 ringmgr --wait 1s sync
    local took=$((($(date +%s%N) - began) / 1000000))
    [ $took -ge 1000 ]
    [ $took -le 6000 ]
}

@test "readers never wait for a run, and decisions do not need its lock" {
    offer "$OLD" 2026-08-16
    expect 0 ringmgr sync
    offer "$NEW"
    busy
    expect 0 ringmgr --wait 0s --json status
    json '.rings[0].live.build == $old and (.running | test("^ringmgr sync \\(pid [0-9]+\\)$"))'
    expect 0 ringmgr --wait 0s status
    prints "ringmgr sync (pid $PID) is at work"
    expect 0 ringmgr --wait 0s history --verify
    expect 0 ringmgr --wait 0s explain production
    expect 0 as games ringmgr --wait 0s approve production "$OLD" --reason fine
    expect 0 as news ringmgr --wait 0s promote production "$OLD"
    shows production "$OLD"
}

@test "the lock of a run that was killed holds nobody up" {
    busy
    end KILL
    origin_faults_clear
    expect 0 ringmgr --wait 0s sync
    shows pilot "$NEW"
}

@test "SIGTERM in mid-stream ends it, and the next run goes on" {
    busy
    end TERM
    [ "$status" != 0 ]
    # Ctrl-C, which this shell keeps from what it starts in the background.
    local program=$RINGMGR_BIN RINGMGR_BIN=$W/interruptible
    printf '#!/bin/sh\nexec env --default-signal=INT %s "$@"\n' "$program" >"$RINGMGR_BIN"
    chmod +x "$RINGMGR_BIN"
    busy
    end INT
    [ "$status" = 130 ]
    grep -q "ringmgr: sync: interrupted; what was fetched is kept" "$W/err"
    origin_faults_clear
    expect 0 ringmgr sync
    expect 0 ringmgr --json status
    json '.running == null'
    shows pilot "$NEW"
}

# finds_folder NAME: check says that this folder is wrong.
finds_folder() {
    expect 2 ringmgr --json check
    json ".problems | map(select(.severity == \"error\" and (.text | contains(\"$1\")))) | length == 1"
}

@test "a share that is missing keeps only its own ring from being published" {
    local folder
    for folder in share/pilot share/production; do
        mv "$W/$folder" "$W/away"
        finds_folder "$W/$folder"
        run --separate-stderr ringmgr sync
        [ "$status" = 1 ]
        says "$W/$folder"
        [ ! -e "$W/$folder" ]
        mv "$W/away" "$W/$folder"
    done
    expect 0 ringmgr sync
    shows pilot "$NEW"
}

@test "a store or state that is missing is found by check, and sync does nothing" {
    local folder
    for folder in store state; do
        mv "$W/$folder" "$W/away"
        finds_folder "$W/$folder"
        run --separate-stderr ringmgr sync
        [ "$status" != 0 ]
        complains
        says "$W/$folder"
        [ ! -e "$W/$folder" ]
        mv "$W/away" "$W/$folder"
    done
    [ "$(origin_requests "/$NEW/")" = 0 ]
    expect 0 ringmgr sync
}

@test "a folder that belongs to another account is found by check, and sync fails without harm" {
    local folder
    for folder in store state share/pilot; do
        chown -R root "$W/$folder"
        finds_folder "$W/$folder"
        run --separate-stderr ringmgr sync
        [ "$status" != 0 ]
        says "ringmgr: sync: "
        chown -R backup: "$W/$folder"
    done
    [ ! -e "$(data pilot)/v64.cab" ]
    expect 0 ringmgr sync
    shows pilot "$NEW"
}

@test "a promotion that cannot be carried out says so, in words and in JSON, and leaves nothing armed" {
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    mv "$W/share/production" "$W/away"
    expect 1 as news ringmgr promote production "$NEW"
    complains
    says "$W/share/production"
    mv "$W/away" "$W/share/production"
    chown root "$W/share/production"
    expect 1 as news ringmgr promote production "$NEW"
    complains
    says "$W/share/production"
    expect 1 as news ringmgr --json promote production "$NEW"
    json '.result == "failed"'
    expect 0 ringmgr --json status
    json '.rings[1] | .live == null and .state == "ready"'
    chown backup: "$W/share/production"
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW"
}

@test "a file in the place of a folder is found by check" {
    rmdir "$W/share/pilot"
    touch "$W/share/pilot"
    finds_folder "$W/share/pilot"
    run --separate-stderr ringmgr sync
    [ "$status" != 0 ]
    says "$W/share/pilot"
}

@test "two rings that are one folder behind links are found by check" {
    rmdir "$W/share/production"
    ln -s pilot "$W/share/production"
    expect 2 ringmgr --json check
    json '.problems | map(.code) | index("nested")'
}

@test "a state that is open to everybody, and doors without gates, are warnings" {
    chmod 0755 "$W/state"
    sed -i '/^approvals = 1/d; /^approvers/d; /^four_eyes/d' "$W/ringmgr.conf"
    expect 0 ringmgr --json check
    json '[.problems[] | select(.severity == "warning").code] | index("state-mode") and index("no-gates")'
}

# problem CODE SEVERITY TEXT: check has it once.
problem() {
    heed ringmgr --json check
    json "[.problems[] | select(.code == \"$1\" and .severity == \"$2\" and (.text | contains(\"$3\")))] | length == 1"
}

@test "check counts only who can decide, and tells of accounts that do not exist" {
    MORE=$'[people]\nnews = news\ngina = games, adm-gina' config
    problem no-such-account warning "[people] gina: there is no account adm-gina"
    json '[.problems[] | select(.code == "too-few-approvers")] == []'
    sed -i 's/^approvers = .*/approvers = user:games, user:backup, user:root, user:adm-gina/' "$W/ringmgr.conf"
    problem too-few-approvers warning "wants 2 different people, and this machine's accounts and groups have 1 among approvers"
    sed -i 's/^approvers = .*/approvers = group:no-such-group, user:no-such-user/' "$W/ringmgr.conf"
    problem too-few-approvers warning "have 0 among approvers"
}

@test "check tells of an emergency lane that is the slower one" {
    PRODUCTION='soak = 12 hours' config
    problem slow-lane warning "[ring production] expedite_soak = 1 day is longer than soak = 12 hours"
    local soak
    for soak in '3 days' '0 days'; do
        PRODUCTION="soak = $soak" config
        heed ringmgr --json check
        json '[.problems[] | select(.code == "slow-lane")] == []'
    done
}

@test "check finds what clients, members of the group and sync could not read" {
    chmod 0700 "$W/share/production"
    problem share-closed warning "other accounts may not read $W/share/production (mode 0700)"
    chmod 0700 "$W/share"
    chgrp root "$W/state"
    problem state-group warning "its group is not backup"
    sed -i "s|^rules = .*|rules = $W/none.csv|; s|^url = .*|url = file://$W/no%20pr|" "$W/ringmgr.conf"
    problem support-rules error "there is no file $W/none.csv"
    problem no-origin error "there is no folder $W/no pr"
    chown backup "$W/share"
    problem share-closed warning "other accounts may not enter $W/share (mode 0700)"
}

@test "check says of the folder of history_head_file whether it is missing or closed" {
    mkdir "$W/roots"
    sed -i "s|^history_head_file = .*|history_head_file = $W/roots/head|" "$W/ringmgr.conf"
    problem head-file error "writes into $W/roots, and it is not writable: chown it to backup"
    rmdir "$W/roots"
    problem head-file error "writes into $W/roots, and there is no such folder: make it"
}

@test "check finds what the service would stumble over later, each at its own line" {
    touch "$W/announce.txt"
    CONTROL=/nope/ctl.sock PRODUCTION="announce = $W/announce.txt" MORE="[web]
listen = unix:/nope/web.sock, unix:/var/web.sock
proxy_user = no-such-account

[notify ops]
webhook_file = credential:hook
ca = /nope/ca.pem

[notify chat]
webhook = https://chat.example.com/hook?sig=abc
rings = all" config
    sed -i 's/^approvers = .*/approvers = group:games, user:games/' "$W/ringmgr.conf"
    expect 2 ringmgr --json check
    found() {
        local line
        line=$(grep -n "$1" "$W/ringmgr.conf" | cut -d : -f 1)
        json "[.problems[] | select(.line == $line and .code == \"$2\" and .severity == \"$3\")] | length == ${4:-1}"
    }
    found '^control = ' socket error
    found '^listen = ' socket error 2
    found '^proxy_user = ' no-such-proxy error
    found '^ca = ' notify error
    found '^webhook = ' secret-open warning
    found '^approvers = ' too-few-approvers warning
    found '^announce = ' announce error
    chmod 0640 "$W/ringmgr.conf"
    sed -i 's/^rings = all/rings = nowhere/' "$W/ringmgr.conf"
    expect 2 ringmgr check
    prints "ringmgr.conf:$(grep -n '^rings = ' "$W/ringmgr.conf" | cut -d : -f 1): [notify chat] rings: there is no ring"
    sed -i 's/^rings = nowhere/rings = all/' "$W/ringmgr.conf"
    expect 2 ringmgr --json check
    json '[.problems[] | select(.code == "secret-open")] == []'
}

@test "a library that cannot be loaded is a problem, and stops only what needs it" {
    mkdir "$W/broken"
    touch "$W/broken/libcurl.so.4" "$W/broken/libarchive.so.13" "$W/broken/libxml2.so.2" "$W/broken/libmicrohttpd.so.12"
    expect 0 ringmgr --json check
    json '[.problems[] | select(.code == "library-missing")] == []'
    expect 0 ringmgr sync
    expect 0 ringmgr backup "$W/log/saved"
    export LD_LIBRARY_PATH=$W/broken
    expect 2 ringmgr --json check
    json '[.problems[] | select(.code == "library-missing") | .severity] == ["error", "error", "error", "warning"]'
    json 'any(.problems[]; .text | test("libcurl.so.4 cannot be used: .*broken/libcurl.so.4: file too short"))'
    MORE=$'[web]\nlisten = 127.0.0.1:8365' config
    expect 2 ringmgr --json check
    json 'any(.problems[]; .code == "library-missing" and .severity == "error" and (.text | contains("libmicrohttpd.so.12")))'
    expect 0 ringmgr status
    expect 1 ringmgr rebuild # nor does it get half-way
    says libarchive.so.13
    expect 1 ringmgr restore "$W/log/saved"
    says libarchive.so.13
    unset LD_LIBRARY_PATH
    ringmgr --json history | jq -e '[.entries[] | select(.kind == "hold" or .kind == "rebuild")] == []'
}

@test "an account that does not exist is an error of the configuration" {
    sed -i 's/^user = backup/user = nobody-at-all/' "$W/ringmgr.conf"
    expect 2 ringmgr sync
    complains
    says nobody-at-all
    expect 2 ringmgr --json check
    json '[.problems[].text | contains("chown")] | any | not' # whose the folders should be is not known
    sed -i '/^user = /d' "$W/ringmgr.conf"
    expect 2 ringmgr sync
    complains
    says "user"
    expect 2 ringmgr --json check
    json '.problems[0].severity == "error" and (.problems[0].text | contains("[ringmgr] user: missing"))'
    json '[.problems[].text | contains("chown")] | any | not'
    [ "$(origin_requests)" = 0 ]
}

# unit LINE…: what systemctl says of ringmgr.service.
unit() {
    mkdir -p "$W/bin" && chmod 755 "$W/bin"
    printf '#!/bin/sh\ncat <<UNIT\nLoadState=loaded\nExecStart={ path=/usr/bin/ringmgr ; argv[]=/usr/bin/ringmgr -c %s serve ; }\n%s\nUNIT\n' \
        "${CONF:-$W/ringmgr.conf}" "$(printf '%s\n' "$@")" >"$W/bin/systemctl"
    chmod 755 "$W/bin/systemctl"
}

# of_unit FILTER: what check says of it.
of_unit() {
    PATH=$W/bin:$PATH heed ringmgr --json check
    json "[.problems[] | select(.code == \"unit-paths\")] | $1"
}

@test "what the service's unit keeps it from writing is told with the drop-in that mends it" {
    local other
    unit ProtectSystem=strict "ReadWritePaths=-/srv/office $W/state $W/log" UnitFileState=enabled ActiveState=inactive
    of_unit "length == 1 and .[0].severity == \"error\" and (.[0].text | contains(\"ReadWritePaths=$W into /etc/systemd/system/ringmgr.service.d/\"))"
    unit ProtectSystem=strict "ReadWritePaths=-/srv/office $W/state $W/log" UnitFileState=disabled ActiveState=inactive
    of_unit '.[0].severity == "warning"'
    # each is a mount of its own: hard links do not lead from one to the other
    unit ProtectSystem=strict "ReadWritePaths=$W/store $W/share $W/state $W/log" UnitFileState=enabled ActiveState=active
    of_unit '.[0].text | contains("one folder")'
    sed -i '/^path = /a link = copy' "$W/ringmgr.conf"
    of_unit '. == []'
    unit ProtectSystem=strict "ReadWritePaths=$W/store $W/share/pilot -$W/state" UnitFileState=enabled ActiveState=active
    of_unit ".[0].text | contains(\"may not write $W/share/production (production), $W/log (history_head_file): \")"
    unit ProtectSystem=strict "ReadWritePaths=+$W" UnitFileState=enabled ActiveState=active
    of_unit '. == []'
    unit ProtectSystem=full ReadWritePaths= UnitFileState=enabled ActiveState=active
    of_unit '. == []'
    for other in /etc/other.conf "$W/ringmgr.conf.new"; do
        CONF=$other unit ProtectSystem=strict ReadWritePaths= UnitFileState=enabled ActiveState=active
        of_unit '. == []'
    done
}

@test "a file system that is read-only to a service: its failure names ReadWritePaths=" {
    unshare -m --propagation private true 2>/dev/null || missing "a mount namespace of one's own"
    expect 1 unshare -m --propagation private -- bash -c 'mount --bind "$1" "$1" && mount -o remount,ro,bind "$1" &&
        INVOCATION_ID=1 "$2" -c "$3" sync' bash "$W/share/pilot" "$RINGMGR_BIN" "$W/ringmgr.conf"
    says "Read-only file system: does ReadWritePaths= of the systemd unit name this folder?"
    expect 0 ringmgr sync
}

# on_disk KIB COMMAND…: with store and shares on a disk of this size, which the next on_disk finds again.
on_disk() {
    unshare -m --propagation private -- bash -c '
        mount -t tmpfs -o size="$1"k,mode=0755 tmpfs "$2/disk" && cp -a "$2/kept/." "$2/disk/" || exit 99
        "${@:3}"
        status=$?
        rm -rf "$2/kept" && mkdir "$2/kept" && cp -a "$2/disk/." "$2/kept/"
        exit $status' bash "$1" "$W" "${@:2}"
}

disk_world() {
    unshare -m --propagation private true 2>/dev/null || missing "a mount namespace of one's own"
    mkdir -p "$W/disk" "$W/kept/store" "$W/kept/pilot"
    chown -R backup: "$W/disk" "$W/kept"
    sed -i "s|^store = .*|store = $W/disk/store|; s|^path = .*/pilot$|path = $W/disk/pilot|" "$W/ringmgr.conf"
}

@test "a full disk: 6 with the missing amount, nothing half done, and with room the next run needs only the rest" {
    disk_world
    expect 6 on_disk 200 "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    complains
    [[ "$stderr" =~ [0-9.]+\ ([KM]B|bytes)\ of\ space\ are\ missing|[0-9]+\ bytes\ do\ not\ fit ]]
    [ "$(find "$W/kept/pilot" -type f)" = "" ]
    [ "$(find "$W/kept/store/objects" -name "$(basename "$(object "$UP/$NEW/s640.cab")")")" = "" ]
    origin_log_clear
    expect 0 on_disk 4000 "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    cmp "$W/kept/pilot/Office/Data/v64.cab" "$UP/v64_$NEW.cab"
    [ "$(origin_requests '/i640.cab ')" = 0 ]
}

@test "a disk that is full already: 6, and the old build stays whole" {
    disk_world
    offer "$OLD" 2026-08-16
    expect 0 on_disk 4000 "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    (cd "$W/kept/pilot" && find . -type f -exec sha256sum {} + | sort) >"$W/before"
    offer "$NEW"
    expect 6 on_disk $(($(du -sk "$W/kept" | cut -f 1) + 60)) "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    complains
    (cd "$W/kept/pilot" && find . -type f -exec sha256sum {} + | sort) | diff "$W/before" -
}

@test "a state whose disk is full: nothing is published without its history entry" {
    unshare -m --propagation private true 2>/dev/null || missing "a mount namespace of one's own"
    mkdir -p "$W/disk" "$W/kept"
    chown backup: "$W/disk" "$W/kept"
    sed -i "s|^state = .*|state = $W/disk|" "$W/ringmgr.conf"
    expect 6 on_disk 300 "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    says "no space left"
    [ ! -e "$(data pilot)/v64.cab" ]
    rm -rf "$W/kept" "$W/log/head" "$W/store"/* # nothing is left that a state is missed for
    mkdir "$W/kept"
    chown backup: "$W/kept"
    expect 0 on_disk 40000 "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    shows pilot "$NEW"
}

@test "an origin behind a login page or of garbage is never believed" {
    origin_fault 'path=*&kind=status&status=403'
    run --separate-stderr ringmgr sync
    [ "$status" = 5 ]
    says 403
    origin_faults_clear
    echo "<html>please log in</html>" >"$HISTORY"
    expect 4 ringmgr sync
    says releasehistory.cab "it begins with <html>please log in</html>: the page of a proxy"
    [ ! -e "$(data pilot)/v64.cab" ]
}

@test "a redirect to the file's new place is followed" {
    mkdir "$O/www/moved"
    cp "$HISTORY" "$O/www/moved/history.cab"
    origin_fault "path=*releasehistory.cab&kind=status&status=302&to=http://127.0.0.1:$ORIGIN_PORT/moved/history.cab"
    expect 0 ringmgr sync
    shows pilot "$NEW"
}

@test "--quiet says nothing of what went well, -v tells of each file" {
    expect 0 ringmgr -v sync
    says "proven: $NEW/i640.cab (signature)" "proven: $NEW/stream.x64.x-none.dat (hash in $NEW/s640.cab)"
    expect 0 ringmgr --quiet sync
    [ "$stderr" = "" ]
}
