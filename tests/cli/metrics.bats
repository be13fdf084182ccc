#!/usr/bin/env bats
# `metrics`: what Prometheus reads, judged by promtool and by the parser of its own Python library; and the alert
# rules that are shipped.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    need promtool
}

teardown() {
    world_end
}

# sample NAME{LABELS}: its value in what was printed last.
sample() {
    grep -F -- "$1 " <<<"$output" | sed 's/.* //'
}

@test "in the older form promtool finds nothing to complain about" {
    expect 0 ringmgr sync
    expect 0 ringmgr metrics
    promtool check metrics <<<"$output"
    [[ $output != *EOF* ]]
}

@test "as OpenMetrics the parser of Prometheus' own library reads every line" {
    expect 0 ringmgr sync
    expect 0 ringmgr metrics --openmetrics
    python3 -c '
import sys
from prometheus_client.openmetrics.parser import text_string_to_metric_families as parse
families = {f.name: f for f in parse(sys.stdin.read())}
ring = {s.labels["ring"]: s.labels for s in families["ringmgr_ring"].samples}
assert ring["pilot"]["state"] == "current", ring
assert ring["production"]["state"] == "waiting-approval" or ring["production"]["state"] == "soaking", ring
assert families["ringmgr_fetched_bytes"].type == "counter"
assert families["ringmgr_store"] if "ringmgr_store" in families else families["ringmgr_store_bytes"]
' <<<"$output"$'\n' || { echo "$output"; false; }
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
    install -d -o backup "$W/out"
    expect 0 ringmgr metrics -o "$W/out/ringmgr.prom"
    [ "$(stat -c %a "$W/out/ringmgr.prom")" = 644 ]
    promtool check metrics <"$W/out/ringmgr.prom"
}

@test "--json is refused with what to use instead" {
    expect 2 ringmgr metrics --json
}

@test "the alert rules that are shipped fire when they should, and not before" {
    local rules=$RINGMGR_TOP/config/examples/ringmgr-alerts.yml
    promtool check rules "$rules"
    sed "s#RULES#$rules#" "$RINGMGR_TOP/tests/golden/metrics/alerts_test.yml" >"$BATS_TEST_TMPDIR/test.yml"
    promtool test rules "$BATS_TEST_TMPDIR/test.yml"
}

@test "every metric that a rule asks for exists" {
    expect 0 ringmgr sync
    expect 0 ringmgr metrics
    local name
    for name in $(grep -o 'ringmgr_[a-z_]*' "$RINGMGR_TOP/config/examples/ringmgr-alerts.yml" | sort -u); do
        grep -q "^# TYPE $name " <<<"$output" || { echo "no $name"; false; }
    done
}
