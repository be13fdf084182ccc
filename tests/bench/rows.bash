# shellcheck disable=SC2154 # run.sh and samples.bash set what is used here
# The rows of run.sh, one function each.

# ---- fetch: a whole build, verified and durable ----

# fresh: an empty folder $area/got, and nothing waits to be written.
fresh() {
    rm -rf "$area/got"
    mkdir "$area/got"
    sync
}

fetch_ringmgr() {
    house fetched "${url[plain]}" "$whole"
    sync
    sample fetch.ringmgr sh -c '"$RINGMGR_BIN" -c "$1" --quiet sync && sync' sh "$area/fetched/conf"
}

fetch_curl() {
    fresh
    sed "s|.*/\(.*\)|url = \"http://127.0.0.1:${port[plain]}&\"\noutput = \"$area/got/\1\"|" "$paths" >"$area/list"
    sample fetch.curl sh -c 'curl -s -f -Z --parallel-max 4 -K "$1" && cd "$2" &&
        ls -S | xargs -n 1 -P 2 openssl dgst -sha256 >/dev/null && sync' sh "$area/list" "$area/got"
}

fetch_aria2() {
    fresh
    sed "s|^|http://127.0.0.1:${port[plain]}|" "$paths" >"$area/list"
    sample fetch.aria2 sh -c 'aria2c -q --no-conf -j 4 --file-allocation=falloc -i "$1" -d "$2" && cd "$2" &&
        sha256sum * >/dev/null && sync' sh "$area/list" "$area/got"
}

fetch_receive() {
    fresh
    sample fetch.receive sh -c '"$1" "$2" "$3" <"$4" && sync' sh "$BENCH_TOOLS/receive" "${port[plain]}" "$area/got" "$paths"
}

row_fetch() {
    local what="fetch, verify, durable"
    in_turns "$rounds" fetch_ringmgr fetch_curl fetch_aria2 fetch_receive
    fresh
    rm -rf "$area/fetched"
    row "$what" s "$(seconds fetch.ringmgr)" "curl -Z, openssl -P2" "$(seconds fetch.curl)" \
        "$(ratio fetch.ringmgr fetch.curl)" "<= 0.25"
    row "$what" s "$(seconds fetch.ringmgr)" "aria2c, sha256sum" "$(seconds fetch.aria2)" \
        "$(ratio fetch.ringmgr fetch.aria2)" "<= 0.20"
    row "$what" s "$(seconds fetch.ringmgr)" "receive only" "$(seconds fetch.receive)" \
        "$(ratio fetch.ringmgr fetch.receive)" "<= 1.8"
    row "processor time of that" s "$(awk -v us="$(median fetch.ringmgr 2)" 'BEGIN { printf "%.2f", us / 1e6 }')" \
        "curl -Z, openssl -P2" "$(awk -v us="$(median fetch.curl 2)" 'BEGIN { printf "%.2f", us / 1e6 }')" - -
    row "largest RssAnon of that" MiB "$(mib fetch.ringmgr)" aria2c "$(mib fetch.aria2)" - "<= 16"
}

mib() {
    awk -v kib="$(most "$1" 3)" 'BEGIN { printf "%.1f", kib / 1024 }'
}

# need_base: the installation `base` has the build and nothing is published; `staged` is a copy of it.
need_base() {
    [ -d "$area/staged" ] && return
    house base "${url[plain]}" "$whole"
    sync
    sample whole.ringmgr sh -c '"$RINGMGR_BIN" -c "$1" --quiet sync && sync' sh "$area/base/conf"
    keep base staged
}

# ---- cap: one large file, each connection bounded ----

cap_ringmgr() {
    house cap "${url[cap]}" "languages = en-us" "connections = 16"
    sync
    sample cap.ringmgr sh -c '"$RINGMGR_BIN" -c "$1" --quiet sync' sh "$area/cap/conf"
}

cap_curl() {
    fresh
    sample cap.curl curl -s -f -o "$area/got/file" "$cap_url"
}

cap_aria2() {
    fresh
    sample cap.aria2 aria2c -q --no-conf -x 16 -s 16 -k 1M --file-allocation=falloc -d "$area/got" "$cap_url"
}

