# origin.sh: a test origin for bats tests and quickstart.sh. Source it; it changes no shell options.
#
# TESTCDN names the testcdn binary (default: the one on PATH). All files lie below the folder given as DIR:
#   DIR/ca           certificates; DIR/ca/roots.pem is what a client trusts
#   DIR/www/pr       the origin, with the address ORIGIN_URL: <channel GUID>/Office/Data/… and wsus/releasehistory.cab
#   DIR/nginx-*, DIR/fault-*   configuration, log, pid and port of the servers
# Servers listen on 127.0.0.1 only, at a port the system picks, and end with the shell that called, at origin_stop, or
# after ORIGIN_LIFETIME seconds (3600). Log lines of both: method path range status bytes.

: "${TESTCDN:=testcdn}"

# Identity of the standard origin: channel, its folder, the older and the newer build.
ORIGIN_CHANNEL=MonthlyEnterprise
ORIGIN_GUID=55336b82-a18d-4dd6-b5f6-9e5095c314a6
ORIGIN_OLD=16.0.20131.20150
ORIGIN_NEW=16.0.20228.20188

# origin_ca DIR: certificates, unless they are there.
origin_ca() {
    [ -e "$1/ca/roots.pem" ] || "$TESTCDN" ca "$1/ca"
}

# origin_build DIR BUILD [OPTION…]: one more build of the standard channel.
origin_build() {
    local dir=$1 build=$2
    shift 2
    "$TESTCDN" build --ca "$dir/ca" --origin "$dir/www/pr" --channel "$ORIGIN_CHANNEL" --build "$build" "$@"
}

# origin_pointer DIR BUILD [OPTION…]: makes BUILD the one the channel offers, in the live form with rows for Windows 7.
origin_pointer() {
    local dir=$1 build=$2
    shift 2
    "$TESTCDN" pointer --ca "$dir/ca" --origin "$dir/www/pr" --channel "$ORIGIN_CHANNEL" --build "$build" --windows7 "$@"
}

# origin_history DIR [OPTION…]: the release history from standard input, lines of: channel version build pubtime latest|-
origin_history() {
    local dir=$1
    shift
    cat >"$dir/history.rows"
    "$TESTCDN" history --ca "$dir/ca" --origin "$dir/www/pr" --rows "$dir/history.rows" "$@"
}

# origin_make DIR: certificates and the standard origin: two builds, x64, en-us and fr-fr with proofing of en-us; the newer
# one holds 80 % of the older one's segments and is the pointer.
origin_make() {
    local dir=$1
    mkdir -p "$dir/www/pr" || return
    origin_ca "$dir" || return
    origin_build "$dir" "$ORIGIN_OLD" --lang en-us,fr-fr --proofing en-us --signed-at 2026-07-14T14:00Z || return
    origin_build "$dir" "$ORIGIN_NEW" --lang en-us,fr-fr --proofing en-us --signed-at 2026-08-11T17:00Z \
        --from "$ORIGIN_OLD" --survive 80 || return
    origin_pointer "$dir" "$ORIGIN_NEW" --signed-at 2026-08-15T15:37Z || return
    origin_history "$dir" --signed-at 2026-08-20T23:11Z <<ROWS
MonthlyEnterprise 2607 $ORIGIN_NEW 2026-08-11T17:15:41.287Z latest
MonthlyEnterprise 2606 $ORIGIN_OLD 2026-07-14T14:27:57.023Z -
ROWS
}

# origin_wait FILE URL: waits until a server answers at URL; FILE is its log, shown when it does not.
origin_wait() {
    local try
    for try in $(seq 100); do
        if curl -s -o /dev/null --max-time 2 "$2"; then
            return 0
        fi
        sleep 0.05
    done
    echo "origin: no answer at $2" >&2
    cat "$1" >&2
    return 1
}

# origin_nginx_conf DIR PORT: the configuration nginx runs with. ORIGIN_NGINX_EXTRA is put into its server block.
origin_nginx_conf() {
    local dir=$1 port=$2
    [ "$(id -u)" = 0 ] && echo "user root;"
    cat <<CONF
worker_processes 1;
daemon off;
pid $dir/nginx.pid;
error_log $dir/nginx-error.log;
events { worker_connections 256; }
http {
    log_format traffic '\$request_method \$uri \$sent_range \$status \$body_bytes_sent';
    map \$http_range \$sent_range { "" "-"; default \$http_range; }
    access_log $dir/nginx-access.log traffic;
    client_body_temp_path $dir/nginx-tmp; proxy_temp_path $dir/nginx-tmp; fastcgi_temp_path $dir/nginx-tmp;
    uwsgi_temp_path $dir/nginx-tmp; scgi_temp_path $dir/nginx-tmp;
    sendfile on; tcp_nopush on; keepalive_requests 100000;
    default_type application/octet-stream;
    server {
        listen 127.0.0.1:$port;
        root $dir/www;
        ${ORIGIN_NGINX_EXTRA:-}
    }
}
CONF
}

