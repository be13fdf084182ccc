#!/usr/bin/env bats
# What is typed wrong, or written wrong into the configuration: 2, one line that helps, and nothing is tried.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
}

teardown() {
    world_end
}

# nothing_tried: no state, no store, no request.
nothing_tried() {
    [ "$(find "$W/state" "$W/store" "$W/share" "$W/log" -mindepth 1 ! -name pilot ! -name production)" = "" ]
    [ "$(origin_requests)" = 0 ]
}

# wrong ARGUMENT…: 2 and one line on stderr, nothing on stdout.
wrong() {
    expect 2 ringmgr "$@"
    complains
}

@test "no command and unknown commands are told from each other" {
    wrong
    says "no command" --help
    wrong sink
    says "unknown command"
    wrong $'si\e[31mnk'
    says "ringmgr: si?[31mnk: unknown command"
    wrong --sink
    says "unknown option --sink"
    nothing_tried
}

@test "wrong options and numbers of arguments: every command says how it is used, and tries nothing" {
    local line
    while read -r line; do
        wrong $line
        says "${line%% *}" "ringmgr ${line%% *}"
    done <<LINES
check now
whoami now
check --repair
upstream extra
upstream --ring pilot
sync --reason x
sync --repair
import
import a b --ring pilot
import a --yes
status pilot
status --verify
explain
explain pilot $NEW more
explain pilot --yes
approve
approve pilot
approve production $NEW more --reason x
approve production $NEW --yes
revoke production
revoke production $NEW --ring pilot
block
block $NEW more --reason x
block $NEW --build x
unblock
unblock $NEW --dry-run
promote
promote production $NEW more
promote production --repair
verify --yes
verify --reason x
history pilot
history --repair
generate
generate odt more --ring pilot
generate odt --yes
LINES
    nothing_tried
}

@test "options that need a value, and values that make no sense" {
    local line
    while read -r line; do
        wrong $line
    done <<LINES
sync --build
sync --build 16.0
sync --build x.y
sync --build 16.0.20228.20188.1
--wait
--wait soon status
--wait -1s status
import a --ring
explain pilot latest
approve production latest --reason x
generate odt --ring
generate msi --ring pilot
generate odt
generate odt --ring pilot --ring production
generate odt --ring all
generate odt --ring pilot --group office
generate odt --ring pilot --target $NEW
generate odt --ring pilot --existing --add-on
generate odt --ring pilot --deadline "3 days"
generate reg --ring pilot --product O365ProPlusRetail
generate reg --ring pilot --deadline soon
generate reg --ring pilot --deadline 0d
generate gpo-backup --ring pilot
generate gpo-backup --ring pilot -o -
generate gpp --ring pilot --site Tokyo
generate smb.conf
generate smb.conf --ring pilot --listen 80
lint
lint --ring pilot
lint - --ring pilot --ring production
generate odt --ring pilot --arch arm
history --since yesterday
history --head 1234
upstream --channel Nightly
-c
LINES
}

@test "options of parts that do not exist yet are errors, never ignored" {
    local line
    while read -r line; do
        wrong $line
    done <<LINES
status --check=nagios
LINES
    nothing_tried
}

@test "an unknown ring: the known ones are listed" {
    local line
    while read -r line; do
        wrong $line
        says "there is no ring nowhere" "pilot, production"
    done <<LINES
sync nowhere
verify nowhere
explain nowhere
generate odt --ring nowhere
LINES
    for line in "approve nowhere $NEW --reason x" "promote nowhere $NEW" "block $NEW --ring nowhere --reason x"; do
        expect 2 as games ringmgr $line
        complains
        says "pilot, production"
    done
}

@test "a ring with another source cannot be synced" {
    wrong sync production
    says "production takes from the ring pilot"
    [ "$(origin_requests)" = 0 ]
}

@test "decisions need a reason" {
    local command
    for command in "approve production $NEW" "revoke production $NEW" "block $NEW" "unblock $NEW"; do
        expect 2 as games ringmgr $command
        complains
        says "needs --reason"
        expect 2 as games ringmgr $command --reason " "
        complains
    done
}

@test "options stand before or after the command" {
    expect 0 ringmgr --json check
    local before=$(jq 'del(.now)' <<<"$output")
    expect 0 "$RINGMGR_BIN" check --json -c "$W/ringmgr.conf"
    [ "$before" = "$(jq 'del(.now)' <<<"$output")" ]
    expect 0 "$RINGMGR_BIN" check --config="$W/ringmgr.conf" --quiet
}

@test "--help and --version work without a configuration" {
    expect 0 "$RINGMGR_BIN" --help
    prints sync import status explain approve revoke block unblock promote verify history generate check upstream
    expect 0 "$RINGMGR_BIN" --version
    [[ "$output" =~ ^ringmgr\ [0-9]+\.[0-9]+ ]]
}

