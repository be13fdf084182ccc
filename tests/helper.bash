# What every bats file may load: where the checkout and the program are, and how a test says that it cannot run.
#
#   load ../helper
#
# RINGMGR_TOP   the top of the checkout
# RINGMGR_BIN   the program, by default as the preset dev builds it
# RINGMGR_REAL  the folder of real files, by default ../shared/real beside the checkout; empty where there is none

RINGMGR_TOP=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
: "${RINGMGR_BIN:=$RINGMGR_TOP/build/dev/ringmgr}"
: "${RINGMGR_REAL:=$RINGMGR_TOP/../shared/real}"
[ -d "$RINGMGR_REAL" ] || RINGMGR_REAL=

# missing WHAT: ends the test where something that it needs is missing: skipped aloud, or failed with RINGMGR_STRICT.
missing() {
    if [ -n "${RINGMGR_STRICT:-}" ]; then
        echo "$1 is missing, and RINGMGR_STRICT forbids to skip"
        exit 1
    fi
    skip "$1 is missing"
}

# need PROGRAM…: the same for programs.
need() {
    local program
    for program in "$@"; do
        command -v "$program" >/dev/null || missing "$program"
    done
}

# figure SECTION WHAT VALUE: what a proof has shown, for PROOF.md (tests/proof.pl), which `run.sh --proof` writes. The
# value is what this run has counted.
figure() {
    [ -z "${RINGMGR_FIGURES:-}" ] ||
        printf '%s\t%s\t%s\n' "$@" >>"$RINGMGR_FIGURES"
}
