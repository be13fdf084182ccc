# judge_helper.bash: what the judge's tests share: who the channel and the builds are, and how a verdict is asked for.
# shellcheck shell=bash disable=SC2034,SC2154 # read and set by those who load this

bats_require_minimum_version 1.5.0

GUID=55336b82-a18d-4dd6-b5f6-9e5095c314a6
FOREIGN=492350f6-3a01-4f97-b9c0-c7c6ddf67d60
OLD=16.0.20131.20150
NEW=16.0.20228.20188

judge="$BATS_TEST_DIRNAME/judge.sh"

check() {
    "$judge" check --manifest "$manifest" --share share --guid $GUID --arch x64,x86 --lang en-us,fr-fr "$@"
}

# finds TEXT [OPTION…]: the judge says no, and says TEXT.
finds() {
    local text=$1
    shift
    run -1 check "$@"
    [[ "$output" == *"$text"* ]] || {
        printf 'wanted: %s\nfound: %s\n' "$text" "$output" >&2
        return 1
    }
}

right() {
    run -0 check "$@"
    [ -z "$output" ]
}
