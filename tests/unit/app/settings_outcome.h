/* What the tests of the configuration share: a good one, and what reading it came to. */
#ifndef RINGMGR_TESTS_UNIT_APP_SETTINGS_OUTCOME_H
#define RINGMGR_TESTS_UNIT_APP_SETTINGS_OUTCOME_H

#include "test.h"

#include "ringmgr/app/settings.h"

static const char *const base = "[ringmgr]\n"                   /* 1 */
                                "store = /srv/store\n"          /* 2 */
                                "state = /var/lib/ringmgr\n"    /* 3 */
                                "[content]\n"                   /* 4 */
                                "languages = en-us, fr-fr\n"    /* 5 */
                                "[ring pilot]\n"                /* 6 */
                                "channel = MonthlyEnterprise\n" /* 7 */
                                "source = origin\n"             /* 8 */
                                "path = /srv/pilot\n";          /* 9 */
enum { BASE_LINES = 9 };

/* What reading some text came to. */
struct outcome {
    struct settings settings;
    struct settings_problems problems;
    struct err err;
    bool ok;
};

static inline struct outcome read_bytes(const char *text, size_t len)
{
    struct outcome outcome = {0};
    outcome.ok = settings_parse(text, len, "x.conf", &outcome.settings, &outcome.problems, &outcome.err);
    assert_int_equal(outcome.ok, outcome.problems.len == 0);
    if (!outcome.ok)
        assert_int_equal(outcome.err.code, ERR_USAGE);
    return outcome;
}

/* Reads the good configuration above with `more` behind it, from line 10. */
static inline struct outcome read_more(const char *more)
{
    AUTO_BUF text = {0};
    buf_puts(&text, base);
    buf_puts(&text, more);
    return read_bytes(buf_text(&text), text.len);
}

static inline void clear(struct outcome *outcome)
{
    settings_clear(&outcome->settings);
    settings_problems_clear(&outcome->problems);
}

static inline void print_problems(const struct settings_problems *problems)
{
    for (size_t i = 0; i < problems->len; i++)
        fprintf(stderr, "  %u %s %s\n", problems->item[i].line, problems->item[i].code,
                problems->item[i].text);
}

/* Exactly one problem: this one. `part` stands in its sentence. */
static inline void assert_only_problem(struct outcome *outcome, unsigned line, const char *code,
                                       const char *part)
{
    char head[64];
    const struct settings_problem *problem = outcome->problems.item;
    if (outcome->problems.len != 1 || problem->line != line || strcmp(problem->code, code) != 0 ||
        !strstr(problem->text, part)) {
        print_problems(&outcome->problems);
        fail_msg("wanted: %u %s …%s…", line, code, part);
    }
    snprintf(head, sizeof head, line ? "x.conf:%u: " : "x.conf: ", line);
    if (strncmp(outcome->err.msg, head, strlen(head)) != 0)
        fail_msg("%s", outcome->err.msg);
    assert_string_equal(outcome->err.msg + strlen(head), problem->text);
    clear(outcome);
}

static inline void assert_good(const struct outcome *outcome)
{
    if (outcome->ok)
        return;
    print_problems(&outcome->problems);
    fail_msg("%s", outcome->err.msg);
}

#endif
