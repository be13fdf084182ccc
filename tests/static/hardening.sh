#!/bin/sh
# Whether a program has what a network-facing one should have: one line for each thing that it lacks, and then 1.
#
#   sh hardening.sh PROGRAM
#
# Position-independent, all relocations read-only before it begins (full RELRO), stack canaries, FORTIFY, no memory that is
# both writable and executable, no search path of its own for libraries, no relocation in its text.
set -u

[ -r "${1:-}" ] || { echo "usage: sh hardening.sh PROGRAM" >&2 && exit 2; }
header=$(readelf -hW "$1") && segments=$(readelf -lW "$1") && dynamic=$(readelf -dW "$1") &&
    symbols=$(readelf --dyn-syms -W "$1") || exit 2
lacks=0

lack() {
    echo "hardening: $1"
    lacks=1
}

# has TEXT PATTERN
has() {
    printf '%s\n' "$1" | grep -qE -e "$2"
}

has "$header" 'Type: +DYN .*Position-Independent Executable' || lack "not position-independent"
has "$segments" '^ +GNU_RELRO ' || lack "its relocations stay writable (no RELRO)"
has "$dynamic" '\(FLAGS\) .*BIND_NOW|\(FLAGS_1\) .*NOW' || lack "its relocations are made late (no BIND_NOW)"
has "$segments" '^ +GNU_STACK .* RW +0x' || lack "its stack can be executed"
has "$segments" '^ +LOAD .* RWE ' && lack "memory of it can be written and executed"
has "$symbols" ' __stack_chk_fail(@|$)' || lack "no stack canaries"
has "$symbols" ' __[a-z]+_chk(@|$)' || lack "no FORTIFY"
has "$dynamic" '\((RPATH|RUNPATH)\)' && lack "it looks for libraries in a path of its own"
has "$dynamic" '\(TEXTREL\)' && lack "its text is relocated"
exit $lacks
