#include "config/document_mark.h"
#include "config/rollback_kit.h"
#include "config/utf16.h"

#include <string.h>

/* The end of the key of every policy that we write (gpo.h). */
#define KEY "common\\officeupdate"

static const struct mark {
    const char *name; /* of the file, in whatever folder */
    const char *text; /* that stands in it */
    bool utf16;
} marks[] = {
    {ROLLBACK_GO_BACK, KEY, true},
    {ROLLBACK_RELEASE, KEY, true},
    {"registry.pol", KEY, true},
    {"Backup.xml", "ringmgr.invalid", false},
    {"bkupInfo.xml", "ringmgr.invalid", false},
    {"manifest.xml", "ringmgr.invalid", false},
    {"Registry.pol.SAMBABACKUP", KEY, true},
    {"Registry.pol.xml", KEY "</Key>", false},
    {"GPT.INI.SAMBABACKUP", "[General]\r\nVersion=", false},
    {"GPT.INI.xml", "<IniFile>", false},
    {"gPCMachineExtensionNames.SAMBAEXT", "{35378EAC-683F-11D2-A89A-00C04FBBCFA2}", false},
    {"policy.json", "common\\\\officeupdate\"", false},
};

/* NULL if no document has that name. */
static const struct mark *find_mark(const char *name)
{
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++)
        if (strcmp(marks[i].name, name) == 0)
            return &marks[i];
    return NULL;
}

static bool begins_with(const struct buf *bytes, const struct buf *text)
{
    return bytes->len >= text->len && memcmp(bytes->data, text->data, text->len) == 0;
}

bool document_mark_fits(const char *path, const char *ring, const struct buf *bytes)
{
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    AUTO_BUF text = {0};
    if (strcmp(name, ROLLBACK_README) == 0) {
        rollback_kit_title(ring, &text);
        return begins_with(bytes, &text);
    }
    const struct mark *mark = find_mark(name);
    if (!mark)
        return false;
    if (mark->utf16)
        utf16_put_ascii(&text, mark->text);
    else
        buf_puts(&text, mark->text);
    return bytes->len && memmem(bytes->data, bytes->len, text.data, text.len);
}
