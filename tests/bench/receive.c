/*
 * receive PORT FOLDER <PATHS: fetches each path of standard input from 127.0.0.1 into FOLDER, past the page
 * cache, with four connections, and hashes nothing. That is about as fast as bytes can come onto this disk:
 * the limit that a downloader is measured against.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { WORKERS = 4, BLOCK_BYTES = 1 << 20, HEAD_BYTES = 8192, PATHS = 4096, ALIGN_BYTES = 4096 };

struct job {
    int port;
    int folder;
    char *path[PATHS];
    size_t len;
    atomic_size_t next;
};

static _Noreturn void die(const char *what)
{
    perror(what);
    exit(1);
}

static int dial(int port)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (fd < 0 || connect(fd, (struct sockaddr *)&to, sizeof to) != 0)
        die("connect");
    return fd;
}

static size_t receive_some(int fd, char *to, size_t room)
{
    ssize_t got = read(fd, to, room);
    if (got <= 0)
        die("read");
    return (size_t)got;
}

/* Asks for a file; what came behind the head is moved to the front of `block`, its number goes to *have. */
static uint64_t ask(int fd, const char *path, char *block, size_t *have)
{
    char request[1200];
    int len = snprintf(request, sizeof request, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", path);
    if (len >= (int)sizeof request || write(fd, request, (size_t)len) != len)
        die("write");
    size_t got = 0;
    char *end = NULL;
    while (!end && got < HEAD_BYTES) {
        got += receive_some(fd, block + got, HEAD_BYTES - got);
        block[got] = 0;
        end = strstr(block, "\r\n\r\n");
    }
    const char *length = end ? strcasestr(block, "\r\ncontent-length:") : NULL;
    if (!length || strncmp(block, "HTTP/1.1 200", 12) != 0)
        die(path);
    uint64_t total = strtoull(length + 17, NULL, 10);
    *have = got - (size_t)(end + 4 - block);
    memmove(block, end + 4, *have);
    return total;
}

static void fetch(const struct job *job, int fd, const char *path, char *block)
{
    const char *name = strrchr(path, '/') + 1;
    int out = openat(job->folder, name, O_WRONLY | O_CREAT | O_TRUNC | O_DIRECT | O_CLOEXEC, 0600);
    size_t have;
    uint64_t total = ask(fd, path, block, &have);
    if (out < 0)
        die(name);
    if (fallocate(out, 0, 0, (off_t)total) != 0 && errno != EOPNOTSUPP)
        die("fallocate");
    for (uint64_t at = 0; at < total; at += have, have = 0) {
        size_t want = total - at < BLOCK_BYTES ? (size_t)(total - at) : BLOCK_BYTES;
        while (have < want)
            have += receive_some(fd, block + have, want - have);
        size_t padded = (have + ALIGN_BYTES - 1) / ALIGN_BYTES * ALIGN_BYTES;
        if (pwrite(out, block, padded, (off_t)at) != (ssize_t)padded)
            die("write");
    }
    if (ftruncate(out, (off_t)total) != 0 || fsync(out) != 0)
        die("fsync");
    close(out);
}

static void *work(void *argument)
{
    struct job *job = argument;
    void *block = NULL;
    if (posix_memalign(&block, ALIGN_BYTES, BLOCK_BYTES + ALIGN_BYTES) != 0)
        die("memory");
    int fd = dial(job->port);
    for (size_t i; (i = atomic_fetch_add(&job->next, 1)) < job->len;)
        fetch(job, fd, job->path[i], block);
    close(fd);
    free(block);
    return NULL;
}

int main(int argc, char **argv)
{
    static struct job job;
    static char line[1024];
    pthread_t thread[WORKERS];
    if (argc != 3) {
        fprintf(stderr, "usage: receive PORT FOLDER <PATHS\n");
        return 2;
    }
    job.port = atoi(argv[1]);
    job.folder = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (job.folder < 0)
        die(argv[2]);
    for (; job.len < PATHS && fgets(line, sizeof line, stdin); job.len++) {
        line[strcspn(line, "\n")] = 0;
        job.path[job.len] = strdup(line);
    }
    for (size_t i = 0; i < WORKERS; i++)
        if (pthread_create(&thread[i], NULL, work, &job) != 0)
            die("thread");
    for (size_t i = 0; i < WORKERS; i++)
        pthread_join(thread[i], NULL);
    return fsync(job.folder) == 0 ? 0 : 1;
}
