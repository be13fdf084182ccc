#!/usr/bin/env bats
# What `generate samba-gpo` writes, imported into an Active Directory of Samba by its own tools, linked to the machines
# of a ring, and read back as these machines read it.

PC='PC01$%Machine.01'

setup_file() {
    load world
    load domain
    world_file
    domain_file
    [ -n "$DOMAIN_PID" ] || return 0
    tool ou create "OU=$UNIT"
    tool computer create PC01 --computerou="OU=$UNIT"
    tool user setpassword 'PC01$' --newpassword="${PC#*%}"
}

teardown_file() {
    load domain
    domain_end
}

UNIT='Büro & Labor'

setup() {
    load world
    load domain
    domain_need
    need xmllint
    world_make
    mkdir "$W/tmp" "$W/fetched" "$W/kept"
    mkdir -m 0777 "$W/made"
    expect 0 ringmgr sync
}

teardown() {
    world_end
}

# make [OPTION…]: the folder and the Registry.pol of ring pilot, as games has them made.
make() {
    expect 0 as games ringmgr generate samba-gpo --ring pilot "$@" -o "$W/made/gpo"
    expect 0 as games ringmgr generate pol --ring pilot "$@" -o "$W/made/Registry.pol"
}

# import NAME [OPTION…]: the folder becomes a new GPO, $GPO. Samba warns where it falls back to copying.
import() {
    expect 0 tool gpo restore "$1" "$W/made/gpo" --tmpdir="$W/tmp" "${@:2}"
    GPO=$(grep -o '{[-0-9A-F]*}' <<<"$output")
    [ "$output" = "GPO '$1' created as $GPO" ] && [ -z "$stderr" ] || { echo "$output$stderr" && return 1; }
}

# restore NAME [OPTION…]: the same, for the machines of the OU.
restore() {
    import "$@"
    expect 0 tool gpo setlink "OU=$UNIT,DC=ring,DC=test" "$GPO"
}

# read_as_pc FILE: one of the GPO's, in $W/read, as the machine reads it.
read_as_pc() {
    sysvol "$PC" "get ring.test/Policies/$GPO/$1 $W/read" 2>/dev/null
}

# arrives NAME: the machine has this GPO, which carries registry values, and reads the very Registry.pol.
arrives() {
    expect 0 tool gpo list 'PC01$'
    prints "    $1 $GPO"
    [ "$(ACCOUNT=$PC attribute "$GPO" gPCMachineExtensionNames)" = \
        '[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F72-3407-48AE-BA88-E8213C6761F1}]' ]
    read_as_pc Machine/Registry.pol
    cmp "$W/read" "$W/made/Registry.pol"
}

# values: of the file that was read, as Samba understands it, a line for each: name, type, value.
values() {
    /usr/bin/python3 - "$W/read" <<'PYTHON'
import sys
from samba.dcerpc import preg
from samba.ndr import ndr_unpack
for entry in ndr_unpack(preg.file, open(sys.argv[1], "rb").read()).entries:
    print(entry.valuename, entry.type, entry.data, sep="|")
PYTHON
}

# versions: of the GPO as machines compare it: the directory's, then the file's.
versions() {
    attribute "$GPO" versionNumber
    read_as_pc GPT.INI
    tr -d ' \r' <"$W/read" | sed -n 's/^Version=//p'
}

# publish NUMBER: tells machines of a new version, in the directory and in the file.
publish() {
    directory modify <<LDIF
dn: CN=$GPO,CN=Policies,CN=System,DC=ring,DC=test
changetype: modify
replace: versionNumber
versionNumber: $1
LDIF
    printf '[General]\r\nVersion=%s\r\n' "$1" >"$W/GPT.INI"
    sysvol Administrator%Passw0rd.1 "put $W/GPT.INI ring.test/Policies/$GPO/GPT.INI"
}

