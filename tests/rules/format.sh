#!/bin/sh
# Rule: every C file is as clang-format leaves it.
#
#   sh format.sh TREE
#
# Names each file that is not, and the first line that would change.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cd "$1"
perl -I "$here" -MTree -e 'print map { "$_\0" } grep { /\.[ch]$/ } files(".")' |
    xargs -0 -r clang-format --dry-run --style=file 2>&1 |
    awk -F: '/code should be clang-formatted/ && !seen[$1]++ { print "format: " $1 ":" $2 ": not as clang-format leaves it"; bad = 1 }
        END { exit bad }'
