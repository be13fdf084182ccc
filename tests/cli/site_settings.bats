#!/usr/bin/env bats
# Sites in the configuration, through the real program: what is refused with its line, what `check` can tell without
# asking a site, and the documents that name their shares. No site is ever reached here.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
    TOKYO='[site tokyo]
rings = pilot, production
target = rsync://push@fs-tokyo/office
unc = \\fs-tokyo\office-%ring%
ad_site = Tokyo
timezone = Asia/Tokyo
window = 20:00-06:00
rate_limit = 4M'
    LIMA='[site lima]
rings = production
target = /mnt/fs-lima
unc = \\fs-lima\office
ad_site = Lima
required = no'
}

teardown() {
    world_end
}

line_of() {
    grep -nF -- "$1" "$W/ringmgr.conf" | head -n 1 | cut -d : -f 1
}

# refused LINE CODE: check and sync refuse the configuration at the line with this text, for this reason.
refused() {
    local line
    line=$(line_of "$1")
    expect 2 ringmgr sync
    complains
    says "$W/ringmgr.conf:$line: "
    expect 2 ringmgr --json check
    json ".problems | map(select(.line == $line and .code == \"$2\" and .severity == \"error\")) | length == 1"
    [ "$(origin_requests)" = 0 ]
}

# found SEVERITY CODE TEXT: among what check has said with --json.
found() {
    jq -e --arg s "$1" --arg c "$2" --arg t "$3" \
        'any(.problems[]; .severity == $s and .code == $c and (.text | contains($t)))' <<<"$output" >/dev/null && return
    printf 'no %s in\n%s\n' "$*" "$output"
    return 1
}

@test "sites that cannot be are errors with file and line" {
    MORE="$TOKYO
$LIMA" config
    sed -i 's,^rings = production,rings = produktion,' "$W/ringmgr.conf"
    refused "rings = produktion" unknown-ring
    found error unknown-ring "the nearest is production"
    MORE="$TOKYO
$LIMA" config
    sed -i "s,^target = /mnt/fs-lima,target = $W/share," "$W/ringmgr.conf"
    expect 2 ringmgr --json check
    found error nested-path "path of ring pilot"
    found error nested-path "path of ring production"
    MORE="${TOKYO/rsync:\/\/push@/ssh:-oProxyCommand=}" config
    refused "target = ssh:" bad-target
    PRODUCTION="sites_ready = 101 %" config
    refused "sites_ready" bad-number
    PILOT="origin = https://hq/rings/pilot" config
    expect 2 ringmgr --json check
    found error no-manifest-keys "nobody's signature counts"
    found error follow-idle "first"
}

@test "check tells about files and programs of sites, and what is idle, without asking a site" {
    need rsync
    echo secret >"$W/password" && chmod 0644 "$W/password"
    openssl genpkey -algorithm ed25519 -out "$W/key.pem" 2>/dev/null && chmod 0600 "$W/key.pem"
    chown backup: "$W/key.pem" "$W/password"
    PRODUCTION="sites_ready = 95 %" MORE="$TOKYO
credentials = $W/password
[site oslo]
rings = pilot
target = ssh:fs-oslo:/srv/office
ssh_config = $W/nowhere
[manifest]
key = $W/key.pem" config
    expect 2 ringmgr --json check
    found error credentials-mode "[site tokyo] credentials = $W/password is open to others (mode 0644)"
    found error no-file "[site oslo] ssh_config = $W/nowhere"
    found warning no-unc "[site oslo]"
    json '[.problems[] | select(.severity == "error")] | length == 2'
    chmod 0600 "$W/password" && chown root: "$W/password" && touch "$W/nowhere"
    expect 2 ringmgr --json check
    found error no-file "[site tokyo] credentials = $W/password: the service's account may not read it"
    chown backup: "$W/password"
    echo no key >"$W/key.pem"
    expect 2 ringmgr --json check
    found error manifest-key "[manifest] key"
    openssl genpkey -algorithm ed25519 -out "$W/key.pem" 2>/dev/null
    expect 0 ringmgr check
    PRODUCTION="sites_ready = 95 %" MORE="$LIMA" config
    expect 0 ringmgr --json check
    found warning sites-ready-idle "none of its sites has required = yes"
    found warning site-folder "[site lima] target = /mnt/fs-lima: no folder"
    MORE="$TOKYO
[site oslo]
rings = pilot
target = ssh:fs-oslo:/srv/office" config
    expect 0 ringmgr --json check
    found warning no-credentials "target rsync://push@fs-tokyo/office names a user"
    found warning no-ssh-config "[site oslo] has no ssh_config"
    PRODUCTION="sites_ready = 95 %" MORE="$LIMA" config
    expect 2 env PATH="$W" "$RINGMGR_BIN" -c "$W/ringmgr.conf" --json check
    found error no-program "apt-get install rsync"
    [ "$(origin_requests)" = 0 ]
}

