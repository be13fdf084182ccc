#include "ringmgr/base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <stdlib.h>
#include <unistd.h>

/* The lowest free descriptor is what open() returns. */
static bool fill_streams(struct err *err)
{
    int fd;
    do
        fd = open("/dev/null", fcntl(STDIN_FILENO, F_GETFD) < 0 ? O_WRONLY : O_RDONLY);
    while (fd >= 0 && fd <= STDERR_FILENO);
    if (fd < 0)
        return err_set_errno(err, errno, "open /dev/null");
    close(fd);
    return true;
}

/* openssl-env(7); libcurl's lib/vtls/keylog.c */
static void forget_variables(void)
{
    static const char *const names[] = {
        "OPENSSL_CONF",  "OPENSSL_CONF_INCLUDE", "OPENSSL_MODULES", "OPENSSL_ENGINES",
        "SSL_CERT_FILE", "SSL_CERT_DIR",         "SSLKEYLOGFILE",   "CTLOG_FILE"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        unsetenv(names[i]);
}

bool process_begin(struct err *err)
{
    if (!fill_streams(err))
        return false;
    if (getuid() != geteuid() || getgid() != getegid())
        return err_set(err, ERR_USAGE,
                       "this program has the rights of another account than who started it: chmod ug-s it; "
                       "people decide through the service or sudo");
    forget_variables();
    return true;
}
