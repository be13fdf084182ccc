#!/usr/bin/env bats
# The service: what it starts when, and that nothing that happens to it or its jobs harms the shares. Its clock is a
# file (RINGMGR_TEST_NOW=@FILE), so that days pass in moments.

setup_file() {
    load world
    world_file
    need python3
}

setup() {
    load world
    load service
    world_make
    offer "$OLD"
    export RINGMGR_TEST_NOW=@$W/now
    at 2026-09-02T00:00:00Z
    MORE='[schedule]
jitter = 0s' config
}

teardown() {
    [ -z "${LISTENER:-}" ] || kill "$LISTENER"
    [ -z "${PID:-}" ] || end TERM
    world_end
    wait_until gone
}

# listen: $W/heard has what the service tells systemd, a datagram a line with | between its lines.
listen() {
    python3 -u - "$W/notify" >"$W/heard" 3>&- <<'PY' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o777)
while True:
    print(listener.recv(4096).decode().replace("\n", "|"))
PY
    LISTENER=$!
    wait_until test -S "$W/notify"
}

heard() {
    grep -q -e "$1" "$W/heard"
}

# stands CODE TEXT: an attention of this code has this in its text or command. The file may be one that is refused.
stands() {
    sane --json status | jq -e --arg code "$1" --arg text "$2" \
        'any(.attention[]; .code == $code and (.text + " " + .command | contains($text)))' >/dev/null
}

# sane COMMAND…: with the configuration from before it was spoilt ($W/sane.conf).
sane() {
    "$RINGMGR_BIN" -c "$W/sane.conf" "$@"
}

entry() {
    expect 0 ringmgr --json history
    json "$1"
}

@test "the first start runs every job once, tells systemd, and SIGTERM ends it" {
    listen
    NOTIFY_SOCKET=$W/notify WATCHDOG_USEC=200000 serving
    wait_until rested
    local job
    for job in promote quick-audit support sync gc full-audit; do
        begun $job 1
        logged "event=job-end job=$job pid=[0-9]* status=0 " 1
    done
    logged "event=sync ring=pilot build=$OLD result=new published=yes " 1
    shows pilot "$OLD"
    wait_until heard '^READY=1$'
    wait_until heard '^WATCHDOG=1$'
    wait_until heard '^STATUS=Running .*sync'
    wait_until heard '^STATUS=Idle; next job at 2026-09-02T01:00:00Z$'
    end TERM
    [ "$status" = 0 ]
    heard '^STOPPING=1'
    logged 'event=stop signal=TERM'
    [ ! -s "$W/out" ]
}

@test "the address of the notification may be an abstract one" {
    python3 -u - "ringmgr-test-$$" >"$W/heard" 3>&- <<'PY' &
import socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
listener.bind("\0" + sys.argv[1])
print("listening")
print(listener.recv(4096).decode())
PY
    LISTENER=$!
    wait_until heard listening
    NOTIFY_SOCKET=@ringmgr-test-$$ serving
    wait_until heard '^STATUS=Starting'
    end TERM
    LISTENER=
}

@test "a sync comes when its time has come, not before, and a new start does not repeat what was done" {
    serving
    wait_until rested
    offer "$NEW" 2026-09-02
    at 2026-09-02T05:59:59Z
    wait_until rested
    begun sync 1
    begun quick-audit 2
    begun gc 2 # 04:30
    at 2026-09-02T06:00:01Z
    wait_until rested
    begun sync 2
    shows pilot "$NEW"
    end TERM
    serving
    wait_until rested
    begun sync 0
    begun gc 0
    begun quick-audit 0
    begun promote 1
}

@test "a promotion comes when its gates open, to the second" {
    PRODUCTION=$'publish = auto\nsoak = 90 minutes\nsettle = 0h' MORE=$'[schedule]\njitter = 0s\nquick_audit = off' config
    serving
    wait_until rested
    expect 0 as games ringmgr approve production "$OLD" --reason "tried"
    at 2026-09-02T01:00:00Z # within the hour it learns of the decision
    wait_until begun promote 2
    at 2026-09-02T01:29:58Z
    wait_until rested
    begun promote 2
    [ "$(live production)" = none ]
    at 2026-09-02T01:30:01Z
    wait_until logged "event=promoted ring=production"
    begun promote 3
    shows production "$OLD"
    entry '[.entries[] | select(.action == "promote" and .ring == "production") | [.actor, .identity]] == [["ringmgr", "service"]]'
}

