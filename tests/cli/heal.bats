#!/usr/bin/env bats
# heal: what somebody has done to a share is put right, nothing is lost, and what cannot be put right is fetched.

setup_file() {
    load world
    world_file
}

# A world with the newer build in both rings.
setup() {
    load world
    world_make
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    DATA=$(data production)
}

teardown() {
    [ -z "${PID:-}" ] || end TERM
    world_end
}

# heal RING [PATH…]: what the watch would have named.
heal() {
    : >"$W/paths"
    [ $# -eq 1 ] || printf '%s\0' "${@:2}" >"$W/paths"
    ringmgr job heal "$1" <"$W/paths"
}

all_right() {
    expect 0 ringmgr --json verify
    json '.bad == []'
    shows production "$NEW"
    shows pilot "$NEW"
    expect 0 ringmgr history --verify
}

# attends CODE: an attention of this code stands; with ! in front, none does.
attends() {
    expect 0 ringmgr --json status
    json ".attention | any(.code == \"$1\")"
}

attends_nothing() {
    expect 0 ringmgr --json status
    json '.attention == []'
}

kept() {
    cat "$W"/store/quarantine/* 2>/dev/null
}

@test "nothing is wrong: nothing is written" {
    still >"$W/before"
    sha256sum "$W/log/head" >"$W/head"
    expect 0 heal production v64.cab "$NEW/s640.cab" "$NEW"
    expect 0 heal production
    still | diff "$W/before" -
    sha256sum -c --quiet "$W/head"
    [ ! -e "$W/store/quarantine" ]
}

@test "a foreign pointer is put right and kept" {
    echo mine >"$W/foreign"
    mv "$W/foreign" "$DATA/v64.cab"
    expect 0 heal production v64.cab
    all_right
    [ "$(kept)" = mine ]
    [ "$(stat -c %h "$DATA/v64.cab")" = 1 ]
    attends_nothing
    expect 0 ringmgr --json history --ring production
    json '.entries[-1] | .action == "heal" and .actor == "ringmgr" and (.reason | contains("v64.cab"))'
}

@test "a wrong pointer is taken away where the disk has no room for the right one" {
    mkdir "$W/small"
    mount -t tmpfs -o size=8m none "$W/small" || missing "the right to mount"
    small_disk || { umount "$W/small" && return 1; }
    umount "$W/small"
}

# small_disk: store and shares lie on $W/small, which gets full, and is emptied again.
small_disk() {
    cp -a "$W/store" "$W/share" "$W/small/"
    sed -i "s|= $W/store|= $W/small/store|; s|= $W/share|= $W/small/share|" "$W/ringmgr.conf"
    DATA=$W/small/share/production/Office/Data
    ringmgr -q verify --repair >/dev/null || return # copies are linked anew
    echo mine >"$W/small/mine" && mv "$W/small/mine" "$DATA/v64.cab"
    dd if=/dev/zero of="$W/small/full" bs=4k status=none 2>/dev/null
    expect 6 heal production v64.cab || return
    [ ! -e "$DATA/v64.cab" ] || return
    [ "$(cat "$W"/small/store/quarantine/v64.cab.*)" = mine ] || return
    rm "$W/small/full"
    expect 0 heal production && cmp "$DATA/v64.cab" "$UP/v64_$NEW.cab"
}

@test "a pointer of a later, unproven build is put right and its files go to quarantine" {
    local foreign=16.0.29999.20000
    mkdir "$DATA/$foreign"
    chown backup: "$DATA/$foreign"
    echo mine >"$DATA/$foreign/s640.cab"
    echo mine >"$DATA/v64_$foreign.cab"
    cp "$DATA/v64_$foreign.cab" "$DATA/v64.cab"
    expect 0 heal production "$foreign" "v64_$foreign.cab" v64.cab
    all_right
    [ ! -e "$DATA/$foreign" ]
    [ "$(cat "$W"/store/quarantine/"$foreign".*/s640.cab)" = mine ]
}

@test "everything at once: files deleted, replaced, moved, re-permissioned" {
    rm "$DATA/v64.cab" "$DATA/$NEW/s640.cab"
    echo mine >"$DATA/$NEW/i640.cab.new"
    mv "$DATA/$NEW/i640.cab.new" "$DATA/$NEW/i640.cab"
    mv "$DATA/$NEW/i641033.cab" "$DATA/moved.cab"
    chmod 0600 "$DATA/$NEW/s641033.cab"
    chmod 0700 "$DATA/$NEW"
    expect 0 heal production
    all_right
    [ "$(stat -c %a "$DATA/$NEW")" = 755 ]
    [ -n "$(find "$W/store/quarantine" -name 'moved.cab.*')" ]
    attends_nothing
}

