#include "ringmgr/app/serve_listen.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/mem.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

/* What does not fit waits a second and more for its second try (TCP), so a flood must not fill it at once. */
enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_un path;
    struct sockaddr_in four;
    struct sockaddr_in6 six;
};

/* ---- paths ---- */

static bool fill_path(const char *path, union address *address, struct err *err)
{
    *address = (union address){.path = {.sun_family = AF_UNIX}};
    if (strlen(path) >= sizeof address->path.sun_path)
        return err_set(err, ERR_USAGE, "%s is too long for a socket", path);
    memcpy(address->path.sun_path, path, strlen(path));
    return true;
}

/* A socket that nobody listens to is what a service has left that could not clean up. */
static bool remove_stale(const char *key, const union address *address, int type, struct err *err)
{
    struct stat st;
    const char *path = address->path.sun_path;
    if (lstat(path, &st) != 0)
        return errno == ENOENT || err_set_errno(err, errno, "look at %s", path);
    if (!S_ISSOCK(st.st_mode))
        return err_set(err, ERR_FAILED, "%s is no socket: something else lies there", path);
    AUTO_FD fd = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return err_set_errno(err, errno, "make a socket for %s", path);
    /* Only this says that nobody does: others keep us out, are busy, or speak otherwise (connect(2)). */
    bool stale = connect(fd, &address->any, sizeof address->path) != 0 && errno == ECONNREFUSED;
    if (!stale)
        return err_set(err, ERR_LOCKED, "%s = %s: another service listens there", key, path);
    return unlink(path) == 0 || err_set_errno(err, errno, "remove %s, which nobody listens to", path);
}

bool serve_listen_unix(const char *key, const char *path, int type, int *fd, struct err *err)
{
    union address address;
    AUTO_FD new = -1;
    *fd = -1;
    if (!fill_path(path, &address, err) || !remove_stale(key, &address, type, err))
        return false;
    new = socket(AF_UNIX, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (new < 0 || bind(new, &address.any, sizeof address.path) != 0)
        return err_set_errno(err, errno, "listen at %s", path);
    if (chmod(path, 0666) != 0 || listen(new, BACKLOG) != 0) {
        err_set_errno(err, errno, "listen at %s", path);
        unlink(path);
        return false;
    }
    *fd = fs_keep_fd(&new);
    return true;
}

/* ---- addresses ---- */

static socklen_t fill_address(const char *text, union address *address)
{
    const char *colon = strrchr(text, ':');
    bool six = *text == '[';
    size_t len = colon ? (size_t)(colon - text) : 0;
    if (len < 3)
        return 0;
    char *host AUTO_FREE = six ? mem_strndup(text + 1, len - 2) : mem_strndup(text, len);
    in_port_t port = htons((uint16_t)strtoul(colon + 1, NULL, 10));
    *address = (union address){0};
    if (six) {
        address->six = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = port};
        return inet_pton(AF_INET6, host, &address->six.sin6_addr) == 1 ? sizeof address->six : 0;
    }
    address->four = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = port};
    return inet_pton(AF_INET, host, &address->four.sin_addr) == 1 ? sizeof address->four : 0;
}

bool serve_listen_tcp(const char *key, const char *address_text, int *fd, struct err *err)
{
    static const int yes = 1;
    union address address;
    AUTO_FD new = -1;
    socklen_t len = fill_address(address_text, &address);
    *fd = -1;
    if (!len)
        return err_set(err, ERR_USAGE, "%s = %s: no address and port", key, address_text);
    new = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (new < 0 || setsockopt(new, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) != 0)
        return err_set_errno(err, errno, "listen at %s", address_text);
    if (bind(new, &address.any, len) != 0 || listen(new, BACKLOG) != 0) {
        int errnum = errno;
        err_set_errno(err, errnum, "listen at %s", address_text);
        err->code = errnum == EADDRINUSE ? ERR_LOCKED : ERR_FAILED;
        return false;
    }
    *fd = fs_keep_fd(&new);
    return true;
}
