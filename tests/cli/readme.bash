#!/bin/bash
# The world of README's walk: the machine `files`, a Debian with the package, its own systemd and a network with nothing but a
# domain controller of example.com, which plays Microsoft's servers and a file server in Tokyo, too. Needs package.bash.
#
#   readme_start                     makes it, once a file
#   readme_end
#
# As a program, for readme.py:
#
#   readme.bash run COMMAND…         on `files`, as root
#   readme.bash stage clock DAYS     the Tuesday at 18:00 that is so many days after the first one; files was off meanwhile
#   readme.bash stage offer BUILD    Microsoft's pointer of MonthlyEnterprise names this build, released six days ago
#   readme.bash stage current BUILD  the same of the channel Current
#   readme.bash stage believe        `files` believes the authority that signs these builds, too
#   readme.bash stage tokyo          a file server there, with an rsync daemon
#   readme.bash stage lost           the state of `files` is gone
#
# $R is the folder of what is not on `files`. RINGMGR_REAL has the roots that Microsoft hands out.

source "${BASH_SOURCE[0]%/*}/package.bash"
source "${BASH_SOURCE[0]%/*}/../cdn/origin.sh"

FAKETIME_LIBRARY=/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1
THIRD=16.0.20300.20100

# ---- the domain, and Microsoft ----

dc_conf() {
    cat <<CONF
[global]
workgroup = EXAMPLE
realm = EXAMPLE.COM
netbios name = DC1
server role = active directory domain controller
server services = s3fs, rpc, ldap, cldap, kdc, winbindd, dns
interfaces = 10.99.0.1
bind interfaces only = yes
private dir = $R/dc/private
binddns dir = $R/dc/private
state directory = $R/dc/state
cache directory = $R/dc/cache
lock directory = $R/dc/lock
pid directory = $R/dc/run
ncalrpc dir = $R/dc/run/ncalrpc
ntp signd socket directory = $R/dc/run/signd
log file = $R/dc/log
load printers = no
printcap name = /dev/null
disable spoolss = yes

[sysvol]
path = $R/dc/sysvol
read only = no

[netlogon]
path = $R/dc/sysvol/example.com/scripts
read only = no
CONF
}

nginx_conf() {
    cat <<CONF
user root;
pid $R/nginx.pid;
error_log $R/nginx.log;
events { }
http {
    access_log off;
    server { listen 10.99.0.3:80; root $R/origin/www; }
}
CONF
}

start_domain() {
    mkdir -p "$R"/dc/{private,state,cache,lock,run,sysvol/example.com/scripts} "$R/origin/www"
    dc_conf >"$R/dc/smb.conf"
    nginx_conf >"$R/nginx.conf"
    samba-tool domain provision --configfile="$R/dc/smb.conf" --realm=EXAMPLE.COM --domain=EXAMPLE --server-role=dc \
        --dns-backend=SAMBA_INTERNAL --host-name=dc1 --host-ip=10.99.0.1 --adminpass=Passw0rd.1 \
        >"$R/dc/provision.log" 2>&1 || { tail "$R/dc/provision.log" && return 1; }
    # samba's socket has its place in /run, and its first words in /var/log, whatever is configured
    setpriv --pdeathsig KILL unshare -n -m -p --fork --kill-child sh -ec '
        ip link set lo up
        for last in 1 3 4; do ip addr add 10.99.0.$last/32 dev lo; done
        mount -t tmpfs -o mode=755 tmpfs /run
        mount -t tmpfs -o mode=755 tmpfs /var/log
        mkdir -p /run/samba/winbindd /var/log/samba /var/log/nginx
        nginx -c "$0/nginx.conf"
        exec samba -F --no-process-group --configfile="$0/dc/smb.conf"' "$R" </dev/null >"$R/dc/out" 2>&1 3>&- &
    echo $! >"$R/dc.pid"
    wait_until tool user list
}

domain() {
    pgrep -P "$(cat "$R/dc.pid")"
}

# tool COMMAND…: samba-tool, at the controller.
tool() {
    nsenter -t "$(domain)" -n samba-tool "$@" -H ldap://10.99.0.1 --configfile="$R/dc/smb.conf" \
        -U Administrator%Passw0rd.1 >>"$R/dc/tool.log" 2>&1 || { sleep 0.5 && return 1; }
}

make_people() {
    local person
    tool group add office-approvers
    for person in anna bert carl; do
        tool user create $person Passw0rd.1
    done
    tool group addmembers office-approvers anna,bert,carl
}

make_origin() {
    local certs=$R/origin/www/pki/certs
    origin_make "$R/origin"
    origin_build "$R/origin" "$THIRD" --lang en-us,fr-fr --proofing en-us --from "$ORIGIN_NEW" --survive 80
    mkdir -p "$certs"
    openssl x509 -in "$RINGMGR_REAL/roots/msroot2010.pem" -outform DER -out "$certs/MicRooCerAut_2010-06-23.crt"
    openssl x509 -in "$RINGMGR_REAL/roots/msroot2011.pem" -outform DER -out "$certs/MicRooCerAut2011_2011_03_22.crt"
}

# ---- files ----

