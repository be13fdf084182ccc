/*
 * libcurl's easy interface, one transfer a call. What it must not do on its own is switched off, as in
 * curl.c: proxies and logins from the environment and ~/.netrc, redirects, signals, other protocols.
 *
 * A server may repeat what it was sent: an error page names the address, and that may be all that keeps
 * others from posting. So every part of a secret is blotted out of what is told.
 */
#include "ringmgr/fetch/curl_send.h"
#include "ringmgr/base/buf.h"
#include "ringmgr/base/mem.h"
#include "ringmgr/base/utf8.h"
#include "ringmgr/base/version.h"
#include "ringmgr/fetch/curl_library.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_BYTES = 64 << 10, /* more than that nobody reads: the status decides */
    SHOWN_BYTES = 200,
    SECRET_BYTES = 4, /* a shorter part of an address or password blots out half of the sentence */
    PART_BYTES = 6,   /* a beginning of a secret that is as long is taken for one */
};

struct sending {
    CURL *easy;
    struct curl_slist *fields; /* headers, or recipients */
    char *agent;
    const char *bytes; /* of a mail that are to be sent still */
    size_t left;
    size_t got;        /* bytes of the answer */
    struct buf answer; /* the first of them; of SMTP the last reply */
    bool unfinished;   /* it has another line */
    struct strv secret;
    char reason[CURL_ERROR_SIZE];
};

static void sending_clear(struct sending *sending)
{
    curl_easy_cleanup(sending->easy);
    curl_slist_free_all(sending->fields);
    free(sending->agent);
    buf_clear(&sending->answer);
    for (size_t i = 0; i < sending->secret.len; i++)
        explicit_bzero(sending->secret.item[i], strlen(sending->secret.item[i]));
    strv_clear(&sending->secret);
    curl_global_cleanup();
}

/* ---- secrets ---- */

static void add_secret(struct sending *sending, const char *text, size_t len)
{
    char *part AUTO_FREE = mem_strndup(text, len);
    if (len >= SECRET_BYTES)
        strv_add(&sending->secret, part);
}

/* All behind the host, and each part of it, whether as it stands or without its encoding; a login, too. */
static void add_secrets_of(struct sending *sending, const char *url)
{
    const char *host = strstr(url, "://");
    host = host ? host + 3 : url;
    const char *path = host + strcspn(host, "/?#"), *at = memchr(host, '@', (size_t)(path - host));
    if (at)
        add_secret(sending, host, (size_t)(at - host));
    add_secret(sending, path, strlen(path));
    for (const char *part = path; *part;) {
        part += strspn(part, "/?&=#");
        size_t len = strcspn(part, "/?&=#");
        int plain_len = 0;
        char *plain = curl_easy_unescape(sending->easy, part, (int)len, &plain_len);
        add_secret(sending, part, len);
        if (plain)
            add_secret(sending, plain, strlen(plain));
        curl_free(plain);
        part += len;
    }
}

/* RFC 4648, section 4. */
static void put_base64(const char *bytes, size_t len, struct buf *out)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    uint32_t bits = 0;
    unsigned count = 0;
    for (size_t i = 0; i < len; i++) {
        bits = bits << 8 | (unsigned char)bytes[i];
        for (count += 8; count >= 6; count -= 6)
            buf_append(out, &digits[bits >> (count - 6) & 63], 1);
    }
    if (count > 0)
        buf_append(out, &digits[bits << (6 - count) & 63], 1);
    while (out->len % 4)
        buf_puts(out, "=");
}

static void add_encoded(struct sending *sending, const struct buf *plain)
{
    struct buf encoded AUTO(buf_wipe) = {0};
    put_base64(buf_text(plain), plain->len, &encoded);
    add_secret(sending, buf_text(&encoded), encoded.len);
}

/* As it stands and as it goes over the line: a server may repeat the command that it did not like (RFC 4616,
 * and the mechanism LOGIN). */
static void add_login(struct sending *sending, const char *user, const char *password)
{
    struct buf both AUTO(buf_wipe) = {0}, one AUTO(buf_wipe)
    = {0}, other AUTO(buf_wipe)
    = {0};
    add_secret(sending, password, strlen(password));
    add_secret(sending, user, strlen(user));
    buf_append(&both, "", 1);
    buf_append(&both, user, strlen(user) + 1);
    buf_puts(&both, password);
    buf_puts(&one, user);
    buf_puts(&other, password);
    add_encoded(sending, &both);
    add_encoded(sending, &one);
    add_encoded(sending, &other);
}

