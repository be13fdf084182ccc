#!/usr/bin/env bats
# The simulator of a machine: what it would do with a share as it is on disk.

setup_file() {
    load world
    world_file
}

setup() {
    load world
    world_make
}

teardown() {
    world_end
}

# client RING HAVE [OPTION…]: as JSON; en-us and x64 unless the options say otherwise.
client() {
    local ring=$1 have=$2 arch=x64 lang=en-us
    shift 2
    [[ " $* " == *" --arch "* ]] || set -- --arch $arch "$@"
    [[ " $* " == *" --lang "* ]] || set -- --lang $lang "$@"
    ringmgr --json client "$ring" --have "$have" "$@"
}

# both: pilot has had the older build and has the newer one.
both() {
    offer "$OLD"
    expect 0 ringmgr sync
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    [ "$(live pilot)" = "$NEW" ]
}

# missing_segments CAB… -- CAB…: bytes of the segments of the first cabinets whose value those behind lack, as testcdn
# reads the tables.
missing_segments() {
    local cab which=wanted
    for cab in "$@"; do
        [ "$cab" = -- ] && which=had && continue
        "$TESTCDN" tables "$cab" | sed "s/^/$which\t/"
    done | awk -F '\t' '$1 == "had" { had[$6] = 1 } $1 == "wanted" { n++; value[n] = $6; bytes[n] = $3 - $2 }
        END { for (i = 1; i <= n; i++) if (!(value[i] in had)) sum += bytes[i]; print sum + 0 }'
}

# bytes_between OLD NEW FILE…: what a machine fetches, by the origin's files; streams by their segments.
bytes_between() {
    local from=$1 to=$2 file sum=0 wanted=() had=()
    shift 2
    for file in "$@"; do
        case $file in
        *.dat) ;;
        *) cmp -s "$UP/$from/$file" "$UP/$to/$file" || sum=$((sum + $(stat -c %s "$UP/$to/$file"))) ;;
        esac
        case $file in
        s*.cab) wanted+=("$UP/$to/$file") had+=("$UP/$from/$file") ;;
        esac
    done
    echo $((sum + $(missing_segments "${wanted[@]}" -- "${had[@]}")))
}

# size_of BUILD FILE…: of whole files.
size_of() {
    local build=$1 file sum=0
    shift
    for file in "$@"; do
        sum=$((sum + $(stat -c %s "$UP/$build/$file")))
    done
    echo $sum
}

# at DAYS [SECONDS]: from now on it is so many days later than when the test began.
at() {
    : "${BEGAN:=$(date -u +%s)}"
    export RINGMGR_TEST_NOW=$((BEGAN + $1 * 86400 + ${2:-0}))
}

# puts BUILD CHANNEL: somebody copies the descriptor of a build of that channel over pilot's pointer.
puts() {
    local guid=$ORIGIN_GUID
    [ "$2" = Current ] && guid=492350f6-3a01-4f97-b9c0-c7c6ddf67d60
    rm -f "$(data pilot)/v64.cab"
    cp "$O/www/pr/$guid/Office/Data/v64_$1.cab" "$(data pilot)/v64.cab"
}

@test "a newer build is taken, and only segments that the machine lacks are fetched: the bytes are exact" {
    both
    expect 0 client pilot "$OLD"
    json '.outcome == "update" and .build == $new and .missing == [] and .bytes_exact and (.foreign | not)'
    json '.have == $old and .channel == "MonthlyEnterprise" and .have_channel == "MonthlyEnterprise"'
    json ".bytes == $(bytes_between "$OLD" "$NEW" $FILES)"
    json ".bytes < $(size_of "$NEW" $FILES)"
    expect 0 ringmgr client pilot --have "$OLD" --arch x64 --lang en-us
    prints "update: updates from $OLD to $NEW: it fetches "
}

