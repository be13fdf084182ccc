#!/bin/sh
# ringmgr on a fresh Debian 12, from nothing to two rings in one go.
#
#   sh ringmgr/quickstart.sh [--cdn] [--remove]
#
# Installs what it takes to build ringmgr, builds it, makes the service's account and two people who may decide, and
# walks one build from an origin through the ring pilot into the ring production. The origin is a local one: small
# builds in the real formats, signed by a test authority, served by nginx, on 127.0.0.1 and only while the script runs. A second run finds
# everything there and changes nothing.
#
#   --cdn       Microsoft's own CDN instead: real signatures, about 4 GB
#   --remove    takes away everything that an earlier run has made
#
# All files lie in /var/tmp/ringmgr-quickstart; accounts are called ringmgr-quickstart (the service), ringmgr-anna and
# ringmgr-bert, their group ringmgr-approvers; one file lies in /etc/sudoers.d. Tests use other names:
# RINGMGR_QUICKSTART_DIR and RINGMGR_QUICKSTART_PREFIX.
set -eu

top=$(cd "$(dirname "$0")/.." && pwd)
dir=${RINGMGR_QUICKSTART_DIR:-/var/tmp/ringmgr-quickstart}
prefix=${RINGMGR_QUICKSTART_PREFIX:-ringmgr}
anna=$prefix-anna bert=$prefix-bert approvers=$prefix-approvers
sudoers=/etc/sudoers.d/$prefix-quickstart
service=$prefix-quickstart # not the account of a real installation
gecos="made by ringmgr quickstart"
mark=$dir/.ringmgr-quickstart
kind=local remove=''

say() {
    printf '\n== %s\n' "$*"
}

fail() {
    echo "quickstart: $*" >&2
    exit 1
}

# The comment at the head of this file.
help() {
    sed -n '2,/^set -eu/{/^set -eu/d;s/^# \{0,1\}//;p;}' "$0"
    exit 0
}

usage() {
    echo "usage: sh ringmgr/quickstart.sh [--cdn] [--remove]" >&2
    exit 2
}

# Shows a command, then runs it.
show() {
    printf '$ %s\n' "$*"
    "$@"
}

# ---- folders, accounts, rights ----

# The folder holds a program that sudo runs as root: nobody else may have made it, or be able to change it. And
# --remove will remove it: it must be new, or one of ours.
make_folder() {
    [ -e "$dir" ] || mkdir -m 755 "$dir"
    [ ! -L "$dir" ] && [ "$(stat -c '%u %a' "$dir")" = '0 755' ] || fail "$dir is not root's alone (mode 755)"
    [ -e "$mark" ] || [ -z "$(ls -A "$dir")" ] || fail "$dir holds something else"
    [ ! -e "$mark" ] || [ "$(cat "$mark")" = "$kind" ] ||
        fail "$dir holds rings of the origin \"$(cat "$mark")\", which do not mix with \"$kind\": --remove first"
    echo "$kind" >"$mark"
}

make_account() {
    getent passwd "$1" >/dev/null && return
    useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin \
        --comment "$gecos" "$1"
}

make_accounts() {
    getent group "$approvers" >/dev/null || groupadd --system "$approvers"
    make_account "$service"
    for person in "$anna" "$bert"; do
        make_account "$person"
        id -nG "$person" | tr ' ' '\n' | grep -qx "$approvers" || usermod -a -G "$approvers" "$person"
    done
}

# What approvers may run as root: the script that a real configuration has too, with the paths of this one.
write_gatekeeper() {
    install -d -m 755 "$dir/sbin"
    sed "s|^ringmgr=.*|ringmgr=$dir/bin/ringmgr|; s|^conf=.*|conf=$dir/ringmgr.conf|; s|^kits=.*|kits=$dir/state|" \
        "$top/config/examples/ringmgr-decide" >"$dir/sbin/ringmgr"
    chmod 755 "$dir/sbin/ringmgr"
}

make_sudoers() {
    write_gatekeeper
    echo "%$approvers ALL=(root) NOPASSWD: $dir/sbin/ringmgr" >"$dir/sudoers.new"
    visudo -c -q -f "$dir/sudoers.new" || fail "visudo refuses $dir/sudoers.new"
    install -m 440 -o root -g root "$dir/sudoers.new" "$sudoers"
    rm "$dir/sudoers.new"
}

