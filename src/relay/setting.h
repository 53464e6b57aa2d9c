/*
 * setting: what the relay is told by environment, files and descriptors.
 *
 * A secret comes by descriptor, by a file, or as a systemd credential; one that stands in the
 * environment is refused. All of these end the program with 102 when they cannot be had as they
 * must be.
 */
#ifndef TP_SETTING_H
#define TP_SETTING_H

#include "span.h"

/* NULL where it is unset or empty. */
const char *setting(const char *name);

/*
 * The secret to sign with, in locked memory: from fd (when not negative), else file (when not
 * NULL), else $JP_VERIFY_HMAC_SECRET_FILE, else $CREDENTIALS_DIRECTORY/jp-verify-hmac where that
 * is there. A NULL span where none is configured.
 */
struct span setting_secret(int fd, const char *file);

/* PEM text of the file; a NULL span for NULL. */
struct span setting_authority(const char *file);

/* For a secret's descriptor: programs that we start must not have it. Negative: none. */
void setting_close_on_exec(int fd);

#endif
