#!/usr/bin/env bats
# Proves libfault.so call by call: each of faultprobe's calls is counted once, under its own name and path, and each
# kind of fault does to it what it says. Then what must not count, what filters, and two real programs.
#
# CTest says where library and probe are (FAULT_LIBRARY, FAULT_PROBE); by hand they are built here. Of three kinds a third
# of the calls is tried, and with RINGMGR_PROOF=1, as run.sh --proof has it, all.

bats_require_minimum_version 1.5.0

setup_file() {
    if [ -z "${FAULT_LIBRARY:-}" ]; then
        export FAULT_LIBRARY="$BATS_FILE_TMPDIR/libfault.so" FAULT_PROBE="$BATS_FILE_TMPDIR/faultprobe"
        cc -std=gnu17 -O2 -g -fPIC -shared -o "$FAULT_LIBRARY" "$BATS_TEST_DIRNAME"/libfault*.c -ldl
        cc -std=gnu17 -O2 -g -o "$FAULT_PROBE" "$BATS_TEST_DIRNAME/faultprobe.c" -lpthread
    fi
}

setup() {
    work="$BATS_TEST_TMPDIR/work"
    count="$BATS_TEST_TMPDIR/count"
    trace="$BATS_TEST_TMPDIR/trace"
    fresh
}

# An untouched working folder, and no reports.
fresh() {
    rm -rf "$work" "$count" "$trace"
    mkdir "$work"
    cd "$work" || return
    "$FAULT_PROBE" prepare
}

# under VARIABLE=VALUE… COMMAND…: the command with the library and this plan.
under() {
    env LD_PRELOAD="$FAULT_LIBRARY" FAULT_COUNT_FILE="$count" "$@"
}

# Everything that a change to the folder could change.
state() {
    find . -printf '%P %y %i %m %n %s %C@ %T@\n' | sort
}

# say TEXT…: fails with it.
say() {
    printf '%s\n' "$*" >&2
    return 1
}

# names FIRST: the calls from the FIRST on, each third of them, or with RINGMGR_PROOF all.
names() {
    "$FAULT_PROBE" list | awk -v first="$1" -v step="${RINGMGR_PROOF:-3}" 'NR % step == first % step'
}

# status_of COMMAND…: its exit status on stdout, what it printed in $BATS_TEST_TMPDIR/out.
status_of() {
    local code=0
    "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || code=$?
    echo "$code"
}

@test "every call counts once, under its name and its path" {
    while read -r name traced path; do
        fresh
        result=$(under FAULT_TRACE="$trace" FAULT_UNDER="$work" "$FAULT_PROBE" "$name" </dev/null)
        [ "$(cat "$count")" = 1 ] || say "$name: counted $(cat "$count")"
        expected=$(printf '1\t%s\t%s' "$traced" "$work/$path")
        [ "$(cut -f1-3 "$trace")" = "$expected" ] || say "$name: traced $(cat "$trace")"
        case $name:$result in
        *ficlone* | *xattr*:*) ;; # the disk may not have them
        *:-*) say "$name: $result" ;;
        esac
    done < <("$FAULT_PROBE" list)
}

@test "errno: every call fails with the error, and nothing changed" {
    while read -r name _; do
        fresh
        before=$(state)
        result=$(under FAULT_AT=1 FAULT_KIND=errno:EDQUOT "$FAULT_PROBE" "$name" </dev/null)
        [ "$result" = "-1 EDQUOT" ] || say "$name: $result"
        [ "$(state)" = "$before" ] || say "$name: changed something"
    done < <(names 1)
}

@test "kill-before: every call dies first, and nothing changed" {
    while read -r name _; do
        fresh
        before=$(state)
        [ "$(status_of under FAULT_AT=1 FAULT_KIND=kill-before "$FAULT_PROBE" "$name" </dev/null)" = 137 ] ||
            say "$name: lives"
        [ "$(state)" = "$before" ] || say "$name: changed something"
        [ "$(cat "$count")" = 1 ] || say "$name: no count"
    done < <(names 2)
}