make_data_folders() {
    for folder in store state shares shares/pilot shares/production log; do
        install -d -m 755 -o "$service" -g "$service" "$dir/$folder"
    done
    chmod 750 "$dir/state"
}

# ---- the program, the origin, the configuration ----

# A release build with the test origin beside it, away from the checkout's own build folders.
build() {
    grep -qsxF "CMAKE_HOME_DIRECTORY:INTERNAL=$top" "$dir/build/CMakeCache.txt" || rm -rf "$dir/build"
    [ -e "$dir/build/build.ninja" ] || quiet configure cmake --preset release -B "$dir/build" -DRINGMGR_TESTS=ON
    [ -e "$dir/bin/ringmgr" ] || echo "compiling: some minutes"
    quiet build cmake --build "$dir/build" --target ringmgr testcdn
    install -d -m 755 "$dir/bin"
    for program in ringmgr tests/cdn/testcdn; do
        cmp -s "$dir/build/$program" "$dir/bin/${program##*/}" || install -m 755 "$dir/build/$program" "$dir/bin/"
    done
    install -m 644 "$top/config/support.csv" "$dir/support.csv"
}

# quiet NAME COMMAND…: in the checkout; shows what it said only if it fails.
quiet() {
    name=$1
    shift
    (cd "$top" && "$@") >"$dir/$name.log" 2>&1 || { cat "$dir/$name.log" && fail "$name failed"; }
}

# The builds as if released last month and last week: what is older has left its support, and no ring would take it.
date_origin() {
    origin_history "$dir/origin" <<ROWS
MonthlyEnterprise $(date -u +%y%m) $ORIGIN_NEW $(date -u -d '6 days ago' +%FT17:15:41Z) latest
MonthlyEnterprise $(date -u -d '36 days ago' +%y%m) $ORIGIN_OLD $(date -u -d '36 days ago' +%FT14:27:57Z) -
ROWS
}

# Makes the origin once, and serves it until this script ends. nginx takes a free port each time; the guard that
# started it ends it even if this script is killed.
serve_origin() {
    TESTCDN=$dir/bin/testcdn ORIGIN_PARENT=$$
    . "$top/tests/cdn/origin.sh"
    if [ ! -e "$dir/origin/made" ]; then
        rm -rf "$dir/origin"
        quiet origin origin_make "$dir/origin"
        quiet history date_origin
        touch "$dir/origin/made"
    fi
    install -m 644 "$dir/origin/ca/roots.pem" "$dir/roots.pem"
    trap 'origin_stop "$dir/origin"' EXIT
    trap 'exit 130' HUP INT TERM
    origin_serve_nginx "$dir/origin" || fail "nginx does not answer"
    url=$ORIGIN_URL
}

prepare_origin() {
    if [ "$kind" = local ]; then
        serve_origin
    else
        echo "This downloads about 4 GB from Microsoft, and takes as much room in $dir."
        url=http://officecdn.microsoft.com/pr
        show "$dir/bin/ringmgr" trust -o "$dir/roots.pem"
    fi
}

write_conf() {
    cat >"$dir/ringmgr.conf" <<CONF
[ringmgr]
store = $dir/store
state = $dir/state
user = $service
history_head_file = $dir/log/history.head

[origin]
url = $url
roots = $dir/roots.pem

[support]
rules = $dir/support.csv

[content]
architectures = x64
languages = en-us

[ring pilot]
channel = MonthlyEnterprise
source = origin
first = yes
publish = auto
path = $dir/shares/pilot
unc = \\\\files.example.com\\office-pilot

[ring production]
channel = MonthlyEnterprise
source = pilot
publish = manual
path = $dir/shares/production
unc = \\\\files.example.com\\office
approvals = 1
approvers = group:$approvers
four_eyes = yes
CONF
}

# ---- the walk ----

ringmgr() {
    show "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" "$@"
}

# quoted WORD…: each behind a blank, as a shell takes it.
quoted() {
    for word in "$@"; do
        case $word in
        *[!A-Za-z0-9._/:=-]*) printf " '%s'" "$word" ;;
        *) printf ' %s' "$word" ;;
        esac
    done
}

# as PERSON COMMAND…: what this person does after logging in. ringmgr asks the login uid who is calling, and that one
# does not change through sudo: where this session has one, it must become the person's, as a login would make it.
as() {
    person=$1
    shift
    printf '%s$ sudo ringmgr%s\n' "$person" "$(quoted "$@")"
    (
        uid=$(id -u "$person")
        login=$(cat /proc/self/loginuid 2>/dev/null || echo 4294967295)
        [ "$login" = 4294967295 ] || echo "$uid" 2>/dev/null >/proc/self/loginuid ||
            fail "the kernel lets nobody act as $person in this login session: try systemd-run --pty sh $0"
        cd /
        exec sudo -n -u "$person" sudo -n "$dir/sbin/ringmgr" "$@"
    )
}

