# shellcheck disable=SC2154 # what is used here is set by world.bash
# The independent judge, looking at shares all the time while something runs.
#
#   learn                 once, when all builds are there
#   judge RING OPTION…    now, of a share at rest; in silence if all is well
#   start_judging RING…   until stop_judging; what was wrong is in $W/verdicts, $W/rounds has a line a look
#   JUDGE_PASSES          what he passes over, as a regular expression
#   stop_judging TIMES    fails if anything was wrong, or if there were fewer looks

learn() {
    need osslsigncode cabextract
    sh "$RINGMGR_TOP/tests/judge/judge.sh" learn --origin "$O/www/pr" --roots "$O/ca/roots.pem" --out "$W/manifest"
}

judge() {
    local share
    share=$(data "$1")
    sh "$RINGMGR_TOP/tests/judge/judge.sh" check --manifest "$W/manifest" --share "${share%/Office/Data}" \
        --guid "$ORIGIN_GUID" --arch x64 --lang en-us --allow-empty "${@:2}" 2>&1
}

# What a look depends on: the pointer, and which builds stand.
standing() {
    stat -c %i "$(data "$1")/v64.cab" 2>/dev/null || true
    ls "$(data "$1")" 2>/dev/null || true # an empty ring has none
}

# look RING: a share that changes under the judge's eyes tells him nothing: find lists it before it is read. Then he looks
# again.
look() {
    local before verdict
    before=$(standing "$1")
    verdict=$(judge "$1" | grep -vE "^cannot be judged: find: ${JUDGE_PASSES:+|$JUDGE_PASSES}") || true
    [ "$before" = "$(standing "$1")" ] || return 0
    [ -z "$verdict" ] || printf '%s: %s\n' "$1" "$verdict" >>"$W/verdicts"
    echo "$1" >>"$W/rounds"
}

start_judging() {
    rm -f "$W/judged"
    : >"$W/verdicts"
    : >"$W/rounds"
    set +T
    while [ -d "$W" ] && [ ! -e "$W/judged" ]; do
        for ring in "$@"; do
            look "$ring"
        done
        sleep "${JUDGE_PAUSE:-0}"
    done 3>&- &
    JUDGE=$!
}

stop_judging() {
    touch "$W/judged"
    wait "$JUDGE"
    JUDGE=
    [ ! -s "$W/verdicts" ] || { cat "$W/verdicts" && return 1; }
    [ "$(wc -l <"$W/rounds")" -ge "$1" ]
}