@test "kill-after: every call dies when it is done" {
    while read -r name _; do
        fresh
        normal=$(env "$FAULT_PROBE" "$name" </dev/null)
        fresh
        before=$(state)
        sleep 0.01
        [ "$(status_of under FAULT_AT=1 FAULT_KIND=kill-after "$FAULT_PROBE" "$name" </dev/null)" = 137 ] ||
            say "$name: lives"
        case $name:$normal in
        *sync*:* | open_tmpfile:* | *:-*) ;; # nothing to be seen, or not possible on this disk
        *) [ "$(state)" != "$before" ] || say "$name: changed nothing" ;;
        esac
    done < <(names 3)
}

@test "short: half of the bytes for every call that writes, all of it for the others" {
    writers=0
    while read -r name _; do
        fresh
        result=$(under FAULT_AT=1 FAULT_KIND=short "$FAULT_PROBE" "$name" </dev/null)
        [ "$(cat "$count")" = 1 ] || say "$name: counted $(cat "$count")"
        case $name in
        write | pwrite* | writev | sendfile* | copy_file_range | splice | sys_write | sys_pwrite* | sys_writev | \
            sys_sendfile | sys_copy_file_range | sys_splice)
            [ "$result" = "5 -" ] || say "$name: $result"
            case $name in
            *sendfile* | *copy* ) [ "$(cat a)" = 0123456789 ] || say "$name: $(cat a)" ;;
            *) [ "$(cat a)" = ABCDE56789 ] || say "$name: $(cat a)" ;;
            esac
            writers=$((writers + 1))
            ;;
        *ficlone* | *xattr*) ;;
        *) [ "${result%% *}" != -1 ] || say "$name: $result" ;;
        esac
    done < <("$FAULT_PROBE" list)
    [ "$writers" = 20 ]
}

@test "short: one byte is still written" {
    [ "$(under FAULT_AT=1 FAULT_KIND=short "$FAULT_PROBE" write_one)" = "1 -" ]
    [ "$(cat a)" = A123456789 ]
}

@test "what is no change does not count" {
    under FAULT_TRACE="$trace" "$FAULT_PROBE" quiet
    [ "$(cat "$count")" = 0 ]
    [ ! -s "$trace" ]
}

@test "reading and looking count only where they are named, fail as they are told, and are cut short" {
    local reads=0 op at
    while read -r name traced path; do
        op=read at=1
        [[ "$name" != look* ]] || op=look at=4 # the probe has opened its three before
        under "$FAULT_PROBE" "$name" </dev/null >/dev/null
        [ "$(cat "$count")" = 0 ] || say "$name counts unnamed"
        rm -f "$trace"
        result=$(under FAULT_TRACE="$trace" FAULT_OP=$op FAULT_UNDER="$work" "$FAULT_PROBE" "$name" </dev/null)
        [ "$(tail -n 1 "$trace")" = "$(printf '%d\t%s\t%s' $at "$traced" "$work/$path")" ] || say "$name: $(cat "$trace")"
        [[ "$result" != -* ]] || say "$name: $result"
        result=$(under FAULT_OP=$op FAULT_AT=$at FAULT_KIND=errno:EINTR "$FAULT_PROBE" "$name" </dev/null)
        [ "$result" = "-1 EINTR" ] || say "$name: $result"
        result=$(under FAULT_OP=$op FAULT_AT=$at FAULT_KIND=short "$FAULT_PROBE" "$name" </dev/null)
        [ $op = look ] || [ "$result" = "5 -" ] || say "$name: $result"
        reads=$((reads + 1))
    done < <("$FAULT_PROBE" list-reads)
    [ "$reads" = 15 ]
}

@test "standard output and error do not count even when they are files" {
    under sh -c 'echo out; echo err >&2' >out 2>err
    [ "$(cat out err)" = $'out\nerr' ]
    [ "$(cat "$count")" = 0 ]
}

