#!/bin/sh
# Rule: ringmgr(1) and the program know the same commands, options, gates and exit statuses.
#
#   sh commands.sh BINARY MANPAGE
#
# The page heads each entry of its section COMMANDS with a command as `help` writes it, word for word. What the program
# takes beside its synopsis ([OPTION…]) stands in the section DOCUMENTS. An option that the page names (Fl) is one of the
# program's. Gates head the entries of the section GATES; two sentences say which force opens, and which bind a ring that
# goes back because headquarters did.
set -eu
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
"$1" help --json >"$work/help.json"
"$1" help exit --json >"$work/exit.json"
"$1" help gates --json >"$work/gates.json"
mandoc -Tascii -Owidth=1000 "$2" | sed 's/.\x08//g' >"$work/text"

ask() {
    jq -r "$2" "$work/$1.json" | sort -u
}

# section NAME: its lines.
section() {
    awk -v name="$1" '/^[A-Z]/ { inside = $0 == name; next } inside' "$work/text"
}

# differ WHAT PROGRAM PAGE: what stands in one of the two lists only.
differ() {
    comm -23 "$2" "$3" | sed "s/^/commands: only the program has $1: /"
    comm -13 "$2" "$3" | sed "s/^/commands: only the page has $1: /"
}

ask help '.commands[] | "\(.command) \(.synopsis)" | gsub("…"; "...") | sub(" +$"; "")' >"$work/commands"
section COMMANDS | sed -n 's/^     \([a-z]\)/\1/p' | sort -u >"$work/heads"

ask help '(.options, .commands[].options)[] | .option' >"$work/options"
grep -o 'Fl -[a-z][a-z-]*\|, -[a-z][a-z-]*' "$2" | sed 's/.* -//' | sort -u >"$work/named"

# What a synopsis does not say, and what it says and the command does not take.
# shellcheck disable=SC2016 # variables of jq
ask help '.commands[] | . as $c | [.synopsis | scan("--[a-z][a-z-]*")] as $said | .options[] | "--" + .option
    | select(. as $o | ($said | index($o) | not) and ($o != "--output" or ($c.synopsis | contains("-o ") | not)))
    | "\($c.command) \(.)"' >"$work/silent"
# shellcheck disable=SC2016
ask help '.commands[] | . as $c | [.options[] | "--" + .option] as $taken | .synopsis | scan("--[a-z][a-z-]*")
    | select(. as $o | $taken | index($o) | not) | "\($c.command) \(.)"' >"$work/untaken"
section DOCUMENTS | grep -o -e '--[a-z][a-z-]*' | sort -u >"$work/extra"

ask exit '.statuses[] | "\(.status) \(.text)"' >"$work/statuses"
section 'EXIT STATUS' | sed -n 's/^     \([0-9]\) */\1 /p' | sort -u >"$work/shown"

# listed BEFORE BEHIND: the words of "a, b and c" between these.
listed() {
    sed -n "s/.*$1 \([a-z, ]*\)$2.*/\1/p" "$work/text" | sed 's/ and /,/; s/ //g' | tr , '\n' | sort
}

ask gates '.gates[].gate' >"$work/gates"
ask gates '.gates[] | select(.force).gate' >"$work/forced"
ask gates '.gates[] | select(.binds | index("return")).gate' >"$work/binding"
section GATES | sed -n 's/^     \([a-z][a-z, ]*\)  .*/\1/p' | tr -s ', ' '\n' | sort -u >"$work/entries"
listed 'opens one of the gates' ' by force' >"$work/openable"
listed 'is bound by' '\.' >"$work/bound"

for list in commands heads options named statuses shown gates entries openable bound; do
    [ -s "$work/$list" ] || { echo "commands: no $list at all"; exit 1; }
done
{
    differ 'the command' "$work/commands" "$work/heads"
    differ 'the option' "$work/options" "$work/named"
    differ 'the exit status' "$work/statuses" "$work/shown"
    differ 'the gate' "$work/gates" "$work/entries"
    differ 'what force opens' "$work/forced" "$work/openable"
    differ 'what binds on the way back' "$work/binding" "$work/bound"
    sed 's/^/commands: the synopsis has what the command does not take: /' "$work/untaken"
    while read -r option; do
        grep -qxe "${option##* }" "$work/extra" || echo "commands: the page does not say what this does: $option"
    done <"$work/silent"
} >"$work/found"
cat "$work/found"
[ ! -s "$work/found" ]
