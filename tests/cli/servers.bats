#!/usr/bin/env bats
# Server configurations as the servers take them: testparm and nginx -t read them, and a real smbd and a real nginx
# offer rings with them. The files are the golden ones, which tests/unit/config holds the writers to, byte for byte;
# only /srv and the name of the file server are those of the test. Both servers have a network of their own, with its
# ports 445 and 80, and end with the test.

bats_require_minimum_version 1.5.0

build=16.0.20326.20100

setup_file() {
    load servers
    [ "$(id -u)" = 0 ] || missing "root"
    need testparm smbd smbclient pdbedit nginx curl ip unshare nsenter
    export T=$BATS_FILE_TMPDIR
    chmod a+x "$BATS_RUN_TMPDIR"
    local ring
    for ring in office/pilot office/test office/production test; do
        make_ring "$T/srv/$ring"
    done
    make_ring "$T/srv/of fice;'é/#pilot = {x}"
    make_ring "$T/srv/of  fice;'é\"/#p\\t = {x}\\ "
    write_smb_conf
    write_nginx_conf
    start_servers are_up
}

teardown_file() {
    stop_servers
}

are_up() {
    inside curl -sf -o /dev/null http://127.0.0.1/pilot/office/data/v64.cab && smb rings quit
}

setup() {
    load servers
    pilot=$T/srv/office/pilot/Office/Data
    web=http://127.0.0.1/pilot
}

# make_ring PATH: what a ring has: a pointer, a build, something in the making; and what it should not have: links.
make_ring() {
    local data=$1/Office/Data
    mkdir -p "$data/$build" "$data/.ringmgr-1"
    echo secret >"$1/secret"
    echo half >"$data/.ringmgr-1/s640.cab"
    echo "$1" >"$data/v64.cab"
    echo "$build" >"$data/v64_$build.cab"
    seq 20000 >"$data/$build/stream.x64.x-none.dat"
    ln "$data/$build/stream.x64.x-none.dat" "$1/object"
    ln -s "$1/secret" "$data/$build/outside.dat"
    ln -s "stream.x64.x-none.dat" "$data/$build/inside.dat"
    ln -s / "$data/root"
}

# adapt FILE: a golden file, with the folders and the server of this test.
adapt() {
    sed "s|/srv/|$T/srv/|g; s|\\\\files\\\\|\\\\127.0.0.1\\\\|g; s|msdfs:files|msdfs:127.0.0.1|" \
        "$RINGMGR_TOP/tests/golden/servers/$1"
}

write_smb_conf() {
    samba_globals "use sendfile = yes" "writeable = yes" "include = $T/shares.conf"
    { adapt smb-dfs.conf && adapt smb-odd.conf | sed 's/^ *valid users.*/guest ok = yes/' &&
        adapt smb-group.conf | sed '1,/^\[office-test\]/{/^\[office-test\]/!d}; s/CORP\\Domain Computers/games/'; } >"$T/shares.conf"
    adapt smb-dfs.conf | sed -n 's/^#   \(mkdir\|ln\) /\1 /p' | sh -e
    printf 'pw\npw\n' | pdbedit -s "$T/smb.conf" -a -t -u games >/dev/null
    printf 'pw\npw\n' | pdbedit -s "$T/smb.conf" -a -t -u news >/dev/null
}

# The surroundings are as unfriendly as an http block may be.
write_nginx_conf() {
    mkdir "$T/nginx"
    adapt nginx-usual.conf >"$T/usual.conf"
    adapt nginx-odd.conf >"$T/odd.conf"
    [ -s /proc/net/if_inet6 ] || sed -i '/listen \[/d' "$T/usual.conf"
    cat >"$T/nginx.conf" <<CONF
daemon off;
worker_processes 1;
pid $T/nginx/pid;
events { }
http {
    access_log $T/nginx/access.log;
    client_body_temp_path $T/nginx; proxy_temp_path $T/nginx; fastcgi_temp_path $T/nginx;
    uwsgi_temp_path $T/nginx; scgi_temp_path $T/nginx;
    root /; autoindex on; gzip on; gzip_types *; gzip_min_length 1; open_file_cache max=100; etag off;
    types { text/html cab; }
    include $T/usual.conf;
    include $T/odd.conf;
}
CONF
}

