#!/usr/bin/env bats
# sandbox: what fetches can open nothing but its own folders, and starts no program; and all that it needs works inside.

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

# busy ARGUMENT…: a run that stands still in the middle of a file.
busy() {
    origin_log_clear
    origin_fault "path=*/stream.x64.x-none.dat&kind=stall&after=1000&ms=60000&times=1"
    start "$@"
    wait_until grep -q "$NEW/stream.x64.x-none.dat" "$ORIGIN_LOG" || { cat "$W/out" "$W/err" "$ORIGIN_LOG" && return 1; }
}

# The kernel says it of every thread: those of the transfer were made later. One may end while it is asked.
is_confined() {
    local task status asked=0
    for task in "/proc/$PID/task"/*; do
        status=$(cat "$task/status" 2>/dev/null) || continue
        asked=$((asked + 1))
        grep -q '^Seccomp:[[:space:]]*2$' <<<"$status" && grep -q '^NoNewPrivs:[[:space:]]*1$' <<<"$status" ||
            { echo "$status" && return 1; }
    done
    [ $asked -gt 0 ]
}

has_landlock() {
    strace -qq -f -e trace=landlock_restrict_self "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync --dry-run 2>&1 |
        grep -q 'landlock_restrict_self(.*= 0'
}

@test "sync is confined while it fetches" {
    busy sync
    is_confined
    end KILL
}

@test "import is confined, and so is what the service runs" {
    busy import "$ORIGIN_URL/$ORIGIN_GUID" --ring pilot
    is_confined
    end KILL
    origin_faults_clear
    rm -r "$W/store" && install -d -o backup "$W/store"
    busy job sync
    is_confined
    end KILL
}

@test "inside, everything works: origin by name, shares, state, head file, people" {
    need strace
    has_landlock || skip "this kernel has no Landlock"
    rm -f "$W/log/head"
    PRODUCTION="publish = auto
approvals = 1
approvers = group:games, user:news" config
    URL=${ORIGIN_URL/127.0.0.1/localhost} config
    expect 0 ringmgr sync
    shows pilot "$NEW"
    [ -s "$W/log/head" ]
    expect 0 ringmgr history --verify
}

@test "inside, a link that leads out of the folder leads nowhere" {
    need strace
    has_landlock || skip "this kernel has no Landlock"
    mkdir -p "$W/elsewhere" "$W/from"
    cp -r "$O/www/pr/$ORIGIN_GUID/Office" "$W/from/"
    mv "$W/from/Office/Data/$NEW/i640.cab" "$W/elsewhere/"
    ln -s "$W/elsewhere/i640.cab" "$W/from/Office/Data/$NEW/i640.cab"
    run --separate-stderr ringmgr import "$W/from" --ring pilot
    [ "$status" != 0 ]
    says i640.cab "ermission denied"
    # nor to what lies beside the files of /etc and /run that the job needs: secrets of [notify] do
    local file
    for file in /etc/fstab /etc/shells /etc/login.defs /run/utmp; do
        [ -r $file ] || continue
        ln -sf $file "$W/from/Office/Data/$NEW/i640.cab"
        run --separate-stderr ringmgr import "$W/from" --ring pilot
        [ "$status" != 0 ]
        says i640.cab "ermission denied"
    done
    mv "$W/elsewhere/i640.cab" "$W/from/Office/Data/$NEW/i640.cab"
    expect 0 ringmgr import "$W/from" --ring pilot
    shows pilot "$NEW"
}

@test "who tells people reads its own files, and writes to the state alone" {
    need strace
    has_landlock || skip "this kernel has no Landlock"
    install -o backup -m 0600 /dev/null "$W/hook" && echo "http://127.0.0.1:9/hook" >"$W/hook"
    MORE="[notify ops]
webhook_file = $W/hook
timeout = 1s" config
    expect 0 ringmgr sync
    # allowed COMMAND…: what its rules name, and for writing what follows; a rule is made behind each open of a path.
    allowed() {
        strace -qq -f -y -e trace=landlock_add_rule "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@" 2>&1 |
            sed -n 's/.*landlock_add_rule(.*allowed_access=\([^,]*\), parent_fd=[0-9]*<\([^>]*\)>.*/\2 \1/p'
    }
    allowed sync >"$W/sync"
    allowed job notify >"$W/tell"
    grep -q "^$W/hook " "$W/tell"
    grep -q "^$W/store .*WRITE_FILE" "$W/sync"
    grep -q "^$W/state .*WRITE_FILE" "$W/tell"
    ! grep -E "^($W/hook|/etc|/run) " "$W/sync" || return
    ! grep -E "^($W/(store|share/[a-z]*|log) .*WRITE|/etc |/run )" "$W/tell" || return
}

# opened COMMAND…: the libraries that it opens, a line each: before it is confined, or inside.
opened() {
    strace -qq -f -e trace=openat,landlock_restrict_self "$RINGMGR_BIN" -c "$W/ringmgr.conf" "$@" 2>&1 |
        awk 'BEGIN { where = "before" } /landlock_restrict_self\(/ { where = "inside" }
            match($0, /lib[^"\/]*\.so/) && !/O_PATH/ { print where, substr($0, RSTART, RLENGTH) }'
}

@test "no library is opened inside, and one that is missing is said before" {
    need strace
    has_landlock || skip "this kernel has no Landlock"
    MORE="[notify ops]
webhook = http://127.0.0.1:9/hook
timeout = 1s" config
    opened sync >"$W/sync"
    opened job notify >"$W/tell"
    shows pilot "$NEW"
    grep -qx "before libarchive.so" "$W/sync"
    grep -qx "before libxml2.so" "$W/sync"
    grep -qx "before libcurl.so" "$W/sync"
    grep -qx "before libcurl.so" "$W/tell"
    run ! grep -h ^inside "$W/sync" "$W/tell"
    mkdir "$W/broken" && : >"$W/broken/libxml2.so.2"
    expect 1 env LD_LIBRARY_PATH="$W/broken" "$RINGMGR_BIN" -c "$W/ringmgr.conf" sync
    complains
    says "$W/broken/libxml2.so.2: file too short: install ringmgr and its libraries again"
    expect 1 env LD_LIBRARY_PATH="$W/broken" "$RINGMGR_BIN" -c "$W/ringmgr.conf" job sync
    expect 0 ringmgr status
    prints "the job sync could not begin (the library " "$W/broken/libxml2.so.2: file too short"
    expect 0 ringmgr job sync
    expect 0 ringmgr --json status
    json '.attention == []'
}

@test "an origin that is a folder, with a name that must be encoded" {
    mkdir "$W/a b"
    cp -r "$O/www/pr" "$W/a b/pr"
    URL="file://$W/a%20b/pr" config
    expect 0 ringmgr sync
    shows pilot "$NEW"
}
