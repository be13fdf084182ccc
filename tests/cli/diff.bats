#!/usr/bin/env bats
# What a promotion would change, before anybody approves it.

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

# ahead: production has the older build, pilot the newer.
ahead() {
    offer "$OLD"
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production --yes
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    [ "$(live pilot) $(live production)" = "$NEW $OLD" ]
}

# sizes BUILD: of all that a share shows of it, descriptor included.
sizes() {
    local file sum
    sum=$(stat -c %s "$UP/v64_$1.cab")
    for file in $FILES; do
        sum=$((sum + $(stat -c %s "$UP/$1/$file")))
    done
    echo $sum
}

@test "builds, files, bytes and digest of the candidate" {
    ahead
    expect 0 ringmgr --json diff production
    json '.ring == "production" and .from == $old and .to == $new'
    json '.files == {"new": 0, "changed": 10, "same": 0, "gone": 0}'
    json '.names.changed | sort == ["i640.cab", "i640.cab.cat", "i641033.cab", "s640.cab", "s641033.cab",
        "stream.x64.en-us.dat", "stream.x64.en-us.dat.cat", "stream.x64.x-none.dat", "stream.x64.x-none.dat.cat", "v64.cab"]'
    json '.languages_added == [] and .languages_removed == [] and .architectures_added == [] and .missing == []'
    json ".bytes_total == $(sizes "$NEW") and .bytes_changed == .bytes_total and .bytes_on_disk == 0"
    expect 0 ringmgr --json client production --have "$OLD" --arch x64 --lang en-us --target "$OLD"
    expect 0 ringmgr --json client pilot --have "$OLD" --arch x64 --lang en-us
    local bytes
    bytes=$(jq .bytes <<<"$output")
    expect 0 ringmgr --json diff production "$NEW"
    json ".bytes_machine == $bytes and .bytes_machine_exact"
}

@test "an approval is bound to the digest that diff showed, and diff counts it" {
    local digest
    ahead
    expect 0 ringmgr --json diff production
    digest=$(jq -r .files_digest <<<"$output")
    json '.approvals == {"need": 1, "have": 0, "by": []}'
    expect 0 as games ringmgr --json approve production "$NEW" --reason fine
    json ".files_digest == \"$digest\""
    expect 0 ringmgr --json diff production
    json '.approvals == {"need": 1, "have": 1, "by": ["games"]}'
    CONTENT="languages = en-us, fr-fr" config
    expect 0 ringmgr --json diff production
    json '.languages_added == ["fr-fr"] and (.missing | length > 0)'
    expect 0 ringmgr sync
    expect 0 ringmgr --json diff production
    json ".files_digest != \"$digest\" and .approvals.have == 0 and .missing == []"
    json '.files.new == 0 and .languages_added == []' # the live build has grown by it, too
}

@test "a language that the ring no longer wants is removed" {
    CONTENT="languages = en-us, fr-fr" config
    ahead
    CONTENT="languages = en-us" config
    expect 0 ringmgr --json diff production
    json '.languages_removed == ["fr-fr"] and .files.gone == 4 and (.names.gone | index("stream.x64.fr-fr.dat") != null)'
}

@test "files that are the same in both builds are no change" {
    local next=16.0.20300.20100
    origin_build "$O" $next --lang en-us --from "$NEW" --survive 100
    expect 0 ringmgr sync
    offer $next 2026-09-02
    cp "$UP/$NEW/i640.cab" "$W/i640.cab"
    expect 0 ringmgr sync
    expect 0 ringmgr --json diff pilot "$NEW"
    json ".from == \"$next\" and .to == \$new and .files.changed + .files.same == 10"
    local file same=0
    for file in $FILES; do
        ! cmp -s "$UP/$NEW/$file" "$UP/$next/$file" || same=$((same + 1))
    done
    json ".files.same == $same"
}

@test "days of support before and after" {
    ahead
    SUPPORT="window = 12 months" config
    expect 0 ringmgr --json diff production
    json '.support.to | .version == "2607" and .released == "2026-08-11T17:15:41Z" and .deadline == "2026-10-13T00:00:00Z"
        and .basis == "microsoft" and (.days_left | type) == "number"'
    json '.support.from | .version == "2606" and .basis == "microsoft" and .deadline < "2026-10-13"'
    expect 0 ringmgr diff production
    prints "(2607, released 2026-08-11)" " -> until 2026-10-13 ("
    SUPPORT="window = none
rules = $W/no-rules.csv" config
    expect 0 ringmgr --json diff production
    json '.support.to | .deadline == null and .basis == "none" and .days_left == null'
}

@test "in words, with names if asked" {
    ahead
    expect 0 ringmgr diff production
    prints "production: $OLD (2606, released 2026-08-11) -> $NEW (2607, released 2026-08-11)" \
        "0 new, 10 changed, 0 the same, 0 gone" "0 bytes more on disk" "approvals 0 of 1 for exactly this"
    [[ "$output" != *"~ s640.cab"* ]]
    expect 0 ringmgr -v diff production
    prints "~ s640.cab"
}

@test "without a candidate there is nothing to show, and a build that nobody knows is an error" {
    expect 0 ringmgr sync
    expect 0 ringmgr diff pilot
    prints "pilot: there is no build that it could take"
    expect 0 ringmgr --json diff pilot
    json '.ring == "pilot" and .to == null'
    expect 1 ringmgr diff pilot 16.0.20300.20100
    complains
    says "16.0.20300.20100 is not in the store"
    expect 2 ringmgr diff nowhere
    expect 2 ringmgr diff pilot x
}
