# wanted.awk: which files make a build complete for one architecture and its languages.
#
# The table of Click-to-Run's build folder: neutral files, each language's, its proofing tools', those for ARM. Some
# are always there; of the others, what the origin has is wanted and what it has not is no part of the build. 32-bit
# Office is installed by a 64-bit installer, so it wants the i64 cabinets too. What only discs have (sc320.cab,
# *.chpe.dat) is never wanted.
#
# wanted_list(build, arch, languages, proofing, arm) fills want[1..want_count] with names and want_always[] with 1 for
# those that cannot be absent. The manifest must have been read by manifest_line(). Cultures that the build does not
# speak are in want_missing[1..want_missing_count]. All arrays are keyed with guid, as channel and number together are
# a build.

function key(build, name) { return guid SUBSEP build SUBSEP name }

# One line of the manifest; of other channels only what their descriptors are.
function manifest_line(   k) {
    if ($1 == "descriptor") {
        described[$4, $6] = $2 SUBSEP $3
        if ($2 == guid) { descriptor_sum[$3, $4] = $6; descriptor_flaw[$3, $4] = $5 == "ok" ? "" : "bad, " $8 }
    }
    if ($2 != guid) return
    if ($1 == "file") {
        k = key($3, $7)
        sum[k] = $5
        flaw[k] = $4 == "ok" ? "" : "bad, " $8
    }
    if ($1 == "lang") {
        lcid_of[$3, $4, ($5 == "proof" ? "proof" : "full"), $7] = $6
        if ($5 == "core") core[$3, $4, $7] = 1
    }
}

function want_add(build, name, always) {
    if (!always && !(key(build, name) in sum)) return
    want[++want_count] = name
    want_always[want_count] = always
}

function want_stream(build, stem, always) {
    want_add(build, stem ".dat", always)
    want_add(build, stem ".dat.cat", 0)
}

function want_neutral(build, bits, arch) {
    want_add(build, "s" bits "0.cab", 1)
    want_add(build, "i" bits "0.cab", 1)
    want_add(build, "i" bits "0.cab.cat", 0)
    if (bits == 32) { want_add(build, "i640.cab", 1); want_add(build, "i640.cab.cat", 0) }
    want_stream(build, "stream." arch ".x-none", 1)
}

function want_language(build, bits, arch, culture,   lcid) {
    if (!((build, arch, "full", culture) in lcid_of)) {
        want_missing[++want_missing_count] = culture
        return
    }
    lcid = lcid_of[build, arch, "full", culture]
    want_add(build, "s" bits lcid ".cab", 1)
    want_add(build, "i" bits lcid ".cab", (build, arch, culture) in core)
    if (bits == 32) want_add(build, "i64" lcid ".cab", (build, arch, culture) in core)
    want_stream(build, "stream." arch "." culture, 1)
}

function want_proofing(build, bits, arch, culture) {
    if (!((build, arch, "proof", culture) in lcid_of)) {
        want_missing[++want_missing_count] = culture " (proofing)"
        return
    }
    want_add(build, "sp" bits lcid_of[build, arch, "proof", culture] ".cab", 1)
    want_stream(build, "stream." arch "." culture ".proof", 1)
}

function want_arm(build, bits, arch) {
    want_add(build, "sa" bits "0.cab", 0)
    want_add(build, "a640_exp.cab", 0)
    if (bits == 32) want_add(build, "a320_exp.cab", 0)
    want_stream(build, "stream." arch ".x-none.arm64x", 0)
}

function wanted_list(build, arch, languages, proofing, arm,   bits, n, i, part) {
    want_count = want_missing_count = 0
    bits = arch == "x86" ? 32 : 64
    want_neutral(build, bits, arch)
    n = split(languages, part, ",")
    for (i = 1; i <= n; i++) want_language(build, bits, arch, part[i])
    n = split(proofing, part, ",")
    for (i = 1; i <= n; i++) want_proofing(build, bits, arch, part[i])
    if (arm) want_arm(build, bits, arch)
}
