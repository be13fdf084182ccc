/* The .reg form of policies, which regedit and reg.exe import (formats/deployment.md, section 3). Pure. */
#ifndef CONFIG_REGFILE_H
#define CONFIG_REGFILE_H

#include "config/gpo.h"

/*
 * Appends the whole file: BOM FF FE, UTF-16LE, CRLF, "Windows Registry Editor Version 5.00", and for each run
 * of values with the same key a section under HKEY_LOCAL_MACHINE, the last followed by a blank line as in
 * regedit's own exports. The format has no escape for control characters: ERR_USAGE, naming the value, where
 * a text has one, or is not UTF-8 (encoded surrogates, overlong forms and code points above U+10FFFF are
 * not); out is then unchanged.
 */
bool regfile_write(const struct policy *policy, struct buf *out, struct err *err) MUST_CHECK;

#endif
