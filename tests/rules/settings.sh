#!/bin/sh
# Rule: ringmgr.conf(5), the program and the commented example know the same sections and keys, and page and program the
# same defaults.
#
#   sh settings.sh BINARY MANPAGE EXAMPLE
#
# The page has a subsection "[ring NAME]" a section and heads each entry there with "key = FORM", behind it "(required)" or
# "(default: VALUE)" as the program has it. In the example a key may be commented out; what a ring only overrides
# ([content], [deploy]) need not stand there twice.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" help config --json >"$work/help.json"
jq -r '.sections[] | .section as $s | "[\($s)\(if .named then " NAME" else "" end)]", (.keys[] |
    "\($s) \(.key)\(if .required then " (required)" elif .default then " (default: \(.default))" else "" end)")' \
    "$work/help.json" | sort >"$work/program"

# "ring soak (default: 0 days)" of each "soak = DURATION (default: 0 days)" below "[ring NAME]".
mandoc -Tascii -Owidth=1000 "$2" | sed 's/.\x08//g' | awk '
    /^[^ ]/ { section = "" }
    /^   \[/ { sub(/^ */, ""); print; section = $0; gsub(/[][]| .*/, "", section) }
    section != "" && /^     [a-z][a-z_0-9, ]* = / {
        names = $0
        sub(/ = .*/, "", names)
        gsub(/,/, " ", names)
        rest = match($0, / \((required|default: .*)\)$/) ? substr($0, RSTART) : ""
        for (i = split(names, name, " "); i > 0; i--)
            print section " " name[i] rest
    }' | sort >"$work/page"

# Section and key alone.
sed -n 's/^\([a-z]* [a-z_0-9]*\).*/\1/p' "$work/program" | sort -u >"$work/keys"
awk '
    { sub(/^; /, "") }
    /^\[/ { section = $0; gsub(/[][]| .*/, "", section) }
    section != "people" && /^[a-z_0-9]+ =/ { print section " " $1 }' "$3" | sort -u >"$work/example"
grep -v '^ring ' "$work/keys" | sed -n 's/^\(content\|deploy\) /ring /p' | sort >"$work/overrides"

for list in program page example; do
    [ -s "$work/$list" ] || { echo "settings: the $list has no key"; exit 1; }
done
{
    comm -23 "$work/program" "$work/page" | sed 's/^/settings: only the program has: /'
    comm -13 "$work/program" "$work/page" | sed 's/^/settings: only the page has: /'
    comm -23 "$work/keys" "$work/example" | comm -23 - "$work/overrides" | sed 's/^/settings: the example lacks: /'
    comm -13 "$work/keys" "$work/example" | sed 's/^/settings: only the example has: /'
} >"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