@test "SIGHUP: a good configuration counts at once, a bad one is refused and the old one stays" {
    listen
    NOTIFY_SOCKET=$W/notify serving
    wait_until rested
    MORE=$'[schedule]\njitter = 0s\nquick_audit = every 10 minutes' config
    kill -HUP "$PID"
    wait_until logged 'event=reload result=accepted rings=2'
    wait_until heard '^RELOADING=1|MONOTONIC_USEC=[0-9]*$'
    at 2026-09-02T00:10:01Z
    wait_until rested
    begun quick-audit 2
    cp "$W/ringmgr.conf" "$W/sane.conf"
    run ! stands config-refused ""

    echo "[schedule" >>"$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged "event=reload result=refused text=\"$W/ringmgr.conf:[0-9]*: a section's line"
    wait_until stands config-refused "a section's line"
    stands config-refused "mend it, then systemctl reload ringmgr"
    offer "$NEW" 2026-09-02
    at 2026-09-02T06:10:00Z # jobs do not read the broken file
    wait_until rested
    shows pilot "$NEW"

    config
    sed -i "s,^state = .*,state = $W/other," "$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged '\[ringmgr\] state: it cannot change while the service runs'
    wait_until stands config-refused "[ringmgr] state: it cannot change while the service runs"
    stands config-refused "ringmgr check && systemctl restart ringmgr"
    [ "$(sane --json status | jq '[.attention[] | select(.code == "config-refused")] | length')" = 1 ]
    rm "$W/ringmgr.conf"
    kill -HUP "$PID"
    wait_until logged 'result=refused' 3
    config # good in itself, but jobs could not work with it
    sed -i "s,^store = .*,store = $W/other," "$W/ringmgr.conf"
    install -d -m 0 -o backup "$W/other"
    kill -HUP "$PID"
    wait_until logged 'result=refused text="no job could work with it: the journal has its reason'
    [ "$(grep -c '^READY=1$' "$W/heard")" = 6 ] # once, and after each reload
    at 2026-09-02T12:10:00Z
    wait_until rested
    begun sync 3
    logged 'event=job-end job=sync pid=[0-9]* status=0 ' 3
    stands config-refused "no job could work with it: the journal has its reason"
    end TERM
    [ "$status" = 0 ]
    cp "$W/sane.conf" "$W/ringmgr.conf"
    serving
    run ! stands config-refused ""
}

@test "an edited file counts from the next job, without a signal; a bad one is refused once" {
    serving
    wait_until rested
    MORE=$'[schedule]\njitter = 0s\nquick_audit = every 10 minutes' config
    at 2026-09-02T01:00:01Z
    wait_until logged 'event=reload result=accepted rings=2'
    wait_until rested
    at 2026-09-02T01:10:02Z
    wait_until rested
    begun quick-audit 3
    cp "$W/ringmgr.conf" "$W/sane.conf"
    echo "[schedule" >>"$W/ringmgr.conf"
    at 2026-09-02T01:20:03Z
    wait_until logged 'event=reload result=refused'
    wait_until rested
    at 2026-09-02T01:30:04Z
    wait_until rested
    begun quick-audit 5
    [ "$(grep -c 'result=refused' "$W/err")" = 1 ]
    cp "$W/sane.conf" "$W/ringmgr.conf"
    stands config-refused "a section's line"
    at 2026-09-02T01:40:05Z
    wait_until logged 'event=reload result=accepted' 2
    run ! stands config-refused ""
    end TERM
}

