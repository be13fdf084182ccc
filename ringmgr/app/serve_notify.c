#include "ringmgr/app/serve_notify.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static bool read_address(const char *name, struct serve_notify *notify)
{
    size_t len = strlen(name);
    if ((*name != '/' && *name != '@') || len < 2 || len >= sizeof notify->address.sun_path)
        return false;
    notify->address.sun_family = AF_UNIX;
    memcpy(notify->address.sun_path, name, len);
    if (*name == '@')
        notify->address.sun_path[0] = 0;
    notify->address_len = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len);
    return true;
}

static int64_t read_watchdog_ms(void)
{
    const char *usec = getenv("WATCHDOG_USEC"), *pid = getenv("WATCHDOG_PID");
    int64_t wait_usec = usec ? strtoll(usec, NULL, 10) : 0;
    if (wait_usec <= 0 || (pid && strtoll(pid, NULL, 10) != getpid()))
        return -1;
    return wait_usec / 2000 > 0 ? wait_usec / 2000 : 1;
}

void serve_notify_open(struct serve_notify *notify)
{
    const char *name = getenv("NOTIFY_SOCKET");
    *notify = (struct serve_notify){.fd = -1, .watchdog_ms = -1};
    if (name && read_address(name, notify))
        notify->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (notify->fd >= 0)
        notify->watchdog_ms = read_watchdog_ms();
    unsetenv("NOTIFY_SOCKET");
    unsetenv("WATCHDOG_USEC");
    unsetenv("WATCHDOG_PID");
}

void serve_notify_send(const struct serve_notify *notify, const char *format, ...)
{
    char text[512];
    va_list args;
    if (notify->fd < 0)
        return;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    ssize_t lost = sendto(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT,
                          (const struct sockaddr *)&notify->address, notify->address_len);
    (void)lost;
}

void serve_notify_reloading(const struct serve_notify *notify)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    serve_notify_send(notify, "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
                      (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
}

void serve_notify_close(struct serve_notify *notify)
{
    if (notify->fd >= 0)
        close(notify->fd);
    notify->fd = -1;
}