# refused LINE CODE: check and sync refuse the configuration at this line, for this reason; nothing is tried.
refused() {
    wrong sync
    says "$W/ringmgr.conf:$1: "
    expect 2 ringmgr --json check
    json ".problems | map(select(.line == $1 and .code == \"$2\" and .severity == \"error\" and (.text | length > 10))) | length == 1"
    nothing_tried
}

line_of() {
    grep -n -- "$1" "$W/ringmgr.conf" | head -n 1 | cut -d : -f 1
}

@test "keys whose part does not exist yet are errors with file and line" {
    PRODUCTION="hold = yes" config
    refused "$(line_of "^hold ")" reserved-key
}

@test "unknown keys and sections are errors, and the nearest known one is named" {
    PRODUCTION="aprovals = 1" config
    wrong sync
    says "the nearest known one is approvals"
    refused "$(line_of ^aprovals)" unknown-key
    MORE="[contents]" config
    wrong sync
    says "the nearest known one is [content]"
    refused "$(line_of '^\[contents')" unknown-section
}

@test "duplicates and lines over 199 bytes are errors" {
    PRODUCTION="four_eyes = no" config
    wrong sync
    says "$W/ringmgr.conf:$(line_of '^four_eyes = no'): "
    MORE="[ring pilot]" config
    wrong sync
    says "$W/ringmgr.conf:$(grep -n '^\[ring pilot' "$W/ringmgr.conf" | tail -n 1 | cut -d : -f 1): "
    PILOT="; $(printf 'x%.0s' $(seq 200))" config
    wrong sync
    says "$W/ringmgr.conf:$(line_of '^; xxx'): "
    nothing_tried
}

@test "values that make no sense are errors with their line" {
    local line
    for line in "languages = en-us, klingon" "architectures = arm" "approvals = many" "path = relative" \
        "unc = //files/x" "link = soft" "publish = soon" "four_eyes = perhaps" "soak = 2 weeks" "version = newest" \
        "freeze = 2026-12-10/2026-12-09" "days = weekends" "throttle_min = 1001" "override_people = 0"; do
        PILOT='' PRODUCTION='' config
        sed -i "/^\[ring production/,\${/^${line%% *} =/d}" "$W/ringmgr.conf"
        sed -i "/^\[ring production/a ${line//\\/\\\\}" "$W/ringmgr.conf"
        wrong sync
        says "$W/ringmgr.conf:$(grep -nF "$line" "$W/ringmgr.conf" | cut -d : -f 1): "
    done
    nothing_tried
}

@test "rings that make no sense together are errors" {
    sed -i 's/^source = pilot/source = nobody/' "$W/ringmgr.conf"
    wrong sync
    says 'there is no ring "nobody"'
    config
    sed -i 's/^source = origin/source = production/' "$W/ringmgr.conf"
    wrong sync
    says "in a circle"
    config
    sed -i '/^\[ring production/,$s/^channel = .*/channel = Current/' "$W/ringmgr.conf"
    wrong sync
    says "one channel along a chain"
    config
    sed -i "s|^path = .*/production|path = $W/share/pilot/below|" "$W/ringmgr.conf"
    wrong sync
    says "keep them apart"
    nothing_tried
}

@test "a ring that publishes from upstream without any gate must say first = yes" {
    config
    sed -i '/^first = yes/d' "$W/ringmgr.conf"
    wrong sync
    says pilot "first = yes"
    nothing_tried
}

@test "check names every problem in one run" {
    PILOT="sites_ready = all" PRODUCTION="colour = red" MORE="[sights north]" config
    expect 2 ringmgr --json check
    json '[.problems[] | select(.severity == "error").code] | sort == ["bad-number", "unknown-key", "unknown-section"]'
    expect 2 ringmgr check
    prints "$W/ringmgr.conf:$(line_of ^sites_ready):" "$W/ringmgr.conf:$(line_of ^colour):" "$W/ringmgr.conf:$(line_of '^\[sights'):"
}

