#!/usr/bin/env bats
# The Debian package: the same bytes from the same source, without a word from lintian; and its life on a Debian that was
# installed a minute ago, with systemd, from a version with an older state to this one, back, away and gone. The tests
# tell one story: each begins where the one before ended.

setup_file() {
    load world
    load package
    [ "$(id -u)" = 0 ] || missing "root"
    need git cmake ninja debootstrap lintian dpkg-shlibdeps
    world_file
    package_make
    package_before
    machine_make
    origin
}

setup() {
    load world
    load package
    forget_login
}

teardown_file() {
    load world
    load package
    machine_end
    [ ! -d "${O:-}" ] || origin_stop "$O"
}

# ---- the story's places ----

# The standard origin, where builds are as young as they need to be for support.
origin() {
    export O=$BATS_FILE_TMPDIR/origin ORIGIN_URL
    cp -a "$WORLD_ORIGIN" "$O"
    upstream "$OLD" 3
    export ORIGIN_PARENT=$$ # it serves all tests
    origin_serve_fault "$O" >/dev/null
}

# upstream BUILD DAYS: what Microsoft offers, since so many days.
upstream() {
    local signed
    signed=$(date -ud "$2 days ago" +%FT%TZ)
    origin_pointer "$O" "$1" --signed-at "$signed"
    origin_history "$O" --signed-at "$signed" <<<"$ORIGIN_CHANNEL $(date -ud "$2 days ago" +%y%m) $1 $signed latest"
}

# install_package FILE [OPTION…]: by apt, as a person would.
install_package() {
    cp "$1" "$M/var/tmp/"
    expect 0 inside apt-get -q -y --no-install-recommends "${@:2}" install "/var/tmp/${1##*/}"
}

configure() {
    cp "$O/ca/roots.pem" "$M/etc/ringmgr/roots.pem"
    cat >"$M/etc/ringmgr/ringmgr.conf" <<CONF
[ringmgr]
store = /srv/office/.store
state = /var/lib/ringmgr
user = ringmgr
history_head_file = /var/log/ringmgr/history.head

[origin]
url = $ORIGIN_URL
roots = /etc/ringmgr/roots.pem

[content]
architectures = x64
languages = en-us

[schedule]
sync = off

[ring pilot]
channel = $ORIGIN_CHANNEL
source = origin
first = yes
publish = auto
path = /srv/office/pilot
unc = \\\\files\\office-pilot

[ring production]
channel = $ORIGIN_CHANNEL
source = pilot
approvals = 1
approvers = user:anna, user:bert
four_eyes = yes
path = /srv/office/production
unc = \\\\files\\office
CONF
}

# kept: every file and folder that ringmgr has here or ever had.
kept() {
    (cd "$M" && find . \( -path ./proc -o -path ./sys -o -path './tmp/*' -o -path './var/tmp/*' -o -path './var/cache/*' -o -path './var/lib/dpkg/*' \) -prune \
        -o -path '*ringmgr*' -print -o -path './srv/*' -print | sort)
}

shows_both() {
    [ "$(live pilot) $(live production)" = "$1 $2" ] || { live pilot && live production && return 1; }
    cmp "$M/srv/office/production/Office/Data/v64.cab" "$O/www/pr/$ORIGIN_GUID/Office/Data/v64_$2.cab"
}

# hand_on BUILD: two people bring it to production.
hand_on() {
    expect 0 person anna ringmgr approve production "$1" --reason "pilot is happy"
    expect 0 person bert ringmgr promote production "$1"
}

# schema [FILE]: of the state, or of a backup.
schema() {
    sqlite3 -readonly -cmd '.timeout 20000' "${1:-$M/var/lib/ringmgr/ringmgr.db}" 'PRAGMA user_version'
}

# process: the service's first.
process() {
    inside systemctl show --property=MainPID --value ringmgr
}

active() {
    inside systemctl --quiet is-active "$1"
}

# ---- the package ----

