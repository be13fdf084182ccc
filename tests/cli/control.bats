#!/usr/bin/env bats
# The service's socket: who may decide what without sudo, and that nobody who comes to it harms the service or keeps
# others out.

setup_file() {
    load world
    world_file
    need python3
}

# A world for a service that does nothing by itself.
setup() {
    load world
    world_make
    install -d -o backup "$W/run"
    CONTROL=$W/run/ctl.sock
    MORE=$'[schedule]\nsync = off\nquick_audit = off\nfull_audit = off\ngc = off\nsupport = off' config
}

# fetched [BUILD [TIME]]: pilot has it.
fetched() {
    offer "${1:-$NEW}" "${2:-2026-09-01}"
    expect 0 ringmgr sync
}

teardown() {
    [ -z "${IDLE:-}" ] || { exec 7>&- && wait "$IDLE"; }
    [ -z "${PID:-}" ] || end TERM
    world_end
    wait_until gone
}

logged() {
    grep -q -e "$1" "$W/err"
}

serving() {
    start serve
    wait_until logged event=ready
}

# self ACCOUNT COMMAND…: as that account itself, without sudo.
self() {
    setpriv --reuid "$1" --regid "$1" --clear-groups env -u SUDO_UID "${@:2}"
}

# asks ACCOUNT ARGUMENT…: ringmgr as that account itself.
asks() {
    self "$1" "$RINGMGR_BIN" -c "$W/ringmgr.conf" "${@:2}"
}

client() {
    python3 "$RINGMGR_TOP/tests/cli/control.py" "$CONTROL" "$@"
}

REQUEST=ringmgr-request-1

# answers TEXT COMMAND…: the answer begins with TEXT.
answers() {
    run -0 "${@:2}"
    [[ "$output" == "$1"* ]] || { printf '%s: not %s but\n%s\n' "${*:2}" "$1" "$output" && return 1; }
}

entry() {
    expect 0 ringmgr --json history
    json "$1"
}

# connections N: the service has so many, beside the one at which it listens.
connections() {
    [ "$(find "/proc/$PID/fd" -lname 'socket:*' | wc -l)" = $(($1 + 1)) ]
}

@test "people decide from their own accounts, and what they decide is done as by themselves" {
    fetched
    serving
    expect 3 asks proxy approve production "$NEW" --reason "me, too"
    complains
    says "ringmgr: approve: proxy is no approver of ring production"
    expect 0 asks games --json approve production "$NEW" --reason "pilot is happy"
    json '.ring == "production" and .build == $new and .result == "done"'
    expect 3 asks games promote production "$NEW" # four_eyes
    says "refused by the gate approvals"
    SUDO_UID=$(id -u games) expect 2 asks news promote production # stdin is no terminal
    says "--yes is needed"
    expect 0 asks news promote production --yes
    prints "production: empty -> $NEW is live"
    shows production "$NEW"
    expect 0 asks news hold production --reason "quarter end" --until 2099-01-01
    expect 0 asks games unhold production --reason "over"
    entry '[.entries[] | select(.ring == "production") | [.action, .actor, .identity]] == [
        ["approve", "games", "socket:5:games"], ["promote", "news", "socket:9:news"],
        ["hold", "news", "socket:9:news"], ["unhold", "games", "socket:5:games"]]'
    logged "event=request uid=9 status=0 seconds="
    logged "event=request uid=13 status=3 seconds="
    logged "event=job-start job=promote" # what was decided may have opened a gate
    [ "$(find "$W/state" "$W/share/production" "$W/store" ! -user backup)" = "" ]
    expect 2 asks games approve production "$NEW" --reason
    says "needs a value"
    expect 2 asks games approve nowhere "$NEW" --reason "x"
    complains
    says "there is no ring nowhere"
}

