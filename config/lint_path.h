/*
 * What configuration.xml and policies say in the same words: where updates come from, which build, by when
 * (formats/deployment.md). Each function appends what is wrong with one text on one line. Pure.
 */
#ifndef CONFIG_LINT_PATH_H
#define CONFIG_LINT_PATH_H

#include "config/lint.h"

/*
 * An UpdatePath: UNC, local folder or http(s). Errors: no such path, control characters in it, \Office\Data
 * at its end, a mapped drive, and with a ring another share than the ring's or none at all ("", which means
 * the CDN). What cannot be told, because it holds environment variables or is another protocol's address, is
 * a warning with a ring.
 */
void lint_update_path(const char *path, unsigned line, const struct lint_options *options,
                      struct findings *findings);

/*
 * A SourcePath: UNC or local folder. As lint_update_path(), but another share than the ring's is a warning,
 * for media for one site may be meant, unless it is another ring's.
 */
void lint_source_path(const char *path, unsigned line, const struct lint_options *options,
                      struct findings *findings);

/* The SourcePath of a download, which setup.exe fills: any folder of whoever runs it, also a mapped drive,
 * but no other ring's share. */
void lint_download_folder(const char *path, unsigned line, const struct lint_options *options,
                          struct findings *findings);

/* Whether two texts are the same path: case and separators at the end mean nothing. */
bool lint_is_same_path(const char *a, const char *b);

/* A path of which no more is known: an error if it holds control characters. `name` is what it is called. */
void lint_plain_path(const char *name, const char *path, unsigned line, struct findings *findings);

/*
 * A target version, 16.0.x.y or "" for none. Errors: another form, and with a ring a build that is bad there
 * or does not stand on its share. One that may be installed is a note, since it holds machines there; a
 * warning if it is older than what the ring offers.
 */
void lint_target_version(const char *text, unsigned line, const struct lint_options *options,
                         struct findings *findings);

/* Whether a text is "16.0." and two numbers, the one form of a build that documents may have. */
bool lint_is_full_build(const char *text);

/* Whether a build stands on the ring's share. */
bool lint_ring_has(const struct lint_ring *ring, const struct build *build);
/* Whether machines must not be brought to a build: it is blocked, recalled or rolled back in the ring. */
bool lint_ring_has_bad(const struct lint_ring *ring, const struct build *build);
/* What the ring offers, as a text for sentences; "" if that is nothing, or is bad itself. */
const char *lint_ring_offer(const struct lint_ring *ring, char text[BUILD_TEXT_SIZE]);

enum lint_deadline_form { LINT_DEADLINE_TIME, LINT_DEADLINE_TIME_OR_DAYS /* policies */ };

/*
 * A deadline, "MM/DD/YYYY HH:MM" in UTC and zero-padded or, where the form allows it, a number of days.
 * Errors: anything else, dates that no calendar has, 0 days. A deadline in the past is a warning. "" is none.
 */
void lint_deadline(const char *text, unsigned line, enum lint_deadline_form form,
                   const struct lint_options *options, struct findings *findings);

#endif
