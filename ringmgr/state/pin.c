#include "ringmgr/state/pin.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/state/db_private.h"

#include <stdlib.h>

#define STANDING "SELECT id, ring, channel, build, what, by, at_unix FROM pin WHERE taken_back_unix IS NULL "

bool pin_put(struct state *state, struct pin *pin, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "INSERT INTO pin (ring, channel, build, what, by, at_unix) VALUES "
                                      "(?, ?, ?, ?, ?, ?)");
    stmt_put_text(&stmt, pin->ring);
    stmt_put_channel(&stmt, pin->channel);
    stmt_put_build(&stmt, &pin->build);
    stmt_put_text(&stmt, pin->what);
    stmt_put_text(&stmt, pin->by);
    stmt_put_int(&stmt, pin->at_unix);
    if (!stmt_run(&stmt, err))
        return false;
    pin->id = state_inserted_id(state);
    return true;
}

static void get_pin(struct stmt *stmt, struct pin *pin)
{
    pin->id = stmt_get_int(stmt);
    pin->ring = stmt_get_text(stmt);
    pin->channel = stmt_get_channel(stmt);
    pin->build = stmt_get_build(stmt);
    pin->what = stmt_get_text(stmt);
    pin->by = stmt_get_text(stmt);
    pin->at_unix = stmt_get_int(stmt);
}

static bool find_standing(struct state *state, int64_t id, struct pin *pin, bool *found, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, STANDING "AND id = ?");
    stmt_put_int(&stmt, id);
    *pin = (struct pin){0};
    *found = stmt_row(&stmt);
    if (*found)
        get_pin(&stmt, pin);
    return stmt_end(&stmt, err);
}

bool pin_take_back(struct state *state, int64_t id, const char *by, int64_t now, struct pin *pin, bool *found,
                   struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, "UPDATE pin SET taken_back_unix = max(at_unix, ?), taken_back_by = ? "
                                      "WHERE id = ?");
    stmt_put_int(&stmt, now);
    stmt_put_text(&stmt, by);
    stmt_put_int(&stmt, id);
    if (find_standing(state, id, pin, found, err) && (!*found || stmt_run(&stmt, err)))
        return true;
    pin_clear(pin);
    return false;
}

bool pin_ever(struct state *state, int64_t id, bool *ever, struct err *err)
{
    return state_ever_had(state, "pin", id, ever, err);
}

bool pins_standing(struct state *state, const char *ring, struct pins *pins, struct err *err)
{
    AUTO_STMT stmt = stmt_make(state, ring ? STANDING "AND ring = ? ORDER BY at_unix, id"
                                           : STANDING "ORDER BY at_unix, id");
    if (ring)
        stmt_put_text(&stmt, ring);
    *pins = (struct pins){0};
    while (stmt_row(&stmt)) {
        pins->item = mem_grow(pins->item, pins->len, sizeof *pins->item);
        get_pin(&stmt, &pins->item[pins->len++]);
    }
    if (stmt_end(&stmt, err))
        return true;
    pins_clear(pins);
    return false;
}

void pin_clear(struct pin *pin)
{
    free_text(pin->ring);
    free_text(pin->what);
    free_text(pin->by);
    *pin = (struct pin){0};
}

void pins_clear(struct pins *pins)
{
    for (size_t i = 0; i < pins->len; i++)
        pin_clear(&pins->item[i]);
    free(pins->item);
    *pins = (struct pins){0};
}
