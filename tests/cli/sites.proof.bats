#!/usr/bin/env bats
# Twelve sites at once: rsync daemons, sshds, mounted folders, and two that pull. One is slow, one dies in the middle of a
# transfer, one has a full disk, on one somebody changes a file between transfer and proof. An independent judge looks at
# every share all the time: no pointer is ever ahead of its content.

PUSHED="tokyo osaka kyoto oslo bergen paris slow dying full tampered"
PULLING="rome milan"

setup_file() {
    load world
    world_file
    need rsync ssh ssh-keygen unshare openssl mount
}

setup() {
    load world
    load judging
    load sites
    load following
    data() { # of a ring here, or of a site
        [ -d "$W/site/$1" ] && site_data "$1" pilot || echo "$W/share/$1/Office/Data"
    }
    # rsync's files on their way, and builds that are: over rsync there is no rename of folders, so a build without descriptor
    # and pointer may lack files
    JUDGE_PASSES='/\.[^/]*: |\(a folder with a build.s name\)'
    world_make
    learn
    : "${FAULT_LIBRARY:=${RINGMGR_BIN%/*}/tests/crash/libfault.so}"
    offer "$OLD"
}

teardown() {
    [ -z "${JUDGE:-}" ] || { touch "$W/judged" && wait "$JUDGE"; }
    sites_end
    umount "$W/site/full" 2>/dev/null || true
    headquarters_end
    world_end
}

twelve() {
    local name
    for name in tokyo osaka kyoto tampered; do site_rsyncd "$name" && site "$name" "rings = pilot"; done
    for name in oslo bergen; do site_sshd "$name" && site "$name" "rings = pilot" "ssh_config = $SSH_CONFIG"; done
    site_folder paris && site paris "rings = pilot"
    mkdir -p "$W/site/full" && mount -t tmpfs -o size=2M none "$W/site/full"
    site_folder full && site full "rings = pilot"
    site_rsyncd slow && site slow "rings = pilot" "rate_limit = 64K"
    site_rsyncd dying && site dying "rings = pilot" "rate_limit = 64K"
    DYING_PORT=${TARGET#rsync://127.0.0.1:} DYING_PORT=${DYING_PORT%/*}
    sign "$MORE"
    for name in $PULLING; do
        follower "$name"
        mkdir -p "$W/site/$name" && ln -s "$W/$name/share" "$W/site/$name/pilot"
    done
}

pull() {
    local name
    for name in $PULLING; do
        expect 0 on "$name" sync
    done
}

# A disk with room for no second build.
fill() {
    local room
    room=$(df --output=avail -B1 "$W/site/full" | tail -1)
    head -c "$((room - 100000))" /dev/zero >"$W/site/full/others"
}

# Somebody on that server, between transfer and proof.
tamper() {
    mkdir -p "$W/bin"
    cat >"$W/bin/rsync" <<RSYNC
#!/bin/sh
case " \$* " in
*" --dry-run --checksum "*":$1/"*)
    [ -e $W/log/tampered ] || { : >$W/log/tampered && printf X | dd of=$(site_data tampered pilot)/$NEW/s640.cab conv=notrunc bs=1 seek=99 2>/dev/null; } ;;
esac
exec /usr/bin/rsync "\$@"
RSYNC
    chmod 0755 "$W/bin" "$W/bin/rsync"
    chmod a+x "$W"
}

port_of() {
    sed -n "/^\[site $1\]/,/^\[/s|^target = rsync://127.0.0.1:\([0-9]*\)/.*|\1|p" "$W/ringmgr.conf"
}

transfers() {
    find "$W/site/$1/pilot/Office/Data/$NEW" -name '.*' 2>/dev/null | grep -q .
}

site_result() {
    jq -r --arg site "$1" '.sites[] | select(.site == $site) | .result' "$W/out"
}

