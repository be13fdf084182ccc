#!/bin/sh
# axe-core, which finds what hinders people with a disability: one file, of one version, fetched once.
#
#   sh tests/web/axe.sh DIR      prints the path of DIR/axe-VERSION.js
#
# It comes from the npm registry by `npm pack` and counts only with the digest that stands here.
set -eu

version=4.14.1
sha512=1477dafa598d8d065f273d6af302aa203c02e83131707b7fa648cd41bd3d6b734f8c22a0dab86ee6a6f64b8afbe804b214d36db85a2826965edfb3a0b9d546b5
file=$1/axe-$version.js

if [ ! -s "$file" ]; then
    work=$(mktemp -d "$1/axe-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm pack --silent "axe-core@$version" >/dev/null)
    echo "$sha512  $work/axe-core-$version.tgz" | sha512sum -c --quiet - >&2
    tar -xzf "$work/axe-core-$version.tgz" -C "$work" package/axe.min.js
    mv "$work/package/axe.min.js" "$file"
fi
echo "$file"