@test "the same source makes the same bytes: elsewhere, under another umask, in another zone, without a compiler's cache" {
    local there=$BATS_TEST_TMPDIR/some/where/else other
    mkdir -p "$there"
    (cd "$RINGMGR_TOP" && git ls-files -z --cached --others --exclude-standard | tar --null -T - -c) | tar -x -C "$there"
    other=$(
        umask 077
        export TZ=Asia/Tokyo LC_ALL=C.UTF-8 CCACHE_DISABLE=1 HOME=/nonexistent
        SOURCE_DATE_EPOCH=$(git -C "$RINGMGR_TOP" log -1 --format=%ct)
        export SOURCE_DATE_EPOCH
        touch -d 2001-09-09 "$there/config/support.csv"
        release_build "$there" "$there/build" ringmgr && package_of "$there/build"
    )
    sha256sum "$DEB" "$other"
    cmp "$DEB" "$other"
}

@test "lintian has no error and no warning" {
    run lintian --allow-root --profile debian --fail-on error,warning "$DEB"
    echo "$output"
    [ "$status" = 0 ] && ! grep -q '^[EW]:' <<<"$output"
}

@test "it depends on its libraries and on what makes the account, and on nothing else" {
    run ! grep -oE '(^|, )lib[a-z0-9-]+($|,)' <<<"$(dpkg-deb -f "$DEB" Depends)" # each from a version on
    [ "$(dpkg-deb -f "$DEB" Depends | tr ',' '\n' | sed 's/ (.*//; s/^ *//; s/ |.*//' | sort | xargs)" = \
        "libarchive13 libc6 libcurl4 libinih1 libinotifytools0 libjansson4 libmicrohttpd12 libsqlite3-0 libssl3 libxml2 systemd" ]
}

# ---- installed ----

@test "installed by apt with what it depends on: account and folders, and nothing runs" {
    install_package "$BEFORE"
    expect 0 ringmgr --version
    expect 0 inside getent passwd ringmgr
    prints ":/var/lib/ringmgr:/usr/sbin/nologin"
    [ "$(inside stat -c '%a %U %G %n' /etc/ringmgr /etc/ringmgr/support.d /var/lib/ringmgr /var/log/ringmgr)" = \
        "755 root root /etc/ringmgr
755 root root /etc/ringmgr/support.d
750 ringmgr ringmgr /var/lib/ringmgr
750 ringmgr ringmgr /var/log/ringmgr" ]
    [ ! -e "$M/etc/ringmgr/ringmgr.conf" ]
    [ ! -e "$M/srv/office" ]
    [ "$(find "$M/etc/systemd/system" -name '*ringmgr*')" = "" ]
    expect 2 ringmgr check
    says /etc/ringmgr/ringmgr.conf
}

@test "systemd knows the units, and they are confined" {
    machine_boot
    local unit exposures=
    for unit in ringmgr ringmgr-sync ringmgr-sites; do
        expect 0 inside systemd-analyze verify --man=no "$unit.service"
        [ -z "$output$stderr" ] || { echo "$output$stderr" && return 1; }
        grep -q '^ExecStart=/usr/bin/ringmgr ' "$M/usr/lib/systemd/system/$unit.service"
        expect 0 inside systemd-analyze security --offline=yes --threshold=17 "/usr/lib/systemd/system/$unit.service"
        exposures="$exposures${exposures:+; }$(sed -n 's/.*Overall exposure level for [^:]*: \([0-9.]*\).*/\1/p' <<<"$output")"
    done
    figure "Static and dynamic" "systemd-analyze security (0 to 10, 10 is open): ringmgr; ringmgr-sync; ringmgr-sites" "$exposures"
    expect 0 inside systemd-analyze verify --man=no ringmgr-sync.timer ringmgr-sites.timer
}

@test "without a configuration the service does not start, and says so" {
    expect 0 inside systemctl start ringmgr
    run ! active ringmgr
    expect 3 inside systemctl status ringmgr
    prints "ConditionPathExists=/etc/ringmgr/ringmgr.conf"
}

@test "configured: a build goes to pilot, and by two people to production" {
    inside useradd anna && inside useradd bert
    inside install -d -o ringmgr -g ringmgr -m 0700 /var/backups/ringmgr
    inside install -m 644 /usr/share/doc/ringmgr/examples/rings.tmpfiles /etc/tmpfiles.d/rings.conf
    inside systemd-tmpfiles --create rings.conf
    configure
    expect 0 ringmgr check
    expect 0 inside systemctl enable --now ringmgr
    active ringmgr
    expect 0 inside systemctl reload ringmgr
    expect 0 ringmgr sync
    expect 3 person anna ringmgr promote production "$OLD"
    hand_on "$OLD"
    shows_both "$OLD" "$OLD"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "approve" or .action == "promote" and .ring == "production") | [.actor, .identity]]
        | map(.[0]) == ["anna", "bert"]'
}

