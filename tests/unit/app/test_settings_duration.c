#include "test.h"

#include "ringmgr/app/settings_duration.h"

static void durations_have_a_fixed_length(void **state)
{
    static const struct {
        const char *text;
        int64_t seconds; /* -1: none */
    } durations[] = {
        {"14 days", 14 * 86400},
        {"1 day", 86400},
        {"36h", 36 * 3600},
        {"2 hours", 7200},
        {"1 hour", 3600},
        {"90 minutes", 5400},
        {"1 minute", 60},
        {"0h", 0},
        {"3653 days", (int64_t)3653 * 86400},
        {"3654 days", -1},
        {"", -1},
        {"14", -1},
        {"days", -1},
        {"-1 days", -1},
        {"1.5 days", -1},
        {"14  days", -1},
        {"14 Days", -1},
        {"12 months", -1},
        {"10 workdays", -1},
        {"99999999999999999999h", -1},
        {"14 days x", -1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        int64_t seconds = -1;
        bool ok = settings_parse_duration(durations[i].text, &seconds);
        if (ok != (durations[i].seconds >= 0) || seconds != durations[i].seconds)
            fail_msg("\"%s\": %lld", durations[i].text, (long long)seconds);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(durations_have_a_fixed_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
