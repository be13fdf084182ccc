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
#include "ringmgr/base/version.h"

#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    ANSWER_BYTES = 64 << 10, /* more than that nobody reads: the status decides */
    SHOWN_BYTES = 200,
    SECRET_BYTES = 4, /* a shorter part of an address or password blots out half of the sentence */
};

struct sending {
    CURL *easy;
    struct curl_slist *fields; /* headers, or recipients */
    char *agent;
    const char *bytes; /* of a mail that are to be sent still */
    size_t left;
    size_t got;        /* bytes of the answer */
    struct buf answer; /* the first of them; of SMTP the last line */
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

static void blot(char *text, const char *secret)
{
    size_t len = strlen(secret);
    for (char *at = text; (at = strcasestr(at, secret));) {
        memmove(at + 3, at + len, strlen(at + len) + 1); /* secrets have more than three bytes */
        memcpy(at, "***", 3);
        at += 3;
    }
}

/* One line of printable text without secrets. */
static void make_fit(const struct sending *sending, char *text)
{
    for (size_t i = 0; i < sending->secret.len; i++)
        blot(text, sending->secret.item[i]);
    for (char *at = text; *at; at++)
        if ((unsigned char)*at < ' ' || *at == 0x7f)
            *at = ' ';
    for (size_t len = strlen(text); len > 0 && text[len - 1] == ' '; len--)
        text[len - 1] = 0;
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

/* Lines of SMTP: the last one is the answer. */
static size_t take_line(char *bytes, size_t size, size_t count, void *data)
{
    struct sending *sending = data;
    sending->answer.len = 0;
    buf_append(&sending->answer, bytes, size * count);
    return size * count;
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
    char shown[SHOWN_BYTES + 1];
    char *all AUTO_FREE = mem_strdup(buf_text(&sending->answer));
    make_fit(sending, all); /* before it is cut: half of a secret would stay */
    snprintf(shown, sizeof shown, "%s", all);
    snprintf(answer->text, sizeof answer->text, "%s%d%s%s", what, answer->status, shown[0] ? ": " : "",
             shown);
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
        add_secret(sending, mail->password, strlen(mail->password));
        add_secret(sending, mail->user, strlen(mail->user));
    }
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
        if (status >= 500)
            answer->outcome = SEND_REFUSED;
        return false;
    }
    answer->outcome = SEND_DELIVERED;
    snprintf(answer->text, sizeof answer->text, "SMTP status %d", answer->status);
    return true;
}