# ---- upgraded ----

@test "upgraded while it runs: the service is the new one, the state is brought up to date, no share is touched" {
    local before=$BATS_TEST_TMPDIR/before was old
    old=$(schema)
    expect 0 ringmgr backup /var/backups/ringmgr/older
    shares >"$before"
    was=$(process)
    install_package "$DEB"
    active ringmgr
    [ "$(process)" != "$was" ]
    [ ! -e "/proc/$was/exe" ]
    [ "$(schema)" -gt "$old" ]
    shares | diff "$before" -
    shows_both "$OLD" "$OLD"
    expect 0 ringmgr history --verify
    expect 0 ringmgr verify
}

@test "the new program goes on: the next build reaches production" {
    upstream "$NEW" 1
    expect 0 ringmgr sync
    hand_on "$NEW"
    shows_both "$NEW" "$NEW"
}

@test "a backup of the older version is restored by the newer" {
    expect 0 ringmgr backup /var/backups/ringmgr/newer
    inside systemctl stop ringmgr
    expect 0 ringmgr restore /var/backups/ringmgr/older
    shows_both "$NEW" "$NEW"
    expect 0 ringmgr history --verify
    inside systemctl start ringmgr
    expect 0 person anna ringmgr unhold all --reason "looked at it"
    [ "$(schema)" = "$(schema "$M/var/backups/ringmgr/newer")" ]
}

@test "gone back: the older version refuses the newer state and its backup in a sentence, and changes nothing" {
    shares >"$BATS_TEST_TMPDIR/before"
    install_package "$BEFORE" --allow-downgrades
    heed ringmgr status
    [ "$status" != 0 ]
    says "has schema $(schema)" "a newer ringmgr has used it"
    heed ringmgr sync
    [ "$status" != 0 ]
    says "a newer ringmgr has used it"
    expect 2 ringmgr restore /var/backups/ringmgr/newer
    says "has schema" "restore it with the newer ringmgr that wrote it"
    expect 0 ringmgr restore /var/backups/ringmgr/older
    expect 0 ringmgr status
    shares | diff "$BATS_TEST_TMPDIR/before" -
}

@test "upgraded while nothing runs: the state is brought up to date all the same" {
    inside systemctl stop ringmgr
    install_package "$DEB"
    run ! active ringmgr
    expect 0 person anna true
    expect 0 ringmgr status
    [ "$(schema)" = "$(schema "$M/var/backups/ringmgr/newer")" ]
    inside systemctl start ringmgr
    expect 0 person anna ringmgr unhold all --reason "looked at it"
    shows_both "$NEW" "$NEW"
}

@test "the timer's unit does what the service does" {
    inside systemctl stop ringmgr
    expect 0 inside systemctl enable --now ringmgr-sync.timer
    expect 0 inside systemctl start ringmgr-sync.service
    expect 0 ringmgr --json status
    json '.rings[0].last_sync.result == "unchanged"'
    expect 0 inside systemctl disable --now ringmgr-sync.timer
    inside systemctl start ringmgr
}

