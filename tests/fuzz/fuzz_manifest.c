/*
 * Any bytes as a ring manifest, or, where they begin with a brace, as the text that is signed in one: an
 * error with a message, or files that stay in their build's folder, and the same bytes when it is written
 * again.
 */
#include "fuzz.h"

#include "ringmgr/policy/manifest.h"
#include "ringmgr/policy/manifest_json.h"

#include <stdio.h>

static void check_files(const struct manifest *manifest)
{
    char build[BUILD_TEXT_SIZE];
    build_format(&manifest->build, build);
    for (size_t i = 0; i < manifest->files; i++) {
        const char *path = manifest->file[i].path;
        const char *slash = strchr(path, '/');
        must(strstr(path, build) && !strstr(path, "..") && path[0] != '/' &&
             (!slash || !strchr(slash + 1, '/')));
        must(manifest_find(manifest, path) == &manifest->file[i]);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct manifest manifest = {0};
    AUTO_BUF again = {0};
    bool text = size && data[0] == '{';
    if (text ? manifest_json_read(data, size, &manifest, &err)
             : manifest_reopen(data, size, &manifest, &err)) {
        must(manifest.ring && manifest.channel && manifest.files && manifest.architectures);
        check_files(&manifest);
        manifest_json_write(&manifest, &again);
        must(again.len <= size && memcmp(data + size - again.len, again.data, again.len) == 0);
    } else {
        must(err.code == ERR_NOT_GENUINE && err.msg[0]);
    }
    manifest_clear(&manifest);
    return 0;
}
