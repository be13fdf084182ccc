#include "ringmgr/fetch/smb.h"
#include "ringmgr/base/errand.h"
#include "ringmgr/base/mem.h"

#include <string.h>

/* "\\server\share" of a UNC path; what follows, if anything, is at *folders. */
static char *share_of(const char *unc, const char **folders)
{
    size_t server = strlen("\\\\") + strcspn(unc + strlen("\\\\"), "\\");
    size_t share = unc[server] ? server + 1 + strcspn(unc + server + 1, "\\") : server;
    *folders = unc[share] ? unc + share + 1 : "";
    return mem_strndup(unc, share);
}

/*
 * -E: standard output is the file and nothing else. A folder comes by -D, for -c takes every ; as the end of
 * a command, quoted or not (smbclient(1) of Samba 4.17). Who has no account gives an empty name, too: with
 * one of his own he would be nobody's guest but that account without a password.
 */
static void fill_arguments(const struct smb_file *file, struct strv *arguments)
{
    const char *folders;
    char *share AUTO_FREE = share_of(file->unc, &folders);
    strv_add(arguments, "smbclient");
    strv_add(arguments, "-E");
    if (file->credentials && *file->credentials) {
        strv_add(arguments, "-A");
        strv_add(arguments, file->credentials);
    } else {
        strv_add(arguments, "-N");
        strv_add(arguments, "-U");
        strv_add(arguments, "%");
    }
    strv_add(arguments, share);
    strv_add(arguments, "-D");
    strv_addf(arguments, "%s%s%s", folders, *folders ? "\\" : "", file->folder);
    strv_add(arguments, "-c");
    strv_addf(arguments, "get \"%s\" -", file->name);
}

/* Of the file or its folder; a share that is not there is another matter. */
static bool is_absent(const char *sentence)
{
    static const char *const statuses[] = {"NT_STATUS_OBJECT_NAME_NOT_FOUND",
                                           "NT_STATUS_OBJECT_PATH_NOT_FOUND", "NT_STATUS_NO_SUCH_FILE"};
    bool found = false;
    for (size_t i = 0; i < sizeof statuses / sizeof *statuses; i++)
        found = found || strstr(sentence, statuses[i]);
    return found && (strncmp(sentence, "cd ", 3) == 0 || strstr(sentence, "opening remote file"));
}

/* What ended before it had an answer. */
static bool judge_end(const struct smb_file *file, const struct errand_end *end, unsigned seconds,
                      uint64_t limit, struct err *err)
{
    if (end->how == ERRAND_MISSING)
        return err_set(err, ERR_FAILED,
                       "there is no smbclient, which reads shares as clients do: apt install smbclient");
    if (end->how == ERRAND_UNSTARTED) {
        *err = end->why;
        return false;
    }
    if (end->how == ERRAND_TOO_MUCH)
        return err_set(err, ERR_UPSTREAM, "%s: %s is longer than the %llu bytes that such a file can have",
                       file->unc, file->name, (unsigned long long)limit);
    if (end->how == ERRAND_TIMEOUT)
        return err_set(err, ERR_UPSTREAM, "%s: no answer within %u seconds", file->unc, seconds);
    return true;
}

static bool judge(const struct smb_file *file, struct errand_end *end, enum smb_result *result,
                  struct buf *bytes, struct err *err)
{
    *result = SMB_READ;
    if (end->how == ERRAND_EXITED && end->status == 0) {
        *bytes = end->out;
        end->out = (struct buf){0};
        return true;
    }
    char *sentence AUTO_FREE = errand_line(&end->said, "NT_STATUS_");
    *result = SMB_ABSENT;
    return is_absent(sentence) ||
           err_set(err, ERR_UPSTREAM, "%s: %s", file->unc, *sentence ? sentence : "smbclient failed");
}

bool smb_get(const struct smb_file *file, unsigned seconds, uint64_t limit, enum smb_result *result,
             struct buf *bytes, struct err *err)
{
    AUTO_ERRAND errand = {.seconds = seconds, .out_bytes = limit};
    AUTO_ERRAND_END end = {0};
    fill_arguments(file, &errand.arguments);
    errand_run(&errand, &end);
    return judge_end(file, &end, seconds, limit, err) && judge(file, &end, result, bytes, err);
}
