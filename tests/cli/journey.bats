#!/usr/bin/env bats
# The journey of a build: from upstream into the first ring, and by people's decisions into the next.

setup_file() {
    load world
    world_file
    need nginx
}

setup() {
    load world
    world_make
}

teardown() {
    world_end
}

# decided: production has the build that pilot has.
decided() {
    expect 0 as games ringmgr approve production "$1" --reason "tried in pilot"
    expect 0 as news ringmgr promote production "$1"
}

@test "sync brings the newest build into the first ring, a person approves and another promotes it" {
    expect 0 ringmgr sync
    prints "pilot: $NEW is complete and proven" "and live"
    shows pilot "$NEW"
    [ ! -e "$(data production)/v64.cab" ]
    expect 0 as games ringmgr approve production "${NEW#16.0.}" --reason "tried in pilot"
    expect 0 as news ringmgr --json promote production --yes
    json '.ring == "production" and .from == null and .to == $new and .result == "done"'
    json '.gates | length > 5 and all(.open)'
    shows production "$NEW"
    [ "$(live production)" = "$NEW" ]
}

@test "a promotion writes no data: store, pilot and production share inodes, the pointers do not" {
    expect 0 ringmgr sync
    local before=$(objects)
    decided "$NEW"
    [ "$(objects)" = "$before" ]
    for file in $FILES; do
        [ "$(data pilot)/$NEW/$file" -ef "$(data production)/$NEW/$file" ]
        [ "$(data pilot)/$NEW/$file" -ef "$(object "$UP/$NEW/$file")" ]
    done
    for ring in pilot production; do
        [ "$(stat -c '%h %a %U' "$(data $ring)/v64.cab")" = "1 444 backup" ]
    done
    [ "$(find "$W/share" -type f ! -perm 0444)" = "" ]
    [ "$(find "$W/share" -name '.ringmgr*')" = "" ]
    [ "$(find "$W/store/incoming" -type f)" = "" ]
}

@test "everything that a root process wrote belongs to the service's user" {
    expect 0 ringmgr sync
    decided "$NEW"
    [ "$(find "$W/share/pilot" "$W/share/production" "$W/store" "$W/state" "$W/log" ! -user backup)" = "" ]
}

@test "the history chain verifies, and its head stands outside the state" {
    expect 0 ringmgr sync
    decided "$NEW"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "approve" or .action == "promote") | "\(.actor) \(.action) \(.ring)"] ==
        ["ringmgr promote pilot", "games approve production", "news promote production"]'
    json '.entries | all(has("id") and has("time") and has("actor") and has("identity") and has("action") and
        has("ring") and has("channel") and has("build") and has("from_build") and has("reason") and
        has("gates_overridden") and has("previous_hash") and has("hash"))'
    json '.entries as $e | all(range(1; $e | length); $e[.].previous_hash == $e[. - 1].hash)'
    json '.entries[-1].identity | test("sudo.*9.*news")'
    local head=$(jq -r '.entries[-1].hash' <<<"$output") first=$(jq -c '.entries[0] | del(.hash)' <<<"$output")
    local hash=$(jq -r '.entries[0].hash' <<<"$output")
    [ "$(jq -jcS . <<<"$first" | sha256sum | cut -c1-64)" = "$hash" ]
    grep -q "$head" <(tail -n 1 "$W/log/head")
    expect 0 ringmgr history --verify --head "$head"
    expect 0 ringmgr --json status
    json ".history_head == \"$head\""
    expect 4 ringmgr history --verify --head "${head//[0-9]/0}"
}

@test "history is filtered by ring, actor and time" {
    expect 0 ringmgr sync
    decided "$NEW"
    expect 0 ringmgr --json history --ring production
    json '.entries | length == 2 and all(.ring == "production")'
    expect 0 ringmgr --json history --actor games
    json '.entries | length == 1 and .[0].reason == "tried in pilot"'
    expect 0 ringmgr --json history --since 2099-01-01
    json '.entries == []'
}

@test "a changed entry of the history is found" {
    expect 0 ringmgr sync
    need sqlite3
    local db=$(find "$W/state" -name '*.db')
    [ -n "$db" ]
    sqlite3 "$db" "select name from sqlite_master where type = 'trigger'" | sed 's/.*/drop trigger &;/' | sqlite3 "$db"
    sqlite3 "$db" "update history set reason = 'another' where id = 2"
    expect 4 ringmgr history --verify
    complains
    says "2"
}

