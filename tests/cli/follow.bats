#!/usr/bin/env bats
# Rings that follow headquarters: what its signed manifest names is fetched, proven and offered, forth and back, and
# nothing else is.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    load following
    world_make
    headquarters
}

teardown() {
    [ -z "${GUARD:-}" ] || kill "$GUARD"
    headquarters_end
    world_end
}

# refused STATUS TEXT…: a sync of tokyo ends so, and changes nothing that it offers.
refused() {
    expect "$1" on tokyo sync
    says "${@:2}"
    cmp "$W/tokyo/share/Office/Data/v64.cab" "$UP/v64_$OLD.cab"
}

@test "a site follows headquarters forth and back, and shows its manifest byte by byte" {
    follower tokyo
    expect 0 on tokyo check
    expect 0 on tokyo --json sync --dry-run
    json '.rings[0] | .result == "new" and .build == $old'
    [ ! -e "$W/tokyo/share/Office" ]
    expect 0 on tokyo --json sync
    json '.rings[0] | .result == "new" and .published and .files == 10'
    holds tokyo "$OLD"
    [ "$(manifest '[.ring, .channel, .build, .version, .schema] | join(" ")')" = \
        "pilot $ORIGIN_CHANNEL $OLD 2606 1" ]
    advance 3600
    expect 0 on tokyo --json sync
    json '.rings[0] | .published and .bytes_fetched < .bytes_total' # delta against the build before
    holds tokyo "$NEW"
    at 7200
    as games expect 0 ringmgr rollback pilot --reason "breaks the add-in"
    [ "$(manifest .build)" = "$OLD" ]
    expect 0 on tokyo sync
    holds tokyo "$OLD"
    expect 0 on tokyo --json history
    json '.entries[-1] | .action == "rollback" and .build == $old and .from_build == $new and .identity == "service"
        and (.reason | startswith("headquarters went back (manifest "))'
    expect 0 on tokyo status
    prints "follows http" "manifest " "which holds until"
    expect 0 on tokyo --json status # nobody has to allow anything here
    json '.attention == [] and .rings[0].hold == null and .rings[0].state == "current" and .rings[0].follows.sequence > 0'
    at 9000
    as games expect 0 ringmgr unblock "$NEW" --ring pilot --reason "mended"
    as games expect 0 ringmgr promote pilot "$NEW" --yes
    expect 0 on tokyo sync
    holds tokyo "$NEW"
    expect 0 on tokyo verify
    expect 3 on tokyo sync --build "$OLD"
    says "follows headquarters"
}

