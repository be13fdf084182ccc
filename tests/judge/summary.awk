# summary.awk: one line for each build and architecture that was found: is everything of it there and proven?
#
# Everything is judged: the descriptor, all neutral files, all files of every language that a cabinet of the folder
# speaks of, and whatever else of that architecture lies there. A build may be bad here and yet good for a ring that
# wants none of what is bad; check.awk decides that file by file.

BEGIN { FS = OFS = "\t" }

function complain(text) { reasons = reasons (reasons == "" ? "" : "; ") text }

function judge_file(build, name) {
    if (!(key(build, name) in sum)) complain(name " is absent")
}

# Which architecture a file's name speaks of; those of both count for both.
function is_of(name, arch) {
    if (name ~ /^stream\./) return index(name, "stream." arch ".") == 1
    if (name ~ /^[asi][apc]?64/) return arch == "x64" || name ~ /^i/
    if (name ~ /^[asi][apc]?32/) return arch == "x86"
    return 1
}

function judge_build(build, arch,   i, k, part, languages, proofing) {
    reasons = ""
    if (!((build, arch) in descriptor_sum)) complain("it has no descriptor")
    else if (descriptor_flaw[build, arch] != "") complain("descriptor: " descriptor_flaw[build, arch])
    for (k in lcid_of) {
        split(k, part, SUBSEP)
        if (part[1] != build || part[2] != arch) continue
        if (part[3] == "full") languages = languages (languages == "" ? "" : ",") part[4]
        else proofing = proofing (proofing == "" ? "" : ",") part[4]
    }
    wanted_list(build, arch, languages, proofing, 1)
    for (i = 1; i <= want_count; i++) judge_file(build, want[i])
    for (i = 1; i <= file_count; i++)
        if (file_build[i] == guid SUBSEP build && is_of(file_name[i], arch) && flaw[key(build, file_name[i])] != "")
            complain(file_name[i] ": " flaw[key(build, file_name[i])])
    print "build", guid, build, arch, (reasons == "" ? "ok" : "bad"), reasons
}

{
    guid = $2
    manifest_line()
    if ($1 == "descriptor") seen[$2, $3, $4] = 1
    if ($1 == "file") {
        file_build[++file_count] = $2 SUBSEP $3
        file_name[file_count] = $7
        if ($7 == "s640.cab") seen[$2, $3, "x64"] = 1
        if ($7 == "s320.cab") seen[$2, $3, "x86"] = 1
    }
    if ($1 == "file" || $1 == "descriptor" || $1 == "lang") lines[++line_count] = $0
}

# descriptor_sum and lcid_of are keyed by build alone: read the lines again, one channel at a time.
function load_channel(id,   i) {
    split("", descriptor_sum)
    split("", descriptor_flaw)
    split("", lcid_of)
    split("", core)
    guid = id
    for (i = 1; i <= line_count; i++) {
        $0 = lines[i]
        manifest_line()
    }
}

END {
    for (k in seen) { split(k, part, SUBSEP); channel[part[1]] = 1 }
    for (id in channel) {
        load_channel(id)
        for (k in seen) {
            split(k, part, SUBSEP)
            if (part[1] == id) judge_build(part[2], part[3])
        }
    }
}
