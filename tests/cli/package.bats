#!/usr/bin/env bats
# What the Debian package holds, made of the build that is tested. package.proof.bats judges a release's, and installs it.

setup_file() {
    load ../helper
    need cpack dpkg-deb
    local build=${RINGMGR_BIN%/*}
    [ -e "$build/CPackConfig.cmake" ] || missing "the build folder of $RINGMGR_BIN"
    export DEB=$BATS_FILE_TMPDIR/ringmgr.deb ROOT=$BATS_FILE_TMPDIR/root
    (
        cd "$BATS_FILE_TMPDIR" # what takes time is left out
        cpack --config "$build/CPackConfig.cmake" -B made -D CPACK_DEBIAN_PACKAGE_SHLIBDEPS=OFF -D CPACK_STRIP_FILES=OFF \
            -D CPACK_DEBIAN_COMPRESSION_TYPE=none >cpack.log 2>&1 && mv made/*.deb "$DEB"
    ) || { cat "$BATS_FILE_TMPDIR/cpack.log" && return 1; }
    dpkg-deb -R "$DEB" "$ROOT"
}

setup() {
    bats_require_minimum_version 1.5.0
    load ../helper
}

@test "every file has its place" {
    diff - <(cd "$ROOT" && find usr -type f ! -path '*/examples/*' | LC_ALL=C sort) <<FILES
usr/bin/ringmgr
usr/lib/systemd/system/ringmgr-sites.service
usr/lib/systemd/system/ringmgr-sites.timer
usr/lib/systemd/system/ringmgr-sync.service
usr/lib/systemd/system/ringmgr-sync.timer
usr/lib/systemd/system/ringmgr.service
usr/lib/sysusers.d/ringmgr.conf
usr/lib/tmpfiles.d/ringmgr.conf
usr/share/bash-completion/completions/ringmgr
usr/share/doc/ringmgr/README.md
usr/share/doc/ringmgr/changelog.gz
usr/share/doc/ringmgr/copyright
usr/share/man/man1/ringmgr.1.gz
usr/share/man/man5/ringmgr.conf.5.gz
usr/share/man/man7/ringmgr-formats.7.gz
usr/share/ringmgr/support.csv
usr/share/zsh/vendor-completions/_ringmgr
FILES
    [ "$(ls "$ROOT")" = $'DEBIAN\nusr' ] # no configuration, and nothing in /srv: those are the administrator's
}

@test "every example is installed: for use, or to be looked at" {
    local file
    for file in "$RINGMGR_TOP"/config/examples/*; do
        case $file in
        *.service | *.timer) [ -e "$ROOT/usr/lib/systemd/system/${file##*/}" ] ;;
        */ringmgr.sysusers) cmp "$file" "$ROOT/usr/lib/sysusers.d/ringmgr.conf" ;;
        */ringmgr.tmpfiles) cmp "$file" "$ROOT/usr/lib/tmpfiles.d/ringmgr.conf" ;;
        *) [ -e "$ROOT/usr/share/doc/ringmgr/examples/${file##*/}" ] ;;
        esac || { echo "$file" && return 1; }
    done
}

@test "all of it is root's, and only root may change it" {
    [ "$(dpkg-deb -c "$DEB" | grep -vE '^(d|-)rw[x-]r-[x-]r-[x-] root/root ')" = "" ]
    [ "$(dpkg-deb -c "$DEB" | awk '/^-rwx/ { print $NF }' | xargs)" = "./usr/bin/ringmgr ./usr/share/doc/ringmgr/examples/ringmgr-decide" ]
}

@test "what names the program names the one that is installed" {
    run -1 grep -rlI /usr/local "$ROOT/usr/lib" "$ROOT/usr/share/doc/ringmgr/examples/ringmgr-decide" "$ROOT/DEBIAN"
    [ "$(grep -rhoE '^Exec(Start|StopPost)=-?[^ ]+' "$ROOT/usr/lib/systemd" | sed 's/.*=-\{0,1\}//' | sort -u)" = /usr/bin/ringmgr ]
}

@test "one version: the program's, the package's, the changelog's" {
    local version
    version=$(dpkg-deb -f "$DEB" Version)
    [ "$("$RINGMGR_BIN" --version)" = "ringmgr $version" ]
    [ "$(gzip -dc "$ROOT/usr/share/doc/ringmgr/changelog.gz" | dpkg-parsechangelog -l- -S Version)" = "$version" ]
}

@test "installed below another prefix it has the same files, which name that one" {
    DESTDIR=$BATS_TEST_TMPDIR cmake --install "${RINGMGR_BIN%/*}" --prefix /opt/ringmgr >"$BATS_TEST_TMPDIR/log"
    diff <(cd "$ROOT/usr" && find . -type f | sort) <(cd "$BATS_TEST_TMPDIR/opt/ringmgr" && find . -type f | sort)
    grep -q '^ExecStart=/opt/ringmgr/bin/ringmgr serve' "$BATS_TEST_TMPDIR/opt/ringmgr/lib/systemd/system/ringmgr.service"
}
