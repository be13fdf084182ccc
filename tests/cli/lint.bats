#!/usr/bin/env bats
# lint through the real program: what it says of documents that somebody has, alone and held against a ring.

key='HKEY_LOCAL_MACHINE\software\policies\microsoft\office\16.0\common\officeupdate'
share='\\\\files\\office-pilot' # as a .reg file writes it

setup_file() {
    load world
    need iconv jq
    world_file
}

setup() {
    load world
    W=$BATS_TEST_TMPDIR/w
    mkdir "$W"
}

teardown() {
    world_end
}

# lint ARGUMENT…: on a machine where ringmgr is not configured.
lint() {
    "$RINGMGR_BIN" -c "$W/none" lint "$@"
}

# a_ring: pilot, with the newer build on its share.
a_ring() {
    world_make
    expect 0 ringmgr sync
}

# reg FILE LINE…: a .reg file whose lines below the key are these; the first of them is line 4.
reg() {
    { printf '\xff\xfe' && printf '%s\r\n' 'Windows Registry Editor Version 5.00' '' "[$key]" "${@:2}" '' |
        iconv -f UTF-8 -t UTF-16LE; } >"$1"
}

# finds FILE LINE SEVERITY CODE: a line on stdout says so of this file.
finds() {
    grep -Fq "$1:$2: $3: " <<<"$output" && grep -F "$1:$2: $3: " <<<"$output" | grep -q " \[$4\]$" && return
    printf 'no %s [%s] on line %s in\n%s\n' "$3" "$4" "$2" "$output"
    return 1
}

@test "a file that is right has nothing found, and needs no configuration" {
    reg "$W/right.reg" '"enableautomaticupdates"=dword:00000001' "\"updatepath\"=\"$share\""
    expect 0 lint "$W/right.reg"
    [ "$output" = "$W/right.reg: nothing found" ]
    [ "$stderr" = "" ]
    cp "$W/right.reg" "$W/"$'\e]0;x\a.reg' # lint *.reg, where somebody else chooses names
    expect 0 lint "$W/"*x?.reg
    [ "$output" = "$W/?]0;x?.reg: nothing found" ]
}

@test "each fault is a line: file, line, severity, what is wrong, code; errors end with 8" {
    reg "$W/bad.reg" '"enableautomaticupdates"=dword:00000000' '"updatepath"="Z:\\office"' \
        '"updatedeadline"="31/12/2026 18:00"' '"updatepaht"="x"'
    expect 8 lint "$W/bad.reg"
    [ "${#lines[@]}" = 4 ]
    finds "$W/bad.reg" 4 warning updates-off
    finds "$W/bad.reg" 5 error mapped-drive
    finds "$W/bad.reg" 6 error bad-deadline
    finds "$W/bad.reg" 7 warning unknown-value
    [ "$stderr" = "" ]
}

@test "warnings and notes alone end with 0" {
    reg "$W/odd.reg" '"updatebranch"="Current"' "\"updatepath\"=\"$share\"" \
        '"updatetargetversion"="16.0.20326.20100"'
    expect 0 lint "$W/odd.reg"
    [ "${#lines[@]}" = 2 ]
    finds "$W/odd.reg" 4 warning dead-weight
    finds "$W/odd.reg" 6 note target-version
}

@test "a deadline is held against the clock" {
    reg "$W/deadline.reg" '"updatedeadline"="08/22/2026 18:00"'
    RINGMGR_TEST_NOW=1787421599 expect 0 lint "$W/deadline.reg"
    prints "nothing found"
    RINGMGR_TEST_NOW=1787421600 expect 0 lint "$W/deadline.reg"
    finds "$W/deadline.reg" 4 warning past-deadline
}

@test "a configuration.xml is known by its content, and its faults by their lines" {
    printf '%s\n' '<Configuration>' '  <Updates Enabled="TRUE"' '    UpdatePath="\\files\office\Office\Data" />' \
        '</Configuration>' >"$W/some.file"
    expect 8 lint "$W/some.file"
    finds "$W/some.file" 3 error office-data
}

@test "several files: each is judged, and one with errors is enough for 8" {
    reg "$W/right.reg" "\"updatepath\"=\"$share\""
    reg "$W/bad.reg" '"updatepath"=dword:00000001'
    expect 8 lint "$W/right.reg" "$W/bad.reg" "$W/right.reg"
    [ "${lines[0]}" = "$W/right.reg: nothing found" ]
    finds "$W/bad.reg" 4 error wrong-type
    [ "${lines[2]}" = "$W/right.reg: nothing found" ]
}

@test "--json: a document with each file and its findings" {
    reg "$W/right.reg" "\"updatepath\"=\"$share\""
    reg "$W/bad.reg" '"updatepath"="\\files\\office"' '"onlinerepair"=dword:00000001' '"fallbacktocdn"=dword:00000001'
    expect 8 lint --json "$W/right.reg" "$W/bad.reg"
    json '.schema == 1 and has("ringmgr") and has("host") and has("now")'
    json '[.files[].findings | length] == [0, 2]'
    json '.files[0].file | endswith("/right.reg")'
    json '.files[1].findings[0] | .line == 4 and .severity == "error" and .code == "one-backslash" and
        (.text | test("backslash"))'
    json '.files[1].findings[1] | .line == 6 and .severity == "note" and .code == "cdn-fallback"'
    expect 0 lint --json "$W/right.reg"
    json '.files == [{"file": .files[0].file, "findings": []}]'
}