@test "generate odt names the ring's share, channel and languages" {
    CONTENT="languages = en-us, fr-fr" config
    expect 0 ringmgr sync
    expect 0 ringmgr generate odt --ring pilot
    prints 'UpdatePath="\\files\office-pilot"' "Channel=\"MonthlyEnterprise\"" '<Language ID="en-us"' '<Language ID="fr-fr"' \
        'OfficeClientEdition="64"'
    expect 0 ringmgr generate odt --ring pilot -o "$W/log/configuration.xml"
    [ "$output" = "" ]
    expect 0 ringmgr generate odt --ring pilot
    [ "$output" = "$(cat "$W/log/configuration.xml")" ]
}

@test "a second sync asks once for each metadata file, is answered 304, and changes nothing" {
    origin_stop "$O"
    origin_serve_nginx "$O" >/dev/null
    config
    expect 0 ringmgr --json sync
    json '.rings | length == 1 and .[0].result == "new" and .[0].published'
    still >"$W/before"
    origin_log_clear
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "unchanged" and .bytes_fetched == 0 and .requests == 1 and (.published | not)'
    [ "$(origin_requests)" = 2 ]
    [ "$(origin_requests '^GET /pr/wsus/releasehistory.cab - 304')" = 1 ]
    [ "$(origin_requests "^GET /pr/$ORIGIN_GUID/Office/Data/v64.cab - 304")" = 1 ]
    still | diff "$W/before" -
}

@test "an origin without validators is asked once for each metadata file, and for no other" {
    origin_fault 'path=*&kind=novalidators'
    expect 0 ringmgr sync
    origin_log_clear
    expect 0 ringmgr --json sync
    json '.rings[0].result == "unchanged"'
    [ "$(origin_requests)" = 2 ]
    [ "$(origin_requests '^GET /pr/wsus/releasehistory.cab - 200')" = 1 ]
    [ "$(origin_requests "^GET .*/v64.cab - 200")" = 1 ]
}

@test "a newer build is staged and flipped in pilot while production keeps the old one until people decide" {
    offer "$OLD" 2026-08-02
    expect 0 ringmgr sync
    decided "$OLD"
    shows production "$OLD"
    offer "$NEW"
    expect 0 ringmgr --json sync
    json '.rings[0] | .build == $new and .result == "new" and .published'
    shows pilot "$NEW"
    shows production "$OLD"
    [ -e "$(data pilot)/$OLD/s640.cab" ]
    [ ! -e "$(data production)/$NEW" ]
    decided "$NEW"
    shows production "$NEW"
    [ -e "$(data production)/$OLD/s640.cab" ]
    expect 0 ringmgr verify
}

@test "the old build stays whole and offered while the newer one is being fetched" {
    offer "$OLD" 2026-08-02
    expect 0 ringmgr sync
    shares >"$W/before"
    offer "$NEW"
    origin_fault "path=*$NEW*x-none.dat&kind=stall&after=1000&ms=20000"
    start sync
    wait_until test -e "$(object "$UP/$NEW/i640.cab")"
    shares | diff "$W/before" -
    shows pilot "$OLD"
    end KILL
    origin_faults_clear
    shares | diff "$W/before" -
    expect 0 ringmgr sync
    shows pilot "$NEW"
}

@test "sync --dry-run says what it would fetch and keeps nothing" {
    expect 0 ringmgr --json sync --dry-run
    json '.rings[0] | .build == $new and (.published | not) and .exact and .bytes_fetched == .bytes_total and .files == 10'
    [ "$(objects)" = 0 ]
    [ ! -e "$(data pilot)/v64.cab" ]
    [ "$(origin_requests "/$NEW/.*\.dat ")" = 0 ]
}

@test "sync --build fetches the build that was named" {
    expect 5 ringmgr sync --build 16.0.1.1
    says "upstream has no such build of $ORIGIN_CHANNEL as 16.0.1.1: none of its files is there"
    expect 0 ringmgr --json sync --build "${OLD#16.0.}"
    json '.rings[0].build == $old'
    shows pilot "$OLD"
}

