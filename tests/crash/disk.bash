# shellcheck shell=bash
# What the tests with real file systems of their own share: whether there can be any.

# need_mounts: root, a mount namespace of one's own, and in it tmpfs. Else the test cannot run.
need_mounts() {
    [ "$(id -u)" = 0 ] || missing "root"
    need unshare mount umount
    unshare -m --propagation private mount -t tmpfs none /mnt 2>/dev/null ||
        missing "the right to mount (CAP_SYS_ADMIN; a container needs --privileged)"
}

# need_loops: the same, and ext4 in a loop device.
need_loops() {
    need_mounts
    need mke2fs losetup sqlite3
    local image
    image=$(mktemp "${BATS_FILE_TMPDIR:-/tmp}/loop.XXXXXX")
    truncate -s 8M "$image"
    mke2fs -q -t ext4 -m 0 "$image"
    unshare -m --propagation private mount -o loop "$image" /mnt 2>/dev/null ||
        missing "loop devices and ext4 (modprobe loop; a container needs --privileged and /dev/loop*)"
    rm -f "$image"
}
