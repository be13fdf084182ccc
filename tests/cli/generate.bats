#!/usr/bin/env bats
# `generate`: every kind of document of a ring that is published, where it goes, and what others make of it: iconv,
# xmllint, jq, Samba. What is in them to the byte, tests/unit/config knows.

FILES_OF="odt reg pol intune gpp smb.conf nginx"
TEXTS="odt intune gpp smb.conf nginx"
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

# policies [OPTION…]: every form of pilot's policy in $W/made, each called as its kind; but that of LGPO.exe, in which
# nobody knows what the letters of its share would be.
policies() {
    local kind
    for kind in reg pol intune gpp $FOLDERS; do
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
        [ -s "$W/shown" ]
        [ ! -s "$W/said" ]
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

@test "LGPO text says what the other forms do, where the share's name is plain" {
    expect 2 ringmgr generate lgpo --ring pilot -o "$W/made/lgpo"
    complains
    says "updatepath has letters beyond ASCII" '`generate pol`'
    [ ! -e "$W/made/lgpo" ]
    sed -i 's/büro-1.*/files\\office-pilot/' "$W/ringmgr.conf"
    policies --target "$NEW" --deadline 2099-12-24T18:00Z
    expect 0 as games ringmgr generate lgpo --ring pilot --target "$NEW" --deadline 2099-12-24T18:00Z -o "$W/made/lgpo"
    [[ "$stderr" =~ "until \`ringmgr pins --clear "[0-9]+" --reason TEXT\`" ]]
    expect 0 /usr/bin/python3 "$BATS_TEST_DIRNAME/forms.py" "$W/made"
    prints 'officeupdate|updatepath|\\files\office-pilot' '|officemgmtcom|0'
    ringmgr generate lgpo --ring pilot | tee "$W/shown" | cmp - <(ringmgr generate lgpo --ring pilot -o -)
    expect 0 ringmgr --json generate lgpo --ring pilot
    jq -j .document <<<"$output" | cmp - "$W/shown"
}

@test "generate odt: languages that are asked for, a folder to install from, a machine before the first build" {
    sed -i 's/^languages = .*/languages = fr-fr, en-us/' "$W/ringmgr.conf"
    expect 2 ringmgr generate odt --ring pilot --lang de-de
    says 'does not offer language "de-de": it offers en-us'
    expect 2 ringmgr generate odt --ring pilot --lang ,
    says "names no language"
    expect 0 ringmgr generate odt --ring pilot --lang EN-US --source 'E:\Office'
    prints '<Add SourcePath="E:\Office" ' '<Language ID="en-us"/>'
    [ "$(xmllint --xpath 'string(//Updates/@UpdatePath)' - <<<"$output")" = '\\büro-1\Office & Größe' ]
    expect 2 ringmgr generate odt --ring pilot --add-on --product LanguagePack --source 'E:\Office'
    says "--source does not go with --add-on"
    expect 2 ringmgr generate odt --ring pilot --source Office
    says "is no folder to install from"
    expect 2 ringmgr generate odt --ring production
    says "ringmgr promote production"
    expect 0 ringmgr generate odt --ring production --existing --display none
    prints 'UpdatePath="\\files\office"' '<Display Level="None"'
}

@test "Samba imports the .reg file, and reads back what was meant; the next one takes the target away" {
    policies --target "$NEW" --deadline "3 days" # Samba imports nothing where a value to be removed is missing
    iconv -f UTF-16LE -t UTF-8 "$W/made/reg" >"$W/decoded"
    registry import "$W/made/reg"
    has enableautomaticupdates 1
    has updatepath '\\büro-1\Office & Größe'
    has updatetargetversion "$NEW"
    policies --clear-target
    registry import "$W/made/reg"
    lacks updatetargetversion
    lacks updatedeadline
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

@test "who may not decide about the ring may not pin it, and who pins is recorded" {
    expect 3 as proxy ringmgr generate reg --ring production --target "$NEW" -o "$W/made/x.reg"
    says "is no approver"
    expect 3 ringmgr generate odt --ring pilot --pin "$NEW" -o "$W/made/x.xml"
    says "root"
    expect 0 ringmgr pins
    prints "no target version is handed out"
    [ ! -e "$W/made/x.reg" ]
    expect 0 as games ringmgr generate odt --ring pilot --pin "$NEW" -o "$W/made/x.xml"
    grep -q "TargetVersion=\"$NEW\"" "$W/made/x.xml"
    expect 0 ringmgr pins
    prints "$NEW" "handed out by games" "(odt)"
}

@test "a download pins nothing" {
    expect 0 as games ringmgr generate odt --ring pilot --download 'E:\media' --pin "$NEW" -o "$W/made/x.xml"
    expect 0 ringmgr pins
    prints "no target version is handed out"
}

@test "no machine is held at a build that is blocked, or that does not stand on the share" {
    expect 0 as games ringmgr block "$NEW" --reason "it crashes"
    expect 3 as games ringmgr generate reg --ring pilot --target "$NEW" -o "$W/made/x.reg"
    says "$NEW is blocked"
    expect 2 as games ringmgr generate reg --ring pilot --target 16.0.20000.20000 -o "$W/made/x.reg"
    says "does not stand on the share"
    [ ! -e "$W/made/x.reg" ]
}

@test "a pin whose document could not be written is named" {
    install -d -m 0755 "$W/roots"
    expect 1 as games ringmgr generate reg --ring pilot --target "$NEW" -o "$W/roots/x.reg"
    says "the pin is recorded" "its document is not written"
    expect 0 ringmgr pins
    prints "$NEW"
}

@test "documents go nowhere into what is ringmgr's own" {
    local before place
    before=$(sha256sum "$W/share/pilot/Office/Data/v64.cab" "$W/log/head")
    for place in "$W/share/pilot/Office/Data/v64.cab" "$W/share/pilot/x" "$W/store/x" "$W/state/ringmgr.db" "$W/log/head" \
        "$W/share/pilot/../pilot/x"; do
        expect 2 ringmgr generate lgpo --ring pilot -o "$place"
        complains
        says "ringmgr's own"
    done
    ln -s "$W/share/pilot/Office" "$W/made/link"
    expect 2 ringmgr generate samba-gpo --ring pilot -o "$W/made/link/gpo"
    says "ringmgr's own"
    [ ! -e "$W/share/pilot/Office/gpo" ] || [ -z "$(ls -A "$W/share/pilot/Office/gpo")" ]
    [ "$before" = "$(sha256sum "$W/share/pilot/Office/Data/v64.cab" "$W/log/head")" ]
    expect 0 ringmgr verify
}

@test "a folder that holds anything else is left alone" {
    expect 0 ringmgr generate gpo-backup --ring pilot -o "$W/made/gpo"
    local before
    before=$(cat "$W/made/gpo/manifest.xml")
    expect 0 ringmgr generate gpo-backup --ring pilot -o "$W/made/gpo/"
    expect 2 ringmgr generate gpo-backup --ring production -o "$W/made/gpo"
    says "name an empty folder"
    [ "$before" = "$(cat "$W/made/gpo/manifest.xml")" ]
}

@test "a folder whose files only have our names is left alone" {
    local file folder=$W/made/samba
    expect 0 ringmgr generate samba-gpo --ring pilot -o "$folder"
    expect 0 ringmgr generate samba-gpo --ring pilot --clear-target -o "$folder"
    for file in policy.json GPT.INI.SAMBABACKUP GPT.INI.xml gPCMachineExtensionNames.SAMBAEXT Machine/Registry.pol.SAMBABACKUP \
        Machine/Registry.pol.xml; do
        mv "$folder/$file" "$W/ours"
        echo mine >"$folder/$file"
        expect 2 ringmgr generate samba-gpo --ring pilot -o "$folder"
        says "holds $file already, and it is no older document of this kind: name an empty folder"
        [ "$(cat "$folder/$file")" = mine ]
        mv "$W/ours" "$folder/$file"
    done
}

@test "another ring's share is no site's, no source and no place for a download" {
    expect 2 ringmgr generate gpp --ring production --site 'Oslo=\\büro-1\Office & Größe' -o "$W/made/x"
    says "share of ring pilot"
    expect 2 ringmgr generate gpp --ring production --site 'Oslo=\\files' -o "$W/made/x"
    expect 2 ringmgr generate odt --ring pilot --download '\\BüRO-1\Office & Größe\sub' -o "$W/made/x"
    says "share of ring pilot"
    expect 2 ringmgr generate odt --ring pilot --source '\\files\office' -o "$W/made/x"
    says "share of ring production"
}

@test "taking a target back takes its deadline along" {
    ringmgr generate reg --ring pilot --clear-target >"$W/clear.reg" 2>"$W/said"
    iconv -f UTF-16LE -t UTF-8 "$W/clear.reg" | tr -d '\r' >"$W/clear.txt"
    grep -qx '"updatetargetversion"=-' "$W/clear.txt"
    grep -qx '"updatedeadline"=-' "$W/clear.txt"
}

@test "policies and sections of servers need no build and no state" {
    rm -rf "$W/state" "$W/empty"
    install -d -o backup "$W/state"
    expect 0 ringmgr generate lgpo --ring production -o -
    prints 'SZ:\\files\office'
    expect 0 ringmgr generate nginx --ring all -o -
    expect 0 ringmgr generate odt --ring production --existing -o -
    expect 2 ringmgr generate odt --ring production -o -
    says "offers no build yet"
}
