/*
 * Processes that end with their parent.
 *
 * A test that is killed cleans nothing up, so every server started for a test watches the process that wanted
 * it (a pidfd, not a poll of numbers) and has a longest life besides. guard_run does the same for a foreign
 * program: nginx.
 */
#include "guard.h"

#include "disk.h"

#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static sigset_t ending_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGHUP);
    return set;
}

void guard_block_signals(void)
{
    sigset_t set = ending_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
    signal(SIGPIPE, SIG_IGN);
}

void guard_wait(pid_t parent, pid_t child, uint64_t lifetime_s)
{
    sigset_t set = ending_signals();
    struct pollfd fds[3] = {{.fd = signalfd(-1, &set, SFD_CLOEXEC), .events = POLLIN},
                            {.fd = pidfd_open(parent, 0), .events = POLLIN},
                            {.fd = child ? pidfd_open(child, 0) : -1, .events = POLLIN}};
    if (fds[1].fd < 0)
        return; /* it has ended already */
    while (poll(fds, 3, lifetime_s < 86400 ? (int)lifetime_s * 1000 : 86400 * 1000) < 0 && errno == EINTR) {
    }
    for (int i = 0; i < 3; i++)
        if (fds[i].fd >= 0)
            close(fds[i].fd);
}

int guard_run(pid_t parent, uint64_t lifetime_s, char *const argv[])
{
    int status = 0;
    pid_t child = fork();
    if (child < 0)
        die("fork: %s", strerror(errno));
    if (child == 0) {
        sigset_t set = ending_signals();
        sigprocmask(SIG_UNBLOCK, &set, NULL);
        execvp(argv[0], argv);
        die("run %s: %s", argv[0], strerror(errno));
    }
    guard_wait(parent, child, lifetime_s);
    kill(child, SIGTERM);
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128;
}

uint16_t guard_free_port(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof address;
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, len) < 0 ||
        getsockname(fd, (struct sockaddr *)&address, &len) < 0)
        die("find a free port: %s", strerror(errno));
    close(fd);
    return ntohs(address.sin_port);
}
