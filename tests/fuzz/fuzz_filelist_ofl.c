/* Any bytes as a template of ofl.cab: an error with a message, or files that stay in their build's folder. */
#include "listed_checks.h"

#include "ringmgr/c2r/filelist_ofl.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const struct build build = {{16, 0, 20326, 20100}};
    struct err err = {0};
    struct listed list;
    if (filelist_ofl_parse(data, size, "fuzz.xml", channel_find("Current"), &build, &list, &err)) {
        must(list.len == 0 || (list.channel == channel_find("Current") && list.architectures));
        must(list.len == 0 || build_compare(&list.build, &build) == 0);
        check_listed(&list);
    } else {
        must(err.code == ERR_NOT_GENUINE && err.msg[0]);
        must(!list.file && list.len == 0);
    }
    listed_clear(&list);
    return 0;
}