@test "1,000 foreign files and a wrong pointer: all put aside, none lost" {
    for i in $(seq 1000); do echo "$i" >"$DATA/file-$i"; done
    rm "$DATA/v64.cab"
    expect 0 heal production v64.cab
    all_right
    [ "$(find "$W/store/quarantine" -type f | wc -l)" = 1000 ]
    [ "$(kept | sort -n | uniq | wc -l)" = 1000 ]
}

@test "an object changed through a link is put aside, fetched by what the attention says, and linked again" {
    local stream=$NEW/stream.x64.x-none.dat
    byte "$DATA/$stream"
    expect 0 heal production "$stream"
    [ ! -e "$(object "$UP/$stream")" ]
    attends object-lost
    json '.attention[] | select(.code == "object-lost") | .command == "ringmgr sync pilot --build \($new)"'
    expect 0 ringmgr sync pilot --build "$NEW"
    expect 0 heal production
    expect 0 heal pilot
    all_right
    attends_nothing
}

@test "beyond quarantine_max foreign files stay, and a person is told" {
    RINGMGR="quarantine_max = 1K" config
    head -c 600 /dev/zero >"$DATA/first"
    head -c 600 /dev/zero >"$DATA/second"
    expect 0 heal production
    [ ! -e "$DATA/first" ]
    [ -e "$DATA/second" ]
    attends quarantine-full
    RINGMGR="quarantine_max = 1M" config
    expect 0 heal production
    all_right
    attends_nothing
}

@test "a size that is none is an error with its line" {
    RINGMGR="quarantine_max = lots" config
    expect 2 ringmgr status
    says quarantine_max "20G"
}

@test "what something undoes again and again is left alone, but no pointer" {
    local round
    for round in 1 2 3 4; do
        rm -f "$DATA/$NEW/s640.cab" "$DATA/v64.cab"
        expect 0 heal production
        [ -e "$DATA/v64.cab" ] || [ "$round" = 4 ]
    done
    [ ! -e "$DATA/$NEW/s640.cab" ]
    attends heal-loop
    expect 0 ringmgr verify production --repair
    all_right
    attends_nothing
}

@test "a pointer does not wait for a file that is left alone, unless it would lead to it" {
    local round
    for round in 1 2 3; do
        rm "$DATA/v64.cab"
        expect 0 heal production
    done
    rm "$DATA/v64.cab"
    expect 0 heal production
    all_right
}

# quiet COMMAND…: nothing that it prints acts on a terminal.
quiet() {
    "$@" >"$W/printed" 2>&1 || true
    [ -s "$W/printed" ]
    ! LC_ALL=C grep -qaP '[\x00-\x08\x0b-\x1f\x7f\x9b]|\xe2\x80\xae' "$W/printed"
}

# ---- what is not the service's ----

# told_to_move PATH: the attention names it, and the command that moves it as root; then that is done.
told_to_move() {
    local command
    attends foreign-stays
    command=$(jq -r '.attention[] | select(.code == "foreign-stays") | .command' <<<"$output")
    [ "$command" = "mv -- '$DATA/$1' '$W/store/quarantine/'" ] || { echo "$command" && return 1; }
    sh -c "$command"
}

@test "a folder that root put there stays, with one attention that has the command; all else is put right" {
    local healed
    mkdir "$DATA/16.0.29999.1" "$DATA/empty"
    mkdir -m 0700 "$DATA/secret"
    echo mine | tee "$DATA/16.0.29999.1/x.cab" >"$DATA/secret/x"
    echo "root's" >"$DATA/file"
    chmod 0600 "$DATA/file"
    rm "$DATA/$NEW/s640.cab" "$DATA/v64.cab"
    mkdir "$DATA/v64.cab"
    echo mine >"$DATA/v64.cab/x"
    expect 0 heal production
    shows production "$NEW"
    [ ! -e "$DATA/empty" ]
    [ ! -e "$DATA/file" ]
    attends foreign-stays
    json '.attention | length == 1'
    healed=$(ringmgr --json history | jq '[.entries[] | select(.action == "heal")] | length')
    expect 0 heal production
    expect 4 ringmgr verify --repair
    [ "$(ringmgr --json history | jq '[.entries[] | select(.action == "heal")] | length')" = "$healed" ]
    told_to_move 16.0.29999.1
    expect 0 heal production
    told_to_move "$(cd "$DATA" && echo foreign-v64.cab.*)"
    expect 0 heal production
    told_to_move secret
    expect 0 heal production
    all_right
    attends_nothing
    [ "$(find "$W/store/quarantine" -type f | wc -l)" = 4 ]
}