@test "documents know the shares of sites" {
    MORE="$TOKYO
$LIMA" PILOT='dfs = \\corp\office\pilot' config
    expect 0 ringmgr generate gpp --ring production -o -
    prints 'name="Tokyo"' '"\\fs-tokyo\office-production"' 'name="Lima"' '"\\fs-lima\office"'
    expect 0 ringmgr generate gpp --ring pilot -o -
    prints '"\\fs-tokyo\office-pilot"'
    [[ "$output" != *lima* ]]
    expect 0 ringmgr generate gpp --ring production --site 'LIMA=\\other\office' --site 'Oslo=\\fs-oslo\office' -o -
    prints '"\\other\office"' 'name="Oslo"' '"\\fs-tokyo\office-production"'
    [[ "$output" != *fs-lima* ]]
    expect 2 ringmgr generate gpp --ring pilot --site 'Oslo=\\fs-tokyo\office-production' -o -
    says "share of ring production"
    expect 0 ringmgr generate dfs --ring all
    [ "$(grep '^msdfs:' <<<"$output")" = 'msdfs:files\office-pilot,fs-tokyo\office-pilot
msdfs:files\office,fs-tokyo\office-production,fs-lima\office' ]
    prints "New-DfsnFolderTarget -Path '\\\\corp\\office\\pilot' -TargetPath '\\\\fs-tokyo\\office-pilot'"
    expect 0 ringmgr generate smb.conf --site tokyo
    prints "[office-pilot]" "path = /srv/office/pilot" "[office-production]" "path = /srv/office/production" "rsyncd.conf"
    [[ "$output" != *"$W"* && "$output" != *namespace* ]]
    expect 0 ringmgr generate smb.conf --site lima --ring production
    prints "[office]" "path = /mnt/fs-lima"
    expect 2 ringmgr generate smb.conf --site lima --ring pilot
    says "site lima does not show ring pilot"
    expect 2 ringmgr generate smb.conf --site rome
    says "there is no [site rome]"
    expect 0 ringmgr generate smb.conf --ring pilot
    prints "ln -s 'msdfs:files\\office-pilot,fs-tokyo\\office-pilot'"
    echo '<Configuration><Updates Enabled="TRUE" UpdatePath="\\fs-tokyo\office-pilot"/></Configuration>' >"$W/tokyo.xml"
    expect 0 ringmgr lint "$W/tokyo.xml" --ring pilot
    [[ "$output" != *"another"* ]]
    expect 8 ringmgr lint "$W/tokyo.xml" --ring production
}

@test "a quorum of fewer sites holds the ring until an approver has looked at it" {
    PILOT="sites_ready = 100 %" MORE="$TOKYO" config
    expect 0 ringmgr sync
    PILOT="sites_ready = 50 %" MORE="$TOKYO" config
    expect 0 ringmgr sync
    says "pilot is held, for its configuration was loosened: sites_ready: 100 -> 50"
    PILOT="sites_ready = 50 %" MORE="$TOKYO
required = no" config
    expect 0 ringmgr sync
    says "required_sites: tokyo -> not there"
}