row_cap() {
    local build=16.0.20200.20100 ratio note=
    mkdir -p "$area/narrow/www/pr"
    ln -s "$origin/ca" "$area/narrow/ca"
    origin_build "$area/narrow" $build --lang en-us --stream-size "$cap_file" --lang-size 64K \
        --signed-at 2026-07-14T14:00Z || die "testcdn makes no build"
    offer "$area/narrow" $build 2026-07-15T14:00Z
    warm "$area/narrow/www"
    serve cap "$area/narrow" "limit_rate $cap_rate;"
    cap_url=${url[cap]}/$ORIGIN_GUID/Office/Data/$build/stream.x64.x-none.dat
    in_turns "$rounds" cap_ringmgr cap_curl cap_aria2
    fresh
    ratio=$(ratio cap.ringmgr cap.curl)
    awk -v r="$ratio" 'BEGIN { exit r < 0.8 }' && note="no ranges yet"
    row "$cap_file at $cap_rate a connection" s "$(seconds cap.ringmgr)" curl "$(seconds cap.curl)" "$ratio" "<= 0.08" "$note"
    row "$cap_file at $cap_rate a connection" s "$(seconds cap.ringmgr)" "aria2c -x16" "$(seconds cap.aria2)" \
        "$(ratio cap.ringmgr cap.aria2)" - "ringmgr: the whole command, build and metadata"
}

# ---- delta: the next build ----

# tables BUILD: the segments of all its streams: start end … digest.
tables() {
    local cab
    for cab in "$origin/www/pr/$ORIGIN_GUID/Office/Data/$1"/s*.cab; do
        "$TESTCDN" tables "$cab" 2>/dev/null | grep '^[0-9]'
    done
}

# changed OLD NEW: bytes of the values that only NEW has.
changed() {
    awk 'NR == FNR { had[$5] = 1; next } !($5 in had) { had[$5] = 1; s += $2 - $1 } END { printf "%.0f", s }' \
        <(tables "$1") <(tables "$2")
}

# delta SERVER SHARE: syncs the new build into what has the old one, and says what it cost.
delta() {
    local dats='[.]dat$' fetched asked whole_bytes note= goal=1.02 how=multi-range
    [ "$1" = plain ] || goal=1.10 how="single ranges"
    use base staged
    sed -i "s|^url = .*|url = ${url[$1]}|" "$area/base/conf"
    : >"${log[$1]}"
    sample "delta.$1.$2" sh -c '"$RINGMGR_BIN" -c "$1" --quiet sync && sync' sh "$area/base/conf"
    fetched=$(sent "${log[$1]}" "$dats") asked=$(requests "${log[$1]}" "$dats")
    whole_bytes=$(find "${folder%/*}/$ORIGIN_NEW" -name '*.dat' -printf '%s\n' | awk '{ s += $1 } END { printf "%.0f", s }')
    awk -v f="$fetched" -v w="$whole_bytes" 'BEGIN { exit f < 0.98 * w }' && note="no reuse yet"
    row "next build, $2 % unchanged, $how" MiB "$(mega "$fetched")" "changed" "$(mega "$new_bytes")" \
        "$(quotient "$fetched" "$new_bytes")" "<= $goal" "$note"
    row "  its requests" - "$asked" "1 per 4 MiB + 1 a file" "$((fetched / 4194304 + dat_files))" \
        "$(quotient "$asked" $((fetched / 4194304 + dat_files)))" "$([ "$1" = plain ] && echo "<= 1" || echo -)" "$note"
    row "  its time" s "$(seconds "delta.$1.$2")" "ringmgr, all of it" "$(seconds whole.ringmgr)" \
        "$(quotient "$(median "delta.$1.$2" 1)" "$(median whole.ringmgr 1)")" "<= 1" \
        "largest RssAnon $(mib "delta.$1.$2") MiB"
}

mega() {
    awk -v b="$1" 'BEGIN { printf "%.1f", b / 1048576 }'
}

quotient() {
    awk -v a="$1" -v b="$2" 'BEGIN { printf "%.4g", b ? a / b : 0 }'
}

