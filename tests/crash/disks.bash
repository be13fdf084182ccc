# shellcheck disable=SC2154 # what is used here is set by world.bash
# Small disks for a world (world.bash), which can be full or go away. A bats file that uses them has `disks_end` in its
# teardown.
#
#   small_disk MIB [OPTION]      store and shares move to a file system of that size, at $W/disk; ext4 if DISKS=ext4
#   small_state MIB              the state moves to one
#   small_share RING MIB         the ring's share moves to one, where nothing can be linked to
#   fill DIR; free_up DIR        no byte is left on it; as before
#   fill_but DIR KIB             so much is left
#   fill_inodes DIR              no file can be made on it
#   pull; plug                   the disk of store and shares goes away, under whoever has it open; it comes back

MOUNTED=()

# A file system of this size with nothing in it.
disk() { # DIR MIB [OPTION]
    mkdir -p "$1"
    if [ "${DISKS:-tmpfs}" = ext4 ]; then
        truncate -s "$2M" "$1.image"
        mke2fs -q -t ext4 -b 4096 -m 0 -N "${3:-2048}" "$1.image"
        mount -o loop,noatime "$1.image" "$1"
    else
        mount -t tmpfs -o "size=$2m,nr_inodes=${3:-4096},mode=755" disk "$1"
    fi
    MOUNTED=("$1" "${MOUNTED[@]}")
}

# What the configuration says stands in it; what tests look at are links.
moved() { # FROM TO
    sed -i "s,= $1\(/\|\$\),= $2\1," "$W/ringmgr.conf"
}

small_disk() {
    disk "$W/disk" "$@"
    mv "$W/store" "$W/share" "$W/disk/"
    ln -s disk/store "$W/store"
    ln -s disk/share "$W/share"
    reconfigure
}

small_state() {
    disk "$W/small-state" "$1"
    cp -a "$W/state/." "$W/small-state/"
    mount --bind "$W/small-state" "$W/state"
    MOUNTED=("$W/state" "${MOUNTED[@]}")
    chown backup: "$W/state" && chmod 0750 "$W/state"
}

small_share() {
    disk "$W/share-$1" "$2"
    cp -a "$W/share/$1/." "$W/share-$1/"
    mount --bind "$W/share-$1" "$W/share/$1"
    MOUNTED=("$W/share/$1" "${MOUNTED[@]}")
    chown backup: "$W/share/$1"
}

# reconfigure: config, and the folders where they are now.
reconfigure() {
    config
    [ ! -L "$W/store" ] || { moved "$W/store" "$W/disk/store" && moved "$W/share" "$W/disk/share"; }
}

fill() {
    cat /dev/zero >"$1/filler" 2>/dev/null || true
    while head -c 1024 /dev/zero >>"$1/filler-2" 2>/dev/null; do :; done
}

fill_but() {
    head -c "${2}K" /dev/zero >"$1/spared"
    fill "$1"
    rm "$1/spared"
}

fill_inodes() {
    local number=0
    mkdir "$1/filler-files"
    while touch "$1/filler-files/$number" 2>/dev/null; do
        number=$((number + 1))
    done
}

free_up() {
    rm -rf "$1"/filler*
}

# The mount goes, and the empty folder that it was mounted on is what a path leads to.
pull() {
    mkdir -p "$W/aside"
    mount --bind "$W/disk" "$W/aside"
    MOUNTED=("$W/aside" "${MOUNTED[@]}")
    umount -l "$W/disk"
}

plug() {
    mount --bind "$W/aside" "$W/disk"
    MOUNTED=("$W/disk" "${MOUNTED[@]}")
}

disks_end() {
    local at
    for at in "${MOUNTED[@]}"; do
        umount -l "$at" 2>/dev/null || true
    done
    MOUNTED=()
}

# no_space COMMAND…: ends with 6 and one line of error, which says what has no room; it may have warned before.
no_space() {
    local error
    expect 6 "$@" || return
    error=$(grep -v '^ringmgr: warning: ' <<<"$stderr")
    [[ "$error" == "ringmgr: "*@(space|not fit)* && "$error" != *$'\n'* ]] || { echo "not one error: $stderr" && return 1; }
}

# sound: books and store know of nothing wrong, and nothing is left over.
sound() {
    expect 0 ringmgr verify && expect 0 ringmgr history --verify &&
        [ -z "$(find "$W/share/" "$W/store/incoming" -name '.ringmgr*' -o -name '*.part')" ]
}
