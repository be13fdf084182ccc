#!/usr/bin/env bats
# shellcheck disable=SC2154 # world.bash sets what is used here
# More of what attacks.bats and attacks_around.bats begin: what takes longer, or is tested from nearer by.

load attacks

@test "members with the names of devices become no files" {
    local name
    local -a more
    echo evil >"$W/evil"
    for name in CON aux.txt NUL COM1.dat LPT1 'PRN ' trailing. v64.cab:stream; do
        begin "a member called $name"
        more+=(--set "$name=$W/evil")
    done
    packed v64.cab "${more[@]}"
    expect 0 ringmgr --quiet sync
    shows pilot "$NEW"
    find "$W/store" "$W/share" "$W/state" "$W/log" -printf '%f\n' >"$W/names"
    run ! grep -iE '^(con|aux|nul|com1|lpt1|prn|trailing|.*:stream)' "$W/names"
    run ! grep -rlx evil "$W/store" "$W/share" "$W/state"
    for name in "${more[@]}"; do
        [ "$name" = --set ] || withstood
    done
    outlook
}

@test "authorities of the system's bundle vouch for nothing" {
    unshare -m true 2>/dev/null || missing "a mount namespace of one's own"
    "$TESTCDN" resign --ca "$O/ca" --signer foreign --tsa foreigntsa --signed-at 2026-09-02 --in "$UP/v64.cab"
    # in its bundle, in its folder of hashed names, and wherever a variable says
    attack "a CA of the system's bundle" 4 unshare -m bash -c '
        cat "$1/foreign-roots.pem" /etc/ssl/certs/ca-certificates.crt >"$2/bundle" 2>/dev/null
        mount -t tmpfs tmpfs /etc/ssl/certs && cp "$2/bundle" /etc/ssl/certs/ca-certificates.crt &&
            cp "$1/foreign-roots.pem" "/etc/ssl/certs/$(openssl x509 -hash -noout -in "$1/foreign-roots.pem").0" || exit 99
        SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt SSL_CERT_DIR=/etc/ssl/certs exec "$3" -c "$2/ringmgr.conf" --quiet sync' \
        bash "$O/ca" "$W" "$RINGMGR_BIN"
    says v64.cab "trusted root"
}

@test "redirects to files, to inner addresses and to other schemes are not followed" {
    local to trap
    need python3
    trap=$("$TESTCDN" port)
    python3 -c 'import socket, sys
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
while True:
    s.accept()[0].close(); open(sys.argv[2], "a").write("asked\n")' "$trap" "$W/asked" </dev/null 3>&- &
    PID=$!
    for to in "file://$W/outside/secret" file:///etc/passwd "http://127.0.0.1:$trap/" "http://localhost:$trap/" "http://[::1]:$trap/" \
        "http://169.254.169.254/latest/meta-data" "ftp://127.0.0.1:$trap/x" "gopher://127.0.0.1:$trap/_x" "dict://127.0.0.1:$trap/" \
        "//127.0.0.1:$trap/x" "smb://127.0.0.1/x" "http://127.0.0.1:$ORIGIN_PORT@127.0.0.1:$trap/"; do
        origin_faults_clear
        origin_fault "path=*releasehistory.cab&kind=status&status=302&to=$to"
        attack "redirect to $to" 5 ringmgr --quiet sync
        says releasehistory.cab "not the origin's host"
        [ ! -e "$W/asked" ]
    done
    end KILL
}

@test "what the staging tree has, signed like everything, is not offered until the release history knows it" {
    local staged=16.0.29999.20000
    origin_build "$O" $staged --lang en-us,fr-fr --signed-at 2026-09-03 --stream-size 30K --lang-size 10K --proofing-size 10K --installer-size 10K
    origin_pointer "$O" $staged --signed-at 2026-09-03
    begin "a build of the staging tree"
    expect 0 ringmgr --quiet sync
    shows pilot "$OLD"
    export RINGMGR_TEST_NOW=$(($(date +%s) + 10 * 86400)) # longer than conflict_wait: the release history is believed
    expect 0 ringmgr --quiet sync
    [ ! -e "$(data pilot)/$staged" ]
    cmp "$(data pilot)/v64.cab" "$UP/v64_$NEW.cab"
    withstood
}