# keys OBJECT KEY…: the object has them all.
keys() {
    local filter=$1 key
    shift
    for key in "$@"; do
        json "$filter | has(\"$key\")" || return
    done
}

envelope() {
    json '.schema == 1 and (.ringmgr | test("^[0-9]+\\.[0-9]+")) and (.host | length > 0) and
        (.now | test("^20[0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9:]{8}Z$"))'
}

@test "status as JSON keeps the contract, with a candidate that waits for approval" {
    expect 0 ringmgr sync
    expect 0 ringmgr --json status
    envelope
    keys . attention free_bytes history_head rings
    keys '.rings[0]' ring channel state live pointers support candidate soak approvals hold gates_shut \
        next_event last_sync content
    json '.rings[0] | .ring == "pilot" and .channel == "MonthlyEnterprise" and .state == "current" and .candidate == null'
    json '.rings[0].live | .build == $new and .version == "2607" and .released == "2026-08-11T17:15:41Z"'
    json '.rings[0].live | .by == "ringmgr" and has("live_since")'
    json '.rings[0].pointers == {x64: $new}'
    json '.rings[0].last_sync | .result == "new" and .error == null and has("at")'
    json '.rings[0].content == {architectures: ["x64"], languages: ["en-us"], missing: [], leaving: []}'
    json '.rings[1] | .state == "waiting-approval" and .live == null'
    json '.rings[1].candidate | .build == $new and .version == "2607"'
    json '.rings[1] | .approvals == {need: 1, have: 0, by: []} and .gates_shut == ["approvals"]'
    json '.rings[1] | .support == null and .soak == null and .hold == null and .next_event == null'
    json '.free_bytes > 0 and .attention == []'
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 ringmgr --json status
    json '.rings[1] | .state == "ready" and .approvals == {need: 1, have: 1, by: ["games"]} and .gates_shut == []'
}

@test "status tells of empty rings before the first sync, and of a failed one afterwards" {
    origin_fault 'path=*&kind=status&status=404'
    expect 5 ringmgr sync
    says "ringmgr: sync: $ORIGIN_URL: the channel MonthlyEnterprise has no pointer v64.cab for x64"
    expect 0 ringmgr --json status
    json '.rings[0] | .state == "failed" and .last_sync.result == "failed" and (.last_sync.error | length > 0)'
    json '.rings[1].state == "empty"'
    expect 8 ringmgr status --check
    origin_faults_clear
    expect 0 ringmgr sync
    expect 0 ringmgr status --check
}

@test "explain names each gate with its sentence, open or shut" {
    expect 0 ringmgr sync
    expect 0 ringmgr --json explain production
    envelope
    json '.ring == "production" and .build == $new and .allowed == false'
    json '[.gates[].gate] == ["channel","complete","verified","soak","approvals","hold","block","recall","freeze","days","support","order","throttle","settle","clock"]'
    json '.gates | all((.open | type) == "boolean" and (.reason | length > 10) and has("opens_at"))'
    json '[.gates[] | select(.open | not).gate] == ["approvals"]'
    expect 0 ringmgr --json explain production "$OLD"
    json '.build == $old and .allowed == false'
    json '[.gates[] | select(.open | not).gate] | index("complete") and index("order")'
    json '.gates[0].reason | contains("`ringmgr sync pilot --build \($old)` fetches the build, if upstream has it")'
    json '[.gates[].reason | select(contains("ringmgr approve"))] == []'
    expect 0 ringmgr --json explain pilot
    json '.build == null and .allowed == false and .gates == []'
    expect 0 ringmgr explain production
    prints "production $NEW: may not be promoted" "ringmgr approve production $NEW"
}

@test "upstream as JSON keeps the contract" {
    expect 0 ringmgr --json upstream
    envelope
    json '.channels | length == 1'
    keys '.channels[0]' channel latest pointer disagree throttle recalled updates
    json '.channels[0] | .channel == "MonthlyEnterprise" and .latest == $new and .pointer == $new'
    json '.channels[0] | .disagree == false and .recalled == []'
    json '.channels[0].updates | length == 2'
    keys '.channels[0].updates[0]' build version released support_until
    expect 0 ringmgr upstream --channel MonthlyEnterprise
    prints "$NEW" 2607
}

