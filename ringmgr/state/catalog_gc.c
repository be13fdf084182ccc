#include "ringmgr/state/catalog_gc.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>
#include <string.h>

bool catalog_uses_get(struct state *state, struct catalog_uses *uses, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT 0 AS kind, ring, channel, build, 0 FROM offer WHERE removed_unix IS NULL "
               "UNION SELECT 1, ring, channel, from_build, 0 FROM intent WHERE closed_unix IS NULL AND "
               "from_build IS NOT NULL "
               "UNION SELECT 1, ring, channel, to_build, 0 FROM intent WHERE closed_unix IS NULL "
               "UNION SELECT 2, ring, channel, build, id FROM pin WHERE taken_back_unix IS NULL "
               "UNION SELECT 3, ring, channel, build, at_unix FROM plan "
               "UNION SELECT 4, ring, channel, build, ordered_unix FROM site_order ORDER BY 3, 4, 1, 2");
    *uses = (struct catalog_uses){0};
    while (stmt_row(&stmt)) {
        uses->item = mem_grow(uses->item, uses->len, sizeof *uses->item);
        struct catalog_use *use = &uses->item[uses->len++];
        use->kind = (enum catalog_use_kind)stmt_get_int(&stmt);
        use->ring = stmt_get_text(&stmt);
        use->channel = stmt_get_channel(&stmt);
        use->build = stmt_get_build(&stmt);
        use->number = stmt_get_int(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    catalog_uses_clear(uses);
    return false;
}

static int compare_build(const struct catalog_use *use, const struct channel *channel,
                         const struct build *build)
{
    int order = strcmp(use->channel->id, channel->id);
    return order ? order : build_compare(&use->build, build);
}

size_t catalog_uses_of(const struct catalog_uses *uses, const struct channel *channel,
                       const struct build *build, const struct catalog_use **first)
{
    size_t from = 0, end = uses->len;
    while (from < end) {
        size_t middle = from + (end - from) / 2;
        if (compare_build(&uses->item[middle], channel, build) < 0)
            from = middle + 1;
        else
            end = middle;
    }
    while (end < uses->len && compare_build(&uses->item[end], channel, build) == 0)
        end++;
    *first = uses->len ? uses->item + from : NULL;
    return end - from;
}

void catalog_uses_clear(struct catalog_uses *uses)
{
    for (size_t i = 0; i < uses->len; i++)
        free(uses->item[i].ring);
    free(uses->item);
    *uses = (struct catalog_uses){0};
}

/* From one build with files to the next by the key of build_file: dropped builds cost nothing. */
#define WITH_FILES                                                                                           \
    "WITH RECURSIVE filled (id) AS (SELECT min(build_id) FROM build_file UNION ALL "                         \
    "SELECT (SELECT min(build_id) FROM build_file WHERE build_id > filled.id) FROM filled "                  \
    "WHERE filled.id IS NOT NULL) "

bool catalog_builds_with_files(struct state *state, struct catalog_build_list *list, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, WITH_FILES "SELECT channel, build, staged_unix, throttle, "
                                                 "disputed_unix FROM filled JOIN build USING (id) "
                                                 "ORDER BY channel, build DESC");
    *list = (struct catalog_build_list){0};
    while (stmt_row(&stmt)) {
        list->item = mem_grow(list->item, list->len, sizeof *list->item);
        struct catalog_build *build = &list->item[list->len++];
        build->channel = stmt_get_channel(&stmt);
        build->build = stmt_get_build(&stmt);
        build->staged_unix = stmt_get_unix(&stmt);
        build->throttle = stmt_get_unix(&stmt);
        build->disputed_unix = stmt_get_unix(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    free(list->item);
    *list = (struct catalog_build_list){0};
    return false;
}

bool catalog_files_standing(struct state *state, const char *ring, const struct channel *channel,
                            const struct build *build, struct catalog_files *files, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT path, offer_file.sha256, bytes FROM offer JOIN offer_file ON "
                                      "offer_id = offer.id WHERE ring = ? AND channel = ? AND build = ? AND "
                                      "removed_unix IS NULL GROUP BY path ORDER BY path");
    stmt_put_text(&stmt, ring);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    *files = (struct catalog_files){0};
    while (stmt_row(&stmt)) {
        files->file = mem_grow(files->file, files->len, sizeof *files->file);
        struct catalog_file *file = &files->file[files->len++];
        *file = (struct catalog_file){.path = stmt_get_text(&stmt), .absent_unix = -1};
        file->digest = stmt_get_digest(&stmt);
        file->bytes = (uint64_t)stmt_get_int(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    catalog_files_clear(files);
    return false;
}

static bool delete_files(struct state *state, const struct channel *channel, const struct build *build,
                         struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "DELETE FROM build_file WHERE build_id = (SELECT id FROM build WHERE "
                                      "channel = ? AND build = ?)");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err);
}

/* From one ring to the next by the key of offer_build: other builds' offers cost nothing. */
#define OF_ALL_RINGS                                                                                         \
    "WITH RECURSIVE every (ring) AS (SELECT min(ring) FROM offer UNION ALL "                                 \
    "SELECT (SELECT min(ring) FROM offer WHERE ring > every.ring) FROM every "                               \
    "WHERE every.ring IS NOT NULL) "

/* What lies beside the folder, the descriptors, tells what a pointer at a site once was
 * (site_pointer_find()).
 */
static bool forget_offered(struct state *state, const struct channel *channel, const struct build *build,
                           struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, OF_ALL_RINGS
        "DELETE FROM offer_file WHERE path LIKE '%/%' AND offer_id IN (SELECT id FROM every "
        "CROSS JOIN offer USING (ring) WHERE channel = ? AND build = ? AND removed_unix IS NOT NULL)");
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err);
}