# Everything that the package and the walk need is there, so that the walk's apt-get finds it without a network.
install_needs() {
    # shellcheck disable=SC2046 # words
    inside sh -c 'apt-get -q update && apt-get -q -y --no-install-recommends install "$@"' install dbus sudo iproute2 samba \
        samba-vfs-modules winbind libnss-winbind krb5-user smbclient rsync faketime \
        $(dpkg-deb -f "$DEB" Depends Recommends | sed 's/^[A-Za-z]*: //' | tr ',' '\n' | sed 's/[|(].*//') >"$R/apt.log" 2>&1 ||
        { tail -n 20 "$R/apt.log" && return 1; }
    echo files >"$M/etc/hostname"
}

connect() {
    ip link add dc0 netns "$(domain)" type veth peer name host0 netns "$(first)"
    nsenter -t "$(domain)" -n sh -c 'ip link set dc0 up && ip route add 10.99.0.2/32 dev dc0'
    nsenter -t "$(first)" -n sh -c 'ip link set lo up && ip addr add 10.99.0.2/24 dev host0 && ip link set host0 up'
    printf 'search example.com\nnameserver 10.99.0.1\n' >"$M/etc/resolv.conf"
    printf '%s\n' '127.0.0.1 localhost' '10.99.0.2 files.example.com files' \
        '10.99.0.3 officecdn.microsoft.com www.microsoft.com' '10.99.0.4 fs-tokyo.example.com' >"$M/etc/hosts"
}

readme_start() {
    export R=$BATS_FILE_TMPDIR/readme
    mkdir "$R"
    package_make
    machine_make
    install_needs
    start_domain
    make_people
    make_origin
    MACHINE_NET=--net machine_boot
    cp "$DEB" "$M/tmp/"
    date -d '18:00 next Tuesday' +%s >"$R/tuesday"
    stage_clock 0
}

readme_end() {
    machine_end
    [ ! -e "$R/dc.pid" ] || kill -KILL "$(domain)"
}

run() {
    inside "$@"
}

# ---- what happens in the world ----

now() {
    echo $(($(date +%s) + $(cat "$R/clock")))
}

# A machine that was off for so long: nothing but its clock knows. Only ringmgr is shown that clock: Kerberos would refuse it.
stage_clock() {
    echo "+$(($(cat "$R/tuesday") + $1 * 86400 - $(date +%s)))" >"$R/clock"
    inside sh -ec 'cat /proc/sys/kernel/random/uuid >/run/boot_id
        umount /proc/sys/kernel/random/boot_id 2>/dev/null || true
        mount --bind /run/boot_id /proc/sys/kernel/random/boot_id
        clock="LD_PRELOAD=$0 FAKETIME=$1"
        echo "ringmgr() { $clock /usr/bin/ringmgr \"\$@\"; }" >/run/clock
        mkdir -p /run/systemd/system/ringmgr.service.d
        printf "[Service]\nEnvironment=%s\n" "$clock" >/run/systemd/system/ringmgr.service.d/clock.conf
        systemctl daemon-reload
        [ ! -e /lib/systemd/system/ringmgr.service ] || systemctl try-restart ringmgr' "$FAKETIME_LIBRARY" "$(cat "$R/clock")"
}

day() {
    date -u -d "@$(($(now) - $1 * 86400))" "+$2"
}

stage_offer() {
    origin_pointer "$R/origin" "$1" --signed-at "$(day 6 %FT%H:%MZ)"
    origin_history "$R/origin" --signed-at "$(day 5 %FT%H:%MZ)" <<ROWS
MonthlyEnterprise $(day 6 %y%m) $1 $(day 6 %FT%TZ) latest
ROWS
}

stage_believe() {
    cat "$R/origin/ca/roots.pem" >>"$M/etc/ringmgr/roots.pem"
}

stage_current() {
    "$TESTCDN" build --ca "$R/origin/ca" --origin "$R/origin/www/pr" --channel Current --build "$1" --lang en-us,fr-fr
    "$TESTCDN" pointer --ca "$R/origin/ca" --origin "$R/origin/www/pr" --channel Current --build "$1" \
        --signed-at "$(day 6 %FT%H:%MZ)"
}

stage_tokyo() {
    mkdir -p "$R/tokyo"
    printf '%s\n' '[office]' "path = $R/tokyo" 'uid = backup' 'gid = backup' 'use chroot = no' 'read only = no' \
        'auth users = ringmgr' "secrets file = $R/tokyo.secrets" 'munge symlinks = no' >"$R/tokyo.conf"
    (umask 077 && echo ringmgr:secret >"$R/tokyo.secrets")
    chown backup "$R/tokyo"
    nsenter -t "$(domain)" --all rsync --daemon --address=10.99.0.4 --config="$R/tokyo.conf"
    inside sh -c 'umask 077 && echo secret >/etc/ringmgr/tokyo.secret && chown ringmgr /etc/ringmgr/tokyo.secret'
}

stage_lost() {
    inside sh -c 'systemctl stop ringmgr && rm -r /var/lib/ringmgr && systemd-tmpfiles --create'
}

stage() {
    "stage_$@"
}

[ "${BASH_SOURCE[0]}" != "$0" ] || "$@"
