#!/usr/bin/env bats
# `site` and what else people see of sites: words, exit statuses and documents. Mounted folders stand for the sites: how
# bytes travel is for sites.bats.

setup_file() {
    load world
    world_file
    need rsync
}

setup() {
    load world
    load sites
    world_make
    offer "$OLD"
}

teardown() {
    sites_end
    world_end
}

# two [RINGS]: tokyo, with these rings, and oslo, folders; both count.
two() {
    site_folder tokyo
    site tokyo "rings = ${1:-production}" "timezone = Asia/Tokyo" 'unc = \\fs-tokyo\%ring%' "ad_site = Tokyo"
    site_folder oslo
    site oslo "rings = production"
    config
}

# state SITE RING: how `site status` calls it.
state() {
    ringmgr --json site status | jq -r --arg site "$1" --arg ring "$2" \
        '.sites[] | select(.site == $site) | .rings[] | select(.ring == $ring) | .state'
}

# take: the build is in both rings here.
take() {
    local build=$1
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$build" --reason fine
    expect 0 as news ringmgr promote production "$build"
}

@test "words that are no command, no site, no ring: 2, and nothing is tried" {
    two
    expect 0 ringmgr site list
    local line
    while read -r line; do
        expect 2 ringmgr $line
        complains
    done <<'LINES'
site
site sink
site list tokyo
site list --now
site check nowhere
site check --ring pilot
site sync nowhere
site sync tokyo --ring nowhere
site sync --repair
site status nowhere
site verify --now
site pause
site pause tokyo oslo --reason x
site forget tokyo oslo
site sync oslo --ring pilot
LINES
    expect 2 ringmgr site
    says "must follow: list, check, sync, status, verify, pause, resume, forget"
    expect 2 ringmgr site sink
    says "no command sink, only: list, check"
    expect 2 ringmgr site sync oslo --ring pilot
    says "ringmgr: site sync: site oslo does not show ring pilot"
    expect 2 ringmgr site sync --ring pilot
    says "no site shows ring pilot"
    expect 2 as news ringmgr site pause nowhere --reason x
    says "there is no site nowhere" "tokyo, oslo"
    expect 2 as news ringmgr site pause tokyo
    says "--reason"
    [ -z "$(find "$W/site" -mindepth 2)" ]
}