# make_next SHARE: upstream offers the next build, of which so many percent are as before; drop_next: no longer.
make_next() {
    origin_build "$origin" "$ORIGIN_NEW" --lang $BENCH_LANGUAGES --proofing $BENCH_LANGUAGES --stream-size "$stream" \
        --lang-size "$language" --proofing-size 64K --from "$ORIGIN_OLD" --survive "$1" --seed "$1" \
        --signed-at 2026-08-11T17:00Z || die "testcdn makes no build"
    offer "$origin" "$ORIGIN_NEW" 2026-08-12T14:00Z
    warm "${folder%/*}/$ORIGIN_NEW"
    new_bytes=$(changed "$ORIGIN_OLD" "$ORIGIN_NEW")
    dat_files=$(find "${folder%/*}/$ORIGIN_NEW" -name '*.dat' | wc -l)
}

drop_next() {
    rm -rf "${folder%/*}/$ORIGIN_NEW" "${folder%/*}/v64_$ORIGIN_NEW.cab"
    offer "$origin" "$ORIGIN_OLD" 2026-07-15T14:00Z
}

row_delta() {
    local share new_bytes dat_files
    need_base
    serve single "$origin" "max_ranges 1;"
    for share in 20 60 90; do
        make_next $share
        delta plain $share
        delta single $share
        drop_next
    done
    sed -i "s|^url = .*|url = ${url[plain]}|" "$area/base/conf"
    use base staged
}

# ---- resume: kill -9 in the middle, go on ----

# resume NAME COMMAND…: kills it when it has written 45 % and runs it again. What it had written is what it had.
resume() {
    local had again
    : >"${log[plain]}"
    KILL=$((bytes * 45 / 100)) sample "killed.$1" "${@:2}"
    had=$(awk '{ print $4 }' "$area/last")
    sleep 1 # the origin notices, and writes its lines about what it had sent
    first=$(sent "${log[plain]}")
    : >"${log[plain]}"
    sample "resumed.$1" "${@:2}"
    again=$(sent "${log[plain]}")
    twice=$(awk -v a="$again" -v h="$had" -v b="$bytes" 'BEGIN { t = (a - (b - h)) / h; printf "%.2f", t < 0 ? 0 : 100 * t }')
    row "kill -9 at 45 %, go on: fetched again" "%" "$([ "$1" = ringmgr ] && echo "$twice" || echo -)" \
        "$([ "$1" = ringmgr ] && echo - || echo "$1")" "$([ "$1" = ringmgr ] && echo - || echo "$twice")" - \
        "$([ "$1" = ringmgr ] && echo "<= 1" || echo -)" "of what was written; sent twice, socket buffers and all: $(awk -v s="$((first + again - bytes))" \
        -v h="$had" 'BEGIN { printf "%.1f %%", 100 * s / h }')"
}

row_resume() {
    local first twice
    house cut "${url[plain]}" "$whole"
    resume ringmgr "$RINGMGR_BIN" -c "$area/cut/conf" --quiet sync
    rm -rf "$area/cut"
    fresh
    sed "s|.*/\(.*\)|url = \"http://127.0.0.1:${port[plain]}&\"\noutput = \"$area/got/\1\"|" "$paths" >"$area/list"
    resume "curl -Z -C -" curl -s -C - -Z --parallel-max 4 -K "$area/list"
    fresh
    sed "s|^|http://127.0.0.1:${port[plain]}|" "$paths" >"$area/list"
    resume "aria2c -c" aria2c -q --no-conf -c -j 4 --file-allocation=falloc --auto-file-renaming=false \
        --allow-overwrite=false -i "$area/list" -d "$area/got"
    fresh
}

# ---- kills: kill -9 at 20 moments of one download ----

row_kills() {
    local times=20 written plain
    need_base
    house cut "${url[plain]}" "$whole"
    sync
    for _ in $(seq $times); do
        KILL=$((bytes / (times + 2) + RANDOM % 1000000)) sample killed20.ringmgr "$RINGMGR_BIN" -c "$area/cut/conf" --quiet sync
    done
    sample killed20.ringmgr "$RINGMGR_BIN" -c "$area/cut/conf" --quiet sync
    in_house cut verify >/dev/null || say "kills: verify finds something"
    written=$(awk '{ s += $4 } END { printf "%.0f", s }' "$area/sample.killed20.ringmgr") plain=$(median whole.ringmgr 4)
    row "kill -9 at $times moments: written again" "%" \
        "$(awk -v w="$written" -v p="$plain" -v b="$bytes" 'BEGIN { printf "%.2f", 100 * (w - p) / b }')" - - - "<= 1" \
        "of the build, all kills together, books and notes included; $(awk '$5 == 137 { n++ } END { print n + 0 }' \
            "$area/sample.killed20.ringmgr") runs were killed"
    rm -rf "$area/cut"
}

