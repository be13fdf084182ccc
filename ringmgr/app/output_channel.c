#include "ringmgr/app/output_channel.h"
#include "ringmgr/app/message.h"
#include "ringmgr/base/fs.h"
#include "ringmgr/base/limits.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Question: "write" PATH with a file in memory, or "check" PATH…; answer: CODE SENTENCE. */
static const char write_word[] = "write", check_word[] = "check";

/* ---- the service's side ---- */

static bool read_answer(const struct message *answer, struct err *err)
{
    if (answer->words.len != 2)
        return err_set(err, ERR_FAILED, "the command that called gave no answer");
    long code = strtol(answer->words.item[0], NULL, 10);
    if (code == ERR_NONE)
        return true;
    return err_set(err, code > 0 && code <= ERR_NEEDS_PERSON ? (enum err_code)code : ERR_FAILED, "%.900s",
                   answer->words.item[1]);
}

static bool ask(int channel, const struct message *question, struct err *err)
{
    struct message answer AUTO(message_clear) = {0};
    bool came;
    if (!message_send(channel, question, err) || !message_receive(channel, &answer, &came, err)) {
        err->code = ERR_FAILED;
        return err_prefix(err, "the command that called");
    }
    return read_answer(&answer, err);
}

bool output_channel_write(int channel, const char *path, const struct buf *bytes, struct err *err)
{
    struct message question AUTO(message_clear) = {.fd = {memfd_create("document", MFD_CLOEXEC)}, .fds = 1};
    if (question.fd[0] < 0) {
        question.fds = 0;
        return err_set_errno(err, errno, "make a file in memory");
    }
    strv_add(&question.words, write_word);
    strv_add(&question.words, path);
    return fs_write_all(question.fd[0], bytes->data, bytes->len, path, err) && ask(channel, &question, err);
}

bool output_channel_check(int channel, const struct documents *documents, struct err *err)
{
    struct message question AUTO(message_clear) = {0};
    strv_add(&question.words, check_word);
    for (size_t i = 0; i < documents->len; i++)
        strv_add(&question.words, documents->item[i].path);
    return ask(channel, &question, err);
}

/* ---- the person's side ---- */

static bool read_documents(const struct message *question, struct documents *documents, struct err *err)
{
    for (size_t i = 1; i < question->words.len; i++)
        documents_add(documents, question->words.item[i]);
    if (question->fds == 0 || documents->len == 0)
        return true;
    /* its position is where the service has stopped writing */
    return lseek(question->fd[0], 0, SEEK_SET) == 0 &&
           fs_read_fd(question->fd[0], question->words.item[1], LIMIT_LINT_BYTES, &documents->item[0].bytes,
                      err);
}

static bool act(const struct message *question, const struct output_channel_acts *acts, void *context,
                struct err *err)
{
    struct documents documents AUTO(documents_clear) = {0};
    bool writes = strcmp(question->words.item[0], write_word) == 0;
    bool known = writes || strcmp(question->words.item[0], check_word) == 0;
    if (!known || (writes && (question->words.len != 2 || question->fds != 1)))
        return err_set(err, ERR_FAILED, "the service runs another version of ringmgr: restart it");
    if (!read_documents(question, &documents, err))
        return false;
    return writes ? acts->write(context, &documents.item[0], err) : acts->check(context, &documents, err);
}

bool output_channel_serve(int channel, const struct output_channel_acts *acts, void *context, bool *open,
                          struct err *err)
{
    struct message question AUTO(message_clear) = {0}, answer AUTO(message_clear)
    = {0};
    struct err why = {0};
    if (!message_receive(channel, &question, open, err) || !*open)
        return !err->code;
    bool done = act(&question, acts, context, &why);
    strv_addf(&answer.words, "%d", done ? ERR_NONE : (int)why.code);
    strv_add(&answer.words, done ? "" : why.msg);
    return message_send(channel, &answer, err);
}
