# shellcheck shell=bash disable=SC2154 # who sources this sets area, world, scenario …
# What walk.sh asks after each fault, by tests/judge and by looking: everything that is wrong, on stdout.
#
#   judge_status      the exit status of a command that was not killed
#   judge_shares      at once: every share is whole by what it had to hold before
#   judge_after       when the command has been done once more: shares, books and store agree, and nothing is left over

# ask SQL: of the state, without changing it.
ask() {
    sqlite3 "file:$world/state/ringmgr.db?mode=ro" "$1"
}

# What the database believes in: the build that was to be published, or a text that no pointer can name.
live_sql() {
    local action=promote ring=${ring##*/}
    case $command in rollback | extend) action=$command ;; esac
    local promotions="SELECT count(*) FROM history WHERE action = '$action' AND ring = '$ring' AND build = '$to'"
    local live="SELECT CAST(substr(build, 1, 10) AS INTEGER) || '.' || CAST(substr(build, 12, 10) AS INTEGER) || '.' ||
        CAST(substr(build, 23, 10) AS INTEGER) || '.' || CAST(substr(build, 34, 10) AS INTEGER)
        FROM offer WHERE ring = '$ring' AND live_until IS NULL"
    echo "SELECT CASE WHEN (SELECT count(*) FROM intent WHERE closed_unix IS NULL) > 0 THEN 'an open intent'
        WHEN ($promotions) <> 1 THEN ($promotions) || ' ${action}s to $to'
        WHEN ($live) IS NOT '$to' THEN coalesce(($live), 'nothing') || ' instead of $to' ELSE '$to' END"
}

# judge OPTION…: in silence if all is well.
judge() {
    TMPDIR=$area sh "${here%/crash}/judge/judge.sh" check --manifest "$manifest" --share "$world/$ring" \
        --guid "$ORIGIN_GUID" --arch "$arch" --lang "$lang" "$@" 2>&1
}

# ---- at once ----

judge_shares() {
    local ring arch=$arch_before lang=en-us
    for ring in $rings; do
        # shellcheck disable=SC2086 # an option or nothing
        case $command in
        repair) judge --allow-empty | judge_no_worse "$ring" ;;
        site) [ ! -e "$world/$ring/Office/Data" ] || judge $allow_empty | judge_named ;;
        courier) [ ! -e "$world/$ring/Office/Data" ] || judge $allow_empty | judge_named | judge_opened ;;
        *) judge $allow_empty ;;
        esac
    done
}

# judge_no_worse RING: what the judge says that concerns other files than what it says of the damage.
judge_no_worse() {
    awk -F ': ' 'FNR == NR { was[$1] = 1; next } !($1 in was)' "$area/damage.$1" -
}

# At a site files arrive in the very folder of their build: what the judge says but of builds that nothing names yet.
judge_named() {
    local line build
    while read -r line; do
        build=$(sed -nE 's,^Data/([0-9]+(\.[0-9]+){3})[/:].*,\1,p' <<<"$line")
        [ "$build" ] && ! compgen -G "$world/$ring/Office/Data/v??_$build.cab" >/dev/null || echo "$line"
    done
}

# rsync gives a file its name although it could not set its mode; the next run opens it.
judge_opened() {
    grep -v ': mode 600, not readable by everybody$'
}

# What the judge says of the share before anything mends it.
learn_damage() {
    local ring
    restore "$from"
    for ring in $rings; do
        judge --allow-empty >"$area/damage.$ring"
        [ -s "$area/damage.$ring" ] || die "$scenario: $ring is not damaged"
    done
}

# ---- at the end ----

# The books agree with the shares, and name the build that was to be published.
judge_books() {
    local ring
    case $command in restore | rebuild)
        judge_replaced
        return
        ;;
    esac
    for ring in $rings; do
        judge --state "$world/state/ringmgr.db" --live-sql "$(live_sql)" "$@"
    done
}

judge_after() {
    judge_books --after-replay
    case $command in
    gc) judge_gc ;;
    rollback) judge_rollback ;;
    extend) judge_extend ;;
    fetch) judge_store ;;
    import) judge_store && judge_entries import 1 ;;
    repair) judge_repair ;;
    migrate) judge_migrate ;;
    arrive) judge_store && judge_entries migrate 1 ;;
    site | courier) judge_site ;;
    esac
    settled history || echo "history --verify ended with $?: $(complaint)"
}

# judge_entries ACTION COUNT: so often it stands in the history of pilot.
judge_entries() {
    local entries
    entries=$(ask "SELECT count(*) FROM history WHERE action = '$1' AND coalesce(ring, 'pilot') = 'pilot'")
    [ "$entries" = "$2" ] || echo "history has $entries entries of $1"
}