# ---- slow: the next build over 100 Mbit/s, by rate_limit ----

row_slow() {
    local rate=12500K share=90 full next new_bytes dat_files
    need_base
    house slow "${url[plain]}" "$whole" "rate_limit = $rate"
    sample slow.whole "$RINGMGR_BIN" -c "$area/slow/conf" --quiet sync
    rm -rf "$area/slow"
    make_next $share
    use base staged
    sed -i "s|^url = .*|url = ${url[plain]}\nrate_limit = $rate|" "$area/base/conf"
    sample slow.next "$RINGMGR_BIN" -c "$area/base/conf" --quiet sync
    sed -i '/^rate_limit = /d' "$area/base/conf"
    drop_next
    use base staged
    full=$(median slow.whole 1) next=$(median slow.next 1)
    row "at ${rate}B/s: next build, $share % unchanged" s "$(seconds slow.next)" "ringmgr, all of it" "$(seconds slow.whole)" \
        "$(quotient "$next" "$full")" "<= $(quotient "$new_bytes" "$bytes")" "the goal is the bytes' share"
}

# ---- large: memory for a build of 12 streams of 2.5 GiB ----

row_large() {
    local build=16.0.20300.20100 each=2560M languages=en-us,fr-fr,de-de,es-es,it-it,ja-jp,nl-nl,pl-pl,pt-br,sv-se,da-dk
    [ "$size" = FULL ] || each=32M
    if [ "$size" = FULL ] && [ "$(df --output=avail "$area" | tail -1)" -lt 68000000 ]; then
        row "12 streams of 2.5 GiB: largest RssAnon" MiB - - - - "<= 16" "not measured: needs 68 GB of disk"
        return
    fi
    mkdir -p "$area/large/www/pr"
    ln -s "$origin/ca" "$area/large/ca"
    origin_build "$area/large" $build --lang $languages --stream-size $each --lang-size $each \
        --signed-at 2026-07-14T14:00Z || die "testcdn makes no build"
    offer "$area/large" $build 2026-07-15T14:00Z
    serve large "$area/large"
    house big "${url[large]}" "languages = ${languages//,/, }"
    sample large.ringmgr "$RINGMGR_BIN" -c "$area/big/conf" --quiet sync
    row "12 streams of $each: largest RssAnon" MiB "$(mib large.ringmgr)" - - - "<= 16" "in $(seconds large.ringmgr) s"
    origin_stop "$area/serve.large"
    rm -rf "$area/big" "$area/large"
}

# ---- idle: nothing new ----

row_idle() {
    local files of_build
    need_base
    use base staged
    in_house base sync >/dev/null
    : >"${log[plain]}"
    sample idle.ringmgr "$RINGMGR_BIN" -c "$area/base/conf" --quiet sync
    of_build=$(requests "${log[plain]}" "/$ORIGIN_OLD/")
    row "nothing new: requests" - "$(requests "${log[plain]}")" - - - "1 a metadata file" \
        "$of_build for build files; $(sort "${log[plain]}" | awk '{ printf "%s%s %s", s, $2, $4; s = ", " }' | sed 's|/pr/||g')"
    mkdir -p "$area/mirror"
    for _ in 1 2; do
        : >"${log[plain]}"
        (cd "$area/mirror" && wget -q -m -np -nH "http://127.0.0.1:${port[plain]}/pr/$ORIGIN_GUID/Office/Data/$ORIGIN_OLD/")
    done
    row "nothing new: requests" - - "wget -m" "$(requests "${log[plain]}")" - -
    files=$(wc -l <"$paths")
    row "nothing new: time" s "$(seconds idle.ringmgr)" "files of the build" "$files" - -
    rm -rf "$area/mirror"
}

