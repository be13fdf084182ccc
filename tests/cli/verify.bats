#!/usr/bin/env bats
# verify: what became of shares and store is found, and what can be put right is.

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
    world_end
}

# finds PATH PROBLEM: verify is 4 and names it, in words and in JSON.
finds() {
    expect 4 ringmgr verify
    prints "production: $1 $2"
    expect 4 ringmgr --json verify
    json ".bad | map(select(.ring == \"production\" and .path == \"$1\" and (.problem | contains(\"$2\")))) |
        length == 1 and (.[0].repaired | not)"
}

repaired() {
    expect 0 ringmgr --json verify --repair
    json '.bad | length > 0 and all(.repaired)'
    all_right
    expect 0 ringmgr --json history
    json '.entries[-1] | .action == "repair" and .actor == "ringmgr"'
}

all_right() {
    expect 0 ringmgr --json verify
    json '.bad == []'
    shows production "$NEW"
    shows pilot "$NEW"
    [ "$(find "$W/share" -type f ! -perm 0444)" = "" ]
    [ "$(stat -c %h "$DATA/v64.cab")" = 1 ]
}

@test "shares that are right: nothing is found, and nothing is changed" {
    still >"$W/before"
    expect 0 ringmgr --json verify
    json '.bad == [] and .checked_files == 22 and .checked_bytes > 900000'
    expect 0 ringmgr verify --quick
    expect 0 ringmgr verify --repair
    expect 0 ringmgr verify pilot
    still | diff "$W/before" -
}

@test "a byte flipped through a hard link is found in every share, and mended by sync and --repair" {
    byte "$DATA/$NEW/stream.x64.x-none.dat"
    finds "$NEW/stream.x64.x-none.dat" "has the wrong content"
    json '[.bad[].ring] == ["pilot", "production"]'
    expect 4 ringmgr verify --repair
    prints "the store has lost it: \`ringmgr sync pilot --build $NEW\`"
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "share-wrong") | .command] == ["ringmgr sync pilot --build " + $new, "ringmgr sync pilot --build " + $new]'
    json 'any(.attention[]; .text | endswith("fetch it again, then `ringmgr verify production --repair`"))'
    [ ! -e "$(object "$UP/$NEW/stream.x64.x-none.dat")" ]
    origin_log_clear
    expect 0 ringmgr sync
    [ "$(origin_requests "/$NEW/")" = 1 ]
    repaired
}

@test "a repair never puts damaged bytes in the place of others" {
    byte "$DATA/$NEW/i640.cab"
    rm "$(data pilot)/$NEW/i640.cab"
    expect 4 ringmgr verify --repair
    [ ! -e "$(data pilot)/$NEW/i640.cab" ]
    expect 0 ringmgr sync
    repaired
}

@test "a share's own copy with wrong bytes is replaced from the store" {
    cp "$UP/$OLD/s640.cab" "$W/other"
    chmod 0444 "$W/other"
    truncate -s "$(stat -c %s "$UP/$NEW/s640.cab")" "$W/other"
    mv "$W/other" "$DATA/$NEW/s640.cab"
    finds "$NEW/s640.cab" "has the wrong content"
    json '.bad | length == 1'
    repaired
    [ "$DATA/$NEW/s640.cab" -ef "$(object "$UP/$NEW/s640.cab")" ]
}

@test "a deleted file is found and put back" {
    rm "$DATA/$NEW/stream.x64.en-us.dat"
    finds "$NEW/stream.x64.en-us.dat" "is missing"
    expect 4 ringmgr verify --quick
    repaired
}

@test "a deleted folder is found and put back" {
    rm -r "$DATA/$NEW"
    expect 4 ringmgr --json verify
    json '.bad | length == 9'
    repaired
}

@test "a pointer that names another build is found and put right" {
    cp "$UP/v64_$OLD.cab" "$W/foreign"
    mv "$W/foreign" "$DATA/v64.cab"
    finds v64.cab "does not name the live build"
    repaired
}

@test "a pointer that another hand has changed stops sync and promote, and status says what to do" {
    cp "$UP/v64_$OLD.cab" "$DATA/v64.cab"
    cp "$DATA/v64.cab" "$W/foreign"
    expect 4 ringmgr sync
    says "names a build that ringmgr did not put there" "ringmgr verify production --repair"
    cmp "$DATA/v64.cab" "$W/foreign"
    expect 4 as news ringmgr promote production "$NEW"
    cmp "$DATA/v64.cab" "$W/foreign"
    expect 8 ringmgr --json status --check
    json '.attention | length == 1'
    json '.attention[0] | .code == "share-foreign" and .ring == "production" and .severity == "critical"'
    json '.attention[0].command == "ringmgr verify production --repair"'
    repaired
    expect 0 ringmgr sync
    expect 0 ringmgr status --check
}

@test "a deleted pointer is found and put right" {
    rm "$DATA/v64.cab"
    finds v64.cab "is missing"
    expect 4 ringmgr verify --quick
    repaired
}

@test "a pointer that is a hard link is found and made its own inode" {
    ln -f "$DATA/v64_$NEW.cab" "$DATA/v64.cab"
    finds v64.cab "is a link"
    repaired
}

@test "a pointer in the wrong mode is found and put right" {
    chmod 0600 "$DATA/v64.cab"
    finds v64.cab "has the wrong permissions"
    repaired
}