# smb SHARE COMMANDS [OPTION…]: what smbclient says, by default to a guest.
smb() {
    local who=("${@:3}")
    LC_ALL=C.UTF-8 inside smbclient -s "$T/smb.conf" "${who[@]:--N}" "//127.0.0.1/$1" -c "$2" 2>&1
}

# denied SHARE COMMAND [OPTION…]: the server says so.
denied() {
    run smb "$@"
    [[ "$output" == *NT_STATUS_ACCESS_DENIED* ]] || { echo "$2: $output" && return 1; }
}

# hidden SHARE NAME: it can neither be seen nor got.
hidden() {
    run smb "$1" "get \"$2\" -"
    [[ "$output" == *NT_STATUS_OBJECT_*_NOT_FOUND* ]] || { echo "$2: $output" && return 1; }
}

# web STATUS URL [OPTION…]: curl is answered with this status; the answer is in $T/head and $T/body.
web() {
    local got
    rm -f "$T/head" "$T/body"
    got=$(inside curl -s --path-as-is -D "$T/head" -o "$T/body" -w '%{http_code}' "${@:3}" "$2")
    [ "$got" = "$1" ] || { echo "${*:2}: $got, not $1" && return 1; }
}

# field NAME VALUE: the last answer has this header field.
field() {
    grep -qix "$1: $2"$'\r' "$T/head" || { cat "$T/head" && return 1; }
}

# ---- smb.conf ----

# means GOLDEN SHARE PARAMETER VALUE: what testparm makes of it, which is asked once for each file; what a share does
# not say stands as [global] has it.
means() {
    local parsed=$BATS_TEST_TMPDIR/$1 got
    [ -s "$parsed" ] || testparm -v -s "$RINGMGR_TOP/tests/golden/servers/$1" >"$parsed" 2>/dev/null
    got=$(sed -n "/^\[$2\]\$/,/^\$/p; /^\[global\]\$/,/^\$/{H}; \${x;p}" "$parsed" | grep -m1 $'^\t'"$3 =")
    [ "$got" = $'\t'"$3 = $4" ] || { echo "$1 [$2] $got, not $4" && return 1; }
}

@test "testparm finds nothing wrong with any smb.conf, and no section but those that are meant" {
    local golden=$RINGMGR_TOP/tests/golden/servers file
    for file in "$golden"/smb-*.conf; do
        testparm -s "$file" >"$T/parsed" 2>"$T/said"
        run ! grep -iE 'unknown|ignor|warn|error|invalid' "$T/said"
        grep '^\[' "$T/parsed" | grep -v '^\[global' >"$T/sections"
        diff "$T/sections" <(grep '^\[' "$file")
    done
}

@test "testparm reads what is meant" {
    local share
    for share in office-pilot office; do
        means smb-guests.conf $share 'read only' Yes
        means smb-guests.conf $share 'guest ok' Yes
        means smb-guests.conf $share 'follow symlinks' No
        means smb-guests.conf $share 'veto files' '/.*/'
        means smb-guests.conf $share 'veto oplock files' '/v32.cab/v64.cab/'
        means smb-guests.conf $share 'oplocks' Yes
        means smb-guests.conf $share 'csc policy' disable
        means smb-guests.conf $share 'case sensitive' No
        means smb-guests.conf $share 'valid users' ''
    done
    means smb-guests.conf office-pilot path /srv/office/pilot
    means smb-group.conf office path /srv/office
    means smb-group.conf office 'guest ok' No
    means smb-group.conf office 'valid users' '"@CORP\Domain Computers"'
    means smb-dfs.conf rings path /srv/office
    means smb-dfs.conf office 'msdfs root' Yes
    means smb-dfs.conf office 'read only' Yes
    means smb-dfs-elsewhere.conf office path /srv/office/production
    means smb-dfs-elsewhere.conf office 'msdfs root' No
    means smb-odd.conf "büro #1 'x' $" path "/srv/of fice;'é/#pilot = {x}"
}

