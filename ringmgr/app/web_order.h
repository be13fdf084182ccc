/*
 * Order: what somebody has posted to the page, from the service, which does not look into it, to the child
 * that carries it out. The service writes action, header and body into a sealed file in memory; the child
 * reads the JSON and makes a command line of it, of which nobody else gets to see the reason.
 */
#ifndef RINGMGR_APP_WEB_ORDER_H
#define RINGMGR_APP_WEB_ORDER_H

#include "ringmgr/app/command.h"

/* Appends the order. `named` is NULL where the proxy's header was not there. */
void web_order_write(const char *action, const char *named, const struct buf *body, struct buf *order);

/*
 * Makes the command line of an order: words for arguments_parse_request(). *named, which the caller frees, is
 * NULL or what was written. ERR_USAGE with a sentence where the body is not what the action takes.
 */
bool web_order_read(const struct buf *order, struct strv *words, char **named, struct err *err) MUST_CHECK;

/*
 * Receives the order from arguments.inherited.web: app->request and app->arguments are then its own, and
 * app->web and app->web_named tell of it. ERR_USAGE or ERR_REFUSED where nothing comes of it, which is
 * printed as JSON.
 */
bool web_order_take(struct app *app, struct err *err) MUST_CHECK;

#endif