@test "restored and linked, the policy comes to the machines of the OU, the very bytes; they cannot change it" {
    make
    restore "Ring Pilot"
    arrives "Ring Pilot"
    expect 1 sysvol "$PC" "put $W/made/gpo/policy.json ring.test/Policies/$GPO/Machine/Registry.pol"
    prints NT_STATUS_ACCESS_DENIED
    run values
    prints 'enableautomaticupdates|4|1' 'updatepath|1|\\files\office-pilot' 'fallbacktocdn|4|0'
    expect 0 tool gpo fetch "$GPO" --tmpdir="$W/fetched"
    cmp "$W/fetched/policy/$GPO/Machine/Registry.pol" "$W/made/Registry.pol"
}

@test "what Samba keeps of the imported GPO is what was written, file by file" {
    make
    import "Ring Pilot kept" --restore-metadata
    expect 0 tool gpo backup "$GPO" --tmpdir="$W/kept"
    cd "$W/kept/policy/$GPO"
    [ "$(find . -type f | sort)" = "$(cd "$W/made/gpo" && find . -type f ! -name policy.json | sort)" ]
    diff <(xmllint --c14n GPT.INI.xml) <(xmllint --c14n "$W/made/gpo/GPT.INI.xml")
    diff <(xmllint --c14n Machine/Registry.pol.xml) <(xmllint --c14n "$W/made/gpo/Machine/Registry.pol.xml")
    cmp Machine/Registry.pol.SAMBABACKUP "$W/made/gpo/Machine/Registry.pol.SAMBABACKUP"
    cmp gPCMachineExtensionNames.SAMBAEXT "$W/made/gpo/gPCMachineExtensionNames.SAMBAEXT"
}

@test "versions: the restored file's is the folder's, the directory's is raised to it, and later both" {
    local version
    make
    restore "Ring Pilot again" --restore-metadata
    version=$(sed -n 's/^Version=\([0-9]*\)\r$/\1/p' "$W/made/gpo/GPT.INI.SAMBABACKUP")
    [ "$version" -ge 1 ]
    [ "$version" -le 65535 ]
    [ "$(versions)" = "0"$'\n'"$version" ]
    publish "$version"
    [ "$(versions)" = "$version"$'\n'"$version" ]
    make --clear-target
    sysvol Administrator%Passw0rd.1 "put $W/made/Registry.pol ring.test/Policies/$GPO/Machine/Registry.pol"
    publish $((version + 1))
    [ "$(versions)" = "$((version + 1))"$'\n'"$((version + 1))" ]
    arrives "Ring Pilot again"
    expect 0 tool gpo show "$GPO"
    prints "version      : $((version + 1))" 'flags        : NONE'
}

@test "a target version and a deadline arrive, and so does their removal" {
    make --target "$NEW" --deadline 2099-12-24T18:00Z
    restore "Ring Pilot held"
    arrives "Ring Pilot held"
    run values
    prints "updatetargetversion|1|$NEW" 'updatedeadline|1|12/24/2099 18:00'
    rm -rf "$W"/{made,tmp}/*
    make --clear-target
    restore "Ring Pilot released"
    arrives "Ring Pilot released"
    run values
    prints '**del.updatetargetversion|1| '
}

@test "names with blanks, umlauts and what XML has for itself survive, whatever the administrator's locale" {
    sed -i '/^unc = .*office-pilot$/s/= .*/= \\\\büro-1\\Office \& Größe/' "$W/ringmgr.conf"
    make
    restore "Büro München & <Pilot>"
    arrives "Büro München & <Pilot>"
    run values
    prints 'updatepath|1|\\büro-1\Office & Größe'
    rm -rf "$W"/tmp/*
    PYTHONUTF8=0 PYTHONCOERCECLOCALE=0 LC_ALL=C import "Ring Pilot in ASCII"
    read_as_pc Machine/Registry.pol
    cmp "$W/read" "$W/made/Registry.pol"
}