@test "guests read a ring, in whatever case" {
    [ "$(smb production 'get Office/Data/v64.cab -' | head -n 1)" = "$T/srv/office/production" ]
    [ "$(smb Rings 'get PILOT/office/DATA/V64.cab -' | head -n 1)" = "$T/srv/office/pilot" ]
    smb rings "get test/Office/Data/$build/stream.x64.x-none.dat $T/got"
    cmp "$T/got" "$T/srv/office/test/Office/Data/$build/stream.x64.x-none.dat"
}

@test "a share and a path with odd names" {
    [ "$(smb "büro #1 'x' $" 'get office/data/v64.cab -' | head -n 1)" = "$T/srv/of fice;'é/#pilot = {x}" ]
}

@test "nobody writes, even where the global section says so" {
    find "$T/srv/office" -exec chmod a+w {} +
    find "$T/srv/office" -printf '%p %s %m %T@\n' | sort >"$T/before"
    cd "$T"
    run smb production "put smb.conf Office/Data/x; put smb.conf Office/Data/v64.cab; mkdir x; del Office/Data/v64.cab;
        rename Office/Data/v64.cab Office/Data/v32.cab; rmdir Office/Data/$build; setmode Office/Data/v64.cab +r"
    echo "$output"
    [ "$(grep -c NT_STATUS_ACCESS_DENIED <<<"$output")" = 8 ] # setmode says it twice
    denied office 'mkdir x'
    find "$T/srv/office" -printf '%p %s %m %T@\n' | sort | diff "$T/before" -
}

@test "nothing in the making is seen, and no symbolic link is followed" {
    local name list
    list=$(smb production "ls Office/Data/*; ls Office/Data/$build/*")
    [[ "$list" == *v64.cab* && "$list" == *x-none.dat* ]]
    [[ "$list" != *ringmgr* && "$list" != *side.dat* && "$list" != *" root "* ]]
    for name in .ringmgr-1/s640.cab "$build/outside.dat" "$build/inside.dat" root/etc/passwd; do
        hidden production "Office/Data/$name"
    done
}

@test "of a group's share a guest and others see nothing, members do" {
    denied office-test 'get Office/Data/v64.cab -'
    denied office-test 'get Office/Data/v64.cab -' -U news%pw
    [ "$(smb office-test 'get Office/Data/v64.cab -' -U games%pw | head -n 1)" = "$T/srv/test" ]
}

@test "the namespace's links, made by the commands that the file says, lead to the rings" {
    [ "$(smb office 'get production/Office/Data/v64.cab -' | head -n 1)" = "$T/srv/office/production" ]
    [ "$(smb OFFICE 'cd "up dates\Pilot\office"; get Data/v64.cab -' | head -n 1)" = "$T/srv/office/pilot" ]
}

# ---- nginx ----

@test "nginx -t finds nothing wrong" {
    run inside nginx -t -p "$T" -e "$T/nginx/test.log" -c "$T/nginx.conf"
    [[ "$status" = 0 && "$output" == *"test is successful"* && "$output" != *"[warn]"* ]]
}

@test "a ring is served, the two folders in whatever case, other names as they are" {
    local path
    for path in Office/Data office/data OFFICE/dAtA; do
        web 200 "$web/$path/v64.cab"
        cmp "$T/body" "$pilot/v64.cab"
        field Content-Type application/octet-stream
    done
    web 200 "$web/office/data/v64_$build.cab"
    web 200 "$web/office/data/$build/stream.x64.x-none.dat" --compressed
    cmp "$T/body" "$pilot/$build/stream.x64.x-none.dat"
    field Content-Type application/octet-stream
    run ! grep -i content-encoding "$T/head"
    web 200 http://127.0.0.1/production/office/data/v64.cab
    cmp "$T/body" "$T/srv/office/production/Office/Data/v64.cab"
    web 404 http://127.0.0.1/PILOT/office/data/v64.cab
    web 404 "$web/office/data/V64.cab"
    web 404 "$web/office/data/v32.cab"
    [ ! -s /proc/net/if_inet6 ] || web 200 'http://[::1]/pilot/office/data/v64.cab'
}

@test "a path with odd names is served" {
    web 200 "http://127.0.0.1:8080/ring-1/office/data/v64.cab"
    [ "$(cat "$T/body")" = "$T/srv/of  fice;'é\"/#p\\t = {x}\\ " ]
    web 200 "http://127.0.0.1:8080/ring-1/office/data/$build/stream.x64.x-none.dat"
    web 404 "http://127.0.0.1:8080/pilot/office/data/v64.cab"
}

@test "ranges, HEAD and 304" {
    local file=$web/office/data/$build/stream.x64.x-none.dat etag
    web 206 "$file" -r 100-199
    cmp "$T/body" <(tail -c +101 "$pilot/$build/stream.x64.x-none.dat" | head -c 100)
    web 206 "$file" -r 0-9,1000-1009
    web 416 "$file" -r 999999999-
    web 200 "$file" -I
    field Content-Length "$(stat -c %s "$pilot/$build/stream.x64.x-none.dat")"
    field Accept-Ranges bytes
    etag=$(sed -n 's/^etag: *\(.*\)\r$/\1/ip' "$T/head")
    [ -n "$etag" ]
    web 304 "$file" -H "If-None-Match: $etag"
    web 200 "$file" -H 'If-None-Match: "x"'
    web 304 "$file" -H "If-Modified-Since: $(sed -n 's/^last-modified: *\(.*\)\r$/\1/ip' "$T/head")"
}

@test "pointers are asked for again each time, and a new one is seen at once; files of builds are kept" {
    local pointer=$pilot/v64.cab
    web 200 "$web/office/data/v64.cab"
    field Cache-Control no-cache
    echo new >"$pointer.new" && mv "$pointer.new" "$pointer"
    web 200 "$web/office/data/v64.cab"
    [ "$(cat "$T/body")" = new ]
    echo "$T/srv/office/pilot" >"$pointer"
    web 200 "$web/office/data/v64_$build.cab"
    field Cache-Control 'public, max-age=31536000, immutable'
    web 404 "$web/office/data/$build/none.dat"
    run ! grep -i cache-control "$T/head"
}

@test "only GET and HEAD" {
    local method
    for method in POST PUT DELETE OPTIONS PROPFIND TRACE; do
        web 405 "$web/office/data/v64.cab" -X $method
    done
    web 405 "$web/office/data/v64.cab" -d x
    web 405 http://127.0.0.1/ -X POST
}

@test "nothing else is there: no listing, no way out, no link, nothing in the making" {
    local path
    for path in / /pilot /pilot/ /pilot/office/data /pilot/office/data/ "/pilot/office/data/$build" \
        "/pilot/office/data/$build/" /pilot/secret /pilot/object /pilot/office/data/../../secret \
        /pilot/office/data/%2e%2e/%2e%2e/secret /pilot/office/data/%2e%2e%2f%2e%2e%2fsecret \
        "/pilot/office/data/$build/%2e%2e%2f%2e%2e%2f%2e%2e%2fsecret" /pilot/office/data/..%5c..%5csecret \
        /pilot/office/data/%252e%252e/%252e%252e/secret /etc/passwd /pilot/office/data/root/etc/passwd \
        /pilot/office/data/.ringmgr-1/s640.cab "/pilot/office/data/$build/.hidden" \
        /pilot/office/data/v64.cab%0a /pilot/office/data/v64.cab/ /test/office/data/v64.cab \
        "/pilot/office/data/root/$T/srv/office/pilot/Office/Data/v64.cab" "/x/pilot/office/data/v64.cab"; do
        web 404 "http://127.0.0.1$path"
    done
    for path in outside.dat inside.dat; do
        web 403 "$web/office/data/$build/$path"
    done
    web 400 http://127.0.0.1/../../etc/passwd
    web 400 "$web/office/data/v64.cab%00"
}