@test "what headquarters has not signed, or has signed before, is refused and named" {
    follower tokyo
    expect 0 on tokyo sync
    cp "$W/share/pilot/Office/Data/ring.manifest" "$W/first"
    front_copy
    advance 3600
    cp "$W/share/pilot/Office/Data/ring.manifest" "$W/second"

    new_key thief
    sed -i "s|hq.key|thief.key|" "$W/ringmgr.conf"
    at 3700
    expect 0 ringmgr sync
    cp "$W/share/pilot/Office/Data/ring.manifest" "$SHOWN/ring.manifest"
    refused 4 "signed by the key" "manifest_keys"
    attention tokyo manifest-refused "signed by the key"

    { head -n 1 "$W/second" && tail -n +2 "$W/second" | sed "s/$(sha256sum <"$UP/$NEW/s640.cab" | cut -c-64)/$(printf '%064d' 0)/"; } \
        | head -c -1 >"$SHOWN/ring.manifest"
    refused 4 "is not of these bytes"
    head -c 900 "$W/second" >"$SHOWN/ring.manifest"
    refused 4 "is not of these bytes"
    { cat "$W/second" && head -c 10M /dev/zero; } >"$SHOWN/ring.manifest"
    refused 5 "ring.manifest" 2097152
    rm "$SHOWN/ring.manifest"
    refused 5 "ring.manifest is not there"
    attention tokyo manifest-refused # the last that was said of one

    sed -i "s|thief.key|hq.key|" "$W/ringmgr.conf"
    cp "$W/second" "$SHOWN/ring.manifest"
    SITE_CHANNEL=Current follower kyoto
    expect 4 on kyoto sync
    says "of the channel $ORIGIN_CHANNEL"
    follower nara "$FRONT_URL/production"
    mkdir -p "$FRONT/www/rings/production/Office"
    ln -s "$SHOWN" "$FRONT/www/rings/production/Office/Data"
    sed -i 's/\[ring pilot\]/[ring production]/' "$W/nara/ringmgr.conf"
    expect 4 on nara sync
    says "is of the ring pilot, and this ring is production"
    at -3000
    refused 4 "still to come"
    at 3700

    cp -a "$W/share/pilot/Office/Data/$NEW" "$W/share/pilot/Office/Data/v64_$NEW.cab" "$SHOWN"
    expect 0 on tokyo sync
    cmp "$W/tokyo/share/Office/Data/ring.manifest" "$W/second"
    calm tokyo
    cp "$W/first" "$SHOWN/ring.manifest"
    expect 4 on tokyo sync
    says "an old one is offered again"
    cmp "$W/tokyo/share/Office/Data/v64.cab" "$UP/v64_$NEW.cab"
    attention tokyo manifest-refused "number $(jq .sequence < <(tail -n +2 "$W/first"))"

    # whoever has the key uses up the numbers, and a new key makes them count anew
    cp "$W/second" "$SHOWN/ring.manifest"
    resign '.sequence = 9007199254740991'
    expect 0 on tokyo sync
    cp "$W/second" "$SHOWN/ring.manifest"
    expect 4 on tokyo sync
    says "number 9007199254740991 was there before"
    sed -i "s|hq.key|thief.key|" "$W/ringmgr.conf" # a new key, whatever it is called here
    expect 0 ringmgr sync
    cp "$W/share/pilot/Office/Data/ring.manifest" "$SHOWN/ring.manifest"
    openssl pkey -in "$W/thief.key" -pubout -out "$W/hq.pub"
    expect 0 on tokyo sync
    holds tokyo "$NEW"
    as games expect 0 on tokyo unhold pilot --reason "headquarters has a new key"
    calm tokyo
}

@test "files that are not those of the manifest are not offered" {
    follower tokyo
    expect 0 on tokyo sync
    advance 3600
    front_copy
    cp "$UP/$NEW/i641036.cab" "$SHOWN/$NEW/i641033.cab" # Microsoft's, but not that
    refused 4 "i641033.cab"
    rm "$SHOWN/$NEW/i641033.cab"
    refused 5 "incomplete" "$NEW/i641033.cab"
    cp "$UP/$NEW/i641033.cab" "$SHOWN/$NEW/i641033.cab"
    expect 0 on tokyo sync
    holds tokyo "$NEW"
    sed -i 's/^languages = .*/languages = en-us, fr-fr/' "$W/tokyo/ringmgr.conf"
    expect 5 on tokyo sync
    says "of what this ring's content wants" "$NEW/s641036.cab"
    holds tokyo "$NEW"
    follower kyoto
    head -c "$(stat -c %s "$UP/$NEW/stream.x64.x-none.dat")" /dev/zero >"$SHOWN/$NEW/stream.x64.x-none.dat"
    expect 4 on kyoto sync
    says "stream.x64.x-none.dat"
    cp "$UP/$NEW/stream.x64.x-none.dat" "$SHOWN/$NEW/stream.x64.x-none.dat"
    # signed, but not what Microsoft's own cabinet says: a key in the wrong hands publishes nothing
    resign '.sequence += 1 | (.files[] | select(.path | endswith("x-none.dat")) | .sha256) = ("0" * 64)'
    expect 4 on kyoto sync
    says "s640.cab has another SHA-256 for it than the manifest"
    [ ! -e "$W/kyoto/share/Office/Data/v64.cab" ]
    cp "$W/share/pilot/Office/Data/ring.manifest" "$SHOWN"
    resign '.sequence += 2'
    expect 0 on kyoto sync
    cmp "$SHOWN/ring.manifest" "$W/kyoto/share/Office/Data/ring.manifest"
}

