#include "ringmgr/state/manifests.h"
#include "ringmgr/state/db_private.h"

bool manifests_find(struct state *state, const char *ring, struct kept_manifest *kept, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "SELECT sequence, accepted, accepted_unix, shown FROM manifest WHERE ring = ?");
    *kept = (struct kept_manifest){.accepted_unix = -1};
    stmt_put_text(&stmt, ring);
    if (stmt_row(&stmt)) {
        kept->sequence = stmt_get_int(&stmt);
        stmt_get_bytes(&stmt, &kept->accepted);
        kept->accepted_unix = stmt_get_unix(&stmt);
        stmt_get_bytes(&stmt, &kept->shown);
    }
    return stmt_end(&stmt, err);
}

void manifests_clear(struct kept_manifest *kept)
{
    buf_clear(&kept->accepted);
    buf_clear(&kept->shown);
    *kept = (struct kept_manifest){.accepted_unix = -1};
}

bool manifests_accept(struct state *state, const char *ring, int64_t sequence, const struct buf *bytes,
                      int64_t now, struct err *err)
{
    AUTO_STMT stmt =
        stmt_make(state, "INSERT INTO manifest (ring, sequence, accepted, accepted_unix) VALUES (?, ?, ?, ?) "
                         "ON CONFLICT (ring) DO UPDATE SET sequence = iif(accepted IS NULL, "
                         "excluded.sequence, max(sequence, excluded.sequence)), "
                         "accepted = excluded.accepted, accepted_unix = excluded.accepted_unix");
    stmt_put_text(&stmt, ring);
    stmt_put_int(&stmt, sequence);
    stmt_put_bytes(&stmt, bytes->data, bytes->len);
    stmt_put_unix(&stmt, now);
    return stmt_run_alone(&stmt, err);
}

bool manifests_forget(struct state *state, const char *ring, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE manifest SET sequence = 0, accepted = NULL, "
                                      "accepted_unix = NULL WHERE ring = ?");
    stmt_put_text(&stmt, ring);
    return stmt_run_alone(&stmt, err);
}

bool manifests_show(struct state *state, const char *ring, int64_t sequence, const struct buf *bytes,
                    struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO manifest (ring, sequence, shown) VALUES (?, ?, ?) "
                                      "ON CONFLICT (ring) DO UPDATE SET "
                                      "sequence = max(sequence, excluded.sequence), shown = excluded.shown");
    stmt_put_text(&stmt, ring);
    stmt_put_int(&stmt, sequence);
    stmt_put_bytes(&stmt, bytes->data, bytes->len);
    return stmt_run_alone(&stmt, err);
}