@test "a file that the service cannot read is refused once, and counts when it can" {
    serving
    wait_until rested
    cp "$W/ringmgr.conf" "$W/sane.conf"
    MORE=$'[schedule]\njitter = 0s\nquick_audit = every 10 minutes' config
    chmod 0600 "$W/ringmgr.conf"
    at 2026-09-02T06:00:01Z
    wait_until stands config-refused "open $W/ringmgr.conf: Permission denied"
    at 2026-09-02T12:00:02Z
    wait_until rested
    logged result=refused 1
    chmod 0644 "$W/ringmgr.conf"
    at 2026-09-02T18:00:03Z
    wait_until logged 'event=reload result=accepted rings=2'
    run ! stands config-refused ""
    rm "$W/ringmgr.conf"
    at 2026-09-03T00:00:04Z
    wait_until stands config-refused "open $W/ringmgr.conf: No such file or directory"
}

@test "a refusal that could not be noted is noted when the next job has ended" {
    serving
    wait_until rested
    cp "$W/ringmgr.conf" "$W/sane.conf"
    echo "[schedule" >>"$W/ringmgr.conf"
    mv "$W/store" "$W/away"
    kill -HUP "$PID"
    wait_until logged 'event=job-end job=note pid=[0-9]* status=2'
    mv "$W/away" "$W/store"
    at 2026-09-02T06:00:01Z
    wait_until stands config-refused "a section's line"
    wait_until rested
    failed=$(grep -c 'event=job-end job=note' "$W/err") # any job that ended while the store was away tried it again
    at 2026-09-02T12:00:02Z
    wait_until rested
    logged 'event=job-end job=note' "$failed"
}

@test "SIGTERM in the middle of a sync ends all of it, and the next start goes on" {
    origin_fault "path=*x-none.dat&kind=stall&after=1000&ms=60000"
    serving
    wait_until fetching
    end TERM
    [ "$status" = 0 ]
    logged 'event=job-end job=sync pid=[0-9]* signal=TERM' 1
    [ "$(live pilot)" = none ]
    ringmgr --json status | jq -e '[.attention[] | select(.code == "job-died")] == []' # it was asked to
    origin_faults_clear
    at 2026-09-02T06:00:01Z # it had begun: the schedule goes on
    serving
    wait_until logged 'event=job-end job=sync pid=[0-9]* status=0'
    shows pilot "$OLD"
}

@test "a job that is killed is logged and stands until it ends well, and its schedule goes on" {
    cp "$W/ringmgr.conf" "$W/sane.conf"
    origin_fault "path=*x-none.dat&kind=stall&after=1000&ms=60000"
    serving
    wait_until fetching
    kill -KILL "$(sed -n 's/^event=job-start job=sync pid=//p' "$W/err")"
    wait_until logged 'event=job-end job=sync pid=[0-9]* signal=KILL'
    wait_until stands job-died "the job sync was killed by the signal KILL"
    logged 'event=attention code=job-died ring=- text="the job sync was killed'
    origin_faults_clear
    at 2026-09-02T06:00:01Z
    wait_until rested
    begun sync 2
    shows pilot "$OLD"
    [ "$(live pilot)" = "$OLD" ]
    run ! stands job-died ""
}

@test "a job that was killed when that could not be noted, and then ends well, is none" {
    origin_fault "path=*x-none.dat&kind=stall&after=1000&ms=60000"
    serving
    wait_until fetching
    mv "$W/store" "$W/away"
    kill -KILL "$(sed -n 's/^event=job-start job=sync pid=//p' "$W/err")"
    wait_until logged 'event=job-end job=note pid=[0-9]* status=2'
    wait_until rested
    mv "$W/away" "$W/store"
    origin_faults_clear
    at 2026-09-02T06:00:01Z
    wait_until logged 'event=job-end job=sync pid=[0-9]* status=0'
    wait_until rested
    cp "$W/ringmgr.conf" "$W/sane.conf"
    run ! stands job-died ""
}

@test "what failed is logged and tried again: upstream out of reach after half an hour" {
    origin_fault "path=*&kind=status&status=503"
    serving
    wait_until rested
    logged 'event=job-end job=sync pid=[0-9]* status=5 ' 1
    origin_faults_clear
    at 2026-09-02T00:30:01Z
    wait_until rested
    begun sync 2
    shows pilot "$OLD"
}

