/*
 * What an errand's end means. The words are those of rsync 3.2.7 and 3.5.0, env(1) and OpenSSH 9.2, which say
 * them in English in every locale (LC_ALL=C.UTF-8 here; rsync never sets LC_MESSAGES there); the exit
 * statuses are those of rsync(1).
 */
#include "ringmgr/base/mem.h"
#include "shares/site.h"

#include <string.h>

/* Exit statuses: of rsync, but for the last. */
enum {
    RSYNC_SYNTAX = 1,
    RSYNC_PROTOCOL = 2,
    RSYNC_SELECT = 3,
    RSYNC_UNSUPPORTED = 4,
    RSYNC_SOCKET = 10,
    RSYNC_STREAM = 12,
    RSYNC_SIGNAL = 20,
    RSYNC_TIMEOUT = 30,
    RSYNC_CONNECT_TIMEOUT = 35,
    ENV_FAILED = 125,
    NOT_FOUND = 127,
    SSH_FAILED = 255
};

static const char OLD[] = "the site needs rsync 3.2.4 or newer";
static const char NO_RSYNC_THERE[] = "install rsync at the site";
static const char NO_RSYNC_HERE[] = "apt install rsync";

/* What is said, from the most telling to the least: a full disk also breaks the connection. */
static const struct {
    const char *word;
    enum site_trouble trouble;
    const char *advice; /* NULL: the words say it all */
} WORDS[] = {
    {"No space left on device", SITE_NO_SPACE, "make room there"},
    {"Disk quota exceeded", SITE_NO_SPACE, "make room there"},
    /* files of ours, whose errors read like those of the site */
    {"password file must", SITE_HERE, "its owner alone may read `credentials`"},
    {"could not open password file", SITE_HERE,
     "the service's account must be able to read `credentials`, which lies here"},
    {"Can't open user config file", SITE_HERE,
     "the service's account must be able to read `ssh_config`, which lies here"},
    {"Bad owner or permissions on", SITE_HERE, "look at that file, which lies here"},
    {"Load key \"", SITE_HERE, "the service's account must be able to read that key, which lies here"},
    {"Stale file handle", SITE_UNREACHABLE, "mount it anew"},
    {"Transport endpoint is not connected", SITE_UNREACHABLE, "mount it anew"},
    {"Host is down", SITE_UNREACHABLE, NULL},
    {"': Permission denied\n", SITE_DENIED, "look at the owner and the permissions there"},
    {"Permission denied (13)", SITE_DENIED, "look at the owner and the permissions there"},
    {"Operation not permitted (1)", SITE_DENIED, "look at the owner and the permissions there"},
    {"env: cannot change directory to", SITE_NO_TARGET, "mount it, or make the folder"},
    {"env: 'rsync'", SITE_HERE, NO_RSYNC_HERE},
    {"@ERROR: auth failed", SITE_DENIED, "look at user and `credentials`, and at the module's `auth users`"},
    {"@ERROR: Unknown module", SITE_DENIED, "look at the target, and at the site's rsyncd.conf"},
    {"@ERROR: access denied", SITE_DENIED, "look at the module's `hosts allow`"},
    {"@ERROR: max connections", SITE_UNREACHABLE, NULL},
    {"@ERROR: chdir failed", SITE_NO_TARGET, "mount or make the module's folder"},
    {"@ERROR: chroot failed", SITE_NO_TARGET, "mount or make the module's folder"},
    {"@ERROR", SITE_DENIED, NULL},
    {"module is read only", SITE_DENIED, "the module needs `read only = no`"},
    {"module is write only", SITE_DENIED, "the module needs `write only = no`"},
    {"configured to refuse", SITE_UNABLE, "look at the module's `refuse options`"},
    {"daemon refused to receive", SITE_UNABLE, "look at the module's `exclude` and `filter`"},
    {"unknown option", SITE_UNABLE, OLD},
    {"rrsync error", SITE_UNABLE, NULL},
    {"is your shell clean", SITE_UNABLE, "the shell there must say nothing by itself"},
    {"REMOTE HOST IDENTIFICATION HAS CHANGED", SITE_DENIED,
     "the key is another than in known_hosts, so somebody may stand in between: ask the site before you "
     "replace it"},
    {"Host key verification failed", SITE_DENIED,
     "compare the site's key with what the site says, then put it into known_hosts"},
    {"Permission denied (", SITE_DENIED, "look at the key, and at authorized_keys there"},
    {"Read-only file system", SITE_DENIED, NULL},
    {"/.\" failed: No such file or directory", SITE_NO_TARGET, "mount it, or make the folder"},
    {"/.\" (in ", SITE_NO_TARGET, "mount it, or make the folder"},
    {"change_dir ", SITE_NO_TARGET, "mount it, or make the folder"},
    {"command not found", SITE_UNABLE, NO_RSYNC_THERE},
    {"rsync: not found", SITE_UNABLE, NO_RSYNC_THERE},
    {"timed out during banner exchange", SITE_UNREACHABLE, "no answer from the ssh server there for 30 s"},
    {"Connection refused", SITE_UNREACHABLE, NULL},
    {"Name or service not known", SITE_UNREACHABLE, NULL},
    {"Could not resolve hostname", SITE_UNREACHABLE, NULL},
};

