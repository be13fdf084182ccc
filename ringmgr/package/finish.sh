#!/bin/sh
# finish.sh PACKAGE: packs it once more, without what cpack takes from the machine: folders have the mode that the umask
# left, and count for Installed-Size as much as the file system takes for them. SOURCE_DATE_EPOCH is set.
set -eu
umask 022
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
dpkg-deb -R "$1" "$work/tree"
find "$work/tree" -type d -exec chmod 755 {} +
# Debian's way: a kilobyte for each entry, more for larger files.
kb=$(cd "$work/tree" && find usr -printf '%y %s\n' | awk '{ kb += $1 == "f" ? int(($2 + 1023) / 1024) : 1 } END { print kb }')
sed -i "s/^Installed-Size: .*/Installed-Size: $kb/" "$work/tree/DEBIAN/control"
dpkg-deb --root-owner-group -Zxz -b "$work/tree" "$work/package" >/dev/null
cat "$work/package" >"$1"
