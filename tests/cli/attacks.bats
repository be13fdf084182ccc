#!/usr/bin/env bats
# shellcheck disable=SC2154 # world.bash sets what is used here
# Files that mean harm: whatever upstream, a mirror, a person or another server puts into them, no share is wrong, nothing is
# kept of them, and one sentence names them.

load attacks

@test "cabinets that claim 4 GiB, are parts of a set, or are packed otherwise than they say" {
    local file lie
    for lie in member-bytes cabinet-bytes "set-flags 1" "set-flags 2" folder-type "folder-type 0" "folder-type 15"; do
        for file in v64.cab "$NEW/s640.cab"; do
            sampled 5 || continue
            # shellcheck disable=SC2086 # two words
            lying "$file" $lie
            refused "$file"
        done
    done
}

@test "members that are called ..\\, absolute, nothing at all, twice the same" {
    local lie name first last
    for name in '..\' '../' 'C:\' '\\host\a' / '' $'\n' $'\x1b[2J' $'\xe4'; do
        sampled 5 || continue
        lie="member-name $name"
        lying v64.cab member-name "$name"
        refused v64.cab
        [[ "$stderr" != *[$'\x01'-$'\x1f']* ]]
    done
    first=$(gcab -t -n "$UP/v64.cab" | sort | head -n 1) last=$(gcab -t -n "$UP/v64.cab" | sort | tail -n 1)
    for name in "$first" "${first^^}"; do
        lie="twice $name"
        packed v64.cab --rename "$last=$name"
        refused v64.cab "$name"
    done
}

@test "XML in a cabinet: entities that multiply, entities from elsewhere, attributes without end, depth without end" {
    local lie
    mkdir "$W/xml"
    xml() { # WHAT DECLARATION USE
        sampled 3 || return 0
        lie=$1
        printf '<?xml version="1.0"?>\n%s\n<Version>%s</Version>\n' "$2" "$3" >"$W/xml/VersionDescriptor.xml"
        packed v64.cab --set "VersionDescriptor.xml=$W/xml/VersionDescriptor.xml"
        origin_log_clear
        refused v64.cab
        [[ "$stderr" != *"a secret"* ]] && [ "$(origin_requests entity)" = 0 ]
    }
    local bomb='<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' last=a name
    for name in b c d e f g h i j; do
        bomb+="<!ENTITY $name \"&$last;&$last;&$last;&$last;&$last;&$last;&$last;&$last;&$last;&$last;\">" last=$name
    done
    xml "entity bomb" "$bomb]>" "&$last;"
    xml "quadratic bomb" "<!DOCTYPE x [<!ENTITY a \"$(printf %050000d 0)\">]>" "$(printf '&a;%.0s' {1..2000})"
    xml "external entity" "<!DOCTYPE x [<!ENTITY a SYSTEM \"file://$W/outside/secret\">]>" "&a;"
    xml "external entity by HTTP" "<!DOCTYPE x [<!ENTITY a SYSTEM \"$ORIGIN_URL/entity\">]>" "&a;"
    xml "external document type" "<!DOCTYPE x SYSTEM \"$ORIGIN_URL/entity\">" ""
    xml "parameter entity" "<!DOCTYPE x [<!ENTITY % a SYSTEM \"$ORIGIN_URL/entity\"> %a;]>" ""
    xml "undeclared entity" "" "&a;"
    xml "depth" "" "$(printf '<a>%.0s' {1..5000})"
    { printf '<?xml version="1.0"?><Version' && seq -f ' a%.0f=""' 300000 && echo '/>'; } | tr -d '\n' >"$W/xml/VersionDescriptor.xml"
    lie="300,000 attributes"
    packed v64.cab --set "VersionDescriptor.xml=$W/xml/VersionDescriptor.xml"
    refused v64.cab
}

@test "lint: the same, from anybody" {
    local file=$W/outside/configuration.xml
    bad() { # WHAT
        begin "lint $1"
        expect 8 timeout 20 "$RINGMGR_BIN" lint "$file"
        prints "$file"
        [[ "$output$stderr" != *"a secret"* ]] && [ "$(origin_requests entity)" = 0 ] || return
        withstood
    }
    origin_log_clear
    echo "<!DOCTYPE x [<!ENTITY a SYSTEM \"file://$W/outside/secret\">]><Configuration>&a;</Configuration>" >"$file"
    bad "external entity"
    echo "<!DOCTYPE x SYSTEM \"$ORIGIN_URL/entity\"><Configuration/>" >"$file"
    bad "external document type"
    { printf '<!DOCTYPE x [<!ENTITY a "%050000d">]><Configuration a="' 0 && printf '&a;%.0s' {1..2000} && echo '"/>'; } >"$file"
    bad "quadratic bomb"
    { printf '<Configuration' && seq -f ' a%.0f=""' 300000 && echo '/>'; } | tr -d '\n' >"$file"
    bad "300,000 attributes"
    { printf '<Configuration' && seq -f ' xmlns:a%.0f="u"' 100000 && echo '/>'; } | tr -d '\n' >"$file"
    bad "100,000 namespaces"
    printf '<a>%.0s' {1..100000} >"$file"
    bad "depth"
    truncate -s 17M "$file"
    begin "lint 17 MiB"
    expect 2 "$RINGMGR_BIN" lint "$file" && says "$file" && withstood
}

@test "hashes that were swapped between languages, in cabinets that are signed" {
    local one=$NEW/s641033.cab member
    local good=$W/good/pr/$ORIGIN_GUID/Office/Data
    unfetched() { # FILE…: what an attack before has brought, and proven, would not be fetched again
        local file
        for file in "$@"; do
            rm -f "$(object "$good/$NEW/$file")"
        done
    }
    cp "$UP/$NEW/i641036.cab" "$UP/$NEW/i641033.cab"
    attack "the French installer in the English one's place" 4 ringmgr --quiet sync
    says i641033.cab i641036.hash
    cp "$good/$NEW/i641033.cab" "$UP/$NEW/i641033.cab"
    unfetched stream.x64.en-us.dat
    cp "$UP/$NEW/stream.x64.fr-fr.dat" "$UP/$NEW/stream.x64.en-us.dat"
    attack "the French stream in the English one's place" 4 ringmgr --quiet sync
    says stream.x64.en-us.dat
    cp "$good/$NEW/stream.x64.en-us.dat" "$UP/$NEW/"
    unfetched stream.x64.en-us.dat s641033.cab
    mkdir "$W/one" "$W/other"
    gcab -x -n -C "$W/one" "$UP/$one" && gcab -x -n -C "$W/other" "$UP/$NEW/s641036.cab"
    for member in "$W"/one/stream.*.hash; do
        packed "$one" --set "${member##*/}=$(echo "$W"/other/stream.*.hash | cut -d ' ' -f 1)"
    done
    attack "hash of the French stream for the English one" 4 ringmgr --quiet sync
    says stream.x64.en-us.dat
}