@test "twelve sites, four of them in trouble: the quorum goes live, laggards arrive, no pointer is ever ahead of its content" {
    local name SIGN="sites_ready = 70 %"
    headquarters
    twelve
    expect 0 ringmgr site sync
    pull
    for name in $PUSHED; do site_shows "$name" pilot "$OLD"; done
    JUDGE_PAUSE=0.1 start_judging $PUSHED $PULLING

    advance 86400
    fill
    tamper "$(port_of tampered)"
    PATH=$W/bin:$PATH start --json site sync
    wait_until transfers dying
    pkill -KILL -f "config=$W/site/dying.conf"
    pull
    wait_until not_running
    ended
    [ "$status" = 6 ] # the worst of them: the full disk
    [ -e "$W/log/tampered" ]
    for name in tokyo osaka kyoto oslo bergen paris slow tampered; do
        [ "$(site_result "$name")" = flipped ] || { site_result "$name" && return 1; }
        site_shows "$name" pilot "$NEW"
    done
    for name in dying full; do
        [ "$(site_result "$name")" = failed ]
        [ "$(site_names "$name" pilot)" = "$OLD" ]
    done
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "sites-live") | .build] == [$old, $new]'

    rm "$W/site/full/others"
    site_server "$DYING_PORT" rsync --daemon --no-detach --address=127.0.0.1 --port="$DYING_PORT" --config="$W/site/dying.conf"
    expect 0 ringmgr site sync
    for name in $PUSHED; do site_shows "$name" pilot "$NEW"; done
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "site-late") | .reason | split(" ")[0]] | contains(["dying", "full"])'
    expect 0 ringmgr site verify
    for name in $PULLING; do holds "$name" "$NEW"; done
    stop_judging 36
    figure Sites "twelve sites, four in trouble: looks of the judge; wrong" "$(wc -l <"$W/rounds"); $(wc -l <"$W/verdicts")"
}

# everywhere_whole: at headquarters and at both sites production's pointer names a build that is whole.
everywhere_whole() {
    shows production "$OLD" >/dev/null 2>&1 || shows production "$NEW" || return
    site_is_whole tokyo production && site_is_whole osaka production
}

# site_sync_killed: killed before or after each of its runs of rsync, until one comes through; adds to $killed.
site_sync_killed() {
    local step
    for step in $(seq 40); do
        rsync_kills "$step" "$([ $((step % 2)) = 0 ] && echo before || echo after)"
        PATH=$W/bin:$PATH heed ringmgr site sync
        everywhere_whole
        [ "$status" != 0 ] || return 0
        [ "$status" = 137 ]
        killed=$((killed + 1))
    done
    return 1
}

@test "headquarters killed at every step of a promotion in two phases: a new start finishes" {
    local call killed=0
    MORE=
    site_folder tokyo && site tokyo "rings = production"
    site_rsyncd osaka && site osaka "rings = production"
    config
    for call in "$OLD" "$NEW"; do
        offer "$call"
        expect 0 ringmgr sync
        expect 0 as games ringmgr approve production "$call" --reason fine
        [ "$call" = "$NEW" ] || expect 0 as news ringmgr promote production "$call"
        [ "$call" = "$NEW" ] || expect 0 ringmgr site sync
    done
    expect 0 as news ringmgr promote production "$NEW" --stage --reason "for tomorrow"
    site_sync_killed
    for call in tokyo osaka; do
        [ "$(site_names "$call" production)" = "$OLD" ]
        [ -d "$(site_data "$call" production)/$NEW" ]
    done
    for call in $(seq 1 4 400); do
        heed as news env LD_PRELOAD="$FAULT_LIBRARY" FAULT_UNDER="$W" FAULT_AT="$call" FAULT_KIND=kill-after \
            "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production --flip --yes
        everywhere_whole
        [ "$status" != 0 ] || break
        [ "$status" = 137 ]
        killed=$((killed + 1))
    done
    [ "$status" = 0 ]
    shows production "$NEW"
    site_sync_killed
    for call in tokyo osaka; do site_shows "$call" production "$NEW"; done
    [ "$killed" -ge 20 ]
    expect 0 ringmgr history --verify
    figure Sites "kills of headquarters in a promotion in two phases, each judged" "$killed"
}

not_running() {
    [[ "$(ps -o stat= -p "$PID")" == Z* || ! -d "/proc/$PID" ]]
}
