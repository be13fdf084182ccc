#!/usr/bin/env bats
# A site behind ssh: a real sshd with its own keys, and ssh by a configuration of its own, for the service has no home.

setup_file() {
    load world
    world_file
    need rsync ssh ssh-keygen unshare
    [ -x /usr/sbin/sshd ] || missing sshd
}

setup() {
    load world
    load sites
    world_make
    offer "$OLD"
    site_sshd oslo
    site oslo "rings = pilot" "ssh_config = $SSH_CONFIG"
    config
    expect 0 ringmgr sync
}

teardown() {
    sites_end
    world_end
}

@test "over ssh: nothing to a server with another key; a build comes whole and is proven there; tampering is found and mended" {
    local known=$W/site/oslo.ssh/known_hosts
    cp -p "$known" "$W/known"
    sed -i 's/ AAAA[^ ]*$/ AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/' "$known"
    heed ringmgr --json site sync
    [ "$status" != 0 ]
    json '.sites[0].result == "failed" and (.sites[0].text | length) > 20'
    [[ "$(jq -r '.sites[0].text' <<<"$output")" != *[$'\n\e']* ]]
    [ -z "$(ls "$W/site/oslo")" ]
    cp -p "$W/known" "$known"

    expect 0 ringmgr --json site check
    json '.sites[0].result != "failed" and .sites[0].code == 0'
    expect 0 ringmgr --json site sync
    json '.sites[0].result == "flipped" and .sites[0].build == $old and .sites[0].bytes_sent > 0'
    site_shows oslo pilot "$OLD"
    byte "$(site_data oslo pilot)/$OLD/stream.x64.en-us.dat"
    expect 4 ringmgr --json site verify
    json '.sites[0].bad[0].path == ($old + "/stream.x64.en-us.dat")'
    expect 0 ringmgr site verify --repair
    site_shows oslo pilot "$OLD"
}