# origin_serve_nginx DIR: serves DIR/www with nginx; sets ORIGIN_URL (of the folder pr), ORIGIN_PORT and ORIGIN_LOG, and
# prints the URL. Call it as a command, not in $(…), to get the variables.
origin_serve_nginx() {
    local dir try nginx
    dir=$(cd "$1" && pwd) || return
    nginx=$(command -v nginx || echo /usr/sbin/nginx)
    mkdir -p "$dir/nginx-tmp"
    for try in 1 2 3 4 5; do
        ORIGIN_PORT=$("$TESTCDN" port) || return
        origin_nginx_conf "$dir" "$ORIGIN_PORT" >"$dir/nginx.conf"
        "$TESTCDN" guard --parent "${ORIGIN_PARENT:-$$}" --lifetime "${ORIGIN_LIFETIME:-3600}" -- \
            "$nginx" -p "$dir" -e "$dir/nginx-error.log" -c "$dir/nginx.conf" </dev/null >"$dir/nginx.out" 2>&1 3>&- &
        echo $! >"$dir/nginx-guard.pid"
        ORIGIN_LOG=$dir/nginx-access.log
        ORIGIN_URL=http://127.0.0.1:$ORIGIN_PORT/pr
        if origin_wait "$dir/nginx.out" "http://127.0.0.1:$ORIGIN_PORT/_ready"; then
            echo "$ORIGIN_URL"
            return 0
        fi
        origin_stop "$dir"
    done
    return 1
}

# origin_serve_fault DIR [OPTION…]: serves DIR/www with the hostile server; variables and output as origin_serve_nginx.
# Faults: origin_fault, or lines in DIR/faults, which is read again when it changes.
origin_serve_fault() {
    local dir
    dir=$(cd "$1" && pwd) || return
    shift
    rm -f "$dir/fault.port"
    "$TESTCDN" serve --root "$dir/www" --port-file "$dir/fault.port" --log "$dir/fault-access.log" \
        --faults "$dir/faults" --ca "$dir/ca" --parent "${ORIGIN_PARENT:-$$}" \
        --lifetime "${ORIGIN_LIFETIME:-3600}" "$@" </dev/null >"$dir/fault.out" 2>&1 3>&- &
    echo $! >"$dir/fault.pid"
    local try
    for try in $(seq 100); do
        [ -s "$dir/fault.port" ] && break
        sleep 0.02
    done
    ORIGIN_PORT=$(cat "$dir/fault.port") || return
    ORIGIN_LOG=$dir/fault-access.log
    ORIGIN_URL=http://127.0.0.1:$ORIGIN_PORT/pr
    echo "$ORIGIN_URL"
}

# origin_serve_mirror DIR MIRROR [OPTION…]: serves DIR/www by a hostile server of its own, whose log, port and faults lie
# below MIRROR; origin_stop MIRROR ends it. Sets MIRROR_URL, MIRROR_PORT and MIRROR_LOG; faults go into MIRROR/faults.
# OPTION --bytes FILE logs what is sent: milliseconds, connection, path and bytes of each piece.
origin_serve_mirror() {
    local ORIGIN_PORT ORIGIN_LOG ORIGIN_URL mirror=$2
    mkdir -p "$mirror" || return
    ln -sfn "$(cd "$1" && pwd)/www" "$mirror/www"
    ln -sfn "$(cd "$1" && pwd)/ca" "$mirror/ca"
    shift 2
    origin_serve_fault "$mirror" "$@" >/dev/null || return
    MIRROR_PORT=$ORIGIN_PORT
    MIRROR_LOG=$ORIGIN_LOG
    MIRROR_URL=$ORIGIN_URL
}

# origin_fault 'path=GLOB&kind=KIND&…': adds a fault to the hostile server; a + in a value is written %2B.
origin_fault() {
    curl -sf -o /dev/null -X POST "http://127.0.0.1:$ORIGIN_PORT/_fault?$1"
}

# origin_faults_clear: the hostile server behaves again.
origin_faults_clear() {
    curl -sf -o /dev/null -X DELETE "http://127.0.0.1:$ORIGIN_PORT/_fault"
}

# origin_log_clear: forgets the requests so far.
origin_log_clear() {
    : >"$ORIGIN_LOG"
}

# origin_requests [PATTERN]: how many log lines match the extended regular expression.
origin_requests() {
    grep -cE -- "${1:-.}" "$ORIGIN_LOG" || true
}

# origin_stop DIR: ends the servers of DIR.
origin_stop() {
    local pid file
    for file in "$1/nginx-guard.pid" "$1/fault.pid"; do
        [ -s "$file" ] || continue
        pid=$(cat "$file")
        rm -f "$file"
        kill "$pid" 2>/dev/null || continue
        while kill -0 "$pid" 2>/dev/null; do
            sleep 0.02
        done
    done
}