@test "a manifest that has expired is an attention, and headquarters renews it at half of its time" {
    local first
    sign "valid = 2 days"
    expect 0 ringmgr sync
    first=$(manifest .sequence)
    follower tokyo
    expect 0 on tokyo sync
    at $((86400 - 60))
    expect 0 ringmgr sync
    [ "$(manifest .sequence)" = "$first" ]
    at $((86400 + 60))
    expect 0 ringmgr sync
    [ "$(manifest .expires)" = 2026-09-05T00:01:00Z ]
    [ "$(manifest .sequence)" -gt "$first" ]
    expect 0 on tokyo sync
    holds tokyo "$OLD"
    at $((3 * 86400 + 60))
    expect 0 on tokyo --json sync
    json '.rings[0] | .result == "waiting" and (.error | test("expired at 2026-09-05T00:01:00Z"))'
    attention tokyo manifest-stale "what is live stays"
    expect 0 on tokyo verify
    ln -sfn "$W/log" "$FRONT/www/rings" # headquarters does not answer at all
    expect 5 on tokyo sync
    attention tokyo manifest-stale "no newer one has come"
    ln -sfn "$W/share" "$FRONT/www/rings"
    advance $((3 * 86400 + 120))
    expect 0 on tokyo sync
    holds tokyo "$NEW"
    calm tokyo
}

@test "what the site itself forbids is not done; a roll-back at headquarters waits for no hour" {
    SITE="days = Sat 10:00-12:00" follower tokyo # it is Wednesday
    expect 0 on tokyo sync
    as games expect 0 on tokyo --json explain pilot
    json '.build == $old and (.gates[] | select(.gate == "days").open | not)
        and (.gates[] | select(.gate == "order") | .open and (.reason | test("headquarters offers .manifest")))'
    at $((3 * 86400 + 10 * 3600))
    expect 0 ringmgr sync
    expect 0 on tokyo sync
    holds tokyo "$OLD"
    as games expect 0 on tokyo hold pilot --reason "audit"
    advance $((3 * 86400 + 11 * 3600))
    expect 0 on tokyo --json sync
    json '.rings[0] | .result == "new" and (.published | not)'
    as games expect 0 on tokyo unhold pilot --reason "done"
    expect 0 on tokyo sync
    holds tokyo "$NEW"
    at $((4 * 86400)) # Sunday
    as games expect 0 ringmgr rollback pilot --reason bad
    as games expect 0 on tokyo hold pilot --reason "audit"
    expect 0 on tokyo sync
    cmp "$W/tokyo/share/Office/Data/v64.cab" "$UP/v64_$NEW.cab"
    as games expect 0 on tokyo unhold pilot --reason "done"
    as games expect 0 on tokyo promote pilot --yes
    holds tokyo "$OLD"
    expect 0 on tokyo --json history
    json '.entries[-1] | .action == "rollback" and .actor == "games" and (.reason | test("headquarters went back"))'
    expect 0 on tokyo --json status
    json '.rings[0].hold == null'
    expect 0 on tokyo --json explain pilot "$NEW"
    json '.gates[] | select(.gate == "order") | .open == false and
        .reason == "headquarters offers " + $old + ", and the ring takes nothing else"'
}

