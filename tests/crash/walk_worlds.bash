# shellcheck shell=bash disable=SC2154,SC2034 # who sources this sets area, world, now …, and uses what is set here
# The worlds of walk.sh: an origin with signed builds, and for each scenario the rings, the store and the state that its
# command finds. They are made once, by ringmgr itself, and copied from then on.
#
#   prepare           makes the origin, what the judge has learnt of it, and every world
#   save NAME         keeps the world as it is; restore NAME puts it back

UP_CHANNEL=Current UP_GUID=492350f6-3a01-4f97-b9c0-c7c6ddf67d60 UP_BUILD=16.0.20400.20100 # newer than the standard ones

# write_conf PUBLISH: pilot publishes so. Nothing ever leaves support. One connection means one worker.
write_conf() {
    [ -s "$area/no-rules.csv" ] || # other workers read it
        grep -m 1 '^channel,' "${here%/tests/crash}/config/support.csv" >"$area/no-rules.csv"
    cat >"$world.conf" <<CONF
[ringmgr]
store = $world/store
state = $world/state
user = $SERVICE

[origin]
url = file://$area/origin/www/pr
roots = $area/origin/ca/roots.pem
connections = 1

[support]
window = none
rules = $area/no-rules.csv

[content]
architectures = ${arch/,/, }
languages = ${lang/,/, }

[ring pilot]
channel = $channel
source = origin
first = yes
publish = $1
path = $world/pilot
unc = \\\\files\\office-pilot
keep = 0
grace = 0 days

[ring production]
channel = $channel
source = pilot
publish = manual
path = $world/production
unc = \\\\files\\office
approvals = 1
approvers = user:games, user:news
four_eyes = yes
keep = 0
grace = 0 days
CONF
    [ -z "$site" ] || printf '[site %s]\ntarget = %s\nrings = pilot\n' "$site" "$world/site" >>"$world.conf"
}

make_world() {
    rm -rf "$world"
    install -d -o "$SERVICE" -g "$SERVICE" "$world" "$world"/{store,state,pilot,production,site}
    chmod 750 "$world/state"
}

# A configuration that was loosened holds its ring, and here one writes what the steps need, in folders that differ.
forget_settings() {
    [ ! -e "$world/state/ringmgr.db" ] || edit_state "DELETE FROM setting"
}

# edit_state SQL: as the service's user, whose files they are.
edit_state() {
    setpriv --reuid "$SERVICE" --regid "$SERVICE" --clear-groups \
        sqlite3 -cmd ".filectrl persist_wal 1" "$world/state/ringmgr.db" "$1" >/dev/null
}

# The ballast is never written, only removed: all worlds have it in common.
save() { # NAME
    forget_settings
    rm -rf "$area/saved/$1"
    [ -e "$area/ballast" ] || [ ! -e "$world/state/ballast" ] || cp -a "$world/state/ballast" "$area/ballast"
    cp -a "$world" "$area/saved/$1"
    rm -f "$area/saved/$1/state/ballast"
}

restore() { # NAME
    rm -rf "$world"
    cp -a "$area/saved/$1" "$world" || return
    [ ! -e "$world/state/ringmgr.db" ] || ln "$area/ballast" "$world/state/ballast"
}

# Steps on the way to a world, which must work.
must() {
    settled "$@" || {
        cat "$world.said" >&2
        die "$*: ended with $? while the worlds were made"
    }
    now=$((now + 60))
}

# ---- the origin: two builds, and what it offers can be either; another channel with one ----

offer() { # BUILD: what Microsoft offers now
    local old="MonthlyEnterprise 2606 $ORIGIN_OLD 2026-07-14T14:27:57.023Z"
    if [ "$1" = "$ORIGIN_OLD" ]; then
        origin_pointer "$area/origin" "$1" --arch x64,x86 --signed-at 2026-07-15T15:37Z &&
            origin_history "$area/origin" --signed-at 2026-07-20T23:11Z <<<"$old latest"
    else
        origin_pointer "$area/origin" "$1" --arch x64,x86 --signed-at 2026-08-15T15:37Z &&
            printf '%s\n' "MonthlyEnterprise 2607 $1 2026-08-11T17:15:41.287Z latest" "$old -" |
            origin_history "$area/origin" --signed-at 2026-08-20T23:11Z
    fi >"$area/origin.log" 2>&1 || die "the origin could not be made: $(cat "$area/origin.log")"
    rm -rf "$area/offer-$1"
    mkdir "$area/offer-$1"
    cp -a "$area/origin/www/pr/$ORIGIN_GUID/Office/Data"/v??.cab "$area/origin/www/pr/wsus/releasehistory.cab" \
        "$area/offer-$1"
}

# The same again, from what was kept: the sync scenarios need the offer of their stage.
offer_again() { # BUILD
    cp -a "$area/offer-$1"/v??.cab "$area/origin/www/pr/$ORIGIN_GUID/Office/Data"
    cp -a "$area/offer-$1/releasehistory.cab" "$area/origin/www/pr/wsus"
}

make_builds() {
    local build from='' sizes="--stream-size 40K --lang-size 20K --installer-size 10K"
    origin_ca "$area/origin" || return
    for build in $ORIGIN_OLD $ORIGIN_NEW; do # the newer one is half of what the older one was
        # shellcheck disable=SC2086 # options
        origin_build "$area/origin" "$build" --arch x64,x86 --lang en-us,fr-fr --signed-at 2026-07-14T14:00Z \
            $sizes $from || return
        from="--from $ORIGIN_OLD --survive 50"
    done
    # shellcheck disable=SC2086 # options
    "$TESTCDN" build --ca "$area/origin/ca" --origin "$area/origin/www/pr" --channel $UP_CHANNEL --build $UP_BUILD \
        --lang en-us $sizes &&
        "$TESTCDN" pointer --ca "$area/origin/ca" --origin "$area/origin/www/pr" --channel $UP_CHANNEL \
            --build $UP_BUILD --signed-at 2026-08-16T15:37Z
}