/* What is left, by exit status. */
static enum site_trouble trouble_of_status(int status)
{
    switch (status) {
    case RSYNC_SYNTAX:
    case RSYNC_PROTOCOL:
    case RSYNC_UNSUPPORTED:
    case NOT_FOUND:
        return SITE_UNABLE;
    case RSYNC_SELECT:
    case ENV_FAILED:
        return SITE_HERE;
    case RSYNC_SOCKET:
    case RSYNC_STREAM:
    case RSYNC_SIGNAL:
    case RSYNC_TIMEOUT:
    case RSYNC_CONNECT_TIMEOUT:
    case SSH_FAILED:
        return SITE_UNREACHABLE;
    default:
        return SITE_STRANGE;
    }
}

static enum err_code code_of(enum site_trouble trouble)
{
    return trouble == SITE_UNREACHABLE ? ERR_UPSTREAM
           : trouble == SITE_NO_SPACE  ? ERR_NO_SPACE
           : trouble == SITE_CLOSED    ? ERR_LOCKED
                                       : ERR_FAILED;
}

const char *site_trouble_name(enum site_trouble trouble)
{
    static const char *const name[] = {
        [SITE_FINE] = "fine",           [SITE_UNREACHABLE] = "unreachable",
        [SITE_NO_SPACE] = "no-space",   [SITE_DENIED] = "denied",
        [SITE_NO_TARGET] = "no-target", [SITE_UNABLE] = "unable",
        [SITE_CLOSED] = "closed",       [SITE_HERE] = "here",
        [SITE_STRANGE] = "strange",
    };
    return name[trouble];
}

/* An exit that is not 0. */
static enum site_trouble judge_exit(const struct errand_end *end, struct err *err)
{
    const char *said = buf_text(&end->said), *word = "rsync: ", *advice = NULL;
    enum site_trouble trouble = trouble_of_status(end->status);
    /* no folder to send from: ours, and the site has not been asked */
    for (size_t i = 0; end->status != RSYNC_SELECT && i < sizeof WORDS / sizeof *WORDS; i++)
        if (strstr(said, WORDS[i].word)) {
            word = WORDS[i].word;
            trouble = WORDS[i].trouble;
            advice = WORDS[i].advice;
            break;
        }
    char *line AUTO_FREE = errand_line(&end->said, word);
    const char *between = advice ? ": " : "";
    size_t len = strlen(line);
    if (len > 0 && line[len - 1] == '.') /* a sentence goes on here */
        line[len - 1] = 0;
    if (*line)
        err_set(err, code_of(trouble), "%s%s%s", line, between, advice ? advice : "");
    else
        err_set(err, code_of(trouble), "ended with status %d without a word", end->status);
    return trouble;
}

/* What did not end by itself, or never began. */
static enum site_trouble judge_other(const struct errand_end *end, struct err *err)
{
    enum site_trouble trouble = SITE_HERE;
    switch (end->how) {
    case ERRAND_TIMEOUT:
    case ERRAND_SILENT:
        trouble = SITE_UNREACHABLE;
        err_set(err, code_of(trouble), "no answer for %lld s", (long long)end->ms / 1000);
        break;
    case ERRAND_CLOSED:
        trouble = SITE_CLOSED;
        err_set(err, code_of(trouble), "its time was over");
        break;
    case ERRAND_STOPPED:
        trouble = SITE_CLOSED;
        err_set(err, code_of(trouble), "it was stopped");
        break;
    case ERRAND_TOO_MUCH:
        trouble = SITE_STRANGE;
        err_set(err, code_of(trouble), "more was answered than %zu bytes", end->out.len);
        break;
    case ERRAND_SIGNAL:
        trouble = SITE_STRANGE;
        err_set(err, code_of(trouble), "ended by signal %d", end->signal);
        break;
    case ERRAND_MISSING:
        err_set(err, code_of(trouble), "there is no rsync, or no ssh: %s openssh-client", NO_RSYNC_HERE);
        break;
    case ERRAND_UNSTARTED:
    case ERRAND_EXITED:
        *err = end->why;
        break;
    }
    return trouble;
}

bool site_judge(const struct site_where *where, const struct errand_end *end, enum site_trouble *trouble,
                struct err *err)
{
    enum site_trouble found = SITE_FINE;
    if (end->how != ERRAND_EXITED)
        found = judge_other(end, err);
    else if (end->status != 0)
        found = judge_exit(end, err);
    if (trouble)
        *trouble = found;
    if (found != SITE_FINE && where->kind != WHERE_FOLDER)
        err_prefix(err, "%s", where->host);
    return found == SITE_FINE;
}