@test "one instance: a second is refused and names the first" {
    serving
    local first=$PID
    expect 7 ringmgr serve
    complains
    says "lock serve: held by ringmgr serve (pid $first)"
    kill -0 "$first"
}

@test "after a week off everything that was missed runs once" {
    serving
    wait_until rested
    end TERM
    offer "$NEW" 2026-09-09
    at 2026-09-09T12:34:56Z
    serving
    wait_until rested
    local job
    for job in sync gc full-audit quick-audit support; do
        begun $job 1
    done
    shows pilot "$NEW"
}

@test "the sync that waits for the window goes when it opens" {
    ORIGIN="window = 03:00-05:00" MORE='[schedule]
jitter = 0s' config
    serving
    wait_until logged 'event=sync ring=pilot .*result=waiting '
    wait_until rested
    [ "$(live pilot)" = none ]
    at 2026-09-02T02:59:00Z
    wait_until rested
    begun sync 1
    at 2026-09-02T03:00:00Z
    wait_until logged 'event=sync ring=pilot .*result=new '
    wait_until rested
    shows pilot "$OLD"
    begun sync 2
}

# steps N: so many steps of the clock are in the history.
steps() {
    [ "$(ringmgr --json history | jq '[.entries[] | select(.action == "clock-step")] | length')" = "$1" ]
}

@test "a clock that jumps to 2036: no gate opens by it, the log tells it, and back again" {
    PRODUCTION=$'publish = auto\nsoak = 14 days\nsettle = 0h' config
    sed -i 's/^approvals = 1/approvals = 0/; /^approvers\|^four_eyes/d' "$W/ringmgr.conf"
    echo "boot:1000" >"$W/steady"
    export RINGMGR_TEST_STEADY=@$W/steady
    serving
    wait_until rested
    at 2036-09-02T00:00:00Z
    wait_until logged 'event=clock-set step_seconds=315619200 now=2036-09-02T00:00:00Z'
    wait_until rested
    begun sync 2
    begun full-audit 2
    [ "$(live production)" = none ] # nothing has soaked
    entry '[.entries[] | select(.action == "clock-step")] | length == 1'
    at 2026-09-02T00:01:00Z
    wait_until logged 'event=clock-set step_seconds=-315619140 '
    wait_until steps 2
    at 2026-09-02T07:00:00Z
    echo "boot:26200" >"$W/steady"
    wait_until rested
    begun sync 3 # goes by what the clock shows now
    [ "$(live production)" = none ]
    entry '.entries[-1] | .action == "clock-step" and (.time | startswith("2026-09-02T00:01:"))'
    expect 0 ringmgr history --verify
    expect 0 ringmgr explain production # nothing says any more that the clock is behind
    [[ $output != *"the clock says"* ]]
}

@test "without a state that can be opened it does not start" {
    echo "no database" >"$W/state/ringmgr.db"
    chown backup: "$W/state/ringmgr.db"
    start serve
    ended
    [ "$status" = 1 ] || [ "$status" = 4 ]
    grep -q '^ringmgr: serve: the state could not be opened: the reason stands above$' "$W/err"
    rm -r "$W/state"
    expect 2 ringmgr serve
    says "[ringmgr] state: "
}

@test "the journal's priorities, where stderr is the journal" {
    origin_fault "path=*&kind=status&status=503"
    "$RINGMGR_BIN" -c "$W/ringmgr.conf" job promote 2>"$W/err"
    [ ! -s "$W/err" ]
    exec 8>"$W/err"
    expect 5 env JOURNAL_STREAM="$(stat -L -c %d:%i /dev/fd/8)" sh -c 'exec "$@" 2>&8' x "$RINGMGR_BIN" -c "$W/ringmgr.conf" job sync
    exec 8>&-
    logged '^<4>event=sync ring=pilot .*result=failed .* text="'
    logged '^<3>ringmgr: job: sync: '
}

