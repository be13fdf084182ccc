#!/usr/bin/env bats
# Content that grows: a language or an architecture added to the configuration reaches the builds that stand already.

setup_file() {
    load world
    world_file
}

# Pilot has the newer build and keeps the older one; production has the older one, and an approval for the newer.
setup() {
    load world
    world_make
    FRENCH="$FILES i641036.cab s641036.cab stream.x64.fr-fr.dat stream.x64.fr-fr.dat.cat"
    stand
}

teardown() {
    touch "$W/done"
    world_end
}

stand() {
    offer "$OLD" 2026-08-16 "$@"
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production "$OLD"
    offer "$NEW" 2026-08-17 "$@"
    expect 0 ringmgr sync
    [ "$(live pilot) $(live production)" = "$NEW $OLD" ]
}

# french: [content] names it, too.
french() {
    CONTENT="languages = en-us, fr-fr" config
}

# has RING BUILD [FILE…]: the folder of a build that is not live: each file as upstream has it, and no other.
has() {
    local data build=$2 file
    data=$(data "$1")/$build
    shift 2
    for file in "$@"; do
        cmp "$data/$file" "$UP/$build/$file" || return
    done
    [ "$(ls "$data")" = "$(printf '%s\n' "$@" | LC_ALL=C sort)" ] || { ls "$data" && return 1; }
}

# extended: the entries of history, "RING BUILD REASON" a line each, sorted.
extended() {
    ringmgr --json history | jq -r '.entries[] | select(.action == "extend") | "\(.ring) \(.build) \(.reason)"' | sort
}

since() {
    ringmgr --json status | jq -c '.rings | map([.ring, .live.build, .live.live_since, .live.by, .soak.have_days])'
}

lacking() {
    ringmgr --json status | jq -c '[.rings[].content.missing[]]'
}

nothing_wrong() {
    expect 0 ringmgr verify
    expect 0 ringmgr history --verify
    [ "$(find "$W/share" -name '.ringmgr*')" = "" ]
}

@test "a language that is added reaches every build that stands: live, soaking and kept" {
    local before=$(since)
    french
    expect 0 ringmgr --json status
    json '[.rings[] | .content.missing[0]] == ["fr-fr", "fr-fr"]'
    expect 0 ringmgr sync
    prints "pilot $NEW offers what the configuration adds" "pilot $OLD offers" "production $OLD offers"
    shows pilot "$NEW" $FRENCH
    shows production "$OLD" $FRENCH
    has pilot "$OLD" $FRENCH
    [ "$(since)" = "$before" ]
    [ "$(lacking)" = "[]" ]
    diff <(extended) - <<END
pilot $OLD added to the configuration: fr-fr
pilot $NEW added to the configuration: fr-fr
production $OLD added to the configuration: fr-fr
END
    expect 0 ringmgr --json history
    json '.entries[] | select(.action == "extend") | .actor == "ringmgr" and .identity == "service" and .from_build == null'
    nothing_wrong
}

@test "the sync after that asks for nothing and changes nothing" {
    french
    expect 0 ringmgr sync
    still >"$W/before"
    origin_log_clear
    expect 0 ringmgr --json sync
    json '.extended == [] and .rings[0].result == "unchanged" and .rings[0].bytes_fetched == 0'
    [ "$(origin_requests "/16\.")" = 0 ]
    still | diff "$W/before" -
    [ "$(extended | wc -l)" = 3 ]
}

@test "what was there is not fetched again, and the report counts what was" {
    french
    origin_log_clear
    expect 0 ringmgr --json sync
    json '.rings[0] | .result == "new" and .bytes_fetched > 0 and .requests > 8'
    json '.extended | sort == ["pilot \($old)", "pilot \($new)", "production \($old)"]'
    [ "$(origin_requests '(x-none|s640|i640|en-us|1033)')" = 0 ]
}

@test "a dry run says which builds lack it, and does nothing" {
    french
    still >"$W/before"
    expect 0 ringmgr sync --dry-run
    prints "would fetch what the configuration adds to $NEW" "would fetch what the configuration adds to $OLD"
    still | diff "$W/before" -
    [ "$(extended)" = "" ]
}

