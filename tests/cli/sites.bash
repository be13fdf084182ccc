# shellcheck disable=SC2154 # what is used here is set by world.bash
# Sites for tests: real servers on loopback, each with a folder of its own below $W/site, and what they show. A bats file
# that uses them says `load sites` behind `load world`, and sites_end in its teardown.
#
#   site_folder NAME              $W/site/NAME, as a place that somebody has mounted: TARGET is the path
#   site_rsyncd NAME              an rsync daemon before it; TARGET is its address
#   site_sshd NAME                an sshd before it; TARGET is its address, SSH_CONFIG the file for ssh -F
#   site_hung                     a server that takes connections and never says a word; TARGET is its address
#   site NAME [LINE…]             adds a section with TARGET and these lines to MORE; `config` writes it

SITE_PIDS=

# The site's folder belongs to whom its server runs as.
site_root() {
    mkdir -p "$W/site/$1"
    chown "${2:-backup}:" "$W/site/$1"
}

site_folder() {
    site_root "$1"
    TARGET=$W/site/$1
}

# site_server PORT COMMAND…: in the background until the port answers. It ends with its first process.
site_server() {
    local port=$1 pid try
    "${@:2}" </dev/null >>"$W/site/servers.log" 2>&1 3>&- &
    pid=$!
    disown
    SITE_PIDS="$SITE_PIDS $pid"
    for try in $(seq 200); do
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && return
        kill -0 "$pid" 2>/dev/null || break
        sleep 0.02
    done
    cat "$W/site/servers.log"
    return 1
}

# site_hung: a server that takes connections and never says a word; TARGET is its address.
site_hung() {
    local port
    port=$(free_port)
    mkdir -p "$W/site"
    site_server "$port" python3 -c 'import socket, sys, time
server = socket.create_server(("127.0.0.1", int(sys.argv[1])))
time.sleep(300)' "$port"
    TARGET=rsync://127.0.0.1:$port/office
}

# A port that nobody has now, below those that the kernel hands out.
free_port() {
    local port
    while port=$((20000 + RANDOM % 12000)); do
        (: <>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || break
    done
    echo "$port"
}

# site_rsyncd NAME [LINE…]: these lines stand in its module. It writes as the account proxy.
site_rsyncd() {
    local name=$1 port
    site_root "$name" proxy
    port=$(free_port)
    printf '%s\n' "use chroot = no" "uid = proxy" "gid = proxy" "log file = $W/site/$name.log" \
        "lock file = $W/site/$name.lock" "[office]" "path = $W/site/$name" "read only = no" "list = no" "${@:2}" \
        >"$W/site/$name.conf"
    site_server "$port" rsync --daemon --no-detach --address=127.0.0.1 --port="$port" --config="$W/site/$name.conf"
    TARGET=rsync://127.0.0.1:$port/office
}

# site_sshd NAME: root's, with keys, known hosts and a home of its own; the folder of its privileges is in a /run of its own.
site_sshd() {
    local name=$1 port own=$W/site/$1.ssh
    site_root "$name" root
    port=$(free_port)
    mkdir -p "$own"
    ssh-keygen -q -t ed25519 -N '' -f "$own/host"
    ssh-keygen -q -t ed25519 -N '' -f "$own/key"
    cp "$own/key.pub" "$own/authorized"
    echo "[127.0.0.1]:$port $(cut -d' ' -f1,2 "$own/host.pub")" >"$own/known_hosts"
    printf '%s\n' "ListenAddress 127.0.0.1" "Port $port" "HostKey $own/host" "AuthorizedKeysFile $own/authorized" \
        "PermitRootLogin prohibit-password" "StrictModes no" "UsePAM no" "PidFile none" "SetEnv HOME=$own" >"$own/sshd_config"
    printf '%s\n' "Port $port" "IdentityFile $own/key" "IdentitiesOnly yes" "UserKnownHostsFile $own/known_hosts" \
        "StrictHostKeyChecking yes" "BatchMode yes" "KexAlgorithms curve25519-sha256" >"$own/config"
    chown -R backup: "$own/key" "$own/config" "$own/known_hosts"
    site_server "$port" unshare --mount --pid --fork --kill-child bash -c 'mount -t tmpfs none /run && mkdir /run/sshd &&
        exec /usr/sbin/sshd -D -e -f "$1"' sshd "$own/sshd_config"
    TARGET=ssh:root@127.0.0.1:$W/site/$name
    SSH_CONFIG=$own/config
}

# site NAME [LINE…]
site() {
    MORE=$(printf '%s\n' "${MORE:-}" "[site $1]" "target = $TARGET" "${@:2}")
    grep -q '^rings' <<<"$(printf '%s\n' "${@:2}")" || MORE=$MORE$'\n'"rings = pilot, production"
}

sites_end() {
    local pid
    for pid in $SITE_PIDS; do
        kill -KILL "$pid" 2>/dev/null
    done
    SITE_PIDS=
}

# site_data NAME RING
site_data() {
    echo "$W/site/$1/$2/Office/Data"
}

# site_shows NAME RING BUILD: the site's share offers the build, each file as upstream has it, and no other file of it.
site_shows() {
    local data build=$3 file
    data=$(site_data "$1" "$2")
    cmp "$data/v64.cab" "$UP/v64_$build.cab" && cmp "$data/v64_$build.cab" "$UP/v64_$build.cab" || return
    for file in $FILES; do
        cmp "$data/$build/$file" "$UP/$build/$file" || return
    done
    [ "$(ls "$data/$build")" = "$(printf '%s\n' $FILES | LC_ALL=C sort)" ] || { ls -a "$data/$build" && return 1; }
}

# site_names NAME RING: the build that the site's pointer names, by its bytes; "none" without one.
site_names() {
    local data build
    data=$(site_data "$1" "$2")
    for build in "$OLD" "$NEW"; do
        cmp -s "$data/v64.cab" "$UP/v64_$build.cab" && echo "$build" && return
    done
    echo none
}

# site_is_whole NAME RING: the pointer there names a build that is whole.
site_is_whole() {
    local names
    names=$(site_names "$1" "$2")
    [ "$names" != none ] && site_shows "$1" "$2" "$names"
}

# rsync_kills STEP WHEN: an rsync for PATH=$W/bin:$PATH that kills who started it, before or after it has done its work, at that of its runs.
rsync_kills() {
    mkdir -p "$W/bin"
    rm -f "$W/runs"
    cat >"$W/bin/rsync" <<RSYNC
#!/bin/sh
echo run >>$W/runs
[ \$(wc -l <$W/runs) = $1 ] || exec /usr/bin/rsync "\$@"
[ $2 = before ] || /usr/bin/rsync "\$@" >/dev/null
kill -KILL \$PPID
RSYNC
    chmod 0755 "$W/bin" "$W/bin/rsync"
    install -m 0666 /dev/null "$W/runs"
    chmod a+x "$W"
}