@test "a second language is fetched too, in one list or in two options" {
    local french="$FILES i641036.cab s641036.cab stream.x64.fr-fr.dat stream.x64.fr-fr.dat.cat"
    CONTENT="languages = en-us, fr-fr" config
    both
    expect 0 client pilot "$OLD" --lang en-us,fr-fr
    json ".bytes == $(bytes_between "$OLD" "$NEW" $french)"
    expect 0 client pilot "$OLD" --lang fr-FR --lang en-us
    json ".bytes == $(bytes_between "$OLD" "$NEW" $french)"
}

@test "from a build that nobody knows all bytes count, as a bound" {
    both
    expect 0 client pilot 16.0.19000.20000
    json '.outcome == "update" and (.bytes_exact | not)'
    json ".bytes == $(size_of "$NEW" $FILES)"
    expect 0 ringmgr client pilot --have 19000.20000 --arch x64 --lang en-us
    prints "it fetches at most "
}

@test "a machine of either architecture finds its own files, and the installers that are 64-bit" {
    local both=16.0.20300.20100 file
    origin_build "$O" $both --lang en-us --arch x64,x86
    CONTENT=$'languages = en-us\narchitectures = x64, x86' config
    origin_pointer "$O" $both --arch x64,x86 --signed-at 2026-09-02
    origin_history "$O" --signed-at 2026-09-02 <<<"$ORIGIN_CHANNEL 2607 $both 2026-08-11T17:15:41Z latest"
    expect 0 ringmgr sync
    expect 0 client pilot "$OLD" --arch x86
    json ".outcome == \"update\" and .build == \"$both\" and .descriptor == \"v32.cab\""
    rm "$(data pilot)/$both/stream.x64.x-none.dat"
    expect 8 client pilot "$OLD" --arch x64
    json ".outcome == \"fail\" and .missing == [\"$both/stream.x64.x-none.dat\"]"
    expect 0 client pilot "$OLD" --arch x86
    rm "$(data pilot)/$both/i640.cab"
    expect 8 client pilot "$OLD" --arch x86
    json ".outcome == \"fail\" and .missing == [\"$both/i640.cab\"]"
}

@test "one file that is not there fails the whole update, and is named" {
    both
    rm "$(data pilot)/$NEW/stream.x64.en-us.dat"
    expect 8 client pilot "$OLD"
    json '.outcome == "fail" and .build == $new and .bytes == 0 and .missing == [$new + "/stream.x64.en-us.dat"]'
    expect 8 ringmgr client pilot --have "$OLD" --arch x64 --lang en-us
    prints "fail: the update to $NEW fails: $NEW/stream.x64.en-us.dat is missing"
    [ -z "$stderr" ]
    expect 4 ringmgr verify pilot --quick
    expect 0 ringmgr verify pilot --repair
    expect 0 client pilot "$OLD"
}

@test "a file that is cut short, or is a link, is none" {
    local folder
    both
    folder=$(data pilot)/$NEW
    rm "$folder/s640.cab" "$folder/i641033.cab"
    echo short >"$folder/s640.cab"
    ln -s i640.cab "$folder/i641033.cab"
    expect 8 client pilot "$OLD"
    json '.missing | sort == [$new + "/i641033.cab", $new + "/s640.cab"]'
}

@test "a language or an architecture that the ring does not offer fails the whole update" {
    both
    expect 8 client pilot "$OLD" --lang en-us,fr-fr
    json '.outcome == "fail" and .missing == [$new + "/s641036.cab", $new + "/i641036.cab", $new + "/stream.x64.fr-fr.dat"]'
    json '.text | contains("fr-fr is not among the languages of pilot")'
    expect 8 client pilot "$OLD" --arch x86
    json '.outcome == "fail" and .build == null and .missing == ["v32.cab"]'
    json '.text | contains("pilot offers nothing for x86")'
}