@test "a file in the wrong mode is found and put right" {
    cp -p "$DATA/$NEW/s640.cab" "$W/copy"
    mv "$W/copy" "$DATA/$NEW/s640.cab"
    chmod 0600 "$DATA/$NEW/s640.cab"
    finds "$NEW/s640.cab" "has the wrong permissions"
    repaired
}

@test "a wrong mode that all links share is put right" {
    chmod 0666 "$DATA/$NEW/s640.cab"
    finds "$NEW/s640.cab" "has the wrong permissions"
    repaired
}

@test "a link in the place of a file is found and replaced" {
    mv "$DATA/$NEW/s640.cab" "$W/elsewhere"
    ln -s "$W/elsewhere" "$DATA/$NEW/s640.cab"
    finds "$NEW/s640.cab" "is not a regular file"
    repaired
    [ ! -L "$DATA/$NEW/s640.cab" ]
}

@test "a link, or a file, in the place of a build's folder is found and replaced" {
    local what
    for what in "ln -s $W/elsewhere" touch; do
        mv "$DATA/$NEW" "$W/elsewhere"
        $what "$DATA/$NEW"
        finds "$NEW/s640.cab" "is not a regular file"
        repaired
        [ -d "$DATA/$NEW" ]
        [ ! -L "$DATA/$NEW" ]
        rm -r "$W/elsewhere"
    done
}

@test "foreign files are found, and put aside by --repair" {
    echo mine >"$DATA/$NEW/readme.txt"
    cp "$UP/v64_$OLD.cab" "$DATA/v64_$OLD.cab"
    install -d -o backup "$DATA/16.0.1.1"
    finds "$NEW/readme.txt" "does not belong there"
    finds 16.0.1.1 "does not belong there"
    finds "v64_$OLD.cab" "does not belong there"
    expect 0 ringmgr verify --repair
    [ "$(cat "$W"/store/quarantine/readme.txt.*)" = mine ]
    all_right
}

@test "a foreign folder that may not be moved is found, and left alone" {
    mkdir "$DATA/16.0.1.1"
    echo mine >"$DATA/16.0.1.1/x"
    finds 16.0.1.1 "does not belong there"
    expect 4 ringmgr verify --repair
    [ -e "$DATA/16.0.1.1/x" ]
    expect 0 ringmgr --json status
    json '.attention | any(.code == "foreign-stays" and (.command | startswith("mv -- ")))'
    rm "$DATA/16.0.1.1/x" # nothing is in it that could be lost
    expect 0 ringmgr verify --repair
    [ ! -e "$DATA/16.0.1.1" ]
    all_right
}

@test "only Office/Data is ringmgr's: what lies beside it is nobody's business" {
    echo mine >"$W/share/production/readme.txt"
    mkdir "$W/share/production/Office/tools"
    expect 0 ringmgr verify
}

@test "an object that is gone from the store is found, and fetched by sync" {
    rm "$(object "$UP/$NEW/i640.cab")"
    expect 4 ringmgr --json verify
    json '.bad | map(.path) | unique == ["\($new)/i640.cab"]'
    expect 0 ringmgr sync
    [ -e "$(object "$UP/$NEW/i640.cab")" ]
    all_right
}

@test "--quick reads no bytes, and finds what is not linked to the store" {
    expect 0 ringmgr --json verify --quick
    json '.checked_bytes == 0 and .checked_files == 22'
    byte "$DATA/$NEW/stream.x64.x-none.dat"
    expect 0 ringmgr verify --quick
    expect 4 ringmgr verify
}

@test "one ring can be verified alone" {
    rm "$DATA/$NEW/s640.cab"
    expect 0 ringmgr verify pilot
    expect 4 ringmgr verify production
    expect 4 ringmgr verify pilot production
    expect 2 ringmgr verify nowhere
    complains
}

@test "a repair is part of the history, which stays whole" {
    rm "$DATA/$NEW/s640.cab"
    expect 0 ringmgr verify --repair
    expect 0 ringmgr history --verify
    expect 0 ringmgr --json history --ring production
    json '.entries[-1] | .action == "repair" and (.reason | contains("s640.cab"))'
}

@test "objects that the store has lost come back from the shares, by links, and whatever else needs a sync" {
    local lost
    rm -r "$W/store/objects"
    expect 4 ringmgr --json verify --quick
    json '.bad | length > 8 and all(.problem | contains("missing"))'
    lost=$(data production)/$NEW/s640.cab
    byte "$lost"
    byte "$(data pilot)/v64_$NEW.cab"
    expect 4 ringmgr --json verify --repair
    json '.reclaimed == 8'
    json '[.bad[] | select(.repaired | not) | .problem] | length > 0 and all(contains("`ringmgr sync pilot --build \($new)`"))'
    [ "$(object "$UP/$NEW/stream.x64.x-none.dat")" -ef "$(data pilot)/$NEW/stream.x64.x-none.dat" ]
    expect 0 ringmgr --json history
    json '.entries | any(.action == "repair" and .reason == "8 objects that the store had lost taken back from shares")'
    expect 0 ringmgr sync pilot --build "$NEW"
    expect 0 ringmgr verify --repair
    shows pilot "$NEW"
    shows production "$NEW"
}