bool catalog_build_drop(struct state *state, const struct channel *channel, const struct build *build,
                        int64_t now, struct err *err)
{
    if (!delete_files(state, channel, build, err) || !forget_offered(state, channel, build, err))
        return false;
    AUTO_STMT stmt = stmt_make(state, "UPDATE build SET dropped_unix = ?, staged_unix = NULL "
                                      "WHERE channel = ? AND build = ?");
    stmt_put_int(&stmt, now);
    stmt_put_channel(&stmt, channel);
    stmt_put_build(&stmt, build);
    return stmt_run(&stmt, err);
}

bool catalog_objects_named(struct state *state, struct digest **objects, size_t *len, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT sha256 FROM build_file WHERE sha256 IS NOT NULL UNION SELECT offer_file.sha256 "
               "FROM offer JOIN offer_file ON offer_id = offer.id WHERE removed_unix IS NULL "
               "ORDER BY 1");
    *objects = NULL;
    *len = 0;
    while (stmt_row(&stmt)) {
        *objects = mem_grow(*objects, *len, sizeof **objects);
        (*objects)[(*len)++] = stmt_get_digest(&stmt);
    }
    if (stmt_end(&stmt, err))
        return true;
    free(*objects);
    *objects = NULL;
    *len = 0;
    return false;
}

bool catalog_object_is_named(struct state *state, const struct digest *digest, bool *named, struct err *err)
{
    AUTO_STMT stmt = stmt_make(
        state, "SELECT EXISTS (SELECT 1 FROM build_file WHERE sha256 = ?1) OR EXISTS (SELECT 1 FROM "
               "offer_file JOIN offer ON offer.id = offer_id WHERE offer_file.sha256 = ?1 AND "
               "removed_unix IS NULL)");
    stmt_put_digest(&stmt, digest);
    *named = !stmt_row(&stmt) || stmt_get_int(&stmt) != 0;
    return stmt_end(&stmt, err);
}

bool catalog_object_bytes(struct state *state, uint64_t *bytes, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "SELECT coalesce(sum(bytes), 0) FROM (SELECT bytes FROM build_file "
                                      "WHERE sha256 IS NOT NULL GROUP BY sha256)");
    *bytes = stmt_row(&stmt) ? (uint64_t)stmt_get_int(&stmt) : 0;
    return stmt_end(&stmt, err);
}