@test "threads share one numbering" {
    under FAULT_TRACE="$trace" "$FAULT_PROBE" threads 8 2000
    [ "$(cat "$count")" = 16000 ]
    [ "$(cut -f1 "$trace" | sort -n | uniq | wc -l)" = 16000 ]
    [ "$(status_of under FAULT_AT=9000 FAULT_KIND=kill-after "$FAULT_PROBE" threads 8 2000)" = 137 ]
}

@test "the n-th call is struck and no other; sticky strikes all that follow" {
    [ "$(under FAULT_AT=3 FAULT_KIND=errno:EIO "$FAULT_PROBE" sequence)" = "10 10 -1 10 10" ]
    [ "$(under FAULT_AT=3 FAULT_STICKY=1 FAULT_KIND=errno:ENOSPC "$FAULT_PROBE" sequence)" = "10 10 -1 -1 -1" ]
    [ "$(under FAULT_AT=4 FAULT_STICKY=1 FAULT_KIND=short "$FAULT_PROBE" sequence)" = "10 10 10 5 5" ]
    [ "$(under FAULT_AT=6 FAULT_KIND=errno:EIO "$FAULT_PROBE" sequence)" = "10 10 10 10 10" ]
    [ "$(cat "$count")" = 5 ]
}

@test "a forked child counts for itself and leaves the count to its parent" {
    [ "$(under "$FAULT_PROBE" fork)" = "child 0" ]
    [ "$(cat "$count")" = 1 ]
    [ "$(under FAULT_AT=2 FAULT_KIND=kill-before "$FAULT_PROBE" fork)" = "child 137" ]
    [ "$(cat "$count")" = 1 ]
    wait_for_child=$(under FAULT_TRACE="$trace" "$FAULT_PROBE" orphan)
    [ -z "$wait_for_child" ]
    [ "$(cut -f1 "$trace" | tr '\n' ' ')" = "1 1 2 " ]
    [ "$(cat "$count")" = 1 ]
}

@test "_exit reports too" {
    under "$FAULT_PROBE" exit
    [ "$(cat "$count")" = 1 ]
}

@test "FAULT_UNDER: only what lies below, whichever way it is named" {
    mkdir in in-not
    ln -s in alias
    under FAULT_UNDER="$work/in" touch in-not/x a
    [ "$(cat "$count")" = 0 ]
    under FAULT_TRACE="$trace" FAULT_UNDER="$work/alias:/nowhere" sh -c 'cd in-not; : >../in/../in//x'
    [ "$(cut -f1,3 "$trace")" = "$(printf '1\t%s' "$work/in/x")" ]
    rm "$trace"
    under FAULT_TRACE="$trace" FAULT_UNDER="$work/in" mv in/x in-not/z
    [ "$(cut -f3,4 "$trace")" = "$(printf '%s\t%s' "$work/in-not/z" "$work/in/x")" ]
    under FAULT_UNDER="$work/in" chmod 600 /proc/self/fd/9 9>in/y
    [ "$(cat "$count")" = 1 ]
}

@test "FAULT_UNDER: a prefix that does not exist yet, behind a link" {
    mkdir real
    ln -s real link
    under FAULT_UNDER="$work/link/later" mkdir -p real/later/x
    [ "$(cat "$count")" = 2 ]
}

@test "FAULT_OP: families, functions, and what a full disk refuses" {
    under FAULT_OP=unlink,mkdir "$FAULT_PROBE" rmdir
    [ "$(cat "$count")" = 1 ]
    fresh
    under FAULT_OP=rmdir "$FAULT_PROBE" unlink
    [ "$(cat "$count")" = 0 ]
    for call in write mkdir linkat copy_file_range sys_openat2 renameat2; do
        fresh
        under FAULT_OP=space "$FAULT_PROBE" "$call"
        [ "$(cat "$count")" = 1 ] || say "$call needs space"
    done
    for call in unlink chmod ftruncate fsync open_trunc utimensat; do
        fresh
        under FAULT_OP=space "$FAULT_PROBE" "$call"
        [ "$(cat "$count")" = 0 ] || say "$call needs no space"
    done
}

