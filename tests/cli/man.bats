#!/usr/bin/env bats
# shellcheck disable=SC2154 # bats and world.bash set what is used here
# The manual pages: sound, and true of the program where that can be tried. What they list is compared by tests/rules.

setup_file() {
    load world
    world_file
    need mandoc
}

setup() {
    load world
    world_make
    PAGES=$RINGMGR_TOP/ringmgr/app
}

teardown() {
    world_end
}

# plain PAGE: its text, no line broken.
plain() {
    mandoc -Tascii -Owidth=1000 "$PAGES/$1" | sed 's/.\x08//g'
}

# printed PAGE TEXT: the indented block behind the first line that has this text, as it would be copied from there.
printed() {
    plain "$1" | awk -v text="$2" '
        block && /^$/ { if (seen) exit; next }
        block { seen = 1; sub(/^     /, ""); print }
        index($0, text) { block = 1 }'
}

# example PAGE SECTION: the indented block that the section ends with.
example() {
    plain "$1" | awk -v name="$2" '/^[A-Z]/ { inside = $0 == name; next } inside' | sed -n 's/^           //p'
}

# follow STATUS NAME COMMAND…: its document is one of what the page says of NAME.
follow() {
    local name=$2
    heed ringmgr --json "${@:3}"
    [ "$status" = "$1" ] || { printf '%s: ended with %s\n%s\n%s\n' "${*:3}" "$status" "$output" "$stderr" && return 1; }
    printf '{"name": "%s", "document": %s}\n' "$name" "$output" >>"$W/documents"
}

# They have what the page says of them, and nothing else.
are_followed() {
    perl -I "$RINGMGR_TOP/tests/rules" "$RINGMGR_TOP/tests/rules/formats.pl" --table "$PAGES/ringmgr-formats.7" >"$W/table"
    jq -r 'def place: reduce .[:-1][] as $step (""; . + if ($step | type) == "number" then "[]" else "." + $step end);
        .name as $name | .document | paths | select(.[-1] | type == "string") |
        [$name, (place | if . == "" then "." else . end), .[-1]] | @tsv' "$W/documents" | sort -u >"$W/has"
    cut -f 1 "$W/has" | sort -u | while read -r name; do
        sed -n "s/^JSON DOCUMENTS\t/$name\t/p; /^$name\t/p" "$W/table"
    done | sort -u >"$W/says"
    comm -23 "$W/has" "$W/says" >"$W/unsaid"
    cat "$W/unsaid"
    [ -s "$W/says" ] && [ ! -s "$W/unsaid" ]
}

@test "mandoc finds nothing to say of them, and every reference leads to a page, a section or a command" {
    local page name
    for page in ringmgr.1 ringmgr.conf.5 ringmgr-formats.7; do
        run -0 mandoc -Tlint -W warning "$PAGES/$page"
        [ -z "$output" ]
        grep -qx "\.Os $(ringmgr --version)" "$PAGES/$page"
        while read -r name; do
            [ -f "$PAGES/$name" ] || { echo "$page names $name" && return 1; }
        done < <(sed -n 's/^\.Xr \(ringmgr[^ ]*\) \([0-9]\).*/\1.\2/p' "$PAGES/$page")
    done
    while read -r name; do
        grep -qx "\.Sh $name" "$PAGES"/ringmgr*.[157] || { echo "no section $name" && return 1; }
    done < <(sed -n 's/^\.Sx \([A-Z ]*[A-Z]\).*/\1/p; s/.*, Sx \([A-Z ]*[A-Z]\).*/\1/p' "$PAGES"/ringmgr*.[157])
}