@test "an approval of the files without the language is void, and the gate says why" {
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    french
    expect 0 ringmgr sync
    expect 3 as news ringmgr promote production "$NEW"
    says "that of games does not count: it was for other files of the build: the ring's content has changed since"
    expect 0 as games ringmgr approve production "$NEW" --reason "with French"
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW" $FRENCH
    nothing_wrong
}

@test "a roll-back leads to a build that has the language" {
    french
    expect 0 ringmgr sync
    expect 0 as games ringmgr rollback pilot --reason "Outlook crashes"
    shows pilot "$OLD" $FRENCH
    nothing_wrong
}

@test "proofing tools grow the same way" {
    CONTENT=$'languages = en-us\nproofing = en-us' config
    expect 0 ringmgr sync
    shows pilot "$NEW" $FILES sp641033.cab stream.x64.en-us.proof.dat stream.x64.en-us.proof.dat.cat
    [ "$(lacking)" = "[]" ]
    nothing_wrong
}

@test "what one ring alone wants is offered by it alone, and a build soaks with it" {
    PRODUCTION="languages = en-us, fr-fr" config
    expect 0 ringmgr sync
    shows pilot "$NEW"
    has pilot "$OLD" $FILES
    shows production "$OLD" $FRENCH
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW" $FRENCH
    expect 0 ringmgr --json sync
    json '.rings[0].result == "unchanged" and .extended == []'
    nothing_wrong
}

@test "a language that upstream no longer has for an older build is said, and the others get it" {
    rm "$UP/$OLD/s641036.cab" "$UP/$OLD/stream.x64.fr-fr.dat"
    french
    expect 0 ringmgr sync
    says "the configuration adds to $OLD what upstream does not have of it: fr-fr ($OLD/s641036.cab …)"
    shows pilot "$NEW" $FRENCH
    shows production "$OLD"
    has pilot "$OLD" $FILES
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "extend-missing") | .ring, .severity] == ["pilot", "warning"]'
    json '.attention[] | select(.code == "extend-missing").text | contains("goes on offering what it did")'
    json '.rings[0].content.missing == [] and .rings[1].content.missing[0] == "fr-fr"'
    json '.rings[0].last_sync.result != "failed"'
    expect 0 ringmgr sync
    [ "$stderr" = "" ] # said once
    nothing_wrong
    expect 8 ringmgr status --check
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 ringmgr sync
    expect 0 ringmgr --json status --check # now the build is only kept: told, but no alarm for ever
    json '[.attention[] | select(.code == "extend-missing") | .severity] == ["info"]'
}

@test "what was missing is taken when upstream has it again, and the attention ends" {
    mkdir "$W/aside" && mv "$UP/$OLD/s641036.cab" "$W/aside"
    french
    expect 0 ringmgr sync
    mv "$W/aside/s641036.cab" "$UP/$OLD"
    expect 0 ringmgr sync
    shows production "$OLD" $FRENCH
    has pilot "$OLD" $FRENCH
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "extend-missing")] == []'
    nothing_wrong
}

@test "the attention ends when nobody wants the language any more" {
    rm "$UP/$OLD/s641036.cab"
    french
    expect 0 ringmgr sync
    CONTENT='' config
    expect 0 ringmgr sync
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "extend-missing")] == []'
}

@test "a forged stream fails the sync and grows nothing" {
    byte "$UP/$OLD/stream.x64.fr-fr.dat"
    french
    expect 4 ringmgr sync
    says "extend $OLD" "stream.x64.fr-fr.dat"
    shows pilot "$NEW" $FRENCH
    shows production "$OLD"
    has pilot "$OLD" $FILES
    nothing_wrong
}

@test "a network that fails is the ring's failure, and the next sync goes on" {
    origin_fault "path=*$OLD/stream.x64.fr-fr.dat&kind=status&status=503"
    french
    expect 5 ringmgr sync
    shows production "$OLD"
    expect 0 ringmgr --json status
    json '.rings[0].last_sync.result == "failed" and (.rings[0].last_sync.error | contains("fr-fr"))'
    origin_faults_clear
    expect 0 ringmgr sync
    shows production "$OLD" $FRENCH
    nothing_wrong
}

