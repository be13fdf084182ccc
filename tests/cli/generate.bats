#!/usr/bin/env bats
# `generate`: every kind of document of a ring that is published, where it goes, and what others make of it: iconv,
# xmllint, jq, Samba. What is in them to the byte, tests/unit/config knows.

FILES_OF="odt reg pol lgpo intune gpp smb.conf nginx"
TEXTS="odt lgpo intune gpp smb.conf nginx"
FOLDERS="gpo-backup samba-gpo"

setup_file() {
    load world
    world_file
}

setup() {
    load world
    need iconv xmllint net
    /usr/bin/python3 -c "import samba.dcerpc.preg" 2>/dev/null || missing "python3-samba"
    world_make
    sed -i '/^unc = .*office-pilot$/s/= .*/= \\\\büro-1\\Office \& Größe/' "$W/ringmgr.conf"
    offer "$NEW"
    expect 0 ringmgr sync
    RINGMGR_TEST_NOW=$(date +%s)
    export RINGMGR_TEST_NOW
    mkdir -m 0777 "$W/made"
    key='HKLM\software\policies\microsoft\office\16.0\common\officeupdate'
}

teardown() {
    world_end
}

# policies [OPTION…]: every form of pilot's policy in $W/made, each called as its kind.
policies() {
    local kind
    for kind in reg pol lgpo intune gpp $FOLDERS; do
        expect 0 as games ringmgr generate $kind --ring pilot "$@" -o "$W/made/$kind"
    done
}

# registry COMMAND…: Samba's, one of this test alone.
registry() {
    mkdir -p "$W/samba"
    printf '%s\n' "[global]" "unix charset = UTF-8" "private dir = $W/samba" "state directory = $W/samba" \
        "lock directory = $W/samba" "cache directory = $W/samba" "pid directory = $W/samba" >"$W/samba/own.conf"
    LC_ALL=C.UTF-8 net -s "$W/samba/own.conf" registry "$@" 2>"$W/samba/errors"
}

# has NAME VALUE / lacks NAME: in the key of the policies.
has() {
    [ "$(registry getvalueraw "$key" "$1")" = "$2" ]
}

lacks() {
    run registry getvalueraw "$key" "$1"
    [ "$status" -ne 0 ]
}

@test "a file goes to standard output and to -o FILE, the same bytes" {
    local kind
    for kind in $FILES_OF; do
        ringmgr generate $kind --ring pilot >"$W/shown" 2>"$W/said"
        ringmgr generate $kind --ring pilot -o - >"$W/dash" 2>>"$W/said"
        ringmgr generate $kind --ring pilot -o "$W/made/$kind" >>"$W/said" 2>&1
        [ -s "$W/shown" ] && [ ! -s "$W/said" ]
        cmp "$W/shown" "$W/dash"
        cmp "$W/shown" "$W/made/$kind"
    done
}

@test "--json has a text, and of every file its size and SHA-256" {
    local kind
    for kind in $TEXTS; do
        expect 0 ringmgr --json generate $kind --ring pilot
        json ".kind == \"$kind\" and .ring == \"pilot\" and (.files | length) == 1"
        jq -j .document <<<"$output" >"$W/document"
        [ "$(sha256sum <"$W/document")" = "$(jq -r '.files[0].sha256' <<<"$output")  -" ]
        ringmgr generate $kind --ring pilot | cmp - "$W/document"
    done
    for kind in reg pol; do
        expect 0 ringmgr --json generate $kind --ring pilot -o "$W/made/$kind"
        json ".files[0].bytes == $(stat -c %s "$W/made/$kind") and (has(\"document\") | not)"
        [ "$(sha256sum <"$W/made/$kind")" = "$(jq -r '.files[0].sha256' <<<"$output")  -" ]
    done
}