@test "a file that cannot be read is a matter of usage, and the others are looked at all the same" {
    reg "$W/right.reg" "\"updatepath\"=\"$share\""
    mkdir "$W/folder"
    for name in absent folder; do
        expect 2 lint "$W/$name" "$W/right.reg"
        says "$W/$name"
        prints "$W/right.reg: nothing found"
    done
    expect 2 lint
    complains
}

@test "what is no document at all is an error of that file" {
    : >"$W/empty"
    head -c 4096 /dev/zero >"$W/zeros"
    printf 'PReg\x01\x00\x00\x00[' >"$W/cut.pol"
    for name in empty zeros cut.pol; do
        expect 8 lint "$W/$name"
        prints "$W/$name:" ": error: "
        [ "$stderr" = "" ]
    done
}

@test "a file of another kind is called what it is" {
    printf '{"a": 1}\n' >"$W/a.json"
    printf '[global]\n\tworkgroup = X\n' >"$W/smb.conf"
    printf '<RegistrySettings clsid="{A3CCFC41-DFDB-43a5-8D26-0FE8B954DA51}" />\n' >"$W/Registry.xml"
    printf '<Configuration><Info Description="a & b" /></Configuration>\n' >"$W/and.xml"
    expect 8 lint "$W/a.json" "$W/smb.conf" "$W/Registry.xml" "$W/and.xml"
    [ "$(grep -c 'this is none of them' <<<"$output")" = 2 ]
    finds "$W/a.json" 1 error not-xml
    finds "$W/Registry.xml" 1 error wrong-root
    prints "Group Policy Preferences" "write &amp;"
}

@test "what is generated for a ring has no fault, and every fault when it is held against another" {
    a_ring
    ringmgr generate odt --ring pilot -o "$W/log/configuration.xml"
    ringmgr generate reg --ring pilot -o "$W/log/ring.reg"
    ringmgr generate pol --ring pilot -o "$W/log/Registry.pol"
    expect 0 ringmgr lint --ring pilot "$W/log/configuration.xml" "$W/log/ring.reg" "$W/log/Registry.pol"
    [ "$(grep -c ': nothing found$' <<<"$output")" = 3 ]
    for name in configuration.xml ring.reg Registry.pol; do
        expect 8 ringmgr --json lint --ring production "$W/log/$name"
        json '.files[0].findings | any(.code == "not-the-ring" and .severity == "error" and
            (.text | contains("office-pilot") and contains("production")))'
    done
    expect 8 ringmgr lint --ring production "$W/log/Registry.pol"
    finds "$W/log/Registry.pol" 2 error not-the-ring
}

@test "a target version must stand on the ring's share" {
    a_ring
    reg "$W/held.reg" "\"updatetargetversion\"=\"$NEW\""
    expect 0 ringmgr lint --ring pilot "$W/held.reg"
    finds "$W/held.reg" 4 note target-version
    reg "$W/stale.reg" "\"updatetargetversion\"=\"$OLD\""
    expect 8 ringmgr lint --ring pilot "$W/stale.reg"
    finds "$W/stale.reg" 4 error not-on-share
    prints "$NEW"
    expect 8 ringmgr lint --ring production "$W/held.reg"
    finds "$W/held.reg" 4 error not-on-share
}

@test "the channel is the ring's, and updates stay on" {
    a_ring
    reg "$W/off.reg" '"enableautomaticupdates"=dword:00000000' '"updatebranch"="Current"'
    expect 8 ringmgr lint --ring pilot "$W/off.reg"
    finds "$W/off.reg" 4 error updates-off
    finds "$W/off.reg" 5 error other-channel
    expect 0 lint "$W/off.reg"
}

@test "a ring needs a configuration that knows it" {
    a_ring
    reg "$W/right.reg" "\"updatepath\"=\"$share\""
    expect 2 ringmgr lint --ring nowhere "$W/right.reg"
    complains
    says "nowhere"
    expect 2 lint --ring pilot "$W/right.reg"
    complains
}

@test "lint changes nothing" {
    a_ring
    reg "$W/right.reg" "\"updatepath\"=\"$share\""
    still >"$W/before"
    sha256sum "$W/right.reg" >"$W/sums"
    expect 0 ringmgr lint --ring pilot "$W/right.reg"
    still | diff "$W/before" -
    sha256sum --check --status "$W/sums"
}

@test "standard input may be a pipe" {
    reg "$W/right.reg" "\"updatepath\"=\"$share\""
    cat "$W/right.reg" | "$RINGMGR_BIN" lint - >"$W/said"
    grep -qx -- '-: nothing found' "$W/said"
}

@test "through sudo a file is read with the rights of the person" {
    reg "$W/secret.reg" "\"updatepath\"=\"$share\""
    chmod 600 "$W/secret.reg"
    expect 2 as games lint "$W/secret.reg"
    says "Permission denied"
    expect 0 lint "$W/secret.reg"
}