# Each object has a row and each row an object; nothing that was on its way is left, but for what a repair has put
# aside; a full verify finds nothing.
judge_store() {
    local named="SELECT sha256 FROM build_file WHERE sha256 IS NOT NULL UNION SELECT offer_file.sha256 FROM offer
        JOIN offer_file ON offer_id = offer.id WHERE removed_unix IS NULL"
    diff <(ask "SELECT lower(hex(sha256)) FROM ($named) ORDER BY 1") \
        <(find "$world/store/objects" -type f -printf '%f\n' | sort) | sed -n 's/^>/no row names object/p;s/^</no object/p'
    find "$world"/store/{incoming,outbox} -type f ! -name 'bad-*' -printf 'left over: %P\n' 2>/dev/null
    judge_look
}

judge_look() {
    settled look || echo "verify ended with $?: $(complaint)"
}

# After an extension: every standing build of both rings offers all of it, each by one entry, as long as before.
judge_extend() {
    local content want
    want="4 builds, 1 content, 4 entries"
    content=$(ask "SELECT count(*) || ' builds, ' || count(DISTINCT content) ||
        ' content, ' || (SELECT count(*) FROM history WHERE action = 'extend') || ' entries' FROM offer
        WHERE removed_unix IS NULL AND content LIKE '$(content_of "$arch" "$lang")%'")
    [ "$content" = "$want" ] || echo "after the extension: $content"
    judge_look
}

# As the books have it: "x64,x86 en-us".
content_of() { # ARCHITECTURES LANGUAGES
    printf '%s %s ' "$1" "$2"
}

# Whose books these are, and how many rings are on hold: only the new ones can lack the last promotion, or have the
# entry of a rebuild.
replaced() {
    ask "SELECT
        iif((SELECT count(*) FROM history WHERE action = 'promote' AND ring = 'production' AND build = '$to') = 1 AND
            (SELECT count(*) FROM history WHERE action = 'rebuild') = 0, 'old', 'new') || ' books, ' ||
        (SELECT count(DISTINCT ring) FROM hold WHERE lifted_unix IS NULL) || ' holds'"
}

# After a restore or a rebuild that nothing has disturbed.
judge_replaced() {
    local left
    left=$(replaced)
    [ "$left" = "new books, 2 holds" ] || echo "after the $command: $left"
    judge_look
}

# At any time: what was there before, or what nothing can be promoted by.
judge_halfway() {
    local left
    settled anything || echo "the next command ended with $?: $(complaint)"
    left=$(replaced)
    case $left in "old books, 0 holds" | "new books, 2 holds") ;; *) echo "halfway: $left" ;; esac
}

# After a rollback: one block and one hold, however often it was tried.
judge_rollback() {
    local left
    left=$(ask "SELECT
        (SELECT count(*) FROM block WHERE ring = '$ring' AND lifted_unix IS NULL) || ' blocks, ' ||
        (SELECT count(*) FROM hold WHERE ring = '$ring' AND kind = 'rollback' AND lifted_unix IS NULL) || ' holds'")
    [ "$left" = "1 blocks, 1 holds" ] || echo "after the rollback: $left"
}

# After a gc: the older build is nowhere, and its objects are gone.
judge_gc() {
    find "$world"/{pilot,production} -name "*$ORIGIN_OLD*" | sed "s,^$world/,still there: ,"
    judge_store
}

# After a repair: somebody has written down that there was one.
judge_repair() {
    [ "$(ask "SELECT count(*) FROM history WHERE action = 'repair'")" -gt 0 ] || echo "no entry tells of the repair"
    judge_store
}

# After the decision: it stands in the books once, and pilot waits for nothing else.
judge_migrate() {
    judge_entries migrate 1
    [ "$(ask "SELECT count(*) FROM hold WHERE ring = 'pilot' AND lifted_unix IS NULL")" = 0 ] || echo "pilot is on hold"
}

# After a distribution: it is said once that the build is live at the site, and nothing waits to be sent.
judge_site() {
    case $stage in
    first) judge_entries sites-live 1 ;;
    later) judge_entries sites-live 2 ;;
    esac
    find "$world/store/outbox" -mindepth 1 -printf 'left over: %P\n'
}

# ---- an exit status ----

# What is wrong with this exit status, if the fault has struck.
# SQLite says of its index only that it could not grow, not why, so any error there may be taken for a full disk.
judge_status() { # KIND STATUS N
    case $command:$1:$2 in
    courier:*:[156]) ;; # it is rsync that was struck, and who sent it says what it makes of that
    courier:*:0) judge_books ;;
    *:kill-*:137 | *:ENOSPC:[16] | *:EDQUOT:[16] | *:full:[16] | *:short:[16]) ;;
    *:EIO:1 | *:bad-read:1 | *:EMLINK:1 | *:EROFS:1 | *:EMFILE:1 | *:EINTR:1) ;;
    restore:bad-read:4 | restore:EMFILE:4 | rebuild:bad-read:4 | rebuild:EMFILE:4)
        grep -q '^lost: ' "$world.reports/said" || echo "$1: 4, and nothing is lost"
        ;;
    *:EIO:6 | *:EROFS:6) [[ $(call "$3") == *.db-shm ]] || echo "$1: exit status 6: $(complaint)" ;;
    *:kill-*) echo "killed, but the exit status is $2" ;;
    *:0) judge_books ;;
    *) echo "$1: exit status $2: $(complaint)" ;;
    esac
}
