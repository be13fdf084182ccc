#!/usr/bin/env bats
# What the program says of itself comes from the tables that it works by, and a slip of the pen is guessed.

setup() {
    load world
    need jq
    conf=$BATS_TEST_TMPDIR/ringmgr.conf
    sed 's/^user = .*/user = backup/' "$RINGMGR_TOP/config/examples/ringmgr.conf" >"$conf"
}

ask() {
    expect "$1" "$RINGMGR_BIN" -c "$conf" "${@:2}"
}

# guesses WORD… -- TEXT…: 2, one line with these words.
guesses() {
    local words=()
    while [ "$1" != -- ]; do
        words+=("$1") && shift
    done
    ask 2 "${words[@]}"
    complains
    says "${@:2}"
}

@test "help names every command; --help, help and COMMAND --help agree" {
    ask 0 --help
    local all=$output
    prints "exit status: 0 done"
    ask 0 help
    [ "$output" = "$all" ]
    ask 0 --json help
    json '.schema == 1 and (.commands | length > 40) and ([.commands[].command] | index("site sync") and index("trust"))'
    local name
    jq -r '.commands[].command' <<<"$output" | sort -u >"$BATS_TEST_TMPDIR/names"
    while read -r name; do
        [ "$name" != help ] || continue
        ask 0 help $name
        prints "ringmgr $name" "ringmgr(1)"
        local said=$output
        ask 0 $name --help
        [ "$output" = "$said" ] || { echo "$name: help and --help differ" && return 1; }
    done <"$BATS_TEST_TMPDIR/names"
}

@test "help of a command has its options with their values, of a family its members" {
    ask 0 help promote
    prints "--override GATE" "--reason TEXT" "--dry-run"
    [[ "$output" != *--repair* ]]
    ask 0 help site
    prints "ringmgr site sync" "ringmgr site forget"
    ask 0 site verify tokyo --ring x --help
    prints "ringmgr site verify" --repair
    [[ "$output" != *"site sync"* ]]
    ask 0 pins --help
    prints "--clear ID"
    ask 0 --json help approve
    json '.commands | length == 1 and .[0].options[0] == {"option": "reason", "letter": null, "value": "TEXT", "summary": .[0].options[0].summary}'
    ask 2 help no-such
    complains
    says "unknown command"
}

@test "every option of every command says what it is" {
    ask 0 --json help
    json '[.commands[].options[], .options[]] | all(.summary | type == "string" and length > 3)'
    json '[.commands[].options[].option] | unique | length > 40'
}

@test "help gates: all gates, their keys are keys, force is what explain and promote allow" {
    ask 0 help gates
    prints channel complete verified soak approvals hold block recall freeze days support order throttle settle clock
    ask 0 --json help gates
    json '.gates | length == 15'
    json '[.gates[] | select(.force).gate] | sort == ["approvals", "days", "freeze", "hold", "soak", "support"]'
    json '.gates | all(.asks | endswith("?"))'
    jq -r '.gates[].keys // empty | splits(", ")' <<<"$output" | sort -u >"$BATS_TEST_TMPDIR/wanted"
    ask 0 --json help config
    jq -r '.sections[] | .section as $s | .keys[] | "[\($s)] \(.key)"' <<<"$output" | sort -u >"$BATS_TEST_TMPDIR/known"
    [ "$(comm -23 "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/known")" = "" ]
}

@test "help gates and help exit narrow to one; what is not there is guessed" {
    ask 0 help gates support
    prints "support    is the build supported" "binds: all; only warns: expedite, rollback, return"
    [[ "$output" != *throttle* ]]
    local said=$output
    ask 0 help gate support
    [ "$output" = "$said" ]
    ask 0 --json help gates soak
    json '[.gates[].gate] == ["soak"] and .gates[0].warns == []'
    guesses help gates saok -- "there is no gate saok, only: channel, complete" "the nearest one is soak"
    ask 0 help exit 3
    [ "$output" = "3  refused by a gate" ]
    guesses help exit 9 -- "there is no exit status 9, only 0 to 8"
    guesses help gatse -- "the nearest one is gates"
    guesses help hlod -- "unknown command; the nearest one is hold"
}

@test "help config: sections, keys and defaults, which the program takes as they are" {
    ask 0 help config
    prints "[ring NAME]" "[people]" "conflict_wait        default: 3 days"
    ask 0 --json help config ring
    json '.sections | length == 1 and .[0].named and (.[0].keys | map(select(.key == "channel"))[0].required)'
    ask 2 help config rings
    complains
    says "[rings]" "the nearest one is ring"
    # A configuration with every default written down is read as one without.
    ask 0 --json help config
    cp "$conf" "$BATS_TEST_TMPDIR/conf"
    jq -r '.sections[] | select(.named or .section == "people" or .section == "metrics" | not) | .section as $s | .keys[]
        | select(.default and .default != "") | "\($s) \(.key) = \(.default)"' <<<"$output" |
        while read -r section line; do
            grep -q "^\[$section\]" "$BATS_TEST_TMPDIR/conf" || printf '\n[%s]\n' "$section" >>"$BATS_TEST_TMPDIR/conf"
            grep -q "^${line%% =*} =" "$BATS_TEST_TMPDIR/conf" || sed -i "/^\[$section\]/a $line" "$BATS_TEST_TMPDIR/conf"
        done
    expect 2 "$RINGMGR_BIN" -c "$BATS_TEST_TMPDIR/conf" --json check
    json '[.problems[] | select(.code | startswith("unknown") or startswith("bad") or startswith("missing") or . == "duplicate-key")] | length == 0'
}

@test "help exit: every status of the contract" {
    ask 0 --json help exit
    json '[.statuses[].status] == [range(0; 9)]'
    ask 0 help exit
    prints "refused by a gate"
}

@test "mistyped commands, members, options and names are guessed" {
    guesses staus -- "unknown command; the nearest one is status"
    guesses promte -- "the nearest one is promote"
    guesses site stauts -- "it has no command stauts, only: list" "the nearest one is status"
    guesses site -- "one of its commands must follow: list"
    guesses status --chekc -- "unknown option --chekc; the nearest one is --check"
    guesses history --re x -- "could be any of --reason, --repair"
    guesses promote pilot --expedit -- "unknown option --expedit; the nearest one is --expedite"
    guesses status --check=nagios -- "takes no value"
    guesses prom pilot -- "the nearest one is promote"
    guesses site st -- "the nearest one is status"
    guesses generate gpo --ring pilot -- "it could be one of gpo-backup, samba-gpo"
    guesses generate odd --ring pilot -- "no kind of document" "the nearest one is odt"
    guesses generate odt --ring prodcution -- "there is no ring prodcution" "the nearest one is production"
    guesses xyzzy -- "unknown command: ringmgr --help"
    [[ "$stderr" != *nearest* ]]
}

@test "mistyped rings, channels, languages and keys of the configuration are guessed" {
    sed 's/^source = pilot/source = pliot/; s/^channel = MonthlyEnterprise/channel = MontlyEnterprise/; s/^languages = .*/languages = en-uk/;
        s/^\[support\]/[support]\nsoak = 3 days/' "$conf" >"$BATS_TEST_TMPDIR/conf"
    expect 2 "$RINGMGR_BIN" -c "$BATS_TEST_TMPDIR/conf" check
    prints 'no ring "pliot"; name one, or origin; the nearest one is pilot' "the nearest one is MonthlyEnterprise" \
        "the nearest one is en-" "; [ring] has one of that name"
}
