# shellcheck disable=SC2034,SC2154 # tests use what is set here; bats sets what is used
# The package, and a Debian that was installed a minute ago to put it on: debootstrap's smallest, from the mirror of this
# machine's apt, whose first process becomes systemd. It has namespaces of its own but for the network: the test origin is
# at a loopback address. What is slow to make is kept in $PACKAGE, in the build folder.
#
#   package_make          $PACKAGE/one: a release build with ringmgr_*.deb
#   package_before        $BEFORE: a package whose program has the schema of the state before this one
#   machine_make          unpacked at $M; `inside` already works
#   machine_boot          with systemd from now on; machine_end ends it, and all that runs there. With MACHINE_NET=--net
#                         its network is its own, and `connect` is called to put something in
#   inside COMMAND…       there, as root; person NAME COMMAND…: there, as that account

source "${BASH_SOURCE[0]%/*}/../helper.bash"
PACKAGE=$RINGMGR_TOP/build/package

# ---- packages ----

# release_build SOURCE BUILD TARGET…: as the preset says.
release_build() {
    cmake -S "$1" -B "$2" --preset release >"$2.log" 2>&1 &&
        nice cmake --build "$2" --target "${@:3}" >>"$2.log" 2>&1 || { tail -n 30 "$2.log" && return 1; }
}

# package_of BUILD: the package's file.
package_of() {
    rm -f "$1"/*.deb
    (cd "$1" && cpack) >"$1.log" 2>&1 || { cat "$1.log" && return 1; }
    echo "$1"/ringmgr_*.deb
}

# What lies in $PACKAGE is one file's until its tests have ended: another waits.
package_make() {
    mkdir -p "$PACKAGE"
    exec {PACKAGE_LOCK}>"$PACKAGE/lock" && flock "$PACKAGE_LOCK"
    rm -rf "$PACKAGE/one"
    release_build "$RINGMGR_TOP" "$PACKAGE/one" ringmgr
    DEB=$(package_of "$PACKAGE/one")
    VERSION=$(dpkg-deb -f "$DEB" Version)
    export DEB VERSION
}

# How many migrations a schema.c knows.
schema_of() {
    sed -n '/^static const char \*const migration/,/^};/p' | grep -c '^    {'
}

# The commit of the main line before the newest schema came.
commit_before() {
    local commit newest since=
    newest=$(schema_of <"$RINGMGR_TOP/ringmgr/state/schema.c")
    for commit in $(git -C "$RINGMGR_TOP" rev-list --first-parent HEAD -- ringmgr/state/schema.c); do
        [ "$(git -C "$RINGMGR_TOP" show "$commit:ringmgr/state/schema.c" | schema_of)" = "$newest" ] || break
        since=$commit
    done
    git -C "$RINGMGR_TOP" rev-parse --verify --quiet "${since:-HEAD}^1"
}

# The program is that commit's; units, scripts and documents are today's, for it had no package.
package_before() {
    local commit from
    commit=$(commit_before) || missing "the history of this repository"
    from=$PACKAGE/$commit
    export BEFORE=$PACKAGE/before/ringmgr_before.deb
    if [ ! -e "$from/build/ringmgr" ]; then
        rm -rf "$from" && mkdir -p "$from/source"
        git -C "$RINGMGR_TOP" archive "$commit" | tar -x -C "$from/source"
        release_build "$from/source" "$from/build" ringmgr
    fi
    rm -rf "$PACKAGE/before" && mkdir "$PACKAGE/before"
    dpkg-deb -R "$DEB" "$PACKAGE/before/tree"
    install -s "$from/build/ringmgr" "$PACKAGE/before/tree/usr/bin/ringmgr"
    sed -i "s/^Version: .*/Version: $VERSION~before/" "$PACKAGE/before/tree/DEBIAN/control"
    (cd "$PACKAGE/before/tree" && find usr -type f -exec md5sum {} + >DEBIAN/md5sums)
    dpkg-deb --root-owner-group -b "$PACKAGE/before/tree" "$BEFORE" >/dev/null
}

# ---- the machine ----

mirror() {
    apt-get indextargets --format '$(CODENAME) $(SITE)' 'Created-By: Packages' | awk -v name="$1" '$1 == name { print $2; exit }'
}

# The base system as an archive, a week old at most: a mirror forgets what it has replaced.
machine_base() {
    local name root=$PACKAGE/base
    name=$(. /etc/os-release && echo "$VERSION_CODENAME")
    [ -z "$(find "$PACKAGE/base.tar" -mtime -7 2>/dev/null)" ] || return 0
    [ -n "$(mirror "$name")" ] || apt-get -q update >/dev/null
    rm -rf "$root"
    debootstrap --variant=minbase "$name" "$root" "$(mirror "$name")" >"$PACKAGE/debootstrap.log" 2>&1 ||
        { tail -n 20 "$PACKAGE/debootstrap.log" && return 1; }
    tar -C "$root" -cf "$PACKAGE/base.tar.new" . && rm -rf "$root" && mv "$PACKAGE/base.tar.new" "$PACKAGE/base.tar"
}