@test "the same build is nothing, and nothing is known to come" {
    both
    expect 0 client pilot "$NEW"
    json '.outcome == "nothing" and .build == $new and .bytes == 0 and .forecast == null'
    expect 0 ringmgr client pilot --have "$NEW" --arch x64 --lang en-us
    prints "nothing: $NEW is what it has: nothing until pilot offers a newer build; none is on its way"
}

@test "a share that offers nothing yet is nothing" {
    expect 0 ringmgr sync --dry-run
    expect 0 client production "$OLD"
    json '.outcome == "nothing" and .build == null and (.text | contains("the share offers nothing yet"))'
}

@test "nothing until production offers it, on a date: soak, and the decisions that are missing" {
    local day
    PRODUCTION="soak = 14 days" config
    at 0
    offer "$OLD"
    expect 0 ringmgr sync
    at 15
    expect 0 as games ringmgr approve production "$OLD" --reason fine
    expect 0 as news ringmgr promote production --yes
    offer "$NEW" 2026-09-02
    expect 0 ringmgr sync
    day=$(date -u -d @$((RINGMGR_TEST_NOW + 14 * 86400)) +%F)
    at 18
    expect 0 client production "$OLD"
    json '.outcome == "nothing" and .build == $old and .forecast.build == $new and .forecast.ring == "production"'
    json ".forecast.decision and (.forecast.at | startswith(\"$day\"))"
    json '.forecast.waits_for | contains("14 days of soak")'
    expect 0 ringmgr client production --have "$NEW" --arch x64 --lang en-us
    prints "nothing: $OLD is older than what it has, and takes no machine back:" \
        "nothing until production offers >= $NEW, on $day at the earliest"
    expect 0 client pilot "$OLD"
    json '.outcome == "update"'
}

@test "a build that has yet to enter the ring above counts both soaks" {
    local day
    PRODUCTION="soak = 3 days" MORE="[ring late]
channel = $ORIGIN_CHANNEL
source = production
soak = 7 days
publish = auto
settle = 0h
path = $W/share/late" config
    install -d -o backup "$W/share/late"
    at 0
    offer "$OLD"
    expect 0 ringmgr sync
    expect 0 client late "$NEW"
    json '.outcome == "nothing" and .forecast == null'
    expect 0 client late 16.0.19000.20000
    day=$(date -u -d @$((RINGMGR_TEST_NOW + 10 * 86400)) +%F)
    json ".outcome == \"nothing\" and .forecast.ring == \"production\" and (.forecast.at | startswith(\"$day\"))"
    json '.text | contains("has yet to enter production")'
}

@test "a target version on the share takes the machine there, forwards and backwards" {
    both
    expect 0 client pilot "$NEW" --target "$OLD"
    json '.outcome == "update" and .build == $old and .target == $old and .bytes_exact'
    json ".bytes == $(bytes_between "$NEW" "$OLD" $FILES)"
    json ".descriptor == \"v64_$OLD.cab\""
    json '.text | contains("goes back from") and contains("drags the machine back")'
    expect 0 client pilot "$OLD" --target "$NEW"
    json '.outcome == "update" and .build == $new'
    expect 0 client pilot "$OLD" --target "$OLD"
    json '.outcome == "nothing" and .build == $old'
}

@test "a target version that is not on the share fails, and its descriptor is named" {
    both
    expect 8 client pilot "$NEW" --target 16.0.20000.20000
    json '.outcome == "fail" and .build == null and .missing == ["v64_16.0.20000.20000.cab"]'
    rm "$(data pilot)/$OLD/i640.cab"
    expect 8 client pilot "$NEW" --target "$OLD"
    json '.outcome == "fail" and .missing == [$old + "/i640.cab"]'
}

