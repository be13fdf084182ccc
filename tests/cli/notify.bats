#!/usr/bin/env bats
# notify: what has happened reaches webhooks and mailboxes, each thing once and in order, whatever the servers do; and
# nothing tells a secret.

HOOK=/hooks/T0p5ecretHook/B01
WORD=s3cret-mail-word

setup_file() {
    load world
    world_file
    need python3 openssl
    make_certificates "$BATS_FILE_TMPDIR"
}

setup() {
    load world
    load service
    world_make
    R=$W/receiver
    export RINGMGR_TEST_NOW=@$W/now
    at "2026-10-01 12:00"
    mkdir "$R" && cp "$BATS_FILE_TMPDIR/server.pem" "$R" && cp "$BATS_FILE_TMPDIR/ca.pem" "$W/ca.pem"
    python3 "$BATS_TEST_DIRNAME/receiver.py" "$R" 3>&- &
    RECEIVER=$!
    wait_until test -e "$R/ports"
    targets
}

teardown() {
    kill "$RECEIVER" 2>/dev/null || true
    world_end
}

# A CA of the test's own, and a server certificate for localhost by it.
make_certificates() {
    openssl req -x509 -newkey rsa:2048 -nodes -keyout "$1/ca.key" -out "$1/ca.pem" -days 3650 -subj "/CN=Test CA" \
        -addext basicConstraints=critical,CA:TRUE 2>/dev/null
    openssl req -newkey rsa:2048 -nodes -keyout "$1/server.key" -out "$1/server.csr" -subj /CN=localhost 2>/dev/null
    openssl x509 -req -in "$1/server.csr" -CA "$1/ca.pem" -CAkey "$1/ca.key" -CAcreateserial -days 3650 \
        -extfile <(echo subjectAltName=DNS:localhost) -out "$1/server.crt" 2>/dev/null
    cat "$1/server.key" "$1/server.crt" >"$1/server.pem"
}

port() {
    awk -v name="$1" '$1 == name { print $2 }' "$R/ports"
}

secret() {
    install -o backup -m 0600 /dev/null "$W/$1" && printf '%s\n' "$2" >"$W/$1"
}

