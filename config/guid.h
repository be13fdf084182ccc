/* GUIDs that are derived from names, so that the same document has the same one each time. Pure. */
#ifndef CONFIG_GUID_H
#define CONFIG_GUID_H

#define GUID_TEXT_SIZE 39 /* "{8-4-4-4-12}" and a NUL */

/*
 * The version 5 GUID (RFC 9562, section 5.5) of the text "RING PURPOSE" in ringmgr's own namespace, in braces
 * and upper case. `purpose` says which document and which thing in it, "gpo-backup id".
 */
void guid_derive(const char *ring, const char *purpose, char text[GUID_TEXT_SIZE]);

#endif