/* How many bytes of the secret `text` begins with, if they are enough to be of it. */
static size_t begins_with(const char *text, const char *secret)
{
    size_t len = 0;
    while (secret[len] && tolower((unsigned char)text[len]) == tolower((unsigned char)secret[len]))
        len++;
    return !secret[len] || len >= PART_BYTES ? len : 0;
}

/* Who tells may have cut it: its beginning goes, too. */
static void blot(char *text, const char *secret)
{
    for (char *at = text; *at; at++) {
        size_t len = begins_with(at, secret);
        if (len == 0)
            continue;
        memmove(at + 3, at + len, strlen(at + len) + 1); /* secrets have more than three bytes */
        memset(at, '*', 3);
        at += 2;
    }
}

/* One line of printable text without secrets. */
static void make_fit(const struct sending *sending, char *text)
{
    for (size_t i = 0; i < sending->secret.len; i++)
        blot(text, sending->secret.item[i]);
    for (char *at = text; *at;) {
        size_t len = utf8_length(at);
        if (len == 0)
            *at = '?';
        else if (utf8_is_control(at))
            memset(at, ' ', len);
        at += len ? len : 1;
    }
    for (size_t len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
        text[len - 1] = 0;
}

/* How many bytes of it may be shown, without tearing a character apart. */
static size_t shown_len(const char *text)
{
    size_t len = 0;
    while (text[len] && len + utf8_length(text + len) <= SHOWN_BYTES)
        len += utf8_length(text + len);
    return len;
}

/* ---- what goes and comes ---- */

static size_t give(char *bytes, size_t size, size_t count, void *data)
{
    struct sending *sending = data;
    size_t len = size * count < sending->left ? size * count : sending->left;
    memcpy(bytes, sending->bytes, len);
    sending->bytes += len;
    sending->left -= len;
    return len;
}

static size_t take_body(char *bytes, size_t size, size_t count, void *data)
{
    struct sending *sending = data;
    size_t len = size * count;
    sending->got += len;
    if (sending->answer.len < ANSWER_BYTES)
        buf_append(&sending->answer, bytes, len);
    return sending->got > ANSWER_BYTES ? 0 : len;
}

static void end_line(struct buf *text)
{
    while (text->len > 0 && (text->data[text->len - 1] == '\r' || text->data[text->len - 1] == '\n'))
        text->len--;
    buf_puts(text, " ");
}

/* Lines of SMTP: the last reply counts, all of whose lines but the last have a "-" behind their number (RFC
 * 5321, 4.2.1). */
static size_t take_line(char *bytes, size_t size, size_t count, void *data)
{
    enum { NUMBER = 3 };
    struct sending *sending = data;
    size_t len = size * count;
    if (!sending->unfinished)
        sending->answer.len = 0;
    size_t skip = sending->answer.len > 0 && len > NUMBER ? NUMBER + 1 : 0; /* of a further line */
    sending->unfinished = len > NUMBER && bytes[NUMBER] == '-';
    if (skip)
        end_line(&sending->answer);
    if (sending->answer.len < ANSWER_BYTES)
        buf_append(&sending->answer, bytes + skip, len - skip);
    return len;
}

/* ---- both ---- */

static bool begin(struct sending *sending, const struct send_options *options, struct send_answer *answer)
{
    *answer = (struct send_answer){.outcome = SEND_LATER};
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK || !(sending->easy = curl_easy_init())) {
        snprintf(answer->text, sizeof answer->text, "libcurl does not start");
        return false;
    }
    CURL *easy = sending->easy;
    sending->agent = mem_printf("ringmgr/%s", version_text());
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(easy, CURLOPT_PROXY, options->proxy ? options->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, sending->reason);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, (long)options->seconds);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT, (long)options->seconds);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, sending->agent);
    if (options->ca && *options->ca)
        curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca);
    return true;
}

static bool is_hopeless(CURLcode code)
{
    switch ((int)code) {
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_URL_MALFORMAT:
    case CURLE_LOGIN_DENIED:
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_REMOTE_FILE_NOT_FOUND:
        return true;
    default:
        return false;
    }
}

static void tell_failure(const struct sending *sending, CURLcode code, struct send_answer *answer)
{
    answer->outcome = is_hopeless(code) ? SEND_REFUSED : SEND_LATER;
    snprintf(answer->text, sizeof answer->text, "%s",
             sending->reason[0] ? sending->reason : curl_easy_strerror(code));
    make_fit(sending, answer->text);
}

