#!/usr/bin/env bats
# quickstart.sh as a newcomer runs it, under names of its own: two runs, what people may do afterwards, what is refused,
# the proof of Microsoft's root certificates, and the removal. The first run happens in a session that has a login uid,
# if the kernel lets this one have it: that is how most people come to a machine.

bats_require_minimum_version 1.5.0

setup_file() {
    load ../helper
    [ "$(id -u)" = 0 ] || missing "root"
    need sudo nginx gcab osslsigncode jq cmake ninja
    export quickstart=$RINGMGR_TOP/ringmgr/quickstart.sh
    export parent=$(mktemp -d /var/tmp/quickstart-test.XXXXXX)
    chmod 755 "$parent"
    export RINGMGR_QUICKSTART_DIR=$parent/q RINGMGR_QUICKSTART_PREFIX=rq$$
    export dir=$RINGMGR_QUICKSTART_DIR prefix=$RINGMGR_QUICKSTART_PREFIX
    (
        echo 4242 >/proc/self/loginuid || true
        exec sh "$quickstart"
    ) >"$parent/first.log" 2>&1 3>&- || { cat "$parent/first.log" && false; }
}

teardown_file() {
    [ -n "${parent:-}" ] || return 0
    sh "$quickstart" --remove >/dev/null
    rm -rf "$parent"
}

setup() {
    load ../helper
}

live() {
    "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" --json status | jq -r --arg ring "$1" '.rings[] | select(.ring == $ring) | .live.build'
}

# person NAME ARGUMENT…: ringmgr through sudo, as this person types it.
person() {
    (cd / && sudo -n -u "$prefix-$1" sudo -n "$dir/sbin/ringmgr" "${@:2}")
}

# Every file of the shares with its inode, size and time.
shares() {
    find "$dir/shares" -printf '%P %i %s %T@\n' | sort
}

# Processes that name the folder.
running() {
    printf '%s' "$dir" | grep -lsF -f - /proc/[0-9]*/cmdline || true
}

@test "one run leads a build from the origin into both rings" {
    local build=$(live pilot)
    [[ "$build" == 16.0.* ]]
    [ "$(live production)" = "$build" ]
    local stream=Office/Data/$build/stream.x64.x-none.dat
    [ -s "$dir/shares/pilot/$stream" ]
    [ "$dir/shares/pilot/$stream" -ef "$dir/shares/production/$stream" ]
    [ ! "$dir/shares/pilot/Office/Data/v64.cab" -ef "$dir/shares/production/Office/Data/v64.cab" ]
    cmp "$dir/shares/production/Office/Data/v64.cab" "$dir/shares/production/Office/Data/v64_$build.cab"
    grep -F 'UpdatePath="\\files.example.com\office"' "$dir/configuration.xml"
    "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" verify
}

@test "one person approved, another promoted, and the session's owner did neither" {
    run -0 "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" --json history --ring production
    [ "$(jq -r '.entries[] | select(.action == "approve").actor' <<<"$output")" = "$prefix-anna" ]
    [ "$(jq -r '.entries[] | select(.action == "promote").actor' <<<"$output")" = "$prefix-bert" ]
}

@test "it says what it relaxed, and shows status and inodes" {
    for text in 'no soak' 'first = yes' 'inode' 'production  *MonthlyEnterprise' 'rqX-anna\$ sudo ringmgr approve' "approve production .* --reason 'pilot has been quiet'"; do
        grep -q "${text/rqX/$prefix}" "$parent/first.log"
    done
}

@test "store, state and shares are the service's, and the rest is root's" {
    [ "$(find "$dir/store" "$dir/state" "$dir/shares" ! -user "$prefix-quickstart")" = "" ]
    [ "$(find "$dir" -path "$dir/store" -prune -o -path "$dir/state" -prune -o -path "$dir/shares" -prune -o \
        -path "$dir/log" -prune -o ! -type l \( ! -user root -o -perm /022 \) -print)" = "" ]
    [ "$(stat -c %a "$dir/state")" = 750 ]
}

@test "the release binary knows no test clock, which the dev build has" {
    grep -q RINGMGR_TEST_NOW "$RINGMGR_BIN"
    run -1 grep -q RINGMGR_TEST_NOW "$dir/bin/ringmgr"
}

@test "the release binary is hardened" {
    run -0 sh "$RINGMGR_TOP/tests/static/hardening.sh" "$dir/bin/ringmgr"
}

@test "nothing is left running" {
    [ "$(running)" = "" ]
}

@test "a second run takes seconds and changes nothing" {
    shares >"$parent/before"
    local began=$SECONDS
    run -0 sh "$quickstart"
    [ $((SECONDS - began)) -le 30 ]
    [[ "$output" == *"pilot: unchanged"* && "$output" == *"production has $(live pilot) already: unchanged"* ]]
    [[ "$output" != *"sudo ringmgr"* ]]
    shares | diff "$parent/before" -
    [ "$(running)" = "" ]
}

@test "approvers may decide, under their own name" {
    run -0 person anna block 20131.20150 --reason "tried by the test"
    run -0 person bert unblock 20131.20150 --reason "and taken back"
    run -0 "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" --json history
    [ "$(jq -r '[.entries[-2:][].actor] | join(" ")' <<<"$output")" = "$prefix-anna $prefix-bert" ]
}

@test "approvers may do nothing else as root" {
    run ! person anna sync
    run ! person anna verify
    run ! person anna
    run ! person anna status -c /dev/null
    run ! person anna status -c/dev/null
    run ! person anna status --config=/dev/null
    run ! person anna "-c $dir/ringmgr.conf approve" status
    for program in "$dir/bin/ringmgr" /bin/sh; do
        (cd / && run ! sudo -n -u "$prefix-anna" sudo -n "$program" --help)
    done
    (cd / && run ! sudo -n -u "$prefix-quickstart" sudo -n "$dir/sbin/ringmgr" status)
}

@test "rings of another origin, and a folder that holds something else, are refused and left alone" {
    run -1 sh "$quickstart" --cdn
    [[ "$output" == *'do not mix with "cdn"'* ]]
    mkdir -m 755 "$parent/other"
    echo precious >"$parent/other/file"
    run -1 env RINGMGR_QUICKSTART_DIR="$parent/other" sh "$quickstart"
    [[ "$output" == *"holds something else"* ]]
    RINGMGR_QUICKSTART_DIR=$parent/other RINGMGR_QUICKSTART_PREFIX=${prefix}x run -0 sh "$quickstart" --remove
    [ "$(cat "$parent/other/file")" = precious ]
    mkdir -m 777 "$parent/open"
    chmod 777 "$parent/open"
    run -1 env RINGMGR_QUICKSTART_DIR="$parent/open" sh "$quickstart"
    [[ "$output" == *"is not root's alone"* ]]
    run -1 env RINGMGR_QUICKSTART_DIR="$parent/with blank" sh "$quickstart"
    run -2 sh "$quickstart" --nonsense
}

@test "--remove takes everything away, twice if need be, but no account of others" {
    run -0 sh "$quickstart" --remove
    [ ! -e "$dir" ]
    [ ! -e "/etc/sudoers.d/$prefix-quickstart" ]
    for name in "$prefix-quickstart" "$prefix-anna" "$prefix-bert" "$prefix-approvers"; do
        run ! getent passwd "$name"
        run ! getent group "$name"
    done
    useradd --system --no-create-home "$prefix-quickstart"
    run -0 sh "$quickstart" --remove
    [[ "$output" == *"kept: the account $prefix-quickstart is not of quickstart"* ]]
    getent passwd "$prefix-quickstart"
    userdel "$prefix-quickstart"
}