@test "documents of a roll-back are the person's own, wherever that person may write" {
    serving
    install -d -m 0700 -o games "$W/home"
    local build day=0
    for build in "$OLD" "$NEW"; do
        fetched "$build" "2026-09-0$((++day))"
        expect 0 asks games approve production "$build" --reason fine
        expect 0 asks news promote production "$build"
    done
    cd "$W/home"
    expect 0 asks games rollback production --reason hangs -o kit
    prints "the documents for its machines are in kit (pin 1)"
    iconv -f UTF-16 -t UTF-8 kit/1-go-back.reg | grep -q "\"updatetargetversion\"=\"$OLD\""
    expect 0 asks games generate gpo-backup --ring production --target "$OLD" -o gpo
    [ "$(find gpo -type f | wc -l)" -ge 4 ]
    expect 0 asks games generate reg --ring production --target "$OLD" -o "$W/home/stay.reg"
    iconv -f UTF-16 -t UTF-8 stay.reg | grep -q "\"updatetargetversion\"=\"$OLD\""
    [ "$(find "$W/home" ! -user games)" = "" ]
    echo mine >gpo/other
    expect 2 asks games generate gpo-backup --ring production --target "$OLD" -o gpo
    says "-o gpo holds other already"
    echo mine >kit/README.txt
    expect 2 asks games rollback production --to "$OLD" --reason hangs -o kit
    says "-o kit holds README.txt already, and it is no older document of ring production"
    expect 2 asks games generate gpo-backup --ring production --target "$OLD" -o "$W/run/gpo"
    says "make the folder gpo: Permission denied"
    expect 2 asks games generate reg --ring production --target "$OLD" -o "$W/share/pilot/x.reg"
    says "is ringmgr's own"
    expect 1 asks news generate reg --ring production --target "$OLD" -o "$W/run/x.reg"
    says "the pin is recorded" "Permission denied"
    expect 0 ringmgr --json pins
    json '[.pins[] | .by] == ["games", "games", "games"]'
}

@test "root and the service's account decide nothing, sudo stays as it is, and no variable makes somebody else" {
    fetched
    expect 2 asks games approve production "$NEW" --reason "no service yet"
    says "the service does not answer at $CONTROL: start it, or sudo ringmgr-decide approve"
    serving
    answers "3" client say 3 $REQUEST "$W/ringmgr.conf" approve production "$NEW" --reason=x
    answers "3" self backup python3 "$RINGMGR_TOP/tests/cli/control.py" "$CONTROL" say 3 $REQUEST "$W/ringmgr.conf" approve production "$NEW" --reason=x
    expect 3 asks backup approve production "$NEW" --reason x
    says "the service's user cannot decide"
    expect 3 ringmgr approve production "$NEW" --reason x
    says "root cannot decide"
    expect 3 self proxy env SUDO_UID=5 SUDO_USER=games LOGNAME=games USER=games \
        "$RINGMGR_BIN" -c "$W/ringmgr.conf" approve production "$NEW" --reason x
    says "proxy is no approver"
    expect 0 as games ringmgr approve production "$NEW" --reason "behind sudo"
    expect 0 asks news approve production "$NEW" --reason "without"
    entry '[.entries[] | select(.action == "approve") | .identity] == ["sudo:5:games", "socket:9:news"]'
    # a connection does not make who started the program somebody else
    expect 2 as proxy ringmgr --inherit config=0,peer=0 approve production "$NEW" --reason x <"$W/ringmgr.conf"
    says "not for root"
    expect 2 self backup "$RINGMGR_BIN" --inherit peer=0 approve production "$NEW" --reason x
    # an edited configuration counts for the next request
    sed -i 's/^approvers = .*/approvers = user:proxy, user:news/' "$W/ringmgr.conf"
    expect 0 asks proxy approve production "$NEW" --reason x
    logged "event=reload result=accepted"
    expect 3 asks games approve production "$NEW" --reason x
}

@test "a ring without approvers is decided by those of another, and through the socket by nobody where none names any" {
    fetched
    serving
    expect 3 asks proxy hold pilot --reason x
    says "pilot: it names no approvers, and proxy is none of another ring"
    expect 3 as proxy ringmgr rollback pilot --reason x
    expect 0 asks games hold pilot --reason "look at it"
    expect 0 asks news unhold pilot --reason "looked at"
    expect 1 setpriv --reuid nobody --regid nogroup --clear-groups "$RINGMGR_BIN" -c "$W/ringmgr.conf" hold pilot --reason x
    says "uid 65534 is nobody's in particular: decide from an account of your own"
    sed -i '/^approv/d; /^four_eyes/d' "$W/ringmgr.conf"
    expect 0 ringmgr check
    prints "no ring names approvers"
    expect 3 asks games hold pilot --reason x
    says "nobody decides through the service's socket"
    expect 3 asks proxy promote production "$NEW" --yes
    expect 0 as proxy ringmgr hold pilot --reason "let in by sudo"
}