@test "an upstream that stands still: support warns long before it ends, the clock goes on" {
    begin "an upstream that freezes in time"
    origin_history "$O" --signed-at 2026-08-03 <<<"$ORIGIN_CHANNEL 2606 $OLD 2026-07-14T14:27:57Z latest"
    offer "$OLD" 2026-08-03
    SUPPORT="window = 2 months" config
    export RINGMGR_TEST_NOW=$(($(date +%s) + 400 * 86400))
    expect 0 ringmgr --quiet sync
    json_of() { output=$(ringmgr --json status); }
    json_of
    json '.attention | map(select(.code == "support")) | length > 0'
    expect 8 ringmgr status --check
    withstood
}

@test "links in a share: whatever has its name, no byte outside is touched, and repair brings the share back" {
    local kind data name
    data=$(data pilot)
    for name in Office Office/Data "Office/Data/$OLD" "Office/Data/v64.cab" "Office/Data/v64_$OLD.cab" "Office/Data/$OLD/s640.cab"; do
        kind="file"
        case $name in Office | Office/Data | */"$OLD") kind="folder" ;; esac
        cp -a "$W/share/pilot" "$W/kept"
        plant "a link for $name, verify" $kind "$W/share/pilot/$name" ringmgr verify
        [ "$status" != 0 ]
        rm -rf "$W/share/pilot" && cp -a "$W/kept" "$W/share/pilot"
        plant "a link for $name, repair" $kind "$W/share/pilot/$name" ringmgr verify --repair
        rm -rf "$W/share/pilot" && mv "$W/kept" "$W/share/pilot"
    done
    plant "a hard link for the pointer" hard "$data/v64.cab" ringmgr verify --repair
    plant "a hard link for a file" hard "$data/$OLD/s640.cab" ringmgr verify --repair
    mends
    shows pilot "$NEW"
}

