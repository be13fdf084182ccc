#include "ringmgr/c2r/authenticode_der.h"
#include "ringmgr/base/limits.h"

#include <string.h>

enum { TAG_CONSTRUCTED = 0x20, TAG_LONG_FORM = 0x1f, LENGTH_LONG_FORM = 0x80, LENGTH_OCTETS_MAX = 4 };

/* The length octets of X.690, 8.1.3, in the one form that 10.1 allows. False if they are anything else. */
static bool take_length(struct der *in, size_t *length)
{
    if (in->len == 0)
        return false;
    size_t octets = 0;
    *length = in->data[0];
    if (*length >= LENGTH_LONG_FORM) {
        octets = *length - LENGTH_LONG_FORM;
        if (octets == 0 || octets > LENGTH_OCTETS_MAX || octets >= in->len || in->data[1] == 0)
            return false;
        *length = 0;
        for (size_t i = 1; i <= octets; i++)
            *length = *length << 8 | in->data[i];
        if (*length < LENGTH_LONG_FORM)
            return false;
    }
    in->data += 1 + octets;
    in->len -= 1 + octets;
    return *length <= in->len;
}

bool der_next(struct der *in, struct der_element *element)
{
    struct der rest = *in;
    size_t length;
    if (rest.len == 0 || (rest.data[0] & TAG_LONG_FORM) == TAG_LONG_FORM)
        return false;
    unsigned tag = rest.data[0];
    rest.data++;
    rest.len--;
    if (!take_length(&rest, &length))
        return false;
    const uint8_t *end = rest.data + length;
    element->tag = tag;
    element->value = (struct der){rest.data, length};
    element->whole = (struct der){in->data, (size_t)(end - in->data)};
    *in = (struct der){end, rest.len - length};
    return true;
}

static bool take(struct der *in, unsigned tag, struct der_element *element)
{
    struct der rest = *in;
    if (!der_next(&rest, element) || element->tag != tag)
        return false;
    *in = rest;
    return true;
}

bool der_take(struct der *in, unsigned tag, struct der *value)
{
    struct der_element element;
    if (!take(in, tag, &element))
        return false;
    *value = element.value;
    return true;
}

bool der_take_whole(struct der *in, unsigned tag, struct der *whole)
{
    struct der_element element;
    if (!take(in, tag, &element))
        return false;
    *whole = element.whole;
    return true;
}

bool der_expect(struct der *in, const void *bytes, size_t len)
{
    if (in->len < len || memcmp(in->data, bytes, len) != 0)
        return false;
    in->data += len;
    in->len -= len;
    return true;
}

bool der_expect_sha256(struct der *in)
{
    static const uint8_t null_form[] = {0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01,
                                        0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00};
    static const uint8_t absent_form[] = {0x30, 0x0b, 0x06, 0x09, 0x60, 0x86, 0x48,
                                          0x01, 0x65, 0x03, 0x04, 0x02, 0x01};
    return der_expect(in, null_form, sizeof null_form) || der_expect(in, absent_form, sizeof absent_form);
}

bool der_expect_rsa(struct der *in)
{
    static const uint8_t rsa[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                  0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00};
    static const uint8_t rsa_sha256[] = {0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86,
                                         0xf7, 0x0d, 0x01, 0x01, 0x0b, 0x05, 0x00};
    return der_expect(in, rsa, sizeof rsa) || der_expect(in, rsa_sha256, sizeof rsa_sha256);
}

static bool well_formed(struct der in, int depth)
{
    struct der_element element;
    while (in.len) {
        if (!der_next(&in, &element))
            return false;
        if (!(element.tag & TAG_CONSTRUCTED))
            continue;
        if (depth == LIMIT_DER_DEPTH || !well_formed(element.value, depth + 1))
            return false;
    }
    return true;
}

bool der_well_formed(struct der in)
{
    return well_formed(in, 0);
}

bool der_equal(struct der a, struct der b)
{
    return a.len == b.len && memcmp(a.data, b.data, a.len) == 0;
}