@test "a configuration that is broken, anybody's, or names what is not there: the one from before decides" {
    fetched
    serving
    reloads() { # TEXT: refused for this reason
        kill -HUP "$PID"
        wait_until logged "event=reload result=refused text=\".*$1.*; the configuration from before stays in force\""
    }
    chmod 0666 "$W/ringmgr.conf"
    sed -i 's/^approvers = .*/approvers = user:proxy/' "$W/ringmgr.conf"
    reloads "the service takes a configuration only if it is root's"
    expect 3 asks proxy hold production --reason x
    chmod 0644 "$W/ringmgr.conf"
    chown proxy "$W/ringmgr.conf"
    echo "; once more" >>"$W/ringmgr.conf"
    expect 3 asks proxy hold production --reason x # edited, noticed, and refused as well
    chown root "$W/ringmgr.conf"
    MORE= ROOTS=$W/nowhere.pem config
    reloads "roots = $W/nowhere.pem"
    expect 2 ringmgr check
    prints "ringmgr trust"
    MORE= config
    sed -i "s,^path = .*production,path = $W/share/elsewhere," "$W/ringmgr.conf"
    reloads "\\[ring production\\] path = $W/share/elsewhere: No such file"
    echo "[schedule" >>"$W/ringmgr.conf"
    expect 0 asks games approve production "$NEW" --reason "all the same"
    prints "1 of 1 approval: somebody who has not approved promotes it"
    expect 3 asks games promote production --yes
    says "games, who has approved it and so cannot promote it (four_eyes): somebody else does"
    expect 0 asks news promote production --yes
    shows production "$NEW"
    end TERM
    expect 2 asks games hold production --reason x
    says "$W/ringmgr.conf:"
    chmod 0666 "$W/ringmgr.conf"
    expect 2 asks backup serve
    says "the service takes a configuration only if it is root's"
}

@test "restore and rebuild do not run beside the service, however idle it is" {
    fetched
    serving
    expect 0 ringmgr backup "$W/log/copy"
    expect 7 ringmgr rebuild
    complains
    says "the service runs, and must be stopped first" "held by ringmgr serve (pid $PID)"
    expect 7 ringmgr restore "$W/log/copy"
    says "held by ringmgr serve (pid $PID)"
    end TERM
    expect 0 ringmgr rebuild
}

