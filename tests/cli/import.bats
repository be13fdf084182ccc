#!/usr/bin/env bats
# import: builds from a folder, or from another server's share, proven as if they came from upstream.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    FOLDER=$O/www/pr/$ORIGIN_GUID
}

teardown() {
    world_end
}

# nothing_kept: no object, no part of a file, and nothing on the shares.
nothing_kept() {
    [ "$(find "$W/store" "$W/share" -type f)" = "" ]
}

@test "Microsoft's own folder without its large files: each present file is proven, the missing ones are named" {
    [ -n "$RINGMGR_REAL" ] || missing "the folder of real files (RINGMGR_REAL)"
    local real=$RINGMGR_REAL/odt-16.0.14332.20176 file
    cp "$RINGMGR_REAL/roots/ms_roots.pem" "$W/roots.pem"
    CHANNEL=PerpetualVL2021 config
    cp -a "$real" "$W/real"
    expect 4 ringmgr -v import "$W/real" --ring pilot
    says "3 files are missing" 16.0.14332.20176/i640.cab 16.0.14332.20176/stream.x64.x-none.dat \
        16.0.14332.20176/stream.x64.en-us.dat
    for file in v64_16.0.14332.20176.cab 16.0.14332.20176/{s640.cab,s641033.cab,i641033.cab,i640.cab.cat} \
        16.0.14332.20176/stream.x64.{x-none,en-us}.dat.cat; do
        says "proven: $file"
    done
    run ! grep "missing: .*\(s640\|i641033\|\.cat\)" <(echo "$stderr")
    nothing_kept
    expect 0 ringmgr --json status
    json '.rings[0] | .live == null and .last_sync == null'
}

@test "Microsoft's own folder is refused for a ring of another channel" {
    [ -n "$RINGMGR_REAL" ] || missing "the folder of real files (RINGMGR_REAL)"
    cp "$RINGMGR_REAL/roots/ms_roots.pem" "$W/roots.pem"
    CHANNEL=Current config
    cp -a "$RINGMGR_REAL/odt-16.0.14332.20176" "$W/real"
    expect 4 ringmgr import "$W/real" --ring pilot
    says PerpetualVL2021 Current
    nothing_kept
}

@test "a complete folder is imported and published, and asks no server" {
    expect 0 ringmgr --json import "$FOLDER" --ring pilot
    json '.rings | length == 1 and (.[0] | .ring == "pilot" and .build == $new and .result == "new" and .published and .files == 10)'
    shows pilot "$NEW"
    [ "$(origin_requests)" = 0 ]
    expect 0 ringmgr --json history
    json '[.entries[].action] - ["settings"] == ["import", "promote"]'
    expect 0 ringmgr --json import "$FOLDER" --ring pilot
    json '.rings[0].result == "unchanged"'
    expect 0 ringmgr verify
}

@test "a folder below one that only root may enter is imported" {
    mkdir -m 0700 "$W/private"
    cp -a "$FOLDER" "$W/private/usb"
    (cd "$W/private" && expect 0 ringmgr import usb --ring pilot)
    shows pilot "$NEW"
}

@test "another server's ring share is imported" {
    expect 0 ringmgr sync
    cp -a "$W/share/pilot" "$O/www/there"
    rm -rf "$O/www/pr"
    find "$W/store" "$W/state" "$W/share/pilot" "$W/log" -mindepth 1 -delete
    expect 0 ringmgr --json import "http://127.0.0.1:$ORIGIN_PORT/there/" --ring pilot
    json '.rings[0] | .build == $new and .published'
    cmp "$(data pilot)/$NEW/s640.cab" "$O/www/there/Office/Data/$NEW/s640.cab"
}

@test "a folder that lacks a mandatory file is refused by name, and nothing of it is kept" {
    rm "$UP/$NEW/i641033.cab"
    expect 4 ringmgr import "$FOLDER" --ring pilot
    complains
    says "$NEW/i641033.cab"
    nothing_kept
}

@test "a folder with a flipped byte is refused, and nothing of it is kept" {
    byte "$UP/$NEW/stream.x64.en-us.dat"
    expect 4 ringmgr import "$FOLDER" --ring pilot
    says stream.x64.en-us.dat
    nothing_kept
}

@test "a folder without a pointer is refused" {
    mkdir "$W/empty"
    expect 4 ringmgr import "$W/empty" --ring pilot
    complains
    says "$W/empty: there is no Office/Data/v64.cab below it, for x64: name the folder that Office lies in"
    expect 4 ringmgr import "$FOLDER/Office" --ring pilot
    says "name the folder that Office lies in"
    nothing_kept
}

@test "a folder of which the service may not read a file is told by its own name" {
    cp -a "$FOLDER" "$W/usb"
    chmod 0600 "$W/usb/Office/Data/v64.cab"
    chown root "$W/usb/Office/Data/v64.cab"
    expect 1 ringmgr --json import "$W/usb" --ring pilot
    json ".rings[0] | .code == 1 and (.error | startswith(\"$W/usb/Office/Data/v64.cab: Permission denied: the account\"))"
    says "$W/usb/Office/Data/v64.cab: Permission denied: the account that ringmgr runs as may not read it"
    [[ $stderr$output != */proc/self* ]]
    nothing_kept
}

@test "optional files that a folder lacks stand as absent" {
    rm "$UP/$NEW"/*.cat
    expect 0 ringmgr import "$FOLDER" --ring pilot
    shows pilot "$NEW" $(tr ' ' '\n' <<<"$FILES" | grep -v cat)
}

@test "folders are told from each other: an older one can follow a newer one, and is staged, not promoted" {
    cp -a "$FOLDER" "$W/newer"
    origin_pointer "$O" "$OLD" --signed-at 2026-07-20
    cp -a "$FOLDER" "$W/older"
    expect 0 ringmgr import "$W/newer" --ring pilot
    shows pilot "$NEW"
    expect 0 ringmgr --json import "$W/older" --ring pilot
    json '.rings[0] | .build == $old and .result == "new" and (.published | not)'
    shows pilot "$NEW"
    [ -e "$(object "$UP/$OLD/s640.cab")" ]
}

@test "two folders with equal times and names are not taken for each other" {
    cp -a "$FOLDER" "$W/newer"
    origin_pointer "$O" "$OLD" --signed-at 2026-08-15T15:37Z
    cp -a "$FOLDER" "$W/older"
    touch -r "$W/newer/Office/Data/v64.cab" "$W/older/Office/Data/v64.cab"
    expect 0 ringmgr --json import "$W/older" --ring pilot
    json '.rings[0].build == $old'
    expect 0 ringmgr --json import "$W/newer" --ring pilot
    json '.rings[0].build == $new'
    shows pilot "$NEW"
}

@test "a ring with another source is not imported into, nor a folder without a ring" {
    expect 2 ringmgr import "$FOLDER" --ring production
    complains
    says "production takes from the ring pilot"
    expect 2 ringmgr import "$FOLDER"
    complains
    expect 2 ringmgr import "$FOLDER" --ring nowhere
    complains
    says "pilot, production"
    expect 2 ringmgr import "$W/nothing-here" --ring pilot
    complains
    says nothing-here
    nothing_kept
}
