#!/usr/bin/env bats
# `metrics`: what Prometheus reads, judged by promtool, by the parser of its own Python library and by a real one; and
# the alert rules that are shipped.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    load service
    world_make
    need promtool
}

teardown() {
    [ -z "${PROMETHEUS:-}" ] || { kill "$PROMETHEUS" && wait "$PROMETHEUS" 2>/dev/null; } || true
    [ -z "${PID:-}" ] || end TERM
    world_end
    wait_until gone
}

# sample NAME{LABELS}: its value in what was printed last.
sample() {
    awk -v name="$1" '{ value = $NF; sub(/ [^ ]*$/, "") } $0 == name { print value }' <<<"$output"
}

@test "in the older form promtool finds nothing to complain about" {
    MORE="[site tokyo]
rings = pilot
target = /nowhere/tokyo" config
    expect 0 ringmgr sync
    expect 0 ringmgr metrics
    promtool check metrics <<<"$output"
    [[ $output != *EOF* ]]
    # And every metric that a shipped rule asks for exists, and every command that it names is one.
    local name rules=$RINGMGR_TOP/config/examples/ringmgr-alerts.yml
    for name in $(grep -o 'ringmgr_[a-z_]*' "$rules" | sort -u); do
        grep -q "^# TYPE $name " <<<"$output" || { echo "no $name" && return 1; }
    done
    MORE="[notify ops]
webhook = http://127.0.0.1:9/
[site tokyo]
rings = pilot
target = /nowhere/tokyo" config
    sed -n 's/{{ $labels.ring }}/production/; s/{{ $labels.site }}/tokyo/; s/{{ $labels.target }}/ops/; s/.*description: //p' "$rules" |
        grep -o 'ringmgr [a-z][^";]*' | sed 's/ \(says\|names\) .*//; s/^ringmgr //' | sort -u >"$W/named"
    [ "$(wc -l <"$W/named")" -gt 5 ]
    while read -ra name; do
        run ringmgr "${name[@]}" </dev/null
        [ "$status" -ne 2 ] || { echo "ringmgr ${name[*]}: no such command" && return 1; }
    done <"$W/named"
}

@test "as OpenMetrics the parser of Prometheus' own library reads every line" {
    expect 0 ringmgr sync
    expect 0 ringmgr metrics --openmetrics
    /usr/bin/python3 -c "import prometheus_client" 2>/dev/null || missing "python3-prometheus-client"
    /usr/bin/python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = {f.name: f for f in parse(sys.stdin.read())}
ring = {s.labels["ring"]: s.labels for s in families["ringmgr_ring"].samples}
assert ring["pilot"]["state"] == "current", ring
assert ring["production"]["state"] == "waiting-approval", ring
assert families["ringmgr_fetched_bytes"].type == "counter"
assert families["ringmgr_build"].type == "info"
assert families["ringmgr_store_bytes"].unit == "bytes"
' <<<"$output" || { echo "$output"; false; }
}

@test "they say what status says" {
    expect 0 ringmgr sync
    expect 0 ringmgr metrics
    local shut
    shut=$(sample 'ringmgr_ring_gate_shut{ring="production",gate="approvals"}')
    [ "$shut" = 1 ]
    [ "$(sample 'ringmgr_ring_gate_shut{ring="production",gate="channel"}')" = 0 ]
    [ "$(sample ringmgr_store_bytes)" = "$(find "$W/store/objects" -type f -printf '%s\n' | awk '{ sum += $1 } END { print sum }')" ]
    [ "$(sample ringmgr_fetched_bytes_total)" -ge "$(sample ringmgr_store_bytes)" ]
    [ "$(sample 'ringmgr_attention{severity="critical"}')" = 0 ]
    [ "$(sample 'ringmgr_ring_support_level{ring="pilot",level="ok"}')" = 1 ]
    [ "$(sample 'ringmgr_ring_support_level{ring="pilot",level="late"}')" = 0 ]
    [ "$(sample 'ringmgr_ring_last_sync_failed{ring="pilot"}')" = 0 ]
    [ -z "$(sample 'ringmgr_ring_last_sync_failed{ring="production"}')" ]
    # What a sync finds in its place it has not reused.
    local reused
    reused=$(sample ringmgr_reused_bytes_total)
    expect 0 ringmgr sync
    expect 0 ringmgr metrics
    [ "$(sample ringmgr_reused_bytes_total)" = "$reused" ]
    expect 2 ringmgr metrics --json
    says "ringmgr status --json"
}

@test "before the first sync there are metrics, too" {
    expect 0 ringmgr check
    expect 0 ringmgr sync --dry-run
    expect 0 ringmgr metrics
    promtool check metrics <<<"$output"
    [ "$(sample ringmgr_store_bytes)" = 0 ]
}

@test "-o replaces a file as a whole, readable by whoever collects it" {
    expect 0 ringmgr sync
    install -d -o backup "$W/prom"
    expect 0 ringmgr metrics -o "$W/prom/ringmgr.prom"
    [ "$(stat -c %a "$W/prom/ringmgr.prom")" = 644 ]
    promtool check metrics <"$W/prom/ringmgr.prom"
}

