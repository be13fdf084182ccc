# check.awk: the rules that a share must obey at every instant. Reads the manifest, then what find and sha256sum say.
#
#   1. A pointer (v64.cab, v32.cab) is a regular file with one name, readable by everybody, and byte for byte the
#      descriptor of one proven build of the ring's channel and of its own architecture; v??_<build>.cab beside it has
#      the same bytes.
#   2. That build's folder holds every wanted file, each with the proven bytes.
#   3. A v??_<build>.cab is a pointer too, for clients with a target version: it is proven and its folder is complete.
#   4. So is every other folder with a build's name: a half-built one never bears it.
#   5. Whatever lies in such a folder is a proven file of that build. More than is wanted is no harm: content grows.
#   6. Clients can read it: files o+r, folders o+rx; nobody but the owner can write files, no stranger folders.
#   7. No symbolic link, device, pipe or socket anywhere below Office.
#   8. A pointer for every architecture, unless the ring may be empty.
#   9. After replay no .ringmgr-* name is left, nothing lies in Office/Data that is none of these or ring.manifest,
#      and the pointers name the build that the database calls live.

function fault(text) {
    if (text in told) return
    told[text] = 1
    print text
    failed = 1
}

BEGIN { guid = tolower(guid) }

FNR == NR { manifest_line(); next }

$1 == "E" && NF == 5 { kind[$5] = $2; mode[$5] = $3; links[$5] = $4; next }
/^[0-9a-f]+  Office\// && index($0, "  ") == 65 { hash[substr($0, 74)] = substr($0, 1, 64); next }
{ fault("cannot be judged: " $0) }

