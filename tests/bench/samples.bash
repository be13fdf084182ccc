# shellcheck disable=SC2154 # run.sh sets area, owner, rounds, size and here
# What the rows of run.sh are made with: origins, houses, samples and the report.
#
# A sample is a line of measure.c in $area/sample.KEY: wall_us cpu_us peak_anon_kib written_bytes status.

BENCH_LANGUAGES=en-us,fr-fr,de-de,es-es,it-it,ja-jp

# ---- origins ----

# serve NAME FOLDER [NGINX LINE…]: serves FOLDER/www; ${url[NAME]} and ${log[NAME]} say where.
declare -A url log port
serve() {
    local dir=$area/serve.$1
    mkdir -p "$dir"
    ln -s "$2/www" "$dir/www"
    ORIGIN_NGINX_EXTRA="${*:3}" ORIGIN_PARENT=$$ ORIGIN_LIFETIME=14400
    origin_serve_nginx "$dir" >/dev/null || die "nginx does not start"
    url[$1]=$ORIGIN_URL log[$1]=$ORIGIN_LOG port[$1]=$ORIGIN_PORT
}

# offer ORIGIN BUILD TIME: upstream's pointer and release history name it.
offer() {
    origin_pointer "$1" "$2" --signed-at "$3" &&
        origin_history "$1" --signed-at "$3" <<<"$ORIGIN_CHANNEL 2607 $2 2026-07-11T17:15:41Z latest" || die "testcdn"
}

# The build that all rows but cap are about. $folder is where its files lie, $paths the file that lists their paths below
# the server, the largest first, and $bytes is their sum.
make_origin() {
    say "making a build"
    origin=$area/origin
    mkdir -p "$origin/www/pr"
    origin_ca "$origin" || die "testcdn makes no certificates"
    origin_build "$origin" "$ORIGIN_OLD" --lang $BENCH_LANGUAGES --proofing $BENCH_LANGUAGES \
        --stream-size "$stream" --lang-size "$language" --proofing-size 64K --signed-at 2026-07-14T14:00Z ||
        die "testcdn makes no build"
    offer "$origin" "$ORIGIN_OLD" 2026-07-15T14:00Z
    folder=$origin/www/pr/$ORIGIN_GUID/Office/Data/$ORIGIN_OLD
    paths=$area/paths
    find "$folder" -type f -printf '%s %f\n' | sort -rn |
        sed "s|^[0-9]* |/pr/$ORIGIN_GUID/Office/Data/$ORIGIN_OLD/|" >"$paths"
    bytes=$(find "$folder" -type f -printf '%s\n' | awk '{ s += $1 } END { printf "%.0f", s }')
    serve plain "$origin" "autoindex on;"
    warm "$folder"
}

# warm FOLDER: everything in it is in the page cache, and nothing waits to be written.
warm() {
    find "$1" -type f -exec cat {} + >/dev/null
    sync
}

# ---- houses ----

# house NAME URL CONTENT [ORIGIN LINE…]: an empty installation below $area/NAME whose ring pilot takes from URL.
house() {
    local dir=$area/$1
    rm -rf "$dir"
    mkdir -p "$dir/store" "$dir/state" "$dir/pilot" "$dir/log"
    chmod 750 "$dir/state"
    cp "$area/origin/ca/roots.pem" "$dir/roots.pem"
    grep -m1 '^channel,' "$top/config/support.csv" >"$dir/no-rules.csv"
    [ "$(id -u)" != 0 ] || chown -R "$owner": "$dir"
    cat >"$dir/conf" <<CONF
[ringmgr]
store = $dir/store
state = $dir/state
timezone = UTC
user = $owner
history_head_file = $dir/log/head

[origin]
url = $2
roots = $dir/roots.pem
${*:4}

[support]
window = none
rules = $dir/no-rules.csv

[content]
$3

[ring pilot]
channel = $ORIGIN_CHANNEL
source = origin
path = $dir/pilot
unc = \\\\files\\pilot
approvals = 0
CONF
}

