/*
 * Request: a command that somebody has asked the service for, from the point of view of the child that
 * carries it out. Its words and the person's standard input, output and error come through the connection
 * itself, so the service never touches them: whoever sends rubbish, or files that hang, keeps nobody busy but
 * this child.
 */
#ifndef RINGMGR_APP_REQUEST_H
#define RINGMGR_APP_REQUEST_H

#include "ringmgr/app/command.h"

/* The first word of a request; another one is of another version. */
#define REQUEST_VERSION "ringmgr-request-1"

/* Descriptors of a request, in this order; the last only with -o. */
enum { REQUEST_STDIN, REQUEST_STDOUT, REQUEST_STDERR, REQUEST_STANDARD, REQUEST_OUTPUT = REQUEST_STANDARD };

/*
 * Receives the request from arguments.inherited.peer: app->request and app->arguments are then its own, the
 * standard descriptors are the person's, and app->output_channel is where -o goes. What is written to them is
 * kept until it is read for or until the process ends, so that a pipe that nobody reads never stops a command
 * that holds a lock. ERR_USAGE where it is no request, which the person is told.
 */
bool request_take(struct app *app, struct err *err) MUST_CHECK;

/* Tells the person how it ended: with what status, and a sentence where nobody else has said one ("" else).
 * Who is gone, or does not listen, is told nothing. */
void request_answer(int connection, int status, const char *text);

#endif
