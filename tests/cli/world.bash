# shellcheck disable=SC2034,SC2154 # tests use what is set here; bats sets stderr
# A house with two rings, for tests of the real program against a signed origin. A bats file that uses it says
#
#   setup_file() { load world; world_file; }
#   setup() { load world; world_make; }
#   teardown() { world_end; }
#
# Each test then has a world of its own below $W:
#   $W/origin        its origin, served by the hostile server at $ORIGIN_URL (tests/cdn/origin.sh says more)
#   $W/ringmgr.conf  written by `config`; the variables there say what may differ
#   $W/store, $W/state, $W/share/pilot, $W/share/production, $W/log/head
# The service's user is Debian's account `backup`. games and news may approve, proxy may not; `as games …` is games
# behind sudo. What a command has said is in $output, $stderr and $status, as bats' run leaves them.

bats_require_minimum_version 1.5.0

source "${BASH_SOURCE[0]%/*}/../helper.bash"
: "${TESTCDN:=$RINGMGR_TOP/build/dev/tests/cdn/testcdn}"
source "$RINGMGR_TOP/tests/cdn/origin.sh"
export TESTCDN RINGMGR_BIN

OLD=$ORIGIN_OLD
NEW=$ORIGIN_NEW

# What a share of x64 and en-us holds of a build.
FILES="i640.cab i640.cab.cat i641033.cab s640.cab s641033.cab stream.x64.en-us.dat stream.x64.en-us.dat.cat
    stream.x64.x-none.dat stream.x64.x-none.dat.cat"

# ---- making ----

# A process that has a login uid is always its owner, whatever sudo says.
forget_login() {
    local none=4294967295
    [ "$(cat /proc/self/loginuid 2>/dev/null || echo $none)" = $none ] ||
        echo $none 2>/dev/null >/proc/self/loginuid || missing "a process without login uid"
}