static void tell_status(const struct sending *sending, const char *what, struct send_answer *answer)
{
    char *all AUTO_FREE = mem_strdup(buf_text(&sending->answer));
    make_fit(sending, all); /* before it is cut: half of a secret would stay */
    snprintf(answer->text, sizeof answer->text, "%s%d%s%.*s", what, answer->status, *all ? ": " : "",
             (int)shown_len(all), all);
}

/* ---- webhooks ---- */

static enum send_outcome judge_http(int status)
{
    if (status >= 200 && status < 300)
        return SEND_DELIVERED;
    bool later = status >= 500 || status == 408 || status == 425 || status == 429; /* RFC 9110, 8470, 6585 */
    return later ? SEND_LATER : SEND_REFUSED;
}

static void set_post(struct sending *sending, const struct send_post *post)
{
    CURL *easy = sending->easy;
    sending->fields = curl_slist_append(sending->fields, "Content-Type: application/json; charset=utf-8");
    sending->fields = curl_slist_append(sending->fields, "Expect:");
    curl_easy_setopt(easy, CURLOPT_URL, post->url);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_HTTPHEADER, sending->fields);
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, post->body);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)post->len);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, sending);
}

bool send_post(const struct send_options *options, const struct send_post *post, struct send_answer *answer)
{
    struct sending sending AUTO(sending_clear) = {0};
    long status = 0;
    if (!begin(&sending, options, answer))
        return false;
    add_secrets_of(&sending, post->url);
    set_post(&sending, post);
    CURLcode code = curl_easy_perform(sending.easy);
    curl_easy_getinfo(sending.easy, CURLINFO_RESPONSE_CODE, &status);
    bool enough = code == CURLE_WRITE_ERROR && sending.got > ANSWER_BYTES;
    if (code != CURLE_OK && !enough) {
        tell_failure(&sending, code, answer);
        return false;
    }
    answer->status = (int)status;
    answer->outcome = judge_http(answer->status);
    tell_status(&sending, "HTTP status ", answer);
    return answer->outcome == SEND_DELIVERED;
}

/* ---- mail ---- */

static void set_mail(struct sending *sending, const struct send_mail *mail)
{
    CURL *easy = sending->easy;
    for (const char *const *to = mail->to; *to; to++)
        sending->fields = curl_slist_append(sending->fields, *to);
    sending->bytes = mail->message;
    sending->left = mail->len;
    curl_easy_setopt(easy, CURLOPT_URL, mail->server);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
    curl_easy_setopt(easy, CURLOPT_USE_SSL, (long)(mail->plain ? CURLUSESSL_NONE : CURLUSESSL_ALL));
    curl_easy_setopt(easy, CURLOPT_MAIL_FROM, mail->from);
    curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, sending->fields);
    curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(easy, CURLOPT_READFUNCTION, give);
    curl_easy_setopt(easy, CURLOPT_READDATA, sending);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_line);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, sending);
    if (mail->user && mail->password) {
        curl_easy_setopt(easy, CURLOPT_USERNAME, mail->user);
        curl_easy_setopt(easy, CURLOPT_PASSWORD, mail->password);
        add_login(sending, mail->user, mail->password);
    }
}

/* What the server itself said, behind what libcurl made of it. */
static void tell_words(const struct sending *sending, struct send_answer *answer)
{
    char *words AUTO_FREE = mem_strdup(buf_text(&sending->answer));
    size_t len = strlen(answer->text);
    make_fit(sending, words);
    if (*words)
        snprintf(answer->text + len, sizeof answer->text - len, "; the server says: %.*s",
                 (int)shown_len(words), words);
}

bool send_mail(const struct send_options *options, const struct send_mail *mail, struct send_answer *answer)
{
    struct sending sending AUTO(sending_clear) = {0};
    long status = 0;
    if (!begin(&sending, options, answer))
        return false;
    set_mail(&sending, mail);
    CURLcode code = curl_easy_perform(sending.easy);
    curl_easy_getinfo(sending.easy, CURLINFO_RESPONSE_CODE, &status);
    answer->status = (int)status;
    if (code != CURLE_OK) {
        tell_failure(&sending, code, answer);
        if (status >= 400)
            tell_words(&sending, answer);
        if (status >= 500)
            answer->outcome = SEND_REFUSED;
        return false;
    }
    answer->outcome = SEND_DELIVERED;
    snprintf(answer->text, sizeof answer->text, "SMTP status %d", answer->status);
    return true;
}
