#!/usr/bin/env bats
# Every command of the table at least once under valgrind (memcheck) on a small world: no error, no leak, no descriptor that
# is open at the end but those that the program was started with, and no child left behind. The programs that a command
# starts of itself (jobs, watches) are looked at, too.
#
# What valgrind does not know a preloaded library does in another way (tests/static/valgrind.c). Nor does it know
# Landlock (444) and seccomp (317): there is no sandbox here.

setup_file() {
    load world
    world_file
    need valgrind gcc rsync
}

setup() {
    load world
    load service
    load sites
    world_make
    LOGS=$W/valgrind
    mkdir -m 1777 "$LOGS"
    gcc -D_GNU_SOURCE -O1 -shared -fPIC -o "$W/known.so" "$RINGMGR_TOP/tests/static/valgrind.c"
    BARE=$RINGMGR_BIN
    cat >"$W/watched" <<SH
#!/bin/sh
echo "\$*" >>$LOGS/said
export LD_PRELOAD=$W/known.so TMPDIR=$LOGS # where valgrind may write as any user
exec valgrind -q --vgdb=no --error-exitcode=99 --leak-check=full --track-fds=yes --trace-children=yes \\
    --trace-children-skip='*/rsync,*/sh,*/ssh' --log-file=$LOGS/%p.log "$BARE" "\$@"
SH
    chmod 755 "$W/watched"
    RINGMGR_BIN=$W/watched
}

teardown() {
    sites_end
    world_end
    RINGMGR_BIN=${BARE:-$RINGMGR_BIN}
}

# faults: what valgrind has told, less what the program was started with.
faults() {
    cat "$LOGS"/*.log | sed -E 's/^==[0-9]+== ?//' |
        sed -E '/^--[0-9]+-- (WARNING: unhandled amd64-linux syscall: (317|444)$|You may |Read the |Nevertheless |it at )/d' | awk '
        /^FILE DESCRIPTORS: / { next }
        held != "" { if ($0 !~ /<inherited from parent>/) print held "\n" $0; held = ""; next }
        /^Open (file descriptor|AF_[A-Z]+ socket) / { held = $0; next }
        NF'
}

# let_go: less the jobs that the service has ended with itself: those close nothing.
let_go() {
    local pid
    for pid in $(sed -nE 's/.*event=job-end .*pid=([0-9]+) signal=TERM .*/\1/p' "$W/err"); do
        rm -f "$LOGS/$pid.log"
    done
}

# at_rest: what was due has ended, told or not, and only the watch goes on.
at_rest() {
    settled && [ "$(pgrep -c -P "$PID")" = 1 ]
}

# clean: no process had a fault, and none is left.
clean() {
    faults >"$W/faults"
    cat "$W/faults"
    [ ! -s "$W/faults" ]
    ! pgrep -f -- "-c $W/ringmgr.conf" || return
    figure "Static and dynamic" "valgrind, $1: processes; faults; descriptors or children left" \
        "$(find "$LOGS" -name '*.log' | wc -l); $(wc -l <"$W/faults"); 0"
}

# tried COMMAND…: it ends as commands do; how they should is for other tests.
tried() {
    heed "$@"
    [ "$status" -le 8 ] || { printf '%s: ended with %s\n%s\n' "$*" "$status" "$stderr" && return 1; }
}

# A build on every way into a ring, and back.
journey() {
    offer "$OLD"
    expect 0 ringmgr sync
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production --yes
    offer "$NEW"
    expect 0 ringmgr --json sync
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as games ringmgr revoke production "$NEW" --reason "not yet"
    expect 3 as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr approve production "$NEW" --reason fine
    expect 0 as news ringmgr promote production "$NEW"
    expect 0 as games ringmgr rollback production --reason "it crashes" -o "$W/kit"
    local words
    while read -r words; do
        tried as games ringmgr $words
    done <<END
unblock $NEW --ring production --reason printer
block $NEW --reason driver
hold all --reason quarter
unhold all --reason over
migrate production --channel Current --dry-run
ack 1 --reason seen
pins
whoami
END
}

# Everything that one can ask, and what the service does.
questions() {
    local words
    while read -r words; do
        tried ringmgr $words
    done <<END
check
--json upstream
sync --dry-run
import file://$O/www/pr/$ORIGIN_GUID --ring pilot
status
--json explain production
diff production $NEW
client production --have $OLD --arch x64 --lang en-us
support
calendar --ical
report --month $(date -u +%Y-%m)
metrics
--json history --verify
gc
verify --quick
verify --repair
notify --test nobody
help gates
complete -- ringmgr pro
trust $W/roots.pem -o $W/log/roots.pem
generate odt --ring pilot -o $W/log/configuration.xml
generate samba-gpo --ring pilot -o $W/log/gpo
lint $W/log/configuration.xml --ring pilot
job support
job heal pilot
site list
site check
site sync
site status
site verify
backup $W/log/state
restore $W/log/state
rebuild
END
}

@test "the journey of a build" {
    journey
    clean "the journey of a build"
}

@test "every question, sites, books and documents" {
    site_folder tokyo
    site tokyo "rings = pilot"
    config
    offer "$NEW"
    ringmgr() { "$BARE" -c "$W/ringmgr.conf" "$@"; }
    expect 0 ringmgr sync
    ringmgr() { "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@"; }
    questions
    clean "questions, sites, books and documents"
}

@test "the service, its jobs and its watch" {
    offer "$NEW"
    MORE=$'[schedule]\njitter = 0s' config
    export RINGMGR_SLOW=10
    start serve
    wait_until logged 'event=job-end job=full-audit'
    wait_until at_rest
    end TERM
    [ "$status" = 0 ]
    wait_until gone
    let_go
    clean "the service, its jobs and its watch"
}

@test "no command of the table was left out" {
    local command
    for command in $("$BARE" --help | awk '/^exit status/ { exit } /^  [a-z]/ { print $1 }' | sort -u) ; do
        grep -qE "(ringmgr( --json)?|^(--json )?|start|tried as games ringmgr) ?$command( |\$)" "$BATS_TEST_FILENAME" ||
            { echo "$command is not tried" && return 1; }
    done
}
