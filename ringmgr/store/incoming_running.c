#include "ringmgr/store/incoming_running.h"

void running_init(struct running *running)
{
    *running = (struct running){.stream = digest_stream_new()};
}

void running_clear(struct running *running)
{
    digest_stream_free(running->stream);
    running->stream = NULL;
}

void running_reset(struct running *running)
{
    digest_stream_reset(running->stream);
    running->bytes = 0;
    running->ended = false;
}

void running_add(struct running *running, const void *bytes, size_t len)
{
    digest_stream_add(running->stream, bytes, len);
    running->bytes += len;
}

bool running_read(struct running *running, struct reader *reader, uint64_t end, struct err *err)
{
    while (running->bytes < end) {
        const uint8_t *bytes;
        size_t len = end - running->bytes < SIZE_MAX ? (size_t)(end - running->bytes) : SIZE_MAX;
        if (!reader_at(reader, running->bytes, &bytes, &len, err))
            return false;
        running_add(running, bytes, len);
    }
    return true;
}

struct digest running_end(struct running *running)
{
    if (!running->ended)
        running->digest = digest_stream_end(running->stream);
    running->ended = true;
    return running->digest;
}
