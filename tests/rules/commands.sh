#!/bin/sh
# Rule: the manual page and `--help` name the same commands.
#
#   sh commands.sh BINARY MANPAGE
#
# The page names a command in its section COMMANDS, by the first word of an entry (.TP and then .B or .BI or
# a \fB…\fR, or .It Cm); the program by the first word of a line of its help that is indented by two blanks, up to
# the exit statuses.
set -eu
from_help() {
    "$1" --help | awk '/^exit status/ { exit } /^  [a-z]/ { print $1 }'
}
from_page() {
    awk '
        /^\.S[Hh] / { inside = toupper($0) ~ /COMMANDS/; next }
        !inside { next }
        /^\.It (Cm|Ic|Sy) / { print $3; next }
        /^\.TP/ { entry = 1; next }
        entry { entry = 0; gsub(/\\f[A-Z]|\\-|"/, " "); sub(/^\.(B|BI|BR)  */, ""); print $1 }' "$1"
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
from_help "$1" | sort -u >"$work/help"
from_page "$2" | sort -u >"$work/page"
for side in help page; do
    [ -s "$work/$side" ] || { echo "commands: the $side names no command"; exit 1; }
done
diff -U 0 "$work/help" "$work/page" | sed -n 's/^-\([a-z]\)/commands: only --help names \1/p; s/^+\([a-z]\)/commands: only the page names \1/p' |
    tee "$work/found"
[ ! -s "$work/found" ]
