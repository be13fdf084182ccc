#!/usr/bin/env bats
# Bad lines and hostile servers: what was fetched is not fetched twice, and the result is right or there is none.

BIG=16.0.20400.20100

setup_file() {
    load world
    world_file
    export BIG_ORIGIN=$BATS_FILE_TMPDIR/origin
    cp -a "$WORLD_ORIGIN" "$BIG_ORIGIN"
    origin_build "$BIG_ORIGIN" $BIG --lang en-us --stream-size 20M --signed-at 2026-09-01
    O=$BIG_ORIGIN offer $BIG
}

setup() {
    load world
    ORIGIN="connections = 1" # so that bytes can be counted
    WORLD_ORIGIN=$BIG_ORIGIN world_make
    STREAM=$UP/$BIG/stream.x64.x-none.dat
    SIZE=$(stat -c %s "$STREAM")
}

teardown() {
    world_end
}

MIB=1048576

# Bytes that the server has sent of the big stream. A connection that was cut is logged when the server notices.
sent() {
    awk '$2 ~ /x-none.dat$/ { sum += $NF } END { print sum + 0 }' "$ORIGIN_LOG"
}

asked() {
    origin_requests "x-none.dat .*$1"
}

part_has() {
    [ -n "$(find "$W/store" -path '*/incoming/*' -type f -size "+$(($1 / 1024 - 1))k")" ]
}

@test "a sync that is killed in mid-stream goes on where it was, at most 1 MiB is fetched twice" {
    origin_fault "path=*x-none.dat&kind=stall&after=10485760&ms=60000"
    start sync
    wait_until part_has $((9 * MIB))
    [ ! -e "$(data pilot)/v64.cab" ]
    end KILL
    [ "$status" = 137 ]
    origin_stop "$O"
    local first=$(sent)
    origin_serve_fault "$O" >/dev/null
    config
    expect 0 ringmgr sync
    shows pilot $BIG
    [ "$(asked '206 ')" -ge 1 ]
    [ "$(sent)" -ge $((SIZE / 4)) ]
    [ "$(sent)" -le $((SIZE - 9 * MIB)) ]
    [ $((first + $(sent))) -le $((SIZE + MIB)) ]
    expect 0 ringmgr verify
}

@test "a stream over slow connections comes in parts, and a kill costs little of any" {
    local first
    ORIGIN="connections = 8" config
    origin_fault "path=*x-none.dat&kind=slow&value=2097152" # bytes a second and answer
    start sync
    wait_until part_has $((8 * MIB))
    end KILL
    [ "$status" = 137 ]
    origin_stop "$O"
    first=$(sent)
    origin_serve_fault "$O" >/dev/null
    ORIGIN="connections = 8" config
    expect 0 ringmgr sync
    shows pilot $BIG
    [ $((first + $(sent))) -le $((SIZE + 9 * MIB)) ] # a block for each connection
    expect 0 ringmgr verify
}

@test "a transfer that was killed several times still ends with the right bytes" {
    local had
    for had in 0 3 6 9; do # the fault counts in the answer, which begins where the part ends
        origin_fault "path=*x-none.dat&kind=stall&after=$((4 * MIB))&ms=60000&times=1"
        start sync
        wait_until part_has $(((had + 3) * MIB))
        end KILL
    done
    origin_faults_clear
    expect 0 ringmgr sync
    shows pilot $BIG
    [ "$(asked '206 ')" -ge 1 ]
}

@test "a connection that ends early is continued" {
    origin_fault "path=*x-none.dat&kind=truncate&after=5242880&times=1"
    expect 0 ringmgr --json sync
    json ".rings[0].result == \"new\""
    shows pilot $BIG
    [ "$(asked '206 ')" -ge 1 ]
    [ "$(sent)" -le $((SIZE + MIB)) ]
}

@test "a line that is cut after each few MiB gets there" {
    origin_fault "path=*x-none.dat&kind=truncate&after=5242880"
    expect 0 ringmgr sync
    shows pilot $BIG
    [ "$(sent)" -le $((SIZE + 4 * MIB)) ]
}

@test "a server that ignores ranges sends the file from the start, and it is right" {
    origin_fault "path=*x-none.dat&kind=truncate&after=5242880&times=1"
    origin_fault "path=*x-none.dat&kind=norange"
    expect 0 ringmgr sync
    shows pilot $BIG
    [ "$(asked '200 ')" -ge 2 ]
}

@test "a server that sends another range than it says is found out, and the file fetched anew" {
    origin_fault "path=*x-none.dat&kind=truncate&after=5242880&times=1"
    origin_fault "path=*x-none.dat&kind=badrange&skip=1&times=1"
    expect 0 ringmgr sync
    shows pilot $BIG
}

@test "a file that has changed since it was begun is fetched whole" {
    origin_fault "path=*x-none.dat&kind=truncate&after=5242880&times=1"
    origin_fault "path=*x-none.dat&kind=changed&skip=1"
    expect 0 ringmgr sync
    shows pilot $BIG
    [ "$(asked '200 ')" -ge 2 ]
}

@test "a wrong Content-Length is no reason to believe the bytes, nor to give up" {
    origin_fault "path=*x-none.dat&kind=length&value=-10&times=1"
    origin_fault "path=*i640.cab&kind=length&value=10&times=1"
    expect 0 ringmgr sync
    shows pilot $BIG
}

@test "more bytes than the signed table says are an error at once" {
    truncate -s +400M "$STREAM"
    expect 4 ringmgr sync
    says stream.x64.x-none.dat "$SIZE"
    [ "$(sent)" -le $((2 * SIZE)) ]
    [ ! -e "$(data pilot)/v64.cab" ]
}

@test "an overloaded server is asked again" {
    origin_fault "path=*$BIG*&kind=status&status=503&times=2"
    expect 0 ringmgr sync
    shows pilot $BIG
}

@test "a server that answers only 500 ends with 5, keeps what came, and the next run needs only the rest" {
    origin_fault "path=*en-us.dat&kind=status&status=500"
    expect 5 ringmgr sync
    says stream.x64.en-us.dat 500
    [ ! -e "$(data pilot)/v64.cab" ]
    origin_faults_clear
    origin_log_clear
    expect 0 ringmgr sync
    shows pilot $BIG
    [ "$(sent)" = 0 ]
}

@test "nobody there is 5, at once retried by the next run" {
    origin_stop "$O"
    expect 5 ringmgr sync
    says "ringmgr: sync: "
    origin_serve_fault "$O" >/dev/null
    config
    expect 0 ringmgr sync
}

@test "an origin may be a folder" {
    URL=file://$O/www/pr config
    expect 0 ringmgr --json sync
    json '.rings[0].published'
    shows pilot $BIG
    expect 0 ringmgr --json sync
    json '.rings[0].result == "unchanged"'
}

@test "one ring's stream is fetched once although two rings want it" {
    MORE="[ring second]
channel = $ORIGIN_CHANNEL
source = origin
first = yes
publish = auto
path = $W/share/second" config
    install -d -o backup "$W/share/second"
    expect 0 ringmgr --json sync
    json '.rings | length == 2 and all(.published)'
    [ "$(sent)" -le "$SIZE" ]
    [ "$(data pilot)/$BIG/s640.cab" -ef "$(data second)/$BIG/s640.cab" ]
}