# manifest-both: the other channel's builds are this one's too, for a ring that goes from one to the other.
make_origin() {
    mkdir -p "$area/origin/www/pr"
    make_builds >"$area/origin.log" 2>&1 || die "the origin could not be made: $(cat "$area/origin.log")"
    sh "${here%/crash}/judge/judge.sh" learn --origin "$area/origin/www/pr" --roots "$area/origin/ca/roots.pem" \
        --out "$area/manifest" || die "the judge has learnt nothing"
    ! grep -P '\tbad\t' "$area/manifest" || die "the origin is not genuine"
    sed "s/$UP_GUID/$ORIGIN_GUID/" "$area/manifest" >"$area/manifest-both"
}

# ---- preparing ----

make_first() { # one|both
    arch=$(architectures "$1")
    make_world
    save "fetch-$1-first"
    write_conf manual
    must sync
    save "sync-$1-first" # and so, its settings are forgotten
    write_conf auto
    must sync
    save "live-$1"
    save "fetch-$1-later"
    must approve "$ORIGIN_OLD"
    save "promote-$1-first"
}

make_later() { # one|both
    arch=$(architectures "$1")
    restore "live-$1"
    write_conf manual
    must sync
    save "sync-$1-later"
    restore "promote-$1-first"
    write_conf auto
    must promote
    must sync
    must approve "$ORIGIN_NEW"
    save "promote-$1-later"
    must backup
    sqlite3 "$world/copy" "DELETE FROM setting"
    must promote
    save "rollback-$1-later"
    must block "$ORIGIN_OLD"
    save "gc-$1-later"
}

# make_extend one|both: all that is added is in the store, and nothing of it offered. The sync that fetched it was
# killed before it touched a share, and what it was about to do is forgotten.
make_extend() {
    describe "extend-$1-later"
    restore rollback-one-later
    write_conf auto
    under=$world/pilot:$world/production
    struck sync FAULT_AT=1 FAULT_KIND=kill-before
    [ $? = 137 ] || die "extend-$1: nothing was offered: $(cat "$world.said")"
    now=$((now + 60))
    edit_state "DELETE FROM intent WHERE closed_unix IS NULL"
    save "extend-$1-later"
    lang=en-us
}

# What has happened to the shares since: an object was damaged, of which production has a copy of its own; a file of
# pilot is gone; a file and the pointer of production are others.
make_repair() {
    local pilot=$world/pilot/Office/Data production=$world/production/Office/Data file
    describe repair-one-later
    restore rollback-one-later
    file=$ORIGIN_NEW/stream.x64.en-us.dat
    cp --preserve=all "$production/$file" "$world/copy" && mv "$world/copy" "$production/$file"
    printf 'damage' | dd of="$pilot/$file" bs=1 seek=1000 conv=notrunc status=none
    rm "$pilot/$ORIGIN_NEW/i640.cab"
    install -o "$SERVICE" -g "$SERVICE" -m 0444 "$area/no-rules.csv" "$world/copy"
    mv "$world/copy" "$production/$ORIGIN_NEW/s640.cab"
    install -o "$SERVICE" -g "$SERVICE" -m 0444 "$production/v64_$ORIGIN_OLD.cab" "$production/v64.cab"
    save repair-one-later
}

# Both rings were told to leave their channel, and nobody has decided it yet; then pilot's people have.
make_migrate() {
    describe migrate-one-later
    restore rollback-one-later
    write_conf auto
    must sync
    save migrate-one-later
    must migrate
    save arrive-one-later
}

# A site that has nothing, and one that has the older build while pilot has the newer one.
make_site() {
    describe site-one-first
    offer_again "$ORIGIN_OLD"
    restore promote-one-first
    save site-one-first
    write_conf auto
    must site
    offer_again "$ORIGIN_NEW"
    must sync
    save site-one-later
}

architectures() {
    if [ "$1" = one ]; then echo x64; else echo x64,x86; fi
}

# The gates want a clock that is not before anything signed, and not before the program was built.
set_clock() {
    now=$(($(date +%s) - 6000)) later=0
    [ $now -gt 1788220800 ] || now=1788220800
}

find_area() {
    local parent=/dev/shm
    [ -w $parent ] && [ "$(df -Pk $parent | awk 'NR == 2 { print $4 }')" -gt 200000 ] || parent=${TMPDIR:-/tmp}
    area=$(mktemp -d "$parent/ringmgr-walk.XXXXXX") || die "no folder for the worlds"
    chmod 755 "$area"
}

# What the account of the service must be able to write: the reports of libfault, also those of a child.
use_world() { # NUMBER
    world=$area/w$1
    install -d -o "$SERVICE" "$world.reports"
    install -m 666 /dev/null "$world.reports/count"
    install -m 666 /dev/null "$world.reports/trace"
}

prepare() {
    mkdir "$area/saved"
    describe fetch-one-first
    use_world 0
    set_clock
    make_origin
    offer "$ORIGIN_OLD"
    make_first one
    make_first both
    offer "$ORIGIN_NEW"
    make_later one
    make_later both
    make_extend one
    make_extend both
    make_repair
    make_migrate
    make_site
    rm -rf "$area"/saved/live-{one,both}
    echo $((now + 600)) >"$area/now"
}