@test "links in a share that is about to get a build: nothing goes through them" {
    local data
    data=$(data production)
    expect 0 ringmgr --quiet sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    promote() { as news "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production "$NEW"; }
    plant "a link for Office" folder "$W/share/production/Office" promote
    install -d -o backup "$W/share/production/Office"
    plant "a link for Data" folder "$data" promote
    install -d -o backup "$data"
    plant "a link for the build" folder "$data/$NEW" promote
    plant "a link for the descriptor" file "$data/v64_$NEW.cab" promote
    plant "a link for the pointer" file "$data/v64.cab" promote
    heed ringmgr verify --repair
    [ "$(live production)" = "$NEW" ] || expect 0 promote
    shows production "$NEW"
    outlook
}

@test "links in a folder that is imported are not followed out of it" {
    local from=$W/from/Office/Data file
    mkdir -p "$W/from" && cp -a "$O/www/pr/$ORIGIN_GUID/Office" "$W/from/Office" && chown -R backup: "$W/from"
    for file in v64.cab "$NEW/i640.cab" "$NEW/stream.x64.x-none.dat" "$NEW/i640.cab.cat"; do
        mv "$from/$file" "$W/away"
        plant "an imported link for $file" file "$from/$file" ringmgr --quiet import "$W/from" --ring pilot
        [ "$status" != 0 ]
        unharmed
        mv "$W/away" "$from/$file"
    done
    mkfifo "$from/pipe" && mv "$from/$NEW/i640.cab" "$W/away" && mv "$from/pipe" "$from/$NEW/i640.cab"
    begin "a pipe in an imported folder"
    heed timeout 20 "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet import "$W/from" --ring pilot
    [ "$status" != 124 ] && [ "$status" != 0 ] && unharmed && withstood
}

@test "files that others have made before: no name can be guessed, none is taken over" {
    begin "names in /tmp"
    strace -f -qq -e trace=openat,openat2,mkdirat,mkdir,open,creat -o "$W/trace" "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet sync
    run ! grep -E '"/[^"]*", ([^)]*O_CREAT|0[0-7]+\))' <(grep -v "\"$W/" "$W/trace")
    withstood
    begin "a file of another account where a backup goes"
    install -m 666 -o proxy /dev/null "$W/log/backup.db"
    heed ringmgr backup "$W/log/backup.db"
    [ "$(stat -c %U:%a "$W/log/backup.db")" = backup:600 ] || [ "$status" != 0 ]
    rm -f "$W/log/backup.db"
    withstood
    outlook
}

@test "any locale, time zone, home and variable" {
    local setting trap=http://127.0.0.1:9
    said() { jq -S 'del(.now, .free_bytes, .host, .rings[].last_sync)'; }
    expect 0 ringmgr --quiet sync
    ringmgr --json status | said >"$W/said"
    mkfifo "$W/pipe"
    printf 'openssl_conf = x\n[x]\nproviders = p\n[p]\nevil = e\n[e]\nmodule = %s\nactivate = 1\n' "$W/evil.so" >"$W/openssl.cnf"
    printf 'proxy = "%s"\nurl = "%s"\n' $trap $trap >"$W/.curlrc"
    origin_log_clear
    for setting in LC_ALL=tr_TR.UTF-8 LC_ALL=de_DE.UTF-8 LC_ALL=C LC_ALL=no_NO.such LANG=../../../etc/passwd TZ=Asia/Kathmandu TZ=:/etc/passwd \
        "TZ=:$W/outside/secret" "TZ=<x>-24:59:59" TZ=/dev/zero -uHOME HOME=/nowhere "HOME=$W" HOME= -uPATH PATH=/nowhere TMPDIR=/nowhere \
        "http_proxy=$trap" "HTTP_PROXY=$trap" "ALL_PROXY=$trap" "no_proxy=*" "CURL_HOME=$W" CURL_CA_BUNDLE=/dev/null "XDG_CONFIG_HOME=$W" \
        "OPENSSL_CONF=$W/openssl.cnf" "OPENSSL_MODULES=$W" "SSL_CERT_FILE=$O/ca/foreign-roots.pem" "SSLKEYLOGFILE=$W/outside/secret" \
        SQLITE_TMPDIR=/nowhere MALLOC_PERTURB_=85 "XML_CATALOG_FILES=$ORIGIN_URL/catalog.xml" SUDO_USER=root LOGNAME=games USER=games SUDO_GID=0; do
        begin "$setting"
        if [[ $setting = -u* ]]; then
            set -- env -u "${setting#-u}"
        else
            set -- env "$setting"
        fi
        expect 0 "$@" "$RINGMGR_BIN" -c "$W/ringmgr.conf" --json sync
        json '.rings[0].result == "unchanged"'
        "$@" "$RINGMGR_BIN" -c "$W/ringmgr.conf" --json status | said | diff "$W/said" -
        [ "$(cat "$W/outside/secret")" = "a secret of the machine" ]
        withstood
    done
    [ "$(origin_requests catalog.xml)" = 0 ]
    outlook
}

@test "who has left the group decides nothing, and what he approved counts no more" {
    unshare -m true 2>/dev/null || missing "a mount namespace of one's own"
    sed -i 's/^approvers = .*/approvers = group:staff/' "$W/ringmgr.conf"
    sed 's/^staff:.*/&games,news/' /etc/group >"$W/in" && sed 's/^staff:.*/&news/' /etc/group >"$W/out-of"
    of() { # GROUP-FILE ACCOUNT COMMAND…: with these groups; the process itself is still a member
        as "$2" unshare -m bash -c 'mount --bind "$1" /etc/group && shift && exec setpriv --groups staff "$@"' bash "$W/$1" "$RINGMGR_BIN" -c "$W/ringmgr.conf" "${@:3}"
    }
    expect 0 ringmgr --quiet sync
    begin "a membership that was withdrawn before"
    expect 3 of out-of games approve production "$NEW" --reason late
    says "games is no approver"
    withstood
    begin "a membership that was withdrawn since"
    expect 0 of in games approve production "$NEW" --reason fine
    expect 3 of out-of news promote production "$NEW"
    says "that of games does not count"
    withstood
    outlook
}

# swapping PLACE: the folder of the share is moved away, and what is called so leads to where the attacker wants it.
swapping() {
    rm -rf "$W/aside"
    [ -d "$1" ] && [ ! -L "$1" ] || return 1
    mv "$1" "$W/aside" && ln -s "$W/outside" "$1"
}

# A repair puts a folder in the place of the link.
swapped_back() {
    [ ! -L "$1" ] || rm "$1"
    if [ -e "$1" ]; then rm -rf "$W/aside"; else mv "$W/aside" "$1"; fi
}

# stopped: the process of `start` stands still, or has ended.
stopped() {
    local state
    state=$(sed 's/.*) //; s/ .*//' "/proc/$PID/stat" 2>/dev/null) || return 0
    [[ $state = [TZ] ]]
}

# race RING COMMAND…: at each call of the command that touches the ring's share, one of its folders becomes a link to where
# all names are there, too, and can be written. Nothing is written, read or removed there, and once the folder is back the
# next run brings the share in order. `reset` makes the world of before.
race() {
    local ring=$1 share=$W/share/$1 n calls place places=0
    shift
    mkdir -p "$W/outside/Office/Data/$NEW" "$W/outside/Data/$NEW" "$W/outside/$NEW"
    echo "somebody's file" | tee "$W"/outside/{,Data/,Office/Data/}{v64.cab,"v64_$NEW.cab"} "$W/outside/s640.cab" >/dev/null
    chown -R backup: "$W/outside"
    foreign >"$W/foreign"
    local -a plan=(env "LD_PRELOAD=$FAULT_LIBRARY" "FAULT_UNDER=$share" FAULT_EXE=ringmgr
        "FAULT_OP=open,write,copy,clone,truncate,link,rename,symlink,unlink,mkdir,chmod,utime,sync,look")
    reset
    "${plan[@]}" FAULT_COUNT_FILE="$W/count" "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@" >/dev/null
    calls=$(cat "$W/count")
    [ "$calls" -ge 20 ]
    for n in $(seq 1 "${ATTACK_EVERY:-1}" "$calls"); do
        for place in Office Office/Data "Office/Data/$NEW" staging; do
            [ $(((n + ++places) % 4)) = 0 ] || [ "${RINGMGR_ATTACKS:-}" ] || continue # RINGMGR_ATTACKS=1: each folder at each call
            reset
            "${plan[@]}" FAULT_AT="$n" FAULT_KIND=stop-before "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@" </dev/null >"$W/out" 2>"$W/err" 3>&- &
            PID=$!
            wait_until stopped
            [ $place != staging ] || place=$(cd "$share" && find Office/Data -maxdepth 1 -name '.ringmgr-*' -type d | head -n 1)
            if [ "$place" ] && swapping "$share/$place"; then
                begin "$* at call $n: $place"
                end CONT
                swapped_back "$share/$place"
                foreign | diff "$W/foreign" - || { echo "$ATTACK" && cat "$W/out" "$W/err" && return 1; }
                [ "$status" -le 7 ]
                expect 0 "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet verify --repair
                heed "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@"
                [ "$status" -le 3 ] || { echo "$ATTACK: $status $stderr" && return 1; }
                shows "$ring" "$NEW"
                withstood
            else
                end CONT
            fi
        done
    done
    outlook
}

@test "a folder of the share that becomes a link between check and use: a promotion" {
    [ -r "${FAULT_LIBRARY:=${TESTCDN%/cdn/testcdn}/crash/libfault.so}" ] || missing "$FAULT_LIBRARY"
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production "$OLD"
    expect 0 ringmgr --quiet sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    cp -a "$W/state" "$W/state.kept" && cp -a "$W/log" "$W/log.kept" && cp -al "$W/share/production" "$W/share.kept"
    cp --remove-destination "$(data production)/v64.cab" "$W/v64.cab"
    reset() {
        rm -rf "$W/state" "$W/log" "$W/share/production"
        cp -a "$W/state.kept" "$W/state" && cp -a "$W/log.kept" "$W/log" && cp -al "$W/share.kept" "$W/share/production"
        install -o backup -g backup -m 444 "$W/v64.cab" "$(data production)/v64.cab.new" # a pointer has no other name
        mv "$(data production)/v64.cab.new" "$(data production)/v64.cab"
    }
    SUDO_UID=$(id -u news)
    export SUDO_UID
    race production promote production "$NEW"
}

@test "a folder of the share that becomes a link between check and use: a repair" {
    [ -r "${FAULT_LIBRARY:=${TESTCDN%/cdn/testcdn}/crash/libfault.so}" ] || missing "$FAULT_LIBRARY"
    expect 0 ringmgr --quiet sync
    reset() {
        local data
        data=$(data pilot)
        if [ ! -L "$data" ]; then ringmgr --quiet verify --repair >/dev/null; fi
        rm -f "$data/$NEW/s640.cab" "$data/v64_$NEW.cab"
        echo foreign >"$data/$NEW/foreign" && byte "$data/v64.cab"
    }
    race pilot verify --repair pilot
}

@test "cabinets that unpack to more than they ought to, and XML of ten million attributes: no memory, no time" {
    local bomb=$W/bomb seconds
    mkdir "$bomb"
    within() { # WHAT STATUS COMMAND…: in 20 s and 512 MB
        begin "$1"
        (ulimit -v 1500000 && TIMEFORMAT='%U %S' && { time timeout 60 "${@:3}" >"$W/out" 2>"$W/err"; } 2>"$W/took") && status=0 || status=$?
        [ "$status" = "$2" ] || { echo "$1: $status" && cat "$W/out" "$W/err" && return 1; }
        seconds=$(awk '{ print int($1 + $2) }' "$W/took")
        [ "$seconds" -le 20 ] && unharmed && withstood
    }
    # the wanted member alone; one above what is ever read; twenty that nobody asked for
    truncate -s 63M "$bomb/most"
    packed v64.cab --set "VersionDescriptor.xml=$bomb/most"
    within "63 MiB of zeros as XML" 4 "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet sync
    truncate -s 65M "$bomb/more"
    packed v64.cab --set "VersionDescriptor.xml=$bomb/more"
    within "65 MiB of zeros as XML" 4 "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet sync
    cp "$W/good/pr/$ORIGIN_GUID/Office/Data/v64.cab" "$UP/v64.cab"
    # shellcheck disable=SC2046 # words
    packed v64.cab $(for n in $(seq 17); do echo --set "$n.bin=$bomb/most"; done)
    within "17 members of 63 MiB that nobody wants" 4 "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet sync
    cp "$W/good/pr/$ORIGIN_GUID/Office/Data/v64.cab" "$UP/v64.cab"
    { printf '<?xml version="1.0"?><Version' && seq -f ' a%.0f=""' 10000000 && echo '/>'; } | tr -d '\n' >"$bomb/VersionDescriptor.xml"
    packed v64.cab --set "VersionDescriptor.xml=$bomb/VersionDescriptor.xml"
    within "ten million attributes in a cabinet" 5 "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet sync
    within "ten million attributes, lint" 2 "$RINGMGR_BIN" lint "$bomb/VersionDescriptor.xml"
    head -c 16M "$bomb/VersionDescriptor.xml" >"$bomb/cut.xml"
    within "16 MiB of attributes, lint" 8 "$RINGMGR_BIN" lint "$bomb/cut.xml"
    head -c 1000000 "$bomb/VersionDescriptor.xml" >"$bomb/cut.xml" && echo '/>' >>"$bomb/cut.xml"
    within "1 MB of attributes, lint" 8 "$RINGMGR_BIN" lint "$bomb/cut.xml"
}

# site_attack: a site sync in which the place of $W/plan is a link to what lies outside while its N-th rsync runs; the mounted folder
# follows no links. Prints how often rsync was called.
site_attack() {
    unshare -m --propagation private bash -c '
        mount -t tmpfs -o nosymfollow,mode=0755 tmpfs "$1/site" && cp -a "$1/site.kept/." "$1/site/" || exit 99
        rm -f "$1/calls"
        PATH=$1/bin:$PATH "$2" -c "$1/ringmgr.conf" site sync --now >"$1/out" 2>&1
        echo "$?" >"$1/status"
        "$2" -c "$1/ringmgr.conf" site sync --now >"$1/out.after" 2>&1
        echo "$?" >>"$1/status"
        rm -rf "$1/site.after" && cp -a "$1/site" "$1/site.after"' bash "$W" "$RINGMGR_BIN"
    cat "$W/calls"
}

@test "a mounted site whose server makes links between two steps: with nosymfollow nothing goes through them" {
    need rsync
    unshare -m bash -c 'mount -t tmpfs -o nosymfollow tmpfs /mnt' 2>/dev/null || missing "the mount option nosymfollow"
    local n calls place share
    mkdir -p "$W/site" "$W/bin" "$W/outside/Office/Data/$NEW" "$W/outside/Data/$NEW" "$W/outside/$NEW"
    chown -R backup: "$W/site" "$W/outside"
    # ringmgr gives its children no variables of ours: what the wrapper has to know stands in files
    cat >"$W/bin/rsync" <<SH
#!/bin/bash
W=$W
SH
    cat >>"$W/bin/rsync" <<'SH'
read -r at place <"$W/plan"
calls=$(($(cat "$W/calls" 2>/dev/null || echo 0) + 1))
echo "$calls" >"$W/calls"
[ "$calls" = "$at" ] && [ -d "$place" ] && [ ! -L "$place" ] && mv "$place" "$place.aside" && ln -s "$W/outside" "$place" && swapped=1
/usr/bin/rsync "$@"
status=$?
[ "${swapped:-}" ] && rm -f "$place" && mv "$place.aside" "$place" && echo "$calls" >>"$W/swapped"
exit $status
SH
    chmod 755 "$W/bin/rsync" && chown backup: "$W" # the wrapper runs as the service and counts there
    MORE="[site tokyo]
rings = pilot
target = $W/site
unc = \\\\fs-tokyo\\office" config
    expect 0 ringmgr site sync --now
    expect 0 ringmgr --quiet sync
    cp -a "$W/site" "$W/site.kept" && cp -a "$W/state" "$W/state.kept" && cp -a "$W/log" "$W/log.kept"
    echo "0 /none" >"$W/plan"
    calls=$(site_attack)
    [ "$calls" -ge 3 ]
    [ "$(cat "$W/status")" = $'0\n0' ]
    foreign >"$W/foreign"
    for n in $(seq "$calls"); do
        for place in pilot pilot/Office pilot/Office/Data "pilot/Office/Data/$NEW"; do
            rm -rf "$W/state" "$W/log" "$W/swapped"
            cp -a "$W/state.kept" "$W/state" && cp -a "$W/log.kept" "$W/log"
            echo "$n $W/site/$place" >"$W/plan"
            site_attack >/dev/null
            [ -e "$W/swapped" ] || continue
            begin "a site's $place at rsync $n"
            foreign | diff "$W/foreign" - || { echo "$ATTACK" && cat "$W/out" && return 1; }
            share=$W/site.after/pilot/Office/Data
            [ "$(tail -n 1 "$W/status")" = 0 ] || { echo "$ATTACK" && cat "$W/status" "$W/out" "$W/out.after" && return 1; }
            cmp "$share/v64.cab" "$UP/v64_$NEW.cab"
            diff -r "$share/$NEW" "$(data pilot)/$NEW"
            withstood
        done
    done
    outlook
}