@test "a language that is removed stays on the builds that stand" {
    french
    expect 0 ringmgr sync
    CONTENT='' config
    shares >"$W/before"
    expect 0 ringmgr sync
    shares | diff "$W/before" -
    shows pilot "$NEW" $FRENCH
    [ "$(lacking)" = "[]" ]
    nothing_wrong
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    shows production "$NEW" $FRENCH # for its grace: leaving.bats
}

@test "a build that is kept but blocked is not fetched for" {
    expect 0 as games ringmgr block "$OLD" --ring pilot --reason "bad"
    PILOT="languages = en-us, fr-fr" config
    origin_log_clear
    expect 0 ringmgr sync
    shows pilot "$NEW" $FRENCH
    has pilot "$OLD" $FILES
    [ "$(origin_requests "$OLD/")" = 0 ]
}

@test "a held ring grows all the same: no build enters" {
    expect 0 as games ringmgr hold all --reason "quarter end"
    french
    expect 0 ringmgr sync
    shows pilot "$NEW" $FRENCH
    shows production "$OLD" $FRENCH
    [ "$(live pilot) $(live production)" = "$NEW $OLD" ]
}

@test "gc leaves what has grown, and takes it away whole" {
    french
    expect 0 ringmgr sync
    expect 0 ringmgr gc
    nothing_wrong
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr block "$OLD" --reason bad
    CONTENT="languages = en-us, fr-fr" PILOT=$'keep = 0\ngrace = 0 days' PRODUCTION=$'keep = 0\ngrace = 0 days' config
    expect 0 ringmgr gc
    [ ! -e "$(data pilot)/$OLD" ]
    [ ! -e "$(data production)/$OLD" ]
    shows pilot "$NEW" $FRENCH
    nothing_wrong
}

@test "an interrupted sync goes on where it was" {
    french
    origin_fault "path=*$OLD/stream.x64.fr-fr.dat&kind=stall&after=1000&ms=60000&times=1"
    start sync
    wait_until grep -q "$OLD/stream.x64.fr-fr.dat" "$ORIGIN_LOG" || true
    end KILL
    shows production "$OLD"
    expect 0 ringmgr sync
    shows production "$OLD" $FRENCH
    has pilot "$OLD" $FRENCH
    nothing_wrong
}

# books RING LIVE OTHER: options of the judge: what they say that the ring's live build and the other one offer.
books() {
    local grown="EXISTS (SELECT 1 FROM history WHERE action = 'extend' AND ring = '$1' AND"
    sqlite3 -cmd ".timeout 10000" "file:$W/state/ringmgr.db?mode=ro" "SELECT
        '--lang en-us' || iif($grown build = '$2' AND reason LIKE '%fr-fr%'), ',fr-fr', '') ||
        iif($grown build = '$2' AND reason LIKE '%proof%'), ' --proofing en-us', '') ||
        ' --other-lang en-us' || iif($grown build = '$3' AND reason LIKE '%fr-fr%'), ',fr-fr', '') ||
        ' --other-proofing=' || iif($grown build = '$3' AND reason LIKE '%proof%'), 'en-us', '')"
}

# judged: both shares, again and again until $W/done is there: what the books said before the judge looked, must be there.
# What vanishes while find looks (our own staging) is no verdict.
judged() {
    local ring content
    set +T
    while [ -d "$W" ] && [ ! -e "$W/done" ]; do
        for ring in pilot production; do
            content=$(books $ring "$([ $ring = pilot ] && echo "$NEW" || echo "$OLD")" "$OLD")
            # shellcheck disable=SC2086 # options; the last one may be empty
            sh "$RINGMGR_TOP/tests/judge/judge.sh" check --manifest "$W/manifest" --share "$W/share/$ring" \
                --guid "$ORIGIN_GUID" --arch x64 ${content%=*} "${content##*=}" 2>&1 |
                grep -v "^cannot be judged: find: " || true
            echo >>"$W/rounds"
        done
    done
}

# looked TIMES: the judge has looked so often since the last time that this was asked.
looked() {
    [ $(($(wc -l <"$W/rounds") - ROUNDS)) -ge "$1" ] && ROUNDS=$(wc -l <"$W/rounds")
}

# later HOURS: the service's clock.
later() {
    at "@$(($(cat "$W/now") + $1 * 3600))"
}