@test "job by hand: all rings, nothing on stdout, and no name but those it knows" {
    local job
    for job in sync promote quick-audit full-audit gc support; do
        expect 0 ringmgr job $job
        [ -z "$output" ]
    done
    shows pilot "$OLD"
    expect 2 ringmgr job nonsense
    complains
    expect 2 ringmgr job sync pilot
    complains
    expect 2 ringmgr job heal nowhere </dev/null
    says "there is no ring nowhere"
    expect 2 ringmgr job died </dev/null
    says "this job is for ringmgr serve alone"
}

@test "a job that died stands until the same one ends well, whoever starts it" {
    cp "$W/ringmgr.conf" "$W/sane.conf"
    local name
    for name in "heal ring=pilot" "heal ring=production" "fetch ring=pilot build=$OLD" gc; do
        printf '%s\0was killed by the signal SEGV\0' "$name" >"$W/died"
        ringmgr job died <"$W/died" 2>"$W/err"
        logged "event=attention code=job-died ring=- text=\"the job $name was killed by the signal SEGV"
    done
    expect 0 ringmgr job heal pilot </dev/null
    expect 0 ringmgr job gc
    run ! stands job-died "pilot was killed"
    run ! stands job-died "gc was killed"
    expect 0 ringmgr sync pilot --build "$OLD" --dry-run
    stands job-died "fetch ring=pilot"
    expect 0 ringmgr sync pilot --build "$OLD"
    run ! stands job-died "fetch ring=pilot"
    stands job-died "heal ring=production"
}

@test "a configuration cannot be handed to root" {
    expect 2 ringmgr --inherit config=0 status <"$W/ringmgr.conf"
    complains
    says "--inherit is for the children of ringmgr serve, not for root"
    expect 2 setpriv --reuid games --clear-groups "$RINGMGR_BIN" --inherit config=0 status <"$W/ringmgr.conf"
    says "--inherit is for the children of ringmgr serve"
    local text
    for text in config config= config=x config=99 config=-1 other=0 "config=0 x"; do
        expect 2 ringmgr --inherit "$text" status </dev/null
        says "not a descriptor that ringmgr serve hands over"
    done
}

@test "what is changed on a share is put right: pointer, file, foreign build, and an object through its link" {
    local data
    data=$(data pilot)
    serving
    wait_until rested
    sleep 1.5 # the look at everything that the start of the watch means
    echo junk >"$data/v64.cab.junk" && mv "$data/v64.cab.junk" "$data/v64.cab"
    wait_until cmp -s "$data/v64.cab" "$UP/v64_$OLD.cab"
    rm "$data/$OLD/s640.cab"
    install -d -o backup "$data/16.0.1.1" && echo foreign >"$data/16.0.1.1/x.cab"
    wait_until shows pilot "$OLD"
    wait_until test ! -e "$data/16.0.1.1/x.cab"
    logged 'event=healed ring=pilot path="v64.cab"'
    logged "event=healed ring=pilot path=\"$OLD/s640.cab\""
    logged 'event=quarantined ring=pilot path=".*16.0.1.1'
    wait_until rested

    chmod u+w "$data/$OLD/stream.x64.x-none.dat"
    byte "$data/$OLD/stream.x64.x-none.dat"
    wait_until logged "event=job-end job=fetch ring=pilot build=$OLD pid=[0-9]* status=0"
    wait_until shows pilot "$OLD"
    wait_until rested
    logged 'event=job-start job=fetch ' 1
}

@test "what changed among much else is not lost between two reads of the watch's pipe" {
    local data
    data=$(data pilot)
    serving
    wait_until rested
    sleep 1.5
    kill -STOP "$PID"
    touch "$data"/a-foreign-file-with-a-rather-long-name-{100..300}
    byte "$data/$OLD/stream.x64.x-none.dat"
    sleep 0.3
    kill -CONT "$PID"
    wait_until logged "event=job-end job=fetch ring=pilot build=$OLD pid=[0-9]* status=0"
    wait_until shows pilot "$OLD"
    begun full-audit 1
}