@test "sync, approve, promote, verify and check as JSON keep the contract" {
    expect 0 ringmgr --json check
    envelope
    json '.problems | map(select(.severity == "error")) == []'
    expect 0 ringmgr --json sync
    envelope
    keys '.rings[0]' ring build result published code error files bytes_total bytes_fetched bytes_reused requests seconds
    json ".rings[0] | .files == 10 and .bytes_total == .bytes_fetched and .code == 0 and .error == null"
    expect 0 as games ringmgr --json approve production "$NEW" --reason fine
    envelope
    json '.ring == "production" and .channel == "MonthlyEnterprise" and .build == $new and .result == "done"'
    json '.files_digest | test("^[0-9a-f]{64}$")'
    expect 0 as news ringmgr --json promote production "$NEW" --dry-run
    envelope
    json '.from == null and .to == $new and (.gates[0] | has("gate") and has("open") and has("reason") and has("opens_at"))'
    [ "$(live production)" = none ]
    expect 0 ringmgr --json verify
    envelope
    json '.checked_files == 11 and .checked_bytes > 400000 and .bad == []'
}

@test "the digest of the approved file list can be computed by anybody" {
    expect 0 ringmgr sync
    expect 0 as games ringmgr --json approve production "$NEW" --reason fine
    local digest=$(cd "$(data pilot)" && for file in v64_$NEW.cab $NEW/*; do
        echo "$(sha256sum <"$file" | cut -c1-64) $(stat -c %s "$file") $file"
    done | LC_ALL=C sort | sha256sum | cut -c1-64)
    json ".files_digest == \"$digest\""
}

@test "two architectures have their own pointers, and share the 64-bit installer" {
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    origin_build "$O" 16.0.20300.20100 --arch x64,x86 --lang en-us
    offer 16.0.20300.20100 2026-09-01 --arch x64,x86
    expect 0 ringmgr --json sync
    json '.rings[0] | .published and .files == 20'
    for bits in 32 64; do
        cmp "$(data pilot)/v$bits.cab" "$UP/v${bits}_16.0.20300.20100.cab"
        [ "$(stat -c '%h %a' "$(data pilot)/v$bits.cab")" = "1 444" ]
    done
    for file in s320.cab stream.x86.x-none.dat stream.x86.en-us.dat i320.cab i640.cab i641033.cab i321033.cab; do
        cmp "$(data pilot)/16.0.20300.20100/$file" "$UP/16.0.20300.20100/$file"
    done
    expect 0 ringmgr --json status
    json '.rings[0].pointers == {x86: "16.0.20300.20100", x64: "16.0.20300.20100"}'
    expect 0 ringmgr verify
}

@test "a pointer of one architecture that is missing upstream keeps the other one back" {
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    expect 5 ringmgr sync
    says x86
    [ ! -e "$(data pilot)/v64.cab" ]
}

@test "pointers of two architectures that disagree are waited for" {
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    origin_build "$O" 16.0.20300.20100 --arch x64,x86 --lang en-us
    origin_pointer "$O" 16.0.20300.20100 --arch x86 --signed-at 2026-09-01
    expect 0 ringmgr --json sync
    json '.rings[0].result == "waiting"'
    [ ! -e "$(data pilot)/v64.cab" ]
}

@test "languages, proofing tools and the arm64 files are there when they are wanted" {
    CONTENT=$'languages = en-us, fr-fr\nproofing = en-us\narm64 = yes' config
    origin_build "$O" 16.0.20300.20100 --lang en-us,fr-fr --proofing en-us --arm64
    offer 16.0.20300.20100
    expect 0 ringmgr sync
    (cd "$UP/16.0.20300.20100" && find . -type f | sort) >"$W/upstream"
    (cd "$(data pilot)/16.0.20300.20100" && find . -type f | sort) | diff "$W/upstream" -
    grep -q sa640.cab "$W/upstream"
    diff -r "$UP/16.0.20300.20100" "$(data pilot)/16.0.20300.20100"
}

@test "a language that upstream lacks is named, and nothing is published" {
    CONTENT="languages = en-us, de-de" config
    expect 5 ringmgr sync
    complains
    says s641031.cab stream.x64.de-de.dat i641031.cab
    [ ! -e "$(data pilot)/v64.cab" ]
}
