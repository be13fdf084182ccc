#!/usr/bin/env bats
# shellcheck disable=SC2154 # world.bash sets what is used here
# The pull side in an attacker's hands: the server that shows headquarters' shares, and even the key that signs them.

load attacks
load following

setup() {
    world_make
    headquarters
    follower tokyo
    expect 0 on tokyo --quiet sync
    find "$W/tokyo/share" -printf '%P %i %s %u %m %T@ %C@\n' | sort >"$W/before"
    advance 3600
    front_copy
    cp "$SHOWN/ring.manifest" "$W/manifest.good"
}

teardown() {
    headquarters_end
    world_end
}

# still_tokyo: nothing that the site shows has changed, and its store holds nothing that headquarters' does not.
still_tokyo() {
    find "$W/tokyo/share" -printf '%P %i %s %u %m %T@ %C@\n' | sort | diff "$W/before" - &&
        [ -z "$(comm -13 <(ls "$W"/store/objects/*/ | sort) <(ls "$W"/tokyo/store/objects/*/ | sort) | grep -v '/objects/')" ]
}

# tokyo_refuses WHAT STATUS WORD…
tokyo_refuses() {
    begin "$1"
    expect "$2" on tokyo --quiet sync
    says "${@:3}"
    [ "$(wc -l <<<"$stderr")" = 1 ]
    still_tokyo
    withstood
    cp "$W/manifest.good" "$SHOWN/ring.manifest"
}

# signed WHAT FILTER WORD…: headquarters' own key has signed this.
signed() {
    sampled 9 || return 0
    resign ".sequence += 1 | $2"
    tokyo_refuses "$1" 4 "${@:3}"
}

@test "a manifest that headquarters' own key has signed, and that means harm" {
    local evil='.files += [{"bytes": 1, "path": $p, "sha256": ("0" * 64)}] | .files |= sort_by(.path)' path
    for path in ../../../../etc/passwd /etc/passwd "$NEW/../../x" "$NEW/a/b" "$NEW/.." "$NEW/.hidden" "$OLD/s640.cab" v64.cab ring.manifest \
        "$NEW/a\\\\b" "$NEW/a\\nb" "$NEW/$(printf %0300d 0)" "" "$NEW/"; do
        signed "path $path" "${evil//\$p/\"$path\"}" "a file that is not of the build"
    done
    signed "a path with NUL" "${evil//\$p/\"$NEW/a\\u0000b\"}" "u0000 is not allowed"
    signed "a file twice" '.files += [.files[0]] | .files |= sort_by(.path)' "not in their order"
    signed "no file" '.files = []' "0 files"
    signed "too many files" '.files = [range(5000) | {bytes: 1, path: ("'"$NEW"'/f" + tostring), sha256: ("0" * 64)}] | .files |= sort_by(.path)' "5000 files"
    signed "a negative size" '.files[0].bytes = -1' "impossible size"
    signed "a size of 4 GiB and more" '.files[0].bytes = 5000000000' "impossible size"
    signed "a fraction" '.files[0].bytes = 1.5' "impossible size"
    signed "a build that is a path" '.build = "../x"' '"build" is no build'
    signed "an unknown channel" '.channel = "../x"' "no channel"
    signed "another channel" '.channel = "Current"' "of the channel Current"
    signed "a ring that is a path" '.ring = "../x"' '"ring" is no ring'
    signed "another ring" '.ring = "production"' "of the ring production"
    signed "a number below 1" '.sequence = 0' "number above 0"
    signed "a number that no integer holds" '.sequence = 1e30' "number above 0"
    signed "an end before the beginning" '.expires = .issued' "expires before"
    signed "a pointer that is not the descriptor" '.architectures.x64 = ("0" * 64)' "is not the descriptor"
    signed "no architecture" '.architectures = {}' "no architecture"
    signed "of the future" '.issued = "2036-01-01T00:00:00Z" | .expires = "2037-01-01T00:00:00Z"' "still to come"
    signed "a newer schema" '.schema = 2' "schema"
    signed "a key more" '.more = 1' "not canonical"
    signed "one file's content" '(.files[] | select(.path | endswith("s640.cab")) | .sha256) = ("f" * 64)' "s640.cab"
    resign '.sequence += 2' # the number of the one before counts: the key had signed it
    expect 0 on tokyo --quiet sync
    cmp "$W/tokyo/share/Office/Data/v64.cab" "$UP/v64_$NEW.cab"
}

@test "a server that shows what headquarters has not signed" {
    local at size
    size=$(stat -c %s "$W/manifest.good")
    for at in 0 18 19 30 36 60 120 $((size / 2)) $((size - 1)); do
        sampled 4 || continue
        byte "$SHOWN/ring.manifest" "$at"
        tokyo_refuses "byte $at" 4 ring.manifest
    done
    printf x >>"$SHOWN/ring.manifest"
    tokyo_refuses "a byte behind it" 4 ring.manifest
    : >"$SHOWN/ring.manifest"
    tokyo_refuses "nothing" 4 ring.manifest
    cp "$W/tokyo/share/Office/Data/ring.manifest" "$W/older"
    openssl pkey -in "$W/hq.key" -pubout -outform DER | tail -c 32 | xxd -p -c 64 >"$W/key"
    { head -n 1 "$W/manifest.good" && tail -n +2 "$W/older"; } >"$SHOWN/ring.manifest"
    tokyo_refuses "one's signature over another's text" 4 "is not of these bytes"
    echo "path=*ring.manifest kind=status status=302 to=file://$W/manifest.good" >"$FRONT/faults"
    tokyo_refuses "a redirect to a file" 5 "not the origin's host"
    echo "path=*ring.manifest kind=status status=302 to=http://localhost:1/x" >"$FRONT/faults"
    tokyo_refuses "a redirect to another host" 5 "not the origin's host"
    echo "path=*ring.manifest kind=length value=3000000" >"$FRONT/faults"
    tokyo_refuses "a manifest of 3 MB" 5 ring.manifest
    : >"$FRONT/faults"
    begin "a link in the site's own share"
    mkdir "$W/outside" && echo secret >"$W/outside/manifest"
    mv "$W/tokyo/share/Office/Data/ring.manifest" "$W/own" && ln -s "$W/outside/manifest" "$W/tokyo/share/Office/Data/ring.manifest"
    expect 0 on tokyo --quiet sync
    [ "$(cat "$W/outside/manifest")" = secret ]
    holds tokyo "$NEW"
    withstood
    begin "an older one, after the site has lost its state"
    find "$W/tokyo/state" -mindepth 1 -delete
    as games expect 0 on tokyo rebuild
    as games expect 0 on tokyo unhold all --reason "looked at"
    cp "$W/older" "$SHOWN/ring.manifest"
    expect 4 on tokyo --quiet sync
    says "an old one is offered again"
    cmp "$W/tokyo/share/Office/Data/v64.cab" "$UP/v64_$NEW.cab" && withstood
}
