/* What a .reg file or a Registry.pol sets and removes, as read from one, each with its place in the file. */
#ifndef CONFIG_REGISTRY_H
#define CONFIG_REGISTRY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The registry's own numbers of its types (winnt.h). */
enum registry_type {
    REGISTRY_NONE = 0,
    REGISTRY_SZ = 1,
    REGISTRY_EXPAND_SZ = 2,
    REGISTRY_BINARY = 3,
    REGISTRY_DWORD = 4,
    REGISTRY_MULTI_SZ = 7,
    REGISTRY_QWORD = 11,
};

enum registry_action {
    REGISTRY_SET,
    REGISTRY_REMOVE_VALUE,
    REGISTRY_REMOVE_VALUES, /* all of the key; its subkeys stay. Only a Registry.pol can say that */
    REGISTRY_REMOVE_KEY     /* with all that is below it */
};

/* All texts are owned, UTF-8. */
struct registry_entry {
    unsigned line; /* .reg: from 1; Registry.pol has no lines: the number of its entry, from 1 */
    enum registry_action action;
    char *hive;    /* "HKEY_LOCAL_MACHINE"; "" in a Registry.pol, whose place says whose it is */
    char *key;     /* without hive and leading backslash, in the file's spelling */
    char *name;    /* of the value; "" is the key's default value, or nothing where more than a value goes */
    uint32_t type; /* of REGISTRY_SET: mostly an enum registry_type */
    char *text;    /* SZ, EXPAND_SZ; "" for others */
    uint64_t number; /* DWORD, QWORD; 0 for others */
};

/* In the order of the file. Zero-initialised is empty. */
struct registry {
    struct registry_entry *item;
    size_t len;
};

/* Adds an empty entry at the end and returns it; the pointer is valid until the next is added. Its texts are
 * then set by the caller, who hands them over. */
struct registry_entry *registry_add(struct registry *registry);
/* Frees all entries; the list is empty and usable again. */
void registry_clear(struct registry *registry);

#endif