@test "list needs no state, and knows what clients call each share; without a [site] all say so" {
    expect 0 ringmgr site list
    prints "no [site NAME]"
    expect 0 ringmgr sync
    expect 0 ringmgr --json site status
    json '.sites == [] and [.rings[].sites] == [null, null]'
    expect 2 ringmgr site sync
    says "there is no [site NAME]"
    two "pilot, production"
    rm -r "$W/state"/*
    expect 0 ringmgr --json site list
    json '.sites[0].site == "tokyo" and .sites[0].required and .sites[0].ad_site == "Tokyo" and .left == []'
    json '.sites[0].rings == [{"ring":"pilot","unc":"\\\\fs-tokyo\\pilot"},{"ring":"production","unc":"\\\\fs-tokyo\\production"}]'
    json '.sites[1].rings == [{"ring":"production","unc":null}]'
    expect 0 ringmgr site list
    prints "tokyo" "$W/site/oslo" "pilot, production"
}

@test "from unseen to live, and nothing twice; status, quorum, metrics, history; verify finds what was changed, --repair mends it" {
    two "pilot, production"
    take "$OLD"
    [ "$(state tokyo pilot) $(state oslo production)" = "unseen unseen" ]
    expect 0 ringmgr --json status
    json '.rings[1].state == "publishing" and .rings[1].sites.counted == 2 and .rings[1].sites.need == 2'
    json '.rings[1].sites.live == 0 and .rings[1].sites.since == null and .rings[1].sites.behind == ["tokyo", "oslo"]'
    expect 0 ringmgr status
    prints "0 of 2 required sites live, 2 are needed; behind: tokyo, oslo"

    expect 0 ringmgr --json site sync --ring production
    json '[.sites[] | [.site, .ring, .result, .code]] == [["tokyo","production","flipped",0],["oslo","production","flipped",0]]'
    json '[.sites[].build] == [$old, $old] and all(.sites[]; .bytes_left == 0 and .bad == [])'
    site_shows tokyo production "$OLD"
    site_shows oslo production "$OLD"
    [ ! -e "$(site_data tokyo pilot)" ]
    [ "$(state tokyo pilot) $(state tokyo production)" = "unseen live" ]
    expect 0 ringmgr --json status
    json '.rings[1].state == "current" and .rings[1].sites.live == 2 and .rings[1].sites.since != null'
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "sites-live") | [.ring, .build]] == [["production", $old]]'
    expect 0 ringmgr metrics
    prints 'ringmgr_site_live{site="tokyo",ring="production"} 1' 'ringmgr_site_live{site="tokyo",ring="pilot"} 0' \
        'ringmgr_ring_sites_live{ring="production"} 2' 'ringmgr_ring_sites_needed{ring="pilot"} 1'

    expect 0 ringmgr site check oslo
    prints "oslo production: answers, offers $OLD"
    expect 0 ringmgr site sync
    prints "tokyo pilot: flipped" "oslo production: unchanged"
    local before
    before=$(find "$W/site" -printf '%P %i %s %T@\n' | sort)
    expect 0 ringmgr --json site sync
    json 'all(.sites[]; .result == "unchanged")'
    [ "$before" = "$(find "$W/site" -printf '%P %i %s %T@\n' | sort)" ]

    before=$(site_data oslo production)/$OLD/i640.cab
    byte "$before" && touch -r "$(site_data tokyo production)/$OLD/i640.cab" "$before" # what no look at its size and time finds
    expect 4 ringmgr --json site verify oslo
    json '.checked_files > 0 and .checked_bytes > 0'
    json '.sites[0].bad == [{"path": ($old + "/i640.cab"), "problem": .sites[0].bad[0].problem, "repaired": false, "foreign": false}]'
    expect 0 ringmgr --json site verify --repair
    json '[.sites[].bad[].repaired] == [true]'
    site_shows oslo production "$OLD"
    expect 0 ringmgr site verify
    prints "0 wrong"
}

@test "a site that is not there fails alone, is told with its reason, and its status is the worst of all" {
    two
    take "$OLD"
    rmdir "$W/site/oslo"
    heed ringmgr site check oslo
    [ "$(ringmgr site check oslo 2>&1 | tail -n 1)" = "$stderr" ] # summed up behind what it sums up
    heed ringmgr --json site sync
    [ "$status" != 0 ]
    json '[.sites[] | select(.site == "tokyo") | .result] == ["flipped"]'
    json '.sites[] | select(.site == "oslo") | .result == "failed" and .code != 0 and (.text | length) > 20'
    [ "$(jq '[.sites[].code] | max' <<<"$output")" = "$status" ]
    [ ! -e "$W/site/oslo" ]
    [ "$(state oslo production)" = failing ]
    expect 0 ringmgr site status oslo
    prints "oslo" "failing" "fails since" "1 of 2 required sites live"
    [[ "$output" != *$'\n'tokyo* ]]
    expect 0 ringmgr --json status
    json '.rings[1].state == "publishing" and .rings[1].sites.behind == ["oslo"]'
    site_folder oslo
    expect 0 ringmgr site sync oslo
    [ "$(state oslo production)" = live ]
    sed -i "s|^target = $W/site/oslo|target = $W/site/elsewhere|" "$W/ringmgr.conf"
    [ "$(state oslo production)" = unseen ]
    expect 0 ringmgr --json status
    json '.rings[1].sites.live == 1'
    sed -i "s|^target = $W/site/elsewhere|target = $W/site/oslo|" "$W/ringmgr.conf"

    local file=$OLD/i640.cab
    byte "$(site_data tokyo production)/$file"
    touch -r "$(site_data oslo production)/$file" "$(site_data tokyo production)/$file"
    mv "$W/site/oslo" "$W/site/away"
    expect 4 ringmgr --json site verify # 4 is worse than what oslo has
    json '[.sites[] | [.site, .code == 4]] == [["tokyo", true], ["oslo", false]] and .sites[1].code != 0'
}

# announced: the head that was announced is the one that the history has.
announced() {
    [ "$(tail -n 1 "$W/log/head" | cut -d' ' -f3)" = "$(ringmgr --json history | jq -r '.entries[-1].hash')" ]
}

@test "a pause needs somebody who decides, keeps everything away, and ends" {
    two
    take "$OLD"
    expect 3 as proxy ringmgr site pause tokyo --reason "mine"
    expect 0 as news ringmgr --json site pause tokyo --reason "new line"
    json '.site == "tokyo" and .result == "done"'
    announced
    expect 0 as games ringmgr --json site pause tokyo --reason "again"
    json '.result == "unchanged"'
    expect 0 ringmgr status
    prints "site tokyo is paused by news since" ": new line; ringmgr site resume tokyo"
    expect 0 ringmgr --json status
    json '[.rings[].paused_sites] == [[], ["tokyo"]]'
    expect 0 ringmgr --json site sync
    json '[.sites[] | [.site, .result]] == [["tokyo", "waiting"], ["oslo", "flipped"]]'
    [ -z "$(ls "$W/site/tokyo")" ]
    expect 0 ringmgr --json site status tokyo
    json '.sites[0].paused.by == "news" and .sites[0].paused.reason == "new line" and .sites[0].rings[0].state == "paused"'
    expect 0 as games ringmgr site resume tokyo
    announced
    expect 0 as games ringmgr --json site resume tokyo
    json '.result == "unchanged"'
    expect 0 ringmgr site sync
    site_shows tokyo production "$OLD"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action | startswith("site-")) | [.action, .actor, .reason]] | sort ==
        [["site-pause", "news", "tokyo: new line"], ["site-resume", "games", "tokyo"]]'
}

@test "bytes by night, the pointer in the morning: --stage sends, --flip waits for the sites, and names who is missing" {
    two
    take "$OLD"
    expect 0 ringmgr site sync
    offer "$NEW"
    expect 0 ringmgr sync
    expect 3 as news ringmgr promote production "$NEW" --stage
    says "approvals"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    local line
    for line in "--stage --flip" "--stage --at 2090-01-01" "--stage --override soak" "--flip --at 2090-01-01"; do
        expect 2 as news ringmgr promote production "$NEW" $line --reason x
    done
    expect 0 as news ringmgr promote production "$NEW" --stage
    announced
    expect 0 as news ringmgr --json promote production --stage --at never
    announced
    json '.ring == "production" and .result == "done"'
    expect 0 as news ringmgr --json promote production "$NEW" --stage --reason "by night"
    json '.result == "done" and .to == $new and .from == $old'
    [ "$(live production)" = "$OLD" ]
    expect 0 as news ringmgr promote production "$NEW" --stage
    prints "was ordered before"
    expect 3 as news ringmgr promote production --flip --yes
    says "0 of 2 required sites have $NEW" "tokyo, oslo"

    expect 0 ringmgr site sync tokyo
    [ "$(site_names tokyo production)" = "$OLD" ]
    expect 0 ringmgr --json site status
    json '.sites[0].rings[0].ordered.build == $new and .sites[0].rings[0].ordered.proven != null and .sites[0].rings[0].state == "live"'
    json '.sites[1].rings[0].ordered.proven == null'
    expect 3 as news ringmgr promote production --flip --yes
    says "1 of 2 required sites have $NEW" "missing at oslo"
    [ "$(live production)" = "$OLD" ]
    expect 0 ringmgr status
    prints "$NEW is staged: 1 of 2 required sites have proven it, 2 are needed; missing: oslo" "--stage --at never"
    [[ "$output" != *"    ringmgr promote production"$'\n'* ]]

    expect 0 ringmgr site sync
    expect 0 ringmgr --json status
    json '.rings[1].staged == {"build": $new, "counted": 2, "need": 2, "proven": 2, "missing": []}'
    expect 0 ringmgr explain production
    prints "2 of 2 required sites have proven it, 2 are needed: ringmgr promote production --flip"
    expect 0 as news ringmgr promote production --flip --yes
    prints "2 sites have not moved yet: ringmgr site sync"
    [ "$(live production)" = "$NEW" ]
    [ "$(site_names oslo production)" = "$OLD" ]
    expect 0 ringmgr site sync
    site_shows tokyo production "$NEW"
    site_shows oslo production "$NEW"
    expect 0 ringmgr --json site status
    json 'all(.sites[].rings[]; .ordered == null)'
}

@test "a site that has left the configuration is forgotten by who may decide, once; what stands there stays" {
    two
    take "$OLD"
    expect 0 ringmgr site sync
    expect 2 as news ringmgr site forget oslo
    says "site oslo is in the configuration"
    MORE= && site_folder tokyo && site tokyo "rings = production"
    config
    expect 0 ringmgr site list
    prints "oslo" "ringmgr site forget oslo"
    expect 3 as proxy ringmgr site forget oslo
    expect 0 as news ringmgr site forget oslo --reason "closed"
    announced
    expect 2 as news ringmgr site forget oslo
    says "the books know no site oslo"
    expect 0 ringmgr --json site list
    json '.left == []'
    expect 0 ringmgr history
    prints "site-forget oslo: closed"
    site_shows oslo production "$OLD"
}