@test "FAULT_EXE: only that program" {
    under FAULT_EXE=mkdir FAULT_AT=1 FAULT_KIND=errno:EROFS sh -c ': >made; mkdir folder || touch refused'
    [ -e made ]
    [ ! -e folder ]
    [ -e refused ]
}

@test "a plan that cannot be understood ends the process" {
    for plan in FAULT_AT=0 FAULT_AT=x FAULT_AT=-1 FAULT_AT=3; do
        [ "$(status_of under "$plan" true)" = 125 ] || say "$plan"
    done
    [ "$(status_of under FAULT_AT=1 FAULT_KIND=errno:ENOTHING true)" = 125 ]
    [ "$(status_of under FAULT_AT=1 FAULT_KIND=explode true)" = 125 ]
    [ "$(status_of under FAULT_TRACE=/nowhere/trace true)" = 125 ]
    grep -q "^libfault: FAULT_TRACE: /nowhere/trace" "$BATS_TEST_TMPDIR/out"
}

@test "without a plan nothing happens" {
    LD_PRELOAD="$FAULT_LIBRARY" "$FAULT_PROBE" sequence
    [ ! -e "$count" ]
}

@test "a program that closes every descriptor gets none of our lines into its files" {
    under FAULT_TRACE="$trace" bash -c 'for fd in /proc/self/fd/*; do
            fd=${fd##*/}
            if [ $fd -gt 2 ]; then eval "exec $fd>&-"; fi
        done
        exec 700>mine 701>mine2; echo x >other; echo y >other'
    [ ! -s mine ]
    [ ! -s mine2 ]
}

@test "coreutils: copying, moving, linking fail with the error that was asked for" {
    run -1 under FAULT_AT=1 FAULT_OP=rename FAULT_KIND=errno:EIO mv a c
    [[ "$output" == *"Input/output error"* ]]
    run -1 under FAULT_AT=1 FAULT_OP=link FAULT_KIND=errno:EMLINK ln a c
    [[ "$output" == *"Too many links"* ]]
    run -1 under FAULT_AT=1 FAULT_OP=copy,write FAULT_KIND=errno:ENOSPC cp a c
    [[ "$output" == *"No space left"* ]]
}

@test "stop-before stands still before the call, and goes on" {
    under FAULT_AT=1 FAULT_OP=rename FAULT_KIND=stop-before mv a c &
    local pid=$! try state
    for try in $(seq 200); do
        state=$(ps -o stat= --ppid $pid -p $pid | grep -c '^T' || true)
        [ "$state" = 0 ] || break
        sleep 0.05
    done
    [ "$state" = 1 ]
    [ -e a ]
    [ ! -e c ]
    kill -CONT $(ps -o pid= --ppid $pid -p $pid)
    wait $pid
    [ -e c ] && [ ! -e a ]
}

@test "sqlite3 loses no committed row, killed at any of its calls" {
    sqlite3 base.db "PRAGMA journal_mode=WAL; CREATE TABLE t(n); INSERT INTO t VALUES (1);" >/dev/null
    update="PRAGMA synchronous=FULL; INSERT INTO t VALUES (2); INSERT INTO t VALUES (3);"
    cp base.db t.db
    under FAULT_UNDER="$work" sqlite3 t.db "$update"
    calls=$(cat "$count")
    [ "$calls" -ge 10 ]
    seen=
    for n in $(seq 1 "$calls"); do
        for kind in kill-before kill-after; do
            rm -f t.db t.db-*
            cp base.db t.db
            [ "$(status_of under FAULT_UNDER="$work" FAULT_AT="$n" FAULT_KIND=$kind sqlite3 t.db "$update")" = 137 ]
            found=$(sqlite3 t.db "PRAGMA integrity_check; SELECT group_concat(n,'') FROM t;" | tr '\n' ' ')
            case $found in
            "ok 1 " | "ok 12 " | "ok 123 ") seen="$seen$found" ;;
            *) say "$kind at $n: $found" ;;
            esac
        done
    done
    for rows in "ok 1 " "ok 12 " "ok 123 "; do
        [[ "$seen" == *"$rows"* ]] || say "never saw $rows"
    done
}
