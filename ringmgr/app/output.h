/* What commands print on stdout: JSON documents with their envelope, and texts for people. */
#ifndef RINGMGR_APP_OUTPUT_H
#define RINGMGR_APP_OUTPUT_H

#include "ringmgr/app/command.h"
#include "ringmgr/policy/gate.h"

/* A new document with schema, ringmgr, host and now. */
struct jv *output_envelope(void);

/* Sets a build as its text; none becomes null. */
void output_set_build(struct jv *object, const char *key, const struct build *build);
/* The gates as the contract wants them; the caller owns the array. */
struct jv *output_gates(const struct verdict verdict[GATE_COUNT]);

/* Whether the text says first whom or what it is about: "pilot" in "pilot is held", "pilot: nothing new". */
bool output_names_first(const char *text, const char *name);

/* "2026-08-22 18:00" in the configured time zone; "never" if negative. */
void output_time(int64_t unix_seconds, char text[64]);
/* A copy of what a disk or a server has named, harmless on a terminal (utf8_disarm()). The caller frees it.
 */
char *output_shown(const char *text);
/* "3.5 GB" */
void output_bytes(uint64_t bytes, char text[32]);

/* Writes all of it to stdout. A reader that has gone has had enough: no error. */
bool output_to_stdout(const struct buf *bytes, struct err *err) MUST_CHECK;
/*
 * Writes a document to -o PATH (durably, replacing a file of that name) or to stdout. The path is beneath
 * app->output_dir, or at the other end of app->output_channel.
 */
bool output_document(const struct app *app, const struct buf *document, struct err *err) MUST_CHECK;

/* Whether -o of what the command line asks for names a folder; else a file. */
bool output_is_folder(const struct arguments *arguments);
/* ERR_USAGE where the folder -o DIR holds anything but older ones of these documents (of which only the names
 * count): an importer would take that, too, or it is somebody's and would be written over. */
bool output_check_folder(const struct app *app, const struct documents *documents,
                         struct err *err) MUST_CHECK;
/* Writes one document below the folder of -o, durably, with the folders between. */
bool output_write(const struct app *app, const struct document *document, struct err *err) MUST_CHECK;
/* Writes documents in their order into the folder -o DIR, each durably, with the folders between. */
bool output_documents(const struct app *app, const struct documents *documents, struct err *err) MUST_CHECK;

#endif
