# shellcheck disable=SC2154 # what is used here is set by world.bash
# `ringmgr serve` in the world of world.bash, whose clock is the file $W/now. A bats file that uses it has
#
#   export RINGMGR_TEST_NOW=@$W/now
#
# in its setup, and ends the service in its teardown.

# at TIME: what the clock shows from now on.
at() {
    date -u -d "$1" +%s >"$W/now.new" && mv "$W/now.new" "$W/now"
}

# serving: the service runs and is ready.
serving() {
    start serve
    wait_until logged event=ready || { cat "$W/err" && return 1; }
}

# logged TEXT [TIMES]: the log of the service has lines with it: at least one, or exactly so many.
logged() {
    local times
    times=$(grep -c -e "$1" "$W/err")
    if [ $# -gt 1 ]; then [ "$times" = "$2" ]; else [ "$times" -gt 0 ]; fi
}

# settled: everything that was due has ended.
settled() {
    local quiet='job=\(reload\|heal\|watch\|marks\|note\|notify\|metrics\) ' # only a bad end of these is told
    [ "$(grep -c event=job-start "$W/err")" = "$(grep event=job-end "$W/err" | grep -vc "$quiet")" ]
}

# rested: settled, and nothing new comes for half a second.
rested() {
    local lines
    settled || return
    lines=$(wc -l <"$W/err")
    sleep 0.5
    [ "$(wc -l <"$W/err")" = "$lines" ] && settled
}

# begun JOB TIMES: the job was started so often.
begun() {
    logged "event=job-start job=$1 " "$2" || { cat "$W/err" && return 1; }
}

# holds: how many descriptors and children the service has: "N M".
holds() {
    echo "$(find "/proc/$PID/fd" -type l | wc -l) $(pgrep -c -P "$PID")"
}

# holds_only "N M": just these; a child that has been waited for may be told of a moment later.
holds_only() {
    [ "$(holds)" = "$1" ]
}

# fetching: a stream is on its way.
fetching() {
    find "$W/store" -name '*x-none.dat*' -type f -size +0 | grep -q .
}
