/* The policies that every form of document is tested with. */
#ifndef RINGMGR_TESTS_UNIT_CONFIG_POLICIES_H
#define RINGMGR_TESTS_UNIT_CONFIG_POLICIES_H

#include "config/gpo.h"
#include "test.h"

#define POLICIES_NOW 1785579630 /* 2026-08-01T10:20:30Z */

/* Letters of one to four bytes and all that XML, CDATA and JSON would take as theirs. */
#define POLICIES_ODD_SHARE "\\\\files\\b\u00fcro & \"<\u20ac>\" ']]>' \U0001f600"

/* What a ring's machines are told for good: each setting, one of them removed. */
static inline void policy_of_a_ring(struct policy *policy)
{
    struct err err = {0};
    struct gpo_ring ring = {
        .share = "\\\\files\\office-pilot", .hide_switch = true, .deadline_days = 3, .clear_target = true};
    assert_ok(gpo_ring(&ring, policy, &err));
}

/* A build, a deadline, and a share with every odd letter. */
static inline void policy_with_odd_letters(struct policy *policy)
{
    struct err err = {0};
    struct gpo_pin pin = {
        .target = {{16, 0, 20228, 20134}}, .unc = POLICIES_ODD_SHARE, .deadline_unix = 1788026405};
    assert_ok(gpo_pin(&pin, policy, &err));
}

/* Shares that no document can hold; `xml_only` where only XML cannot. */
static const struct {
    const char *text;
    bool xml_only;
} policies_bad_shares[] = {
    {"\\\\files\\a\tb", false},        {"\\\\files\\a\nb", false},        {"\\\\files\\\x7f", false},
    {"\\\\files\\\xc2\x85", false},    {"\\\\files\\\xff", false},        {"\\\\files\\\xed\xa0\x80", false},
    {"\\\\files\\\xef\xbf\xbe", true}, {"\\\\files\\\xef\xbf\xbf", true},
};

enum { POLICIES_BAD_SHARES = sizeof policies_bad_shares / sizeof *policies_bad_shares };

static inline void policy_with_share(struct policy *policy, const char *share)
{
    policy_set_number(policy, gpo_setting(GPO_ENABLE_UPDATES), 1);
    policy_set_text(policy, gpo_setting(GPO_UPDATE_PATH), share);
}

#endif
