# A real smbd and a real nginx for tests, in a network of their own with its ports 445 and 80. A bats file that uses them
# sets $T, a folder of its own, writes $T/smb.conf (samba_globals) and $T/nginx.conf, and calls start_servers.

source "${BASH_SOURCE[0]%/*}/../helper.bash"

# samba_globals LINE…: $T/smb.conf, for a smbd that keeps everything below $T/samba, and has these lines in [global].
samba_globals() {
    local own=$T/samba
    mkdir "$own"
    printf '%s\n' "[global]" "server role = standalone server" "interfaces = lo" "bind interfaces only = yes" \
        "private dir = $own" "lock directory = $own" "state directory = $own" "cache directory = $own" \
        "pid directory = $own" "ncalrpc dir = $own/rpc" "log file = $own/log" "disable spoolss = yes" \
        "load printers = no" "unix charset = UTF-8" "map to guest = Bad User" "$@" >"$T/smb.conf"
}

# start_servers COMMAND…: until the command says that they are up. Everything in there ends with its first process, which
# lasts for 300 s at most.
start_servers() {
    unshare --net --pid --fork --kill-child --mount-proc bash -c '
        ip link set lo up
        smbd -F --no-process-group -s "$1/smb.conf" &
        nginx -p "$1" -e "$1/nginx/error.log" -c "$1/nginx.conf" &
        exec sleep 300' servers "$T" </dev/null >"$T/out" 2>&1 3>&- &
    echo $! >"$T/pid"
    disown
    local try
    for try in $(seq 100); do
        sleep 0.05
        "$@" && return
    done >/dev/null 2>&1
    cat "$T/out" "$T/nginx/error.log" "$T/samba/log"
    return 1
}

stop_servers() {
    [ ! -s "$T/pid" ] || kill -KILL "$(cat "$T/pid")"
}

# inside COMMAND…: in their network.
inside() {
    nsenter --net --target "$(cat "$T/pid")" -- "$@"
}