machine_make() {
    machine_base
    mkdir -p "$PACKAGE/archives/partial"
    export M=$BATS_FILE_TMPDIR/machine
    mkdir "$M" && tar -C "$M" -xf "$PACKAGE/base.tar"
    cp --remove-destination /etc/resolv.conf "$M/etc/resolv.conf"
    apt-config dump Acquire::http Acquire::https >"$M/etc/apt/apt.conf.d/90mirror"
    ln -s /dev/null "$M/etc/systemd/system/getty.target"
    machine_start sleep sleep infinity
}

# machine_start NAME COMMAND…: the machine's first process, until it has that name. It cannot change the kernel, nor see
# this machine's files and devices, and everything there ends with it.
machine_start() {
    export GROUP=ringmgr-package-$BATS_ROOT_PID
    unshare --mount --pid --uts --ipc ${MACHINE_NET:-} --fork --kill-child bash -c '
        M=$1 archives=$2 group=$3
        mount --make-rprivate / && mount --bind "$M" "$M"
        mount -t proc proc "$M/proc" && mount --bind "$M/proc/sys" "$M/proc/sys" && mount -o remount,ro,bind "$M/proc/sys"
        mount -t sysfs -o ro sysfs "$M/sys"
        mount --bind "$archives" "$M/var/cache/apt/archives"
        mount -t tmpfs -o mode=755 tmpfs "$M/dev"
        for node in null zero full random urandom tty; do
            : >"$M/dev/$node" && mount --bind "/dev/$node" "$M/dev/$node"
        done
        mkdir "$M/dev/pts" "$M/dev/shm" "$M/dev/mqueue" && ln -s pts/ptmx "$M/dev/ptmx"
        mount -t devpts -o newinstance,ptmxmode=666 devpts "$M/dev/pts" && mount -t tmpfs -o mode=1777 tmpfs "$M/dev/shm"
        mount -t cgroup2 cgroup2 "$M/sys/fs/cgroup"
        mkdir -p "$M/sys/fs/cgroup/$group" && echo 0 >"$M/sys/fs/cgroup/$group/cgroup.procs"
        exec unshare --cgroup bash -c "
            cd \"\$1\" && umount sys/fs/cgroup && mount -t cgroup2 cgroup2 sys/fs/cgroup
            pivot_root . mnt && umount -l /mnt && exec setpriv --bounding-set=-sys_module,-sys_rawio,-sys_time,-sys_boot \"\${@:2}\"
        " first "$M" "${@:4}"
    ' machine "$M" "$PACKAGE/archives" "$GROUP" "${@:2}" </dev/null >"$BATS_FILE_TMPDIR/console" 2>&1 3>&- &
    disown
    echo $! >"$BATS_FILE_TMPDIR/machine.pid"
    wait_until first_is "$1" || { cat "$BATS_FILE_TMPDIR/console" && return 1; }
}

first() {
    pgrep -P "$(cat "$BATS_FILE_TMPDIR/machine.pid")"
}

first_is() {
    [ "$(cat "/proc/$(first)/comm")" = "$1" ]
}

machine_boot() {
    machine_end
    machine_start systemd env -i container=test /lib/systemd/systemd --system
    [ -z "${MACHINE_NET:-}" ] || connect
    wait_until is_booted || wait_until is_booted || wait_until is_booted ||
        { cat "$BATS_FILE_TMPDIR/console" && return 1; }
}

is_booted() {
    inside systemctl --quiet is-active multi-user.target 2>/dev/null || { sleep 0.2 && return 1; }
}

machine_end() {
    [ -s "$BATS_FILE_TMPDIR/machine.pid" ] || return 0
    kill -KILL "$(cat "$BATS_FILE_TMPDIR/machine.pid")"
    rm "$BATS_FILE_TMPDIR/machine.pid"
    wait_until group_removed
}

# The control groups that systemd made, which outlive it.
group_removed() {
    mkdir -p "$BATS_FILE_TMPDIR/cgroup"
    unshare --mount bash -c '
        mount -t cgroup2 cgroup2 "$1" && cd "$1" || exit
        [ ! -d "$2" ] || find "$2" -depth -type d -exec rmdir {} + 2>/dev/null' group "$BATS_FILE_TMPDIR/cgroup" "$GROUP"
}

inside() {
    nsenter --target "$(first)" --mount --pid --cgroup --uts --ipc --net -- \
        env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive "$@"
}

person() {
    inside setpriv --reuid="$1" --regid="$1" --init-groups "${@:2}"
}

# ---- what world.bash does in its world, done there ----

ringmgr() {
    inside ringmgr "$@"
}

# Every file of shares and store, with inode, size, owner, mode and times.
shares() {
    (cd "$M/srv" && find . -printf '%P %i %s %u %m %T@ %C@\n' | sort)
}