# grown_to TIMES: so many builds were extended, and the judge looks before and after.
grown_to() {
    wait_until looked 4
    later 7
    wait_until eval '[ "$(extended | wc -l)" = '"$1"' ]'
    wait_until rested
    wait_until looked 4
}

@test "a judge that looks all the time never sees a build of a running service that is not whole" {
    need osslsigncode cabextract sqlite3
    load service
    sh "$RINGMGR_TOP/tests/judge/judge.sh" learn --origin "$O/www/pr" --roots "$O/ca/roots.pem" --out "$W/manifest"
    export RINGMGR_TEST_NOW=@$W/now
    at now
    MORE=$'[schedule]\njitter = 0s\nquick_audit = off'
    config
    judged >"$W/verdicts" 3>&- &
    local judge=$! ROUNDS=0
    touch "$W/rounds"
    serving
    wait_until rested
    french
    kill -HUP "$PID"
    wait_until logged 'event=reload result=accepted' 1
    grown_to 3
    CONTENT=$'languages = en-us, fr-fr\nproofing = en-us' config
    kill -HUP "$PID"
    wait_until logged 'event=reload result=accepted' 2
    grown_to 6
    end TERM
    touch "$W/done"
    wait $judge
    echo "# the judge has looked $(wc -l <"$W/rounds") times" >&3
    [ "$(books pilot "$NEW" "$OLD")" = "--lang en-us,fr-fr --proofing en-us --other-lang en-us,fr-fr --other-proofing=en-us" ]
    cat "$W/verdicts"
    [ ! -s "$W/verdicts" ]
}

# ---- architectures ----

# Two builds of both architectures stand for x64 alone.
two_architectures() {
    local build
    world_end
    rm -rf "$W" && world_make
    OLD=16.0.20300.20100 NEW=16.0.20326.20100
    for build in $OLD $NEW; do
        origin_build "$O" $build --arch x64,x86 --lang en-us
    done
    stand --arch x64,x86
}

# names RING BUILD: both pointers do.
names() {
    cmp "$(data "$1")/v64.cab" "$UP/v64_$2.cab" && cmp "$(data "$1")/v32.cab" "$UP/v32_$2.cab" &&
        cmp "$(data "$1")/v32_$2.cab" "$UP/v32_$2.cab"
}

@test "an architecture that is added: files, descriptors, and in the end two pointers to one build" {
    two_architectures
    [ ! -e "$(data pilot)/v32.cab" ]
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    expect 0 ringmgr sync
    names pilot "$NEW"
    names production "$OLD"
    cmp "$(data pilot)/v32_$OLD.cab" "$UP/v32_$OLD.cab"
    [ "$(stat -c '%h %a %U' "$(data pilot)/v32.cab")" = "1 444 backup" ]
    for file in s320.cab i320.cab i640.cab i641033.cab i321033.cab s321033.cab stream.x86.x-none.dat stream.x86.en-us.dat; do
        cmp "$(data pilot)/$NEW/$file" "$UP/$NEW/$file"
        cmp "$(data pilot)/$OLD/$file" "$UP/$OLD/$file"
        cmp "$(data production)/$OLD/$file" "$UP/$OLD/$file"
    done
    expect 0 ringmgr --json status
    json '.rings | all(.pointers.x86 == .live.build and .pointers.x64 == .live.build)'
    [ "$(lacking)" = "[]" ]
    nothing_wrong
}

@test "an architecture that upstream lacks for the live build brings no pointer" {
    two_architectures
    rm "$UP/v32_$OLD.cab"
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    expect 0 ringmgr sync
    names pilot "$NEW"
    [ ! -e "$(data production)/v32.cab" ]
    expect 0 ringmgr --json status
    json '.attention | any(.code == "extend-missing" and (.text | contains("x86")))'
    nothing_wrong
}

@test "an architecture that was dropped and comes back names the live build again" {
    two_architectures
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    expect 0 ringmgr sync
    CONTENT='' PRODUCTION="grace = 0 days" config
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    cmp "$(data production)/v32.cab" "$UP/v32_$OLD.cab"
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    expect 0 ringmgr sync
    names production "$NEW"
    nothing_wrong
}
