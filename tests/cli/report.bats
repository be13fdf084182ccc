#!/usr/bin/env bats
# `report`, the auditor's page of one month, and `history` as the sheet behind it.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    SUPPORT=$'window = 36 days\nwarn = 5 days\nminimum_left = 0 days\nrules = '$W/no-rules.csv
    PRODUCTION="soak = 3 days"
    config
}

teardown() {
    world_end
}

# at WHEN: the clock of the program.
at() {
    RINGMGR_TEST_NOW=$(date -ud "$1" +%s)
    export RINGMGR_TEST_NOW
}

# offered BUILD TIME: upstream offers it. The history names both builds once the newer one is out.
offered() {
    origin_pointer "$O" "$1" --signed-at "$2"
    {
        [ "$1" = "$OLD" ] || echo "MonthlyEnterprise 2607 $NEW 2026-08-11T17:15:41Z latest"
        echo "MonthlyEnterprise 2606 $OLD 2026-07-14T14:27:57Z $([ "$1" = "$OLD" ] && echo latest || echo -)"
    } | origin_history "$O" --signed-at "$2"
}

# Two months of two rings: what an auditor asks about.
two_months() {
    at 2026-07-20T10:00Z
    offered "$OLD" 2026-07-16
    expect 0 ringmgr sync
    at 2026-07-25T09:00Z
    expect 0 as games ringmgr approve production "$OLD" --reason "pilot is happy"
    at 2026-07-25T10:00Z
    expect 0 as news ringmgr promote production "$OLD" --reason "change 4711"
    at 2026-08-12T10:00Z
    offered "$NEW" 2026-08-12T06:00Z
    expect 0 ringmgr sync
    at 2026-08-13T10:00Z
    expect 0 as games ringmgr hold production --reason "year-end closing" --until 2026-08-16 --stop-soak
    expect 0 as games ringmgr approve production "$NEW" --reason "looks good"
    expect 0 as news ringmgr approve production "$NEW" --reason "me too"
    at 2026-08-14T10:00Z
    expect 0 as news ringmgr revoke production "$NEW" --reason "I promote"
    expect 0 as games ringmgr unhold production --reason "closed early"
    expect 0 as news ringmgr block 16.0.20300.20100 --reason "known bad"
    at 2026-08-21T08:00Z
    expect 0 as news ringmgr promote production "$NEW" --reason "change 4712"
    at 2026-09-01T08:00Z
}

# What differs from change to change of the entries' texts, and nothing about the month.
plain() {
    sed -E 's/[0-9a-f]{64}/HASH/'
}

@test "the page of a month" {
    two_months
    expect 0 ringmgr report --month 2026-08
    diff <(plain <<<"$output") "$RINGMGR_TOP/tests/golden/report/2026-08.txt"
    expect 0 ringmgr report --month 2026-07
    diff <(plain <<<"$output") "$RINGMGR_TOP/tests/golden/report/2026-07.txt"
}

@test "the page is the same whenever it is made, but for what is open now" {
    two_months
    ringmgr report --month 2026-07 | sed '/^attention/,$d' >"$W/july"
    at 2026-10-30T08:00Z
    ringmgr report --month 2026-07 | sed '/^attention/,$d' | diff "$W/july" -
}

@test "the same as JSON" {
    two_months
    expect 0 ringmgr --json report --month 2026-08
    json '.month == "2026-08" and .from == "2026-08-01T00:00:00Z" and .until == "2026-09-01T00:00:00Z" and .days == 31'
    json '.rings[1] | .ring == "production" and ([.live[].build] == [$old, $new])'
    json '.rings[1].live[0] | .from == "2026-07-25T10:00:00Z" and .until == "2026-08-21T08:00:00Z" and .ended == "promote"'
    json '.rings[1].live[0] | .entry.actor == "news" and [.approvals[].actor] == ["games"] and .soak_seconds == 5 * 86400'
    json '.rings[1].live[1] | .until == null and .entry.reason == "change 4712" and [.approvals[].actor] == ["games"]'
    json '.rings[1].live[1].soak_seconds == (8 * 24 - 2) * 3600'
    json '.rings[1].support == {"days_live": 31, "days_warned": 6, "days_expired": 2}'
    json '[.entries[].action] == ["block"]'
    json '.history.whole and .history.head_time == "2026-08-21T08:00:00Z" and (.history.head | length) == 64'
    json '.history.head_id == ([.rings[].entries[].id] | max)'
}

@test "a month that is not over yet tells what is over of it" {
    two_months
    at 2026-08-21T12:00Z
    expect 0 ringmgr --json report --month 2026-08
    json '.days == 20 and .rings[1].support.days_live == 20'
}

@test "months are those of the configured time zone" {
    two_months
    sed -i 's/^timezone = .*/timezone = Pacific\/Auckland/' "$W/ringmgr.conf"
    expect 0 ringmgr --json report --month 2026-08
    json '.from == "2026-07-31T12:00:00Z" and .until == "2026-08-31T12:00:00Z"'
}

@test "a month to come, or none, is refused" {
    two_months
    for month in 2026-10 2026-13 2026-8 August 2026-08-01 2026 ""; do
        expect 2 ringmgr report --month "$month"
        complains
        says "--month $month: "
    done
    expect 2 ringmgr report
    says "report needs --month YYYY-MM"
}