@test "check by somebody who may not look everywhere says so, and finds nothing wrong there" {
    chmod 0700 "$W/log" "$W/state"
    local as_proxy=(setpriv --reuid proxy --regid proxy --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf")
    expect 0 "${as_proxy[@]}" check
    prints "warning: $W/ringmgr.conf:6: [ringmgr] history_head_file = $W/log/head: your account may not look at it: run check as root or as backup"
    expect 0 ringmgr check
    [[ "$output" != *"may not look"* ]]
    install -d -m 0755 -o root "$W/roots-only"
    sed -i "s,^history_head_file = .*,history_head_file = $W/roots-only/head," "$W/ringmgr.conf"
    expect 2 ringmgr check
    prints "it is not writable: chown it to backup"
}

@test "a configuration that is not there, or is a folder, is 2" {
    expect 2 "$RINGMGR_BIN" -c "$W/nowhere.conf" status
    complains
    says "$W/nowhere.conf"
    expect 2 "$RINGMGR_BIN" -c "$W" sync
    complains
    expect 2 "$RINGMGR_BIN" -c "$W/nowhere.conf" check
    local example=/usr/share/doc/ringmgr/examples/ringmgr.conf
    [ -e $example ] || example="config/examples/ringmgr.conf of the source"
    says "copy $example there"
}

@test "--json prints exactly one document, also of what failed" {
    local words
    expect 0 ringmgr sync
    for words in check upstream sync status "explain production" verify history "history --verify" "generate odt --ring pilot"; do
        expect 0 ringmgr --json $words
        [ "$(jq -s length <<<"$output")" = 1 ]
        json '.schema == 1'
        [ "$stderr" = "" ]
    done
    for words in "approve production $NEW" "revoke production $NEW" "block $NEW" "unblock $NEW"; do
        expect 0 as games ringmgr --json $words --reason x
        [ "$(jq -s length <<<"$output")" = 1 ]
        json '.schema == 1 and .result == "done"'
    done
    expect 3 as games ringmgr --json promote production "$NEW"
    [ "$(jq -s length <<<"$output")" = 1 ]
    rm "$UP/v64.cab"
    expect 5 ringmgr --json sync
    [ "$(jq -s length <<<"$output")" = 1 ]
}

@test "what cannot be written to stdout was not done: never 0" {
    expect 0 ringmgr sync
    local words
    for words in --help --version status "--json status" history "generate odt --ring pilot" "explain production"; do
        run --separate-stderr bash -c "'$RINGMGR_BIN' -c '$W/ringmgr.conf' $words >/dev/full"
        [ "$status" != 0 ]
        says "ringmgr: " stdout
    done
}

@test "a reader that has had enough ends nothing with an error" {
    expect 0 ringmgr sync
    local words
    mkfifo "$W/pipe"
    for words in --help help --version status "--json status" history "history --csv" "generate odt --ring pilot" \
        "calendar --ical" metrics "explain production"; do
        # Who reads has gone before the first byte comes.
        run --separate-stderr bash -c "exec 3<>'$W/pipe' 4>'$W/pipe' 3<&-; '$RINGMGR_BIN' -c '$W/ringmgr.conf' $words >&4"
        [ "$status$stderr" = 0 ] || { echo "$words: $status: $stderr" && return 1; }
    done
}

@test "a document that cannot be written is an error, and leaves nothing" {
    expect 0 ringmgr sync
    expect 2 ringmgr generate odt --ring pilot -o "$W/nowhere/x.xml"
    complains
    says "$W/nowhere"
    mkdir "$W/log/taken"
    run --separate-stderr ringmgr generate odt --ring pilot -o "$W/log/taken"
    [ "$status" != 0 ]
    says "$W/log/taken"
    [ "$(ls -A "$W/log/taken")" = "" ]
    expect 0 ringmgr generate odt --ring pilot -o -
    prints "<Configuration"
}

@test "generate odt refuses what the ring does not offer" {
    expect 0 ringmgr sync
    wrong generate odt --ring pilot --arch x86
    wrong generate odt --ring pilot --product NoSuchProduct
    wrong generate odt --ring pilot --exclude-app Doom
    wrong generate odt --ring pilot --display sideways
}

@test "commands that only read want a state, and say how it comes to be" {
    for words in status history "explain production"; do
        expect 1 ringmgr $words
        complains
        says "ringmgr sync"
    done
    nothing_tried
}

@test "a reader of another account can ask where the state is open to its group" {
    expect 0 ringmgr sync
    expect 0 setpriv --reuid news --regid backup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" --json status
    json '.rings | length == 2'
    run --separate-stderr setpriv --reuid news --regid news --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" status
    [ "$status" = 2 ]
    complains
    expect 2 setpriv --reuid news --regid backup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    complains
}

# loads COMMAND…: the libraries that the dynamic linker brings for it.
loads() {
    LD_DEBUG=files "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@" 2>&1 >/dev/null | sed -n 's/.*calling init: .*\/\(lib[^.]*\).*/\1/p' | sort -u
}

@test "a command loads the libraries that it needs: to tell how things stand takes none of the network, archives or XML" {
    expect 0 ringmgr sync
    local words
    for words in help status "explain production" history "complete -- promote"; do
        run loads $words
        [[ "$output" != *libcurl* && "$output" != *libarchive* && "$output" != *libxml2* && "$output" != *libmicrohttpd* ]]
        [ "${#lines[@]}" -le 12 ] || { echo "$words: $output" && return 1; }
        [[ "$output" == *libsqlite3* ]]
    done
    run loads sync
    [[ "$output" == *libcurl* && "$output" == *libarchive* && "$output" == *libxml2* ]]
}