# targets [LINE…]: [notify hook] and [notify post], each with these further lines.
targets() {
    secret hook "https://localhost:$(port https)$HOOK"
    secret login "post:$WORD"
    MORE="[notify hook]
webhook_file = $W/hook
ca = $W/ca.pem
timeout = 1s
${HOOK_MORE:-}

[notify post]
mail = ops@example.com, chiefs@example.com
server = ${SERVER:-smtp://localhost:$(port smtp)}
from = ringmgr@example.com
credentials = $W/login
ca = $W/ca.pem
timeout = 1s
${POST_MORE:-}" config
}

behave() {
    echo "$1" >"$R/behave"
}

# arrived FILTER: true of the list of all that arrived.
arrived() {
    jq -es "$1" "$R/arrived" >/dev/null || { echo "$1 is not true of" && jq -c . "$R/arrived" && return 1; }
}

# No secret in what was said, kept or recorded. The configuration names files alone, so it is looked at, too.
no_secrets() {
    local found # not grep's status: a file that is missing would be a failure of its own
    found=$(grep -rlE "T0p5ecretHook|$WORD|$(printf '\0post\0%s' "$WORD" | base64 | cut -c1-20)" \
        "$W/out" "$W/err" "$W/state" "$W/log" "$W/ringmgr.conf" "$BATS_TEST_TMPDIR/stderr" 2>/dev/null) || true
    [ -z "$found" ] || { echo "a secret stands in $found" && return 1; }
}

notify() {
    expect 0 ringmgr job notify
    no_secrets
}

@test "each event arrives once and in order, though both servers fail for an hour; and they show no secret" {
    notify # what stood before
    rm -f "$R/arrived"
    expect 0 ringmgr sync
    behave 500
    notify
    [[ $stderr == *"event=notify-failed target=hook"*"HTTP status 500"* && $stderr == *"event=notify-failed target=post"* ]]
    for minute in 01 03 07 15 31; do
        at "2026-10-01 12:$minute:30"
        notify
    done
    at "2026-10-01 12:40"
    notify # not before 32 minutes are over
    [[ $stderr != *notify-failed* ]]
    expect 0 as games ringmgr approve production "$NEW" --reason tested
    expect 0 as news ringmgr promote production --yes
    behave ok
    [ ! -e "$R/arrived" ]
    at "2026-10-01 13:10"
    notify
    arrived '[.[] | select(.body) | .body.event] == ["staged", "promoted", "waits-approval", "promoted"]'
    arrived '[.[] | select(.text) | .headers["x-ringmgr-event"]] == ["staged", "promoted", "waits-approval", "promoted"]'
    arrived '[.[] | .body.id // empty] | unique | length == 4'
    arrived '[.[] | select(.text)] | all(.tls and .user == "post" and .to == ["ops@example.com", "chiefs@example.com"])'
    notify
    arrived 'length == 8'
    arrived "[.[] | select(.body and .body.event == \"promoted\")][0].body | .schema == 1 and .ring == \"pilot\" and
        .build == \"$NEW\" and .version == \"2607\" and .channel == \"MonthlyEnterprise\" and .severity == \"info\" and
        .time == \"2026-10-01T12:00:00Z\" and .count == 1 and .command == null and (.host | length > 0) and
        (.title | length > 0) and (.text | contains(\"$NEW\")) and (.id | length == 32)"
    arrived "[.[] | select(.body)] | all(.method == \"POST\" and .path == \"$HOOK\" and (.type | startswith(\"application/json\")))"
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "notify-failing")] == []'
}

@test "who takes long to hear much does not keep the others waiting, and hears the rest" {
    notify
    rm -f "$R/arrived"
    expect 0 ringmgr sync
    behave ages
    notify
    arrived '[.[] | select(.body)] | length == 1'
    arrived '[.[] | select(.text)] | length == 3'
    behave ok
    notify
    arrived '[.[] | .body.event // empty] == ["staged", "promoted", "waits-approval"]'
    arrived '[.[] | select(.text)] | length == 3'
}

@test "killed between delivery and noting it: at most one double, with the same id" {
    notify
    rm -f "$R/arrived"
    expect 0 ringmgr sync
    behave kill
    start job notify
    echo "$PID" >"$R/victim.new" && mv "$R/victim.new" "$R/victim"
    ended
    [ "$status" = 137 ]
    notify
    arrived '[.[] | .body.id // empty] | length == 4 and (unique | length) == 3 and .[0] == .[1]'
}

@test "one who asks for some events and rings gets no others; repetitions come as one" {
    HOOK_MORE="events = healed, approve, block
rings = production" POST_MORE="severity = critical" targets
    expect 0 ringmgr sync
    notify
    [ ! -e "$R/arrived" ]
    expect 0 as games ringmgr approve production "$NEW" --reason tested
    expect 0 as news ringmgr promote production --yes
    behave 500
    local round
    for round in 1 2 3; do
        rm "$(data production)/$NEW/i641033.cab"
        expect 0 ringmgr verify production --repair
        notify
    done
    behave ok
    at "2026-10-01 14:00"
    notify
    arrived '[.[].body | "\(.event) \(.ring) \(.count)"] == ["approve production 1", "healed production 3"]'
    arrived ".[0].body | .title == \"games approved $NEW for production\" and (.text | endswith(\"Reason: tested\"))"
    notify
    arrived 'length == 2'
}

@test "a receiver that hangs, floods, redirects or says no is survived and named" {
    local began=$SECONDS
    expect 0 ringmgr sync
    behave hang
    expect 5 ringmgr notify --test hook
    says "[notify hook]" "timed out"
    [ $((SECONDS - began)) -lt 8 ]
    behave huge
    expect 0 ringmgr notify --test hook
    prints "hook: delivered (HTTP status 200"
    behave 302
    expect 5 ringmgr notify --test hook
    says "HTTP status 302"
    [ "$(grep -c elsewhere "$R/asked")" = 0 ]
    behave echo
    expect 5 ringmgr notify --test hook
    says "HTTP status 404: no hook"
    no_secrets
    notify
    expect 0 ringmgr --json status # a refusal is an attention at once
    json '[.attention[] | select(.code == "notify-failing").command] == ["ringmgr notify --test hook"]'
    json '[.notify[] | "\(.target) \(.waiting > 1) \(.failing_since) \(.next_try)"] ==
        ["hook true 2026-10-01T12:00:00Z 2026-10-01T13:00:00Z", "post false null null"]'
    expect 0 ringmgr status
    prints "notices do not reach hook since 2026-10-01 12:00: HTTP status 404" "for hook, which nothing has reached since 2026-10-01 12:00" \
        "tried again 2026-10-01 13:00"
    expect 0 ringmgr metrics
    prints 'ringmgr_notices_waiting{target="post"} 0' 'ringmgr_notify_failing_since_timestamp_seconds{target="hook"} 1790856000'
    [[ $output != *'notices_waiting{target="hook"} 0'* && $output != *'failing_since_timestamp_seconds{target="post"}'* ]]
    no_secrets
    # A test that gets through settles it, and brings what waits.
    behave ok
    rm -f "$R/arrived"
    expect 0 ringmgr notify --test hook
    prints "hook: delivered (HTTP status 200" "notices that waited for it"
    expect 0 ringmgr --json notify --test hook
    json '.delivered and .caught_up == 0'
    arrived '[.[].body.event] | .[0] == "test" and .[-1] == "test" and length > 3'
    arrived '[.[].body.id] | length == (unique | length)'
    arrived '.[0].body | .build != null and .version != null and .command != null and .channel != null'
    expect 0 ringmgr --json status
    json '[.attention[] | select(.code == "notify-failing")] == [] and .notify[0].waiting == 0'
    expect 0 ringmgr --json notify --test post
    json '.target == "post" and .delivered and .status == 250'
}

@test "mail goes only over TLS, by a certificate that is right, with the right password" {
    expect 0 ringmgr sync
    behave notls
    expect 5 ringmgr notify --test post
    says "[notify post]"
    behave nologin
    expect 5 ringmgr notify --test post
    says "the server says: 535-wrong: *** as in AUTH PLAIN ***"
    no_secrets
    behave 550
    expect 5 ringmgr notify --test post
    says "the server says: 550 not now"
    no_secrets
    [ ! -e "$R/arrived" ]
    behave ok
    POST_MORE="template = $W/none" targets
    expect 2 ringmgr notify --test post
    says "$W/none"
    SERVER=smtps://localhost:$(port smtps) targets
    expect 0 ringmgr notify --test post
    arrived 'length == 1 and .[0].tls and .[0].user == "post"'
    SERVER=smtp://127.0.0.1:$(port smtp) targets
    expect 5 ringmgr notify --test post
    arrived 'length == 1'
    printf '%s\n' other: >"$W/login"
    expect 2 ringmgr notify --test post
    says "user:password is wanted"
}

@test "secrets are in no command line and no environment while it sends" {
    expect 0 ringmgr sync
    behave hang
    start job notify
    wait_until test -e "$R/hanging"
    [ -z "$(tr '\0' '\n' <"/proc/$PID/cmdline" | grep -E "T0p5ecretHook|$WORD")" ]
    [ -z "$(tr '\0' '\n' <"/proc/$PID/environ" | grep -E "T0p5ecretHook|$WORD")" ]
    grep -q -z RINGMGR_TEST_NOW "/proc/$PID/environ" # it can be read at all
    grep -q '^Seccomp:[[:space:]]*2$' "/proc/$PID/status" # confined
    ended
    no_secrets
}

@test "the service tells after each job, and tries again when it is time; templates show no blanks" {
    local top=$RINGMGR_TOP/config/examples
    HOOK_MORE="template = $top/notify-slack.json" POST_MORE="template = $top/notify-mail.txt" targets
    expect 0 ringmgr sync
    notify
    rm -f "$R/arrived"
    at "2026-10-02 12:00" # the history's head is told daily
    behave 500
    serving
    wait_until logged event=notify-failed
    behave ok
    at "2026-10-02 12:02"
    wait_until logged event=notified.target=post || { cat "$W/err" && false; }
    end TERM
    [ "$status" = 0 ]
    arrived '[.[] | select(.body)][0].body.attachments[0].fields | map(.title) == ["What settles it", "Event"]'
    arrived '[.[] | select(.text)][0].text | contains("What settles it: ringmgr history") and (contains("Build") | not)'
    no_secrets
}

@test "templates: those that are shipped work, mistakes are named with file and line by check" {
    local top=$RINGMGR_TOP/config/examples name
    for name in slack teams; do
        HOOK_MORE="template = $top/notify-$name.json" POST_MORE="template = $top/notify-mail.txt" targets
        expect 0 ringmgr check
        expect 0 ringmgr notify --test hook
    done
    expect 0 ringmgr notify --test post
    arrived '(.[0].body.text | contains("&lt;signs&gt; &amp;")) and (.[1].body.attachments | length) == 1'
    arrived '.[2] | .headers.subject | contains("A test of \"notify\"")'
    printf '{\n"text": "{{titel}}"}\n' >"$W/bad.json"
    HOOK_MORE="template = $W/bad.json" targets
    expect 2 ringmgr check
    prints "$W/bad.json: line 2: {{titel}} is no placeholder"
    printf '{\n"text": {{title}}}\n' >"$W/bad.json"
    expect 2 ringmgr check
    prints "$W/bad.json: line 2: not JSON"
    chmod o+r "$W/hook"
    HOOK_MORE="" targets
    expect 2 ringmgr notify
    says "ringmgr: notify: --test NAME is missing"
    chmod o+r "$W/login"
    expect 2 ringmgr check
    prints "login can be read or written by everybody"
}

@test "a ring that asks for it says what its users are told" {
    PRODUCTION="announce = $RINGMGR_TOP/config/examples/announce.txt" targets
    expect 0 ringmgr check
    expect 0 ringmgr sync
    notify
    rm -f "$R/arrived"
    expect 0 as games ringmgr approve production "$NEW" --reason tested
    expect 0 as news ringmgr --json promote production --yes
    json '.announce | (.subject | contains("2607")) and (.body | contains($new)) and (.body | contains("2026-10-01"))'
    notify
    arrived "[.[] | select(.body)] | length == 1 and (.[0].body.text | contains(\"2607\"))"
}

@test "what systemd hands to the service is read from there, and nobody else misses it" {
    sed -i 's,^credentials = .*,credentials = credential:login,; s,^webhook_file = .*,webhook_file = credential:hook,' "$W/ringmgr.conf"
    expect 0 ringmgr check
    expect 2 ringmgr notify --test post
    says "credential:login" "LoadCredential="
    sed -i.was "s,^ca = .*,ca = $W/none," "$W/ringmgr.conf" # what is no secret is looked at
    expect 2 ringmgr check
    prints "[notify hook]: ca: open $W/none"
    mv "$W/ringmgr.conf.was" "$W/ringmgr.conf"
    export CREDENTIALS_DIRECTORY=$W
    expect 0 ringmgr sync
    expect 0 ringmgr notify --test post
    notify
    arrived 'any(.body) and any(.user == "post")'
}
