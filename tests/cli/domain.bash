# A domain of Active Directory, of Samba, for tests of what administrators import there. It has a network of its own
# with nothing but loopback, all its files are below one folder, and its processes a process namespace of their own,
# so that nothing of it is left when the first of them is ended. Needs world.bash. A bats file that uses it says
#
#   setup_file() { load world; world_file; load domain; domain_file; }
#   teardown_file() { load domain; domain_end; }
#   setup() { load world; load domain; domain_need; world_make; }
#
# The domain is ring.test. $DOMAIN is its folder, $DOMAIN_PID the process that ends with it. The commands below are
# the administrator's, unless they say whose they are.

# ---- making ----

# What every program of Samba gets instead of the machine's own smb.conf.
domain_conf() {
    cat <<CONF
[global]
workgroup = RING
realm = RING.TEST
netbios name = DC1
server role = active directory domain controller
server services = s3fs, rpc, ldap, cldap, winbindd
interfaces = lo
bind interfaces only = yes
private dir = $DOMAIN/private
binddns dir = $DOMAIN/private
state directory = $DOMAIN/state
cache directory = $DOMAIN/cache
lock directory = $DOMAIN/lock
pid directory = $DOMAIN/run
ncalrpc dir = $DOMAIN/run/ncalrpc
ntp signd socket directory = $DOMAIN/run/signd
log file = $DOMAIN/log
load printers = no
printcap name = /dev/null
disable spoolss = yes

[sysvol]
path = $DOMAIN/sysvol
read only = no

[netlogon]
path = $DOMAIN/sysvol/ring.test/scripts
read only = no
CONF
}

# domain_provision: the empty directory and its sysvol. Seconds of computing.
domain_provision() {
    mkdir -p "$DOMAIN"/{private,state,cache,lock,run,sysvol/ring.test/scripts}
    domain_conf >"$DOMAIN/smb.conf"
    samba-tool domain provision --configfile="$DOMAIN/smb.conf" --realm=RING.TEST --domain=RING --server-role=dc \
        --dns-backend=NONE --host-name=dc1 --host-ip=127.0.0.1 --adminpass='Passw0rd.1' >"$DOMAIN/provision.log" 2>&1 ||
        { tail "$DOMAIN/provision.log" && return 1; }
}

# What this machine lacks for a domain.
domain_lacks() {
    local program
    for program in samba samba-tool winbindd ldbsearch ldbmodify smbclient ip unshare nsenter setpriv; do
        command -v $program >/dev/null || { echo $program && return; }
    done
    unshare -n -m -p --fork true 2>/dev/null || echo "unshare -n -m -p"
}

domain_need() {
    local what
    what=$(domain_lacks)
    [ -z "$what" ] || missing "$what"
}

# A new domain, ready to be asked. Without what it needs none: bats cannot skip here, so that is domain_need's to say.
domain_file() {
    export DOMAIN=$BATS_FILE_TMPDIR/domain DOMAIN_PID=
    [ -z "$(domain_lacks)" ] || return 0
    domain_provision || return
    # winbindd's socket has its place in /run, and the first words of every server in /var/log, whatever is configured.
    setpriv --pdeathsig KILL unshare -n -m -p --fork --kill-child sh -ec '
        ip link set lo up
        mount -t tmpfs -o mode=755 tmpfs /run
        mount -t tmpfs -o mode=755 tmpfs /var/log
        mkdir -p /run/samba/winbindd /var/log/samba
        : >"$DOMAIN/up"
        exec samba -F --no-process-group -M single --configfile="$DOMAIN/smb.conf"' \
        </dev/null >"$DOMAIN/out" 2>&1 3>&- &
    DOMAIN_PID=$!
    { wait_until test -e "$DOMAIN/up" && wait_until domain_answers; } || { cat "$DOMAIN/out" "$DOMAIN/log" && return 1; }
}

# Asking costs computing time, of which the start has none to spare.
domain_answers() {
    { directory search -b '' -s base dnsHostName && sysvol Administrator%Passw0rd.1 ls; } || { sleep 0.2 && return 1; }
} >/dev/null 2>&1

# Ends the first process of the namespace; the kernel ends the others before that is over.
domain_end() {
    [ -n "${DOMAIN_PID:-}" ] || return 0
    pkill -KILL -P "$DOMAIN_PID" || kill -KILL "$DOMAIN_PID"
    while [ -e "/proc/$DOMAIN_PID" ]; do
        wait "$DOMAIN_PID" 2>/dev/null || sleep 0.05
    done
}

# ---- asking ----

# in_domain COMMAND…: in its network.
in_domain() {
    nsenter -t "$DOMAIN_PID" -n "$@"
}

# directory search|modify ARGUMENT…: ldbsearch, ldbmodify.
directory() {
    in_domain "ldb$1" -H ldap://127.0.0.1 --configfile="$DOMAIN/smb.conf" -U "${ACCOUNT:-Administrator%Passw0rd.1}" "${@:2}"
}

# sysvol ACCOUNT%PASSWORD COMMANDS: smbclient's, in \\dc1\sysvol.
sysvol() {
    in_domain smbclient --configfile="$DOMAIN/smb.conf" -U "$1" //127.0.0.1/sysvol -c "$2"
}

# tool COMMAND…: samba-tool.
tool() {
    in_domain samba-tool "$@" -H ldap://127.0.0.1 --configfile="$DOMAIN/smb.conf" -U Administrator%Passw0rd.1 \
        --use-kerberos=off
}

# attribute GUID NAME: of the GPO, as the directory has it.
attribute() {
    directory search "(name=$1)" "$2" | perl -0pe 's/\n //g' | sed -n "s/^$2: //p"
}
