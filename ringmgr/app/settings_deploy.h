/*
 * Parsers of the values of [deploy], for the table of keys (settings_table.c); as those of settings_value.h.
 * What they accept is what config/odt.h can write; contradictions between them are found by odt_write(),
 * which knows the ring's channel.
 */
#ifndef RINGMGR_APP_SETTINGS_DEPLOY_H
#define RINGMGR_APP_SETTINGS_DEPLOY_H

#include "ringmgr/app/settings_value.h"

/*
 * Lists of type struct strv, in the spelling of the Office Deployment Tool whatever the file's. A product may
 * have its key, "VisioPro2024Volume:XXXXX-XXXXX-XXXXX-XXXXX-XXXXX"; a property is "NAME=VALUE", and
 * properties are separated by commas alone, since folders hold blanks.
 */
value_read_fn deploy_read_products;
value_read_fn deploy_read_apps;         /* of ExcludeApp */
value_read_fn deploy_read_msi_products; /* of IgnoreProduct */
value_read_fn deploy_read_properties;

/* Fields of type char * */
value_read_fn deploy_read_display; /* None or Full */
value_read_fn deploy_read_company;

/* A field of type unsigned: "3 days", 1 to 99 */
value_read_fn deploy_read_days;

#endif
