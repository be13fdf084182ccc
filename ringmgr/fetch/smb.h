/*
 * Files of SMB shares, as a client reads them: by Samba's program smbclient, which is started without a shell
 * and with an environment of its own. For small files; nothing is written.
 */
#ifndef RINGMGR_FETCH_SMB_H
#define RINGMGR_FETCH_SMB_H

#include "ringmgr/base/buf.h"

struct smb_file {
    const char *unc;         /* \\server\share, folders may follow; a DFS path is followed */
    const char *credentials; /* file as for smbclient -A; NULL or "": nobody's, as a guest */
    const char *folder;      /* below that, with either separator: "Office/Data" */
    const char *name;        /* in the folder; without ", ; and line ends */
};

enum smb_result { SMB_READ, SMB_ABSENT };

/*
 * Reads one file whole, within `seconds`. *result SMB_ABSENT: the server has no such file or folder. `bytes`
 * (empty before) is empty then and after an error. ERR_UPSTREAM with smbclient's own sentence, beyond `limit`
 * bytes, and when the time is over; ERR_FAILED where smbclient cannot be started, with the name of the
 * package where it is missing. Nothing that was started is running afterwards.
 */
bool smb_get(const struct smb_file *file, unsigned seconds, uint64_t limit, enum smb_result *result,
             struct buf *bytes, struct err *err) MUST_CHECK;

#endif
