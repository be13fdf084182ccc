#!/bin/sh
# The one list of Debian 12 packages that ringmgr is built, tested and shown with, and their installation.
#
#   sh tests/install-packages.sh [--list] GROUP…      groups: build origin test browser bench package proof
#
# Installs what is missing and nothing else; where nothing is, it asks no package source. Works as root or
# through sudo. No service is started: while packages are unpacked a policy-rc.d says no, unless the machine
# has one of its own.
set -eu

packages() {
    case $1 in
    build) echo build-essential cmake ninja-build pkg-config libcurl4-openssl-dev libarchive-dev libxml2-dev \
        libssl-dev libsqlite3-dev libjansson-dev libinih-dev libinotifytools0-dev \
        libmicrohttpd-dev ;;
    # tests/cdn: makes, signs and serves builds; people decide through sudo.
    origin) echo zlib1g-dev libcmocka-dev gcab osslsigncode nginx-light curl openssl jq sudo ;;
    test) echo git bats clang libclang-rt-14-dev lld clang-format clang-tidy cabextract sqlite3 faketime \
        libnss-wrapper strace iproute2 samba-common-bin python3-icalendar libxml2-utils \
        prometheus python3-prometheus-client samba python3-samba samba-dsdb-modules samba-vfs-modules \
        samba-ad-provision winbind smbclient ldb-tools \
        rsync openssh-server mandoc zsh ;;
    # The page in a real browser; npm fetches axe-core, and may come with another Node.js than Debian's.
    browser) echo chromium chromium-driver fonts-dejavu-core python3-selenium $(command -v npm >/dev/null || echo npm) ;;
    # tests/cli/package.proof.bats: what judges the package, and what makes a machine to install it on.
    package) echo git dpkg-dev lintian debootstrap ;;
    # *.proof.bats: analysers, valgrind, and the runtime of sanitizers.
    proof) echo clang clang-tidy clang-tools cppcheck valgrind binutils llvm ;;
    # tests/bench: what ringmgr is measured against.
    bench) echo curl openssl aria2 wget rsync strace jq bsdextrautils nginx-light ;;
    *)
        echo "install-packages: no group $1 (there are: build origin test browser bench package proof)" >&2
        return 2
        ;;
    esac
}

is_installed() {
    [ "$(dpkg-query -W -f='${db:Status-Status}' "$1" 2>/dev/null)" = installed ]
}

missing_of() {
    for package in "$@"; do
        is_installed "$package" || echo "$package"
    done
}

# Becomes root for one command.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif command -v sudo >/dev/null; then
        sudo "$@"
    else
        echo "install-packages: these are missing and I am not root: $wanted" >&2
        return 1
    fi
}

policy=/usr/sbin/policy-rc.d
forbid_services() {
    [ -e "$policy" ] && return
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null
    trap 'as_root rm -f "$policy"' EXIT
    trap 'exit 1' HUP INT TERM
    as_root chmod 755 "$policy"
}

install_all() {
    echo "installing: $*"
    forbid_services
    as_root apt-get -q -o DPkg::Lock::Timeout=300 update
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -y -o DPkg::Lock::Timeout=300 install \
        --no-install-recommends "$@"
}

list=
[ "${1:-}" != --list ] || { list=1 && shift; }
[ $# -gt 0 ] || { echo "usage: install-packages.sh [--list] build|origin|test|browser|bench|package|proof…" >&2 && exit 2; }
all=
for group in "$@"; do
    names=$(packages "$group")
    all="$all $names"
done
# Package names have no blanks: the lists are split on purpose.
if [ "$list" ]; then
    printf '%s\n' $all
    exit
fi
wanted=$(missing_of $all)
[ -z "$wanted" ] || install_all $wanted