@test "after a roll-back the machine stays, unless it gets the target version" {
    both
    expect 0 as games ringmgr rollback pilot --reason "it crashes"
    [ "$(live pilot)" = "$OLD" ]
    expect 0 client pilot "$NEW"
    json '.outcome == "needs-target" and .build == $old and .missing == [] and .bytes > 0'
    expect 0 ringmgr client pilot --have "$NEW" --arch x64 --lang en-us
    prints "needs-target: pilot went back from $NEW to $OLD, and an older pointer takes no machine back" \
        "updatetoversion=$OLD"
    expect 0 client pilot "$NEW" --target "$OLD"
    json '.outcome == "update" and .build == $old'
    expect 0 client pilot "$OLD"
    json '.outcome == "nothing"'
    rm "$(data pilot)/$OLD/s640.cab"
    expect 0 client pilot "$NEW"
    json '.outcome == "needs-target" and .missing == [$old + "/s640.cab"] and (.text | contains("the way back fails"))'
}

@test "a newer build of another channel moves the machine there, and that ringmgr did not put it there is said" {
    local foreign=16.0.20400.20100
    both
    "$TESTCDN" build --ca "$O/ca" --origin "$O/www/pr" --channel Current --build $foreign --lang en-us
    puts $foreign Current
    expect 8 client pilot "$NEW"
    json ".outcome == \"fail\" and .build == \"$foreign\" and .foreign"
    cp -r "$O/www/pr/492350f6-3a01-4f97-b9c0-c7c6ddf67d60/Office/Data/$foreign" "$(data pilot)/"
    expect 0 client pilot "$NEW"
    json '.outcome == "channel-change" and .channel == "Current" and .have_channel == "MonthlyEnterprise" and .foreign'
    json '.text | contains("leaves the channel MonthlyEnterprise for Current") and contains("v64.cab is not what ringmgr put there")'
    expect 0 client pilot "$NEW" --channel Current
    json '.outcome == "update"'
    expect 0 client pilot "$NEW" --channel Monthly
    json '.outcome == "update"'
}

@test "an older pointer that somebody put there takes nobody back, and is said aloud" {
    both
    puts "$OLD" MonthlyEnterprise
    expect 0 client pilot "$NEW"
    json '.outcome == "nothing" and .build == $old and .foreign and (.text | contains("ringmgr verify pilot --repair"))'
    expect 0 ringmgr verify pilot --repair
    expect 0 client pilot "$NEW"
    json '.outcome == "nothing" and .build == $new and (.foreign | not)'
}

@test "a pointer that is no descriptor, or is gone, fails" {
    both
    rm -f "$(data pilot)/v64.cab"
    expect 8 client pilot "$OLD"
    json '.outcome == "fail" and .missing == ["v64.cab"] and (.text | contains("ringmgr verify pilot --repair"))'
    cp "$UP/$NEW/s640.cab" "$(data pilot)/v64.cab"
    expect 8 client pilot "$OLD"
    json '.outcome == "fail" and .build == null and (.text | contains("VersionDescriptor.xml"))'
    ln -sf "v64_$NEW.cab" "$(data pilot)/v64.cab"
    expect 8 client pilot "$OLD"
    json '.outcome == "fail"'
}

@test "it changes nothing, and says what it needs" {
    both
    still >"$W/before"
    expect 0 client pilot "$OLD"
    still | diff "$W/before" -
    expect 2 ringmgr client pilot --have "$OLD" --arch x64
    complains
    says "client needs --have BUILD, --arch A and --lang L"
    expect 2 ringmgr client pilot --have "$OLD" --arch arm --lang en-us
    says "--arch arm"
    expect 2 ringmgr client pilot --have "$OLD" --arch x64 --lang en-xx
    says "en-xx"
    expect 2 ringmgr client pilot --have "$OLD" --arch x64 --lang en-us --channel Nonsense
    says "--channel Nonsense"
    expect 2 ringmgr client pilot --have latest --arch x64 --lang en-us
    expect 2 ringmgr client pilot --have "$OLD" --arch x64 --lang en-us --target 1.2.3.4
    expect 2 ringmgr client nowhere --have "$OLD" --arch x64 --lang en-us
}