# drop_in UNIT FOLDER: a drop-in by which the unit may write there.
drop_in() {
    mkdir -p "$M/etc/systemd/system/$1.d"
    printf '[Service]\nReadWritePaths=%s\n' "$2" >"$M/etc/systemd/system/$1.d/paths.conf"
    inside systemctl daemon-reload
}

@test "the sites' unit brings a site what the ring shows" {
    expect 0 inside apt-get -q -y --no-install-recommends install rsync dbus
    inside systemctl stop ringmgr
    inside install -d -o ringmgr -g ringmgr /srv/tokyo
    cp "$M/etc/ringmgr/ringmgr.conf" "$BATS_TEST_TMPDIR/"
    printf '%s\n' '[site tokyo]' 'rings = production' 'target = /srv/tokyo' 'required = no' >>"$M/etc/ringmgr/ringmgr.conf"
    drop_in ringmgr-sites.service /srv/tokyo
    expect 0 inside systemctl start ringmgr-sites.service
    cmp "$M/srv/tokyo/production/Office/Data/v64.cab" "$M/srv/office/production/Office/Data/v64.cab"
    diff -r "$M/srv/tokyo/production/Office/Data/$NEW" "$M/srv/office/production/Office/Data/$NEW"
    expect 0 ringmgr --json site status
    json '.sites[0].rings[0].state == "live"'
    cp "$BATS_TEST_TMPDIR/ringmgr.conf" "$M/etc/ringmgr/"
    rm -r "$M/srv/tokyo" "$M/etc/systemd/system/ringmgr-sites.service.d"
    inside systemctl daemon-reload
    inside systemctl start ringmgr
}

@test "where the paths differ check and a failing run name ReadWritePaths=, and with check's drop-in it works" {
    inside systemctl stop ringmgr
    inside install -d -o ringmgr -g ringmgr /data /data/.store /data/pilot /data/production /data/log
    inside install -d -o ringmgr -g ringmgr -m 750 /data/state
    cp "$M/etc/ringmgr/ringmgr.conf" "$BATS_TEST_TMPDIR/"
    sed -i 's|/srv/office|/data|; s|/var/lib/ringmgr|/data/state|; s|/var/log/ringmgr|/data/log|' "$M/etc/ringmgr/ringmgr.conf"
    inside systemctl start dbus.socket
    expect 2 ringmgr check
    prints "error: ringmgr.service may not write /data (store and shares" "[Service] and ReadWritePaths=/data into /etc/systemd/system/ringmgr.service.d/paths.conf"
    expect 1 inside systemctl start ringmgr-sync.service
    expect 0 inside journalctl -b -u ringmgr-sync
    prints "Read-only file system: does ReadWritePaths= of the systemd unit name this folder?"
    drop_in ringmgr.service /data
    expect 0 ringmgr check
    drop_in ringmgr-sync.service /data
    expect 0 inside systemctl start ringmgr-sync.service
    cmp "$M/data/pilot/Office/Data/v64.cab" "$O/www/pr/$ORIGIN_GUID/Office/Data/v64_$NEW.cab"
    cp "$BATS_TEST_TMPDIR/ringmgr.conf" "$M/etc/ringmgr/"
    rm -r "$M/data" "$M/etc/systemd/system/ringmgr-sync.service.d" "$M/etc/systemd/system/ringmgr.service.d"
    inside systemctl daemon-reload
    inside systemctl start ringmgr
}

# ---- removed and purged ----

# killed SCRIPT BEFORE COMMAND…: dpkg fails where the package's script gets SIGKILL before the first line that begins
# with BEFORE; the script is as it was then.
killed() {
    local script=$M/var/lib/dpkg/info/ringmgr.$1
    cp "$script" "$BATS_TEST_TMPDIR/script"
    sed -i "0,/^ *$2/s/^ *$2/kill -KILL \$\$; &/" "$script"
    run ! cmp -s "$script" "$BATS_TEST_TMPDIR/script"
    heed inside "${@:3}"
    [ "$status" != 0 ] && says "killed by signal (Killed)" || { echo "$output$stderr" && return 1; }
    [ ! -e "$script" ] || cp "$BATS_TEST_TMPDIR/script" "$script"
}

