#include "ringmgr/policy/window.h"
#include "ringmgr/base/mem.h"

#include <stdlib.h>
#include <string.h>

enum { WEEK_SECONDS = 7 * 86400 };

bool window_add(struct weekly_windows *windows, const char *text, char why[128])
{
    if (*text < '0' || *text > '9')
        return calendar_add_window(windows, text, why);
    static const char days[] = "Mon-Sun ", quoted[] = "\"Mon-Sun ";
    char *daily AUTO_FREE = mem_printf("%s%s", days, text);
    if (calendar_add_window(windows, daily, why))
        return true;
    if (strncmp(why, quoted, sizeof quoted - 1) == 0) /* as it is written, not as it was read */
        memmove(why + 1, why + sizeof quoted - 1, strlen(why + sizeof quoted - 1) + 1);
    return false;
}

struct window_state window_at(const struct weekly_windows *windows, int64_t at_unix)
{
    struct window_state state = {.until_unix = -1};
    state.open = calendar_is_open(windows, at_unix, &state.until_unix);
    if (state.open)
        state.until_unix = calendar_open_until(windows, at_unix);
    return state;
}

int64_t window_next_opening(const struct weekly_windows *windows, int64_t at_unix)
{
    struct window_state state = window_at(windows, at_unix);
    if (!state.open || state.until_unix < 0)
        return state.until_unix;
    return window_at(windows, state.until_unix).until_unix;
}

int64_t window_seconds_a_week(const struct weekly_windows *windows, int64_t at_unix)
{
    int64_t end = at_unix + WEEK_SECONDS, open = 0, at = at_unix;
    while (at < end) {
        struct window_state state = window_at(windows, at);
        int64_t until = state.until_unix < 0 || state.until_unix > end ? end : state.until_unix;
        open += state.open ? until - at : 0;
        at = until;
    }
    return open;
}