@test "only decisions are taken, by the service's configuration, with three files of the person's" {
    local bytes=$W/bytes name=$W/ringmgr.conf
    fetched
    serving
    as_games() { # the client, as games
        self games python3 "$RINGMGR_TOP/tests/cli/control.py" "$CONTROL" "$@"
    }
    local to=(3 "$REQUEST" "$name") x=(unhold all --reason=x)
    # shellcheck disable=SC2046 # words
    run -0 as_games say "${to[@]}" status +++ "${to[@]}" sync +++ "${to[@]}" verify --repair +++ "${to[@]}" restore /etc/passwd \
        +++ "${to[@]}" serve +++ "${to[@]}" job gc +++ "${to[@]}" generate odt --ring=pilot +++ "${to[@]}" pins \
        +++ "${to[@]}" nonsense +++ "${to[@]}" +++ "${to[@]}" -c "$name" "${x[@]}" +++ "${to[@]}" --conf="$name" "${x[@]}" \
        +++ "${to[@]}" "${x[@]}" --inherit config=3 +++ "${to[@]}" "${x[@]}" --inh peer=0 \
        +++ 3 $REQUEST /etc/passwd "${x[@]}" +++ 3 ringmgr-request-0 "$name" "${x[@]}" \
        +++ 0 $REQUEST "$name" "${x[@]}" +++ 2 $REQUEST "$name" "${x[@]}" +++ 4 $REQUEST "$name" "${x[@]}" \
        +++ 5 $REQUEST "$name" "${x[@]}" +++ 250 $REQUEST "$name" "${x[@]}" +++ "${to[@]}" "${x[@]}" $(seq 60)
    [ "$output" = "$(yes 2 | head -9)
2 the service runs another version of ringmgr: restart it
$(yes 2 | head -4)
2 the service works with $name, not with /etc/passwd: name that with -c
2 the service runs another version of ringmgr: restart it
2 0 files came with the request, not standard input, output and error
2 2 files came with the request, not standard input, output and error
2 what came for -o is no socket
$(yes "2 no message of ringmgr's, or a longer one than 64 words, 16384 bytes and 4 files" | head -3)" ]
    answers "2 standard input, output and error must be" as_games fd /etc $REQUEST "$name" unhold all --reason=x
    printf '%s\0' $REQUEST "$name" unhold all --reason="$(printf '%17000s' x)" >"$bytes"
    answers "2 no message" as_games raw 3 "$bytes"
    printf '%s\0%s' $REQUEST "$name" >"$bytes" # half a word
    answers "2 no message" as_games raw 3 "$bytes"
    head -c 4000 /dev/urandom >"$bytes"
    answers "2" as_games raw 3 "$bytes"
    : >"$bytes"
    answers "2" as_games raw 3 "$bytes"
    as_games gone $REQUEST "$name" unhold all --reason=x
    [ "$(grep -c event=request "$W/err")" -le 1 ] # rubbish fills no log
    expect 0 asks games approve production "$NEW" --reason "works on"
    entry '[.entries[] | select(.identity | startswith("socket:")) | .action] == ["approve"]'
    logged "event=request uid=5 status=0"
}

@test "who floods the socket, or does not read what a command says, keeps nobody out" {
    fetched
    serving
    mkfifo "$W/idle"
    self proxy python3 "$RINGMGR_TOP/tests/cli/control.py" "$CONTROL" idle 200 <"$W/idle" >"$W/many" 3>&- &
    IDLE=$!
    exec 7>"$W/idle"
    wait_until grep -qx 200 "$W/many"
    few
    expect 0 asks games approve production "$NEW" --reason "meanwhile"
    exec 7>&-
    wait "$IDLE"
    wait_until connections 0
    # what they say is not read
    self proxy python3 "$RINGMGR_TOP/tests/cli/control.py" "$CONTROL" stuck 3 $REQUEST "$W/ringmgr.conf" promote production <"$W/idle" >"$W/many" 3>&- &
    IDLE=$!
    exec 7>"$W/idle"
    wait_until requests 2 # of one account; the third waits
    expect 0 asks games approve production "$NEW" --reason "meanwhile"
    expect 0 ringmgr sync # no lock is held
    requests 2
    exec 7>&-
    wait "$IDLE"
    IDLE=
    wait_until requests 0
    wait_until connections 0
}

# few: the service holds no more connections than it has places for.
few() {
    [ "$(find "/proc/$PID/fd" -lname 'socket:*' | wc -l)" -le $((1 + 8 + 8)) ]
}

# requests N: so many are carried out.
requests() {
    [ "$(pgrep -fc -- "$W/ringmgr.conf --inherit config=[0-9]*,peer=")" = "$1" ]
}

@test "a prompt is answered on the person's terminal; who goes, by Ctrl-C or by a signal, takes the command along" {
    fetched
    serving
    local command=(self games python3 "$RINGMGR_TOP/tests/cli/control.py" - tty "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production)
    sed -i 's/^approvals = 1$/approvals = 0/; s/^four_eyes = yes$/four_eyes = no/' "$W/ringmgr.conf"
    command[5]="tty-interrupt"
    run "${command[@]}"
    [ "$status" = 143 ]
    [[ "$output" == *"Type yes: "*"ended by signal TERM"* ]]
    [ "$(live production)" = none ]

    self games python3 "$RINGMGR_TOP/tests/cli/control.py" - tty-never "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production >"$W/asked" 3>&- &
    local person=$!
    wait_until prompting
    end TERM # of the service
    local code=0
    wait "$person" || code=$?
    [ "$code" = 143 ]
    [ "$status" = 0 ]
    [ ! -e "$CONTROL" ]

    serving
    command[5]="tty"
    run -0 "${command[@]}"
    [[ "$output" == *"Promote production to $NEW now?"*"Type yes: "*"production: empty -> $NEW is live"* ]]
    shows production "$NEW"
}

# prompting: a request waits for its person.
prompting() {
    requests 1 && grep -q "Type yes" "$W/asked"
}

@test "a service that is killed: its person is told, its socket replaced; a living one's is not" {
    fetched
    sed -i 's/^approvals = 1$/approvals = 0/; s/^four_eyes = yes$/four_eyes = no/' "$W/ringmgr.conf"
    serving
    expect 7 ringmgr serve
    sed "s,^state = .*,state = $W/other," "$W/ringmgr.conf" >"$W/other.conf"
    install -d -m 0750 -o backup "$W/other"
    expect 7 "$RINGMGR_BIN" -c "$W/other.conf" serve
    says "[ringmgr] control = $CONTROL: another service listens there"
    self games python3 "$RINGMGR_TOP/tests/cli/control.py" - tty-never "$RINGMGR_BIN" -c "$W/ringmgr.conf" promote production >"$W/asked" 3>&- &
    local person=$!
    wait_until prompting
    local children code=0
    children=$(pgrep -P "$PID")
    end KILL
    # shellcheck disable=SC2086 # numbers
    kill $children # its watch would notice within half a minute
    wait "$person" || code=$?
    [ "$code" = 1 ]
    grep -q "the service ended before it could say how this went" "$W/asked"
    [ -S "$CONTROL" ]
    expect 2 asks games approve production "$NEW" --reason x
    says "the service does not answer at $CONTROL"
    serving
    expect 0 asks games approve production "$NEW" --reason "again"
    end TERM
    [ ! -e "$CONTROL" ]
    touch "$CONTROL"
    serving # and works on without
    logged "event=control-failed text=\"$CONTROL is no socket"
    [ -f "$CONTROL" ]
}

@test "who listens in the service's place is not trusted, and the configuration says what cannot be" {
    CONTROL=$W/log/$(printf '%0120d' 0) config
    expect 2 ringmgr check
    prints "longer than the 107 bytes"
    CONTROL=$W/state/ctl.sock config
    expect 2 ringmgr check
    prints "control $W/state/ctl.sock lies inside store, state or a ring"
    CONTROL=relative config
    expect 2 ringmgr check
    CONTROL=$W/run/false.sock config
    python3 -c 'import socket, sys, time
s = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
s.bind(sys.argv[1]); s.listen(); sys.stdin.read()' "$W/run/false.sock" < <(sleep 20) 3>&- &
    local false=$!
    wait_until test -S "$W/run/false.sock"
    chmod 0666 "$W/run/false.sock"
    expect 2 asks games unhold all --reason x
    says "uid 0 listens there, not the service's account"
    kill "$false"
}

# A service that was taken over by somebody else.
@test "a service writes nothing of a person's but the document that was asked for" {
    local name
    CONTROL=$W/run/false.sock config
    install -d -m 0700 -o games "$W/home"
    cd "$W/home"
    for name in .profile x.reg; do
        self backup /usr/bin/python3 - "$W/run/false.sock" $name >"$W/up" 3>&- <<'PY' &
import os, socket, sys
listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
listener.bind(sys.argv[1])
os.chmod(sys.argv[1], 0o666)
listener.listen()
print("up", flush=True)
connection, _ = listener.accept()
_, descriptors, _, _ = socket.recv_fds(connection, 16384, 8)
channel = socket.socket(fileno=descriptors[3])
text = os.memfd_create("x")
os.write(text, b"text")
socket.send_fds(channel, [b"write\0" + sys.argv[2].encode() + b"\0"], [text])
channel.recv(1000)
connection.send(b"0\0\0")
PY
        wait_until grep -q up "$W/up"
        expect 0 asks games generate reg --ring production --target "$OLD" -o x.reg
        wait $!
        rm "$W/run/false.sock" "$W/up"
    done
    [ "$(ls -A)" = x.reg ]
}
