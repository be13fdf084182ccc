#!/usr/bin/env bats
# configuration.xml as others read it: xmllint parses every golden one.
# The files are those that tests/unit/config holds the writer to, byte for byte.

setup() {
    load ../helper
    golden=$RINGMGR_TOP/tests/golden/odt
}

# xpath FILE EXPRESSION
xpath() {
    xmllint --xpath "$2" "$golden/$1.xml"
}

@test "every configuration.xml is well-formed" {
    need xmllint
    local file count=0
    for file in "$golden"/*.xml; do
        xmllint --noout --nonet "$file"
        [ "$(xmllint --xpath 'name(/*)' "$file")" = Configuration ]
        count=$((count + 1))
    done
    [ "$count" -ge 14 ]
}

@test "no document brings a machine a build from the CDN, or an update from elsewhere than the share" {
    need xmllint
    local file
    for file in "$golden"/*.xml; do
        [ "$(xmllint --xpath 'count(//Add[not(@AllowCdnFallback="FALSE")])' "$file")" = 0 ]
        [ "$(xmllint --xpath 'count(//Updates[not(starts-with(@UpdatePath, "\\"))])' "$file")" = 0 ]
        [ "$(xmllint --xpath 'count(//Updates) + count(//Add/@DownloadPath)' "$file")" = 1 ]
    done
}

@test "odd characters come out of the attributes as they went in" {
    need xmllint
    [ "$(xpath deploy 'string(//Setup[@Name="Company"]/@Value)')" = 'Büro <&> "Co"' ]
    [ "$(xpath full 'string(/Configuration/Add/@SourcePath)')" = '\\files\office & co\pilot' ]
}
