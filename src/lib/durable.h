/*
 * durable: files that are whole or absent after a crash, directories that stay, and reading them
 * back.
 *
 * durable_write() writes NAME.tmp, fsyncs it, renames it to NAME and fsyncs the directory: when it
 * returns true, the file survives a power cut; when it returns false (errno tells why), NAME is as
 * it was before, and a leftover NAME.tmp may be removed by anybody.
 */
#ifndef TP_DURABLE_H
#define TP_DURABLE_H

#include "buf.h"
#include "span.h"

#include <sys/types.h>

/* The same for contents that are written bit by bit: open NAME.tmp, and when all is in it, sync,
 * close and rename. -1 and false with errno. */
int durable_begin(int directory, const char *name, mode_t mode);
bool durable_commit(int directory, const char *name, int fd);
/* Leave NAME as it was; always false, and errno as it was. */
bool durable_cancel(int directory, const char *name, int fd);

bool durable_write(int directory, const char *name, struct span contents, mode_t mode);

/* Make path (relative to directory, parents too) and fsync what was made into its parent. An
 * existing directory is fine. */
bool durable_make_directories(int directory, const char *path, mode_t mode);

/* Append the file's contents to out; false with errno (EFBIG when out is full). */
bool durable_read(int directory, const char *name, struct buf *out);

#endif