function may_read(path) { return mode[path] ~ /[4567][4567][4567]$/ }
function may_enter(path) { return mode[path] ~ /[57]$/ }
function is_staging(path) { return path ~ /(^|\/)\.ringmgr-/ }
function is_build(name) { return name ~ /^[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+$/ }

function judge_file_mode(path) {
    if (!may_read(path)) fault(path ": mode " mode[path] ", not readable by everybody")
    if (mode[path] ~ /([2367].|[2367])$/) fault(path ": mode " mode[path] ", writable by others than its owner")
}

function judge_folder_mode(path,   name) {
    name = path == "" ? "Office" : path
    if (!may_enter(path)) fault(name ": mode " mode[path] ", others cannot enter and list it")
    if (mode[path] ~ /[2367]$/) fault(name ": mode " mode[path] ", writable by everybody")
}

function judge_kind(path,   k) {
    k = kind[path]
    if (k == "l") fault(path ": a symbolic link")
    else if (k != "f" && k != "d") fault(path ": neither file nor folder")
    if (is_staging(path)) {
        if (after_replay) fault(path ": left over after replay")
    } else if (k == "f") judge_file_mode(path)
    else if (k == "d") judge_folder_mode(path)
}

function judge_wanted(why, build, name, always,   path, k) {
    path = "Data/" build "/" name
    k = key(build, name)
    if (!(k in sum)) fault(path ": missing upstream too, so no build is complete without it (" why ")")
    else if (flaw[k] != "") fault(path ": not proven: " flaw[k] " (" why ")")
    if (kind[path] != "f") fault(path ": missing (" why ")")
}

function judge_complete(why, build, arch, languages, proofs, arm,   i) {
    if (kind["Data/" build] != "d") { fault("Data/" build ": missing (" why ")"); return }
    wanted_list(build, arch, languages, proofs, arm)
    for (i = 1; i <= want_missing_count; i++)
        fault("Data/" build ": speaks no " want_missing[i] " for " arch " (" why ")")
    for (i = 1; i <= want_count; i++) judge_wanted(why, build, want[i], want_always[i])
}

# Rule 1: what the pointer's bytes are. Returns the build, or "".
function named_build(path, arch,   part, other) {
    if ((arch, hash[path]) in described) {
        split(described[arch, hash[path]], part, SUBSEP)
        if (part[1] != guid) {
            fault(path ": names build " part[2] " of another channel, " part[1])
            return ""
        }
        return part[2]
    }
    other = arch == "x64" ? "x86" : "x64"
    if ((other, hash[path]) in described) fault(path ": is a descriptor for " other)
    else fault(path ": names no known build")
    return ""
}

function judge_pointer(path, arch,   build, beside) {
    if (kind[path] != "f") { fault(path ": a pointer is a regular file"); return }
    if (links[path] != 1) fault(path ": has " links[path] " names, a pointer is its own inode")
    build = named_build(path, arch)
    pointed[arch] = build
    if (build == "") return
    if (descriptor_flaw[build, arch] != "") fault(path ": build " build " is not proven: " descriptor_flaw[build, arch])
    beside = "Data/v" (arch == "x86" ? 32 : 64) "_" build ".cab"
    if (!(beside in hash)) fault(beside ": missing (" path ")")
    else if (hash[beside] != hash[path]) fault(beside ": has other bytes than " path)
    current[build] = 1
    judge_complete(path, build, arch, lang, proofing, arm64)
}

function judge_descriptor(path, name,   arch, build) {
    arch = substr(name, 1, 3) == "v32" ? "x86" : "x64"
    build = substr(name, 5, length(name) - 8)
    if (descriptor_sum[build, arch] != hash[path]) fault(path ": is not the descriptor of that build")
    else if (descriptor_flaw[build, arch] != "") fault(path ": not proven: " descriptor_flaw[build, arch])
    if (build in current) judge_complete(path, build, arch, lang, proofing, arm64)
    else judge_complete(path, build, arch, other_lang, other_proofing, arm64)
}

function judge_folder(build,   part, n, i) {
    n = split(build in current ? arch : other_arch, part, ",")
    for (i = 1; i <= n; i++)
        if (build in current) judge_complete("a folder with a build's name", build, part[i], lang, proofing, arm64)
        else judge_complete("a folder with a build's name", build, part[i], other_lang, other_proofing, arm64)
}

# Rule 5.
function judge_content(path, build, name,   k) {
    if (is_staging(path)) return
    k = key(build, name)
    if (kind[path] != "f") fault(path ": no folder belongs into a build")
    else if (!(k in sum)) fault(path ": is no file of this build")
    else if (hash[path] != sum[k]) fault(path ": has other bytes than the build's")
}

function judge_path(path,   part, n) {
    n = split(path, part, "/")
    judge_kind(path)
    if (part[1] != "Data" || n < 2) return
    if (n == 2 && part[2] ~ /^v(64|32)_[0-9]+\.[0-9]+\.[0-9]+\.[0-9]+\.cab$/) judge_descriptor(path, part[2])
    else if (n == 2 && is_build(part[2])) judge_folder(part[2])
    else if (n > 2 && is_build(part[2])) judge_content(path, part[2], substr(path, length("Data/" part[2] "/") + 1))
    else if (n == 2 && after_replay && !is_staging(path) && part[2] !~ /^(v64\.cab|v32\.cab|ring\.manifest)$/)
        fault(path ": a stranger in Office/Data")
}

# Rules 8 and the last of 9.
function judge_ring(   part, n, i) {
    n = split(arch, part, ",")
    for (i = 1; i <= n; i++) {
        if (!(part[i] in pointed) && !allow_empty)
            fault("Data/v" (part[i] == "x86" ? 32 : 64) ".cab: missing, the ring offers nothing for " part[i])
        if (live_asked && pointed[part[i]] != live)
            fault("the database calls \"" live "\" live, the pointer for " part[i] " names \"" pointed[part[i]] "\"")
    }
}

END {
    if ("Data/v64.cab" in kind) judge_pointer("Data/v64.cab", "x64")
    if ("Data/v32.cab" in kind) judge_pointer("Data/v32.cab", "x86")
    for (path in kind) judge_path(path)
    judge_ring()
    exit failed
}
