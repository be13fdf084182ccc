#!/usr/bin/env bats
# shellcheck disable=SC2154 # world.bash sets what is used here
# The machine in an attacker's hands, as far as it can be: links that were planted, what a process inherits from who starts it,
# and whoever says that he is somebody else.

load attacks

@test "links in store, quarantine, state and beside the head file: nothing goes through them" {
    local name object
    object=$(object "$UP/$OLD/s640.cab")
    plant "a link for an object" file "$object" ringmgr verify --repair
    plant "a hard link for an object" hard "$object" ringmgr verify --repair
    for name in store/objects store/incoming; do
        mv "$W/$name" "$W/away"
        plant "a link for $name" folder "$W/$name" ringmgr --quiet sync
        [ "$status" != 0 ]
        rm -rf "${W:?}/$name"
        mv "$W/away" "$W/$name"
    done
    name=$(find "$W/store/objects" -mindepth 1 -maxdepth 1 -type d | head -n 1)
    mv "$name" "$W/away"
    plant "a link for a folder of objects" folder "$name" ringmgr verify
    [ "$status" = 1 ]
    says "symbolic links"
    mv "$W/away" "$name"
    # where the parts of what is fetched lie
    for name in s640.cab stream.x64.x-none.dat v64_$NEW.cab; do
        ln -s "$W/outside/secret" "$W/store/incoming/$ORIGIN_CHANNEL-$NEW-$name.part"
    done
    plant "links in quarantine" file "$W/store/incoming/$ORIGIN_CHANNEL-$NEW-i640.cab.part" ringmgr --quiet sync
    find "$W/store/incoming" -type l -delete
    for name in lock/upstream lock/ring-pilot lock/store lock; do
        sampled 4 || continue
        mv "$W/state/lock" "$W/away" && cp -a "$W/away" "$W/state/lock"
        plant "a link in the state, $name" "$([ $name = lock ] && echo folder || echo file)" "$W/state/$name" ringmgr --quiet --wait 0s sync
        rm -rf "$W/state/lock" && mv "$W/away" "$W/state/lock"
    done
    mends
}

@test "any umask, any closed stream" {
    local mask stream
    modes() { find "$W/share" "$W/store" "$W/state" "$W/log" -printf '%P %m %y\n' | grep -v incoming/ | sed 's/[0-9a-f]\{64\}/object/' | sort -u; }
    find "$W/share/pilot" "$W/store" "$W/state" "$W/log" -mindepth 1 -delete
    expect 0 ringmgr --quiet sync
    modes >"$W/modes"
    for mask in 077 000 777; do
        sampled 3 || continue
        begin "umask $mask"
        find "$W/share/pilot" "$W/store" "$W/state" "$W/log" -mindepth 1 -delete
        (umask $mask && "$RINGMGR_BIN" -c "$W/ringmgr.conf" --quiet sync >/dev/null)
        modes | diff "$W/modes" -
        withstood
    done
    for stream in '0<&- 1>&- 2>&-' '0<&-' '1>&-' '2>&-' '0<&- 1>&-' '1>&- 2>&-'; do
        sampled 3 || continue
        begin "closed: $stream"
        find "$W/share/pilot" "$W/store" "$W/state" "$W/log" -mindepth 1 -delete
        status=0
        eval "strace -f -qq -o '$W/trace' -e trace=openat,openat2 '$RINGMGR_BIN' -c '$W/ringmgr.conf' -v sync $stream" \
            </dev/null >"$W/out" 2>"$W/err" || status=$?
        case $stream in *1*) [ $status = 1 ] ;; *) [ $status = 0 ] ;; esac
        shows pilot "$NEW"
        run ! grep -rlE '^(ringmgr|pilot): ' "$W/store" "$W/share" "$W/state" "$W/log"
        # nothing but /dev/null was opened as 0, 1 or 2
        run ! grep -E '"[^"]*ringmgr.conf.* = [012]$' "$W/trace"
        withstood
    done
    outlook
}

# forges WHAT STATUS COMMAND…: no decision is taken, and nobody else's name stands anywhere.
forges() {
    begin "$1"
    heed "${@:3}"
    [ "$status" = "$2" ] || { printf '%s: ended with %s\n%s\n' "$1" "$status" "$stderr" && return 1; }
    [ "$(ringmgr --json history | jq '[.entries[] | select(.action == "approve")] | length')" = 0 ] && withstood
}

# self ACCOUNT COMMAND…: as that account, nothing of root's left.
self() {
    setpriv --reuid "$1" --regid "$1" --clear-groups "${@:2}"
}

@test "nobody decides in the name of somebody else" {
    local copy=$BATS_RUN_TMPDIR/copy games mode owner
    games=$(id -u games)
    expect 0 ringmgr --quiet sync
    chmod -R o+rX "$W/ringmgr.conf" && chmod 755 "$W"
    set -- "$RINGMGR_BIN" -c "$W/ringmgr.conf" approve production "$NEW" --reason forged
    forges "SUDO_UID by hand" 2 self proxy env SUDO_UID="$games" SUDO_USER=games "$@"
    forges "SUDO_UID by hand, as the service" 3 self backup env SUDO_UID="$games" "$@"
    forges "sudo -u of the service's user" 3 self backup env SUDO_UID="$games" SUDO_USER=games USER=backup LOGNAME=backup "$@"
    forges "root" 3 "$@"
    for mode in 0 -1 4294967295 4294967296 "$games " " $games" "+$games" "${games}x" games "" 99999999999999999999; do
        sampled 4 || continue
        forges "SUDO_UID=$mode" "$([ "$mode" = 0 ] && echo 3 || echo 1)" env SUDO_UID="$mode" "$@"
    done
    for mode in "--actor games" "--identity games" "--user games" "--inherit peer=0" "--inherit config=0,peer=0" "--inherit web=0"; do
        # shellcheck disable=SC2086 # two words
        forges "argument $mode" 2 as proxy "$@" $mode <"$W/ringmgr.conf"
    done
    forges "name as reason" 3 as proxy "$RINGMGR_BIN" -c "$W/ringmgr.conf" approve production "$NEW" --reason $'x", "actor":"games'
    if self proxy unshare -r true 2>/dev/null; then
        forges "root of a user namespace" 2 self proxy unshare -r env SUDO_UID="$games" "$@"
        forges "a user namespace in which one is games" 2 self proxy unshare --map-user="$games" "$@"
    fi
    for owner in root backup games; do
        install -o $owner -g backup -m 755 "$RINGMGR_BIN" "$copy"
        for mode in 4755 6755 2755; do
            sampled 3 || continue
            chmod $mode "$copy"
            forges "a copy of mode $mode of $owner's" 2 self proxy env SUDO_UID="$games" "$copy" "${@:2}"
            says "rights of another account"
        done
        rm -f "$copy"
    done
    outlook
}