@test "a script of the package that is killed half-way is run again, to the same end" {
    local before was
    shares >"$BATS_TEST_TMPDIR/before"
    for before in systemd-sysusers 'enable_again$' '\[ -z "$2" ] || deb-systemd' '\[ -z "$2" ] || migrate'; do
        was=$(process)
        expect 0 inside dpkg --unpack "/var/tmp/${DEB##*/}"
        killed postinst "$before" dpkg --configure ringmgr
        expect 0 inside dpkg --configure -a
        [ "$(process)" != "$was" ]
        active ringmgr
        expect 0 ringmgr history --verify
    done
    killed prerm deb-systemd dpkg --remove ringmgr
    active ringmgr
    killed prerm 'fi' dpkg --remove ringmgr
    active ringmgr
    shares | diff "$BATS_TEST_TMPDIR/before" -
}

@test "removed: nothing runs, configuration, state and shares stay; installed again it goes on" {
    shares >"$BATS_TEST_TMPDIR/before"
    expect 0 inside apt-get -q -y remove ringmgr
    run ! active ringmgr
    [ ! -e "$M/usr/bin/ringmgr" ]
    [ -e "$M/etc/ringmgr/ringmgr.conf" ]
    [ -e "$M/var/lib/ringmgr/ringmgr.db" ]
    shares | diff "$BATS_TEST_TMPDIR/before" -
    install_package "$DEB"
    expect 0 inside systemctl is-enabled ringmgr
    expect 0 inside systemctl start ringmgr
    shows_both "$NEW" "$NEW"
}

@test "a full disk is an error of the package's script, and with room it is run again" {
    expect 0 inside unshare -m bash -c '
        mount -t tmpfs -o size=32m,mode=755 tmpfs /mnt && cp -a /etc/. /mnt/ && sed -i /^ringmgr:/d /mnt/{passwd,group,shadow,gshadow} &&
            mount --bind /mnt /etc || exit
        ! getent passwd ringmgr || exit
        dd if=/dev/zero of=/etc/fill bs=4k 2>/dev/null
        ! sh /var/lib/dpkg/info/ringmgr.postinst configure || exit
        rm /etc/fill
        sh /var/lib/dpkg/info/ringmgr.postinst configure && getent passwd ringmgr'
}

@test "purged: configuration and enablement go, and it says what stays: state, store, shares, logs, the account" {
    echo secret >"$M/etc/ringmgr/ops.url" # not the package's
    kept >"$BATS_TEST_TMPDIR/before"
    shares >"$BATS_TEST_TMPDIR/shares"
    inside dpkg --remove ringmgr
    killed postrm 'purge_configuration$' dpkg --purge ringmgr
    expect 0 inside apt-get -q -y purge ringmgr
    prints "purging /etc/ringmgr/ringmgr.conf" "are kept" "  /srv/office/.store" "  /srv/office/pilot" \
        "  /srv/office/production" "  /var/lib/ringmgr" "  /var/log/ringmgr" "  /etc/ringmgr"
    shares | diff "$BATS_TEST_TMPDIR/shares" -
    inside getent passwd ringmgr
    # what is gone is what dpkg brought, the configuration, what enabled it and what lives in /run
    run -1 diff "$BATS_TEST_TMPDIR/before" <(kept)
    [ "$(sed -n 's/^> //p' <<<"$output")" = "" ]
    sed -n 's/^< //p' <<<"$output" | grep -vE '^\./(usr|run|var/lib/systemd|etc/ringmgr|etc/systemd/system)/' && return 1
    [ "$(ls "$M/etc/ringmgr")" = ops.url ] && [ "$(find "$M/etc/systemd" -name '*ringmgr*')" = "" ]
}
