# shellcheck disable=SC2154,SC2034 # what is used here is set by world.bash; tests use what is set here
# The service's page in the world of world.bash: at the socket $SOCKET and at http://127.0.0.1:$PORT. A bats file that
# uses it loads world first and ends with web_end in its teardown.

# web_config [LINE…]: a service that does nothing by itself, with the page and further lines of [web].
web_config() {
    SOCKET=$W/run/web.sock
    : "${PORT:=$(web_port)}"
    [ -d "$W/run" ] || install -d -o backup "$W/run"
    CONTROL=$W/run/ctl.sock
    MORE=$(
        printf '%s = off\n' '[schedule]' sync quick_audit full_audit gc support sites site_audit | sed '1s/ = off//'
        printf '%s\n' '[web]' "listen = ${LISTEN-unix:$SOCKET, 127.0.0.1:$PORT}" "$@"
    ) config
}

# web_port: one that nobody listens to now.
web_port() {
    python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'
}

web_end() {
    [ -z "${NGINX:-}" ] || { kill "$NGINX" && wait "$NGINX" 2>/dev/null; } || true
    NGINX=
    [ -z "${PID:-}" ] || end TERM
    world_end
    wait_until gone
}

logged() {
    grep -q -e "$1" "$W/err"
}

serving() {
    start serve
    wait_until logged event=ready || { cat "$W/err" && return 1; }
}

# fetched [BUILD [TIME]]: pilot has it.
fetched() {
    offer "${1:-$NEW}" "${2:-2026-09-01}"
    expect 0 ringmgr sync
}

# self ACCOUNT COMMAND…: as that account itself.
self() {
    setpriv --reuid "$1" --regid "$1" --clear-groups env -u SUDO_UID "${@:2}"
}

# web STATUS ACCOUNT PATH [CURL OPTION…]: asks over the socket as that account, over TCP as -, and the answer has this
# status. $output is the body, $head the head.
web() {
    local who=$2 path=$3 want=$1 code url=http://localhost
    shift 3
    local ask=(curl -sS --path-as-is --max-time 30 -o "$W/body" -D "$W/head" -w '%{http_code}' "$@")
    : >"$W/body" && : >"$W/head"
    chmod 0666 "$W/body" "$W/head"
    if [ "$who" = - ]; then
        code=$("${ask[@]}" "http://127.0.0.1:$PORT$path") || true
    else
        code=$(self "$who" "${ask[@]}" --unix-socket "$SOCKET" "$url$path") || true
    fi
    output=$(tr -d '\0' <"$W/body")
    head=$(tr -d '\r' <"$W/head")
    [ "$code" = "$want" ] && return
    printf '%s %s %s: answered %s, not %s\n%s\n%s\n' "$who" "$path" "$*" "$code" "$want" "$head" "$output"
    return 1
}

# post STATUS ACCOUNT ACTION JSON [CURL OPTION…]: as the page does it.
post() {
    web "$1" "$2" "/api/$3" -H 'Content-Type: application/json' -H 'X-Ringmgr: 1' --data-binary "$4" "${@:5}"
}

# nginx_front: a web server that asks for a login (password = account) in front of the socket, as $FRONT. It runs as
# www-data, with the shipped example but for names, certificates and the port.
nginx_front() {
    local account
    FRONT=http://127.0.0.1:${FRONT_PORT:=$(web_port)}
    mkdir -p "$W/nginx"
    for account in games news proxy nobody-here; do
        printf '%s:%s\n' "$account" "$(openssl passwd -6 "$account")"
    done >"$W/nginx/users"
    chown -R www-data: "$W/nginx"
    cat >"$W/nginx.conf" <<CONF
user www-data;
daemon off;
worker_processes 1;
pid $W/nginx/pid;
error_log $W/nginx/error;
events {}
http {
    access_log off;
    client_body_temp_path $W/nginx/body;
    proxy_temp_path $W/nginx/proxy;
    fastcgi_temp_path $W/nginx/f; uwsgi_temp_path $W/nginx/u; scgi_temp_path $W/nginx/s;
$(sed -e "s,/run/ringmgr/web.sock,$SOCKET,; s,/etc/nginx/ringmgr.users,$W/nginx/users," \
    -e "s/listen 443 ssl.*/listen 127.0.0.1:$FRONT_PORT;/; /listen \[::\]/d; /ssl_/d; s/server_name .*/server_name 127.0.0.1;/" \
    "$RINGMGR_TOP/config/examples/nginx-web.conf")
}
CONF
    nginx -c "$W/nginx.conf" >"$W/nginx/out" 2>&1 3>&- &
    NGINX=$!
    wait_until curl -s -o /dev/null "$FRONT/" || { cat "$W/nginx/out" "$W/nginx/error" && return 1; }
}