@test "what commands print with --json is what ringmgr-formats(7) says" {
    local topic
    offer "$OLD"
    follow 0 sync sync --dry-run
    follow 0 sync sync
    follow 0 upstream upstream
    as games follow 0 approve approve production "$OLD" --reason x
    as games follow 0 revoke revoke production "$OLD" --reason x
    as games follow 0 approve approve production "$OLD" --reason x
    as news follow 0 promote promote production --yes
    offer "$NEW" 2026-09-02
    follow 0 sync sync
    follow 3 approve approve production "$NEW" --reason "of root"
    follow 0 explain explain production
    follow 0 diff diff production "$NEW"
    follow 0 client client production --have "$OLD" --arch x64 --lang en-us
    follow 8 client client pilot --have "$OLD" --arch x64 --lang fr-fr
    follow 0 support support
    as games follow 0 hold hold production --reason x --until 2030-01-01
    as games follow 0 block block "$NEW" --ring production --reason x
    follow 0 explain explain production
    follow 0 status status
    follow 0 calendar calendar
    as games follow 0 unblock unblock "$NEW" --ring production --reason x
    as games follow 0 unhold unhold production --reason x
    as games follow 0 approve approve production "$NEW" --reason x
    as news follow 0 promote promote production "$NEW" --at 2030-01-01
    follow 0 status status
    as news follow 0 promote promote production "$NEW" --yes
    as games follow 0 rollback rollback production --reason x
    as games follow 0 rollback rollback all --from "$NEW" --reason x
    as games follow 0 generate generate reg --ring production --target "$OLD" -o "$W/log/ring.reg"
    follow 0 generate generate odt --ring pilot
    follow 0 status status
    follow 0 pins pins
    as games follow 0 ack ack "$(ringmgr --json status | jq .attention[0].id)" --reason x
    as games follow 0 pins pins --clear 1 --reason x
    follow 0 whoami whoami
    chmod 600 "$W/share/pilot/Office/Data/$OLD/s640.cab"
    follow 4 verify verify --quick
    follow 0 verify verify --repair
    follow 0 gc gc --dry-run
    follow 0 history history
    follow 0 history history --verify
    follow 0 report report --month "$(date +%Y-%m)"
    follow 0 check check
    follow 8 lint lint "$RINGMGR_TOP"/tests/golden/lint-faults/*.xml
    follow 0 backup backup "$W/log/backup"
    follow 0 restore restore "$W/log/backup"
    follow 0 rebuild rebuild
    follow 0 complete complete -- st
    for topic in '' sync gates exit config; do
        follow 0 help help $topic
    done
    are_followed
}

@test "what is said of sites, notices and metrics is what ringmgr-formats(7) says" {
    mkdir "$W/site" && chown backup: "$W/site"
    MORE="[site tokyo]
rings = pilot, production
target = $W/site
unc = \\\\fs\\office-%ring%

[notify ops]
webhook = http://127.0.0.1:9/x" config
    follow 0 sync sync
    follow 0 'site list' site list
    follow 0 'site check' site check
    follow 0 'site sync' site sync
    byte "$W/site/pilot/Office/Data/$NEW/s640.cab"
    follow 4 'site verify' site verify
    as games follow 0 'site pause' site pause tokyo --reason x
    follow 0 'site status' site status
    ringmgr job notify 2>/dev/null
    follow 5 notify notify --test ops
    follow 0 status status
    as games follow 0 'site resume' site resume tokyo
    are_followed

    sed -n 's/^\.Cm \(ringmgr_[a-z_]*\)\( No \)\{0,1\}\(.*\)/\1\3/p' "$PAGES/ringmgr-formats.7" | sort >"$W/named"
    ringmgr metrics | grep -v '^#' | sed 's/ [^ ]*$//; s/="[^"]*"//g' | sort -u >"$W/sampled"
    [ "$(wc -l <"$W/sampled")" -gt 30 ]
    comm -23 "$W/sampled" "$W/named" | tee "$W/unsaid"
    [ ! -s "$W/unsaid" ]
}

@test "the commands of ringmgr-formats(7) compute what ringmgr has computed" {
    openssl genpkey -algorithm ed25519 -out "$W/manifest.key" 2>/dev/null
    chown backup: "$W/manifest.key" && chmod 600 "$W/manifest.key"
    openssl pkey -in "$W/manifest.key" -pubout -out "$W/log/headquarters.pub"
    MORE="[manifest]
key = $W/manifest.key" config
    expect 0 ringmgr sync

    printed ringmgr-formats.7 'Without ringmgr:' | sed "s,^ringmgr ,'$RINGMGR_BIN' -c '$W/ringmgr.conf' ," >"$W/recompute"
    sh "$W/recompute" | cut -c 1-64 >"$W/hashes"
    ringmgr history --json | jq -r '.entries[].hash' | diff - "$W/hashes"

    printed ringmgr-formats.7 'On the share itself:' |
        sed "s,/srv/office/pilot,$W/share/pilot,; s,16\.0\.20326\.20100,$NEW," >"$W/list"
    [ "$(sh "$W/list" | cut -c 1-64)" = "$(ringmgr diff production --json | jq -r .files_digest)" ]
    [ "$(sh "$W/list" | cut -c 1-64)" = "$(tail -n +2 "$(data pilot)/ring.manifest" | jq -r .files_digest)" ]

    cp "$(data pilot)/ring.manifest" "$W/log/headquarters.pub" "$BATS_TEST_TMPDIR"
    printed ringmgr-formats.7 'openssl(1) alone:' >"$W/prove"
    run -0 sh -c "cd '$BATS_TEST_TMPDIR' && sh '$W/prove'"
    [[ "$output" == *'Verified Successfully'* ]]
}

# As they stand there, but for the build that upstream has here, a day that is to come, and the terminal that would confirm.
@test "the examples of ringmgr(1) do what is said of them" {
    offer "$OLD"
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason x
    expect 0 as news ringmgr promote production --yes
    offer "$NEW" 2026-09-02
    mkdir "$W/bin" && mkdir -m 777 "$W/here" && cd "$W/here"
    printf '#!/bin/sh\nexec "%s" -c "%s" "$@"\n' "$RINGMGR_BIN" "$W/ringmgr.conf" >"$W/bin/ringmgr"
    chmod +x "$W/bin/ringmgr"

    example ringmgr.1 EXAMPLES | grep '^[$#] ' | sed "s/20326\.20100/${NEW#16.0.}/; s/2027-01-06/$(date -d '30 days' +%F)/
        s/promote production.*/& --yes/" >"$W/lines"
    [ "$(wc -l <"$W/lines")" -gt 8 ]
    local line who
    while read -r line; do
        who=games
        [[ "$line" != *promote* ]] || who=news
        [[ "$line" != *expedite* ]] || expect 0 as games ringmgr unhold production --reason x
        PATH=$W/bin:$PATH expect 0 as $who sh -c "${line#[\$#] }"
    done <"$W/lines"
    [ "$(live production)" = "$OLD" ]
    [ -f kit/README.txt ]
    [ -s configuration.xml ]
}

@test "the configurations of ringmgr.conf(5) and the commented example are ones that the program takes" {
    local file
    example ringmgr.conf.5 EXAMPLES >"$BATS_TEST_TMPDIR/page.conf"
    cp "$RINGMGR_TOP/config/examples/ringmgr.conf" "$BATS_TEST_TMPDIR/example.conf"
    [ -s "$BATS_TEST_TMPDIR/page.conf" ]
    for file in page example; do
        chmod a+rx "$BATS_TEST_TMPDIR" && chmod a+r "$BATS_TEST_TMPDIR/$file.conf"
        run -0 setpriv --reuid=65534 --clear-groups "$RINGMGR_BIN" -c "$BATS_TEST_TMPDIR/$file.conf" site list
    done
}