# ---- promote: what is staged goes live. Needs root: people decide through sudo ----

promote_ringmgr() {
    use base staged
    export SUDO_UID
    SUDO_UID=$(id -u games)
    sample promote.ringmgr "$RINGMGR_BIN" -c "$area/base/conf" --quiet promote pilot --yes
    unset SUDO_UID
}

promote_links() {
    fresh
    sample promote.cp-al cp -al "$folder" "$area/got/"
}

promote_copy() {
    fresh
    sample promote.cp-a cp -a "$folder" "$area/got/"
}

promote_rsync() {
    fresh
    sample promote.rsync rsync -a "$folder" "$area/got/"
}

# calls HOUSE: system calls of a promotion there, without those that make durable.
calls() {
    SUDO_UID=$(id -u games) strace -f -c -o "$area/calls" "$RINGMGR_BIN" -c "$area/$1/conf" --quiet promote pilot --yes \
        >/dev/null 2>&1
    awk '$NF == "total" || $NF ~ /^[a-z_0-9]+$/ && $4 ~ /^[0-9]+$/ { if ($NF == "total") t = $4; else if ($NF ~ /^(fsync|fdatasync|sync)$/) d += $4 }
        END { print t - d }' "$area/calls"
}

row_promote() {
    local many few
    need_base
    if [ "$(id -u)" != 0 ]; then
        row "promote" - - - - - - "not measured: needs root, people decide through sudo"
        return
    fi
    forget_login
    in_turns "$rounds" promote_ringmgr promote_links promote_copy promote_rsync
    fresh
    for reference in cp-al cp-a rsync; do
        row "promote: time" s "$(seconds promote.ringmgr)" $reference "$(seconds promote.$reference)" \
            "$(ratio promote.ringmgr promote.$reference)" - "durable; the reference is not"
    done
    row "promote: bytes written" KiB "$(awk -v b="$(median promote.ringmgr 4)" 'BEGIN { printf "%.0f", b / 1024 }')" \
        "cp -a" "$((bytes / 1024))" - "0 of data" "books, pointers and notes"
    use base staged
    many=$(calls base)
    house few "${url[plain]}" "languages = en-us"
    in_house few sync >/dev/null || say "promote: sync of fewer files failed"
    few=$(calls few)
    row "promote: system calls a file" - "$(awk -v m="$many" -v f="$few" 'BEGIN { printf "%.1f", (m - f) / (47 - 9) }')" \
        - - - "<= 7" "slope between 9 files ($few calls) and 47 ($many)"
    rm -rf "$area/few"
    use base staged
}

# A process that has a login uid is always its owner, whatever sudo says.
forget_login() {
    local none=4294967295
    [ "$(cat /proc/self/loginuid 2>/dev/null || echo $none)" = $none ] || echo $none >/proc/self/loginuid
}

# ---- verify: what is there is what it must be ----

verify_ringmgr() {
    warm "$area/base/store/objects"
    sample verify.ringmgr "$RINGMGR_BIN" -c "$area/base/live" --quiet verify
}

verify_sha256sum() {
    warm "$area/base/store/objects"
    sample verify.sha256sum sh -c 'xargs sha256sum <"$1" >/dev/null' sh "$area/objects"
}

verify_openssl() {
    warm "$area/base/store/objects"
    sample verify.openssl sh -c 'xargs -n 1 -P 2 openssl dgst -sha256 <"$1" >/dev/null' sh "$area/objects"
}

row_verify() {
    local checked
    need_base
    use base staged
    { cat "$area/base/conf" && printf 'publish = auto\nfirst = yes\n'; } >"$area/base/live"
    "$RINGMGR_BIN" -c "$area/base/live" --quiet sync >/dev/null || say "verify: it does not go live"
    find "$area/base/store/objects" -type f -printf '%s %p\n' | sort -rn | cut -d' ' -f2- >"$area/objects"
    in_turns "$rounds" verify_ringmgr verify_sha256sum verify_openssl
    checked=$("$RINGMGR_BIN" -c "$area/base/live" --json verify | jq .checked_bytes)
    row "verify, full" s "$(seconds verify.ringmgr)" sha256sum "$(seconds verify.sha256sum)" \
        "$(ratio verify.ringmgr verify.sha256sum)" - "$(mega "$checked") of $(mega "$(du -cb $(cat "$area/objects") | awk 'END { print $1 }')") MiB hashed"
    row "verify, full" s "$(seconds verify.ringmgr)" "openssl dgst -P2" "$(seconds verify.openssl)" \
        "$(ratio verify.ringmgr verify.openssl)" "<= 0.95"
}

