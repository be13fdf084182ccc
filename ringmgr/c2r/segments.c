/*
 * A hash table of the wanted values. Each value holds the chain of wanted segments that have it and are not
 * placed yet, so an offered segment costs one look-up, and a chain is walked once for each offered stream at
 * most, however often that repeats the value.
 */
#include "ringmgr/c2r/segments.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

/* A value that somebody wants. */
struct value {
    const struct digest *digest;
    uint32_t bytes;
    uint32_t first; /* wanted segment without a place, or NONE */
    uint32_t offer; /* that held it last */
    bool doubtful;  /* wanted with different lengths */
    size_t seen_in; /* of segments_places(): the table that has it, plus 1 */
    uint32_t seen_at;
};

/* Wanted segments are numbered through all tables. */
struct wanted {
    const struct segment_table *table;
    size_t first; /* number of its first segment */
};

struct segments {
    struct wanted *wanted;
    size_t tables;
    size_t len;
    struct segment_place *place; /* of each wanted segment */
    uint32_t *next;              /* in its value's chain */
    uint32_t *owner;             /* number of the wanted table */
    uint32_t *value_of;
    struct value *value;
    size_t values;
    uint32_t *slot; /* numbers of values, open addressing; NONE is free */
    size_t slots;   /* a power of two, at least twice the values */
    uint32_t offers;
};

static uint32_t segment_bytes(const struct segment *segment)
{
    return segment->end - segment->start;
}

/* Digests are evenly spread already. */
static size_t slot_of(const struct segments *segments, const struct digest *digest)
{
    uint64_t hash;
    memcpy(&hash, digest->byte, sizeof hash);
    size_t at = hash & (segments->slots - 1);
    while (segments->slot[at] != NONE && !digest_equal(segments->value[segments->slot[at]].digest, digest))
        at = (at + 1) & (segments->slots - 1);
    return at;
}

static void add_wanted(struct segments *segments, uint32_t number, uint32_t table,
                       const struct segment *segment)
{
    size_t at = slot_of(segments, &segment->digest);
    if (segments->slot[at] == NONE) {
        segments->slot[at] = (uint32_t)segments->values;
        segments->value[segments->values++] =
            (struct value){.digest = &segment->digest, .bytes = segment_bytes(segment), .first = NONE};
    }
    struct value *value = &segments->value[segments->slot[at]];
    value->doubtful = value->doubtful || value->bytes != segment_bytes(segment);
    segments->value_of[number] = segments->slot[at];
    segments->owner[number] = table;
    segments->place[number].source = SEGMENT_NOWHERE;
    segments->next[number] = value->first;
    value->first = number;
}

static void make_room(struct segments *segments)
{
    size_t len = segments->len;
    segments->place = mem_new(len, sizeof *segments->place);
    segments->next = mem_new(len, sizeof *segments->next);
    segments->owner = mem_new(len, sizeof *segments->owner);
    segments->value_of = mem_new(len, sizeof *segments->value_of);
    segments->value = mem_new(len, sizeof *segments->value);
    for (segments->slots = 16; segments->slots < 2 * len; segments->slots *= 2)
        continue;
    segments->slot = mem_new(segments->slots, sizeof *segments->slot);
    for (size_t i = 0; i < segments->slots; i++)
        segments->slot[i] = NONE;
}

struct segments *segments_new(const struct segment_table *const *wanted, size_t len)
{
    struct segments *segments = mem_new(1, sizeof *segments);
    segments->wanted = mem_new(len, sizeof *segments->wanted);
    segments->tables = len;
    for (size_t i = 0; i < len; i++) {
        segments->wanted[i] = (struct wanted){wanted[i], segments->len};
        segments->len += wanted[i]->len;
    }
    make_room(segments);
    for (size_t i = 0; i < len; i++)
        for (size_t k = 0; k < wanted[i]->len; k++)
            add_wanted(segments, (uint32_t)(segments->wanted[i].first + k), (uint32_t)i,
                       &wanted[i]->segment[k]);
    return segments;
}

void segments_free(struct segments *segments)
{
    if (!segments)
        return;
    free(segments->wanted);
    free(segments->place);
    free(segments->next);
    free(segments->owner);
    free(segments->value_of);
    free(segments->value);
    free(segments->slot);
    free(segments);
}

void segments_auto_free(struct segments **segments)
{
    segments_free(*segments);
}

/* Gives its place to all that want the value; tables before `from` stay in the chain. */
static uint64_t place_value(struct segments *segments, struct value *value, struct segment_place place,
                            size_t from)
{
    uint64_t bytes = 0;
    uint32_t *link = &value->first;
    while (*link != NONE) {
        uint32_t number = *link;
        if (segments->owner[number] < from) {
            link = &segments->next[number];
            continue;
        }
        segments->place[number] = place;
        *link = segments->next[number];
        bytes += value->bytes;
    }
    return bytes;
}

uint64_t segments_offer(struct segments *segments, const struct segment_table *offered, uint32_t source,
                        size_t from)
{
    uint64_t bytes = 0;
    segments->offers++;
    for (size_t i = 0; i < offered->len; i++) {
        const struct segment *segment = &offered->segment[i];
        uint32_t number = segments->slot[slot_of(segments, &segment->digest)];
        struct value *value = number == NONE ? NULL : &segments->value[number];
        if (!value || value->doubtful || value->first == NONE || value->offer == segments->offers ||
            value->bytes != segment_bytes(segment))
            continue;
        value->offer = segments->offers;
        bytes += place_value(segments, value, (struct segment_place){source, segment->start}, from);
    }
    return bytes;
}

const struct segment_place *segments_places(struct segments *segments, size_t wanted)
{
    const struct wanted *one = &segments->wanted[wanted];
    struct segment_place *place = &segments->place[one->first];
    for (size_t i = 0; i < segments->values; i++)
        segments->value[i].seen_in = 0;
    for (size_t i = 0; i < one->table->len; i++) {
        struct value *value = &segments->value[segments->value_of[one->first + i]];
        if (place[i].source < SEGMENT_SELF || value->doubtful)
            continue;
        bool again = value->seen_in == wanted + 1;
        place[i] = again ? (struct segment_place){SEGMENT_SELF, value->seen_at}
                         : (struct segment_place){SEGMENT_NOWHERE, 0};
        if (again)
            continue;
        value->seen_in = wanted + 1;
        value->seen_at = one->table->segment[i].start;
    }
    return place;
}

uint64_t segments_missing_bytes(struct segments *segments, size_t wanted)
{
    const struct segment_table *table = segments->wanted[wanted].table;
    const struct segment_place *place = segments_places(segments, wanted);
    uint64_t bytes = 0;
    for (size_t i = 0; i < table->len; i++)
        if (place[i].source == SEGMENT_NOWHERE)
            bytes += segment_bytes(&table->segment[i]);
    return bytes;
}
