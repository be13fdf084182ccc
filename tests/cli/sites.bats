#!/usr/bin/env bats
# How builds come to sites, through the real program and a real rsync daemon: one file for two rings, and headquarters
# killed between any two steps. The steps themselves are in tests/unit/ops/test_distribute.c, words and documents in
# site_commands.bats.

setup_file() {
    load world
    world_file
    need rsync
}

setup() {
    load world
    load sites
    world_make
    offer "$OLD"
}

teardown() {
    sites_end
    world_end
}

# everywhere BUILD: it is live in both rings here.
everywhere() {
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$1" --reason fine
    expect 0 as news ringmgr promote production "$1"
}

@test "an rsync daemon: both rings from one file there, the next build by difference, and files that nobody can write" {
    site_rsyncd tokyo
    site tokyo
    config
    everywhere "$OLD"
    expect 0 ringmgr --json site sync
    json '[.sites[] | [.ring, .result]] == [["pilot", "flipped"], ["production", "flipped"]]'
    site_shows tokyo pilot "$OLD"
    site_shows tokyo production "$OLD"
    local file
    for file in $FILES; do
        [ "$(site_data tokyo pilot)/$OLD/$file" -ef "$(site_data tokyo production)/$OLD/$file" ]
    done
    [ "$(stat -c %h "$(site_data tokyo pilot)/v64.cab")" = 1 ]
    [ -z "$(find "$W/site/tokyo" -type f ! -perm 0444)" ]
    [ -z "$(ls "$W/store/outbox")" ]

    offer "$NEW"
    everywhere "$NEW"
    expect 0 ringmgr --json site sync
    json '[.sites[].result] == ["flipped", "flipped"]'
    site_shows tokyo pilot "$NEW"
    site_shows tokyo production "$NEW"
    [ -d "$(site_data tokyo pilot)/$OLD" ] # for a roll-back
    expect 0 ringmgr site verify
}

@test "headquarters killed before and after every step: the pointer names a whole build, and the next run finishes" {
    site_folder tokyo
    site tokyo "rings = pilot"
    config
    expect 0 ringmgr sync
    expect 0 ringmgr site sync
    offer "$NEW"
    expect 0 ringmgr sync
    local step=1 killed=0 when
    for step in $(seq 20); do
        when=$([ $((step % 2)) = 0 ] && echo before || echo after)
        rsync_kills "$step" "$when"
        PATH=$W/bin:$PATH heed ringmgr site sync
        site_is_whole tokyo pilot
        [ "$status" != 0 ] || break
        [ "$status" = 137 ]
        killed=$((killed + 1))
    done
    [ "$status" = 0 ]
    [ "$killed" -ge 5 ]
    expect 0 ringmgr site sync
    site_shows tokyo pilot "$NEW"
    [ -z "$(ls "$W/store/outbox")" ]
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "sites-live") | .build] == [$old, $new]'
}

not_running() {
    [[ "$(ps -o stat= -p "$PID")" == Z* || ! -d "/proc/$PID" ]]
}

names() {
    [ "$(site_names "$1" pilot)" = "$2" ]
}

@test "one slow site holds nobody up; a roll-back here ends its transfer, and takes back who had been quicker" {
    site_folder tokyo
    site tokyo "rings = pilot"
    site_folder oslo
    site oslo "rings = pilot"
    config
    expect 0 ringmgr sync
    expect 0 ringmgr site sync
    offer "$NEW"
    expect 0 ringmgr sync
    mkdir "$W/bin"
    cat >"$W/bin/rsync" <<RSYNC
#!/bin/sh
case " \$* " in
*" --partial-dir="*site/tokyo/*) [ -e $W/log/sending ] || { touch $W/log/sending && exec sleep 300; } ;;
esac
exec /usr/bin/rsync "\$@"
RSYNC
    chmod 0755 "$W/bin" "$W/bin/rsync"
    chmod a+x "$W"
    PATH=$W/bin:$PATH start --json site sync
    wait_until [ -e "$W/log/sending" ]
    wait_until names oslo "$NEW"
    expect 0 ringmgr site sync oslo
    expect 0 as games ringmgr rollback pilot --reason "it crashes" --block ring
    wait_until not_running
    ended
    [ "$status" = 0 ]
    jq -e '[.sites[].result] == ["unchanged", "flipped"]' "$W/out"
    site_shows tokyo pilot "$OLD"
    site_shows oslo pilot "$OLD"
    [ ! -e "$(site_data tokyo pilot)/v64_$NEW.cab" ]
}