@test "a folder needs -o DIR, and --json lists its files" {
    local kind
    for kind in $FOLDERS; do
        expect 2 ringmgr generate $kind --ring pilot
        complains
        says "name it with -o DIR"
        expect 0 ringmgr --json generate $kind --ring pilot -o "$W/made/$kind"
        (cd "$W/made/$kind" && find . -type f -printf '%P\n' | LC_ALL=C sort) >"$W/there"
        jq -r '.files[].path' <<<"$output" | LC_ALL=C sort | diff - "$W/there"
        jq -r '.files[] | .sha256 + "  " + .path' <<<"$output" | (cd "$W/made/$kind" && sha256sum --quiet -c -)
    done
}

@test "the same ring at the same time gives the same bytes, another ring others" {
    policies
    mv "$W/made" "$W/before"
    mkdir -m 0777 "$W/made"
    policies
    diff -r "$W/before" "$W/made"
    policies
    diff -r "$W/before" "$W/made"
    expect 0 ringmgr generate gpo-backup --ring production -o "$W/made/production"
    [ "$(cd "$W/made/production" && echo {*)" != "$(cd "$W/made/gpo-backup" && echo {*)" ]
}

@test "every form of the policy says the same, and Samba writes the very Registry.pol again" {
    policies
    expect 0 /usr/bin/python3 "$BATS_TEST_DIRNAME/forms.py" "$W/made"
    prints 'officeupdate|enableautomaticupdates|1' 'officeupdate|updatepath|\\büro-1\Office & Größe' '|fallbacktocdn|0'
    policies --target "$NEW" --deadline 2099-12-24T18:00Z
    expect 0 /usr/bin/python3 "$BATS_TEST_DIRNAME/forms.py" "$W/made"
    prints "|updatetargetversion|$NEW" '|updatedeadline|12/24/2099 18:00'
    policies --clear-target
    expect 0 /usr/bin/python3 "$BATS_TEST_DIRNAME/forms.py" "$W/made"
    prints '|updatetargetversion|None'
}

@test "Samba imports the .reg file, and reads back what was meant; the next one takes the target away" {
    policies --target "$NEW"
    iconv -f UTF-16LE -t UTF-8 "$W/made/reg" >"$W/decoded"
    registry import "$W/made/reg"
    has enableautomaticupdates 1
    has updatepath '\\büro-1\Office & Größe'
    has updatetargetversion "$NEW"
    policies --clear-target
    registry import "$W/made/reg"
    lacks updatetargetversion
    has updatepath '\\büro-1\Office & Größe'
}

@test "XML is well-formed, and the GPO's backup has the Registry.pol" {
    local file count=0
    policies
    ringmgr generate odt --ring pilot -o "$W/made/odt"
    ringmgr generate gpp --ring pilot --site 'Büro & Labor=\\büro-2\Office & Größe' -o "$W/made/gpp-site"
    while read -r file; do
        xmllint --noout "$file"
        count=$((count + 1))
    done < <(find "$W/made" -name '*.xml' -o -name odt -o -name 'gpp*' -type f)
    [ "$count" -eq 8 ]
    [ "$(xmllint --xpath 'string(/Configuration/Updates/@UpdatePath)' "$W/made/odt")" = '\\büro-1\Office & Größe' ]
    [ "$(xmllint --xpath 'string(//FilterSite/@name)' "$W/made/gpp-site")" = 'Büro & Labor' ]
    cmp "$W/made/pol" "$W"/made/gpo-backup/{*/DomainSysvol/GPO/Machine/registry.pol
}

@test "Intune's profile is JSON, and each of its values XML" {
    local value
    policies --target "$NEW"
    output=$(cat "$W/made/intune")
    json '."@odata.type" == "#microsoft.graph.windows10CustomConfiguration" and (.omaSettings | length) >= 3'
    json 'all(.omaSettings[]; .omaUri | startswith("./Device/Vendor/MSFT/Policy/Config/office16v2~Policy~L_MicrosoftOfficemachine~L_Updates/"))'
    json 'any(.omaSettings[].value; contains("value=\"\($new)\""))'
    json 'all(.omaSettings[].value; test("^<(enabled|disabled)/>(<data id=\"[A-Za-z_]+\" value=\"[^\"]*\"/>)*$"))'
    while read -r value; do
        xmllint --noout - <<<"<value>$value</value>"
    done < <(jq -r '.omaSettings[].value' "$W/made/intune")
}
