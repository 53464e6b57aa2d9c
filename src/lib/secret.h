/*
 * secret: memory for keys: locked, left out of core dumps, wiped.
 *
 * secret_memory() maps pages that are never swapped out and never dumped. Where the system allows
 * no more locked memory (RLIMIT_MEMLOCK), the pages are still kept out of dumps and a warning is
 * printed once. secret_read_fd() reads with read(2), so no copy stays behind in a stdio buffer.
 * Nothing here allocates from the heap.
 */
#ifndef TP_SECRET_H
#define TP_SECRET_H

#include "span.h"

/* size bytes, zeroed; dies with 111 when there is no memory. Freed by secret_free() or at exit. */
char *secret_memory(size_t size);
void secret_free(char *memory, size_t size);

void secret_wipe(void *p, size_t n);

/* Constant-time comparison of n bytes. */
bool secret_equal(const void *a, const void *b, size_t n);

/* Read a secret of at most size bytes from fd up to end of file, without one final newline. false:
 * error or too long (errno set). */
bool secret_read_fd(int fd, char *memory, size_t size, struct span *out);

#endif