@test "a watch that is lost comes again, and everything is looked at" {
    local data watch
    data=$(data pilot)
    serving
    wait_until rested
    sleep 1.5
    watch=$(pgrep -P "$PID" -f 'job watch')
    kill -STOP "$watch"
    rm "$data/$OLD/s640.cab"
    byte "$data/$OLD/stream.x64.x-none.dat" # of the same size: only reading finds that
    sleep 0.3
    kill -KILL "$watch"
    wait_until logged 'event=watch-lost status=137 again_in_seconds=1 then=rescan'
    wait_until shows pilot "$OLD"
    begun full-audit 2
    watch=$(pgrep -P "$PID" -f 'job watch')
    rm "$data/$OLD/i640.cab"
    wait_until shows pilot "$OLD"
    kill -0 "$watch"
}

@test "the shipped unit: systemd reads it, and it is confined" {
    command -v systemd-analyze >/dev/null || skip "systemd-analyze is missing"
    local unit=$W/ringmgr.service line
    sed "s,^ExecStart=[^ ]*,ExecStart=$RINGMGR_BIN," "$RINGMGR_TOP/config/examples/ringmgr.service" >"$unit"
    run systemd-analyze security --offline=yes --threshold=17 "$unit"
    [ "$status" -eq 0 ] || { echo "$output" && return 1; }
    run systemd-analyze verify --man=no "$unit"
    [[ "$output" != *"$unit"* ]] || { echo "$output" && return 1; }
    for line in Type=notify WatchdogSec= 'ExecReload=/bin/sh -c "kill -HUP $MAINPID"' KillMode=mixed; do
        grep -qF -e "$line" "$unit"
    done
    ! grep -q '^PrivateUsers=yes\|^ProtectClock=yes\|^ProcSubset=pid\|^RestrictSUIDSGID=yes' "$unit" || return
    for line in landlock_create_ruleset landlock_add_rule landlock_restrict_self seccomp adjtimex; do
        grep '^SystemCallFilter=' "$unit" | tail -n 1 | grep -qw $line # the last line: what comes later could take it away
    done
}

# The real clock: with that of the tests it looks twenty times a second.
@test "idle: hardly a wake-up, little memory, no byte to the disk" {
    unset RINGMGR_TEST_NOW
    serving
    wait_until rested
    sleep 1.5 # what is looked at at the start
    wait_until rested
    local pids pid before after written anon=0
    pids="$PID $(pgrep -P "$PID" | xargs)"
    sync -f "$W"
    before=$(cat $(printf '/proc/%s/status ' $pids) | awk '/ctxt_switches/ { sum += $2 } END { print sum }')
    written=$(still | sha256sum; find "$W/state" "$W/log" -type f -printf '%P %T@ %C@\n' | sort)
    sleep 5
    after=$(cat $(printf '/proc/%s/status ' $pids) | awk '/ctxt_switches/ { sum += $2 } END { print sum }')
    for pid in $pids; do
        anon=$((anon + $(awk '/^RssAnon/ { print $2 }' "/proc/$pid/status")))
    done
    echo "# $(wc -w <<<"$pids") processes: $((after - before)) switches in 5 s, RssAnon $anon KiB" >&3
    [ $((after - before)) -le 10 ]
    grep -q __asan_init "$RINGMGR_BIN" || [ $anon -le 6144 ]
    [ "$written" = "$(still | sha256sum; find "$W/state" "$W/log" -type f -printf '%P %T@ %C@\n' | sort)" ]
}

@test "after many jobs and reloads it has no descriptor and no child more than after its start" {
    serving
    wait_until rested
    local before day
    before=$(holds)
    for day in 09 16 23 30; do
        at "2026-09-${day}T00:00:00Z"
        wait_until rested
        kill -HUP "$PID"
        wait_until logged event=reload
        wait_until rested
    done
    [ "$(grep -c event=job-start "$W/err")" -ge 24 ]
    wait_until holds_only "$before" || { echo "$before, now $(holds)" && ls -l "/proc/$PID/fd" && return 1; }
}
