/* Any bytes as VersionDescriptor.xml: an error with a message, or a descriptor that keeps its promises. */
#include "fuzz.h"

#include "ringmgr/c2r/descriptor.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = {0};
    struct descriptor descriptor;
    if (descriptor_parse(data, size, "fuzz.xml", &descriptor, &err)) {
        must(descriptor.channel && !build_is_none(&descriptor.build));
        must(descriptor.throttle >= -1 && descriptor.throttle <= 1000);
        for (size_t i = 0; i < descriptor.expired_len; i++)
            must(descriptor_recalls(&descriptor, &descriptor.expired[i]));
    } else {
        must(err.code == ERR_NOT_GENUINE && err.msg[0]);
        must(!descriptor.channel && !descriptor.expired && descriptor.expired_len == 0);
    }
    descriptor_clear(&descriptor);
    return 0;
}
