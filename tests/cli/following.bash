# shellcheck disable=SC2034,SC2154 # tests use what is set here
# A headquarters and sites that follow it, for tests. A bats file that uses it loads world first, then says
#
#   setup() { load world; load following; world_make; headquarters; }
#   teardown() { headquarters_end; world_end; }
#
# The house of world.bash is headquarters: it signs, and a hostile server of its own shows its shares ($FRONT_URL, faults
# in $FRONT/faults). A site is another ringmgr with store, state and share of its own
# below $W/NAME, which follows the ring pilot. Nobody but headquarters is there to be asked.

HQ_NOW=1788307200 # 2026-09-02: after everything that the origin has signed

# at SECONDS: so long after the beginning.
at() {
    export RINGMGR_TEST_NOW=$((HQ_NOW + $1))
}

# sign [LINE…]: headquarters' configuration; it signs with $W/hq.key.  $SIGN: more lines of its ring.
sign() {
    local IFS=$'\n'
    PILOT="approvers = user:games${SIGN:+$IFS$SIGN}" MORE="[manifest]
key = $W/hq.key
$*" config
}

# headquarters: offers the older build in pilot, signed, and shows it.
headquarters() {
    need openssl
    at 0
    new_key hq
    sign
    offer "$OLD"
    expect 0 ringmgr sync
    FRONT=$W/front
    mkdir -p "$FRONT/www"
    cp -a "$O/ca" "$FRONT/ca"
    ln -s "$W/share" "$FRONT/www/rings"
    front
}

headquarters_end() {
    [ -z "${FRONT:-}" ] || origin_stop "$FRONT"
}

# new_key NAME: $W/NAME.key and $W/NAME.pub.
new_key() {
    openssl genpkey -algorithm ed25519 -out "$W/$1.key" 2>/dev/null
    openssl pkey -in "$W/$1.key" -pubout -out "$W/$1.pub"
    chown backup: "$W/$1.key" && chmod 0600 "$W/$1.key"
}

# front: the server that shows headquarters' shares.
front() {
    local ORIGIN_PORT ORIGIN_LOG ORIGIN_URL
    origin_serve_fault "$FRONT" >/dev/null || return
    FRONT_URL=http://127.0.0.1:$ORIGIN_PORT/rings
    FRONT_LOG=$ORIGIN_LOG
}

# front_copy: from now on it shows a copy, in which everything may be changed, $SHOWN.
front_copy() {
    rm "$FRONT/www/rings"
    cp -a --no-preserve=links "$W/share" "$FRONT/www/rings"
    SHOWN=$FRONT/www/rings/pilot/Office/Data
}

# advance SECONDS: so long after the beginning headquarters offers the newer build.
advance() {
    at "$1"
    offer "$NEW"
    expect 0 ringmgr sync
}

# follower NAME [URL]: another ringmgr that follows URL (headquarters), with the lines of $SITE in its ring.
follower() {
    local s=$W/$1
    mkdir -p "$s/store" "$s/share"
    [ -d "$s/state" ] || mkdir -m 0750 "$s/state"
    chown backup: "$s/store" "$s/state" "$s/share"
    cat >"$s/ringmgr.conf" <<CONF
[ringmgr]
store = $s/store
state = $s/state
timezone = UTC
user = backup

[origin]
url = http://127.0.0.1:9/nobody-asks-microsoft
roots = $W/roots.pem
${SITE_ORIGIN:-}

[support]
window = none
rules = $W/no-rules.csv

[content]
languages = en-us

[ring pilot]
channel = ${SITE_CHANNEL:-$ORIGIN_CHANNEL}
source = origin
origin = ${2:-$FRONT_URL/pilot}
manifest_keys = ${SITE_KEYS:-$W/hq.pub}
publish = auto
path = $s/share
unc = \\\\fs-$1\\office
approvers = user:games
${SITE:-}
CONF
}

# on NAME ARGUMENT…: that site's ringmgr.
on() {
    "$RINGMGR_BIN" -c "$W/$1/ringmgr.conf" "${@:2}"
}

# holds NAME BUILD: the site's share offers that build, each file as headquarters has it, and the manifest, too.
holds() {
    local hq=$W/share/pilot/Office/Data own=$W/$1/share/Office/Data
    cmp "$own/v64.cab" "$hq/v64_$2.cab" && diff -r "$own/$2" "$hq/$2" && cmp "$own/ring.manifest" "$hq/ring.manifest"
}

# attention NAME CODE TEXT…: stands at the site, with these words.
attention() {
    output=$(on "$1" --json status | jq -r --arg code "$2" '.attention[] | select(.code == $code) | .text')
    [ -n "$output" ] && prints "${@:3}"
}

# calm NAME: no attention stands there.
calm() {
    output=$(on "$1" --json status)
    json '.attention == []'
}

# manifest FILTER: of headquarters' manifest.
manifest() {
    tail -n +2 "$W/share/pilot/Office/Data/ring.manifest" | jq -r "$1"
}

# resign FILTER: what the server shows is changed by jq and signed again by headquarters' key, by nobody's code but that of
# jq and openssl: the digest of the file list becomes right, whatever it is.
resign() {
    local digest
    tail -n +2 "$SHOWN/ring.manifest" | jq -cS "$1" >"$W/text"
    digest=$(jq -r '.files[] | "\(.sha256) \(.bytes) \(.path)"' "$W/text" | LC_ALL=C sort | sha256sum | cut -c -64)
    jq -cjS --arg digest "$digest" '.files_digest = $digest' "$W/text" >"$W/text.right"
    openssl pkeyutl -sign -rawin -inkey "$W/hq.key" -in "$W/text.right" -out "$W/signature"
    {
        printf 'ringmgr-manifest-1 %s ' "$(openssl pkey -pubin -in "$W/hq.pub" -outform DER | tail -c 32 | sha256sum | cut -c -16)"
        base64 -w0 "$W/signature" && echo
        cat "$W/text.right"
    } >"$SHOWN/ring.manifest.new"
    mv "$SHOWN/ring.manifest.new" "$SHOWN/ring.manifest"
}