@test "a chain that was tampered with is said on the page, and ends 4" {
    two_months
    sqlite3 "$W/state/ringmgr.db" "DROP TRIGGER history_no_update; UPDATE history SET reason = 'all fine' WHERE reason = 'change 4711'"
    expect 4 ringmgr report --month 2026-07
    prints "THE CHAIN DOES NOT HOLD: history entry" "ring production"
    says "it was altered"
    expect 4 ringmgr --json report --month 2026-07
    json '.history.whole == false and (.history.fault | contains("altered"))'
}

@test "a roll-back is told, with who did it and why, and ends what it left" {
    two_months
    expect 0 as games ringmgr rollback production --reason "Outlook hangs" -o "$W/log/kit"
    expect 0 ringmgr --json report --month 2026-09
    json '.rings[1].live | length == 2 and .[0].ended == "rollback" and .[1].build == $old'
    json '.rings[1].live[1] | .entry.action == "rollback" and .entry.actor == "games" and .soak_seconds == null'
    expect 0 ringmgr report --month 2026-09
    prints "rollback by games" "  roll-backs" "rollback $OLD from $NEW: Outlook hangs"
}

@test "a sync that failed this month, and was the last, is told" {
    two_months
    rm "$O/www/pr/wsus/releasehistory.cab" "$UP/v64.cab"
    run ringmgr sync
    [ "$status" != 0 ]
    expect 0 ringmgr --json report --month 2026-09
    json '.rings[0].sync_error != null'
    expect 0 ringmgr report --month 2026-09
    prints "  the last sync failed, 2026-09-01 08:00: "
    expect 0 ringmgr --json report --month 2026-08
    json '.rings[0].sync_error == null'
}

# ---- history ----

@test "history --csv is a sheet that no spreadsheet runs" {
    two_months
    expect 0 as games ringmgr hold production --reason '=HYPERLINK("http://x","y"), said he'
    expect 0 as games ringmgr unhold production --reason '@SUM(1)'
    ringmgr history --csv >"$W/history.csv"
    ringmgr --json history >"$W/history.json"
    [ "$(head -1 "$W/history.csv")" = $'id,time,actor,identity,action,ring,channel,build,from_build,reason,gates_overridden,previous_hash,hash\r' ]
    [ "$(grep -c $'\r$' "$W/history.csv")" = "$(wc -l <"$W/history.csv")" ]
    expect 0 /usr/bin/python3 - "$W/history.csv" "$W/history.json" <<'PYTHON'
import csv, json, sys
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8"), strict=True))
said = json.load(open(sys.argv[2]))["entries"]
assert len(rows) == len(said) > 10
for row, entry in zip(rows, said):
    assert list(row) == list(entry), (list(row), list(entry))
    for key, value in entry.items():
        value = "" if value is None else str(value)
        assert row[key] == ("'" if value[:1] in ("=", "+", "-", "@") and value else "") + value, (row[key], value)
assert rows[-2]["reason"].startswith("'=HYPERLINK(\"http://x\",\"y\"), said he")
assert rows[-1]["reason"] == "'@SUM(1)"
PYTHON
    expect 2 ringmgr --json history --csv
    says "--csv does not go with --json"
    expect 2 ringmgr history --csv --verify
    says "--csv does not go with --verify"
}

@test "history --ring shows the blocks that bind every ring, too, and no others" {
    two_months
    expect 0 as news ringmgr block 16.0.20300.20200 --ring pilot --reason "not there"
    expect 0 as news ringmgr unblock 16.0.20300.20100 --reason "was fine"
    expect 0 ringmgr --json history --ring production
    json '[.entries[] | select(.action == "block" or .action == "unblock") | [.action, .ring]] == [["block", null], ["unblock", null]]'
    json '[.entries[].id] == ([.entries[].id] | sort)'
    json 'any(.entries[]; .action == "promote" and .ring == "production")'
    json 'all(.entries[]; .ring == "production" or .ring == null)'
    expect 0 ringmgr --json history --ring production --actor games
    json 'all(.entries[]; .actor == "games") and ([.entries[].action] | index("block") == null)'
    expect 0 ringmgr --json history --ring gone
    json '[.entries[].action] == ["block", "unblock"]'
}

@test "history --since takes local times" {
    two_months
    expect 0 ringmgr --json history --since 2026-08-21
    json '[.entries[].action] == ["promote"]'
    expect 0 ringmgr --json history --since "2026-08-21 08:00"
    json '.entries | length == 1'
    expect 0 ringmgr --json history --since "2026-08-21 08:01"
    json '.entries == []'
    sed -i 's/^timezone = .*/timezone = America\/New_York/' "$W/ringmgr.conf"
    expect 0 ringmgr --json history --since "2026-08-21 04:00"
    json '.entries | length == 1'
    expect 0 ringmgr --json history --since "2026-08-21 04:01"
    json '.entries == []'
    expect 0 ringmgr --json history --since 2026-08-21T08:00:00Z
    json '.entries | length == 1'
    expect 2 ringmgr history --since yesterday
    complains
    says "--since yesterday: not a time such as"
}