@test "names that would act on a terminal are shown harmless, and the command that is offered is right" {
    local name=$'\e]0;x\a\n\'a\\ \x9b\xe2\x80\xae\xc2\x9b' command shown="?]0;x??'a\\ ??????"
    mkdir "$DATA/$name" "$W/store/quarantine"
    touch "$DATA/$name/x" "$DATA/$name.file"
    chown -h backup: "$DATA/$name.file" "$W/store/quarantine"
    expect 4 ringmgr verify
    prints "production: $shown "
    quiet ringmgr verify
    quiet ringmgr --json verify
    expect 0 heal production
    quiet ringmgr status
    quiet ringmgr --json status
    quiet ringmgr history
    quiet ringmgr complete -- -c "$W/ringmgr.conf" ack ""
    attends foreign-stays
    command=$(jq -r '.attention[] | select(.code == "foreign-stays") | .command' <<<"$output")
    [[ $command == "mv -- \$'$DATA/\\033]0;x\\007\\012\\'a\\134 \\233\\342\\200\\256\\302\\233' '$W/store/quarantine/'" ]] || { echo "$command" && return 1; }
    bash -c "$command"
    expect 0 heal production
    all_right
    attends_nothing
}

@test "root's copy of the live build, with a file too few: it gives way to the right one" {
    cp -r "$DATA/$NEW" "$W/own"
    rm -rf "${DATA:?}/$NEW" "$W/own/s640.cab"
    mv "$W/own" "$DATA/$NEW"
    expect 0 heal production
    shows production "$NEW"
    told_to_move "$(cd "$DATA" && echo foreign-"$NEW".*)"
    expect 0 heal production
    all_right
    attends_nothing
}

