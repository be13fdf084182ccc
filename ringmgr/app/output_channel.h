/*
 * Where -o of somebody's command leads is that person's: the service's account may not write there, and shall
 * not. So the documents go back, and the person's own command writes them with the person's own rights.
 */
#ifndef RINGMGR_APP_OUTPUT_CHANNEL_H
#define RINGMGR_APP_OUTPUT_CHANNEL_H

#include "config/document.h"

/*
 * The service's side. Both wait until the other side has done it (at most 30 s for each answer) and fail as
 * that has failed, or with ERR_FAILED where nobody answers.
 */

/* Writes one document; `path` is below the folder of -o, or the file's name there. */
bool output_channel_write(int channel, const char *path, const struct buf *bytes, struct err *err) MUST_CHECK;
/* Is the folder fit for these documents (output_check_folder())? */
bool output_channel_check(int channel, const struct documents *documents, struct err *err) MUST_CHECK;

/* How the person's side does them; the context is output_channel_serve()'s. */
struct output_channel_acts {
    bool (*write)(void *context, const struct document *document, struct err *err);
    bool (*check)(void *context, const struct documents *documents, struct err *err);
};
/* Answers one question. *open false: there will be none any more. ERR_FAILED if what came is no question. */
bool output_channel_serve(int channel, const struct output_channel_acts *acts, void *context, bool *open,
                          struct err *err) MUST_CHECK;

#endif