live_of() {
    "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" --json status |
        jq -r --arg ring "$1" '.rings[] | select(.ring == $ring) | .live.build // empty'
}

walk() {
    say "sync: fetch, prove, and publish to pilot, whose gates stand open"
    ringmgr sync
    build_number=$(live_of pilot)
    [ -n "$build_number" ] || fail "pilot has no build after sync"
    if [ "$(live_of production)" = "$build_number" ]; then
        say "production has $build_number already: unchanged"
    else
        say "production waits for people: one approves, another promotes"
        ringmgr explain production || [ $? = 3 ]
        as "$anna" approve production "$build_number" --reason "pilot has been quiet"
        as "$bert" promote production --yes
    fi
    say "configuration.xml for a new machine of production"
    echo "\$ ringmgr generate odt --ring production >configuration.xml"
    "$dir/bin/ringmgr" -c "$dir/ringmgr.conf" generate odt --ring production >"$dir/configuration.xml"
    cat "$dir/configuration.xml"
    say "what a machine that has an older build does with this share, and until when the rings are supported"
    ringmgr client production --have 16.0.20131.20150 --arch x64 --lang en-us
    ringmgr support
}

show_result() {
    say "status"
    ringmgr status
    say "both shares: the same inode in both is one file on disk, stored once"
    for ring in pilot production; do
        echo "$dir/shares/$ring:"
        (cd "$dir/shares/$ring" && find . -type f -printf '  inode %-9i links %n  %10s bytes  %P\n' | sort -k 7)
    done
    say "what was relaxed here"
    cat <<TEXT
This configuration shows the path, not a policy. Pilot takes every build at once (first = yes); production
needs one approval, with four eyes, and no soak, so that you need not wait. A real production
ring asks for more approvals of people who are not the two accounts made here, and its roots.pem holds Microsoft's
roots (ringmgr trust), not a test authority's. Real shares are served by smbd or nginx,
read-only. The local origin was served only while this ran: another sync ends with 5 until this script runs again.
All of it lies in $dir; sh ringmgr/quickstart.sh --remove takes it away.
TEXT
}

# ---- removal ----

# Only accounts that this script has made: an account of a real installation may have the same name.
remove_account() {
    entry=$(getent passwd "$1") || return 0
    case $(echo "$entry" | cut -d : -f 5) in
    "$gecos"*) userdel "$1" ;;
    *) echo "kept: the account $1 is not of quickstart" ;;
    esac
}

remove_all() {
    [ -e "$sudoers" ] && rm "$sudoers" && echo "removed: $sudoers"
    for account in "$anna" "$bert" "$service"; do
        remove_account "$account"
    done
    case $(getent group "$approvers") in
    '') ;;
    *:) groupdel "$approvers" ;;
    *) echo "kept: the group $approvers has other members" ;;
    esac
    if [ -e "$mark" ]; then
        rm -rf "$dir"
        echo "removed: $dir"
    fi
    echo "packages stay installed"
}

# ---- from here ----

while [ $# -gt 0 ]; do
    case $1 in
    --cdn) kind=cdn ;;
    --remove) remove=1 ;;
    -h | --help) help ;;
    *) usage ;;
    esac
    shift
done
case $dir in /*[!a-zA-Z0-9/._-]* | [!/]*) fail "$dir: an absolute path of letters, digits, dots, - and _, please" ;; esac

if [ "$(id -u)" != 0 ]; then
    [ -z "$remove" ] || set -- --remove
    [ "$kind" = local ] || set -- "$@" --cdn
    exec sudo RINGMGR_QUICKSTART_DIR="$dir" RINGMGR_QUICKSTART_PREFIX="$prefix" sh "$0" "$@"
fi
umask 022
if [ "$remove" ]; then
    remove_all
    exit
fi
say "packages"
sh "$top/tests/install-packages.sh" build origin
make_folder
say "build"
build
say "accounts and rights: $service (the service), $anna and $bert ($approvers)"
make_accounts
make_sudoers
make_data_folders
say "origin: $kind"
prepare_origin
write_conf
walk
show_result
