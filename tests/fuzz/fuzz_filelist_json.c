/* Any bytes as a file list of the service: an error with a message, or files that stay in their build's
 * folder. */
#include "listed_checks.h"

#include "ringmgr/c2r/filelist_json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct listed list;
    if (filelist_json_parse(data, size, "fuzz.json", &list, &err)) {
        must(list.channel && list.architectures && list.len > 0);
        check_listed(&list);
    } else {
        must(err.code == ERR_NOT_GENUINE && err.msg[0]);
        must(!list.file && list.len == 0);
    }
    listed_clear(&list);
    return 0;
}
