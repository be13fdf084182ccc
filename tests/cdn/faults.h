/* What the hostile server does wrong, when and how often; see faults.c. */
#ifndef TESTCDN_FAULTS_H
#define TESTCDN_FAULTS_H

#include "bytes.h"

#include <stdbool.h>
#include <stdint.h>

/* Everything an answer can be made to suffer; zero means nothing. Several faults may apply to one answer. */
struct affliction {
    bool truncate; /* close the connection after `truncate_after` bytes of the body */
    uint64_t truncate_after;
    int64_t length_delta; /* announce so many bytes more or fewer than there are, and close there */
    bool corrupt;         /* flip a bit of the byte at `corrupt_at` of the file */
    uint64_t corrupt_at;
    bool ignore_range;  /* 200 with everything */
    bool shift_range;   /* 206 that says it has the wanted bytes and carries the ones behind them */
    bool changing_etag; /* another ETag on every answer */
    bool changed_file;  /* another ETag and Last-Modified, once and for all while the fault lasts */
    bool no_validators; /* neither ETag nor Last-Modified */
    bool always_200;    /* conditional requests are ignored */
    unsigned stall_ms;  /* wait before byte `stall_after` of the body */
    uint64_t stall_after;
    unsigned status;        /* answer with this status and no file */
    unsigned retry_after_s; /* with that status; 0: no Retry-After */
    uint64_t rate;          /* bytes a second; 0: no limit */
    char *location;         /* with a 3xx status; the caller frees it */
    /* Of a request for several ranges: */
    enum { SEVERAL_RANGES, SEVERAL_WHOLE, SEVERAL_FIRST, SEVERAL_BACKWARDS, SEVERAL_REFUSED } several;
    unsigned several_status; /* with SEVERAL_REFUSED */
    char *proxy_user;        /* "user:password" that a proxy demands, else 407; the caller frees it */
};

struct faults;

/* An empty set of faults; path may be NULL or the file that holds them, read again whenever it changes. */
struct faults *faults_new(const char *path);
/* Frees a set. */
void faults_free(struct faults *f);
/* Adds one fault from words "key=value"; false with a message in `error` when it makes no sense. */
bool faults_add(struct faults *f, const char *words, struct bytes *error);
/* Removes all faults, also those of the file until it changes again. */
void faults_clear(struct faults *f);
/* Collects what the answer to this path suffers and counts the faults that have a limit. */
struct affliction faults_for(struct faults *f, const char *path);
/* Appends one line a fault: its words and how often it is still to come. */
void faults_print(struct faults *f, struct bytes *out);

#endif