@test "the alert rules that are shipped fire when they should, and not before" {
    local rules=$RINGMGR_TOP/config/examples/ringmgr-alerts.yml
    promtool check rules "$rules"
    local test
    for test in "$RINGMGR_TOP"/tests/golden/metrics/*_test.yml; do
        sed "s#RULES#$rules#" "$test" >"$BATS_TEST_TMPDIR/test.yml"
        promtool test rules "$BATS_TEST_TMPDIR/test.yml"
    done
}

# kept SAMPLE: what the file has of it.
kept() {
    output=$(cat "$W/prom/ringmgr.prom" 2>/dev/null)
    sample "$1"
}

# has SAMPLE VALUE
has() {
    [ "$(kept "$1")" = "$2" ]
}

# alone: no temporary file is left beside it.
alone() {
    [ "$(ls -A "$W/prom")" = "$(printf 'ctl.sock\nringmgr.prom')" ]
}

# Nothing by itself but promotions.
quiet() {
    printf '%s = off\n' '[schedule]' sync quick_audit full_audit gc support | sed '1s/ = off//'
}

@test "the service keeps the file of [metrics] as it is now, for whoever collects it" {
    install -d -o backup "$W/prom"
    MORE="[metrics]
textfile = $W/prom/ringmgr.prom
$(quiet)" CONTROL=$W/prom/ctl.sock config
    expect 0 ringmgr check
    offer "$OLD"
    expect 0 ringmgr sync
    serving
    wait_until has "ringmgr_ring_info{ring=\"pilot\",channel=\"$ORIGIN_CHANNEL\",build=\"$OLD\",version=\"2606\",candidate=\"\",state=\"current\"}" 1
    wait_until has 'ringmgr_job_last_status{task="promote"}' 0
    promtool check metrics <"$W/prom/ringmgr.prom"
    [ "$(stat -c '%a %U' "$W/prom/ringmgr.prom")" = "644 backup" ]
    has 'ringmgr_ring_gate_shut{ring="production",gate="approvals"}' 1
    # What is decided is a job's reason to look, and then the metrics know it.
    expect 0 setpriv --reuid games --regid games --clear-groups env -u SUDO_UID \
        "$RINGMGR_BIN" -c "$W/ringmgr.conf" approve production "$OLD" --reason fine
    wait_until has 'ringmgr_ring_gate_shut{ring="production",gate="approvals"}' 0
    # Nothing else lies there, and of the metrics nobody tells unless they fail.
    wait_until alone
    ! logged 'event=job-end job=metrics' || { cat "$W/err" && return 1; }
    # Where it cannot be written the old file stays, and all else goes on.
    chown root "$W/prom"
    expect 0 setpriv --reuid news --regid news --clear-groups env -u SUDO_UID \
        "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production "$OLD"
    wait_until logged 'event=job-end job=metrics pid=[0-9]* status=[1-9]'
    shows production "$OLD"
    has 'ringmgr_ring_gate_shut{ring="production",gate="approvals"}' 0
}

@test "check says where the file of [metrics] cannot be; without one there is nothing to do" {
    expect 0 ringmgr check
    install -d "$W/prom"
    MORE="[metrics]
textfile = $W/prom/ringmgr.prom" config
    expect 2 ringmgr check
    prints "[metrics] textfile = $W/prom/ringmgr.prom: the service cannot write there"
    MORE="[metrics]
textfile = $W/log/ringmgr.txt" config
    expect 0 ringmgr check
    prints "names end in .prom only"
    MORE="[metrics]
textfile = $W/state/ringmgr.prom" config
    expect 2 ringmgr check
    prints "textfile $W/state/ringmgr.prom lies inside store, state or a ring"
    MORE="[metrics]
textfile = $W/log/head" config
    expect 2 ringmgr check
    prints "textfile $W/log/head is named in [ringmgr], too"
    config
    offer "$OLD"
    expect 0 ringmgr sync
    expect 0 ringmgr job metrics
    [ -z "$(ls -A "$W/prom")" ]
    # Which file it is stands in the history.
    chown backup "$W/prom"
    MORE="[metrics]
textfile = $W/prom/ringmgr.prom" config
    expect 0 ringmgr job metrics
    has ringmgr_store_bytes "$(du -bc "$W/store/objects/"*/* | awk 'END { print $1 }')"
    expect 0 ringmgr --json history
    json '[.entries[] | select(.action == "settings") | .reason] | any(contains("[metrics] textfile"))'
}

# queried QUERY VALUE: what Prometheus has of it now.
queried() {
    output=$(curl -sS --max-time 10 --data-urlencode "query=$1" "http://127.0.0.1:$WATCHER/api/v1/query" 2>&1)
    [ "$(jq -r '.data.result[0].value[1]' <<<"$output" 2>/dev/null)" = "$2" ]
}

@test "Prometheus scrapes the service, and its queries find the rings" {
    need prometheus
    load web
    web_config
    WATCHER=$(web_port)
    fetched "$OLD"
    serving
    install -d -o nobody "$W/tsdb"
    cat >"$W/prometheus.yml" <<YML
global: {scrape_interval: 1s}
scrape_configs:
  - job_name: ringmgr
    static_configs: [{targets: ["127.0.0.1:$PORT"]}]
YML
    prometheus --config.file="$W/prometheus.yml" --storage.tsdb.path="$W/tsdb" \
        --web.listen-address="127.0.0.1:$WATCHER" --log.level=warn </dev/null >"$W/watcher" 2>&1 3>&- &
    PROMETHEUS=$!
    wait_until queried ringmgr_build_info 1 || { cat "$W/watcher" "$W/err" && return 1; }
    queried "ringmgr_ring_info{ring=\"pilot\",build=\"$OLD\"}" 1
    queried 'ringmgr_ring_gate_shut{ring="production",gate="approvals"}' 1
    queried 'up{job="ringmgr"}' 1
    [ ! -s "$W/watcher" ] || { cat "$W/watcher" && return 1; }
}