# The standard origin. Its certificates take seconds, so it is kept beside the program that makes it.
world_file() {
    local account
    [ "$(id -u)" = 0 ] || missing "root"
    need jq curl setpriv unshare
    for account in backup games news proxy; do
        getent passwd $account >/dev/null || missing "the account $account"
    done
    export WORLD_ORIGIN=${TESTCDN%/*}/world-origin
    (
        flock 9
        [ "$WORLD_ORIGIN/made" -nt "$TESTCDN" ] && [ "$WORLD_ORIGIN/made" -nt "$RINGMGR_TOP/tests/cdn/origin.sh" ] && exit
        rm -rf "$WORLD_ORIGIN"
        origin_make "$WORLD_ORIGIN" && touch "$WORLD_ORIGIN/made"
    ) 9>"$WORLD_ORIGIN.lock"
}

world_make() {
    forget_login
    unset SUDO_UID RINGMGR_TEST_NOW
    ORIGIN_PARENT=$$
    W=$BATS_TEST_TMPDIR/w
    O=$W/origin
    UP=$O/www/pr/$ORIGIN_GUID/Office/Data
    HISTORY=$O/www/pr/wsus/releasehistory.cab
    chmod a+x "$BATS_RUN_TMPDIR"
    mkdir -p "$W" && cp -a "$WORLD_ORIGIN" "$O"
    cp "$O/ca/roots.pem" "$W/roots.pem"
    mkdir -p "$W/store" "$W/log" "$W/share/pilot" "$W/share/production"
    mkdir -m 0750 "$W/state"
    chown backup: "$W/store" "$W/state" "$W/log" "$W/share/pilot" "$W/share/production"
    origin_serve_fault "$O" >/dev/null
    config
}

world_end() {
    [ -z "${PID:-}" ] || end KILL
    [ -z "${O:-}" ] || origin_stop "$O"
}

# gone: no ringmgr of this world is left running.
gone() {
    ! pgrep -f -- "-c $W/ringmgr.conf" >/dev/null
}

# config: the configuration, from what is set of:
#   URL ROOTS PUBLISHER CHANNEL SOURCE   of origin and rings
#   RINGMGR ORIGIN CONTENT PILOT PRODUCTION MORE   further lines of these sections; MORE stands at the end
#   CONTROL   the service's socket; none else
#   SUPPORT   of [support], where a test is about it: else nothing ever leaves support, whatever the date
config() {
    grep -m1 '^channel,' "$RINGMGR_TOP/config/support.csv" >"$W/no-rules.csv"
    cat >"$W/ringmgr.conf" <<CONF
[ringmgr]
store = $W/store
state = $W/state
timezone = UTC
user = backup
history_head_file = $W/log/head
control = ${CONTROL:-}
${RINGMGR:-}

[origin]
url = ${URL:-$ORIGIN_URL}
roots = ${ROOTS:-$W/roots.pem}
publisher = ${PUBLISHER:-Microsoft Corporation}
${ORIGIN:-}

[support]
${SUPPORT:-window = none
rules = $W/no-rules.csv}

[content]
${CONTENT:-languages = en-us}

[ring pilot]
channel = ${CHANNEL:-$ORIGIN_CHANNEL}
source = origin
first = yes
publish = auto
path = $W/share/pilot
unc = \\\\files\\office-pilot
${PILOT:-}

[ring production]
channel = ${CHANNEL:-$ORIGIN_CHANNEL}
source = pilot
approvals = 1
approvers = user:games, user:news
four_eyes = yes
path = $W/share/production
unc = \\\\files\\office
${PRODUCTION:-}

${MORE:-}
CONF
}

# offer BUILD [TIME [OPTION…]]: upstream's pointer and history name BUILD, of version 2607, or 2606 for the older.
offer() {
    local build=$1 time=${2:-2026-09-01} version=2607
    [ "$build" = "$OLD" ] && version=2606
    origin_pointer "$O" "$build" --signed-at "$time" "${@:3}"
    origin_history "$O" --signed-at "$time" <<<"$ORIGIN_CHANNEL $version $build 2026-08-11T17:15:41Z latest"
}

# ---- asking ----

ringmgr() {
    "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@"
}

# as ACCOUNT COMMAND…: behind sudo.
as() {
    local SUDO_UID
    SUDO_UID=$(id -u "$1")
    export SUDO_UID
    "${@:2}"
}

# start ARGUMENT…: ringmgr in the background, as $PID, its words in $W/out and $W/err. teardown ends what still runs.
start() {
    "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@" </dev/null >"$W/out" 2>"$W/err" 3>&- &
    PID=$!
}

# end SIGNAL: ends it; ended: waits for it, and $status says how it ended.
end() {
    kill -"$1" "$PID"
    ended
}

ended() {
    status=0
    wait "$PID" 2>/dev/null || status=$?
    PID=
}

# heed COMMAND…: as `run --separate-stderr`, which takes ten times as long: $output, $lines, $stderr and $status.
heed() {
    status=0
    output=$(set +ET && "$@" 2>"$BATS_TEST_TMPDIR/stderr") || status=$?
    stderr=$(<"$BATS_TEST_TMPDIR/stderr")
    IFS=$'\n' read -d '' -r -a lines <<<"$output" || true
}

# expect STATUS COMMAND…: the command ends with this status.
expect() {
    heed "${@:2}"
    [ "$status" = "$1" ] && return
    printf '%s: ended with %s, not %s\n%s\n%s\n' "${*:2}" "$status" "$1" "$output" "$stderr"
    return 1
}

# says TEXT…: each stands on stderr.
says() {
    local text
    for text in "$@"; do
        [[ "$stderr" == *"$text"* ]] || { printf 'no "%s" in\n%s\n' "$text" "$stderr" && return 1; }
    done
}

# prints TEXT…: each stands on stdout.
prints() {
    local text
    for text in "$@"; do
        [[ "$output" == *"$text"* ]] || { printf 'no "%s" in\n%s\n' "$text" "$output" && return 1; }
    done
}

# json FILTER: true of the document on stdout.
json() {
    jq -e --arg old "$OLD" --arg new "$NEW" "$1" <<<"$output" >/dev/null || { printf '%s is not true of\n%s\n' "$1" "$output" && return 1; }
}

# complains: one line on stderr, as every error; nothing on stdout.
complains() {
    [[ "$stderr" == "ringmgr: "?* && "$stderr" != *$'\n'* && -z "$output" ]] && return
    printf 'not one line of error:\n%s\n--\n%s\n' "$stderr" "$output"
    return 1
}

# ---- shares and store ----

data() {
    echo "$W/share/$1/Office/Data"
}

live() {
    ringmgr --json status | jq -r --arg ring "$1" '.rings[] | select(.ring == $ring) | .live.build // "none"'
}

# shows RING BUILD [FILE…]: the ring's share offers the build, each file as upstream has it, and no other file of it.
shows() {
    local data build=$2 file
    data=$(data "$1")
    shift 2
    [ $# -gt 0 ] || set -- $FILES
    cmp "$data/v64.cab" "$UP/v64_$build.cab" && cmp "$data/v64_$build.cab" "$UP/v64_$build.cab" || return
    for file in "$@"; do
        cmp "$data/$build/$file" "$UP/$build/$file" || return
    done
    [ "$(ls "$data/$build")" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ] || { ls "$data/$build" && return 1; }
}

# object FILE: where the store would have these bytes.
object() {
    local digest
    digest=$(sha256sum <"$1" | cut -c1-64)
    echo "$W/store/objects/${digest:0:2}/$digest"
}

objects() {
    find "$W/store/objects" -type f | wc -l
}

# Every file and folder of shares and store, with inode, size, owner, mode and times.
still() {
    find "$W/share" "$W/store" -printf '%P %i %s %u %m %T@ %C@\n' | sort
}

# Every file of the shares.
shares() {
    find "$W/share" -printf '%P %i %s %u %m %T@ %C@\n' | sort
}

# byte FILE [OFFSET]: changes one byte, in the very file.
byte() {
    local at was
    at=${2:-$(($(stat -c %s "$1") / 2))}
    was=$(od -An -tu1 -j"$at" -N1 "$1")
    printf "\\x$(printf %x $((was ^ 1)))" | dd of="$1" bs=1 seek="$at" conv=notrunc status=none
}

# wait_until COMMAND…: asks again and again, at most 20 s; RINGMGR_SLOW is how many times as slow the program may be.
wait_until() {
    local try
    for try in $(seq $((400 * ${RINGMGR_SLOW:-1}))); do
        "$@" && return
        sleep 0.05
    done
    echo "never came: $*"
    return 1
}