@test "a site behind a site behind nginx; a manifest that somebody changes is put right" {
    need nginx
    local port own=$W/tokyo/share/Office/Data
    port=$("$TESTCDN" port)
    mkdir -p "$W/nginx"
    chmod a+x "$W" "$W/share"
    ringmgr generate nginx --ring pilot --listen "127.0.0.1:$port" >"$W/nginx/rings.conf"
    cat >"$W/nginx.conf" <<CONF
daemon off;
pid $W/nginx/pid;
events { }
http {
    access_log off;
    client_body_temp_path $W/nginx; proxy_temp_path $W/nginx; fastcgi_temp_path $W/nginx;
    uwsgi_temp_path $W/nginx; scgi_temp_path $W/nginx;
    include $W/nginx/rings.conf;
}
CONF
    "$TESTCDN" guard --parent $$ --lifetime 600 -- nginx -p "$W" -e "$W/nginx/error" -c "$W/nginx.conf" \
        </dev/null >"$W/nginx/out" 2>&1 3>&- &
    GUARD=$!
    wait_until curl -sf -o /dev/null "http://127.0.0.1:$port/pilot/Office/Data/ring.manifest"
    follower tokyo "http://127.0.0.1:$port/pilot"
    follower osaka "$FRONT_URL/tokyo"
    mkdir -p "$W/share/tokyo"
    rmdir "$W/tokyo/share" && mv "$W/share/tokyo" "$W/tokyo/share" && ln -s "$W/tokyo/share" "$W/share/tokyo"
    chown backup: "$W/tokyo/share"
    expect 0 on tokyo sync
    expect 0 on osaka sync
    holds osaka "$OLD"
    advance 3600
    expect 0 on osaka --json sync # tokyo does not have it yet
    json '.rings[0].result == "unchanged"'
    expect 0 on tokyo sync
    expect 0 on osaka sync
    holds osaka "$NEW"

    chmod u+w "$own/ring.manifest" && byte "$own/ring.manifest"
    expect 4 on osaka sync
    attention osaka manifest-refused
    expect 4 on tokyo verify
    prints "ring.manifest is not what was signed"
    expect 0 on tokyo verify --repair
    holds tokyo "$NEW"
    rm "$own/ring.manifest"
    expect 0 on tokyo verify --repair
    expect 0 on osaka sync
    holds osaka "$NEW"
    find "$W/tokyo/state" -mindepth 1 -delete # the share itself says what was followed
    expect 0 on tokyo rebuild
    as games expect 0 on tokyo unhold all --reason "looked at"
    expect 0 on tokyo verify
    holds tokyo "$NEW"
}

@test "a puller that is killed in the middle goes on where it was" {
    follower tokyo
    expect 0 on tokyo sync
    advance 3600
    echo "path=*$NEW/stream.x64.x-none.dat kind=stall after=20000 ms=60000 times=1" >"$FRONT/faults"
    "$RINGMGR_BIN" -c "$W/tokyo/ringmgr.conf" sync </dev/null >"$W/out" 2>&1 3>&- &
    PID=$!
    wait_until grep -q "$NEW/stream.x64.x-none.dat" "$FRONT_LOG"
    end KILL
    cmp "$W/tokyo/share/Office/Data/v64.cab" "$UP/v64_$OLD.cab"
    : >"$FRONT/faults"
    : >"$FRONT_LOG"
    expect 0 on tokyo sync
    holds tokyo "$NEW"
    run ! grep -q "$NEW/s640.cab" "$FRONT_LOG" # it was there already
}

@test "headquarters that cannot sign says so; without a key nothing is shown" {
    local shown=$W/share/pilot/Office/Data/ring.manifest
    chmod 0644 "$W/hq.key"
    at 3600
    offer "$NEW"
    expect 1 ringmgr sync
    says "ring.manifest" "hq.key can be read"
    expect 0 ringmgr --json status
    json '.attention[] | select(.code == "manifest-unsigned") | .text | test("hq.key")'
    expect 2 ringmgr check
    prints hq.key
    [ "$(manifest .build)" = "$OLD" ]
    chmod 0600 "$W/hq.key"
    expect 0 ringmgr sync
    [ "$(manifest .build)" = "$NEW" ]
    expect 0 ringmgr --json status
    json '.attention == []'
    [ "$(stat -c %a "$shown")" = 444 ]
    rm "$shown" # as after a kill between state and share
    expect 0 ringmgr sync
    [ "$(manifest .build)" = "$NEW" ]
    config
    expect 0 ringmgr sync
    [ ! -e "$shown" ]
    expect 0 ringmgr verify
}