whole="languages = ${BENCH_LANGUAGES//,/, }
proofing = ${BENCH_LANGUAGES//,/, }"

# in_house NAME WORD…: runs ringmgr there.
in_house() {
    "$RINGMGR_BIN" -c "$area/$1/conf" --quiet "${@:2}"
}

# keep NAME COPY, use NAME COPY: puts an installation aside, and brings it back: objects are never written to, so links do.
keep() {
    rm -rf "${area:?}/$2"
    mkdir "$area/$2"
    cp -al "$area/$1/store" "$area/$2/store" && cp -a "$area/$1/state" "$area/$1/pilot" "$area/$1/log" "$area/$2/"
}

use() {
    (cd "$area/$1" && rm -rf store state pilot log) &&
        cp -al "$area/$2/store" "$area/$1/store" && cp -a "$area/$2/state" "$area/$2/pilot" "$area/$2/log" "$area/$1/"
    sync
}

# ---- samples ----

# sample KEY COMMAND…: measures it. KILL: SIGKILL when it has written so many bytes.
sample() {
    local status
    "$BENCH_TOOLS/measure" ${KILL:+--kill-written "$KILL"} "$area/last" "${@:2}" >"$area/said" 2>&1 || die "cannot run $2"
    cat "$area/last" >>"$area/sample.$1"
    status=$(awk '{ print $5 }' "$area/last")
    case $status in 0 | 3 | 8) return ;; esac # done, a gate is shut, a person is needed
    [ -n "${KILL:-}" ] || say "$1: ended with $status: $(tail -c 300 "$area/said")"
}

# in_turns ROUNDS NAME…: calls every NAME once a round, each round beginning with another.
in_turns() {
    local round i names=("${@:2}")
    for ((round = 0; round < $1; round++)); do
        for ((i = 0; i < ${#names[@]}; i++)); do
            "${names[(round + i) % ${#names[@]}]}"
        done
    done
}

# median KEY COLUMN; ratio KEY KEY: the median of the ratios of wall times, pair by pair, less what $3 needs if given.
middle() {
    sort -g | awk '{ v[NR] = $1 } END { if (NR) printf "%.6g", NR % 2 ? v[(NR + 1) / 2] : (v[NR / 2] + v[NR / 2 + 1]) / 2 }'
}

median() {
    awk -v c="$2" '{ print $c }' "$area/sample.$1" | middle
}

ratio() {
    paste -d' ' "$area/sample.$1" "$area/sample.$2" | awk -v less="${3:-0}" '{ print ($1 - less) / $6 }' | middle
}

most() {
    awk -v c="$2" '$c > m { m = $c } END { print m }' "$area/sample.$1"
}

seconds() {
    awk -v us="$(median "$1" 1)" 'BEGIN { printf us < 1e5 ? "%.4f" : "%.2f", us / 1e6 }'
}

# sent LOG [PATTERN], requests LOG [PATTERN]: body bytes and lines of an access log (method path range status bytes).
sent() {
    awk -v p="${2:-.}" '$2 ~ p { s += $NF } END { printf "%.0f", s }' "$1"
}

requests() {
    awk -v p="${2:-.}" '$2 ~ p { n++ } END { printf "%.0f", n }' "$1"
}

# ---- report ----

# row WHAT UNIT RINGMGR REFERENCE VALUE RATIO GOAL [NOTE]: a line of the table; "-" where there is nothing to say.
row() {
    jq -nc --arg what "$1" --arg unit "$2" --arg ringmgr "$3" --arg reference "$4" --arg value "$5" --arg ratio "$6" \
        --arg goal "$7" --arg note "${8:-}" '
        def number: if . == "-" or . == "" then null else tonumber? // . end;
        { $what, $unit, ringmgr: ($ringmgr | number), reference: (if $reference == "-" then null else $reference end),
          reference_value: ($value | number), ratio: ($ratio | number), $goal, $note }' >>"$area/rows"
}

# report FILE: all rows as JSON to FILE and as a table to standard output.
report() {
    mkdir -p "${1%/*}"
    jq -s --arg size "$size" --argjson rounds "$rounds" --arg version "$("$RINGMGR_BIN" --version | head -1)" \
        --arg when "$(date -u +%FT%TZ)" --arg kernel "$(uname -r)" --arg disk "$(stat -f -c %T "$area")" \
        --argjson processors "$(nproc)" --argjson bytes "$bytes" \
        '{ schema: 1, ringmgr: $version, $when, $size, $rounds, build_bytes: $bytes,
           machine: { $processors, $kernel, $disk }, rows: . }' "$area/rows" >"$1"
    jq -r '
        def text: if . == null then "-" elif type == "number" then (. * 10000 | round / 10000 | tostring) else . end;
        (["what", "unit", "ringmgr", "reference", "its value", "ratio", "goal", "note"],
         (.rows[] | [.what, .unit, .ringmgr, .reference, .reference_value, .ratio, .goal, .note] | map(text)))
        | @tsv' "$1" | column -t -s "$(printf '\t')"
    say "written to $1"
}