# ---- status: 36 builds of 60 files ----

status_ringmgr() {
    sample status.ringmgr "$RINGMGR_BIN" -c "$area/many/conf" status
}

status_start() {
    sample status.start "$RINGMGR_BIN" --version
}

status_rsync() {
    sample status.rsync rsync -n -a "$area/tree" "$area/copy"
}

row_status() {
    local build file start
    house many "${url[plain]}" "languages = en-us"
    cat >>"$area/many/conf" <<CONF

[ring production]
channel = $ORIGIN_CHANNEL
source = pilot
path = $area/many/production
unc = \\\\files\\production
approvals = 1
approvers = user:games
CONF
    mkdir "$area/many/production"
    "$BENCH_TOOLS/many_builds" "$area/many/state" "$area/many/store" 36 36 60 || die "many_builds"
    [ "$(id -u)" != 0 ] || chown -R "$owner": "$area/many"/{store,state,production}
    for build in $(seq 36); do
        mkdir -p "$area/tree/$build"
        for file in $(seq 60); do
            echo "$build $file" >"$area/tree/$build/$file"
        done
    done
    cp -a "$area/tree" "$area/copy.tree" && mkdir "$area/copy" && mv "$area/copy.tree" "$area/copy/tree"
    in_turns 11 status_ringmgr status_rsync status_start
    start=$(median status.start 1)
    row "status of 36 builds of 60 files" s "$(seconds status.ringmgr)" "rsync -n" "$(seconds status.rsync)" \
        "$(ratio status.ringmgr status.rsync "$start")" "<= 0.25" "ratio less --version ($(seconds status.start) s)"
    rm -rf "$area/many" "$area/tree" "$area/copy"
}

# ---- startup: what a command costs that has next to nothing to do ----

startup_status() {
    sample startup.status "$RINGMGR_BIN" -c "$area/base/conf" status
}

startup_help() {
    sample startup.help "$RINGMGR_BIN" help
}

startup_rsync() {
    sample startup.rsync rsync --version
}

# libraries COMMAND…: how many the dynamic linker has made ready for it by its end, libc among them.
libraries() {
    LD_DEBUG=files "$@" 2>&1 >/dev/null | grep -c 'calling init: '
}

# anon_kib COMMAND…: RssAnon at its end, which is put off until somebody has looked.
anon_kib() {
    local tracer seen=0 now
    strace -qq -o /dev/null -e trace=exit_group -e inject=exit_group:delay_enter=500000 "$@" >/dev/null 2>&1 &
    tracer=$!
    while kill -0 $tracer 2>/dev/null; do
        now=$(awk '$1 == "RssAnon:" { print $2 }' "/proc/$(pgrep -P $tracer)/status" 2>/dev/null)
        [ "${now:-0}" -le "$seen" ] || seen=$now
        sleep 0.02
    done
    echo "$seen"
}

row_startup() {
    local ringmgr=("$RINGMGR_BIN" -c "$area/base/conf") command
    need_base
    use base staged
    in_turns 21 startup_status startup_help startup_rsync
    for command in status help; do
        row "start-up of $command: time" ms "$(milliseconds startup.$command)" "rsync --version" "$(milliseconds startup.rsync)" \
            "$(ratio startup.$command startup.rsync)" -
        row "  its libraries" - "$(libraries "${ringmgr[@]}" $command)" "rsync --version" "$(libraries rsync --version)" - -
        row "  its RssAnon" KiB "$(anon_kib "${ringmgr[@]}" $command)" "rsync --version" "$(anon_kib rsync --version)" - -
    done
    row "libraries of sync, nothing new" - "$(libraries "${ringmgr[@]}" sync)" - - - - "curl, archive and xml2 with theirs"
}

milliseconds() {
    awk -v us="$(median "$1" 1)" 'BEGIN { printf "%.1f", us / 1000 }'
}