@test "what nobody may read any more, not even the service, gets its permissions back" {
    chmod 0 "$DATA/$NEW"/* "$DATA/v64.cab" "$DATA/v64_$NEW.cab" "$DATA/$NEW" "$DATA"
    expect 0 heal production
    expect 0 heal pilot
    all_right
    attends_nothing
    chmod 0 "$DATA/$NEW"/* "$DATA/$NEW"
    expect 0 ringmgr verify --repair
    all_right
}

# ---- clients are not led astray ----

@test "no pointer while the live build is not whole, on every ring that shows it" {
    local stream=$NEW/stream.x64.x-none.dat
    byte "$DATA/$stream"
    expect 0 heal production "$stream"
    [ ! -e "$DATA/v64.cab" ]
    attends pointer-withdrawn
    json '.attention[] | select(.code == "pointer-withdrawn") | .severity == "critical" and (.text | contains($new))'
    json '.attention[] | select(.code == "pointer-withdrawn").command == "ringmgr sync pilot --build " + $new'
    expect 0 heal pilot
    [ ! -e "$(data pilot)/v64.cab" ]
    expect 0 ringmgr sync pilot --build "$NEW"
    expect 0 heal pilot
    expect 0 heal production
    all_right
    attends_nothing
    [ ! -e "$W/store/quarantine/v64.cab."* ]
}

# ---- a share of its own file system ----

# inside COMMAND…: where production's share is mounted, or is not; nobody else sees it.
inside() {
    nsenter -t "$PID" -m "$@"
}

@test "a share whose file system is not mounted is not built anew below the mount point" {
    local share=$W/share/production
    need nsenter
    unshare -m --propagation private sleep 1000 3>&- &
    PID=$!
    wait_until test "$(readlink /proc/self/ns/mnt)" != "$(readlink "/proc/$PID/ns/mnt")"
    rm -rf "$share/Office"
    inside mount -t tmpfs -o mode=0755,uid="$(id -u backup)" ringmgr-test "$share" || skip "nothing can be mounted here"
    PRODUCTION='link = copy' config
    expect 0 inside "$RINGMGR_BIN" -c "$W/ringmgr.conf" verify --repair
    inside umount "$share"
    expect 1 inside "$RINGMGR_BIN" -c "$W/ringmgr.conf" job heal production </dev/null
    says "$share is empty, for $share is not mounted: nothing was touched"
    attends share-unmounted
    json '.attention | length == 1 and .[0].severity == "critical"'
    expect 1 ringmgr sync
    expect 1 ringmgr job quick-audit </dev/null
    [ ! -e "$share/Office" ]
    inside mount -t tmpfs -o mode=0755,uid="$(id -u backup)" ringmgr-test "$share"
    expect 0 inside "$RINGMGR_BIN" -c "$W/ringmgr.conf" job heal production </dev/null
    inside sh -c "echo mine >$DATA/file && echo mine >$DATA/v64.new && mv $DATA/v64.new $DATA/v64.cab"
    expect 0 inside "$RINGMGR_BIN" -c "$W/ringmgr.conf" job heal production </dev/null
    expect 0 inside "$RINGMGR_BIN" -c "$W/ringmgr.conf" verify
    [ "$(kept)" = $'mine\nmine' ] # copied: a rename does not lead to another file system
    attends_nothing
}

@test "a share whose folder is gone is told of, and filled when it is back" {
    local share=$W/share/production
    mv "$share" "$W/moved"
    expect 1 heal production
    says "the share's folder $share is gone: mount it, or make it anew: install -d -o backup $share"
    expect 8 ringmgr --json status --check
    json '.attention | map(select(.code == "share-gone")) | length == 1 and .[0].severity == "critical" and .[0].ring == "production"'
    expect 1 ringmgr job quick-audit </dev/null
    [ ! -e "$share" ]
    install -d -o backup "$share"
    expect 0 heal production
    all_right
    attends_nothing
}

# ---- the service ----

# tampered: 1,000 changes at once, of every kind, in a moment; what was added is in $W/added.
tampered() {
    local i
    mkdir "$W/new" "$W/new/16.0.29999.1"
    for i in $(seq 700); do echo "file $i"; done | split -l 1 -a 3 - "$W/new/file-"
    for i in $(seq 290); do echo "build $i"; done | split -l 1 -a 3 - "$W/new/16.0.29999.1/s-"
    echo "a cabinet" >"$W/new/i640.cab"
    echo "a pointer" >"$W/new/v64.cab"
    chown -R backup: "$W/new"
    find "$W/new" -type f -exec sha256sum {} + | cut -c1-64 | sort >"$W/added"
    byte "$DATA/$NEW/stream.x64.x-none.dat"
    touch "$DATA/$NEW/i641033.cab"
    chmod 0600 "$DATA/$NEW/s641033.cab"
    rm "$DATA/$NEW/s640.cab" "$DATA/v64_$NEW.cab"
    mv "$W/new/i640.cab" "$DATA/$NEW/"
    mv "$W/new"/* "$DATA/"
}

heals() {
    ringmgr --json history | jq '[.entries[] | select(.action == "heal" and .ring == "production")] | length'
}

is_right() {
    shows production "$NEW" >/dev/null 2>&1 && [ "$(ls "$DATA")" = "$(printf '%s\n' "$NEW" v64.cab "v64_$NEW.cab")" ]
}

@test "1,000 changes at once under the service: few heals, nothing lost, and what is lost is fetched again" {
    start serve
    wait_until grep -q "event=job-end job=full-audit " "$W/err" # so that it is the watch that sees it
    tampered
    wait_until cmp -s "$DATA/v64.cab" "$UP/v64_$NEW.cab"
    wait_until is_right
    wait_until grep -q "event=job-end job=fetch ring=pilot build=$NEW .*status=0" "$W/err"
    find "$W/store/quarantine" -type f -exec sha256sum {} + | cut -c1-64 | sort | comm -13 - "$W/added" >"$W/lost"
    [ ! -s "$W/lost" ]
    [ "$(heals)" -le 6 ]
    [ "$(grep -c 'event=job-start job=fetch' "$W/err")" = 1 ]
    expect 0 ringmgr --json history --ring production
    json '.entries | any(.action == "heal" and (.reason | contains("1 damaged objects put aside")))'
    wait_until shows pilot "$NEW"
    end TERM
    all_right
    attends_nothing
}

@test "what was changed through a link while nobody watched: the audit finds it, and it is fetched at once" {
    byte "$DATA/$NEW/stream.x64.x-none.dat"
    start serve
    wait_until grep -q "event=job-end job=fetch ring=pilot build=$NEW .*status=0" "$W/err"
    wait_until shows production "$NEW"
    wait_until shows pilot "$NEW"
    wait_until attends_nothing
    grep -q 'event=attention code=object-lost ring=.* text="' "$W/err"
    end TERM
    all_right
}
